/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the chats room: a batch holds every chat it touched, as it is now and
 * as what it was counted when it was loaded.  Chats are changed in memory and
 * written once at the end; messages are records of their own and are written
 * at once.  What users are told is the difference between the share a chat had
 * in its user's facts and the share it has now.
 */
#ifndef CHATS_ROOM_H
#define CHATS_ROOM_H

#include "ledger.h"

#include <rapport/chats/counters.h>
#include <rapport/chats/failures.h>

/* What one chat adds to the facts of its user. */
struct share {
	uint32_t user; /* 0: of nobody */
	int64_t first, last, moment;
	uint64_t in, out;
};

struct held {
	struct held *next; /* every held chat, newest first */
	uint64_t hash;
	struct chat chat;
	struct share was; /* as the store and people have it */
	int64_t *began; /* its beginnings as activity has them */
	size_t n_began;
	struct saying {
		int64_t at;
		uint16_t kind;
	} * said; /* messages of this batch */
	size_t n_said, cap_said;
	struct str places; /* as the archive has it */
	size_t size;      /* of the record, never less than it will be */
	bool fresh, dirty, session_changed;
};

struct user_facts {
	uint32_t user; /* 0: a free place */
	bool recount, session;
	const struct held *latest; /* if the latest chat is a held one */
	struct chat_facts facts;
};

/* All names of what is done, by kind. */
struct activity_names {
	struct str *of;
	size_t n;
};

/* Changes of activity, until the batch ends. */
struct deed {
	uint32_t user;
	uint16_t kind;
	bool add;
	int64_t at;
};
struct activity_batch {
	struct deed *deeds;
	size_t n, cap;
	uint32_t *recounts; /* users to read anew */
	size_t n_recounts, cap_recounts;
	struct delta *delta; /* NULL: not needed yet */
	struct ledger_changes ledger;
	bool kept; /* whether there is a ledger to keep up */
};

/* Changes of the archive, until the batch ends. */
struct archive_batch {
	struct delta *delta; /* NULL: no index is kept */
	struct text_words words;
	struct buf key, places;
};

/* Changes of counters, until the batch ends. */
struct tick {
	char which;
	enum message_class class;
	int64_t quarter, by;
};
struct counters_batch {
	struct tick *ticks;
	size_t n, cap;
};

struct chat_batch {
	struct batch *people;
	struct kv_txn *txn;
	struct arena *arena;
	struct held *all;
	struct held **table; /* by chatId, open addressing */
	size_t n, cap;
	struct user_facts *users; /* by user, open addressing */
	size_t n_users, cap_users;
	uint32_t next_id; /* 0: not read yet */
	bool ids_changed;
	const struct attr *source; /* default_source, once looked up */
	struct activity_batch activity;
	struct archive_batch archive;
	struct counters_batch counters;
	struct activity_names names; /* once they are needed */
	uint64_t erased; /* more of erased_sum_hash since the head was put */
	struct buf scratch;
};

/* The earlier of two; INSTANT_NONE is none. */
int64_t instant_least(int64_t a, int64_t b);
int64_t chat_created(const struct chat *c); /* the first that is known */
int64_t chat_opening(const struct chat *c); /* first; INSTANT_NONE: never */
int64_t chat_moment(const struct chat *c);  /* when it counts as begun */
struct share chat_share(const struct chat *c);
struct str chat_owner(const struct chat *c); /* userId; n 0: not known */

/* The chat of this id in the store. False: none (or damaged, which sticks). */
bool chat_load(struct kv_txn *txn, struct arena *a, uint32_t id,
	       struct chat *out);
/* Held, or loaded, or with `make` made; else NULL. */
struct held *chat_hold(struct chat_batch *c, struct str chat_id, bool make);
/* Whether `more` bytes fit into the record. */
bool chat_fits(struct chat_batch *c, struct held *h, size_t more);
/* Write `value` unless the cell holds a younger one. True: written. */
bool chat_cell(struct chat_batch *c, struct held *h, int cell, int64_t at,
	       uint8_t source, struct str value);
/* The same of a list, each item once; a state unless it is there; the place of
 * session data, made if need be, `at` INSTANT_NONE then. */
void chat_list(struct chat_batch *c, struct held *h, int cell, int64_t at,
	       uint8_t source, const struct str *items, size_t n);
void chat_state(struct chat_batch *c, struct held *h, int64_t at,
		uint8_t state);
struct session *chat_session(struct chat_batch *c, struct chat *chat,
			     struct str name);
/* What may be in them. `cost` grows by the bytes of the value. */
enum err chat_field_check(int field, struct str text, struct fault *f) MUST_USE;
enum err chat_list_check(const char *name, const struct str *items, size_t n,
			 struct fault *f) MUST_USE;
enum err chat_session_check(struct chat_batch *c, struct str name,
			    const struct json *v, size_t *cost,
			    struct fault *f) MUST_USE;
/* message.c: the message of this messageId, copied. False: none. */
bool message_placed(struct chat_batch *c, struct str message_id, uint32_t *chat,
		    int64_t *at, struct message *out);
/* After a change of owner cells: find the user and tell it the source. */
enum err chat_settle_owner(struct chat_batch *c, struct held *h,
			   struct fault *f) MUST_USE;
void chat_tell_source(struct chat_batch *c, struct held *h, int64_t at,
		      struct str source);
/* Tell people what changed; all chats are written already. */
void facts_settle(struct chat_batch *c);
/* At the end, count this user's chats again whatever else happened. */
void facts_expect_recount(struct chat_batch *c, uint32_t user);
/* Recount the facts of a user from all their chats. */
void facts_recount(struct kv_txn *txn, struct arena *a, uint32_t user,
		   struct chat_facts *out);

/* A user's chats, gathered before they are changed: for chats_of_user with
 * chat_ids_add. `p` is the caller's to free. */
struct chat_ids {
	uint32_t *p;
	size_t n, cap;
};
bool chat_ids_add(void *arg, uint32_t chat);

/* archive.c: kept up */
void archive_begin(struct chat_batch *c);
void archive_free(struct chat_batch *c);
struct str archive_now(struct chat_batch *c, const struct chat *chat);
void archive_heard(struct chat_batch *c, uint32_t chat, enum person person,
		   struct str text);
void archive_settle(struct chat_batch *c, struct held *const *dirty, size_t n);
/* A stored chat has another user. */
void archive_moved(struct chat_batch *c, const struct chat *chat);
/* A message, a chat goes. */
void archive_forget_words(struct chat_batch *c, uint32_t chat,
			  const struct message *m);
void archive_forget(struct chat_batch *c, const struct chat *chat);

/* failures.c: kept up */
bool message_failed(const struct message *m); /* in the end */
/* A message as it was and is; NULL: it was not there. */
void failure_change(struct chat_batch *c, struct str key,
		    const struct message *was, const struct message *now);
void failure_forget(struct chat_batch *c, struct str key);

/* counters.c: kept up */
void counters_heard(struct chat_batch *c, int64_t at, enum person person,
		    bool template, bool note);
/* A message goes; `keep`: in the totals it stays. */
void counters_erased(struct chat_batch *c, int64_t at, const struct message *m,
		     bool keep);
void counters_settle(struct chat_batch *c);
void counters_free(struct counters_batch *b);
/* All keys of COUNTER that begin so. */
void counters_clear(struct kv_txn *txn, struct str prefix);

#include "activity.h"

#endif
