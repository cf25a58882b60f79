/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Retention: those who first wrote in a week or month of the period, and how
 * many of them wrote k weeks or months later.  Of everybody it is noted which
 * cohort they are of, so every period is gone through once.  The first and last
 * cohort may be cut by the period; the weeks and months that follow are whole
 * ones, also past its end, as far as they have begun.
 */
#include "room.h"

#include <math.h>
#include <stdlib.h>

#define COHORTS_MAX 500u
#define PAGE 1024u

enum { SIZE, CELLS };

/* Who is counted: people, or those of them who were erased. */
struct whom {
	struct query *q;
	const struct bits *who; /* NULL: everybody */
	bool erased;
};

static struct bits *
active(const struct whom *w, int64_t from, int64_t to)
{
	return w->erased ? stats_erased_active(w->q, from, to)
			 : stats_active(w->q, w->who, from, to);
}

/* The whole week or month `k` after that in which `at` lies. */
static struct period
later(const struct stat_table *t, int64_t at, size_t k)
{
	const struct zone *z = t->period.zone;
	int32_t end = stat_date_next(t, zone_date(z, at)), from;

	for (size_t i = 1; i < k; i++)
		end = stat_date_next(t, end);
	from = end;
	end = stat_date_next(t, end);
	return (struct period){z, zone_day_start(z, from),
			       zone_day_start(z, end)};
}

/* Of everybody the cohort they are of, from 1; 0: of none. */
struct cohorts {
	uint16_t *of;
	size_t n;
};

/* Each one of a set, with what `arg` is. */
typedef void one_fn(struct cohorts *c, struct stat_table *t, size_t at,
		    uint32_t id);
static void
each(const struct bits *set, one_fn *fn, struct cohorts *c,
     struct stat_table *t, size_t at)
{
	uint32_t ids[PAGE], from = 0;
	bool first = true;
	size_t n;

	do {
		n = bits_page(set, from, first, false, ids, PAGE);
		for (size_t i = 0; i < n; i++)
			fn(c, t, at, ids[i]);
		first = false;
		from = n > 0 ? ids[n - 1] : 0;
	} while (n == PAGE);
}

static void
joins(struct cohorts *c, struct stat_table *t, size_t row, uint32_t id)
{
	if (id >= c->n) {
		size_t n = 2 * ((size_t)id + 1);

		c->of = mem_grow(c->of, n * sizeof(*c->of));
		memset(c->of + c->n, 0, (n - c->n) * sizeof(*c->of));
		c->n = n;
	}
	t->rows[row].v[SIZE]++;
	c->of[id] = (uint16_t)(row + 1);
}

/* Wrote in the period that is the first row's moved by j. */
static void
returns(struct cohorts *c, struct stat_table *t, size_t j, uint32_t id)
{
	size_t row = id < c->n ? c->of[id] : 0;

	if (row > 0 && row - 1 < j && j - (row - 1) < t->n)
		t->rows[row - 1].cells[j - (row - 1)]++;
}

/* Rows are in order, so who wrote before one is who did before it and in it. */
static void
cohorts_add(const struct whom *w, struct stat_table *t, struct cohorts *c)
{
	struct bits *before = active(w, ACTIVITY_EVER_FROM, t->period.from);

	for (size_t i = 0; i < t->n; i++) {
		struct bits *here = active(w, t->rows[i].from, t->rows[i].to);

		bits_minus(here, before);
		each(here, joins, c, t, i);
		bits_or(before, here);
		bits_free(here);
	}
	bits_free(before);
}

static void
rows_add(const struct whom *w, struct stat_table *t)
{
	struct cohorts c = {0};

	cohorts_add(w, t, &c);
	for (size_t j = 1; j < 2 * t->n; j++) {
		struct period p = later(t, t->period.from, j);
		struct bits *wrote;

		if (p.from >= t->as_of)
			break;
		wrote = active(w, p.from, p.to);
		each(wrote, returns, &c, t, j);
		bits_free(wrote);
	}
	free(c.of);
}

/* What has not begun yet is not known; the first cell is the cohort itself. */
static void
rows_end(struct stat_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct stat_row *r = &t->rows[i];

		t->totals[SIZE] += r->v[SIZE];
		r->cells[0] = r->from < t->as_of ? r->v[SIZE] : NAN;
	}
	for (size_t j = 1; j < 2 * t->n; j++) {
		struct period p = later(t, t->period.from, j);

		for (size_t i = 0; p.from >= t->as_of && i < t->n; i++)
			if (i < j && j - i < t->n)
				t->rows[i].cells[j - i] = NAN;
	}
}

enum err
retention_run(struct query *q, const struct bits *who, struct stat_table *t,
	      struct fault *f)
{
	struct whom living = {q, who, false}, gone = {q, NULL, true};

	if (t->n > COHORTS_MAX)
		return fail(f, ERR_LIMIT, "by",
			    "the period has more than %u cohorts; cut it "
			    "coarser",
			    COHORTS_MAX);
	t->n_cells = t->n;
	for (size_t i = 0; i < t->n; i++)
		t->rows[i].cells =
		    arena_get(q->arena, t->n * sizeof(*t->rows[i].cells));
	rows_add(&living, t);
	if (!who)
		rows_add(&gone, t);
	rows_end(t);
	return kv_error(q->txn);
}

static struct bits *
cohort_of(struct query *q, const struct bits *who, int64_t from, int64_t to)
{
	struct bits *out = stats_active(q, who, from, to);
	struct bits *before = stats_active(q, who, ACTIVITY_EVER_FROM, from);

	bits_minus(out, before);
	bits_free(before);
	return out;
}

struct bits *
retention_people(struct query *q, const struct bits *who,
		 const struct counted *c)
{
	struct stat_table t = {
	    .by = c->by, .period = c->period, .week_start = c->week_start};
	struct bits *out = cohort_of(q, who, c->period.from, c->period.to);
	struct period p;
	struct bits *wrote;

	if (c->column == SIZE || c->cell == 0)
		return out;
	p = later(&t, c->period.from, (size_t)c->cell);
	wrote = stats_active(q, who, p.from, p.to);
	bits_and(out, wrote);
	bits_free(wrote);
	return out;
}
