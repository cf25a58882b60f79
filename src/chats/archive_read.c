/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive, asked: sets by what chats are, users of chats and chats of
 * users by the cards, and the order.  Days are exact sets; of the days at the
 * two ends of a period the cards, and where they cannot say it the records,
 * tell who is in.  A page of a large set looks only at the chats of the latest
 * buckets that hold enough of it.
 */
#include "archive.h"

#include <stdlib.h>

#define SIGN (UINT64_C(1) << 63)
#define DAY_US (86400 * SECOND_US)
#define SELECT_MAX 4000u /* a set of so many is looked at whole */
#define FEW_USERS 16u	 /* times fewer than chats: by their chats */

static struct bits *
load(struct kv_txn *txn, enum archive_index index, struct str value)
{
	return posting_load(txn, (struct posting){(uint16_t)index, 0, value});
}

static struct bits *
load_text(struct kv_txn *txn, enum archive_index index, struct str text,
	  bool folds)
{
	struct bits *out;
	struct buf key;

	buf_init(&key);
	out = load(txn, index, archive_text_key(&key, text, folds));
	buf_fini(&key);
	return out;
}

struct bits *
archive_every(struct kv_txn *txn)
{
	return load(txn, ARCHIVE_EVERY, S("\0"));
}

struct bits *
archive_tag(struct kv_txn *txn, struct str tag)
{
	return load_text(txn, ARCHIVE_TAG, tag, true);
}

struct bits *
archive_source(struct kv_txn *txn, struct str source)
{
	return load_text(txn, ARCHIVE_SOURCE, source, true);
}

struct bits *
archive_assignee(struct kv_txn *txn, struct str id)
{
	return load_text(txn, ARCHIVE_ASSIGNEE, id, false);
}

struct bits *
archive_assigned(struct kv_txn *txn)
{
	struct bits *out = bits_new();

	posting_load_range(txn, ARCHIVE_ASSIGNEE, 0, S(""), STR_NONE, out);
	return out;
}

struct bits *
archive_state(struct kv_txn *txn, enum chat_state state)
{
	char value = (char)state;

	return load(txn, ARCHIVE_STATE, (struct str){&value, 1});
}

/* Periods ------------------------------------------------------------------ */

typedef bool id_fn(void *arg, uint32_t id);

static void
each_id(const struct bits *set, id_fn *fn, void *arg)
{
	uint32_t ids[1024], from = 0;
	bool first = true, more = true;
	size_t n = COUNT(ids);

	while (more && n == COUNT(ids)) {
		n = bits_page(set, from, first, false, ids, COUNT(ids));
		for (size_t i = 0; i < n && more; i++)
			more = fn(arg, ids[i]);
		first = false;
		from = n > 0 ? ids[n - 1] : 0;
	}
}

struct edge {
	struct kv_txn *txn;
	struct cards cards;
	struct arena arena;
	int64_t from, to;
	struct bits *out;
};

static bool
edge_chat(void *arg, uint32_t id)
{
	struct edge *e = arg;
	int64_t at = cards_get(&e->cards, id).at, *openings;
	struct chat chat;
	bool in = at >= e->from && at < e->to;
	size_t n;

	arena_reset(&e->arena);
	if (!in && chat_load(e->txn, &e->arena, id, &chat)) {
		openings = arena_get(&e->arena, (chat.n_states + 1) *
						    sizeof(*openings));
		n = chat_openings(&chat, openings);
		for (size_t i = 0; i < n; i++)
			in |= openings[i] >= e->from && openings[i] < e->to;
	}
	if (in)
		bits_add(e->out, id);
	return kv_error(e->txn) == OK;
}

/* Of the day that begins at `day`, the part within [from, to). */
static void
edge_day(struct edge *e, int64_t day)
{
	uint8_t value[8];
	struct posting at = {ARCHIVE_OPENED, 0, {(char *)value, 8}};
	struct bits *set;

	level_key(&archive_days, 0, archive_day(day), value);
	set = posting_load(e->txn, at);
	if (day >= e->from && day + DAY_US <= e->to)
		bits_or(e->out, set);
	else
		each_id(set, edge_chat, e);
	bits_free(set);
}

struct bits *
archive_opened(struct kv_txn *txn, int64_t from, int64_t to)
{
	struct edge e = {.txn = txn,
			 .from = from == INSTANT_NONE ? INSTANT_MIN : from,
			 .to = to == INSTANT_NONE ? INSTANT_MAX : to};
	int64_t first, last;
	struct bits *inner;

	e.out = bits_new();
	if (e.from >= e.to)
		return e.out;
	first = (int64_t)(archive_day(e.from) ^ SIGN) * DAY_US;
	last = (int64_t)(archive_day(e.to - 1) ^ SIGN) * DAY_US;
	arena_init(&e.arena);
	cards_begin(&e.cards, txn);
	edge_day(&e, first);
	if (last > first)
		edge_day(&e, last);
	arena_fini(&e.arena);
	if (last - first > DAY_US) {
		inner = posting_range(txn, ARCHIVE_OPENED, &archive_days,
				      archive_day(first) + 1,
				      archive_day(last) - 1);
		bits_or(e.out, inner);
		bits_free(inner);
	}
	return e.out;
}

/* Users -------------------------------------------------------------------- */

struct owning {
	struct kv_txn *txn;
	struct cards cards;
	const struct bits *users; /* NULL: gather them */
	const struct bits *within;
	struct bits *out;
};

static bool
owned_chat(void *arg, uint32_t id)
{
	struct owning *o = arg;
	uint32_t user = cards_get(&o->cards, id).user;

	if (o->users == NULL && user != 0)
		bits_add(o->out, user);
	else if (o->users != NULL && user != 0 && bits_has(o->users, user))
		bits_add(o->out, id);
	return kv_error(o->txn) == OK;
}

static bool
chat_of_user(void *arg, uint32_t chat)
{
	struct owning *o = arg;

	if (o->within == NULL || bits_has(o->within, chat))
		bits_add(o->out, chat);
	return true;
}

static bool
user_chats(void *arg, uint32_t user)
{
	struct owning *o = arg;

	chats_of_user(o->txn, user, chat_of_user, o);
	return kv_error(o->txn) == OK;
}

struct bits *
archive_of_users(struct kv_txn *txn, const struct bits *users,
		 const struct bits *within)
{
	struct owning o = {.txn = txn, .users = users, .within = within};
	struct bits *all = within == NULL ? archive_every(txn) : NULL;
	const struct bits *chats = within == NULL ? all : within;

	o.out = bits_new();
	cards_begin(&o.cards, txn);
	if (bits_count(users) * FEW_USERS < bits_count(chats))
		each_id(users, user_chats, &o);
	else
		each_id(chats, owned_chat, &o);
	bits_free(all);
	return o.out;
}

struct bits *
archive_users(struct kv_txn *txn, const struct bits *chats)
{
	struct owning o = {.txn = txn};

	o.out = bits_new();
	cards_begin(&o.cards, txn);
	each_id(chats, owned_chat, &o);
	return o.out;
}

/* Order -------------------------------------------------------------------- */

struct select {
	struct kv_txn *txn;
	struct cards cards;
	const struct archive_place *after;
	struct archive_place *out;
	size_t n, max;
};

/* Whether a stands before b. */
static bool
place_before(const struct archive_place *a, const struct archive_place *b)
{
	return a->at != b->at ? a->at > b->at : a->id > b->id;
}

static bool
select_chat(void *arg, uint32_t id)
{
	struct select *s = arg;
	struct archive_place here = {cards_get(&s->cards, id).at, id};
	size_t low = 0, high = s->n;

	if (s->after != NULL && !place_before(s->after, &here))
		return true;
	if (s->n == s->max && !place_before(&here, &s->out[s->n - 1]))
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (place_before(&s->out[middle], &here))
			low = middle + 1;
		else
			high = middle;
	}
	s->n += s->n < s->max;
	memmove(s->out + low + 1, s->out + low,
		(s->n - 1 - low) * sizeof(*s->out));
	s->out[low] = here;
	return kv_error(s->txn) == OK;
}

static size_t
select_from(struct select *s, const struct bits *set)
{
	s->n = 0;
	cards_begin(&s->cards, s->txn);
	each_id(set, select_chat, s);
	return s->n;
}

size_t
archive_page(struct kv_txn *txn, const struct bits *set,
	     const struct archive_place *after, struct archive_place *out,
	     size_t n)
{
	struct select s = {.txn = txn, .after = after, .out = out, .max = n};
	uint64_t count = bits_count(set), want = 2 * n;
	struct order_in in = {.attr = ARCHIVE_LATEST,
			      .down = true,
			      .within = set,
			      .levels = &archive_order};
	uint64_t all = posting_count(
	    txn, (struct posting){ARCHIVE_EVERY, 0, S("\0")});
	uint8_t value[8];

	if (n == 0)
		return 0;
	if (after != NULL) {
		level_key(&archive_order, 0, (uint64_t)after->at ^ SIGN,
			  value);
		in.after_value = (struct str){(char *)value, 8};
	}
	while (count > SELECT_MAX && want < count && kv_error(txn) == OK) {
		struct bits *first =
		    order_buckets(txn, &in, want, all / count + 1);
		bool last = bits_count(first) < want;
		size_t got = select_from(&s, first);

		bits_free(first);
		if (got == n || last)
			return got;
		want *= 4;
	}
	return select_from(&s, set);
}
