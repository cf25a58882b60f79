/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two threads, one order, windows of rows.  Read in the order of a list,
 * records are at random places, and finding one costs more than all that is
 * done with it.  So the ids of a window are sorted, its rows are made in that
 * order, each into the text of its slice, and go out by the places noted:
 *
 *	list    7 2 9 4          by id   2 4 | 7 9       slices
 *	spots   o o o o  ----->  text    [2][4] | [7][9]
 *
 * A slice is what a thread takes at a time.  While a window goes out, the
 * second thread makes slices of the next.  Memory is that of two windows,
 * whatever the rows: one that finds no room in its slice is made when its turn
 * to go out comes, and the next windows hold fewer.
 *
 * The second thread reads in a snapshot of its own.  It holds it for as long
 * as it lives, so whoever compares its serial with his own knows that both see
 * the same people.
 */
#include "rows.h"

#include <stdlib.h>

#define SLICE_BYTES (WINDOW_BYTES / WINDOW_SLICES)
#define WINDOW_ROWS_LEAST 1024u
#define ROWS_AHEAD 6u
#define TEXT_AHEAD 512u /* bytes; what follows comes by itself */
#define DIGIT 2048u     /* of ids, when they are sorted */

/* Windows ------------------------------------------------------------------
 */

static void
window_init(struct window *w)
{
	w->ids = mem_new(WINDOW_ROWS * sizeof(*w->ids));
	w->by_id = mem_new(WINDOW_ROWS * sizeof(*w->by_id));
	w->spots = mem_new(WINDOW_ROWS * sizeof(*w->spots));
	w->text = mem_new(WINDOW_BYTES);
}

static void
window_fini(struct window *w)
{
	free(w->ids);
	free(w->by_id);
	free(w->spots);
	free(w->text);
	*w = (struct window){0};
}

/* One pass of a radix sort, by eleven bits of the id. */
static void
sort_pass(const uint64_t *from, uint64_t *to, size_t n, unsigned shift)
{
	size_t starts[DIGIT] = {0}, at = 0;

	for (size_t i = 0; i < n; i++)
		starts[from[i] >> shift & (DIGIT - 1)]++;
	for (size_t d = 0; d < DIGIT; d++) {
		size_t count = starts[d];

		starts[d] = at;
		at += count;
	}
	for (size_t i = 0; i < n; i++)
		to[starts[from[i] >> shift & (DIGIT - 1)]++] = from[i];
}

static void
window_sort(struct window *w, uint64_t *scratch)
{
	for (size_t i = 0; i < w->n; i++)
		scratch[i] = (uint64_t)w->ids[i] << 32 | i;
	sort_pass(scratch, w->by_id, w->n, 32);
	sort_pass(w->by_id, scratch, w->n, 43);
	sort_pass(scratch, w->by_id, w->n, 54);
}

static size_t
slice_from(const struct window *w, size_t slice)
{
	return w->n * slice / WINDOW_SLICES;
}

/* Make the rows of a slice; *used grows by the bytes of their text, those for
 * which there was no room too. */
static enum err
slice_make(struct maker *m, struct window *w, size_t slice, size_t *used)
{
	struct user_walk *walk = user_walk_open(m->txn, m->catalog);
	size_t end = slice_from(w, slice + 1), at = slice * SLICE_BYTES;
	enum err e = OK;

	for (size_t i = slice_from(w, slice); i < end && e == OK; i++) {
		struct spot *spot = &w->spots[(uint32_t)w->by_id[i]];
		uint32_t id = (uint32_t)(w->by_id[i] >> 32);
		struct user_view user;
		struct str text = STR_NONE;

		e = user_walk_to(walk, id, &user) ? OK
						  : maker_user(m, id, &user);
		if (e == OK)
			e = maker_text(m, &user, &text);
		*used += text.n;
		*spot = (struct spot){.at = (uint32_t)at, .n = SPOT_LATER};
		if (e != OK || text.n > (slice + 1) * SLICE_BYTES - at)
			continue;
		memcpy(w->text + at, text.p, text.n);
		spot->n = (uint32_t)text.n;
		at += text.n;
	}
	user_walk_close(walk);
	return e;
}

/* Two threads --------------------------------------------------------------
 */

/* A window with a slice that nobody took. The lock is held. */
static struct window *
window_open(struct crew *c)
{
	for (uint64_t k = c->current; k < c->filled && c->err == OK; k++) {
		struct window *w = &c->windows[k % 2];

		if (w->taken < WINDOW_SLICES)
			return w;
	}
	return NULL;
}

/* The lock is held, but not while rows are made. */
static void
slice_take(struct crew *c, struct maker *m, struct window *w)
{
	size_t slice = w->taken++, used = 0;
	enum err e;

	pthread_mutex_unlock(&c->lock);
	e = slice_make(m, w, slice, &used);
	pthread_mutex_lock(&c->lock);
	w->used += used;
	w->done++;
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
	struct window *w;
	struct maker m;

	maker_init(&m, &q, c->own.sheet, c->own.in, &c->own);
	pthread_mutex_lock(&c->lock);
	c->serial = kv_serial(txn);
	c->ready = c->helped = kv_error(txn) == OK;
	pthread_cond_broadcast(&c->changed);
	while (c->helped && !c->stop) {
		w = window_open(c);
		if (w != NULL)
			slice_take(c, &m, w);
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
	window_fini(&c->windows[0]);
	window_fini(&c->windows[1]);
	free(c->scratch);
	maker_fini(&c->own);
	*c = (struct crew){0};
}

/* Going out ----------------------------------------------------------------
 */

/* Take the users of the next window from the list. */
static void
window_fill(struct crew *c)
{
	struct window *w = &c->windows[c->filled % 2];

	w->n = ordering_take(c->ordering, w->ids, c->rows_next);
	window_sort(w, c->scratch);
	w->used = w->done = w->taken = 0;
	pthread_mutex_lock(&c->lock);
	c->filled++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

/* Rows that a window has room for, by those of the last one, and an eighth of
 * it left for slices that are longer than others. */
static size_t
rows_fitting(const struct window *w)
{
	size_t fit = WINDOW_BYTES - WINDOW_BYTES / 8;

	fit = w->used > 0 ? (size_t)((uint64_t)fit * w->n / w->used)
			  : WINDOW_ROWS;
	if (fit < WINDOW_ROWS_LEAST)
		return WINDOW_ROWS_LEAST;
	return fit < WINDOW_ROWS ? fit : WINDOW_ROWS;
}

/* Help until the current window is made. */
static enum err
window_make(struct crew *c)
{
	struct window *w = &c->windows[c->current % 2];
	enum err e;

	pthread_mutex_lock(&c->lock);
	while (c->err == OK && w->done < WINDOW_SLICES) {
		if (w->taken < WINDOW_SLICES)
			slice_take(c, &c->own, w);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	}
	e = c->err;
	pthread_mutex_unlock(&c->lock);
	if (e == OK && w->n > 0)
		c->rows_next = rows_fitting(w);
	return e;
}

void
crew_work(struct crew *c, struct ordering *o)
{
	window_init(&c->windows[0]);
	window_init(&c->windows[1]);
	c->scratch = mem_new(WINDOW_ROWS * sizeof(*c->scratch));
	c->ordering = o;
	c->rows_next = WINDOW_ROWS_FIRST;
	window_fill(c);
}

/* On to the next window; the one that went out gives its place to the one
 * after that, for the other thread. */
static enum err
window_turn(struct crew *c)
{
	c->out = 0;
	if (c->begun) {
		pthread_mutex_lock(&c->lock);
		c->current++;
		pthread_mutex_unlock(&c->lock);
	}
	c->begun = true;
	if (c->windows[c->current % 2].n > 0)
		window_fill(c);
	return window_make(c);
}

/* Rows stand at random places: ask for their bytes before they are wanted. */
static void
text_ahead(const struct window *w, size_t i)
{
	if (i >= w->n || w->spots[i].n == SPOT_LATER)
		return;
	for (uint32_t at = 0; at < w->spots[i].n && at < TEXT_AHEAD; at += 64)
		__builtin_prefetch(w->text + w->spots[i].at + at);
}

enum err
crew_row(struct crew *c, struct str *out)
{
	const struct window *w = &c->windows[c->current % 2];
	const struct spot *spot;
	struct user_view user;

	*out = STR_NONE;
	if (!c->begun || (c->out == w->n && w->n > 0))
		TRY(window_turn(c));
	w = &c->windows[c->current % 2];
	if (c->out == w->n)
		return kv_error(c->own.txn);
	text_ahead(w, c->out + ROWS_AHEAD);
	spot = &w->spots[c->out++];
	*out = (struct str){w->text + spot->at, spot->n};
	if (spot->n != SPOT_LATER)
		return OK;
	TRY(maker_user(&c->own, w->ids[c->out - 1], &user));
	return maker_text(&c->own, &user, out);
}
