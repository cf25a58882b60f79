/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A write that is asked for twice happens once.  Who asks sends a key of their
 * own with it; the act's audit row takes the key in the same transaction, so
 * that of two requests with one key, be they at once or after a crash, only
 * one can ever commit.  What it answered is kept afterwards, for whoever asks
 * again; a process that ends in between leaves a key that says what was done
 * but not how it was answered.
 *
 * Keys belong to who acts.  Neither key nor request is in the store, only
 * codes of them under the audit key, so that a password in a body cannot be
 * guessed at from there.
 */
#ifndef RAPPORT_STAFF_ONCE_H
#define RAPPORT_STAFF_ONCE_H

#include <rapport/staff.h>

#define ONCE_KEY_MAX 255u
#define ONCE_LIFE (24 * 3600 * SECOND_US)
#define ONCE_ANSWER_MAX (48u << 10) /* bytes; a longer one is not kept */

/* One act under a key; goes into `by`. */
struct once {
	struct sha256 key, request;
	uint64_t act; /* tells it from others under the same key */
};
/* `request`: bytes that are the same only for the same request. */
struct once once_of(const struct staff *s, const struct who *who,
		    struct str key, struct str request);

enum once_state {
	ONCE_FREE,     /* nothing was done under this key */
	ONCE_OTHER,    /* another request was */
	ONCE_DONE,     /* this one was; its answer is not kept */
	ONCE_ANSWERED, /* and this is what it answered */
};
struct once_kept {
	enum once_state state;
	int64_t at;
	uint64_t act;      /* which one it was */
	struct str object; /* of its audit row: "job 3, ban" */
	int status;
	struct str head, body;
};
/* Slices live in the arena. */
enum err once_look(struct staff *s, const struct once *o, int64_t now,
		   struct arena *a, struct once_kept *out,
		   struct fault *f) MUST_USE;
/* Keep the answer, if the act took the key. */
enum err once_keep(struct staff *s, const struct once *o,
		   const struct once_kept *answer, struct fault *f) MUST_USE;
/* Forget keys that are older than ONCE_LIFE; bounded. */
enum err once_sweep(struct staff *s, int64_t now, struct fault *f) MUST_USE;

#endif
