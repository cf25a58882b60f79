/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Running a metric: the filter becomes a set, the period rows, and what has
 * not begun yet has no data, which is not zero.
 */
#include "room.h"

#include <math.h>

#define PAGE 1024u

const struct metric *
metric_find(struct str name)
{
	for (const struct metric *m = metrics; m->name; m++) {
		if (str_eq(name, str_of(m->name)))
			return m;
	}
	return NULL;
}

bool
metric_shown(const struct query *q, const struct metric *m)
{
	for (size_t i = 0; i < COUNT(m->needs); i++)
		if (m->needs[i] && !catalog_by_id(q->catalog, m->needs[i]))
			return false;
	return true;
}

enum stat_by
metric_usual(const struct metric *m)
{
	int by = 0;

	while (!(m->by >> by & 1))
		by++;
	return (enum stat_by)by;
}

/* A mask on where people come from hides where their chats do. */
bool
source_shown(const struct query *q)
{
	return catalog_by_id(q->catalog, A_SOURCE) != NULL;
}

bool
metric_cut(const struct query *q, const struct metric *m, enum stat_by by)
{
	return m->by >> by & 1 && (by != BY_SOURCE || source_shown(q));
}

static enum err
refuse_by(const struct query *q, const struct metric *m, struct fault *f)
{
	struct buf b;
	enum err e;

	buf_init(&b);
	for (int i = 0; i < BY_COUNT; i++)
		if (metric_cut(q, m, (enum stat_by)i))
			buf_printf(&b, "%s%s", b.n ? ", " : "",
				   stat_by_name((enum stat_by)i));
	e = fail(f, ERR_INVALID, "by", "%s can be cut by %.*s", m->name,
		 STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return e;
}

/* What every metric is made with ------------------------------------------- */

void
stats_people(struct query *q, const struct bits *who, person_fn *fn, void *arg)
{
	struct bits *all = who ? NULL : people_everybody(q->txn);
	uint32_t ids[PAGE], from = 0;
	bool first = true, go = true;
	size_t n;

	do {
		n = bits_page(who ? who : all, from, first, false, ids, PAGE);
		for (size_t i = 0; i < n && go; i++)
			go = fn(arg, ids[i]);
		first = false;
		from = n > 0 ? ids[n - 1] : 0;
	} while (n == PAGE && go);
	bits_free(all);
}

bool
stat_within(const struct stat_table *t, int64_t at)
{
	return at >= t->period.from && at < t->period.to;
}

void
stat_add(struct stat_table *t, int64_t at, size_t column, double n)
{
	if (!stat_within(t, at))
		return;
	t->rows[row_at(t, at)].v[column] += n;
	t->totals[column] += n;
}

/* A row that has not begun has no data. */
static void
future_clear(struct stat_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < STAT_COLUMNS_MAX; k++)
			if (t->rows[i].from >= t->as_of)
				t->rows[i].v[k] = NAN;
	for (size_t k = 0; k < STAT_COLUMNS_MAX; k++)
		if (t->period.from >= t->as_of)
			t->totals[k] = NAN;
}

enum err
stats_run(struct query *q, const struct filter *filter, struct stat_table *t,
	  struct fault *f)
{
	struct bits *who = NULL;
	enum err e;

	if (!metric_shown(q, t->metric))
		return ERR_NOT_FOUND;
	t->as_of = q->now == INSTANT_NONE ? clock_now() : q->now;
	t->n = t->cap = t->n_cells = 0;
	t->week_start = query_week_start(q);
	if (!metric_cut(q, t->metric, t->by))
		return refuse_by(q, t->metric, f);
	TRY(activity_ready(q->txn, f));
	TRY(period_cut(t, q->arena, f));
	memset(t->totals, 0, sizeof(t->totals));
	if (filter || q->scope)
		who = filter_run(q, filter);
	e = t->metric->run(q, who, t, f);
	bits_free(who);
	if (e == OK)
		future_clear(t);
	return e == OK ? kv_error(q->txn) : e;
}

uint32_t
stats_busiest(const struct stat_table *t, size_t column)
{
	uint32_t found = 0;
	double most = 0;

	for (size_t i = 0; i < t->n && i < 24; i++) {
		double v = t->rows[i].v[column];

		if (v > most)
			found = 0;
		if (v > 0 && v >= most) {
			most = v;
			found |= UINT32_C(1) << i;
		}
	}
	return found;
}
