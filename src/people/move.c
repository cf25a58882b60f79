/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who came into static segments and out of them, where it is too much for a
 * line in each timeline.  One act moves many, so it is kept as the act: a set
 * of users a chunk, under the act's instant, which every slice of it adds to.
 * What events say is kept as the earliest instant of each user and segment, so
 * that the order in which events arrive does not matter.
 *
 * Nothing of it moves when users are merged: the timeline of the survivor reads
 * what is kept under everybody who became part of them, until that is undone.
 */
#include "room.h"

#include <stdlib.h>

#define CHUNK_WORDS 1024u
#define CHUNK_USERS 65536u
#define SET_KEY 21u

struct held {
	uint8_t key[SET_KEY];
	uint64_t words[CHUNK_WORDS];
};

struct moves {
	const struct move *why; /* of what moves now; NULL: not told here */
	struct held **held;
	size_t n;
	struct buf gone; /* be32 users, whose bits go */
};

struct moves *
moves_new(void)
{
	struct moves *m = mem_new(sizeof(*m));

	buf_init(&m->gone);
	return m;
}

void
moves_free(struct moves *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->held[i]);
	free(m->held);
	buf_fini(&m->gone);
	free(m);
}

void
batch_moving(struct batch *b, const struct move *why)
{
	batch_moves(b)->why = why;
}

/* Acts --------------------------------------------------------------------- */

static struct str
set_prefix(uint16_t chunk, uint8_t out[3])
{
	struct wr w = wr_of(out, 3);

	wr_u8(&w, 's');
	wr_be16(&w, chunk);
	return wr_out(&w);
}

static void
set_key(uint8_t out[SET_KEY], uint16_t chunk, uint32_t segment, bool in,
	const struct move *why)
{
	struct wr w = wr_of(out, SET_KEY);

	wr_u8(&w, 's');
	wr_be16(&w, chunk);
	wr_be64(&w, (uint64_t)why->at ^ UINT64_C(1) << 63);
	wr_be32(&w, segment);
	wr_u8(&w, in);
	wr_u8(&w, (uint8_t)why->cause);
	wr_be32(&w, why->by);
}

static struct held *
held_of(struct moves *m, const uint8_t key[SET_KEY])
{
	for (size_t i = m->n; i-- > 0;)
		if (memcmp(m->held[i]->key, key, SET_KEY) == 0)
			return m->held[i];
	m->held = mem_grow(m->held, (m->n + 1) * sizeof(*m->held));
	m->held[m->n] = mem_new(sizeof(**m->held));
	memcpy(m->held[m->n]->key, key, SET_KEY);
	return m->held[m->n++];
}

void
moves_note(struct batch *b, uint32_t segment, uint32_t user, bool in)
{
	struct moves *m = batch_moves(b);
	uint8_t key[SET_KEY];
	struct held *h;

	if (m->why == NULL)
		return;
	set_key(key, (uint16_t)(user >> 16), segment, in, m->why);
	h = held_of(m, key);
	h->words[(uint16_t)user / 64] |= UINT64_C(1) << user % 64;
}

static void
held_put(struct batch *b, struct held *h)
{
	struct str key = {(char *)h->key, SET_KEY}, value;

	if (kv_get(batch_txn(b), SP_MOVE, key, &value) &&
	    !chunk_words_read(value, h->words))
		kv_fail(batch_txn(b), ERR_CORRUPT, "move",
			"moves between segments are damaged");
	chunk_words_put(batch_txn(b), SP_MOVE, key, h->words);
}

/* Take the users who are gone out of every act of their chunk. */
static void
chunk_forget(struct kv_txn *txn, uint16_t chunk, const uint64_t *gone)
{
	uint8_t prefix[3];
	struct buf pairs;
	struct rd r;

	buf_init(&pairs);
	keys_copy(txn, SP_MOVE, set_prefix(chunk, prefix), &pairs);
	r = rd_of(buf_str(&pairs));
	while (rd_left(&r) > 0) {
		uint64_t words[CHUNK_WORDS] = {0}, any = 0;
		struct str key = rd_str(&r), value = rd_str(&r);

		if (!chunk_words_read(value, words))
			continue; /* the check says so */
		for (size_t i = 0; i < CHUNK_WORDS; i++) {
			any |= words[i] & gone[i];
			words[i] &= ~gone[i];
		}
		if (any != 0)
			chunk_words_put(txn, SP_MOVE, key, words);
	}
	buf_fini(&pairs);
}

static int
id_cmp(const void *x, const void *y)
{
	return memcmp(x, y, 4);
}

static void
gone_forget(struct batch *b)
{
	struct buf *g = &batch_moves(b)->gone;
	uint64_t words[CHUNK_WORDS] = {0};
	struct rd r;

	if (g->n == 0)
		return;
	qsort(g->p, g->n / 4, 4, id_cmp);
	r = rd_of(buf_str(g));
	while (rd_left(&r) > 0) {
		uint32_t user = rd_be32(&r);
		struct rd next = r;

		words[(uint16_t)user / 64] |= UINT64_C(1) << user % 64;
		if (rd_left(&next) > 0 && rd_be32(&next) >> 16 == user >> 16)
			continue;
		chunk_forget(batch_txn(b), (uint16_t)(user >> 16), words);
		memset(words, 0, sizeof(words));
	}
}

void
moves_end(struct batch *b)
{
	struct moves *m = batch_moves(b);

	for (size_t i = 0; i < m->n; i++)
		held_put(b, m->held[i]);
	gone_forget(b);
}

/* Events ------------------------------------------------------------------- */

static struct str
said_key(uint32_t user, uint32_t segment, uint8_t out[9])
{
	struct wr w = wr_of(out, 9);

	wr_u8(&w, 'e');
	wr_be32(&w, user);
	wr_be32(&w, segment);
	return wr_out(&w);
}

static bool
said_read(struct str value, int64_t *at)
{
	struct rd r = rd_of(value);

	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	*at = rd_instant(&r);
	return rd_done(&r);
}

/* Of the user and of who became part of them, the earliest. */
struct saying {
	struct kv_txn *txn;
	uint32_t segment;
	int64_t at; /* INSTANT_NONE: nothing was said */
};

static void
saying_look(struct saying *s, uint32_t user)
{
	uint8_t key[9];
	struct str value;
	int64_t at;

	if (kv_get(s->txn, SP_MOVE, said_key(user, s->segment, key), &value) &&
	    said_read(value, &at) && (s->at == INSTANT_NONE || at < s->at))
		s->at = at;
}

static void
said_put(struct kv_txn *txn, uint32_t user, uint32_t segment, int64_t at)
{
	uint8_t key[9];
	struct buf b;

	buf_init(&b);
	buf_c(&b, PEOPLE_VERSION);
	buf_instant(&b, at);
	kv_put(txn, SP_MOVE, said_key(user, segment, key), buf_str(&b));
	buf_fini(&b);
}

static void
saying_look_family(struct saying *s, uint32_t user)
{
	struct bits *family = moves_family(s->txn, user);
	size_t n = (size_t)bits_count(family);
	uint32_t *ids = mem_new((n + 1) * sizeof(*ids));

	bits_ids(family, ids);
	for (size_t i = 0; i < n; i++)
		saying_look(s, ids[i]);
	free(ids);
	bits_free(family);
}

bool
moves_said(struct batch *b, uint32_t segment, uint32_t user, bool moved,
	   int64_t at)
{
	struct saying s = {batch_txn(b), segment, INSTANT_NONE};

	if (moved && batch_is_new(b, user)) {
		said_put(s.txn, user, segment, at);
		return true;
	}
	saying_look(&s, user);
	if (s.at == INSTANT_NONE && batch_counters(b)->next_merge > 1)
		saying_look_family(&s, user);
	if (s.at != INSTANT_NONE && moved)
		return false;
	if (moved || (s.at != INSTANT_NONE && at < s.at))
		said_put(s.txn, user, segment, at);
	return true;
}

/* Whole users -------------------------------------------------------------- */

void
moves_erase(struct batch *b, uint32_t user)
{
	uint8_t prefix[5];
	struct wr w = wr_of(prefix, sizeof(prefix));

	wr_u8(&w, 'e');
	wr_be32(&w, user);
	keys_delete(batch_txn(b), SP_MOVE, wr_out(&w));
	buf_be32(&batch_moves(b)->gone, user);
}

struct family {
	struct kv_txn *txn;
	struct bits *all;
};

static void family_add(struct family *f, uint32_t user);

static bool
family_merge(void *arg, const struct merge *m)
{
	struct family *f = arg;

	if (m->undone == INSTANT_NONE && bits_has(f->all, m->into) &&
	    !bits_has(f->all, m->from))
		family_add(f, m->from);
	return true;
}

static void
family_add(struct family *f, uint32_t user)
{
	bits_add(f->all, user);
	merges_each(f->txn, user, family_merge, f);
}

struct bits *
moves_family(struct kv_txn *txn, uint32_t user)
{
	struct family f = {txn, bits_new()};

	family_add(&f, user);
	return f.all;
}

/* Reading ------------------------------------------------------------------ */

static bool
set_read(struct str key, struct moved *out)
{
	struct rd r = rd_of(key);

	*out = (struct moved){0};
	rd_u8(&r);
	rd_be16(&r);
	out->at = rd_instant(&r);
	out->tell = hash64(str_cut(key, 3, key.n));
	out->segment = rd_be32(&r);
	out->in = rd_u8(&r) != 0;
	out->cause = (enum move_cause)rd_u8(&r);
	out->by = rd_be32(&r);
	return rd_done(&r) && out->cause < MOVE_CAUSES;
}

/* Acts that moved the user, newest first, at or before `at`. */
static void
sets_each(struct kv_txn *txn, uint32_t user, int64_t at, moved_fn *fn,
	  void *arg)
{
	uint8_t prefix[3], last[SET_KEY];
	struct kv_cursor *c =
	    kv_cursor(txn, SP_MOVE, set_prefix((uint16_t)(user >> 16), prefix));
	struct wr w = wr_of(last, sizeof(last));
	uint16_t low = (uint16_t)user;
	bool go = true;

	wr_bytes(&w, (struct str){(char *)prefix, sizeof(prefix)});
	wr_be64(&w, (uint64_t)at ^ UINT64_C(1) << 63);
	wr_be64(&w, UINT64_MAX);
	wr_be16(&w, UINT16_MAX);
	for (bool more = kv_seek_last(c, wr_out(&w)); more && go;
	     more = kv_prev(c)) {
		struct moved m;

		if (!set_read(kv_key(c), &m)) {
			kv_fail(txn, ERR_CORRUPT, "move",
				"moves between segments are damaged");
			break;
		}
		if (chunk_words_has(kv_value(c), low))
			go = fn(arg, &m);
	}
	kv_cursor_close(c);
}

/* What events said of the users; the earliest of each segment. */
static void
said_each(struct kv_txn *txn, const uint32_t *users, size_t n, moved_fn *fn,
	  void *arg)
{
	struct moved *all = NULL;
	size_t got = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t prefix[5];
		struct wr w = wr_of(prefix, sizeof(prefix));
		struct kv_cursor *c;

		wr_u8(&w, 'e');
		wr_be32(&w, users[i]);
		c = kv_cursor(txn, SP_MOVE, wr_out(&w));
		for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
			struct rd r = rd_of(str_cut(kv_key(c), 5, SIZE_MAX));
			struct moved m = {.segment = rd_be32(&r), .in = true};
			size_t k = 0;

			if (!said_read(kv_value(c), &m.at))
				continue;
			while (k < got && all[k].segment != m.segment)
				k++;
			all = mem_grow(all, (got + 1) * sizeof(*all));
			if (k == got)
				all[got++] = m;
			else if (m.at < all[k].at)
				all[k].at = m.at;
		}
		kv_cursor_close(c);
	}
	for (size_t i = 0; i < got; i++) {
		all[i].cause = MOVE_EVENT;
		all[i].tell = all[i].segment;
		fn(arg, &all[i]);
	}
	free(all);
}

void
user_moves(struct kv_txn *txn, uint32_t user, int64_t at, moved_fn *fn,
	   void *arg)
{
	struct bits *family = moves_family(txn, user);
	size_t n = (size_t)bits_count(family);
	uint32_t *users = mem_new((n + 1) * sizeof(*users));

	bits_ids(family, users);
	for (size_t i = 0; i < n; i++)
		sets_each(txn, users[i], at, fn, arg);
	said_each(txn, users, n, fn, arg);
	free(users);
	bits_free(family);
}

/* Check -------------------------------------------------------------------- */

/* Of every user something is kept under. */
enum err
moves_each_user(struct kv_txn *txn, void (*fn)(void *arg, uint32_t user),
		void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_MOVE, STR_NONE);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		uint64_t words[CHUNK_WORDS] = {0};
		struct rd r = rd_of(kv_key(c));
		struct moved m;
		uint32_t base;

		if (rd_u8(&r) == 'e') {
			fn(arg, rd_be32(&r));
			continue;
		}
		base = (uint32_t)rd_be16(&r) << 16;
		if (!set_read(kv_key(c), &m) ||
		    !chunk_words_read(kv_value(c), words)) {
			kv_fail(txn, ERR_CORRUPT, "move",
				"moves between segments are damaged");
			break;
		}
		for (uint32_t i = 0; i < CHUNK_USERS; i++)
			if ((words[i / 64] >> i % 64 & 1) != 0)
				fn(arg, base | i);
	}
	kv_cursor_close(c);
	return kv_error(txn);
}
