/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A page by walking: along the postings of the sort attribute from the cursor
 * on, keeping who is in the set.  Users without a value come after all others;
 * of them the set's own order is the page.
 */
#include "list.h"

/* Users of the set without a value, after the cursor if that is one of them. */
void
page_unset(struct page *p)
{
	struct query *q = p->q;
	struct bits *rest = bits_copy(p->set);
	struct bits *set =
	    posting_load(q->txn, (struct posting){.attr = p->sorting.attr->id,
						  .level = LEVEL_SET});
	bool resumed = p->resumed && !p->after.set;
	uint32_t first = p->sorting.down ? UINT32_MAX : 0;

	bits_minus(rest, set);
	bits_free(set);
	p->n += bits_page(rest, resumed ? p->after.id : first, !resumed,
			  p->sorting.down, p->ids + p->n, p->max - p->n);
	bits_free(rest);
}

bool
page_walk(struct page *p, uint64_t walk_max)
{
	struct order_in in = {
	    .attr = p->sorting.attr->id,
	    .level = sort_level(p->sorting.attr),
	    .down = p->sorting.down,
	    .within = p->set,
	    .levels = type_levels(p->sorting.attr->type),
	    .walk_max = walk_max,
	};
	struct order *o;
	bool gave_up = false;

	if (!p->resumed || p->after.set) {
		if (p->resumed) {
			in.after_value = p->after.key;
			in.after_id = p->after.id;
		}
		o = order_open(p->q->txn, &in);
		p->n = order_take(o, p->ids, p->max);
		gave_up = order_gave_up(o);
		order_close(o);
	}
	if (gave_up) {
		p->n = 0;
		return false;
	}
	if (p->n < p->max)
		page_unset(p);
	return true;
}
