/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The words of a text, for finding it again.  A word is a run of letters,
 * digits and marks, compared folded (text_fold: case and width do not matter,
 * accents do).  Scripts written without spaces (Han, kana, hangul, Thai, Lao,
 * Khmer, Burmese, Tibetan …) and symbols such as emoji have no words to cut:
 * there each character is a word of its own, joined to the one before it.
 */
#ifndef RAPPORT_BASE_WORDS_H
#define RAPPORT_BASE_WORDS_H

#include <rapport/base/bytes.h>

struct text_word {
	struct str folded; /* valid until the next call */
	struct str pair;   /* of a character: it and the next one of its run */
	size_t from, to;   /* bytes of the text it stands in */
	bool character;    /* of a script without spaces */
	bool joined;       /* directly behind the one before, same run */
};

/* A walk over the words of a valid text. */
struct text_words {
	struct str text;
	size_t at; /* of the text: what is next */
	struct buf fold;
	size_t run_from, run_to; /* of characters, in the text */
	size_t run_at;		 /* in the folded run */
	bool in_run, run_same;	 /* folding changed nothing */
};
void text_words_open(struct text_words *w, struct str text);
/* The same again over another text; keeps memory. */
void text_words_over(struct text_words *w, struct str text);
bool text_words_next(struct text_words *w, struct text_word *out);
void text_words_close(struct text_words *w);

#endif
