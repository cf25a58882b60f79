/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A chat as it was, from what is shown of it and when each part was said.  The
 * ways in are those of events: cells by instant, states as a set, session data
 * by name, messages by messageId.  Messages without one are known by what they
 * are: as many as are there of a kind are there already.
 */
#include "room.h"

#include <rapport/chats/restore.h>

#define PART_COST 32u /* bytes around a value in the record, at most */

const char *const chat_told_names[TOLD_COUNT] = {
    [FIELD_SOURCE] = "source",
    [FIELD_NAME] = "name",
    [FIELD_DESCRIPTION] = "description",
    [FIELD_MEDIUM] = "contactMediumType",
    [FIELD_MARKETING_ID] = "marketingId",
    [FIELD_MARKETING_TYPE] = "marketingType",
    [FIELD_BOT_ID] = "supportBotId",
    [FIELD_ASSIGNEE] = "assigneeId",
    [TOLD_OWNER] = "userId",
    [TOLD_MANAGERS] = "managerIds",
    [TOLD_TAGS] = "tags",
};

/* Where in the record. */
static const uint8_t cell_of[TOLD_COUNT] = {
    [FIELD_SOURCE] = FIELD_SOURCE,
    [FIELD_NAME] = FIELD_NAME,
    [FIELD_DESCRIPTION] = FIELD_DESCRIPTION,
    [FIELD_MEDIUM] = FIELD_MEDIUM,
    [FIELD_MARKETING_ID] = FIELD_MARKETING_ID,
    [FIELD_MARKETING_TYPE] = FIELD_MARKETING_TYPE,
    [FIELD_BOT_ID] = FIELD_BOT_ID,
    [FIELD_ASSIGNEE] = FIELD_ASSIGNEE,
    [TOLD_OWNER] = CELL_OWNER,
    [TOLD_MANAGERS] = CELL_MANAGERS,
    [TOLD_TAGS] = CELL_TAGS,
};

/* Out ---------------------------------------------------------------------- */

bool
chat_told(struct kv_txn *txn, struct arena *a, uint32_t id,
	  struct chat_told *out)
{
	struct chat_session *session;
	struct chat c;

	if (!chat_load(txn, a, id, &c))
		return false;
	*out = (struct chat_told){.first_event = c.first_event,
				  .owner = c.cells[CELL_OWNER].value,
				  .n_session = c.n_session};
	for (int i = 0; i < TOLD_COUNT; i++) {
		const struct cell *cell = &c.cells[cell_of[i]];

		out->at[i] = cell->set ? cell->at : INSTANT_NONE;
		out->cleared[i] = cell->set && cell->value.n == 0;
	}
	session = arena_get(a, (c.n_session + 1) * sizeof(*session));
	for (size_t i = 0; i < c.n_session; i++)
		session[i] = (struct chat_session){.name = c.session[i].name,
						   .json = c.session[i].json,
						   .at = c.session[i].at};
	out->session = session;
	return true;
}

/* Checks ------------------------------------------------------------------- */

static size_t
states_new(const struct held *h, const struct chat_restored *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_states; i++) {
		size_t k = 0;

		while (h != NULL && k < h->chat.n_states &&
		       (h->chat.states[k].at != r->states[i].at ||
			h->chat.states[k].state != r->states[i].state))
			k++;
		n += h == NULL || k == h->chat.n_states;
	}
	return n;
}

static enum err
check_session(struct chat_batch *c, const struct chat_restored *r, size_t *cost,
	      struct fault *f)
{
	enum err e = OK;

	for (size_t i = 0; i < r->n_session && e == OK; i++) {
		const struct session_restored *s = &r->session[i];

		*cost += PART_COST + s->name.n;
		if (s->value != NULL)
			e = chat_session_check(c, s->name, s->value, cost, f);
	}
	return e;
}

static enum err
check_restored(struct chat_batch *c, const struct chat_restored *r,
	       size_t *cost, struct fault *f)
{
	if (r->chat_id.n == 0 || r->chat_id.n > CHAT_ID_MAX)
		return fail(f, r->chat_id.n ? ERR_LIMIT : ERR_INVALID, "chatId",
			    "1 to %u bytes are taken.", CHAT_ID_MAX);
	*cost = 2 * PART_COST + r->user_id.n + 9 * r->n_states;
	for (int i = 0; i <= FIELD_ASSIGNEE; i++) {
		TRY(chat_field_check(i, r->fields[i], f));
		*cost += PART_COST + r->fields[i].n;
	}
	TRY(chat_list_check("managerIds", r->manager_ids, r->n_manager_ids, f));
	TRY(chat_list_check("tags", r->tags, r->n_tags, f));
	for (size_t i = 0; i < r->n_manager_ids; i++)
		*cost += 2 + r->manager_ids[i].n;
	for (size_t i = 0; i < r->n_tags; i++)
		*cost += 2 + r->tags[i].n;
	return check_session(c, r, cost, f);
}

static enum err
check_room(struct chat_batch *c, struct held *h, const struct chat_restored *r,
	   size_t cost, struct fault *f)
{
	size_t states = h == NULL ? 0 : h->chat.n_states;

	if (states + states_new(h, r) > CHAT_STATES_MAX)
		return fail(f, ERR_LIMIT, "states",
			    "The chat would have changed its state more than "
			    "%u times.",
			    CHAT_STATES_MAX);
	if (h == NULL ? cost < CHAT_RECORD_MAX - 1024 : chat_fits(c, h, cost))
		return OK;
	return fail(f, ERR_LIMIT, "chatId",
		    "The chat would be larger than %u bytes.", CHAT_RECORD_MAX);
}

/* In ----------------------------------------------------------------------- */

/* Whether what is told is news. */
static bool
is_news(const struct held *h, const struct chat_restored *r, int part)
{
	const struct cell *c = &h->chat.cells[cell_of[part]];

	return r->at[part] != INSTANT_NONE && (!c->set || c->at < r->at[part]);
}

static enum err
cells_restore(struct chat_batch *c, struct held *h,
	      const struct chat_restored *r, struct fault *f)
{
	for (int i = 0; i <= FIELD_ASSIGNEE; i++) {
		if (!is_news(h, r, i))
			continue;
		chat_cell(c, h, i, r->at[i], r->source, r->fields[i]);
		if (i == FIELD_SOURCE)
			chat_tell_source(c, h, r->at[i], r->fields[i]);
	}
	if (is_news(h, r, TOLD_MANAGERS))
		chat_list(c, h, CELL_MANAGERS, r->at[TOLD_MANAGERS], r->source,
			  r->manager_ids, r->n_manager_ids);
	if (is_news(h, r, TOLD_TAGS))
		chat_list(c, h, CELL_TAGS, r->at[TOLD_TAGS], r->source, r->tags,
			  r->n_tags);
	if (!is_news(h, r, TOLD_OWNER) || r->user_id.n == 0)
		return OK;
	chat_cell(c, h, CELL_OWNER, r->at[TOLD_OWNER], r->source, r->user_id);
	return chat_settle_owner(c, h, f);
}

static void
session_restore(struct chat_batch *c, struct held *h,
		const struct chat_restored *r)
{
	for (size_t i = 0; i < r->n_session; i++) {
		const struct session_restored *s = &r->session[i];
		struct session *to = chat_session(c, &h->chat, s->name);
		struct json_out j;

		if (to->at != INSTANT_NONE && s->at <= to->at)
			continue;
		buf_reset(&c->scratch);
		json_out_init(&j, &c->scratch);
		if (s->value != NULL)
			json_value(&j, s->value);
		to->json = arena_str(c->arena, buf_str(&c->scratch));
		to->at = s->at;
		to->source = r->source;
		h->dirty = h->session_changed = true;
	}
}

static uint64_t
print_of(struct chat_batch *c, const struct held *h)
{
	buf_reset(&c->scratch);
	chat_encode(&c->scratch, &h->chat);
	return hash64(buf_str(&c->scratch));
}

enum err
chat_restore(struct chat_batch *c, const struct chat_restored *r,
	     enum restored *out, struct fault *f)
{
	struct held *h;
	size_t cost = 0;
	uint64_t was = 0;
	uint32_t user;

	TRY(check_restored(c, r, &cost, f));
	h = chat_hold(c, r->chat_id, false);
	TRY(check_room(c, h, r, cost, f));
	if (r->user_id.n > 0)
		TRY(batch_user(c->people, r->user_id, &user, f));
	*out = h == NULL ? RESTORED_NEW : RESTORED_KNOWN;
	if (h != NULL)
		was = print_of(c, h);
	else
		h = chat_hold(c, r->chat_id, true);
	if (h == NULL)
		return kv_error(c->txn);
	if (*out == RESTORED_NEW)
		h->size += cost;
	for (size_t i = 0; i < r->n_states; i++)
		chat_state(c, h, r->states[i].at, (uint8_t)r->states[i].state);
	if (r->first_event != INSTANT_NONE &&
	    instant_least(r->first_event, h->chat.first_event) !=
		h->chat.first_event) {
		h->chat.first_event = r->first_event;
		h->dirty = true;
	}
	session_restore(c, h, r);
	TRY(cells_restore(c, h, r, f));
	if (*out == RESTORED_KNOWN && print_of(c, h) != was)
		*out = RESTORED_CHANGED;
	return OK;
}

/* Messages ----------------------------------------------------------------- */

/* The same person, whoever became whom. */
static bool
same_person(struct chat_batch *c, const struct message_event *e,
	    struct str person)
{
	uint32_t a, b;

	if (str_eq(e->person_id, person))
		return true;
	return e->person == PERSON_USER && person.n > 0 &&
	       e->person_id.n > 0 &&
	       batch_user_known(c->people, person, &a) &&
	       batch_user_known(c->people, e->person_id, &b) && a == b;
}

struct likeness {
	struct chat_batch *c;
	const struct message_event *e;
	uint32_t n;
};

static bool
like_count(void *arg, const struct message_view *m)
{
	struct likeness *l = arg;
	const struct message_event *e = l->e;

	l->n += m->message_id.n == 0 && m->person == e->person &&
		m->template == e->template && m->note == e->note &&
		str_eq(m->text, e->text) &&
		same_person(l->c, e, m->person_id);
	return true;
}

/* How many messages like it, without a messageId, are there. */
static uint32_t
likes(struct chat_batch *c, const struct message_event *e)
{
	const struct held *h = chat_hold(c, e->chat_id, false);
	struct likeness l = {.c = c, .e = e};

	if (h != NULL)
		chat_messages_between(c->txn, h->chat.id, e->at, e->at + 1,
				      like_count, &l);
	return l.n;
}

/* Whether it is the message that is there under its messageId. */
static enum err
check_placed(struct chat_batch *c, const struct message_event *e, uint32_t chat,
	     int64_t at, const struct message *m, struct fault *f)
{
	const struct held *h = chat_hold(c, e->chat_id, false);

	if (h != NULL && h->chat.id == chat && at == e->at &&
	    m->person == e->person && str_eq(m->text, e->text))
		return OK;
	return kv_error(c->txn) != OK
		   ? kv_error(c->txn)
		   : fail(f, ERR_CONFLICT, "messageId",
			  "another message has this messageId");
}

static bool
bare_known(struct chat_batch *c, const struct message_event *e)
{
	const struct held *h = chat_hold(c, e->chat_id, false);

	return h != NULL && h->chat.first_message != INSTANT_NONE &&
	       h->chat.first_message <= e->at;
}

static bool
delivery_news(const struct deliveries *was, const struct message_restored *m,
	      int i)
{
	if (!(m->status >> i & 1))
		return false;
	if (!(was->set >> i & 1))
		return true;
	return i == FAILED ? m->status_at[i] > was->at[i]
			   : m->status_at[i] < was->at[i];
}

static enum err
deliveries_restore(struct chat_batch *c, const struct message_restored *m,
		   const struct deliveries *was, bool *changed, struct fault *f)
{
	for (int i = SENT; i <= FAILED; i++) {
		struct delivery_event d = {.message_id = m->said.message_id,
					   .status = (enum delivery)i,
					   .at = m->status_at[i]};

		if (!delivery_news(was, m, i))
			continue;
		if (i == FAILED) {
			d.code = m->code;
			d.title = m->title;
		}
		TRY(delivery_apply(c, &d, f));
		*changed = true;
	}
	return OK;
}

enum err
message_restore(struct chat_batch *c, const struct message_restored *m,
		enum restored *out, struct fault *f)
{
	const struct message_event *e = &m->said;
	struct message was = {0};
	bool known = false, changed = false;
	uint32_t chat;
	int64_t at;

	if (e->message_id.n == 0 && m->status != 0)
		return fail(f, ERR_INVALID, "messageId",
			    "it is needed where something became of a message");
	if (m->bare) {
		known = bare_known(c, e);
	} else if (e->message_id.n > 0 &&
		   message_placed(c, e->message_id, &chat, &at, &was)) {
		TRY(check_placed(c, e, chat, at, &was, f));
		known = true;
	} else if (e->message_id.n == 0) {
		known = likes(c, e) >= m->nth;
	}
	TRY(kv_error(c->txn));
	if (!known)
		TRY(message_apply(c, e, &known, f));
	*out = known ? RESTORED_KNOWN : RESTORED_NEW;
	TRY(deliveries_restore(c, m, &was.deliveries, &changed, f));
	if (known && changed)
		*out = RESTORED_CHANGED;
	return OK;
}
