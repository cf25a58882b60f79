/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows of users as text: a maker makes them from the records of one snapshot,
 * a crew of two makers does so on two threads, window by window.
 */
#ifndef EXPORT_ROWS_H
#define EXPORT_ROWS_H

#include <rapport/people/rows.h>

#include <pthread.h>

#include "sheet.h"

/* What of whom, for as long as the export lasts. */
struct rows_in {
	const struct attr *const *columns;
	const struct form *form;
	struct form_options options;
};

struct maker {
	struct kv_txn *txn;
	const struct catalog *catalog;
	const struct rows_in *in;
	const struct sheet *sheet;
	struct user_columns *columns;
	struct arena arena; /* of one row */
	struct value *values;
	bool *has;
	const struct membership *segments; /* where there is such a column */
	struct membership *loaded;         /* the same, if it is his own */
	struct buf text;                   /* of one row */
};

/* `other`: a maker of the same data who is there longer, or NULL. */
void maker_init(struct maker *m, const struct query *q,
		const struct sheet *sheet, const struct rows_in *in,
		const struct maker *other);
void maker_fini(struct maker *m); /* also of zeroes */
/* The values of a user, until the next call. */
enum err maker_values(struct maker *m, struct user_view *user,
		      struct row *out) MUST_USE;
/* The same as text. */
enum err maker_text(struct maker *m, struct user_view *user,
		    struct str *out) MUST_USE;
/* One user by its id. */
enum err maker_user(struct maker *m, uint32_t id,
		    struct user_view *out) MUST_USE;

/* The users of a window are made into text by ascending id, which is how they
 * lie in the store, and go out in the order of the list. While one window goes
 * out, the second thread is at the next. */
#define WINDOW_ROWS 81920u
#define WINDOW_ROWS_FIRST 8192u
#define WINDOW_BYTES (20u << 20)
#define WINDOW_SLICES 16u

/* Where the text of a row stands. */
struct spot {
	uint32_t at, n; /* n SPOT_LATER: no room, made when it goes out */
};
#define SPOT_LATER UINT32_MAX

struct window {
	uint32_t *ids; /* in the order of the list */
	size_t n;
	uint64_t *by_id; /* id, place in the list; ascending */
	struct spot *spots;
	char *text;
	size_t taken, done; /* slices */
	size_t used;        /* bytes of text */
};

struct crew {
	struct maker own;
	bool helped;
	uint64_t serial; /* of the helper's snapshot */
	struct ordering *ordering;
	struct window windows[2];
	uint64_t *scratch;
	size_t rows_next; /* of the window to be filled next */
	size_t out;       /* rows of the current window that went out */

	struct people *people;
	struct kv *kv;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t current, filled; /* windows: the one to go out; how many */
	bool open, ready, stop;
	bool begun; /* the first window is current */
	enum err err;
};

/* `own` is initialised by the caller with maker_init. */
void crew_open(struct crew *c, struct people *p, struct kv *kv, bool help);
void crew_close(struct crew *c); /* also of zeroes */
/* Whom to make rows of; before the first crew_row. */
void crew_work(struct crew *c, struct ordering *o);
/* The next row in order, until the next call; p NULL at the end. */
enum err crew_row(struct crew *c, struct str *out) MUST_USE;

#endif
