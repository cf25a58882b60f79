/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The definition of an attribute: its label, whether it is hidden, its type.
 * A change of type makes a second attribute in the background: all values are
 * read anew into it, in slices, and whatever is written meanwhile goes to
 * both; at the end one transaction gives it the name, and the old one is
 * emptied in slices.  Every snapshot has a whole index of the one type or of
 * the other.  So the id of an attribute may change; its name does not, and its
 * history goes on.
 */
#ifndef RAPPORT_PEOPLE_DEFINE_H
#define RAPPORT_PEOPLE_DEFINE_H

#include <rapport/people.h>

#define ATTR_LABEL_MAX 200u
#define RETYPE_SLICE 10000u /* users of one transaction, at most */
#define RETYPE_EXAMPLES 10u

/* Label and hidden, of any attribute; NULL stays; an empty label gives the
 * built-in one or the name. ERR_NOT_FOUND, ERR_INVALID; ERR_CONFLICT (path
 * "label"): another attribute would be taken for it (text_skim). Names of their
 * own that are alike are told apart by the catalog: "plan (last session)". */
struct attr_change {
	const struct str *label;
	const bool *hidden;
};
enum err batch_attr_change(struct batch *b, struct str name,
			   const struct attr_change *c,
			   struct fault *f) MUST_USE;

/* An attribute that another store has: made where there is none of the name.
 * One that is there stays as it is; ERR_CONFLICT (path "type"): of another
 * type. ERR_INVALID, ERR_LIMIT. */
struct attr_define {
	struct str name, label; /* "session.page": of session data */
	enum attr_type type;
	bool hidden;
};
enum attr_defined { ATTR_MADE, ATTR_THE_SAME, ATTR_ELSE_SHOWN };
enum err batch_attr_define(struct batch *b, const struct attr_define *d,
			   enum attr_defined *out, struct fault *f) MUST_USE;

/* What a change of type would do, in one snapshot. */
struct retype_preview {
	uint64_t fits, misfits; /* users whose value will, will not parse */
	struct {
		uint32_t user;
		struct str text;
	} examples[RETYPE_EXAMPLES]; /* distinct texts that will not */
	size_t n_examples;
};
/* ERR_NOT_FOUND; ERR_CONFLICT: a built-in one keeps its type. */
enum err people_retype_preview(struct people *p, struct str name,
			       enum attr_type type, struct arena *a,
			       struct retype_preview *out,
			       struct fault *f) MUST_USE;
/* The change itself, in slices; outside of transactions. What does not parse
 * becomes a misfit: kept and shown, in no index. `go` (may be NULL) hears how
 * far it is and may say no: ERR_CANCELLED, and everything is as before. Cut
 * off, it is as before, too; people_tidy or the next call clears up.
 * ERR_CONFLICT also while another change of this attribute is under way. */
typedef bool go_fn(void *arg, uint64_t done, uint64_t total);
enum err people_retype(struct people *p, struct str name, enum attr_type type,
		       go_fn *go, void *arg, struct fault *f) MUST_USE;
/* Clear up after changes of type that were cut off. Harmless at any time. */
enum err people_tidy(struct people *p, struct fault *f) MUST_USE;

#endif
