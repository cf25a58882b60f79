/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive: sets of chats by what they are and by what was said in them.
 * Of every word there is the set of chats in which the person says it, and of
 * those in which anybody else does; likewise of tags, states, assignees,
 * integrations and days.  Beside the sets every chat has a card, its user and
 * its latest opening, so that an order or a filter of users needs no records.
 *
 * All of it follows chats and messages in the same transaction and can be made
 * from them again.  What the sets cannot say (that words stand side by side,
 * or in one message) is read in the texts of the few that are left.
 */
#ifndef RAPPORT_CHATS_ARCHIVE_H
#define RAPPORT_CHATS_ARCHIVE_H

#include <rapport/chats.h>

#define SEARCH_BYTES_MAX 1000u
#define SEARCH_TERMS_MAX 32u
#define SEARCH_WORDS_MAX 128u

enum archive_index {
	ARCHIVE_SAID = BITS_CHATS, /* word: by the person */
	ARCHIVE_TOLD,		   /* word: by anybody else */
	ARCHIVE_TAG,
	ARCHIVE_STATE,
	ARCHIVE_ASSIGNEE,
	ARCHIVE_SOURCE,
	ARCHIVE_OPENED, /* day of each opening */
	ARCHIVE_LATEST, /* latest opening, coarse levels only */
	ARCHIVE_EVERY,
	ARCHIVE_PAIR /* words side by side, by 16 bits of their hash */
};

/* ERR_CORRUPT where there are chats and no whole index of them. */
enum err archive_ready(struct kv_txn *txn, struct fault *f) MUST_USE;

/* Sets; owned by the caller, errors stick to the transaction. -------------- */

struct bits *archive_every(struct kv_txn *txn);
/* Tags and integrations are compared folded, assignees as they are. */
struct bits *archive_tag(struct kv_txn *txn, struct str tag);
struct bits *archive_state(struct kv_txn *txn, enum chat_state state);
struct bits *archive_assignee(struct kv_txn *txn, struct str id);
/* Assigned to anybody. */
struct bits *archive_assigned(struct kv_txn *txn);
struct bits *archive_source(struct kv_txn *txn, struct str source);
/* Chats that were opened, or opened again, in [from, to); INSTANT_NONE: no
 * bound. */
struct bits *archive_opened(struct kv_txn *txn, int64_t from, int64_t to);
/* Chats of these users; of all chats, or of those in `within`. */
struct bits *archive_of_users(struct kv_txn *txn, const struct bits *users,
			      const struct bits *within);
/* The users of these chats. */
struct bits *archive_users(struct kv_txn *txn, const struct bits *chats);

/* Up to n chats of the set in order, latest opening first, ties by id
 * downwards, behind the place (at, id) if `after`; how many. */
struct archive_place {
	int64_t at;
	uint32_t id;
};
size_t archive_page(struct kv_txn *txn, const struct bits *set,
		    const struct archive_place *after,
		    struct archive_place *out, size_t n);

/* Words --------------------------------------------------------------------- */

/* What is looked for: words, prefix*, "some phrase". All of its terms must be
 * there. Lives in the arena. */
struct search;
/* ERR_INVALID (no word in it, too many), ERR_LIMIT; path "q". */
enum err search_parse(struct arena *a, struct str q, struct search **out,
		      struct fault *f) MUST_USE;
/* Chats in which every term is somewhere; `within` may be NULL. */
struct bits *search_chats(struct kv_txn *txn, const struct search *s,
			  const struct bits *within);
/* Chats in which every term is in one message of the person. */
struct bits *search_said(struct kv_txn *txn, const struct search *s);
/* Whether every term stands in a text, for many texts. */
struct listener;
struct listener *listener_open(const struct search *s);
bool listener_hears(struct listener *l, struct str text);
void listener_close(struct listener *l); /* NULL is fine */
/* Where terms stand in a text: ranges of bytes, ascending, joined where they
 * touch; up to max of them. */
struct text_range {
	size_t from, to;
};
size_t search_marks(const struct search *s, struct str text,
		    struct text_range *out, size_t max);

/* Whole store --------------------------------------------------------------- */

/* Build everything here anew from chats and messages; until it is done nothing
 * can be asked (archive_ready) and no batch can write. */
enum err archive_build(struct kv *kv, size_t memory, const char *tmp_dir,
		       progress_fn *progress, void *arg,
		       struct fault *f) MUST_USE;
/* Hold it against chats and messages, in one snapshot. One sentence to
 * `report` a difference, their number added to *n. */
enum err archive_check(struct kv *kv, size_t memory, const char *tmp_dir,
		       report_fn *report, void *arg, uint64_t *n,
		       struct fault *f) MUST_USE;

#endif
