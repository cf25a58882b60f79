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
	struct person people[PEOPLE_MAX];
	int runs[PEOPLE_MAX][FLOWS];
	size_t n;
	size_t filters, nodes, pages, wrong;
	const struct naive *scope; /* of the filter under check; or NULL */
	bool quiet;
	bool right[PEOPLE_MAX];
};

void model_begin(struct model *m);
/* Some people change, some come. */
void model_shuffle(struct model *m);

#endif
