/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Operating hours worked by hand (a weekend, a holiday, days of 23 and 25
 * hours, a day that a zone skipped, a schedule that changed), then random
 * schedules against a walk that looks at the wall clock every minute.
 */
#include "../../dice.h"
#include "../../tap.h"

#define HOUR_US (3600 * SECOND_US)
#define MINUTE_US (60 * SECOND_US)

static uint64_t seed;

static uint64_t
next_random(uint64_t below)
{
	return xorshift64(&seed) % below;
}

static int64_t
at(const char *text)
{
	int64_t v = 0;

	if (!instant_parse(str_of(text), &v))
		abort();
	return v;
}

static int32_t
date(const char *text)
{
	int32_t v = 0;

	if (!date_parse(str_of(text), &v))
		abort();
	return v;
}

static const struct open_span office[] = {{9 * 60, 18 * 60}};
static const struct open_span always[] = {{0, DAY_MINUTES}};
static const struct open_span night[] = {{60, 240}};
static const struct open_span twice[] = {{120, 150}};
#define DAY(spans) {spans, COUNT(spans)}
#define WORKDAYS \
	{DAY(office), DAY(office), DAY(office), DAY(office), DAY(office)}
#define EVERY(spans)                                                    \
	{DAY(spans), DAY(spans), DAY(spans), DAY(spans), DAY(spans),    \
	 DAY(spans), DAY(spans)}

static void
is_open(const struct schedule *s, size_t n, const char *from, const char *to,
	int64_t minutes, const char *name)
{
	struct hours h = {s, n};
	int64_t open = -1;

	ok(hours_between(&h, at(from), at(to), &open), "%s: told", name);
	is_int(open, minutes * MINUTE_US, "%s", name);
}

static void
test_by_hand(void)
{
	const struct zone *berlin = zone_find(S("Europe/Berlin"));
	const struct holiday christmas[] = {
	    {date("2026-12-25"), S("Christmas"), {NULL, 0}},
	    {date("2026-12-28"), S("Short"), DAY(night)}};
	struct schedule week = {INSTANT_MIN, berlin, WORKDAYS, NULL, 0};
	struct schedule closed = {INSTANT_MIN, berlin, {{NULL, 0}}, NULL, 0};
	struct schedule whole = {INSTANT_MIN, berlin, EVERY(always), NULL, 0};
	struct schedule early = {INSTANT_MIN, berlin, EVERY(night), NULL, 0};
	struct schedule fold = {INSTANT_MIN, berlin, EVERY(twice), NULL, 0};
	struct schedule apia = {INSTANT_MIN, zone_find(S("Pacific/Apia")),
				EVERY(always), NULL, 0};
	struct schedule nepal = {INSTANT_MIN, zone_find(S("Asia/Kathmandu")),
				 WORKDAYS, NULL, 0};

	is_open(&week, 1, "2026-11-20T16:00:00Z", "2026-11-23T09:00:00Z", 120,
		"Friday 17:00 to Monday 10:00 is an hour and an hour");
	is_open(&week, 1, "2026-11-20T17:00:00Z", "2026-11-23T08:00:00Z", 0,
		"from the close to the next opening is nothing");
	is_open(&week, 1, "2026-12-24T16:00:00Z", "2026-12-28T09:00:00Z",
		60 + 9 * 60 + 60, "no holiday yet: a day more");
	week.holidays = christmas;
	week.n_holidays = 2;
	is_open(&week, 1, "2026-12-24T16:00:00Z", "2026-12-29T09:00:00Z",
		60 + 0 + 180 + 60, "holidays: one closed, one with its hours");
	is_open(&closed, 1, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 0,
		"always closed is 0");
	is_open(&whole, 1, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z",
		23 * 60, "a day of 23 hours");
	is_open(&whole, 1, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z",
		25 * 60, "a day of 25 hours");
	is_open(&early, 1, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 120,
		"01:00 to 04:00 lacks the hour that was skipped");
	is_open(&early, 1, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 240,
		"01:00 to 04:00 has the hour that came twice");
	is_open(&fold, 1, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 60,
		"02:00 to 02:30 came twice");
	is_open(&apia, 1, "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z",
		48 * 60, "a day that was skipped is none");
	is_open(&nepal, 1, "2026-11-23T03:15:00Z", "2026-11-23T12:15:00Z",
		9 * 60, "09:00 to 18:00 in Kathmandu");
}

static void
test_history(void)
{
	const struct zone *utc = zone_find(S("UTC"));
	struct schedule s[] = {
	    {at("2026-01-01T00:00:00Z"), utc, WORKDAYS, NULL, 0},
	    {at("2026-06-03T12:00:00Z"), utc, EVERY(always), NULL, 0}};
	struct hours h = {s, 2}, none = {NULL, 0};
	int64_t open;

	is_open(s, 2, "2026-06-03T00:00:00Z", "2026-06-04T00:00:00Z",
		3 * 60 + 12 * 60, "each half of the day by its own schedule");
	is_open(s, 2, "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z", 9 * 60,
		"what is long past by what held then");
	ok(!hours_between(&h, at("2025-12-31T23:00:00Z"),
			  at("2026-01-02T00:00:00Z"), &open),
	   "before the first schedule nothing can be told");
	ok(!hours_between(&none, 0, 1, &open), "nor where none was ever set");
	ok(hours_between(&h, at("2026-02-02T10:00:00Z"),
			 at("2026-02-02T10:00:00Z"), &open) &&
	       open == 0,
	   "an empty interval is 0");
}

/* Against a walk by minutes ------------------------------------------------ */

static bool
naive_open(const struct schedule *s, size_t n, int64_t when)
{
	const struct schedule *in_force = &s[0];
	struct civil c;
	struct open_day day;
	int minute;

	for (size_t i = 1; i < n; i++)
		if (s[i].from <= when)
			in_force = &s[i];
	c = zone_civil(in_force->zone, when);
	day = in_force->week[date_weekday(date_of(c.year, c.month, c.day))];
	for (size_t i = 0; i < in_force->n_holidays; i++)
		if (in_force->holidays[i].date ==
		    date_of(c.year, c.month, c.day))
			day = in_force->holidays[i].open;
	minute = c.hour * 60 + c.minute;
	for (size_t i = 0; i < day.n; i++)
		if (minute >= day.spans[i].from && minute < day.spans[i].to)
			return true;
	return false;
}

static struct open_day
random_day(struct open_span *room)
{
	struct open_day day = {room, next_random(4)};
	uint16_t from = 0;

	for (size_t i = 0; i < day.n; i++) {
		room[i].from = (uint16_t)(from + next_random(300));
		room[i].to = (uint16_t)(room[i].from + 1 + next_random(180));
		from = room[i].to;
	}
	return day;
}

static void
test_random(void)
{
	static const char *const zones[] = {
	    "Europe/Berlin",   "America/New_York",    "Asia/Kathmandu",
	    "Asia/Kolkata",    "Australia/Lord_Howe", "Pacific/Apia",
	    "Pacific/Chatham", "Africa/Casablanca",   "America/Havana",
	    "Asia/Gaza",       "Antarctica/Troll",    "America/St_Johns"};
	/* Most within days of a change of some clock. */
	const int64_t near[] = {at("2026-03-27T00:00:00Z"),
				at("2026-10-23T00:00:00Z"),
				at("2026-04-03T00:00:00Z"),
				at("2011-12-28T00:00:00Z"),
				at("2024-11-01T00:00:00Z")};
	struct open_span rooms[2][8][4];
	uint64_t first = seed, wrong = 0;

	for (int run = 0; run < 400; run++) {
		int64_t from = near[next_random(COUNT(near))] +
			       (int64_t)next_random(48 * 60) * MINUTE_US;
		int64_t to = from + (int64_t)next_random(6 * 1440) * MINUTE_US;
		struct schedule s[2] = {{.from = INSTANT_MIN},
					{.from = from + (to - from) / 2 -
						 (to - from) / 2 % MINUTE_US}};
		struct holiday off = {.name = S("off")};
		struct hours h = {s, 2};
		int64_t open = -1, want = 0;

		for (int k = 0; k < 2; k++) {
			s[k].zone =
			    zone_find(str_of(zones[next_random(COUNT(zones))]));
			for (int d = 0; d < 7; d++)
				s[k].week[d] = random_day(rooms[k][d]);
		}
		off.date = zone_date(s[1].zone, to - (to - from) / 4);
		off.open = random_day(rooms[1][7]);
		s[1].holidays = &off;
		s[1].n_holidays = 1;
		for (int64_t m = from; m < to; m += MINUTE_US)
			want += naive_open(s, 2, m) ? MINUTE_US : 0;
		if (!hours_between(&h, from, to, &open) || open != want) {
			printf("# run %d: %s, %s: %" PRId64 ", not %" PRId64
			       "\n",
			       run, zone_name(s[0].zone), zone_name(s[1].zone),
			       open / MINUTE_US, want / MINUTE_US);
			wrong++;
		}
	}
	is_int(wrong, 0, "400 schedules as by the minute, seed %" PRIu64,
	       first);
}

int
main(void)
{
	const char *given = getenv("RAPPORT_SEED");

	seed = given ? strtoull(given, NULL, 10)
		     : (uint64_t)clock_now() | 1;
	test_by_hand();
	test_history();
	test_random();
	return done_testing();
}
