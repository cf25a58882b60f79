/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Zones.  Known moments from the tz database's own text, then the C library
 * as the second opinion: random instants of 16 zones against localtime_r.  A
 * wall time turned into an instant is checked by its definition, minute by
 * minute around it.
 */
#include "../../dice.h"
#include "../../tap.h"

#include <time.h>

static uint64_t seed;

static uint64_t
next_random(void)
{
	return xorshift64(&seed);
}

static const char *const zones[] = {
    "Europe/Berlin",       "America/New_York",     "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Apia",         "Pacific/Chatham",
    "Asia/Kolkata",        "America/St_Johns",     "Africa/Casablanca",
    "America/Sao_Paulo",   "Asia/Tehran",          "Europe/Dublin",
    "Antarctica/Troll",    "America/Havana",       "Asia/Gaza",
    "Pacific/Kiritimati",  "America/Scoresbysund", "UTC"};

static int64_t
at(const char *text)
{
	int64_t v = 0;

	ok(instant_parse(str_of(text), &v), "%s", text);
	return v;
}

static void
test_offsets(void)
{
	static const struct {
		const char *zone, *at;
		int32_t offset;
	} rows[] = {
	    {"Europe/Berlin", "2026-03-29T00:59:59.999999Z", 3600},
	    {"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
	    {"Europe/Berlin", "2026-10-25T00:59:59Z", 7200},
	    {"Europe/Berlin", "2026-10-25T01:00:00Z", 3600},
	    {"America/New_York", "2026-03-08T06:59:59Z", -18000},
	    {"America/New_York", "2026-03-08T07:00:00Z", -14400},
	    {"America/New_York", "2026-11-01T05:59:59Z", -14400},
	    {"America/New_York", "2026-11-01T06:00:00Z", -18000},
	    {"Asia/Kathmandu", "2026-01-01T00:00:00Z", 20700},
	    {"Asia/Kathmandu", "1985-12-31T18:29:59Z", 19800},
	    {"Australia/Lord_Howe", "2026-01-01T00:00:00Z", 39600},
	    {"Australia/Lord_Howe", "2026-07-01T00:00:00Z", 37800},
	    {"Australia/Lord_Howe", "2026-04-04T14:59:59Z", 39600},
	    {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 37800},
	    {"Pacific/Apia", "2011-12-30T09:59:59Z", -36000},
	    {"Pacific/Apia", "2011-12-30T10:00:00Z", 50400},
	    {"Pacific/Chatham", "2026-07-01T00:00:00Z", 45900},
	    {"Pacific/Chatham", "2026-01-01T00:00:00Z", 49500},
	    {"Asia/Kolkata", "2026-01-01T00:00:00Z", 19800},
	    /* far past the table, by the rule at the end of the file */
	    {"Europe/Berlin", "2500-07-01T00:00:00Z", 7200},
	    {"Europe/Berlin", "2500-01-01T00:00:00Z", 3600},
	    {"Pacific/Chatham", "2500-01-01T00:00:00Z", 49500},
	    {"Pacific/Chatham", "2500-07-01T00:00:00Z", 45900},
	    {"Asia/Kathmandu", "9999-12-31T23:59:59Z", 20700},
	    {"UTC", "2026-07-01T00:00:00Z", 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct zone *z = zone_find(str_of(rows[i].zone));

		ok(z != NULL, "%s", rows[i].zone);
		if (z != NULL)
			is_int(zone_offset(z, at(rows[i].at)), rows[i].offset,
			       "%s at %s", rows[i].zone, rows[i].at);
	}
}

static void
test_walls(void)
{
	static const struct {
		const char *zone;
		struct civil wall;
		const char *at;
	} rows[] = {
	    /* in the gap, at its ends, in the fold */
	    {"Europe/Berlin",
	     {2026, 3, 29, 2, 30, 0, 0},
	     "2026-03-29T01:00:00Z"},
	    {"Europe/Berlin",
	     {2026, 3, 29, 1, 59, 59, 999999},
	     "2026-03-29T00:59:59.999999Z"},
	    {"Europe/Berlin",
	     {2026, 3, 29, 3, 0, 0, 5},
	     "2026-03-29T01:00:00.000005Z"},
	    {"Europe/Berlin",
	     {2026, 10, 25, 2, 30, 0, 0},
	     "2026-10-25T00:30:00Z"},
	    {"Europe/Berlin",
	     {2026, 10, 25, 3, 0, 0, 0},
	     "2026-10-25T02:00:00Z"},
	    {"Australia/Lord_Howe",
	     {2026, 10, 4, 2, 15, 0, 0},
	     "2026-10-03T15:30:00Z"},
	    {"Australia/Lord_Howe",
	     {2026, 4, 5, 1, 45, 0, 0},
	     "2026-04-04T14:45:00Z"},
	    {"Pacific/Apia",
	     {2011, 12, 30, 12, 0, 0, 0},
	     "2011-12-30T10:00:00Z"},
	    {"America/New_York",
	     {2526, 7, 1, 0, 0, 0, 0},
	     "2526-07-01T04:00:00Z"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		is_int(zone_instant(zone_find(str_of(rows[i].zone)),
				    &rows[i].wall),
		       at(rows[i].at), "wall time in %s is %s", rows[i].zone,
		       rows[i].at);
}

static void
test_days(void)
{
	const struct zone *apia = zone_find(S("Pacific/Apia"));
	const struct zone *havana = zone_find(S("America/Havana"));
	const struct zone *paulo = zone_find(S("America/Sao_Paulo"));
	const struct zone *beirut = zone_find(S("Asia/Beirut"));

	ok(apia != NULL && havana != NULL && paulo != NULL && beirut != NULL,
	   "zones");
	is_int(zone_day_start(apia, date_of(2011, 12, 30)),
	       zone_day_start(apia, date_of(2011, 12, 31)),
	       "Samoa's skipped day is empty");
	is_int(zone_day_start(apia, date_of(2011, 12, 29)),
	       at("2011-12-29T10:00:00Z"), "the day before it");
	/* clocks went from 00:00 to 01:00 */
	is_int(zone_day_start(havana, date_of(2026, 3, 8)),
	       at("2026-03-08T05:00:00Z"), "a day without midnight");
	is_int(zone_day_start(paulo, date_of(2018, 11, 4)),
	       at("2018-11-04T03:00:00Z"), "another");
	/* clocks went from 24:00 back to 23:00 */
	is_int(zone_day_start(beirut, date_of(2021, 10, 31)),
	       at("2021-10-30T22:00:00Z"), "a day that begins after 25 hours");
	is_int(zone_date(apia, at("2011-12-30T09:59:59Z")),
	       date_of(2011, 12, 29), "date before the jump");
	is_int(zone_date(apia, at("2011-12-30T10:00:00Z")),
	       date_of(2011, 12, 31), "and after it");
	is_int(zone_date(zone_find(S("UTC")), -1), date_of(1969, 12, 31),
	       "the instant before 1970");
}

static int64_t
random_between(int64_t low, int64_t high)
{
	return low + (int64_t)(next_random() % (uint64_t)(high - low));
}

/* The C library's opinion */
static bool
same_as_libc(const struct zone *z, int64_t second)
{
	struct civil c = zone_civil(z, second * SECOND_US);
	time_t t = (time_t)second;
	struct tm tm;

	localtime_r(&t, &tm);
	return tm.tm_gmtoff == zone_offset(z, second * SECOND_US) &&
	       tm.tm_year + 1900 == c.year && tm.tm_mon + 1 == c.month &&
	       tm.tm_mday == c.day && tm.tm_hour == c.hour &&
	       tm.tm_min == c.minute && tm.tm_sec == c.second;
}

/* The offset holds as long as is said. */
static bool
stretch_holds(const struct zone *z, int64_t second)
{
	int64_t at = second * SECOND_US, until;
	int32_t offset = zone_stretch(z, at, &until);
	int64_t most = until - at < 366 * 86400 * SECOND_US
			   ? until
			   : at + 366 * 86400 * SECOND_US;

	return until > at && offset == zone_offset(z, at) &&
	       offset == zone_offset(z, most - 1) &&
	       offset == zone_offset(
			     z, random_between(at / SECOND_US,
					       most / SECOND_US - 1) *
				    SECOND_US);
}

static void
test_against_libc(void)
{
	for (size_t i = 0; i < COUNT(zones); i++) {
		const struct zone *z = zone_find(str_of(zones[i]));
		int wrong = 0;

		ok(z != NULL && strcmp(zone_name(z), zones[i]) == 0, "%s",
		   zones[i]);
		if (z == NULL)
			continue;
		setenv("TZ", zones[i], 1);
		tzset();
		for (int k = 0; k < 6000; k++) {
			int64_t second =
			    random_between(-2208988800, 7258118400);

			if (!same_as_libc(z, second) ||
			    !stretch_holds(z, second)) {
				printf("# %s %" PRId64 "\n", zones[i], second);
				wrong++;
			}
		}
		is_int(wrong, 0, "%s as the C library has it", zones[i]);
	}
	setenv("TZ", "UTC0", 1);
	tzset();
}

static int64_t
local_of(const struct zone *z, int64_t instant)
{
	return instant + zone_offset(z, instant) * SECOND_US;
}

/* By definition: at the instant the wall time is reached, before it not. */
static void
test_wall_law(void)
{
	for (size_t i = 0; i < COUNT(zones); i++) {
		const struct zone *z = zone_find(str_of(zones[i]));
		int wrong = 0;

		for (int k = 0; k < 400 && z != NULL; k++) {
			int64_t local = random_between(1700000000, 1800000000) /
					900 * 900 * SECOND_US;
			struct civil c = zone_civil(zone_find(S("UTC")), local);
			int64_t got = zone_instant(z, &c);

			wrong += local_of(z, got) < local;
			for (int64_t back = 1; back < 27 * 60; back++)
				wrong +=
				    local_of(z, got - back * 60 * SECOND_US) >=
				    local;
			wrong += local_of(z, got - 1) >= local;
		}
		is_int(wrong, 0, "the first instant of a wall time in %s",
		       zones[i]);
	}
}

static void
test_names(void)
{
	static const char *const bad[] = {"",
					  "Europe",
					  "Europe/Nowhere",
					  "europe/berlin",
					  "/etc/localtime",
					  "../zoneinfo/UTC",
					  "Europe/../UTC",
					  "Europe//Berlin",
					  "Europe/Berlin/",
					  "localtime",
					  "posixrules",
					  "right/UTC",
					  "posix/UTC",
					  "tzdata.zi",
					  "Europe/Berlin ",
					  "CET-1CEST",
					  ":UTC",
					  "A12345678901234567890123456789012345"
					  "6789012345678901234567890123456"};

	for (size_t i = 0; i < COUNT(bad); i++)
		ok(zone_find(str_of(bad[i])) == NULL, "no zone '%s'", bad[i]);
	ok(zone_find((struct str){"UTC\0x", 5}) == NULL, "no NUL");
	ok(zone_find(S("Europe/Berlin")) == zone_find(S("Europe/Berlin")),
	   "a zone is opened once");
	ok(zone_find(S("Etc/GMT+5")) != NULL, "plus and digits in a name");
	is_int(zone_offset(zone_find(S("Etc/GMT+5")), 0), -18000,
	       "whose sign is the POSIX one");
}

int
main(void)
{
	seed = random_u64() | 1;
	printf("# seed %" PRIu64 "\n", seed);
	test_offsets();
	test_walls();
	test_days();
	test_against_libc();
	test_wall_law();
	test_names();
	return done_testing();
}
