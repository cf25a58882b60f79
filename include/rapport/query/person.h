/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One person: all there is to show, what happened, and what a manager may do
 * about them.  Everything is held to the limits of who asks: somebody outside
 * of their scope is not there, and what is masked is neither shown nor changed.
 */
#ifndef RAPPORT_QUERY_PERSON_H
#define RAPPORT_QUERY_PERSON_H

#include <rapport/query.h>

#define EDIT_MEMBERS_MAX 200u

/* All there is, as a JSON object. `version` (may be NULL) gets bytes that
 * change when, and only when, a value that can be edited does. ERR_NOT_FOUND.
 */
enum err query_person(struct query *q, uint32_t id, struct json_out *j,
		      struct buf *version, struct fault *f) MUST_USE;
/* The earlier values of an attribute, as a JSON object. ERR_NOT_FOUND (path:
 * the attribute's name if it is that). */
enum err query_history(struct query *q, uint32_t id, struct str attribute,
		       struct json_out *j, struct fault *f) MUST_USE;
/* Their chats, by opening, newest first, as a JSON object: total, chats, next.
 * ERR_NOT_FOUND; ERR_INVALID for a cursor of another list. */
struct part_in {
	size_t limit;
	struct str after; /* cursor or empty */
};
enum err query_chats(struct query *q, uint32_t id, const struct part_in *in,
		     struct json_out *j, struct fault *f) MUST_USE;

/* What happened, newest first, as a JSON object: timeline, next. */
enum moment_kind {
	MOMENT_MESSAGE,
	MOMENT_CHANGE, /* of an attribute */
	MOMENT_SEGMENT,
	MOMENT_CONSENT,
	MOMENT_VALIDITY,
	MOMENT_FLOW,
	MOMENT_EVENT, /* of the house's own making */
	MOMENT_MERGE,
	MOMENT_KINDS
};
extern const char *const moment_kind_names[MOMENT_KINDS];
struct timeline_in {
	unsigned kinds; /* of 1 << enum moment_kind */
	struct part_in part;
};
enum err query_timeline(struct query *q, uint32_t id,
			const struct timeline_in *in, struct json_out *j,
			struct fault *f) MUST_USE;

/* Everything that is held on one person, a part at a time, in this order. A
 * part is a JSON value that lives until the callback returns. */
enum dossier_part {
	DOSSIER_PERSON, /* once: attributes with source and history, identities,
			   segments, consent, merges */
	DOSSIER_CHAT,	/* one with its times; its messages follow */
	DOSSIER_MESSAGE, /* or a change of state, in order */
	DOSSIER_CHAT_END,
	DOSSIER_MOMENT, /* of the timeline, newest first, messages left out */
	DOSSIER_EXPORT, /* a record of one that held them, or may have */
	DOSSIER_PARTS
};
typedef enum err dossier_fn(void *arg, enum dossier_part part,
			    const struct json *v);
struct dossier_in {
	uint32_t user;
	bool no_notes; /* managers' notes are left out; they are counted */
};
struct dossier_count {
	uint64_t chats, messages, notes_left_out, moments, exports;
};
/* ERR_NOT_FOUND; ERR_DENIED for a reader who is limited, since what they would
 * take for the whole is not; or what the callback returned. */
enum err query_dossier(struct query *q, const struct dossier_in *in,
		       dossier_fn *fn, void *arg, struct dossier_count *count,
		       struct fault *f) MUST_USE;

/* Acts, each in one transaction with its audit row. ERR_NOT_FOUND for who is
 * not there. */

/* Asked inside of the transaction whether the version is still the one that
 * was read; NULL: any is. */
typedef enum err version_fn(void *arg, struct str version);
struct edit_in {
	uint32_t user;
	/* a JSON object: name: value, or null to clear; NULL: none */
	const struct json *attributes;
	const bool *banned; /* NULL: as it is */
	version_fn *same;
	void *arg;
};
/* A JSON merge patch: what is not named stays. ERR_INVALID (path:
 * "attributes.NAME"): there is no such attribute, or it is not editable, or
 * the value is none of its type; nothing is changed then. */
enum err desk_edit(const struct desk *d, const struct edit_in *in,
		   struct fault *f) MUST_USE;
/* The person and their chats become part of `into`. */
enum err desk_merge(const struct desk *d, uint32_t user, uint32_t into,
		    struct merge *out, struct fault *f) MUST_USE;
/* ERR_GONE, ERR_CONFLICT as batch_merge_undo. */
enum err desk_merge_undo(const struct desk *d, uint32_t merge,
			 struct merge *out, struct fault *f) MUST_USE;
enum err desk_erase(const struct desk *d, uint32_t user, enum erase_mode mode,
		    struct erasure *out, struct fault *f) MUST_USE;
/* "keepTotals" "forget" */
bool erase_mode_find(struct str name, enum erase_mode *out);
/* What came of them, as JSON objects. */
void merge_json(struct json_out *j, const struct merge *m);
void erasure_json(struct json_out *j, const struct erasure *e);

#endif
