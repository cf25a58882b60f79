/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who did what, and when.  What users do is of a kind: `message` (they wrote),
 * `chat` (a conversation began, or began again after it was closed),
 * `event:NAME`, `flow:NAME` (a run was started) and `end:NAME` (completed or
 * cancelled; for analytics, no filter names it).  Of every kind there is a
 * set of users for each UTC quarter-hour, with coarser ones above, so that the
 * distinct users of any stretch of whole quarter-hours, and so of any day of
 * any zone, are the union of a few sets; and of every user the instants, in
 * order, so that the edges inside a quarter-hour and counts are exact.
 *
 * What people are told and what they told of themselves is kept likewise, but
 * in the ledger (ledger.h) instead of in sets.
 *
 * All of it follows chats, messages and timelines in the same transaction: it
 * is what they say and can be made from them again.  A user who is erased is in
 * none of it, whatever the mode.  Instants are half-open, [from, to).
 */
#ifndef RAPPORT_CHATS_ACTIVITY_H
#define RAPPORT_CHATS_ACTIVITY_H

#include <rapport/chats.h>

#define QUARTER_HOUR INT64_C(900000000) /* in microseconds */
#define ACTIVITY_NAME_MAX 210u          /* bytes */
#define ACTIVITY_KINDS_MAX 4000u
/* Before and after everything, for `from` and `to`. */
#define ACTIVITY_EVER_FROM (INT64_MIN / 2)
#define ACTIVITY_EVER_TO (INT64_MAX / 2)

enum activity {
	ACTIVITY_MESSAGE = 1,
	ACTIVITY_CHAT = 2,
	ACTIVITY_NAMED = 3, /* events and flows, from here on */
	/* Kept by user and in the ledger (ledger.h), in no sets. */
	ACTIVITY_TOLD = ACTIVITY_KINDS_MAX,
	ACTIVITY_BOT = ACTIVITY_TOLD, /* what people were written, by class */
	ACTIVITY_HUMAN,
	ACTIVITY_TEMPLATE,
	ACTIVITY_WINDOW, /* a conversation of 24 hours was opened */
	ACTIVITY_OPTED_IN,
	ACTIVITY_OPTED_OUT,
	ACTIVITY_FOUND_VALID,
	ACTIVITY_FOUND_INVALID,
	ACTIVITY_TOLD_END
};
/* How long such a conversation lasts, from the message that opens it. */
#define ACTIVITY_WINDOW_LENGTH (96 * QUARTER_HOUR)

/* Write: what intake says beside the timeline. ------------------------------ */

struct activity_name {
	struct str text; /* "event:signup" */
	uint16_t kind;   /* 0: nobody did it before */
};
/* ERR_LIMIT: there are too many names. Makes nothing yet. */
enum err activity_name(struct chat_batch *c, const char *head, struct str name,
		       struct activity_name *out, struct fault *f) MUST_USE;
void activity_did(struct chat_batch *c, const struct activity_name *name,
		  uint32_t user, int64_t at);
/* Consent or validity, beside its entry of the timeline. */
void activity_told(struct chat_batch *c, enum activity kind, uint32_t user,
		   int64_t at);

/* Read, in one snapshot. --------------------------------------------------- */

/* By name: "message", "chat", "event:signup", "flow:welcome". */
bool activity_find(struct kv_txn *txn, struct str name, uint16_t *kind);
/* Every kind that somebody does, `message` and `chat` first, then by name;
 * false stops. */
typedef bool activity_fn(void *arg, uint16_t kind, struct str name);
void activity_kinds(struct kv_txn *txn, activity_fn *fn, void *arg);
/* ERR_CORRUPT while the index is being built. */
enum err activity_ready(struct kv_txn *txn, struct fault *f) MUST_USE;

/* Who did it at least `times` times; `within`, when not NULL: others may be
 * left out. Owned by the caller. */
struct activity_in {
	uint16_t kind;
	int64_t from, to;
	uint64_t times;
	const struct bits *within;
};
struct bits *activity_who(struct kv_txn *txn, const struct activity_in *in);
/* The users of the quarter-hours first … last, both included, since 1970. */
struct bits *activity_quarters(struct kv_txn *txn, uint16_t kind,
			       int64_t first, int64_t last);
int64_t quarter_of(int64_t at);
/* How many users ever did it. */
uint64_t activity_users(struct kv_txn *txn, uint16_t kind);
/* The instants of one user in order, as often as they happened. */
typedef bool instant_fn(void *arg, int64_t at);
void activity_each(struct kv_txn *txn, uint32_t user, uint16_t kind,
		   int64_t from, int64_t to, instant_fn *fn, void *arg);

/* What the user's timeline says last of the same as `kind` at or before `at`:
 * of consent, one of the two; of validity likewise. 0: nothing. */
uint16_t activity_told_last(struct kv_txn *txn, struct arena *a, uint32_t user,
			    uint16_t kind, int64_t at);

/* Whole store -------------------------------------------------------------- */

/* All parts of the store (people/parts.h), made anew in order. */
struct reindex_in {
	size_t memory;
	const char *tmp_dir;
	progress_fn *progress; /* may be NULL */
	void *arg;
	/* 1 << enum store_part: those that stay behind, so that the store is
	 * not to be used before they are made. To measure what each takes. */
	unsigned leave;
};
enum err store_reindex(struct people *p, struct kv *kv,
		       const struct reindex_in *in, struct fault *f) MUST_USE;
/* Those that are behind: a store of an earlier build becomes one of this. Cut
 * off and begun again it goes on with the part it was at. `made` (may be NULL)
 * is told the name of each before it is made. ERR_NEWER. */
typedef void part_fn(void *arg, const char *name);
enum err store_upgrade(struct people *p, struct kv *kv,
		       const struct reindex_in *in, part_fn *made,
		       struct fault *f) MUST_USE;
/* Compare it with chats and timelines, in one snapshot; a part of chats_check.
 * `report` gets one sentence a difference; their number is added to *n. */
enum err activity_check(struct kv *kv, report_fn *report, void *arg,
			uint64_t *n, struct fault *f) MUST_USE;

#endif
