/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chats and what was said in them.  The worksheets have what is, and "Import
 * data" when it was said; what one says without the other is refused, for
 * nothing is made up.  Times of a chat are not taken: they come of its states
 * and messages.
 */
#include "restore.h"

#include <stdio.h>

/* clang-format off */
enum { C_ID, C_USER, C_NAME, C_DESCRIPTION, C_STATE, C_MEDIUM, C_MARKETING_ID,
       C_MARKETING_TYPE, C_BOT, C_MANAGERS, C_ASSIGNEE, C_TAGS, C_SESSION };
static const struct field chat_columns[] = {
	[C_ID]             = {"id",                FIELD_TEXT,   NEEDED | NOT_EMPTY, CHAT_ID_MAX, NULL},
	[C_USER]           = {"userId",            FIELD_TEXT,   NOT_EMPTY, USER_ID_MAX, NULL},
	[C_NAME]           = {"name",              FIELD_TEXT,   0, 16384, NULL},
	[C_DESCRIPTION]    = {"description",       FIELD_TEXT,   0, 16384, NULL},
	[C_STATE]          = {"state",             FIELD_CHOICE, 0, 0, state_words},
	[C_MEDIUM]         = {"contactMediumType", FIELD_TEXT,   0, 256, NULL},
	[C_MARKETING_ID]   = {"marketingId",       FIELD_TEXT,   0, 256, NULL},
	[C_MARKETING_TYPE] = {"marketingType",     FIELD_CHOICE, 0, 0, marketing_words},
	[C_BOT]            = {"supportBotId",      FIELD_TEXT,   0, 256, NULL},
	[C_MANAGERS]       = {"managerIds",        FIELD_TEXTS,  NOT_EMPTY, 256, NULL},
	[C_ASSIGNEE]       = {"assigneeId",        FIELD_TEXT,   0, 256, NULL},
	[C_TAGS]           = {"tags",              FIELD_TEXTS,  NOT_EMPTY, 256, NULL},
	[C_SESSION]        = {"sessionAttributes", FIELD_OBJECT, 0, 0, NULL},
	{"firstOpenedAt",           FIELD_INSTANT, 0, 0, NULL},
	{"openedAt",                FIELD_INSTANT, 0, 0, NULL},
	{"firstRepliedAtAfterOpen", FIELD_INSTANT, 0, 0, NULL},
	{"createdAt",               FIELD_INSTANT, 0, 0, NULL},
	{"closedAt",                FIELD_INSTANT, 0, 0, NULL},
	{"waitingTime",             FIELD_SCALAR,  0, 64, NULL},
	{"avgReplyTime",            FIELD_SCALAR,  0, 64, NULL},
	{"totalReplyTime",          FIELD_SCALAR,  0, 64, NULL},
	{"replyCount",              FIELD_SCALAR,  0, 64, NULL},
	{"resolutionTime",          FIELD_SCALAR,  0, 64, NULL},
	{"operationWaitingTime",    FIELD_SCALAR,  0, 64, NULL},
	{"operationAvgReplyTime",   FIELD_SCALAR,  0, 64, NULL},
	{"operationTotalReplyTime", FIELD_SCALAR,  0, 64, NULL},
	{"operationReplyCount",     FIELD_SCALAR,  0, 64, NULL},
	{"operationResolutionTime", FIELD_SCALAR,  0, 64, NULL},
	{"holdTime",                FIELD_SCALAR,  0, 64, NULL},
	{0}
};

enum { S_ROW, S_ID, S_FIRST, S_USER, S_SOURCE, S_SAID, S_CLEARED, S_STATES, S_SESSION };
static const struct field chat_said[] = {
	[S_ROW]     = {"row",        FIELD_TEXT,    NEEDED, 16, NULL},
	[S_ID]      = {"id",         FIELD_TEXT,    NEEDED, CHAT_ID_MAX, NULL},
	[S_FIRST]   = {"firstEvent", FIELD_INSTANT, 0, 0, NULL},
	[S_USER]    = {"userId",     FIELD_TEXT,    NOT_EMPTY, USER_ID_MAX, NULL},
	[S_SOURCE]  = {"source",     FIELD_TEXT,    0, 1024, NULL},
	[S_SAID]    = {"said",       FIELD_OBJECT,  0, 0, NULL},
	[S_CLEARED] = {"cleared",    FIELD_TEXTS,   NOT_EMPTY, 64, NULL},
	[S_STATES]  = {"states",     FIELD_LIST,    0, 0, NULL},
	[S_SESSION] = {"session",    FIELD_OBJECT,  0, 0, NULL},
	{0}
};

enum { M_CHAT, M_PERSON_TYPE, M_PERSON, M_CREATED, M_TEXT };
static const struct field message_columns[] = {
	[M_CHAT]        = {"chatId",     FIELD_TEXT,    NEEDED, CHAT_ID_MAX, NULL},
	[M_PERSON_TYPE] = {"personType", FIELD_CHOICE,  NEEDED, 0, person_words},
	[M_PERSON]      = {"personId",   FIELD_TEXT,    NOT_EMPTY, USER_ID_MAX, NULL},
	[M_CREATED]     = {"createdAt",  FIELD_INSTANT, NEEDED, 0, NULL},
	[M_TEXT]        = {"plainText",  FIELD_TEXT,    0, MESSAGE_TEXT_MAX, NULL},
	{0}
};

enum { F_ROW, F_CREATED, F_MESSAGE, F_TEMPLATE, F_SENT, F_DELIVERED, F_READ, F_FAILED, F_CODE,
       F_TITLE, F_GONE, F_BARE, F_PERSON_TYPE, F_PERSON, F_TEXT };
static const struct field message_said[] = {
	[F_ROW]         = {"row",        FIELD_TEXT,    NEEDED, 16, NULL},
	[F_CREATED]     = {"createdAt",  FIELD_INSTANT, NEEDED, 0, NULL},
	[F_MESSAGE]     = {"messageId",  FIELD_TEXT,    NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	[F_TEMPLATE]    = {"template",   FIELD_BOOLEAN, 0, 0, NULL},
	[F_SENT]        = {"sent",       FIELD_INSTANT, 0, 0, NULL},
	[F_DELIVERED]   = {"delivered",  FIELD_INSTANT, 0, 0, NULL},
	[F_READ]        = {"read",       FIELD_INSTANT, 0, 0, NULL},
	[F_FAILED]      = {"failed",     FIELD_INSTANT, 0, 0, NULL},
	[F_CODE]        = {"code",       FIELD_TEXT,    0, 1024, NULL},
	[F_TITLE]       = {"title",      FIELD_TEXT,    0, 1024, NULL},
	[F_GONE]        = {"gone",       FIELD_BOOLEAN, 0, 0, NULL},
	[F_BARE]        = {"bare",       FIELD_BOOLEAN, 0, 0, NULL},
	[F_PERSON_TYPE] = {"personType", FIELD_CHOICE,  0, 0, person_words},
	[F_PERSON]      = {"personId",   FIELD_TEXT,    NOT_EMPTY, USER_ID_MAX, NULL},
	[F_TEXT]        = {"text",       FIELD_TEXT,    0, MESSAGE_TEXT_MAX, NULL},
	{0}
};

/* The column of what is told by an instant of its own; -1: none. */
static const int column_of[TOLD_COUNT] = {
	[FIELD_SOURCE] = -1, [FIELD_NAME] = C_NAME, [FIELD_DESCRIPTION] = C_DESCRIPTION,
	[FIELD_MEDIUM] = C_MEDIUM, [FIELD_MARKETING_ID] = C_MARKETING_ID,
	[FIELD_MARKETING_TYPE] = C_MARKETING_TYPE, [FIELD_BOT_ID] = C_BOT,
	[FIELD_ASSIGNEE] = C_ASSIGNEE, [TOLD_OWNER] = C_USER, [TOLD_MANAGERS] = C_MANAGERS,
	[TOLD_TAGS] = C_TAGS,
};
/* clang-format on */

/* Chats -------------------------------------------------------------------- */

static bool
is_cleared(const struct given *s, int part)
{
	const struct given *list = &s[S_CLEARED];

	for (size_t i = 0; list->has && i < list->u.list.n; i++)
		if (str_eq(list->u.list.items[i], str_of(chat_told_names[part])))
			return true;
	return false;
}

/* Whether the worksheet has something there, which has to be told then; of a
 * name and a person it may be by others. */
static bool
has_value(const struct given *c, int part)
{
	const struct given *v;

	if (column_of[part] < 0)
		return false;
	v = &c[column_of[part]];
	if (part == TOLD_MANAGERS || part == TOLD_TAGS)
		return v->has && v->u.list.n > 0;
	return v->has && part != FIELD_NAME && part != TOLD_OWNER;
}

static enum err
parts_read(const struct given *c, const struct given *s,
	   struct chat_restored *out, struct fault *f)
{
	for (int i = 0; i < TOLD_COUNT; i++) {
		bool has = false, cleared = is_cleared(s, i);

		out->at[i] = INSTANT_NONE;
		if (s[S_SAID].has)
			TRY(instant_said(s[S_SAID].json, "said",
					 str_of(chat_told_names[i]),
					 &out->at[i], &has, f));
		if (!has && has_value(c, i))
			return fail(f, ERR_INVALID, chat_told_names[i],
				    "\"%s\" does not say when it was said.",
				    IMPORT_DATA);
		if (i > FIELD_ASSIGNEE || cleared || !has)
			continue;
		if (i == FIELD_SOURCE)
			out->fields[i] = s[S_SOURCE].has ? s[S_SOURCE].u.text
							 : STR_NONE;
		else if (c[column_of[i]].has)
			out->fields[i] = c[column_of[i]].u.text;
	}
	return OK;
}

static enum err
states_read(struct restoring *r, const struct json *list,
	    struct chat_restored *out, struct fault *f)
{
	struct chat_interval *all =
	    arena_get(r->taker.arena, (list->count + 1) * sizeof(*all));

	for (const struct json *v = list->first; v != NULL; v = v->next) {
		const struct json *name = v->first;
		struct chat_interval *to = &all[out->n_states];
		int i = 0;

		if (v->kind != JSON_ARRAY || v->count != 2 ||
		    name->kind != JSON_STRING)
			return fail(f, ERR_INVALID, SAID ".states",
				    "[state, instant] was expected.");
		while (state_words[i] != NULL &&
		       !str_eq(text_folded(r->taker.arena, name->text),
			       str_of(state_words[i])))
			i++;
		if (state_words[i] == NULL)
			return fail(f, ERR_INVALID, SAID ".states",
				    "Opened, Snoozed or Closed was expected.");
		to->state = (enum chat_state)i;
		TRY(instant_of(name->next, "states", S(""), &to->at, f));
		out->n_states++;
	}
	out->states = all;
	return OK;
}

/* Session data: values of the one, instants of the other. */
static enum err
session_read(struct restoring *r, const struct given *c, const struct given *s,
	     struct chat_restored *out, struct fault *f)
{
	const struct json *values = c[C_SESSION].has ? c[C_SESSION].json : NULL;
	const struct json *said = s[S_SESSION].has ? s[S_SESSION].json : NULL;
	struct session_restored *all;
	size_t found = 0;

	if (said == NULL && values == NULL)
		return OK;
	all = arena_get(r->taker.arena,
			((said ? said->count : 0) + 1) * sizeof(*all));
	for (const struct json *m = said ? said->first : NULL; m != NULL;
	     m = m->next) {
		struct session_restored *to = &all[out->n_session++];

		to->name = m->key;
		to->value = values ? json_member(values, m->key) : NULL;
		found += to->value != NULL;
		if (to->value != NULL && to->value->kind == JSON_NULL)
			to->value = NULL;
		TRY(instant_of(m, "session", m->key, &to->at, f));
	}
	out->session = all;
	if (values != NULL && found < values->count)
		return fail(f, ERR_INVALID, "sessionAttributes",
			    "\"%s\" does not say when all of it was said.",
			    IMPORT_DATA);
	return OK;
}

static enum err
check_first(const struct given *s, const struct chat_restored *c,
	    struct fault *f)
{
	bool any = c->n_states > 0 || c->n_session > 0;

	for (int i = 0; i < TOLD_COUNT; i++)
		any |= c->at[i] != INSTANT_NONE;
	if (!any || s[S_FIRST].has)
		return OK;
	return fail(f, ERR_INVALID, SAID ".firstEvent", "It is missing.");
}

enum err
restore_chat(struct restoring *r, const struct walked *row, enum restored *out,
	     struct fault *f)
{
	struct given c[COUNT(chat_columns)] = {0}, s[COUNT(chat_said)] = {0};
	struct chat_restored chat = {.source = r->taker.source};

	r->alike.at = INSTANT_NONE;
	TRY(sheet_read(r, chat_columns, row, c, f));
	TRY(said_read(r, chat_said, row, s, f));
	chat.chat_id = c[C_ID].u.text;
	chat.first_event = s[S_FIRST].has ? s[S_FIRST].u.at : INSTANT_NONE;
	TRY(parts_read(c, s, &chat, f));
	if (chat.at[TOLD_OWNER] != INSTANT_NONE && c[C_USER].has)
		chat.user_id =
		    s[S_USER].has ? s[S_USER].u.text : c[C_USER].u.text;
	chat.manager_ids = c[C_MANAGERS].u.list.items;
	chat.n_manager_ids = c[C_MANAGERS].has ? c[C_MANAGERS].u.list.n : 0;
	chat.tags = c[C_TAGS].u.list.items;
	chat.n_tags = c[C_TAGS].has ? c[C_TAGS].u.list.n : 0;
	if (s[S_STATES].has)
		TRY(states_read(r, s[S_STATES].json, &chat, f));
	TRY(session_read(r, c, s, &chat, f));
	TRY(check_first(s, &chat, f));
	return chat_restore(r->taker.chats, &chat, out, f);
}

/* Messages ----------------------------------------------------------------- */

static void
fate_take(const struct given *s, struct message_restored *m)
{
	for (int i = SENT; i <= FAILED; i++) {
		const struct given *v = &s[F_SENT + i];

		m->status |= (uint8_t)(v->has << i);
		m->status_at[i] = v->has ? v->u.at : INSTANT_NONE;
	}
	m->code = s[F_CODE].has ? s[F_CODE].u.text : STR_NONE;
	m->title = s[F_TITLE].has ? s[F_TITLE].u.text : STR_NONE;
}
_Static_assert(F_FAILED == F_SENT + FAILED, "in the order of enum delivery");

/* Who says what, whoever he was when he said it. */
static uint64_t
message_hash(const struct message_event *e, struct str person)
{
	struct buf b;
	uint64_t hash;

	buf_init(&b);
	buf_c(&b, (char)e->person);
	buf_c(&b, (char)(e->template | e->note << 1));
	buf_lstr(&b, person);
	buf_lstr(&b, e->text);
	hash = hash64(buf_str(&b));
	buf_fini(&b);
	return hash;
}

/* Which of those that are alike it is, from 1. */
static uint32_t
nth_of(struct alike *l, int64_t at, uint64_t hash)
{
	struct rd r;
	uint32_t nth = 1;

	if (at != l->at)
		buf_reset(&l->hashes);
	l->at = at;
	r = rd_of(buf_str(&l->hashes));
	while (rd_left(&r) > 0)
		nth += rd_be64(&r) == hash;
	return nth;
}

static enum err
note_take(const struct given *s, struct message_event *e, struct str *person,
	  struct fault *f)
{
	if (!s[F_PERSON_TYPE].has)
		return fail(f, ERR_INVALID, SAID ".personType",
			    "It is missing.");
	e->note = true;
	e->person = person_of_word[s[F_PERSON_TYPE].choice];
	e->person_id = *person =
	    s[F_PERSON].has ? s[F_PERSON].u.text : STR_NONE;
	e->text = s[F_TEXT].has ? s[F_TEXT].u.text : STR_NONE;
	return OK;
}

static enum err
message_take(struct restoring *r, const struct walked *row,
	     const struct given *s, struct message_event *e, struct str *person,
	     struct fault *f)
{
	struct given c[COUNT(message_columns)] = {0};

	TRY(sheet_read(r, message_columns, row, c, f));
	e->person = person_of_word[c[M_PERSON_TYPE].choice];
	*person = c[M_PERSON].has ? c[M_PERSON].u.text : STR_NONE;
	e->person_id = s[F_PERSON].has ? s[F_PERSON].u.text : *person;
	e->text = c[M_TEXT].has ? c[M_TEXT].u.text : STR_NONE;
	return OK;
}

enum err
restore_message(struct restoring *r, const struct walked *row,
		enum restored *out, struct fault *f)
{
	struct given s[COUNT(message_said)] = {0};
	struct message_restored m = {0};
	struct str person;
	uint64_t hash;

	if (r->chat_refused)
		return fail(f, ERR_INVALID, "chatId", "Its chat was refused.");
	TRY(said_read(r, message_said, row, s, f));
	m.said = (struct message_event){
	    .chat_id = row->chat_id,
	    .at = s[F_CREATED].u.at,
	    .template = s[F_TEMPLATE].has && s[F_TEMPLATE].flag,
	    .nobody = s[F_GONE].has && s[F_GONE].flag,
	    .source = r->taker.source,
	};
	TRY(row->kind == ROW_NOTE
		? note_take(s, &m.said, &person, f)
		: message_take(r, row, s, &m.said, &person, f));
	if (s[F_MESSAGE].has)
		m.said.message_id = s[F_MESSAGE].u.text;
	fate_take(s, &m);
	m.bare = row->kind == ROW_NOTE && s[F_BARE].has && s[F_BARE].flag;
	hash = message_hash(&m.said, person);
	m.nth = nth_of(&r->alike, m.said.at, hash);
	TRY(message_restore(r->taker.chats, &m, out, f));
	r->note_first += m.bare;
	if (m.said.message_id.n == 0)
		buf_be64(&r->alike.hashes, hash);
	return OK;
}
