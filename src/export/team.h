/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows of chats and people by two threads, in one order: see team.c.
 */
#ifndef EXPORT_TEAM_H
#define EXPORT_TEAM_H

#include "rows.h"
#include "teller.h"

/* What one thread makes rows with, in its own snapshot. */
struct hand {
	struct query query;
	struct arena arena; /* of the query */
	struct teller teller;
	struct maker maker; /* of User data, while that is made */
	struct user_walk *walk;
	uint32_t walked; /* to which user */
	bool makes_users;
};

/* What rows are to be made of. */
struct work {
	enum export_sheet sheet;
	bool import; /* the rows of "Import data" beside it */
	const struct bits *ids;    /* chats, or users */
	const struct sheet *users; /* of User data: its columns */
	const struct rows_in *in;
};

#define TEAM_BLOCKS 8u
#define BLOCK_IDS 256u
#define BLOCK_BYTES (512u << 10)

struct block {
	uint32_t ids[BLOCK_IDS];
	size_t n;
	struct buf text;
	uint32_t *ends; /* of rows in it */
	size_t n_ends, cap_ends;
	size_t stopped; /* at which id it was full; n: it has all rows */
	size_t had;     /* rows of that id that it has */
	bool full;
	enum block_state {
		BLOCK_FREE,
		BLOCK_FILLED,
		BLOCK_TAKEN,
		BLOCK_MADE
	} state;
	enum err err;
};

/* Makes a hand ready in a snapshot. */
typedef enum err hand_fn(void *arg, struct kv_txn *txn, struct hand *out);

struct team {
	struct hand *own;
	hand_fn *ready;
	void *arg;
	struct kv *kv;
	uint64_t serial; /* of the helper's snapshot */
	bool open, helped, known, stop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;

	const struct work *work;
	struct block blocks[TEAM_BLOCKS];
	uint64_t filled, out; /* how many blocks, since the work began */
	uint32_t from;        /* last id that was given to a block */
	bool done;            /* no ids are left */
};

void hand_fini(struct hand *h); /* also of zeroes */
/* `own` is the caller's; the helper, if any, gets a hand of its own. */
void team_open(struct team *t, struct hand *own, struct kv *kv, hand_fn *ready,
	       void *arg);
void team_close(struct team *t); /* also of zeroes */
/* All rows of the work, in the order of its ids. */
enum err team_work(struct team *t, const struct work *w, row_fn *fn,
		   void *arg) MUST_USE;

#endif
