/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Flows: runs (chats/runs.h) started, by cause, completed and cancelled, and
 * who is in one at the end.
 *
 * Who did nothing of the kind since the period began is in it, or not, all
 * along, and that a set says: only of the others are timelines read.
 */
#include "flows.h"

#include <math.h>
#include <stdlib.h>

enum {
	STARTED,
	KEYWORD,
	BUSINESS,
	COMPLETED,
	CANCELLED,
	IN_FLOW,
	RATE /* until the end: completed, of those that started in the row */
};

/* Counting ----------------------------------------------------------------- */

struct flowing {
	struct query *q;
	struct stat_table *t;
	struct run_reader *reader;
	struct runs runs;
	struct flow_names names;
	uint32_t *last; /* of each row, who was counted last as in a flow */
	size_t n_last;
};

static struct stat_row *
flow_row(struct flowing *f, struct str flow)
{
	struct stat_table *t = f->t;
	struct stat_row *r;

	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->rows[i].text[0], flow))
			return &t->rows[i];
	r = row_new(t, f->q->arena);
	r->text[0] = flow;
	return r;
}

/* One more at that instant, if it is of the period. */
static void
flow_add(struct flowing *f, const struct run *r, int64_t at, size_t column)
{
	if (!stat_within(f->t, at))
		return;
	if (f->t->by != BY_FLOW) {
		stat_add(f->t, at, column, 1);
		return;
	}
	flow_row(f, r->flow)->v[column]++;
	f->t->totals[column]++;
}

static void
run_count(struct flowing *f, const struct run *r)
{
	bool done = r->completed != INSTANT_NONE;

	flow_add(f, r, r->started, STARTED);
	if (r->cause == CAUSE_KEYWORD)
		flow_add(f, r, r->started, KEYWORD);
	else if (r->cause != CAUSE_NONE)
		flow_add(f, r, r->started, BUSINESS);
	if (done)
		flow_add(f, r, r->started, RATE);
	flow_add(f, r, done ? r->completed : r->cancelled,
		 done ? COMPLETED : CANCELLED);
}

static void
in_flow_once(struct flowing *f, uint32_t user, struct stat_row *row)
{
	size_t i = (size_t)(row - f->t->rows);

	if (i >= f->n_last) {
		f->last = mem_grow(f->last, (f->t->cap) * sizeof(*f->last));
		while (f->n_last < f->t->cap)
			f->last[f->n_last++] = 0;
	}
	row->v[IN_FLOW] += f->last[i] != user;
	f->last[i] = user;
}

/* In the rows at whose end the run is open, once a person. */
static void
run_stays(struct flowing *f, uint32_t user, const struct run *r)
{
	struct stat_table *t = f->t;

	if (t->by == BY_FLOW && run_open(r, t->period.to))
		in_flow_once(f, user, flow_row(f, r->flow));
	if (t->by == BY_FLOW || r->started == INSTANT_NONE)
		return;
	for (size_t i = row_at(t, r->started);
	     i < t->n && run_open(r, t->rows[i].to); i++)
		in_flow_once(f, user, &t->rows[i]);
}

/* The runs of one person; `user` is never 0. */
static void
runs_count(struct flowing *f, uint32_t user)
{
	struct stat_table *t = f->t;
	bool in = false;

	for (size_t i = 0; i < f->runs.n; i++) {
		const struct run *r = &f->runs.p[i];

		if (!flow_wanted(&t->more, r->flow))
			continue;
		run_count(f, r);
		run_stays(f, user, r);
		in |= run_open(r, t->period.to);
	}
	t->totals[IN_FLOW] += in;
}

static bool
person_count(void *arg, uint32_t user)
{
	struct flowing *f = arg;
	struct arena_mark mark = arena_mark(f->q->arena);

	flow_runs_read(f->reader, f->q->arena, user, &f->runs);
	for (size_t i = 0; i < f->runs.n; i++)
		f->runs.p[i].flow = flow_name(&f->names, f->runs.p[i].flow);
	arena_rewind(f->q->arena, mark);
	runs_count(f, user);
	return kv_error(f->q->txn) == OK;
}

/* The erased ---------------------------------------------------------------- */

struct gone {
	struct flowing *f;
	uint32_t number; /* whose runs are gathered */
};

/* Numbers are fewer than half of all there could be. */
static void
gone_count(struct gone *g)
{
	runs_count(g->f, g->number + 1);
	g->f->runs.n = 0;
}

static bool
gone_run(void *arg, uint32_t number, const struct run *r)
{
	struct gone *g = arg;

	if (number != g->number)
		gone_count(g);
	g->number = number;
	*run_new(&g->f->runs, r->flow) = *r;
	return true;
}

static void
count_erased(struct flowing *f)
{
	struct gone g = {.f = f};

	for (size_t i = 0; i < f->n_last; i++)
		f->last[i] = 0;
	f->runs.n = 0;
	erased_runs(f->q->txn, f->q->arena, gone_run, &g);
	gone_count(&g);
}

/* Who is in a flow all along. */
static void
add_settled(struct flowing *f, const struct flow_who *who)
{
	struct stat_table *t = f->t;
	struct bits *here;

	for (size_t i = 0; i < t->n && t->by != BY_FLOW; i++)
		t->rows[i].v[IN_FLOW] += (double)bits_count(who->settled);
	t->totals[IN_FLOW] += (double)bits_count(who->settled);
	for (size_t i = 0; i < f->names.n && t->by == BY_FLOW; i++) {
		if (!flow_wanted(&t->more, f->names.p[i]))
			continue;
		here = flow_open_now(f->q, f->names.p[i]);
		bits_and(here, who->settled);
		if (bits_count(here) > 0)
			flow_row(f, f->names.p[i])->v[IN_FLOW] +=
			    (double)bits_count(here);
		bits_free(here);
	}
}

static int
row_cmp(const void *x, const void *y)
{
	const struct stat_row *a = x, *b = y;

	return str_cmp(a->text[0], b->text[0]);
}

static void
rate(double *v)
{
	v[RATE] = v[STARTED] > 0 ? v[RATE] / v[STARTED] : NAN;
}

enum err
flows_run(struct query *q, const struct bits *who, struct stat_table *t,
	  struct fault *f)
{
	struct flowing x = {.q = q, .t = t};
	struct flow_who some;

	flow_names(q->txn, &x.names);
	flow_who(q, who, &t->more, t->by == BY_FLOW, t->period.from, &some);
	x.reader = flow_runs_open(q->txn);
	stats_people(q, some.read, person_count, &x);
	flow_runs_close(x.reader);
	add_settled(&x, &some);
	if (!who)
		count_erased(&x);
	for (size_t i = 0; i < t->n; i++)
		rate(t->rows[i].v);
	rate(t->totals);
	if (t->by == BY_FLOW && t->n > 1)
		qsort(t->rows, t->n, sizeof(*t->rows), row_cmp);
	for (size_t i = 0; i < t->n; i++)
		t->rows[i].text[0] = arena_str(q->arena, t->rows[i].text[0]);
	flow_names_free(&x.names);
	bits_free(some.read);
	bits_free(some.settled);
	free(x.runs.p);
	free(x.last);
	return kv_error(q->txn);
}

/* Their people ------------------------------------------------------------- */

static bool
run_counted(const struct run *r, const struct counted *c)
{
	bool done = r->completed != INSTANT_NONE;

	switch (c->column) {
	case STARTED:
		return counted_within(c, r->started);
	case KEYWORD:
		return r->cause == CAUSE_KEYWORD &&
		       counted_within(c, r->started);
	case BUSINESS:
		return r->cause > CAUSE_KEYWORD &&
		       counted_within(c, r->started);
	case COMPLETED:
		return done && counted_within(c, r->completed);
	case CANCELLED:
		return !done && counted_within(c, r->cancelled);
	default:
		return run_open(r, c->period.to);
	}
}

struct finding {
	struct query *q;
	const struct counted *c;
	struct run_reader *reader;
	struct runs runs;
	struct bits *out;
};

static bool
person_find(void *arg, uint32_t user)
{
	struct finding *f = arg;
	struct arena_mark mark = arena_mark(f->q->arena);
	bool found = false;

	flow_runs_read(f->reader, f->q->arena, user, &f->runs);
	for (size_t i = 0; i < f->runs.n && !found; i++)
		found = flow_wanted(&f->c->more, f->runs.p[i].flow) &&
			run_counted(&f->runs.p[i], f->c);
	if (found)
		bits_add(f->out, user);
	arena_rewind(f->q->arena, mark);
	return kv_error(f->q->txn) == OK;
}

struct bits *
flows_people(struct query *q, const struct bits *who, const struct counted *c)
{
	struct finding f = {.q = q, .c = c, .out = bits_new()};
	struct flow_who some;

	flow_who(q, who, &c->more, false, c->period.from, &some);
	f.reader = flow_runs_open(q->txn);
	stats_people(q, some.read, person_find, &f);
	flow_runs_close(f.reader);
	if (c->column == IN_FLOW)
		bits_or(f.out, some.settled);
	bits_free(some.read);
	bits_free(some.settled);
	free(f.runs.p);
	return f.out;
}
