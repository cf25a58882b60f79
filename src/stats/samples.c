/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Samples: durations, each of a kind and of a row, put in order at the end, so
 * that a row's count, sum, median and ninth decile and those of the whole
 * period come from the same numbers.  Durations are told in whole
 * milliseconds, cut, not rounded.
 */
#include "room.h"

#include <math.h>
#include <stdlib.h>

void
sample_add(struct samples *s, size_t row, unsigned kind, int64_t value)
{
	if (value == DURATION_NONE)
		return;
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 1024;
		s->at = mem_grow(s->at, s->cap * sizeof(*s->at));
	}
	s->at[s->n++] = (struct sample){value, (uint32_t)row, kind};
}

void
samples_free(struct samples *s)
{
	free(s->at);
}

static int
kind_cmp(const void *x, const void *y)
{
	const struct sample *a = x, *b = y;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

static int
row_cmp(const void *x, const void *y)
{
	const struct sample *a = x, *b = y;

	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	return kind_cmp(x, y);
}

static double
milliseconds(int64_t us)
{
	return (double)(us / 1000);
}

/* The same kind, ascending. */
static void
group_put(const struct summary *to, const struct sample *at, size_t n,
	  double *v)
{
	size_t ninth = (9 * n + 9) / 10 - 1; /* nine in ten are no longer */
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += at[i].value;
	if (to->count >= 0)
		v[to->count] = (double)n;
	if (to->total >= 0)
		v[to->total] = milliseconds(sum);
	if (to->average >= 0)
		v[to->average] = milliseconds(sum / (int64_t)n);
	if (to->median >= 0)
		v[to->median] = milliseconds(
		    n % 2 ? at[n / 2].value
			  : (at[n / 2 - 1].value + at[n / 2].value) / 2);
	if (to->ninth >= 0)
		v[to->ninth] = milliseconds(at[ninth].value);
}

/* Where there is no sample there is nothing to tell, but for how many. */
static void
nothing_put(const struct summary *summaries, size_t kinds, double *v)
{
	for (size_t k = 0; k < kinds; k++) {
		const int columns[] = {summaries[k].total, summaries[k].average,
				       summaries[k].median, summaries[k].ninth};

		for (size_t i = 0; i < COUNT(columns); i++)
			if (columns[i] >= 0)
				v[columns[i]] = NAN;
	}
}

static void
groups_put(struct samples *s, const struct summary *summaries,
	   struct stat_table *t, bool whole)
{
	for (size_t from = 0, to; from < s->n; from = to) {
		const struct sample *first = &s->at[from];

		for (to = from + 1; to < s->n &&
				    s->at[to].kind == first->kind &&
				    (whole || s->at[to].row == first->row);)
			to++;
		group_put(&summaries[first->kind], first, to - from,
			  whole ? t->totals : t->rows[first->row].v);
	}
}

void
samples_put(struct samples *s, const struct summary *summaries, size_t kinds,
	    struct stat_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		nothing_put(summaries, kinds, t->rows[i].v);
	nothing_put(summaries, kinds, t->totals);
	if (s->n == 0)
		return;
	qsort(s->at, s->n, sizeof(*s->at), row_cmp);
	groups_put(s, summaries, t, false);
	qsort(s->at, s->n, sizeof(*s->at), kind_cmp);
	groups_put(s, summaries, t, true);
}
