/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How people are kept.  Every value begins with u8 version: 2 where it says
 * so, else 1.  Instants are be64 with the sign bit turned over, so that byte
 * order is time; no instant is 0.  lstr is a varint length and the bytes.
 *
 * space    key                          value
 * META     "people"                     (2) be32 next user, be16 next
 *                                       attribute, be32 next segment, be64
 *                                       next sequence, be64 attribute epoch,
 *                                       u8 whether the index is being built,
 *                                       be32 next merge (not in 1)
 *          "parts"                      n x (u8 part, be16 version)
 * ATTR     be16 id                      (2) u8 type, varint flags, lstr name,
 *                                       lstr label; not in 1: be16 origin,
 *                                       be16 twin, instant touched
 * USER     be32 id                      (2) the record, below
 * IDENT    channel 00 kind 00 value     be32 user (long ones: 400 bytes and
 *                                       the SHA-256 of the whole)
 * SEGMENT  'i' be32 id                  (2) u8 kind, lstr name, lstr
 *                                       description, instant created; not in
 *                                       1: instant updated, varint by, varint
 *                                       n, n x varint segment named
 *          'n' name                     be32 id
 *          'f' be32 id, u8 piece        up to 60,000 bytes of the filter
 *          'd' be32 id                  lstr name of one that was deleted
 * MEMBER   be32 segment, be16 chunk     u8 1, n x be16 ascending, or u8 2,
 *                                       8,192 bytes of bits, lowest first
 * MERGE    'm' be32 id                  be32 from, be32 into, instant at,
 *                                       instant undone, lstr userId of from
 *          'u' be32 user, be32 id       nothing: one of the two
 *          'r' be32 id, u8 which        record: 0 of from, 1 of into before,
 *                                       2 of into after
 *          's' be32 id                  n x be32 segments of from, each with
 *                                       u8 whether it was new to into
 *          'k' be32 id, u8 space, be32 n  keys that moved, without the user:
 *                                       n x lstr; space 0 TRAIL, 1 HISTORY
 *          'h' be32 id                  be64 first, be64 end of the sequence
 *                                       numbers the merge itself gave
 * MOVE     's' be16 chunk, instant,     as MEMBER: users whom the act moved
 *          be32 segment, u8 in, u8
 *          cause, be32 by
 *          'e' be32 user, be32 segment  instant, the earliest an event said
 *                                       so
 * TRAIL    be32 user, instant, be64 seq JSON text
 * HISTORY  be32 user, be16 0xffff,      n x (varint origin, u8 1 a value | 2 by
 *          instant, be64 seq            hand, instant, if a value: be64 hash of
 *                                       its text, be64 of it folded): sayings.c
 * HISTORY  be32 user, be16 origin,      u8 kind, u8 source, varint by, payload
 *          instant, be64 seq
 * POST     see bits.h
 *
 * Who writes: batch.c (through record.c), parts.c, cells.c, history.c, segment.c,
 * member.c, catalog.c, merge.c, undo.c, erase.c.  Who reads: those, detail.c,
 * check.c and reindex.c.
 */
#ifndef PEOPLE_LAYOUT_H
#define PEOPLE_LAYOUT_H

#include <rapport/people.h>

/*
 * The record of a user:
 *   lstr userId
 *   instant first, instant last           given by events
 *   u8 consent (0 none 1 in 2 out), instant; u8 valid (0 unknown 1 yes 2 no),
 *   instant
 *   varint chats, in, out; instant first, last; varint latest, instant at
 *   varint n, n x (lstr channel, lstr kind, lstr value)   identities
 *   in 1 only: varint n, n x varint segment               MEMBER has them
 *   varint n, n x (lstr flow, varint open runs)           by name
 *   varint n, n x (instant at, u8 source)                 stamps
 *   varint n, n x cell, ascending by attribute:
 *     varint attribute, u8 kind, varint stamp, lstr payload, if MORE: more
 *   kind: type | 0x10 misfit | 0x20 with original | 0x40 no value (cleared) |
 *     0x80 more (not in 1)
 *   more: u8 what; what & 1: varint by; & 2: word shown before; & 4: word that
 *     a manager's hides; a word is u8 kind, varint stamp, varint by, lstr
 *     payload
 *   payload: text; number as its order key be64; instant; date be32 with the
 *     sign bit turned over; boolean u8; set lstr*; ip 16 bytes then as it came;
 *     with original: lstr original, then the text
 */

#define PEOPLE_VERSION 1
#define PEOPLE_VERSION_2 2
#define RECORD_MAX (60u << 10)

enum cell_kind {
	CELL_TYPE = 0x0f,
	CELL_MISFIT = 0x10,
	CELL_ORIGINAL = 0x20,
	CELL_CLEARED = 0x40,
	CELL_MORE = 0x80
};

/* What somebody said of an attribute. Never CELL_MORE in here. */
struct word {
	uint8_t kind;
	struct stamp stamp;
	uint32_t by; /* of FROM_MANAGER */
	struct str payload;
};

/* `now` is shown. The others are NULL where there is none. */
struct cell {
	uint16_t attr;
	struct word now;
	struct word *previous, *shadow;
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
bool word_value(const struct word *w, struct arena *a, struct value *out);
struct word word_of(struct arena *a, enum attr_type type, const struct value *v,
		    struct stamp from);
bool word_same(const struct word *a, const struct word *b); /* the value */

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
/* `touched`: of one that is coming, when it last was worked on. */
void attr_put(struct kv_txn *txn, const struct attr *a, int64_t touched);
/* Every definition, those coming and gone too. */
typedef void attr_fn(void *arg, const struct attr *a, int64_t touched);
void attrs_each(struct kv_txn *txn, attr_fn *fn, void *arg);
bool attr_decode(struct str value, struct arena *a, struct attr *out,
		 int64_t *touched);

enum attr_state {
	ATTR_COMING = 1 << 8, /* being filled: not to be seen by name */
	ATTR_GONE = 1 << 9,   /* replaced or given up: being emptied */
	ATTR_EMPTY = 1 << 10  /* gone, and no record has a cell of it */
};

struct counters {
	uint32_t next_user, next_segment, next_merge;
	uint16_t next_attr;
	uint64_t next_trail, epoch;
	bool building; /* the index is not whole: nothing may be asked of it */
	bool old;      /* a store of version 1: upgrade_store first */
};
void counters_get(struct kv_txn *txn, struct counters *out);
void counters_put(struct kv_txn *txn, const struct counters *in);
struct kv *people_kv(struct people *p);

#endif
