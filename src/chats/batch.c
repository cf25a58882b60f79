/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The chats of one transaction: found by chatId in a small hash table, loaded
 * once, changed in memory, written at the end in one pass.  The table and the
 * list share the same entries; everything lives in the arena of the people
 * batch and goes with it.
 */
#include "waits.h"

#include <stdlib.h>

struct chat_batch *
chat_batch_begin(struct batch *people)
{
	struct chat_batch *c = mem_new(sizeof(*c));

	c->people = people;
	c->txn = batch_txn(people);
	c->arena = batch_arena(people);
	buf_init(&c->scratch);
	archive_begin(c);
	c->activity.kept = ledger_begin(c->txn);
	return c;
}

void
chat_batch_free(struct chat_batch *c)
{
	if (c == NULL)
		return;
	free(c->table);
	free(c->users);
	activity_free(&c->activity);
	counters_free(&c->counters);
	archive_free(c);
	buf_fini(&c->scratch);
	free(c);
}

static uint32_t
next_id(struct chat_batch *c)
{
	uint8_t key[CHAT_KEY_SIZE];
	struct str value;

	if (c->next_id == 0) {
		c->next_id = 1;
		if (kv_get(c->txn, SP_CHAT, chat_key(key, 0), &value)) {
			struct rd r = rd_of(value);

			if (rd_u8(&r) == CHAT_VERSION)
				c->next_id = rd_be32(&r);
			if (!rd_done(&r) || c->next_id == 0)
				kv_fail(c->txn, ERR_CORRUPT, "chat",
					"The counter of chats is damaged.");
		}
	}
	if (c->next_id == UINT32_MAX) {
		kv_fail(c->txn, ERR_FULL, "chatId",
			"There is no room for "
			"more than 4,294,967,294 chats.");
		return UINT32_MAX;
	}
	c->ids_changed = true;
	return c->next_id++;
}

static void
table_grow(struct chat_batch *c)
{
	size_t cap = c->cap ? c->cap * 2 : 64;

	free(c->table);
	c->table = mem_new(cap * sizeof(struct held *));
	c->cap = cap;
	for (struct held *h = c->all; h != NULL; h = h->next) {
		size_t at = h->hash & (cap - 1);

		while (c->table[at] != NULL)
			at = (at + 1) & (cap - 1);
		c->table[at] = h;
	}
}

static struct held *
table_find(struct chat_batch *c, uint64_t hash, struct str chat_id)
{
	for (size_t at = hash & (c->cap - 1); c->table[at] != NULL;
	     at = (at + 1) & (c->cap - 1))
		if (c->table[at]->hash == hash &&
		    str_eq(c->table[at]->chat.chat_id, chat_id))
			return c->table[at];
	return NULL;
}

static void
table_add(struct chat_batch *c, struct held *h)
{
	size_t at = h->hash & (c->cap - 1);

	h->next = c->all;
	c->all = h;
	c->n++;
	while (c->table[at] != NULL)
		at = (at + 1) & (c->cap - 1);
	c->table[at] = h;
}

bool
chat_load(struct kv_txn *txn, struct arena *a, uint32_t id, struct chat *out)
{
	uint8_t key[CHAT_KEY_SIZE];
	struct str value;

	if (id == 0 || !kv_get(txn, SP_CHAT, chat_key(key, id), &value))
		return false;
	if (chat_decode(a, id, arena_str(a, value), out))
		return true;
	kv_fail(txn, ERR_CORRUPT, "chat", "The record of chat %u is damaged.",
		id);
	return false;
}

static struct held *
hold_stored(struct chat_batch *c, uint64_t hash, uint32_t id)
{
	struct held *h = arena_get(c->arena, sizeof(*h));

	if (!chat_load(c->txn, c->arena, id, &h->chat)) {
		kv_fail(c->txn, ERR_CORRUPT, "chatId",
			"A chatId names chat %u, which is not there.", id);
		return NULL;
	}
	h->hash = hash;
	h->was = chat_share(&h->chat);
	h->n_began = chat_beginnings(&h->chat, c->arena, &h->began);
	h->places = archive_now(c, &h->chat);
	h->size = CHAT_RECORD_MAX; /* not known: the next check counts */
	table_add(c, h);
	return h;
}

struct held *
chat_hold(struct chat_batch *c, struct str chat_id, bool make)
{
	uint64_t hash = hash64(chat_id);
	struct held *h;
	uint32_t id;

	if (2 * (c->n + 1) > c->cap)
		table_grow(c);
	h = table_find(c, hash, chat_id);
	if (h != NULL)
		return h;
	if (chat_find(c->txn, chat_id, &id))
		return hold_stored(c, hash, id);
	if (!make || kv_error(c->txn) != OK)
		return NULL;
	h = arena_get(c->arena, sizeof(*h));
	h->hash = hash;
	h->fresh = h->dirty = true;
	h->chat.id = next_id(c);
	h->chat.chat_id = arena_str(c->arena, chat_id);
	h->chat.first_event = h->chat.first_message = INSTANT_NONE;
	h->chat.first_in = h->chat.last_in = INSTANT_NONE;
	h->size = 64 + chat_id.n;
	table_add(c, h);
	return h;
}

bool
chat_fits(struct chat_batch *c, struct held *h, size_t more)
{
	if (h->size + more > CHAT_RECORD_MAX) {
		buf_reset(&c->scratch);
		chat_encode(&c->scratch, &h->chat);
		h->size = c->scratch.n + 16; /* counts and key may grow */
	}
	if (h->size + more > CHAT_RECORD_MAX)
		return false;
	h->size += more;
	return true;
}

/* Write -------------------------------------------------------------------- */

static void
pairs_write(struct chat_batch *c, const struct held *h)
{
	uint8_t key[PAIR_KEY_SIZE], id[ID_KEY_MAX];
	uint8_t memory[1 + 4];
	struct wr w = wr_of(memory, sizeof(memory));
	struct str version = {(char *)memory, 1};
	uint32_t user = h->chat.user, was = h->was.user;

	wr_u8(&w, CHAT_VERSION);
	wr_be32(&w, h->chat.id);
	if (h->fresh)
		kv_put(c->txn, SP_CHATKEY, id_key(id, h->chat.chat_id),
		       wr_out(&w));
	if (user == was)
		return;
	if (was != 0)
		kv_del(c->txn, SP_CHATKEY, pair_key(key, was, h->chat.id));
	if (user != 0)
		kv_put(c->txn, SP_CHATKEY, pair_key(key, user, h->chat.id),
		       version);
}

static void
counter_write(struct chat_batch *c)
{
	uint8_t key[CHAT_KEY_SIZE], memory[1 + 4];
	struct wr w = wr_of(memory, sizeof(memory));

	if (!c->ids_changed)
		return;
	wr_u8(&w, CHAT_VERSION);
	wr_be32(&w, c->next_id);
	kv_put(c->txn, SP_CHAT, chat_key(key, 0), wr_out(&w));
	c->ids_changed = false;
}

static int
held_by_id(const void *a, const void *b)
{
	const struct held *x = *(struct held *const *)a;
	const struct held *y = *(struct held *const *)b;

	return x->chat.id < y->chat.id ? -1 : x->chat.id > y->chat.id;
}

/* The dirty chats in order of id: pages are filled one after the other. */
static struct held **
dirty_in_order(struct chat_batch *c, size_t *n)
{
	struct held **out = arena_get(c->arena, (c->n + 1) * sizeof(*out));

	*n = 0;
	for (struct held *h = c->all; h != NULL; h = h->next)
		if (h->dirty)
			out[(*n)++] = h;
	qsort(out, *n, sizeof(*out), held_by_id);
	return out;
}

void
chat_batch_end(struct chat_batch *c)
{
	uint8_t key[CHAT_KEY_SIZE];
	size_t n;
	struct held **dirty = dirty_in_order(c, &n);

	counter_write(c);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&c->scratch);
		chat_encode(&c->scratch, &dirty[i]->chat);
		pairs_write(c, dirty[i]);
		kv_put(c->txn, SP_CHAT, chat_key(key, dirty[i]->chat.id),
		       buf_str(&c->scratch));
	}
	facts_settle(c);
	activity_settle(c);
	counters_settle(c);
	archive_settle(c, dirty, n);
	waits_settle(c, dirty, n);
	for (size_t i = 0; i < n; i++) {
		struct held *h = dirty[i];

		h->was = chat_share(&h->chat);
		h->fresh = h->dirty = h->session_changed = false;
	}
}
