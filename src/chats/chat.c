/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A `chat` event: everything is checked against limits and types, then the
 * cells it names are written where it is the younger, its instants join the
 * set of states, and its attributes the session data.  The event's own instant
 * is `at`, or the latest of the instants it gives.
 */
#include "room.h"

#include <stdio.h>

#define LIST_MAX 100u
#define CELL_COST 32u /* bytes around a value in the record, at most */

static const struct {
	const char *name;
	size_t limit;
} fields[] = {
    [FIELD_SOURCE] = {"source", 1024},
    [FIELD_NAME] = {"name", 4096},
    [FIELD_DESCRIPTION] = {"description", 16384},
    [FIELD_MEDIUM] = {"contactMediumType", 256},
    [FIELD_MARKETING_ID] = {"marketingId", 256},
    [FIELD_MARKETING_TYPE] = {"marketingType", 256},
    [FIELD_BOT_ID] = {"supportBotId", 256},
    [FIELD_ASSIGNEE] = {"assigneeId", 256},
};
_Static_assert(COUNT(fields) == CELL_OWNER, "a row for each field");

/* Cells -------------------------------------------------------------------- */

bool
chat_cell(struct chat_batch *c, struct held *h, int cell, int64_t at,
	  uint8_t source, struct str value)
{
	struct cell *to = &h->chat.cells[cell];

	if (to->set && at < to->at)
		return false;
	if (to->set && str_eq(to->value, value))
		value = to->value;
	else
		value = arena_str(c->arena, value);
	*to = (struct cell){
	    .set = true, .source = source, .at = at, .value = value};
	h->dirty = true;
	return true;
}

struct str
chat_owner(const struct chat *c)
{
	if (c->cells[CELL_OWNER].set && c->cells[CELL_OWNER].value.n > 0)
		return c->cells[CELL_OWNER].value;
	return c->cells[CELL_SPEAKER].set ? c->cells[CELL_SPEAKER].value
					  : STR_NONE;
}

void
chat_tell_source(struct chat_batch *c, struct held *h, int64_t at,
		 struct str source)
{
	struct value v = {.type = TYPE_TEXT, .text = source};
	struct json text = {.kind = JSON_STRING, .text = source};
	struct stamp from = {.at = at, .source = FROM_CHAT};

	if (h->chat.user == 0 || source.n == 0)
		return;
	if (c->source == NULL &&
	    batch_attr(c->people, S("default_source"), &text, false, &c->source,
		       NULL) != OK)
		return;
	batch_set(c->people, h->chat.user, c->source, &v, from);
}

enum err
chat_settle_owner(struct chat_batch *c, struct held *h, struct fault *f)
{
	const struct cell *source = &h->chat.cells[FIELD_SOURCE];
	struct str owner = chat_owner(&h->chat);
	uint32_t user = 0;

	if (owner.n > 0)
		TRY(batch_user(c->people, owner, &user, f));
	if (user == h->chat.user)
		return OK;
	h->chat.user = user;
	h->dirty = true;
	if (source->set)
		chat_tell_source(c, h, source->at, source->value);
	return OK;
}

/* Checks ------------------------------------------------------------------- */

enum err
chat_list_check(const char *name, const struct str *items, size_t n,
		struct fault *f)
{
	if (n > LIST_MAX)
		return fail(f, ERR_LIMIT, name, "%zu items; at most %u.", n,
			    LIST_MAX);
	for (size_t i = 0; i < n; i++)
		if (items[i].n == 0 || items[i].n > 256)
			return fail(f, items[i].n ? ERR_LIMIT : ERR_INVALID,
				    name,
				    "Item %zu has %zu bytes; "
				    "1 to 256 are taken.",
				    i + 1, items[i].n);
	return OK;
}

enum err
chat_field_check(int field, struct str text, struct fault *f)
{
	if (text.n <= fields[field].limit)
		return OK;
	return fail(f, ERR_LIMIT, fields[field].name,
		    "%zu bytes; at most %zu are taken.", text.n,
		    fields[field].limit);
}

enum err
chat_session_check(struct chat_batch *c, struct str name, const struct json *v,
		   size_t *cost, struct fault *f)
{
	const struct attr *attr;
	struct json_out j;
	struct value value;
	enum err e;

	buf_reset(&c->scratch);
	json_out_init(&j, &c->scratch);
	json_value(&j, v);
	*cost += c->scratch.n;
	e = batch_attr(c->people, name, v, true, &attr, f);
	if (e == OK)
		e = value_of_json(c->arena, attr, v, &value, f);
	if (e == ERR_NOT_FOUND) /* nothing in it: as null */
		e = OK;
	if (e != OK && f != NULL)
		snprintf(f->path, sizeof(f->path), "attributes.%.*s",
			 (int)(name.n < 100 ? name.n : 100), name.p);
	return e;
}

static enum err
check_attributes(struct chat_batch *c, const struct json *attributes,
		 size_t *cost, struct fault *f)
{
	enum err e = OK;

	if (attributes == NULL)
		return OK;
	for (const struct json *m = attributes->first; m && !e; m = m->next) {
		*cost += CELL_COST + m->key.n;
		if (m->kind != JSON_NULL)
			e = chat_session_check(c, m->key, m, cost, f);
	}
	return e;
}

static enum err
check_event(struct chat_batch *c, const struct chat_event *e, size_t *cost,
	    struct fault *f)
{
	if (e->chat_id.n == 0 || e->chat_id.n > CHAT_ID_MAX)
		return fail(f, e->chat_id.n ? ERR_LIMIT : ERR_INVALID, "chatId",
			    "1 to %u bytes are taken.", CHAT_ID_MAX);
	*cost = 2 * CELL_COST + e->user_id.n;
	for (size_t i = 0; i < COUNT(fields); i++) {
		TRY(chat_field_check((int)i, e->fields[i], f));
		if (e->fields[i].p != NULL)
			*cost += CELL_COST + e->fields[i].n;
	}
	TRY(chat_list_check("managerIds", e->manager_ids, e->n_manager_ids, f));
	TRY(chat_list_check("tags", e->tags, e->n_tags, f));
	for (size_t i = 0; i < e->n_manager_ids; i++)
		*cost += 2 + e->manager_ids[i].n;
	for (size_t i = 0; i < e->n_tags; i++)
		*cost += 2 + e->tags[i].n;
	return check_attributes(c, e->attributes, cost, f);
}

/* States ------------------------------------------------------------------- */

static int
transition_cmp(struct transition a, struct transition b)
{
	if (a.at != b.at)
		return a.at < b.at ? -1 : 1;
	return (int)a.state - (int)b.state;
}

void
chat_state(struct chat_batch *c, struct held *h, int64_t at, uint8_t state)
{
	struct chat *chat = &h->chat;
	struct transition t = {.at = at, .state = state};
	size_t i = chat->n_states;

	if (at == INSTANT_NONE)
		return;
	while (i > 0 && transition_cmp(chat->states[i - 1], t) > 0)
		i--;
	if (i > 0 && transition_cmp(chat->states[i - 1], t) == 0)
		return;
	if (chat->n_states == chat->cap_states) {
		size_t cap = chat->n_states ? chat->n_states * 2 : 4;
		struct transition *grown = arena_get(c->arena, cap * sizeof(t));

		if (chat->n_states > 0)
			memcpy(grown, chat->states, chat->n_states * sizeof(t));
		chat->states = grown;
		chat->cap_states = cap;
	}
	memmove(chat->states + i + 1, chat->states + i,
		(chat->n_states - i) * sizeof(t));
	chat->states[i] = t;
	chat->n_states++;
	h->dirty = true;
}

static int64_t
event_instant(const struct chat_event *e)
{
	int64_t at = e->at;

	if (at != INSTANT_NONE)
		return at;
	at = e->opened > e->closed ? e->opened : e->closed;
	if (e->snoozed > at)
		at = e->snoozed;
	return at != INSTANT_NONE ? at : clock_now();
}

static void
states_apply(struct chat_batch *c, struct held *h, const struct chat_event *e,
	     int64_t at)
{
	int64_t given[] = {[CHAT_OPENED] = e->opened,
			   [CHAT_SNOOZED] = e->snoozed,
			   [CHAT_CLOSED] = e->closed};

	for (int i = CHAT_OPENED; i <= CHAT_CLOSED; i++)
		chat_state(c, h, given[i], (uint8_t)i);
	if (e->has_state && given[e->state] == INSTANT_NONE)
		chat_state(c, h, at, (uint8_t)e->state);
	/* An event without a state may still be the first that is known. */
	if (at < h->chat.first_event || h->chat.first_event == INSTANT_NONE) {
		h->chat.first_event = at;
		h->dirty = true;
	}
}

/* Session data ------------------------------------------------------------- */

struct session *
chat_session(struct chat_batch *c, struct chat *chat, struct str name)
{
	size_t i = 0;

	while (i < chat->n_session && str_cmp(chat->session[i].name, name) < 0)
		i++;
	if (i < chat->n_session && str_eq(chat->session[i].name, name))
		return &chat->session[i];
	if (chat->n_session == chat->cap_session) {
		size_t cap = chat->n_session ? chat->n_session * 2 : 4;
		struct session *grown =
		    arena_get(c->arena, cap * sizeof(*grown));

		if (chat->n_session > 0)
			memcpy(grown, chat->session,
			       chat->n_session * sizeof(*grown));
		chat->session = grown;
		chat->cap_session = cap;
	}
	memmove(chat->session + i + 1, chat->session + i,
		(chat->n_session - i) * sizeof(*chat->session));
	chat->n_session++;
	chat->session[i] = (struct session){.name = arena_str(c->arena, name),
					    .at = INSTANT_NONE};
	return &chat->session[i];
}

static void
session_apply(struct chat_batch *c, struct held *h, const struct chat_event *e,
	      int64_t at)
{
	if (e->attributes == NULL)
		return;
	for (const struct json *m = e->attributes->first; m; m = m->next) {
		struct session *s = chat_session(c, &h->chat, m->key);
		struct json_out j;

		if (at < s->at)
			continue;
		buf_reset(&c->scratch);
		json_out_init(&j, &c->scratch);
		if (m->kind != JSON_NULL)
			json_value(&j, m);
		s->json = arena_str(c->arena, buf_str(&c->scratch));
		s->at = at;
		s->source = e->source;
		h->dirty = h->session_changed = true;
	}
}

/* Apply -------------------------------------------------------------------- */

void
chat_list(struct chat_batch *c, struct held *h, int cell, int64_t at,
	  uint8_t source, const struct str *items, size_t n)
{
	buf_reset(&c->scratch);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < i && !str_eq(items[k], items[i]))
			k++;
		if (k == i)
			buf_lstr(&c->scratch, items[i]);
	}
	chat_cell(c, h, cell, at, source, buf_str(&c->scratch));
}

static enum err
check_room(struct chat_batch *c, struct held *h, size_t cost, struct fault *f)
{
	if (h == NULL)
		return cost < CHAT_RECORD_MAX - 1024
			   ? OK
			   : fail(f, ERR_LIMIT, "chatId",
				  "The chat would be larger than %u bytes.",
				  CHAT_RECORD_MAX);
	if (h->chat.n_states + 4 > CHAT_STATES_MAX)
		return fail(f, ERR_LIMIT, "state",
			    "The chat changed its state %u times; no more are "
			    "taken.",
			    CHAT_STATES_MAX);
	if (!chat_fits(c, h, cost))
		return fail(f, ERR_LIMIT, "chatId",
			    "The chat would be larger than %u bytes.",
			    CHAT_RECORD_MAX);
	return OK;
}

enum err
chat_apply(struct chat_batch *c, const struct chat_event *e, struct fault *f)
{
	int64_t at = event_instant(e);
	struct held *h;
	size_t cost = 0;
	uint32_t user;

	TRY(check_event(c, e, &cost, f));
	h = chat_hold(c, e->chat_id, false);
	TRY(check_room(c, h, cost, f));
	if (e->user_id.n > 0)
		TRY(batch_user(c->people, e->user_id, &user, f));
	if (h == NULL) {
		h = chat_hold(c, e->chat_id, true);
		if (h == NULL)
			return kv_error(c->txn);
		h->size += cost;
	}
	for (size_t i = 0; i < COUNT(fields); i++)
		if (e->fields[i].p != NULL &&
		    chat_cell(c, h, (int)i, at, e->source, e->fields[i]) &&
		    i == FIELD_SOURCE)
			chat_tell_source(c, h, at, e->fields[i]);
	if (e->has_manager_ids)
		chat_list(c, h, CELL_MANAGERS, at, e->source, e->manager_ids,
			  e->n_manager_ids);
	if (e->has_tags)
		chat_list(c, h, CELL_TAGS, at, e->source, e->tags, e->n_tags);
	states_apply(c, h, e, at);
	session_apply(c, h, e, at);
	if (e->user_id.n > 0 &&
	    chat_cell(c, h, CELL_OWNER, at, e->source, e->user_id))
		TRY(chat_settle_owner(c, h, f));
	return OK;
}
