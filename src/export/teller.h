/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who makes the rows about chats: in one snapshot, for one reader, into the
 * text of one form.
 */
#ifndef EXPORT_TELLER_H
#define EXPORT_TELLER_H

#include "worksheet.h"

struct teller {
	struct query *q;
	const struct hours *hours;
	const struct form *form;
	const struct form_options *options;
	bool notes; /* "Import data" has them */
	struct bits *const *chats; /* that are taken out, once chosen */
	struct arena arena; /* of one row, or of one chat */
	struct cells cells;
	struct buf text;    /* of one row */
	struct buf scratch; /* session attributes, reference data */
	/* The person of a chat, or a speaker, as last looked up. */
	const struct attr *columns[2]; /* userId and name; NULL: masked */
	uint32_t user;
	struct arena user_arena;
	struct str user_id, user_name;
	struct buf speaker;
	struct str speaker_id; /* in user_arena or `speaker` */
};

void teller_init(struct teller *t, struct query *q, const struct hours *hours,
		 const struct form *form, const struct form_options *options);
void teller_fini(struct teller *t); /* also of zeroes */
/* userId and name of a person, where they may be seen; until the next. */
void teller_user(struct teller *t, uint32_t user);
struct str teller_text(struct teller *t, enum export_sheet s);

/* A row of UserChat data, until the next call. */
enum err chat_tell(struct teller *t, uint32_t chat, struct str *out) MUST_USE;
/* The rows of Message data of a chat, in order. */
typedef enum err row_fn(void *arg, struct str text);
enum err messages_tell(struct teller *t, uint32_t chat, row_fn *fn,
		       void *arg) MUST_USE;
/* A row about something by its id; `type` of marketing, where its record does
 * not tell. */
enum err reference_tell(struct teller *t, enum export_sheet s, struct str id,
			struct str type, struct str *out) MUST_USE;

/* Rows of "Import data", until the next call; not `complete`: it is not for who
 * asks. */
struct str import_head_tell(struct teller *t, bool complete);
struct str import_attribute_tell(struct teller *t, const struct attr *a);
struct str import_reference_tell(struct teller *t, enum export_sheet s,
				 struct str id);
enum err import_user_tell(struct teller *t, uint32_t id, row_fn *fn,
			  void *arg) MUST_USE;
enum err import_chat_tell(struct teller *t, uint32_t chat, row_fn *fn,
			  void *arg) MUST_USE;
/* Inside of a row about somebody. */
struct user_detail;
void import_flows_tell(struct teller *t, const struct user_detail *d,
		       struct json_out *j);

#endif
