/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One chat as JSON: what it is, whose it is, all its times and its episodes.
 * Names are those of the data model; durations are in milliseconds, and what
 * is not known is null.
 */
#include "archive.h"

const char *const chat_state_names[] = {
    [CHAT_OPENED] = "Opened",
    [CHAT_SNOOZED] = "Snoozed",
    [CHAT_CLOSED] = "Closed",
};
const char *const person_names[] = {
    [PERSON_USER] = "User",
    [PERSON_BOT] = "Bot",
    [PERSON_MANAGER] = "Manager",
};

bool
chat_seen(struct query *q, uint32_t id, struct chat_view *out)
{
	if (!chat_view(q->txn, q->arena, id, out))
		return false;
	return out->user == 0 ? !q->limited : query_sees(q, out->user);
}

/* Heads -------------------------------------------------------------------- */

void
names_json(struct json_out *j, const char *key, const struct str *names,
	   size_t n)
{
	json_key(j, str_of(key));
	json_array(j);
	for (size_t i = 0; i < n; i++)
		json_text(j, names[i]);
	json_array_end(j);
}

static const struct {
	const char *name;
	uint16_t tells; /* the attribute that says the same; 0: none */
} fields[] = {
    [FIELD_SOURCE] = {"source", A_SOURCE},
    [FIELD_NAME] = {"name", A_NAME},
    [FIELD_DESCRIPTION] = {"description", 0},
    [FIELD_MEDIUM] = {"contactMediumType", A_SOURCE},
    [FIELD_MARKETING_ID] = {"marketingId", 0},
    [FIELD_MARKETING_TYPE] = {"marketingType", 0},
    [FIELD_BOT_ID] = {"supportBotId", 0},
    [FIELD_ASSIGNEE] = {"assigneeId", 0},
};

bool
chat_field_told(const struct query *q, enum chat_field field)
{
	uint16_t tells = fields[field].tells;

	return tells == 0 || catalog_by_id(q->catalog, tells) != NULL;
}

static void
user_json(struct query *q, uint32_t user, struct json_out *j)
{
	static const uint16_t ids[] = {A_USER_ID, A_NAME};
	const struct attr *columns[COUNT(ids)];
	size_t n = 0;

	json_key(j, S("user"));
	if (user == 0) {
		json_null(j);
		return;
	}
	for (size_t i = 0; i < COUNT(ids); i++) {
		columns[n] = catalog_by_id(q->catalog, ids[i]);
		n += columns[n] != NULL;
	}
	query_row(q, user, columns, n, j);
}

void
chat_head_json(struct query *q, const struct chat_view *v, struct json_out *j)
{
	json_ki(j, "id", v->id);
	json_kt(j, "chatId", v->chat_id);
	user_json(q, v->user, j);
	json_kt(j, "state", str_of(chat_state_names[v->state]));
	for (size_t i = 0; i < COUNT(fields); i++)
		if (v->fields[i].n > 0 &&
		    chat_field_told(q, (enum chat_field)i))
			json_kt(j, fields[i].name, v->fields[i]);
	names_json(j, "tags", v->tags, v->n_tags);
	names_json(j, "managerIds", v->manager_ids, v->n_manager_ids);
	json_kat(j, "createdAt", v->created);
	json_kat(j, "openedAt", v->latest);
	json_kat(j, "closedAt",
		 v->state == CHAT_CLOSED ? v->closed : INSTANT_NONE);
	json_ki(j, "messagesIn", (int64_t)v->in);
	json_ki(j, "messagesOut", (int64_t)v->out);
	json_ki(j, "notes", (int64_t)v->notes);
}

/* Times -------------------------------------------------------------------- */

static void
duration_json(struct json_out *j, const char *key, int64_t micros)
{
	json_key(j, str_of(key));
	if (micros == DURATION_NONE)
		json_null(j);
	else
		json_int(j, micros / 1000);
}

static void
clock_json(struct json_out *j, const char *const names[5],
	   const struct chat_clock *c)
{
	duration_json(j, names[0], c->waiting);
	duration_json(j, names[1], c->reply_average);
	duration_json(j, names[2], c->reply_total);
	json_key(j, str_of(names[3]));
	if (c->replies == DURATION_NONE)
		json_null(j);
	else
		json_int(j, c->replies);
	duration_json(j, names[4], c->resolution);
}

static void
clocks_json(struct json_out *j, const struct chat_clock *all,
	    const struct chat_clock *operation)
{
	static const char *const names[] = {"waitingTime", "avgReplyTime",
					    "totalReplyTime", "replyCount",
					    "resolutionTime"};
	static const char *const operation_names[] = {
	    "operationWaitingTime", "operationAvgReplyTime",
	    "operationTotalReplyTime", "operationReplyCount",
	    "operationResolutionTime"};

	clock_json(j, names, all);
	clock_json(j, operation_names, operation);
}

static void
episodes_json(struct json_out *j, const struct chat_times *t)
{
	json_key(j, S("episodes"));
	json_array(j);
	for (size_t i = 0; i < t->n_episodes; i++) {
		const struct episode *e = &t->episodes[i];

		json_object(j);
		json_kat(j, "openedAt", e->opened);
		json_kat(j, "askedAt", e->asked);
		json_kat(j, "firstRepliedAt", e->replied);
		json_kat(j, "closedAt", e->closed);
		clocks_json(j, &e->all, &e->operation);
		duration_json(j, "holdTime", e->hold);
		json_object_end(j);
	}
	json_array_end(j);
}

bool
session_told(struct query *q, struct str name)
{
	struct arena_mark mark = arena_mark(q->arena);
	struct str full;
	bool told;

	if (q->whole == NULL)
		return true;
	full = arena_printf(q->arena, "session.%.*s", STR_ARG(name));
	told = catalog_find(q->catalog, full) != NULL;
	arena_rewind(q->arena, mark);
	return told;
}

static void
session_json(struct query *q, const struct chat_view *v, struct json_out *j)
{
	json_key(j, S("sessionAttributes"));
	json_object(j);
	for (size_t i = 0; i < v->n_session; i++) {
		if (!session_told(q, v->session[i].name))
			continue;
		json_key(j, v->session[i].name);
		json_raw(j, v->session[i].json);
	}
	json_object_end(j);
}

static void
states_json(const struct chat_view *v, struct json_out *j)
{
	json_key(j, S("states"));
	json_array(j);
	for (size_t i = 0; i < v->n_states; i++) {
		json_object(j);
		json_kat(j, "at", v->states[i].at);
		json_kt(j, "state",
			str_of(chat_state_names[v->states[i].state]));
		json_object_end(j);
	}
	json_array_end(j);
}

enum err
archive_chat(struct query *q, uint32_t id, const struct hours *hours,
	     struct json_out *j, struct buf *version, struct fault *f)
{
	struct chat_times t;
	struct chat_view v;

	if (!chat_seen(q, id, &v)) {
		TRY(kv_error(q->txn));
		return fail(f, ERR_NOT_FOUND, "chat", "there is no such chat");
	}
	chat_times(q->txn, q->arena, &v, hours, &t);
	json_object(j);
	chat_head_json(q, &v, j);
	json_kat(j, "firstOpenedAt", t.first_opened);
	json_kat(j, "firstRepliedAtAfterOpen", t.replied);
	clocks_json(j, &t.all, &t.operation);
	duration_json(j, "holdTime", t.hold);
	session_json(q, &v, j);
	states_json(&v, j);
	episodes_json(j, &t);
	json_object_end(j);
	if (version != NULL)
		chat_version(&v, version);
	return kv_error(q->txn);
}
