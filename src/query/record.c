/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Keys and values of this room, read and written with the bounded readers of
 * base.  What is stored and where stands in desk.h.
 */
#include "desk.h"

struct str
key_of(struct key *k, char letter, struct str rest)
{
	k->w = wr_of(k->room, sizeof(k->room));
	wr_u8(&k->w, (uint8_t)letter);
	wr_bytes(&k->w, rest);
	return wr_out(&k->w);
}

struct str
key_of_id(struct key *k, char letter, uint32_t id)
{
	key_of(k, letter, STR_NONE);
	wr_be32(&k->w, id);
	return wr_out(&k->w);
}

struct str
key_of_two(struct key *k, char letter, uint32_t a, uint32_t b)
{
	key_of_id(k, letter, a);
	wr_be32(&k->w, b);
	return wr_out(&k->w);
}

void
buf_actor(struct buf *b, struct actor a)
{
	buf_c(b, (char)a.kind);
	buf_be32(b, a.id);
}

struct actor
rd_actor(struct rd *r)
{
	uint8_t kind = rd_u8(r);

	return (struct actor){kind <= WHO_COMMAND ? (enum who_kind)kind
						  : WHO_NOBODY,
			      rd_be32(r)};
}

void
buf_moment(struct buf *b, int64_t at)
{
	buf_be64(b, (uint64_t)at);
}

int64_t
rd_moment(struct rd *r)
{
	return (int64_t)rd_be64(r);
}

struct rd
record_rd(struct kv_txn *txn, struct str value)
{
	struct rd r = rd_of(value);

	if (rd_u8(&r) != DESK_VERSION) {
		kv_fail(txn, ERR_CORRUPT, "",
			"a view or job has a layout that is not known");
		r.bad = true;
	}
	return r;
}

bool
record_done(struct kv_txn *txn, const struct rd *r, const char *what)
{
	if (rd_done(r))
		return true;
	kv_fail(txn, ERR_CORRUPT, "", "a %s is damaged", what);
	return false;
}

void
record_start(struct buf *b)
{
	buf_init(b);
	buf_c(b, DESK_VERSION);
}

void
record_put(struct kv_txn *txn, enum kv_space space, struct str key,
	   const struct buf *value)
{
	kv_put(txn, space, key, buf_str(value));
}

void
record_clear(struct kv_txn *txn, enum kv_space space, struct str prefix)
{
	struct kv_cursor *c = kv_cursor(txn, space, prefix);
	uint8_t room[64];

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct wr w = wr_of(room, sizeof(room));

		wr_bytes(&w, kv_key(c));
		kv_del(txn, space, wr_out(&w));
	}
	kv_cursor_close(c);
}

uint32_t
number_next(struct kv_txn *txn, enum kv_space space, size_t which, size_t n)
{
	uint32_t numbers[2] = {0};
	struct str value;
	struct buf b;
	uint32_t out;

	if (kv_get(txn, space, S("c"), &value)) {
		struct rd r = record_rd(txn, value);

		for (size_t i = 0; i < n; i++)
			numbers[i] = rd_be32(&r);
		if (!record_done(txn, &r, "counter"))
			return 0;
	}
	out = ++numbers[which];
	record_start(&b);
	for (size_t i = 0; i < n; i++)
		buf_be32(&b, numbers[i]);
	record_put(txn, space, S("c"), &b);
	buf_fini(&b);
	return out;
}
