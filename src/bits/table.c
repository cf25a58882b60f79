/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The table behind delta and loader: open addressing over an array of entries,
 * so that sorting moves entries and never touches the lists.
 */
#include "chunk.h"
#include "table.h"

#include <stdlib.h>

#define SLOTS_FIRST 1024u
#define HEAD_SIZE 3u /* attribute and level */

struct table *
table_new(void)
{
	struct table *t = mem_new(sizeof(*t));

	arena_init(&t->keys);
	return t;
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
table_free(struct table *t)
{
	if (t == NULL)
		return;
	table_reset(t);
	arena_fini(&t->keys);
	free(t->at);
	free(t->slots);
	free(t);
}

/* A slot holds half of the hash, so that most misses never touch an entry. */
static uint64_t
slot_of(uint32_t tag, size_t index)
{
	return (uint64_t)tag << 32 | (index + 1);
}

static void
slots_grow(struct table *t)
{
	size_t n = t->n_slots == 0 ? SLOTS_FIRST : 2 * t->n_slots;

	free(t->slots);
	t->slots = mem_new(n * sizeof(*t->slots));
	t->n_slots = n;
	for (size_t i = 0; i < t->n; i++) {
		size_t s = t->at[i].tag & (n - 1);

		while (t->slots[s] != 0)
			s = (s + 1) & (n - 1);
		t->slots[s] = slot_of(t->at[i].tag, i);
	}
}

static struct entry *
entry_new(struct table *t, struct str key, uint32_t tag)
{
	struct entry *e;

	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? SLOTS_FIRST : 2 * t->cap;
		t->at = mem_grow(t->at, t->cap * sizeof(*t->at));
	}
	e = &t->at[t->n++];
	*e = (struct entry){.key = arena_str(&t->keys, key), .tag = tag};
	t->bytes += sizeof(*e) + key.n + 32;
	return e;
}

static struct entry *
entry_find(struct table *t, struct str key)
{
	uint32_t tag = (uint32_t)(hash64(key) >> 32);
	size_t s;

	if (2 * (t->n + 1) > t->n_slots)
		slots_grow(t);
	for (s = tag & (t->n_slots - 1); t->slots[s] != 0;
	     s = (s + 1) & (t->n_slots - 1)) {
		struct entry *e;

		if (t->slots[s] >> 32 != tag)
			continue;
		e = &t->at[(uint32_t)t->slots[s] - 1];
		if (str_eq(e->key, key))
			return e;
	}
	t->slots[s] = slot_of(tag, t->n);
	return entry_new(t, key, tag);
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

/* Sorting: attributes and levels are few, so their heads are told apart first;
 * within one head eight bytes after what all its keys share decide nearly
 * always, without touching the keys. */
struct rank {
	uint64_t head;	/* attribute and level; then eight bytes of the value */
	uint32_t index; /* into the entries */
	struct str key;
};

static uint64_t
eight_bytes(struct str key, size_t from)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | (from + i < key.n ? (uint8_t)key.p[from + i] : 0);
	return v;
}

static int
rank_cmp(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return str_cmp(x->key, y->key);
}

static int
head_cmp(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static size_t
shared_length(const struct rank *r, size_t n)
{
	size_t shared = r[0].key.n;

	for (size_t i = 1; i < n && shared > HEAD_SIZE; i++) {
		size_t k = HEAD_SIZE;
		size_t most = r[i].key.n < shared ? r[i].key.n : shared;

		while (k < most && r[i].key.p[k] == r[0].key.p[k])
			k++;
		shared = k;
	}
	return shared;
}

static void
sort_one_head(struct rank *r, size_t n)
{
	size_t shared = shared_length(r, n);

	for (size_t i = 0; i < n; i++)
		r[i].head = eight_bytes(r[i].key, shared);
	qsort(r, n, sizeof(*r), rank_cmp);
}

void
table_sort(struct table *t)
{
	struct rank *ranks = mem_new((t->n + 1) * sizeof(*ranks));
	struct entry *sorted = mem_new((t->cap + 1) * sizeof(*sorted));

	for (size_t i = 0; i < t->n; i++)
		ranks[i] = (struct rank){eight_bytes(t->at[i].key, 0) >> 40,
					 (uint32_t)i, t->at[i].key};
	qsort(ranks, t->n, sizeof(*ranks), head_cmp);
	for (size_t i = 0, k; i < t->n; i = k) {
		uint64_t head = ranks[i].head;

		for (k = i + 1; k < t->n && ranks[k].head == head;)
			k++;
		sort_one_head(ranks + i, k - i);
	}
	for (size_t i = 0; i < t->n; i++)
		sorted[i] = t->at[ranks[i].index];
	free(t->at);
	free(ranks);
	t->at = sorted;
}

const uint64_t *
entry_items(const struct entry *e)
{
	return e->cap == 0 ? &e->items.one : e->items.many;
}
