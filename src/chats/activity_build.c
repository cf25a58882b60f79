/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Activity as a whole.  Chats and timelines are the truth: what a user did is
 * read from them, user by user in order of id, and either becomes pieces and
 * postings (after people_reindex, behind whose postings these stand) or is
 * held against those there are.  Every posting that the users ask for is
 * looked for; that there are no others, their numbers say.
 */
#include "room.h"

#include "trail.h"

#include <stdlib.h>

#define SLICE_BYTES (4u << 20)
#define CLEAR_KEYS 20000u
#define ENTRIES_MAX (1u << 20)

/* What one user did -------------------------------------------------------- */

void
dones_add(struct dones *d, uint16_t kind, int64_t at)
{
	if (d->n == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 32;
		d->p = mem_grow(d->p, d->cap * sizeof(*d->p));
	}
	d->p[d->n++] = (struct done){kind, at};
}

static int
done_cmp(const void *a, const void *b)
{
	const struct done *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

struct gathering {
	struct kv_txn *txn;
	struct arena *arena;
	struct dones *out;
	struct buf *missing;
};

static bool
gather_message(void *arg, const struct message_view *m)
{
	struct gathering *g = arg;

	uint16_t kind = message_kind(m->person, m->template, m->note);

	if (kind != 0)
		dones_add(g->out, kind, m->at);
	return true;
}

static bool
gather_chat(void *arg, uint32_t id)
{
	struct gathering *g = arg;
	struct arena_mark mark = arena_mark(g->arena);
	struct chat chat;
	int64_t *began;

	if (chat_load(g->txn, g->arena, id, &chat)) {
		size_t n = chat_beginnings(&chat, g->arena, &began);

		for (size_t i = 0; i < n; i++)
			dones_add(g->out, ACTIVITY_CHAT, began[i]);
		if (chat.in + chat.out > 0)
			chat_messages(g->txn, id, gather_message, g);
	}
	arena_rewind(g->arena, mark);
	return true;
}

/* Consent and validity. */
static uint16_t
told_kind(const struct trail_words *w)
{
	struct str valid = w->v[TRAIL_VALID];

	if (trail_is(w, TRAIL_TYPE, "consent"))
		return trail_is(w, TRAIL_STATE, "in")    ? ACTIVITY_OPTED_IN
		       : trail_is(w, TRAIL_STATE, "out") ? ACTIVITY_OPTED_OUT
							 : 0;
	if (valid.p == NULL || w->texts >> TRAIL_VALID & 1 ||
	    !trail_is(w, TRAIL_TYPE, "validity"))
		return 0;
	return str_eq(valid, S("true"))	   ? ACTIVITY_FOUND_VALID
	       : str_eq(valid, S("false")) ? ACTIVITY_FOUND_INVALID
					   : 0;
}

/* The kind that an entry of the timeline is of; 0: of none. */
static uint16_t
trail_kind(struct gathering *g, const struct trail_words *w)
{
	struct str name = STR_NONE, text;
	const char *head = "event";
	uint16_t kind = told_kind(w);

	if (kind != 0)
		return kind;
	if (trail_is(w, TRAIL_TYPE, "event")) {
		name = trail_text(w, TRAIL_NAME);
	} else if (trail_is(w, TRAIL_TYPE, "flow") &&
		   w->v[TRAIL_EVENT].p != NULL) {
		name = trail_text(w, TRAIL_FLOW);
		head = trail_is(w, TRAIL_EVENT, "started") ? "flow" : "end";
	}
	if (name.p == NULL)
		return 0;
	text = activity_full(g->arena, head, name);
	if (kv_writing(g->txn))
		return activity_kind(g->txn, text);
	if (activity_find(g->txn, text, &kind))
		return kind;
	if (g->missing != NULL)
		buf_lstr(g->missing, text);
	return 0;
}

static void
gather_trail(struct gathering *g, uint32_t user)
{
	uint8_t memory[4];
	struct wr w = wr_of(memory, sizeof(memory));
	struct kv_cursor *c;

	wr_be32(&w, user);
	c = kv_cursor(g->txn, SP_TRAIL, wr_out(&w));
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct arena_mark mark = arena_mark(g->arena);
		struct rd r = rd_of(str_cut(kv_key(c), 4, SIZE_MAX));
		int64_t at = rd_at(&r);
		struct trail_words words;
		uint16_t kind = 0;

		if (trail_words(g->arena, str_cut(kv_value(c), 1, SIZE_MAX),
				&words))
			kind = trail_kind(g, &words);
		if (kind != 0)
			dones_add(g->out, kind, at);
		arena_rewind(g->arena, mark);
	}
	kv_cursor_close(c);
}

struct telling {
	struct arena *arena;
	bool consent;
	uint16_t kind;
};

static bool
tell_last(void *arg, const struct trail *trail)
{
	struct telling *t = arg;
	struct arena_mark mark = arena_mark(t->arena);
	struct trail_words words;
	uint16_t kind = 0;

	if (trail_words(t->arena, trail->json, &words))
		kind = told_kind(&words);
	arena_rewind(t->arena, mark);
	if (kind != 0 && (kind <= ACTIVITY_OPTED_OUT) == t->consent)
		t->kind = kind;
	return t->kind == 0;
}

uint16_t
activity_told_last(struct kv_txn *txn, struct arena *a, uint32_t user,
		   uint16_t kind, int64_t at)
{
	struct telling t = {.arena = a, .consent = kind <= ACTIVITY_OPTED_OUT};

	user_trail(txn, user, at, tell_last, &t);
	return t.kind;
}

void
dones_untold(struct dones *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (kind_has_sets(d->p[i].kind))
			d->p[n++] = d->p[i];
	d->n = n;
}

/* While messages are all there is. */
static void
gather_windows(struct dones *out)
{
	struct instants at = {0};

	for (size_t i = 0; i < out->n; i++)
		if (out->p[i].kind != ACTIVITY_CHAT)
			instants_add(&at, out->p[i].at);
	instants_sort(&at);
	windows_open(&at);
	for (size_t i = 0; i < at.n; i++)
		dones_add(out, ACTIVITY_WINDOW, at.p[i]);
	free(at.p);
}

void
activity_gather(struct kv_txn *txn, struct arena *a, uint32_t user,
		struct dones *out, struct buf *missing)
{
	struct gathering g = {txn, a, out, missing};

	out->n = 0;
	chats_of_user(txn, user, gather_chat, &g);
	gather_windows(out);
	gather_trail(&g, user);
	if (out->n > 1)
		qsort(out->p, out->n, sizeof(*out->p), done_cmp);
}

/* The next user from `from` on who has chats or a timeline; 0: none. */
uint32_t
activity_user_next(struct kv_txn *txn, uint32_t from)
{
	uint8_t key[5] = {'u', (uint8_t)(from >> 24), (uint8_t)(from >> 16),
			  (uint8_t)(from >> 8), (uint8_t)from};
	struct kv_cursor *trail = kv_cursor(txn, SP_TRAIL, STR_NONE);
	struct kv_cursor *chats = kv_cursor(txn, SP_CHATKEY, S("u"));
	uint32_t best = 0;

	if (kv_seek(trail, (struct str){(char *)key + 1, 4})) {
		struct rd r = rd_of(kv_key(trail));

		best = rd_be32(&r);
	}
	if (kv_seek(chats, (struct str){(char *)key, 5})) {
		struct rd r = rd_of(str_cut(kv_key(chats), 1, SIZE_MAX));
		uint32_t id = rd_be32(&r);

		if (best == 0 || id < best)
			best = id;
	}
	kv_cursor_close(trail);
	kv_cursor_close(chats);
	return best;
}

static enum err
buckets_each(const struct activity_out *o, uint32_t user, uint16_t kind,
	     const struct instants *at)
{
	struct posting p = {.attr = (uint16_t)(A_ACTIVITY + kind)};

	for (uint8_t level = 0; level <= activity_levels.n; level++) {
		uint64_t last = 0;
		uint8_t value[8];

		p.level = level;
		p.value = (struct str){(char *)value, sizeof(value)};
		for (size_t i = 0; i < at->n; i++) {
			uint64_t key = quarter_key(quarter_of(at->p[i]));

			level_key(&activity_levels, level, key, value);
			key >>= activity_levels.shift[level];
			if (i == 0 || key != last)
				TRY(o->bucket(o->arg, user, p));
			last = key;
		}
	}
	p.level = LEVEL_SET;
	p.value = S("");
	return o->bucket(o->arg, user, p);
}

static enum err
pieces_each(const struct activity_out *o, uint32_t user, uint16_t kind,
	    const struct instants *at)
{
	struct piece_key k = {.user = user, .kind = kind};

	for (size_t i = 0, n; i < at->n; i += n) {
		uint32_t span = span_of(at->p[i]);

		k.no = (uint16_t)(i > 0 && span == k.span ? k.no + 1 : 0);
		k.span = span;
		for (n = 1; n < PIECE_MAX && i + n < at->n &&
			    span_of(at->p[i + n]) == span;)
			n++;
		TRY(o->piece(o->arg, &k, at->p + i, n));
	}
	return OK;
}

enum err
activity_parts(const struct activity_out *o, uint32_t user, const struct dones *d)
{
	struct instants at = {0};
	enum err e = OK;

	for (size_t i = 0; i < d->n && e == OK;) {
		uint16_t kind = d->p[i].kind;

		at.n = 0;
		for (; i < d->n && d->p[i].kind == kind; i++)
			instants_add(&at, d->p[i].at);
		e = pieces_each(o, user, kind, &at);
		if (e == OK && kind_has_sets(kind))
			e = buckets_each(o, user, kind, &at);
		if (e == OK && kind_has_ledger(kind))
			e = o->entries(o->arg, user, kind, &at);
	}
	free(at.p);
	return e;
}

/* Building ----------------------------------------------------------------- */

struct build {
	struct loader *loader;
	struct buf pieces; /* lstr key, lstr value */
	struct buf missing; /* lstr: names without a kind */
	struct buf scratch;
	struct arena arena;
	struct dones dones;
	struct ledger_changes ledger;
	uint16_t chunk; /* of the users whose entries these are */
	uint32_t next; /* 0: all are done */
	bool building, more;
	struct fault *fault;
};

static enum err
build_piece(void *arg, const struct piece_key *k, const int64_t *at, size_t n)
{
	struct build *b = arg;
	uint8_t key[ACTIVITY_KEY_SIZE];

	buf_reset(&b->scratch);
	piece_encode(&b->scratch, at, n);
	buf_lstr(&b->pieces, piece_key(key, k));
	buf_lstr(&b->pieces, buf_str(&b->scratch));
	return OK;
}

static enum err
build_bucket(void *arg, uint32_t user, struct posting at)
{
	struct build *b = arg;

	return loader_add(b->loader, at, user, b->fault);
}

static enum err
build_entries(void *arg, uint32_t user, uint16_t kind, const struct instants *at)
{
	static const struct instants nothing;
	struct build *b = arg;

	ledger_differ(&b->ledger, LEDGER_LIVING, kind, user, &nothing, at);
	return OK;
}

/* Read until there is enough to write. */
static enum err
read_slice(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;
	struct activity_out out = {build_piece, build_bucket, build_entries,
				   b};

	while ((b->next = activity_user_next(txn, b->next)) != 0 &&
	       b->pieces.n < SLICE_BYTES) {
		arena_reset(&b->arena);
		activity_gather(txn, &b->arena, b->next, &b->dones,
				&b->missing);
		TRY(kv_error(txn));
		if (b->missing.n > 0) /* once more, when it has a kind */
			break;
		TRY(activity_parts(&out, b->next, &b->dones));
		if (++b->next == 0)
			break;
	}
	return kv_error(txn);
}

static enum err
write_slice(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;
	struct rd r = rd_of(buf_str(&b->missing));

	while (rd_left(&r) > 0)
		activity_kind(txn, rd_str(&r));
	r = rd_of(buf_str(&b->pieces));
	while (rd_left(&r) > 0) {
		struct str key = rd_str(&r);

		kv_put(txn, SP_ACTIVITY, key, rd_str(&r));
	}
	return kv_error(txn);
}

/* Entries of the ledger wait until their users have been read, so that each
 * page is written once; of very busy ones not all of them. */
static enum err
write_entries(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;

	ledger_apply(txn, &b->ledger);
	return kv_error(txn);
}

static enum err
entries_settle(struct build *b, struct kv *kv, struct fault *f)
{
	uint16_t chunk = (uint16_t)(b->next >> 16);

	if (b->ledger.n == 0 || (b->next != 0 && chunk == b->chunk &&
				 b->ledger.n < ENTRIES_MAX))
		return OK;
	TRY(kv_write(kv, write_entries, b, f));
	b->ledger.n = 0;
	b->chunk = chunk;
	return OK;
}

/* Keys of a space from `from` on that begin with `prefix`. */
static size_t
keys_clear(struct kv_txn *txn, enum kv_space space, struct str prefix,
	   struct str from, struct buf *keys)
{
	struct kv_cursor *c = kv_cursor(txn, space, prefix);
	size_t n = 0;
	struct rd r;

	buf_reset(keys);
	for (bool more = kv_seek(c, from); more && n < CLEAR_KEYS;
	     more = kv_next(c), n++)
		buf_lstr(keys, kv_key(c));
	kv_cursor_close(c);
	r = rd_of(buf_str(keys));
	while (rd_left(&r) > 0)
		kv_del(txn, space, rd_str(&r));
	return n;
}

static enum err
clear_slice(struct kv_txn *txn, void *arg)
{
	static const char first[] = {(char)(A_ACTIVITY >> 8),
				     (char)(A_ACTIVITY & 0xff)};
	struct build *b = arg;

	b->more = keys_clear(txn, SP_ACTIVITY, S("i"), STR_NONE,
			     &b->scratch) == CLEAR_KEYS;
	if (!b->more)
		b->more = keys_clear(txn, SP_COUNTER,
				     ledger_prefix(LEDGER_LIVING), STR_NONE,
				     &b->scratch) == CLEAR_KEYS;
	if (!b->more)
		b->more = keys_clear(txn, SP_POST, STR_NONE,
				     (struct str){first, sizeof(first)},
				     &b->scratch) == CLEAR_KEYS;
	return kv_error(txn);
}

static enum err
mark(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;
	struct activity_state s;

	activity_state_get(txn, &s);
	s.building = b->building;
	activity_state_put(txn, &s);
	ledger_mark(txn, !b->building);
	return kv_error(txn);
}

static enum err
build(struct build *b, struct kv *kv, struct fault *f)
{
	do
		TRY(kv_write(kv, clear_slice, b, f));
	while (b->more);
	b->next = 1;
	do {
		buf_reset(&b->pieces);
		buf_reset(&b->missing);
		TRY(kv_read(kv, read_slice, b, f));
		if (b->pieces.n + b->missing.n > 0)
			TRY(kv_write(kv, write_slice, b, f));
		TRY(entries_settle(b, kv, f));
	} while (b->next != 0);
	TRY(loader_drain(b->loader, kv, f));
	b->building = false;
	return kv_write(kv, mark, b, f);
}

enum err
activity_build(struct people *p, struct kv *kv, const struct reindex_in *in,
	       struct fault *f)
{
	struct build b = {.building = true, .fault = f};
	enum err e;

	(void)p;
	TRY(kv_write(kv, mark, &b, f));
	b.loader = loader_new(in->memory, in->tmp_dir);
	arena_init(&b.arena);
	e = build(&b, kv, f);
	loader_free(b.loader);
	arena_fini(&b.arena);
	buf_fini(&b.pieces);
	buf_fini(&b.missing);
	buf_fini(&b.scratch);
	free(b.dones.p);
	ledger_changes_free(&b.ledger);
	return e;
}
