/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A page by a range, for sort attributes with an order (numbers, instants,
 * dates).  Walking to the first page of a few thousand users passes many
 * others, and reading them all is as long.  So the members in the first coarse
 * buckets of the order are gathered until a page's worth is there, and only
 * they are read and selected from.
 */
#include "list.h"

bool
page_range(struct page *p)
{
	uint64_t n = bits_count(p->set), want = p->max;
	struct order_in in = {
	    .attr = p->sorting.attr->id,
	    .down = p->sorting.down,
	    .within = p->set,
	    .levels = type_levels(p->sorting.attr->type),
	};
	uint64_t everybody =
	    posting_count(p->q->txn, (struct posting){.attr = A_EVERYBODY});

	if (n == 0 || !in.levels || (p->resumed && !p->after.set))
		return false;
	if (p->resumed)
		in.after_value = p->after.key;
	/* members of the first bucket may stand before the cursor */
	for (; want <= n; want *= 4) {
		struct bits *among = order_buckets(p->q->txn, &in, want,
						   everybody / n + 1);
		bool all = bits_count(among) < want;

		page_select(p, among);
		bits_free(among);
		if (p->n == p->max)
			return true;
		p->n = 0;
		if (all)
			break;
	}
	return false;
}
