/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The naive model: people as arrays of values, filters as small trees, and
 * answers by looking at everybody, one at a time.  It shares nothing with the
 * engine but the folding of text and the calendar of zones, and it asks the
 * calendar other questions: the engine turns days into instants, this turns
 * instants into days.
 */
#ifndef T_QUERY_NAIVE_H
#define T_QUERY_NAIVE_H

#include <rapport/query.h>

enum naive_attr {
	N_NAME,
	N_PHONE,
	N_IP,
	N_BANNED,
	N_USER_ID,
	N_LAST_SEEN,
	N_FIRST_SEEN,
	N_SEGMENT,
	N_CONSENT,
	N_IN_FLOW,
	N_VALID,
	N_CHATS,
	N_NOTE, /* custom, one of each type */
	N_SCORE,
	N_SIGNED,
	N_BORN,
	N_VIP,
	N_TAGS,
	N_ATTRS
};

struct naive_info {
	const char *name;
	enum attr_type type;
	const char *first; /* JSON that gives a custom attribute its type */
};
extern struct naive_info naive_attrs[N_ATTRS]; /* types may change */

/* What people do; part of filters once somebody did it. */
enum naive_deed {
	N_MESSAGE,
	N_CHAT,
	N_SIGN_UP,
	N_ORDER,
	N_WELCOME,
	N_DEEDS
};
extern const char *const naive_deeds[N_DEEDS];
extern bool naive_deeds_known;
#define NAIVE_TIMES 400


#define NAIVE_ITEMS 8

struct naive_value {
	bool set;
	struct str text; /* folded */
	double number;
	int64_t at;
	int32_t date;
	bool flag;
	struct ip ip;
	struct str items[NAIVE_ITEMS]; /* folded (segments: as named) */
	size_t n;
};

struct soul {
	uint32_t id;
	struct naive_value v[N_ATTRS];
	struct {
		enum naive_deed what;
		int64_t at;
	} did[NAIVE_TIMES];
	size_t n_did;
};

/* An operand: the value as it stands in the filter, and as it is compared. */
struct naive_operand {
	struct str text; /* in the filter */
	struct naive_value v;
	bool is_date;
	struct span span;
	int bits;
};

#define NAIVE_CHILDREN 4
#define NAIVE_OPERANDS 5

enum naive_kind { NAIVE_LEAF, NAIVE_ALL, NAIVE_ANY, NAIVE_NOT };

struct naive {
	enum naive_kind kind;
	struct naive *child[NAIVE_CHILDREN];
	size_t n;
	enum naive_attr attr;
	bool deed; /* of `what`, not of an attribute */
	enum naive_deed what;
	uint64_t times;
	bool recent; /* in the span of the first operand */
	const char *op;
	struct naive_operand operand[NAIVE_OPERANDS];
	size_t n_operands;
};

/* When and where a filter runs. */
struct naive_moment {
	const struct zone *zone;
	int64_t now;
};

bool naive_true(const struct naive_moment *m, const struct naive *f,
		const struct soul *p);
/* The operator that is true where this one is not, or NULL. */
const char *naive_complement(const char *op);
void naive_json(const struct naive *f, struct json_out *j);
/* List order: by value, then id; without a value last. */
int naive_cmp(const struct soul *a, const struct soul *b,
	      enum naive_attr by, bool down);

/* Random numbers from a seed, the same everywhere. */
struct dice {
	uint64_t state;
};
uint64_t dice_roll(struct dice *d, uint64_t sides); /* 0 .. sides-1 */

/* A value from small pools, so that values meet; `json` is how an event would
 * bring it. Sometimes no value, sometimes one of another type (no value either,
 * for filters). */
void naive_random_value(struct dice *d, struct arena *a, enum naive_attr attr,
			int64_t now, struct naive_value *out, struct str *json);
struct naive *naive_random_leaf(struct dice *d, struct arena *a, int64_t now);
struct naive *naive_random(struct dice *d, struct arena *a, int64_t now,
			   int depth);
/* The first characters of a random text. */
struct str naive_random_piece(struct dice *d, struct arena *a,
			      size_t characters);
/* The segments that may be named. */
extern const char *const naive_segments[];
extern const size_t n_naive_segments;

#endif
