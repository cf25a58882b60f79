/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The order of an attribute: users by (value, id), or all of that backwards,
 * only those in a given set.  It walks the postings of a level and tests each
 * against the set, held as dense words a chunk so that a test is one bit.
 *
 * Where the set is far from where the walk stands ("first seen in 2023, newest
 * first"), walking would visit everybody in between.  After a run of misses
 * the walk asks the coarser levels, coarsest first, for the next bucket that
 * shares a user with the set, and jumps to its edge.
 */
#include "chunk.h"

#include <assert.h>
#include <stdlib.h>

#define PREFIX_SIZE 3u
#define SUFFIX_SIZE 2u
#define MISSES_BEFORE_SKIP 64u

struct order {
	struct kv_txn *txn;
	struct kv_cursor *cursor;
	uint16_t attr;
	uint8_t level;
	bool down, more;
	const struct levels *levels;
	uint64_t walked, misses, walk_max;
	bool gave_up;

	/* the set */
	struct buf set_bytes;
	struct parts set_parts;
	uint64_t **set_words; /* by chunk number */
	size_t set_cap;

	/* where it starts: ids of this posting up to (down: from) here are out */
	struct buf start_key; /* whole key; empty: no such posting */
	uint16_t start_id;

	/* what is left of the posting under the cursor */
	uint16_t no;
	uint32_t n, at; /* in ids, walked upwards */
	uint16_t ids[CHUNK_IDS];
};

static void
set_open(struct order *o, const struct bits *within)
{
	bits_to_parts(within, &o->set_bytes, &o->set_parts);
	if (o->set_parts.n == 0)
		return;
	o->set_cap = o->set_parts.at[o->set_parts.n - 1].no + 1u;
	o->set_words = mem_new(o->set_cap * sizeof(*o->set_words));
	for (size_t i = 0; i < o->set_parts.n; i++) {
		const struct part *p = &o->set_parts.at[i];
		uint64_t *words = mem_new(8 * CHUNK_WORDS);

		chunk_or(&p->chunk, words);
		o->set_words[p->no] = words;
	}
}

static const uint64_t *
set_chunk(const struct order *o, uint16_t no)
{
	return no < o->set_cap ? o->set_words[no] : NULL;
}

static bool
words_have(const uint64_t *words, uint16_t id)
{
	return (words[id / 64] >> (id & 63) & 1) != 0;
}

/* Ids of the chunk that are in the set, ascending, into o->ids. */
static void
take_hits(struct order *o, const struct chunk *c, const uint64_t *words)
{
	uint64_t dense[CHUNK_WORDS];

	o->n = o->at = 0;
	if (c->kind == CHUNK_ARRAY) {
		for (uint32_t i = 0; i < c->count; i++) {
			uint16_t id = le16(c->body + 2 * i);

			if (words_have(words, id))
				o->ids[o->n++] = id;
		}
		return;
	}
	memset(dense, 0, sizeof(dense));
	chunk_or(c, dense);
	for (uint32_t w = 0; w < CHUNK_WORDS; w++)
		for (uint64_t v = dense[w] & words[w]; v != 0; v &= v - 1)
			o->ids[o->n++] = (uint16_t)(
			    w * 64 + (uint32_t)__builtin_ctzll(v));
}

/* Leave out what stands at or before the start within its posting. */
static void
trim_start(struct order *o, struct str key)
{
	uint32_t keep = 0;

	if (o->start_key.n == 0 || !str_eq(key, buf_str(&o->start_key)))
		return;
	for (uint32_t i = 0; i < o->n; i++)
		if (o->down ? o->ids[i] < o->start_id
			    : o->ids[i] > o->start_id)
			o->ids[keep++] = o->ids[i];
	o->n = keep;
}

static bool
chunk_at(struct order *o, struct kv_cursor *c, uint16_t *no, struct chunk *out)
{
	struct posting at;

	if (posting_of_key(kv_key(c), &at, no) &&
	    chunk_open(kv_value(c), out))
		return kv_error(o->txn) == OK;
	if (kv_error(o->txn) == OK)
		kv_fail(o->txn, ERR_CORRUPT, "post",
			"a posting of attribute %u is damaged", o->attr);
	return false;
}

static bool
step(struct order *o, struct kv_cursor *c)
{
	return o->down ? kv_prev(c) : kv_next(c);
}

static bool
seek(struct order *o, struct kv_cursor *c, struct str key)
{
	return o->down ? kv_seek_last(c, key) : kv_seek(c, key);
}

static bool
shares_user(struct order *o, const struct chunk *c, uint16_t no)
{
	const uint64_t *words = set_chunk(o, no);
	uint64_t dense[CHUNK_WORDS];

	if (words == NULL)
		return false;
	if (c->kind == CHUNK_ARRAY) {
		for (uint32_t i = 0; i < c->count; i++)
			if (words_have(words, le16(c->body + 2 * i)))
				return true;
		return false;
	}
	memset(dense, 0, sizeof(dense));
	chunk_or(c, dense);
	for (uint32_t w = 0; w < CHUNK_WORDS; w++)
		if ((dense[w] & words[w]) != 0)
			return true;
	return false;
}

static struct str
key_at_level(struct order *o, uint8_t level, uint64_t bucket, uint8_t *out)
{
	uint8_t value[8];
	struct wr w = wr_of(value, 8);
	struct posting at = {o->attr, level, {(const char *)value, 8}};

	wr_be64(&w, bucket);
	/* backwards a walk starts at the bucket's last chunk */
	return posting_key(at, o->down ? 0xffff : 0, out);
}

/* The first bucket of `level` from `bucket` on, in walking order and not past
 * `limit`, that shares a user with the set. */
static bool
next_bucket(struct order *o, uint8_t level, uint64_t *bucket, uint64_t limit)
{
	uint8_t prefix[KV_KEY_MAX], key[KV_KEY_MAX];
	struct posting all = {o->attr, level, STR_NONE};
	struct kv_cursor *c =
	    kv_cursor(o->txn, posting_space(o->attr),
		      posting_prefix(all, prefix));
	bool found = false;

	for (bool more = seek(o, c, key_at_level(o, level, *bucket, key));
	     more && !found; more = step(o, c)) {
		struct rd r = rd_of(str_cut(kv_key(c), PREFIX_SIZE, SIZE_MAX));
		uint64_t here = rd_be64(&r);
		struct chunk chunk;
		uint16_t no;

		if (o->down ? here < limit : here > limit)
			break;
		o->walked++;
		if (!chunk_at(o, c, &no, &chunk))
			break;
		found = shares_user(o, &chunk, no);
		if (found)
			*bucket = here;
	}
	kv_cursor_close(c);
	return found;
}

/* Move the level-0 cursor to where the next hit can be.  `key` is the sort
 * key under the cursor. Descends a level at a time; a coarse hit that turns
 * out to lie before `key` sends the search on from the end of that bucket. */
static void
skip(struct order *o, uint64_t key)
{
	const struct levels *l = o->levels;
	uint64_t limit = o->down ? 0 : UINT64_MAX;
	uint8_t level = l->n, out[KV_KEY_MAX];

	while (level > 0) {
		uint8_t s = l->shift[level];
		uint64_t ones = (UINT64_C(1) << s) - 1, bucket = key >> s;

		if (next_bucket(o, level, &bucket, limit >> s)) {
			uint64_t edge = o->down ? bucket << s | ones
						: bucket << s;

			if (bucket != key >> s)
				key = edge;
			limit = o->down ? bucket << s : bucket << s | ones;
			level--;
			continue;
		}
		if (level == l->n || limit == (o->down ? 0 : UINT64_MAX)) {
			o->more = false;
			return;
		}
		key = o->down ? limit - 1 : limit + 1;
		limit = o->down ? 0 : UINT64_MAX;
		level = l->n;
	}
	o->more = seek(o, o->cursor, key_at_level(o, 0, key, out));
}

/* Go to the next posting that has a hit; false at the end. */
static bool
advance(struct order *o)
{
	while (o->more && kv_error(o->txn) == OK) {
		struct str key = kv_key(o->cursor);
		const uint64_t *words;
		struct posting at;
		struct chunk chunk;

		if (o->walk_max != 0 && o->walked >= o->walk_max) {
			o->gave_up = true;
			return false;
		}
		o->walked++;
		o->n = o->at = 0;
		if (!posting_of_key(key, &at, &o->no)) {
			chunk_at(o, o->cursor, &o->no, &chunk);
			return false;
		}
		words = set_chunk(o, o->no);
		if (words != NULL) {
			if (!chunk_at(o, o->cursor, &o->no, &chunk))
				return false;
			take_hits(o, &chunk, words);
			trim_start(o, key);
		}
		if (o->n > 0) {
			o->misses = 0;
			o->more = step(o, o->cursor);
			return true;
		}
		if (++o->misses % MISSES_BEFORE_SKIP == 0 &&
		    o->level == 0 && o->levels != NULL && at.value.n == 8) {
			struct rd r = rd_of(at.value);
			uint64_t sort_key = rd_be64(&r);

			/* the whole posting was not seen: start behind it */
			o->more = step(o, o->cursor);
			if (!o->more)
				return false;
			if (!posting_of_key(kv_key(o->cursor), &at, &o->no))
				continue;
			r = rd_of(at.value);
			if (rd_be64(&r) != sort_key)
				skip(o, o->down ? sort_key - 1 : sort_key + 1);
			continue;
		}
		o->more = step(o, o->cursor);
	}
	return false;
}

struct order *
order_open(struct kv_txn *txn, const struct order_in *in)
{
	struct order *o = mem_new(sizeof(*o));
	uint8_t key[KV_KEY_MAX];
	struct posting at = {in->attr, in->level, STR_NONE};
	struct str start = STR_NONE;

	o->txn = txn;
	o->attr = in->attr;
	o->level = in->level;
	o->down = in->down;
	o->levels = in->levels;
	o->walk_max = in->walk_max;
	set_open(o, in->within);
	o->cursor = kv_cursor(txn, posting_space(in->attr),
			      posting_prefix(at, key));
	if (in->after_value.p != NULL) {
		at.value = in->after_value;
		start = posting_key(at, (uint16_t)(in->after_id >> 16), key);
		o->start_id = (uint16_t)in->after_id;
		buf_put(&o->start_key, start);
	}
	o->more = o->set_cap > 0 && seek(o, o->cursor, start);
	return o;
}

size_t
order_take(struct order *o, uint32_t *out, size_t n)
{
	size_t got = 0;

	while (got < n) {
		if (o->at == o->n && !advance(o))
			break;
		while (o->at < o->n && got < n) {
			uint32_t i = o->down ? o->n - 1 - o->at : o->at;

			out[got++] = (uint32_t)o->no << 16 | o->ids[i];
			o->at++;
		}
	}
	return got;
}

uint64_t
order_walked(const struct order *o)
{
	return o->walked;
}

bool
order_gave_up(const struct order *o)
{
	return o->gave_up;
}

void
order_close(struct order *o)
{
	if (o == NULL)
		return;
	kv_cursor_close(o->cursor);
	for (size_t i = 0; i < o->set_cap; i++)
		free(o->set_words[i]);
	free(o->set_words);
	parts_free(&o->set_parts);
	buf_fini(&o->set_bytes);
	buf_fini(&o->start_key);
	free(o);
}
