/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The kinds of activity.  Messages and chats have numbers of their own; names
 * of events and flows get theirs when they first occur and keep them.  Beside
 * them stands whether the whole is being built just now.
 */
#include "room.h"

static const struct {
	uint16_t kind;
	struct str name;
} fixed[] = {
    {ACTIVITY_MESSAGE, {"message", 7}},
    {ACTIVITY_CHAT, {"chat", 4}},
};

void
activity_state_get(struct kv_txn *txn, struct activity_state *out)
{
	struct str value;
	struct rd r;

	*out = (struct activity_state){.next_kind = ACTIVITY_NAMED};
	if (!kv_get(txn, SP_ACTIVITY, S("s"), &value))
		return;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != CHAT_VERSION;
	out->building = rd_u8(&r) != 0;
	out->next_kind = rd_be16(&r);
	if (!rd_done(&r))
		kv_fail(txn, ERR_CORRUPT, "activity",
			"What is kept of kinds of activity is damaged.");
}

void
activity_state_put(struct kv_txn *txn, const struct activity_state *in)
{
	uint8_t memory[4];
	struct wr w = wr_of(memory, sizeof(memory));

	wr_u8(&w, CHAT_VERSION);
	wr_u8(&w, in->building);
	wr_be16(&w, in->next_kind);
	kv_put(txn, SP_ACTIVITY, S("s"), wr_out(&w));
}

enum err
activity_ready(struct kv_txn *txn, struct fault *f)
{
	struct activity_state s;

	activity_state_get(txn, &s);
	if (s.building)
		return fail(f, ERR_CORRUPT, "index",
			    "the index of activity is being built; try again "
			    "when it is done, or run rapport check --repair");
	return kv_error(txn);
}

static struct str
name_key(uint8_t out[1 + ACTIVITY_NAME_MAX], struct str name)
{
	struct wr w = wr_of(out, 1 + ACTIVITY_NAME_MAX);

	wr_u8(&w, 'k');
	wr_bytes(&w, name);
	return w.bad ? STR_NONE : wr_out(&w);
}

static bool
kind_read(struct kv_txn *txn, struct str value, uint16_t *kind)
{
	struct rd r = rd_of(value);

	r.bad |= rd_u8(&r) != CHAT_VERSION;
	*kind = rd_be16(&r);
	if (rd_done(&r))
		return true;
	kv_fail(txn, ERR_CORRUPT, "activity",
		"The name of a kind of activity is damaged.");
	return false;
}

bool
activity_find(struct kv_txn *txn, struct str name, uint16_t *kind)
{
	uint8_t memory[1 + ACTIVITY_NAME_MAX];
	struct str key = name_key(memory, name), value;

	for (size_t i = 0; i < COUNT(fixed); i++)
		if (str_eq(name, fixed[i].name)) {
			*kind = fixed[i].kind;
			return true;
		}
	return key.n > 1 && kv_get(txn, SP_ACTIVITY, key, &value) &&
	       kind_read(txn, value, kind);
}

void
activity_kinds(struct kv_txn *txn, activity_fn *fn, void *arg)
{
	struct kv_cursor *c;
	bool go = true;

	for (size_t i = 0; i < COUNT(fixed) && go; i++)
		if (activity_users(txn, fixed[i].kind) > 0)
			go = fn(arg, fixed[i].kind, fixed[i].name);
	c = kv_cursor(txn, SP_ACTIVITY, S("k"));
	for (bool more = kv_seek(c, STR_NONE); more && go; more = kv_next(c)) {
		uint16_t kind;

		if (kind_read(txn, kv_value(c), &kind) &&
		    activity_users(txn, kind) > 0)
			go = fn(arg, kind, str_cut(kv_key(c), 1, SIZE_MAX));
	}
	kv_cursor_close(c);
}

void
activity_names(struct kv_txn *txn, struct arena *a, struct activity_names *out)
{
	struct activity_state state;
	struct kv_cursor *c;

	activity_state_get(txn, &state);
	out->n = state.next_kind;
	out->of = arena_get(a, out->n * sizeof(*out->of));
	for (size_t i = 0; i < COUNT(fixed); i++)
		out->of[fixed[i].kind] = fixed[i].name;
	c = kv_cursor(txn, SP_ACTIVITY, S("k"));
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		uint16_t kind;

		if (kind_read(txn, kv_value(c), &kind) && kind < out->n)
			out->of[kind] =
			    arena_str(a, str_cut(kv_key(c), 1, SIZE_MAX));
	}
	kv_cursor_close(c);
}

struct str
activity_name_of(const struct activity_names *names, uint16_t kind)
{
	return kind < names->n ? names->of[kind] : STR_NONE;
}

uint16_t
activity_kind(struct kv_txn *txn, struct str name)
{
	uint8_t bytes[1 + ACTIVITY_NAME_MAX], memory[3];
	struct str key = name_key(bytes, name);
	struct wr w = wr_of(memory, sizeof(memory));
	struct activity_state state;
	uint16_t kind;

	if (activity_find(txn, name, &kind))
		return kind;
	activity_state_get(txn, &state);
	if (key.n <= 1 || state.next_kind >= ACTIVITY_KINDS_MAX) {
		kv_fail(txn, ERR_LIMIT, "name",
			"There are too many names of things done.");
		return 0;
	}
	kind = state.next_kind++;
	wr_u8(&w, CHAT_VERSION);
	wr_be16(&w, kind);
	kv_put(txn, SP_ACTIVITY, key, wr_out(&w));
	activity_state_put(txn, &state);
	return kind;
}

struct str
activity_full(struct arena *a, const char *head, struct str name)
{
	struct buf b;
	struct str full;

	buf_init(&b);
	buf_printf(&b, "%s:", head);
	buf_put(&b, name); /* which may have a NUL in it */
	full = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return full;
}

enum err
activity_name(struct chat_batch *c, const char *head, struct str name,
	      struct activity_name *out, struct fault *f)
{
	struct activity_state state;

	out->kind = 0;
	out->text = activity_full(c->arena, head, name);
	if (activity_find(c->txn, out->text, &out->kind))
		return OK;
	if (out->text.n > ACTIVITY_NAME_MAX)
		return fail(f, ERR_LIMIT, "name",
			    "%zu bytes; a name of something done has at most "
			    "%u with \"%s:\".",
			    out->text.n, ACTIVITY_NAME_MAX, head);
	activity_state_get(c->txn, &state);
	if (state.next_kind >= ACTIVITY_KINDS_MAX)
		return fail(f, ERR_LIMIT, "name",
			    "There are %u names of events and flows already.",
			    ACTIVITY_KINDS_MAX - ACTIVITY_NAMED);
	return kv_error(c->txn);
}
