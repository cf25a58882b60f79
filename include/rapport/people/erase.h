/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Taking away: users erased, merges taken back.  Erasing removes the record,
 * every posting, identity, membership, the timeline, the history, flow runs
 * and what merges kept; the dense id is never given again.  Chats are the
 * chats room's (chats_erase, in the same transaction).  Merges are kept with
 * both records as they were until they are undone or a user is erased.
 */
#ifndef RAPPORT_PEOPLE_ERASE_H
#define RAPPORT_PEOPLE_ERASE_H

#include <rapport/people.h>

/* keepTotals leaves what counts of closed periods need (chats/erased.h), under a
 * number that nothing names; forget leaves nothing. */
enum erase_mode { ERASE_KEEP_TOTALS, ERASE_FORGET };

/* The certificate. Chats are counted in by chats_erase, and so is what is kept
 * (chats/erased.h). */
struct erasure {
	struct sha256 user; /* of the userId */
	uint32_t id;
	enum erase_mode mode;
	int64_t at;
	uint64_t attributes, identities, segments, trail, history, runs, merges;
	uint64_t chats, messages;
	struct {
		uint64_t quarter_hours, instants, runs, failures;
	} kept;
};
/* ERR_NOT_FOUND. *out is filled, its chats, messages and `kept` 0. */
enum err batch_erase(struct batch *b, uint32_t id, enum erase_mode mode,
		     int64_t at, struct erasure *out, struct fault *f) MUST_USE;

struct merge {
	uint32_t id;
	uint32_t from, into;
	struct str from_user_id;
	int64_t at;     /* the instant it was given */
	int64_t undone; /* INSTANT_NONE: it stands */
	int64_t first, last; /* when the survivor was seen before it, beside
				chats; of batch_merge_undo only */
};
bool merge_get(struct kv_txn *txn, uint32_t id, struct merge *out);
/* The merges into or from this user, oldest first; false stops. */
typedef bool merge_fn(void *arg, const struct merge *m);
void merges_each(struct kv_txn *txn, uint32_t user, merge_fn *fn, void *arg);
/* Everybody who was ever one of two that became one; owned by the caller. */
struct bits *people_merged(struct kv_txn *txn);
/* The merge that batch_merge just made in this batch. */
uint32_t batch_merge_id(const struct batch *b);
/* Two users again: records, identities, segments, timeline and history as they
 * were, but for what events or managers changed since, which stays with the
 * survivor. Call chats_part afterwards in the same transaction, and then
 * batch_seen_part. ERR_NOT_FOUND; ERR_GONE: undone already; ERR_CONFLICT: the
 * survivor was merged on (undo that first). */
enum err batch_merge_undo(struct batch *b, uint32_t merge, int64_t at,
			  struct merge *out, struct fault *f) MUST_USE;
/* The survivor was not seen by what is told in chats that went back. */
void batch_seen_part(struct batch *b, const struct merge *undone);

#endif
