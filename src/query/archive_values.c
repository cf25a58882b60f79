/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the archives can be narrowed by, to choose from: the tags, integrations
 * or assignees that chats have, those that begin with what is typed before
 * those that hold it, those of most chats first.  Counts are of the chats that
 * who asks may see, and what none of these has is not there.  The index holds
 * folded keys; how a value is written is read from one of those chats.
 */
#include "archive.h"
#include "filter.h"

#include <stdlib.h>

#define WALK_MAX 50000u /* distinct values looked at */

struct choice {
	struct str key; /* as in the index */
	uint64_t count;
	bool starts; /* with what is wanted, and does not only hold it */
};

struct choosing {
	struct query *q;
	const struct archive_values *in;
	struct str want;     /* folded */
	struct bits *within; /* NULL: every chat */
	struct choice *at;
	size_t n;
	bool whole; /* every value was looked at */
};

static const uint16_t indexes[] = {
    [VALUES_TAGS] = ARCHIVE_TAG,
    [VALUES_SOURCES] = ARCHIVE_SOURCE,
    [VALUES_ASSIGNEES] = ARCHIVE_ASSIGNEE,
};

static int
choice_cmp(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->starts != y->starts)
		return x->starts ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return str_cmp(x->key, y->key);
}

/* Whether this text of a chat is the one of the key. */
static bool
is_of_key(struct choosing *c, struct str text, struct str key)
{
	struct buf b;
	bool same;

	if (c->in->of != VALUES_ASSIGNEES)
		text = text_folded(c->q->arena, text);
	buf_init(&b);
	same = str_eq(value_key_text(&b, text), key);
	buf_fini(&b);
	return same;
}

/* As it is written in a chat; the key itself where that cannot be had. */
static struct str
written_in(struct choosing *c, uint32_t chat, struct str key)
{
	struct chat_view v;
	const struct str *texts;
	size_t n = 1;

	if (!chat_view(c->q->txn, c->q->arena, chat, &v))
		return str_cut(key, 0, key.n - 1);
	if (c->in->of == VALUES_TAGS) {
		texts = v.tags;
		n = v.n_tags;
	} else {
		texts = &v.fields[c->in->of == VALUES_SOURCES ? FIELD_SOURCE
							      : FIELD_ASSIGNEE];
	}
	for (size_t i = 0; i < n; i++)
		if (is_of_key(c, texts[i], key))
			return texts[i];
	return str_cut(key, 0, key.n - 1);
}

/* The chats of a value that may be seen, owned by the caller. */
static struct bits *
chats_of(struct choosing *c, struct dict *d)
{
	struct bits *b = bits_new();

	dict_take(d, b);
	if (c->within != NULL)
		bits_and(b, c->within);
	return b;
}

static void
look_at(struct choosing *c, struct dict *d, struct str key)
{
	struct arena_mark mark = arena_mark(c->q->arena);
	struct bits *chats = chats_of(c, d);
	struct choice new = {.count = bits_count(chats)};
	struct str text = str_cut(key, 0, key.n - 1);
	uint32_t one;
	bool fits;

	if (value_key_cut(key) &&
	    bits_page(chats, 0, true, false, &one, 1) == 1)
		text = written_in(c, one, key);
	text = text_folded(c->q->arena, text);
	fits = new.count > 0 && str_find(text, c->want, NULL);
	new.starts = str_starts(text, c->want);
	bits_free(chats);
	arena_rewind(c->q->arena, mark);
	if (!fits)
		return;
	new.key = arena_str(c->q->arena, key);
	c->at[c->n++] = new;
}

static void
look_at_all(struct choosing *c)
{
	struct dict *d =
	    dict_open(c->q->txn, indexes[c->in->of], 0, STR_NONE, STR_NONE);
	struct str key;
	size_t walked = 0;

	while (walked < WALK_MAX && dict_next(d, &key)) {
		walked++;
		look_at(c, d, key);
	}
	c->whole = walked < WALK_MAX;
	dict_close(d);
	qsort(c->at, c->n, sizeof(*c->at), choice_cmp);
}

static void
put_choice(struct choosing *c, const struct choice *one, struct json_out *j)
{
	struct arena_mark mark = arena_mark(c->q->arena);
	struct bits *chats = posting_load(
	    c->q->txn, (struct posting){indexes[c->in->of], 0, one->key});
	uint32_t chat = 0;

	if (c->within != NULL)
		bits_and(chats, c->within);
	bits_page(chats, 0, true, false, &chat, 1);
	bits_free(chats);
	json_object(j);
	json_kt(j, "value", written_in(c, chat, one->key));
	json_ki(j, "count", (int64_t)one->count);
	json_object_end(j);
	arena_rewind(c->q->arena, mark);
}

/* What may be chosen of; the integration may be masked. */
static bool
told(const struct choosing *c)
{
	return c->in->of != VALUES_SOURCES ||
	       catalog_by_id(c->q->catalog, A_SOURCE) != NULL;
}

enum err
archive_values(struct query *q, const struct archive_values *in,
	       struct json_out *j, struct fault *f)
{
	const struct archive_in every = {.from = INSTANT_NONE,
					 .to = INSTANT_NONE};
	struct choosing c = {.q = q, .in = in, .whole = true};

	TRY(archive_ready(q->txn, f));
	if (q->limited || q->scope)
		TRY(archive_find(q, &every, &c.within, NULL, f));
	c.want = text_folded(q->arena, in->prefix);
	c.at = arena_get(q->arena, WALK_MAX * sizeof(*c.at));
	if (told(&c))
		look_at_all(&c);
	json_object(j);
	json_key(j, S("total"));
	if (c.whole)
		json_int(j, (int64_t)c.n);
	else
		json_null(j);
	json_key(j, S("values"));
	json_array(j);
	for (size_t i = 0; i < c.n && i < in->limit; i++)
		put_choice(&c, &c.at[i], j);
	json_array_end(j);
	json_object_end(j);
	bits_free(c.within);
	return kv_error(q->txn);
}
