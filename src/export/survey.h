/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who and what a set of chats refers to: their people and whoever else speaks
 * in them, managers, bots, support bots, marketing and tags, each once.  A row
 * of a worksheet stands for every one of them and for nothing else.
 */
#ifndef EXPORT_SURVEY_H
#define EXPORT_SURVEY_H

#include "names.h"
#include "pipe.h"

struct survey {
	struct query *q;
	const struct bits *chats;
	struct pipe *pipe; /* is told that it works */
	struct bits *seen; /* the scope of who asks; NULL: everybody */
	struct bits *users;
	uint64_t messages;
	uint64_t rows[EXPORT_SHEETS];
	struct names names[EXPORT_SHEETS]; /* of sheets of reference data */

	/* while a pass is made */
	unsigned want; /* of 1 << enum export_sheet */
	struct arena arena;
	struct names tags; /* folded names of known tags, with their ids */
	struct names met;  /* tags that were looked up in this pass */
	struct buf scratch;
	struct buf speaker; /* the last one looked up */
};

void survey_init(struct survey *s, struct query *q, const struct bits *chats,
		 struct pipe *pipe);
void survey_fini(struct survey *s); /* also of zeroes */
/* Gather and count for these sheets. */
enum err survey_run(struct survey *s, unsigned sheets) MUST_USE;
/* Every name of a sheet in its order, and its extra. */
typedef enum err survey_fn(void *arg, const struct name *n);
enum err survey_each(struct survey *s, enum export_sheet sheet, survey_fn *fn,
		     void *arg) MUST_USE;

#endif
