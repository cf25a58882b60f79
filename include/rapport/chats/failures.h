/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Messages to people that failed in the end: reported as failed, and neither
 * delivered nor read, in whatever order that was heard.  They are few among
 * all messages, so there is an index of them, by the instant they were sent.
 */
#ifndef RAPPORT_CHATS_FAILURES_H
#define RAPPORT_CHATS_FAILURES_H

#include <rapport/chats.h>

/* Those sent in [from, to) to somebody, by time; false stops. Slices of the
 * snapshot. */
typedef bool failed_fn(void *arg, uint32_t user, const struct message_view *m);
void failures_each(struct kv_txn *txn, int64_t from, int64_t to, failed_fn *fn,
		   void *arg);

/* Make it anew from the messages, in slices. */
enum err failures_build(struct kv *kv, struct fault *f) MUST_USE;
/* Hold it against them, in one snapshot; see chats_check. */
enum err failures_check(struct kv *kv, report_fn *report, void *arg,
			uint64_t *n, struct fault *f) MUST_USE;

#endif
