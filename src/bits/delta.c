/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Changes of postings, gathered and then written in key order.  A change is
 * (posting, id, in or out); at the flush the changes of one posting are sorted
 * by id, the last of each id wins, and each chunk they touch is read, changed
 * and written once.  Key order means that the store's pages are visited in
 * order too, which is most of the speed of an import.
 */
#include "runs.h"
#include "table.h"

#include <assert.h>
#include <stdlib.h>

/* An item: id in the high bits, then its place in line, then in or out. */
#define ITEM(id, turn, add) \
	((uint64_t)(id) << 32 | (uint64_t)(turn) << 1 | (add))
#define TURN_MAX 0x7fffffffu

struct delta {
	struct table *table;
	uint32_t turn;
	struct buf out;
	uint16_t ids[CHUNK_ARRAY_MAX];
	uint64_t words[CHUNK_WORDS];
	struct runs runs;
};

struct delta *
delta_new(void)
{
	struct delta *d = mem_new(sizeof(*d));

	d->table = table_new();
	return d;
}

void
delta_free(struct delta *d)
{
	if (d == NULL)
		return;
	table_free(d->table);
	buf_fini(&d->out);
	free(d);
}

void
delta_change(struct delta *d, struct posting at, uint32_t id, bool add)
{
	assert(d->turn < TURN_MAX);
	table_add(d->table, at, ITEM(id, d->turn++, add));
}

size_t
delta_bytes(const struct delta *d)
{
	return d->table->bytes;
}

static int
item_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint32_t
item_id(uint64_t item)
{
	return (uint32_t)(item >> 32);
}

/* How many ids of an array from `i` on are less than `id`. */
static uint32_t
ids_below(const struct chunk *c, uint32_t i, uint16_t id)
{
	uint32_t low = i, high = c->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (le16(c->body + 2 * middle) < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low - i;
}

/* An array with changes (one an id, ascending), in d->ids. What lies between
 * two changes moves in one piece. */
static uint32_t
array_change(struct delta *d, const struct chunk *c, const uint64_t *items,
	     size_t n)
{
	uint32_t out = 0, i = 0;

	for (size_t k = 0; k <= n; k++) {
		uint16_t id = k < n ? (uint16_t)item_id(items[k]) : 0;
		uint32_t run = k < n ? ids_below(c, i, id) : c->count - i;

		if (run > 0)
			memcpy(d->ids + out, c->body + 2 * i, 2 * (size_t)run);
		out += run;
		i += run;
		if (k == n)
			break;
		if (i < c->count && le16(c->body + 2 * i) == id)
			i++;
		if ((items[k] & 1) != 0)
			d->ids[out++] = id;
	}
	return out;
}

/* A chunk with changes, in d->words; how many ids it has then. */
static uint32_t
words_change(struct delta *d, const struct chunk *c, const uint64_t *items,
	     size_t n)
{
	memset(d->words, 0, sizeof(d->words));
	if (c->count > 0)
		chunk_or(c, d->words);
	for (size_t k = 0; k < n; k++) {
		uint16_t id = (uint16_t)item_id(items[k]);
		uint64_t bit = UINT64_C(1) << (id & 63);

		if ((items[k] & 1) != 0)
			d->words[id / 64] |= bit;
		else
			d->words[id / 64] &= ~bit;
	}
	return words_count(d->words);
}

/* A chunk of runs with changes, in d->out, which stays empty if nobody is left.
 * False: it is none, or does not stay one. */
static bool
runs_change(struct delta *d, const struct chunk *c, const uint64_t *items,
	    size_t n)
{
	struct runs *r = &d->runs;

	if (!runs_read(r, c))
		return false;
	for (size_t k = 0; k < n; k++) {
		uint16_t id = (uint16_t)item_id(items[k]);

		if (!((items[k] & 1) != 0 ? runs_add(r, id)
					  : runs_remove(r, id)))
			return false;
	}
	return r->count == 0 ||
	       chunk_put_runs(&d->out, r->at, r->n, r->count);
}

/* The chunk with changes, in d->out; nothing if nobody is left. */
static void
chunk_change(struct delta *d, const struct chunk *c, const uint64_t *items,
	     size_t n)
{
	uint32_t count;

	buf_reset(&d->out);
	if (c->kind == CHUNK_ARRAY && c->count + n <= CHUNK_ARRAY_MAX) {
		count = array_change(d, c, items, n);
		if (count > 0)
			chunk_put_ids(&d->out, d->ids, count);
	} else if (!runs_change(d, c, items, n)) {
		count = words_change(d, c, items, n);
		if (count > 0)
			chunk_put_words(&d->out, d->words, count);
	}
}

static void
flush_chunk(struct delta *d, struct kv_txn *txn, struct str prefix,
	    const uint64_t *items, size_t n)
{
	uint8_t bytes[KV_KEY_MAX];
	struct wr w = wr_of(bytes, sizeof(bytes));
	struct chunk c = {.kind = CHUNK_ARRAY};
	enum kv_space space = posting_space_of(prefix);
	struct str value;

	wr_bytes(&w, prefix);
	wr_be16(&w, (uint16_t)(item_id(items[0]) >> 16));
	if (kv_get(txn, space, wr_out(&w), &value) &&
	    !(chunk_open(value, &c) && chunk_whole(&c))) {
		kv_fail(txn, ERR_CORRUPT, "post", "a posting is damaged");
		return;
	}
	chunk_change(d, &c, items, n);
	if (d->out.n > 0)
		kv_put(txn, space, wr_out(&w), buf_str(&d->out));
	else if (c.count > 0)
		kv_del(txn, space, wr_out(&w));
}

static void
flush_entry(struct delta *d, struct kv_txn *txn, const struct entry *e)
{
	uint64_t *items =
	    e->cap == 0 ? (uint64_t *)&e->items.one : e->items.many;
	size_t n = 0;

	if (e->n > 1)
		qsort(items, e->n, sizeof(*items), item_cmp);
	for (size_t i = 0; i < e->n; i++) /* the last of an id wins */
		if (i + 1 == e->n || item_id(items[i + 1]) != item_id(items[i]))
			items[n++] = items[i];
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && item_id(items[k]) >> 16 ==
					     item_id(items[i]) >> 16;)
			k++;
		flush_chunk(d, txn, e->key, items + i, k - i);
	}
}

void
delta_flush(struct delta *d, struct kv_txn *txn)
{
	table_sort(d->table);
	for (size_t i = 0; i < d->table->n && kv_error(txn) == OK; i++)
		flush_entry(d, txn, &d->table->at[i]);
	table_reset(d->table);
	d->turn = 0;
}
