/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What belongs together beside the postings: identities and their users both
 * ways, memberships of users and segments that there are, names of segments,
 * and nothing kept under a user who is gone.
 */
#include "room.h"

#include <stdio.h>

typedef void say_fn(void *arg, struct str sentence);

struct check {
	struct kv_txn *txn;
	struct bits *everybody; /* by the records */
	struct arena arena;
	say_fn *say;
	void *arg;
};

static void PRINTF_LIKE(2, 3)
    fault_say(struct check *k, const char *format, ...)
{
	va_list ap;
	struct buf b;
	char text[256];

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	buf_init(&b);
	buf_put(&b, str_of(text));
	k->say(k->arg, buf_str(&b));
	buf_fini(&b);
}

static void
check_identity(struct check *k, uint32_t user, const struct identity *i)
{
	uint32_t whose;

	if (!ident_get(k->txn, i, &whose) || whose != user)
		fault_say(k, "user %u is not found by an identity of theirs",
			  user);
}

static void
check_users(struct check *k)
{
	struct kv_cursor *c = kv_cursor(k->txn, SP_USER, STR_NONE);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));
		uint32_t id = rd_be32(&r);
		struct identity own;
		struct user u;

		arena_reset(&k->arena);
		bits_add(k->everybody, id);
		if (!user_decode(&k->arena, id, kv_value(c), &u))
			continue; /* the index check says so */
		own = ident_user_id(u.user_id);
		check_identity(k, id, &own);
		for (size_t i = 0; i < u.n_identities; i++)
			check_identity(k, id, &u.identities[i]);
		for (size_t i = 1; i < u.n_cells; i++)
			if (u.cells[i - 1].attr >= u.cells[i].attr)
				fault_say(k,
					  "the cells of user %u are out of "
					  "order",
					  id);
	}
	kv_cursor_close(c);
}

static void
check_identities(struct check *k)
{
	struct kv_cursor *c = kv_cursor(k->txn, SP_IDENT, STR_NONE);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(kv_value(c));
		uint32_t id;

		rd_u8(&r);
		id = rd_be32(&r);
		if (!bits_has(k->everybody, id))
			fault_say(k,
				  "an identity leads to user %u, who is not "
				  "there",
				  id);
	}
	kv_cursor_close(c);
}

/* Keys that begin with a user. */
static void
check_owned(struct check *k, enum kv_space space, const char *what)
{
	struct kv_cursor *c = kv_cursor(k->txn, space, STR_NONE);
	uint32_t last = 0;

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));
		uint32_t id = rd_be32(&r);

		if (id != last && !bits_has(k->everybody, id))
			fault_say(k, "there is %s of user %u, who is not there",
				  what, id);
		last = id;
	}
	kv_cursor_close(c);
}

/* Whoever became part of somebody keeps what moved them. */
static void
check_merged(struct check *k)
{
	struct kv_cursor *c = kv_cursor(k->txn, SP_MERGE, S("m"));

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		struct merge m;

		if (merge_get(k->txn, rd_be32(&r), &m) &&
		    m.undone == INSTANT_NONE)
			bits_add(k->everybody, m.from);
	}
	kv_cursor_close(c);
}

static void
check_moved(void *arg, uint32_t user)
{
	struct check *k = arg;

	if (!bits_has(k->everybody, user))
		fault_say(k, "a move of user %u is kept, who is not there",
			  user);
}

static enum err
check_member(void *arg, uint32_t segment, uint32_t user)
{
	struct check *k = arg;

	if (!bits_has(k->everybody, user))
		fault_say(k, "user %u of segment %u is not there", user,
			  segment);
	return OK;
}

static void
check_member_segments(struct check *k)
{
	struct kv_cursor *c = kv_cursor(k->txn, SP_MEMBER, STR_NONE);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));
		uint32_t segment = rd_be32(&r);

		if (!segment_is(k->txn, segment, SEGMENT_STATIC))
			fault_say(k,
				  "there are users of segment %u, which is "
				  "not a static one",
				  segment);
	}
	kv_cursor_close(c);
}

static void
check_segments(struct check *k)
{
	struct kv_cursor *c = kv_cursor(k->txn, SP_SEGMENT, S("i"));

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		uint32_t id = rd_be32(&r), found;
		struct segment s;

		arena_reset(&k->arena);
		if (!segment_get(k->txn, &k->arena, id, &s) ||
		    !segment_find(k->txn, s.name, &found) || found != id)
			fault_say(k, "segment %u is not found by its name", id);
	}
	kv_cursor_close(c);
	c = kv_cursor(k->txn, SP_SEGMENT, S("n"));
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(kv_value(c));
		uint32_t id;

		rd_u8(&r);
		id = rd_be32(&r);
		if (!str_eq(segment_name(k->txn, id),
			    str_cut(kv_key(c), 1, SIZE_MAX)))
			fault_say(k,
				  "a name leads to segment %u, which has "
				  "another",
				  id);
	}
	kv_cursor_close(c);
}

enum err
records_check(struct people *p, struct kv_txn *txn, say_fn *say, void *arg)
{
	struct check k = {.txn = txn, .say = say, .arg = arg};
	enum err e;

	k.everybody = bits_new();
	arena_init(&k.arena);
	check_users(&k);
	check_identities(&k);
	check_owned(&k, SP_TRAIL, "a timeline");
	check_owned(&k, SP_HISTORY, "a history");
	check_segments(&k);
	check_member_segments(&k);
	e = members_each(txn, 0, UINT32_MAX, check_member, &k);
	check_merged(&k);
	if (e == OK)
		e = moves_each_user(txn, check_moved, &k);
	arena_fini(&k.arena);
	bits_free(k.everybody);
	return e != OK ? e : kv_error(txn);
}
