/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How many messages there were in each UTC quarter-hour, of each class.  Notes
 * are none.  The messages of people who were erased with their totals kept go
 * on counting; they are kept apart, so that the rest can be held against the
 * messages there are.
 */
#ifndef RAPPORT_CHATS_COUNTERS_H
#define RAPPORT_CHATS_COUNTERS_H

#include <rapport/chats.h>

/* A template is one whoever sent it. */
enum message_class {
	CLASS_IN,
	CLASS_BOT,
	CLASS_HUMAN,
	CLASS_TEMPLATE,
	MESSAGE_CLASSES
};
/* False: it never counts. */
bool message_class(enum person person, bool template, bool note,
		   enum message_class *out);

/* The kind of activity (activity.h) that such a message is. */
uint16_t class_kind(enum message_class class);

/* Of one quarter-hour, with those of the erased. */
struct message_counts {
	uint64_t n[MESSAGE_CLASSES];
};
typedef bool counts_fn(void *arg, int64_t quarter,
		       const struct message_counts *c); /* false: stop */
/* The quarter-hours first … last (quarter_of) in order; one without messages
 * is left out, one with messages of the erased may come twice. */
void message_counts(struct kv_txn *txn, int64_t first, int64_t last,
		    counts_fn *fn, void *arg);

/* Count everything again, in one transaction. */
enum err counters_build(struct kv *kv, struct fault *f) MUST_USE;
/* Hold it against the messages, in one snapshot; see chats_check. */
enum err counters_check(struct kv *kv, report_fn *report, void *arg,
			uint64_t *n, struct fault *f) MUST_USE;

#endif
