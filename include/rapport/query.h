/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * query: from a filter tree to the exact people.  A filter (filters.md) is
 * parsed against the catalog into nodes whose every leaf is known to run; a
 * filter that cannot run is an error naming the leaf by its path.  Running it
 * is set algebra over postings; a total is a cardinality.  A page walks the
 * sort order and tests the set, or fetches the sort values of a small set and
 * selects: the plan picks by cardinality.
 */
#ifndef RAPPORT_QUERY_H
#define RAPPORT_QUERY_H

#include <rapport/people.h>
#include <rapport/staff.h>

#define FILTER_DEPTH_MAX 8
#define FILTER_LEAVES_MAX 200
#define FILTER_BYTES_MAX (64u << 10)
#define LIST_LIMIT_MAX 500u
#define LIST_COLUMNS_MAX 200u

struct filter; /* in the arena it was parsed into */

/* What a filter is read and run against. */
struct query {
	struct kv_txn *txn;
	const struct catalog *catalog;
	struct arena *arena;
	const struct zone *zone; /* for relative dates; NULL: UTC */
	int64_t now;             /* INSTANT_NONE: clock_now() */
	bool *timely; /* set once what is found depends on `now`; or NULL */
	const struct filter *scope; /* who may be seen at all; NULL: everybody */
	/* Kept by query_limit; zero for who may see everything. */
	bool limited;                /* to the people of `scope` */
	const struct catalog *whole; /* for stored filters; NULL: `catalog` */
	bool nameless;               /* rows do not tell their ids */
	struct str masked;           /* names, for what is no attribute */
	bool no_behaviour;           /* what people did is not told */
	bool no_speech; /* nor what they said: who may not read chats */
	bool no_numbers; /* nor who is behind a number: who may not read those */
	struct rules *rules;         /* the room's own; NULL */
};

/* Hold `q` to the limits of who asks, once, before anything else: from then on
 * its catalog does not have what is masked, so that a filter, a sort, a column, a suggestion or
 * a list of attributes answers as for a name nobody has; and its scope is at
 * the root of every list, count, suggestion and coverage. A segment in which
 * nobody of the scope is answers like one that does not exist. NULL: no
 * limits. ERR_DENIED when no attribute is left. */
enum err query_limit(struct query *q, const struct limits *l,
		     struct fault *f) MUST_USE;

/* The limits of a manager as they are given and shown: {"segments": null or
 * [names and ids], "masked": [attributes]}; what is absent is not limited.
 * ERR_INVALID (path: "segments/0" or "masked/0" under `field`). Lives in the
 * arena. Shown are {"id", "name"} of segments; and to who is held to them only
 * "maskedCount", for what is masked has no name there. */
enum limits_form { LIMITS_WHOLE, LIMITS_HELD };
enum err limits_read(struct query *q, const char *field, const struct json *v,
		     struct limits *out, struct fault *f) MUST_USE;
void limits_json(struct kv_txn *txn, const struct limits *l,
		 enum limits_form form, struct json_out *j); /* NULL: null */
/* Whether the scope has this user; always so for who sees everybody. */
bool query_sees(struct query *q, uint32_t user);

/* Empty text, or {} or {"all":[]}: everybody. Errors: ERR_INPUT (JSON),
 * ERR_INVALID (path of the leaf, what was expected), ERR_LIMIT. */
enum err filter_parse(struct query *q, struct str text, struct filter **out,
		      struct fault *f) MUST_USE;
enum err filter_of_json(struct query *q, const struct json *v,
			struct filter **out, struct fault *f) MUST_USE;
/* "Country is United States and Language is English"; "Everybody", also of
 * NULL. */
void filter_sentence(const struct filter *f, struct buf *out);
/* The one compact form, for URLs; segments by name. */
void filter_json(const struct filter *f, struct buf *out);
/* The form for records: segments by id, as numbers, so that a new name does
 * not break them. filter_parse reads both. */
void filter_keep(const struct filter *f, struct buf *out);
/* The segments a filter names itself, each once, ascending; up to max; how
 * many there are. */
size_t filter_refs(const struct filter *f, uint32_t *out, size_t max);

/* The people. Owned by the caller. Errors stick to the transaction. */
struct bits *filter_run(struct query *q, const struct filter *f);
/* Cardinality of every node in pre-order; returns how many nodes. */
size_t filter_counts(struct query *q, const struct filter *f, uint64_t *out,
		     size_t max);
size_t filter_nodes(const struct filter *f);

struct list_in {
	const struct filter *filter;
	const struct attr *sort; /* NULL: the default of sort_parse, by `down` */
	bool down;
	size_t limit;
	struct str after; /* cursor or empty */
};
struct list_out {
	uint64_t total;
	uint32_t *ids; /* in the arena */
	size_t n;
	struct str next; /* cursor, or p NULL at the end */
};
/* "-lastSeen" or "default_name"; empty: the default, "-lastSeen", or where
 * that is masked the first default column upwards. */
enum err sort_parse(const struct catalog *c, struct str text,
		    const struct attr **attr, bool *down,
		    struct fault *f) MUST_USE;
/* "a,b,c"; empty gives the default columns. Errors name the column. */
enum err columns_parse(const struct catalog *c, struct str text,
		       struct arena *a, const struct attr ***out, size_t *n,
		       struct fault *f) MUST_USE;
/* ERR_INVALID for a cursor of another sort or a damaged one. */
enum err query_list(struct query *q, const struct list_in *in,
		    struct list_out *out, struct fault *f) MUST_USE;
/* Write {"id":…,"column":value,…}; absent values are absent. */
void query_row(struct query *q, uint32_t id, const struct attr *const *columns,
	       size_t n, struct json_out *j);
/* All ids of a set in list order, for exports, a piece at a time; the set stays
 * the caller's and must outlive it, and the query's arena may not be rewound
 * behind its opening. Errors stick to the transaction. */
struct ordering;
struct ordering *ordering_open(struct query *q, const struct bits *set,
			       const struct attr *sort, bool down);
/* Up to max; fewer: the end. */
size_t ordering_take(struct ordering *o, uint32_t *ids, size_t max);
void ordering_close(struct ordering *o); /* NULL is fine */

/* Distinct values of a text, set, number, boolean or ip attribute that start
 * with `text`, most people of the filter first, then those that only contain
 * it; ERR_INVALID of another. *total is how many such values there are,
 * exactly, or SUGGEST_MANY where there are more than can be counted at a key
 * press; then the values are the best among those looked at. */
#define SUGGEST_MANY UINT64_MAX
#define SUGGEST_LIMIT_MAX 500u
struct suggestion {
	struct str value; /* as people wrote it */
	uint64_t count;
};
enum err query_suggest(struct query *q, const struct attr *a, struct str text,
		       const struct filter *within, size_t limit,
		       struct suggestion **out, size_t *n, uint64_t *total,
		       struct fault *f) MUST_USE;
/* How many users have a value of `a`; of those in the scope. */
uint64_t query_coverage(struct query *q, const struct attr *a);

/* The day of the week on which the workspace's weeks begin, 0 Monday. */
int query_week_start(const struct query *q);
/* The first day of the week that begins so and has the date in it. */
int32_t week_first(int32_t date, int start);

/* What people do stands in filters as an attribute of this type would, with
 * the operators did and didNot. */
#define TYPE_BEHAVIOUR ((enum attr_type)TYPE_COUNT)
/* Everything that somebody of the scope ever did: messages, chats, events and
 * flows by name, and how many did; with name, label and id as an attribute. */
typedef void behaviour_fn(void *arg, const struct attr *a, uint64_t users);
void query_behaviours(struct query *q, behaviour_fn *fn, void *arg);
/* Whether somebody of the scope ever did it, for who may know. */
bool query_behaviour_known(struct query *q, struct str name);
/* "Did not write a message", how a sentence on it begins. */
void query_behaviour_say(struct buf *out, struct str name, bool negated);

/* What they said, likewise: `said`, with contains and notContains. NULL where
 * who asks may not know. */
#define TYPE_SPEECH ((enum attr_type)(TYPE_COUNT + 1))
const struct attr *query_speech(const struct query *q);

/* Who is behind a number of analytics, likewise: `counted`, with isIn and
 * isNotIn. NULL where who asks may not know. */
#define TYPE_COUNTED ((enum attr_type)(TYPE_COUNT + 2))
const struct attr *query_counted(const struct query *q);
/* What analytics are stands below this room; it lends what the leaf needs, in
 * every process (people_lend). */
struct counted; /* which number, in the query's arena */
struct numbers {
	/* ERR_INVALID: what was expected, without a path. */
	enum err (*read)(struct query *q, const struct json *v,
			 const struct counted **out, struct fault *f);
	/* Owned by the caller; others than `within` may be missing. */
	struct bits *(*run)(struct query *q, const struct counted *c,
			    const struct bits *within);
	/* "New users, 1 Oct – 31 Oct 2026 (Europe/Lisbon)" */
	void (*say)(struct buf *out, const struct counted *c);
	void (*json)(struct json_out *j, const struct counted *c);
};

/* Operators, for GET /attributes and the parser: one table for every surface. */
struct operator_info {
	const char *name;   /* wire: "isAnyOf" */
	const char *label;  /* "is any of" */
	const char *values; /* "none" "one" "two" "many" "span" "network" "deed" "words" "number" */
	bool negated;
};
size_t operators_of(enum attr_type t, struct operator_info *out, size_t max);

#include <rapport/query/segments.h>
#include <rapport/query/views.h>
#include <rapport/query/jobs.h>
#include <rapport/query/define.h>
#include <rapport/query/person.h>
#include <rapport/query/archive.h>

#endif
