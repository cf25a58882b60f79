/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What group commit is worth: single durable events of 64 clients against one
 * commit an event, and what a read costs.  The store lies in the given folder,
 * so the disk is the one that counts.
 */
#include <rapport/kv.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define EVENT_BYTES 200
#define THREADS_MAX 64

struct run {
	struct kv *kv;
	atomic_bool stop;
	atomic_uint_fast64_t next, events;
};

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum err
event_fn(struct kv_txn *txn, void *arg)
{
	uint64_t n = *(uint64_t *)arg;
	char key[16], value[EVENT_BYTES] = {1};
	struct wr w = wr_of(key, sizeof(key));

	/* as events come: one record of its own, one of some user's */
	wr_be64(&w, n);
	kv_put(txn, SP_MESSAGE, wr_out(&w), (struct str){value, EVENT_BYTES});
	w = wr_of(key, sizeof(key));
	wr_be32(&w, (uint32_t)(n * 2654435761u) % 100000);
	kv_put(txn, SP_USER, wr_out(&w), (struct str){value, EVENT_BYTES});
	return OK;
}

static void *
writer_main(void *arg)
{
	struct run *r = arg;
	struct fault f = {.code = OK};

	while (!atomic_load(&r->stop)) {
		uint64_t n = atomic_fetch_add(&r->next, 1);

		if (kv_write(r->kv, event_fn, &n, &f) != OK) {
			fprintf(stderr, "%s\n", f.text);
			exit(1);
		}
		atomic_fetch_add(&r->events, 1);
	}
	return NULL;
}

/* Events a second and commits a second. */
static double
writers(struct kv *kv, int threads, double for_seconds)
{
	static uint64_t base;
	struct run r = {.kv = kv, .next = base};
	struct kv_stats before, after;
	pthread_t t[THREADS_MAX];
	double start = seconds(), took;

	if (kv_stats(kv, &before, NULL) != OK)
		exit(1);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, writer_main, &r) != 0)
			exit(1);
	nanosleep(&(struct timespec){(time_t)for_seconds, 0}, NULL);
	atomic_store(&r.stop, true);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	took = seconds() - start;
	base = atomic_load(&r.next);
	if (kv_stats(kv, &after, NULL) != OK)
		exit(1);
	printf("%2d threads: %8.0f events/s, %7.0f commits/s\n", threads,
	       (double)r.events / took,
	       (double)(after.serial - before.serial) / took);
	return (double)r.events / took;
}

static enum err
nothing_fn(struct kv_txn *txn, void *arg)
{
	return OK;
}

static enum err
get_fn(struct kv_txn *txn, void *arg)
{
	uint32_t n = *(uint32_t *)arg;
	char key[4];
	struct str value;
	struct wr w = wr_of(key, sizeof(key));

	wr_be32(&w, n % 100000);
	kv_get(txn, SP_USER, wr_out(&w), &value);
	return OK;
}

static void
readers(struct kv *kv, const char *what, kv_fn *fn)
{
	const uint32_t n = 1000000;
	double start = seconds();

	for (uint32_t i = 0; i < n; i++)
		if (kv_read(kv, fn, &i, NULL) != OK)
			exit(1);
	printf("%s: %.0f ns\n", what, (seconds() - start) / n * 1e9);
}

static void
folder_remove(const char *dir)
{
	static const char *const names[] = {"data.mdb", "lock.mdb", "process"};
	char path[300];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

int
main(int argc, char **argv)
{
	char dir[256];
	struct kv_options o = {.create = true, .dir = dir};
	struct fault f = {.code = OK};
	struct kv *kv;
	double one, many;

	snprintf(dir, sizeof(dir), "%s/kv-commits-XXXXXX",
		 argc > 1 ? argv[1] : "/var/tmp");
	if (mkdtemp(dir) == NULL || kv_open(&kv, &o, &f) != OK) {
		fprintf(stderr, "%s: %s\n", dir, f.text);
		return 1;
	}
	one = writers(kv, 1, 5);
	writers(kv, 8, 5);
	many = writers(kv, THREADS_MAX, 5);
	printf("group commit at 64 threads over one commit an event: %.1f x\n",
	       many / one);
	readers(kv, "kv_read of nothing", nothing_fn);
	readers(kv, "kv_read of one value", get_fn);
	kv_close(kv);
	folder_remove(dir);
	return 0;
}
