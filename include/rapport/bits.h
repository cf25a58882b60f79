/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * bits: sets of users and the one index they live in.  A posting says which
 * users have a value: for each (attribute, level, value) the set of dense user
 * ids, cut in chunks of 2^16 ids.  Keys sort by value, so the postings of an
 * attribute are at once its dictionary of distinct values, its sort order (by
 * value, then id) and its bitmap index.
 *
 *   key    be16 attribute | u8 level | value | be16 chunk
 *   value  u8 version | u8 kind | be16 cardinality-1 | container
 *
 * `value` is encoded by the caller so that byte order is the order and no
 * value is a prefix of another (text ends in 0x00, others have fixed width).
 * Level 0 holds exact values.  Attributes with an order (numbers, instants,
 * addresses) also keep coarser levels, where a value is cut to fewer bits: a
 * range is then a few coarse buckets and fine ones at its two ends.
 *
 * In memory a set is a CRoaring bitmap behind struct bits.  Containers come
 * only from our own store, checksum verified, and their structure is checked
 * before CRoaring sees them.
 */
#ifndef RAPPORT_BITS_H
#define RAPPORT_BITS_H

#include <rapport/kv.h>

#define BITS_VALUE_MAX 470u

/* Sets in memory. Owned; bits_free(NULL) is fine. ------------------------- */

struct bits;

struct bits *bits_new(void);
void bits_free(struct bits *b);
struct bits *bits_copy(const struct bits *b);
struct bits *bits_of(const uint32_t *ids, size_t n); /* any order */
void bits_add(struct bits *b, uint32_t id);
bool bits_has(const struct bits *b, uint32_t id);
uint64_t bits_count(const struct bits *b);
void bits_and(struct bits *a, const struct bits *b); /* a becomes a and b */
void bits_or(struct bits *a, const struct bits *b);
void bits_minus(struct bits *a, const struct bits *b);
uint64_t bits_and_count(const struct bits *a, const struct bits *b);
bool bits_equal(const struct bits *a, const struct bits *b);
/* All ids, ascending, into memory for bits_count(b) of them. */
void bits_ids(const struct bits *b, uint32_t *out);
#define BITS_CHUNK_WORDS 1024u
/* The ids chunk << 16 … as bits, lowest first; false: none of them is in. */
bool bits_words(const struct bits *b, uint16_t chunk,
		uint64_t out[BITS_CHUNK_WORDS]);
/* Up to n ids greater than (or with `down`, less than) `from`, in that order;
 * returns how many. `inclusive` lets `from` itself in. */
size_t bits_page(const struct bits *b, uint32_t from, bool inclusive, bool down,
		 uint32_t *out, size_t n);

/* Postings, read ------------------------------------------------------------ */

/* From here on an attribute is of chats: the ids of its postings are of chats,
 * and they stand in a space of their own. */
#define BITS_CHATS 0xffc0u
static inline enum kv_space
posting_space(uint16_t attr)
{
	return attr >= BITS_CHATS ? SP_WORD : SP_POST;
}

struct posting {
	uint16_t attr;
	uint8_t level;
	struct str value; /* encoded */
};

/* The set of one posting (empty where there is none). Errors stick to txn. */
struct bits *posting_load(struct kv_txn *txn, struct posting at);
uint64_t posting_count(struct kv_txn *txn, struct posting at);
bool posting_has(struct kv_txn *txn, struct posting at, uint32_t id);
/* The union of the postings of `attr` and `level` with lo <= value < hi by
 * bytes; hi.p NULL: to the end. Added to `into`. */
void posting_load_range(struct kv_txn *txn, uint16_t attr, uint8_t level,
			struct str lo, struct str hi, struct bits *into);

/* The distinct values of (attr, level), in order. `value` is valid until the
 * next call. */
struct dict;
struct dict *dict_open(struct kv_txn *txn, uint16_t attr, uint8_t level,
		       struct str prefix, struct str from);
bool dict_next(struct dict *d, struct str *value);
uint64_t dict_count(struct dict *d); /* users of the value just returned */
uint32_t dict_member(struct dict *d); /* its smallest user id */
void dict_take(struct dict *d, struct bits *into); /* add its users */
void dict_close(struct dict *d);

/* The users of `attr` in the order of its values at `level` (0, or
 * LEVEL_JOINED for sets, which has no coarser levels), ties by id ascending,
 * or all of that backwards; only those in `within`. Starts after
 * (after_value, after_id) when after_value.p is not NULL. `levels` are the
 * coarser levels the attribute has, so that stretches without any user of
 * `within` are skipped. */
struct order;
struct order_in {
	uint16_t attr;
	uint8_t level;
	bool down;
	const struct bits *within;
	struct str after_value;
	uint32_t after_id;
	const struct levels *levels; /* may be NULL */
	uint64_t walk_max; /* give up after so many postings; 0: never */
};
struct order *order_open(struct kv_txn *txn, const struct order_in *in);
/* Next ids, up to n; fewer means the end. */
size_t order_take(struct order *o, uint32_t *out, size_t n);
/* How many postings were walked so far: the cost. */
uint64_t order_walked(const struct order *o);
/* Whether order_take stopped at walk_max rather than at the end. */
bool order_gave_up(const struct order *o);
void order_close(struct order *o);
/* Users of `within` who stand first: all whose values begin in some stretch
 * from the start on, or from the bucket of after_value, which is long enough
 * to hold `want` of them, or everything that has a value. `spread`: how many
 * users there are for each of `within`, about. in->levels is needed. */
struct bits *order_buckets(struct kv_txn *txn, const struct order_in *in,
			   uint64_t want, uint64_t spread);

/* Levels of a 64-bit ordered key (big endian, 8 bytes at level 0): level i is
 * the key shifted right by shift[i], for i = 1..n, ascending shifts. */
struct levels {
	uint8_t n;
	uint8_t shift[8]; /* shift[0] is 0 */
	bool single;      /* a user has one key at most */
};
/* Encoded value of `key` at level i: 8 bytes. */
void level_key(const struct levels *l, uint8_t level, uint64_t key,
	       uint8_t out[8]);
/* The users with lo <= key <= hi. */
struct bits *posting_range(struct kv_txn *txn, uint16_t attr,
			   const struct levels *l, uint64_t lo, uint64_t hi);
/* The users in all of these terms but in none of those with `not`; at least one
 * is without it. */
struct join_term {
	bool not;
	struct posting at;
	/* NULL: the posting itself; else the users of posting_range */
	const struct levels *levels;
	uint64_t lo, hi;
};
struct bits *postings_join(struct kv_txn *txn, const struct join_term *terms,
			   size_t n);

/* Postings, write ------------------------------------------------------------ */

/* Changes gathered in memory, then written in key order: one read and one
 * write a chunk however many users changed. The last change of a (posting,
 * user) wins. */
struct delta;
struct delta *delta_new(void);
void delta_free(struct delta *d);
void delta_change(struct delta *d, struct posting at, uint32_t id, bool add);
size_t delta_bytes(const struct delta *d); /* memory held, about */
void delta_flush(struct delta *d, struct kv_txn *txn); /* and empty it */

/* Building whole postings from nothing: feed (posting, id) with ids ascending
 * for each posting, in any order of postings; one thread at a time; memory is bounded by `memory`
 * bytes, the rest goes to unlinked temporary files beside `dir`. Then drain in
 * key order with append-puts, in slices so that a transaction stays bounded. */
struct loader;
struct loader *loader_new(size_t memory, const char *dir);
void loader_free(struct loader *l);
/* Take over all that `other` holds, whose ids are all greater than those here;
 * `other` is empty after it. So threads can each load a range of ids. */
enum err loader_join(struct loader *l, struct loader *other,
		     struct fault *f) MUST_USE;
enum err loader_add(struct loader *l, struct posting at, uint32_t id,
		    struct fault *f) MUST_USE;
/* Sort what is in memory now, on the thread that loaded it. */
void loader_sort(struct loader *l);
enum err loader_drain(struct loader *l, struct kv *kv,
		      struct fault *f) MUST_USE;
/* The pairs themselves instead, in key order; an error of `fn` stops. */
typedef enum err pair_fn(void *arg, struct str key, struct str value);
enum err loader_each(struct loader *l, pair_fn *fn, void *arg,
		     struct fault *f) MUST_USE;

/* Structure of a stored chunk; used by rapport check. */
bool chunk_sound(struct str value);

#endif
