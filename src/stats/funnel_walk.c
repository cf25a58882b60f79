/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Walking a funnel, person by person: from each time of the first step in the
 * period, the earliest later time of the next, and so on, as long as it is
 * within the window of the first.  What counts of a person is the walk that
 * got furthest, of several the earliest.
 *
 * Sets say who can have done a step at all; only of those who can have done
 * two of them are times read.
 */
#include "funnel.h"

#include <stdlib.h>

struct walker {
	struct query *q;
	const struct period *p;
	const struct funnel *fl;
	walked_fn *fn;
	void *arg;
	int64_t until;                      /* nothing from then on can count */
	struct bits *may[FUNNEL_STEPS_MAX]; /* users; NULL: anybody */
	struct bits *chats[FUNNEL_STEPS_MAX]; /* where it was said */
	struct listener *heard[FUNNEL_STEPS_MAX];
	struct times {
		int64_t *p;
		size_t n, cap;
	} times[FUNNEL_STEPS_MAX]; /* of one person, in order */
	uint32_t user;
	size_t step; /* being read */
};

static void
time_add(struct walker *w, int64_t at)
{
	struct times *t = &w->times[w->step];

	if (at < w->p->from || at >= w->until)
		return;
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 32;
		t->p = mem_grow(t->p, t->cap * sizeof(*t->p));
	}
	t->p[t->n++] = at;
}

/* What was done ------------------------------------------------------------ */

static bool
did_at(void *arg, int64_t at)
{
	time_add(arg, at);
	return true;
}

/* What was said ------------------------------------------------------------ */

static bool
said_message(void *arg, const struct message_view *m)
{
	struct walker *w = arg;

	if (m->at < w->p->from)
		return false;
	if (m->person == PERSON_USER && !m->note &&
	    listener_hears(w->heard[w->step], m->text))
		time_add(w, m->at);
	return true;
}

static bool
said_chat(void *arg, uint32_t chat)
{
	struct walker *w = arg;

	if (bits_has(w->chats[w->step], chat))
		chat_messages_back(w->q->txn, chat, w->until - 1, said_message,
				   w);
	return kv_error(w->q->txn) == OK;
}

/* What changed ------------------------------------------------------------- */

struct words {
	struct walker *walker;
	struct attr_said *p;
	size_t n, cap;
};

static void
word_add(void *arg, const struct attr_said *s)
{
	struct words *w = arg;

	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->p = mem_grow(w->p, w->cap * sizeof(*w->p));
	}
	w->p[w->n++] = *s;
}

static bool
told_add(void *arg, const struct told *t)
{
	struct attr_said s;

	attr_said_of(((struct words *)arg)->walker->q->arena, t, &s);
	word_add(arg, &s);
	return true;
}

static int
word_cmp(const void *x, const void *y)
{
	const struct attr_said *a = x, *b = y;

	return (a->at > b->at) - (a->at < b->at);
}

/* Those that were shown, oldest first: once a manager spoke, events do not
 * show. A change is one that shows another value than before, or the first. */
static void
words_walk(struct walker *w, struct words *words)
{
	const struct step *s = &w->fl->steps[w->step];
	uint64_t to = s->to.p ? hash64(s->to) : 0;
	const struct attr_said *shown = NULL;
	bool hand = false;

	if (words->n > 1)
		qsort(words->p, words->n, sizeof(*words->p), word_cmp);
	for (size_t i = 0; i < words->n; i++) {
		const struct attr_said *x = &words->p[i];
		bool had = shown && shown->has, same;

		if (hand && !x->hand)
			continue;
		hand |= x->hand;
		same = had == x->has &&
		       (!had || (s->to.p ? shown->folded == x->folded
					 : shown->exact == x->exact));
		shown = x;
		if (!same && (!s->to.p || (x->has && x->folded == to)))
			time_add(w, x->at);
	}
}

/* Where a manager spoke, or what there was is gone: all words of both. */
static void
all_words(struct walker *w, const struct catalog *c, struct words *words)
{
	const struct attr *a = w->fl->steps[w->step].attr;
	struct user_detail u;

	if (!user_detail(w->q->txn, c, w->user, w->q->arena, &u))
		return;
	for (size_t i = 0; i < u.n_attrs; i++) {
		if (u.attrs[i].attr->id != a->id)
			continue;
		told_add(words, &u.attrs[i].now);
		if (u.attrs[i].has_shadow)
			told_add(words, &u.attrs[i].shadow);
	}
}

static void
changed_times(struct walker *w)
{
	const struct attr *a = w->fl->steps[w->step].attr;
	const struct catalog *c = w->q->whole ? w->q->whole : w->q->catalog;
	struct words words = {.walker = w};
	struct told now = {0};
	struct user_view u;

	if (!user_view(w->q->txn, c, w->user, &u))
		return;
	user_history(w->q->txn, w->user, a, told_add, &words);
	user_sayings(w->q->txn, w->user, a, word_add, &words);
	now.has = user_value(&u, w->q->arena, w->q->txn, a, &now.value) &&
		  user_stamp(&u, a, &now.from);
	if (now.has && now.from.source != FROM_MANAGER)
		told_add(&words, &now);
	else if (now.has || words.n > 0)
		all_words(w, c, &words);
	words_walk(w, &words);
	free(words.p);
}

/* One person --------------------------------------------------------------- */

static int
time_cmp(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static void
step_times(struct walker *w, size_t i)
{
	const struct step *s = &w->fl->steps[i];
	struct times *t = &w->times[i];

	w->step = i;
	t->n = 0;
	if (w->may[i] && !bits_has(w->may[i], w->user))
		return;
	switch (s->kind) {
	case STEP_DID:
		activity_each(w->q->txn, w->user, s->activity, w->p->from,
			      w->until, did_at, w);
		return; /* in order already */
	case STEP_SAID:
		chats_of_user(w->q->txn, w->user, said_chat, w);
		break;
	case STEP_CHANGED:
		changed_times(w);
		break;
	}
	if (t->n > 1)
		qsort(t->p, t->n, sizeof(*t->p), time_cmp);
}

/* The first that is later; INSTANT_MAX: none. */
static int64_t
time_after(const struct times *t, int64_t at)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->p[middle] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->n ? t->p[low] : INSTANT_MAX;
}

static size_t
walk_from(const struct walker *w, size_t n, int64_t start, int64_t *at)
{
	int64_t end = span_move(w->p->zone, start, w->fl->window, 1);
	size_t depth = 1;

	for (at[0] = start; depth < n; depth++) {
		at[depth] = time_after(&w->times[depth], at[depth - 1]);
		if (at[depth] > end)
			break;
	}
	return depth;
}

/* Of the person whose times of the first n steps there are. */
static void
walk_best(struct walker *w, size_t n)
{
	int64_t at[FUNNEL_STEPS_MAX], best_at[FUNNEL_STEPS_MAX];
	size_t best = 0, depth;

	for (size_t i = 0; n > 0 && i < w->times[0].n && best < n; i++) {
		if (w->times[0].p[i] >= w->p->to)
			break;
		depth = walk_from(w, n, w->times[0].p[i], at);
		if (depth <= best)
			continue;
		best = depth;
		memcpy(best_at, at, depth * sizeof(*at));
	}
	if (best > 0)
		w->fn(w->arg, w->user, best, best_at);
}

static bool
walk_person(void *arg, uint32_t user)
{
	struct walker *w = arg;
	struct arena_mark mark = arena_mark(w->q->arena);
	size_t n = 0;

	w->user = user;
	for (; n < w->fl->n; n++) {
		step_times(w, n);
		if (w->times[n].n == 0)
			break;
	}
	arena_rewind(w->q->arena, mark);
	walk_best(w, n);
	return kv_error(w->q->txn) == OK;
}

/* The erased --------------------------------------------------------------- */

/* The times of one number are there. */
static void
gone_walk(struct walker *w)
{
	size_t n = 0;

	while (n < w->fl->n && w->times[n].n > 0)
		n++;
	walk_best(w, n);
	for (size_t i = 0; i < w->fl->n; i++)
		w->times[i].n = 0;
}

/* By number, kind and instant: each step's times come in order. */
static bool
gone_deed(void *arg, uint32_t number, uint16_t kind, int64_t at)
{
	struct walker *w = arg;

	if (number != w->user)
		gone_walk(w);
	w->user = number;
	for (w->step = 0; w->step < w->fl->n; w->step++)
		if (w->fl->steps[w->step].activity == kind)
			time_add(w, at);
	return true;
}

void
funnel_walk_erased(struct query *q, const struct period *p,
		   const struct funnel *fl, walked_fn *fn, void *arg)
{
	struct walker w = {.q = q, .p = p, .fl = fl, .fn = fn, .arg = arg};

	for (size_t i = 0; i < fl->n; i++)
		if (fl->steps[i].kind != STEP_DID)
			return;
	w.until = span_move(p->zone, p->to, fl->window, 1) + 1;
	erased_deeds(q->txn, gone_deed, &w);
	gone_walk(&w);
	for (size_t i = 0; i < fl->n; i++)
		free(w.times[i].p);
}

/* Everybody ---------------------------------------------------------------- */

static void
step_open(struct walker *w, size_t i)
{
	const struct step *s = &w->fl->steps[i];
	struct activity_in in = {.kind = s->activity,
				 .from = w->p->from,
				 .to = i == 0 ? w->p->to : w->until,
				 .times = 1};

	if (s->kind == STEP_DID)
		w->may[i] = activity_who(w->q->txn, &in);
	if (s->kind != STEP_SAID)
		return;
	w->chats[i] = search_said(w->q->txn, s->search);
	w->may[i] = archive_users(w->q->txn, w->chats[i]);
	w->heard[i] = listener_open(s->search);
}

static bool
walk_one_step(void *arg, uint32_t user)
{
	struct walker *w = arg;

	w->fn(w->arg, user, 1, NULL);
	return true;
}

/* Who did the first step and cannot have done the second need no reading. */
static void
walk_all(struct walker *w, const struct bits *who)
{
	struct bits *first =
	    w->may[0] ? bits_copy(w->may[0]) : people_everybody(w->q->txn);
	struct bits *one = NULL;

	if (who)
		bits_and(first, who);
	if (w->fl->steps[0].kind == STEP_DID && w->may[1]) {
		one = bits_copy(first);
		bits_minus(one, w->may[1]);
		bits_and(first, w->may[1]);
		stats_people(w->q, one, walk_one_step, w);
	}
	stats_people(w->q, first, walk_person, w);
	bits_free(one);
	bits_free(first);
}

void
funnel_walk(struct query *q, const struct bits *who, const struct period *p,
	    const struct funnel *fl, walked_fn *fn, void *arg)
{
	struct walker w = {.q = q, .p = p, .fl = fl, .fn = fn, .arg = arg};
	struct fault f = {0};

	for (size_t i = 0; i < fl->n; i++)
		if (fl->steps[i].kind == STEP_SAID &&
		    archive_ready(q->txn, &f) != OK) {
			kv_fail(q->txn, f.code, f.path, "%s", f.text);
			return;
		}
	w.until = span_move(p->zone, p->to, fl->window, 1) + 1;
	for (size_t i = 0; i < fl->n; i++)
		step_open(&w, i);
	walk_all(&w, who);
	for (size_t i = 0; i < fl->n; i++) {
		bits_free(w.may[i]);
		bits_free(w.chats[i]);
		listener_close(w.heard[i]);
		free(w.times[i].p);
	}
}
