/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A ring of blocks, each a few hundred ids and the rows made of them.  Blocks
 * are made by whoever is free and go out in their order:
 *
 *	out   ...                 filled
 *	[made] [made] [taken] [filled] [free] …
 *
 * The first thread puts rows out, and makes blocks itself when the next one is
 * not there yet.  The second only makes them.  A block that is full before its
 * last row keeps where it stopped; what is left of it is made while it goes
 * out.  So memory is that of the ring, however much is said in a chat.
 *
 * The second thread reads in a snapshot of its own.  Whoever compares its
 * serial with his own knows that both see the same.
 */
#include "team.h"

#include <stdlib.h>

#define HELP_FROM 1000u /* ids from which a second thread pays */

/* One block ----------------------------------------------------------------
 */

static enum err
block_row(void *arg, struct str text)
{
	struct block *b = arg;

	if (b->n_ends > 0 && b->text.n + text.n > BLOCK_BYTES) {
		b->full = true;
		return ERR_LIMIT;
	}
	buf_put(&b->text, text);
	if (b->n_ends == b->cap_ends) {
		b->cap_ends = b->cap_ends ? 2 * b->cap_ends : BLOCK_IDS;
		b->ends = mem_grow(b->ends, b->cap_ends * sizeof(*b->ends));
	}
	b->ends[b->n_ends++] = (uint32_t)b->text.n;
	return OK;
}

static enum err
user_tell(struct hand *h, uint32_t id, struct str *out)
{
	struct user_view user;
	bool onwards = id > h->walked; /* what a block has left is behind */

	if (!onwards || !user_walk_to(h->walk, id, &user))
		TRY(maker_user(&h->maker, id, &user));
	if (onwards)
		h->walked = id;
	return maker_text(&h->maker, &user, out);
}

/* The rows of one id. */
static enum err
hand_tell(struct hand *h, const struct work *w, uint32_t id, row_fn *fn,
	  void *arg)
{
	struct str text;

	if (w->import)
		return w->sheet == SHEET_USERS
			   ? import_user_tell(&h->teller, id, fn, arg)
			   : import_chat_tell(&h->teller, id, fn, arg);
	if (w->sheet == SHEET_MESSAGES)
		return messages_tell(&h->teller, id, fn, arg);
	TRY(w->sheet == SHEET_USERS ? user_tell(h, id, &text)
				    : chat_tell(&h->teller, id, &text));
	return fn(arg, text);
}

/* What is needed for people is made when it is. */
static void
hand_turn(struct hand *h, const struct work *w, const struct hand *other)
{
	if ((w->sheet == SHEET_USERS && !w->import) == h->makes_users)
		return;
	h->makes_users = !h->makes_users;
	user_walk_close(h->walk);
	h->walk = NULL;
	h->walked = 0;
	maker_fini(&h->maker);
	if (!h->makes_users)
		return;
	maker_init(&h->maker, &h->query, w->users, w->in,
		   other == NULL ? NULL : &other->maker);
	h->walk = user_walk_open(h->query.txn, h->query.catalog);
}

static void
block_make(struct hand *h, const struct work *w, struct block *b)
{
	size_t before = 0;

	buf_reset(&b->text);
	b->n_ends = b->had = 0;
	b->full = false;
	b->err = OK;
	for (b->stopped = 0; b->stopped < b->n; b->stopped++) {
		before = b->n_ends;
		b->err = hand_tell(h, w, b->ids[b->stopped], block_row, b);
		if (b->err != OK)
			break;
	}
	if (!b->full)
		return;
	b->had = b->n_ends - before;
	b->err = OK;
}

/* Two threads --------------------------------------------------------------
 */

/* The first block nobody took. The lock is held. */
static struct block *
block_open(struct team *t)
{
	for (uint64_t k = t->out; k < t->filled; k++) {
		struct block *b = &t->blocks[k % TEAM_BLOCKS];

		if (b->state == BLOCK_FILLED)
			return b;
	}
	return NULL;
}

/* The lock is held, but not while it is made. */
static void
block_take(struct team *t, struct hand *h, struct block *b)
{
	const struct work *w = t->work;

	b->state = BLOCK_TAKEN;
	pthread_mutex_unlock(&t->lock);
	hand_turn(h, w, h == t->own ? NULL : t->own);
	block_make(h, w, b);
	pthread_mutex_lock(&t->lock);
	b->state = BLOCK_MADE;
	pthread_cond_broadcast(&t->changed);
}

static enum err
helper_body(struct kv_txn *txn, void *arg)
{
	struct team *t = arg;
	struct hand *h = mem_new(sizeof(*h));
	enum err e = t->ready(t->arg, txn, h);

	pthread_mutex_lock(&t->lock);
	t->serial = kv_serial(txn);
	t->known = true;
	t->helped = e == OK;
	pthread_cond_broadcast(&t->changed);
	while (t->helped && !t->stop) {
		struct block *b = block_open(t);

		if (b != NULL)
			block_take(t, h, b);
		else
			pthread_cond_wait(&t->changed, &t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	hand_fini(h);
	free(h);
	return OK;
}

static void *
helper_main(void *arg)
{
	struct team *t = arg;
	struct fault f = {0};

	if (kv_read(t->kv, helper_body, t, &f) != OK)
		log_line(LOG_WARN, "export", "no second snapshot: %s", f.text);
	pthread_mutex_lock(&t->lock);
	t->known = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

void
team_open(struct team *t, struct hand *own, struct kv *kv, hand_fn *ready,
	  void *arg)
{
	*t = (struct team){.own = own, .kv = kv, .ready = ready, .arg = arg};
	for (size_t i = 0; i < TEAM_BLOCKS; i++)
		buf_init(&t->blocks[i].text);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	t->open = true;
	if (ready == NULL ||
	    pthread_create(&t->thread, NULL, helper_main, t) != 0)
		return;
	pthread_mutex_lock(&t->lock);
	while (!t->known)
		pthread_cond_wait(&t->changed, &t->lock);
	pthread_mutex_unlock(&t->lock);
}

void
team_close(struct team *t)
{
	if (!t->open)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	if (t->known)
		pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	for (size_t i = 0; i < TEAM_BLOCKS; i++) {
		buf_fini(&t->blocks[i].text);
		free(t->blocks[i].ends);
	}
	*t = (struct team){0};
}

void
hand_fini(struct hand *h)
{
	if (h->query.txn == NULL)
		return;
	user_walk_close(h->walk);
	maker_fini(&h->maker);
	teller_fini(&h->teller);
	arena_fini(&h->arena);
	*h = (struct hand){0};
}

/* Going out ----------------------------------------------------------------
 */

/* Give the next ids to blocks that are free. The lock is held. */
static void
blocks_fill(struct team *t)
{
	while (!t->done && t->filled - t->out < TEAM_BLOCKS) {
		struct block *b = &t->blocks[t->filled % TEAM_BLOCKS];

		b->n = bits_page(t->work->ids, t->from, t->filled == 0, false,
				 b->ids, BLOCK_IDS);
		t->done = b->n < BLOCK_IDS;
		if (b->n == 0)
			return;
		t->from = b->ids[b->n - 1];
		b->state = BLOCK_FILLED;
		t->filled++;
		pthread_cond_broadcast(&t->changed);
	}
}

/* The next block in order, made; NULL: there is none. */
static struct block *
block_next(struct team *t)
{
	struct block *b = &t->blocks[t->out % TEAM_BLOCKS], *other;

	pthread_mutex_lock(&t->lock);
	blocks_fill(t);
	while (t->out < t->filled && b->state != BLOCK_MADE) {
		other = block_open(t);
		if (other != NULL)
			block_take(t, t->own, other);
		else
			pthread_cond_wait(&t->changed, &t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return t->out < t->filled ? b : NULL;
}

struct rest {
	size_t had;
	row_fn *fn;
	void *arg;
};

static enum err
rest_row(void *arg, struct str text)
{
	struct rest *r = arg;

	if (r->had > 0) {
		r->had--;
		return OK;
	}
	return r->fn(r->arg, text);
}

/* What a full block has not got. */
static enum err
block_rest(struct team *t, const struct block *b, row_fn *fn, void *arg)
{
	struct rest r = {b->had, fn, arg};

	hand_turn(t->own, t->work, NULL);
	for (size_t i = b->stopped; i < b->n; i++)
		TRY(hand_tell(t->own, t->work, b->ids[i], rest_row, &r));
	return OK;
}

static enum err
block_put(struct team *t, const struct block *b, row_fn *fn, void *arg)
{
	uint32_t from = 0;

	TRY(b->err);
	for (size_t i = 0; i < b->n_ends; i++) {
		TRY(fn(arg, str_cut(buf_str(&b->text), from, b->ends[i])));
		from = b->ends[i];
	}
	return block_rest(t, b, fn, arg);
}

/* Nobody is at a block any more. The lock is held. */
static void
blocks_settle(struct team *t)
{
	for (size_t i = 0; i < TEAM_BLOCKS; i++) {
		while (t->blocks[i].state == BLOCK_TAKEN)
			pthread_cond_wait(&t->changed, &t->lock);
		t->blocks[i].state = BLOCK_FREE;
	}
	t->filled = t->out = 0;
	t->from = 0;
	t->done = false;
}

static enum err
work_alone(struct team *t, row_fn *fn, void *arg)
{
	struct block b = {.stopped = 0};
	uint32_t from = 0;
	bool first = true;
	enum err e = OK;

	do {
		b.n = bits_page(t->work->ids, from, first, false, b.ids,
				BLOCK_IDS);
		b.stopped = 0;
		if (b.n > 0)
			from = b.ids[b.n - 1];
		first = false;
		e = block_rest(t, &b, fn, arg);
	} while (e == OK && b.n == BLOCK_IDS);
	return e;
}

enum err
team_work(struct team *t, const struct work *w, row_fn *fn, void *arg)
{
	struct block *b;
	enum err e = OK;

	t->work = w;
	if (!t->helped || bits_count(w->ids) < HELP_FROM)
		return work_alone(t, fn, arg);
	hand_turn(t->own, w, NULL);
	while (e == OK && (b = block_next(t)) != NULL) {
		e = block_put(t, b, fn, arg);
		pthread_mutex_lock(&t->lock);
		b->state = BLOCK_FREE;
		t->out++;
		pthread_mutex_unlock(&t->lock);
	}
	pthread_mutex_lock(&t->lock);
	blocks_settle(t);
	pthread_mutex_unlock(&t->lock);
	return e;
}
