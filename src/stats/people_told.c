/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The people behind what only a person's whole past tells: 24-hour
 * conversations, the answers they got, what they last said of consent and what
 * was last found of their number.
 */
#include "room.h"

#include <stdlib.h>
#include <strings.h>

#define DAY (24 * 4 * QUARTER_HOUR)

struct past {
	struct query *q;
	const struct counted *c;
	struct bits *out;
	struct hours hours; /* of response */
	int64_t *at;        /* of one person's messages */
	size_t n, cap;
	bool found;
};

/* Conversations ------------------------------------------------------------ */

static bool
past_message(void *arg, const struct message_view *m)
{
	struct past *p = arg;
	enum message_class class;

	if (!message_class(m->person, m->template, m->note, &class))
		return true;
	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 64;
		p->at = mem_grow(p->at, p->cap * sizeof(*p->at));
	}
	p->at[p->n++] = m->at;
	return m->at < p->c->period.to;
}

static bool
past_chat(void *arg, uint32_t chat)
{
	struct past *p = arg;

	chat_messages(p->q->txn, chat, past_message, p);
	return kv_error(p->q->txn) == OK;
}

static int
instant_cmp(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static bool
opened_one(void *arg, uint32_t user)
{
	struct past *p = arg;
	size_t i = 0;

	p->n = 0;
	chats_of_user(p->q->txn, user, past_chat, p);
	if (p->n > 0)
		qsort(p->at, p->n, sizeof(*p->at), instant_cmp);
	for (p->found = false; i < p->n && !p->found;) {
		int64_t opened = p->at[i];

		p->found = counted_within(p->c, opened);
		while (i < p->n && p->at[i] < opened + DAY)
			i++;
	}
	if (p->found)
		bits_add(p->out, user);
	return kv_error(p->q->txn) == OK;
}

struct bits *
conversations_people(struct query *q, const struct bits *who,
		     const struct counted *c)
{
	static const uint16_t window[] = {ACTIVITY_WINDOW};
	struct past p = {.q = q, .c = c};

	if (ledger_whole(q->txn))
		return stats_ledger_people(q, who, c, window, 1);
	p.out = bits_new();
	stats_people(q, who, opened_one, &p);
	free(p.at);
	return p.out;
}

/* Answers ------------------------------------------------------------------ */

static bool
response_column(const struct counted *c, const char *name)
{
	return str_eq(str_of(c->metric->columns[c->column].name), str_of(name));
}

static bool
episode_is(const struct counted *c, const struct episode *e,
	   struct str assignee)
{
	bool open = e->closed == INSTANT_NONE;

	if (response_column(c, "firstReplies"))
		return counted_within(c, e->replied) &&
		       response_of_manager(&c->more, e->replier);
	if (!response_of_manager(&c->more, assignee))
		return false;
	if (response_column(c, "closed"))
		return counted_within(c, e->closed);
	return e->replied == INSTANT_NONE && counted_within(c, e->asked) &&
	       response_column(c, open ? "waiting" : "unanswered");
}

static bool
answered_chat(void *arg, uint32_t chat)
{
	struct past *p = arg;
	struct arena_mark mark = arena_mark(p->q->arena);
	bool told = response_column(p->c, "operationReplyCount");
	bool replies = told || response_column(p->c, "replyCount");
	struct chat_times times = {0};
	struct chat_view view;

	if (chat_view(p->q->txn, p->q->arena, chat, &view) &&
	    response_of_chat(&p->c->more, &view))
		chat_times(p->q->txn, p->q->arena, &view, &p->hours, &times);
	for (size_t i = 0; i < times.n_episodes && !replies; i++)
		p->found |= episode_is(p->c, &times.episodes[i],
				       view.fields[FIELD_ASSIGNEE]);
	for (size_t i = 0; i < times.n_replies && replies; i++)
		p->found |=
		    counted_within(p->c, times.replies[i].at) &&
		    response_of_manager(&p->c->more, times.replies[i].by) &&
		    (!told || times.replies[i].operation != DURATION_NONE);
	arena_rewind(p->q->arena, mark);
	return !p->found && kv_error(p->q->txn) == OK;
}

static bool
answered_one(void *arg, uint32_t user)
{
	struct past *p = arg;

	p->found = false;
	chats_of_user(p->q->txn, user, answered_chat, p);
	if (p->found)
		bits_add(p->out, user);
	return kv_error(p->q->txn) == OK;
}

struct bits *
response_people(struct query *q, const struct bits *who,
		const struct counted *c)
{
	struct past p = {.q = q, .c = c, .out = bits_new()};

	hours_get(q->txn, q->arena, &p.hours);
	stats_people(q, who, answered_one, &p);
	return p.out;
}

/* Last words --------------------------------------------------------------- */

/* Two kinds of event, by what they say; the first two columns are who had one
 * in the period, the next two whose last it was before the end, and a fifth
 * who had none. */
struct words_of {
	const char *type, *member, *kinds[2]; /* NULL: true, false */
};
static const struct words_of consent = {"consent", "state", {"in", "out"}};
static const struct words_of validity = {"validity", "valid", {NULL, NULL}};

struct hearing {
	struct query *q;
	const struct counted *c;
	const struct words_of *of;
	struct bits *out;
	int last; /* the kind of the last before the end; -1: none yet */
	bool found;
};

static bool
word_is(const struct json *v, const char *text)
{
	return v && v->kind == JSON_STRING && v->text.n == strlen(text) &&
	       strncasecmp(v->text.p, text, v->text.n) == 0;
}

static int
word_kind(const struct words_of *of, const struct json *j)
{
	const struct json *v = json_member(j, str_of(of->member));

	if (!v || !word_is(json_member(j, S("type")), of->type))
		return -1;
	for (int i = 0; i < 2; i++)
		if (of->kinds[i] ? word_is(v, of->kinds[i])
				 : v->kind == (i ? JSON_FALSE : JSON_TRUE))
			return i;
	return -1;
}

static bool
hear(void *arg, const struct trail *trail)
{
	struct hearing *h = arg;
	struct arena_mark mark = arena_mark(h->q->arena);
	bool state = h->c->column > 1;
	struct json *j;
	int kind = -1;

	if (!state && trail->at < h->c->period.from)
		return false;
	if (json_parse(h->q->arena, trail->json, &j, NULL) == OK)
		kind = word_kind(h->of, j);
	arena_rewind(h->q->arena, mark);
	if (kind < 0)
		return true;
	h->last = kind;
	h->found |= kind == (int)h->c->column;
	return !state && !h->found;
}

static bool
hear_one(void *arg, uint32_t user)
{
	struct hearing *h = arg;

	h->last = -1;
	h->found = false;
	user_trail(h->q->txn, user, h->c->period.to - 1, hear, h);
	if (h->c->column > 1)
		h->found = h->last == (int)h->c->column - 2;
	if (h->found)
		bits_add(h->out, user);
	return kv_error(h->q->txn) == OK;
}

static struct bits *
heard(struct query *q, const struct bits *who, const struct counted *c,
      const struct words_of *of)
{
	struct hearing h = {.q = q, .c = c, .of = of, .out = bits_new()};

	stats_people(q, who, hear_one, &h);
	return h.out;
}

/* `among`, of whom alone there can be any, is taken over. */
static struct bits *
heard_among(struct query *q, const struct bits *who, const struct counted *c,
	    const struct words_of *of, struct bits *among)
{
	struct bits *out;

	if (who)
		bits_and(among, who);
	out = heard(q, among, c, of);
	bits_free(among);
	return out;
}

/* Everybody of whom some event says so, whenever it was. */
static struct bits *
ever_told(struct query *q, uint16_t attr, struct str a, struct str b)
{
	struct bits *out = posting_load(q->txn, (struct posting){attr, 0, a});
	struct bits *more = posting_load(q->txn, (struct posting){attr, 0, b});

	bits_or(out, more);
	bits_free(more);
	return out;
}

static struct bits *
but(struct bits *all, const struct bits *who, struct bits *some)
{
	if (who)
		bits_and(all, who);
	bits_minus(all, some);
	bits_free(some);
	return all;
}

struct bits *
consent_people(struct query *q, const struct bits *who, const struct counted *c)
{
	enum { IN = 2, OUT, NONE };
	struct counted last = *c;
	struct bits *told = ever_told(q, A_CONSENT, (struct str){"in", 3},
				      (struct str){"out", 4});
	struct bits *in, *out;

	if (c->column != NONE)
		return heard_among(q, who, c, &consent, told);
	last.column = IN;
	in = heard_among(q, who, &last, &consent, bits_copy(told));
	last.column = OUT;
	out = heard_among(q, who, &last, &consent, told);
	bits_or(in, out);
	bits_free(out);
	return but(people_everybody(q->txn), who, in);
}

struct bits *
validity_people(struct query *q, const struct bits *who,
		const struct counted *c)
{
	enum { VALID = 2, INVALID };
	struct counted last = *c;
	struct bits *phones =
	    posting_load(q->txn, (struct posting){A_PHONE, LEVEL_SET, S("")});
	struct bits *told =
	    ever_told(q, A_VALID, (struct str){"\1", 1}, (struct str){"", 1});

	bits_and(told, phones);
	if (c->column != VALID) {
		bits_free(phones);
		return heard_among(q, who, c, &validity, told);
	}
	last.column = INVALID;
	return but(phones, who, heard_among(q, who, &last, &validity, told));
}
