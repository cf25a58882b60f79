/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How people are kept.  Every value begins with u8 version (1).  Instants are
 * be64 with the sign bit turned over, so that byte order is time; no instant
 * is 0.  lstr is a varint length and the bytes.
 *
 * space    key                          value
 * META     "people"                     be32 next user, be16 next attribute,
 *                                       be32 next segment, be64 next trail,
 *                                       be64 attribute epoch, u8 whether
 *                                       the index is being built
 * ATTR     be16 id                      u8 type, varint flags, lstr name,
 *                                       lstr label
 * USER     be32 id                      the record, below
 * IDENT    channel 00 kind 00 value     be32 user (long ones: 400 bytes and
 *                                       the SHA-256 of the whole)
 * SEGMENT  'i' be32 id                  u8 kind, lstr name, lstr description,
 *                                       instant created
 *          'n' name                     be32 id
 * MERGE    instant, be32 from           be32 into, lstr record of from
 *          instant, be32 from, 01       record of into, before
 * TRAIL    be32 user, instant, be64 seq JSON text
 * POST     see bits.h
 *
 * The record of a user:
 *   lstr userId
 *   instant first, instant last           given by events
 *   u8 consent (0 none 1 in 2 out), instant; u8 valid (0 unknown 1 yes 2 no),
 *   instant
 *   varint chats, in, out; instant first, last; varint latest, instant at
 *   varint n, n x (lstr channel, lstr kind, lstr value)   identities
 *   varint n, n x varint segment                          ascending
 *   varint n, n x (lstr flow, varint open runs)           by name
 *   varint n, n x (instant at, u8 source)                 stamps
 *   varint n, n x cell, ascending by attribute:
 *     varint attribute, u8 kind, varint stamp, lstr payload
 *   kind: type | 0x10 misfit | 0x20 with original | 0x40 no value (cleared)
 *   payload: text; number as its order key be64; instant; date be32 with the
 *     sign bit turned over; boolean u8; set lstr*; ip 16 bytes then as it came;
 *     with original: lstr original, then the text
 *
 * Who writes: batch.c (through record.c), segment.c, catalog.c.  Who reads:
 * record.c, reindex.c.
 */
#ifndef PEOPLE_LAYOUT_H
#define PEOPLE_LAYOUT_H

#include <rapport/people.h>

#define PEOPLE_VERSION 1
#define RECORD_MAX (60u << 10)

enum cell_kind { CELL_TYPE = 0x0f, CELL_MISFIT = 0x10, CELL_ORIGINAL = 0x20,
		 CELL_CLEARED = 0x40 };

struct cell {
	uint16_t attr;
	uint8_t kind;
	struct stamp stamp;
	struct str payload;
};

struct flow_runs {
	struct str flow;
	uint32_t open;
};

/* A record in memory. Arrays and slices live in the arena of who made it. */
struct user {
	uint32_t id;
	bool exists;
	struct str user_id;
	int64_t first, last;
	uint8_t consent, valid;
	int64_t consent_at, valid_at;
	struct chat_facts facts;
	struct identity *identities;
	size_t n_identities;
	uint32_t *segments;
	size_t n_segments;
	struct flow_runs *flows;
	size_t n_flows;
	struct cell *cells;
	size_t n_cells;
};

enum consent_state { CONSENT_NONE, CONSENT_IN, CONSENT_OUT };
enum valid_state { VALID_UNKNOWN, VALID_YES, VALID_NO };

/* record.c */
void buf_instant(struct buf *b, int64_t at);
int64_t rd_instant(struct rd *r);
void user_encode(struct buf *out, const struct user *u);
/* False: damaged. Slices point into `record`, arrays into `a`. */
bool user_decode(struct arena *a, uint32_t id, struct str record,
		 struct user *out);
struct str user_key(uint32_t id, uint8_t out[4]);
const struct cell *user_cell(const struct user *u, uint16_t attr);
/* The value of any attribute, derived ones too. */
bool user_get(const struct user *u, struct arena *a, const struct attr *attr,
	      struct kv_txn *txn, struct value *out);
bool cell_value(const struct cell *c, struct arena *a, struct value *out);
void cell_put(struct buf *payload, const struct value *v, uint8_t *kind);

/* value.c: in the order a value's items stand in, by folded text. */
void items_sort(struct arena *a, struct str *texts, size_t n);

/* index.c: postings that the change from `before` to `now` asks for. */
typedef void posting_fn(void *arg, struct posting at, uint32_t id, bool add);
void user_index(const struct catalog *c, struct kv_txn *txn,
		const struct user *before, const struct user *now,
		struct arena *scratch, posting_fn *fn, void *arg);

/* catalog.c */
extern const struct attr builtin_attrs[];
extern const size_t n_builtin_attrs;
struct catalog *catalog_load(struct kv_txn *txn, uint64_t epoch);
void catalog_free(struct catalog *c);
/* The process's catalog of this epoch, or NULL: only committed ones are. */
const struct catalog *catalog_cached(struct people *p, uint64_t epoch);
const struct attr *builtin_attr(uint16_t id);
void attr_put(struct kv_txn *txn, const struct attr *a);
bool attr_decode(struct str value, struct arena *a, struct attr *out);

struct counters {
	uint32_t next_user, next_segment;
	uint16_t next_attr;
	uint64_t next_trail, epoch;
	bool building; /* the index is not whole: nothing may be asked of it */
};
void counters_get(struct kv_txn *txn, struct counters *out);
void counters_put(struct kv_txn *txn, const struct counters *in);
struct kv *people_kv(struct people *p);

/* batch.c */
struct batch_user {
	struct user before, now;
	bool changed;
};
struct batch_user *batch_open(struct batch *b, uint32_t id);
struct counters *batch_counters(struct batch *b);
const struct catalog *batch_catalog(struct batch *b);
const struct attr *batch_attr_by_id(struct batch *b, uint16_t id);
size_t batch_record_bytes(struct batch *b, uint32_t id);
/* Give an identity to `id`, whoever had it. */
void batch_take_identity(struct batch *b, uint32_t id,
			 const struct identity *i);

/* ident.c */
struct str ident_key(const struct identity *i, uint8_t out[KV_KEY_MAX]);
bool ident_get(struct kv_txn *txn, const struct identity *i, uint32_t *id);
void ident_put(struct kv_txn *txn, const struct identity *i, uint32_t id);
struct identity ident_user_id(struct str user_id);

/* segment.c */
uint32_t segment_ensure(struct kv_txn *txn, struct counters *c,
			struct str name);

#endif
