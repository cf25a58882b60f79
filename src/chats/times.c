/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Episodes from the sorted states, then one walk over the messages beside
 * them.  Before the first opening and between a closing and the next opening
 * the chat is closed: what the person writes then is kept as asked and begins
 * to count when the episode opens; a manager's word takes it back.
 */
#include "room.h"

struct timing {
	struct episode *at;
	size_t n;
	size_t next;   /* the first episode not opened yet */
	int64_t asked; /* first message nobody answered, or NONE */
	const struct hours *hours;
	struct arena *arena;
	struct chat_reply *replies;
	size_t n_replies, cap_replies;
};

static const struct chat_clock clock_new = {.waiting = DURATION_NONE,
					    .reply_total = DURATION_NONE,
					    .reply_average = DURATION_NONE,
					    .resolution = DURATION_NONE};

/* Episodes ----------------------------------------------------------------- */

static struct episode *
episode_add(struct timing *t, int64_t at)
{
	t->at[t->n] = (struct episode){.opened = at,
				       .closed = INSTANT_NONE,
				       .asked = INSTANT_NONE,
				       .replied = INSTANT_NONE,
				       .all = clock_new,
				       .operation = clock_new};
	return &t->at[t->n++];
}

/* A chat that nobody said to be open is so from the first that is known. */
static void
episodes_of(struct timing *t, const struct chat_view *v)
{
	struct episode *e = NULL;
	int64_t snoozed = INSTANT_NONE;

	if (v->n_states == 0 || v->states[0].state != CHAT_OPENED)
		e = episode_add(t, v->created);
	for (size_t i = 0; i < v->n_states; i++) {
		const struct chat_interval *s = &v->states[i];

		if (s->state == CHAT_CLOSED && e == NULL)
			continue;
		if (e == NULL)
			e = episode_add(t, s->at);
		if (snoozed != INSTANT_NONE)
			e->hold += s->at - snoozed;
		snoozed = s->state == CHAT_SNOOZED ? s->at : INSTANT_NONE;
		if (s->state == CHAT_CLOSED) {
			e->closed = s->at;
			e = NULL;
		}
	}
	if (e != NULL && snoozed != INSTANT_NONE)
		e->hold = DURATION_NONE;
}

/* Clocks ------------------------------------------------------------------- */

static void
sum_add(int64_t *sum, int64_t more)
{
	*sum = *sum == DURATION_NONE ? more : *sum + more;
}

/* What of [from, to) somebody was there. */
static int64_t
within_hours(const struct timing *t, int64_t from, int64_t to)
{
	int64_t open;

	if (t->hours == NULL || !hours_between(t->hours, from, to, &open))
		return DURATION_NONE;
	return open;
}

static void
reply_keep(struct timing *t, const struct message_view *m, int64_t open)
{
	if (t->n_replies == t->cap_replies) {
		size_t cap = t->cap_replies ? 2 * t->cap_replies : 8;
		struct chat_reply *more =
		    arena_get(t->arena, cap * sizeof(*more));

		if (t->n_replies > 0)
			memcpy(more, t->replies, t->n_replies * sizeof(*more));
		t->replies = more;
		t->cap_replies = cap;
	}
	t->replies[t->n_replies++] =
	    (struct chat_reply){m->at, m->person_id, m->at - t->asked, open};
}

static void
reply_count(struct timing *t, struct episode *e, const struct message_view *m)
{
	int64_t at = m->at, open = within_hours(t, t->asked, at);

	reply_keep(t, m, open);
	if (e->replied == INSTANT_NONE) {
		e->replied = at;
		e->replier = m->person_id;
		e->all.waiting = at - t->asked;
		e->operation.waiting = open;
	}
	sum_add(&e->all.reply_total, at - t->asked);
	e->all.replies++;
	if (open == DURATION_NONE)
		e->operation.replies = DURATION_NONE;
	if (e->operation.replies == DURATION_NONE)
		return;
	sum_add(&e->operation.reply_total, open);
	e->operation.replies++;
}

/* The episode that is open at `at`, or NULL. */
static struct episode *
episode_at(struct timing *t, int64_t at)
{
	struct episode *e = t->next > 0 ? &t->at[t->next - 1] : NULL;

	if (e != NULL && e->closed != INSTANT_NONE && e->closed < at) {
		if (t->asked != INSTANT_NONE && t->asked <= e->closed)
			t->asked = INSTANT_NONE;
		e = NULL;
	}
	while (t->next < t->n && t->at[t->next].opened <= at) {
		struct episode *opened = &t->at[t->next++];

		if (t->asked != INSTANT_NONE)
			t->asked = opened->asked = opened->opened;
		e = opened;
		if (e->closed != INSTANT_NONE && e->closed < at) {
			t->asked = INSTANT_NONE;
			e = NULL;
		}
	}
	return e;
}

static bool
message_time(void *arg, const struct message_view *m)
{
	struct timing *t = arg;
	struct episode *e;

	if (m->note || m->person == PERSON_BOT ||
	    (m->person == PERSON_MANAGER && m->template))
		return true;
	e = episode_at(t, m->at);
	if (m->person == PERSON_USER) {
		if (t->asked == INSTANT_NONE)
			t->asked = m->at;
		if (e != NULL && e->asked == INSTANT_NONE)
			e->asked = m->at;
		return true;
	}
	if (e != NULL && t->asked != INSTANT_NONE)
		reply_count(t, e, m);
	t->asked = INSTANT_NONE;
	return true;
}

static void
clock_average(struct chat_clock *c)
{
	c->reply_average = c->replies > 0 && c->reply_total != DURATION_NONE
			       ? c->reply_total / c->replies
			       : DURATION_NONE;
}

static void
episode_end(struct timing *t, struct episode *e)
{
	if (e->closed != INSTANT_NONE) {
		e->all.resolution = e->closed - e->opened;
		e->operation.resolution = within_hours(t, e->opened, e->closed);
	}
	if (within_hours(t, e->opened, e->opened) == DURATION_NONE)
		e->operation.replies = DURATION_NONE;
	if (e->operation.replies == DURATION_NONE)
		e->operation.reply_total = DURATION_NONE;
	clock_average(&e->all);
	clock_average(&e->operation);
}

static void
replies_add(struct chat_clock *to, const struct chat_clock *from)
{
	if (from->replies == DURATION_NONE)
		to->replies = to->reply_total = DURATION_NONE;
	if (to->replies == DURATION_NONE)
		return;
	to->replies += from->replies;
	if (from->reply_total != DURATION_NONE)
		sum_add(&to->reply_total, from->reply_total);
}

void
chat_times(struct kv_txn *txn, struct arena *a, const struct chat_view *v,
	   const struct hours *hours, struct chat_times *out)
{
	struct timing t = {.asked = INSTANT_NONE, .hours = hours, .arena = a};
	const struct episode *last;

	t.at = arena_get(a, (v->n_states + 1) * sizeof(*t.at));
	episodes_of(&t, v);
	chat_messages(txn, v->id, message_time, &t);
	episode_at(&t, INSTANT_MAX); /* opened after the last message */
	*out = (struct chat_times){.created = v->created,
				   .first_opened = t.at[0].opened,
				   .all = clock_new,
				   .operation = clock_new,
				   .episodes = t.at,
				   .n_episodes = t.n,
				   .replies = t.replies,
				   .n_replies = t.n_replies};
	for (size_t i = 0; i < t.n; i++) {
		episode_end(&t, &t.at[i]);
		replies_add(&out->all, &t.at[i].all);
		replies_add(&out->operation, &t.at[i].operation);
		out->hold = t.at[i].hold == DURATION_NONE
				? DURATION_NONE
				: out->hold + t.at[i].hold;
	}
	last = &t.at[t.n - 1];
	out->opened = last->opened;
	out->replied = last->replied;
	out->closed = last->closed;
	out->all.waiting = last->all.waiting;
	out->all.resolution = last->all.resolution;
	out->operation.waiting = last->operation.waiting;
	out->operation.resolution = last->operation.resolution;
	clock_average(&out->all);
	clock_average(&out->operation);
}
