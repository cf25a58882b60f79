/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Changes of postings, gathered and then written in key order.  A change is
 * (posting, id, in or out); at the flush the changes of one posting are sorted
 * by id, the last of each id wins, and each chunk they touch is read, changed
 * and written once.  Key order means that the store's pages are visited in
 * order too, which is most of the speed of an import.
 */
#include "chunk.h"
#include "table.h"

#include <assert.h>
#include <stdlib.h>

/* An item: id in the high bits, then its place in line, then in or out. */
#define ITEM(id, turn, add) ((uint64_t)(id) << 32 | (uint64_t)(turn) << 1 | (add))
#define TURN_MAX 0x7fffffffu

struct delta {
	struct table *table;
	uint32_t turn;
	struct buf out;
	uint16_t ids[CHUNK_IDS];
	uint16_t merged[CHUNK_IDS];
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

/* Old ids and changes (one an id, ascending) into d->merged. */
static uint32_t
merge(struct delta *d, uint32_t n_old, const uint64_t *items, size_t n)
{
	uint32_t out = 0, i = 0;

	for (size_t k = 0; k < n; k++) {
		uint16_t id = (uint16_t)item_id(items[k]);

		while (i < n_old && d->ids[i] < id)
			d->merged[out++] = d->ids[i++];
		if (i < n_old && d->ids[i] == id)
			i++;
		if ((items[k] & 1) != 0)
			d->merged[out++] = id;
	}
	while (i < n_old)
		d->merged[out++] = d->ids[i++];
	return out;
}

static void
flush_chunk(struct delta *d, struct kv_txn *txn, struct str prefix,
	    const uint64_t *items, size_t n)
{
	uint8_t bytes[KV_KEY_MAX];
	struct wr w = wr_of(bytes, sizeof(bytes));
	struct chunk c = {0};
	struct str value;
	uint32_t count;

	wr_bytes(&w, prefix);
	wr_be16(&w, (uint16_t)(item_id(items[0]) >> 16));
	if (kv_get(txn, SP_POST, wr_out(&w), &value)) {
		if (!chunk_open(value, &c)) {
			kv_fail(txn, ERR_CORRUPT, "post",
				"a posting is damaged");
			return;
		}
		chunk_ids(&c, d->ids);
	}
	count = merge(d, c.count, items, n);
	if (count == 0) {
		if (c.count > 0)
			kv_del(txn, SP_POST, wr_out(&w));
		return;
	}
	buf_reset(&d->out);
	chunk_put_ids(&d->out, d->merged, count);
	kv_put(txn, SP_POST, wr_out(&w), buf_str(&d->out));
}

static void
flush_entry(struct delta *d, struct kv_txn *txn, const struct entry *e)
{
	uint64_t *items = e->cap == 0 ? (uint64_t *)&e->items.one
				      : e->items.many;
	size_t n = 0;

	if (e->n > 1)
		qsort(items, e->n, sizeof(*items), item_cmp);
	for (size_t i = 0; i < e->n; i++) /* the last of an id wins */
		if (i + 1 == e->n || item_id(items[i + 1]) != item_id(items[i]))
			items[n++] = items[i];
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1;
		     k < n && item_id(items[k]) >> 16 == item_id(items[i]) >> 16;)
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
