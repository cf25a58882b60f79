/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Somebody is erased with their totals kept: what stays is taken from what is
 * known of them before it goes, as erased.h says, by person under a number, or
 * in sums of everybody erased.
 */
#include "erased.h"

#include <stdlib.h>

#define SUM_KEY 9u

/* Sums --------------------------------------------------------------------- */

static struct str
sum_key(uint8_t out[SUM_KEY], int64_t quarter)
{
	struct wr w = wr_of(out, SUM_KEY);

	wr_u8(&w, 'x');
	wr_be64(&w, quarter_key(quarter));
	return wr_out(&w);
}

static bool
sums_read(struct kv_txn *txn, struct str value, uint64_t sums[ERASED_SUMS])
{
	struct rd r = rd_of(value);

	r.bad |= rd_u8(&r) != CHAT_VERSION;
	for (int i = 0; i < ERASED_SUMS; i++)
		sums[i] = rd_varint(&r);
	if (!rd_done(&r))
		erased_corrupt(txn);
	return kv_error(txn) == OK;
}

/* More of one quarter-hour. */
static void
sums_add(struct chat_batch *c, int64_t quarter,
	 const uint64_t more[ERASED_SUMS])
{
	uint64_t sums[ERASED_SUMS] = {0};
	uint8_t memory[SUM_KEY];
	struct str value, key = sum_key(memory, quarter);

	if (kv_get(c->txn, SP_COUNTER, key, &value)) {
		c->erased -= erased_sum_hash(key, value);
		sums_read(c->txn, value, sums);
	}
	buf_reset(&c->scratch);
	buf_c(&c->scratch, CHAT_VERSION);
	for (int i = 0; i < ERASED_SUMS; i++)
		buf_varint(&c->scratch, sums[i] + more[i]);
	kv_put(c->txn, SP_COUNTER, key, buf_str(&c->scratch));
	c->erased += erased_sum_hash(key, buf_str(&c->scratch));
}

void
erased_sums(struct kv_txn *txn, int64_t first, int64_t last, erased_sum_fn *fn,
	    void *arg)
{
	uint8_t memory[SUM_KEY];
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, S("x"));

	for (bool more = kv_seek(c, sum_key(memory, first)); more;
	     more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		int64_t quarter = quarter_of_key(rd_be64(&r));
		uint64_t sums[ERASED_SUMS];

		if (quarter > last || !sums_read(txn, kv_value(c), sums) ||
		    !fn(arg, quarter, sums))
			break;
	}
	kv_cursor_close(c);
}

void
template_fate(uint8_t status, uint64_t by, uint64_t sums[ERASED_SUMS])
{
	bool seen = status & 1 << READ;

	sums[ERASED_SENT] += by;
	if (seen)
		sums[ERASED_READ] += by;
	if (seen || status & 1 << DELIVERED)
		sums[ERASED_DELIVERED] += by;
	else
		sums[status & 1 << FAILED ? ERASED_FAILED : ERASED_UNHEARD] +=
		    by;
}

/* What became of it, if it is one. */
static void
template_keep(struct chat_batch *c, int64_t at, const struct message *m)
{
	uint64_t sums[ERASED_SUMS] = {0};

	if (message_kind(m->person, m->flags & MESSAGE_TEMPLATE,
			 m->flags & MESSAGE_NOTE) != ACTIVITY_TEMPLATE)
		return;
	template_fate(m->deliveries.set, 1, sums);
	sums_add(c, quarter_of(at), sums);
}

/* Keeping ------------------------------------------------------------------ */

static bool
shown(struct chat_batch *c, uint32_t user, uint16_t id, struct value *out)
{
	return batch_shown(c->people, user, builtin_attr(id), c->arena, out);
}

static bool
is_there(struct chat_batch *c, uint32_t user)
{
	return posting_has(c->txn, (struct posting){A_EVERYBODY, 0, S("")},
			   user);
}

/* The other of two things said of the same; 0: there is none. */
static uint16_t
kind_against(uint16_t kind)
{
	static const uint16_t pairs[][2] = {
	    {ACTIVITY_OPTED_IN, ACTIVITY_OPTED_OUT},
	    {ACTIVITY_FOUND_VALID, ACTIVITY_FOUND_INVALID}};

	for (size_t i = 0; i < COUNT(pairs); i++)
		for (int k = 0; k < 2; k++)
			if (pairs[i][k] == kind)
				return pairs[i][!k];
	return 0;
}

/* Quarter-hours of one kind: whether the other kind has this one, too, and
 * said the last word in it. */
static uint64_t
count_kept(struct chat_batch *c, uint32_t user, const struct dones *d,
	   const struct done *last)
{
	uint16_t against = kind_against(last->kind);
	int64_t quarter = quarter_of(last->at), other = INT64_MIN;

	if (against == 0)
		return 1;
	for (size_t i = 0; i < d->n; i++)
		if (d->p[i].kind == against &&
		    quarter_of(d->p[i].at) == quarter)
			other = d->p[i].at;
	if (other == INT64_MIN || other > last->at)
		return 1;
	if (other == last->at)
		return activity_told_last(c->txn, c->arena, user, last->kind,
					  last->at) == last->kind
			   ? ERASED_LAST
			   : 1;
	return ERASED_LAST;
}

static void
person_keep(struct keeping *k, uint32_t user, int64_t at)
{
	struct erased_person e = {.gone = quarter_of(at), .first = INT64_MIN};
	struct chat_facts facts;
	struct value v;

	batch_facts_get(k->c->people, user, &facts);
	if (shown(k->c, user, A_FIRST_SEEN, &v))
		facts.first = instant_least(facts.first, v.instant);
	if (facts.first != INSTANT_NONE)
		e.first = quarter_of(facts.first);
	e.phone = shown(k->c, user, A_PHONE, &v);
	k->number = erased_number(k->c->txn, &k->head, &e);
}

/* The last of its kind and quarter-hour, of a kind that is kept so. */
static bool
row_kept(const struct dones *d, size_t i)
{
	const struct done *x = &d->p[i], *next = x + 1;

	if (x->kind != ACTIVITY_MESSAGE && kind_against(x->kind) == 0)
		return false;
	return i + 1 == d->n || next->kind != x->kind ||
	       quarter_of(next->at) != quarter_of(x->at);
}

static void
rows_keep(struct keeping *k, uint32_t user, const struct dones *d)
{
	struct section s;

	section_begin(&s, k->c->txn, &k->head, ERASED_ROWS, k->number);
	for (size_t i = 0; i < d->n; i++) {
		struct erased_row row = {.kind = d->p[i].kind,
					 .quarter = quarter_of(d->p[i].at)};

		if (!row_kept(d, i))
			continue;
		row.count = (uint32_t)count_kept(k->c, user, d, &d->p[i]);
		section_row(&s, &row);
		ledger_change(&k->c->activity.ledger, LEDGER_ERASED, row.kind,
			      k->number, row.quarter, row.count);
		k->told->kept.quarter_hours++;
	}
	section_end(&s);
}

/* What can be a step of a funnel; and, of nobody, conversations. */
static void
deeds_keep(struct keeping *k, const struct dones *d)
{
	uint64_t window[ERASED_SUMS] = {[ERASED_WINDOWS] = 1};
	struct activity_names *names = &k->c->names;
	struct section s;

	section_begin(&s, k->c->txn, &k->head, ERASED_DEEDS, k->number);
	for (size_t i = 0; i < d->n; i++) {
		const struct done *x = &d->p[i];

		if (x->kind == ACTIVITY_WINDOW)
			sums_add(k->c, quarter_of(x->at), window);
		if (!kind_has_sets(x->kind))
			continue;
		if (x->kind >= names->n)
			activity_names(k->c->txn, k->c->arena, names);
		if (str_starts(activity_name_of(names, x->kind), S("end:")))
			continue;
		section_deed(&s, x->kind, x->at);
		k->told->kept.instants++;
	}
	section_end(&s);
}

static void
runs_keep(struct keeping *k, uint32_t user, int64_t at)
{
	struct chat_batch *c = k->c;
	struct arena_mark mark = arena_mark(c->arena);
	struct run_reader *reader = flow_runs_open(c->txn);
	struct runs runs = {0};
	struct section s;

	flow_runs_read(reader, c->arena, user, &runs);
	flow_runs_close(reader);
	section_begin(&s, c->txn, &k->head, ERASED_RUNS, k->number);
	for (size_t i = 0; i < runs.n; i++) {
		struct run *r = &runs.p[i];
		uint16_t kind;

		if (!activity_find(c->txn,
				   activity_full(c->arena, "flow", r->flow),
				   &kind) &&
		    !activity_find(
			c->txn, activity_full(c->arena, "end", r->flow), &kind))
			continue;
		if (r->over > at)
			r->over = at; /* whoever is gone is in no flow */
		section_run(&s, kind, r);
		k->told->kept.runs++;
	}
	section_end(&s);
	free(runs.p);
	arena_rewind(c->arena, mark);
}

void
erased_begin(struct keeping *k, struct chat_batch *c, uint32_t user,
	     struct erasure *told)
{
	struct dones d = {0};

	*k = (struct keeping){.c = c, .told = told, .any = is_there(c, user)};
	erased_head_get(c->txn, &k->head);
	if (!k->any)
		return;
	activity_all(c, user, &d);
	person_keep(k, user, told->at);
	rows_keep(k, user, &d);
	deeds_keep(k, &d);
	runs_keep(k, user, told->at);
	section_begin(&k->failures, c->txn, &k->head, ERASED_FAILURES,
		      k->number);
	free(d.p);
}

void
erased_message(struct keeping *k, int64_t at, const struct message *m)
{
	template_keep(k->c, at, m);
	if (!k->any || !message_failed(m))
		return;
	section_failure(&k->failures, quarter_of(at), 1, m->deliveries.code);
	k->told->kept.failures++;
}

void
erased_end(struct keeping *k)
{
	if (k->any)
		section_end(&k->failures);
	k->head.sums += k->c->erased;
	k->c->erased = 0;
	erased_head_put(k->c->txn, &k->head);
}
