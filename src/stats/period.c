/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Periods: read, compared, cut.  A day is from its first instant to that of
 * the next, so it has 23 or 25 hours where it has, and a day that a zone
 * skipped has none and no row.  Hours on the wall are found by going through
 * the quarter-hours: another date, hour or offset is another hour.
 */
#include "room.h"

#define DAYS_DEFAULT 30

static const char *const by_names[BY_COUNT] = {
    [BY_DAY] = "day",
    [BY_WEEK] = "week",
    [BY_MONTH] = "month",
    [BY_HOUR] = "hour",
    [BY_HOUR_OF_DAY] = "hourOfDay",
    [BY_HOUR_OF_WEEK] = "hourOfWeek",
    [BY_FLOW] = "flow",
    [BY_CODE] = "code",
    [BY_STEP] = "step",
    [BY_TAG] = "tag",
    [BY_MANAGER] = "manager",
    [BY_SOURCE] = "source",
};

bool
stat_by_find(struct str name, enum stat_by *out)
{
	for (int i = 0; i < BY_COUNT; i++) {
		if (str_eq(name, str_of(by_names[i]))) {
			*out = (enum stat_by)i;
			return true;
		}
	}
	return false;
}

const char *
week_start_name(int start)
{
	static const char *const names[7] = {
	    [0] = "monday", [5] = "saturday", [6] = "sunday"};

	return names[start];
}

const char *
stat_by_name(enum stat_by by)
{
	return by_names[by];
}

/* Reading ------------------------------------------------------------------ */

static enum err
edge_parse(struct str text, const char *path, const struct zone *z,
	   int64_t *out, struct fault *f)
{
	int32_t date;

	if (date_parse(text, &date)) {
		*out = zone_day_start(z, date);
		return OK;
	}
	if (!instant_parse(text, out))
		return fail(f, ERR_INVALID, path,
			    "expected a date or an instant");
	if (*out % QUARTER_HOUR != 0)
		return fail(f, ERR_INVALID, path,
			    "expected a date, or an instant at a whole quarter "
			    "of an hour");
	return OK;
}

enum err
period_parse(struct str from, struct str to, const struct zone *z, int64_t now,
	     struct period *out, struct fault *f)
{
	*out = (struct period){.zone = z};
	if (to.n > 0)
		TRY(edge_parse(to, "to", z, &out->to, f));
	else
		out->to = zone_day_start(z, zone_date(z, now) + 1);
	if (from.n > 0)
		TRY(edge_parse(from, "from", z, &out->from, f));
	else
		out->from = zone_day_start(z, zone_date(z, out->to - 1) -
						  (DAYS_DEFAULT - 1));
	if (out->from >= out->to)
		return fail(f, ERR_INVALID, "to",
			    "expected an end after the beginning");
	return OK;
}

/* The date at whose beginning `at` lies; false: within a day. */
static bool
day_begins(const struct zone *z, int64_t at, int32_t *date)
{
	*date = zone_date(z, at);
	return zone_day_start(z, *date) == at;
}

/* Of a first of the month: months since year 0; else -1. */
static int
month_number(int32_t date)
{
	int year, month, day;

	date_civil(date, &year, &month, &day);
	return day == 1 ? 12 * year + month - 1 : -1;
}

static int32_t
month_date(int number)
{
	return date_of(number / 12, number % 12 + 1, 1);
}

struct period
period_before(const struct period *p)
{
	struct period out = *p;
	int32_t from, to, shift;
	int a, b;

	if (!day_begins(p->zone, p->from, &from) ||
	    !day_begins(p->zone, p->to, &to)) {
		out.to = p->from;
		out.from = p->from - (p->to - p->from);
		return out;
	}
	a = month_number(from);
	b = month_number(to);
	if (a > 12 && b > a && 2 * a - b > 12) {
		out.from = zone_day_start(p->zone, month_date(2 * a - b));
		out.to = p->from;
		return out;
	}
	shift = (to - from + 6) / 7 * 7;
	out.from = zone_day_start(p->zone, from - shift);
	out.to = zone_day_start(p->zone, to - shift);
	return out;
}

/* Cutting ------------------------------------------------------------------ */

struct cut {
	struct stat_table *t;
	struct arena *arena;
};

struct stat_row *
row_new(struct stat_table *t, struct arena *arena)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		struct stat_row *rows = arena_get(arena, cap * sizeof(*rows));

		if (t->n > 0)
			memcpy(rows, t->rows, t->n * sizeof(*rows));
		t->rows = rows;
		t->cap = cap;
	}
	t->rows[t->n] = (struct stat_row){.from = t->period.from,
					  .to = t->period.to,
					  .weekday = -1,
					  .hour = -1};
	return &t->rows[t->n++];
}

static bool
row_add(struct cut *c, int64_t from, int64_t to)
{
	struct stat_table *t = c->t;
	struct stat_row *r;

	if (from < t->period.from)
		from = t->period.from;
	if (to > t->period.to)
		to = t->period.to;
	if (from >= to)
		return true;
	if (t->n == STAT_ROWS_MAX)
		return false;
	r = row_new(t, c->arena);
	r->from = from;
	r->to = to;
	return true;
}

int32_t
stat_date_next(const struct stat_table *t, int32_t date)
{
	int year, month, day;

	switch (t->by) {
	case BY_WEEK:
		return week_first(date, t->week_start) + 7;
	case BY_MONTH:
		date_civil(date, &year, &month, &day);
		return date - day + 1 + date_month_days(year, month);
	default:
		return date + 1;
	}
}

static bool
cut_dates(struct cut *c)
{
	const struct period *p = &c->t->period;
	int32_t date = zone_date(p->zone, p->from);
	int64_t at = p->from;

	while (at < p->to) {
		int32_t next = stat_date_next(c->t, date);
		int64_t end = zone_day_start(p->zone, next);

		if (!row_add(c, at, end))
			return false;
		date = next;
		at = end;
	}
	return true;
}

int64_t
hour_end(const struct zone *z, int64_t at, int64_t limit)
{
	struct civil first = zone_civil(z, at);
	int32_t offset = zone_offset(z, at);

	/* never past the next quarter-hour at once: an hour may be cut short */
	do
		at = (quarter_of(at) + 1) * QUARTER_HOUR;
	while (at < limit && zone_offset(z, at) == offset &&
	       zone_civil(z, at).hour == first.hour);
	return at < limit ? at : limit;
}

static bool
cut_hours(struct cut *c)
{
	const struct period *p = &c->t->period;
	int64_t at = p->from;

	while (at < p->to) {
		int64_t end = hour_end(p->zone, at, p->to);

		if (!row_add(c, at, end))
			return false;
		at = end;
	}
	return true;
}

static bool
cut_slots(struct cut *c)
{
	struct stat_table *t = c->t;
	bool week = t->by == BY_HOUR_OF_WEEK;

	for (int i = 0; i < (week ? 168 : 24); i++) {
		if (!row_add(c, t->period.from, t->period.to))
			return false;
		t->rows[i].weekday = week ? i / 24 : -1;
		t->rows[i].hour = i % 24;
	}
	return true;
}

enum err
period_cut(struct stat_table *t, struct arena *arena, struct fault *f)
{
	struct cut c = {.t = t, .arena = arena};
	bool fits = true;

	if (t->by >= BY_FLOW)
		return OK; /* the metric knows which there are */
	if (t->by == BY_HOUR)
		fits = cut_hours(&c);
	else if (t->by < BY_HOUR)
		fits = cut_dates(&c);
	else
		fits = cut_slots(&c);
	if (!fits)
		return fail(f, ERR_LIMIT, "by",
			    "the period has more than %u rows; cut it coarser",
			    STAT_ROWS_MAX);
	return OK;
}

size_t
slot_at(const struct stat_table *t, int64_t at)
{
	size_t hour = (size_t)zone_civil(t->period.zone, at).hour;

	if (t->by == BY_HOUR_OF_DAY)
		return hour;
	return 24 * (size_t)date_weekday(zone_date(t->period.zone, at)) + hour;
}

size_t
row_at(const struct stat_table *t, int64_t at)
{
	size_t low = 0, high = t->n;

	if (t->by == BY_HOUR_OF_DAY || t->by == BY_HOUR_OF_WEEK)
		return slot_at(t, at);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->rows[middle].to <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
