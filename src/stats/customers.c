/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * People: who wrote, who of them never had before, who is a customer by then,
 * and when people write.  A row's new users are those whom no row and no day
 * before it had: going through the rows in order, one set of everybody seen so
 * far says it, so new and returning add up to users whatever the cut.
 */
#include "room.h"

#include <math.h>

struct bits *
stats_active(struct query *q, const struct bits *who, int64_t from, int64_t to)
{
	struct activity_in in = {.kind = ACTIVITY_MESSAGE,
				 .from = from,
				 .to = to,
				 .times = 1,
				 .within = who};
	struct bits *out = activity_who(q->txn, &in);

	if (who)
		bits_and(out, who);
	return out;
}

enum { USERS, NEW, RETURNING, TOTAL };

static void
customers_put(double v[STAT_COLUMNS_MAX], const struct bits *here,
	      const struct bits *before)
{
	uint64_t users = bits_count(here);
	uint64_t returning = bits_and_count(here, before);

	v[USERS] = (double)users;
	v[RETURNING] = (double)returning;
	v[NEW] = (double)(users - returning);
}

/* Rows in one pass over the ledger, added to what they say. */
static void
customers_pass(struct query *q, const struct crowd_in *in, struct stat_table *t)
{
	struct crowd_counts c = {
	    .users = arena_get(q->arena, t->n * sizeof(uint64_t)),
	    .fresh = arena_get(q->arena, t->n * sizeof(uint64_t))};
	uint64_t total = bits_count(in->before);

	crowd_count(q, in, false, &c);
	for (size_t i = 0; i < t->n; i++) {
		double *v = t->rows[i].v;

		total += c.fresh[i];
		v[USERS] += (double)c.users[i];
		v[NEW] += (double)c.fresh[i];
		v[RETURNING] += (double)(c.users[i] - c.fresh[i]);
		v[TOTAL] += (double)total;
	}
	t->totals[USERS] += (double)c.all;
	t->totals[NEW] += (double)c.all_fresh;
	t->totals[RETURNING] += (double)(c.all - c.all_fresh);
	t->totals[TOTAL] += (double)total;
}

static void
customers_erased(struct query *q, const struct quarters *at,
		 struct stat_table *t)
{
	struct bits *before = stats_erased_active(
	    q, ACTIVITY_EVER_FROM, at->first * QUARTER_HOUR);
	struct crowd_in in = {
	    .at = at, .ledger = LEDGER_ERASED, .before = before};

	customers_pass(q, &in, t);
	bits_free(before);
}

/* Row by row from sets. */
static void
customers_sets(struct query *q, const struct bits *who,
	       const struct bits *before, struct stat_table *t)
{
	struct bits *seen = bits_copy(before), *all = bits_new();

	for (size_t i = 0; i < t->n; i++) {
		struct stat_row *r = &t->rows[i];
		struct bits *here = stats_active(q, who, r->from, r->to);

		customers_put(r->v, here, seen);
		bits_or(seen, here);
		bits_or(all, here);
		r->v[TOTAL] = (double)bits_count(seen);
		bits_free(here);
	}
	customers_put(t->totals, all, before);
	t->totals[TOTAL] = (double)bits_count(seen);
	bits_free(seen);
	bits_free(all);
}

enum err
customers_run(struct query *q, const struct bits *who, struct stat_table *t,
	      struct fault *f)
{
	struct bits *before =
	    stats_active(q, who, ACTIVITY_EVER_FROM, t->period.from);
	struct quarters at;
	struct crowd_in in = {.at = &at, .who = who, .before = before};

	if (quarters_of(t, q->arena, &at) && ledger_whole(q->txn))
		customers_pass(q, &in, t);
	else
		customers_sets(q, who, before, t);
	if (!who)
		customers_erased(q, &at, t);
	bits_free(before);
	return kv_error(q->txn);
}

/* When --------------------------------------------------------------------- */

enum { A_USERS, A_IN, A_OUT, A_OCCURRENCES, A_IN_RATE, A_OUT_RATE };

static void
activity_add(double *v, enum message_class class, double n)
{
	v[class == CLASS_IN ? A_IN : A_OUT] += n;
}

/* How often each slot occurred, in hours; an hour that has begun is whole. */
static void
slots_occur(struct stat_table *t)
{
	int64_t at = t->period.from;

	while (at < t->period.to && at < t->as_of) {
		int64_t end = hour_end(t->period.zone, at, t->period.to);

		t->rows[slot_at(t, at)].v[A_OCCURRENCES] +=
		    (double)(end - at) / (4.0 * QUARTER_HOUR);
		at = end;
	}
}

/* The same by quarter-hours: an hour begins with another slot or offset. */
static void
quarters_occur(struct stat_table *t, const struct quarters *q)
{
	int64_t at = t->period.from, begun = at, until = at;
	int32_t offset = zone_offset(t->period.zone, at);

	for (size_t i = 0; i < q->n; i++, at += QUARTER_HOUR) {
		int32_t was = offset;

		if (at >= until)
			offset = zone_stretch(t->period.zone, at, &until);
		if (offset != was || (i > 0 && q->row[i] != q->row[i - 1]))
			begun = at;
		if (begun < t->as_of)
			t->rows[q->row[i]].v[A_OCCURRENCES] += 0.25;
	}
}

/* Hour by hour, each hour into its slot's set. */
static void
slots_sets(struct query *q, const struct bits *who, struct stat_table *t,
	   struct bits *all)
{
	struct bits **sets = arena_get(q->arena, t->n * sizeof(struct bits *));
	int64_t at = t->period.from;

	for (size_t i = 0; i < t->n; i++)
		sets[i] = bits_new();
	while (at < t->period.to) {
		int64_t end = hour_end(t->period.zone, at, t->period.to);
		struct bits *here = stats_active(q, who, at, end);

		bits_or(sets[slot_at(t, at)], here);
		bits_or(all, here);
		bits_free(here);
		at = end;
	}
	for (size_t i = 0; i < t->n; i++) {
		t->rows[i].v[A_USERS] = (double)bits_count(sets[i]);
		bits_free(sets[i]);
	}
}

static void
rows_sets(struct query *q, const struct bits *who, struct stat_table *t,
	  struct bits *all)
{
	for (size_t i = 0; i < t->n; i++) {
		struct stat_row *r = &t->rows[i];
		struct bits *here = stats_active(q, who, r->from, r->to);

		r->v[A_USERS] = (double)bits_count(here);
		bits_or(all, here);
		bits_free(here);
	}
}

static void
active_sets(struct query *q, const struct bits *who, struct stat_table *t,
	    bool slots)
{
	struct bits *all = bits_new();

	if (slots)
		slots_sets(q, who, t, all);
	else
		rows_sets(q, who, t, all);
	t->totals[A_USERS] = (double)bits_count(all);
	bits_free(all);
}

static void
active_pass(struct query *q, const struct crowd_in *in, struct stat_table *t,
	    bool slots)
{
	struct crowd_counts c = {
	    .users = arena_get(q->arena, t->n * sizeof(uint64_t)),
	    .fresh = arena_get(q->arena, t->n * sizeof(uint64_t))};

	crowd_count(q, in, slots, &c);
	for (size_t i = 0; i < t->n; i++)
		t->rows[i].v[A_USERS] += (double)c.users[i];
	t->totals[A_USERS] += (double)c.all;
}

static void
rates_put(double v[STAT_COLUMNS_MAX])
{
	double n = v[A_OCCURRENCES];

	v[A_IN_RATE] = n > 0 ? v[A_IN] / n : NAN;
	v[A_OUT_RATE] = n > 0 ? v[A_OUT] / n : NAN;
}

enum err
activity_run(struct query *q, const struct bits *who, struct stat_table *t,
	     struct fault *f)
{
	bool slots = t->by == BY_HOUR_OF_DAY || t->by == BY_HOUR_OF_WEEK;
	struct quarters at;
	struct crowd_in in = {.at = &at, .who = who};

	if (quarters_of(t, q->arena, &at) && ledger_whole(q->txn))
		active_pass(q, &in, t, slots);
	else
		active_sets(q, who, t, slots);
	in.ledger = LEDGER_ERASED;
	if (!who)
		active_pass(q, &in, t, slots);
	if (slots && at.row)
		quarters_occur(t, &at);
	else if (slots)
		slots_occur(t);
	stats_messages(q, who, t, activity_add);
	t->totals[A_OCCURRENCES] = slots ? 0 : NAN;
	for (size_t i = 0; i < t->n; i++) {
		if (slots)
			t->totals[A_OCCURRENCES] += t->rows[i].v[A_OCCURRENCES];
		else
			t->rows[i].v[A_OCCURRENCES] = NAN;
		rates_put(t->rows[i].v);
	}
	rates_put(t->totals);
	return kv_error(q->txn);
}
