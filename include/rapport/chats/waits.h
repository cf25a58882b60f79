/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How long people waited, by when: answers, closings and what was not answered,
 * as chat_times (times.h) tells them, kept by the day on which they fall, so
 * that a month is read without reading every chat.
 *
 * A chat's waits are worked out when it has been quiet for a while: a write
 * only notes that they are old, and asking reads such chats themselves; they
 * are never more than about a thousand.  Whatever order events come in, the
 * answer is that of the chats as they stand.
 */
#ifndef RAPPORT_CHATS_WAITS_H
#define RAPPORT_CHATS_WAITS_H

#include <rapport/chats/times.h>

enum wait_kind {
	WAIT_REPLY,   /* an answer by a manager at `at` to what came `from` */
	WAIT_FIRST,   /* the same, and the first of its episode */
	WAIT_CLOSED,  /* an episode closed at `at`, opened `from` */
	WAIT_WAITING, /* who wrote at `at` waits in an open episode */
	WAIT_UNANSWERED, /* the same, and it was closed */
	WAIT_KINDS
};
struct wait {
	enum wait_kind kind;
	int64_t at, from;
	int64_t hold; /* of CLOSED; DURATION_NONE: not known */
	uint32_t chat; /* 0: of somebody who was erased */
	struct str by; /* whose answer it is; of waits_of_chat alone */
};
/* False stops. */
typedef bool wait_fn(void *arg, const struct wait *w);

/* Those with from <= at < to, of the chats of these users (NULL: of all chats
 * that have a user), and with `erased` those of people who were erased with
 * their totals kept. In any order. */
void waits_each(struct kv_txn *txn, struct arena *a, int64_t from, int64_t to,
		const struct bits *users, bool erased, wait_fn *fn, void *arg);

/* All of one chat as it stands, by time. */
struct waits {
	struct wait *at; /* in the arena */
	size_t n;
};
/* False: there is no such chat, or it is of nobody. */
bool waits_of_chat(struct kv_txn *txn, struct arena *a, uint32_t chat,
		   struct waits *out);

/* Work out those of all chats anew. */
enum err waits_build(struct kv *kv, struct fault *f) MUST_USE;
/* Hold them against the chats, in one snapshot; a part of chats_check. */
enum err waits_check(struct kv *kv, report_fn *report, void *arg, uint64_t *n,
		     struct fault *f) MUST_USE;

#endif
