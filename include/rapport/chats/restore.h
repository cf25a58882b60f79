/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chats that were taken out of a store and come back, into that one or into
 * another.  What is shown of a chat does not say when each of its parts was
 * said; chat_told does, and with both a chat is made again as it was: later
 * events find it so, and what is known already changes nothing.  Of two words
 * about one field the younger stays, and the one that is there when both are of
 * the same instant.
 */
#ifndef RAPPORT_CHATS_RESTORE_H
#define RAPPORT_CHATS_RESTORE_H

#include <rapport/chats.h>

/* What is told by its own instant: the fields, then these. */
enum {
	TOLD_OWNER = FIELD_ASSIGNEE + 1,
	TOLD_MANAGERS,
	TOLD_TAGS,
	TOLD_COUNT
};
extern const char *const chat_told_names[TOLD_COUNT]; /* as events have them */

struct chat_told {
	int64_t at[TOLD_COUNT]; /* INSTANT_NONE: nobody said so */
	bool cleared[TOLD_COUNT];
	int64_t first_event;
	struct str owner; /* the userId as it was given */
	const struct chat_session *session; /* json empty: cleared */
	size_t n_session;
};
bool chat_told(struct kv_txn *txn, struct arena *a, uint32_t id,
	       struct chat_told *out);

enum restored { RESTORED_NEW, RESTORED_CHANGED, RESTORED_KNOWN };

struct session_restored {
	struct str name;
	const struct json *value; /* NULL: cleared */
	int64_t at;
};
struct chat_restored {
	struct str chat_id, user_id;
	int64_t first_event; /* INSTANT_NONE: its messages made it */
	int64_t at[TOLD_COUNT];
	struct str fields[8]; /* n 0: cleared */
	const struct str *manager_ids, *tags;
	size_t n_manager_ids, n_tags;
	const struct chat_interval *states;
	size_t n_states;
	const struct session_restored *session;
	size_t n_session;
	uint8_t source; /* enum cell_source */
};
/* Checks everything first; on error nothing was changed. */
enum err chat_restore(struct chat_batch *c, const struct chat_restored *r,
		      enum restored *out, struct fault *f) MUST_USE;

struct message_restored {
	struct message_event said;
	bool bare; /* stands for one of which its instant is known: it is known
		    * where the chat has any that is not later */
	/* Without a messageId: which of those alike it is, from 1. */
	uint32_t nth;
	uint8_t status; /* set of 1 << enum delivery; needs a messageId */
	int64_t status_at[4];
	struct str code, title; /* of FAILED */
};
/* ERR_CONFLICT (path "messageId"): another message has it. */
enum err message_restore(struct chat_batch *c, const struct message_restored *m,
			 enum restored *out, struct fault *f) MUST_USE;

#endif
