/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The record of a user, read and written.  layout.h has the bytes.  Reading
 * for a list walks the cells once and stops at what was asked for; reading for
 * a change decodes everything into struct user.  Derived attributes (first and
 * last seen, counts, consent, segments, flows) are values like any other to
 * whoever asks.
 */
#include "layout.h"

#include <stdlib.h>

#define CELLS_MAX 8192u

void
buf_instant(struct buf *b, int64_t at)
{
	buf_be64(b, (uint64_t)at ^ UINT64_C(1) << 63);
}

int64_t
rd_instant(struct rd *r)
{
	return (int64_t)(rd_be64(r) ^ UINT64_C(1) << 63);
}

struct str
user_key(uint32_t id, uint8_t out[4])
{
	struct wr w = wr_of(out, 4);

	wr_be32(&w, id);
	return wr_out(&w);
}

/* Cells <-> values ----------------------------------------------------------- */

void
cell_put(struct buf *payload, const struct value *v, uint8_t *kind)
{
	*kind = (uint8_t)v->type;
	if (v->misfit) {
		*kind |= CELL_MISFIT;
		buf_put(payload, v->text);
		return;
	}
	switch (v->type) {
	case TYPE_TEXT:
		if (v->original.p != NULL) {
			*kind |= CELL_ORIGINAL;
			buf_lstr(payload, v->original);
		}
		buf_put(payload, v->text);
		break;
	case TYPE_NUMBER:
		buf_be64(payload, number_to_order(v->number));
		break;
	case TYPE_INSTANT:
		buf_instant(payload, v->instant);
		break;
	case TYPE_DATE:
		buf_be32(payload, (uint32_t)v->date ^ UINT32_C(1) << 31);
		break;
	case TYPE_BOOLEAN:
		buf_c(payload, (char)v->flag);
		break;
	case TYPE_SET:
		for (size_t i = 0; i < v->n_items; i++)
			buf_lstr(payload, v->items[i]);
		break;
	case TYPE_IP:
		buf_bytes(payload, v->ip.b, 16);
		buf_put(payload, v->text);
		break;
	case TYPE_COUNT:
		break;
	}
}

static void
set_items(struct rd r, struct arena *a, struct value *out)
{
	struct rd again = r;
	struct str *items;

	for (out->n_items = 0; rd_left(&again) > 0; out->n_items++)
		rd_str(&again);
	items = arena_get(a, out->n_items * sizeof(*items));
	for (size_t i = 0; i < out->n_items; i++)
		items[i] = rd_str(&r);
	out->items = items;
}

bool
cell_value(const struct cell *c, struct arena *a, struct value *out)
{
	struct rd r = rd_of(c->payload);

	*out = (struct value){.type = (enum attr_type)(c->kind & CELL_TYPE)};
	if ((c->kind & CELL_CLEARED) != 0)
		return false;
	if ((c->kind & CELL_MISFIT) != 0) {
		out->misfit = true;
		out->text = c->payload;
		return true;
	}
	switch (out->type) {
	case TYPE_TEXT:
		if ((c->kind & CELL_ORIGINAL) != 0)
			out->original = rd_str(&r);
		out->text = rd_bytes(&r, rd_left(&r));
		break;
	case TYPE_NUMBER:
		out->number = order_to_number(rd_be64(&r));
		break;
	case TYPE_INSTANT:
		out->instant = rd_instant(&r);
		break;
	case TYPE_DATE:
		out->date = (int32_t)(rd_be32(&r) ^ UINT32_C(1) << 31);
		break;
	case TYPE_BOOLEAN:
		out->flag = rd_u8(&r) != 0;
		break;
	case TYPE_SET:
		set_items(r, a, out);
		break;
	case TYPE_IP: {
		struct str bytes = rd_bytes(&r, 16);

		if (bytes.n == 16)
			memcpy(out->ip.b, bytes.p, 16);
		out->text = rd_bytes(&r, rd_left(&r));
		break;
	}
	case TYPE_COUNT:
		return false;
	}
	return !r.bad;
}

/* Records ------------------------------------------------------------------------ */

static size_t
stamp_index(const struct user *u, size_t upto, const struct stamp *s)
{
	for (size_t i = 0; i < upto; i++)
		if (u->cells[i].stamp.at == s->at &&
		    u->cells[i].stamp.source == s->source)
			return i;
	return upto;
}

/* Stamps are few and repeat: each cell names one by its number. */
static void
encode_cells(struct buf *out, const struct user *u)
{
	uint32_t *number = mem_new((u->n_cells + 1) * sizeof(*number));
	uint32_t n = 0;
	struct buf stamps;

	buf_init(&stamps);
	for (size_t i = 0; i < u->n_cells; i++) {
		size_t first = stamp_index(u, i, &u->cells[i].stamp);

		if (first < i) {
			number[i] = number[first];
			continue;
		}
		number[i] = n++;
		buf_instant(&stamps, u->cells[i].stamp.at);
		buf_c(&stamps, (char)u->cells[i].stamp.source);
	}
	buf_varint(out, n);
	buf_put(out, buf_str(&stamps));
	buf_fini(&stamps);
	buf_varint(out, u->n_cells);
	for (size_t i = 0; i < u->n_cells; i++) {
		const struct cell *c = &u->cells[i];

		buf_varint(out, c->attr);
		buf_c(out, (char)c->kind);
		buf_varint(out, number[i]);
		buf_lstr(out, c->payload);
	}
	free(number);
}

void
user_encode(struct buf *out, const struct user *u)
{
	const struct chat_facts *f = &u->facts;

	buf_c(out, PEOPLE_VERSION);
	buf_lstr(out, u->user_id);
	buf_instant(out, u->first);
	buf_instant(out, u->last);
	buf_c(out, (char)u->consent);
	buf_instant(out, u->consent_at);
	buf_c(out, (char)u->valid);
	buf_instant(out, u->valid_at);
	buf_varint(out, f->chats);
	buf_varint(out, f->in);
	buf_varint(out, f->out);
	buf_instant(out, f->first);
	buf_instant(out, f->last);
	buf_varint(out, f->latest);
	buf_instant(out, f->latest_at);
	buf_varint(out, u->n_identities);
	for (size_t i = 0; i < u->n_identities; i++) {
		buf_lstr(out, u->identities[i].channel);
		buf_lstr(out, u->identities[i].kind);
		buf_lstr(out, u->identities[i].value);
	}
	buf_varint(out, u->n_segments);
	for (size_t i = 0; i < u->n_segments; i++)
		buf_varint(out, u->segments[i]);
	buf_varint(out, u->n_flows);
	for (size_t i = 0; i < u->n_flows; i++) {
		buf_lstr(out, u->flows[i].flow);
		buf_varint(out, u->flows[i].open);
	}
	encode_cells(out, u);
}

static void
decode_head(struct rd *r, struct user *u)
{
	struct chat_facts *f = &u->facts;

	r->bad |= rd_u8(r) != PEOPLE_VERSION;
	u->user_id = rd_str(r);
	u->first = rd_instant(r);
	u->last = rd_instant(r);
	u->consent = rd_u8(r);
	u->consent_at = rd_instant(r);
	u->valid = rd_u8(r);
	u->valid_at = rd_instant(r);
	f->chats = (uint32_t)rd_varint(r);
	f->in = rd_varint(r);
	f->out = rd_varint(r);
	f->first = rd_instant(r);
	f->last = rd_instant(r);
	f->latest = (uint32_t)rd_varint(r);
	f->latest_at = rd_instant(r);
}

/* A count of things of at least `least` bytes each that are still to come. */
static size_t
rd_count(struct rd *r, size_t least)
{
	uint64_t n = rd_varint(r);

	if (n > rd_left(r) / least) {
		r->bad = true;
		return 0;
	}
	return (size_t)n;
}

static void
decode_lists(struct rd *r, struct arena *a, struct user *u)
{
	u->n_identities = rd_count(r, 3);
	u->identities =
	    arena_get(a, u->n_identities * sizeof(*u->identities));
	for (size_t i = 0; i < u->n_identities; i++) {
		u->identities[i].channel = rd_str(r);
		u->identities[i].kind = rd_str(r);
		u->identities[i].value = rd_str(r);
	}
	u->n_segments = rd_count(r, 1);
	u->segments = arena_get(a, u->n_segments * sizeof(*u->segments));
	for (size_t i = 0; i < u->n_segments; i++)
		u->segments[i] = (uint32_t)rd_varint(r);
	u->n_flows = rd_count(r, 2);
	u->flows = arena_get(a, u->n_flows * sizeof(*u->flows));
	for (size_t i = 0; i < u->n_flows; i++) {
		u->flows[i].flow = rd_str(r);
		u->flows[i].open = (uint32_t)rd_varint(r);
	}
}

/* Where the cells begin: their stamps, how many, and a reader at the first. */
struct cells {
	struct rd stamps, at;
	size_t n;
};

static struct stamp
stamp_at(const struct cells *c, uint64_t number)
{
	struct rd r = c->stamps;
	struct stamp s;

	rd_bytes(&r, (size_t)number * 9);
	s.at = rd_instant(&r);
	s.source = rd_u8(&r);
	return s;
}

static bool
decode_cells_head(struct rd *r, struct cells *out)
{
	size_t n = rd_count(r, 9);

	out->stamps = rd_of(rd_bytes(r, n * 9));
	out->n = rd_count(r, 4);
	out->at = *r;
	return !r->bad && out->n <= CELLS_MAX;
}

static void
decode_cell(struct cells *c, struct cell *out, uint64_t *stamp)
{
	out->attr = (uint16_t)rd_varint(&c->at);
	out->kind = rd_u8(&c->at);
	*stamp = rd_varint(&c->at);
	out->payload = rd_str(&c->at);
}

bool
user_decode(struct arena *a, uint32_t id, struct str record, struct user *out)
{
	struct rd r = rd_of(record);
	struct cells cells;

	*out = (struct user){.id = id, .exists = true};
	decode_head(&r, out);
	decode_lists(&r, a, out);
	if (!decode_cells_head(&r, &cells))
		return false;
	out->n_cells = cells.n;
	out->cells = arena_get(a, cells.n * sizeof(*out->cells));
	for (size_t i = 0; i < cells.n; i++) {
		uint64_t stamp;

		decode_cell(&cells, &out->cells[i], &stamp);
		out->cells[i].stamp = stamp_at(&cells, stamp);
	}
	return rd_done(&cells.at);
}

const struct cell *
user_cell(const struct user *u, uint16_t attr)
{
	size_t lo = 0, hi = u->n_cells;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (u->cells[mid].attr < attr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < u->n_cells && u->cells[lo].attr == attr ? &u->cells[lo]
							     : NULL;
}

/* Derived values ------------------------------------------------------------------ */

static int64_t
earlier(int64_t a, int64_t b)
{
	if (a == INSTANT_NONE || b == INSTANT_NONE)
		return a == INSTANT_NONE ? b : a;
	return a < b ? a : b;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b; /* NONE is the least */
}

static void
segment_items(const struct user *u, struct arena *a, struct kv_txn *txn,
	      struct value *out)
{
	struct str *items = arena_get(a, u->n_segments * sizeof(*items));

	for (size_t i = 0; i < u->n_segments; i++)
		items[i] = txn == NULL ? STR_NONE
				       : segment_name(txn, u->segments[i]);
	items_sort(a, items, u->n_segments);
	out->items = items;
	out->n_items = u->n_segments;
}

static void
flow_items(const struct user *u, struct arena *a, struct value *out)
{
	struct str *items = arena_get(a, u->n_flows * sizeof(*items));

	for (size_t i = 0; i < u->n_flows; i++)
		if (u->flows[i].open > 0)
			items[out->n_items++] = u->flows[i].flow;
	items_sort(a, items, out->n_items);
	out->items = items;
}

/* Only the head and the lists of `u` are looked at. */
static bool
derived_value(const struct user *u, struct arena *a, struct kv_txn *txn,
	      uint16_t attr, struct value *out)
{
	static const char *const consents[] = {"none", "in", "out"};

	switch (attr) {
	case A_LAST_SEEN:
		out->instant = later(u->last, u->facts.last);
		return out->instant != INSTANT_NONE;
	case A_FIRST_SEEN:
		out->instant = earlier(u->first, u->facts.first);
		return out->instant != INSTANT_NONE;
	case A_USER_ID:
		out->text = u->user_id;
		return true;
	case A_CHATS:
		out->number = (double)u->facts.chats;
		return true;
	case A_MSG_IN:
		out->number = (double)u->facts.in;
		return true;
	case A_MSG_OUT:
		out->number = (double)u->facts.out;
		return true;
	case A_CONSENT:
		out->text = str_of(consents[u->consent % COUNT(consents)]);
		return true;
	case A_VALID:
		out->flag = u->valid == VALID_YES;
		return u->valid != VALID_UNKNOWN;
	case A_SEGMENT:
		segment_items(u, a, txn, out);
		return out->n_items > 0;
	case A_IN_FLOW:
		flow_items(u, a, out);
		return out->n_items > 0;
	}
	return false;
}

static bool
is_derived(const struct attr *a)
{
	return a->id < A_CUSTOM_FIRST && (a->flags & ATTR_GIVEN) == 0;
}

/* Nobody is banned until somebody says so. */
static bool
absent_value(const struct attr *a, struct value *out)
{
	return a->id == A_BANNED && !out->misfit;
}

bool
user_get(const struct user *u, struct arena *a, const struct attr *attr,
	 struct kv_txn *txn, struct value *out)
{
	const struct cell *c;

	*out = (struct value){.type = attr->type};
	if (is_derived(attr))
		return derived_value(u, a, txn, attr->id, out);
	c = user_cell(u, attr->id);
	if (c != NULL && cell_value(c, a, out))
		return true;
	*out = (struct value){.type = attr->type};
	return absent_value(attr, out);
}

/* Views ------------------------------------------------------------------------------- */

bool
user_view(struct kv_txn *txn, const struct catalog *c, uint32_t id,
	  struct user_view *out)
{
	uint8_t key[4];

	*out = (struct user_view){.id = id, .catalog = c};
	return kv_get(txn, SP_USER, user_key(id, key), &out->record);
}

/* All cells of a record, decoded once but for their stamps; ascending. */
static struct cell *
scan_cells(struct cells *c, struct arena *a)
{
	struct cell *all = arena_get(a, (c->n + 1) * sizeof(*all));
	struct cells walk = *c;

	for (size_t i = 0; i < c->n; i++) {
		uint64_t stamp;

		decode_cell(&walk, &all[i], &stamp);
		all[i].stamp.at = (int64_t)stamp; /* its number, for now */
	}
	if (walk.at.bad)
		c->n = 0;
	return all;
}

static bool
open_record(struct user_view *v, struct arena *a, struct kv_txn *txn,
	    struct user *head, struct cells *cells)
{
	struct rd r = rd_of(v->record);

	*head = (struct user){.id = v->id, .exists = true};
	decode_head(&r, head);
	decode_lists(&r, a, head);
	if (decode_cells_head(&r, cells)) {
		head->cells = scan_cells(cells, a);
		head->n_cells = cells->n;
		return true;
	}
	if (txn != NULL)
		kv_fail(txn, ERR_CORRUPT, "user", "the record of user %u is "
			"damaged", v->id);
	return false;
}

void
user_values(struct user_view *v, struct arena *a, struct kv_txn *txn,
	    const struct attr *const *columns, size_t n, struct value *values,
	    bool *has)
{
	struct user user;
	struct cells cells;
	bool good = open_record(v, a, txn, &user, &cells);

	for (size_t i = 0; i < n; i++)
		has[i] = good && user_get(&user, a, columns[i], txn,
					  &values[i]);
}

bool
user_value(struct user_view *v, struct arena *a, struct kv_txn *txn,
	   const struct attr *attr, struct value *out)
{
	bool has;

	user_values(v, a, txn, &attr, 1, out, &has);
	return has;
}

bool
user_stamp(struct user_view *v, const struct attr *attr, struct stamp *out)
{
	struct arena a;
	struct user head;
	struct cells cells;
	const struct cell *c = NULL;
	bool found;

	arena_init(&a);
	if (open_record(v, &a, NULL, &head, &cells))
		c = user_cell(&head, attr->id);
	found = c != NULL && (c->kind & CELL_CLEARED) == 0;
	if (found)
		*out = stamp_at(&cells, (uint64_t)c->stamp.at);
	arena_fini(&a);
	return found;
}
