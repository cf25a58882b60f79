/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * kill -9 with writes in flight: a process of eight threads writes events and
 * tells each one through a pipe when it was acknowledged; it is killed at a
 * random moment.  Then the store opens at once, every event that was told is
 * there, each event is there whole, and the counter that every event raises
 * agrees with their number.  One store lives through all the kills.
 *
 * RAPPORT_KILLS sets how many (200), RAPPORT_SEED the moments.
 */
#include "store.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define THREADS 8

struct writer {
	struct kv *kv;
	uint32_t life, thread, n;
	int told; /* pipe */
};

static struct str
event_key(const struct writer *w, char out[12])
{
	struct wr k = wr_of(out, 12);

	wr_be32(&k, w->life);
	wr_be32(&k, w->thread);
	wr_be32(&k, w->n);
	return wr_out(&k);
}

static uint64_t
counter_get(struct kv_txn *txn)
{
	struct str v;
	struct rd r;

	if (!kv_get(txn, SP_META, S("counter"), &v))
		return 0;
	r = rd_of(v);
	return rd_be64(&r);
}

/* A record, its mirror in another keyspace, a counter: whole or not at all. */
static enum err
event_fn(struct kv_txn *txn, void *arg)
{
	struct writer *w = arg;
	char key[12], counter[8];
	struct wr c = wr_of(counter, sizeof(counter));
	struct str k = event_key(w, key);

	wr_be64(&c, counter_get(txn) + 1);
	kv_put(txn, SP_META, S("counter"), wr_out(&c));
	kv_put(txn, SP_USER, k, k);
	kv_put(txn, SP_CHAT, k, k);
	return OK;
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;
	char key[12];

	for (;; w->n++) {
		if (kv_write(w->kv, event_fn, w, NULL) != OK)
			_exit(1);
		event_key(w, key);
		/* 12 bytes to a pipe come whole */
		if (write(w->told, key, sizeof(key)) != sizeof(key))
			_exit(2);
	}
	return NULL;
}

static void
life(const struct kv_options *o, uint32_t number, int told)
{
	struct writer w[THREADS];
	struct kv *kv = store_open(o);
	pthread_t t;

	for (uint32_t i = 0; i < THREADS; i++) {
		w[i] = (struct writer){
		    .kv = kv, .life = number, .thread = i, .told = told};
		if (pthread_create(&t, NULL, writer_main, &w[i]) != 0)
			_exit(3);
	}
	for (;;)
		pause();
}

/* Read what is told until `stop` (monotonic ns), kill, read the rest. */
static void
kill_at(pid_t child, int fd, int64_t after_ns, struct buf *told)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct timespec now;
	int64_t stop = 0, at = 0;
	ssize_t got = 1;

	while (got > 0) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		at = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
		if (stop != 0 && at >= stop && child != 0) {
			kill(child, SIGKILL);
			child = 0;
		}
		if (child != 0 && poll(&p, 1, 1) == 0)
			continue;
		got = read(fd, buf_room(told, 65536), 65536);
		told->n += got > 0 ? (size_t)got : 0;
		if (stop == 0) /* it lives: from now on */
			stop = at + after_ns;
	}
}

struct check {
	struct str told; /* keys of 12 bytes */
	uint64_t events, counter, lost, halves;
};

static enum err
check_fn(struct kv_txn *txn, void *arg)
{
	struct check *k = arg;
	struct kv_cursor *user = kv_cursor(txn, SP_USER, STR_NONE);
	struct kv_cursor *chat = kv_cursor(txn, SP_CHAT, STR_NONE);
	struct str value;

	for (; kv_next(user); k->events++)
		if (!kv_next(chat) || !str_eq(kv_key(user), kv_key(chat)) ||
		    !str_eq(kv_value(user), kv_value(chat)))
			k->halves++;
	k->halves += kv_next(chat);
	kv_cursor_close(user);
	kv_cursor_close(chat);
	k->counter = counter_get(txn);
	for (size_t i = 0; i + 12 <= k->told.n; i += 12)
		k->lost +=
		    !kv_get(txn, SP_USER, str_cut(k->told, i, i + 12), &value);
	return OK;
}

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *z = getenv(name);
	uint64_t n;

	return z != NULL && str_to_u64(str_of(z), &n) ? n : otherwise;
}

int
main(void)
{
	uint64_t kills = setting("RAPPORT_KILLS", 200), bad = 0, idle = 0;
	uint64_t seed = setting("RAPPORT_SEED", random_u64());
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path, .create = true};
	struct check k = {0};
	struct buf told;

	printf("# RAPPORT_SEED=%" PRIu64 "\n", seed);
	alarm(600); /* rather than hang */
	buf_init(&told);
	kv_close(store_open(&o));
	for (uint32_t i = 0; i < kills && bad == 0; i++) {
		size_t before = told.n;
		struct kv *kv;
		int fds[2];
		pid_t child;

		if (pipe(fds) != 0 || (child = fork()) < 0)
			abort();
		if (child == 0)
			life(&o, i, fds[1]);
		close(fds[1]);
		seed = seed * UINT64_C(6364136223846793005) + 1;
		kill_at(child, fds[0], (int64_t)((seed >> 33) % 6000000),
			&told);
		close(fds[0]);
		waitpid(child, NULL, 0);
		idle += told.n == before;
		k = (struct check){.told = buf_str(&told)};
		kv = store_open(&o);
		bad += kv_read(kv, check_fn, &k, NULL) != OK || k.lost != 0 ||
		       k.halves != 0 || k.counter != k.events ||
		       k.events < told.n / 12;
		kv_close(kv);
	}
	printf("# %zu events acknowledged, %" PRIu64 " there\n", told.n / 12,
	       k.events);
	is_int(bad, 0, "%" PRIu64 " kills: every check holds", kills);
	is_int(k.lost, 0, "no acknowledged event is lost");
	is_int(k.halves, 0, "no event is there by half");
	is_int(k.counter, k.events, "the counter agrees");
	ok(told.n / 12 > kills, "events were in flight");
	is_int(idle, 0, "in every life");
	buf_fini(&told);
	folder_remove(&d);
	return done_testing();
}
