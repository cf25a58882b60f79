/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Several postings at once: the users who are in all of some and in none of
 * others.  It goes chunk by chunk along the posting with the fewest; what is
 * left of a chunk is ascending ids or bits, and every other posting is bits to
 * keep or to take away, where it stands in the store.  So no set is built but
 * the answer, and what is stored is never believed further than its size:
 * Roaring sees only what was made here.
 */
#include "chunk.h"

#include <assert.h>
#include <stdlib.h>

/* What is left of one chunk. */
struct left {
	bool dense; /* `words`, else `ids` */
	uint32_t n; /* of ids */
	uint16_t ids[CHUNK_ARRAY_MAX];
	uint64_t words[CHUNK_WORDS];
};

/* A term, read. */
struct operand {
	bool not;
	struct parts parts;
	struct gather made; /* of a range: what the parts point to */
	size_t at;          /* where it stands in the parts */
};

struct join {
	struct operand *operands;
	size_t n;
	struct left left;
	uint64_t scratch[CHUNK_WORDS];
	struct buf bodies;
	struct parts out; /* bodies are offsets until the end */
};

/* Its bits: where they are stored, or made in the scratch. */
static const uint8_t *
chunk_bits(struct join *j, const struct chunk *c)
{
	if (c->kind == CHUNK_BITSET)
		return c->body;
	memset(j->scratch, 0, sizeof(j->scratch));
	chunk_or(c, j->scratch);
	return (const uint8_t *)j->scratch;
}

static void
left_start(struct left *l, const struct chunk *c)
{
	l->dense = c->kind != CHUNK_ARRAY;
	l->n = c->count;
	if (l->dense) {
		memset(l->words, 0, sizeof(l->words));
		chunk_or(c, l->words);
	} else {
		memcpy(l->ids, c->body, 2 * (size_t)c->count);
	}
}

static void
left_narrow(struct join *j, const struct chunk *c, bool not)
{
	struct left *l = &j->left;
	const uint8_t *bits;

	if (c->count == CHUNK_IDS && !not)
		return;
	bits = chunk_bits(j, c);
	if (!l->dense)
		l->n = ids_keep(l->ids, l->n, bits, !not);
	else if (not)
		words_minus(l->words, bits);
	else
		words_and(l->words, bits);
}

/* Its part of chunk `no`, or NULL; asked for in ascending order. */
static const struct chunk *
part_of(struct operand *o, uint16_t no)
{
	const struct parts *p = &o->parts;

	while (o->at < p->n && p->at[o->at].no < no)
		o->at++;
	return o->at < p->n && p->at[o->at].no == no ? &p->at[o->at].chunk
						     : NULL;
}

static void
left_put(struct join *j, uint16_t no)
{
	struct left *l = &j->left;
	struct chunk c = {.kind = CHUNK_ARRAY, .n = 0};
	size_t at = j->bodies.n;

	if (l->dense) {
		l->n = words_count(l->words);
		if (l->n <= CHUNK_ARRAY_MAX)
			words_ids(l->words, l->ids);
		else
			c.kind = CHUNK_BITSET;
	}
	if (l->n == 0)
		return;
	c.count = l->n;
	if (c.kind == CHUNK_BITSET)
		buf_bytes(&j->bodies, l->words, sizeof(l->words));
	else
		buf_bytes(&j->bodies, l->ids, 2 * (size_t)l->n);
	c.n = (uint32_t)(j->bodies.n - at);
	parts_add(&j->out, no, &c);
}

/* One chunk: the smallest array, or whichever comes first, and then the
 * others. */
static void
join_chunk(struct join *j, uint16_t no)
{
	const struct chunk *first = NULL, *c;
	size_t start = 0;

	for (size_t i = 0; i < j->n; i++) {
		c = part_of(&j->operands[i], no);
		if (j->operands[i].not)
			continue;
		if (c == NULL)
			return;
		if (first == NULL || c->count < first->count) {
			first = c;
			start = i;
		}
	}
	assert(first != NULL);
	left_start(&j->left, first);
	for (size_t i = 0; i < j->n; i++) {
		c = part_of(&j->operands[i], no);
		if (i != start && c != NULL)
			left_narrow(j, c, j->operands[i].not);
	}
	left_put(j, no);
}

static struct bits *
join_run(struct join *j, const struct parts *along)
{
	const uint8_t *body;

	for (size_t i = 0; i < along->n; i++)
		join_chunk(j, along->at[i].no);
	body = (const uint8_t *)j->bodies.p;
	for (size_t i = 0; i < j->out.n; i++) {
		j->out.at[i].chunk.body = body;
		body += j->out.at[i].chunk.n;
	}
	return bits_of_parts(&j->out);
}

static void
load_range(struct kv_txn *txn, const struct join_term *t, struct operand *o)
{
	range_gather(txn, t->at.attr, t->levels, t->lo, t->hi, &o->made);
	for (size_t no = 0; no < o->made.cap; no++) {
		const uint64_t *words = o->made.words[no];
		struct chunk c = {.kind = CHUNK_BITSET,
				  .body = (const uint8_t *)words,
				  .n = CHUNK_BYTES};

		c.count = words == NULL ? 0 : words_count(words);
		if (c.count > 0)
			parts_add(&o->parts, (uint16_t)no, &c);
	}
}

/* Arrays are copied as they are, so their ids have to ascend. */
static void
load_posting(struct kv_txn *txn, const struct join_term *t, struct operand *o)
{
	posting_parts(txn, t->at, &o->parts);
	for (size_t i = 0; i < o->parts.n && kv_error(txn) == OK; i++) {
		const struct chunk *c = &o->parts.at[i].chunk;

		if (c->kind == CHUNK_ARRAY && !ids_ascend(c->body, c->count))
			kv_fail(txn, ERR_CORRUPT, "post",
				"a posting of attribute %u is damaged",
				t->at.attr);
	}
}

/* Read them, up to one that nobody is in. Returns the parts to go along: those
 * of the fewest users, or NULL for nobody. */
static const struct parts *
join_load(struct join *j, struct kv_txn *txn, const struct join_term *terms)
{
	const struct parts *along = NULL;
	uint64_t fewest = UINT64_MAX;

	for (size_t i = 0; i < j->n && fewest > 0; i++) {
		struct operand *o = &j->operands[i];
		uint64_t n;

		o->not = terms[i].not;
		if (terms[i].levels != NULL)
			load_range(txn, &terms[i], o);
		else
			load_posting(txn, &terms[i], o);
		n = parts_count(&o->parts);
		if (!o->not && n < fewest) {
			fewest = n;
			along = &o->parts;
		}
	}
	return kv_error(txn) == OK && fewest > 0 ? along : NULL;
}

struct bits *
postings_join(struct kv_txn *txn, const struct join_term *terms, size_t n)
{
	struct join *j = mem_new(sizeof(*j));
	const struct parts *along;
	struct bits *out;

	j->n = n;
	j->operands = mem_new(n * sizeof(*j->operands));
	along = join_load(j, txn, terms);
	out = along != NULL ? join_run(j, along) : bits_new();
	for (size_t i = 0; i < n; i++) {
		parts_free(&j->operands[i].parts);
		gather_free(&j->operands[i].made);
	}
	parts_free(&j->out);
	buf_fini(&j->bodies);
	free(j->operands);
	free(j);
	return out;
}
