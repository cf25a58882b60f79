/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Samples: durations, each of a kind and of a row, put together at the end, so
 * that a row's count, sum, median and ninth decile and those of the whole
 * period come from the same numbers; they are not sorted, for two places of the
 * order are all that is asked.  Durations are told in whole
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

/* Puts the k-th in its place, what is less before it and what is more behind
 * it: by cutting at one drawn by lot, whatever lies there, again and again. */
static void
place(int64_t *p, size_t n, size_t k)
{
	uint64_t lot = n;

	while (n > 1) {
		size_t less = 0, at = 0, more = n;
		int64_t cut;

		lot = lot * UINT64_C(6364136223846793005) + 1442695040888963407;
		cut = p[(lot >> 33) % n];
		while (at < more) {
			int64_t v = p[at];

			if (v > cut) {
				p[at] = p[--more];
				p[more] = v;
				continue;
			}
			p[at++] = p[less];
			p[less] = v;
			less += v < cut;
		}
		if (k < less) {
			n = less;
		} else if (k < more) {
			return;
		} else {
			p += more;
			k -= more;
			n -= more;
		}
	}
}

static int64_t
most(const int64_t *p, size_t n)
{
	int64_t out = p[0];

	for (size_t i = 1; i < n; i++)
		out = p[i] > out ? p[i] : out;
	return out;
}

static int64_t
median(int64_t *p, size_t n)
{
	place(p, n, n / 2);
	return n % 2 ? p[n / 2] : (most(p, n / 2) + p[n / 2]) / 2;
}

/* Nine in ten are no longer. What is before the median stays there. */
static int64_t
ninth(int64_t *p, size_t n)
{
	size_t k = (9 * n + 9) / 10 - 1, from = k < n / 2 ? 0 : n / 2;

	place(p + from, n - from, k - from);
	return p[k];
}

static double
milliseconds(int64_t us)
{
	return (double)(us / 1000);
}

/* All of one kind, in any order, and in another afterwards. */
static void
group_put(const struct summary *to, int64_t *at, size_t n, double *v)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += at[i];
	if (to->count >= 0)
		v[to->count] = (double)n;
	if (to->total >= 0)
		v[to->total] = milliseconds(sum);
	if (to->average >= 0)
		v[to->average] = milliseconds(sum / (int64_t)n);
	if (to->median >= 0)
		v[to->median] = milliseconds(median(at, n));
	if (to->ninth >= 0)
		v[to->ninth] = milliseconds(ninth(at, n));
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

/* Values by kind and, within it, by row; ends[kind * rows + row] is where those
 * of the row end. */
static int64_t *
values_group(const struct samples *s, size_t kinds, size_t rows, size_t *ends)
{
	int64_t *out = mem_new(s->n * sizeof(*out));

	for (size_t i = 0; i < s->n; i++)
		ends[s->at[i].kind * rows + s->at[i].row]++;
	for (size_t g = 1; g < kinds * rows; g++)
		ends[g] += ends[g - 1];
	for (size_t i = s->n; i-- > 0;)
		out[--ends[s->at[i].kind * rows + s->at[i].row]] =
		    s->at[i].value;
	for (size_t g = 0; g + 1 < kinds * rows; g++)
		ends[g] = ends[g + 1];
	ends[kinds * rows - 1] = s->n;
	return out;
}

void
samples_put(struct samples *s, const struct summary *summaries, size_t kinds,
	    struct stat_table *t)
{
	size_t *ends, from = 0, begun = 0;
	int64_t *values;

	for (size_t i = 0; i < t->n; i++)
		nothing_put(summaries, kinds, t->rows[i].v);
	nothing_put(summaries, kinds, t->totals);
	if (s->n == 0)
		return;
	ends = mem_new(kinds * t->n * sizeof(*ends));
	values = values_group(s, kinds, t->n, ends);
	for (size_t g = 0; g < kinds * t->n; from = ends[g++]) {
		const struct summary *to = &summaries[g / t->n];

		if (ends[g] > from)
			group_put(to, values + from, ends[g] - from,
				  t->rows[g % t->n].v);
		if (g % t->n + 1 < t->n)
			continue;
		if (ends[g] > begun) /* the whole kind */
			group_put(to, values + begun, ends[g] - begun,
				  t->totals);
		begun = ends[g];
	}
	free(values);
	free(ends);
}
