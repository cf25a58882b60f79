/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The times of chats: examples worked by hand, one a line of the sheet's
 * definitions, each sent in its order and backwards; then random chats whose
 * events come in random order and twice, against a model that looks for the
 * answer of each reply by the definition, with loops over everything.
 */
#include <rapport/chats.h>

#include "../../dice.h"
#include "../../tap.h"

#define MINUTE_US (60 * SECOND_US)
#define MESSAGES_MAX 24u
#define STATES_MAX 10u

/* An event of a chat, by minute since the chat's first Friday 16:00. */
struct happening {
	int minute;
	char what; /* o c s: state; u b m: who speaks; t: template by a
		    * manager; n: note by a manager */
};

struct world {
	struct kv *kv;
	struct people *people;
	const char *chat;
	const struct happening *events;
	size_t n;
	const uint8_t *order;
	struct arena arena;
	const struct hours *hours;
	struct chat_times times;
};

static uint64_t seed;

static uint64_t
next_random(uint64_t below)
{
	return xorshift64(&seed) % below;
}

static int64_t
begin_at(void)
{
	int64_t at = 0;

	return instant_parse(S("2026-11-20T16:00:00Z"), &at) ? at : 0;
}

static int64_t
minute_at(int minute)
{
	return begin_at() + minute * MINUTE_US;
}

static void
apply(struct chat_batch *c, const char *chat, const struct happening *h,
      size_t i)
{
	char id[64];
	bool duplicate;
	enum err e;

	snprintf(id, sizeof(id), "%s-%zu", chat, i);
	if (strchr("ocs", h->what)) {
		struct chat_event s = {
		    .chat_id = str_of(chat),
		    .user_id = S("u"),
		    .at = minute_at(h->minute),
		    .opened = INSTANT_NONE,
		    .closed = INSTANT_NONE,
		    .snoozed = INSTANT_NONE,
		    .has_state = true,
		    .state = h->what == 'o'   ? CHAT_OPENED
			     : h->what == 's' ? CHAT_SNOOZED
					      : CHAT_CLOSED};

		e = chat_apply(c, &s, NULL);
	} else {
		struct message_event m = {
		    .chat_id = str_of(chat),
		    .message_id = str_of(id),
		    .person_id = h->what == 'u' ? S("u") : S("other"),
		    .text = S("words"),
		    .person = h->what == 'u'   ? PERSON_USER
			      : h->what == 'b' ? PERSON_BOT
					       : PERSON_MANAGER,
		    .at = minute_at(h->minute),
		    .template = h->what == 't',
		    .note = h->what == 'n'};

		e = message_apply(c, &m, &duplicate, NULL);
	}
	if (e != OK)
		abort();
}

static enum err
send_all(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	for (size_t i = 0; i < w->n; i++)
		apply(c, w->chat, &w->events[w->order[i]], w->order[i]);
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return OK;
}

static enum err
look(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct chat_view view;
	uint32_t id;

	if (!chat_find(txn, str_of(w->chat), &id) ||
	    !chat_view(txn, &w->arena, id, &view))
		abort();
	chat_times(txn, &w->arena, &view, w->hours, &w->times);
	return OK;
}

static void
run(struct world *w, kv_fn *fn)
{
	struct fault f = {0};

	if ((fn == look ? kv_read(w->kv, fn, w, &f)
			: kv_write(w->kv, fn, w, &f)) != OK)
		abort();
}

/* By hand ------------------------------------------------------------------ */

/* Waiting, total, average, replies, resolution, hold in minutes; -1: null. */
struct want {
	int waiting, total, average, replies, resolution, hold;
	int open_waiting, open_total, open_average, open_replies,
	    open_resolution;
};
static const struct example {
	const char *name;
	struct happening events[14]; /* what 0 ends */
	struct want want;
} examples[] = {
    /* The week is Monday to Friday, 09:00 to 18:00 UTC, from the year 1; the
     * first minute is Friday 16:00, so minute 120 is the close and minute
     * 3900 Monday 09:00. */
    {"an answer after ten minutes",
     {{0, 'o'}, {0, 'u'}, {10, 'm'}, {30, 'c'}},
     {10, 10, 10, 1, 30, 0, 10, 10, 10, 1, 30}},
    {"a bot first does not stop the clock",
     {{0, 'o'}, {0, 'u'}, {1, 'b'}, {3, 'u'}, {4, 'b'}, {20, 'm'}, {40, 'c'}},
     {20, 20, 20, 1, 40, 0, 20, 20, 20, 1, 40}},
    {"a manager first: the clock begins with the person",
     {{0, 'o'}, {1, 'm'}, {11, 'u'}, {16, 'm'}, {20, 'c'}},
     {5, 5, 5, 1, 20, 0, 5, 5, 5, 1, 20}},
    {"a burst of messages counts once, from its first",
     {{0, 'o'}, {0, 'u'}, {1, 'u'}, {2, 'u'}, {12, 'm'}, {13, 'm'},
      {20, 'u'}, {24, 'm'}, {60, 'c'}},
     {12, 16, 8, 2, 60, 0, 12, 16, 8, 2, 60}},
    {"closed unanswered: null, not 0",
     {{0, 'o'}, {0, 'u'}, {5, 'b'}, {30, 'c'}},
     {-1, -1, -1, 0, 30, 0, -1, -1, -1, 0, 30}},
    {"answered only after the close: still unanswered",
     {{0, 'o'}, {0, 'u'}, {30, 'c'}, {31, 'm'}},
     {-1, -1, -1, 0, 30, 0, -1, -1, -1, 0, 30}},
    {"notes and templates answer nobody",
     {{0, 'o'}, {0, 'u'}, {3, 'n'}, {5, 't'}, {50, 'm'}, {60, 'c'}},
     {50, 50, 50, 1, 60, 0, 50, 50, 50, 1, 60}},
    {"still open: no resolution",
     {{0, 'o'}, {0, 'u'}, {7, 'm'}},
     {7, 7, 7, 1, -1, 0, 7, 7, 7, 1, -1}},
    {"snoozed over a weekend: Friday 17:00 to Monday 10:00",
     {{0, 'o'}, {30, 'u'}, {60, 's'}, {3960, 'o'}, {3970, 'm'}, {3980, 'c'}},
     {3940, 3940, 3940, 1, 3980, 3900, 160, 160, 160, 1, 200}},
    {"still snoozed: how long is not known yet",
     {{0, 'o'}, {0, 'u'}, {5, 'm'}, {60, 's'}},
     {5, 5, 5, 1, -1, -1, 5, 5, 5, 1, -1}},
    {"closed while snoozed ends the hold",
     {{0, 'o'}, {10, 's'}, {25, 'c'}},
     {-1, -1, -1, 0, 25, 15, -1, -1, -1, 0, 25}},
    {"asked and answered out of hours: 0, not null",
     {{130, 'o'}, {140, 'u'}, {200, 'm'}, {220, 'c'}},
     {60, 60, 60, 1, 90, 0, 0, 0, 0, 1, 0}},
    {"reopened: waiting is of the latest episode, replies of both",
     {{0, 'o'}, {0, 'u'}, {10, 'm'}, {20, 'c'}, {50, 'o'}, {52, 'u'},
      {56, 'm'}, {90, 'c'}},
     {4, 14, 7, 2, 40, 0, 4, 14, 7, 2, 40}},
    {"reopened and not answered again",
     {{0, 'o'}, {0, 'u'}, {10, 'm'}, {20, 'c'}, {50, 'o'}, {52, 'u'}},
     {-1, 10, 10, 1, -1, 0, -1, 10, 10, 1, -1}},
    {"what was left unanswered at a close is not answered later",
     {{0, 'o'}, {0, 'u'}, {20, 'c'}, {50, 'o'}, {52, 'm'}, {60, 'u'},
      {70, 'm'}, {80, 'c'}},
     {10, 10, 10, 1, 30, 0, 10, 10, 10, 1, 30}},
    {"written while closed waits from the opening",
     {{0, 'o'}, {20, 'c'}, {30, 'u'}, {50, 'o'}, {52, 'm'}, {80, 'c'}},
     {2, 2, 2, 1, 30, 0, 2, 2, 2, 1, 30}},
    {"written and answered while closed is over",
     {{0, 'o'}, {20, 'c'}, {30, 'u'}, {40, 'm'}, {50, 'o'}, {52, 'm'}},
     {-1, -1, -1, 0, -1, 0, -1, -1, -1, 0, -1}},
    {"no state at all: open from the first message",
     {{0, 'u'}, {9, 'm'}},
     {9, 9, 9, 1, -1, 0, 9, 9, 9, 1, -1}},
    {"only the close is known: open from the first message",
     {{0, 'u'}, {9, 'm'}, {15, 'c'}},
     {9, 9, 9, 1, 15, 0, 9, 9, 9, 1, 15}},
};

static int
minutes_of(int64_t duration)
{
	return duration == DURATION_NONE ? -1 : (int)(duration / MINUTE_US);
}

static void
is_times(const struct chat_times *t, const struct want *w, const char *name)
{
	const struct chat_clock *a = &t->all, *o = &t->operation;
	char got[160], want[160];

	snprintf(got, sizeof(got),
		 "%d %d %d %d %d hold %d; open %d %d %d %d %d",
		 minutes_of(a->waiting), minutes_of(a->reply_total),
		 minutes_of(a->reply_average), (int)a->replies,
		 minutes_of(a->resolution), minutes_of(t->hold),
		 minutes_of(o->waiting), minutes_of(o->reply_total),
		 minutes_of(o->reply_average), (int)o->replies,
		 minutes_of(o->resolution));
	snprintf(want, sizeof(want),
		 "%d %d %d %d %d hold %d; open %d %d %d %d %d", w->waiting,
		 w->total, w->average, w->replies, w->resolution, w->hold,
		 w->open_waiting, w->open_total, w->open_average,
		 w->open_replies, w->open_resolution);
	is_str(str_of(got), str_of(want), "%s", name);
}

static void
test_by_hand(struct world *w)
{
	static const struct want none = {.open_waiting = -1,
					 .open_total = -1,
					 .open_average = -1,
					 .open_replies = -1,
					 .open_resolution = -1};

	for (size_t i = 0; i < COUNT(examples); i++) {
		const struct example *x = &examples[i];
		const struct hours *hours = w->hours;
		uint8_t order[14];
		char chat[32], name[128];
		struct want want = none;

		w->events = x->events;
		w->order = order;
		for (w->n = 0; x->events[w->n].what; w->n++)
			order[w->n] = (uint8_t)w->n;
		for (int back = 0; back < 2; back++) {
			snprintf(chat, sizeof(chat), "hand-%zu-%d", i, back);
			snprintf(name, sizeof(name), "%s%s", x->name,
				 back ? ", backwards" : "");
			w->chat = chat;
			run(w, send_all);
			run(w, send_all); /* and all of it twice */
			run(w, look);
			is_times(&w->times, &x->want, name);
			for (size_t k = 0; k < w->n; k++)
				order[k] = (uint8_t)(w->n - 1 - k);
		}
		want = x->want;
		want.open_waiting = want.open_total = want.open_average = -1;
		want.open_replies = want.open_resolution = -1;
		w->hours = NULL;
		run(w, look);
		w->hours = hours;
		is_times(&w->times, &want, "no hours set: those are null");
		arena_reset(&w->arena);
	}
}

/* When the hours begin in the middle, what was before cannot be told. */
static void
test_hours_begin(struct world *w)
{
	static const struct happening events[] = {
	    {0, 'o'}, {0, 'u'}, {10, 'm'}, {20, 'u'}, {26, 'm'}, {30, 'c'}};
	static const uint8_t order[] = {0, 1, 2, 3, 4, 5};
	static const struct want want = {10, 16, 8,  2,  30, 0,
					 -1, -1, -1, -1, -1};
	struct schedule late = w->hours->at[0];
	struct hours h = {&late, 1};
	const struct hours *hours = w->hours;

	late.from = minute_at(5);
	w->hours = &h;
	w->events = events;
	w->n = COUNT(events);
	w->order = order;
	w->chat = "late";
	run(w, send_all);
	run(w, look);
	is_times(&w->times, &want, "hours that begin after the question");
	w->hours = hours;
}

/* Random ------------------------------------------------------------------- */

struct model {
	int opened[STATES_MAX + 1], closed[STATES_MAX + 1]; /* -1: open */
	int hold[STATES_MAX + 1];
	int n;
};

static int
by_minute(const void *a, const void *b)
{
	const struct happening *x = a, *y = b;

	return x->minute - y->minute;
}

static void
model_episodes(struct model *m, const struct happening *e, size_t n)
{
	char state = 'c';
	int since = -1;

	*m = (struct model){0};
	for (size_t i = 0; i < n; i++) {
		if (!strchr("ocs", e[i].what))
			continue;
		if (state == 's')
			m->hold[m->n - 1] += e[i].minute - since;
		if (state == 'c' && e[i].what != 'c') {
			m->opened[m->n] = e[i].minute;
			m->closed[m->n++] = -1;
		}
		if (state != 'c' && e[i].what == 'c')
			m->closed[m->n - 1] = e[i].minute;
		state = e[i].what;
		since = e[i].minute;
	}
	if (state == 's')
		m->hold[m->n - 1] = -1;
}

static int
model_in(const struct model *m, int minute)
{
	for (int i = 0; i < m->n; i++)
		if (minute >= m->opened[i] &&
		    (m->closed[i] < 0 || minute <= m->closed[i]))
			return i;
	return -1;
}

/* When a message of the person begins to wait, or -1: never. */
static int
model_begins(const struct model *m, int minute)
{
	if (model_in(m, minute) >= 0)
		return minute;
	for (int i = 0; i < m->n; i++)
		if (m->opened[i] > minute)
			return m->opened[i];
	return -1;
}

/* What the reply e[at] answers, or -1: nothing. */
static int
model_asked(const struct model *m, const struct happening *e, size_t at)
{
	int in = model_in(m, e[at].minute), first = -1;

	for (size_t k = at; in >= 0 && k-- > 0 && e[k].what != 'm';) {
		int begins =
		    e[k].what == 'u' ? model_begins(m, e[k].minute) : -1;

		if (begins >= m->opened[in])
			first = begins;
	}
	return first;
}

static void
model_times(const struct happening *e, size_t n, struct want *out)
{
	struct model m;
	int last;

	model_episodes(&m, e, n);
	last = m.n - 1;
	*out = (struct want){.waiting = -1, .total = -1, .average = -1};
	for (size_t i = 0; i < n; i++) {
		int asked = e[i].what == 'm' ? model_asked(&m, e, i) : -1;

		if (asked < 0)
			continue;
		out->replies++;
		out->total += e[i].minute - asked + (out->total < 0);
		if (model_in(&m, e[i].minute) == last && out->waiting < 0)
			out->waiting = e[i].minute - asked;
	}
	if (out->replies > 0)
		out->average = out->total / out->replies;
	out->resolution =
	    m.closed[last] < 0 ? -1 : m.closed[last] - m.opened[last];
	for (int i = 0; i < m.n; i++)
		out->hold = m.hold[i] < 0 ? -1 : out->hold + m.hold[i];
	/* Always open: the same again. */
	out->open_waiting = out->waiting;
	out->open_total = out->total;
	out->open_average = out->average;
	out->open_replies = out->replies;
	out->open_resolution = out->resolution;
}

static size_t
random_events(struct happening *e)
{
	size_t n = 2 + next_random(STATES_MAX + MESSAGES_MAX - 2), states = 1;

	/* Minutes are distinct: what two events of one instant mean depends on
	 * which came first. */
	e[0] = (struct happening){1, 'o'};
	for (size_t i = 1; i < n; i++) {
		e[i].minute = 3 * (int)i - 2 + (int)next_random(3);
		e[i].what = "uuuummmbnt"[next_random(10)];
		if (states < STATES_MAX && next_random(4) == 0) {
			e[i].what = "oocs"[next_random(4)];
			states++;
		}
	}
	e[0].minute = 0;
	qsort(e, n, sizeof(*e), by_minute);
	return n;
}

static void
test_random(struct world *w)
{
	static const struct open_span all_day[] = {{0, DAY_MINUTES}};
	struct schedule s = {INSTANT_MIN, zone_find(S("UTC")), {{0}}, NULL, 0};
	struct hours always = {&s, 1};
	const struct hours *hours = w->hours;
	int failed = tap_failed;

	for (int d = 0; d < 7; d++)
		s.week[d] = (struct open_day){all_day, 1};
	w->hours = &always;
	printf("# seed %" PRIu64 "\n", seed);
	for (int i = 0; i < 300 && tap_failed == failed; i++) {
		struct happening e[STATES_MAX + MESSAGES_MAX];
		uint8_t order[2 * COUNT(e)];
		struct want want;
		char chat[32], name[32];

		w->events = e;
		w->n = random_events(e);
		model_times(e, w->n, &want);
		for (size_t k = 0; k < w->n; k++) {
			size_t to = next_random(k + 1);

			order[k] = order[to];
			order[to] = (uint8_t)k;
		}
		for (size_t k = next_random(w->n), n = w->n; k > 0; k--)
			order[w->n++] = (uint8_t)next_random(n);
		w->order = order;
		snprintf(chat, sizeof(chat), "random-%d", i);
		snprintf(name, sizeof(name), "random chat %d", i);
		w->chat = chat;
		run(w, send_all);
		run(w, look);
		is_times(&w->times, &want, name);
		arena_reset(&w->arena);
	}
	w->hours = hours;
}

int
main(void)
{
	static const struct open_span office[] = {{9 * 60, 18 * 60}};
	struct kv_options o = {0};
	struct schedule week = {INSTANT_MIN, zone_find(S("UTC")), {{0}}, NULL,
				0};
	struct hours hours = {&week, 1};
	struct world w = {.hours = &hours};
	const char *given = getenv("RAPPORT_SEED");

	seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_now() | 1;
	for (int d = 0; d < 5; d++)
		week.week[d] = (struct open_day){office, 1};
	if (kv_open(&w.kv, &o, NULL) != OK)
		abort();
	w.people = people_open(w.kv);
	arena_init(&w.arena);
	test_by_hand(&w);
	test_hours_begin(&w);
	test_random(&w);
	arena_fini(&w.arena);
	people_close(w.people);
	kv_close(w.kv);
	return done_testing();
}
