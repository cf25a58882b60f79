/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A batch: the users that one write transaction touches, held in memory.  A
 * user is decoded once, changed as often as events ask, and at the end written
 * once with the difference of its postings.  What makes the order of arrival
 * not matter is here: values carry the instant they are of, and the later
 * instant wins; first and last seen only ever widen.
 */
#include "room.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* userIds of our own: of people known by an identity only */
#define OWN_ID_HEAD "rp-"
#define OWN_ID_SIZE (sizeof(OWN_ID_HEAD) - 1 + 16)

struct batch {
	struct people *people;
	struct kv_txn *txn;
	unsigned flags;
	struct arena arena, scratch;
	struct counters counters, counters_before;
	const struct catalog *catalog;
	struct catalog
	    *own_catalog;         /* when the cached one is not this epoch's */
	struct catalog **retired; /* own ones that were replaced */
	size_t n_retired;
	struct new_attrs attrs;
	struct members *members;
	struct moves *moves;
	struct sayings sayings;
	struct batch_user **users;
	size_t n_users, cap_users;
	uint32_t *slots; /* index + 1 by hash of id */
	size_t n_slots;
	struct batch_user *last; /* an event asks for its user again and again */
	struct delta *delta;
};

static enum err
refresh_body(struct kv_txn *txn, void *arg)
{
	people_catalog(arg, txn);
	return kv_error(txn);
}

enum err
people_refresh(struct people *p, struct fault *f)
{
	return kv_read(people_kv(p), refresh_body, p, f);
}

struct batch *
batch_begin(struct people *p, struct kv_txn *txn, unsigned flags)
{
	struct batch *b = mem_new(sizeof(*b));

	b->people = p;
	b->txn = txn;
	b->flags = flags;
	arena_init(&b->arena);
	arena_init(&b->scratch);
	counters_get(txn, &b->counters);
	if (parts_ready(txn) == OK && b->counters.building && (flags & BATCH_NO_INDEX) == 0)
		kv_fail(txn, ERR_CORRUPT, "index",
			"the index is being built; try again when it is done, "
			"or run rapport check --repair");
	if (b->counters.old && kv_error(txn) == OK)
		upgrade_store(txn, &b->counters);
	b->counters_before = b->counters;
	if ((flags & BATCH_NO_INDEX) != 0)
		b->counters.building = true; /* until it is built */
	b->catalog = catalog_cached(p, b->counters.epoch);
	if (b->catalog == NULL) {
		b->own_catalog = catalog_load(txn, b->counters.epoch);
		b->catalog = b->own_catalog;
	}
	b->delta = delta_new();
	b->members = members_new();
	b->moves = moves_new();
	return b;
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	catalog_free(b->own_catalog);
	for (size_t i = 0; i < b->n_retired; i++)
		catalog_free(b->retired[i]);
	free(b->retired);
	delta_free(b->delta);
	arena_fini(&b->arena);
	arena_fini(&b->scratch);
	members_free(b->members);
	moves_free(b->moves);
	free(b->attrs.at);
	free(b->sayings.at);
	free(b->users);
	free(b->slots);
	free(b);
}

struct arena *
batch_arena(struct batch *b)
{
	return &b->arena;
}

struct kv_txn *
batch_txn(struct batch *b)
{
	return b->txn;
}

bool
batch_is_new(const struct batch *b, uint32_t id)
{
	return id >= b->counters_before.next_user;
}

struct moves *
batch_moves(struct batch *b)
{
	return b->moves;
}

struct sayings *
batch_sayings(struct batch *b)
{
	return &b->sayings;
}

struct counters *
batch_counters(struct batch *b)
{
	return &b->counters;
}

const struct catalog *
batch_catalog(struct batch *b)
{
	return b->catalog;
}

struct members *
batch_members(struct batch *b)
{
	return b->members;
}

struct delta *
batch_delta(struct batch *b)
{
	return (b->flags & BATCH_NO_INDEX) == 0 ? b->delta : NULL;
}

struct new_attrs *
batch_new_attrs(struct batch *b)
{
	return &b->attrs;
}

struct arena *
batch_scratch(struct batch *b)
{
	return &b->scratch;
}

bool
batch_indexes(const struct batch *b)
{
	return (b->flags & BATCH_NO_INDEX) == 0;
}

size_t
batch_users(const struct batch *b)
{
	return b->n_users;
}

/* Users held ------------------------------------------------------------------
 */

static size_t
slot_of(const struct batch *b, uint32_t id)
{
	size_t s = (id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (b->n_slots - 1);

	while (b->slots[s] != 0 && b->users[b->slots[s] - 1]->now.id != id)
		s = (s + 1) & (b->n_slots - 1);
	return s;
}

static void
slots_grow(struct batch *b)
{
	b->n_slots = b->n_slots == 0 ? 1024 : 2 * b->n_slots;
	free(b->slots);
	b->slots = mem_new(b->n_slots * sizeof(*b->slots));
	for (size_t i = 0; i < b->n_users; i++)
		b->slots[slot_of(b, b->users[i]->now.id)] = (uint32_t)i + 1;
}

static struct batch_user *
hold(struct batch *b, uint32_t id)
{
	struct batch_user *h = arena_get(&b->arena, sizeof(*h));

	h->before.id = h->now.id = id;
	if (2 * (b->n_users + 1) > b->n_slots)
		slots_grow(b);
	if (b->n_users == b->cap_users) {
		b->cap_users = b->cap_users == 0 ? 256 : 2 * b->cap_users;
		b->users = mem_grow(b->users, b->cap_users * sizeof(h));
	}
	b->slots[slot_of(b, id)] = (uint32_t)b->n_users + 1;
	b->users[b->n_users++] = h;
	b->last = h;
	return h;
}

/* NULL: not yet. */
static struct batch_user *
held_find(struct batch *b, uint32_t id)
{
	size_t s;

	if (b->last != NULL && b->last->now.id == id)
		return b->last;
	s = b->n_slots == 0 ? 0 : slot_of(b, id);
	if (b->n_slots == 0 || b->slots[s] == 0)
		return NULL;
	b->last = b->users[b->slots[s] - 1];
	return b->last;
}

struct batch_user *
batch_peek(struct batch *b, uint32_t id)
{
	struct batch_user *h = held_find(b, id);
	struct str record;
	uint8_t key[4];

	if (h != NULL)
		return h;
	h = hold(b, id);
	if (!kv_get(b->txn, SP_USER, user_key(id, key), &record))
		return h;
	record = arena_str(&b->arena, record);
	h->bytes = record.n;
	if (!user_decode(&b->arena, id, record, &h->before))
		kv_fail(b->txn, ERR_CORRUPT, "user",
			"the record of user %u is damaged", id);
	h->now = h->before;
	return h;
}

bool
batch_exists(struct batch *b, const struct bits *everybody, uint32_t id)
{
	const struct batch_user *h = held_find(b, id);

	if (h != NULL)
		return h->now.exists;
	if ((b->flags & BATCH_NO_INDEX) != 0)
		return batch_peek(b, id)->now.exists;
	return bits_has(everybody, id);
}

/* About to change it: `now` gets arrays of its own. */
struct batch_user *
batch_open(struct batch *b, uint32_t id)
{
	struct batch_user *h = batch_peek(b, id);
	struct user *u = &h->now;
	struct cell *cells;

	h->changed = true;
	if (h->owned)
		return h;
	h->owned = true;
	h->cells_cap = u->n_cells + 8;
	cells = arena_get(&b->arena, h->cells_cap * sizeof(*cells));
	if (u->n_cells > 0)
		memcpy(cells, u->cells, u->n_cells * sizeof(*cells));
	u->cells = cells;
	return h;
}

uint64_t
batch_print(struct batch *b, uint32_t id)
{
	const struct batch_user *h = batch_peek(b, id);
	const uint32_t *segments;
	size_t n = members_of(b, id, &segments);
	struct buf whole;
	uint64_t print;

	buf_init(&whole);
	if (h->now.exists)
		user_encode(&whole, &h->now);
	for (size_t i = 0; i < n; i++)
		buf_be32(&whole, segments[i]);
	print = hash64(buf_str(&whole));
	buf_fini(&whole);
	return print;
}

/* Who
 * -------------------------------------------------------------------------- */

enum err
text_check(struct str s, const char *field, size_t max, struct fault *f)
{
	if (s.n == 0 || s.n > max)
		return fail(f, ERR_INVALID, field,
			    "expected a text of 1 to %zu bytes", max);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return fail(f, ERR_INVALID, field,
				    "control characters are not allowed here");
	return OK;
}

static uint32_t
new_user(struct batch *b, struct str user_id)
{
	uint32_t id = b->counters.next_user++;
	struct batch_user *h = batch_open(b, id);
	struct user *u = &h->now;
	struct identity i = ident_user_id(user_id);

	u->exists = true;
	u->user_id = arena_str(&b->arena, user_id);
	u->first = u->last = INSTANT_NONE;
	u->consent_at = u->valid_at = INSTANT_NONE;
	u->facts.first = u->facts.last = u->facts.latest_at = INSTANT_NONE;
	h->bytes = 160 + user_id.n;
	ident_put(b->txn, &i, id);
	return id;
}

/* Mostly it is the one of the event before. */
bool
batch_user_known(struct batch *b, struct str user_id, uint32_t *id)
{
	const struct batch_user *h = b->last;

	if (h == NULL || !h->now.exists || !str_eq(h->now.user_id, user_id))
		return user_find(b->txn, user_id, id);
	*id = h->now.id;
	return true;
}

enum err
batch_user(struct batch *b, struct str user_id, uint32_t *id, struct fault *f)
{
	TRY(text_check(user_id, "userId", USER_ID_MAX, f));
	if (!batch_user_known(b, user_id, id))
		*id = new_user(b, user_id);
	return OK;
}

static enum err
check_identity(const struct identity *i, struct fault *f)
{
	TRY(text_check(i->channel, "identity.channel", USER_ID_MAX, f));
	TRY(text_check(i->kind, "identity.kind", USER_ID_MAX, f));
	return text_check(i->value, "identity.value", 1024, f);
}

static void
add_identity(struct batch *b, uint32_t id, const struct identity *i)
{
	struct batch_user *h = batch_open(b, id);
	struct user *u = &h->now;
	struct identity *all =
	    arena_get(&b->arena, (u->n_identities + 1) * sizeof(*all));

	if (u->n_identities > 0)
		memcpy(all, u->identities, u->n_identities * sizeof(*all));
	all[u->n_identities++] = (struct identity){
	    arena_str(&b->arena, i->channel), arena_str(&b->arena, i->kind),
	    arena_str(&b->arena, i->value)};
	u->identities = all;
	h->bytes += i->channel.n + i->kind.n + i->value.n + 6;
}

enum err
batch_identity(struct batch *b, const struct identity *i, uint32_t *id,
	       struct fault *f)
{
	char name[24];
	uint32_t taken;

	TRY(check_identity(i, f));
	if (ident_get(b->txn, i, id))
		return OK;
	do
		snprintf(name, sizeof(name), OWN_ID_HEAD "%016llx",
			 (unsigned long long)random_u64());
	while (user_find(b->txn, str_of(name), &taken));
	*id = new_user(b, str_of(name));
	ident_put(b->txn, i, *id);
	add_identity(b, *id, i);
	return OK;
}

bool
batch_identity_known(struct batch *b, const struct identity *i, uint32_t *id)
{
	return check_identity(i, NULL) == OK && ident_get(b->txn, i, id);
}

bool
batch_anonymous(struct batch *b, uint32_t id)
{
	const struct user *u = &batch_peek(b, id)->now;
	struct str name = u->user_id;

	if (!u->exists || name.n != OWN_ID_SIZE ||
	    !str_starts(name, S(OWN_ID_HEAD)))
		return false;
	for (size_t i = sizeof(OWN_ID_HEAD) - 1; i < name.n; i++)
		if (strchr("0123456789abcdef", name.p[i]) == NULL)
			return false;
	return true;
}

enum err
batch_may_claim(struct batch *b, uint32_t id, const struct identity *i,
		struct fault *f)
{
	uint32_t other;

	TRY(check_identity(i, f));
	if (ident_get(b->txn, i, &other) && other != id)
		return fail(f, ERR_CONFLICT, "identity",
			    "another user has this identity: merge the two, or "
			    "send the event for that user");
	return OK;
}

enum err
batch_claim(struct batch *b, uint32_t id, const struct identity *i,
	    struct fault *f)
{
	uint32_t other;

	TRY(batch_may_claim(b, id, i, f));
	if (ident_get(b->txn, i, &other))
		return OK;
	ident_put(b->txn, i, id);
	add_identity(b, id, i);
	return OK;
}

void
batch_take_identity(struct batch *b, uint32_t id, const struct identity *i)
{
	ident_put(b->txn, i, id);
	add_identity(b, id, i);
}

enum err
batch_fits(struct batch *b, uint32_t id, size_t more, struct fault *f)
{
	if (batch_peek(b, id)->bytes + more <= RECORD_MAX)
		return OK;
	return fail(f, ERR_LIMIT, "attributes",
		    "all that is kept on one user may be %u bytes; this would "
		    "be more",
		    RECORD_MAX);
}

/* Facts
 * -----------------------------------------------------------------------------
 */

void
batch_seen(struct batch *b, uint32_t id, int64_t first, int64_t last)
{
	struct user *u = &batch_open(b, id)->now;

	if (first != INSTANT_NONE &&
	    (u->first == INSTANT_NONE || first < u->first))
		u->first = first;
	if (last != INSTANT_NONE && last > u->last)
		u->last = last;
}

bool
batch_consent(struct batch *b, uint32_t id, bool in, int64_t at)
{
	struct user *u = &batch_open(b, id)->now;
	uint8_t was = u->consent;

	if (u->consent_at != INSTANT_NONE && at < u->consent_at)
		return false;
	u->consent = in ? CONSENT_IN : CONSENT_OUT;
	u->consent_at = at;
	return u->consent != was;
}

bool
batch_validity(struct batch *b, uint32_t id, bool valid, int64_t at)
{
	struct user *u = &batch_open(b, id)->now;
	uint8_t was = u->valid;

	if (u->valid_at != INSTANT_NONE && at < u->valid_at)
		return false;
	u->valid = valid ? VALID_YES : VALID_NO;
	u->valid_at = at;
	return u->valid != was;
}

void
batch_flow(struct batch *b, uint32_t id, struct str flow, int runs_open)
{
	struct batch_user *h = batch_open(b, id);
	struct user *u = &h->now;
	struct flow_runs *all =
	    arena_get(&b->arena, (u->n_flows + 1) * sizeof(*all));
	size_t n = 0;
	bool done = false;

	for (size_t i = 0; i < u->n_flows; i++) {
		struct flow_runs r = u->flows[i];
		int c = str_cmp(r.flow, flow);

		if (c > 0 && !done && runs_open > 0) {
			all[n++] = (struct flow_runs){
			    arena_str(&b->arena, flow), (uint32_t)runs_open};
			done = true;
		}
		if (c == 0) {
			int64_t open = (int64_t)r.open + runs_open;

			r.open = open < 0 ? 0 : (uint32_t)open;
			done = true;
		}
		if (r.open > 0)
			all[n++] = r;
	}
	if (!done && runs_open > 0) {
		all[n++] = (struct flow_runs){arena_str(&b->arena, flow),
					      (uint32_t)runs_open};
		h->bytes += flow.n + 6;
	}
	u->flows = all;
	u->n_flows = n;
}

bool
batch_in_flow(struct batch *b, uint32_t id, struct str flow)
{
	const struct user *u = &batch_peek(b, id)->now;

	for (size_t i = 0; i < u->n_flows; i++)
		if (str_eq(u->flows[i].flow, flow) && u->flows[i].open > 0)
			return true;
	return false;
}

void
batch_facts_get(struct batch *b, uint32_t id, struct chat_facts *out)
{
	*out = batch_peek(b, id)->now.facts;
}

void
batch_facts_set(struct batch *b, uint32_t id, const struct chat_facts *in)
{
	batch_open(b, id)->now.facts = *in;
}

void
batch_trail(struct batch *b, uint32_t id, int64_t at, struct str json)
{
	struct buf key, value;

	buf_init(&key);
	buf_init(&value);
	buf_be32(&key, id);
	buf_instant(&key, at);
	buf_be64(&key, b->counters.next_trail++);
	buf_c(&value, PEOPLE_VERSION);
	buf_put(&value, json);
	kv_put(b->txn, SP_TRAIL, buf_str(&key), buf_str(&value));
	buf_fini(&key);
	buf_fini(&value);
}

/* The end
 * ------------------------------------------------------------------------------
 */

void
batch_redefine(struct batch *b)
{
	b->counters.epoch++;
	if (b->own_catalog != NULL) { /* its attributes may be in use */
		b->retired = mem_grow(b->retired,
				      (b->n_retired + 1) * sizeof(*b->retired));
		b->retired[b->n_retired++] = b->own_catalog;
	}
	b->own_catalog = catalog_load(b->txn, b->counters.epoch);
	b->catalog = b->own_catalog;
}

static int
held_cmp(const void *a, const void *b)
{
	uint32_t x = (*(struct batch_user *const *)a)->now.id;
	uint32_t y = (*(struct batch_user *const *)b)->now.id;

	return (x > y) - (x < y);
}

static void
gather_posting(void *arg, struct posting at, uint32_t id, bool add)
{
	delta_change(arg, at, id, add);
}

static void
write_user(struct batch *b, const struct batch_user *bu, struct buf *record)
{
	uint8_t key[4];
	struct str k = user_key(bu->now.id, key);

	if (!bu->now.exists) {
		kv_del(b->txn, SP_USER, k);
	} else {
		buf_reset(record);
		user_encode(record, &bu->now);
		if (bu->now.id >= b->counters_before.next_user)
			kv_append(b->txn, SP_USER, k, buf_str(record));
		else
			kv_put(b->txn, SP_USER, k, buf_str(record));
	}
	if ((b->flags & BATCH_NO_INDEX) == 0)
		user_index(b->catalog, b->txn, &bu->before, &bu->now,
			   &b->scratch, gather_posting, b->delta);
}

void
batch_end(struct batch *b)
{
	struct buf record;

	if (attrs_write(&b->attrs, b->txn))
		batch_redefine(b);
	buf_init(&record);
	if (b->n_users > 1)
		qsort(b->users, b->n_users, sizeof(*b->users), held_cmp);
	for (size_t i = 0; i < b->n_users && kv_error(b->txn) == OK; i++)
		if (b->users[i]->changed &&
		    (b->users[i]->now.exists || b->users[i]->before.exists))
			write_user(b, b->users[i], &record);
	buf_fini(&record);
	members_end(b);
	moves_end(b);
	sayings_flush(b);
	delta_flush(b->delta, b->txn);
	if (memcmp(&b->counters, &b->counters_before, sizeof(b->counters)) != 0)
		counters_put(b->txn, &b->counters);
}
