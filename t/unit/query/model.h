/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The audience of the model test: the same people in the store and in arrays,
 * changed together.
 */
#ifndef T_QUERY_MODEL_H
#define T_QUERY_MODEL_H

#include "naive.h"
#include "world.h"

#define PEOPLE_MAX 600
#define FLOWS 4

struct model {
	struct world w;
	struct arena arena; /* values of people; never reset */
	struct arena brief; /* of one filter */
	struct dice dice;
	struct soul people[PEOPLE_MAX];
	int runs[PEOPLE_MAX][FLOWS];
	size_t n;
	size_t filters, nodes, pages, wrong;
	uint32_t merges[PEOPLE_MAX]; /* not undone yet */
	size_t n_merges;
	size_t wild[5]; /* how often: merged, undone, erased, edited, retyped */
	const struct naive *scope; /* of the filter under check; or NULL */
	bool quiet;
	bool right[PEOPLE_MAX];
};

void model_begin(struct model *m);
/* Some people change, some come. */
void model_shuffle(struct model *m);
/* Whatever else may happen: deeds, edits by hand, merges and their undoing,
 * ends, other types. The arrays are then read from the records. */
void model_wild(struct model *m);

#endif
