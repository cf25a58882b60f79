/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Numbers of analytics by themselves: each question is METRIC BY FROM TO ZONE
 * FILTER ("-": everybody).  Prints for each a line with the median
 * microseconds, how many rows, and their names; then the rows: their beginning
 * (seconds; of a slot its number) and every value, "-" for no data.  The store
 * is only read.
 *
 *   stats_bench STORE TURNS {METRIC BY FROM TO ZONE FILTER}...
 */
#include <rapport/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TURNS_MAX 1000u
#define WORDS 6

struct bench {
	char **words;
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
double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
table_print(const struct stat_table *t, double us)
{
	printf("%.1f\t%zu\tstart", us, t->n);
	for (size_t k = 0; t->metric->columns[k].name; k++)
		printf("\t%s", t->metric->columns[k].name);
	printf("\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct stat_row *r = &t->rows[i];

		if (r->hour >= 0)
			printf("%zu", i);
		else
			printf("%lld", (long long)(r->from / SECOND_US));
		for (size_t k = 0; t->metric->columns[k].name; k++) {
			if (isnan(r->v[k]))
				printf("\t-");
			else
				printf("\t%.15g", r->v[k]);
		}
		printf("\n");
	}
}

static enum err
ask(struct bench *b, struct query *q, char **word, struct fault *f)
{
	struct stat_table t = {.metric = metric_find(str_of(word[0]))};
	struct str filter = str_of(word[5]);
	struct filter *who = NULL;
	double us[TURNS_MAX];

	q->zone = zone_find(str_of(word[4]));
	if (!t.metric || !q->zone || !stat_by_find(str_of(word[1]), &t.by))
		return fail(f, ERR_INVALID, word[0], "no such question");
	for (uint64_t i = 0; i < b->turns; i++) {
		double at = now_us();

		arena_reset(q->arena);
		TRY(period_parse(str_of(word[2]), str_of(word[3]), q->zone,
				 q->now, &t.period, f));
		if (!str_eq(filter, S("-")))
			TRY(filter_parse(q, filter, &who, f));
		TRY(stats_run(q, who, &t, f));
		us[i] = now_us() - at;
	}
	qsort(us, b->turns, sizeof(*us), double_cmp);
	table_print(&t, us[b->turns / 2]);
	return OK;
}

static enum err
body(struct kv_txn *txn, void *arg)
{
	struct bench *b = arg;
	struct fault f = {0};
	struct arena arena;
	enum err e = OK;

	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(b->people, txn),
			  .arena = &arena,
			  .now = clock_now()};

	for (int i = 0; i < b->n && e == OK; i += WORDS)
		e = ask(b, &q, b->words + i, &f);
	if (e != OK)
		fprintf(stderr, "%s %s\n", f.path, f.text);
	arena_fini(&arena);
	return e;
}

int
main(int argc, char **argv)
{
	struct kv_options options = {.read_only = true};
	struct bench b = {.words = argv + 3, .n = argc - 3};
	struct fault f = {0};
	struct kv *kv;
	enum err e;

	if (argc < 3 + WORDS || b.n % WORDS != 0 ||
	    !str_to_u64(str_of(argv[2]), &b.turns) || b.turns < 1 ||
	    b.turns > TURNS_MAX) {
		fprintf(stderr, "usage: stats_bench STORE TURNS "
				"{METRIC BY FROM TO ZONE FILTER}...\n");
		return 64;
	}
	mem_keep();
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
