/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chat data in: the JSON that `rapport export chats` writes.  Beside the
 * worksheets it has a member "Import data" with what they do not say, one
 * object a row, in this order:
 *
 *   head       version, complete, notes (whether they are in it), hours
 *              (schedules as GET /hours has them)
 *   attribute  name, type; label (of custom ones and session data); hidden
 *   user       one for each row of User data, in their order: userId,
 *              firstSeen, lastSeen (but for what the chats in the file tell),
 *              said {attribute: [instant, source]}, cleared (the same of those
 *              without a value), consentAt, validAt, identities [[channel,
 *              kind, value]], flows [{flow, runId, at, cause}] that are open
 *   reference  one for each row of SupportBot, Marketing, Manager, Bot and
 *              UserChatTag data: sheet, id, said {column: instant}; without
 *              `said` nothing is known of it but the id
 *   chat       one for each row of UserChat data: id, firstEvent, userId (as
 *              it was given, before that user became another), source, said
 *              {field: instant}, cleared [field], states [[state, instant]],
 *              session {name: instant}
 *   message    behind its chat, one for each of its rows of Message data:
 *              createdAt, messageId, personId (as userId above), template,
 *              sent, delivered, read, failed, code, title, gone (its person is
 *              known no more)
 *   note       behind its chat: the same with personType, personId, text; or
 *              with bare, where a chat began with a note that is not in the
 *              file: then an empty one takes its place
 *
 * A member that has nothing to say is not there.  Whoever may not see all of
 * it gets a head that is not complete, and nothing else.
 *
 * The file is read twice: first whole, whether every row is sound, the
 * worksheets are all there and the rows stand beside each other; nothing is
 * kept of a file that is not so.  Then its rows are applied in slices, each one
 * transaction.  A row is applied whole or refused, and has exactly one outcome.
 * Whatever a cut import has applied is found known when the same file is
 * imported again.
 */
#ifndef RAPPORT_INTAKE_CHATS_H
#define RAPPORT_INTAKE_CHATS_H

#include <rapport/chats.h>

#define IMPORT_DATA "Import data"
#define IMPORT_VERSION 1

/* The members of a file: worksheets, then this. */
enum chats_part {
#define WORKSHEET(CODE, name, kind) PART_##CODE,
#define COLUMN(SHEET, CODE, name, type, raw)
#include <tbl/worksheets.h>
#undef WORKSHEET
#undef COLUMN
	PART_IMPORT,
	CHATS_PARTS
};
extern const char *const chats_part_names[CHATS_PARTS];

/* Bytes at a place: up to n; 0: the end; negative: it failed. */
struct chats_source {
	void *arg;
	int64_t (*read)(void *arg, uint64_t at, char *out, size_t n);
};

struct chats_count {
	uint64_t rows, made, changed, known, refused;
};
struct chats_refusal {
	enum chats_part part;
	uint64_t row; /* from 1 */
	struct fault fault; /* path: the column */
};
struct chats_import_result {
	struct chats_count counts[CHATS_PARTS]; /* of PART_IMPORT: attributes */
	bool hours_differ; /* operating hours here are others */
	uint64_t shown_differ; /* attributes that are hidden there or here */
	uint64_t note_first; /* chats that began with a bare note */
	struct chats_refusal *refusals;
	size_t n_refusals; /* at most refusals_max */
	bool notes;
};
typedef void chats_refused_fn(void *arg, const struct chats_refusal *r,
			      struct str row);
/* `done` of twice the bytes of the file; false stops: ERR_CANCELLED. */
typedef bool chats_go_fn(void *arg, uint64_t done);
struct chats_import_options {
	bool dry_run;
	size_t refusals_max; /* 0: 1,000 */
	size_t slice;        /* rows of a transaction; 0: 5,000 */
	chats_refused_fn *refused; /* or NULL */
	chats_go_fn *go;           /* or NULL */
	void *arg;
};
/* ERR_INPUT: it is no such file, or damaged (path: the worksheet and row);
 * ERR_INVALID: it lacks what is needed, and says what. Nothing was kept. */
enum err chats_import(struct people *p, struct kv *kv, struct arena *a,
		      const struct chats_source *source,
		      const struct chats_import_options *options,
		      struct chats_import_result *out,
		      struct fault *f) MUST_USE;

#endif
