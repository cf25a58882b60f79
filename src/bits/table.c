/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The table behind delta and loader: open addressing over an array of entries,
 * so that sorting moves entries and never touches the lists.
 */
#include "chunk.h"
#include "table.h"

#include <stdlib.h>

#define SLOTS_FIRST 1024u

void
table_init(struct table *t)
{
	*t = (struct table){0};
	arena_init(&t->keys);
}

void
table_reset(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].cap > 0)
			free(t->at[i].items.many);
	t->n = 0;
	t->bytes = 0;
	arena_reset(&t->keys);
	if (t->n_slots > 0)
		memset(t->slots, 0, t->n_slots * sizeof(*t->slots));
}

void
table_fini(struct table *t)
{
	table_reset(t);
	arena_fini(&t->keys);
	free(t->at);
	free(t->slots);
	*t = (struct table){0};
}

static void
slots_grow(struct table *t)
{
	size_t n = t->n_slots == 0 ? SLOTS_FIRST : 2 * t->n_slots;

	free(t->slots);
	t->slots = mem_new(n * sizeof(*t->slots));
	t->n_slots = n;
	for (size_t i = 0; i < t->n; i++) {
		size_t s = t->at[i].hash & (n - 1);

		while (t->slots[s] != 0)
			s = (s + 1) & (n - 1);
		t->slots[s] = (uint32_t)i + 1;
	}
}

static struct entry *
entry_new(struct table *t, struct str key, uint64_t hash)
{
	struct entry *e;

	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? SLOTS_FIRST : 2 * t->cap;
		t->at = mem_grow(t->at, t->cap * sizeof(*t->at));
	}
	e = &t->at[t->n++];
	*e = (struct entry){.key = arena_str(&t->keys, key), .hash = hash};
	t->bytes += sizeof(*e) + key.n + 24;
	return e;
}

static struct entry *
entry_find(struct table *t, struct str key)
{
	uint64_t hash = hash64(key);
	size_t s;

	if (2 * (t->n + 1) > t->n_slots)
		slots_grow(t);
	for (s = hash & (t->n_slots - 1); t->slots[s] != 0;
	     s = (s + 1) & (t->n_slots - 1)) {
		struct entry *e = &t->at[t->slots[s] - 1];

		if (e->hash == hash && str_eq(e->key, key))
			return e;
	}
	t->slots[s] = (uint32_t)t->n + 1;
	return entry_new(t, key, hash);
}

void
table_add(struct table *t, struct posting at, uint64_t item)
{
	uint8_t key[KV_KEY_MAX];
	struct entry *e = entry_find(t, posting_prefix(at, key));

	if (e->n == 0) {
		e->items.one = item;
	} else if (e->cap == 0) {
		uint64_t *many = mem_new(4 * sizeof(*many));

		many[0] = e->items.one;
		e->items.many = many;
		e->cap = 4;
		t->bytes += 4 * sizeof(*many);
	} else if (e->n == e->cap) {
		t->bytes += e->cap * sizeof(uint64_t);
		e->cap *= 2;
		e->items.many = mem_grow(e->items.many,
					 e->cap * sizeof(*e->items.many));
	}
	if (e->cap > 0)
		e->items.many[e->n] = item;
	e->n++;
}

static int
entry_cmp(const void *a, const void *b)
{
	return str_cmp(((const struct entry *)a)->key,
		       ((const struct entry *)b)->key);
}

void
table_sort(struct table *t)
{
	if (t->n > 1)
		qsort(t->at, t->n, sizeof(*t->at), entry_cmp);
}

const uint64_t *
entry_items(const struct entry *e)
{
	return e->cap == 0 ? &e->items.one : e->items.many;
}
