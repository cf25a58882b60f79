/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A page of a list, exactly, by one of three plans that give the same rows.
 * Walking passes everybody in order and keeps who is in the set: cheap when
 * the set is a good part of everybody.  Selecting reads the sort value of
 * every member: cheap when there are few.  In between, a range of the index is
 * selected from where the sort attribute has one; where it has none a walk is
 * tried with a limit, for the values may be few (a thousand plans pass in no
 * time, a million names do not), and then everything is read.
 */
#include "list.h"

/* In the unit of passing one posting (75 ns on the reference machine). */
#define COST_READ 6u     /* reading one member's place */
#define COST_RANGE 800u /* a page by a range */
#define COST_TRIAL 4u    /* a trial walk is this part of what it may save */

struct costs {
	uint64_t walk, read;
};

/* A walk passes everybody/n users for each of the page's. */
static struct costs
page_costs(const struct page *p)
{
	uint64_t n = bits_count(p->set);
	uint64_t everybody =
	    posting_count(p->q->txn, (struct posting){.attr = A_EVERYBODY});

	return (struct costs){.walk = n ? p->max * everybody / n : 0,
			      .read = n * COST_READ};
}

void
page_by_cost(struct page *p)
{
	struct costs c = page_costs(p);
	bool ordered = type_levels(p->sorting.attr->type) != NULL;

	if (p->sorting.attr->id == A_SEGMENT) {
		page_segment(p);
		return;
	}
	if (c.walk <= c.read && (!ordered || c.walk <= COST_RANGE)) {
		page_walk(p, 0);
		return;
	}
	if (ordered && c.read > COST_RANGE && page_range(p))
		return;
	if (!ordered && c.read > COST_RANGE &&
	    page_walk(p, c.read / COST_TRIAL))
		return;
	if (c.walk <= c.read)
		page_walk(p, 0);
	else
		page_select(p, p->set);
}

/* Fill the page by the plan; a range that cannot be falls back. */
static void
page_fill(struct page *p, enum list_plan plan)
{
	if (plan == PLAN_BY_COST || p->sorting.attr->id == A_SEGMENT)
		page_by_cost(p);
	else if (plan == PLAN_WALK)
		page_walk(p, 0);
	else if (plan == PLAN_SELECT || !page_range(p))
		page_select(p, p->set);
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
		p.sorting.attr = sort_default(q->catalog);
	p.resumed = in->after.n > 0;
	if (p.resumed)
		TRY(cursor_parse(q->arena, in->after, &p.sorting, &p.after, f));
	/* One more than asked for tells whether there is a next page. */
	p.max = in->limit + 1;
	p.ids = arena_get(q->arena, sizeof(*p.ids) * p.max);
	set = filter_run(q, in->filter);
	p.set = set;
	out->total = bits_count(set);
	page_fill(&p, plan);
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
