/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One chunk of a set: which of 2^16 consecutive ids are in it.  The stored
 * form is ours; the container inside is laid out as in Roaring's portable
 * format, so a set in memory is made by putting a header before containers.
 *
 *   u8 version | u8 kind | be16 cardinality-1 | container
 *   array   cardinality x le16, ascending
 *   bitset  1,024 x le64
 *   runs    le16 count, then (le16 start, le16 length-1) each, ascending
 */
#ifndef BITS_CHUNK_H
#define BITS_CHUNK_H

#include <rapport/bits.h>

#include "dense.h"

#define CHUNK_ARRAY_MAX 4096u

enum chunk_kind { CHUNK_ARRAY = 1, CHUNK_BITSET = 2, CHUNK_RUNS = 3 };

static inline uint16_t
le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* Slices point into the stored value. */
struct chunk {
	enum chunk_kind kind;
	uint32_t count;
	const uint8_t *body;
	uint32_t n;
};

/* Sizes fit kind and cardinality. */
bool chunk_open(struct str value, struct chunk *out);
/* The ids of an open one ascend and are as many as it says. */
bool chunk_whole(const struct chunk *c);
void chunk_or(const struct chunk *c, uint64_t words[CHUNK_WORDS]);
void chunk_minus(const struct chunk *c, uint64_t words[CHUNK_WORDS]);
/* All ids ascending, into room for c->count of them. */
void chunk_ids(const struct chunk *c, uint16_t *out);
uint16_t chunk_first(const struct chunk *c);
bool chunk_has(const struct chunk *c, uint16_t id);
/* Append the stored form, in the smallest kind. At least one id. */
void chunk_put_words(struct buf *out, const uint64_t words[CHUNK_WORDS],
		     uint32_t count);
/* As runs; false: another kind takes less, and nothing was appended. */
struct run;
bool chunk_put_runs(struct buf *out, const struct run *runs, uint32_t n,
		    uint32_t count);
void chunk_put_ids(struct buf *out, const uint16_t *ids, uint32_t n);

/* Chunks of one set, ascending by number. */
struct part {
	uint16_t no;
	struct chunk chunk;
};
struct parts {
	struct part *at;
	size_t n, cap;
};
void parts_add(struct parts *p, uint16_t no, const struct chunk *c);
void parts_free(struct parts *p);
uint64_t parts_count(const struct parts *p); /* of users */
/* The chunks of a posting, open but not known to be whole. */
void posting_parts(struct kv_txn *txn, struct posting at, struct parts *out);
/* Stored chunks as a set, once it is known that they are whole: Roaring
 * believes what it is given. A damaged one sticks to the transaction. */
struct bits *parts_bits(struct kv_txn *txn, uint16_t attr,
			const struct parts *p);
/* The set they make; `from_parts` into a new set. */
struct bits *bits_of_parts(const struct parts *p);
/* The other way: `buf` holds the containers the parts point to. */
void bits_to_parts(const struct bits *b, struct buf *buf, struct parts *out);

/* Union of many chunks: dense words a chunk, made when first touched. */
struct gather {
	uint64_t **words; /* by chunk number */
	size_t cap;
	bool away; /* what comes now is taken away */
};
void gather_add(struct gather *g, uint16_t no, const struct chunk *c);
void gather_free(struct gather *g);
void gather_into(struct gather *g, struct bits *into); /* and free g */
/* The users of posting_range. */
void range_gather(struct kv_txn *txn, uint16_t attr, const struct levels *l,
		  uint64_t lo, uint64_t hi, struct gather *into);

/* Keys of postings; out holds KV_KEY_MAX. */
struct str posting_prefix(struct posting at, uint8_t *out);
struct str posting_key(struct posting at, uint16_t chunk, uint8_t *out);
/* Where a key that begins with an attribute stands. */
enum kv_space posting_space_of(struct str key);
/* Split a key of a posting. */
bool posting_of_key(struct str key, struct posting *at, uint16_t *chunk);

#endif
