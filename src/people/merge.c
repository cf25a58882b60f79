/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two users become one.  What each knew is kept by instant, as if the events
 * had all named the survivor; identities of the other lead to the survivor
 * from then on; what happened to the other moves to the survivor's timeline.
 * Chats follow through the chats room, in the same transaction.  Both records
 * as they were are kept, so that the merge can be taken back.
 */
#include "layout.h"

#include <stdlib.h>

static void
keep_for_undo(struct batch *b, const struct user *from,
	      const struct user *into, int64_t at)
{
	struct buf key, value, record;

	buf_init(&key);
	buf_init(&value);
	buf_init(&record);
	buf_instant(&key, at);
	buf_be32(&key, from->id);
	buf_c(&value, PEOPLE_VERSION);
	buf_be32(&value, into->id);
	user_encode(&record, from);
	buf_lstr(&value, buf_str(&record));
	buf_reset(&record);
	user_encode(&record, into);
	/* two whole records may be more than one value: the second stands alone */
	kv_put(batch_txn(b), SP_MERGE, buf_str(&key), buf_str(&value));
	buf_c(&key, 1);
	buf_reset(&value);
	buf_c(&value, PEOPLE_VERSION);
	buf_put(&value, buf_str(&record));
	kv_put(batch_txn(b), SP_MERGE, buf_str(&key), buf_str(&value));
	buf_fini(&key);
	buf_fini(&value);
	buf_fini(&record);
}

static void
move_identities(struct batch *b, const struct user *from, uint32_t into)
{
	struct identity own = ident_user_id(from->user_id);

	batch_take_identity(b, into, &own);
	for (size_t i = 0; i < from->n_identities; i++)
		batch_take_identity(b, into, &from->identities[i]);
}

static void
move_cells(struct batch *b, const struct user *from, uint32_t into)
{
	for (size_t i = 0; i < from->n_cells; i++) {
		const struct cell *c = &from->cells[i];
		const struct attr *a = batch_attr_by_id(b, c->attr);
		struct value v;

		if (a == NULL || (a->flags & ATTR_SESSION) != 0)
			continue; /* last session data comes with the chats */
		if (cell_value(c, batch_arena(b), &v))
			batch_set(b, into, a, &v, c->stamp);
		else if ((c->kind & CELL_CLEARED) != 0)
			batch_set(b, into, a, NULL, c->stamp);
	}
}

static void
move_facts(struct batch *b, const struct user *from, uint32_t into)
{
	batch_seen(b, into, from->first, from->last);
	if (from->consent != CONSENT_NONE)
		batch_consent(b, into, from->consent == CONSENT_IN,
			      from->consent_at);
	if (from->valid != VALID_UNKNOWN)
		batch_validity(b, into, from->valid == VALID_YES,
			       from->valid_at);
	for (size_t i = 0; i < from->n_segments; i++)
		batch_segment(b, into,
			      arena_str(batch_arena(b),
					segment_name(batch_txn(b),
						     from->segments[i])));
	for (size_t i = 0; i < from->n_flows; i++)
		batch_flow(b, into, from->flows[i].flow,
			   (int)from->flows[i].open);
}

/* Gather first, write after: a cursor must not walk what is being changed. */
static void
move_trail(struct batch *b, uint32_t from, uint32_t into)
{
	uint8_t prefix[4];
	struct kv_cursor *c =
	    kv_cursor(batch_txn(b), SP_TRAIL, user_key(from, prefix));
	struct buf pairs, key;
	struct rd r;

	buf_init(&pairs);
	buf_init(&key);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		buf_lstr(&pairs, kv_key(c));
		buf_lstr(&pairs, kv_value(c));
	}
	kv_cursor_close(c);
	r = rd_of(buf_str(&pairs));
	while (rd_left(&r) > 0) {
		struct str old = rd_str(&r), value = rd_str(&r);

		kv_del(batch_txn(b), SP_TRAIL, old);
		buf_reset(&key);
		buf_be32(&key, into);
		buf_put(&key, str_cut(old, 4, old.n));
		kv_put(batch_txn(b), SP_TRAIL, buf_str(&key), value);
	}
	buf_fini(&pairs);
	buf_fini(&key);
}

enum err
batch_merge(struct batch *b, uint32_t from, uint32_t into, int64_t at,
	    struct fault *f)
{
	struct user *source, *target;

	if (from == into)
		return fail(f, ERR_INVALID, "into",
			    "expected two different users");
	source = &batch_open(b, from)->now;
	target = &batch_open(b, into)->now;
	if (!source->exists || !target->exists)
		return fail(f, ERR_NOT_FOUND, source->exists ? "into" : "from",
			    "there is no such user");
	TRY(batch_fits(b, into, batch_record_bytes(b, from), f));
	keep_for_undo(b, source, target, at);
	move_identities(b, source, into);
	move_cells(b, source, into);
	move_facts(b, source, into);
	move_trail(b, from, into);
	source->exists = false;
	return OK;
}
