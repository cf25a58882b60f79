/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Errors: messages to people that failed in the end.  What was delivered or
 * read did not, whenever the failure was reported.  A message counts when it
 * was sent, and under the code that came with its failure.
 */
#include "room.h"

#include <rapport/chats/failures.h>

#include <stdlib.h>

enum { ERRORS, PEOPLE };

struct failing {
	struct query *q;
	struct stat_table *t;
	struct bits **people; /* of each row */
	size_t n_people;
	struct bits *all;
};

/* A message with its code and title; titles of a code may differ: the latest
 * is shown. */
static struct stat_row *
code_row(struct failing *x, const struct failure *f)
{
	struct stat_table *t = x->t;
	struct stat_row *r = NULL;

	for (size_t i = 0; i < t->n && !r; i++)
		if (str_eq(t->rows[i].text[0], f->code))
			r = &t->rows[i];
	if (!r) {
		r = row_new(t, x->q->arena);
		if (f->code.n > 0)
			r->text[0] = arena_str(x->q->arena, f->code);
	}
	if (f->title.n > 0 &&
	    (!r->text[1].p || f->at > r->latest ||
	     (f->at == r->latest && str_cmp(f->title, r->text[1]) > 0))) {
		r->text[1] = arena_str(x->q->arena, f->title);
		r->latest = f->at;
	}
	return r;
}

static struct bits *
row_people(struct failing *x, size_t row)
{
	while (x->n_people <= row) {
		x->people =
		    mem_grow(x->people, (x->n_people + 1) * sizeof(*x->people));
		x->people[x->n_people++] = bits_new();
	}
	return x->people[row];
}

static void
failures_add(struct failing *x, const struct failure *f, uint64_t n)
{
	struct stat_table *t = x->t;
	struct stat_row *r;

	if (t->more.code.p && !str_eq(t->more.code, f->code))
		return;
	r = t->by == BY_CODE ? code_row(x, f) : &t->rows[row_at(t, f->at)];
	r->v[ERRORS] += (double)n;
	t->totals[ERRORS] += (double)n;
	bits_add(row_people(x, (size_t)(r - t->rows)), f->user);
	bits_add(x->all, f->user);
}

static bool
failure_count(void *arg, const struct failure *f)
{
	failures_add(arg, f, 1);
	return true;
}

static bool
erased_count(void *arg, const struct erased_failure *e)
{
	struct failing *x = arg;
	struct failure f = {.user = e->number,
			    .at = e->quarter * QUARTER_HOUR,
			    .code = e->code};

	if (stat_within(x->t, f.at))
		failures_add(x, &f, e->n);
	return true;
}

/* Everybody so far, once each; then others may be counted. */
static void
people_put(struct failing *x)
{
	for (size_t i = 0; i < x->n_people; i++) {
		x->t->rows[i].v[PEOPLE] += (double)bits_count(x->people[i]);
		bits_free(x->people[i]);
	}
	x->n_people = 0;
	x->t->totals[PEOPLE] += (double)bits_count(x->all);
	bits_free(x->all);
	x->all = bits_new();
}

/* Most first; then by code. */
static int
code_cmp(const void *x, const void *y)
{
	const struct stat_row *a = x, *b = y;

	if (a->v[ERRORS] != b->v[ERRORS])
		return a->v[ERRORS] > b->v[ERRORS] ? -1 : 1;
	return str_cmp(a->text[0], b->text[0]);
}

enum err
errors_run(struct query *q, const struct bits *who, struct stat_table *t,
	   struct fault *f)
{
	struct failing x = {.q = q, .t = t, .all = bits_new()};

	stats_failures(q, who, &t->period, failure_count, &x);
	people_put(&x);
	if (!who) {
		erased_failures(q->txn, erased_count, &x);
		people_put(&x);
	}
	if (t->by == BY_CODE && t->n > 1)
		qsort(t->rows, t->n, sizeof(*t->rows), code_cmp);
	bits_free(x.all);
	free(x.people);
	return kv_error(q->txn);
}

struct finding {
	const struct counted *c;
	struct bits *out;
};

static bool
failure_find(void *arg, const struct failure *f)
{
	struct finding *x = arg;

	if (counted_within(x->c, f->at) &&
	    (!x->c->more.code.p || str_eq(x->c->more.code, f->code)))
		bits_add(x->out, f->user);
	return true;
}

struct bits *
errors_people(struct query *q, const struct bits *who, const struct counted *c)
{
	struct finding x = {c, bits_new()};

	stats_failures(q, who, &c->period, failure_find, &x);
	return x.out;
}

/* Each failure ------------------------------------------------------------- */

struct looking {
	const struct bits *who;
	failure_fn *fn;
	void *arg;
};

static bool
look(void *arg, uint32_t user, const struct message_view *m)
{
	struct looking *l = arg;

	if (l->who && !bits_has(l->who, user))
		return true;
	return l->fn(l->arg, &(struct failure){.user = user,
					       .at = m->at,
					       .code = m->code,
					       .title = m->title});
}

void
stats_failures(struct query *q, const struct bits *who, const struct period *p,
	       failure_fn *fn, void *arg)
{
	struct looking l = {who, fn, arg};

	failures_each(q->txn, p->from, p->to, look, &l);
}
