/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows of chat data applied, one at a time, in a batch: restore_people.c has
 * attributes, users and reference data, restore_chats.c chats and what was said
 * in them.
 */
#ifndef INTAKE_RESTORE_H
#define INTAKE_RESTORE_H

#include "chatfile.h"
#include "event.h"
#include "parcel.h"

#include <rapport/chats/restore.h>

/* The head of every path into "Import data". */
#define SAID IMPORT_DATA

/* What was said without a messageId in one chat at one instant: hashes, be64
 * each. Those that were refused are not in it. */
struct alike {
	int64_t at;
	struct buf hashes;
};

struct restoring {
	struct taker taker; /* batches, arena of the row */
	bool notes;	    /* the file has them */
	bool chat_refused;  /* the one that is open: its messages are, too */
	struct alike alike; /* of the chat that is open */
	/* what the result counts beside rows */
	uint64_t shown_differ, note_first;
};

enum err restore_attribute(struct restoring *r, const struct walked *row,
			   enum restored *out, struct fault *f) MUST_USE;
enum err restore_user(struct restoring *r, const struct walked *row,
		      enum restored *out, struct fault *f) MUST_USE;
enum err restore_reference(struct restoring *r, const struct walked *row,
			   enum restored *out, struct fault *f) MUST_USE;
enum err restore_chat(struct restoring *r, const struct walked *row,
		      enum restored *out, struct fault *f) MUST_USE;
enum err restore_message(struct restoring *r, const struct walked *row,
			 enum restored *out, struct fault *f) MUST_USE;

/* Fields of a row of "Import data", or of a worksheet. */
enum err said_read(struct restoring *r, const struct field *fields,
		   const struct walked *row, struct given *out,
		   struct fault *f) MUST_USE;
enum err sheet_read(struct restoring *r, const struct field *fields,
		    const struct walked *row, struct given *out,
		    struct fault *f) MUST_USE;
/* A member of an object of instants; `inside` is the object's name. False in
 * *has: it is not there. */
enum err instant_said(const struct json *object, const char *inside,
		      struct str name, int64_t *out, bool *has,
		      struct fault *f) MUST_USE;
/* The instant in `v`. */
enum err instant_of(const struct json *v, const char *inside, struct str name,
		    int64_t *out, struct fault *f) MUST_USE;

#endif
