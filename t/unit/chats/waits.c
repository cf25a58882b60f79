/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Waits as they are kept against the times of every chat: events of more chats
 * than may be old at a time come in any order; people are merged, and erased
 * with their totals kept or not.  Whatever stretch is asked for, of whomever,
 * the waits must be those that chat_times says of the chats as they stand, and
 * of the erased those it said before.
 */
#include <rapport/chats/waits.h>

#include "t/dice.h"
#include "t/tap.h"

#define CHATS 1700u
#define PEOPLE 600u
#define ROUNDS 24u
#define MANY 40000u
#define START INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define DAY (INT64_C(86400) * SECOND_US)

struct world {
	struct kv *kv;
	struct people *people;
	struct arena arena;
	uint64_t dice, wrong;
	uint32_t ids[PEOPLE];
	bool gone[PEOPLE], merged[PEOPLE];
	struct wait *kept; /* of the erased */
	size_t n_kept;
	unsigned who;
	bool keep;
};

static uint64_t
roll(struct world *w, uint64_t sides)
{
	return splitmix64(&w->dice) % sides;
}

static void
check(struct world *w, enum err e, const char *what)
{
	if (e != OK && w->wrong++ < 5)
		printf("# %s: %s\n", what, err_word(e));
}

static int64_t
some_instant(struct world *w)
{
	return START + (int64_t)roll(w, 20) * DAY +
	       (int64_t)roll(w, 3) * (DAY / 3) + (int64_t)roll(w, 1000);
}

/* Writing ------------------------------------------------------------------ */

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

	check(w, kv_write(w->kv, write_body, &x, NULL), what);
}

static void
some_event(struct world *w, struct batch *b, struct chat_batch *c)
{
	unsigned chat = (unsigned)roll(w, CHATS), u = chat % PEOPLE;
	struct str id = arena_printf(batch_arena(b), "c%u", chat);
	struct str user = arena_printf(batch_arena(b), "u%u", u);
	int64_t at = some_instant(w);
	bool duplicate;

	if (w->gone[u])
		return;
	if (roll(w, 3) == 0) {
		struct chat_event e = {.chat_id = id,
				       .user_id = user,
				       .at = at,
				       .opened = INSTANT_NONE,
				       .closed = INSTANT_NONE,
				       .snoozed = INSTANT_NONE,
				       .has_state = true,
				       .state = (enum chat_state)roll(w, 3)};

		check(w, chat_apply(c, &e, NULL), "chat");
	} else {
		struct message_event m = {.chat_id = id,
					  .person_id = user,
					  .person = (enum person)roll(w, 3),
					  .note = roll(w, 9) == 0,
					  .at = at};

		m.message_id = arena_printf(batch_arena(b), "m%llu",
					    (unsigned long long)w->dice);
		if (m.person != PERSON_USER)
			m.person_id = S("x");
		check(w, message_apply(c, &m, &duplicate, NULL), "message");
	}
	check(w, batch_user(b, user, &w->ids[u], NULL), "user");
}

static void
act_events(struct world *w, struct batch *b, struct chat_batch *c)
{
	for (uint64_t n = roll(w, 2) ? 2500 : 5; n > 0; n--)
		some_event(w, b, c);
}

static void
act_merge(struct world *w, struct batch *b, struct chat_batch *c)
{
	unsigned into = (w->who + 1) % PEOPLE;

	if (w->gone[into] || w->merged[into] || w->ids[into] == 0)
		return;
	check(w, batch_merge(b, w->ids[w->who], w->ids[into], START, NULL),
	      "merge");
	chats_follow(c, w->ids[w->who], w->ids[into]);
	w->merged[w->who] = w->merged[into] = true; /* once is enough */
}

static void
act_erase(struct world *w, struct batch *b, struct chat_batch *c)
{
	enum erase_mode mode = w->keep ? ERASE_KEEP_TOTALS : ERASE_FORGET;
	struct erasure e = {.mode = mode, .at = START}, paper;

	chats_erase(c, w->ids[w->who], &e);
	check(w, batch_erase(b, w->ids[w->who], mode, START, &paper, NULL),
	      "erase");
	w->gone[w->who] = true;
}

/* Waits as they should be ---------------------------------------------------
 */

struct list {
	struct wait at[MANY];
	size_t n;
	uint32_t user; /* of these chats only; 0: of all */
	struct kv_txn *txn;
	struct world *w;
};

static void
list_add(struct list *l, enum wait_kind kind, int64_t at, int64_t from,
	 int64_t hold)
{
	if (l->n < MANY)
		l->at[l->n++] = (struct wait){
		    .kind = kind, .at = at, .from = from, .hold = hold};
}

static void
chat_list(struct list *l, uint32_t chat)
{
	struct chat_times t;
	struct chat_view v;

	arena_reset(&l->w->arena);
	if (!chat_view(l->txn, &l->w->arena, chat, &v) || v.user == 0 ||
	    (l->user != 0 && v.user != l->user))
		return;
	chat_times(l->txn, &l->w->arena, &v, NULL, &t);
	for (size_t i = 0; i < t.n_episodes; i++) {
		const struct episode *e = &t.episodes[i];

		if (e->replied !=
		    INSTANT_NONE) /* told apart from other replies */
			list_add(l, WAIT_FIRST, e->replied,
				 e->replied - e->all.waiting, DURATION_NONE);
		else if (e->asked != INSTANT_NONE)
			list_add(l,
				 e->closed == INSTANT_NONE ? WAIT_WAITING
							   : WAIT_UNANSWERED,
				 e->asked, e->asked, DURATION_NONE);
		if (e->closed != INSTANT_NONE)
			list_add(l, WAIT_CLOSED, e->closed,
				 e->closed - e->all.resolution, e->hold);
	}
	for (size_t i = 0; i < t.n_replies; i++)
		list_add(l, WAIT_REPLY, t.replies[i].at,
			 t.replies[i].at - t.replies[i].all, DURATION_NONE);
}

static void
all_list(struct list *l)
{
	uint32_t id;

	for (unsigned chat = 0; chat < CHATS; chat++) {
		char name[16];

		snprintf(name, sizeof(name), "c%u", chat);
		if (chat_find(l->txn, str_of(name), &id))
			chat_list(l, id);
	}
}

/* A first reply is a reply, too. */
static bool
got_wait(void *arg, const struct wait *w)
{
	struct list *l = arg;

	list_add(l, w->kind, w->at, w->from, w->hold);
	if (w->kind == WAIT_FIRST)
		list_add(l, WAIT_REPLY, w->at, w->from, w->hold);
	return true;
}

static int
wait_cmp(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->hold > y->hold) - (x->hold < y->hold);
}

static void
list_cut(struct list *l, int64_t from, int64_t to)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].at >= from && l->at[i].at < to)
			l->at[n++] = l->at[i];
	l->n = n;
	qsort(l->at, l->n, sizeof(*l->at), wait_cmp);
}

static void
compare(struct world *w, struct kv_txn *txn, struct list *want,
	struct list *got, uint32_t user)
{
	int64_t from = some_instant(w), to = from + (int64_t)roll(w, 9) * DAY;
	struct bits *users = user ? bits_of(&user, 1) : NULL;

	*want = (struct list){.txn = txn, .w = w, .user = user};
	*got = (struct list){.txn = txn, .w = w};
	all_list(want);
	for (size_t i = 0; i < w->n_kept && user == 0; i++)
		want->at[want->n++] = w->kept[i];
	list_cut(want, from, to);
	waits_each(txn, &w->arena, from, to, users, user == 0, got_wait, got);
	list_cut(got, from, to);
	for (size_t i = 0; i < got->n || i < want->n; i++)
		if (i >= got->n || i >= want->n ||
		    wait_cmp(&got->at[i], &want->at[i]) != 0) {
			if (w->wrong++ < 5)
				printf("# wait %zu of %zu and %zu differs\n", i,
				       got->n, want->n);
			break;
		}
	bits_free(users);
}

static enum err
ask_body(struct kv_txn *txn, void *arg)
{
	struct list *want = mem_new(sizeof(*want));
	struct list *got = mem_new(sizeof(*got));
	struct world *w = arg;

	for (int i = 0; i < 4; i++)
		compare(w, txn, want, got, 0);
	for (int i = 0; i < 4; i++)
		compare(w, txn, want, got, w->ids[roll(w, PEOPLE)]);
	free(want);
	free(got);
	return kv_error(txn);
}

/* What somebody's chats tell, before they go: whoever waits waits no more. */
static enum err
keep_body(struct kv_txn *txn, void *arg)
{
	struct list *l = mem_new(sizeof(*l));
	struct world *w = arg;

	*l = (struct list){.txn = txn, .w = w, .user = w->ids[w->who]};
	all_list(l);
	w->kept = mem_grow(w->kept, (w->n_kept + l->n + 1) * sizeof(*w->kept));
	for (size_t i = 0; i < l->n; i++) {
		if (l->at[i].kind == WAIT_WAITING)
			l->at[i].kind = WAIT_UNANSWERED;
		w->kept[w->n_kept++] = l->at[i];
	}
	free(l);
	return OK;
}

static void
someone(struct world *w)
{
	w->who = (unsigned)roll(w, PEOPLE);
	if (w->gone[w->who] || w->merged[w->who] || w->ids[w->who] == 0)
		return;
	if (roll(w, 2) == 0) {
		write_do(w, act_merge, "merge");
		return;
	}
	w->keep = roll(w, 3) > 0;
	if (w->keep)
		check(w, kv_read(w->kv, keep_body, w, NULL), "keep");
	write_do(w, act_erase, "erase");
}

static void
tell(void *arg, struct str sentence)
{
	(void)arg;
	printf("# %.*s\n", STR_ARG(sentence));
}

static uint64_t
differences(struct world *w)
{
	uint64_t n = 0;

	check(w, chats_check(w->people, w->kv, tell, NULL, &n, NULL), "check");
	return n;
}

/* The last day that is kept goes. */
static enum err
tamper_body(struct kv_txn *txn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, S("r"));
	uint8_t key[KV_KEY_MAX];
	struct wr w = wr_of(key, sizeof(key));

	*(bool *)arg = kv_seek_last(c, STR_NONE);
	wr_bytes(&w, kv_key(c));
	kv_cursor_close(c);
	kv_del(txn, SP_COUNTER, wr_out(&w));
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
	bool any = false;

	w->dice = seed ? strtoull(seed, NULL, 10) : random_u64() % 1000000;
	printf("# RAPPORT_SEED=%llu\n", (unsigned long long)w->dice);
	if (kv_open(&w->kv, &options, &f) != OK)
		return 1;
	w->people = people_open(w->kv);
	arena_init(&w->arena);
	for (unsigned i = 0; i < ROUNDS; i++) {
		write_do(w, act_events, "events");
		for (int k = 0; k < 4; k++)
			someone(w);
		check(w, kv_read(w->kv, ask_body, w, NULL), "ask");
		if (i % 6 == 5)
			w->wrong += differences(w);
	}
	is_int((int64_t)w->wrong, 0, "waits are what the chats say");
	ok(w->n_kept > 0, "%zu of the erased", w->n_kept);
	is_int(store_reindex(w->people, w->kv, &in, NULL), OK, "built anew");
	is_int((int64_t)differences(w), 0, "they are whole");
	is_int(kv_write(w->kv, tamper_body, &any, NULL), OK, "a day is lost");
	ok(any && differences(w) > 0, "which is seen");
	is_int(store_reindex(w->people, w->kv, &in, NULL), OK, "and mended");
	check(w, kv_read(w->kv, ask_body, w, NULL), "ask");
	w->n_kept -= w->n_kept > 0;
	is_int((int64_t)w->wrong, 0, "and the same");
	/* not every period has that one */
	for (int i = 0; i < 500 && w->wrong == 0; i++)
		check(w, kv_read(w->kv, ask_body, w, NULL), "ask");
	ok(w->wrong > 0, "control: one less would be seen");
	people_close(w->people);
	kv_close(w->kv);
	arena_fini(&w->arena);
	free(w->kept);
	free(w);
	return done_testing();
}
