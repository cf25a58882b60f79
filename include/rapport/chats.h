/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * chats: conversations and what was said in them.  A chat is one record of
 * cells (field, value, instant) plus its state intervals and counts, so that
 * events may come late, twice and in any order; a message is a record of its
 * own, keyed by chat and instant, so a transcript is one walk.  What a user's
 * chats add up to (counts, first and last seen, last session data) is told to
 * people in the same transaction.
 */
#ifndef RAPPORT_CHATS_H
#define RAPPORT_CHATS_H

#include <rapport/people.h>

#define CHAT_ID_MAX 256u
#define MESSAGE_ID_MAX 1024u
#define MESSAGE_TEXT_MAX (48u << 10) /* bytes of one stored message */

enum person { PERSON_USER, PERSON_BOT, PERSON_MANAGER };
enum chat_state { CHAT_OPENED, CHAT_SNOOZED, CHAT_CLOSED };

/* Chats of one write transaction, beside the people batch. */
struct chat_batch;
struct chat_batch *chat_batch_begin(struct batch *people);
void chat_batch_end(struct chat_batch *c); /* before batch_end */
void chat_batch_free(struct chat_batch *c);

/* What a `chat` event says; absent texts have p NULL (p set and n 0 clears),
 * absent instants are INSTANT_NONE. Its own instant is `at`, else the latest
 * of the others. */
struct chat_event {
	struct str chat_id, user_id;
	int64_t at, opened, closed, snoozed;
	bool has_state;
	enum chat_state state;
	struct str fields[8]; /* by enum chat_field */
	const struct str *manager_ids, *tags;
	size_t n_manager_ids, n_tags;
	bool has_manager_ids, has_tags;
	const struct json *attributes; /* session data or NULL */
	uint8_t source; /* enum cell_source */
};
enum chat_field {
	FIELD_SOURCE,
	FIELD_NAME,
	FIELD_DESCRIPTION,
	FIELD_MEDIUM,
	FIELD_MARKETING_ID,
	FIELD_MARKETING_TYPE,
	FIELD_BOT_ID,
	FIELD_ASSIGNEE
};
/* Checks everything first; on error nothing was changed. */
enum err chat_apply(struct chat_batch *c, const struct chat_event *e,
		    struct fault *f) MUST_USE;

struct message_event {
	struct str chat_id, message_id, person_id, text;
	enum person person;
	int64_t at;
	bool template, note;
	bool nobody; /* who speaks as the user is known no more: make nobody */
	uint8_t source;
};
/* *duplicate: its messageId was already taken; nothing was changed. */
enum err message_apply(struct chat_batch *c, const struct message_event *e,
		       bool *duplicate, struct fault *f) MUST_USE;

struct delivery_event {
	struct str message_id;
	enum delivery { SENT, DELIVERED, READ, FAILED } status;
	int64_t at;
	struct str code, title;
};
extern const char *const delivery_names[FAILED + 2]; /* "sent" … NULL */
/* May come before its message. */
enum err delivery_apply(struct chat_batch *c, const struct delivery_event *e,
			struct fault *f) MUST_USE;

/* Reference data of the worksheets, by id: kind is "manager", "bot",
 * "supportBot", "marketing" or "tag"; members are merged by instant. */
enum err reference_apply(struct chat_batch *c, struct str kind, struct str id,
			 int64_t at, const struct json *event,
			 struct fault *f) MUST_USE;
/* The same, `at` only where it is younger than what is there; whether it was
 * not known before, and whether anything is another now. */
enum err reference_restore(struct chat_batch *c, struct str kind, struct str id,
			   int64_t at, const struct json *event, bool *made,
			   bool *changed, struct fault *f) MUST_USE;
/* Every member of one, with when it was said; false stops. */
typedef bool member_said_fn(void *arg, struct str name, int64_t at);
void reference_told(struct kv_txn *txn, struct str kind, struct str id,
		    member_said_fn *fn, void *arg);

/* After a merge: the chats of `from` become chats of `into`. */
void chats_follow(struct chat_batch *c, uint32_t from, uint32_t into);
/* After batch_merge_undo: the chats of `into` that name `from` go back to it,
 * also those that came after the merge. */
void chats_part(struct chat_batch *c, uint32_t from, uint32_t into);
/* With batch_erase, in the same transaction, before it: the user's chats with
 * their messages, ids and words; counted into *out, whose mode says whether
 * what chats/erased.h says stays, and whose `at` when. No event may have been
 * applied in this chat batch. */
void chats_erase(struct chat_batch *c, uint32_t user, struct erasure *out);
/* Both, for many users: in slices that hold no other writer up for long. `go`
 * (may be NULL) hears of each slice and may say no (ERR_CANCELLED; what was
 * erased stays erased); `erased` (may be NULL) gets every certificate, after
 * it is kept. Users who are gone already are passed over. */
typedef void erased_fn(void *arg, const struct erasure *e);
struct erase_in {
	const struct bits *who;
	enum erase_mode mode;
	int64_t at;
	go_fn *go;
	erased_fn *erased;
	void *arg; /* of both */
};
enum err users_erase(struct people *p, struct kv *kv,
		     const struct erase_in *in, uint64_t *n,
		     struct fault *f) MUST_USE;

/* Reading, for people who look at one user and for tests. */
struct chat_view {
	uint32_t id, user;
	struct str chat_id;
	struct str fields[8];
	enum chat_state state;
	int64_t created;	/* the first that is known of it */
	int64_t opened, closed; /* first opening, last closing or NONE */
	int64_t latest;		/* opening */
	int64_t touched;	/* the latest that is known of it */
	uint64_t in, out, notes;
	struct str *tags, *manager_ids;
	size_t n_tags, n_manager_ids;
	const struct chat_interval {
		int64_t at;
		enum chat_state state;
	} *states; /* every change of state, by time */
	size_t n_states;
	struct chat_session {
		struct str name, json; /* the value as it came */
		int64_t at;
	} *session; /* by name */
	size_t n_session;
};
bool chat_view(struct kv_txn *txn, struct arena *a, uint32_t id,
	       struct chat_view *out);
bool chat_find(struct kv_txn *txn, struct str chat_id, uint32_t *id);
typedef bool chat_fn(void *arg, uint32_t chat); /* false stops */
void chats_of_user(struct kv_txn *txn, uint32_t user, chat_fn *fn, void *arg);
struct message_view {
	struct str message_id, person_id, text;
	enum person person;
	int64_t at;
	uint32_t seq; /* tells apart those of one chat and instant */
	bool template, note;
	uint8_t status; /* set of 1 << enum delivery */
	int64_t status_at[4];
	struct str code, title; /* of FAILED */
};
typedef bool message_fn(void *arg, const struct message_view *m);
void chat_messages(struct kv_txn *txn, uint32_t chat, message_fn *fn,
		   void *arg);
/* Those of [from, to). */
void chat_messages_between(struct kv_txn *txn, uint32_t chat, int64_t from,
			   int64_t to, message_fn *fn, void *arg);
/* One of them. False: there is none. */
bool chat_message(struct kv_txn *txn, uint32_t chat, int64_t at, uint32_t seq,
		  struct message_view *out);
/* The same from the newest at or before `at` back. */
void chat_messages_back(struct kv_txn *txn, uint32_t chat, int64_t at,
			message_fn *fn, void *arg);
/* The members of one piece of reference data as a JSON object (without `type`
 * and `id`) appended to `out`. False: not known. */
bool reference_view(struct kv_txn *txn, struct str kind, struct str id,
		    struct buf *out);
bool reference_known(struct kv_txn *txn, struct str kind, struct str id);
/* The ids there are of a kind, but for the few over 400 bytes, in their order;
 * false stops. */
typedef bool reference_fn(void *arg, struct str id);
void references_each(struct kv_txn *txn, struct str kind, reference_fn *fn,
		     void *arg);

/* Compare counts, facts and activity with the messages; see people_check. */
enum err chats_check(struct people *p, struct kv *kv, report_fn *report,
		     void *arg, uint64_t *n, struct fault *f) MUST_USE;
/* Count again what chats_check compares: chats from their messages, users from
 * their chats. In slices; may run while the store is in use. */
enum err chats_repair(struct people *p, struct kv *kv,
		      struct fault *f) MUST_USE;

#include <rapport/chats/activity.h>
#include <rapport/chats/archive.h>
#include <rapport/chats/times.h>

#endif
