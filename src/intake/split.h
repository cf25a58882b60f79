/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One source to its events.  The content says what it is:
 *
 *   [ first       an array: its elements are the events, cut at commas
 *   { or other    lines: each line that is not blank is one event ...
 *                 ... unless the first line leaves a bracket open and the
 *                 text up to where it closes is one JSON value: then it is
 *                 written over several lines, and so may be the next ones
 *
 * In lines a damaged line is one piece and the next line is free of it; in an
 * array a damaged element ends at the next comma of the array.  Bytes may come
 * cut anywhere; what is not yet whole is kept, up to the limit of one event.
 */
#ifndef INTAKE_SPLIT_H
#define INTAKE_SPLIT_H

#include <rapport/intake.h>

enum split_mode {
	SPLIT_START,
	SPLIT_LINES,
	SPLIT_VALUES, /* objects written over several lines */
	SPLIT_ARRAY,
	SPLIT_AFTER, /* behind the array */
	SPLIT_DONE
};

/* Where a scan of brackets and strings stands. */
struct scan {
	uint32_t depth; /* open brackets */
	bool in_string, escaped;
};

/* One byte; true where a bracket closed the outermost level. */
bool scan_byte(struct scan *s, char c);

struct splitter {
	enum split_mode mode;
	struct buf kept; /* of a piece that is not whole yet */
	struct buf redo; /* to be read again, as lines, before the input */
	size_t redone;   /* of redo */
	struct scan scan;
	bool emitted;  /* kept was handed out: drop it first */
	bool too_long; /* the piece is over the limit: only its start is kept */
	bool guessed;  /* whether values are lines was decided */
	uint64_t line; /* of the piece under way; elements in an array */
	uint64_t values_line; /* where the value under way began */
};

struct piece {
	struct str text;
	uint64_t line; /* or element */
	bool too_long; /* text is its beginning only */
	bool trailing; /* something behind the array, or it has no end */
};

void splitter_init(struct splitter *s);
void splitter_fini(struct splitter *s);
/* The next piece of what was kept and `*input`; used bytes are cut off
 * `*input`. With `last` the input is all there is. False: more is needed, or
 * all is done. The piece is valid until the next call. */
bool split_next(struct splitter *s, struct str *input, bool last,
		struct piece *out);

#endif
