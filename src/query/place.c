/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The place of a user in a sort order, worked out from the record.  It must
 * agree to the byte with where the postings put the user, for a page may come
 * from either: texts by their key (folded, cut when long), sets by their
 * joined key, orders by eight bytes.  A value that is none of the attribute's
 * type (a misfit) counts as unset.
 */
#include "list.h"

uint8_t
sort_level(const struct attr *a)
{
	return a->type == TYPE_SET ? LEVEL_JOINED : 0;
}

static void
key_put(struct query *q, const struct attr *a, const struct value *v,
	struct buf *out)
{
	struct buf joined;
	uint8_t ip[16];

	switch (a->type) {
	case TYPE_TEXT:
		value_key_text(out, text_folded(q->arena, v->text));
		return;
	case TYPE_NUMBER:
	case TYPE_INSTANT:
	case TYPE_DATE:
		buf_be64(out, value_order(v));
		return;
	case TYPE_BOOLEAN:
		buf_c(out, (char)v->flag);
		return;
	case TYPE_IP:
		buf_put(out, value_key_ip(&v->ip, ip));
		return;
	case TYPE_SET:
		buf_init(&joined);
		value_text(&joined, v);
		value_key_text(out, text_folded(q->arena, buf_str(&joined)));
		buf_fini(&joined);
		return;
	case TYPE_COUNT:
		return;
	}
}

void
place_of(struct query *q, const struct attr *sort, uint32_t id,
	 struct place *out)
{
	struct user_view u;
	struct value v;
	struct buf key;

	*out = (struct place){.id = id};
	if (sort->id == A_SEGMENT) {
		place_in_segments(q, id, out);
		return;
	}
	if (!user_view(q->txn, q->catalog, id, &u) ||
	    !user_value(&u, q->arena, q->txn, sort, &v) || v.misfit)
		return;
	buf_init(&key);
	key_put(q, sort, &v, &key);
	out->set = true;
	out->key = arena_str(q->arena, buf_str(&key));
	buf_fini(&key);
}

int
place_cmp(const struct place *a, const struct place *b, bool down)
{
	int c = 0;

	if (a->set != b->set)
		return a->set ? -1 : 1;
	if (a->set)
		c = str_cmp(a->key, b->key);
	if (c == 0)
		c = (a->id > b->id) - (a->id < b->id);
	return down ? -c : c;
}
