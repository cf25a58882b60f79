/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is told by reading every message: 24-hour conversations and what became
 * of templates.  A conversation is a person's, over all their chats: the first
 * message opens it when none is open, and it lasts a day to the microsecond,
 * however much is said in it.
 */
#include "room.h"

#include <stdlib.h>

#define WINDOW (24 * 4 * QUARTER_HOUR)

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
		end = s->at[i] + WINDOW;
	}
	return kv_error(s->q->txn) == OK;
}

enum err
conversations_run(struct query *q, const struct bits *who, struct stat_table *t,
		  struct fault *f)
{
	struct saying s = {.q = q, .t = t};

	stats_people(q, who, window_person, &s);
	free(s.at);
	return kv_error(q->txn);
}

/* Templates ---------------------------------------------------------------- */

enum { SENT_ALL, GOT, SEEN, LOST, UNHEARD };

static bool
template_message(void *arg, const struct message_view *m)
{
	struct saying *s = arg;
	enum message_class class;
	bool seen = m->status & 1 << READ;

	if (!message_class(m->person, m->template, m->note, &class) ||
	    class != CLASS_TEMPLATE)
		return true;
	stat_add(s->t, m->at, SENT_ALL, 1);
	if (seen)
		stat_add(s->t, m->at, SEEN, 1);
	if (seen || m->status & 1 << DELIVERED)
		stat_add(s->t, m->at, GOT, 1);
	else
		stat_add(s->t, m->at, m->status & 1 << FAILED ? LOST : UNHEARD,
			 1);
	return true;
}

static bool
template_chat(void *arg, uint32_t chat)
{
	struct saying *s = arg;

	chat_messages(s->q->txn, chat, template_message, s);
	return kv_error(s->q->txn) == OK;
}

static bool
template_person(void *arg, uint32_t user)
{
	struct saying *s = arg;

	chats_of_user(s->q->txn, user, template_chat, s);
	return kv_error(s->q->txn) == OK;
}

enum err
templates_run(struct query *q, const struct bits *who, struct stat_table *t,
	      struct fault *f)
{
	struct saying s = {.q = q, .t = t};

	stats_people(q, who, template_person, &s);
	return kv_error(q->txn);
}
