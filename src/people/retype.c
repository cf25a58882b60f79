/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A change of type.  The attribute gets a twin of the new type that nobody
 * sees.  Slice by slice each user's cell is read anew into the twin, and from
 * the first moment on whatever writes the one writes the other (cell_say).
 * When all is there one transaction gives the name to the twin, so a snapshot
 * has the old index whole or the new one; then the old cells are taken out, in
 * slices too.  An attribute that is gone stays as a line in the definitions:
 * by it old records, kept for undo, find what became of it.
 *
 *	text ──twin──► (coming, number)     both written
 *	(gone, text)    number               the name moved
 */
#include "room.h"

#include <stdlib.h>

#define SCAN_RECORDS 50000u /* of one snapshot */
#define LEASE (INT64_C(60) * SECOND_US)

struct retype {
	struct people *people;
	struct str name;
	enum attr_type type;
	uint16_t old, new;
	struct fault *fault;
	/* the slice: users next <= id who have a cell of `wanted` */
	uint16_t wanted;
	uint32_t next, reached;
	bool more;
	uint32_t *ids;
	size_t n;
	uint64_t done, total;
	enum err err;
	/* preview */
	struct arena *arena;
	struct retype_preview *out;
};

/* Definitions -------------------------------------------------------------- */

struct find {
	const struct attr *wanted; /* by origin: a coming one */
	uint16_t id;
	int64_t touched;
};

static void
find_coming(void *arg, const struct attr *a, int64_t touched)
{
	struct find *f = arg;

	if (a->origin != f->wanted->origin || (a->flags & ATTR_COMING) == 0)
		return;
	f->id = a->id;
	f->touched = touched;
}

static const struct attr *
stored_attr(struct batch *b, uint16_t id)
{
	return catalog_by_id(batch_catalog(b), id);
}

static enum err
may_retype(const struct attr *a, struct fault *f)
{
	if (a == NULL)
		return fail(f, ERR_NOT_FOUND, "name",
			    "there is no attribute of this name");
	if (a->id < A_CUSTOM_FIRST)
		return fail(f, ERR_CONFLICT, "type",
			    "a built-in attribute keeps its type");
	return OK;
}

/* One that is coming is given up: nobody fills it any more. */
static void
give_up(struct batch *b, uint16_t coming)
{
	const struct attr *a = stored_attr(b, coming);
	struct attr gone;

	if (a == NULL || (a->flags & ATTR_COMING) == 0)
		return;
	gone = *a;
	gone.flags = (a->flags & ~(unsigned)ATTR_COMING) | ATTR_GONE;
	attr_put(batch_txn(b), &gone, INSTANT_NONE);
	for (size_t i = 0; i < batch_catalog(b)->n; i++) {
		struct attr old = batch_catalog(b)->attrs[i];

		if (old.twin != coming)
			continue;
		old.twin = 0;
		attr_put(batch_txn(b), &old, INSTANT_NONE);
	}
	batch_redefine(b);
}

static enum err
begin_checked(struct retype *r, struct batch *b, struct fault *f)
{
	const struct attr *a = catalog_find(batch_catalog(b), r->name);
	struct find found = {.wanted = a};
	struct counters *c = batch_counters(b);
	struct attr old, new;

	TRY(may_retype(a, f));
	attrs_each(batch_txn(b), find_coming, &found);
	if (found.id != 0 && found.touched > clock_now() - LEASE)
		return fail(f, ERR_CONFLICT, "type",
			    "its type is being changed already");
	if (found.id != 0)
		give_up(b, found.id);
	a = catalog_find(batch_catalog(b), r->name);
	if (a->type == r->type) {
		r->old = r->new = a->id;
		return OK;
	}
	if (c->next_attr == A_ACTIVITY)
		return fail(f, ERR_LIMIT, "type",
			    "there are no more ids for attributes");
	old = new = *a;
	new.id = old.twin = c->next_attr++;
	new.type = r->type;
	new.flags |= ATTR_COMING;
	attr_put(batch_txn(b), &old, INSTANT_NONE);
	attr_put(batch_txn(b), &new, clock_now());
	batch_redefine(b);
	r->old = old.id;
	r->new = new.id;
	return OK;
}

static enum err
begin_body(struct kv_txn *txn, void *arg)
{
	struct retype *r = arg;
	struct batch *b = batch_begin(r->people, txn, 0);

	r->err = kv_error(txn);
	if (r->err == OK)
		r->err = begin_checked(r, b, kv_fault(txn));
	if (r->err == OK)
		batch_end(b);
	batch_free(b);
	return r->err;
}

/* Slices ------------------------------------------------------------------- */

/* Who has a cell: read in a snapshot, so that no writer waits for it. */
static enum err
gather_body(struct kv_txn *txn, void *arg)
{
	struct retype *r = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_USER, STR_NONE);
	uint8_t key[4];
	size_t seen = 0;
	struct arena a;
	struct user u;

	arena_init(&a);
	r->n = 0;
	r->reached = r->next;
	r->more = kv_seek(c, user_key(r->next, key));
	for (; r->more && seen < SCAN_RECORDS && r->n < RETYPE_SLICE;
	     r->more = kv_next(c), seen++) {
		struct rd k = rd_of(kv_key(c));

		arena_reset(&a);
		r->reached = rd_be32(&k) + 1;
		if (user_decode(&a, r->reached - 1, kv_value(c), &u) &&
		    user_cell(&u, r->wanted) != NULL)
			r->ids[r->n++] = u.id;
	}
	arena_fini(&a);
	kv_cursor_close(c);
	return kv_error(txn);
}

static void
touch(struct batch *b, uint16_t id)
{
	attr_put(batch_txn(b), stored_attr(b, id), clock_now());
}

static enum err
fill_checked(struct retype *r, struct batch *b, struct fault *f)
{
	const struct attr *old = stored_attr(b, r->old);

	if (old == NULL || old->twin != r->new)
		return fail(f, ERR_CONFLICT, "type",
			    "somebody else changes its type now");
	for (size_t i = 0; i < r->n; i++)
		if (batch_peek(b, r->ids[i])->now.exists)
			cell_twin(b, r->ids[i], old);
	touch(b, r->new);
	return OK;
}

static enum err
empty_checked(struct retype *r, struct batch *b, struct fault *f)
{
	(void)f;
	for (size_t i = 0; i < r->n; i++)
		if (batch_peek(b, r->ids[i])->now.exists)
			cell_drop(batch_open(b, r->ids[i]), r->wanted);
	return OK;
}

/* The name moves. */
static enum err
switch_checked(struct retype *r, struct batch *b, struct fault *f)
{
	const struct attr *a = stored_attr(b, r->old);
	const struct attr *twin = stored_attr(b, r->new);
	struct attr old, new;

	if (a == NULL || twin == NULL || a->twin != r->new)
		return fail(f, ERR_CONFLICT, "type",
			    "somebody else changes its type now");
	old = *a;
	new = *a; /* its label and flags of today */
	new.id = twin->id;
	new.type = twin->type;
	new.twin = old.twin = 0;
	old.flags |= ATTR_GONE;
	attr_put(batch_txn(b), &old, INSTANT_NONE);
	attr_put(batch_txn(b), &new, INSTANT_NONE);
	batch_redefine(b);
	return OK;
}

static enum err
cancel_checked(struct retype *r, struct batch *b, struct fault *f)
{
	(void)f;
	give_up(b, r->new);
	return OK;
}

static enum err
emptied_checked(struct retype *r, struct batch *b, struct fault *f)
{
	const struct attr *a = stored_attr(b, r->wanted);
	struct attr gone;

	(void)f;
	if (a == NULL || (a->flags & ATTR_GONE) == 0)
		return OK;
	gone = *a;
	gone.flags |= ATTR_EMPTY;
	attr_put(batch_txn(b), &gone, INSTANT_NONE);
	batch_redefine(b);
	return OK;
}

typedef enum err act_fn(struct retype *r, struct batch *b, struct fault *f);
struct act {
	struct retype *r;
	act_fn *fn;
};

static enum err
act_body(struct kv_txn *txn, void *arg)
{
	struct act *act = arg;
	struct batch *b = batch_begin(act->r->people, txn, 0);
	enum err e = kv_error(txn);

	if (e == OK)
		e = act->fn(act->r, b, kv_fault(txn));
	if (e == OK)
		batch_end(b);
	batch_free(b);
	return e;
}

static enum err
act(struct retype *r, act_fn *fn)
{
	struct act a = {r, fn};

	return kv_write(people_kv(r->people), act_body, &a, r->fault);
}

static enum err
total_body(struct kv_txn *txn, void *arg)
{
	struct retype *r = arg;
	struct counters c;

	counters_get(txn, &c);
	r->total = c.next_user - 1;
	return kv_error(txn);
}

/* Every user who has a cell of `wanted`, by slices. */
static enum err
slices(struct retype *r, uint16_t wanted, act_fn *fn, go_fn *go, void *arg)
{
	struct kv *kv = people_kv(r->people);

	r->wanted = wanted;
	r->next = 1;
	TRY(kv_read(kv, total_body, r, r->fault));
	do {
		TRY(kv_read(kv, gather_body, r, r->fault));
		if (r->n > 0)
			TRY(act(r, fn));
		r->next = r->reached;
		if (go != NULL && !go(arg, r->next - 1, r->total))
			return fail(r->fault, ERR_CANCELLED, "type",
				    "the change of type was cancelled");
	} while (r->more);
	return OK;
}

static enum err
empty(struct retype *r, uint16_t gone)
{
	TRY(slices(r, gone, empty_checked, NULL, NULL));
	return act(r, emptied_checked);
}

/* Doors -------------------------------------------------------------------- */

static enum err
retype(struct retype *r, go_fn *go, void *arg)
{
	struct fault *f = r->fault, quiet = {0};
	enum err e;

	TRY(kv_write(people_kv(r->people), begin_body, r, f));
	if (r->old == r->new)
		return people_tidy(r->people, f);
	e = slices(r, r->old, fill_checked, go, arg);
	if (e == OK)
		e = act(r, switch_checked);
	if (e == OK)
		return people_tidy(r->people, f);
	r->fault = &quiet; /* the first error is the one to tell */
	if (act(r, cancel_checked) == OK &&
	    people_tidy(r->people, &quiet) != OK)
		log_line(LOG_WARN, "people",
			 "what a change of type left "
			 "behind was not cleared up: %s",
			 quiet.text);
	return e;
}

enum err
people_retype(struct people *p, struct str name, enum attr_type type, go_fn *go,
	      void *arg, struct fault *f)
{
	struct retype r = {.people = p, .name = name, .type = type, .fault = f};
	enum err e;

	r.ids = mem_new(RETYPE_SLICE * sizeof(*r.ids));
	e = retype(&r, go, arg);
	free(r.ids);
	return e;
}

struct leftovers {
	uint16_t *ids;
	size_t n;
	bool stale; /* of those coming: nobody works on it */
	int64_t since;
};

static void
leftover(void *arg, const struct attr *a, int64_t touched)
{
	struct leftovers *l = arg;
	bool gone = (a->flags & (ATTR_GONE | ATTR_EMPTY)) == ATTR_GONE;
	bool coming = (a->flags & ATTR_COMING) != 0 && touched < l->since;

	if (l->stale ? !coming : !gone)
		return;
	l->ids = mem_grow(l->ids, (l->n + 1) * sizeof(*l->ids));
	l->ids[l->n++] = a->id;
}

static enum err
leftovers_body(struct kv_txn *txn, void *arg)
{
	struct leftovers *l = arg;

	l->n = 0;
	attrs_each(txn, leftover, l);
	return kv_error(txn);
}

static enum err
tidy(struct retype *r, struct leftovers *l)
{
	struct kv *kv = people_kv(r->people);

	l->since = clock_now() - LEASE;
	l->stale = true;
	TRY(kv_read(kv, leftovers_body, l, r->fault));
	for (size_t i = 0; i < l->n; i++) {
		r->new = l->ids[i];
		TRY(act(r, cancel_checked));
	}
	l->stale = false;
	TRY(kv_read(kv, leftovers_body, l, r->fault));
	for (size_t i = 0; i < l->n; i++)
		TRY(empty(r, l->ids[i]));
	return OK;
}

enum err
people_tidy(struct people *p, struct fault *f)
{
	struct retype r = {.people = p, .fault = f};
	struct leftovers l = {0};
	enum err e;

	r.ids = mem_new(RETYPE_SLICE * sizeof(*r.ids));
	e = tidy(&r, &l);
	free(r.ids);
	free(l.ids);
	return e;
}

/* Preview ------------------------------------------------------------------ */

static void
example(struct retype *r, uint32_t user, struct str text)
{
	struct retype_preview *p = r->out;

	for (size_t i = 0; i < p->n_examples; i++)
		if (str_eq(p->examples[i].text, text))
			return;
	if (p->n_examples == RETYPE_EXAMPLES)
		return;
	p->examples[p->n_examples].user = user;
	p->examples[p->n_examples++].text = arena_str(r->arena, text);
}

static void
preview_user(struct retype *r, const struct attr *a, const struct attr *to,
	     const struct user *u, struct arena *scratch)
{
	const struct cell *c = user_cell(u, a->id);
	struct value v, made;
	struct buf text;

	if (c == NULL || !word_value(&c->now, scratch, &v) ||
	    !value_as(scratch, to, &v, &made))
		return;
	if (!made.misfit) {
		r->out->fits++;
		return;
	}
	r->out->misfits++;
	buf_init(&text);
	value_text(&text, &v);
	example(r, u->id, buf_str(&text));
	buf_fini(&text);
}

static enum err
preview_body(struct kv_txn *txn, void *arg)
{
	struct retype *r = arg;
	const struct catalog *catalog = people_catalog(r->people, txn);
	const struct attr *a = catalog_find(catalog, r->name);
	struct kv_cursor *c;
	struct attr to;
	struct arena scratch;
	struct user u;

	*r->out = (struct retype_preview){0};
	r->err = may_retype(a, kv_fault(txn));
	if (r->err != OK)
		return r->err;
	to = *a;
	to.type = r->type;
	arena_init(&scratch);
	c = kv_cursor(txn, SP_USER, STR_NONE);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd k = rd_of(kv_key(c));
		uint32_t id = rd_be32(&k);

		arena_reset(&scratch);
		if (user_decode(&scratch, id, kv_value(c), &u))
			preview_user(r, a, &to, &u, &scratch);
	}
	kv_cursor_close(c);
	arena_fini(&scratch);
	return kv_error(txn);
}

enum err
people_retype_preview(struct people *p, struct str name, enum attr_type type,
		      struct arena *a, struct retype_preview *out,
		      struct fault *f)
{
	struct retype r = {.people = p,
			   .name = name,
			   .type = type,
			   .fault = f,
			   .arena = a,
			   .out = out};

	return kv_read(people_kv(p), preview_body, &r, f);
}
