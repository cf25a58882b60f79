/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Activity against arrays: chats, messages and events at random instants, some
 * on the edges of quarter-hours and spans, come late and out of order; users
 * are merged, parted again and erased.  Whoever did something so many times in
 * a random stretch is found by looking at every deed, and what is kept must be
 * what chats and timelines say (chats_check).  A few values are worked by hand.
 */
#include <rapport/chats.h>

#include "t/dice.h"
#include "t/tap.h"

#define USERS 40u
#define CHATS 60u
#define DEEDS_MAX 6000u
#define ROUNDS 120u
#define START INT64_C(1700000000000000)
#define DAY (INT64_C(86400) * SECOND_US)

enum what { WROTE, BEGAN, SIGNED, ORDERED, FLOWED, WHATS };
static const char *const names[WHATS] = {"message", "chat", "event:sign up",
					 "event:order", "flow:welcome"};

struct deed {
	unsigned who; /* by what it names */
	unsigned chat;
	enum what what;
	int64_t at;
	unsigned of;    /* whose it is now */
	uint32_t moved; /* by this merge; 0: not */
};

struct world {
	struct kv *kv;
	struct people *people;
	uint64_t dice;
	struct deed deeds[DEEDS_MAX];
	size_t n;
	uint32_t ids[USERS]; /* as the store has them; 0: not yet */
	unsigned of[USERS];  /* whom events of this user reach */
	uint32_t merges[USERS];
	bool gone[USERS];
	int64_t now;
	unsigned from, into, wrong;
};

static uint64_t
roll(struct world *w, uint64_t sides)
{
	return splitmix64(&w->dice) % sides;
}

/* Near an edge more often than not. */
static int64_t
some_instant(struct world *w)
{
	int64_t at = START + (int64_t)roll(w, 900) * DAY +
		     (int64_t)roll(w, 96) * QUARTER_HOUR;

	switch (roll(w, 4)) {
	case 0:
		return at / QUARTER_HOUR * QUARTER_HOUR + (int64_t)roll(w, 3) -
		       1;
	case 1: /* 2^15 quarter-hours, before 1970 too */
		return (int64_t)roll(w, 5) * 32768 * QUARTER_HOUR -
		       (int64_t)roll(w, 2);
	default:
		return at + (int64_t)roll(w, 1000000000);
	}
}

static struct deed *
deed_new(struct world *w, enum what what, int64_t at)
{
	struct deed *d = &w->deeds[w->n++];

	*d = (struct deed){.who = (unsigned)roll(w, USERS),
			   .what = what,
			   .at = at};
	return d;
}

static void
check(struct world *w, enum err e, const char *what)
{
	if (e != OK && w->wrong++ < 5)
		printf("# %s: %s\n", what, err_word(e));
}

static struct str
user_name(struct batch *b, unsigned who)
{
	return arena_printf(batch_arena(b), "u%u", who);
}

/* A chat of its own each, whose number says whose. */
static void
do_message(struct world *w, struct batch *b, struct chat_batch *c)
{
	unsigned chat = (unsigned)roll(w, CHATS);
	struct message_event m = {
	    .chat_id = arena_printf(batch_arena(b), "c%u", chat),
	    .person_id = user_name(b, chat % USERS),
	    .at = some_instant(w)};
	bool duplicate, note = roll(w, 5) == 0;
	int64_t first = INT64_MAX;

	m.note = note;
	m.person = !note && roll(w, 4) == 0 ? PERSON_BOT : PERSON_USER;
	if (w->gone[chat % USERS] || (note || m.person == PERSON_BOT))
		return; /* a bot's chat would have nobody yet */
	for (size_t i = 0; i < w->n; i++)
		if (w->deeds[i].what == BEGAN && w->deeds[i].chat == chat)
			first = w->deeds[i].at;
	if (first == INT64_MAX)
		return; /* it is not open yet */
	check(w, message_apply(c, &m, &duplicate, NULL), "message");
	*deed_new(w, WROTE, m.at) = (struct deed){.who = chat % USERS,
						  .chat = chat,
						  .what = WROTE,
						  .at = m.at};
}

/* Opened once; what was opened before moves when it turns out earlier. */
static void
do_chat(struct world *w, struct batch *b, struct chat_batch *c)
{
	unsigned chat = (unsigned)roll(w, CHATS);
	struct chat_event e = {
	    .chat_id = arena_printf(batch_arena(b), "c%u", chat),
	    .user_id = user_name(b, chat % USERS),
	    .at = INSTANT_NONE,
	    .opened = some_instant(w),
	    .closed = INSTANT_NONE,
	    .snoozed = INSTANT_NONE};
	struct deed *known = NULL;

	if (w->gone[chat % USERS])
		return;
	for (size_t i = 0; i < w->n; i++)
		if (w->deeds[i].what == BEGAN && w->deeds[i].chat == chat)
			known = &w->deeds[i];
	check(w, chat_apply(c, &e, NULL), "chat");
	if (known == NULL) {
		known = deed_new(w, BEGAN, e.opened);
		known->who = chat % USERS;
		known->chat = chat;
	} else if (e.opened < known->at) { /* opened, and then again: once */
		known->at = e.opened;
	}
}

static void
do_named(struct world *w, struct batch *b, struct chat_batch *c)
{
	enum what what = (enum what)(SIGNED + roll(w, 3));
	bool flow = what == FLOWED;
	struct deed *d = deed_new(w, what, some_instant(w));
	struct activity_name name;
	const char *tail = strchr(names[what], ':') + 1;
	struct str json;
	uint32_t user;

	if (w->gone[d->who]) {
		w->n--;
		return;
	}
	json = flow ? arena_printf(batch_arena(b),
				   "{\"type\":\"flow\",\"flow\":\"%s\","
				   "\"event\":\"started\"}",
				   tail)
		    : arena_printf(batch_arena(b),
				   "{\"type\":\"event\",\"name\":\"%s\"}",
				   tail);
	check(w, activity_name(c, flow ? "flow" : "event", str_of(tail), &name,
			       NULL),
	      "name");
	check(w, batch_user(b, user_name(b, d->who), &user, NULL), "user");
	batch_trail(b, user, d->at, json);
	activity_did(c, &name, user, d->at);
	d->of = w->of[d->who];
}

/* Whose a deed is: chats by whom they name, timelines by whom they were given
 * to and moved to. */
static unsigned
whose(const struct world *w, const struct deed *d)
{
	return d->what <= BEGAN ? w->of[d->who] : d->of;
}

typedef void act_fn(struct world *w, struct batch *b, struct chat_batch *c);
struct write {
	struct world *w;
	act_fn *act;
};

static enum err
write_body(struct kv_txn *txn, void *arg)
{
	struct write *x = arg;
	struct batch *b = batch_begin(x->w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	x->act(x->w, b, c);
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return kv_error(txn);
}

static void
write_do(struct world *w, act_fn *act, const char *what)
{
	struct write x = {w, act};
	struct fault f = {0};
	enum err e = kv_write(w->kv, write_body, &x, &f);

	if (e != OK)
		printf("# %s: %s\n", what, f.text);
	check(w, e, what);
}

static void
act_events(struct world *w, struct batch *b, struct chat_batch *c)
{
	static act_fn *const acts[] = {do_message, do_message, do_chat,
				       do_named, do_named};

	for (uint64_t n = 1 + roll(w, 60); n > 0 && w->n < DEEDS_MAX; n--)
		acts[roll(w, COUNT(acts))](w, b, c);
}

static void
act_merge(struct world *w, struct batch *b, struct chat_batch *c)
{
	uint32_t from = w->ids[w->from], into = w->ids[w->into];

	check(w, batch_merge(b, from, into, w->now, NULL), "merge");
	chats_follow(c, from, into);
	w->merges[w->from] = batch_merge_id(b);
}

static void
act_undo(struct world *w, struct batch *b, struct chat_batch *c)
{
	struct merge m;

	check(w, batch_merge_undo(b, w->merges[w->from], w->now, &m, NULL),
	      "undo");
	chats_part(c, m.from, m.into);
}

static void
act_erase(struct world *w, struct batch *b, struct chat_batch *c)
{
	struct erasure gone = {0}, paper;

	chats_erase(c, w->ids[w->from], &gone);
	check(w, batch_erase(b, w->ids[w->from], ERASE_FORGET, w->now, &paper,
			     NULL),
	      "erase");
}

static enum err
ids_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;

	for (unsigned u = 0; u < USERS; u++) {
		char name[16];
		uint32_t id;

		snprintf(name, sizeof(name), "u%u", u);
		if (w->ids[u] == 0 && user_find(txn, str_of(name), &id))
			w->ids[u] = id;
	}
	return kv_error(txn);
}

/* A merge of two who are not merged, its undoing, or an end. */
static void
someone(struct world *w)
{
	unsigned a = (unsigned)roll(w, USERS), b = (unsigned)roll(w, USERS);
	bool heads = true;

	w->from = a;
	w->into = b;
	if (w->gone[a] || w->ids[a] == 0)
		return;
	for (unsigned u = 0; u < USERS; u++)
		heads &= u == a || w->of[u] != a;
	if (w->of[a] != a) { /* merged, and nothing was merged on */
		unsigned into = w->of[a];

		write_do(w, act_undo, "undo");
		for (size_t i = 0; i < w->n; i++)
			if (w->deeds[i].moved == w->merges[a]) {
				w->deeds[i].of = a;
				w->deeds[i].moved = 0;
			}
		w->of[a] = a;
		(void)into;
	} else if (a != b && heads && w->of[b] == b && !w->gone[b] &&
		   w->ids[b] != 0 && roll(w, 4) != 0) {
		write_do(w, act_merge, "merge");
		for (size_t i = 0; i < w->n; i++)
			if (w->deeds[i].what > BEGAN && w->deeds[i].of == a) {
				w->deeds[i].of = b;
				w->deeds[i].moved = w->merges[a];
			}
		w->of[a] = b;
	} else if (heads && roll(w, 3) == 0) {
		write_do(w, act_erase, "erase");
		w->gone[a] = true;
		for (size_t i = 0; i < w->n;)
			if (whose(w, &w->deeds[i]) == a)
				w->deeds[i] = w->deeds[--w->n];
			else
				i++;
	}
}

/* Questions ---------------------------------------------------------------- */

static bool
naive_did(const struct world *w, unsigned user, enum what what,
	  const struct activity_in *in)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += w->deeds[i].what == what &&
		     whose(w, &w->deeds[i]) == user &&
		     w->deeds[i].at >= in->from && w->deeds[i].at < in->to;
	return n >= in->times;
}

static void
ask_one(struct world *w, struct kv_txn *txn)
{
	enum what what = (enum what)roll(w, WHATS);
	struct activity_in in = {.from = some_instant(w),
				 .to = some_instant(w),
				 .times = 1 + roll(w, 2) * roll(w, 5)};
	uint64_t expected = 0;
	struct bits *who;

	if (!activity_find(txn, str_of(names[what]), &in.kind))
		return;
	if (roll(w, 4) == 0)
		in.from = ACTIVITY_EVER_FROM;
	if (roll(w, 4) == 0)
		in.to = roll(w, 2) ? ACTIVITY_EVER_TO : in.from + 5;
	who = activity_who(txn, &in);
	for (unsigned u = 0; u < USERS; u++) {
		bool did = w->of[u] == u && w->ids[u] != 0 &&
			   naive_did(w, u, what, &in);

		expected += did;
		if (w->of[u] == u && w->ids[u] != 0 &&
		    bits_has(who, w->ids[u]) != did && w->wrong++ < 5)
			printf("# user %u did%s %s %llu times in %lld .. "
			       "%lld\n",
			       u, did ? "" : " not", names[what],
			       (unsigned long long)in.times, (long long)in.from,
			       (long long)in.to);
	}
	if (bits_count(who) != expected && w->wrong++ < 5)
		printf("# %llu users, expected %llu\n",
		       (unsigned long long)bits_count(who),
		       (unsigned long long)expected);
	bits_free(who);
}

static enum err
ask_body(struct kv_txn *txn, void *arg)
{
	for (int i = 0; i < 40; i++)
		ask_one(arg, txn);
	return kv_error(txn);
}

static void
tell(void *arg, struct str sentence)
{
	(void)arg;
	printf("# %.*s\n", STR_ARG(sentence));
}

static uint64_t
differences(struct world *w, report_fn *report)
{
	uint64_t n = 0;

	check(w, chats_check(w->people, w->kv, report, NULL, &n, NULL),
	      "check");
	return n;
}

static void
test_random(struct world *w)
{
	struct reindex_in in = {.memory = 1u << 20, .tmp_dir = "/tmp"};
	uint64_t found = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		write_do(w, act_events, "events");
		check(w, kv_read(w->kv, ids_body, w, NULL), "ids");
		someone(w);
		check(w, kv_read(w->kv, ask_body, w, NULL), "ask");
		if (i % 10 == 9)
			found += differences(w, tell);
	}
	ok(w->n > 500, "%zu deeds are left", w->n);
	is_int(w->wrong, 0, "everybody who did, and nobody else, is found");
	is_int((int64_t)found, 0, "what is kept is what was done");
	is_int(store_reindex(w->people, w->kv, &in, NULL), OK,
	       "it is made anew from chats and timelines");
	check(w, kv_read(w->kv, ask_body, w, NULL), "ask");
	is_int((int64_t)differences(w, tell), 0, "and is the same");
	is_int(w->wrong, 0, "and answers the same");
}

/* By hand ------------------------------------------------------------------ */

static void
act_three(struct world *w, struct batch *b, struct chat_batch *c)
{
	static const int64_t at[] = {0, 0, 899999999, 900000000, -1};
	struct activity_name name;
	uint32_t user;

	check(w, activity_name(c, "event", S("by hand"), &name, NULL), "name");
	check(w, batch_user(b, S("hand"), &user, NULL), "user");
	for (size_t i = 0; i < COUNT(at); i++) {
		batch_trail(b, user, at[i],
			    S("{\"type\":\"event\",\"name\":\"by hand\"}"));
		activity_did(c, &name, user, at[i]);
	}
}

static enum err
hand_body(struct kv_txn *txn, void *arg)
{
	static const struct {
		int64_t from, to;
		uint64_t times;
		bool did;
	} rows[] = {
	    {0, 1, 2, true}, /* the instant itself, twice */
	    {0, 1, 3, false},
	    {1, 899999999, 1, false}, /* `to` is not in it */
	    {1, 900000000, 1, true},
	    {1, 900000001, 2, true},
	    {-1, 0, 1, true},
	    {-1, 0, 2, false},
	    {-QUARTER_HOUR, 2 * QUARTER_HOUR, 5, true},
	    {ACTIVITY_EVER_FROM, ACTIVITY_EVER_TO, 5, true},
	    {ACTIVITY_EVER_FROM, ACTIVITY_EVER_TO, 6, false},
	    {900000001, ACTIVITY_EVER_TO, 1, false},
	    {5, 5, 1, false},
	};
	struct activity_in in;

	(void)arg;
	if (!activity_find(txn, S("event:by hand"), &in.kind))
		ok(false, "the name is known");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bits *who;

		in = (struct activity_in){.kind = in.kind,
					  .from = rows[i].from,
					  .to = rows[i].to,
					  .times = rows[i].times};
		who = activity_who(txn, &in);
		is_int(bits_count(who), rows[i].did, "stretch %zu", i);
		bits_free(who);
	}
	is_int(quarter_of(-1), -1, "a microsecond before 1970 is the quarter "
				   "before");
	is_int(quarter_of(899999999), 0, "the first lasts 15 minutes");
	is_int(quarter_of(900000000), 1, "to the microsecond");
	ok(!activity_find(txn, S("event:By hand"), &in.kind) &&
	       !activity_find(txn, S("event:"), &in.kind) &&
	       !activity_find(txn, S("flow:by hand"), &in.kind),
	   "a name nobody has is not known");
	return OK;
}

/* More of one user in one span than a piece holds. */
static void
act_many(struct world *w, struct batch *b, struct chat_batch *c)
{
	struct activity_name name;
	uint32_t user;

	check(w, activity_name(c, "event", S("many"), &name, NULL), "name");
	check(w, batch_user(b, S("many"), &user, NULL), "user");
	for (unsigned i = 0; i < 1300; i++) {
		int64_t at = START + (int64_t)roll(w, 1000000000);

		batch_trail(b, user, at,
			    S("{\"type\":\"event\",\"name\":\"many\"}"));
		activity_did(c, &name, user, at);
	}
}

static enum err
break_body(struct kv_txn *txn, void *arg)
{
	struct posting at = {.attr = A_ACTIVITY + ACTIVITY_MESSAGE,
			     .level = LEVEL_SET,
			     .value = S("")};
	struct delta *d = delta_new();
	struct kv_cursor *c = kv_cursor(txn, SP_ACTIVITY, S("i"));
	uint8_t key[KV_KEY_MAX];
	struct wr w = wr_of(key, sizeof(key));

	(void)arg;
	kv_seek_last(c, STR_NONE);
	wr_bytes(&w, kv_key(c));
	kv_cursor_close(c);
	kv_del(txn, SP_ACTIVITY, wr_out(&w));
	delta_change(d, at, 4000000, true);
	delta_flush(d, txn);
	delta_free(d);
	return kv_error(txn);
}

int
main(void)
{
	struct kv_options options = {0};
	struct reindex_in in = {.memory = 1u << 20, .tmp_dir = "/tmp"};
	struct world *w = mem_new(sizeof(*w));
	const char *seed = getenv("RAPPORT_SEED");
	struct fault f = {0};

	w->dice = seed ? strtoull(seed, NULL, 10) : random_u64() % 1000000;
	printf("# RAPPORT_SEED=%llu\n", (unsigned long long)w->dice);
	if (kv_open(&w->kv, &options, &f) != OK)
		return 1;
	w->people = people_open(w->kv);
	for (unsigned u = 0; u < USERS; u++)
		w->of[u] = u;
	test_random(w);
	write_do(w, act_three, "by hand");
	check(w, kv_read(w->kv, hand_body, w, NULL), "by hand");
	for (int i = 0; i < 3; i++)
		write_do(w, act_many, "many");
	is_int((int64_t)differences(w, tell), 0, "pieces are full but the last");
	check(w, kv_write(w->kv, break_body, w, NULL), "break");
	ok(differences(w, NULL) >= 2, "what is missing and what is too much is "
				      "seen");
	is_int(store_reindex(w->people, w->kv, &in, NULL), OK, "and mended");
	is_int((int64_t)differences(w, tell), 0, "wholly");
	is_int(w->wrong, 0, "and nothing failed");
	people_close(w->people);
	kv_close(w->kv);
	free(w);
	return done_testing();
}
