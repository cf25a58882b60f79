/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Parcels of events: read, applied in one transaction, counted.  An event id
 * that was taken before makes a duplicate, which changes nothing; the id of a
 * refused event is not kept, so it may come again corrected.  A trial runs
 * the same transaction and then lets it fail.
 */
#include "parcel.h"

#include <stdlib.h>

#define SEEN_KEY 16u
#define SEEN_VERSION 1

void
parcel_init(struct parcel *p)
{
	*p = (struct parcel){0};
	arena_init(&p->arena);
	arena_init(&p->work);
}

void
parcel_fini(struct parcel *p)
{
	arena_fini(&p->arena);
	arena_fini(&p->work);
	free(p->items);
}

void
parcel_reset(struct parcel *p)
{
	arena_reset(&p->arena);
	arena_reset(&p->work);
	p->n = p->bytes = p->refused = 0;
}

bool
parcel_full(const struct parcel *p)
{
	return p->n >= p->most_events || p->bytes >= p->most_bytes;
}

static enum err
piece_read(struct parcel *p, const struct piece *piece, struct event **out,
	   struct fault *f)
{
	if (piece->trailing)
		return fail(f, ERR_INPUT, "",
			    piece->text.n ? "The list has no end, or something "
					    "stands behind it."
					  : "The list has no end.");
	if (piece->too_long)
		return fail(f, ERR_LIMIT, "", "An event has at most %u bytes.",
			    EVENT_BYTES_MAX);
	return p->options->rows
		   ? row_read(&p->arena, piece->text, p->now, out, f)
		   : event_read(&p->arena, piece->text, p->now, out, f);
}

void
parcel_add(struct parcel *p, const struct piece *piece)
{
	struct piece own = *piece;
	struct fault fault = {0};
	struct arena_mark mark;
	struct item *item;

	if (p->keep_text) /* the event's slices point into its text */
		own.text = arena_str(&p->arena, piece->text);
	mark = arena_mark(&p->arena);
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 64;
		p->items = mem_grow(p->items, p->cap * sizeof(*p->items));
	}
	item = &p->items[p->n++];
	*item = (struct item){.line = own.line, .text = own.text};
	p->bytes += own.text.n;
	if (piece_read(p, &own, &item->event, &fault) != OK) {
		arena_rewind(&p->arena, mark);
		item->event = NULL;
		item->read_fault =
		    arena_get(&p->arena, sizeof(*item->read_fault));
		*item->read_fault = fault;
	}
}

/* What was taken ----------------------------------------------------------- */

static void
taken_grow(struct taken *t)
{
	size_t cap = t->cap ? t->cap * 2 : 1024;
	uint64_t *slots = mem_new(cap * sizeof(*slots));

	for (size_t i = 0; i < t->cap; i++) {
		size_t at = t->slots[i] & (cap - 1);

		if (t->slots[i] == 0)
			continue;
		while (slots[at] != 0)
			at = (at + 1) & (cap - 1);
		slots[at] = t->slots[i];
	}
	free(t->slots);
	t->slots = slots;
	t->cap = cap;
}

bool
taken_add(struct taken *t, uint64_t hash)
{
	size_t at;

	hash += hash == 0;
	if (2 * (t->n + 1) > t->cap)
		taken_grow(t);
	for (at = hash & (t->cap - 1); t->slots[at] != 0;
	     at = (at + 1) & (t->cap - 1))
		if (t->slots[at] == hash)
			return true;
	t->slots[at] = hash;
	t->n++;
	return false;
}

/* Apply -------------------------------------------------------------------- */

static take_fn *const handlers[EVENT_COUNT] = {
#define EVENT(CODE, name, fields, handler, about) [EVENT_##CODE] = handler,
#include <tbl/events.h>
#undef EVENT
};

static bool
seen_before(struct taker *t, const struct sha256 *hash)
{
	struct str key = {(const char *)hash->b, SEEN_KEY}, value;

	return kv_get(t->txn, SP_SEEN, key, &value);
}

static void
seen_put(struct taker *t, const struct sha256 *hash)
{
	struct str key = {(const char *)hash->b, SEEN_KEY};
	uint8_t memory[1 + 8];
	struct wr w = wr_of(memory, sizeof(memory));

	wr_u8(&w, SEEN_VERSION);
	wr_be64(&w, (uint64_t)t->now ^ UINT64_C(1) << 63);
	kv_put(t->txn, SP_SEEN, key, wr_out(&w));
}

static enum outcome
item_apply(struct taker *t, const struct event *e, struct fault *f)
{
	struct sha256 hash;

	if (e->id.n > 0) {
		hash = sha256_of(e->id);
		if (seen_before(t, &hash))
			return DUPLICATE;
	}
	t->duplicate = false;
	if (handlers[e->code](t, e, f) != OK)
		return REFUSED;
	if (e->id.n > 0)
		seen_put(t, &hash);
	return t->duplicate ? DUPLICATE : TAKEN;
}

static void
items_apply(struct parcel *p, struct taker *t)
{
	for (size_t i = 0; i < p->n && kv_error(t->txn) == OK; i++) {
		struct item *item = &p->items[i];
		struct fault fault = {0};

		item->outcome = REFUSED;
		item->fault = item->read_fault;
		arena_reset(t->arena);
		if (item->event != NULL)
			item->outcome = item_apply(t, item->event, &fault);
		p->refused += item->outcome == REFUSED;
		if (item->outcome != REFUSED || item->event == NULL)
			continue;
		item->fault = arena_get(&p->work, sizeof(fault));
		*item->fault = fault;
	}
}

/* Parcels for one transaction. */
struct load {
	struct parcel *const *parcels;
	size_t n;
};

static void
load_apply(const struct load *l, struct taker *t)
{
	for (size_t i = 0; i < l->n; i++) {
		struct parcel *p = l->parcels[i];

		arena_reset(&p->work);
		p->refused = 0;
		t->source = p->options->source;
		t->rows = p->options->rows;
		t->now = p->now;
		items_apply(p, t);
	}
}

static enum err
load_run(struct kv_txn *txn, void *arg)
{
	const struct load *l = arg;
	const struct parcel *p = l->parcels[0];
	struct arena arena;
	struct buf scratch;
	struct taker t = {.txn = txn, .arena = &arena, .scratch = &scratch};

	arena_init(&arena);
	buf_init(&scratch);
	t.people = batch_begin(p->people, txn, p->flags);
	t.chats = chat_batch_begin(t.people);
	load_apply(l, &t);
	chat_batch_end(t.chats);
	batch_end(t.people);
	chat_batch_free(t.chats);
	batch_free(t.people);
	buf_fini(&scratch);
	arena_fini(&arena);
	if (kv_error(txn) != OK)
		return kv_error(txn);
	if (p->options->atomic && p->refused > 0)
		return ERR_INVALID;
	return p->options->dry_run ? ERR_CANCELLED : OK;
}

/* What earlier parcels of a trial have taken, the store does not know. */
static void
trial_settle(struct parcel *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct item *item = &p->items[i];
		const struct event *e = item->event;
		uint64_t hash = 0;

		if (item->outcome != TAKEN)
			continue;
		if (e->id.n > 0)
			hash = hash64(e->id);
		else if (e->code == EVENT_MESSAGE && e->v[MESSAGE_MESSAGE].has)
			hash = ~hash64(e->v[MESSAGE_MESSAGE].u.text);
		if (hash != 0 && taken_add(p->taken, hash))
			item->outcome = DUPLICATE;
	}
}

enum err
parcels_write(struct parcel *const *p, size_t n, struct kv *kv, struct fault *f)
{
	struct load load = {p, n};

	TRY(people_refresh(p[0]->people, f));
	return kv_write(kv, load_run, &load, f);
}

enum err
parcel_write(struct parcel *p, struct kv *kv, struct fault *f)
{
	struct load load = {&p, 1};
	struct fault inner = {0};
	enum err e;

	if (p->n == 0)
		return OK;
	if ((p->flags & BATCH_NO_INDEX) == 0)
		TRY(people_refresh(p->people, f));
	e = kv_write(kv, load_run, &load, &inner);
	if (e == ERR_CANCELLED && p->options->dry_run) {
		if (p->taken != NULL)
			trial_settle(p);
		return OK;
	}
	if (e == ERR_INVALID && p->options->atomic && p->refused > 0)
		return fail(f, ERR_INVALID, "",
			    "%zu of %zu events were refused; nothing was kept.",
			    p->refused, p->n);
	if (e != OK && f != NULL && f->code == OK)
		*f = inner;
	return e;
}

static void
refusal_keep(const struct item *item, struct arena *arena, size_t most,
	     struct intake_result *out)
{
	size_t cap = most ? most : 1000;

	if (out->n_refusals >= cap)
		return;
	/* Room doubles: 0, 16, 32 ... */
	if ((out->n_refusals & (out->n_refusals - 1)) == 0 &&
	    (out->n_refusals == 0 || out->n_refusals >= 16)) {
		size_t room = out->n_refusals ? out->n_refusals * 2 : 16;
		struct refusal *grown = arena_get(arena, room * sizeof(*grown));

		if (out->n_refusals > 0)
			memcpy(grown, out->refusals,
			       out->n_refusals * sizeof(*grown));
		out->refusals = grown;
	}
	out->refusals[out->n_refusals++] =
	    (struct refusal){.line = item->line, .fault = *item->fault};
}

void
parcel_tally(const struct parcel *p, struct arena *arena, size_t most,
	     struct intake_result *out)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct item *item = &p->items[i];

		out->accepted += item->outcome == TAKEN;
		out->duplicates += item->outcome == DUPLICATE;
		out->refused += item->outcome == REFUSED;
		if (item->outcome == REFUSED)
			refusal_keep(item, arena, most, out);
	}
}
