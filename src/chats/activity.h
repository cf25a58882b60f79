/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the room: how activity is kept.  Of a user and kind the instants lie
 * in spans of 2^15 quarter-hours (341 days), each in pieces that are full but
 * the last, so what is kept is a function of what was done and not of the way
 * it came.
 */
#ifndef CHATS_ACTIVITY_H
#define CHATS_ACTIVITY_H

#include "room.h"

/* Which of the two a kind is in, beside the pieces of its users. */
static inline bool
kind_has_sets(uint16_t kind)
{
	return kind < ACTIVITY_TOLD;
}
static inline bool
kind_has_ledger(uint16_t kind)
{
	return kind == ACTIVITY_MESSAGE || kind >= ACTIVITY_TOLD;
}
/* The kind that a message is of; 0: of none. */
uint16_t message_kind(enum person person, bool template, bool note);

extern const struct levels activity_levels;
struct instants {
	int64_t *p;
	size_t n, cap;
};
void instants_add(struct instants *i, int64_t at);
void instants_sort(struct instants *i);
/* The last of a user and kind that is kept; false: there is none. */
bool activity_last(struct kv_txn *txn, uint32_t user, uint16_t kind,
		   int64_t *at);
void deed_add(struct chat_batch *c, struct deed d);
/* Whether the user is read anew at the end of the batch. */
bool activity_recounts(const struct chat_batch *c, uint32_t user);
uint64_t quarter_key(int64_t quarter); /* in order, unsigned */
int64_t quarter_of_key(uint64_t key);
uint32_t span_of(int64_t at);

struct piece_key {
	uint32_t user;
	uint16_t kind;
	uint32_t span;
	uint16_t no;
};
struct str piece_key(uint8_t out[ACTIVITY_KEY_SIZE], const struct piece_key *k);
bool piece_key_read(struct str key, struct piece_key *out);
void piece_encode(struct buf *out, const int64_t *at, size_t n);
/* Adds to `out`. False: damaged. */
bool piece_decode(struct str value, struct instants *out);

/* activity.c: kept up */
/* The beginnings of a chat: its first, and each opening after a closing. */
size_t chat_beginnings(const struct chat *c, struct arena *a, int64_t **out);
void held_said(struct chat_batch *c, struct held *h, uint16_t kind, int64_t at);
/* At the end of the batch, read again what this user did. */
void activity_recount(struct chat_batch *c, uint32_t user);
/* A user's activity goes at once. */
void activity_erase(struct chat_batch *c, uint32_t user);
/* What the user did, as it is kept or, where it is not, as chats and timeline
 * say; in order of kind and instant. */
struct dones;
void activity_all(struct chat_batch *c, uint32_t user, struct dones *out);

/* At the end of a batch, when all chats are written. */
void activity_settle(struct chat_batch *c);
void activity_free(struct activity_batch *b);

/* windows.c: conversations of 24 hours */
/* Instants of messages, in order: those that open one are left. */
void windows_open(struct instants *at);
/* Deeds that messages among the first n of the batch's ask for; in order of
 * user, kind and instant. */
void windows_settle(struct chat_batch *c, size_t n);

/* activity_kind.c */
struct activity_state {
	bool building;
	uint16_t next_kind;
};
void activity_state_get(struct kv_txn *txn, struct activity_state *out);
void activity_state_put(struct kv_txn *txn, const struct activity_state *in);
/* Copies in the arena. */
void activity_names(struct kv_txn *txn, struct arena *a,
		    struct activity_names *out);
struct str activity_name_of(const struct activity_names *names, uint16_t kind);
/* The kind of this name, made when it is new; 0: it cannot be. */
uint16_t activity_kind(struct kv_txn *txn, struct str name);
/* "event:" and the name. */
struct str activity_full(struct arena *a, const char *head, struct str name);

/* activity_build.c: what chats and timelines say a user did */
struct done {
	uint16_t kind;
	int64_t at;
};
struct dones {
	struct done *p;
	size_t n, cap;
};
void dones_add(struct dones *d, uint16_t kind, int64_t at);
/* In order of kind and instant. Names that have no kind get one; in a read
 * they are added to `missing` (may be NULL) instead. */
void activity_gather(struct kv_txn *txn, struct arena *a, uint32_t user,
		     struct dones *out, struct buf *missing);
/* Without what only the ledger has. */
void dones_untold(struct dones *d);
/* The next user from `from` on who has chats or a timeline; 0: none. */
uint32_t activity_user_next(struct kv_txn *txn, uint32_t from);
/* The pieces, postings and entries of the ledger of what is in order of kind and instant. */
struct activity_out {
	enum err (*piece)(void *arg, const struct piece_key *k,
			  const int64_t *at, size_t n);
	enum err (*bucket)(void *arg, uint32_t user, struct posting at);
	enum err (*entries)(void *arg, uint32_t user, uint16_t kind,
			    const struct instants *at);
	void *arg;
};
enum err activity_build(struct people *p, struct kv *kv,
			const struct reindex_in *in, struct fault *f) MUST_USE;
enum err activity_parts(const struct activity_out *o, uint32_t user,
			const struct dones *d) MUST_USE;

#endif
