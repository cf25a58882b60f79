/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who is in a segment, static or dynamic, and what is made of that.  A dynamic
 * segment is its filter, run anew each time and in the zone of the asker; one
 * that names others runs theirs.  The people room refuses cycles, and reading
 * stops at SEGMENT_NESTING all the same.
 *
 * A leaf ["segment", "isSet"] is about segments kept by hand: were it about
 * dynamic ones, each of these that asks it would be asking itself.
 */
#ifndef RAPPORT_QUERY_SEGMENTS_H
#define RAPPORT_QUERY_SEGMENTS_H

#include <rapport/query.h>

#define SEGMENT_NESTING 16

/* Who acts and with what: the functions that change the store through the
 * query room make their own transactions, with the audit row in them, and are
 * called outside of any. */
struct desk {
	struct staff *staff;
	struct people *people;
	const struct by *by;
	const struct limits *limits; /* of who acts; NULL: none */
	const struct zone *zone;     /* for relative dates; NULL: UTC */
};

/* Who of the scope is in it now; owned by the caller. ERR_NOT_FOUND (also
 * where the scope has nobody in it); ERR_INVALID when the filter of a dynamic
 * one cannot run any more. */
enum err query_segment(struct query *q, uint32_t id, struct bits **out,
		       struct fault *f) MUST_USE;

/* The filter of a dynamic segment as segment_create and segment_change of the
 * people room want it: checked, in the form for records. Lives in the arena. */
struct rule_in {
	struct str filter;
	const uint32_t *refs;
	size_t n_refs;
};
enum err query_rule(struct query *q, struct str text, struct rule_in *out,
		    struct fault *f) MUST_USE;

/* A dynamic segment becomes a static one of who is in it. ERR_NOT_FOUND,
 * ERR_CONFLICT (static already), ERR_STALE (changed meanwhile), ERR_DENIED
 * (to who is limited to some users: others would be lost from it). */
enum err desk_freeze(const struct desk *d, uint32_t segment, uint64_t *members,
		     struct fault *f) MUST_USE;

enum combination { COMBINE_UNION, COMBINE_INTERSECTION, COMBINE_DIFFERENCE };
/* "union" "intersection" "difference" */
bool combination_find(struct str name, enum combination *out);
#define COMBINE_MAX 20u
struct combine_in {
	struct str name, description; /* of the new, static one */
	enum combination how;
	const uint32_t *segments; /* 2 to COMBINE_MAX; the first less the rest */
	size_t n_segments;
};
/* ERR_NOT_FOUND (path: "segments/1"), ERR_INVALID, ERR_CONFLICT (the name). */
enum err desk_combine(const struct desk *d, const struct combine_in *in,
		      uint32_t *id, uint64_t *members,
		      struct fault *f) MUST_USE;

#endif
