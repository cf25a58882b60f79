/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Dates, instants and spans.  Dates are walked one by one through 9,999 years
 * beside a calendar that only knows how to add a day.  The instants are the
 * examples of RFC 3339 section 5.8, their seconds from GNU date.
 */
#include "../../tap.h"

static void
test_every_day(void)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	int y = 1, m = 1, d = 1, weekday = 0; /* 0001-01-01 was a Monday */
	int wrong = 0, gy, gm, gd;
	int32_t date = date_of(1, 1, 1);

	is_int(date, INSTANT_MIN / SECOND_US / 86400, "the first day");
	while (y <= 9999) {
		int last = days[m - 1];

		if (m == 2 && (y % 400 == 0 || (y % 4 == 0 && y % 100 != 0)))
			last = 29;
		date_civil(date, &gy, &gm, &gd);
		wrong += gy != y || gm != m || gd != d;
		wrong += date_of(y, m, d) != date;
		wrong += date_weekday(date) != weekday;
		wrong += date_month_days(y, m) != last;
		date++;
		weekday = (weekday + 1) % 7;
		if (++d > last) {
			d = 1;
			if (++m > 12) {
				m = 1;
				y++;
			}
		}
	}
	is_int(wrong, 0, "every day of 9,999 years");
	is_int(date_of(1970, 1, 1), 0, "day 0");
	is_int(date_of(2000, 3, 1), 11017, "2000-03-01");
	is_int(date_weekday(date_of(2026, 11, 21)), 5, "a Saturday");
}

static void
test_instant_rows(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
	    {"1985-04-12T23:20:50.52Z", 482196050520000},
	    {"1996-12-19T16:39:57-08:00", 851042397000000},
	    {"1990-12-31T23:59:60Z", 662687999000000},
	    {"1990-12-31T15:59:60-08:00", 662687999000000},
	    {"1937-01-01T12:00:27.87+00:20", -1041337172130000},
	    {"2026-11-01t09:30:00z", 1793525400000000},
	    {"2026-11-01 09:30:00Z", 1793525400000000},
	    {"2026-11-01T09:30:00-00:00", 1793525400000000},
	    {"2026-11-01T09:30:00.123456789Z", 1793525400123456},
	    {"1969-12-31T23:59:59.999999Z", -1},
	    {"0001-01-01T00:00:00Z", INSTANT_MIN},
	    {"9999-12-31T23:59:59.999999Z", INSTANT_MAX},
	    {"2024-02-29T00:00:00Z", 1709164800000000},
	    {"0", 0},
	    {"1793525400", 1793525400000000},
	    {"1793525400.25", 1793525400250000},
	    {"1793525400123", 1793525400123000},
	    {"1793525400123456", 1793525400123456},
	    {"-1", -1000000},
	    {"99999999999", 99999999999000000},
	    {"100000000000", 100000000000000},
	    {"99999999999999", 99999999999999000},
	    {"100000000000000", 100000000000000},
	};
	int64_t got;

	for (size_t i = 0; i < COUNT(rows); i++) {
		got = 7;
		ok(instant_parse(str_of(rows[i].text), &got), "%s",
		   rows[i].text);
		is_int(got, rows[i].want, "its microseconds");
	}
}

static void
test_instant_refused(void)
{
	static const char *const bad[] = {
	    "",
	    "now",
	    "2026-11-01",
	    "2026-11-01T09:30:00",
	    "2026-11-01T09:30Z",
	    "2026-11-01T09:30:00.Z",
	    "2026-11-01T09:30:00.1234567890Z",
	    "2026-11-01T09:30:00+0100",
	    "2026-11-01T09:30:00+24:00",
	    "2026-11-01T09:30:00+01:60",
	    "2026-11-01T24:00:00Z",
	    "2026-11-01T09:60:00Z",
	    "2026-11-01T09:30:61Z",
	    "2026-13-01T09:30:00Z",
	    "2026-00-01T09:30:00Z",
	    "2026-02-29T09:30:00Z",
	    "2100-02-29T09:30:00Z",
	    "2026-11-31T09:30:00Z",
	    "0000-01-01T00:00:00Z",
	    "10000-01-01T00:00:00Z",
	    "2026-11-01  09:30:00Z",
	    "2026-11-01T09:30:00Zx",
	    " 2026-11-01T09:30:00Z",
	    "0001-01-01T00:00:00+00:01",
	    "9999-12-31T23:59:59-00:01",
	    "-62135596801", /* the second before year 1 */
	    "1e9",
	    "999999999999999999999",
	    "+1",
	    "0x10",
	};
	int64_t got = 7;

	for (size_t i = 0; i < COUNT(bad); i++)
		ok(!instant_parse(str_of(bad[i]), &got), "refused '%s'",
		   bad[i]);
	is_int(got, 7, "and nothing was written");
	ok(!instant_of_number(0.0 / 0.0, &got), "not a number");
	ok(!instant_of_number(1e300, &got), "nor a huge one");
	ok(instant_of_number(1.5, &got) && got == 1500000, "1.5 seconds");
}

static void
test_formats(void)
{
	static const struct {
		int64_t at;
		const char *text;
	} rows[] = {
	    {0, "1970-01-01T00:00:00.000Z"},
	    {-1, "1969-12-31T23:59:59.999999Z"},
	    {-1000, "1969-12-31T23:59:59.999Z"},
	    {1793525400000000, "2026-11-01T09:30:00.000Z"},
	    {1793525400120000, "2026-11-01T09:30:00.120Z"},
	    {1793525400000001, "2026-11-01T09:30:00.000001Z"},
	    {INSTANT_MIN, "0001-01-01T00:00:00.000Z"},
	    {INSTANT_MAX, "9999-12-31T23:59:59.999999Z"},
	};
	char text[32], day[16];
	int64_t back;
	int32_t date;
	int wrong = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = instant_format(rows[i].at, text);

		is_str(((struct str){text, n}), str_of(rows[i].text), "%s",
		       rows[i].text);
		is_int(text[n], 0, "ends");
	}
	for (int i = 0; i < 100000; i++) {
		int64_t span = INSTANT_MAX - INSTANT_MIN;
		int64_t at =
		    INSTANT_MIN + (int64_t)(random_u64() % (uint64_t)span);

		instant_format(at, text);
		wrong += !instant_parse(str_of(text), &back) || back != at;
	}
	is_int(wrong, 0, "any instant reads back as it was written");
	is_int(date_format(date_of(2026, 3, 4), day), 10, "a date");
	is_str(str_of(day), S("2026-03-04"), "as it is written");
	date = zone_date(zone_find(S("Asia/Tokyo")), INSTANT_MAX);
	is_int(date, date_of(10000, 1, 1), "the year 10000 begins in Tokyo");
	date_format(date, day);
	is_str(str_of(day), S("9999-12-31"), "and is written as 9999");
	date_format(date_of(0, 12, 31), day);
	is_str(str_of(day), S("0001-01-01"), "a date before the first too");
	ok(date_parse(S("2026-03-04"), &date) && date == date_of(2026, 3, 4),
	   "and read");
	ok(!date_parse(S("2026-02-30"), &date), "not a day");
	ok(!date_parse(S("2026-3-4"), &date), "not the form");
	ok(!date_parse(S("2026-03-04x"), &date), "more than a date");
}

static void
test_spans(void)
{
	static const struct {
		const char *text;
		uint32_t count;
		char unit;
	} good[] = {{"30d", 30, 'd'},        {"12h", 12, 'h'}, {"2w", 2, 'w'},
		    {"3mo", 3, 'M'},         {"1y", 1, 'y'},   {"45m", 45, 'm'},
		    {"100000d", 100000, 'd'}};
	static const char *const bad[] = {"",
					  "d",
					  "0d",
					  "100001d",
					  "1",
					  "1s",
					  "-1d",
					  "1.5d",
					  "01d",
					  "1 d",
					  "1month",
					  "1D",
					  "99999999999999999999d"};
	struct span s;

	for (size_t i = 0; i < COUNT(good); i++)
		ok(span_parse(str_of(good[i].text), &s) &&
		       s.count == good[i].count && s.unit == good[i].unit,
		   "span %s", good[i].text);
	for (size_t i = 0; i < COUNT(bad); i++)
		ok(!span_parse(str_of(bad[i]), &s), "refused '%s'", bad[i]);
}

static void
test_moves(void)
{
	static const struct {
		const char *zone, *from, *by, *to;
		int sign;
	} rows[] = {
	    {"UTC", "2026-01-31T10:00:00Z", "1mo", "2026-02-28T10:00:00Z", 1},
	    {"UTC", "2024-01-31T10:00:00Z", "1mo", "2024-02-29T10:00:00Z", 1},
	    {"UTC", "2024-02-29T10:00:00Z", "1y", "2025-02-28T10:00:00Z", 1},
	    {"UTC", "2026-03-31T10:00:00Z", "1mo", "2026-02-28T10:00:00Z", -1},
	    {"UTC", "2026-01-15T10:00:00Z", "13mo", "2024-12-15T10:00:00Z", -1},
	    {"UTC", "2026-03-01T10:00:00Z", "1d", "2026-02-28T10:00:00Z", -1},
	    {"UTC", "2026-03-01T10:00:00.5Z", "90m", "2026-03-01T11:30:00.5Z",
	     1},
	    /* the day of 23 hours: the same wall time, not 24 hours */
	    {"Europe/Berlin", "2026-03-28T11:00:00Z", "1d",
	     "2026-03-29T10:00:00Z", 1},
	    {"Europe/Berlin", "2026-03-28T11:00:00Z", "24h",
	     "2026-03-29T11:00:00Z", 1},
	    {"Europe/Berlin", "2026-03-28T11:00:00Z", "1w",
	     "2026-04-04T10:00:00Z", 1},
	    /* 02:30 does not exist on that day: the moment after the gap */
	    {"Europe/Berlin", "2026-03-28T01:30:00Z", "1d",
	     "2026-03-29T01:00:00Z", 1},
	    /* 02:30 is there twice: the earlier */
	    {"Europe/Berlin", "2026-10-24T00:30:00Z", "1d",
	     "2026-10-25T00:30:00Z", 1},
	    {"UTC", "2026-01-01T00:00:00Z", "100000y",
	     "9999-12-31T23:59:59.999999Z", 1},
	    {"UTC", "2026-01-01T00:00:00Z", "100000mo", "0001-01-01T00:00:00Z",
	     -1},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct zone *z = zone_find(str_of(rows[i].zone));
		int64_t from = 0, to = 0;
		struct span by;

		ok(z != NULL && instant_parse(str_of(rows[i].from), &from) &&
		       instant_parse(str_of(rows[i].to), &to) &&
		       span_parse(str_of(rows[i].by), &by),
		   "row %zu", i);
		if (z != NULL)
			is_int(span_move(z, from, by, rows[i].sign), to,
			       "%s %c %s in %s", rows[i].from,
			       rows[i].sign < 0 ? '-' : '+', rows[i].by,
			       rows[i].zone);
	}
}

int
main(void)
{
	int64_t now = clock_now();

	test_every_day();
	test_instant_rows();
	test_instant_refused();
	test_formats();
	test_spans();
	test_moves();
	ok(now > 1700000000 * SECOND_US && now <= clock_now(), "the clock");
	return done_testing();
}
