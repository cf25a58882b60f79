/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive search and the transcript: chats by words, tags, state,
 * assignee, integration, period and any filter of users, latest opening first,
 * with exact totals.  Everything is held to the limits of who asks: a chat of
 * somebody outside of their scope is not there, nor is one of nobody.
 */
#ifndef RAPPORT_QUERY_ARCHIVE_H
#define RAPPORT_QUERY_ARCHIVE_H

#include <rapport/chats.h>
#include <rapport/query.h>

#define ARCHIVE_HITS 3u	      /* of a chat in a list */
#define TRANSCRIPT_HITS 1000u /* of a transcript */
#define ARCHIVE_LIST_MAX 100u /* tags, assignees … of one search */

extern const char *const chat_state_names[]; /* "Opened" … */
extern const char *const person_names[];     /* "User" … */

enum tags_match { TAGS_ANY, TAGS_ALL, TAGS_NONE };
struct texts {
	const struct str *at;
	size_t n;
};
/* What is empty, none or NULL does not narrow. */
struct archive_in {
	struct str words; /* words, prefix*, "phrase"; see search_parse */
	const struct filter *users;
	struct texts tags, assignees, sources;
	enum tags_match match;
	unsigned states;	/* of 1 << enum chat_state */
	const bool *assigned;	/* whether anybody is */
	int64_t from, to;	/* opened, or opened again, in [from, to) */
	struct str chat_id;
};
/* The same as it is asked for, in texts: lists parted by commas, a day of the
 * query's zone or an instant as a bound. p NULL: not given. */
struct archive_ask {
	struct str words, f, tags, match, states, assignees, sources, chat_id;
	struct str from, to;
	const bool *assigned;
};
/* ERR_INVALID, ERR_LIMIT; paths: q f tags tagsMatch state assignee source from
 * to, or the place in f. */
enum err archive_read(struct query *q, const struct archive_ask *a,
		      struct archive_in *out, struct fault *f) MUST_USE;
/* "Chats: with any of the tags refund or vip; state is closed"; "All chats". */
void archive_sentence(const struct query *q, const struct archive_ask *a,
		      const struct archive_in *in, struct buf *out);
/* What was given, as members of an open object. */
void archive_ask_json(const struct archive_ask *a, struct json_out *j);
bool chat_state_find(struct str name, enum chat_state *out); /* "opened" */

/* The chats, owned by the caller; *s (may be NULL) what is looked for, NULL
 * without words. ERR_INVALID, ERR_LIMIT (path: the parameter), ERR_CORRUPT. */
enum err archive_find(struct query *q, const struct archive_in *in,
		      struct bits **out, struct search **s,
		      struct fault *f) MUST_USE;
/* What chats can be narrowed by, of those that may be seen, as a JSON object:
 * total (null: there are more than are looked at), values: [{value, count}]. */
enum archive_of { VALUES_TAGS, VALUES_SOURCES, VALUES_ASSIGNEES };
struct archive_values {
	enum archive_of of;
	struct str prefix; /* what they begin with or hold, folded */
	size_t limit;
};
enum err archive_values(struct query *q, const struct archive_values *in,
			struct json_out *j, struct fault *f) MUST_USE;

/* One page as a JSON object: total, chats, next. */
struct archive_list {
	const struct archive_in *in;
	size_t limit;
	struct str after; /* cursor or empty */
};
enum err archive_list(struct query *q, const struct archive_list *l,
		      struct json_out *j, struct fault *f) MUST_USE;

/* Whether who asks may see this field of a chat: what it says of its person is
 * masked with the attribute that says the same. */
bool chat_field_told(const struct query *q, enum chat_field field);
/* Whether who asks may see what a chat's session says under this name: the
 * attribute `session.<name>` is not masked. */
bool session_told(struct query *q, struct str name);
/* One chat with all its times, as a JSON object. `hours` may be NULL;
 * `version` (may be NULL) gets bytes that change when what can be edited does.
 * ERR_NOT_FOUND. */
enum err archive_chat(struct query *q, uint32_t id, const struct hours *hours,
		      struct json_out *j, struct buf *version,
		      struct fault *f) MUST_USE;
/* What was said, in order, with the changes of state between it: a page behind
 * `after`, before `before`, or around a message; the beginning without any. */
struct transcript_in {
	struct str words;
	size_t limit;
	struct str after, before, around; /* at most one */
};
enum err archive_transcript(struct query *q, uint32_t id,
			    const struct transcript_in *in, struct json_out *j,
			    struct fault *f) MUST_USE;

/* A manager's change, with its audit row. NULL or `has` false: as it is. */
struct chat_edit {
	uint32_t chat;
	const struct str *assignee; /* empty: nobody */
	bool has_tags, has_state;
	struct texts tags;
	enum chat_state state;
	version_fn *same;
	void *arg;
};
enum err desk_chat_edit(const struct desk *d, const struct chat_edit *in,
			struct fault *f) MUST_USE;

#endif
