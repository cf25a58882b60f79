/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How long people wait, by tag, manager and integration.  The waits of the
 * period name their chats, and a chat its tags, its source and its assignee as
 * they are now.  Whose an answer is only its message tells, so by manager each
 * chat that has waits in the period is read.  What is kept of the erased is of
 * no chat, and so of no tag and nobody.
 */
#include "room.h"

#include <stdlib.h>

struct placing {
	struct query *q;
	struct stat_table *t;
	wait_row_fn *fn;
	void *arg;
	struct arena arena, waits; /* of one chat; of those that are old */
	uint32_t chat;             /* the one in `view`, 0: none */
	struct chat_view view;
	struct bits *chats; /* to be read, by manager */
	size_t *order;      /* rows by text[0], n of t->n */
	size_t cap;
	bool full;
};

/* Rows --------------------------------------------------------------------- */

/* Its name as reference data has it, or nothing. */
static struct str
known_name(struct placing *x, const char *kind, struct str id)
{
	const struct json *name;
	struct str out = STR_NONE;
	struct json *v;
	struct buf b;

	buf_init(&b);
	if (reference_view(x->q->txn, str_of(kind), id, &b) &&
	    json_parse(&x->arena, buf_str(&b), &v, NULL) == OK) {
		name = json_member(v, S("name"));
		if (name && name->kind == JSON_STRING && name->text.n > 0)
			out = arena_str(x->q->arena, name->text);
	}
	buf_fini(&b);
	return out;
}

static size_t
row_insert(struct placing *x, size_t place, struct str key)
{
	struct stat_table *t = x->t;
	struct stat_row *r = row_new(t, x->q->arena);

	if (key.n > 0)
		r->text[0] = arena_str(x->q->arena, key);
	if (key.n > 0 && t->by == BY_TAG)
		r->text[1] = known_name(x, "tag", key);
	if (key.n > 0 && t->by == BY_MANAGER)
		r->text[1] = known_name(x, "manager", key);
	if (t->n > x->cap) {
		x->cap = 2 * t->n + 62;
		x->order = mem_grow(x->order, x->cap * sizeof(*x->order));
	}
	memmove(x->order + place + 1, x->order + place,
		(t->n - 1 - place) * sizeof(*x->order));
	return x->order[place] = t->n - 1;
}

static void
place(struct placing *x, struct str key, const struct wait *w)
{
	size_t low = 0, high = x->t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct stat_row *r = &x->t->rows[x->order[middle]];

		if (str_cmp(r->text[0], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < x->t->n && str_eq(x->t->rows[x->order[low]].text[0], key)) {
		x->fn(x->arg, x->order[low], w);
		return;
	}
	x->full = x->t->n == STAT_ROWS_MAX;
	if (!x->full)
		x->fn(x->arg, row_insert(x, low, key), w);
}

/* Waits -------------------------------------------------------------------- */

static void
place_chat(struct placing *x, const struct wait *w)
{
	const struct chat_view *v = &x->view;
	bool answer = w->kind == WAIT_REPLY || w->kind == WAIT_FIRST;

	if (x->t->by == BY_SOURCE)
		place(x, v->fields[FIELD_SOURCE], w);
	else if (x->t->by == BY_MANAGER)
		place(x, answer ? w->by : v->fields[FIELD_ASSIGNEE], w);
	else if (v->n_tags == 0)
		place(x, STR_NONE, w);
	for (size_t i = 0; i < v->n_tags && x->t->by == BY_TAG && !x->full; i++)
		place(x, v->tags[i], w);
}

static bool
wait_place(void *arg, const struct wait *w)
{
	struct placing *x = arg;

	if (w->chat == 0) {
		place(x, STR_NONE, w);
	} else if (x->t->by == BY_MANAGER) {
		bits_add(x->chats, w->chat);
	} else {
		if (w->chat != x->chat) {
			arena_reset(&x->arena);
			x->chat = w->chat;
			if (!chat_view(x->q->txn, &x->arena, w->chat, &x->view))
				return false;
		}
		place_chat(x, w);
	}
	return !x->full && kv_error(x->q->txn) == OK;
}

/* Chats whose answers are asked whose they are. */
static void
place_read(struct placing *x)
{
	const struct period *p = &x->t->period;
	bool first = true;
	uint32_t id = 0;

	while (!x->full && kv_error(x->q->txn) == OK &&
	       bits_page(x->chats, id, first, false, &id, 1) == 1) {
		struct waits w;

		first = false;
		arena_reset(&x->arena);
		if (!chat_view(x->q->txn, &x->arena, id, &x->view) ||
		    !waits_of_chat(x->q->txn, &x->arena, id, &w))
			continue;
		for (size_t i = 0; i < w.n && !x->full; i++)
			if (w.at[i].at >= p->from && w.at[i].at < p->to)
				place_chat(x, &w.at[i]);
	}
}

enum err
response_rows(struct query *q, const struct bits *who, struct stat_table *t,
	      wait_row_fn *fn, void *arg, struct fault *f)
{
	struct placing x = {.q = q, .t = t, .fn = fn, .arg = arg};

	arena_init(&x.arena);
	arena_init(&x.waits);
	x.chats = bits_new();
	waits_each(q->txn, &x.waits, t->period.from, t->period.to, who, !who,
		   wait_place, &x);
	place_read(&x);
	bits_free(x.chats);
	free(x.order);
	arena_fini(&x.waits);
	arena_fini(&x.arena);
	if (x.full)
		return fail(f, ERR_LIMIT, "by",
			    "the period has more than %u rows; ask of fewer "
			    "people or days",
			    STAT_ROWS_MAX);
	return kv_error(q->txn);
}

static int
order_cmp(const void *a, const void *b)
{
	const struct stat_row *x = a, *y = b;
	int c;

	if (!x->text[0].p || !y->text[0].p)
		return !x->text[0].p - !y->text[0].p;
	c = str_cmp(x->text[x->text[1].p ? 1 : 0],
		    y->text[y->text[1].p ? 1 : 0]);
	return c ? c : str_cmp(x->text[0], y->text[0]);
}

void
response_order(struct stat_table *t)
{
	if (t->n > 1)
		qsort(t->rows, t->n, sizeof(*t->rows), order_cmp);
}

/* People ------------------------------------------------------------------- */

static bool
is_of(struct str wanted, struct str has)
{
	return !wanted.p || str_eq(wanted, has);
}

bool
response_of_manager(const struct stat_more *more, struct str manager)
{
	return is_of(more->manager, manager);
}

bool
response_of_chat(const struct stat_more *more, const struct chat_view *v)
{
	bool tagged = !more->tag.p || (more->tag.n == 0 && v->n_tags == 0);

	for (size_t i = 0; i < v->n_tags && !tagged; i++)
		tagged = str_eq(more->tag, v->tags[i]);
	return tagged && is_of(more->source, v->fields[FIELD_SOURCE]);
}
