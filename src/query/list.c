/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A page of a list, exactly, by one of two plans.  Walking goes along the
 * postings of the sort attribute from the cursor on and keeps who is in the
 * set: cheap when the set is a good part of everybody, for then the page is
 * full soon.  Selecting reads the sort value of every member and keeps the
 * best of them in a heap: cheap when the set is small, for then a walk would
 * pass nearly everybody.  Both give the same rows.
 *
 * Users without a value come last in either direction, by id; of them the
 * set's own order is the page.
 */
#include "list.h"

#include <stdlib.h>

/* Measured on the reference machine, in the same unit: reading a record's sort
 * value, and passing one user of the walk. */
#define COST_SELECT 5u
#define COST_WALK 1u

struct page {
	struct query *q;
	const struct bits *set;
	struct sorting sorting;
	bool resumed; /* `after` holds the last place of the page before */
	struct place after;
	uint32_t *ids;
	size_t n, max;
};

/* Walk ----------------------------------------------------------------------- */

/* Users of the set without a value, after the cursor if that is one of them. */
static void
walk_unset(struct page *p)
{
	struct query *q = p->q;
	struct bits *rest = bits_copy(p->set);
	struct bits *set = posting_load(
	    q->txn, (struct posting){.attr = p->sorting.attr->id,
				     .level = LEVEL_SET});
	bool resumed = p->resumed && !p->after.set;
	uint32_t first = p->sorting.down ? UINT32_MAX : 0;

	bits_minus(rest, set);
	bits_free(set);
	p->n += bits_page(rest, resumed ? p->after.id : first, !resumed,
			  p->sorting.down, p->ids + p->n, p->max - p->n);
	bits_free(rest);
}

static void
page_walk(struct page *p)
{
	struct order_in in = {
	    .attr = p->sorting.attr->id,
	    .level = sort_level(p->sorting.attr),
	    .down = p->sorting.down,
	    .within = p->set,
	    .levels = type_levels(p->sorting.attr->type),
	};
	struct order *o;

	if (!p->resumed || p->after.set) {
		if (p->resumed) {
			in.after_value = p->after.key;
			in.after_id = p->after.id;
		}
		o = order_open(p->q->txn, &in);
		p->n = order_take(o, p->ids, p->max);
		order_close(o);
	}
	if (p->n < p->max)
		walk_unset(p);
}

/* Select --------------------------------------------------------------------- */

/* A heap of the best so far, the worst of them on top. */
struct best {
	struct place *at;
	struct buf *keys; /* one a slot, so that slots can be reused */
	size_t n, max;
	bool down;
};

static bool
best_worse(const struct best *b, size_t i, size_t j)
{
	return place_cmp(&b->at[i], &b->at[j], b->down) > 0;
}

static void
best_swap(struct best *b, size_t i, size_t j)
{
	struct place place = b->at[i];
	struct buf key = b->keys[i];

	b->at[i] = b->at[j];
	b->keys[i] = b->keys[j];
	b->at[j] = place;
	b->keys[j] = key;
}

static void
best_sink(struct best *b, size_t i)
{
	for (;;) {
		size_t worst = i, left = 2 * i + 1;

		if (left < b->n && best_worse(b, left, worst))
			worst = left;
		if (left + 1 < b->n && best_worse(b, left + 1, worst))
			worst = left + 1;
		if (worst == i)
			return;
		best_swap(b, i, worst);
		i = worst;
	}
}

static void
best_store(struct best *b, size_t i, const struct place *place)
{
	buf_reset(&b->keys[i]);
	buf_put(&b->keys[i], place->key);
	b->at[i] = *place;
	b->at[i].key = buf_str(&b->keys[i]);
}

static void
best_offer(struct best *b, const struct place *place)
{
	if (b->n == b->max) {
		if (place_cmp(place, &b->at[0], b->down) >= 0)
			return;
		best_store(b, 0, place);
		best_sink(b, 0);
		return;
	}
	best_store(b, b->n, place);
	for (size_t i = b->n++; i > 0; i = (i - 1) / 2) {
		if (!best_worse(b, i, (i - 1) / 2))
			return;
		best_swap(b, i, (i - 1) / 2);
	}
}

/* Take them out worst first: that fills the page from its end. */
static void
best_drain(struct best *b, struct page *p)
{
	p->n = b->n;
	while (b->n) {
		p->ids[b->n - 1] = b->at[0].id;
		best_swap(b, 0, --b->n);
		best_sink(b, 0);
	}
}

static void
page_select(struct page *p)
{
	struct arena *a = p->q->arena;
	struct best best = {.max = p->max, .down = p->sorting.down};
	size_t n = bits_count(p->set);
	uint32_t *ids = mem_new(sizeof(*ids) * (n + 1));

	best.at = mem_new(sizeof(*best.at) * p->max);
	best.keys = mem_new(sizeof(*best.keys) * p->max);
	for (size_t i = 0; i < p->max; i++)
		buf_init(&best.keys[i]);
	bits_ids(p->set, ids);
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(a);
		struct place place;

		place_of(p->q, p->sorting.attr, ids[i], &place);
		if (!p->resumed ||
		    place_cmp(&place, &p->after, p->sorting.down) > 0)
			best_offer(&best, &place);
		arena_rewind(a, mark);
	}
	best_drain(&best, p);
	for (size_t i = 0; i < p->max; i++)
		buf_fini(&best.keys[i]);
	free(best.keys);
	free(best.at);
	free(ids);
}

/* The choice ------------------------------------------------------------------- */

/* A walk passes everybody/n users for each of the page's, a selection reads
 * all n; where n is nearly everybody the first is a page, the second all. */
static enum list_plan
plan_choose(const struct page *p)
{
	uint64_t n = bits_count(p->set);
	uint64_t everybody = posting_count(
	    p->q->txn, (struct posting){.attr = A_EVERYBODY});

	return n * n * COST_SELECT <= p->max * everybody * COST_WALK
		   ? PLAN_SELECT
		   : PLAN_WALK;
}

enum err
list_run(struct query *q, const struct list_in *in, enum list_plan plan,
	 struct list_out *out, struct fault *f)
{
	struct page p = {.q = q, .sorting = {in->sort, in->down}};
	struct bits *set;

	*out = (struct list_out){0};
	if (in->limit < 1 || in->limit > LIST_LIMIT_MAX)
		return fail(f, ERR_INVALID, "limit", "expected 1 to %u",
			    LIST_LIMIT_MAX);
	if (!p.sorting.attr)
		p.sorting.attr = catalog_by_id(q->catalog, A_LAST_SEEN);
	p.resumed = in->after.n > 0;
	if (p.resumed)
		TRY(cursor_parse(q->arena, in->after, &p.sorting, &p.after,
				 f));
	/* One more than asked for tells whether there is a next page. */
	p.max = in->limit + 1;
	p.ids = arena_get(q->arena, sizeof(*p.ids) * p.max);
	set = filter_run(q, in->filter);
	p.set = set;
	out->total = bits_count(set);
	if (plan == PLAN_BY_COST)
		plan = plan_choose(&p);
	if (plan == PLAN_WALK)
		page_walk(&p);
	else
		page_select(&p);
	bits_free(set);
	out->ids = p.ids;
	out->n = p.n < in->limit ? p.n : in->limit;
	if (p.n > in->limit) {
		struct place last;

		place_of(q, p.sorting.attr, p.ids[in->limit - 1], &last);
		out->next = cursor_text(q->arena, &p.sorting, &last);
	}
	return kv_error(q->txn);
}

enum err
query_list(struct query *q, const struct list_in *in, struct list_out *out,
	   struct fault *f)
{
	return list_run(q, in, PLAN_BY_COST, out, f);
}

enum err
query_order(struct query *q, const struct bits *set, const struct attr *sort,
	    bool down, uint32_t *ids, size_t *n, struct fault *f)
{
	struct page p = {.q = q,
			 .set = set,
			 .sorting = {sort, down},
			 .ids = ids,
			 .max = bits_count(set)};

	if (!sort) {
		p.sorting.attr = catalog_by_id(q->catalog, A_LAST_SEEN);
		p.sorting.down = true;
	}
	if (p.max && plan_choose(&p) == PLAN_SELECT)
		page_select(&p);
	else if (p.max)
		page_walk(&p);
	*n = p.n;
	return kv_error(q->txn);
}
