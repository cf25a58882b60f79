/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Postings, read: one value, a range of values, the dictionary of an
 * attribute.  Everything is a walk over keys (attribute, level, value, chunk)
 * with a cursor; since no value is a prefix of another, the last two bytes of
 * a key are always the chunk.
 */
#include "chunk.h"

#include <assert.h>
#include <stdlib.h>

#define PREFIX_SIZE 3u
#define SUFFIX_SIZE 2u

struct str
posting_prefix(struct posting at, uint8_t *out)
{
	struct wr w = wr_of(out, KV_KEY_MAX);

	assert(at.value.n <= BITS_VALUE_MAX);
	wr_be16(&w, at.attr);
	wr_u8(&w, at.level);
	wr_bytes(&w, at.value);
	return wr_out(&w);
}

struct str
posting_key(struct posting at, uint16_t chunk, uint8_t *out)
{
	struct str prefix = posting_prefix(at, out);
	struct wr w = wr_of(out + prefix.n, SUFFIX_SIZE);

	wr_be16(&w, chunk);
	return (struct str){(const char *)out, prefix.n + SUFFIX_SIZE};
}

bool
posting_of_key(struct str key, struct posting *at, uint16_t *chunk)
{
	struct rd r = rd_of(key);

	if (key.n < PREFIX_SIZE + SUFFIX_SIZE)
		return false;
	at->attr = rd_be16(&r);
	at->level = rd_u8(&r);
	at->value = rd_bytes(&r, key.n - PREFIX_SIZE - SUFFIX_SIZE);
	*chunk = rd_be16(&r);
	return rd_done(&r);
}

/* The chunk under the cursor, or a fault that sticks. */
static bool
chunk_here(struct kv_txn *txn, struct kv_cursor *c, uint16_t *no,
	   struct chunk *out)
{
	struct str key = kv_key(c), value = kv_value(c);
	struct posting at;

	if (kv_error(txn) != OK)
		return false;
	if (posting_of_key(key, &at, no) && chunk_open(value, out) &&
	    chunk_whole(out))
		return true;
	kv_fail(txn, ERR_CORRUPT, "post", "a posting of attribute %u is damaged",
		key.n >= 2 ? (unsigned)(uint8_t)key.p[0] << 8 |
				 (uint8_t)key.p[1]
			   : 0u);
	return false;
}

static void
posting_parts(struct kv_txn *txn, struct posting at, struct parts *out)
{
	uint8_t key[KV_KEY_MAX];
	struct kv_cursor *c = kv_cursor(txn, SP_POST, posting_prefix(at, key));
	uint16_t no;
	struct chunk chunk;

	for (bool more = kv_seek(c, STR_NONE);
	     more && chunk_here(txn, c, &no, &chunk); more = kv_next(c)) {
		if (out->n > 0 && no <= out->at[out->n - 1].no) {
			kv_fail(txn, ERR_CORRUPT, "post",
				"a value of attribute %u is part of another",
				at.attr);
			break;
		}
		parts_add(out, no, &chunk);
	}
	kv_cursor_close(c);
}

struct bits *
posting_load(struct kv_txn *txn, struct posting at)
{
	struct parts parts = {0};
	struct bits *b;

	posting_parts(txn, at, &parts);
	b = kv_error(txn) == OK ? bits_of_parts(&parts) : bits_new();
	parts_free(&parts);
	return b;
}

static uint64_t
parts_count(const struct parts *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->at[i].chunk.count;
	return n;
}

uint64_t
posting_count(struct kv_txn *txn, struct posting at)
{
	struct parts parts = {0};
	uint64_t n;

	posting_parts(txn, at, &parts);
	n = parts_count(&parts);
	parts_free(&parts);
	return n;
}

bool
posting_has(struct kv_txn *txn, struct posting at, uint32_t id)
{
	uint8_t key[KV_KEY_MAX];
	struct str value;
	struct chunk chunk;

	if (!kv_get(txn, SP_POST, posting_key(at, (uint16_t)(id >> 16), key),
		    &value))
		return false;
	if (chunk_open(value, &chunk))
		return chunk_has(&chunk, (uint16_t)id);
	kv_fail(txn, ERR_CORRUPT, "post", "a posting of attribute %u is damaged",
		at.attr);
	return false;
}

static void
range_gather(struct kv_txn *txn, uint16_t attr, uint8_t level, struct str lo,
	     struct str hi, struct gather *g)
{
	uint8_t prefix[KV_KEY_MAX], from[KV_KEY_MAX];
	struct kv_cursor *c = kv_cursor(
	    txn, SP_POST,
	    posting_prefix((struct posting){attr, level, STR_NONE}, prefix));
	struct str start =
	    posting_prefix((struct posting){attr, level, lo}, from);
	uint16_t no;
	struct chunk chunk;

	for (bool more = kv_seek(c, start); more; more = kv_next(c)) {
		struct str value = str_cut(kv_key(c), PREFIX_SIZE,
					   kv_key(c).n - SUFFIX_SIZE);

		if (hi.p != NULL && str_cmp(value, hi) >= 0)
			break;
		if (!chunk_here(txn, c, &no, &chunk))
			break;
		gather_add(g, no, &chunk);
	}
	kv_cursor_close(c);
}

void
posting_load_range(struct kv_txn *txn, uint16_t attr, uint8_t level,
		   struct str lo, struct str hi, struct bits *into)
{
	struct gather g = {0};

	range_gather(txn, attr, level, lo, hi, &g);
	gather_into(&g, into);
}

/* Levels ------------------------------------------------------------------- */

void
level_key(const struct levels *l, uint8_t level, uint64_t key, uint8_t out[8])
{
	struct wr w = wr_of(out, 8);

	assert(level <= l->n);
	wr_be64(&w, key >> l->shift[level]);
}

/* Buckets a..b of a level, both included. */
static void
level_gather(struct kv_txn *txn, uint16_t attr, uint8_t level, uint64_t a,
	     uint64_t b, struct gather *g)
{
	uint8_t lo[8], hi[8];
	struct wr w = wr_of(lo, 8);

	wr_be64(&w, a);
	w = wr_of(hi, 8);
	wr_be64(&w, b + 1);
	range_gather(txn, attr, level, (struct str){(char *)lo, 8},
		     b == UINT64_MAX ? STR_NONE : (struct str){(char *)hi, 8},
		     g);
}

/* Fine buckets at both ends, coarser ones between them. */
struct bits *
posting_range(struct kv_txn *txn, uint16_t attr, const struct levels *l,
	      uint64_t lo, uint64_t hi)
{
	struct gather g = {0};
	struct bits *sum = bits_new();
	uint64_t a = lo, b = hi;
	uint8_t level = 0;
	bool more = lo <= hi;

	for (; more && level < l->n; level++) {
		unsigned d = l->shift[level + 1] - l->shift[level];
		uint64_t mask = (UINT64_C(1) << d) - 1;

		if ((a & mask) != 0) {
			uint64_t end = (a | mask) < b ? a | mask : b;

			level_gather(txn, attr, level, a, end, &g);
			more = end < b;
			a = end + 1;
		}
		if (more && (b & mask) != mask) {
			uint64_t start = (b & ~mask) > a ? b & ~mask : a;

			level_gather(txn, attr, level, start, b, &g);
			more = start > a;
			b = start - 1;
		}
		a >>= d;
		b >>= d;
	}
	if (more)
		level_gather(txn, attr, level, a, b, &g);
	gather_into(&g, sum);
	return sum;
}

/* Dictionary ------------------------------------------------------------------ */

struct dict {
	struct kv_txn *txn;
	struct kv_cursor *cursor;
	struct buf value;
	struct parts parts; /* of the value last returned */
	bool started, loaded, more;
};

struct dict *
dict_open(struct kv_txn *txn, uint16_t attr, uint8_t level, struct str prefix,
	  struct str from)
{
	struct dict *d = mem_new(sizeof(*d));
	uint8_t key[KV_KEY_MAX];
	struct posting at = {attr, level, prefix};

	d->txn = txn;
	d->cursor = kv_cursor(txn, SP_POST, posting_prefix(at, key));
	at.value = from;
	d->more = kv_seek(d->cursor, from.n == 0 ? STR_NONE
						 : posting_prefix(at, key));
	return d;
}

static struct str
dict_here(struct dict *d)
{
	struct str key = kv_key(d->cursor);

	return str_cut(key, PREFIX_SIZE, key.n - SUFFIX_SIZE);
}

/* Read the chunks of the current value; the cursor ends behind it. */
static void
dict_load(struct dict *d)
{
	uint16_t no;
	struct chunk chunk;

	if (d->loaded)
		return;
	d->loaded = true;
	d->parts.n = 0;
	while (d->more && str_eq(dict_here(d), buf_str(&d->value))) {
		if (!chunk_here(d->txn, d->cursor, &no, &chunk)) {
			d->more = false;
			return;
		}
		parts_add(&d->parts, no, &chunk);
		d->more = kv_next(d->cursor);
	}
}

bool
dict_next(struct dict *d, struct str *value)
{
	while (d->started && !d->loaded && d->more &&
	       str_eq(dict_here(d), buf_str(&d->value)))
		d->more = kv_next(d->cursor);
	if (!d->more || kv_error(d->txn) != OK)
		return false;
	d->started = true;
	d->loaded = false;
	buf_reset(&d->value);
	buf_put(&d->value, dict_here(d));
	*value = buf_str(&d->value);
	return true;
}

uint64_t
dict_count(struct dict *d)
{
	dict_load(d);
	return parts_count(&d->parts);
}

uint32_t
dict_member(struct dict *d)
{
	dict_load(d);
	if (d->parts.n == 0)
		return 0;
	return (uint32_t)d->parts.at[0].no << 16 |
	       chunk_first(&d->parts.at[0].chunk);
}

void
dict_take(struct dict *d, struct bits *into)
{
	struct bits *b;

	dict_load(d);
	if (d->parts.n == 1 && d->parts.at[0].chunk.count == 1) {
		bits_add(into, dict_member(d));
		return;
	}
	b = bits_of_parts(&d->parts);
	bits_or(into, b);
	bits_free(b);
}

void
dict_close(struct dict *d)
{
	if (d == NULL)
		return;
	kv_cursor_close(d->cursor);
	parts_free(&d->parts);
	buf_fini(&d->value);
	free(d);
}
