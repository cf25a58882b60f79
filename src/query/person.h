/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the files about one person share.
 */
#ifndef QUERY_PERSON_PRIVATE_H
#define QUERY_PERSON_PRIVATE_H

#include "desk.h"

#include <rapport/chats.h>

/* False: there is nobody, as far as this reader may see; person_missing then
 * says so, or what else went wrong. */
bool person_open(struct query *q, uint32_t id, struct user_detail *out);
enum err person_missing(struct query *q, struct fault *f) MUST_USE;
/* The person with hidden attributes, too, and the history of each. */
enum err person_whole(struct query *q, uint32_t id, struct json_out *j,
		      struct fault *f) MUST_USE;
/* See query_person. */
void person_version(const struct user_detail *u, struct buf *out);
/* Whether who asks may see the id of who said it. */
bool speaker_told(const struct query *q, const struct message_view *m);
/* value, source, at and by, as members of an open object. */
void told_json(struct query *q, const struct told *t, struct json_out *j);

/* A place in a list about one person: cursors, which no other list and no
 * other person takes. */
struct mark {
	int64_t at;
	uint8_t kind;
	uint64_t a, b; /* tell apart what is of one instant and kind */
};
/* By time, then by what tells apart; as memcmp. */
int mark_cmp(const struct mark *x, const struct mark *y);
struct str mark_text(struct arena *a, char list, uint32_t user,
		     const struct mark *m);
/* No text: past the newest. ERR_INVALID. */
enum err mark_read(struct str text, char list, uint32_t user, struct mark *out,
		   struct fault *f) MUST_USE;

#endif
