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

enum kv_space
posting_space_of(struct str key)
{
	struct rd r = rd_of(key);

	return posting_space(rd_be16(&r));
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
	if (posting_of_key(key, &at, no) && chunk_open(value, out))
		return true;
	kv_fail(txn, ERR_CORRUPT, "post", "a posting of attribute %u is damaged",
		key.n >= 2 ? (unsigned)(uint8_t)key.p[0] << 8 |
				 (uint8_t)key.p[1]
			   : 0u);
	return false;
}

void
posting_parts(struct kv_txn *txn, struct posting at, struct parts *out)
{
	uint8_t key[KV_KEY_MAX];
	struct kv_cursor *c = kv_cursor(txn, posting_space(at.attr),
					posting_prefix(at, key));
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
parts_bits(struct kv_txn *txn, uint16_t attr, const struct parts *p)
{
	for (size_t i = 0; i < p->n && kv_error(txn) == OK; i++) {
		if (!chunk_whole(&p->at[i].chunk))
			kv_fail(txn, ERR_CORRUPT, "post",
				"a posting of attribute %u is damaged", attr);
	}
	return kv_error(txn) == OK ? bits_of_parts(p) : bits_new();
}

struct bits *
posting_load(struct kv_txn *txn, struct posting at)
{
	struct parts parts = {0};
	struct bits *b;

	posting_parts(txn, at, &parts);
	b = parts_bits(txn, at.attr, &parts);
	parts_free(&parts);
	return b;
}

uint64_t
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

	if (!kv_get(txn, posting_space(at.attr),
		    posting_key(at, (uint16_t)(id >> 16), key), &value))
		return false;
	if (chunk_open(value, &chunk))
		return chunk_has(&chunk, (uint16_t)id);
	kv_fail(txn, ERR_CORRUPT, "post", "a posting of attribute %u is damaged",
		at.attr);
	return false;
}

static void
values_gather(struct kv_txn *txn, uint16_t attr, uint8_t level, struct str lo,
	      struct str hi, struct gather *g)
{
	uint8_t prefix[KV_KEY_MAX], from[KV_KEY_MAX];
	struct kv_cursor *c = kv_cursor(
	    txn, posting_space(attr),
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

	values_gather(txn, attr, level, lo, hi, &g);
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
	values_gather(txn, attr, level, (struct str){(char *)lo, 8},
		      b == UINT64_MAX ? STR_NONE : (struct str){(char *)hi, 8},
		      g);
}

/*
 * A range is put together from the coarsest buckets to the finest, for where
 * an end lies in the first half of a bucket it is less to take it whole and
 * then to take away what is too much.
 */
struct stretch {
	uint8_t level;
	bool away;
	uint64_t from, to; /* buckets, both included */
};

struct range {
	const struct levels *levels;
	struct stretch steps[2 * COUNT(((struct levels *)0)->shift) + 1];
	size_t n; /* the finest first */
};

static void
range_step(struct range *r, uint8_t level, bool away, uint64_t from,
	   uint64_t to)
{
	r->steps[r->n++] = (struct stretch){level, away, from, to};
}

/* The lower end, at one level: add the buckets from a to the end of their
 * parent, or take away those before it. Returns the first bucket of those
 * whose parents are left to be added. */
static uint64_t
range_low(struct range *r, uint8_t level, uint64_t a, uint64_t mask)
{
	if ((a & mask) == 0)
		return a;
	if (r->levels->single && (a & mask) <= mask / 2) {
		range_step(r, level, true, a & ~mask, a - 1);
		return a & ~mask;
	}
	range_step(r, level, false, a, a | mask);
	return (a | mask) + 1;
}

/* The upper end; returns the last bucket of those. */
static uint64_t
range_high(struct range *r, uint8_t level, uint64_t b, uint64_t mask)
{
	if ((b & mask) == mask)
		return b;
	if (r->levels->single && (b & mask) > mask / 2) {
		range_step(r, level, true, b + 1, b | mask);
		return b | mask;
	}
	range_step(r, level, false, b & ~mask, b);
	return (b & ~mask) - 1;
}

static void
range_plan(struct range *r, uint64_t a, uint64_t b)
{
	const struct levels *l = r->levels;
	uint8_t level = 0;

	for (; level < l->n; level++) {
		unsigned d = l->shift[level + 1] - l->shift[level];
		uint64_t mask = (UINT64_C(1) << d) - 1;

		if ((a | mask) >= (b | mask)) /* within one parent */
			break;
		a = range_low(r, level, a, mask);
		b = range_high(r, level, b, mask);
		if (a > b)
			return;
		a >>= d;
		b >>= d;
	}
	range_step(r, level, false, a, b);
}

void
range_gather(struct kv_txn *txn, uint16_t attr, const struct levels *l,
	     uint64_t lo, uint64_t hi, struct gather *into)
{
	struct range r = {.levels = l};

	*into = (struct gather){0};
	if (lo <= hi)
		range_plan(&r, lo, hi);
	while (r.n > 0) {
		const struct stretch *s = &r.steps[--r.n];

		into->away = s->away;
		level_gather(txn, attr, s->level, s->from, s->to, into);
	}
}

struct bits *
posting_range(struct kv_txn *txn, uint16_t attr, const struct levels *l,
	      uint64_t lo, uint64_t hi)
{
	struct bits *sum = bits_new();
	struct gather g;

	range_gather(txn, attr, l, lo, hi, &g);
	gather_into(&g, sum);
	return sum;
}

/* Dictionary ------------------------------------------------------------------ */

struct dict {
	struct kv_txn *txn;
	uint16_t attr;
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
	d->attr = attr;
	d->cursor =
	    kv_cursor(txn, posting_space(attr), posting_prefix(at, key));
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
	b = parts_bits(d->txn, d->attr, &d->parts);
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
