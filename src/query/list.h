/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Lists inside: the place of a user in a sort order, the cursor that names
 * such a place to a client, and the two plans for a page, which can be forced
 * so that a test can hold their answers against each other.
 */
#ifndef QUERY_LIST_H
#define QUERY_LIST_H

#include <rapport/query.h>

/* Where a user stands: those with a value by (key, id), the others last. */
struct place {
	bool set;
	struct str key; /* encoded as in the postings */
	uint32_t id;
};

/* What a list is ordered by. */
struct sorting {
	const struct attr *attr;
	bool down;
};

/* The place of a user; the key lives in the query's arena. */
void place_of(struct query *q, const struct attr *sort, uint32_t id,
	      struct place *out);
/* Negative: a comes first. Both directions; unset is last in either. */
int place_cmp(const struct place *a, const struct place *b, bool down);
/* The level of an attribute's postings that is its order. */
uint8_t sort_level(const struct attr *a);

/* Opaque, checksummed, in the arena. */
struct str cursor_text(struct arena *a, const struct sorting *s,
		       const struct place *at);
enum err cursor_parse(struct arena *a, struct str text,
		      const struct sorting *s, struct place *out,
		      struct fault *f) MUST_USE;

enum list_plan { PLAN_BY_COST, PLAN_WALK, PLAN_SELECT };

enum err list_run(struct query *q, const struct list_in *in,
		  enum list_plan plan, struct list_out *out,
		  struct fault *f) MUST_USE;

#endif
