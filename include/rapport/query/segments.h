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

/* A segment as somebody may see it. Who is held to a scope sees those with
 * somebody of it in them and those they made themselves, and sizes are of the
 * scope; a filter that names what is kept from them is not shown. */
struct segment_ref {
	uint32_t id;
	struct str name;
};
struct segment_view {
	struct segment segment; /* without refs; filter as filter_json */
	struct str by_name;     /* of the manager who made it; "" */
	bool runs;              /* false: its filter cannot any more */
	struct str reason;      /* why not */
	uint64_t size;
	struct str sentence;           /* of a filter that is shown */
	struct segment_ref *needed_by; /* dynamic ones that name it */
	size_t n_needed_by;
};
/* ERR_NOT_FOUND. Everything lives in the arena. */
enum err segment_view_get(struct query *q, const struct who *who, uint32_t id,
			  struct segment_view *out, struct fault *f) MUST_USE;

/* Its wire form. */
void segment_view_json(const struct segment_view *v, struct json_out *j);

/* By folded name. */
struct segments_in {
	struct str text; /* that the name holds, case aside; or empty */
	bool of_kind;
	enum segment_kind kind;
	size_t limit;
	struct str after; /* cursor or empty */
};
struct segments_out {
	uint64_t total;
	struct segment_view *rows; /* in the arena */
	size_t n;
	struct str next; /* cursor, or p NULL at the end */
};
/* ERR_INVALID for a cursor that is none. */
enum err segments_page(struct query *q, const struct who *who,
		       const struct segments_in *in, struct segments_out *out,
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

/* Making and changing. Beside the errors of the people room: ERR_INVALID (path:
 * the leaf under "filter"), and for who is held to some users ERR_DENIED for
 * changes to segments of others and of any filter, since a scope may be made
 * of it. Names and descriptions are as in the people room. */
struct segment_making {
	struct str name, description;
	struct str filter; /* p NULL: a static one */
};
enum err desk_segment_create(const struct desk *d,
			     const struct segment_making *in, uint32_t *id,
			     struct fault *f) MUST_USE;
struct segment_edit {
	const struct str *name, *description, *filter; /* NULL: stays */
	const int64_t *updated; /* it must be of then, or ERR_STALE */
};
enum err desk_segment_change(const struct desk *d, uint32_t id,
			     const struct segment_edit *in,
			     struct fault *f) MUST_USE;
/* `updated` as above; NULL: whatever it is. */
enum err desk_segment_delete(const struct desk *d, uint32_t id,
			     const int64_t *updated, struct fault *f) MUST_USE;

/* Into and out of a static segment, at once: first in, then out. Users are a
 * JSON array of ids (numbers) and userIds (texts), all of which must be there
 * and of the scope, or {"f": filter}. */
struct members_in {
	const struct json *add, *remove; /* NULL: nobody */
};
struct members_out {
	uint64_t added, removed; /* who was not, was in it */
	uint64_t size;           /* then, of the scope */
};
enum err desk_segment_members(const struct desk *d, uint32_t id,
			      const struct members_in *in,
			      struct members_out *out,
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
