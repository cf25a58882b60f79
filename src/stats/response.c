/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How long people wait: first answers, answers, resolution and hold, from the
 * times of every chat (chats/times.h).  An answer counts when it is given, an
 * episode's end when it is closed, and who waits when they first wrote.  Chats
 * are read, all of them: nothing else knows when each answer came.
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

static void
time_add(struct timing *x, int64_t at, enum kind kind, int64_t value)
{
	if (stat_within(x->t, at))
		sample_add(&x->samples, row_at(x->t, at), kind, value);
}

static void
episode_add(struct timing *x, const struct episode *e)
{
	if (e->replied != INSTANT_NONE) {
		time_add(x, e->replied, WAIT, e->all.waiting);
		time_add(x, e->replied, IN_WAIT, e->operation.waiting);
	} else if (e->asked != INSTANT_NONE) {
		stat_add(x->t, e->asked,
			 e->closed == INSTANT_NONE ? STILL_WAITING : UNANSWERED,
			 1);
	}
	if (e->closed == INSTANT_NONE)
		return;
	time_add(x, e->closed, CLOSE, e->all.resolution);
	time_add(x, e->closed, IN_CLOSE, e->operation.resolution);
	time_add(x, e->closed, ON_HOLD, e->hold);
}

static bool
chat_add(void *arg, uint32_t chat)
{
	struct timing *x = arg;
	struct arena_mark mark = arena_mark(x->q->arena);
	struct chat_times times;
	struct chat_view view;

	if (chat_view(x->q->txn, x->q->arena, chat, &view)) {
		chat_times(x->q->txn, x->q->arena, &view, &x->hours, &times);
		for (size_t i = 0; i < times.n_episodes; i++)
			episode_add(x, &times.episodes[i]);
		for (size_t i = 0; i < times.n_replies; i++) {
			const struct chat_reply *r = &times.replies[i];

			time_add(x, r->at, REPLY, r->all);
			time_add(x, r->at, IN_REPLY, r->operation);
		}
	}
	arena_rewind(x->q->arena, mark);
	return kv_error(x->q->txn) == OK;
}

static bool
person_add(void *arg, uint32_t user)
{
	struct timing *x = arg;

	chats_of_user(x->q->txn, user, chat_add, x);
	return kv_error(x->q->txn) == OK;
}

enum err
response_run(struct query *q, const struct bits *who, struct stat_table *t,
	     struct fault *f)
{
	struct timing x = {.q = q, .t = t};

	hours_get(q->txn, q->arena, &x.hours);
	stats_people(q, who, person_add, &x);
	samples_put(&x.samples, summaries, KINDS, t);
	samples_free(&x.samples);
	if (x.hours.n == 0) {
		for (size_t i = 0; i < t->n; i++)
			t->rows[i].v[OPERATION_REPLIES] = NAN;
		t->totals[OPERATION_REPLIES] = NAN;
	}
	return kv_error(q->txn);
}
