/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Segments: finding, making, changing.  Who is in a static one is in member.c;
 * a dynamic one is its filter, whose text is only kept here, and the list of
 * segments that the filter names, by which loops are refused and nothing that
 * is still needed goes.
 */
#include "room.h"

#include <stdlib.h>

#define PIECE 60000u   /* of a filter, in one value */
#define NAMES_SHOWN 4u /* in a fault */
#define NAME_SHOWN 40u /* bytes of each */

static struct str
name_key(struct str name, uint8_t *out)
{
	struct wr w = wr_of(out, KV_KEY_MAX);

	wr_u8(&w, 'n');
	wr_bytes(&w, name);
	return wr_out(&w);
}

static struct str
id_key(char kind, uint32_t id, uint8_t *out)
{
	struct wr w = wr_of(out, KV_KEY_MAX);

	wr_u8(&w, (uint8_t)kind);
	wr_be32(&w, id);
	return wr_out(&w);
}

/* Read --------------------------------------------------------------------- */

static bool
find_name(struct kv_txn *txn, struct str name, uint32_t *id)
{
	uint8_t key[KV_KEY_MAX];
	struct str value;
	struct rd r;

	if (name.n == 0 || name.n > SEGMENT_NAME_MAX ||
	    !kv_get(txn, SP_SEGMENT, name_key(name, key), &value))
		return false;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	*id = rd_be32(&r);
	return rd_done(&r);
}

bool
segment_find(struct kv_txn *txn, struct str name, uint32_t *id)
{
	uint8_t key[KV_KEY_MAX];
	struct str value;
	uint64_t n;

	if (find_name(txn, name, id))
		return true;
	if (!str_to_u64(name, &n) || n > UINT32_MAX ||
	    !kv_get(txn, SP_SEGMENT, id_key('i', (uint32_t)n, key), &value))
		return false;
	*id = (uint32_t)n;
	return true;
}

/* Without the filter. Slices point into `value`; refs live in `a`. */
static bool
segment_decode(struct arena *a, uint32_t id, struct str value,
	       struct segment *out)
{
	struct rd r = rd_of(value);
	uint8_t version = rd_u8(&r);
	uint32_t *refs;

	*out = (struct segment){.id = id};
	out->kind =
	    rd_u8(&r) == SEGMENT_STATIC ? SEGMENT_STATIC : SEGMENT_DYNAMIC;
	out->name = rd_str(&r);
	out->description = rd_str(&r);
	out->created = out->updated = rd_instant(&r);
	if (version == PEOPLE_VERSION_2) {
		out->updated = rd_instant(&r);
		out->created_by = (uint32_t)rd_varint(&r);
		out->n_refs = (size_t)rd_varint(&r);
		if (out->n_refs > rd_left(&r))
			return false;
		refs = arena_get(a, (out->n_refs + 1) * sizeof(*refs));
		for (size_t i = 0; i < out->n_refs; i++)
			refs[i] = (uint32_t)rd_varint(&r);
		out->refs = refs;
	}
	return rd_done(&r) && version >= PEOPLE_VERSION &&
	       version <= PEOPLE_VERSION_2;
}

static struct str
filter_read(struct kv_txn *txn, struct arena *a, uint32_t id)
{
	uint8_t key[KV_KEY_MAX];
	struct kv_cursor *c = kv_cursor(txn, SP_SEGMENT, id_key('f', id, key));
	struct buf b;
	struct str out;

	buf_init(&b);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		buf_put(&b, str_cut(kv_value(c), 1, SIZE_MAX));
	kv_cursor_close(c);
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static bool
segment_head(struct kv_txn *txn, struct arena *a, uint32_t id,
	     struct segment *out)
{
	uint8_t key[KV_KEY_MAX];
	struct str value;

	if (!kv_get(txn, SP_SEGMENT, id_key('i', id, key), &value))
		return false;
	if (segment_decode(a, id, arena_str(a, value), out))
		return true;
	kv_fail(txn, ERR_CORRUPT, "segment", "segment %u is damaged", id);
	return false;
}

bool
segment_get(struct kv_txn *txn, struct arena *a, uint32_t id,
	    struct segment *out)
{
	if (!segment_head(txn, a, id, out))
		return false;
	if (out->kind == SEGMENT_DYNAMIC)
		out->filter = filter_read(txn, a, id);
	return true;
}

struct str
segment_name(struct kv_txn *txn, uint32_t id)
{
	uint8_t key[KV_KEY_MAX];
	struct str value, name;
	struct rd r;

	if (!kv_get(txn, SP_SEGMENT, id_key('i', id, key), &value))
		return S("");
	r = rd_of(value);
	rd_u8(&r);
	rd_u8(&r);
	name = rd_str(&r);
	return r.bad ? S("") : name;
}

bool
segment_is(struct kv_txn *txn, uint32_t id, enum segment_kind kind)
{
	uint8_t key[KV_KEY_MAX];
	struct str value;
	struct rd r;

	if (!kv_get(txn, SP_SEGMENT, id_key('i', id, key), &value))
		return false;
	r = rd_of(value);
	rd_u8(&r);
	return (rd_u8(&r) == SEGMENT_STATIC) == (kind == SEGMENT_STATIC);
}

static void
each(struct kv_txn *txn, bool filters, segment_fn *fn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_SEGMENT, S("n"));
	struct arena a;
	bool go = true;

	arena_init(&a);
	for (bool more = kv_seek(c, STR_NONE); more && go; more = kv_next(c)) {
		struct rd r = rd_of(kv_value(c));
		struct segment s;

		arena_reset(&a);
		rd_u8(&r);
		if (!segment_head(txn, &a, rd_be32(&r), &s))
			continue;
		if (filters && s.kind == SEGMENT_DYNAMIC)
			s.filter = filter_read(txn, &a, s.id);
		go = fn(arg, &s);
	}
	arena_fini(&a);
	kv_cursor_close(c);
}

void
segments_each(struct kv_txn *txn, segment_fn *fn, void *arg)
{
	each(txn, true, fn, arg);
}

void
segments_heads(struct kv_txn *txn, segment_fn *fn, void *arg)
{
	each(txn, false, fn, arg);
}

static struct posting
posting_of(uint32_t id, uint8_t key[4])
{
	return (struct posting){A_SEGMENT, 0, user_key(id, key)};
}

uint64_t
segment_size(struct kv_txn *txn, uint32_t id)
{
	uint8_t key[4];

	return posting_count(txn, posting_of(id, key));
}

struct bits *
segment_members(struct kv_txn *txn, uint32_t id)
{
	uint8_t key[4];

	return posting_load(txn, posting_of(id, key));
}

/* Write -------------------------------------------------------------------- */

static void
segment_put(struct kv_txn *txn, const struct segment *s)
{
	uint8_t key[KV_KEY_MAX], small[8];
	struct wr w = wr_of(small, sizeof(small));
	struct buf b;

	wr_u8(&w, PEOPLE_VERSION);
	wr_be32(&w, s->id);
	kv_put(txn, SP_SEGMENT, name_key(s->name, key), wr_out(&w));
	buf_init(&b);
	buf_c(&b, PEOPLE_VERSION_2);
	buf_c(&b, (char)s->kind);
	buf_lstr(&b, s->name);
	buf_lstr(&b, s->description);
	buf_instant(&b, s->created);
	buf_instant(&b, s->updated);
	buf_varint(&b, s->created_by);
	buf_varint(&b, s->n_refs);
	for (size_t i = 0; i < s->n_refs; i++)
		buf_varint(&b, s->refs[i]);
	kv_put(txn, SP_SEGMENT, id_key('i', s->id, key), buf_str(&b));
	buf_fini(&b);
}

static void
filter_put(struct kv_txn *txn, uint32_t id, struct str filter)
{
	uint8_t key[KV_KEY_MAX];
	struct buf k, v;

	keys_delete(txn, SP_SEGMENT, id_key('f', id, key));
	buf_init(&k);
	buf_init(&v);
	for (size_t at = 0; at < filter.n; at += PIECE) {
		buf_reset(&k);
		buf_reset(&v);
		buf_put(&k, id_key('f', id, key));
		buf_c(&k, (char)(at / PIECE));
		buf_c(&v, PEOPLE_VERSION);
		buf_put(&v, str_cut(filter, at, at + PIECE));
		kv_put(txn, SP_SEGMENT, buf_str(&k), buf_str(&v));
	}
	buf_fini(&k);
	buf_fini(&v);
}

uint32_t
segment_ensure(struct batch *b, struct str name)
{
	struct segment s = {.name = name, .description = S("")};

	if (find_name(batch_txn(b), name, &s.id))
		return s.id;
	s.id = batch_counters(b)->next_segment++;
	s.created = s.updated = clock_now();
	segment_put(batch_txn(b), &s);
	members_reset(b);
	return s.id;
}

/* Checks ------------------------------------------------------------------- */

static enum err
check_name(struct batch *b, struct str name, uint32_t own, struct fault *f)
{
	uint32_t other;

	TRY(text_check(name, "name", SEGMENT_NAME_MAX, f));
	if (str_trim(name).n == 0)
		return fail(f, ERR_INVALID, "name",
			    "expected more than white space");
	if (find_name(batch_txn(b), name, &other) && other != own)
		return fail(f, ERR_CONFLICT, "name",
			    "there is a segment of this name already");
	return OK;
}

static enum err
check_texts(struct str description, struct str filter, size_t n_refs,
	    struct fault *f)
{
	if (description.n > SEGMENT_DESCRIPTION_MAX)
		return fail(f, ERR_LIMIT, "description",
			    "expected at most %u bytes",
			    SEGMENT_DESCRIPTION_MAX);
	if (filter.p != NULL && filter.n == 0)
		return fail(f, ERR_INVALID, "filter", "expected a filter");
	if (filter.n > SEGMENT_FILTER_MAX || n_refs > SEGMENT_REFS_MAX)
		return fail(f, ERR_LIMIT, "filter",
			    "expected at most %u bytes and %u segments",
			    SEGMENT_FILTER_MAX, SEGMENT_REFS_MAX);
	return OK;
}

/* A name as a fault tells it, of which there may be several. */
static struct str
shown(struct str name)
{
	return text_prefix(name, NAME_SHOWN);
}

/* A walk from segment to segment by what their filters name. */
struct walk {
	struct kv_txn *txn;
	struct arena *arena;
	uint32_t goal;
	uint32_t *seen; /* and been through */
	size_t n_seen, cap_seen;
	struct buf path; /* names, once the goal is reached */
};

static bool
walk_seen(struct walk *w, uint32_t id)
{
	for (size_t i = 0; i < w->n_seen; i++)
		if (w->seen[i] == id)
			return true;
	if (w->n_seen == w->cap_seen) {
		w->cap_seen = w->cap_seen == 0 ? 32 : 2 * w->cap_seen;
		w->seen = mem_grow(w->seen, w->cap_seen * sizeof(*w->seen));
	}
	w->seen[w->n_seen++] = id;
	return false;
}

/* One on the way: which one led to it? */
struct step {
	uint32_t id;
	size_t from;
};

static void
walk_path(struct walk *w, const struct step *steps, size_t at)
{
	struct str names[NAMES_SHOWN];
	size_t n = 0;

	for (; at != SIZE_MAX && n < NAMES_SHOWN; at = steps[at].from)
		names[n++] = shown(segment_name(w->txn, steps[at].id));
	if (at != SIZE_MAX)
		buf_put(&w->path, S("… → "));
	while (n-- > 0) {
		buf_put(&w->path, names[n]);
		buf_put(&w->path, S(" → "));
	}
	buf_put(&w->path, shown(segment_name(w->txn, w->goal)));
}

/* Whether the goal is reached from `refs`: breadth first. */
static bool
walk_from(struct walk *w, const uint32_t *refs, size_t n)
{
	struct step *steps = NULL;
	struct segment s;
	size_t n_steps = 0, cap = 0, at = 0, from = SIZE_MAX;
	bool found = false;

	for (;;) {
		for (size_t i = 0; i < n && !found; i++) {
			found = refs[i] == w->goal;
			if (found || walk_seen(w, refs[i]))
				continue;
			if (n_steps == cap) {
				cap = cap == 0 ? 32 : 2 * cap;
				steps = mem_grow(steps, cap * sizeof(*steps));
			}
			steps[n_steps++] = (struct step){refs[i], from};
		}
		if (found || at == n_steps)
			break;
		from = at++;
		n = segment_head(w->txn, w->arena, steps[from].id, &s)
			? s.n_refs
			: 0;
		refs = s.refs;
	}
	if (found)
		walk_path(w, steps, from);
	free(steps);
	return found;
}

/* `refs` are of a segment that has the id `own`, 0 if it is new. */
static enum err
check_refs(struct batch *b, uint32_t own, const uint32_t *refs, size_t n,
	   struct fault *f)
{
	struct walk w = {
	    .txn = batch_txn(b), .arena = batch_arena(b), .goal = own};
	enum err e = OK;

	for (size_t i = 0; i < n && e == OK; i++)
		if (!segment_is(w.txn, refs[i], SEGMENT_STATIC) &&
		    !segment_is(w.txn, refs[i], SEGMENT_DYNAMIC))
			e = fail(f, ERR_NOT_FOUND, "filter",
				 "there is no segment %u", refs[i]);
	buf_init(&w.path);
	if (e == OK && own != 0 && walk_from(&w, refs, n)) {
		struct str own_name = shown(segment_name(w.txn, own));

		e = fail(f, ERR_CONFLICT, "filter",
			 "the segment would depend on itself: %.*s → %s",
			 STR_ARG(own_name), w.path.p);
	}
	buf_fini(&w.path);
	free(w.seen);
	return e;
}

struct needers {
	uint32_t id;
	size_t n;
	struct buf names;
};

static bool
needs(void *arg, const struct segment *s)
{
	struct needers *k = arg;
	size_t i = 0;

	while (i < s->n_refs && s->refs[i] != k->id)
		i++;
	if (i == s->n_refs || s->id == k->id)
		return true;
	if (k->n++ < NAMES_SHOWN) {
		buf_put(&k->names, k->n > 1 ? S(", ") : S(""));
		buf_put(&k->names, shown(s->name));
	}
	return true;
}

/* Doors -------------------------------------------------------------------- */

enum err
segment_create(struct batch *b, const struct segment_in *in, uint32_t by,
	       int64_t at, uint32_t *id, struct fault *f)
{
	struct segment s = {.name = in->name,
			    .description = in->description,
			    .refs = in->refs,
			    .n_refs = in->n_refs,
			    .created = at,
			    .updated = at,
			    .created_by = by};

	TRY(check_name(b, in->name, 0, f));
	TRY(check_texts(in->description, in->filter, in->n_refs, f));
	TRY(check_refs(b, 0, in->refs, in->n_refs, f));
	s.kind = in->filter.p == NULL ? SEGMENT_STATIC : SEGMENT_DYNAMIC;
	s.id = batch_counters(b)->next_segment++;
	segment_put(batch_txn(b), &s);
	if (s.kind == SEGMENT_DYNAMIC)
		filter_put(batch_txn(b), s.id, in->filter);
	members_reset(b);
	*id = s.id;
	return OK;
}

static enum err
open_segment(struct batch *b, uint32_t id, struct segment *out, struct fault *f)
{
	if (segment_head(batch_txn(b), batch_arena(b), id, out))
		return OK;
	TRY(kv_error(batch_txn(b)));
	return fail(f, ERR_NOT_FOUND, "segment", "there is no segment %u", id);
}

enum err
segment_change(struct batch *b, uint32_t id, const struct segment_change *c,
	       int64_t at, struct fault *f)
{
	uint8_t key[KV_KEY_MAX];
	struct segment s;

	TRY(open_segment(b, id, &s, f));
	if (c->filter != NULL && s.kind != SEGMENT_DYNAMIC)
		return fail(f, ERR_CONFLICT, "filter",
			    "a static segment has no filter");
	TRY(check_texts(c->description != NULL ? *c->description : STR_NONE,
			c->filter != NULL ? *c->filter : STR_NONE, c->n_refs,
			f));
	if (c->name != NULL)
		TRY(check_name(b, *c->name, id, f));
	if (c->filter != NULL) {
		TRY(check_refs(b, id, c->refs, c->n_refs, f));
		filter_put(batch_txn(b), id, *c->filter);
		s.refs = c->refs;
		s.n_refs = c->n_refs;
	}
	if (c->name != NULL) {
		kv_del(batch_txn(b), SP_SEGMENT, name_key(s.name, key));
		s.name = *c->name;
	}
	if (c->description != NULL)
		s.description = *c->description;
	s.updated = at;
	segment_put(batch_txn(b), &s);
	return OK;
}

enum err
segment_freeze(struct batch *b, uint32_t id, const struct bits *who, int64_t at,
	       struct fault *f)
{
	uint8_t key[KV_KEY_MAX];
	struct segment s;

	TRY(open_segment(b, id, &s, f));
	if (s.kind != SEGMENT_DYNAMIC)
		return fail(f, ERR_CONFLICT, "segment",
			    "the segment is static already");
	s.kind = SEGMENT_STATIC;
	s.n_refs = 0;
	s.updated = at;
	keys_delete(batch_txn(b), SP_SEGMENT, id_key('f', id, key));
	segment_put(batch_txn(b), &s);
	members_reset(b);
	return batch_segment_add(b, id, who, NULL, f);
}

/* Timelines go on telling who was in it. */
static void
name_keep(struct batch *b, uint32_t id, struct str name)
{
	uint8_t key[KV_KEY_MAX];
	struct buf value;

	buf_init(&value);
	buf_c(&value, PEOPLE_VERSION);
	buf_lstr(&value, name);
	kv_put(batch_txn(b), SP_SEGMENT, id_key('d', id, key), buf_str(&value));
	buf_fini(&value);
}

struct str
segment_name_ever(struct kv_txn *txn, uint32_t id)
{
	struct str name = segment_name(txn, id), value;
	uint8_t key[KV_KEY_MAX];
	struct rd r;

	if (name.n > 0 ||
	    !kv_get(txn, SP_SEGMENT, id_key('d', id, key), &value))
		return name;
	r = rd_of(value);
	rd_u8(&r);
	name = rd_str(&r);
	return rd_done(&r) ? name : S("");
}

enum err
segment_delete(struct batch *b, uint32_t id, struct fault *f)
{
	struct needers k = {.id = id};
	uint8_t key[KV_KEY_MAX];
	struct segment s;
	struct bits *all;
	enum err e = OK;

	TRY(open_segment(b, id, &s, f));
	buf_init(&k.names);
	segments_heads(batch_txn(b), needs, &k);
	if (k.n > 0)
		e = fail(f, ERR_CONFLICT, "segment",
			 "%zu dynamic segments name it: %s%s", k.n, k.names.p,
			 k.n > NAMES_SHOWN ? ", …" : "");
	buf_fini(&k.names);
	if (e != OK)
		return e;
	if (s.kind == SEGMENT_STATIC) {
		all = members_load(b, id);
		e = batch_segment_remove(b, id, all, NULL, f);
		bits_free(all);
	}
	kv_del(batch_txn(b), SP_SEGMENT, name_key(s.name, key));
	kv_del(batch_txn(b), SP_SEGMENT, id_key('i', id, key));
	name_keep(b, id, s.name);
	keys_delete(batch_txn(b), SP_SEGMENT, id_key('f', id, key));
	members_reset(b);
	return e;
}

/* Members ------------------------------------------------------------------ */

static enum err
open_static(struct batch *b, uint32_t segment, struct fault *f)
{
	struct segment s;

	TRY(open_segment(b, segment, &s, f));
	if (s.kind != SEGMENT_STATIC)
		return fail(f, ERR_CONFLICT, "segment",
			    "a dynamic segment follows its filter: nobody can "
			    "be added or taken out by hand");
	return OK;
}

static enum err
move_all(struct batch *b, uint32_t segment, const struct bits *who, bool in,
	 uint64_t *n, struct fault *f)
{
	struct bits *there;
	uint32_t ids[1024];
	uint32_t from = 0;
	size_t got;
	uint64_t moved = 0;

	TRY(open_static(b, segment, f));
	there = people_everybody(batch_txn(b));
	do {
		got = bits_page(who, from, from == 0, false, ids, COUNT(ids));
		for (size_t i = 0; i < got; i++)
			if (!in || batch_exists(b, there, ids[i]))
				moved += members_flip(b, segment, ids[i], in);
		if (got > 0)
			from = ids[got - 1];
	} while (got == COUNT(ids));
	bits_free(there);
	if (n != NULL)
		*n = moved;
	return kv_error(batch_txn(b));
}

enum err
batch_segment_add(struct batch *b, uint32_t segment, const struct bits *who,
		  uint64_t *n, struct fault *f)
{
	return move_all(b, segment, who, true, n, f);
}

enum err
batch_segment_remove(struct batch *b, uint32_t segment, const struct bits *who,
		     uint64_t *n, struct fault *f)
{
	return move_all(b, segment, who, false, n, f);
}

enum err
batch_segment_put(struct batch *b, uint32_t segment, uint32_t user, bool in,
		  bool *changed, struct fault *f)
{
	bool moved;

	TRY(open_static(b, segment, f));
	if (!batch_peek(b, user)->now.exists)
		return fail(f, ERR_NOT_FOUND, "user", "there is no such user");
	moved = members_flip(b, segment, user, in);
	if (changed != NULL)
		*changed = moved;
	return kv_error(batch_txn(b));
}

/* Somebody who was taken out is in again. */
static void
trail_again(struct batch *b, uint32_t id, uint32_t segment, struct str name,
	    int64_t at)
{
	struct json_out j;
	struct buf text;

	buf_init(&text);
	json_out_init(&j, &text);
	json_object(&j);
	json_kt(&j, "type", S("segment"));
	json_ki(&j, "segment", segment);
	json_kt(&j, "name", name);
	json_kb(&j, "in", true);
	json_kt(&j, "source", S("event"));
	json_object_end(&j);
	batch_trail(b, id, at, buf_str(&text));
	buf_fini(&text);
}

void
batch_segment(struct batch *b, uint32_t id, struct str name, int64_t at)
{
	uint32_t segment = segment_ensure(b, name);

	if (!segment_is(batch_txn(b), segment, SEGMENT_STATIC))
		return;
	if (!moves_said(b, segment, id, members_flip(b, segment, id, true), at))
		trail_again(b, id, segment, name, at);
}
