/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The inside of the room: what a filter looks like once it is read.  A node is
 * a group or a leaf, its children are a chain.  A leaf holds its attribute,
 * its row of the operator table and its operands, each already read as the
 * attribute's type: whatever stands in a node can run.  Relative dates stay
 * relative here and become ranges only while the filter runs.
 */
#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

#include <rapport/query.h>

struct search;

enum operand_form {
	FORM_NONE,
	FORM_ONE,
	FORM_TWO,
	FORM_MANY, /* 1 to FILTER_LEAVES_MAX values */
	FORM_SPAN,
	FORM_NETWORK,
	FORM_DEED, /* how often and since when, or nothing */
	FORM_WORDS, /* one text, as the archive is searched */
	FORM_NUMBER, /* of analytics, as an object */
	FORM_COUNT
};

/* How the users of a leaf are found. */
enum match {
	MATCH_EQUAL, /* any of the values */
	MATCH_ALL_OF,
	MATCH_CONTAINS,
	MATCH_STARTS,
	MATCH_ENDS,
	MATCH_PRESENT,
	MATCH_TRUE,
	MATCH_FALSE,
	MATCH_NETWORK,
	MATCH_LESS,
	MATCH_LESS_SAME,
	MATCH_MORE,
	MATCH_MORE_SAME,
	MATCH_BETWEEN,
	MATCH_BEFORE,
	MATCH_AFTER,
	MATCH_ON,
	MATCH_IN_LAST,
	MATCH_IN_NEXT,
	MATCH_TODAY,
	MATCH_YESTERDAY,
	MATCH_THIS_WEEK,
	MATCH_THIS_MONTH,
	MATCH_LAST_MONTH,
	MATCH_DID,
	MATCH_SAID,
	MATCH_COUNTED,
	MATCH_COUNT
};

struct op {
	const char *name, *label;
	unsigned types; /* bit by enum attr_type, and by those that follow it */
	enum operand_form form;
	enum match match;
	bool negated;
};

/* The operator `name` of type `t`, or NULL. */
const struct op *operator_find(enum attr_type t, struct str name);
/* "is, isNot, …" for an error. */
void operators_put(struct buf *out, enum attr_type t);

/* One value of a leaf, read as the attribute's type; what is not of that type
 * is zero. */
struct operand {
	struct str text;   /* as written; of a segment its name */
	struct str folded; /* text, item of a set */
	double number;
	bool is_date; /* `date` counts, not `at` */
	int32_t date;
	int64_t at;
	struct span span;
	struct ip ip;
	int bits; /* of a network */
	uint32_t times; /* of a behaviour */
	const struct search *search; /* of what was said */
	const struct counted *counted;
	const struct numbers *lent; /* of `counted` */
	uint32_t segment;
	const struct rule *rule; /* of a dynamic segment */
};

enum node_kind { NODE_ALL, NODE_ANY, NODE_NOT, NODE_LEAF };

struct filter {
	enum node_kind kind;
	const struct filter *first; /* of a group; of NODE_NOT the only one */
	const struct filter *next;
	const struct attr *attr; /* from here on: of a leaf */
	const struct op *op;
	const struct operand *operands;
	size_t n;
};

/* Read `v` as a value of the leaf's attribute and operator. ERR_INVALID with
 * what was expected and no path. */
enum err operand_read(struct query *q, const struct attr *a,
		      const struct op *op, const struct json *v,
		      struct operand *out, struct fault *f) MUST_USE;
/* Its key among the postings of `a` (not for instants and dates). Lives in the
 * query's arena. */
struct str operand_key(struct query *q, const struct attr *a,
		       const struct operand *o);

/* The values of a number, instant or date leaf as a closed range of ordered
 * keys (value_order); false: no value at all. */
bool leaf_range(const struct query *q, const struct filter *leaf, uint64_t *lo,
		uint64_t *hi);

/* The time it is for this query. Nothing else in the room may look at a clock
 * to say who is found: what was found then is known to depend on it. */
int64_t query_now(const struct query *q);

/* From `span` before now up to and with now, as inLast means it. */
void span_last(const struct query *q, struct span span, int64_t *from,
	       int64_t *to);
/* "30 days" */
void span_say(struct buf *out, struct span s);

/* Behaviour (behaviour.c). The name is of one, whether anybody did it or not;
 * what a leaf holds, or NULL where there is none for who asks. */
bool behaviour_named(struct str name);
const struct attr *behaviour_find(struct query *q, struct str name);
enum err behaviour_read(const struct json *v, struct operand *out,
			struct fault *f) MUST_USE;
struct bits *behaviour_run(struct query *q, const struct filter *leaf,
			   const struct bits *within);
void behaviour_say(struct buf *out, const struct filter *leaf);
void behaviour_json(struct json_out *j, const struct filter *leaf);

/* What was said (said.c): what a leaf holds, or NULL where it is not there. */
const struct attr *speech_find(const struct query *q, struct str name);
enum err speech_read(struct query *q, const struct json *v,
		     struct operand *out, struct fault *f) MUST_USE;
struct bits *speech_run(struct query *q, const struct filter *leaf,
			const struct bits *within);

/* Who is behind a number (counted.c), likewise. */
const struct attr *counted_find(const struct query *q, struct str name);
enum err counted_read(struct query *q, const struct json *v,
		      struct operand *out, struct fault *f) MUST_USE;
struct bits *counted_run(struct query *q, const struct filter *leaf,
			 const struct bits *within);
void counted_say(struct buf *out, const struct filter *leaf);
void counted_json(struct json_out *j, const struct filter *leaf);

/* The users of a leaf as if its operator were not negated. `within`, when not
 * NULL, says that others than these do not matter: they may be missing. */
struct bits *leaf_run(struct query *q, const struct filter *leaf,
		      const struct bits *within);
/* Whether that is one posting or one range, and which. */
bool leaf_term(struct query *q, const struct filter *leaf,
	       struct join_term *out);
/* 0 is cheap: postings read by key; 3 walks a dictionary, 4 may read what the
 * users of `within` did. */
int leaf_cost(const struct filter *leaf);

/* Everybody a node matches, whoever may be seen; owned by the caller. */
struct bits *node_bits(struct query *q, const struct filter *f);

/* One more condition at the root of everything. */
void scope_add(struct query *q, const struct filter *f);
/* Only these attributes are there from now on. */
void catalog_narrow(struct query *q, attr_keep_fn *keep, void *arg);

/* Dynamic segments (rule.c).  While a filter is read or run, the query keeps
 * what it knows of them, so that each is read and run once however often it is
 * named.  Calls nest; the outermost pair begins and ends. */
struct rule;
struct rules_held {
	bool outermost;
};
struct rules_held rules_begin(struct query *q);
void rules_end(struct query *q, struct rules_held h);
/* The scope's people, kept until rules_end. */
const struct bits *scope_bits(struct query *q);
/* ERR_INVALID: its filter cannot run any more. */
enum err rule_find(struct query *q, uint32_t segment, const struct rule **out,
		   struct fault *f) MUST_USE;
struct bits *rule_run(struct query *q, const struct rule *r);
int rule_cost(const struct rule *r);
int node_cost(const struct filter *f);
/* Read the value of a leaf about segments. ERR_INVALID as operand_read. */
enum err segment_read(struct query *q, const struct json *v,
		      struct operand *out, struct fault *f) MUST_USE;
/* The members of what an operand names. */
struct bits *segment_run(struct query *q, const struct operand *o);

/* A folded text up to this length stands in its key whole. */
#define PREFIX_SURE 256u
/* Folded text of a user's value, for dictionary keys that were cut. False: the
 * user has none. */
bool text_of_user(struct query *q, const struct attr *a, uint32_t id,
		  struct str *folded);

#endif
