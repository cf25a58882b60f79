/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Segments: named lists of users.  A static one is kept by hand: who is in it
 * is one set a segment, from which the postings (A_SEGMENT, level 0, be32 id)
 * and (A_SEGMENT, LEVEL_SET) are made in the same transaction.  It is not in
 * the records of its users, so half a million people are added by writing a
 * few chunks.  A dynamic one is a filter, kept as the text it was given as;
 * who is in it is for the query room to say.
 *
 * Names are unique to the byte.  A name may change, so whoever keeps a
 * reference (the filter of a dynamic segment or a view) keeps the id.
 *
 * LEVEL_JOINED is not kept for A_SEGMENT, since a new name would move half of
 * everybody.  The order of the segment column is made by struct membership
 * instead: users by their segments' names in order, list against list.
 */
#ifndef RAPPORT_PEOPLE_SEGMENTS_H
#define RAPPORT_PEOPLE_SEGMENTS_H

#include <rapport/people.h>

#define SEGMENT_NAME_MAX 200u
#define SEGMENT_DESCRIPTION_MAX 4096u
#define SEGMENT_FILTER_MAX (64u << 10)
#define SEGMENT_REFS_MAX 200u /* as many as a filter has leaves */

enum segment_kind { SEGMENT_STATIC, SEGMENT_DYNAMIC };

struct segment {
	uint32_t id;
	enum segment_kind kind;
	struct str name, description;
	struct str filter;    /* dynamic: its JSON */
	const uint32_t *refs; /* dynamic: segments its filter names */
	size_t n_refs;
	int64_t created, updated;
	uint32_t created_by; /* manager; 0: an event, a token, the system */
};

/* By exact name, else by id written as decimal. */
bool segment_find(struct kv_txn *txn, struct str name, uint32_t *id);
struct str segment_name(struct kv_txn *txn, uint32_t id); /* "" if gone */
bool segment_get(struct kv_txn *txn, struct arena *a, uint32_t id,
		 struct segment *out);
/* All of them by name; false stops. What is shown lives until fn returns. */
typedef bool segment_fn(void *arg, const struct segment *s);
void segments_each(struct kv_txn *txn, segment_fn *fn, void *arg);
/* Of a static one, counted from the index; dynamic ones are counted by query.
 */
uint64_t segment_size(struct kv_txn *txn, uint32_t id);
struct bits *segment_members(struct kv_txn *txn, uint32_t id);

/* Change, inside a batch; what is made can be used in the batch at once.
 * ERR_INVALID (path: the field), ERR_LIMIT, ERR_NOT_FOUND; ERR_CONFLICT when
 * the name is taken, when `refs` lead back to the segment (the loop is named),
 * when a segment that goes is named by dynamic ones (they are named), or when
 * the kind does not take what is asked. Callers write the audit row. */
struct segment_in {
	struct str name, description;
	struct str filter; /* p NULL: a static one */
	const uint32_t *refs;
	size_t n_refs;
};
enum err segment_create(struct batch *b, const struct segment_in *in,
			uint32_t by, int64_t at, uint32_t *id,
			struct fault *f) MUST_USE;
struct segment_change {
	const struct str *name, *description; /* NULL: stays */
	const struct str *filter;             /* of a dynamic one; with refs */
	const uint32_t *refs;
	size_t n_refs;
};
enum err segment_change(struct batch *b, uint32_t id,
			const struct segment_change *c, int64_t at,
			struct fault *f) MUST_USE;
/* A dynamic one becomes a static one of these users. */
enum err segment_freeze(struct batch *b, uint32_t id, const struct bits *who,
			int64_t at, struct fault *f) MUST_USE;
enum err segment_delete(struct batch *b, uint32_t id, struct fault *f) MUST_USE;

/* Into or out of a static segment, as sets: who is there stays there. Users
 * who are gone are left out. *n (may be NULL) is how many were moved. */
enum err batch_segment_add(struct batch *b, uint32_t segment,
			   const struct bits *who, uint64_t *n,
			   struct fault *f) MUST_USE;
enum err batch_segment_remove(struct batch *b, uint32_t segment,
			      const struct bits *who, uint64_t *n,
			      struct fault *f) MUST_USE;
/* The same with one user. ERR_NOT_FOUND: no such user or segment. */
enum err batch_segment_put(struct batch *b, uint32_t segment, uint32_t user,
			   bool in, bool *changed, struct fault *f) MUST_USE;

/* Moves of static segments from here on are told in the timelines of the users
 * as this act, which may go on in other batches; NULL: whoever calls tells
 * them himself. `why` lives until the batch ends or another is named. */
enum move_cause { MOVE_EVENT, MOVE_BULK, MOVE_IMPORT, MOVE_HAND, MOVE_CAUSES };
struct move {
	int64_t at;
	enum move_cause cause;
	uint32_t by; /* as who_mark gives it */
};
void batch_moving(struct batch *b, const struct move *why);
/* What moved the user, or who became part of them: acts newest first at or
 * before `at`, then what events said; false stops the acts of one of them. */
struct moved {
	int64_t at;
	uint32_t segment;
	bool in;
	enum move_cause cause;
	uint32_t by;
	uint64_t tell; /* tells apart what is of the same instant */
};
typedef bool moved_fn(void *arg, const struct moved *m);
void user_moves(struct kv_txn *txn, uint32_t user, int64_t at, moved_fn *fn,
		void *arg);
/* The name a segment has, or had before it was deleted. */
struct str segment_name_ever(struct kv_txn *txn, uint32_t id);

/* Who is in which segments, in memory, for one snapshot; segments stand by
 * folded name, then name. Give it to user_view (segments) to read many rows,
 * and add dynamic ones to have them count as well. */
struct membership;
struct membership *membership_new(void);
struct membership *membership_load(struct kv_txn *txn); /* all static ones */
void membership_free(struct membership *m);
void membership_add(struct membership *m, uint32_t id, struct str name,
		    struct bits *who); /* takes `who` over */
/* The user's segments as a value; false: none. Slices live as long as m. */
bool membership_value(const struct membership *m, struct arena *a,
		      uint32_t user, struct value *out);
/* The place of a user in the order: be32 segment ids, the first name first;
 * empty for none. It holds when other segments come, go or change names. */
void membership_key(const struct membership *m, uint32_t user, struct buf *out);
int membership_cmp(const struct membership *m, struct str a, struct str b);
/* The users of `within` who are in some segment, by key, ties by id, or all of
 * that backwards; up to n of them after (after_key, after_id) unless
 * after_key.p is NULL. Returns how many. */
struct membership_in {
	const struct bits *within;
	bool down;
	struct str after_key;
	uint32_t after_id;
};
size_t membership_page(const struct membership *m,
		       const struct membership_in *in, uint32_t *out, size_t n);

#endif
