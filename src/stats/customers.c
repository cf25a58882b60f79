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

enum err
customers_run(struct query *q, const struct bits *who, struct stat_table *t,
	      struct fault *f)
{
	struct bits *before =
	    stats_active(q, who, ACTIVITY_EVER_FROM, t->period.from);
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
	bits_free(before);
	bits_free(seen);
	bits_free(all);
	return kv_error(q->txn);
}

/* When --------------------------------------------------------------------- */

enum { A_USERS, A_IN, A_OUT, A_OCCURRENCES, A_IN_RATE, A_OUT_RATE };

static void
activity_add(double *v, enum message_class class, double n)
{
	v[class == CLASS_IN ? A_IN : A_OUT] += n;
}

/* The users of every slot: hour by hour, each hour into its slot's set. */
static void
slots_users(struct query *q, const struct bits *who, struct stat_table *t,
	    struct bits *all)
{
	struct bits **sets = arena_get(q->arena, t->n * sizeof(struct bits *));
	int64_t at = t->period.from;

	for (size_t i = 0; i < t->n; i++)
		sets[i] = bits_new();
	while (at < t->period.to) {
		int64_t end = hour_end(t->period.zone, at, t->period.to);
		struct bits *here = stats_active(q, who, at, end);
		size_t slot = slot_at(t, at);

		bits_or(sets[slot], here);
		bits_or(all, here);
		if (at < t->as_of)
			t->rows[slot].v[A_OCCURRENCES] +=
			    (double)(end - at) / (4.0 * QUARTER_HOUR);
		bits_free(here);
		at = end;
	}
	for (size_t i = 0; i < t->n; i++) {
		t->rows[i].v[A_USERS] = (double)bits_count(sets[i]);
		bits_free(sets[i]);
	}
}

static void
rows_users(struct query *q, const struct bits *who, struct stat_table *t,
	   struct bits *all)
{
	for (size_t i = 0; i < t->n; i++) {
		struct stat_row *r = &t->rows[i];
		struct bits *here = stats_active(q, who, r->from, r->to);

		r->v[A_USERS] = (double)bits_count(here);
		r->v[A_OCCURRENCES] = NAN;
		bits_or(all, here);
		bits_free(here);
	}
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
	struct bits *all = bits_new();

	if (slots)
		slots_users(q, who, t, all);
	else
		rows_users(q, who, t, all);
	stats_messages(q, who, t, activity_add);
	t->totals[A_USERS] = (double)bits_count(all);
	t->totals[A_OCCURRENCES] = slots ? 0 : NAN;
	for (size_t i = 0; i < t->n; i++) {
		if (slots)
			t->totals[A_OCCURRENCES] += t->rows[i].v[A_OCCURRENCES];
		rates_put(t->rows[i].v);
	}
	rates_put(t->totals);
	bits_free(all);
	return kv_error(q->txn);
}
