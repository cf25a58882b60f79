/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The times of a chat, told from its states and messages and from nothing
 * else, so events may have come in any order.  An episode is a stretch from an
 * opening to the next closing; snoozing is part of it.  Durations are in
 * microseconds; what is not known is DURATION_NONE, which is not 0.
 *
 * Only the person's messages start a clock and only a manager's own words stop
 * it: bots, templates and notes do neither.  What a person wrote while the chat
 * was closed waits from the next opening on; what was not answered when a chat
 * was closed is not answered later.
 */
#ifndef RAPPORT_CHATS_TIMES_H
#define RAPPORT_CHATS_TIMES_H

#include <rapport/chats.h>

#define DURATION_NONE (-1)

/* Of an interval, or of a part of it: that in which somebody was there. */
struct chat_clock {
	int64_t waiting; /* first answer by a manager - first message */
	int64_t reply_total, reply_average;
	int64_t replies; /* how many; DURATION_NONE: cannot be told */
	int64_t resolution; /* closing - opening */
};
struct episode {
	int64_t opened, closed; /* closed INSTANT_NONE: still open */
	/* First message of the person, and the first answer to it by a manager;
	 * or INSTANT_NONE. `waiting` is what lies between. */
	int64_t asked, replied;
	struct str replier; /* as chat_reply.by */
	int64_t hold; /* in Snoozed; NONE while it still is */
	struct chat_clock all, operation;
};
/* One answer by a manager to what the person wrote since the last one. */
struct chat_reply {
	int64_t at;
	struct str by; /* whose; a slice of the snapshot */
	int64_t all, operation; /* at - the first message that it answers */
};
struct chat_times {
	int64_t created, first_opened;
	/* Of the latest episode. */
	int64_t opened, replied, closed;
	/* `waiting` and `resolution` are of the latest episode, the replies
	 * and `hold` of all of them. */
	struct chat_clock all, operation;
	int64_t hold;
	const struct episode *episodes; /* by time, at least one */
	size_t n_episodes;
	const struct chat_reply *replies; /* of all episodes, by time */
	size_t n_replies;
};
/* `hours` NULL or none in force at some instant: `operation` is not known. */
void chat_times(struct kv_txn *txn, struct arena *a, const struct chat_view *v,
		const struct hours *hours, struct chat_times *out);

#endif
