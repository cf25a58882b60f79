/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A user erased: everything that is kept under the user's id or names it.  The
 * postings follow the record at the end of the batch; the dense id stays
 * taken.  Flow runs are found by the timeline, which names them, and by the
 * userId for those without a name of their own.
 */
#include "room.h"

static uint64_t
erase_identities(struct batch *b, const struct user *u)
{
	struct identity own = ident_user_id(u->user_id);
	uint64_t n = ident_delete(b, &own, u->id);

	for (size_t i = 0; i < u->n_identities; i++)
		n += ident_delete(b, &u->identities[i], u->id);
	return n;
}

static uint64_t
erase_run(struct kv_txn *txn, struct str run_id)
{
	uint8_t bytes[KV_KEY_MAX];
	struct wr w = wr_of(bytes, sizeof(bytes));

	wr_u8(&w, 'r');
	wr_bytes(&w, run_id);
	return !w.bad && kv_del(txn, SP_RUN, wr_out(&w));
}

/* Runs that the timeline names. */
static uint64_t
erase_named_runs(struct batch *b, uint32_t user)
{
	struct arena_mark mark = arena_mark(batch_scratch(b));
	uint8_t prefix[4];
	struct buf pairs;
	uint64_t n = 0;
	struct rd r;

	buf_init(&pairs);
	keys_copy(batch_txn(b), SP_TRAIL, user_key(user, prefix), &pairs);
	r = rd_of(buf_str(&pairs));
	while (rd_left(&r) > 0) {
		struct str value;
		const struct json *id;
		struct json *j;

		rd_str(&r);
		value = rd_str(&r);
		if (!str_find(value, S("\"runId\""), NULL) ||
		    json_parse(batch_scratch(b), str_cut(value, 1, value.n), &j,
			       NULL) != OK)
			continue;
		id = json_member(j, S("runId"));
		if (id != NULL && id->kind == JSON_STRING)
			n += erase_run(batch_txn(b), id->text);
	}
	buf_fini(&pairs);
	arena_rewind(batch_scratch(b), mark);
	return n;
}

/* Runs without a name, kept by userId and flow. */
static uint64_t
erase_plain_runs(struct batch *b, struct str user_id)
{
	uint8_t bytes[KV_KEY_MAX];
	struct wr w = wr_of(bytes, sizeof(bytes));

	wr_u8(&w, 'n');
	wr_bytes(&w, user_id);
	wr_u8(&w, 0);
	return keys_delete(batch_txn(b), SP_RUN, wr_out(&w));
}

static uint64_t
erase_runs(struct batch *b, const struct user *u)
{
	uint64_t n =
	    erase_named_runs(b, u->id) + erase_plain_runs(b, u->user_id);

	for (size_t i = 0; i < u->n_identities; i++)
		if (str_eq(u->identities[i].channel, S("*")) &&
		    str_eq(u->identities[i].kind, S("userId")))
			n += erase_plain_runs(b, u->identities[i].value);
	return n;
}

static uint64_t
erase_segments(struct batch *b, uint32_t user)
{
	const uint32_t *segments;
	size_t n = members_of(b, user, &segments);

	for (size_t i = 0; i < n; i++)
		members_flip(b, segments[i], user, false);
	return n;
}

enum err
batch_erase(struct batch *b, uint32_t id, enum erase_mode mode, int64_t at,
	    struct erasure *out, struct fault *f)
{
	struct kv_txn *txn = batch_txn(b);
	uint8_t prefix[4];
	struct user *u;

	if (!batch_peek(b, id)->now.exists)
		return fail(f, ERR_NOT_FOUND, "user", "there is no such user");
	u = &batch_open(b, id)->now;
	*out = (struct erasure){.user = sha256_of(u->user_id),
				.id = id,
				.mode = mode,
				.at = at,
				.attributes = u->n_cells};
	out->identities = erase_identities(b, u);
	out->runs = erase_runs(b, u);
	out->segments = erase_segments(b, id);
	sayings_flush(b);
	out->trail = keys_delete(txn, SP_TRAIL, user_key(id, prefix));
	out->history = keys_delete(txn, SP_HISTORY, user_key(id, prefix));
	moves_erase(b, id);
	out->merges = merges_erase(b, id);
	u->exists = false;
	return kv_error(txn);
}
