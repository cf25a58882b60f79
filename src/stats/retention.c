/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Retention: those who first wrote in a week or month of the period, and how
 * many of them wrote k weeks or months later.  Every cell is two sets and what
 * they have in common.  The first and last cohort may be cut by the period; the
 * weeks and months that follow are whole ones, also past its end, as far as
 * they have begun.
 */
#include "room.h"

#include <math.h>

#define COHORTS_MAX 500u

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

/* Who wrote in the period that is the first row's moved by j; NULL: it has not
 * begun. */
static struct bits *
moved(const struct whom *w, const struct stat_table *t, size_t j)
{
	struct period p = later(t, t->period.from, j);

	return p.from < t->as_of ? active(w, p.from, p.to) : NULL;
}

/* A cohort, added to its row. */
static void
row_add(struct stat_table *t, size_t i, const struct bits *cohort,
	struct bits *const *wrote)
{
	struct stat_row *r = &t->rows[i];
	double size = (double)bits_count(cohort);

	r->v[SIZE] += size;
	t->totals[SIZE] += size;
	r->cells[0] += r->from < t->as_of ? size : NAN;
	for (size_t k = 1; k < t->n; k++)
		r->cells[k] +=
		    wrote[i + k] ? (double)bits_and_count(cohort, wrote[i + k])
				 : NAN;
}

/* Rows are in order, so who wrote before one is who did before it and in it. */
static void
rows_add(const struct whom *w, struct stat_table *t)
{
	size_t n = t->n;
	struct bits **wrote = arena_get(w->q->arena, 2 * n * sizeof(*wrote));
	struct bits *before = active(w, ACTIVITY_EVER_FROM, t->period.from);

	for (size_t j = 1; j < 2 * n; j++)
		wrote[j] = moved(w, t, j);
	for (size_t i = 0; i < n; i++) {
		struct bits *here = active(w, t->rows[i].from, t->rows[i].to);

		bits_minus(here, before);
		row_add(t, i, here, wrote);
		bits_or(before, here);
		bits_free(here);
	}
	bits_free(before);
	for (size_t j = 1; j < 2 * n; j++)
		bits_free(wrote[j]);
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
