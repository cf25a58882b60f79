/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Lists inside: the place of a user in a sort order, the cursor that names
 * such a place to a client, and the plans for a page, which can be forced so
 * that a test can hold their answers against each other.
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

/* What a list is ordered by when nobody says: lastSeen, if it may be seen. */
const struct attr *sort_default(const struct catalog *c);

/* Opaque, checksummed, in the arena. */
struct str cursor_text(struct arena *a, const struct sorting *s,
		       const struct place *at);
enum err cursor_parse(struct arena *a, struct str text, const struct sorting *s,
		      struct place *out, struct fault *f) MUST_USE;

/* A page being made. */
struct page {
	struct query *q;
	const struct bits *set;
	struct sorting sorting;
	bool resumed; /* `after` holds the last place of the page before */
	struct place after;
	uint32_t *ids;
	size_t n, max;
};

/* Fill the page by the plan that costs least. */
void page_by_cost(struct page *p);
/* False: more than walk_max postings would have to be passed (0: no limit);
 * nothing is in the page then. */
bool page_walk(struct page *p, uint64_t walk_max);
/* The page's users are all among these. */
void page_select(struct page *p, const struct bits *among);
/* The order of the segment column; any plan. */
void page_segment(struct page *p);
void place_in_segments(struct query *q, uint32_t id, struct place *out);
/* Add those without a value, who come last. */
void page_unset(struct page *p);
/* False: not for this page; nothing is in it. */
bool page_range(struct page *p);

/* ordering_open; sets of more than `at_once` users are walked. */
struct ordering *ordering_begin(struct query *q, const struct bits *set,
				const struct attr *sort, bool down,
				size_t at_once);

enum list_plan { PLAN_BY_COST, PLAN_WALK, PLAN_SELECT, PLAN_RANGE };

enum err list_run(struct query *q, const struct list_in *in,
		  enum list_plan plan, struct list_out *out,
		  struct fault *f) MUST_USE;

#endif
