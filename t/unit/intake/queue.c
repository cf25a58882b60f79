/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bodies that come at the same time, by many threads through one queue: what
 * becomes of them is what becomes of them one after the other, everybody hears
 * what is theirs, and where the transaction they share fails, nobody suffers
 * for another.
 */
#include "world.h"

#include "t/dice.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define THREADS 24
#define BODIES 20 /* of a thread */
#define WAITING 16

struct sender {
	struct world *world;
	struct intake_queue *queue;
	pthread_t thread;
	struct str bodies[BODIES];
	uint64_t accepted, duplicates, refused;
	uint64_t want_duplicates, want_refused, want_accepted;
	unsigned wrong_lines;
	enum err err;
};

static uint64_t seed;

static uint64_t
roll(uint64_t below)
{
	return xorshift64(&seed) % below;
}

/* Users and chats that all threads share; no two events of one instant. */
static struct str
body_make(struct arena *a, struct sender *s, int thread, int n)
{
	static int clock;
	unsigned user = (unsigned)roll(9), chat = (unsigned)roll(7);
	bool bad = roll(5) == 0, again = n > 0 && roll(4) == 0;
	int at = 1700000000 + 60 * ++clock;
	struct str body;

	body = arena_printf(
	    a,
	    "{\"type\":\"user\",\"id\":\"%d-%d\",\"userId\":\"u%u\","
	    "\"at\":%d,\"attributes\":{\"score\":%d}}\n"
	    "{\"type\":\"message\",\"chatId\":\"c%u\",\"messageId\":"
	    "\"m%d\",\"personType\":\"user\",\"personId\":\"u%u\","
	    "\"at\":%d,\"text\":\"word%d and word%d\"}\n%s",
	    thread, again ? 0 : n, user, at, (int)roll(1000), chat, clock, chat,
	    at, (int)roll(50), (int)roll(50),
	    bad ? "{\"type\":\"user\",\"userId\":7}\n" : "");
	s->want_accepted += again ? 1 : 2;
	s->want_duplicates += again;
	s->want_refused += bad;
	return body;
}

static enum err
send(struct sender *s, struct str body)
{
	struct intake_options o = {.queue = s->queue};
	struct intake_result result;
	struct fault f = {0};
	struct arena arena;
	enum err e;

	arena_init(&arena);
	e = intake_body(s->world->people, s->world->kv, &arena, body, &o,
			&result, &f);
	s->accepted += result.accepted;
	s->duplicates += result.duplicates;
	s->refused += result.refused;
	for (size_t i = 0; i < result.n_refusals; i++)
		s->wrong_lines += result.refusals[i].line != 3;
	arena_fini(&arena);
	return e;
}

static void *
send_all(void *arg)
{
	struct sender *s = arg;

	for (int i = 0; i < BODIES && s->err == OK; i++)
		s->err = send(s, s->bodies[i]);
	return NULL;
}

static void *
send_one(void *arg)
{
	struct sender *s = arg;

	s->err = send(s, s->bodies[0]);
	return NULL;
}

static void
crowd(void)
{
	static struct sender senders[THREADS];
	struct world one, many;
	struct buf a, b;
	struct arena arena;
	unsigned wrong = 0;

	world_open(&one);
	world_open(&many);
	arena_init(&arena);
	struct intake_queue *queue = intake_queue_new(many.kv);

	for (int n = 0; n < BODIES; n++)
		for (int i = 0; i < THREADS; i++)
			senders[i].bodies[n] =
			    body_make(&arena, &senders[i], i, n);
	for (int i = 0; i < THREADS; i++) {
		senders[i].world = &many;
		senders[i].queue = queue;
		pthread_create(&senders[i].thread, NULL, send_all, &senders[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		const struct sender *s = &senders[i];

		pthread_join(s->thread, NULL);
		wrong += s->err != OK || s->wrong_lines > 0 ||
			 s->accepted != s->want_accepted ||
			 s->duplicates != s->want_duplicates ||
			 s->refused != s->want_refused;
	}
	is_int(wrong, 0, "each of %d threads heard what is its own", THREADS);
	for (int n = 0; n < BODIES; n++)
		for (int i = 0; i < THREADS; i++)
			if (world_take(&one, senders[i].bodies[n]) != OK)
				abort();
	a = world_dump(&one);
	b = world_dump(&many);
	ok(str_eq(buf_str(&a), buf_str(&b)),
	   "together they became what they became one after the other");
	is_int(world_differences(&many), 0, "everything counted and indexed");
	buf_fini(&a);
	buf_fini(&b);
	intake_queue_free(queue);
	arena_fini(&arena);
	world_close(&one);
	world_close(&many);
}

struct hold {
	struct kv *kv;
	atomic_bool held, go;
};

static enum err
hold_fn(struct kv_txn *txn, void *arg)
{
	struct hold *h = arg;

	(void)txn;
	atomic_store(&h->held, true);
	while (!atomic_load(&h->go))
		sched_yield();
	return OK;
}

static void *
hold_main(void *arg)
{
	struct hold *h = arg;

	if (kv_write(h->kv, hold_fn, h, NULL) != OK)
		abort();
	return NULL;
}

/* Send while the store is held; how many commits it took. */
static uint64_t
at_once(struct world *w, struct sender *senders)
{
	struct intake_queue *queue = intake_queue_new(w->kv);
	struct hold hold = {.kv = w->kv};
	struct kv_stats before, after;
	pthread_t holder;

	if (kv_stats(w->kv, &before, NULL) != OK)
		abort();
	pthread_create(&holder, NULL, hold_main, &hold);
	while (!atomic_load(&hold.held))
		sched_yield();
	for (int i = 0; i < WAITING; i++) {
		senders[i].queue = queue;
		senders[i].world = w;
		pthread_create(&senders[i].thread, NULL, send_one, &senders[i]);
	}
	/* the first leads, and waits for the store */
	while (intake_queue_waiting(queue) < WAITING - 1)
		sched_yield();
	atomic_store(&hold.go, true);
	pthread_join(holder, NULL);
	for (int i = 0; i < WAITING; i++)
		pthread_join(senders[i].thread, NULL);
	intake_queue_free(queue);
	if (kv_stats(w->kv, &after, NULL) != OK)
		abort();
	return after.serial - before.serial;
}

static enum err
damage(struct kv_txn *txn, void *arg)
{
	uint32_t id;
	uint8_t key[4];
	struct wr w = wr_of(key, sizeof(key));

	if (!user_find(txn, *(struct str *)arg, &id))
		abort();
	wr_be32(&w, id);
	kv_put(txn, SP_USER, wr_out(&w), S("no record"));
	return OK;
}

static struct str
of_user(struct arena *a, int n, int turn)
{
	return arena_printf(a,
			    "{\"type\":\"user\",\"id\":\"%d of %d\",\"userId\":"
			    "\"w%d\",\"at\":%d,\"attributes\":{\"score\":%d}}",
			    n, turn, n, 1700000000 + n, n + turn);
}

/* Events that the store knows. */
static uint64_t
kept(struct world *w)
{
	struct kv_stats stats;

	if (kv_stats(w->kv, &stats, NULL) != OK)
		abort();
	return stats.entries[SP_SEEN];
}

static void
together(void)
{
	static struct sender senders[WAITING];
	struct str broken = S("w3");
	unsigned good = 0;
	struct world w;
	uint64_t commits;
	struct arena arena;

	arena_init(&arena);
	world_open(&w);
	for (int i = 0; i < WAITING; i++)
		senders[i].bodies[0] = of_user(&arena, i, 1);
	commits = at_once(&w, senders);
	for (int i = 0; i < WAITING; i++)
		good += senders[i].err == OK && senders[i].accepted == 1;
	is_int(good, WAITING, "all that waited were taken");
	ok(commits >= 2 && commits <= 3, "in %llu commits, with the holder's",
	   (unsigned long long)commits);
	if (kv_write(w.kv, damage, &broken, NULL) != OK)
		abort();
	for (int i = 0; i < WAITING; i++)
		senders[i].bodies[0] = of_user(&arena, i, 2);
	at_once(&w, senders);
	good = 0;
	for (int i = 0; i < WAITING; i++)
		good += senders[i].err == OK && senders[i].accepted == 2;
	is_int(good, WAITING - 1, "one damaged record hurts nobody else");
	is_int(kept(&w), 2 * WAITING - 1, "what was answered is there");
	is_int(senders[3].err, ERR_CORRUPT, "and whose it is hears of it");
	world_close(&w);
	arena_fini(&arena);
}

int
main(void)
{
	const char *given = getenv("RAPPORT_SEED");

	seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_now() | 1;
	printf("# RAPPORT_SEED=%llu\n", (unsigned long long)seed);
	crowd();
	together();
	return done_testing();
}
