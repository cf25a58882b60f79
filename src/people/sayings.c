/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What was said of an attribute and is a word no more: the same value said
 * again, and words that the history has no room for.  When a value changed is
 * told by every time that it was said, for what comes late may lie between any
 * two of them; so of these the instant stays and, of the value, a hash, which
 * is enough to tell it from others.  All that one batch hears of a user is one
 * key of the history, under an attribute that there is not: it moves, parts and
 * goes with the history.
 */
#include "room.h"

#include <stdlib.h>

#define NO_ATTR 0xffffu
#define KEY_SIZE 22u
#define ROW_BYTES 32768u

enum { SAYS_VALUE = 1, SAYS_HAND = 2 };

void
attr_said_of(struct arena *a, const struct told *t, struct attr_said *out)
{
	struct buf text;

	*out = (struct attr_said){.at = t->from.at,
				  .has = t->has,
				  .hand = t->from.source == FROM_MANAGER};
	if (!t->has)
		return;
	buf_init(&text);
	value_text(&text, &t->value);
	out->exact = hash64(buf_str(&text));
	out->folded = hash64(text_folded(a, buf_str(&text)));
	buf_fini(&text);
}

void
saying_add(struct batch *b, uint32_t user, uint16_t origin,
	   const struct word *w)
{
	struct sayings *s = batch_sayings(b);
	struct arena *a = batch_scratch(b);
	struct arena_mark mark = arena_mark(a);
	struct told t = {.from = w->stamp};

	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 64;
		s->at = mem_grow(s->at, s->cap * sizeof(*s->at));
	}
	t.has = word_value(w, a, &t.value);
	s->at[s->n].user = user;
	s->at[s->n].origin = origin;
	s->at[s->n].turn = s->n;
	attr_said_of(a, &t, &s->at[s->n++].is);
	arena_rewind(a, mark);
}

/* Kept ----------------------------------------------------------------------
 */

static int
said_cmp(const void *x, const void *y)
{
	const struct said *a = x, *b = y;

	if (a->user != b->user)
		return a->user < b->user ? -1 : 1;
	return (a->turn > b->turn) - (a->turn < b->turn);
}

static struct str
row_key(uint8_t out[KEY_SIZE], uint32_t user, int64_t at, uint64_t seq)
{
	struct wr w = wr_of(out, KEY_SIZE);

	wr_be32(&w, user);
	wr_be16(&w, NO_ATTR);
	wr_be64(&w, (uint64_t)at ^ UINT64_C(1) << 63);
	wr_be64(&w, seq);
	return wr_out(&w);
}

/* As many as go into one row; how many. */
static size_t
row_put(struct batch *b, const struct said *s, size_t n, struct buf *value)
{
	uint64_t seq = batch_counters(b)->next_trail++;
	uint8_t memory[KEY_SIZE];
	size_t i = 0;

	buf_reset(value);
	buf_c(value, PEOPLE_VERSION);
	for (; i < n && s[i].user == s->user && value->n < ROW_BYTES; i++) {
		buf_varint(value, s[i].origin);
		buf_c(value, (char)((s[i].is.has ? SAYS_VALUE : 0) |
				    (s[i].is.hand ? SAYS_HAND : 0)));
		buf_be64(value, (uint64_t)s[i].is.at);
		if (!s[i].is.has)
			continue;
		buf_be64(value, s[i].is.exact);
		buf_be64(value, s[i].is.folded);
	}
	kv_put(batch_txn(b), SP_HISTORY,
	       row_key(memory, s->user, s->is.at, seq), buf_str(value));
	return i;
}

void
sayings_flush(struct batch *b)
{
	struct sayings *s = batch_sayings(b);
	struct buf value;

	if (s->n == 0)
		return;
	buf_init(&value);
	qsort(s->at, s->n, sizeof(*s->at), said_cmp);
	for (size_t i = 0; i < s->n;)
		i += row_put(b, s->at + i, s->n - i, &value);
	buf_fini(&value);
	s->n = 0;
}

/* Read ----------------------------------------------------------------------
 */

static void
row_read(struct str value, uint16_t origin, attr_said_fn *fn, void *arg,
	 bool *bad)
{
	struct rd r = rd_of(value);

	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	while (rd_left(&r) > 0) {
		uint16_t of = (uint16_t)rd_varint(&r);
		uint8_t what = rd_u8(&r);
		struct attr_said s = {.has = what & SAYS_VALUE,
				      .hand = what & SAYS_HAND};

		s.at = (int64_t)rd_be64(&r);
		if (s.has) {
			s.exact = rd_be64(&r);
			s.folded = rd_be64(&r);
		}
		if (!r.bad && of == origin)
			fn(arg, &s);
	}
	*bad |= r.bad;
}

void
user_sayings(struct kv_txn *txn, uint32_t user, const struct attr *attr,
	     attr_said_fn *fn, void *arg)
{
	uint8_t memory[KEY_SIZE];
	struct str prefix = row_key(memory, user, 0, 0);
	struct kv_cursor *c;
	bool bad = false;

	prefix.n = 6;
	c = kv_cursor(txn, SP_HISTORY, prefix);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		row_read(kv_value(c), attr->origin, fn, arg, &bad);
	kv_cursor_close(c);
	if (bad)
		kv_fail(txn, ERR_CORRUPT, "history",
			"the history of user %u is damaged", user);
}
