/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Reference data of the worksheets: managers, bots, support bots, marketing
 * and tags as their own systems describe them.  One record a thing, its
 * members as JSON in the order of their names, each with the instant it was
 * said: the younger wins.
 */
#include "room.h"

struct member {
	struct str name, json;
	int64_t at;
};

static const char *const kinds[] = {"manager", "bot", "supportBot", "marketing",
				    "tag"};

#define REFERENCE_KEY_MAX (16u + ID_KEY_MAX)

static struct str
reference_key(uint8_t out[REFERENCE_KEY_MAX], struct str kind, struct str id)
{
	struct wr w = wr_of(out, REFERENCE_KEY_MAX);
	uint8_t memory[ID_KEY_MAX];

	wr_bytes(&w, kind);
	wr_u8(&w, 0);
	wr_bytes(&w, id_key(memory, id));
	return wr_out(&w);
}

static bool
members_read(struct arena *a, struct str value, struct member **out, size_t *n)
{
	struct rd r = rd_of(value);
	uint64_t count;

	*n = 0;
	if (rd_u8(&r) != CHAT_VERSION)
		return false;
	count = rd_varint(&r);
	if (count > rd_left(&r))
		return false;
	*out = arena_get(a, (count + 1) * sizeof(**out));
	for (; *n < count; (*n)++) {
		(*out)[*n].name = rd_str(&r);
		(*out)[*n].at = rd_at(&r);
		(*out)[*n].json = rd_str(&r);
	}
	return rd_done(&r);
}

static bool
member_is_head(struct str name)
{
	return str_eq(name, S("type")) || str_eq(name, S("id")) ||
	       str_eq(name, S("at"));
}

/* Put one member in its place; `list` has room for it. Of the same instant the
 * one that comes stays, or with `yield` the one that is there. */
static void
member_join(struct member *list, size_t *n, struct member m, bool yield)
{
	size_t i = 0;

	while (i < *n && str_cmp(list[i].name, m.name) < 0)
		i++;
	if (i < *n && str_eq(list[i].name, m.name)) {
		if (m.at > list[i].at || (m.at == list[i].at && !yield))
			list[i] = m;
		return;
	}
	memmove(list + i + 1, list + i, (*n - i) * sizeof(*list));
	list[i] = m;
	(*n)++;
}

static struct str
member_json(struct chat_batch *c, const struct json *v)
{
	struct json_out j;

	buf_reset(&c->scratch);
	json_out_init(&j, &c->scratch);
	json_value(&j, v);
	return arena_str(c->arena, buf_str(&c->scratch));
}

static void
members_encode(struct buf *out, const struct member *list, size_t n)
{
	buf_c(out, CHAT_VERSION);
	buf_varint(out, n);
	for (size_t i = 0; i < n; i++) {
		buf_lstr(out, list[i].name);
		buf_at(out, list[i].at);
		buf_lstr(out, list[i].json);
	}
}

static enum err
reference_load(struct chat_batch *c, struct str key, size_t more,
	       struct str *was, struct member **list, size_t *n)
{
	struct member *stored = NULL;
	struct str value;

	*n = 0;
	*was = STR_NONE;
	if (kv_get(c->txn, SP_REF, key, &value))
		*was = arena_str(c->arena, value);
	if (was->n > 0 && !members_read(c->arena, *was, &stored, n)) {
		kv_fail(c->txn, ERR_CORRUPT, "id",
			"A record of reference data is damaged.");
		return kv_error(c->txn);
	}
	*list = arena_get(c->arena, (*n + more + 1) * sizeof(**list));
	if (*n > 0)
		memcpy(*list, stored, *n * sizeof(**list));
	return OK;
}

static enum err
check_reference(struct str kind, struct str id, struct fault *f)
{
	bool known = false;

	for (size_t i = 0; i < COUNT(kinds); i++)
		known |= str_eq(kind, str_of(kinds[i]));
	if (!known)
		return fail(f, ERR_INVALID, "type", "There is no such kind.");
	if (id.n == 0 || id.n > MESSAGE_ID_MAX)
		return fail(f, id.n ? ERR_LIMIT : ERR_INVALID, "id",
			    "1 to %u bytes are taken.", MESSAGE_ID_MAX);
	return OK;
}

/* *was is the record as it was, n 0: there was none; the one that is now is in
 * the scratch. */
static enum err
members_apply(struct chat_batch *c, struct str key, int64_t at,
	      const struct json *event, bool yield, struct str *was,
	      struct fault *f)
{
	struct member *list = NULL;
	size_t n;

	TRY(reference_load(c, key, event->count, was, &list, &n));
	for (const struct json *m = event->first; m != NULL; m = m->next)
		if (!member_is_head(m->key))
			member_join(list, &n,
				    (struct member){.name = m->key,
						    .json = member_json(c, m),
						    .at = at},
				    yield);
	buf_reset(&c->scratch);
	members_encode(&c->scratch, list, n);
	if (c->scratch.n > CHAT_RECORD_MAX)
		return fail(f, ERR_LIMIT, "id",
			    "The record would be larger than %u bytes.",
			    CHAT_RECORD_MAX);
	return OK;
}

enum err
reference_apply(struct chat_batch *c, struct str kind, struct str id,
		int64_t at, const struct json *event, struct fault *f)
{
	uint8_t memory[REFERENCE_KEY_MAX];
	struct str key, was;

	TRY(check_reference(kind, id, f));
	key = reference_key(memory, kind, id);
	TRY(members_apply(c, key, at, event, false, &was, f));
	kv_put(c->txn, SP_REF, key, buf_str(&c->scratch));
	return OK;
}

enum err
reference_restore(struct chat_batch *c, struct str kind, struct str id,
		  int64_t at, const struct json *event, bool *made,
		  bool *changed, struct fault *f)
{
	uint8_t memory[REFERENCE_KEY_MAX];
	struct str key, was;

	TRY(check_reference(kind, id, f));
	key = reference_key(memory, kind, id);
	TRY(members_apply(c, key, at, event, true, &was, f));
	*made |= was.n == 0;
	if (str_eq(was, buf_str(&c->scratch)))
		return OK;
	*changed = true;
	kv_put(c->txn, SP_REF, key, buf_str(&c->scratch));
	return OK;
}

void
reference_told(struct kv_txn *txn, struct str kind, struct str id,
	       member_said_fn *fn, void *arg)
{
	uint8_t memory[REFERENCE_KEY_MAX];
	struct member *list;
	struct arena arena;
	struct str value;
	size_t n;

	if (!kv_get(txn, SP_REF, reference_key(memory, kind, id), &value))
		return;
	arena_init(&arena);
	if (!members_read(&arena, value, &list, &n)) {
		n = 0;
		kv_fail(txn, ERR_CORRUPT, "id",
			"A record of reference data is damaged.");
	}
	for (size_t i = 0; i < n; i++)
		if (!fn(arg, list[i].name, list[i].at))
			break;
	arena_fini(&arena);
}

bool
reference_view(struct kv_txn *txn, struct str kind, struct str id,
	       struct buf *out)
{
	uint8_t memory[REFERENCE_KEY_MAX];
	struct member *list;
	struct arena arena;
	struct json_out j;
	struct str value;
	size_t n;
	bool known;

	if (!kv_get(txn, SP_REF, reference_key(memory, kind, id), &value))
		return false;
	arena_init(&arena);
	known = members_read(&arena, value, &list, &n);
	if (!known)
		kv_fail(txn, ERR_CORRUPT, "id",
			"A record of reference data is damaged.");
	json_out_init(&j, out);
	json_object(&j);
	for (size_t i = 0; known && i < n; i++) {
		json_key(&j, list[i].name);
		json_raw(&j, list[i].json);
	}
	json_object_end(&j);
	arena_fini(&arena);
	return known;
}

bool
reference_known(struct kv_txn *txn, struct str kind, struct str id)
{
	uint8_t memory[REFERENCE_KEY_MAX];
	struct str value;

	return kv_get(txn, SP_REF, reference_key(memory, kind, id), &value);
}

void
references_each(struct kv_txn *txn, struct str kind, reference_fn *fn,
		void *arg)
{
	uint8_t memory[REFERENCE_KEY_MAX];
	struct wr w = wr_of(memory, sizeof(memory));
	struct kv_cursor *c;
	bool more;

	wr_bytes(&w, kind);
	wr_u8(&w, 0);
	wr_u8(&w, 'i');
	c = kv_cursor(txn, SP_REF, wr_out(&w));
	for (more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct str key = kv_key(c);

		if (!fn(arg, str_cut(key, kind.n + 2, key.n)))
			break;
	}
	kv_cursor_close(c);
}
