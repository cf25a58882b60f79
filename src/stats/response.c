/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How long people wait: first answers, answers, resolution and hold, from the
 * waits of the period's days (chats/waits.h).  An answer counts when it is
 * given, an episode's end when it is closed, and who waits when they first
 * wrote.  What of a wait lies within operating hours is worked out when it is
 * asked for, so that hours can be set right afterwards.
 */
#include "room.h"

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

/* What of it somebody was there. */
static int64_t
within_hours(const struct timing *x, int64_t from, int64_t to)
{
	int64_t open;

	return hours_between(&x->hours, from, to, &open) ? open : DURATION_NONE;
}

static void
wait_put(void *arg, size_t row, const struct wait *w)
{
	struct timing *x = arg;
	struct samples *s = &x->samples;
	int64_t open = DURATION_NONE;

	if (w->kind >= WAIT_WAITING) {
		size_t column =
		    w->kind == WAIT_WAITING ? STILL_WAITING : UNANSWERED;

		x->t->rows[row].v[column]++;
		return;
	}
	if (x->hours.n > 0)
		open = within_hours(x, w->from, w->at);
	if (w->kind == WAIT_CLOSED) {
		sample_add(s, row, CLOSE, w->at - w->from);
		sample_add(s, row, IN_CLOSE, open);
		sample_add(s, row, ON_HOLD, w->hold);
		return;
	}
	sample_add(s, row, REPLY, w->at - w->from);
	sample_add(s, row, IN_REPLY, open);
	if (w->kind == WAIT_FIRST) {
		sample_add(s, row, WAIT, w->at - w->from);
		sample_add(s, row, IN_WAIT, open);
	}
}

static bool
wait_add(void *arg, const struct wait *w)
{
	struct timing *x = arg;

	wait_put(x, row_at(x->t, w->at), w);
	if (w->kind >= WAIT_WAITING)
		x->t->totals[w->kind == WAIT_WAITING ? STILL_WAITING
						     : UNANSWERED]++;
	return true;
}

/* Cut by time ------------------------------------------------------------- */

static void
timing_end(struct timing *x)
{
	struct stat_table *t = x->t;

	samples_put(&x->samples, summaries, KINDS, t);
	samples_free(&x->samples);
	if (x->hours.n > 0)
		return;
	for (size_t i = 0; i < t->n; i++)
		t->rows[i].v[OPERATION_REPLIES] = NAN;
	t->totals[OPERATION_REPLIES] = NAN;
}

static void
run_times(struct query *q, const struct bits *who, struct stat_table *t,
	  const struct hours *hours)
{
	struct timing x = {.q = q, .t = t, .hours = *hours};

	waits_each(q->txn, q->arena, t->period.from, t->period.to, who, !who,
		   wait_add, &x);
	timing_end(&x);
}

/* Cut by what chats are of ------------------------------------------------- */

/* What is of two tags is of both rows, and once of the whole, which is
 * therefore counted by itself. */
static enum err
run_rows(struct query *q, const struct bits *who, struct stat_table *t,
	 const struct hours *hours, struct fault *f)
{
	struct timing x = {.q = q, .t = t, .hours = *hours};
	struct stat_table whole = *t;
	enum err e;

	whole.by = BY_MONTH;
	row_new(&whole, q->arena);
	run_times(q, who, &whole, hours);
	e = response_rows(q, who, t, wait_put, &x, f);
	timing_end(&x);
	memcpy(t->totals, whole.totals, sizeof(t->totals));
	response_order(t);
	return e;
}

enum err
response_run(struct query *q, const struct bits *who, struct stat_table *t,
	     struct fault *f)
{
	struct hours hours;

	hours_get(q->txn, q->arena, &hours);
	if (t->by >= BY_FLOW)
		TRY(run_rows(q, who, t, &hours, f));
	else
		run_times(q, who, t, &hours);
	return kv_error(q->txn);
}
