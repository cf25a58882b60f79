/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Messages and contacts.  Of everybody, messages are counters per
 * quarter-hour; of some people, their chats are read.
 */
#include "room.h"

struct counting {
	struct query *q;
	struct stat_table *t;
	void (*add)(double *v, enum message_class class, double n);
};

static void
count_at(struct counting *c, int64_t at, enum message_class class, double n)
{
	struct stat_table *t = c->t;
	size_t row;

	if (!stat_within(t, at))
		return;
	row = row_at(t, at);
	if (row < t->n)
		c->add(t->rows[row].v, class, n);
	c->add(t->totals, class, n);
}

static bool
count_quarter(void *arg, int64_t quarter, const struct message_counts *counts)
{
	struct counting *c = arg;

	for (int k = 0; k < MESSAGE_CLASSES; k++)
		if (counts->n[k] > 0)
			count_at(c, quarter * QUARTER_HOUR,
				 (enum message_class)k, (double)counts->n[k]);
	return true;
}

static bool
count_message(void *arg, const struct message_view *m)
{
	enum message_class class;

	if (message_class(m->person, m->template, m->note, &class))
		count_at(arg, m->at, class, 1);
	return true;
}

static bool
count_chat(void *arg, uint32_t chat)
{
	struct counting *c = arg;

	chat_messages(c->q->txn, chat, count_message, c);
	return kv_error(c->q->txn) == OK;
}

static bool
count_person(void *arg, uint32_t user)
{
	struct counting *c = arg;

	chats_of_user(c->q->txn, user, count_chat, c);
	return kv_error(c->q->txn) == OK;
}

void
stats_messages(struct query *q, const struct bits *who, struct stat_table *t,
	       void (*add)(double *v, enum message_class class, double n))
{
	struct counting c = {q, t, add};

	if (who)
		stats_people(q, who, count_person, &c);
	else
		message_counts(q->txn, quarter_of(t->period.from),
			       quarter_of(t->period.to - 1), count_quarter, &c);
}

enum { IN, OUT, BOT, HUMAN, TEMPLATE };

static void
messages_add(double *v, enum message_class class, double n)
{
	static const int column[MESSAGE_CLASSES] = {[CLASS_IN] = IN,
						    [CLASS_BOT] = BOT,
						    [CLASS_HUMAN] = HUMAN,
						    [CLASS_TEMPLATE] =
							TEMPLATE};

	v[column[class]] += n;
	if (class != CLASS_IN)
		v[OUT] += n;
}

enum err
messages_run(struct query *q, const struct bits *who, struct stat_table *t,
	     struct fault *f)
{
	stats_messages(q, who, t, messages_add);
	return kv_error(q->txn);
}

enum err
contacts_run(struct query *q, const struct bits *who, struct stat_table *t,
	     struct fault *f)
{
	const struct levels *levels = type_levels(TYPE_INSTANT);

	/* kept from who may not know it */
	if (!catalog_find(q->catalog, S("createdAt")))
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < t->n; i++) {
		struct value from = {.type = TYPE_INSTANT,
				     .instant = t->rows[i].from};
		struct value last = {.type = TYPE_INSTANT,
				     .instant = t->rows[i].to - 1};
		struct bits *here =
		    posting_range(q->txn, A_FIRST_SEEN, levels,
				  value_order(&from), value_order(&last));

		t->rows[i].v[0] = (double)(who ? bits_and_count(here, who)
					       : bits_count(here));
		t->totals[0] += t->rows[i].v[0];
		bits_free(here);
	}
	return kv_error(q->txn);
}
