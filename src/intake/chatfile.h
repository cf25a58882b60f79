/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A file of chat data, walked.  One look finds where its members begin and
 * that its brackets close; then walks go through all of them at once, each row
 * of "Import data" beside the row of a worksheet that it is about:
 *
 *	"User data"      . . .
 *	"Message data"        . . . .       a cursor in each
 *	"Import data"    . . . . . . .      this one leads
 *
 * Members may stand in any order.  Memory is that of a few rows.
 */
#ifndef INTAKE_CHATFILE_H
#define INTAKE_CHATFILE_H

#include <rapport/intake/chats.h>

#define CHAT_ROW_MAX (8u << 20) /* bytes of one row, as it is written */

enum import_row {
	ROW_HEAD,
	ROW_ATTRIBUTE,
	ROW_USER,
	ROW_REFERENCE,
	ROW_CHAT,
	ROW_MESSAGE,
	ROW_NOTE,
	IMPORT_ROWS
};

/* Bytes from a place on. */
struct stream {
	const struct chats_source *source;
	uint64_t at; /* of memory[0] */
	char *memory;
	size_t n, used;
	enum err err;
	struct fault *fault;
};

struct cursor {
	struct stream in;
	enum chats_part part;
	struct buf kept; /* a row that was cut by the end of the memory */
	uint64_t row;    /* of the last one, from 1 */
	uint64_t begin;
	bool ended;
};

struct chatfile {
	const struct chats_source *source;
	bool has[CHATS_PARTS];
	uint64_t from[CHATS_PARTS]; /* behind the bracket */
	uint64_t bytes;
};
/* ERR_INPUT: it is not, or not whole, what it should be. ERR_INVALID: it lacks
 * a member. */
enum err chatfile_look(struct chatfile *file, const struct chats_source *source,
		       struct fault *f) MUST_USE;

/* A row and what it is about. Trees and texts live in the arena given. */
struct walked {
	enum import_row kind;
	enum chats_part part; /* where `row` counts */
	uint64_t row;
	const struct json *sheet; /* NULL: ROW_HEAD, ROW_ATTRIBUTE, ROW_NOTE */
	const struct json *said;  /* of "Import data" */
	struct str text;          /* of the sheet's row, or else of `said` */
	struct str chat_id;       /* ROW_CHAT, ROW_MESSAGE, ROW_NOTE */
};

struct walk {
	struct cursor cursors[CHATS_PARTS];
	struct buf chat_id; /* the one that is open */
	bool in_chat, notes;
	enum import_row last;
	int64_t at; /* of what was said last in it */
};
void walk_open(struct walk *w, const struct chatfile *file, struct fault *f);
void walk_close(struct walk *w);
/* False in *more: all rows of all members were given. ERR_INPUT: rows do not
 * stand beside each other, or one is damaged. */
enum err walk_next(struct walk *w, struct arena *a, struct walked *out,
		   bool *more) MUST_USE;
/* Bytes that were read, of all cursors. */
uint64_t walk_done(const struct walk *w);

#endif
