/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who is in the static segments.  A set is kept in chunks of 2^16 users under
 * (segment, chunk), as a list while it is small and as bits when it is not; a
 * batch holds the chunks it touches as bits and writes them at its end.  The
 * index follows: the posting of the segment at each flip, and whether a user
 * is in any segment at all when everything is known, at the end.
 */
#include "room.h"

#include <stdlib.h>

#define CHUNK_WORDS 1024u
#define LIST_MAX 4096u /* more are shorter as bits */
#define CHUNK_BYTES 8192u

enum chunk_form { FORM_LIST = 1, FORM_BITS = 2 };

struct chunk {
	uint32_t segment;
	uint16_t no;
	bool dirty;
	uint64_t words[CHUNK_WORDS];
};

struct members {
	struct chunk **chunks; /* in the order they were touched */
	size_t n, cap;
	uint32_t *slots; /* index + 1, by hash of segment and chunk */
	size_t n_slots;
	struct chunk **left; /* segment 0: users who left some segment */
	size_t n_left;
	uint32_t *segments; /* the static ones; NULL: not read yet */
	size_t n_segments;
	uint32_t *found; /* of members_of */
};

struct members *
members_new(void)
{
	return mem_new(sizeof(struct members));
}

void
members_free(struct members *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->chunks[i]);
	for (size_t i = 0; i < m->n_left; i++)
		free(m->left[i]);
	free(m->chunks);
	free(m->slots);
	free(m->left);
	free(m->segments);
	free(m->found);
	free(m);
}

/* Stored form -------------------------------------------------------------- */

static struct str
member_key(uint32_t segment, uint16_t chunk, uint8_t out[6])
{
	struct wr w = wr_of(out, 6);

	wr_be32(&w, segment);
	wr_be16(&w, chunk);
	return wr_out(&w);
}

bool
chunk_words_read(struct str value, uint64_t words[CHUNK_WORDS])
{
	struct rd r = rd_of(value);
	uint8_t version = rd_u8(&r), form = rd_u8(&r);

	if (version != PEOPLE_VERSION)
		return false;
	if (form == FORM_LIST) {
		while (rd_left(&r) > 0) {
			uint16_t low = rd_be16(&r);

			words[low / 64] |= UINT64_C(1) << low % 64;
		}
		return !r.bad;
	}
	if (form != FORM_BITS || rd_left(&r) != CHUNK_BYTES)
		return false;
	for (size_t i = 0; i < CHUNK_BYTES; i++)
		words[i / 8] |= (uint64_t)rd_u8(&r) << i % 8 * 8;
	return true;
}

bool
chunk_words_has(struct str value, uint16_t low)
{
	struct rd r = rd_of(value);

	rd_u8(&r);
	if (rd_u8(&r) == FORM_BITS)
		return value.n == CHUNK_BYTES + 2 &&
		       ((uint8_t)value.p[2 + low / 8] >> low % 8 & 1) != 0;
	while (rd_left(&r) > 0) {
		uint16_t next = rd_be16(&r);

		if (next >= low)
			return next == low;
	}
	return false;
}

static size_t
words_count(const uint64_t *words)
{
	size_t n = 0;

	for (size_t i = 0; i < CHUNK_WORDS; i++)
		n += (size_t)__builtin_popcountll(words[i]);
	return n;
}

void
chunk_words_put(struct kv_txn *txn, enum kv_space space, struct str key,
		const uint64_t words[CHUNK_WORDS])
{
	size_t n = words_count(words);
	struct buf b;

	if (n == 0) {
		kv_del(txn, space, key);
		return;
	}
	buf_init(&b);
	buf_c(&b, PEOPLE_VERSION);
	buf_c(&b, n <= LIST_MAX ? FORM_LIST : FORM_BITS);
	for (uint32_t i = 0; n <= LIST_MAX && i < 64 * CHUNK_WORDS; i++)
		if ((words[i / 64] >> i % 64 & 1) != 0)
			buf_be16(&b, (uint16_t)i);
	for (size_t i = 0; n > LIST_MAX && i < CHUNK_BYTES; i++)
		buf_c(&b, (char)(words[i / 8] >> i % 8 * 8));
	kv_put(txn, space, key, buf_str(&b));
	buf_fini(&b);
}

void
member_chunk_put(struct kv_txn *txn, uint32_t segment, uint16_t chunk,
		 const uint64_t words[CHUNK_WORDS])
{
	uint8_t key[6];

	chunk_words_put(txn, SP_MEMBER, member_key(segment, chunk, key), words);
}

static void
chunk_load(struct kv_txn *txn, uint32_t segment, uint16_t no,
	   uint64_t words[CHUNK_WORDS])
{
	uint8_t key[6];
	struct str value;

	if (kv_get(txn, SP_MEMBER, member_key(segment, no, key), &value) &&
	    !chunk_words_read(value, words))
		kv_fail(txn, ERR_CORRUPT, "member",
			"the members of segment %u are damaged", segment);
}

/* Chunks held -------------------------------------------------------------- */

static size_t
slot_of(const struct members *m, uint32_t segment, uint16_t no)
{
	uint64_t h =
	    ((uint64_t)segment << 16 | no) * UINT64_C(0x9e3779b97f4a7c15);
	size_t s = (size_t)(h >> 32) & (m->n_slots - 1);

	while (m->slots[s] != 0) {
		const struct chunk *c = m->chunks[m->slots[s] - 1];

		if (c->segment == segment && c->no == no)
			break;
		s = (s + 1) & (m->n_slots - 1);
	}
	return s;
}

static void
slots_grow(struct members *m)
{
	m->n_slots = m->n_slots == 0 ? 64 : 2 * m->n_slots;
	free(m->slots);
	m->slots = mem_new(m->n_slots * sizeof(*m->slots));
	for (size_t i = 0; i < m->n; i++)
		m->slots[slot_of(m, m->chunks[i]->segment, m->chunks[i]->no)] =
		    (uint32_t)i + 1;
}

static struct chunk *
chunk_hold(struct batch *b, uint32_t segment, uint16_t no)
{
	struct members *m = batch_members(b);
	struct chunk *c;
	size_t s;

	if (2 * (m->n + 1) > m->n_slots)
		slots_grow(m);
	s = slot_of(m, segment, no);
	if (m->slots[s] != 0)
		return m->chunks[m->slots[s] - 1];
	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 16 : 2 * m->cap;
		m->chunks = mem_grow(m->chunks, m->cap * sizeof(c));
	}
	c = mem_new(sizeof(*c));
	c->segment = segment;
	c->no = no;
	chunk_load(batch_txn(b), segment, no, c->words);
	m->chunks[m->n++] = c;
	m->slots[s] = (uint32_t)m->n;
	return c;
}

static bool
chunk_has(const struct chunk *c, uint32_t user)
{
	return (c->words[(uint16_t)user / 64] >> user % 64 & 1) != 0;
}

bool
members_has(struct batch *b, uint32_t segment, uint32_t user)
{
	return chunk_has(chunk_hold(b, segment, (uint16_t)(user >> 16)), user);
}

static void
note_left(struct members *m, uint32_t user)
{
	uint16_t no = (uint16_t)(user >> 16);
	size_t i = 0;

	while (i < m->n_left && m->left[i]->no != no)
		i++;
	if (i == m->n_left) {
		m->left = mem_grow(m->left, (i + 1) * sizeof(*m->left));
		m->left[i] = mem_new(sizeof(**m->left));
		m->left[i]->no = no;
		m->n_left++;
	}
	m->left[i]->words[(uint16_t)user / 64] |= UINT64_C(1) << user % 64;
}

static struct posting
segment_posting(uint32_t segment, uint8_t key[4])
{
	return (struct posting){A_SEGMENT, 0, user_key(segment, key)};
}

bool
members_flip(struct batch *b, uint32_t segment, uint32_t user, bool in)
{
	static const struct posting any = {A_SEGMENT, LEVEL_SET, {"", 0}};
	struct chunk *c = chunk_hold(b, segment, (uint16_t)(user >> 16));
	struct delta *d = batch_delta(b);
	uint8_t key[4];

	if (chunk_has(c, user) == in)
		return false;
	c->words[(uint16_t)user / 64] ^= UINT64_C(1) << user % 64;
	c->dirty = true;
	moves_note(b, segment, user, in);
	if (!in)
		note_left(batch_members(b), user);
	if (d != NULL) {
		delta_change(d, segment_posting(segment, key), user, in);
		if (in)
			delta_change(d, any, user, true);
	}
	return true;
}

/* Segments ----------------------------------------------------------------- */

static bool
take_static(void *arg, const struct segment *s)
{
	struct members *m = arg;

	if (s->kind != SEGMENT_STATIC)
		return true;
	m->segments =
	    mem_grow(m->segments, (m->n_segments + 1) * sizeof(*m->segments));
	m->segments[m->n_segments++] = s->id;
	return true;
}

static int
id_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static struct members *
with_segments(struct batch *b)
{
	struct members *m = batch_members(b);

	if (m->segments != NULL)
		return m;
	m->segments = mem_new(sizeof(*m->segments));
	segments_heads(batch_txn(b), take_static, m);
	if (m->n_segments > 1)
		qsort(m->segments, m->n_segments, sizeof(*m->segments), id_cmp);
	m->found = mem_grow(m->found, (m->n_segments + 1) * sizeof(*m->found));
	return m;
}

void
members_reset(struct batch *b)
{
	struct members *m = batch_members(b);

	free(m->segments);
	m->segments = NULL;
	m->n_segments = 0;
}

size_t
members_of(struct batch *b, uint32_t user, const uint32_t **out)
{
	struct members *m = with_segments(b);
	size_t n = 0;

	for (size_t i = 0; i < m->n_segments; i++)
		if (members_has(b, m->segments[i], user))
			m->found[n++] = m->segments[i];
	*out = m->found;
	return n;
}

struct bits *
members_load(struct batch *b, uint32_t segment)
{
	struct members *m = batch_members(b);
	uint8_t prefix[4];
	struct bits *out = bits_new();
	struct kv_cursor *c =
	    kv_cursor(batch_txn(b), SP_MEMBER, user_key(segment, prefix));

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 4, SIZE_MAX));

		chunk_hold(b, segment, rd_be16(&r));
	}
	kv_cursor_close(c);
	for (size_t i = 0; i < m->n; i++) {
		const struct chunk *h = m->chunks[i];

		for (uint32_t k = 0;
		     h->segment == segment && k < 64 * CHUNK_WORDS; k++)
			if ((h->words[k / 64] >> k % 64 & 1) != 0)
				bits_add(out, (uint32_t)h->no << 16 | k);
	}
	return out;
}

/* The end ------------------------------------------------------------------ */

/* Of the users who left a segment: who is in another one? */
static void
settle_left(struct batch *b, const struct chunk *left)
{
	static const struct posting any = {A_SEGMENT, LEVEL_SET, {"", 0}};
	struct members *m = with_segments(b);
	struct chunk in = {0};

	for (size_t i = 0; i < m->n_segments; i++) {
		const struct chunk *c = chunk_hold(b, m->segments[i], left->no);

		for (size_t k = 0; k < CHUNK_WORDS; k++)
			in.words[k] |= c->words[k];
	}
	for (uint32_t i = 0; i < 64 * CHUNK_WORDS; i++)
		if ((left->words[i / 64] >> i % 64 & 1) != 0)
			delta_change(batch_delta(b), any,
				     (uint32_t)left->no << 16 | i,
				     (in.words[i / 64] >> i % 64 & 1) != 0);
}

void
members_end(struct batch *b)
{
	struct members *m = batch_members(b);

	for (size_t i = 0; batch_delta(b) != NULL && i < m->n_left; i++)
		settle_left(b, m->left[i]);
	for (size_t i = 0; i < m->n; i++)
		if (m->chunks[i]->dirty)
			member_chunk_put(batch_txn(b), m->chunks[i]->segment,
					 m->chunks[i]->no, m->chunks[i]->words);
}

/* Reading ------------------------------------------------------------------ */

struct reading {
	struct kv_txn *txn;
	uint32_t user, *ids;
	size_t n, cap;
	struct arena *arena;
};

static bool
read_static(void *arg, const struct segment *s)
{
	struct reading *r = arg;
	uint8_t key[4];

	if (s->kind != SEGMENT_STATIC ||
	    !posting_has(r->txn, segment_posting(s->id, key), r->user))
		return true;
	if (r->n == r->cap) {
		uint32_t *more;

		r->cap = r->cap == 0 ? 8 : 2 * r->cap;
		more = arena_get(r->arena, r->cap * sizeof(*more));
		if (r->n > 0)
			memcpy(more, r->ids, r->n * sizeof(*more));
		r->ids = more;
	}
	r->ids[r->n++] = s->id;
	return true;
}

size_t
members_read(struct kv_txn *txn, struct arena *a, uint32_t user, uint32_t **out)
{
	struct reading r = {.txn = txn, .user = user, .arena = a};

	segments_heads(txn, read_static, &r);
	if (r.n > 1)
		qsort(r.ids, r.n, sizeof(*r.ids), id_cmp);
	*out = r.ids;
	return r.n;
}

enum err
members_each(struct kv_txn *txn, uint32_t first, uint32_t end, member_fn *fn,
	     void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_MEMBER, STR_NONE);
	struct chunk *h = mem_new(sizeof(*h));
	enum err e = OK;

	for (bool more = kv_seek(c, STR_NONE); more && e == OK;
	     more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));
		uint32_t segment = rd_be32(&r), no = rd_be16(&r);

		memset(h->words, 0, sizeof(h->words));
		if (!chunk_words_read(kv_value(c), h->words))
			e = kv_fail(txn, ERR_CORRUPT, "member",
				    "the members of segment %u are damaged",
				    segment);
		for (uint32_t i = 0; e == OK && i < 64 * CHUNK_WORDS; i++) {
			uint32_t user = no << 16 | i;

			if (user >= first && user < end &&
			    (h->words[i / 64] >> i % 64 & 1) != 0)
				e = fn(arg, segment, user);
		}
	}
	free(h);
	kv_cursor_close(c);
	return e != OK ? e : kv_error(txn);
}
