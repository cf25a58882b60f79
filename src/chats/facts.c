/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a user's chats add up to.  Sums move by the difference of each chat's
 * share.  Extremes (first, last, latest chat) grow in place; where one of them
 * may have shrunk, because a chat changed hands or its opening was set right,
 * all chats of that user are counted again.  So the result is a function of
 * the chats alone and not of the way they came.
 */
#include "room.h"

#include <stdlib.h>

int64_t
instant_least(int64_t a, int64_t b)
{
	if (a == INSTANT_NONE || b == INSTANT_NONE)
		return a == INSTANT_NONE ? b : a;
	return a < b ? a : b;
}

int64_t
chat_created(const struct chat *c)
{
	int64_t at = instant_least(c->first_event, c->first_message);

	return c->n_states > 0 ? instant_least(at, c->states[0].at) : at;
}

int64_t
chat_opening(const struct chat *c)
{
	if (c->n_states > 0 && c->states[0].state == CHAT_OPENED)
		return c->states[0].at;
	return c->first_event;
}

int64_t
chat_moment(const struct chat *c)
{
	int64_t at = chat_opening(c);

	return at != INSTANT_NONE ? at : c->first_message;
}

/* INSTANT_NONE is below every instant. */
static int64_t
instant_most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct share
chat_share(const struct chat *c)
{
	struct share s = {.user = c->user, .in = c->in, .out = c->out};
	int64_t opened = chat_opening(c);

	s.first = instant_least(opened, c->first_in);
	s.last = instant_most(opened, c->last_in);
	for (size_t i = c->n_states; i-- > 0;)
		if (c->states[i].state == CHAT_OPENED) {
			s.last = instant_most(s.last, c->states[i].at);
			break;
		}
	s.moment = chat_moment(c);
	return s;
}

/* The places of users ------------------------------------------------------ */

static size_t
users_slot(const struct chat_batch *c, uint32_t user)
{
	size_t at = user * UINT32_C(2654435761) & (c->cap_users - 1);

	while (c->users[at].user != 0 && c->users[at].user != user)
		at = (at + 1) & (c->cap_users - 1);
	return at;
}

static void
users_grow(struct chat_batch *c)
{
	struct user_facts *old = c->users;
	size_t n = c->cap_users;

	c->cap_users = n ? n * 2 : 64;
	c->users = mem_new(c->cap_users * sizeof(*c->users));
	for (size_t i = 0; i < n; i++)
		if (old[i].user != 0)
			c->users[users_slot(c, old[i].user)] = old[i];
	free(old);
}

static struct user_facts *
users_get(struct chat_batch *c, uint32_t user)
{
	struct user_facts *u;

	if (2 * (c->n_users + 1) > c->cap_users)
		users_grow(c);
	u = &c->users[users_slot(c, user)];
	if (u->user == 0) {
		u->user = user;
		c->n_users++;
		batch_facts_get(c->people, user, &u->facts);
	}
	return u;
}

/* Differences -------------------------------------------------------------- */

static void
latest_take(struct user_facts *u, const struct held *h)
{
	u->facts.latest = h->chat.id;
	u->facts.latest_at = chat_moment(&h->chat);
	u->latest = h;
	u->session = true;
}

/* The chat is of this user now, as it was before or not. */
static void
share_grow(struct user_facts *u, const struct held *h, const struct share *now)
{
	struct chat_facts *f = &u->facts;

	f->first = instant_least(f->first, now->first);
	f->last = instant_most(f->last, now->last);
	if (f->latest == h->chat.id) {
		if (now->moment < f->latest_at)
			u->recount = true;
		f->latest_at = now->moment;
		u->latest = h;
		u->session |= h->session_changed;
	} else if (f->latest == 0 || now->moment > f->latest_at) {
		latest_take(u, h);
	} else if (now->moment == f->latest_at) {
		u->recount = true; /* by chatId, which is in the records */
	}
}

static void
share_shrink(struct user_facts *u, const struct share *was,
	     const struct share *now)
{
	if (was->first == u->facts.first && now->first != was->first)
		u->recount |= was->first != INSTANT_NONE;
	if (was->last == u->facts.last && now->last != was->last)
		u->recount |= was->last != INSTANT_NONE;
}

static void
share_settle(struct chat_batch *c, const struct held *h)
{
	static const struct share nothing = {.first = INSTANT_NONE,
					     .last = INSTANT_NONE};
	struct share now = chat_share(&h->chat);
	const struct share *was = &h->was;
	struct user_facts *u;

	if (was->user != 0) {
		bool stays = was->user == now.user;

		u = users_get(c, was->user);
		share_shrink(u, was, stays ? &now : &nothing);
		u->facts.chats--;
		u->facts.in -= was->in;
		u->facts.out -= was->out;
		if (!stays && u->facts.latest == h->chat.id)
			u->recount = true;
	}
	if (now.user != 0) {
		u = users_get(c, now.user);
		u->facts.chats++;
		u->facts.in += now.in;
		u->facts.out += now.out;
		share_grow(u, h, &now);
	}
}

/* Counting again ----------------------------------------------------------- */

struct recount {
	struct kv_txn *txn;
	struct arena *arena;
	struct chat_facts *facts;
	char latest_id[CHAT_ID_MAX];
	size_t latest_id_n;
};

static bool
recount_chat(void *arg, uint32_t id)
{
	struct recount *r = arg;
	struct chat_facts *f = r->facts;
	struct arena_mark mark = arena_mark(r->arena);
	struct chat chat;
	struct share s;

	if (!chat_load(r->txn, r->arena, id, &chat))
		return true;
	s = chat_share(&chat);
	f->chats++;
	f->in += s.in;
	f->out += s.out;
	f->first = instant_least(f->first, s.first);
	f->last = instant_most(f->last, s.last);
	if (f->latest == 0 || s.moment > f->latest_at ||
	    (s.moment == f->latest_at &&
	     str_cmp(chat.chat_id, (struct str){r->latest_id, r->latest_id_n}) >
		 0)) {
		f->latest = id;
		f->latest_at = s.moment;
		r->latest_id_n =
		    chat.chat_id.n < CHAT_ID_MAX ? chat.chat_id.n : CHAT_ID_MAX;
		memcpy(r->latest_id, chat.chat_id.p, r->latest_id_n);
	}
	arena_rewind(r->arena, mark);
	return true;
}

void
facts_recount(struct kv_txn *txn, struct arena *a, uint32_t user,
	      struct chat_facts *out)
{
	struct recount r = {.txn = txn, .arena = a, .facts = out};

	*out = (struct chat_facts){.first = INSTANT_NONE,
				   .last = INSTANT_NONE,
				   .latest_at = INSTANT_NONE};
	chats_of_user(txn, user, recount_chat, &r);
}

void
facts_expect_recount(struct chat_batch *c, uint32_t user)
{
	users_get(c, user)->recount = true;
}

/* Last session data -------------------------------------------------------- */

static bool
session_value(struct chat_batch *c, const struct session *s,
	      struct session_cell *out)
{
	struct json *v;

	return s->json.n > 0 && json_parse(c->arena, s->json, &v, NULL) == OK &&
	       batch_attr(c->people, s->name, v, true, &out->attr, NULL) ==
		   OK &&
	       value_of_json(c->arena, out->attr, v, &out->value, NULL) == OK;
}

static void
session_tell(struct chat_batch *c, const struct user_facts *u)
{
	const struct chat *chat = u->latest ? &u->latest->chat : NULL;
	struct session_cell *cells = NULL;
	struct chat loaded = {0};
	size_t n = 0;

	if (chat == NULL || chat->id != u->facts.latest) {
		chat_load(c->txn, c->arena, u->facts.latest, &loaded);
		chat = &loaded;
	}
	if (chat->n_session > 0)
		cells = arena_get(c->arena, chat->n_session * sizeof(*cells));
	for (size_t i = 0; i < chat->n_session; i++) {
		cells[n].at = chat->session[i].at;
		n += session_value(c, &chat->session[i], &cells[n]);
	}
	batch_session(c->people, u->user, cells, n);
}

void
facts_settle(struct chat_batch *c)
{
	for (const struct held *h = c->all; h != NULL; h = h->next)
		if (h->dirty)
			share_settle(c, h);
	for (size_t i = 0; i < c->cap_users; i++) {
		struct user_facts *u = &c->users[i];

		if (u->user == 0)
			continue;
		if (u->recount) {
			facts_recount(c->txn, c->arena, u->user, &u->facts);
			u->session = true;
		}
		batch_facts_set(c->people, u->user, &u->facts);
		if (u->session)
			session_tell(c, u);
	}
	if (c->cap_users > 0)
		memset(c->users, 0, c->cap_users * sizeof(*c->users));
	c->n_users = 0;
}
