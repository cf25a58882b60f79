/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A page in the order of the segment column.  There are no postings in that
 * order, since a new name of one segment would move everybody in it; the
 * people room splits the set by segment as far as the page goes.  A cursor
 * holds the segments of the last user; where they are too many for it, it
 * holds the user only, whose segments are looked up again.
 */
#include "list.h"

void
page_segment(struct page *p)
{
	struct membership *m = membership_load(p->q->txn);
	struct membership_in in = {
	    .within = p->set,
	    .down = p->sorting.down,
	    .after_key = p->resumed ? p->after.key : STR_NONE,
	    .after_id = p->after.id,
	};
	struct buf key;

	buf_init(&key);
	if (p->resumed && p->after.set && p->after.key.n == 0) {
		membership_key(m, p->after.id, &key);
		in.after_key = buf_str(&key);
	}
	if (!p->resumed || p->after.set)
		p->n = membership_page(m, &in, p->ids, p->max);
	if (p->n < p->max)
		page_unset(p);
	buf_fini(&key);
	membership_free(m);
}

void
place_in_segments(struct query *q, uint32_t id, struct place *out)
{
	struct membership *m = membership_load(q->txn);
	struct buf key;

	buf_init(&key);
	membership_key(m, id, &key);
	out->set = key.n > 0;
	if (key.n <= BITS_VALUE_MAX)
		out->key = arena_str(q->arena, buf_str(&key));
	buf_fini(&key);
	membership_free(m);
}
