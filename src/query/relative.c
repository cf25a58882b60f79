/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an operator on an order means: a closed range of keys.  Numbers are
 * simple.  Times are worked out as a half-open window, of instants for an
 * instant attribute and of days for a date, at the moment the filter runs and
 * in the viewer's zone: a day is the local day, which need not start at
 * midnight nor last 24 hours; weeks start on the day that the workspace says.
 *
 * The one exception is inLast: it ends with the moment it is asked, which
 * still belongs to it, and inNext begins right after that moment.
 */
#include "filter.h"

#include <assert.h>

/* lo <= value < hi, in microseconds or days. */
struct window {
	int64_t lo, hi;
};

#define FAR_PAST (INT64_MIN / 2)
#define FAR_FUTURE (INT64_MAX / 2)

/* What the operators need to know of the time and place they run in. */
struct here {
	const struct zone *zone;
	int64_t now;
	int32_t today;
	int week_start;
	bool days; /* the attribute is a date: windows of days */
};

static int64_t
day_at(const struct here *h, int32_t date)
{
	return h->days ? date : zone_day_start(h->zone, date);
}

static int32_t
operand_date(const struct here *h, const struct operand *o)
{
	return o->is_date ? o->date : zone_date(h->zone, o->at);
}

/* The first moment of what the operand names, and the first after it. */
static struct window
operand_window(const struct here *h, const struct operand *o)
{
	int32_t date;

	if (!o->is_date && !h->days)
		return (struct window){o->at, o->at + 1};
	date = operand_date(h, o);
	return (struct window){day_at(h, date), day_at(h, date + 1)};
}

static struct window
window_days(const struct here *h, int32_t from, int32_t to)
{
	return (struct window){day_at(h, from), day_at(h, to)};
}

static struct window
window_before(const struct here *h, const struct operand *o)
{
	return (struct window){FAR_PAST, operand_window(h, &o[0]).lo};
}

static struct window
window_after(const struct here *h, const struct operand *o)
{
	return (struct window){operand_window(h, &o[0]).hi, FAR_FUTURE};
}

static struct window
window_on(const struct here *h, const struct operand *o)
{
	int32_t date = operand_date(h, &o[0]);

	return window_days(h, date, date + 1);
}

static struct window
window_between(const struct here *h, const struct operand *o)
{
	return (struct window){operand_window(h, &o[0]).lo,
			       operand_window(h, &o[1]).lo};
}

static struct window
window_last(const struct here *h, const struct operand *o)
{
	int64_t from = span_move(h->zone, h->now, o->span, -1);

	if (h->days)
		return (struct window){zone_date(h->zone, from), h->today + 1};
	return (struct window){from, h->now + 1};
}

void
span_last(const struct query *q, struct span span, int64_t *from, int64_t *to)
{
	const struct zone *zone = q->zone ? q->zone : zone_find(S("UTC"));
	int64_t now = query_now(q);

	*from = span_move(zone, now, span, -1);
	*to = now + 1;
}

static struct window
window_next(const struct here *h, const struct operand *o)
{
	int64_t to = span_move(h->zone, h->now, o->span, 1);

	if (h->days)
		return (struct window){h->today + 1,
				       zone_date(h->zone, to) + 1};
	return (struct window){h->now + 1, to + 1};
}

static struct window
window_today(const struct here *h, const struct operand *o)
{
	return window_days(h, h->today, h->today + 1);
}

static struct window
window_yesterday(const struct here *h, const struct operand *o)
{
	return window_days(h, h->today - 1, h->today);
}

static struct window
window_week(const struct here *h, const struct operand *o)
{
	int32_t first = week_first(h->today, h->week_start);

	return window_days(h, first, first + 7);
}

/* The month `back` months before today's. */
static struct window
window_month_back(const struct here *h, int back)
{
	int year, month, day;
	int32_t first;

	date_civil(h->today, &year, &month, &day);
	month -= back;
	if (month < 1) {
		month += 12;
		year--;
	}
	first = date_of(year, month, 1);
	return window_days(h, first, first + date_month_days(year, month));
}

static struct window
window_month(const struct here *h, const struct operand *o)
{
	return window_month_back(h, 0);
}

static struct window
window_last_month(const struct here *h, const struct operand *o)
{
	return window_month_back(h, 1);
}

typedef struct window window_fn(const struct here *h, const struct operand *o);

static window_fn *const windows[MATCH_COUNT] = {
    [MATCH_BEFORE] = window_before,
    [MATCH_AFTER] = window_after,
    [MATCH_ON] = window_on,
    [MATCH_BETWEEN] = window_between,
    [MATCH_IN_LAST] = window_last,
    [MATCH_IN_NEXT] = window_next,
    [MATCH_TODAY] = window_today,
    [MATCH_YESTERDAY] = window_yesterday,
    [MATCH_THIS_WEEK] = window_week,
    [MATCH_THIS_MONTH] = window_month,
    [MATCH_LAST_MONTH] = window_last_month,
};

int
query_week_start(const struct query *q)
{
	static const struct {
		struct str name;
		int day;
	} days[] = {{{"saturday", 8}, 5}, {{"sunday", 6}, 6}};
	struct str set =
	    q->txn ? setting_text(q->txn, SETTING_WEEK_START) : STR_NONE;

	for (size_t i = 0; i < COUNT(days); i++)
		if (str_eq(set, days[i].name))
			return days[i].day;
	return 0;
}

int32_t
week_first(int32_t date, int start)
{
	return date - (date_weekday(date) - start + 7) % 7;
}

int64_t
query_now(const struct query *q)
{
	if (q->timely)
		*q->timely = true;
	return q->now == INSTANT_NONE ? clock_now() : q->now;
}

static bool
time_range(const struct query *q, const struct filter *leaf, uint64_t *lo,
	   uint64_t *hi)
{
	enum attr_type t = leaf->attr->type;
	struct here h = {.days = t == TYPE_DATE};
	struct window w;

	h.zone = q->zone ? q->zone : zone_find(S("UTC"));
	if (leaf->op->form == FORM_NONE || leaf->op->form == FORM_SPAN) {
		h.now = query_now(q);
		h.today = zone_date(h.zone, h.now);
		h.week_start = query_week_start(q);
	}
	w = windows[leaf->op->match](&h, leaf->operands);
	if (w.lo < INT32_MIN && h.days)
		w.lo = INT32_MIN;
	if (w.hi > INT32_MAX && h.days)
		w.hi = INT32_MAX;
	if (w.lo >= w.hi)
		return false;
	*lo = value_order(&(struct value){
	    .type = t, .instant = w.lo, .date = h.days ? (int32_t)w.lo : 0});
	*hi = value_order(
	    &(struct value){.type = t,
			    .instant = w.hi - 1,
			    .date = h.days ? (int32_t)(w.hi - 1) : 0});
	return true;
}

static bool
number_range(const struct filter *leaf, uint64_t *lo, uint64_t *hi)
{
	enum match m = leaf->op->match;
	uint64_t at = number_to_order(leaf->operands[0].number);

	*lo = 0;
	*hi = UINT64_MAX;
	if (m == MATCH_BETWEEN) {
		*lo = at;
		*hi = number_to_order(leaf->operands[1].number);
	} else if (m == MATCH_LESS) {
		if (at == 0)
			return false;
		*hi = at - 1;
	} else if (m == MATCH_LESS_SAME) {
		*hi = at;
	} else if (m == MATCH_MORE) {
		if (at == UINT64_MAX)
			return false;
		*lo = at + 1;
	} else {
		assert(m == MATCH_MORE_SAME);
		*lo = at;
	}
	return *lo <= *hi;
}

bool
leaf_range(const struct query *q, const struct filter *leaf, uint64_t *lo,
	   uint64_t *hi)
{
	if (leaf->attr->type == TYPE_NUMBER)
		return number_range(leaf, lo, hi);
	return time_range(q, leaf, lo, hi);
}
