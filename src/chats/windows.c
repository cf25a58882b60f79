/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Conversations of 24 hours, kept up: the first message of a person's chats, in
 * or out, opens one where none is open.  What comes behind the last opening
 * needs nothing but that; what comes late cuts anew from the conversation it
 * falls into, for which the messages from there on are read.
 */
#include "activity.h"

#include <stdlib.h>

void
windows_open(struct instants *at)
{
	size_t n = 0;

	for (size_t i = 0; i < at->n; i++)
		if (n == 0 || at->p[i] - at->p[n - 1] >= ACTIVITY_WINDOW_LENGTH)
			at->p[n++] = at->p[i];
	at->n = n;
}

/* Late --------------------------------------------------------------------- */

struct late {
	struct kv_txn *txn;
	int64_t from;
	struct instants at;
};

static bool
late_message(void *arg, const struct message_view *m)
{
	struct late *l = arg;

	if (message_kind(m->person, m->template, m->note) != 0)
		instants_add(&l->at, m->at);
	return true;
}

static bool
late_chat(void *arg, uint32_t chat)
{
	struct late *l = arg;

	chat_messages_between(l->txn, chat, l->from, INT64_MAX, late_message,
			      l);
	return kv_error(l->txn) == OK;
}

static bool
window_add(void *arg, int64_t at)
{
	instants_add(arg, at);
	return true;
}

static void
late_settle(struct chat_batch *c, uint32_t user, int64_t first)
{
	struct late l = {.txn = c->txn, .from = INSTANT_MIN};
	struct instants had = {0};
	size_t stays = 0;

	activity_each(c->txn, user, ACTIVITY_WINDOW, ACTIVITY_EVER_FROM,
		      ACTIVITY_EVER_TO, window_add, &had);
	while (stays < had.n && had.p[stays] <= first)
		l.from = had.p[stays++];
	if (stays > 0)
		stays--; /* opened by what is read first */
	chats_of_user(c->txn, user, late_chat, &l);
	instants_sort(&l.at);
	windows_open(&l.at);
	for (size_t i = stays; i < had.n; i++)
		deed_add(c,
			 (struct deed){user, ACTIVITY_WINDOW, false, had.p[i]});
	for (size_t i = 0; i < l.at.n; i++)
		deed_add(c,
			 (struct deed){user, ACTIVITY_WINDOW, true, l.at.p[i]});
	free(had.p);
	free(l.at.p);
}

/* A batch ------------------------------------------------------------------ */

static bool
is_message(const struct deed *d)
{
	return d->add &&
	       (d->kind == ACTIVITY_MESSAGE || d->kind == ACTIVITY_BOT ||
		d->kind == ACTIVITY_HUMAN || d->kind == ACTIVITY_TEMPLATE);
}

/* What a user's new messages open. */
static void
user_settle(struct chat_batch *c, uint32_t user, struct instants *said)
{
	int64_t last;
	bool any = activity_last(c->txn, user, ACTIVITY_WINDOW, &last);

	instants_sort(said);
	if (any && said->p[0] < last) {
		late_settle(c, user, said->p[0]);
		return;
	}
	for (size_t i = 0; i < said->n; i++) {
		if (any && said->p[i] - last < ACTIVITY_WINDOW_LENGTH)
			continue;
		last = said->p[i];
		any = true;
		deed_add(c, (struct deed){user, ACTIVITY_WINDOW, true, last});
	}
}

void
windows_settle(struct chat_batch *c, size_t n)
{
	struct instants said = {0};

	for (size_t i = 0, k; i < n && kv_error(c->txn) == OK; i = k) {
		uint32_t user = c->activity.deeds[i].user;

		said.n = 0;
		for (k = i; k < n && c->activity.deeds[k].user == user; k++)
			if (is_message(&c->activity.deeds[k]))
				instants_add(&said, c->activity.deeds[k].at);
		if (said.n > 0 && !activity_recounts(c, user))
			user_settle(c, user, &said);
	}
	free(said.p);
}
