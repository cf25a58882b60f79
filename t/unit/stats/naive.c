/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See naive.h. Every question is a look at everything. */
#include "naive.h"

#include <math.h>

bool
naive_counts(const struct world *w, unsigned head, bool french)
{
	if (w->fate[head] == FORGOTTEN || w->of[head] != head)
		return false;
	return !french || (w->fate[head] == HERE && w->french[head]);
}

static bool
in_row(const struct stat_table *t, size_t row, int64_t at)
{
	const struct stat_row *r = &t->rows[row];
	struct civil c;

	if (row == t->n) /* the whole period */
		return at >= t->period.from && at < t->period.to;
	if (at < r->from || at >= r->to)
		return false;
	if (r->hour < 0)
		return true;
	c = zone_civil(t->period.zone, at);
	return c.hour == r->hour &&
	       (r->weekday < 0 ||
		date_weekday(zone_date(t->period.zone, at)) == r->weekday);
}

static bool
wrote(const struct world *w, unsigned head, const struct said *s)
{
	return w->of[s->who] == head && s->class == CLASS_IN;
}

static int64_t
first_word(const struct world *w, unsigned head)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < w->n_said; i++)
		if (wrote(w, head, &w->said[i]) && w->said[i].at < first)
			first = w->said[i].at;
	return first;
}

static bool
wrote_in(const struct world *w, unsigned head, const struct stat_table *t,
	 size_t row)
{
	for (size_t i = 0; i < w->n_said; i++)
		if (wrote(w, head, &w->said[i]) &&
		    in_row(t, row, w->said[i].at))
			return true;
	return false;
}

static void
customers(const struct world *w, const struct stat_table *t, unsigned u,
	  naive_row *out)
{
	int64_t first = first_word(w, u);

	for (size_t i = 0; i <= t->n; i++) {
		int64_t from = i < t->n ? t->rows[i].from : t->period.from;
		int64_t to = i < t->n ? t->rows[i].to : t->period.to;
		bool here = wrote_in(w, u, t, i);

		out[i][0] += here;
		out[i][1] += here && first >= from;
		out[i][2] += here && first < from;
		out[i][3] += first < to;
	}
}

static void
active(const struct world *w, const struct stat_table *t, unsigned u,
       naive_row *out)
{
	for (size_t i = 0; i <= t->n; i++)
		out[i][0] += wrote_in(w, u, t, i);
}

static void
messages(const struct world *w, const struct stat_table *t, unsigned u,
	 naive_row *out)
{
	static const int columns[] = {[CLASS_IN] = 0,
				      [CLASS_BOT] = 2,
				      [CLASS_HUMAN] = 3,
				      [CLASS_TEMPLATE] = 4};

	for (size_t k = 0; k < w->n_said; k++) {
		const struct said *s = &w->said[k];

		for (size_t i = 0; i <= t->n && w->of[s->who] == u; i++) {
			if (!in_row(t, i, s->at))
				continue;
			out[i][columns[s->class]]++;
			out[i][1] += s->class != CLASS_IN;
		}
	}
}

/* Of the person, in order; whether it is message `k` that opens one. */
static int64_t
next_word(const struct world *w, unsigned u, int64_t from)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < w->n_said; i++)
		if (w->of[w->said[i].who] == u && w->said[i].at >= from &&
		    w->said[i].at < next)
			next = w->said[i].at;
	return next;
}

static void
conversations(const struct world *w, const struct stat_table *t, unsigned u,
	      naive_row *out)
{
	int64_t at = next_word(w, u, INSTANT_MIN);

	for (; at != INT64_MAX;
	     at = next_word(w, u, at + INT64_C(86400) * SECOND_US))
		for (size_t i = 0; i <= t->n; i++)
			out[i][0] += in_row(t, i, at);
}

/* Whose a word is: timelines go with the user they were given to. */
static bool
told_by(const struct world *w, size_t i, unsigned u)
{
	return w->told[i].of == u;
}

static void
parts(const struct world *w, const struct stat_table *t, unsigned u,
      enum activity yes, int nothing, int columns, naive_row *out)
{
	for (size_t i = 0; i <= t->n; i++) {
		int64_t end = i < t->n ? t->rows[i].to : t->period.to;
		int64_t last = INT64_MIN;
		int part = nothing;
		bool said[2] = {false, false};

		for (size_t k = 0; k < w->n_told; k++) {
			const struct word_told *e = &w->told[k];
			unsigned kind = (unsigned)e->kind - (unsigned)yes;

			if (!told_by(w, k, u) || kind > 1)
				continue;
			said[kind] |= in_row(t, i, e->at);
			if (e->at < end && e->at > last) {
				last = e->at;
				part = columns + (int)kind;
			}
		}
		out[i][0] += said[0];
		out[i][1] += said[1];
		/* who is gone by then is of no part */
		if (w->fate[u] != KEPT ||
		    quarter_of(w->gone[u]) * QUARTER_HOUR >= end)
			out[i][part]++;
	}
}

static void
one_person(const struct world *w, const struct stat_table *t, unsigned u,
	   naive_row *out)
{
	const char *m = t->metric->name;

	if (strcmp(m, "customers") == 0)
		customers(w, t, u, out);
	else if (strcmp(m, "activity") == 0)
		active(w, t, u, out);
	else if (strcmp(m, "messages") == 0)
		messages(w, t, u, out);
	else if (strcmp(m, "conversations") == 0)
		conversations(w, t, u, out);
	else if (strcmp(m, "consent") == 0)
		parts(w, t, u, ACTIVITY_OPTED_IN, 4, 2, out);
	else if (strcmp(m, "validity") == 0 && w->phone[u])
		parts(w, t, u, ACTIVITY_FOUND_VALID, 2, 2, out);
	else if (strcmp(m, "contacts") == 0)
		for (size_t i = 0; i <= t->n; i++)
			out[i][0] += in_row(t, i, w->first[u]);
}

bool
naive_knows(const char *metric)
{
	static const char *const known[] = {
	    "customers", "activity", "messages", "conversations",
	    "consent",   "validity", "contacts"};

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(metric, known[i]) == 0)
			return true;
	return false;
}

void
naive_table(const struct world *w, const struct stat_table *t, bool french,
	    naive_row *out)
{
	memset(out, 0, (t->n + 1) * sizeof(*out));
	for (unsigned u = 0; u < PEOPLE; u++)
		if (w->ids[u] != 0 && naive_counts(w, u, french))
			one_person(w, t, u, out);
}
