/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Relative dates and local days, worked out by hand from the zones' rules, and
 * at the end by another program (Python's zoneinfo) from the same zones:
 * days of 23, 25 and 23.5 hours, a day that was skipped, a day that does not
 * start at midnight, offsets of quarter hours, leap days.
 */
#include "world.h"

#include "src/query/filter.h"

struct example {
	const char *zone, *now, *attr, *rest; /* rest: operator and values */
	const char *from, *to; /* half-open; from NULL: no value at all */
};

static const struct example examples[] = {
    /* the clock goes back at 06:00Z: 25 hours */
    {"America/New_York", "2026-11-01T12:00:00Z", "lastSeen", "\"today\"",
     "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
    /* and forward: 23 */
    {"America/New_York", "2026-03-08T20:00:00Z", "lastSeen", "\"today\"",
     "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
    {"America/New_York", "2026-03-09T20:00:00Z", "lastSeen", "\"yesterday\"",
     "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
    /* +05:45 */
    {"Asia/Kathmandu", "2026-11-01T12:00:00Z", "lastSeen",
     "\"on\",\"2026-11-01\"", "2026-10-31T18:15:00Z", "2026-11-01T18:15:00Z"},
    {"Asia/Kathmandu", "2026-11-01T18:20:00Z", "lastSeen", "\"today\"",
     "2026-11-01T18:15:00Z", "2026-11-02T18:15:00Z"},
    /* half an hour of daylight saving */
    {"Australia/Lord_Howe", "2026-11-01T12:00:00Z", "lastSeen",
     "\"on\",\"2026-10-04\"", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"},
    {"Australia/Lord_Howe", "2026-11-01T12:00:00Z", "lastSeen",
     "\"on\",\"2026-04-05\"", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"},
    /* 30 December 2011 was not */
    {"Pacific/Apia", "2026-11-01T12:00:00Z", "lastSeen",
     "\"on\",\"2011-12-29\"", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
    {"Pacific/Apia", "2026-11-01T12:00:00Z", "lastSeen",
     "\"on\",\"2011-12-30\"", NULL, NULL},
    {"Pacific/Apia", "2026-11-01T12:00:00Z", "lastSeen",
     "\"on\",\"2011-12-31\"", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
    {"Pacific/Apia", "2011-12-30T12:00:00Z", "lastSeen", "\"yesterday\"", NULL,
     NULL},
    /* begins at 01:00 */
    {"America/Sao_Paulo", "2026-11-01T12:00:00Z", "lastSeen",
     "\"on\",\"2018-11-04\"", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
    /* weeks start on Monday: asked on a Sunday, on a Monday */
    {"Europe/Berlin", "2026-11-01T12:00:00Z", "lastSeen", "\"thisWeek\"",
     "2026-10-25T23:00:00Z", "2026-11-01T23:00:00Z"},
    {"Europe/Berlin", "2026-10-25T23:30:00Z", "lastSeen", "\"thisWeek\"",
     "2026-10-25T23:00:00Z", "2026-11-01T23:00:00Z"},
    {"Europe/Berlin", "2026-10-25T12:00:00Z", "lastSeen", "\"thisWeek\"",
     "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"},
    {"UTC", "2024-02-29T12:00:00Z", "lastSeen", "\"thisMonth\"",
     "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
    {"Asia/Kolkata", "2024-02-29T19:00:00Z", "lastSeen", "\"thisMonth\"",
     "2024-02-29T18:30:00Z", "2024-03-31T18:30:00Z"},
    {"UTC", "2026-01-15T12:00:00Z", "lastSeen", "\"lastMonth\"",
     "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"},
    /* the last moment of inLast is now, the first of inNext is after it */
    {"UTC", "2026-03-31T12:00:00Z", "lastSeen", "\"inLast\",\"1mo\"",
     "2026-02-28T12:00:00Z", "2026-03-31T12:00:00.000001Z"},
    {"UTC", "2024-02-29T12:00:00Z", "lastSeen", "\"inLast\",\"1y\"",
     "2023-02-28T12:00:00Z", "2024-02-29T12:00:00.000001Z"},
    {"America/New_York", "2026-03-08T16:00:00Z", "lastSeen",
     "\"inLast\",\"1d\"", "2026-03-07T17:00:00Z",
     "2026-03-08T16:00:00.000001Z"},
    {"America/New_York", "2026-03-08T16:00:00Z", "lastSeen",
     "\"inLast\",\"24h\"", "2026-03-07T16:00:00Z",
     "2026-03-08T16:00:00.000001Z"},
    {"UTC", "2026-03-08T16:00:00Z", "lastSeen", "\"inNext\",\"2w\"",
     "2026-03-08T16:00:00.000001Z", "2026-03-22T16:00:00.000001Z"},
    /* a day as an operand is the local day, an instant a moment */
    {"Asia/Kathmandu", "2026-11-01T12:00:00Z", "lastSeen",
     "\"between\",\"2026-10-01\",\"2026-11-01\"", "2026-09-30T18:15:00Z",
     "2026-10-31T18:15:00Z"},
    {"UTC", "2026-11-01T12:00:00Z", "lastSeen",
     "\"between\",\"2026-10-01T06:00:00+02:00\",\"2026-10-01T04:00:01Z\"",
     "2026-10-01T04:00:00Z", "2026-10-01T04:00:01Z"},
    {"UTC", "2026-11-01T12:00:00Z", "lastSeen",
     "\"between\",\"2026-10-02\",\"2026-10-02\"", NULL, NULL},
    {"UTC", "2026-11-01T12:00:00Z", "lastSeen",
     "\"between\",\"2026-10-02\",\"2026-10-01\"", NULL, NULL},
    /* of a date attribute: days, whatever the hour */
    {"UTC", "2026-11-01T09:30:00Z", "born", "\"inLast\",\"30d\"", "2026-10-02",
     "2026-11-02"},
    {"UTC", "2026-11-01T09:30:00Z", "born", "\"inNext\",\"7d\"", "2026-11-02",
     "2026-11-09"},
    {"Asia/Kathmandu", "2026-11-01T20:00:00Z", "born", "\"today\"",
     "2026-11-02", "2026-11-03"},
    {"UTC", "2026-11-01T09:30:00Z", "born", "\"lastMonth\"", "2026-10-01",
     "2026-11-01"},
    {"UTC", "2026-11-01T09:30:00Z", "born",
     "\"between\",\"2024-02-28\",\"2024-03-01\"", "2024-02-28", "2024-03-01"},
    {"Asia/Kathmandu", "2026-11-01T09:30:00Z", "born",
     "\"on\",\"2026-10-31T18:15:00Z\"", "2026-11-01", "2026-11-02"},
    /* by Python's zoneinfo, looking for the first moment of each day */
    {"Asia/Kathmandu", "2024-02-28T18:30:00Z", "lastSeen", "\"today\"",
     "2024-02-28T18:15:00Z", "2024-02-29T18:15:00Z"},
    {"Asia/Kathmandu", "2024-02-28T18:30:00Z", "lastSeen", "\"yesterday\"",
     "2024-02-27T18:15:00Z", "2024-02-28T18:15:00Z"},
    {"Asia/Kathmandu", "2024-02-28T18:30:00Z", "lastSeen", "\"thisWeek\"",
     "2024-02-25T18:15:00Z", "2024-03-03T18:15:00Z"},
    {"Asia/Kathmandu", "2024-02-28T18:30:00Z", "lastSeen", "\"thisMonth\"",
     "2024-01-31T18:15:00Z", "2024-02-29T18:15:00Z"},
    {"Asia/Kathmandu", "2024-02-28T18:30:00Z", "lastSeen", "\"lastMonth\"",
     "2023-12-31T18:15:00Z", "2024-01-31T18:15:00Z"},
    {"Australia/Lord_Howe", "2025-10-05T03:00:00Z", "lastSeen", "\"yesterday\"",
     "2025-10-03T13:30:00Z", "2025-10-04T13:30:00Z"},
    {"Australia/Lord_Howe", "2025-10-05T03:00:00Z", "lastSeen", "\"thisWeek\"",
     "2025-09-28T13:30:00Z", "2025-10-05T13:00:00Z"},
    {"Australia/Lord_Howe", "2025-10-05T03:00:00Z", "lastSeen", "\"thisMonth\"",
     "2025-09-30T13:30:00Z", "2025-10-31T13:00:00Z"},
    {"Australia/Lord_Howe", "2025-10-05T03:00:00Z", "lastSeen", "\"lastMonth\"",
     "2025-08-31T13:30:00Z", "2025-09-30T13:30:00Z"},
    {"Australia/Lord_Howe", "2025-10-05T03:00:00Z", "lastSeen", "\"today\"",
     "2025-10-04T13:30:00Z", "2025-10-05T13:00:00Z"},
    {"Australia/Lord_Howe", "2025-04-06T12:00:00Z", "lastSeen", "\"thisWeek\"",
     "2025-03-30T13:00:00Z", "2025-04-06T13:30:00Z"},
    {"Australia/Lord_Howe", "2025-04-06T12:00:00Z", "lastSeen", "\"thisMonth\"",
     "2025-03-31T13:00:00Z", "2025-04-30T13:30:00Z"},
    {"Australia/Lord_Howe", "2025-04-06T12:00:00Z", "lastSeen", "\"lastMonth\"",
     "2025-02-28T13:00:00Z", "2025-03-31T13:00:00Z"},
    {"Australia/Lord_Howe", "2025-04-06T12:00:00Z", "lastSeen", "\"today\"",
     "2025-04-05T13:00:00Z", "2025-04-06T13:30:00Z"},
    {"Australia/Lord_Howe", "2025-04-06T12:00:00Z", "lastSeen", "\"yesterday\"",
     "2025-04-04T13:00:00Z", "2025-04-05T13:00:00Z"},
    {"Pacific/Apia", "2011-12-31T12:00:00Z", "lastSeen", "\"thisMonth\"",
     "2011-12-31T10:00:00Z", "2012-01-31T10:00:00Z"},
    {"Pacific/Apia", "2011-12-31T12:00:00Z", "lastSeen", "\"lastMonth\"",
     "2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z"},
    {"Pacific/Apia", "2011-12-31T12:00:00Z", "lastSeen", "\"today\"",
     "2011-12-31T10:00:00Z", "2012-01-01T10:00:00Z"},
    {"Pacific/Apia", "2011-12-31T12:00:00Z", "lastSeen", "\"yesterday\"",
     "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
    {"Pacific/Apia", "2011-12-31T12:00:00Z", "lastSeen", "\"thisWeek\"",
     "2011-12-26T10:00:00Z", "2012-01-01T10:00:00Z"},
    {"Pacific/Apia", "2012-01-02T12:00:00Z", "lastSeen", "\"lastMonth\"",
     "2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z"},
    {"Pacific/Apia", "2012-01-02T12:00:00Z", "lastSeen", "\"today\"",
     "2012-01-02T10:00:00Z", "2012-01-03T10:00:00Z"},
    {"Pacific/Apia", "2012-01-02T12:00:00Z", "lastSeen", "\"yesterday\"",
     "2012-01-01T10:00:00Z", "2012-01-02T10:00:00Z"},
    {"Pacific/Apia", "2012-01-02T12:00:00Z", "lastSeen", "\"thisWeek\"",
     "2012-01-01T10:00:00Z", "2012-01-08T10:00:00Z"},
    {"Pacific/Apia", "2012-01-02T12:00:00Z", "lastSeen", "\"thisMonth\"",
     "2011-12-31T10:00:00Z", "2012-01-31T10:00:00Z"},
    {"Africa/Cairo", "2026-04-24T09:00:00Z", "lastSeen", "\"today\"",
     "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
    {"Africa/Cairo", "2026-04-24T09:00:00Z", "lastSeen", "\"yesterday\"",
     "2026-04-22T22:00:00Z", "2026-04-23T22:00:00Z"},
    {"Africa/Cairo", "2026-04-24T09:00:00Z", "lastSeen", "\"thisWeek\"",
     "2026-04-19T22:00:00Z", "2026-04-26T21:00:00Z"},
    {"Africa/Cairo", "2026-04-24T09:00:00Z", "lastSeen", "\"thisMonth\"",
     "2026-03-31T22:00:00Z", "2026-04-30T21:00:00Z"},
    {"Africa/Cairo", "2026-04-24T09:00:00Z", "lastSeen", "\"lastMonth\"",
     "2026-02-28T22:00:00Z", "2026-03-31T22:00:00Z"},
    {"America/Santiago", "2026-09-06T12:00:00Z", "lastSeen", "\"yesterday\"",
     "2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z"},
    {"America/Santiago", "2026-09-06T12:00:00Z", "lastSeen", "\"thisWeek\"",
     "2026-08-31T04:00:00Z", "2026-09-07T03:00:00Z"},
    {"America/Santiago", "2026-09-06T12:00:00Z", "lastSeen", "\"thisMonth\"",
     "2026-09-01T04:00:00Z", "2026-10-01T03:00:00Z"},
    {"America/Santiago", "2026-09-06T12:00:00Z", "lastSeen", "\"lastMonth\"",
     "2026-08-01T04:00:00Z", "2026-09-01T04:00:00Z"},
    {"America/Santiago", "2026-09-06T12:00:00Z", "lastSeen", "\"today\"",
     "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"},
    {"Pacific/Chatham", "2025-09-28T00:00:00Z", "lastSeen", "\"thisWeek\"",
     "2025-09-21T11:15:00Z", "2025-09-28T10:15:00Z"},
    {"Pacific/Chatham", "2025-09-28T00:00:00Z", "lastSeen", "\"thisMonth\"",
     "2025-08-31T11:15:00Z", "2025-09-30T10:15:00Z"},
    {"Pacific/Chatham", "2025-09-28T00:00:00Z", "lastSeen", "\"lastMonth\"",
     "2025-07-31T11:15:00Z", "2025-08-31T11:15:00Z"},
    {"Pacific/Chatham", "2025-09-28T00:00:00Z", "lastSeen", "\"today\"",
     "2025-09-27T11:15:00Z", "2025-09-28T10:15:00Z"},
    {"Pacific/Chatham", "2025-09-28T00:00:00Z", "lastSeen", "\"yesterday\"",
     "2025-09-26T11:15:00Z", "2025-09-27T11:15:00Z"},
    {"Europe/London", "2026-10-25T12:00:00Z", "lastSeen", "\"thisMonth\"",
     "2026-09-30T23:00:00Z", "2026-11-01T00:00:00Z"},
    {"Europe/London", "2026-10-25T12:00:00Z", "lastSeen", "\"lastMonth\"",
     "2026-08-31T23:00:00Z", "2026-09-30T23:00:00Z"},
    {"Europe/London", "2026-10-25T12:00:00Z", "lastSeen", "\"today\"",
     "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"},
    {"Europe/London", "2026-10-25T12:00:00Z", "lastSeen", "\"yesterday\"",
     "2026-10-23T23:00:00Z", "2026-10-24T23:00:00Z"},
    {"Europe/London", "2026-10-25T12:00:00Z", "lastSeen", "\"thisWeek\"",
     "2026-10-18T23:00:00Z", "2026-10-26T00:00:00Z"},
    {"America/St_Johns", "2026-03-08T15:00:00Z", "lastSeen", "\"lastMonth\"",
     "2026-02-01T03:30:00Z", "2026-03-01T03:30:00Z"},
    {"America/St_Johns", "2026-03-08T15:00:00Z", "lastSeen", "\"today\"",
     "2026-03-08T03:30:00Z", "2026-03-09T02:30:00Z"},
    {"America/St_Johns", "2026-03-08T15:00:00Z", "lastSeen", "\"yesterday\"",
     "2026-03-07T03:30:00Z", "2026-03-08T03:30:00Z"},
    {"America/St_Johns", "2026-03-08T15:00:00Z", "lastSeen", "\"thisWeek\"",
     "2026-03-02T03:30:00Z", "2026-03-09T02:30:00Z"},
    {"America/St_Johns", "2026-03-08T15:00:00Z", "lastSeen", "\"thisMonth\"",
     "2026-03-01T03:30:00Z", "2026-04-01T02:30:00Z"},
    {"UTC", "2028-02-29T23:59:59Z", "lastSeen", "\"today\"",
     "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"},
    {"UTC", "2028-02-29T23:59:59Z", "lastSeen", "\"yesterday\"",
     "2028-02-28T00:00:00Z", "2028-02-29T00:00:00Z"},
    {"UTC", "2028-02-29T23:59:59Z", "lastSeen", "\"thisWeek\"",
     "2028-02-28T00:00:00Z", "2028-03-06T00:00:00Z"},
    {"UTC", "2028-02-29T23:59:59Z", "lastSeen", "\"thisMonth\"",
     "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
    {"UTC", "2028-02-29T23:59:59Z", "lastSeen", "\"lastMonth\"",
     "2028-01-01T00:00:00Z", "2028-02-01T00:00:00Z"},
    {"Asia/Tehran", "2022-09-22T10:00:00Z", "lastSeen", "\"yesterday\"",
     "2022-09-20T19:30:00Z", "2022-09-21T20:30:00Z"},
    {"Asia/Tehran", "2022-09-22T10:00:00Z", "lastSeen", "\"thisWeek\"",
     "2022-09-18T19:30:00Z", "2022-09-25T20:30:00Z"},
    {"Asia/Tehran", "2022-09-22T10:00:00Z", "lastSeen", "\"thisMonth\"",
     "2022-08-31T19:30:00Z", "2022-09-30T20:30:00Z"},
    {"Asia/Tehran", "2022-09-22T10:00:00Z", "lastSeen", "\"lastMonth\"",
     "2022-07-31T19:30:00Z", "2022-08-31T19:30:00Z"},
    {"Asia/Tehran", "2022-09-22T10:00:00Z", "lastSeen", "\"today\"",
     "2022-09-21T20:30:00Z", "2022-09-22T20:30:00Z"},
    {"Africa/Casablanca", "2026-03-22T12:00:00Z", "lastSeen", "\"thisWeek\"",
     "2026-03-16T00:00:00Z", "2026-03-22T23:00:00Z"},
    {"Africa/Casablanca", "2026-03-22T12:00:00Z", "lastSeen", "\"thisMonth\"",
     "2026-03-01T00:00:00Z", "2026-03-31T23:00:00Z"},
    {"Africa/Casablanca", "2026-03-22T12:00:00Z", "lastSeen", "\"lastMonth\"",
     "2026-01-31T23:00:00Z", "2026-03-01T00:00:00Z"},
    {"Africa/Casablanca", "2026-03-22T12:00:00Z", "lastSeen", "\"today\"",
     "2026-03-22T00:00:00Z", "2026-03-22T23:00:00Z"},
    {"Africa/Casablanca", "2026-03-22T12:00:00Z", "lastSeen", "\"yesterday\"",
     "2026-03-21T00:00:00Z", "2026-03-22T00:00:00Z"},
};

static bool
bound(const char *text, enum attr_type t, uint64_t *order)
{
	struct value v = {.type = t};
	bool good = t == TYPE_DATE ? date_parse(str_of(text), &v.date)
				   : instant_parse(str_of(text), &v.instant);

	*order = value_order(&v);
	return good;
}

static struct filter *
leaf_of(struct world *w, const char *attr, const char *rest)
{
	struct fault f = {0};
	struct filter *out;
	enum err e;

	e = filter_parse(w->q,
			 arena_printf(w->q->arena, "[\"%s\",%s]", attr, rest),
			 &out, &f);
	if (e == OK)
		return out;
	ok(false, "%s %s: %s", attr, rest, f.text);
	return NULL;
}

static void
check_example(struct world *w, const struct example *e)
{
	struct filter *leaf = leaf_of(w, e->attr, e->rest);
	uint64_t lo = 0, hi = 0, from = 0, to = 0;
	bool any;

	w->q->zone = zone_find(str_of(e->zone));
	if (!leaf ||
	    !ok(instant_parse(str_of(e->now), &w->q->now) && w->q->zone, "%s",
		e->zone))
		return;
	any = leaf_range(w->q, leaf, &lo, &hi);
	ok(any == (e->from != NULL), "%s %s at %s in %s is %s", e->attr,
	   e->rest, e->now, e->zone, e->from ? "some time" : "no time");
	if (!any || !e->from)
		return;
	ok(bound(e->from, leaf->attr->type, &from) &&
	       bound(e->to, leaf->attr->type, &to),
	   "from %s to %s", e->from, e->to);
	is_int(lo - from, 0, "it starts right");
	is_int(hi + 1 - to, 0, "it ends right");
}

/* One side open: the other side's bound, and everything beyond. */
static void
check_open(struct world *w)
{
	struct filter *leaf;
	uint64_t lo, hi, at;

	w->q->zone = zone_find(S("America/New_York"));
	leaf = leaf_of(w, "lastSeen", "\"before\",\"2026-11-01\"");
	ok(leaf && leaf_range(w->q, leaf, &lo, &hi) &&
	       bound("2026-11-01T04:00:00Z", TYPE_INSTANT, &at) && hi + 1 == at,
	   "before a day ends where the day starts");
	ok(bound("0001-01-01T00:00:00Z", TYPE_INSTANT, &at) && lo <= at,
	   "and starts before all time");
	leaf = leaf_of(w, "lastSeen", "\"after\",\"2026-11-01\"");
	ok(leaf && leaf_range(w->q, leaf, &lo, &hi) &&
	       bound("2026-11-02T05:00:00Z", TYPE_INSTANT, &at) && lo == at,
	   "after a day starts where the day ends");
	ok(bound("9999-12-31T23:59:59.999999Z", TYPE_INSTANT, &at) && hi >= at,
	   "and ends after all time");
	leaf = leaf_of(w, "lastSeen", "\"after\",\"2026-11-01T04:00:00Z\"");
	ok(leaf && leaf_range(w->q, leaf, &lo, &hi) &&
	       bound("2026-11-01T04:00:00.000001Z", TYPE_INSTANT, &at) &&
	       lo == at,
	   "after an instant is right after it");
	leaf = leaf_of(w, "lastSeen", "\"inLast\",\"100000y\"");
	ok(leaf && leaf_range(w->q, leaf, &lo, &hi) &&
	       bound("0001-01-01T00:00:00Z", TYPE_INSTANT, &at) && lo <= at,
	   "a hundred thousand years ago was before all time");
	leaf = leaf_of(w, "lastSeen", "\"inNext\",\"100000y\"");
	ok(leaf && leaf_range(w->q, leaf, &lo, &hi) &&
	       bound("9999-12-31T23:59:59.999999Z", TYPE_INSTANT, &at) &&
	       hi >= at,
	   "and in as many it will be after it");
	leaf = leaf_of(w, "born", "\"on\",\"9999-12-31\"");
	ok(leaf && leaf_range(w->q, leaf, &lo, &hi) && lo == hi,
	   "the last date is a day");
	leaf = leaf_of(w, "lastSeen", "\"on\",\"9999-12-31\"");
	ok(leaf && leaf_range(w->q, leaf, &lo, &hi) && lo < hi,
	   "and some hours");
	leaf = leaf_of(w, "lastSeen", "\"on\",\"0001-01-01\"");
	ok(leaf && leaf_range(w->q, leaf, &lo, &hi) && lo < hi,
	   "as is the first");
}

static void
check(struct world *w, void *arg)
{
	for (size_t i = 0; i < COUNT(examples); i++)
		check_example(w, &examples[i]);
	check_open(w);
}

int
main(void)
{
	struct world w;

	world_open(&w);
	world_user(&w, "u1", "{\"born\":\"1990-02-28\"}");
	world_look(&w, check, NULL);
	world_close(&w);
	return done_testing();
}
