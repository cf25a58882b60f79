/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows of users as CSV, a block at a time: a maker makes them, a crew of two
 * makers does so on two threads.
 */
#ifndef EXPORT_ROWS_H
#define EXPORT_ROWS_H

#include <rapport/export.h>

#include <pthread.h>

#include "csv.h"

struct maker {
	struct kv_txn *txn;
	const struct catalog *catalog;
	const struct attr *const *columns;
	size_t n_columns;
	struct arena arena; /* of one row */
	struct value *values;
	bool *has;
	struct membership *segments; /* where there is such a column */
	struct csv csv;
};

void maker_init(struct maker *m, const struct query *q,
		const struct attr *const *columns, size_t n, bool raw);
void maker_fini(struct maker *m); /* also of zeroes */
void maker_header(struct maker *m, struct buf *out);
/* Append the rows of these users. */
enum err maker_rows(struct maker *m, struct buf *out, const uint32_t *ids,
		    size_t n) MUST_USE;

/* Two threads make blocks of rows ahead of the one that is to go out next; who
 * calls crew_next makes one himself where the next is not done yet. The second
 * thread has a snapshot of its own: compare its serial. */
#define CREW_BLOCK 512u /* rows */
#define CREW_AHEAD 8u	/* blocks */

enum block_state { BLOCK_FREE, BLOCK_TAKEN, BLOCK_DONE };

struct crew {
	struct maker own;
	bool helped;
	uint64_t serial; /* of the helper's snapshot */
	const uint32_t *ids;
	size_t n_ids;
	struct buf blocks[CREW_AHEAD];

	struct people *people;
	struct kv *kv;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum block_state state[CREW_AHEAD]; /* of block number mod CREW_AHEAD */
	size_t out, next; /* block to go out, first block nobody has taken */
	bool open, ready, stop;
	enum err err;
};

/* `own` is initialised by the caller with maker_init. */
void crew_open(struct crew *c, struct people *p, struct kv *kv, bool help);
void crew_close(struct crew *c); /* also of zeroes */
/* The ids to make rows of; before the first crew_next. */
void crew_work(struct crew *c, const uint32_t *ids, size_t n);
/* The next block in order; NULL at the end. Give it back with crew_done. */
enum err crew_next(struct crew *c, struct buf **out, size_t *rows) MUST_USE;
void crew_done(struct crew *c);

#endif
