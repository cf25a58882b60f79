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

static struct bits *
cohort_of(struct query *q, const struct bits *who, int64_t from, int64_t to)
{
	struct bits *out = stats_active(q, who, from, to);
	struct bits *before = stats_active(q, who, ACTIVITY_EVER_FROM, from);

	bits_minus(out, before);
	bits_free(before);
	return out;
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
moved(struct query *q, const struct bits *who, const struct stat_table *t,
      size_t j)
{
	struct period p = later(t, t->period.from, j);

	return p.from < t->as_of ? stats_active(q, who, p.from, p.to) : NULL;
}

enum err
retention_run(struct query *q, const struct bits *who, struct stat_table *t,
	      struct fault *f)
{
	struct bits **wrote;
	size_t n = t->n;

	if (n > COHORTS_MAX)
		return fail(f, ERR_LIMIT, "by",
			    "the period has more than %u cohorts; cut it "
			    "coarser",
			    COHORTS_MAX);
	wrote = arena_get(q->arena, 2 * n * sizeof(*wrote));
	for (size_t j = 1; j < 2 * n; j++)
		wrote[j] = moved(q, who, t, j);
	t->n_cells = n;
	for (size_t i = 0; i < n; i++) {
		struct stat_row *r = &t->rows[i];
		struct bits *cohort = cohort_of(q, who, r->from, r->to);

		r->v[SIZE] = (double)bits_count(cohort);
		t->totals[SIZE] += r->v[SIZE];
		r->cells = arena_get(q->arena, n * sizeof(*r->cells));
		r->cells[0] = r->from < t->as_of ? r->v[SIZE] : NAN;
		for (size_t k = 1; k < n; k++)
			r->cells[k] =
			    wrote[i + k]
				? (double)bits_and_count(cohort, wrote[i + k])
				: NAN;
		bits_free(cohort);
	}
	for (size_t j = 1; j < 2 * n; j++)
		bits_free(wrote[j]);
	return kv_error(q->txn);
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
