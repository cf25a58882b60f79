/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The record of a user, read and written.  layout.h has the bytes.  Reading
 * for a list walks the cells once and stops at what was asked for; reading for
 * a change decodes everything into struct user.  Derived attributes (first and
 * last seen, counts, consent, segments, flows) are values like any other to
 * whoever asks.
 */
#include "room.h"

#include <rapport/people/rows.h>

#include <math.h>
#include <stdlib.h>

#define CELLS_MAX 8192u

enum { MORE_BY = 1, MORE_PREVIOUS = 2, MORE_SHADOW = 4 };

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

/* Cells <-> values -----------------------------------------------------------
 */

static void
value_put(struct buf *payload, const struct value *v, uint8_t *kind)
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

struct word
word_of(struct arena *a, enum attr_type type, const struct value *v,
	struct stamp from)
{
	struct word w = {.kind = (uint8_t)(type | CELL_CLEARED), .stamp = from};
	struct buf payload;

	buf_init(&payload);
	if (v != NULL)
		value_put(&payload, v, &w.kind);
	w.payload = arena_str(a, buf_str(&payload));
	buf_fini(&payload);
	return w;
}

bool
word_same(const struct word *a, const struct word *b)
{
	return a->kind == b->kind && str_eq(a->payload, b->payload);
}

static bool
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
	return !again.bad;
}

bool
word_value(const struct word *w, struct arena *a, struct value *out)
{
	struct rd r = rd_of(w->payload);

	*out = (struct value){.type = (enum attr_type)(w->kind & CELL_TYPE)};
	if ((w->kind & CELL_CLEARED) != 0)
		return false;
	if ((w->kind & CELL_MISFIT) != 0) {
		out->misfit = true;
		out->text = w->payload;
		return true;
	}
	switch (out->type) {
	case TYPE_TEXT:
		if ((w->kind & CELL_ORIGINAL) != 0)
			out->original = rd_str(&r);
		out->text = rd_bytes(&r, rd_left(&r));
		break;
	case TYPE_NUMBER:
		out->number = order_to_number(rd_be64(&r));
		r.bad |= !isfinite(out->number);
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
		r.bad |= !set_items(r, a, out);
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

/* Records
 * ------------------------------------------------------------------------ */

/* Stamps are few and repeat: each word names one by its number. */
struct stamps {
	struct stamp *at;
	size_t n;
};

static uint64_t
stamp_number(struct stamps *s, const struct stamp *wanted)
{
	size_t i = 0;

	while (i < s->n &&
	       (s->at[i].at != wanted->at || s->at[i].source != wanted->source))
		i++;
	if (i == s->n)
		s->at[s->n++] = *wanted;
	return i;
}

static void
encode_word(struct buf *out, struct stamps *stamps, const struct word *w)
{
	buf_c(out, (char)w->kind);
	buf_varint(out, stamp_number(stamps, &w->stamp));
	buf_varint(out, w->by);
	buf_lstr(out, w->payload);
}

static void
encode_cell(struct buf *out, struct stamps *stamps, const struct cell *c)
{
	uint8_t more = (uint8_t)((c->now.by != 0 ? MORE_BY : 0) |
				 (c->previous != NULL ? MORE_PREVIOUS : 0) |
				 (c->shadow != NULL ? MORE_SHADOW : 0));

	buf_varint(out, c->attr);
	buf_c(out, (char)(c->now.kind | (more != 0 ? CELL_MORE : 0)));
	buf_varint(out, stamp_number(stamps, &c->now.stamp));
	buf_lstr(out, c->now.payload);
	if (more == 0)
		return;
	buf_c(out, (char)more);
	if (c->now.by != 0)
		buf_varint(out, c->now.by);
	if (c->previous != NULL)
		encode_word(out, stamps, c->previous);
	if (c->shadow != NULL)
		encode_word(out, stamps, c->shadow);
}

static void
encode_cells(struct buf *out, const struct user *u)
{
	struct stamps stamps = {
	    .at = mem_new((3 * u->n_cells + 1) * sizeof(*stamps.at))};
	struct buf cells;

	buf_init(&cells);
	for (size_t i = 0; i < u->n_cells; i++)
		encode_cell(&cells, &stamps, &u->cells[i]);
	buf_varint(out, stamps.n);
	for (size_t i = 0; i < stamps.n; i++) {
		buf_instant(out, stamps.at[i].at);
		buf_c(out, (char)stamps.at[i].source);
	}
	buf_varint(out, u->n_cells);
	buf_put(out, buf_str(&cells));
	buf_fini(&cells);
	free(stamps.at);
}

void
user_encode(struct buf *out, const struct user *u)
{
	const struct chat_facts *f = &u->facts;

	buf_c(out, PEOPLE_VERSION_2);
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
	buf_varint(out, u->n_flows);
	for (size_t i = 0; i < u->n_flows; i++) {
		buf_lstr(out, u->flows[i].flow);
		buf_varint(out, u->flows[i].open);
	}
	encode_cells(out, u);
}

/* Returns the version. */
static uint8_t
decode_head(struct rd *r, struct user *u)
{
	struct chat_facts *f = &u->facts;
	uint8_t version = rd_u8(r);

	r->bad |= version < PEOPLE_VERSION || version > PEOPLE_VERSION_2;
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
	return version;
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
decode_lists(struct rd *r, uint8_t version, struct arena *a, struct user *u)
{
	size_t segments;

	u->n_identities = rd_count(r, 3);
	u->identities = arena_get(a, u->n_identities * sizeof(*u->identities));
	for (size_t i = 0; i < u->n_identities; i++) {
		u->identities[i].channel = rd_str(r);
		u->identities[i].kind = rd_str(r);
		u->identities[i].value = rd_str(r);
	}
	segments = version == PEOPLE_VERSION ? rd_count(r, 1) : 0;
	for (size_t i = 0; i < segments; i++)
		rd_varint(r); /* MEMBER has them */
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

static struct word *
decode_word(struct cells *c, struct arena *a)
{
	struct word *w = arena_get(a, sizeof(*w));

	w->kind = rd_u8(&c->at);
	w->stamp = stamp_at(c, rd_varint(&c->at));
	w->by = (uint32_t)rd_varint(&c->at);
	w->payload = rd_str(&c->at);
	return w;
}

/* The stamp of `now` is left to the caller: a list does not look at it. */
static void
decode_cell(struct cells *c, struct arena *a, struct cell *out, uint64_t *stamp)
{
	uint8_t more;

	out->attr = (uint16_t)rd_varint(&c->at);
	out->now.kind = rd_u8(&c->at);
	*stamp = rd_varint(&c->at);
	out->now.payload = rd_str(&c->at);
	if ((out->now.kind & CELL_MORE) == 0)
		return;
	out->now.kind &= (uint8_t)~CELL_MORE;
	more = rd_u8(&c->at);
	if ((more & MORE_BY) != 0)
		out->now.by = (uint32_t)rd_varint(&c->at);
	if ((more & MORE_PREVIOUS) != 0)
		out->previous = decode_word(c, a);
	if ((more & MORE_SHADOW) != 0)
		out->shadow = decode_word(c, a);
}

bool
user_decode(struct arena *a, uint32_t id, struct str record, struct user *out)
{
	struct rd r = rd_of(record);
	struct cells cells;

	*out = (struct user){.id = id, .exists = true};
	decode_lists(&r, decode_head(&r, out), a, out);
	if (!decode_cells_head(&r, &cells))
		return false;
	out->n_cells = cells.n;
	out->cells = arena_get(a, cells.n * sizeof(*out->cells));
	for (size_t i = 0; i < cells.n; i++) {
		uint64_t stamp;

		decode_cell(&cells, a, &out->cells[i], &stamp);
		out->cells[i].now.stamp = stamp_at(&cells, stamp);
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

/* Derived values
 * ------------------------------------------------------------------ */

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
	uint32_t *ids = NULL;
	size_t n = txn == NULL ? 0 : members_read(txn, a, u->id, &ids);
	struct str *items = arena_get(a, n * sizeof(*items));

	for (size_t i = 0; i < n; i++)
		items[i] = segment_name(txn, ids[i]);
	items_sort(a, items, n);
	out->items = items;
	out->n_items = n;
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
	if (c != NULL && word_value(&c->now, a, out))
		return true;
	*out = (struct value){.type = attr->type};
	return absent_value(attr, out);
}

/* Views
 * -------------------------------------------------------------------------------
 */

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

		decode_cell(&walk, a, &all[i], &stamp);
		all[i].now.stamp.at = (int64_t)stamp; /* its number, for now */
	}
	if (walk.at.bad)
		c->n = 0;
	return all;
}

/* The cells only where `deep`: what is derived stands before them. */
static bool
open_record(struct user_view *v, struct arena *a, struct kv_txn *txn, bool deep,
	    struct user *head, struct cells *cells)
{
	struct rd r = rd_of(v->record);

	*head = (struct user){.id = v->id, .exists = true};
	decode_lists(&r, decode_head(&r, head), a, head);
	if (decode_cells_head(&r, cells)) {
		if (!deep)
			return true;
		head->cells = scan_cells(cells, a);
		head->n_cells = cells->n;
		return true;
	}
	if (txn != NULL)
		kv_fail(txn, ERR_CORRUPT, "user",
			"the record of user %u is "
			"damaged",
			v->id);
	return false;
}

void
user_values(struct user_view *v, struct arena *a, struct kv_txn *txn,
	    const struct attr *const *columns, size_t n, struct value *values,
	    bool *has)
{
	struct user user;
	struct cells cells;
	bool deep = false, good;

	for (size_t i = 0; i < n && !deep; i++)
		deep = !is_derived(columns[i]);
	good = open_record(v, a, txn, deep, &user, &cells);
	for (size_t i = 0; i < n; i++) {
		if (good && columns[i]->id == A_SEGMENT && v->segments != NULL)
			has[i] =
			    membership_value(v->segments, a, v->id, &values[i]);
		else
			has[i] = good && user_get(&user, a, columns[i], txn,
						  &values[i]);
	}
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
	if (open_record(v, &a, NULL, true, &head, &cells))
		c = user_cell(&head, attr->id);
	found = c != NULL && (c->now.kind & CELL_CLEARED) == 0;
	if (found)
		*out = stamp_at(&cells, (uint64_t)c->now.stamp.at);
	arena_fini(&a);
	return found;
}

/* Columns looked up once ----------------------------------------------------
 */

/* A column that records have as a cell, by attribute, ascending. */
struct given {
	uint16_t attr;
	size_t column;
};

struct user_columns {
	const struct attr *const *columns;
	size_t n;
	struct given *given;
	size_t n_given;
};

static int
given_cmp(const void *a, const void *b)
{
	const struct given *x = a, *y = b;

	return (x->attr > y->attr) - (x->attr < y->attr);
}

struct user_columns *
user_columns_new(const struct attr *const *columns, size_t n)
{
	struct user_columns *c = mem_new(sizeof(*c));

	c->columns = columns;
	c->n = n;
	c->given = mem_new((n + 1) * sizeof(*c->given));
	for (size_t i = 0; i < n; i++)
		if (!is_derived(columns[i]))
			c->given[c->n_given++] =
			    (struct given){columns[i]->id, i};
	qsort(c->given, c->n_given, sizeof(*c->given), given_cmp);
	return c;
}

void
user_columns_free(struct user_columns *c)
{
	if (c == NULL)
		return;
	free(c->given);
	free(c);
}

/* The cells of a record beside the columns, both ascending; what is not asked
 * for is passed over. */
static bool
given_values(struct cells *cells, struct arena *a, const struct user_columns *c,
	     struct value *values, bool *has)
{
	size_t g = 0;

	for (size_t i = 0; i < cells->n && g < c->n_given; i++) {
		struct cell cell = {0};
		uint64_t stamp;

		decode_cell(cells, a, &cell, &stamp);
		while (g < c->n_given && c->given[g].attr < cell.attr)
			g++;
		for (; g < c->n_given && c->given[g].attr == cell.attr; g++) {
			size_t at = c->given[g].column;

			has[at] = word_value(&cell.now, a, &values[at]);
		}
	}
	return !cells->at.bad;
}

void
user_row(struct user_view *v, struct arena *a, struct kv_txn *txn,
	 const struct user_columns *c, struct value *values, bool *has)
{
	struct user head;
	struct cells cells;
	bool good = open_record(v, a, txn, false, &head, &cells);

	memset(has, 0, c->n * sizeof(*has));
	if (good && c->n_given > 0 &&
	    !given_values(&cells, a, c, values, has)) {
		memset(has, 0, c->n * sizeof(*has));
		good = false;
		kv_fail(txn, ERR_CORRUPT, "user",
			"the record of user %u is damaged", v->id);
	}
	for (size_t i = 0; i < c->n && good; i++) {
		const struct attr *attr = c->columns[i];

		if (has[i])
			continue;
		values[i] = (struct value){.type = attr->type};
		if (!is_derived(attr))
			has[i] = absent_value(attr, &values[i]);
		else if (attr->id == A_SEGMENT && v->segments != NULL)
			has[i] = membership_value(v->segments, a, v->id,
						  &values[i]);
		else
			has[i] = derived_value(&head, a, txn, attr->id,
					       &values[i]);
	}
}
