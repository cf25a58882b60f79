/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Group commit: 64 threads that write at once share commits, one that fails
 * takes no other down, nobody's change is lost or made twice, and a closure
 * sees all that was acknowledged before it.  Here every thread adds to one
 * counter and puts keys of its own; every fifth closure fails after its
 * changes.  On LMDB also: a member that finds no room is told so and the
 * others of its round are kept.
 */
#include "store.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 64
#define EVENTS 50 /* a thread */

struct crowd {
	struct kv *kv;
	pthread_barrier_t start;
	atomic_uint runs;  /* of closures */
	atomic_uint wrong; /* answers that were not as they must be */
};

struct event {
	struct crowd *crowd;
	uint32_t thread, n;
	bool fails;
	uint32_t counted; /* by the run that counted */
};

static uint32_t
counter_get(struct kv_txn *txn)
{
	struct str v;
	struct rd r;

	if (!kv_get(txn, SP_META, S("counter"), &v))
		return 0;
	r = rd_of(v);
	return rd_be32(&r);
}

static enum err
event_fn(struct kv_txn *txn, void *arg)
{
	struct event *e = arg;
	char key[8], value[4];
	struct wr k = wr_of(key, sizeof(key)), v = wr_of(value, sizeof(value));

	atomic_fetch_add(&e->crowd->runs, 1);
	e->counted = counter_get(txn) + 1;
	wr_be32(&v, e->counted);
	kv_put(txn, SP_META, S("counter"), wr_out(&v));
	wr_be32(&k, e->thread);
	wr_be32(&k, e->n);
	kv_put(txn, SP_USER, wr_out(&k), wr_out(&v));
	return e->fails ? kv_fail(txn, ERR_INVALID, "/n", "event %u", e->n)
			: OK;
}

static enum err
counter_read(struct kv_txn *txn, void *arg)
{
	*(uint32_t *)arg = counter_get(txn);
	return OK;
}

static void *
thread_main(void *arg)
{
	struct event e = *(struct event *)arg;
	struct crowd *c = e.crowd;
	uint32_t seen;

	pthread_barrier_wait(&c->start);
	for (e.n = 0; e.n < EVENTS; e.n++) {
		struct fault f = {.code = OK};
		char want[32];
		enum err got;

		e.fails = (e.n + e.thread) % 5 == 0;
		got = kv_write(c->kv, event_fn, &e, &f);
		snprintf(want, sizeof(want), "event %u", e.n);
		if (e.fails && (got != ERR_INVALID || strcmp(f.path, "/n") ||
				strcmp(f.text, want) != 0))
			atomic_fetch_add(&c->wrong, 1);
		if (e.fails)
			continue;
		/* what is acknowledged is there for every later read */
		if (got != OK ||
		    kv_read(c->kv, counter_read, &seen, &f) != OK ||
		    seen < e.counted)
			atomic_fetch_add(&c->wrong, 1);
	}
	return NULL;
}

struct tally {
	uint32_t keys, double_counts, failed_there;
};

/* Each kept event holds a number of its own out of 1..total. */
static enum err
tally_fn(struct kv_txn *txn, void *arg)
{
	struct tally *t = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_USER, STR_NONE);
	static bool seen[THREADS * EVENTS + 1];

	memset(seen, 0, sizeof(seen));
	*t = (struct tally){0};
	while (kv_next(c)) {
		struct rd k = rd_of(kv_key(c)), v = rd_of(kv_value(c));
		uint32_t thread = rd_be32(&k), n = rd_be32(&k);
		uint32_t number = rd_be32(&v);

		t->keys++;
		t->failed_there += (n + thread) % 5 == 0;
		if (number > THREADS * EVENTS || seen[number])
			t->double_counts++;
		else
			seen[number] = true;
	}
	kv_cursor_close(c);
	return OK;
}

static uint64_t
serial_of(struct kv *kv)
{
	struct kv_stats st;

	return kv_stats(kv, &st, NULL) == OK ? st.serial : 0;
}

static void
crowd_run(bool lmdb)
{
	struct folder d = folder_new(true);
	struct kv_options o = {.create = true, .dir = lmdb ? d.path : NULL};
	struct crowd c = {.kv = store_open(&o)};
	static struct event events[THREADS];
	pthread_t threads[THREADS];
	uint64_t commits = serial_of(c.kv);
	uint32_t kept = 0, counter = 0;
	struct tally t;

	pthread_barrier_init(&c.start, NULL, THREADS);
	for (uint32_t i = 0; i < THREADS; i++) {
		events[i] = (struct event){.crowd = &c, .thread = i};
		if (pthread_create(&threads[i], NULL, thread_main, &events[i]))
			abort();
	}
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	commits = serial_of(c.kv) - commits;
	for (uint32_t i = 0; i < THREADS; i++)
		for (uint32_t n = 0; n < EVENTS; n++)
			kept += (i + n) % 5 != 0;
	is_int(c.wrong, 0, "every thread got its own result");
	ok(kv_read(c.kv, counter_read, &counter, NULL) == OK &&
	       kv_read(c.kv, tally_fn, &t, NULL) == OK,
	   "read it all");
	is_int(counter, kept, "no count was lost");
	is_int(t.keys, kept, "every acknowledged event is there");
	is_int(t.failed_there, 0, "nothing of the failed ones");
	is_int(t.double_counts, 0, "no two events counted the same");
	printf("# %s: %u closures run, %" PRIu64 " commits\n",
	       lmdb ? "lmdb" : "ram", c.runs, commits);
	if (lmdb) /* which has something to wait for */
		ok(commits * 2 < kept, "at least two events a commit");
	pthread_barrier_destroy(&c.start);
	kv_close(c.kv);
	folder_remove(&d);
}

/* A round whose make-up is known: its leader holds it open until everybody
 * else queues. --------------------------------------------------------- */

struct player {
	struct kv *kv;
	struct round *round;
	uint32_t n;
	size_t bytes;   /* to put */
	enum err fails; /* or to fail with */
	enum err got;
	uint32_t runs;
};

struct round {
	pthread_mutex_t lock;
	pthread_cond_t change;
	uint32_t calling; /* players about to call kv_write */
	uint32_t wait_for;
	bool held;
};

static enum err
player_fn(struct kv_txn *txn, void *arg)
{
	static const char zeros[KV_VALUE_MAX];
	struct player *p = arg;
	char key[8];
	struct wr w;

	p->runs++;
	for (uint32_t i = 0; i * KV_VALUE_MAX < p->bytes; i++) {
		w = wr_of(key, sizeof(key));
		wr_be32(&w, p->n);
		wr_be32(&w, i);
		kv_put(txn, SP_USER, wr_out(&w),
		       (struct str){zeros, KV_VALUE_MAX});
	}
	return p->fails;
}

/* The first player: holds the lead until the others are on their way. */
static enum err
leader_fn(struct kv_txn *txn, void *arg)
{
	struct player *p = arg;
	struct round *r = p->round;

	pthread_mutex_lock(&r->lock);
	r->held = true;
	pthread_cond_broadcast(&r->change);
	while (r->calling < r->wait_for)
		pthread_cond_wait(&r->change, &r->lock);
	pthread_mutex_unlock(&r->lock);
	return player_fn(txn, arg);
}

static void *
player_main(void *arg)
{
	struct player *p = arg;
	struct round *r = p->round;
	bool leader = p->n == 0;

	pthread_mutex_lock(&r->lock);
	while (!leader && !r->held)
		pthread_cond_wait(&r->change, &r->lock);
	r->calling += !leader;
	pthread_cond_broadcast(&r->change);
	pthread_mutex_unlock(&r->lock);
	p->got = kv_write(p->kv, leader ? leader_fn : player_fn, p, NULL);
	return NULL;
}

static void
players_run(struct kv *kv, struct player *p, uint32_t n)
{
	struct round r = {.wait_for = n - 1};
	pthread_t threads[8];

	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.change, NULL);
	for (uint32_t i = 0; i < n; i++) {
		p[i].kv = kv;
		p[i].round = &r;
		p[i].n = i;
		if (pthread_create(&threads[i], NULL, player_main, &p[i]))
			abort();
	}
	for (uint32_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&r.change);
	pthread_mutex_destroy(&r.lock);
}

static uint64_t
users_of(struct kv *kv)
{
	struct kv_stats st;

	return kv_stats(kv, &st, NULL) == OK ? st.entries[SP_USER] : 0;
}

/* 64 KiB values: 17 pages each. */
static void
members_alone(bool lmdb)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.create = true,
			       .dir = lmdb ? d.path : NULL,
			       .map_bytes = 4u << 20,
			       .map_max = 4u << 20};
	struct kv *kv = store_open(&o);
	struct player p[4] = {
	    {.bytes = 64u << 10},
	    {.bytes = 16u << 20}, /* never fits */
	    {.bytes = 128u << 10, .fails = ERR_CONFLICT},
	    {.bytes = 128u << 10},
	};

	players_run(kv, p, 4);
	is_int(p[0].got, OK, "the leader's is kept");
	is_int(p[1].got, ERR_FULL, "what does not fit is told so");
	is_int(p[2].got, ERR_CONFLICT, "what fails by itself, too");
	is_int(p[3].got, OK, "their neighbour is kept");
	is_int(users_of(kv), 3, "and nothing else");
	kv_close(kv);
	folder_remove(&d);
}

/* The map grows under a round: everybody runs again and is kept. */
static void
members_again(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {
	    .create = true, .dir = d.path, .map_bytes = 1u << 20};
	struct kv *kv = store_open(&o);
	struct player p[4] = {{.bytes = 64u << 10},
			      {.bytes = 8u << 20},
			      {.bytes = 64u << 10, .fails = ERR_CONFLICT},
			      {.bytes = 8u << 20}};
	struct kv_stats st = {0};

	players_run(kv, p, 4);
	ok(p[0].got == OK && p[1].got == OK && p[3].got == OK,
	   "all are kept when the map grows");
	is_int(p[2].got, ERR_CONFLICT, "but for the one that fails");
	is_int(users_of(kv), 1 + 128 + 128, "each once");
	ok(p[1].runs > 1, "closures ran again (%u times)", p[1].runs);
	ok(kv_stats(kv, &st, NULL) == OK && st.map_bytes >= 16u << 20,
	   "the map is larger");
	kv_close(kv);
	folder_remove(&d);
}

static enum err
within_fn(struct kv_txn *txn, void *arg)
{
	uint32_t counter;

	kv_put(txn, SP_META, S("counter"), S("\0\0\0\7"));
	/* a read within a write sees what was before */
	TRY(kv_read(arg, counter_read, &counter, kv_fault(txn)));
	if (counter != 0)
		return ERR_STALE;
	return kv_write(arg, event_fn, NULL, kv_fault(txn));
}

/* A closure that writes by kv_write would wait for itself. */
static void
within(void)
{
	struct kv_options o = {.create = true};
	struct kv *kv = store_open(&o);
	struct fault f = {.code = OK};

	is_int(kv_write(kv, within_fn, kv, &f), ERR_BUG, "a write in a write");
	ok(f.code == ERR_BUG && f.text[0] != '\0', "is said: %s", f.text);
	kv_close(kv);
}

int
main(void)
{
	within();
	crowd_run(false);
	crowd_run(true);
	members_alone(false);
	members_alone(true);
	members_again();
	return done_testing();
}
