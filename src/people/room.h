/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the people room: what its files ask of each other.  A batch holds the
 * users that one transaction touches and, beside them, the definitions,
 * memberships and postings that go with their changes; each file below owns
 * one of these.  layout.h has what is kept and how.
 */
#ifndef PEOPLE_ROOM_H
#define PEOPLE_ROOM_H

#include "layout.h"

#include <rapport/people/erase.h>
#include <rapport/people/segments.h>

/* parts.c: a store without people is to have some. */
void parts_begin(struct kv_txn *txn);
/* A sentence for each that is behind. */
void parts_tell(struct kv_txn *txn, report_fn *report, void *arg);

/* upgrade.c: what version 1 kept elsewhere. */
void upgrade_store(struct kv_txn *txn, struct counters *c);

/* batch.c */
struct batch_user {
	struct user before, now;
	bool changed;
	bool owned;   /* its arrays were copied and may be changed */
	size_t bytes; /* of the record, about */
	size_t cells_cap;
};
/* A text of 1 to max bytes without control characters. */
enum err text_check(struct str s, const char *field, size_t max,
		    struct fault *f) MUST_USE;
struct batch_user *batch_peek(struct batch *b, uint32_t id); /* to read */
struct batch_user *batch_open(struct batch *b, uint32_t id); /* to change */
/* Whether the user is there; `everybody` is who was when it began. */
bool batch_exists(struct batch *b, const struct bits *everybody, uint32_t id);
struct counters *batch_counters(struct batch *b);
const struct catalog *batch_catalog(struct batch *b);
struct members *batch_members(struct batch *b);
struct delta *batch_delta(struct batch *b); /* NULL: no index is kept */
/* Definitions changed in this transaction: read them anew. */
void batch_redefine(struct batch *b);
struct arena *batch_scratch(struct batch *b);
/* Give an identity to `id`, whoever had it. */
void batch_take_identity(struct batch *b, uint32_t id,
			 const struct identity *i);

/* attrs.c: attributes that a batch meets. */
struct new_attrs {
	struct new_attr {
		struct attr attr;
		bool used;
	} * *at;
	size_t n, cap;
};
struct new_attrs *batch_new_attrs(struct batch *b);
const struct attr *batch_attr_by_id(struct batch *b, uint16_t id);
void attrs_use(struct new_attrs *n, const struct attr *a);
bool attrs_write(struct new_attrs *n, struct kv_txn *txn); /* any? */

/* cells.c */
void cell_say(struct batch *b, uint32_t id, const struct attr *a,
	      const struct word *w);
void cell_drop(struct batch_user *u, uint16_t attr);
/* Put a cell in as it is, or take it out when it has no attribute. */
void cell_restore(struct batch *b, uint32_t id, uint16_t attr,
		  const struct cell *c);
/* The cell of the attribute's twin from the attribute's own. */
void cell_twin(struct batch *b, uint32_t id, const struct attr *a);
/* The cell as of another attribute, its words read anew. */
void cell_as(struct batch *b, const struct attr *to, struct cell *c);
size_t cell_bytes(const struct cell *c);

/* history.c */
void history_add(struct batch *b, uint32_t user, uint16_t origin,
		 const struct word *w);
/* sayings.c */
struct sayings {
	struct said {
		uint32_t user;
		uint16_t origin;
		size_t turn;
		struct attr_said is;
	} * at;
	size_t n, cap;
};
struct sayings *batch_sayings(struct batch *b);
/* Said, but no word of the cell nor of the history. */
void saying_add(struct batch *b, uint32_t user, uint16_t origin,
		const struct word *w);
/* Write them: before anything of their users moves, and at the end. */
void sayings_flush(struct batch *b);

/* The newest word of events there. */
bool history_latest(struct kv_txn *txn, uint32_t user, uint16_t origin,
		    struct arena *a, struct word *out);

/* labels.c: labels that an eye would take for each other are told apart. */
void labels_apart(struct attr *attrs, size_t n, struct arena *a);
bool label_seen(struct str label); /* there is something to be seen of it */
/* Another attribute that is called so already, or would be taken for it. */
const struct attr *label_holder(const struct catalog *c, struct str label,
				const struct attr *except);

/* value.c: the value as another type; false: it has none then. */
bool value_as(struct arena *arena, const struct attr *to, const struct value *v,
	      struct value *out);

/* keys.c: keys of a space that begin with a user, moved or removed. */
void keys_copy(struct kv_txn *txn, enum kv_space space, struct str prefix,
	       struct buf *out); /* lstr key, lstr value, … */
uint64_t keys_delete(struct kv_txn *txn, enum kv_space space,
		     struct str prefix);

/* member.c: who is in the static segments, within a batch. */
struct members *members_new(void);
void members_free(struct members *m);
bool members_flip(struct batch *b, uint32_t segment, uint32_t user, bool in);
bool members_has(struct batch *b, uint32_t segment, uint32_t user);
/* The static segments the user is in, ascending. */
size_t members_of(struct batch *b, uint32_t user, const uint32_t **out);
void members_reset(struct batch *b); /* segments came or went */
void members_end(struct batch *b);   /* write */
struct bits *members_load(struct batch *b, uint32_t segment);
/* In a snapshot: the static segments the user is in, by the index. */
size_t members_read(struct kv_txn *txn, struct arena *a, uint32_t user,
		    uint32_t **out);
/* Every membership of users first <= id < end, by segment and id. */
typedef enum err member_fn(void *arg, uint32_t segment, uint32_t user);
enum err members_each(struct kv_txn *txn, uint32_t first, uint32_t end,
		      member_fn *fn, void *arg);
void member_chunk_put(struct kv_txn *txn, uint32_t segment, uint16_t chunk,
		      const uint64_t words[1024]);

/* Words of a chunk as they are kept, in any space; all 0: no key. */
bool chunk_words_read(struct str value, uint64_t words[1024]); /* or-ed */
bool chunk_words_has(struct str value, uint16_t low);
void chunk_words_put(struct kv_txn *txn, enum kv_space space, struct str key,
		     const uint64_t words[1024]);

/* move.c: what is told of moves between segments. */
struct moves *moves_new(void);
void moves_free(struct moves *m);
struct moves *batch_moves(struct batch *b);
bool batch_is_new(const struct batch *b, uint32_t id); /* made in it */
void moves_note(struct batch *b, uint32_t segment, uint32_t user, bool in);
/* An event's word; `moved`: the user was not in it. False: the user came in
 * once more, which is not told by this. */
bool moves_said(struct batch *b, uint32_t segment, uint32_t user, bool moved,
		int64_t at);
void moves_erase(struct batch *b, uint32_t user);
void moves_end(struct batch *b); /* write */
/* The user and everybody who is part of them by merges that stand. */
struct bits *moves_family(struct kv_txn *txn, uint32_t user);
enum err moves_each_user(struct kv_txn *txn,
			 void (*fn)(void *arg, uint32_t user), void *arg);

/* ident.c */
struct str ident_key(const struct identity *i, uint8_t out[KV_KEY_MAX]);
bool ident_get(struct kv_txn *txn, const struct identity *i, uint32_t *id);
void ident_put(struct kv_txn *txn, const struct identity *i, uint32_t id);
bool ident_delete(struct batch *b, const struct identity *i, uint32_t id);
struct identity ident_user_id(struct str user_id);

/* segment.c */
uint32_t segment_ensure(struct batch *b, struct str name);
void segments_heads(struct kv_txn *txn, segment_fn *fn, void *arg);
bool segment_is(struct kv_txn *txn, uint32_t id, enum segment_kind kind);

/* merge.c */
struct str merge_key(char kind, uint32_t id, uint8_t out[5]);
void merge_head_put(struct kv_txn *txn, const struct merge *m);

/* undo.c: what a merge leaves behind. */
void merge_forget(struct kv_txn *txn, uint32_t id, bool whole);
uint64_t merges_erase(struct batch *b, uint32_t user);

/* check.c: everything but postings; one sentence a fault. */
enum err records_check(struct people *p, struct kv_txn *txn,
		       void (*say)(void *arg, struct str sentence), void *arg);

#endif
