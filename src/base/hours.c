/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * An interval intersected with operating hours.  It is cut where another
 * schedule begins, each piece into local days, and each day is the sum of its
 * spans.  On nearly every day the offset from UTC does not change, and a span
 * is a subtraction; on the others the day is walked minute by minute, because
 * only then is "open" what the clock on the wall said, twice if it said so
 * twice.
 */
#include <rapport/base.h>

#define MINUTE_US (60 * SECOND_US)

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static struct open_day
day_hours(const struct schedule *s, int32_t date)
{
	size_t low = 0, high = s->n_holidays;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->holidays[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < s->n_holidays && s->holidays[low].date == date)
		return s->holidays[low].open;
	return s->week[date_weekday(date)];
}

/* A day of one offset: local midnight is at `midnight`, there or not. */
static int64_t
day_plain(struct open_day day, int64_t midnight, int64_t from, int64_t to)
{
	int64_t sum = 0;

	for (size_t i = 0; i < day.n; i++) {
		int64_t a = midnight + day.spans[i].from * MINUTE_US;
		int64_t b = midnight + day.spans[i].to * MINUTE_US;

		a = most(a, from);
		b = least(b, to);
		sum += b > a ? b - a : 0;
	}
	return sum;
}

static bool
day_open_at(struct open_day day, const struct zone *z, int64_t at)
{
	struct civil c = zone_civil(z, at);
	unsigned minute = (unsigned)(c.hour * 60 + c.minute);

	for (size_t i = 0; i < day.n; i++)
		if (minute >= day.spans[i].from && minute < day.spans[i].to)
			return true;
	return false;
}

/* Offsets change on whole minutes, so a minute is open or closed whole. */
static int64_t
day_walked(struct open_day day, const struct zone *z, int64_t from, int64_t to)
{
	int64_t sum = 0, next;

	for (int64_t at = from; at < to; at = next) {
		int64_t past = at % MINUTE_US;

		next = at - past + (past < 0 ? 0 : MINUTE_US);
		next = least(next, to);
		if (day_open_at(day, z, at))
			sum += next - at;
	}
	return sum;
}

/* [from, to) under one schedule. */
static int64_t
schedule_between(const struct schedule *s, int64_t from, int64_t to)
{
	int32_t date = zone_date(s->zone, from);
	int64_t sum = 0;

	for (int64_t at = from; at < to; date++) {
		struct open_day day = day_hours(s, date);
		int64_t end = zone_day_start(s->zone, date + 1);
		int32_t offset = zone_offset(s->zone, at);

		end = least(end, to);
		if (end <= at) /* a day that a zone skipped */
			continue;
		if (day.n > 0 && offset == zone_offset(s->zone, end - 1))
			sum += day_plain(
			    day, ((int64_t)date * 86400 - offset) * SECOND_US,
			    at, end);
		else if (day.n > 0)
			sum += day_walked(day, s->zone, at, end);
		at = end;
	}
	return sum;
}

bool
hours_between(const struct hours *h, int64_t from, int64_t to, int64_t *out)
{
	*out = 0;
	if (h->n == 0 || from < h->at[0].from)
		return false;
	for (size_t i = 0; i < h->n; i++) {
		int64_t a = most(from, h->at[i].from), b = to;

		if (i + 1 < h->n)
			b = least(b, h->at[i + 1].from);
		if (a < b)
			*out += schedule_between(&h->at[i], a, b);
	}
	return true;
}
