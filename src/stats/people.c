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

/* By the ledger ------------------------------------------------------------ */

struct entries {
	const struct counted *c;
	struct bits *out;
};

static bool
entries_add(void *arg, const struct ledger_page *p)
{
	struct entries *e = arg;
	uint32_t last = LEDGER_DAY; /* quarter-hour of the day */
	bool within = false;

	for (size_t i = 0; i < p->n; i++) {
		uint32_t entry = ledger_entry(p, i);

		if (ledger_quarter(entry) != last) {
			last = ledger_quarter(entry);
			within = counted_within(e->c,
						(p->day + last) * QUARTER_HOUR);
		}
		if (within)
			bits_add(e->out,
				 (uint32_t)p->chunk << 16 | ledger_id(entry));
	}
	return true;
}

struct bits *
stats_ledger_people(struct query *q, const struct bits *who,
		    const struct counted *c, const uint16_t *kinds, size_t n)
{
	struct entries e = {c, bits_new()};

	for (size_t i = 0; i < n; i++)
		ledger_walk(q->txn, LEDGER_LIVING, kinds[i],
			    quarter_of(c->period.from),
			    quarter_of(c->period.to - 1), who, entries_add, &e);
	if (who)
		bits_and(e.out, who);
	return e.out;
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

/* Who was written to, by somebody of these classes. */
static struct bits *
written(struct query *q, const struct bits *who, const struct counted *c,
	enum message_class first, enum message_class last, stat_message_fn *is)
{
	uint16_t kinds[MESSAGE_CLASSES];
	size_t n = 0;

	if (!ledger_whole(q->txn))
		return stats_people_by(q, who, c, is);
	for (int k = first; k <= (int)last; k++)
		kinds[n++] = class_kind((enum message_class)k);
	return stats_ledger_people(q, who, c, kinds, n);
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

	return c->column == A_OUT
		   ? written(q, who, c, CLASS_BOT, CLASS_TEMPLATE, is_out)
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
	static const enum message_class class[] = {[BOT] = CLASS_BOT,
						   [HUMAN] = CLASS_HUMAN,
						   [TEMPLATE] = CLASS_TEMPLATE};

	if (c->column == IN)
		return wrote(q, who, c);
	if (c->column == OUT)
		return written(q, who, c, CLASS_BOT, CLASS_TEMPLATE, is_class);
	return written(q, who, c, class[c->column], class[c->column], is_class);
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
	struct bits *some, *out;

	if (!ledger_whole(q->txn))
		return stats_people_by(q, who, c, is_template);
	some = written(q, who, c, CLASS_TEMPLATE, CLASS_TEMPLATE, is_template);
	if (c->column == SENT_ALL)
		return some;
	out = stats_people_by(q, some, c, is_template);
	bits_free(some);
	return out;
}
