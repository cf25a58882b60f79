/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Distinct texts in the order of their bytes, however many there are, in fixed
 * memory: a pass over where they come from keeps the first of them that have
 * room, and when there were more, another pass takes those behind.
 */
#ifndef EXPORT_NAMES_H
#define EXPORT_NAMES_H

#include <rapport/base.h>

struct name {
	struct str text;
	struct str extra; /* of the one that was added first */
	uint64_t hash;
};

struct names {
	struct arena arena;
	struct name *at; /* in order after names_sort */
	size_t n, cap;
	uint32_t *table; /* places in `at`, plus one; 0: free */
	size_t slots;
	size_t bytes, limit; /* of the texts kept */
	struct buf after;    /* this pass is for texts greater than it, */
	struct buf below;    /* and, if there were too many, less than it */
	bool begun;          /* `after` holds */
	bool more;           /* `below` holds: another pass is needed */
};

void names_init(struct names *n, size_t limit);
void names_fini(struct names *n); /* also of zeroes */
/* Copies both; an empty text is none. */
void names_add(struct names *n, struct str text, struct str extra);
const struct name *names_find(const struct names *n, struct str text);
void names_sort(struct names *n);
/* Empty, for those behind (after names_sort), or for the first. */
void names_next(struct names *n);
void names_first(struct names *n);

#endif
