/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive: chats found by what was said and what they are, one chat with
 * its times, its transcript, and what a manager may change.  Looking into one
 * chat, or for words in all, leaves an audit record before anything is shown;
 * it tells which chat and not which words.
 */
#include "routes.h"

#include <stdio.h>

enum {
	IN_Q,
	IN_F,
	IN_TAGS,
	IN_TAGS_MATCH,
	IN_STATE,
	IN_ASSIGNEE,
	IN_ASSIGNED,
	IN_SOURCE,
	IN_CHAT_ID,
	IN_FROM,
	IN_TO,
	IN_TZ,
	IN_LIMIT,
	IN_AFTER
};
#define WORDS_ABOUT                                                      \
	"Words (all of them), prefix*, \"phrase\" in quotes; case does " \
	"not matter, accents do"
static const struct field list_in[] = {
    [IN_Q] = {"q", FIELD_TEXT, 0, 0, SEARCH_BYTES_MAX, NULL, WORDS_ABOUT},
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL,
	      "Only chats of users that this filter matches"},
    [IN_TAGS] = {"tags", FIELD_LIST, 0, 0, 0, NULL, "Tags, by tagsMatch"},
    [IN_TAGS_MATCH] = {"tagsMatch", FIELD_CHOICE, 0, 0, 0, "any|all|none",
		       "How many of the tags; any if absent"},
    [IN_STATE] = {"state", FIELD_LIST, 0, 0, 0, NULL,
		  "Any of opened, snoozed, closed"},
    [IN_ASSIGNEE] = {"assignee", FIELD_LIST, 0, 0, 0, NULL,
		     "Any of these assigneeIds"},
    [IN_ASSIGNED] = {"assigned", FIELD_FLAG, 0, 0, 0, NULL,
		     "Whether it is assigned to anybody"},
    [IN_SOURCE] = {"source", FIELD_LIST, 0, 0, 0, NULL,
		   "Any of these integrations: LiveChat, Slack, …"},
    [IN_CHAT_ID] = {"chatId", FIELD_TEXT, 0, 1, CHAT_ID_MAX, NULL,
		    "The one with this chatId"},
    [IN_FROM] = {"from", FIELD_TEXT, 0, 1, 64, NULL,
		 "Opened, or opened again, then or later: a day in tz or an "
		 "instant"},
    [IN_TO] = {"to", FIELD_TEXT, 0, 1, 64, NULL, "And before this"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL,
	       "Of days, and of relative dates in f"},
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		  "50 if absent"},
    [IN_AFTER] = {"after", FIELD_TEXT, 0, 0, 256, NULL,
		  "The `next` of the page before"},
    {NULL},
};

enum { VALUES_OF, VALUES_PREFIX, VALUES_LIMIT };
static const struct field values_in[] = {
    [VALUES_OF] = {"of", FIELD_CHOICE, FIELD_REQUIRED, 0, 0,
		   "tags|sources|assignees", "Which values"},
    [VALUES_PREFIX] = {"prefix", FIELD_TEXT, 0, 0, 256, NULL,
		       "What they begin with, or else hold"},
    [VALUES_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		      "20 if absent"},
    {NULL},
};

enum { PAGE_Q, PAGE_LIMIT, PAGE_AFTER, PAGE_BEFORE, PAGE_AROUND };
static const struct field page_in[] = {
    [PAGE_Q] = {"q", FIELD_TEXT, 0, 0, SEARCH_BYTES_MAX, NULL,
		"Mark these words: " WORDS_ABOUT},
    [PAGE_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		    "100 if absent"},
    [PAGE_AFTER] = {"after", FIELD_TEXT, 0, 0, 256, NULL,
		    "The `next` of the page before"},
    [PAGE_BEFORE] = {"before", FIELD_TEXT, 0, 0, 256, NULL,
		     "The `previous` of the page behind"},
    [PAGE_AROUND] = {"around", FIELD_TEXT, 0, 0, 64, NULL,
		     "The key of a message: the page it stands in"},
    {NULL},
};

enum { EDIT_ASSIGNEE, EDIT_TAGS, EDIT_STATE };
static const struct field edit_in[] = {
    [EDIT_ASSIGNEE] = {"assigneeId", FIELD_TEXT, FIELD_NULLABLE, 1, 256, NULL,
		       "Who looks after it; null: nobody"},
    [EDIT_TAGS] = {"tags", FIELD_ARRAY, 0, 0, ARCHIVE_LIST_MAX, NULL,
		   "All of its tags from now on"},
    [EDIT_STATE] = {"state", FIELD_CHOICE, 0, 0, 0, "opened|snoozed|closed",
		    "Open, snooze or close it"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err values(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err edit(struct req *q, struct res *r);
static enum err messages(struct req *q, struct res *r);

const struct route chat_routes[] = {
    {GET, API "/chats", MAY_CHATS_READ, HELD, list_in, NULL, 0, list,
     "Chats that match everything given, latest opening first\n"
     "{total, chats: [{id, chatId, user: {id, userId, default_name} or null, "
     "state: Opened|Snoozed|Closed, source, name, description, "
     "contactMediumType, marketingId, marketingType, supportBotId, "
     "assigneeId, tags: [], managerIds: [], createdAt, openedAt (the latest "
     "time), closedAt (null unless Closed), messagesIn, messagesOut, notes, "
     "hits (with q): the first messages that hold what is looked for, [{key, "
     "messageId, at, personType, personId, template, note, text (an excerpt), "
     "cutBefore, cutAfter, marks: [[from, to], …] in UTF-16 units of text}]}], "
     "next}. What has no value is absent. A user's name and id only where "
     "they are not masked."},
    {GET, API "/chats/values", MAY_CHATS_READ, HELD, values_in, NULL, 0, values,
     "What chats can be narrowed by, with how many chats have each\n"
     "{total (null: too many to count), values: [{value, count}]}: those that "
     "begin with the prefix first, then those of most chats"},
    {GET, API "/chats/{id}", MAY_CHATS_READ, HELD, NULL, NULL, 0, show,
     "One chat with all its times; leaves an audit record\n"
     "As in the list, and firstOpenedAt, firstRepliedAtAfterOpen, "
     "waitingTime, avgReplyTime, totalReplyTime, replyCount, resolutionTime, "
     "the same as operationWaitingTime … within the operating hours, "
     "holdTime (milliseconds; null: not known, not 0; waitingTime, "
     "resolutionTime and firstRepliedAtAfterOpen are of the latest episode, "
     "the others of all), sessionAttributes: {}, states: [{at, state}], "
     "episodes: [{openedAt, askedAt, firstRepliedAt, closedAt, and the same "
     "times}]"},
    {PATCH, API "/chats/{id}", MAY_CHATS_READ | MAY_CHATS_EDIT, HELD, NULL,
     edit_in, 0, edit, "Assign, tag, open, snooze or close a chat\n"
     "The chat as it is then"},
    {GET, API "/chats/{id}/messages", MAY_CHATS_READ, HELD, page_in, NULL, 0,
     messages, "A page of the transcript; leaves an audit record\n"
     "{total (of messages), messages: [{kind: message, key, messageId, at, "
     "personType: User|Bot|Manager, personId, template, note, text, marks "
     "(with q; UTF-16 units), delivery: {sent, delivered, read, failed, "
     "error: {code, title}}} or {kind: state, at, state}], in order; "
     "previous and next: cursors or null; with q hitsTotal and hits: the "
     "keys of the messages that hold any of it, for `around`}"},
};

/* The list ----------------------------------------------------------------- */

enum err
filter_of_users_may(struct req *q, const struct input *f)
{
	if (!f->given || who_may(&q->who, MAY_USERS_READ))
		return OK;
	return fail(q->fault, ERR_DENIED, "f",
		    "a filter of users needs the permission users.read");
}

static enum err
archive_input(struct req *q, struct query *qy, struct archive_in *out)
{
	const struct input *in = q->query;
	const struct archive_ask ask = {
	    .words = in[IN_Q].text,
	    .f = in[IN_F].text,
	    .tags = in[IN_TAGS].text,
	    .match = in[IN_TAGS_MATCH].text,
	    .states = in[IN_STATE].text,
	    .assignees = in[IN_ASSIGNEE].text,
	    .sources = in[IN_SOURCE].text,
	    .chat_id = in[IN_CHAT_ID].text,
	    .from = in[IN_FROM].text,
	    .to = in[IN_TO].text,
	    .assigned = in[IN_ASSIGNED].given ? &in[IN_ASSIGNED].flag : NULL,
	};

	TRY(filter_of_users_may(q, &in[IN_F]));
	return archive_read(qy, &ask, out, q->fault);
}

struct reading {
	struct req *q;
	struct res *r;
	uint32_t id;
	const struct input *tz; /* or NULL */
	enum err (*fn)(struct reading *s, struct query *qy);
};

static enum err
reading_apply(struct kv_txn *txn, void *arg)
{
	struct reading *s = arg;
	struct query qy;

	TRY(txn_query(s->q, txn, s->tz, &qy));
	s->r->headers_n = 0; /* it may be run again */
	res_json(s->r, 200);
	TRY(s->fn(s, &qy));
	return kv_error(txn);
}

static enum err
list_fn(struct reading *s, struct query *qy)
{
	const struct input *in = s->q->query;
	struct archive_list l = {.limit = 50, .after = in[IN_AFTER].text};
	struct archive_in what;

	TRY(archive_input(s->q, qy, &what));
	l.in = &what;
	if (in[IN_LIMIT].given)
		l.limit = (size_t)in[IN_LIMIT].number;
	return archive_list(qy, &l, &s->r->json, s->q->fault);
}

static enum err
list(struct req *q, struct res *r)
{
	struct reading s = {
	    .q = q, .r = r, .tz = &q->query[IN_TZ], .fn = list_fn};

	TRY(kv_read(q->app->kv, reading_apply, &s, q->fault));
	if (str_trim(q->query[IN_Q].text).n == 0)
		return OK;
	return audit_write(q->app->staff, &q->by, "chats.search", S("chats"),
			   STR_NONE, STR_NONE, q->fault);
}

static enum err
values_fn(struct reading *s, struct query *qy)
{
	static const char *const of[] = {[VALUES_TAGS] = "tags",
					 [VALUES_SOURCES] = "sources",
					 [VALUES_ASSIGNEES] = "assignees"};
	const struct input *in = s->q->query;
	struct archive_values v = {.prefix = in[VALUES_PREFIX].text,
				   .limit = 20};

	for (size_t i = 0; i < COUNT(of); i++)
		if (str_eq(in[VALUES_OF].text, str_of(of[i])))
			v.of = (enum archive_of)i;
	if (in[VALUES_LIMIT].given)
		v.limit = (size_t)in[VALUES_LIMIT].number;
	return archive_values(qy, &v, &s->r->json, s->q->fault);
}

static enum err
values(struct req *q, struct res *r)
{
	struct reading s = {.q = q, .r = r, .fn = values_fn};

	return kv_read(q->app->kv, reading_apply, &s, q->fault);
}

/* One chat ----------------------------------------------------------------- */

/* The record is kept before the answer leaves, and only of what is there. */
static enum err
reading_run(struct reading *s, const char *act)
{
	struct req *q = s->q;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	s->id = (uint32_t)id;
	TRY(kv_read(q->app->kv, reading_apply, s, q->fault));
	return audit_write(q->app->staff, &q->by, act,
			   arena_printf(q->arena, "chat %u", s->id), STR_NONE,
			   STR_NONE, q->fault);
}

static enum err
show_fn(struct reading *s, struct query *qy)
{
	struct hours hours;
	struct buf version;
	enum err e;

	hours_get(qy->txn, s->q->arena, &hours);
	buf_init(&version);
	e = archive_chat(qy, s->id, &hours, &s->r->json, &version,
			 s->q->fault);
	if (e == OK)
		res_etag(s->r, buf_str(&version));
	buf_fini(&version);
	return e;
}

static enum err
show(struct req *q, struct res *r)
{
	struct reading s = {.q = q, .r = r, .fn = show_fn};

	return reading_run(&s, "chat.read");
}

static enum err
messages_fn(struct reading *s, struct query *qy)
{
	const struct input *in = s->q->query;
	struct transcript_in t = {.words = in[PAGE_Q].text,
				  .limit = 100,
				  .after = in[PAGE_AFTER].text,
				  .before = in[PAGE_BEFORE].text,
				  .around = in[PAGE_AROUND].text};

	if (in[PAGE_LIMIT].given)
		t.limit = (size_t)in[PAGE_LIMIT].number;
	return archive_transcript(qy, s->id, &t, &s->r->json, s->q->fault);
}

static enum err
messages(struct req *q, struct res *r)
{
	struct reading s = {.q = q, .r = r, .fn = messages_fn};

	return reading_run(&s, "chat.transcript");
}

/* Changing ----------------------------------------------------------------- */

static enum err
tags_of(struct req *q, struct texts *out)
{
	const struct json *v = q->body[EDIT_TAGS].json;
	struct str *at = arena_get(q->arena, (v->count + 1) * sizeof(*at));

	*out = (struct texts){at, 0};
	for (v = v->first; v != NULL; v = v->next) {
		if (v->kind != JSON_STRING)
			return fail(q->fault, ERR_INVALID, "tags",
				    "expected an array of texts");
		at[out->n++] = v->text;
	}
	return OK;
}

static enum err
same_version(void *arg, struct str version)
{
	return req_if_match(arg, version);
}

static enum err
edit(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct str assignee = S("");
	struct chat_edit e = {.has_tags = in[EDIT_TAGS].given,
			      .has_state = in[EDIT_STATE].given,
			      .same = same_version,
			      .arg = q};
	struct desk desk;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(req_desk(q, NULL, &desk));
	e.chat = (uint32_t)id;
	if (in[EDIT_ASSIGNEE].given) {
		if (!in[EDIT_ASSIGNEE].null)
			assignee = in[EDIT_ASSIGNEE].text;
		e.assignee = &assignee;
	}
	if (e.has_tags)
		TRY(tags_of(q, &e.tags));
	if (e.has_state && !chat_state_find(in[EDIT_STATE].text, &e.state))
		return ERR_BUG;
	if (!e.has_tags && !e.has_state && e.assignee == NULL)
		return fail(q->fault, ERR_INVALID, "",
			    "expected one of assigneeId, tags, state");
	TRY(desk_chat_edit(&desk, &e, q->fault));
	return show(q, r);
}
