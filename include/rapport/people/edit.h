/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Values by hand, and all there is to say about one user.  An attribute of a
 * user has two lanes: what events say and what managers say.  Within a lane
 * the later instant wins; between them the managers' always does, and what
 * the events say meanwhile stays beside it as the shadow.  A value that was
 * replaced goes to the history of the attribute, where the newest
 * HISTORY_MAX of each stay.
 */
#ifndef RAPPORT_PEOPLE_EDIT_H
#define RAPPORT_PEOPLE_EDIT_H

#include <rapport/people.h>

#define HISTORY_MAX 100u

/* Set, or with value NULL clear, by hand; for ever above what events say. Ban
 * and unban are edits of A_BANNED. `by`: the manager; 0: a token or the
 * command line. ERR_NOT_FOUND: no such user. ERR_INVALID: not editable, or the
 * value is a misfit (what a person types must parse). ERR_LIMIT. The value may
 * be what batch_attr and value_of_json gave. */
enum err batch_edit(struct batch *b, uint32_t user, const struct attr *a,
		    const struct value *v, uint32_t by, int64_t at,
		    struct fault *f) MUST_USE;

/* A value and where it came from. */
struct told {
	struct value value;
	bool has; /* false: it was cleared, and `value` is empty */
	struct stamp from;
	uint32_t by; /* of FROM_MANAGER */
};

struct user_attr {
	const struct attr *attr;
	struct told now; /* shown */
	bool derived;    /* kept by Rapport: `now` has no stamp */
	bool has_previous;
	struct told previous; /* shown before */
	bool has_shadow;
	struct told shadow; /* what events say under a manager's value */
};

struct user_detail {
	uint32_t id;
	struct str user_id;
	struct user_attr *attrs; /* in catalog order; has a value or had one */
	size_t n_attrs;
	struct identity *identities; /* beside the userId */
	size_t n_identities;
	uint32_t *segments; /* static ones, by id */
	size_t n_segments;
	struct chat_facts facts;
	int64_t consent_at, valid_at; /* INSTANT_NONE: never said */
};
/* False: there is no such user. Everything lives in `a` or the snapshot. */
bool user_detail(struct kv_txn *txn, const struct catalog *c, uint32_t id,
		 struct arena *a, struct user_detail *out);

/* When what is kept of a user was said: of each attribute, of one that was
 * cleared too, in catalog order, and what events saw of them, without what
 * their chats tell. */
struct user_stamps {
	int64_t first, last; /* INSTANT_NONE: never */
	const struct attr_stamp {
		const struct attr *attr;
		struct stamp from;
		bool cleared;
	} *at;
	size_t n;
};
bool user_stamps(struct kv_txn *txn, const struct catalog *c, uint32_t id,
		 struct arena *a, struct user_stamps *out);

/* Earlier values of an attribute, newest first, the present ones left out;
 * false stops. */
typedef bool told_fn(void *arg, const struct told *t);
void user_history(struct kv_txn *txn, uint32_t user, const struct attr *attr,
		  told_fn *fn, void *arg);

/* When something was said of an attribute: a hash of its text, and of that
 * folded. */
struct attr_said {
	int64_t at;
	bool has;  /* a value; false: it was cleared */
	bool hand; /* by a manager */
	uint64_t exact, folded;
};
void attr_said_of(struct arena *a, const struct told *t, struct attr_said *out);
/* All that is neither shown nor in the history: values that were said again,
 * and those the history had no room for; in any order. */
typedef void attr_said_fn(void *arg, const struct attr_said *s);
void user_sayings(struct kv_txn *txn, uint32_t user, const struct attr *attr,
		  attr_said_fn *fn, void *arg);

/* What happened to the user (batch_trail), newest first, at or before `at`;
 * false stops. Slices of the snapshot. */
struct trail {
	int64_t at;
	uint64_t seq; /* tells apart what is of the same instant */
	struct str json;
};
typedef bool trail_fn(void *arg, const struct trail *t);
void user_trail(struct kv_txn *txn, uint32_t user, int64_t at, trail_fn *fn,
		void *arg);

#endif
