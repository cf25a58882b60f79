/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A page by a range, for sort attributes with an order (numbers, instants,
 * dates).  Walking to the first page of a few thousand users passes many
 * others, and reading them all is as long.  So the places of a small sample
 * say where about the page ends; the members from the start of the page to
 * there are a range of the index, a few coarse buckets, and only they are read
 * and selected from.  If the sample misled and the range holds less than a
 * page, it grows.  The sample decides how long it takes, never what comes out.
 */
#include "list.h"

#include <stdlib.h>

#define SAMPLE 64u

struct sample {
	uint64_t keys[SAMPLE]; /* of members after the cursor, in list order */
	size_t n;
};

static uint64_t
order_of(struct str key)
{
	struct rd r = rd_of(key);

	return rd_be64(&r);
}

static int
up_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int
down_cmp(const void *a, const void *b)
{
	return up_cmp(b, a);
}

/* Members evenly apart in the set. */
static void
sample_take(struct page *p, struct sample *s)
{
	size_t n = bits_count(p->set);
	uint32_t *ids = mem_new(sizeof(*ids) * (n + 1));

	s->n = 0;
	bits_ids(p->set, ids);
	for (size_t i = 0; i < SAMPLE && n; i++) {
		struct arena_mark mark = arena_mark(p->q->arena);
		struct place at;

		place_of(p->q, p->sorting.attr, ids[i * n / SAMPLE], &at);
		if (at.set && (!p->resumed ||
			       place_cmp(&at, &p->after, p->sorting.down) > 0))
			s->keys[s->n++] = order_of(at.key);
		arena_rewind(p->q->arena, mark);
	}
	free(ids);
	qsort(s->keys, s->n, sizeof(*s->keys),
	      p->sorting.down ? down_cmp : up_cmp);
}

/* The far end of the range: the sampled key of `rank`, moved on to the edge of
 * the coarsest bucket that ends before the key half as far again. */
static uint64_t
range_end(const struct page *p, const struct sample *s, size_t rank)
{
	const struct levels *l = type_levels(p->sorting.attr->type);
	size_t beyond = rank + rank / 2 + 1;
	uint64_t end = s->keys[rank], limit;

	if (beyond >= s->n)
		beyond = s->n - 1;
	limit = s->keys[beyond];
	for (uint8_t level = l->n; level > 0; level--) {
		uint64_t ones = (UINT64_C(1) << l->shift[level]) - 1;
		uint64_t edge = p->sorting.down ? end & ~ones : end | ones;

		if (p->sorting.down ? edge >= limit : edge <= limit)
			return edge;
	}
	return end;
}

static struct bits *
range_members(struct page *p, uint64_t end)
{
	uint64_t lo = 0, hi = UINT64_MAX;
	struct bits *b;

	if (p->sorting.down) {
		lo = end;
		hi = p->resumed ? order_of(p->after.key) : hi;
	} else {
		lo = p->resumed ? order_of(p->after.key) : lo;
		hi = end;
	}
	b = posting_range(p->q->txn, p->sorting.attr->id,
			  type_levels(p->sorting.attr->type), lo, hi);
	bits_and(b, p->set);
	return b;
}

bool
page_range(struct page *p)
{
	uint64_t n = bits_count(p->set);
	struct sample s;
	size_t rank;

	if (n == 0 || !type_levels(p->sorting.attr->type) ||
	    (p->resumed && !p->after.set))
		return false;
	sample_take(p, &s);
	/* twice a page, to be safe */
	rank = (size_t)((2 * p->max * SAMPLE + n - 1) / n);
	for (; rank < s.n; rank *= 2) {
		struct bits *among = range_members(p, range_end(p, &s, rank));

		if (bits_count(among) >= p->max)
			page_select(p, among);
		bits_free(among);
		if (p->n == p->max)
			return true;
		p->n = 0;
	}
	return false;
}
