/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two threads, one order.  Blocks of rows have numbers; a ring of buffers holds
 * those between the one that goes out next and the last one taken.  Each thread
 * takes the first block nobody has; the one that sends them out only waits when
 * the other is still at the very block that is next, so neither stands still
 * because the other was held up.
 *
 * The second thread reads in a snapshot of its own.  It holds it for as long
 * as it lives, so whoever compares its serial with his own knows that both see
 * the same people.
 */
#include "rows.h"

static size_t
block_rows(const struct crew *c, size_t block)
{
	size_t at = block * CREW_BLOCK;
	size_t left = at < c->n_ids ? c->n_ids - at : 0;

	return left < CREW_BLOCK ? left : CREW_BLOCK;
}

/* Is there a block to take? The lock is held. */
static bool
may_take(const struct crew *c)
{
	return c->err == OK && c->next < c->out + CREW_AHEAD &&
	       block_rows(c, c->next) > 0;
}

/* Take the next block and make it. The lock is held, but not while making. */
static void
take_block(struct crew *c, struct maker *m)
{
	size_t block = c->next++, slot = block % CREW_AHEAD;
	enum err e;

	c->state[slot] = BLOCK_TAKEN;
	pthread_mutex_unlock(&c->lock);
	buf_reset(&c->blocks[slot]);
	e = maker_rows(m, &c->blocks[slot], c->ids + block * CREW_BLOCK,
		       block_rows(c, block));
	pthread_mutex_lock(&c->lock);
	c->state[slot] = BLOCK_DONE;
	if (e != OK && c->err == OK)
		c->err = e;
	pthread_cond_broadcast(&c->changed);
}

static enum err
helper_body(struct kv_txn *txn, void *arg)
{
	struct crew *c = arg;
	struct query q = {.txn = txn,
			  .catalog = people_catalog(c->people, txn)};
	struct maker m;

	maker_init(&m, &q, c->own.columns, c->own.n_columns, c->own.csv.raw);
	pthread_mutex_lock(&c->lock);
	c->serial = kv_serial(txn);
	c->ready = c->helped = kv_error(txn) == OK;
	pthread_cond_broadcast(&c->changed);
	while (c->helped && !c->stop) {
		if (may_take(c))
			take_block(c, &m);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	maker_fini(&m);
	return OK;
}

static void *
helper_main(void *arg)
{
	struct crew *c = arg;
	struct fault f = {0};

	if (kv_read(c->kv, helper_body, c, &f) != OK)
		log_line(LOG_WARN, "export", "no second snapshot: %s", f.text);
	pthread_mutex_lock(&c->lock);
	c->ready = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

void
crew_open(struct crew *c, struct people *p, struct kv *kv, bool help)
{
	c->people = p;
	c->kv = kv;
	c->open = true;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	if (!help || pthread_create(&c->thread, NULL, helper_main, c) != 0)
		return;
	pthread_mutex_lock(&c->lock);
	while (!c->ready)
		pthread_cond_wait(&c->changed, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

void
crew_close(struct crew *c)
{
	if (!c->open)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	if (c->ready)
		pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	for (size_t i = 0; i < CREW_AHEAD; i++)
		buf_fini(&c->blocks[i]);
	maker_fini(&c->own);
	*c = (struct crew){0};
}

void
crew_work(struct crew *c, const uint32_t *ids, size_t n)
{
	pthread_mutex_lock(&c->lock);
	c->ids = ids;
	c->n_ids = n;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

enum err
crew_next(struct crew *c, struct buf **out, size_t *rows)
{
	size_t block, slot;
	enum err e;

	*out = NULL;
	pthread_mutex_lock(&c->lock);
	block = c->out;
	slot = block % CREW_AHEAD;
	*rows = block_rows(c, block);
	while (*rows > 0 && c->err == OK &&
	       (c->next <= block || c->state[slot] != BLOCK_DONE)) {
		if (may_take(c))
			take_block(c, &c->own);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	}
	e = c->err;
	if (e == OK && *rows > 0) {
		*out = &c->blocks[slot];
		c->state[slot] = BLOCK_FREE;
	}
	pthread_mutex_unlock(&c->lock);
	return e;
}

void
crew_done(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->out++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}
