/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The people behind what is counted by quarter-hours and by messages: of sets
 * of users the sets themselves, of messages those in whose chats there is one.
 */
#include "room.h"

/* Who wrote in the period, or in the slot's hours of it. */
static struct bits *
wrote(struct query *q, const struct bits *who, const struct counted *c)
{
	const struct period *p = &c->period;
	struct bits *out, *here;

	if (c->hour < 0)
		return stats_active(q, who, p->from, p->to);
	out = bits_new();
	for (int64_t at = p->from, end; at < p->to; at = end) {
		end = hour_end(p->zone, at, p->to);
		if (!counted_within(c, at))
			continue;
		here = stats_active(q, who, at, end);
		bits_or(out, here);
		bits_free(here);
	}
	return out;
}

enum { USERS, NEW, RETURNING, TOTAL };

struct bits *
customers_people(struct query *q, const struct bits *who,
		 const struct counted *c)
{
	const struct period *p = &c->period;
	struct bits *here, *before;

	if (c->column == USERS)
		return wrote(q, who, c);
	if (c->column == TOTAL)
		return stats_active(q, who, ACTIVITY_EVER_FROM, p->to);
	here = wrote(q, who, c);
	before = stats_active(q, who, ACTIVITY_EVER_FROM, p->from);
	if (c->column == NEW)
		bits_minus(here, before);
	else
		bits_and(here, before);
	bits_free(before);
	return here;
}

struct bits *
contacts_people(struct query *q, const struct bits *who,
		const struct counted *c)
{
	struct value from = {.type = TYPE_INSTANT, .instant = c->period.from};
	struct value last = {.type = TYPE_INSTANT, .instant = c->period.to - 1};

	(void)who;
	return posting_range(q->txn, A_FIRST_SEEN, type_levels(TYPE_INSTANT),
			     value_order(&from), value_order(&last));
}

/* By their messages -------------------------------------------------------- */

struct looking {
	struct query *q;
	const struct counted *c;
	stat_message_fn *is;
	struct bits *out;
	uint32_t user;
	bool found;
};

static bool
look_message(void *arg, const struct message_view *m)
{
	struct looking *l = arg;
	enum message_class class;

	if (m->at < l->c->period.from)
		return false;
	l->found = message_class(m->person, m->template, m->note, &class) &&
		   counted_within(l->c, m->at) && l->is(l->c, class, m);
	return !l->found;
}

static bool
look_chat(void *arg, uint32_t chat)
{
	struct looking *l = arg;

	chat_messages_back(l->q->txn, chat, l->c->period.to - 1, look_message,
			   l);
	return !l->found && kv_error(l->q->txn) == OK;
}

static bool
look_person(void *arg, uint32_t user)
{
	struct looking *l = arg;

	l->found = false;
	chats_of_user(l->q->txn, user, look_chat, l);
	if (l->found)
		bits_add(l->out, user);
	return kv_error(l->q->txn) == OK;
}

struct bits *
stats_people_by(struct query *q, const struct bits *who,
		const struct counted *c, stat_message_fn *is)
{
	struct looking l = {.q = q, .c = c, .is = is, .out = bits_new()};

	stats_people(q, who, look_person, &l);
	return l.out;
}

static bool
is_out(const struct counted *c, enum message_class class,
       const struct message_view *m)
{
	return class != CLASS_IN;
}

struct bits *
activity_people(struct query *q, const struct bits *who,
		const struct counted *c)
{
	enum { A_USERS, A_IN, A_OUT };

	return c->column == A_OUT ? stats_people_by(q, who, c, is_out)
				  : wrote(q, who, c);
}

enum { IN, OUT, BOT, HUMAN, TEMPLATE };

static bool
is_class(const struct counted *c, enum message_class class,
	 const struct message_view *m)
{
	static const size_t column[MESSAGE_CLASSES] = {[CLASS_IN] = IN,
						       [CLASS_BOT] = BOT,
						       [CLASS_HUMAN] = HUMAN,
						       [CLASS_TEMPLATE] =
							   TEMPLATE};

	return c->column == OUT ? class != CLASS_IN
				: column[class] == c->column;
}

struct bits *
messages_people(struct query *q, const struct bits *who,
		const struct counted *c)
{
	return c->column == IN ? wrote(q, who, c)
			       : stats_people_by(q, who, c, is_class);
}

enum { SENT_ALL, GOT, SEEN, LOST, UNHEARD };

static bool
is_template(const struct counted *c, enum message_class class,
	    const struct message_view *m)
{
	bool seen = m->status & 1 << READ;
	bool got = seen || m->status & 1 << DELIVERED;
	bool lost = !got && m->status & 1 << FAILED;
	bool is[] = {[SENT_ALL] = true,
		     [GOT] = got,
		     [SEEN] = seen,
		     [LOST] = lost,
		     [UNHEARD] = !got && !lost};

	return class == CLASS_TEMPLATE && is[c->column];
}

struct bits *
templates_people(struct query *q, const struct bits *who,
		 const struct counted *c)
{
	return stats_people_by(q, who, c, is_template);
}
