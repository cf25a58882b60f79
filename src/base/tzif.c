/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The reader of compiled zone files (TZif, RFC 8536 and 9636, versions 1 to
 * 4).  A file is a list of moments at which the offset changes,
 *
 *   ... | -18000 | -14400 | -18000 | ...   seconds east of UTC
 *       t0       t1       t2               transitions, seconds since 1970
 *
 * and after the last of them a rule in POSIX form ("EST5EDT,M3.2.0,M11.1.0"),
 * which holds for ever.  Everything else about a zone is asked of one
 * function: which offset holds at a second, and until when.
 *
 * The files are trusted as little as any input: size, counts, indexes, order
 * and the rule are checked.  Files that count leap seconds are refused: in our
 * instants there are none.
 */
#include "tzif.h"

#include <stdlib.h>

#define TRANSITIONS_MAX 4096
#define OFFSET_MAX (26 * 3600)
#define DAY 86400

/* Rules ------------------------------------------------------------------- */

static bool
take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_cut(*s, 1, s->n);
	return true;
}

static bool
take_number(struct str *s, int most, int *out)
{
	int v = 0;
	size_t n = 0;

	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		v = v * 10 + (s->p[n] - '0');
		if (v > most)
			return false;
	}
	*s = str_cut(*s, n, s->n);
	*out = v;
	return n > 0;
}

/* [+-]hh[:mm[:ss]] in seconds */
static bool
take_time(struct str *s, int hours_most, int32_t *out)
{
	int hour, minute = 0, second = 0, sign = 1;

	if (take_char(s, '-'))
		sign = -1;
	else
		take_char(s, '+');
	if (!take_number(s, hours_most, &hour))
		return false;
	if (take_char(s, ':')) {
		if (!take_number(s, 59, &minute))
			return false;
		if (take_char(s, ':') && !take_number(s, 59, &second))
			return false;
	}
	*out = sign * (hour * 3600 + minute * 60 + second);
	return true;
}

/* A zone's short name, which nobody needs: letters, or anything in <>. */
static bool
take_name(struct str *s)
{
	size_t n = 0;

	if (take_char(s, '<')) {
		while (n < s->n && s->p[n] != '>')
			n++;
		*s = str_cut(*s, n, s->n);
		return n >= 3 && take_char(s, '>');
	}
	while (n < s->n && ((s->p[n] >= 'a' && s->p[n] <= 'z') ||
			    (s->p[n] >= 'A' && s->p[n] <= 'Z')))
		n++;
	*s = str_cut(*s, n, s->n);
	return n >= 3;
}

static bool
take_change(struct str *s, struct change *c)
{
	*c = (struct change){.form = '0', .time = 2 * 3600};
	if (!take_char(s, ','))
		return false;
	if (take_char(s, 'M')) {
		c->form = 'M';
		if (!take_number(s, 12, &c->month) || !take_char(s, '.') ||
		    !take_number(s, 5, &c->week) || !take_char(s, '.') ||
		    !take_number(s, 6, &c->day) || c->month < 1 || c->week < 1)
			return false;
	} else if (take_char(s, 'J')) {
		c->form = 'J';
		if (!take_number(s, 365, &c->day) || c->day < 1)
			return false;
	} else if (!take_number(s, 365, &c->day)) {
		return false;
	}
	return !take_char(s, '/') || take_time(s, 167, &c->time);
}

static bool
rule_read(struct str s, struct rule *r)
{
	int32_t west;

	*r = (struct rule){0};
	if (s.n == 0)
		return true; /* the last offset holds for ever */
	if (!take_name(&s) || !take_time(&s, 24, &west))
		return false;
	r->present = true;
	r->standard = -west;
	if (s.n == 0)
		return true;
	r->has_dst = true;
	r->summer = r->standard + 3600;
	if (!take_name(&s))
		return false;
	if (s.n > 0 && s.p[0] != ',') {
		if (!take_time(&s, 24, &west))
			return false;
		r->summer = -west;
	}
	return take_change(&s, &r->start) && take_change(&s, &r->end) &&
	       s.n == 0;
}

/* Local seconds since 1970 of a change in a year */
static int64_t
change_in(const struct change *c, int year)
{
	int32_t date = date_of(year, 1, 1);

	if (c->form == 'M') {
		int32_t first = date_of(year, c->month, 1);
		/* the rule counts Sunday as 0, dates count Monday as 0 */
		int skip = (c->day + 6 - date_weekday(first)) % 7;
		int day = skip + (c->week - 1) * 7;

		if (day >= date_month_days(year, c->month))
			day -= 7; /* week 5 is the last there is */
		date = first + day;
	} else if (c->form == 'J') {
		bool leap = date_month_days(year, 2) == 29;

		date += c->day - 1 + (leap && c->day >= 60);
	} else {
		date += c->day;
	}
	return (int64_t)date * DAY + c->time;
}

static struct piece
rule_at(const struct rule *r, int64_t second)
{
	struct piece found = {r->standard, TZIF_FOR_EVER};
	int64_t day = second / DAY - (second % DAY < 0), last = INT64_MIN;
	int year, month, dom;

	if (!r->has_dst)
		return found;
	date_civil((int32_t)day, &year, &month, &dom);
	/* the newest change at or before, and the oldest after; where summer
	 * ends and begins in the same second it goes on */
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t end = change_in(&r->end, y) - r->summer;
		int64_t start = change_in(&r->start, y) - r->standard;

		if (end <= second && end > last) {
			last = end;
			found.offset = r->standard;
		}
		if (start <= second && start >= last) {
			last = start;
			found.offset = r->summer;
		}
		if (end > second && end < found.until)
			found.until = end;
		if (start > second && start < found.until)
			found.until = start;
	}
	return found;
}

/* Files ------------------------------------------------------------------- */

struct header {
	int version;
	uint32_t isut, isstd, leap, times, types, chars;
};

static bool
header_read(struct rd *r, struct header *h)
{
	if (!str_eq(rd_bytes(r, 4), S("TZif")))
		return false;
	h->version = rd_u8(r);
	rd_bytes(r, 15);
	h->isut = rd_be32(r);
	h->isstd = rd_be32(r);
	h->leap = rd_be32(r);
	h->times = rd_be32(r);
	h->types = rd_be32(r);
	h->chars = rd_be32(r);
	return !r->bad && h->times <= TRANSITIONS_MAX && h->types >= 1 &&
	       h->types <= 256 && h->chars <= 4096 && h->isut <= 256 &&
	       h->isstd <= 256 && h->leap <= 256;
}

/* The block after a header: times, types, then what is not needed here. */
static bool
block_read(struct rd *r, const struct header *h, size_t width, struct tzif *t)
{
	struct rd types, index;
	int32_t offset_of[256];

	t->count = h->times;
	t->times = mem_new((h->times + 1) * sizeof(*t->times));
	t->offsets = mem_new((h->times + 1) * sizeof(*t->offsets));
	for (uint32_t i = 0; i < h->times; i++) {
		t->times[i] =
		    width == 8 ? (int64_t)rd_be64(r) : (int32_t)rd_be32(r);
		if (i > 0 && t->times[i] <= t->times[i - 1])
			return false;
	}
	index = rd_of(rd_bytes(r, h->times));
	types = rd_of(rd_bytes(r, (size_t)h->types * 6));
	for (uint32_t i = 0; i < h->types; i++) {
		offset_of[i] = (int32_t)rd_be32(&types);
		rd_be16(&types); /* summer time or not, and its name */
		if (offset_of[i] < -OFFSET_MAX || offset_of[i] > OFFSET_MAX)
			return false;
	}
	t->offsets[0] = offset_of[0];
	for (uint32_t i = 0; i < h->times; i++) {
		uint8_t type = rd_u8(&index);

		if (type >= h->types)
			return false;
		t->offsets[i + 1] = offset_of[type];
	}
	rd_bytes(r, h->chars + h->leap * (width + 4) + h->isstd + h->isut);
	return !r->bad;
}

static size_t
block_size(const struct header *h)
{
	return (size_t)h->times * 5 + (size_t)h->types * 6 + h->chars +
	       (size_t)h->leap * 8 + h->isstd + h->isut;
}

static bool
file_read(struct tzif *t, struct str file)
{
	struct rd r = rd_of(file);
	struct header h;
	struct str rule, rest;

	if (!header_read(&r, &h))
		return false;
	if (h.version == 0)
		return h.leap == 0 && block_read(&r, &h, 4, t);
	/* the first block is for old readers; the second has 64-bit times */
	rd_bytes(&r, block_size(&h));
	if (!header_read(&r, &h) || h.leap != 0 || !block_read(&r, &h, 8, t))
		return false;
	rest = (struct str){(const char *)r.p, rd_left(&r)};
	return take_char(&rest, '\n') && str_split(&rest, '\n', &rule) &&
	       rest.p != NULL && rule_read(rule, &t->rule);
}

bool
tzif_read(struct tzif *t, struct str file)
{
	*t = (struct tzif){0};
	if (file_read(t, file))
		return true;
	tzif_fini(t);
	return false;
}

void
tzif_fini(struct tzif *t)
{
	free(t->times);
	free(t->offsets);
	*t = (struct tzif){0};
}

struct piece
tzif_at(const struct tzif *t, int64_t second)
{
	size_t low = 0, high = t->count; /* changes at or before `second` */

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->times[mid] <= second)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < t->count)
		return (struct piece){t->offsets[low], t->times[low]};
	if (t->rule.present)
		return rule_at(&t->rule, second);
	return (struct piece){t->offsets[low], TZIF_FOR_EVER};
}
