/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Errors: messages to people that failed in the end.  What was delivered or
 * read did not, whenever the failure was reported.  A message counts when it
 * was sent, and under the code that came with its failure.
 */
#include "room.h"

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

static bool
failure_count(void *arg, const struct failure *f)
{
	struct failing *x = arg;
	struct stat_table *t = x->t;
	struct stat_row *r;

	if (t->more.code.p && !str_eq(t->more.code, f->code))
		return true;
	r = t->by == BY_CODE ? code_row(x, f) : &t->rows[row_at(t, f->at)];
	r->v[ERRORS]++;
	t->totals[ERRORS]++;
	bits_add(row_people(x, (size_t)(r - t->rows)), f->user);
	bits_add(x->all, f->user);
	return true;
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
	for (size_t i = 0; i < x.n_people; i++) {
		t->rows[i].v[PEOPLE] = (double)bits_count(x.people[i]);
		bits_free(x.people[i]);
	}
	t->totals[PEOPLE] = (double)bits_count(x.all);
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
	struct query *q;
	const struct period *p;
	failure_fn *fn;
	void *arg;
	uint32_t user;
};

static bool
look_message(void *arg, const struct message_view *m)
{
	const unsigned better = 1u << DELIVERED | 1u << READ;
	struct looking *l = arg;
	enum message_class class;

	if (m->at < l->p->from)
		return false;
	if (!(m->status & 1u << FAILED) || m->status & better ||
	    !message_class(m->person, m->template, m->note, &class) ||
	    class == CLASS_IN)
		return true;
	return l->fn(l->arg, &(struct failure){.user = l->user,
					       .at = m->at,
					       .code = m->code,
					       .title = m->title});
}

static bool
look_chat(void *arg, uint32_t chat)
{
	struct looking *l = arg;

	chat_messages_back(l->q->txn, chat, l->p->to - 1, look_message, l);
	return kv_error(l->q->txn) == OK;
}

static bool
look_person(void *arg, uint32_t user)
{
	struct looking *l = arg;

	l->user = user;
	chats_of_user(l->q->txn, user, look_chat, l);
	return kv_error(l->q->txn) == OK;
}

void
stats_failures(struct query *q, const struct bits *who, const struct period *p,
	       failure_fn *fn, void *arg)
{
	struct looking l = {q, p, fn, arg, 0};

	stats_people(q, who, look_person, &l);
}
