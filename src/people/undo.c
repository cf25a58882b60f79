/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A merge taken back.  Three records tell what to do: the two as they were and
 * the one they came to.  Where the survivor still has what the merge gave it,
 * it gets back what it had; where something changed since, that stays.  The
 * other comes back as it was, under its old id, and with it its identities,
 * segments, timeline and history, of which the merge noted what moved.
 */
#include "room.h"

#include <stdlib.h>

struct undo {
	struct batch *b;
	struct merge merge;
	struct user from, into, result; /* as they were, what they came to */
};

/* Read --------------------------------------------------------------------- */

bool
merge_get(struct kv_txn *txn, uint32_t id, struct merge *out)
{
	uint8_t key[5];
	struct str value;
	struct rd r;

	*out = (struct merge){.id = id};
	if (!kv_get(txn, SP_MERGE, merge_key('m', id, key), &value))
		return false;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	out->from = rd_be32(&r);
	out->into = rd_be32(&r);
	out->at = rd_instant(&r);
	out->undone = rd_instant(&r);
	out->from_user_id = rd_str(&r);
	if (!rd_done(&r))
		kv_fail(txn, ERR_CORRUPT, "merge", "merge %u is damaged", id);
	return kv_error(txn) == OK;
}

static struct str
pair_prefix(uint32_t user, uint8_t out[5])
{
	return merge_key('u', user, out);
}

void
merges_each(struct kv_txn *txn, uint32_t user, merge_fn *fn, void *arg)
{
	uint8_t prefix[5];
	struct kv_cursor *c =
	    kv_cursor(txn, SP_MERGE, pair_prefix(user, prefix));
	bool go = true;

	for (bool more = kv_seek(c, STR_NONE); more && go; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 5, SIZE_MAX));
		struct merge m;

		if (merge_get(txn, rd_be32(&r), &m))
			go = fn(arg, &m);
	}
	kv_cursor_close(c);
}

struct bits *
people_merged(struct kv_txn *txn)
{
	struct kv_cursor *c = kv_cursor(txn, SP_MERGE, S("m"));
	struct bits *out = bits_new();

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		struct merge m;

		if (!merge_get(txn, rd_be32(&r), &m))
			continue;
		bits_add(out, m.from);
		bits_add(out, m.into);
	}
	kv_cursor_close(c);
	return out;
}

static enum err
read_record(struct undo *u, uint8_t which, uint32_t id, struct user *out)
{
	struct arena *a = batch_arena(u->b);
	struct kv_txn *txn = batch_txn(u->b);
	uint8_t prefix[5];
	struct str value = STR_NONE;
	struct buf key;
	bool good;

	buf_init(&key);
	buf_put(&key, merge_key('r', u->merge.id, prefix));
	buf_c(&key, (char)which);
	good =
	    kv_get(txn, SP_MERGE, buf_str(&key), &value) && value.n > 1 &&
	    user_decode(a, id, arena_str(a, str_cut(value, 1, value.n)), out);
	buf_fini(&key);
	if (good)
		return OK;
	return kv_fail(txn, ERR_CORRUPT, "merge", "merge %u is damaged",
		       u->merge.id);
}

/* Forgetting --------------------------------------------------------------- */

void
merge_forget(struct kv_txn *txn, uint32_t id, bool whole)
{
	uint8_t key[5];
	struct merge m;
	struct buf pair;

	for (const char *kind = "rskh"; *kind != '\0'; kind++)
		keys_delete(txn, SP_MERGE, merge_key(*kind, id, key));
	if (!whole || !merge_get(txn, id, &m))
		return;
	buf_init(&pair);
	for (int i = 0; i < 2; i++) {
		buf_reset(&pair);
		buf_put(&pair, pair_prefix(i == 0 ? m.from : m.into, key));
		buf_be32(&pair, id);
		kv_del(txn, SP_MERGE, buf_str(&pair));
	}
	buf_fini(&pair);
	kv_del(txn, SP_MERGE, merge_key('m', id, key));
}

struct gathered {
	uint32_t user;
	struct buf ids, users; /* merges of the user; who went into it */
};

static bool
gather(void *arg, const struct merge *m)
{
	struct gathered *g = arg;

	buf_be32(&g->ids, m->id);
	if (m->into == g->user && m->undone == INSTANT_NONE)
		buf_be32(&g->users, m->from);
	return true;
}

/* Also those of who went into the user, and so on: all of it is the user. */
uint64_t
merges_erase(struct batch *b, uint32_t user)
{
	struct kv_txn *txn = batch_txn(b);
	struct gathered g = {.user = user};
	uint64_t n = 0;
	struct rd r;

	buf_init(&g.ids);
	buf_init(&g.users);
	merges_each(txn, user, gather, &g);
	r = rd_of(buf_str(&g.ids));
	for (; rd_left(&r) > 0; n++)
		merge_forget(txn, rd_be32(&r), true);
	r = rd_of(buf_str(&g.users));
	while (rd_left(&r) > 0) {
		uint32_t part = rd_be32(&r);

		moves_erase(b, part);
		n += merges_erase(b, part);
	}
	buf_fini(&g.ids);
	buf_fini(&g.users);
	return n;
}

/* Cells -------------------------------------------------------------------- */

static const struct word *
manager_lane(const struct cell *c)
{
	return c != NULL && c->now.stamp.source == FROM_MANAGER ? &c->now
								: NULL;
}

static const struct word *
event_lane(const struct cell *c)
{
	if (c == NULL)
		return NULL;
	return c->now.stamp.source == FROM_MANAGER ? c->shadow : &c->now;
}

static bool
lane_same(const struct word *a, const struct word *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return word_same(a, b) && a->stamp.at == b->stamp.at &&
	       a->stamp.source == b->stamp.source && a->by == b->by;
}

/* What the survivor's cell is to be. False: it has none. */
static bool
cell_parted(struct arena *a, const struct cell *was, const struct cell *result,
	    const struct cell *now, struct cell *out)
{
	bool by_hand = lane_same(manager_lane(now), manager_lane(result));
	const struct word *manager = manager_lane(by_hand ? was : now);
	const struct word *event = event_lane(
	    lane_same(event_lane(now), event_lane(result)) ? was : now);
	struct word *shadow = NULL;

	if (manager == NULL && event == NULL)
		return false;
	*out = (struct cell){.now = manager != NULL ? *manager : *event};
	if (manager == NULL)
		return true;
	if (event != NULL) {
		shadow = arena_get(a, sizeof(*shadow));
		*shadow = *event;
	}
	out->shadow = shadow;
	out->previous = (by_hand ? was : now)->previous;
	return true;
}

static void
part_cell(struct undo *u, uint16_t attr)
{
	const struct cell *was = user_cell(&u->into, attr);
	const struct cell *result = user_cell(&u->result, attr);
	struct user *now = &batch_open(u->b, u->into.id)->now;
	struct cell made;

	if (cell_parted(batch_arena(u->b), was, result, user_cell(now, attr),
			&made))
		cell_restore(u->b, u->into.id, attr, &made);
	else
		cell_restore(u->b, u->into.id, attr, NULL);
}

/* An attribute may have changed its type since: then its cells are read as
 * that of the same origin that there is now. */
static const struct attr *
attr_today(struct batch *b, uint16_t id)
{
	const struct catalog *c = batch_catalog(b);
	const struct attr *old = catalog_by_id(c, id);

	if (old == NULL || (old->flags & ATTR_GONE) == 0)
		return old;
	for (size_t i = 0; i < c->n; i++)
		if (c->attrs[i].origin == old->origin)
			return &c->attrs[i];
	return NULL;
}

static int
cell_cmp(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	return (x->attr > y->attr) - (x->attr < y->attr);
}

/* Bring an old record's cells to today's attributes, without twins. */
static void
cells_today(struct batch *b, struct user *u)
{
	size_t kept = 0;

	for (size_t i = 0; i < u->n_cells; i++) {
		struct cell c = u->cells[i];
		const struct attr *a = attr_today(b, c.attr);

		if (a == NULL || (a->flags & ATTR_COMING) != 0)
			continue;
		if (a->id != c.attr)
			cell_as(b, a, &c);
		u->cells[kept++] = c;
	}
	u->n_cells = kept;
	if (kept > 1)
		qsort(u->cells, kept, sizeof(*u->cells), cell_cmp);
	for (size_t i = 1; i < kept; i++) /* of one kept as both types */
		if (u->cells[i].attr == u->cells[i - 1].attr) {
			memmove(u->cells + i, u->cells + i + 1,
				(kept - i - 1) * sizeof(*u->cells));
			u->n_cells = --kept;
			i--;
		}
}

static void
part_cells(struct undo *u)
{
	struct user *now = &batch_open(u->b, u->into.id)->now;
	const struct catalog *c = batch_catalog(u->b);

	for (size_t i = 0; i < c->n; i++) {
		const struct attr *a = &c->attrs[i];

		if (user_cell(&u->into, a->id) == NULL &&
		    user_cell(&u->result, a->id) == NULL &&
		    user_cell(now, a->id) == NULL)
			continue;
		part_cell(u, a->id);
		if (a->twin != 0)
			cell_twin(u->b, u->into.id, a);
	}
}

/* Facts -------------------------------------------------------------------- */

static uint32_t
runs_of(const struct user *u, struct str flow)
{
	for (size_t i = 0; i < u->n_flows; i++)
		if (str_eq(u->flows[i].flow, flow))
			return u->flows[i].open;
	return 0;
}

static void
part_facts(struct undo *u)
{
	struct user *now = &batch_open(u->b, u->into.id)->now;
	const struct user *was = &u->into, *result = &u->result;

	if (now->first == result->first)
		now->first = was->first;
	if (now->last == result->last)
		now->last = was->last;
	if (now->consent == result->consent &&
	    now->consent_at == result->consent_at) {
		now->consent = was->consent;
		now->consent_at = was->consent_at;
	}
	if (now->valid == result->valid && now->valid_at == result->valid_at) {
		now->valid = was->valid;
		now->valid_at = was->valid_at;
	}
	for (size_t i = 0; i < u->from.n_flows; i++) {
		struct flow_runs *f = &u->from.flows[i];
		uint32_t open = runs_of(now, f->flow);

		if (open < f->open) /* some ended since */
			f->open = open;
		batch_flow(u->b, was->id, f->flow, -(int)f->open);
		now = &batch_open(u->b, was->id)->now;
	}
}

static bool
identity_same(const struct identity *a, const struct identity *b)
{
	return str_eq(a->channel, b->channel) && str_eq(a->kind, b->kind) &&
	       str_eq(a->value, b->value);
}

static bool
identity_of(const struct user *u, const struct identity *i)
{
	struct identity own = ident_user_id(u->user_id);

	if (identity_same(&own, i))
		return true;
	for (size_t k = 0; k < u->n_identities; k++)
		if (identity_same(&u->identities[k], i))
			return true;
	return false;
}

static void
part_identities(struct undo *u)
{
	struct user *now = &batch_open(u->b, u->into.id)->now;
	struct identity *kept = arena_get(
	    batch_arena(u->b), (now->n_identities + 1) * sizeof(*kept));
	struct identity own = ident_user_id(u->from.user_id);
	size_t n = 0;

	for (size_t i = 0; i < now->n_identities; i++)
		if (!identity_of(&u->from, &now->identities[i]))
			kept[n++] = now->identities[i];
	now->identities = kept;
	now->n_identities = n;
	ident_put(batch_txn(u->b), &own, u->from.id);
	for (size_t i = 0; i < u->from.n_identities; i++)
		ident_put(batch_txn(u->b), &u->from.identities[i], u->from.id);
}

/* Beside the record -------------------------------------------------------- */

static void
part_segments(struct undo *u)
{
	struct kv_txn *txn = batch_txn(u->b);
	uint8_t key[5];
	struct str value;
	struct rd r;

	if (!kv_get(txn, SP_MERGE, merge_key('s', u->merge.id, key), &value))
		return;
	r = rd_of(arena_str(batch_arena(u->b), value));
	rd_u8(&r);
	while (rd_left(&r) > 0) {
		uint32_t segment = rd_be32(&r);
		bool new = rd_u8(&r) != 0;

		if (!segment_is(txn, segment, SEGMENT_STATIC))
			continue;
		members_flip(u->b, segment, u->from.id, true);
		if (new)
			members_flip(u->b, segment, u->into.id, false);
	}
}

static void
move_back(struct undo *u, enum kv_space space, struct str rest)
{
	struct kv_txn *txn = batch_txn(u->b);
	struct buf key;
	struct str value;

	buf_init(&key);
	buf_be32(&key, u->into.id);
	buf_put(&key, rest);
	if (kv_get(txn, space, buf_str(&key), &value)) {
		value = arena_str(batch_arena(u->b), value);
		kv_del(txn, space, buf_str(&key));
		buf_reset(&key);
		buf_be32(&key, u->from.id);
		buf_put(&key, rest);
		kv_put(txn, space, buf_str(&key), value);
	}
	buf_fini(&key);
}

static void
part_keys(struct undo *u)
{
	uint8_t prefix[5];
	struct buf pairs;
	struct rd r;

	buf_init(&pairs);
	keys_copy(batch_txn(u->b), SP_MERGE,
		  merge_key('k', u->merge.id, prefix), &pairs);
	r = rd_of(buf_str(&pairs));
	while (rd_left(&r) > 0) {
		struct str key = rd_str(&r), list = rd_str(&r);
		bool history = key.n > 5 && key.p[5] != 0;
		struct rd l = rd_of(str_cut(list, 1, list.n));

		while (rd_left(&l) > 0)
			move_back(u, history ? SP_HISTORY : SP_TRAIL,
				  rd_str(&l));
	}
	buf_fini(&pairs);
}

/* What the merge itself put into the survivor's history. */
static void
drop_own_history(struct undo *u)
{
	struct kv_txn *txn = batch_txn(u->b);
	uint8_t key[5], prefix[4];
	uint64_t first = 0, end = 0;
	struct buf pairs;
	struct str value;
	struct rd r;

	if (kv_get(txn, SP_MERGE, merge_key('h', u->merge.id, key), &value)) {
		r = rd_of(value);
		rd_u8(&r);
		first = rd_be64(&r);
		end = rd_be64(&r);
	}
	buf_init(&pairs);
	keys_copy(txn, SP_HISTORY, user_key(u->into.id, prefix), &pairs);
	r = rd_of(buf_str(&pairs));
	while (first < end && rd_left(&r) > 0) {
		struct str k = rd_str(&r);
		struct rd seq = rd_of(str_cut(k, k.n - 8, k.n));
		uint64_t n = rd_be64(&seq);

		rd_str(&r);
		if (n >= first && n < end)
			kv_del(txn, SP_HISTORY, k);
	}
	buf_fini(&pairs);
}

/* The other comes back as it was. */
static void
bring_back(struct undo *u)
{
	struct batch_user *h = batch_open(u->b, u->from.id);
	struct chat_facts none = {.first = INSTANT_NONE,
				  .last = INSTANT_NONE,
				  .latest_at = INSTANT_NONE};
	struct user back = u->from;

	back.exists = true;
	back.facts = none; /* the chats room says */
	back.cells = NULL;
	back.n_cells = 0;
	h->now = back;
	h->owned = false;
	h->bytes = 200 + back.user_id.n;
	batch_open(u->b, back.id);
	for (size_t i = 0; i < u->from.n_cells; i++) {
		const struct attr *a =
		    batch_attr_by_id(u->b, u->from.cells[i].attr);

		cell_restore(u->b, back.id, a->id, &u->from.cells[i]);
		if (a->twin != 0)
			cell_twin(u->b, back.id, a);
	}
}

static enum err
undo_open(struct undo *u, uint32_t merge, struct fault *f)
{
	struct kv_txn *txn = batch_txn(u->b);
	struct merge *m = &u->merge;

	if (!merge_get(txn, merge, m))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : fail(f, ERR_NOT_FOUND, "merge",
				  "there is no merge %u", merge);
	m->from_user_id = arena_str(batch_arena(u->b), m->from_user_id);
	if (m->undone != INSTANT_NONE)
		return fail(f, ERR_GONE, "merge", "it was undone already");
	if (!batch_peek(u->b, m->into)->now.exists)
		return fail(f, ERR_CONFLICT, "merge",
			    "the survivor was merged into another user since: "
			    "undo that first");
	if (batch_peek(u->b, m->from)->now.exists)
		return fail(f, ERR_BUG, "merge", "both users are there");
	TRY(read_record(u, 0, m->from, &u->from));
	TRY(read_record(u, 1, m->into, &u->into));
	return read_record(u, 2, m->into, &u->result);
}

enum err
batch_merge_undo(struct batch *b, uint32_t merge, int64_t at, struct merge *out,
		 struct fault *f)
{
	struct undo u = {.b = b};

	TRY(undo_open(&u, merge, f));
	cells_today(b, &u.from);
	cells_today(b, &u.into);
	cells_today(b, &u.result);
	part_cells(&u);
	part_facts(&u);
	part_identities(&u);
	bring_back(&u);
	part_segments(&u);
	drop_own_history(&u);
	part_keys(&u);
	u.merge.undone = at;
	merge_head_put(batch_txn(b), &u.merge);
	merge_forget(batch_txn(b), merge, false);
	*out = u.merge;
	out->first = u.into.first;
	out->last = u.into.last;
	return kv_error(batch_txn(b));
}

/* What came between the merge and now is in one moment only, the latest. Where
 * that is of a chat of the other, it went with the chat. */
void
batch_seen_part(struct batch *b, const struct merge *undone)
{
	struct chat_facts gone = batch_peek(b, undone->from)->now.facts;
	struct user *now = &batch_open(b, undone->into)->now;

	if (gone.last != INSTANT_NONE && now->last == gone.last)
		now->last = undone->last;
	if (gone.first != INSTANT_NONE && now->first == gone.first)
		now->first = undone->first;
}
