/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bulk actions on a store that is there: add half of everybody to a segment,
 * take them out, then delete some; each as a job from the filter to its end,
 * as one worker would.  Meanwhile a reader asks for a page again and again and
 * the longest it waited is printed.  The store is changed.
 *
 *   bulk_bench STORE ADD_FILTER DELETE_FILTER
 */
#include <rapport/query.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* who was added, so that their number is what the store says it is */
#define MEMBERS "[\"segment\",\"hasAny\",\"bulk bench\"]"

struct bench {
	struct kv *kv;
	struct staff *staff;
	struct people *people;
	atomic_bool stop;
	double slowest; /* of the reader, ms */
	uint64_t pages;
};

static enum err
page_read(struct kv_txn *txn, void *arg)
{
	struct bench *b = arg;
	struct list_in in = {.limit = 50, .down = true};
	struct list_out out;
	struct arena arena;
	struct fault f = {0};
	enum err e;

	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(b->people, txn),
			  .arena = &arena};

	e = query_list(&q, &in, &out, &f);
	arena_fini(&arena);
	return e;
}

static void *
reader(void *arg)
{
	struct bench *b = arg;
	struct fault f = {0};

	while (!atomic_load(&b->stop)) {
		int64_t began = clock_now();
		double ms;

		if (kv_read(b->kv, page_read, b, &f) != OK)
			abort();
		ms = (double)(clock_now() - began) / 1e3;
		b->slowest = ms > b->slowest ? ms : b->slowest;
		b->pages++;
	}
	return NULL;
}

static enum err
make_segment(struct kv_txn *txn, void *arg)
{
	struct bench *b = arg;
	struct segment_in in = {.name = S("bulk bench")};
	struct batch *batch = batch_begin(b->people, txn, 0);
	uint32_t id;
	enum err e = OK;

	if (!segment_find(txn, in.name, &id))
		e = segment_create(batch, &in, 0, clock_now(), &id,
				   kv_fault(txn));
	if (e == OK)
		batch_end(batch);
	batch_free(batch);
	return e != OK ? e : kv_error(txn);
}

static enum err
job_run(struct bench *b, enum job_kind kind, const char *filter,
	struct fault *f)
{
	struct who who = who_command();
	struct by by = {.who = &who, .from = S("-"), .at = clock_now()};
	struct desk d = {.staff = b->staff, .people = b->people, .by = &by};
	struct bulk_in in = {.kind = kind,
			     .filter = str_of(filter),
			     .segment = S("bulk bench")};
	int64_t began = clock_now();
	bool worked = true;
	pthread_t thread;
	struct buf sentence;
	uint64_t n = 0;
	uint32_t id;

	buf_init(&sentence);
	TRY(bulk_count(&d, &in, &n, &sentence, f));
	in.expected = true;
	in.expect = n;
	buf_fini(&sentence);
	b->slowest = 0;
	b->pages = 0;
	atomic_store(&b->stop, false);
	pthread_create(&thread, NULL, reader, b);
	TRY(bulk_start(&d, &in, &id, f));
	while (worked)
		TRY(jobs_run_one(b->staff, b->people, 2 * SECOND_US, NULL,
				 &worked, f));
	atomic_store(&b->stop, true);
	pthread_join(thread, NULL);
	printf("%-18s %8llu users %8.3f s; reader: %llu pages, slowest %.1f "
	       "ms\n",
	       job_kind_name(kind), (unsigned long long)n,
	       (double)(clock_now() - began) / 1e6,
	       (unsigned long long)b->pages, b->slowest);
	return OK;
}

int
main(int argc, char **argv)
{
	struct bench b = {0};
	struct kv_options options = {.dir = argc > 1 ? argv[1] : NULL};
	struct fault f = {0};
	enum err e;

	if (argc != 4) {
		fprintf(stderr, "usage: bulk_bench STORE ADD DELETE\n");
		return 64;
	}
	e = kv_open(&b.kv, &options, &f);
	if (e == OK)
		e = staff_open(&b.staff, b.kv, argv[1], &f);
	if (e == OK) {
		b.people = people_open(b.kv);
		e = kv_write(b.kv, make_segment, &b, &f);
	}
	if (e == OK)
		e = job_run(&b, JOB_ADD_TO_SEGMENT, argv[2], &f);
	if (e == OK)
		e = job_run(&b, JOB_REMOVE_FROM_SEGMENT, MEMBERS, &f);
	if (e == OK)
		e = job_run(&b, JOB_DELETE, argv[3], &f);
	if (e != OK)
		fprintf(stderr, "%s: %s %s\n", err_word(e), f.path, f.text);
	people_close(b.people);
	staff_close(b.staff);
	kv_close(b.kv);
	return e == OK ? 0 : err_exit(e);
}
