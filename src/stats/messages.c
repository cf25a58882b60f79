/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Messages and contacts.  Of everybody, messages are counters per
 * quarter-hour; of some people, the ledger has them, or their chats are read.
 */
#include "room.h"

struct counting {
	struct query *q;
	struct stat_table *t;
	void (*add)(double *v, enum message_class class, double n);
	const struct quarters *at; /* NULL: rows are looked for */
	/* of one class, from the ledger */
	enum message_class class;
	const struct bits *who;
	bool begun;
	uint16_t chunk;
	uint64_t words[BITS_CHUNK_WORDS];
};

/* A row's, and the period's. */
static void
count_row(struct counting *c, size_t row, enum message_class class, double n)
{
	if (row < c->t->n)
		c->add(c->t->rows[row].v, class, n);
	c->add(c->t->totals, class, n);
}

static void
count_at(struct counting *c, int64_t at, enum message_class class, double n)
{
	if (stat_within(c->t, at))
		count_row(c, row_at(c->t, at), class, n);
}

static bool
count_quarter(void *arg, int64_t quarter, const struct message_counts *counts)
{
	struct counting *c = arg;

	for (int k = 0; k < MESSAGE_CLASSES; k++) {
		enum message_class class = (enum message_class)k;

		if (counts->n[k] == 0)
			continue;
		if (c->at)
			count_row(c, c->at->row[quarter - c->at->first], class,
				  (double)counts->n[k]);
		else
			count_at(c, quarter * QUARTER_HOUR, class,
				 (double)counts->n[k]);
	}
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

/* Some people's, from the ledger ------------------------------------------- */

static bool
count_one(void *arg, int64_t at)
{
	(void)at;
	(*(uint64_t *)arg)++;
	return true;
}

/* More than an entry can say. */
static uint64_t
count_many(struct counting *c, uint32_t user, int64_t quarter)
{
	uint64_t n = 0;

	activity_each(c->q->txn, user, class_kind(c->class),
		      quarter * QUARTER_HOUR, (quarter + 1) * QUARTER_HOUR,
		      count_one, &n);
	return n;
}

static bool
count_page(void *arg, const struct ledger_page *p)
{
	struct counting *c = arg;
	int64_t first = c->at->first;

	if (!c->begun || c->chunk != p->chunk)
		bits_words(c->who, p->chunk, c->words);
	c->begun = true;
	c->chunk = p->chunk;
	for (size_t i = 0; i < p->n; i++) {
		uint32_t e = ledger_entry(p, i);
		int64_t quarter = p->day + ledger_quarter(e);
		uint16_t id = ledger_id(e);
		uint64_t n = ledger_count(e);

		if (!(c->words[id / 64] >> (id & 63) & 1) ||
		    quarter - first >= (int64_t)c->at->n)
			continue;
		if (n == LEDGER_MANY)
			n = count_many(c, (uint32_t)p->chunk << 16 | id,
				       quarter);
		count_row(c, c->at->row[quarter - first], c->class, (double)n);
	}
	return kv_error(c->q->txn) == OK;
}

static void
count_ledger(struct counting *c)
{
	for (int k = 0; k < MESSAGE_CLASSES; k++) {
		c->class = (enum message_class)k;
		c->begun = false;
		ledger_walk(c->q->txn, LEDGER_LIVING, class_kind(c->class),
			    c->at->first,
			    c->at->first + (int64_t)c->at->n - 1, c->who,
			    count_page, c);
	}
}

void
stats_messages(struct query *q, const struct bits *who, struct stat_table *t,
	       void (*add)(double *v, enum message_class class, double n))
{
	struct counting c = {.q = q, .t = t, .add = add, .who = who};
	struct quarters at;

	if (quarters_of(t, q->arena, &at))
		c.at = &at;
	if (!who)
		message_counts(q->txn, quarter_of(t->period.from),
			       quarter_of(t->period.to - 1), count_quarter, &c);
	else if (c.at && ledger_whole(q->txn))
		count_ledger(&c);
	else
		stats_people(q, who, count_person, &c);
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

static bool
contact_erased(void *arg, uint32_t number, const struct erased_person *e)
{
	(void)number;
	if (e->first != INT64_MIN)
		stat_add(arg, e->first * QUARTER_HOUR, 0, 1);
	return true;
}

enum err
contacts_run(struct query *q, const struct bits *who, struct stat_table *t,
	     struct fault *f)
{
	const struct levels *levels = type_levels(TYPE_INSTANT);

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
	if (!who)
		erased_each(q->txn, contact_erased, t);
	return kv_error(q->txn);
}
