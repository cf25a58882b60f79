/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Distinct texts in order, in little memory: whatever order they come in and
 * however often, pass after pass gives each of them once, ascending, as a plain
 * sort of all of them does; no pass keeps more than it has room for.
 */
#include "src/export/names.h"
#include "t/tap.h"

#include <stdlib.h>

#define TEXTS 4000u

static char texts[TEXTS][40];

static struct str
text_at(size_t i)
{
	return str_of(texts[i]);
}

static int
text_cmp(const void *a, const void *b)
{
	return str_cmp(str_of(a), str_of(b));
}

/* Texts of every length, a few thousand of them, many more than once. */
static void
texts_make(unsigned seed, unsigned distinct)
{
	srand(seed);
	for (size_t i = 0; i < TEXTS; i++) {
		unsigned n = (unsigned)rand() % distinct;

		snprintf(texts[i], sizeof(texts[i]), "%.*s%u", (int)(n % 30),
			 "\xff~zabcdefghijklmnopqrstuvwxyz0123", n);
	}
}

/* All passes; how many names differ from `want`. */
static size_t
passes(size_t limit, char want[][40], size_t n_want, size_t *n_passes)
{
	struct names n;
	size_t at = 0, wrong = 0;
	bool more = true;

	names_init(&n, limit);
	for (*n_passes = 0; more && *n_passes < TEXTS; ++*n_passes) {
		for (size_t i = 0; i < TEXTS; i++)
			names_add(&n, text_at(i), text_at(i));
		names_sort(&n);
		wrong += n.bytes > limit && n.n > 1;
		for (size_t i = 0; i < n.n; i++, at++)
			wrong += at >= n_want ||
				 !str_eq(n.at[i].text, str_of(want[at])) ||
				 !str_eq(n.at[i].extra, n.at[i].text);
		more = n.more;
		names_next(&n);
	}
	names_fini(&n);
	return wrong + (at != n_want);
}

static void
test_passes(unsigned seed, unsigned distinct)
{
	static const size_t limits[] = {1, 200, 5000, 60000, SIZE_MAX};
	char(*want)[40] = malloc(sizeof(texts));
	size_t n = 0, count = 0, need = 0;

	texts_make(seed, distinct);
	memcpy(want, texts, sizeof(texts));
	qsort(want, TEXTS, sizeof(*want), text_cmp);
	for (size_t i = 0; i < TEXTS; i++)
		if (i == 0 || text_cmp(want[i], want[n - 1]) != 0)
			memmove(want[n++], want[i], sizeof(*want));
	for (size_t i = 0; i < n; i++)
		need += 2 * str_of(want[i]).n + sizeof(struct name);
	for (size_t i = 0; i < COUNT(limits); i++) {
		size_t wrong;

		if (limits[i] < 5000 && distinct > 300)
			continue; /* as many passes as names */
		wrong = passes(limits[i], want, n, &count);

		ok(wrong == 0, "seed %u: %zu names in %zu passes of %zu bytes",
		   seed, n, count, limits[i]);
		ok((count == 1) == (limits[i] >= need),
		   "in one only where there is room");
	}
	free(want);
}

static void
test_extras(void)
{
	struct names n;

	names_init(&n, SIZE_MAX);
	names_add(&n, S("b"), S("first"));
	names_add(&n, S("b"), S("second"));
	names_add(&n, S("a"), STR_NONE);
	names_add(&n, S(""), S("nothing"));
	names_sort(&n);
	ok(n.n == 2 && str_eq(n.at[0].text, S("a")) &&
	       str_eq(n.at[1].extra, S("first")),
	   "the first extra stays; an empty text is none");
	ok(names_find(&n, S("a")) == &n.at[0] && names_find(&n, S("c")) == NULL,
	   "found after the sort");
	names_first(&n);
	names_sort(&n);
	ok(n.n == 0 && names_find(&n, S("a")) == NULL && !n.more, "emptied");
	names_fini(&n);
}

int
main(void)
{
	unsigned seed = (unsigned)clock_now();

	test_extras();
	test_passes(seed, 200);
	test_passes(seed + 1, 1000000);
	return done_testing();
}
