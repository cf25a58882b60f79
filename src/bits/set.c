/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Sets in memory: CRoaring behind struct bits, and the two ways between it
 * and stored chunks.  A set is made from chunks by writing the header of
 * Roaring's portable format before their containers and reading that once;
 * the other way round its serialised form is cut back into chunks.
 *
 * Format: https://github.com/RoaringBitmap/RoaringFormatSpec
 */
#include "chunk.h"

#include <assert.h>
#include <stdlib.h>

#include <roaring/roaring.h>

#define COOKIE_RUNS 12347u
#define COOKIE_PLAIN 12346u
#define OFFSETS_FROM 4u /* with runs, offsets stand from so many containers */

struct bits {
	roaring_bitmap_t *r;
};

static struct bits *
bits_take(roaring_bitmap_t *r)
{
	struct bits *b = mem_new(sizeof(*b));

	assert(r != NULL);
	b->r = r;
	return b;
}

struct bits *
bits_new(void)
{
	return bits_take(roaring_bitmap_create());
}

void
bits_free(struct bits *b)
{
	if (b == NULL)
		return;
	roaring_bitmap_free(b->r);
	free(b);
}

struct bits *
bits_copy(const struct bits *b)
{
	return bits_take(roaring_bitmap_copy(b->r));
}

struct bits *
bits_of(const uint32_t *ids, size_t n)
{
	return bits_take(roaring_bitmap_of_ptr(n, ids));
}

void
bits_add(struct bits *b, uint32_t id)
{
	roaring_bitmap_add(b->r, id);
}

bool
bits_has(const struct bits *b, uint32_t id)
{
	return roaring_bitmap_contains(b->r, id);
}

uint64_t
bits_count(const struct bits *b)
{
	return roaring_bitmap_get_cardinality(b->r);
}

void
bits_and(struct bits *a, const struct bits *b)
{
	roaring_bitmap_and_inplace(a->r, b->r);
}

void
bits_or(struct bits *a, const struct bits *b)
{
	roaring_bitmap_or_inplace(a->r, b->r);
}

void
bits_minus(struct bits *a, const struct bits *b)
{
	roaring_bitmap_andnot_inplace(a->r, b->r);
}

uint64_t
bits_and_count(const struct bits *a, const struct bits *b)
{
	return roaring_bitmap_and_cardinality(a->r, b->r);
}

bool
bits_equal(const struct bits *a, const struct bits *b)
{
	return roaring_bitmap_equals(a->r, b->r);
}

void
bits_ids(const struct bits *b, uint32_t *out)
{
	roaring_bitmap_to_uint32_array(b->r, out);
}

bool
bits_words(const struct bits *b, uint16_t chunk, uint64_t out[BITS_CHUNK_WORDS])
{
	uint32_t ids[256], first = (uint32_t)chunk << 16, n;
	roaring_uint32_iterator_t it;
	bool any = false;

	memset(out, 0, BITS_CHUNK_WORDS * sizeof(*out));
	roaring_init_iterator(b->r, &it);
	if (!roaring_move_uint32_iterator_equalorlarger(&it, first))
		return false;
	do {
		n = roaring_read_uint32_iterator(&it, ids, COUNT(ids));
		for (uint32_t i = 0; i < n; i++) {
			if (ids[i] - first >= CHUNK_IDS)
				return any;
			out[(uint16_t)ids[i] / 64] |= UINT64_C(1)
						      << (ids[i] & 63);
			any = true;
		}
	} while (n == COUNT(ids));
	return any;
}

static size_t
page_up(roaring_uint32_iterator_t *it, uint32_t *out, size_t n)
{
	size_t got = 0;

	for (; got < n && it->has_value; roaring_advance_uint32_iterator(it))
		out[got++] = it->current_value;
	return got;
}

static size_t
page_down(roaring_uint32_iterator_t *it, uint32_t *out, size_t n)
{
	size_t got = 0;

	for (; got < n && it->has_value; roaring_previous_uint32_iterator(it))
		out[got++] = it->current_value;
	return got;
}

size_t
bits_page(const struct bits *b, uint32_t from, bool inclusive, bool down,
	  uint32_t *out, size_t n)
{
	roaring_uint32_iterator_t it;

	roaring_init_iterator(b->r, &it);
	if (!roaring_move_uint32_iterator_equalorlarger(&it, from)) {
		if (!down)
			return 0;
		roaring_init_iterator_last(b->r, &it);
		return page_down(&it, out, n);
	}
	if (!down) {
		if (it.current_value == from && !inclusive)
			roaring_advance_uint32_iterator(&it);
		return page_up(&it, out, n);
	}
	if (it.current_value > from || !inclusive)
		roaring_previous_uint32_iterator(&it);
	return page_down(&it, out, n);
}

void
parts_add(struct parts *p, uint16_t no, const struct chunk *c)
{
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 16 : 2 * p->cap;
		p->at = mem_grow(p->at, p->cap * sizeof(*p->at));
	}
	p->at[p->n++] = (struct part){no, *c};
}

void
parts_free(struct parts *p)
{
	free(p->at);
	*p = (struct parts){0};
}

static void
put_le32(struct buf *b, uint32_t v)
{
	buf_bytes(b, &v, 4);
}

static void
put_header(struct buf *b, const struct parts *p, bool runs)
{
	uint32_t offset;

	if (runs) {
		put_le32(b, COOKIE_RUNS | (uint32_t)(p->n - 1) << 16);
		for (size_t i = 0; i < p->n; i += 8) {
			uint8_t flags = 0;

			for (size_t k = i; k < p->n && k < i + 8; k++)
				if (p->at[k].chunk.kind == CHUNK_RUNS)
					flags |= (uint8_t)(1u << (k - i));
			buf_bytes(b, &flags, 1);
		}
	} else {
		put_le32(b, COOKIE_PLAIN);
		put_le32(b, (uint32_t)p->n);
	}
	for (size_t i = 0; i < p->n; i++)
		put_le32(b, p->at[i].no | (p->at[i].chunk.count - 1) << 16);
	if (runs && p->n < OFFSETS_FROM)
		return;
	offset = (uint32_t)(b->n + 4 * p->n);
	for (size_t i = 0; i < p->n; i++) {
		put_le32(b, offset);
		offset += p->at[i].chunk.n;
	}
}

/* A bitset that Roaring would keep as an array would be misread: our writer
 * never makes one, and neither kind is ambiguous in the portable format. */
struct bits *
bits_of_parts(const struct parts *p)
{
	struct buf b;
	bool runs = false;
	roaring_bitmap_t *r;
	size_t size = 16;

	if (p->n == 0)
		return bits_new();
	for (size_t i = 0; i < p->n; i++) {
		runs |= p->at[i].chunk.kind == CHUNK_RUNS;
		size += p->at[i].chunk.n + 9;
		assert(p->at[i].chunk.kind != CHUNK_BITSET ||
		       p->at[i].chunk.count > CHUNK_ARRAY_MAX);
	}
	buf_init(&b);
	buf_room(&b, size);
	put_header(&b, p, runs);
	for (size_t i = 0; i < p->n; i++)
		buf_bytes(&b, p->at[i].chunk.body, p->at[i].chunk.n);
	r = roaring_bitmap_portable_deserialize_safe(b.p, b.n);
	buf_fini(&b);
	return bits_take(r);
}

static uint32_t
container_size(const struct chunk *c)
{
	if (c->kind == CHUNK_RUNS)
		return 2 + 4u * le16(c->body);
	return c->kind == CHUNK_ARRAY ? 2 * c->count : 8 * CHUNK_WORDS;
}

static uint32_t
get_le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

void
bits_to_parts(const struct bits *b, struct buf *buf, struct parts *out)
{
	const uint8_t *head, *p, *flags = NULL;
	size_t n, size = roaring_bitmap_portable_size_in_bytes(b->r);

	buf_reset(buf);
	buf_room(buf, size);
	buf->n = roaring_bitmap_portable_serialize(b->r, buf->p);
	p = (const uint8_t *)buf->p;
	if ((get_le32(p) & 0xffff) == COOKIE_RUNS) {
		n = (get_le32(p) >> 16) + 1;
		flags = p + 4;
		head = flags + (n + 7) / 8;
	} else {
		n = get_le32(p + 4);
		head = p + 8;
	}
	p = head + 4 * n;
	if (flags == NULL || n >= OFFSETS_FROM)
		p += 4 * n;
	for (size_t i = 0; i < n; i++) {
		struct chunk c = {.count = (get_le32(head + 4 * i) >> 16) + 1,
				  .body = p};

		if (flags != NULL && (flags[i / 8] >> (i % 8) & 1) != 0)
			c.kind = CHUNK_RUNS;
		else
			c.kind = c.count <= CHUNK_ARRAY_MAX ? CHUNK_ARRAY
							    : CHUNK_BITSET;
		c.n = container_size(&c);
		parts_add(out, le16(head + 4 * i), &c);
		p += c.n;
	}
}

void
gather_add(struct gather *g, uint16_t no, const struct chunk *c)
{
	if (g->away) {
		if (no < g->cap && g->words[no] != NULL)
			chunk_minus(c, g->words[no]);
		return;
	}
	if (no >= g->cap) {
		size_t cap = g->cap == 0 ? 16 : g->cap;

		while (cap <= no)
			cap *= 2;
		g->words = mem_grow(g->words, cap * sizeof(*g->words));
		memset(g->words + g->cap, 0,
		       (cap - g->cap) * sizeof(*g->words));
		g->cap = cap;
	}
	if (g->words[no] == NULL)
		g->words[no] = mem_new(8 * CHUNK_WORDS);
	chunk_or(c, g->words[no]);
}

void
gather_free(struct gather *g)
{
	for (size_t no = 0; no < g->cap; no++)
		free(g->words[no]);
	free(g->words);
	*g = (struct gather){0};
}

/* What is left after others were taken away may be nothing. */
static void
gather_put(struct buf *out, const uint64_t *words)
{
	uint32_t count = words == NULL ? 0 : words_count(words);

	if (count > 0)
		chunk_put_words(out, words, count);
}

void
gather_into(struct gather *g, struct bits *into)
{
	struct parts parts = {0};
	struct buf bytes;
	struct bits *sum;
	size_t *at = mem_new((g->cap + 1) * sizeof(*at));

	buf_init(&bytes);
	for (size_t no = 0; no < g->cap; no++) {
		at[no] = bytes.n;
		gather_put(&bytes, g->words[no]);
	}
	at[g->cap] = bytes.n;
	for (size_t no = 0; no < g->cap; no++) {
		struct chunk c;

		if (at[no] == at[no + 1])
			continue;
		if (!chunk_open(str_cut(buf_str(&bytes), at[no], at[no + 1]),
				&c))
			assert(!"a chunk we just wrote");
		parts_add(&parts, (uint16_t)no, &c);
	}
	sum = bits_of_parts(&parts);
	if (bits_count(into) == 0) {
		roaring_bitmap_t *r = into->r;

		into->r = sum->r;
		sum->r = r;
	} else {
		bits_or(into, sum);
	}
	bits_free(sum);
	parts_free(&parts);
	buf_fini(&bytes);
	free(at);
	gather_free(g);
}
