/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The inside of a search: terms of words, and the matcher that looks for them
 * in a text.
 */
#ifndef CHATS_SEARCH_H
#define CHATS_SEARCH_H

#include "archive.h"

struct sought {
	struct str folded;
	bool character, joined, prefix;
};
struct term {
	struct sought *words;
	size_t n;
};
struct search {
	struct term terms[SEARCH_TERMS_MAX];
	size_t n;
	struct sought *words;
};
_Static_assert(SEARCH_TERMS_MAX == 32, "a bit each in a uint32_t");

/* A word of the text that is being looked at. */
struct seen {
	size_t folded, n; /* in the matcher's memory */
	size_t from, to;
	bool character, joined;
};
struct matcher {
	const struct search *search;
	struct text_words words;
	struct buf memory, lower;
	struct seen *seen;
	size_t n_seen, cap;
};
void matcher_open(struct matcher *m, const struct search *s);
/* Those of `wanted` (a bit each) that stand in the text. */
uint32_t matcher_terms(struct matcher *m, struct str text, uint32_t wanted);
void matcher_close(struct matcher *m);

#endif
