/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chunks: reading, checking and writing the stored form of up to 65,536 ids.
 * The smallest of the three kinds is written, so a single id costs six bytes
 * and everybody costs ten.  What is read was written by us and its checksum
 * was verified; still chunk_open refuses a body whose size does not fit, and
 * chunk_whole looks at the order of every id: CRoaring believes what it reads
 * and would write past its memory for a bitset of the wrong count.
 */
#include "runs.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "containers are stored little endian and copied as they are");

#define CHUNK_VERSION 1

static uint32_t
body_size(const struct chunk *c)
{
	switch (c->kind) {
	case CHUNK_ARRAY:
		return c->count * 2;
	case CHUNK_BITSET:
		return CHUNK_WORDS * 8;
	case CHUNK_RUNS:
		return c->n < 2 ? 2 : 2u + 4u * le16(c->body);
	}
	return 0;
}

bool
chunk_open(struct str value, struct chunk *out)
{
	struct rd r = rd_of(value);
	uint8_t version = rd_u8(&r), kind = rd_u8(&r);

	out->kind = (enum chunk_kind)kind;
	out->count = rd_be16(&r) + 1u;
	out->body = r.p;
	out->n = (uint32_t)rd_left(&r);
	return !r.bad && version == CHUNK_VERSION && kind >= CHUNK_ARRAY &&
	       kind <= CHUNK_RUNS && out->n == body_size(out) &&
	       (kind != CHUNK_ARRAY || out->count <= CHUNK_ARRAY_MAX);
}

static void
words_fill(uint64_t *words, uint32_t from, uint32_t to) /* both included */
{
	uint64_t first = ~UINT64_C(0) << (from & 63);
	uint64_t last = ~UINT64_C(0) >> (63 - (to & 63));

	if (from / 64 == to / 64) {
		words[from / 64] |= first & last;
		return;
	}
	words[from / 64] |= first;
	for (uint32_t w = from / 64 + 1; w < to / 64; w++)
		words[w] = ~UINT64_C(0);
	words[to / 64] |= last;
}

static uint32_t
run_end(const uint8_t *run)
{
	uint32_t end = (uint32_t)le16(run) + le16(run + 2);

	return end < CHUNK_IDS ? end : CHUNK_IDS - 1;
}

void
chunk_or(const struct chunk *c, uint64_t words[CHUNK_WORDS])
{
	switch (c->kind) {
	case CHUNK_ARRAY:
		for (uint32_t i = 0; i < c->count; i++) {
			uint16_t id = le16(c->body + 2 * i);

			words[id / 64] |= UINT64_C(1) << (id & 63);
		}
		break;
	case CHUNK_BITSET:
		words_or(words, c->body);
		break;
	case CHUNK_RUNS:
		for (const uint8_t *r = c->body + 2; r < c->body + c->n; r += 4)
			words_fill(words, le16(r), run_end(r));
		break;
	}
}

void
chunk_minus(const struct chunk *c, uint64_t words[CHUNK_WORDS])
{
	uint64_t made[CHUNK_WORDS] = {0};

	if (c->kind == CHUNK_BITSET) {
		words_minus(words, c->body);
	} else if (c->kind == CHUNK_RUNS) {
		chunk_or(c, made);
		words_minus(words, (const uint8_t *)made);
	} else {
		for (uint32_t i = 0; i < c->count; i++) {
			uint16_t id = le16(c->body + 2 * i);

			words[id / 64] &= ~(UINT64_C(1) << (id & 63));
		}
	}
}

void
chunk_ids(const struct chunk *c, uint16_t *out)
{
	uint64_t words[CHUNK_WORDS] = {0};

	if (c->kind == CHUNK_ARRAY) {
		memcpy(out, c->body, 2 * (size_t)c->count);
		return;
	}
	chunk_or(c, words);
	for (uint32_t w = 0, n = 0; w < CHUNK_WORDS; w++)
		for (uint64_t v = words[w]; v != 0 && n < c->count; v &= v - 1)
			out[n++] =
			    (uint16_t)(w * 64 + (uint32_t)__builtin_ctzll(v));
}

bool
chunk_has(const struct chunk *c, uint16_t id)
{
	uint32_t lo = 0, hi = c->count;

	if (c->kind == CHUNK_BITSET)
		return (c->body[id / 8] >> id % 8 & 1) != 0;
	if (c->kind == CHUNK_RUNS) {
		for (const uint8_t *r = c->body + 2; r < c->body + c->n; r += 4)
			if (id >= le16(r) && id <= run_end(r))
				return true;
		return false;
	}
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (le16(c->body + 2 * mid) < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->count && le16(c->body + 2 * lo) == id;
}

uint16_t
chunk_first(const struct chunk *c)
{
	if (c->kind != CHUNK_BITSET)
		return le16(c->body + (c->kind == CHUNK_RUNS ? 2 : 0));
	for (uint32_t w = 0; w < CHUNK_WORDS; w++) {
		uint64_t v;

		memcpy(&v, c->body + 8 * w, 8);
		if (v != 0)
			return (uint16_t)(w * 64 +
					  (uint32_t)__builtin_ctzll(v));
	}
	return 0;
}

static void
put_head(struct buf *out, enum chunk_kind kind, uint32_t count)
{
	uint8_t head[4] = {CHUNK_VERSION, (uint8_t)kind,
			   (uint8_t)((count - 1) >> 8), (uint8_t)(count - 1)};

	assert(count >= 1 && count <= CHUNK_IDS);
	buf_bytes(out, head, sizeof(head));
}

/* Runs on their way into a chunk: put together here, copied once. */
struct runs_out {
	uint8_t bytes[2 + 4 * RUNS_MAX];
	size_t n;
};

static void
runs_begin(struct runs_out *r, uint32_t runs)
{
	assert(runs <= RUNS_MAX);
	r->bytes[0] = (uint8_t)runs;
	r->bytes[1] = (uint8_t)(runs >> 8);
	r->n = 2;
}

static inline void
runs_put(struct runs_out *r, uint32_t first, uint32_t last)
{
	uint8_t *p = r->bytes + r->n;

	p[0] = (uint8_t)first;
	p[1] = (uint8_t)(first >> 8);
	p[2] = (uint8_t)(last - first);
	p[3] = (uint8_t)((last - first) >> 8);
	r->n += 4;
}

static void
put_runs(struct buf *out, const uint16_t *ids, uint32_t n, uint32_t runs)
{
	struct runs_out r;

	put_head(out, CHUNK_RUNS, n);
	runs_begin(&r, runs);
	for (uint32_t i = 0, start; i < n; i++) {
		start = ids[i];
		while (i + 1 < n && ids[i + 1] == ids[i] + 1)
			i++;
		runs_put(&r, start, ids[i]);
	}
	buf_bytes(out, r.bytes, r.n);
}

/* What n ids take without runs. */
static uint32_t
plain_size(uint32_t n)
{
	return n <= CHUNK_ARRAY_MAX ? 2 * n : 8 * CHUNK_WORDS;
}

bool
chunk_put_runs(struct buf *out, const struct run *runs, uint32_t n,
	       uint32_t count)
{
	struct runs_out r;

	if (2 + 4 * n >= plain_size(count))
		return false;
	put_head(out, CHUNK_RUNS, count);
	runs_begin(&r, n);
	for (uint32_t i = 0; i < n; i++)
		runs_put(&r, runs[i].first, runs[i].last);
	buf_bytes(out, r.bytes, r.n);
	return true;
}

static uint32_t
count_runs(const uint16_t *ids, uint32_t n)
{
	uint32_t runs = n > 0;

	for (uint32_t i = 1; i < n; i++)
		runs += ids[i] != ids[i - 1] + 1;
	return runs;
}

void
chunk_put_ids(struct buf *out, const uint16_t *ids, uint32_t n)
{
	uint32_t runs = count_runs(ids, n);

	if (2 + 4 * runs < plain_size(n)) {
		put_runs(out, ids, n, runs);
	} else if (n <= CHUNK_ARRAY_MAX) {
		put_head(out, CHUNK_ARRAY, n);
		buf_bytes(out, ids, 2 * (size_t)n);
	} else {
		uint64_t words[CHUNK_WORDS] = {0};

		for (uint32_t i = 0; i < n; i++)
			words[ids[i] / 64] |= UINT64_C(1) << (ids[i] & 63);
		put_head(out, CHUNK_BITSET, n);
		buf_bytes(out, words, sizeof(words));
	}
}

/* The first id from `from` on that is in, or with `flip` all ones, not in. */
static uint32_t
words_next(const uint64_t *words, uint32_t from, uint64_t flip)
{
	uint32_t w = from / 64;
	uint64_t v;

	if (from >= CHUNK_IDS)
		return CHUNK_IDS;
	v = (words[w] ^ flip) & ~UINT64_C(0) << (from & 63);
	while (v == 0 && ++w < CHUNK_WORDS)
		v = words[w] ^ flip;
	return v == 0 ? CHUNK_IDS : w * 64 + (uint32_t)__builtin_ctzll(v);
}

static void
put_words_runs(struct buf *out, const uint64_t *words, uint32_t runs)
{
	uint32_t start = words_next(words, 0, 0);
	struct runs_out r;

	runs_begin(&r, runs);
	while (start < CHUNK_IDS) {
		uint32_t end = words_next(words, start, ~UINT64_C(0));

		runs_put(&r, start, end - 1);
		start = words_next(words, end, 0);
	}
	buf_bytes(out, r.bytes, r.n);
}

void
chunk_put_words(struct buf *out, const uint64_t words[CHUNK_WORDS],
		uint32_t count)
{
	uint32_t runs = words_runs(words, plain_size(count) / 4);
	uint16_t ids[CHUNK_ARRAY_MAX];

	if (2 + 4 * runs < plain_size(count)) {
		put_head(out, CHUNK_RUNS, count);
		put_words_runs(out, words, runs);
	} else if (count <= CHUNK_ARRAY_MAX) {
		put_head(out, CHUNK_ARRAY, count);
		words_ids(words, ids);
		buf_bytes(out, ids, 2 * (size_t)count);
	} else {
		put_head(out, CHUNK_BITSET, count);
		buf_bytes(out, words, 8 * CHUNK_WORDS);
	}
}

static bool
runs_sound(const struct chunk *c)
{
	uint32_t total = 0;
	int64_t last = -2;

	for (const uint8_t *r = c->body + 2; r < c->body + c->n; r += 4) {
		uint32_t from = le16(r), length = le16(r + 2) + 1u;

		if ((int64_t)from <= last + 1 || from + length > CHUNK_IDS)
			return false;
		last = (int64_t)from + length - 1;
		total += length;
	}
	return total == c->count;
}

bool
chunk_whole(const struct chunk *c)
{
	switch (c->kind) {
	case CHUNK_ARRAY:
		return ids_ascend(c->body, c->count);
	case CHUNK_BITSET:
		return c->count > CHUNK_ARRAY_MAX &&
		       bits_ones(c->body) == c->count;
	case CHUNK_RUNS:
		return runs_sound(c);
	}
	return false;
}

bool
chunk_sound(struct str value)
{
	struct chunk c;

	return chunk_open(value, &c) && chunk_whole(&c);
}
