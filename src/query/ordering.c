/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A whole set in list order, handed out a piece at a time, so that its memory
 * does not grow with the set.  A small set is put in order at once, as a page
 * is.  A large one is walked along the postings of the sort attribute, with
 * the walk kept open between pieces; who has no value comes last, from the
 * set's own order.  The segment column has no postings: there each piece is
 * the page after the one before.
 */
#include "list.h"

#include <stdlib.h>

#define AT_ONCE 10000u /* users */

struct ordering {
	struct page page; /* `after` is the last one handed out */
	struct arena_mark mark;
	struct order *walk; /* NULL: not, or over */
	uint32_t *ids;      /* of a small set, in order */
	size_t at, n;
	bool segments, over;
};

static void
order_at_once(struct ordering *o)
{
	struct page p = o->page;

	p.max = (size_t)bits_count(p.set);
	o->ids = mem_new((p.max + 1) * sizeof(*o->ids));
	p.ids = o->ids;
	if (p.max > 0)
		page_by_cost(&p);
	o->n = p.n;
}

struct ordering *
ordering_begin(struct query *q, const struct bits *set, const struct attr *sort,
	       bool down, size_t at_once)
{
	struct ordering *o = mem_new(sizeof(*o));
	struct order_in in = {.within = set, .down = down};

	if (!sort) {
		sort = sort_default(q->catalog);
		in.down = sort->id == A_LAST_SEEN;
	}
	o->page = (struct page){.q = q, .set = set, .sorting = {sort, in.down}};
	o->mark = arena_mark(q->arena);
	if (bits_count(set) <= at_once) {
		order_at_once(o);
		return o;
	}
	o->segments = sort->id == A_SEGMENT;
	if (o->segments)
		return o;
	in.attr = sort->id;
	in.level = sort_level(sort);
	in.levels = type_levels(sort->type);
	o->walk = order_open(q->txn, &in);
	return o;
}

struct ordering *
ordering_open(struct query *q, const struct bits *set, const struct attr *sort,
	      bool down)
{
	return ordering_begin(q, set, sort, down, AT_ONCE);
}

void
ordering_close(struct ordering *o)
{
	if (!o)
		return;
	order_close(o->walk);
	free(o->ids);
	free(o);
}

static size_t
take_at_once(struct ordering *o, uint32_t *ids, size_t max)
{
	size_t left = o->n - o->at, n = left < max ? left : max;

	memcpy(ids, o->ids + o->at, n * sizeof(*ids));
	o->at += n;
	return n;
}

/* The next page of the segment column, or of those without a value. */
static size_t
take_page(struct ordering *o, uint32_t *ids, size_t max)
{
	struct page *p = &o->page;
	uint32_t last;

	if (o->over || max == 0)
		return 0;
	p->ids = ids;
	p->max = max;
	p->n = 0;
	if (o->segments)
		page_segment(p);
	else
		page_unset(p);
	o->over = p->n < max;
	if (o->over)
		return p->n;
	last = ids[max - 1];
	arena_rewind(p->q->arena, o->mark);
	p->resumed = true;
	p->after = (struct place){.id = last};
	if (o->segments)
		place_of(p->q, p->sorting.attr, last, &p->after);
	return max;
}

size_t
ordering_take(struct ordering *o, uint32_t *ids, size_t max)
{
	size_t n = 0;

	if (o->ids)
		return take_at_once(o, ids, max);
	if (o->walk) {
		n = order_take(o->walk, ids, max);
		if (n == max)
			return n;
		order_close(o->walk);
		o->walk = NULL;
	}
	return n + take_page(o, ids + n, max - n);
}
