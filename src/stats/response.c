/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How long people wait: first answers, answers, resolution and hold, from the
 * waits of the period's days (chats/waits.h).  An answer counts when it is
 * given, an episode's end when it is closed, and who waits when they first
 * wrote.  What of a wait lies within operating hours is worked out when it is
 * asked for, so that hours can be set right afterwards.
 */
#include "room.h"

#include <rapport/chats/waits.h>

#include <math.h>

enum {
	FIRST,
	FIRST_AVERAGE,
	FIRST_MEDIAN,
	FIRST_NINTH,
	STILL_WAITING,
	UNANSWERED,
	REPLIES,
	REPLY_TOTAL,
	REPLY_AVERAGE,
	REPLY_MEDIAN,
	REPLY_NINTH,
	CLOSED,
	RESOLUTION,
	HOLD,
	OPERATION_FIRST,
	OPERATION_REPLIES,
	OPERATION_TOTAL,
	OPERATION_AVERAGE,
	OPERATION_RESOLUTION
};
enum kind { WAIT, REPLY, CLOSE, ON_HOLD, IN_WAIT, IN_REPLY, IN_CLOSE, KINDS };

static const struct summary summaries[KINDS] = {
    [WAIT] = {FIRST, -1, FIRST_AVERAGE, FIRST_MEDIAN, FIRST_NINTH},
    [REPLY] = {REPLIES, REPLY_TOTAL, REPLY_AVERAGE, REPLY_MEDIAN, REPLY_NINTH},
    [CLOSE] = {CLOSED, -1, RESOLUTION, -1, -1},
    [ON_HOLD] = {-1, -1, HOLD, -1, -1},
    [IN_WAIT] = {-1, -1, OPERATION_FIRST, -1, -1},
    [IN_REPLY] = {OPERATION_REPLIES, OPERATION_TOTAL, OPERATION_AVERAGE, -1,
		  -1},
    [IN_CLOSE] = {-1, -1, OPERATION_RESOLUTION, -1, -1},
};

struct timing {
	struct query *q;
	struct stat_table *t;
	struct hours hours;
	struct samples samples;
};

static void
time_add(struct timing *x, int64_t at, enum kind kind, int64_t value)
{
	if (stat_within(x->t, at))
		sample_add(&x->samples, row_at(x->t, at), kind, value);
}

/* What of it somebody was there. */
static int64_t
within_hours(const struct timing *x, int64_t from, int64_t to)
{
	int64_t open;

	return hours_between(&x->hours, from, to, &open) ? open : DURATION_NONE;
}

static bool
wait_add(void *arg, const struct wait *w)
{
	struct timing *x = arg;
	int64_t open = DURATION_NONE;

	if (w->kind >= WAIT_WAITING) {
		stat_add(x->t, w->at,
			 w->kind == WAIT_WAITING ? STILL_WAITING : UNANSWERED,
			 1);
		return true;
	}
	if (x->hours.n > 0)
		open = within_hours(x, w->from, w->at);
	if (w->kind == WAIT_CLOSED) {
		time_add(x, w->at, CLOSE, w->at - w->from);
		time_add(x, w->at, IN_CLOSE, open);
		time_add(x, w->at, ON_HOLD, w->hold);
		return true;
	}
	time_add(x, w->at, REPLY, w->at - w->from);
	time_add(x, w->at, IN_REPLY, open);
	if (w->kind == WAIT_FIRST) {
		time_add(x, w->at, WAIT, w->at - w->from);
		time_add(x, w->at, IN_WAIT, open);
	}
	return true;
}

enum err
response_run(struct query *q, const struct bits *who, struct stat_table *t,
	     struct fault *f)
{
	struct timing x = {.q = q, .t = t};

	hours_get(q->txn, q->arena, &x.hours);
	waits_each(q->txn, q->arena, t->period.from, t->period.to, who, !who,
		   wait_add, &x);
	samples_put(&x.samples, summaries, KINDS, t);
	samples_free(&x.samples);
	if (x.hours.n == 0) {
		for (size_t i = 0; i < t->n; i++)
			t->rows[i].v[OPERATION_REPLIES] = NAN;
		t->totals[OPERATION_REPLIES] = NAN;
	}
	return kv_error(q->txn);
}
