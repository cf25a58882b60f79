/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two users become one.  What each knew is kept by instant, as if the events
 * had all named the survivor; identities of the other lead to the survivor
 * from then on; what happened to the other moves to the survivor's timeline.
 * Chats follow through the chats room, in the same transaction.  Both records
 * as they were, what they came to, and which keys moved are kept, so that the
 * merge can be taken back (undo.c).
 */
#include "room.h"

#include <stdlib.h>

#define LIST_BYTES 48000u /* of moved keys, in one value */

struct str
merge_key(char kind, uint32_t id, uint8_t out[5])
{
	struct wr w = wr_of(out, 5);

	wr_u8(&w, (uint8_t)kind);
	wr_be32(&w, id);
	return wr_out(&w);
}

/* `key` and what stands there, with the version before it. */
static void
keep(struct batch *b, struct buf *key, struct str what)
{
	struct buf value;

	buf_init(&value);
	buf_c(&value, PEOPLE_VERSION);
	buf_put(&value, what);
	kv_put(batch_txn(b), SP_MERGE, buf_str(key), buf_str(&value));
	buf_fini(&value);
}

void
merge_head_put(struct kv_txn *txn, const struct merge *m)
{
	uint8_t key[5];
	struct buf value;

	buf_init(&value);
	buf_c(&value, PEOPLE_VERSION);
	buf_be32(&value, m->from);
	buf_be32(&value, m->into);
	buf_instant(&value, m->at);
	buf_instant(&value, m->undone);
	buf_lstr(&value, m->from_user_id);
	kv_put(txn, SP_MERGE, merge_key('m', m->id, key), buf_str(&value));
	buf_fini(&value);
}

static void
keep_pair(struct batch *b, uint32_t user, uint32_t id)
{
	struct buf key;

	buf_init(&key);
	buf_c(&key, 'u');
	buf_be32(&key, user);
	buf_be32(&key, id);
	keep(b, &key, STR_NONE);
	buf_fini(&key);
}

enum { RECORD_FROM, RECORD_INTO, RECORD_RESULT };

static void
keep_record(struct batch *b, uint32_t id, int which, const struct user *u)
{
	uint8_t prefix[5];
	struct buf key, record;

	buf_init(&key);
	buf_init(&record);
	buf_put(&key, merge_key('r', id, prefix));
	buf_c(&key, (char)which);
	user_encode(&record, u);
	keep(b, &key, buf_str(&record));
	buf_fini(&key);
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

/* Last session data comes with the chats, but for what a manager said. */
static void
move_cells(struct batch *b, const struct user *from, uint32_t into)
{
	for (size_t i = 0; i < from->n_cells; i++) {
		const struct cell *c = &from->cells[i];
		const struct attr *a = batch_attr_by_id(b, c->attr);
		bool edited = c->now.stamp.source == FROM_MANAGER;

		if (a == NULL || (a->flags & (ATTR_COMING | ATTR_GONE)) != 0 ||
		    ((a->flags & ATTR_SESSION) != 0 && !edited))
			continue;
		if (c->shadow != NULL && (a->flags & ATTR_SESSION) == 0)
			cell_say(b, into, a, c->shadow);
		cell_say(b, into, a, &c->now);
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
	for (size_t i = 0; i < from->n_flows; i++)
		batch_flow(b, into, from->flows[i].flow,
			   (int)from->flows[i].open);
}

static void
move_segments(struct batch *b, uint32_t id, uint32_t from, uint32_t into)
{
	const uint32_t *found;
	size_t n = members_of(b, from, &found);
	struct buf key, list;
	uint8_t prefix[5];

	if (n == 0)
		return;
	buf_init(&key);
	buf_init(&list);
	for (size_t i = 0; i < n; i++) {
		buf_be32(&list, found[i]);
		buf_c(&list, (char)members_flip(b, found[i], into, true));
		members_flip(b, found[i], from, false);
	}
	buf_put(&key, merge_key('s', id, prefix));
	keep(b, &key, buf_str(&list));
	buf_fini(&key);
	buf_fini(&list);
}

static void
keep_list(struct batch *b, uint32_t id, enum kv_space space, uint32_t no,
	  struct buf *list)
{
	uint8_t prefix[5];
	struct buf key;

	if (list->n == 0)
		return;
	buf_init(&key);
	buf_put(&key, merge_key('k', id, prefix));
	buf_c(&key, space == SP_HISTORY);
	buf_be32(&key, no);
	keep(b, &key, buf_str(list));
	buf_fini(&key);
	buf_reset(list);
}

/* Everything of one user under another, noting what moved. */
static void
move_keys(struct batch *b, enum kv_space space, uint32_t id, uint32_t from,
	  uint32_t into)
{
	uint8_t prefix[4];
	struct buf pairs, key, list;
	uint32_t no = 0;
	struct rd r;

	buf_init(&pairs);
	buf_init(&key);
	buf_init(&list);
	keys_copy(batch_txn(b), space, user_key(from, prefix), &pairs);
	r = rd_of(buf_str(&pairs));
	while (rd_left(&r) > 0) {
		struct str old = rd_str(&r), value = rd_str(&r);
		struct str rest = str_cut(old, 4, old.n);

		kv_del(batch_txn(b), space, old);
		buf_reset(&key);
		buf_be32(&key, into);
		buf_put(&key, rest);
		kv_put(batch_txn(b), space, buf_str(&key), value);
		buf_lstr(&list, rest);
		if (list.n > LIST_BYTES)
			keep_list(b, id, space, no++, &list);
	}
	keep_list(b, id, space, no, &list);
	buf_fini(&pairs);
	buf_fini(&key);
	buf_fini(&list);
}

static void
keep_range(struct batch *b, uint32_t id, uint64_t first, uint64_t end)
{
	uint8_t prefix[5], bytes[16];
	struct wr w = wr_of(bytes, sizeof(bytes));
	struct buf key;

	wr_be64(&w, first);
	wr_be64(&w, end);
	buf_init(&key);
	buf_put(&key, merge_key('h', id, prefix));
	keep(b, &key, wr_out(&w));
	buf_fini(&key);
}

static void
merge_do(struct batch *b, uint32_t id, struct user *source, struct user *target)
{
	uint32_t from = source->id, into = target->id;
	uint64_t first;

	sayings_flush(b);
	first = batch_counters(b)->next_trail;
	keep_pair(b, from, id);
	keep_pair(b, into, id);
	keep_record(b, id, RECORD_FROM, source);
	keep_record(b, id, RECORD_INTO, target);
	move_keys(b, SP_TRAIL, id, from, into);
	move_keys(b, SP_HISTORY, id, from, into);
	move_identities(b, source, into);
	move_cells(b, source, into);
	move_facts(b, source, into);
	move_segments(b, id, from, into);
	sayings_flush(b);
	keep_range(b, id, first, batch_counters(b)->next_trail);
	keep_record(b, id, RECORD_RESULT, target);
	source->exists = false;
}

enum err
batch_merge(struct batch *b, uint32_t from, uint32_t into, int64_t at,
	    struct fault *f)
{
	struct merge m = {
	    .from = from, .into = into, .at = at, .undone = INSTANT_NONE};
	struct user *source, *target;

	if (from == into)
		return fail(f, ERR_INVALID, "into",
			    "expected two different users");
	source = &batch_open(b, from)->now;
	target = &batch_open(b, into)->now;
	if (!source->exists || !target->exists)
		return fail(f, ERR_NOT_FOUND, source->exists ? "into" : "from",
			    "there is no such user");
	TRY(batch_fits(b, into, batch_peek(b, from)->bytes, f));
	m.id = batch_counters(b)->next_merge++;
	m.from_user_id = source->user_id;
	merge_head_put(batch_txn(b), &m);
	merge_do(b, m.id, source, target);
	return OK;
}

uint32_t
batch_merge_id(const struct batch *b)
{
	return batch_counters((struct batch *)b)->next_merge - 1;
}
