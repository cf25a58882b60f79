/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Pages in every order there is: for each attribute that can be sorted by, up
 * and down, the whole list is walked from cursor to cursor and everybody must
 * come once.  On the way the time of a page of 50 is taken at the beginning
 * and in the middle.  The store is only read.
 *
 *   sort_bench STORE TURNS
 *
 * Prints a line an order: the order, the medians in microseconds of the first
 * page and of one in the middle, where that one begins, and its userIds.
 */
#include <rapport/query.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAGE 50u
#define TURNS_MAX 1000u

struct bench {
	struct people *people;
	const struct attr *user_id;
	uint64_t turns;
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

/* Its rows in the default columns, as they are answered. */
static enum err
rows_write(struct query *q, const struct list_out *page, struct fault *f)
{
	const struct attr **columns;
	struct json_out j;
	struct buf out;
	size_t n;

	TRY(columns_parse(q->catalog, S(""), q->arena, &columns, &n, f));
	buf_init(&out);
	json_out_init(&j, &out);
	json_array(&j);
	for (size_t i = 0; i < page->n; i++)
		query_row(q, page->ids[i], columns, n, &j);
	json_array_end(&j);
	buf_fini(&out);
	return OK;
}

/* The median time of this page; the page stays in `out`. */
static enum err
page_time(struct bench *b, struct query *q, const struct list_in *in,
	  struct list_out *out, double *us, struct fault *f)
{
	double times[TURNS_MAX];

	for (uint64_t i = 0; i < b->turns; i++) {
		struct arena_mark mark = arena_mark(q->arena);
		double at = now_us();

		TRY(query_list(q, in, out, f));
		TRY(rows_write(q, out, f));
		times[i] = now_us() - at;
		if (i + 1 < b->turns)
			arena_rewind(q->arena, mark);
	}
	qsort(times, b->turns, sizeof(*times), double_cmp);
	*us = times[b->turns / 2];
	return OK;
}

static void
page_print(struct bench *b, struct query *q, const struct list_out *page)
{
	struct json_out j;
	struct buf out;

	buf_init(&out);
	json_out_init(&j, &out);
	json_array(&j);
	for (size_t i = 0; i < page->n; i++)
		query_row(q, page->ids[i], &b->user_id, 1, &j);
	json_array_end(&j);
	printf("\t%.*s\n", STR_ARG(buf_str(&out)));
	buf_fini(&out);
}

/* From the first page to the last, through the middle. */
static enum err
walk(struct bench *b, struct query *q, struct list_in in, struct fault *f)
{
	struct bits *seen = bits_new();
	struct list_out out, middle = {0};
	double first = 0, deep = 0;
	uint64_t n = 0, at = 0;
	enum err e;

	in.limit = PAGE;
	e = page_time(b, q, &in, &out, &first, f);
	in.limit = LIST_LIMIT_MAX;
	while (e == OK) {
		if (middle.n == 0 && n >= out.total / 2) {
			in.limit = PAGE;
			e = page_time(b, q, &in, &middle, &deep, f);
			in.limit = LIST_LIMIT_MAX;
			at = n;
		}
		if (e == OK)
			e = query_list(q, &in, &out, f);
		for (size_t i = 0; e == OK && i < out.n; i++)
			bits_add(seen, out.ids[i]);
		n += e == OK ? out.n : 0;
		in.after = out.next;
		if (e == OK && !out.next.p)
			break;
	}
	if (e == OK && (n != out.total || bits_count(seen) != n))
		e = fail(f, ERR_BUG, "sort", "%llu of %llu users came",
			 (unsigned long long)n, (unsigned long long)out.total);
	bits_free(seen);
	if (e != OK)
		return e;
	printf("%s%.*s\t%.1f\t%.1f\t%llu", in.down ? "-" : "",
	       STR_ARG(in.sort->name), first, deep, (unsigned long long)at);
	page_print(b, q, &middle);
	return OK;
}

static enum err
bench_all(struct kv_txn *txn, void *arg)
{
	struct bench *b = arg;
	const struct catalog *c = people_catalog(b->people, txn);
	struct fault f = {0};
	struct arena arena;
	enum err e = OK;

	b->user_id = catalog_find(c, S("userId"));
	arena_init(&arena);
	struct query q = {
	    .txn = txn, .catalog = c, .arena = &arena, .now = clock_now()};

	for (size_t i = 0; i < 2 * c->n && e == OK; i++) {
		struct list_in in = {0};
		const struct attr *a = &c->attrs[i / 2];

		arena_reset(&arena);
		if (sort_parse(c, a->name, &in.sort, &in.down, &f) != OK)
			continue; /* nothing to sort by */
		in.down = i % 2 == 1;
		f = (struct fault){0};
		e = walk(b, &q, in, &f);
	}
	if (e != OK)
		fprintf(stderr, "%s %s\n", f.path, f.text);
	arena_fini(&arena);
	return e;
}

int
main(int argc, char **argv)
{
	struct kv_options options = {.read_only = true};
	struct bench b = {0};
	struct fault f = {0};
	struct kv *kv;
	enum err e;

	if (argc != 3 || !str_to_u64(str_of(argv[2]), &b.turns) ||
	    b.turns < 1 || b.turns > TURNS_MAX) {
		fprintf(stderr, "usage: sort_bench STORE TURNS\n");
		return 64;
	}
	mem_keep();
	options.dir = argv[1];
	e = kv_open(&kv, &options, &f);
	if (e == OK) {
		b.people = people_open(kv);
		e = kv_read(kv, bench_all, &b, &f);
		people_close(b.people);
		kv_close(kv);
	}
	if (e != OK)
		fprintf(stderr, "%s\n", f.text[0] ? f.text : err_sentence(e));
	return e == OK ? 0 : 1;
}
