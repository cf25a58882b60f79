/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which row each quarter-hour of a period is of, worked out once, so that what
 * is counted by quarter-hours (chats/ledger.h) finds its row by looking.  Rows
 * that do not begin at a whole quarter-hour, as in zones of the nineteenth
 * century, and periods of lifetimes have no such table.
 */
#include "room.h"

#define QUARTERS_MAX (1u << 22)

static bool
whole(int64_t at)
{
	return at % QUARTER_HOUR == 0;
}

static bool
fill_rows(const struct stat_table *t, struct quarters *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (!whole(t->rows[i].from) || !whole(t->rows[i].to))
			return false;
		for (int64_t at = t->rows[i].from; at < t->rows[i].to;
		     at += QUARTER_HOUR)
			out->row[n++] = (uint16_t)i;
	}
	return n == out->n;
}

static size_t
local_slot(enum stat_by by, int64_t quarter, int32_t offset)
{
	int64_t local = quarter * (QUARTER_HOUR / SECOND_US) + offset;
	int64_t hour = local / 3600 - (local % 3600 < 0);
	int64_t day = hour / 24 - (hour % 24 < 0);
	size_t of_day = (size_t)(hour - day * 24);

	if (by == BY_HOUR_OF_DAY)
		return of_day;
	return 24 * (size_t)date_weekday((int32_t)day) + of_day;
}

static void
fill_slots(const struct stat_table *t, struct quarters *out)
{
	int64_t until = INT64_MIN, at = t->period.from;
	int32_t offset = 0;

	for (size_t i = 0; i < out->n; i++, at += QUARTER_HOUR) {
		if (at >= until)
			offset = zone_stretch(t->period.zone, at, &until);
		out->row[i] = (uint16_t)local_slot(
		    t->by, out->first + (int64_t)i, offset);
	}
}

static int64_t
quarter_from(int64_t at)
{
	return quarter_of(at) + !whole(at);
}

bool
quarters_of(const struct stat_table *t, struct arena *a, struct quarters *out)
{
	const struct period *p = &t->period;

	*out = (struct quarters){.t = t, .first = quarter_from(p->from)};
	out->n = (size_t)(quarter_from(p->to) - out->first);
	if (!whole(p->from) || !whole(p->to) || out->n > QUARTERS_MAX)
		return false;
	out->row = arena_get(a, out->n * sizeof(*out->row));
	if (t->by == BY_HOUR_OF_DAY || t->by == BY_HOUR_OF_WEEK)
		fill_slots(t, out);
	else if (!fill_rows(t, out))
		out->row = NULL;
	return out->row != NULL;
}
