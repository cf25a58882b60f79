/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The engine by itself: for each filter of a file (one JSON tree a line) the
 * median time of parsing it, running it with its exact total, listing the
 * first page of 50 in a given order, and writing that page's rows.  The store
 * is only read.
 *
 *   query_bench STORE FILTERS [SORT [TURNS [COLUMNS]]]
 */
#include <rapport/query.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAGE 50
#define TURNS 201
#define TURNS_MAX 10000

struct bench {
	struct people *people;
	FILE *filters;
	const char *sort, *columns;
	size_t turns;
	double us[4][TURNS_MAX];
};

enum step { PARSE, RUN, LIST, ROWS };

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

static double
median(double *list, size_t n)
{
	qsort(list, n, sizeof(*list), double_cmp);
	return list[n / 2];
}

static enum err
turn(struct bench *b, struct query *q, struct str text, size_t i,
     uint64_t *total, struct fault *f)
{
	struct list_in in = {.limit = PAGE};
	struct list_out out;
	const struct attr **columns;
	struct json_out j;
	struct filter *filter;
	struct buf rows;
	double at = now_us();
	size_t n;

	TRY(filter_parse(q, text, &filter, f));
	b->us[PARSE][i] = now_us() - at;
	at = now_us();
	bits_free(filter_run(q, filter));
	b->us[RUN][i] = now_us() - at;
	in.filter = filter;
	TRY(sort_parse(q->catalog, str_of(b->sort), &in.sort, &in.down, f));
	TRY(columns_parse(q->catalog, str_of(b->columns), q->arena, &columns,
			  &n, f));
	at = now_us();
	TRY(query_list(q, &in, &out, f));
	b->us[LIST][i] = now_us() - at;
	*total = out.total;
	buf_init(&rows);
	json_out_init(&j, &rows);
	at = now_us();
	json_array(&j);
	for (size_t k = 0; k < out.n; k++)
		query_row(q, out.ids[k], columns, n, &j);
	json_array_end(&j);
	b->us[ROWS][i] = now_us() - at;
	buf_fini(&rows);
	return OK;
}

static enum err
bench_filter(struct bench *b, struct query *q, struct str text)
{
	struct fault f = {0};
	uint64_t total = 0;

	for (size_t i = 0; i < b->turns; i++) {
		arena_reset(q->arena);
		if (turn(b, q, text, i, &total, &f) != OK) {
			printf("%s: %s\n", f.path, f.text);
			return f.code;
		}
	}
	printf("%9.1f %9.1f %9.1f %9.1f %9llu  %.*s\n",
	       median(b->us[PARSE], b->turns), median(b->us[RUN], b->turns),
	       median(b->us[LIST], b->turns), median(b->us[ROWS], b->turns),
	       (unsigned long long)total, STR_ARG(text));
	return OK;
}

static enum err
bench_all(struct kv_txn *txn, void *arg)
{
	struct bench *b = arg;
	struct arena arena;
	struct query q = {.txn = txn,
			  .catalog = people_catalog(b->people, txn),
			  .arena = &arena,
			  .zone = zone_find(S("UTC")),
			  .now = INSTANT_NONE};
	char line[4096];
	enum err e = OK;

	arena_init(&arena);
	printf("microseconds, medians of %zu; by %s\n", b->turns, b->sort);
	printf("%9s %9s %9s %9s %9s  filter\n", "parse", "run", "list", "rows",
	       "total");
	while (e == OK && fgets(line, sizeof(line), b->filters))
		e = bench_filter(b, &q, str_trim(str_of(line)));
	arena_fini(&arena);
	return e;
}

int
main(int argc, char **argv)
{
	struct bench *b = mem_new(sizeof(*b));
	struct kv_options options = {.read_only = true};
	struct fault f = {0};
	struct kv *kv;
	uint64_t turns = TURNS;
	enum err e;

	if (argc < 3 || argc > 6 ||
	    (argc > 4 && !str_to_u64(str_of(argv[4]), &turns)) || turns < 1 ||
	    turns > TURNS_MAX) {
		fprintf(stderr, "usage: query_bench STORE FILTERS [SORT "
				"[TURNS [COLUMNS]]]\n");
		return 64;
	}
	mem_keep();
	options.dir = argv[1];
	b->sort = argc > 3 ? argv[3] : "-lastSeen";
	b->columns = argc > 5 ? argv[5] : "";
	b->turns = turns;
	b->filters = fopen(argv[2], "r");
	if (!b->filters || kv_open(&kv, &options, &f) != OK) {
		fprintf(stderr, "%s: %s\n", argv[1], f.text);
		return 66;
	}
	b->people = people_open(kv);
	e = kv_read(kv, bench_all, b, &f);
	if (e != OK)
		fprintf(stderr, "%s %s\n", f.path, f.text);
	people_close(b->people);
	kv_close(kv);
	fclose(b->filters);
	free(b);
	return err_exit(e);
}
