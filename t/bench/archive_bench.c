/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * archive_bench STORE TURNS QUESTION...: each question is words, or #A,B for
 * all of these tags.  Prints for each the median microseconds of finding the
 * chats with their total and the first page of 50, the total, and the chatIds
 * of that page.
 */
#include <rapport/query.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAGE 50u
#define TURNS_MAX 1000u

struct bench {
	char **questions;
	int n;
	uint64_t turns;
	struct people *people;
};

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static enum err
turn(struct query *q, const char *question, uint64_t *total,
     struct archive_place *page, size_t *n)
{
	struct archive_in in = {.from = INSTANT_NONE, .to = INSTANT_NONE};
	struct str tags[8], rest = str_of(question), one;
	struct bits *set;

	if (question[0] == '#') {
		rest = str_cut(rest, 1, rest.n);
		in.tags = (struct texts){tags, 0};
		in.match = TAGS_ALL;
		while (in.tags.n < COUNT(tags) && str_split(&rest, ',', &one))
			tags[in.tags.n++] = one;
	} else {
		in.words = rest;
	}
	TRY(archive_find(q, &in, &set, NULL, NULL));
	*total = bits_count(set);
	*n = archive_page(q->txn, set, NULL, page, PAGE);
	bits_free(set);
	return kv_error(q->txn);
}

static enum err
ask(struct bench *b, struct query *q, const char *question)
{
	double us[TURNS_MAX];
	struct archive_place page[PAGE];
	uint64_t total = 0;
	size_t n = 0;

	for (uint64_t i = 0; i < b->turns; i++) {
		double at = now_us();

		arena_reset(q->arena);
		TRY(turn(q, question, &total, page, &n));
		us[i] = now_us() - at;
	}
	qsort(us, b->turns, sizeof(*us), by_time);
	printf("%.1f\t%llu\t", us[b->turns / 2], (unsigned long long)total);
	for (size_t i = 0; i < n; i++) {
		struct chat_view v;

		if (chat_view(q->txn, q->arena, page[i].id, &v))
			printf("%s%.*s", i ? " " : "", STR_ARG(v.chat_id));
	}
	printf("\n");
	return OK;
}

static enum err
body(struct kv_txn *txn, void *arg)
{
	struct bench *b = arg;
	struct arena arena;
	enum err e = OK;

	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(b->people, txn),
			  .arena = &arena,
			  .now = clock_now()};

	for (int i = 0; i < b->n && e == OK; i++)
		e = ask(b, &q, b->questions[i]);
	arena_fini(&arena);
	return e;
}

int
main(int argc, char **argv)
{
	struct kv_options options = {.read_only = true};
	struct bench b = {.questions = argv + 3, .n = argc - 3};
	struct fault f = {0};
	struct kv *kv;
	enum err e;

	if (argc < 4 || !str_to_u64(str_of(argv[2]), &b.turns) || b.turns < 1 ||
	    b.turns > TURNS_MAX) {
		fprintf(stderr, "usage: archive_bench STORE TURNS "
				"QUESTION...\n");
		return 64;
	}
	options.dir = argv[1];
	e = kv_open(&kv, &options, &f);
	if (e == OK) {
		b.people = people_open(kv);
		e = kv_read(kv, body, &b, &f);
		people_close(b.people);
		kv_close(kv);
	}
	if (e != OK)
		fprintf(stderr, "%s\n", f.text[0] ? f.text : err_sentence(e));
	return e == OK ? 0 : 1;
}
