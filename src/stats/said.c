/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * 24-hour conversations and what became of templates.  The ledger knows the
 * openings of the former and who was sent any of the latter, whose messages of
 * the period are read; where it is not whole, every message is.  A
 * conversation is a person's, over all their chats: the first
 * message opens it when none is open, and it lasts a day to the microsecond,
 * however much is said in it.
 */
#include "room.h"

#include <stdlib.h>

struct saying {
	struct query *q;
	struct stat_table *t;
	int64_t *at; /* of one person */
	size_t n, cap;
};

static void
at_add(struct saying *s, int64_t at)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 256;
		s->at = mem_grow(s->at, s->cap * sizeof(*s->at));
	}
	s->at[s->n++] = at;
}

static int
at_cmp(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static bool
window_message(void *arg, const struct message_view *m)
{
	enum message_class class;

	if (message_class(m->person, m->template, m->note, &class))
		at_add(arg, m->at);
	return true;
}

static bool
window_chat(void *arg, uint32_t chat)
{
	struct saying *s = arg;

	chat_messages(s->q->txn, chat, window_message, s);
	return kv_error(s->q->txn) == OK;
}

static bool
window_person(void *arg, uint32_t user)
{
	struct saying *s = arg;
	int64_t end = INSTANT_MIN;

	s->n = 0;
	chats_of_user(s->q->txn, user, window_chat, s);
	if (s->n > 1)
		qsort(s->at, s->n, sizeof(*s->at), at_cmp);
	for (size_t i = 0; i < s->n; i++) {
		if (s->at[i] < end)
			continue;
		stat_add(s->t, s->at[i], 0, 1);
		end = s->at[i] + ACTIVITY_WINDOW_LENGTH;
	}
	return kv_error(s->q->txn) == OK;
}

/* From the ledger ----------------------------------------------------------- */

struct opened {
	struct query *q;
	struct stat_table *t;
	const struct quarters *at;
	const struct bits *who;
};

static bool
within(const struct quarters *at, int64_t quarter)
{
	return quarter >= at->first &&
	       (uint64_t)(quarter - at->first) < at->n;
}

static bool
opening_page(void *arg, const struct ledger_page *p)
{
	struct opened *o = arg;

	for (size_t i = 0; i < p->n; i++) {
		uint32_t e = ledger_entry(p, i);
		int64_t quarter = p->day + ledger_quarter(e);

		if (!within(o->at, quarter) ||
		    (o->who && !bits_has(o->who, (uint32_t)p->chunk << 16 |
						     ledger_id(e))))
			continue;
		o->t->rows[quarter_row(o->at, quarter)].v[0]++;
		o->t->totals[0]++;
	}
	return true;
}

static bool
opening_erased(void *arg, int64_t quarter, const uint64_t sums[ERASED_SUMS])
{
	stat_add(arg, quarter * QUARTER_HOUR, 0, (double)sums[ERASED_WINDOWS]);
	return true;
}

enum err
conversations_run(struct query *q, const struct bits *who, struct stat_table *t,
		  struct fault *f)
{
	struct saying s = {.q = q, .t = t};
	struct quarters at;
	struct opened o = {q, t, &at, who};

	if (quarters_of(t, q->arena, &at) && ledger_whole(q->txn))
		ledger_walk(q->txn, LEDGER_LIVING, ACTIVITY_WINDOW, at.first,
			    at.first + (int64_t)at.n - 1, who, opening_page, &o);
	else
		stats_people(q, who, window_person, &s);
	if (!who)
		erased_sums(q->txn, at.first, at.first + (int64_t)at.n - 1,
			    opening_erased, t);
	free(s.at);
	return kv_error(q->txn);
}

/* Columns are in the order of the sums from ERASED_SENT on. */
static void
fates_add(struct stat_table *t, int64_t at, const uint64_t sums[ERASED_SUMS])
{
	for (int i = ERASED_SENT; i < ERASED_SUMS; i++)
		if (sums[i] > 0)
			stat_add(t, at, (size_t)(i - ERASED_SENT),
				 (double)sums[i]);
}

static bool
template_message(void *arg, const struct message_view *m)
{
	struct saying *s = arg;
	uint64_t sums[ERASED_SUMS] = {0};
	enum message_class class;

	if (!message_class(m->person, m->template, m->note, &class) ||
	    class != CLASS_TEMPLATE)
		return true;
	template_fate(m->status, 1, sums);
	fates_add(s->t, m->at, sums);
	return true;
}

static bool
template_chat(void *arg, uint32_t chat)
{
	struct saying *s = arg;

	chat_messages_between(s->q->txn, chat, s->t->period.from,
			      s->t->period.to, template_message, s);
	return kv_error(s->q->txn) == OK;
}

static bool
template_person(void *arg, uint32_t user)
{
	struct saying *s = arg;

	chats_of_user(s->q->txn, user, template_chat, s);
	return kv_error(s->q->txn) == OK;
}

static bool
template_page(void *arg, const struct ledger_page *p)
{
	for (size_t i = 0; i < p->n; i++)
		bits_add(arg, (uint32_t)p->chunk << 16 |
				  ledger_id(ledger_entry(p, i)));
	return true;
}

/* Whoever may have been sent one, of those. */
static struct bits *
templates_who(struct query *q, const struct bits *who, const struct quarters *at)
{
	struct bits *out = bits_new();

	ledger_walk(q->txn, LEDGER_LIVING, ACTIVITY_TEMPLATE, at->first - 1,
		    at->first + (int64_t)at->n, who, template_page, out);
	if (who)
		bits_and(out, who);
	return out;
}

static bool
template_erased(void *arg, int64_t quarter, const uint64_t sums[ERASED_SUMS])
{
	fates_add(arg, quarter * QUARTER_HOUR, sums);
	return true;
}

enum err
templates_run(struct query *q, const struct bits *who, struct stat_table *t,
	      struct fault *f)
{
	struct saying s = {.q = q, .t = t};
	struct bits *some = NULL;
	struct quarters at;

	quarters_of(t, q->arena, &at);
	if (ledger_whole(q->txn))
		some = templates_who(q, who, &at);
	stats_people(q, some ? some : who, template_person, &s);
	bits_free(some);
	if (!who)
		erased_sums(q->txn, at.first, at.first + (int64_t)at.n - 1,
			    template_erased, t);
	return kv_error(q->txn);
}
