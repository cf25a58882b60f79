/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the files about chats share: who may see one, and how its parts are
 * written.
 */
#ifndef QUERY_ARCHIVE_PRIVATE_H
#define QUERY_ARCHIVE_PRIVATE_H

#include "person.h"

#include <rapport/query/archive.h>

/* False: there is no such chat, as far as this reader may see. */
bool chat_seen(struct query *q, uint32_t id, struct chat_view *out);
/* Bytes that change when what can be edited does. */
void chat_version(const struct chat_view *v, struct buf *out);
/* Members of an open object. */
void chat_head_json(struct query *q, const struct chat_view *v,
		    struct json_out *j);
void names_json(struct json_out *j, const char *key, const struct str *names,
		size_t n);

/* A message in a transcript: its place as an opaque word, which needs no
 * escaping. */
struct str message_word(struct arena *a, int64_t at, uint32_t seq);
bool message_place(struct str word, int64_t *at, uint32_t *seq);
/* Who said it and when: members of an open object. */
void message_head_json(struct query *q, const struct message_view *m,
		       struct json_out *j);
/* "text" (from byte `from` to `to` of it) and "marks" of what is looked for,
 * counted in UTF-16 code units of that text; s may be NULL. */
void message_text_json(const struct search *s, struct str text,
		       struct json_out *j);

#endif
