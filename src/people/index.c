/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which postings a user stands in, and which change when the user does.  The
 * postings of one attribute are a short list made from its value; a change is
 * the difference of two lists.  Rebuilding an index and checking it use the
 * same function with nobody as `before`, so there is one definition of what
 * the index holds.  Segments are not in the record; member.c sees to them.
 */
#include "room.h"

struct keys {
	struct posting *at;
	size_t n, cap;
	struct arena *arena;
};

static void
keys_add(struct keys *k, uint16_t attr, uint8_t level, struct str value)
{
	if (k->n == k->cap) {
		size_t cap = k->cap == 0 ? 8 : 2 * k->cap;
		struct posting *at = arena_get(k->arena, cap * sizeof(*at));

		if (k->n > 0)
			memcpy(at, k->at, k->n * sizeof(*at));
		k->at = at;
		k->cap = cap;
	}
	k->at[k->n++] = (struct posting){attr, level, value};
}

static struct str
folded_key(struct keys *k, struct str folded)
{
	struct buf b;
	struct str key;

	buf_init(&b);
	key = arena_str(k->arena,
			value_key_text(&b, folded));
	buf_fini(&b);
	return key;
}

static struct str
text_key(struct keys *k, struct str text)
{
	return folded_key(k, text_folded(k->arena, text));
}

static void
joined_key(struct keys *k, uint16_t attr, const struct value *v)
{
	struct buf b;

	buf_init(&b);
	value_text(&b, v);
	keys_add(k, attr, LEVEL_JOINED, text_key(k, buf_str(&b)));
	buf_fini(&b);
}

static void
ordered_keys(struct keys *k, uint16_t attr, const struct value *v)
{
	const struct levels *l = type_levels(v->type);
	uint64_t order = value_order(v);

	for (uint8_t level = 0; level <= l->n; level++) {
		uint8_t *bytes = arena_get(k->arena, 8);

		level_key(l, level, order, bytes);
		keys_add(k, attr, level, (struct str){(char *)bytes, 8});
	}
}

static void
gram_add(struct keys *k, uint16_t attr, uint32_t gram)
{
	uint8_t *bytes = arena_get(k->arena, GRAM_KEY_SIZE);

	keys_add(k, attr, LEVEL_GRAM, gram_key(gram, bytes));
}

static void
text_keys(struct keys *k, uint16_t attr, struct str text)
{
	struct str folded = text_folded(k->arena, text);
	uint32_t grams[GRAM_TEXT_MAX];
	size_t n;

	keys_add(k, attr, 0, folded_key(k, folded));
	if (!attr_has_grams(attr))
		return;
	gram_add(k, attr, GRAM_ANY);
	if (folded.n > GRAM_TEXT_MAX)
		gram_add(k, attr, GRAM_LONG);
	n = text_grams(folded, grams);
	for (size_t i = 0; i < n; i++)
		gram_add(k, attr, grams[i]);
}

static void
value_keys(struct keys *k, uint16_t attr, const struct value *v)
{
	uint8_t *bytes;

	switch (v->type) {
	case TYPE_TEXT:
		text_keys(k, attr, v->text);
		break;
	case TYPE_NUMBER:
	case TYPE_INSTANT:
	case TYPE_DATE:
		ordered_keys(k, attr, v);
		break;
	case TYPE_BOOLEAN:
		keys_add(k, attr, 0, v->flag ? S("\1") : S("\0"));
		break;
	case TYPE_SET:
		for (size_t i = 0; i < v->n_items; i++)
			keys_add(k, attr, 0, text_key(k, v->items[i]));
		joined_key(k, attr, v);
		break;
	case TYPE_IP:
		bytes = arena_get(k->arena, 16);
		keys_add(k, attr, 0, value_key_ip(&v->ip, bytes));
		break;
	case TYPE_COUNT:
		break;
	}
	keys_add(k, attr, LEVEL_SET, S(""));
}

static struct keys
attr_keys(const struct user *u, const struct attr *a, struct kv_txn *txn,
	  struct arena *scratch)
{
	struct keys k = {.arena = scratch};
	struct value v;

	if (!u->exists)
		return k;
	if (user_get(u, scratch, a, txn, &v) && !v.misfit)
		value_keys(&k, a->id, &v);
	return k;
}

static bool
keys_have(const struct keys *k, const struct posting *p)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->at[i].level == p->level &&
		    str_eq(k->at[i].value, p->value))
			return true;
	return false;
}

static void
difference(const struct keys *a, const struct keys *b, uint32_t id, bool add,
	   posting_fn *fn, void *arg)
{
	for (size_t i = 0; i < a->n; i++)
		if (!keys_have(b, &a->at[i]))
			fn(arg, a->at[i], id, add);
}

static void
index_attr(const struct attr *a, struct kv_txn *txn, const struct user *before,
	   const struct user *now, struct arena *scratch, posting_fn *fn,
	   void *arg)
{
	struct arena_mark mark = arena_mark(scratch);
	struct keys old = attr_keys(before, a, txn, scratch);
	struct keys new = attr_keys(now, a, txn, scratch);

	difference(&old, &new, now->id, false, fn, arg);
	difference(&new, &old, now->id, true, fn, arg);
	arena_rewind(scratch, mark);
}

static bool
same_cell(const struct cell *a, const struct cell *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return word_same(&a->now, &b->now);
}

static bool
same_flows(const struct user *a, const struct user *b)
{
	if (a->n_flows != b->n_flows)
		return false;
	for (size_t i = 0; i < a->n_flows; i++)
		if (a->flows[i].open != b->flows[i].open ||
		    !str_eq(a->flows[i].flow, b->flows[i].flow))
			return false;
	return true;
}

/* Cheap tests that say an attribute cannot have changed. */
static bool
derived_same(const struct user *a, const struct user *b, uint16_t attr)
{
	if (!a->exists || !b->exists)
		return false;
	switch (attr) {
	case A_USER_ID:
		return str_eq(a->user_id, b->user_id);
	case A_CHATS:
		return a->facts.chats == b->facts.chats;
	case A_MSG_IN:
		return a->facts.in == b->facts.in;
	case A_MSG_OUT:
		return a->facts.out == b->facts.out;
	case A_CONSENT:
		return a->consent == b->consent;
	case A_VALID:
		return a->valid == b->valid;
	case A_IN_FLOW:
		return same_flows(a, b);
	case A_BANNED: /* a value even where there is no cell */
		return same_cell(user_cell(a, attr), user_cell(b, attr));
	case A_FIRST_SEEN:
		return a->first == b->first && a->facts.first == b->facts.first;
	case A_LAST_SEEN:
		return a->last == b->last && a->facts.last == b->facts.last;
	}
	return false;
}

static void
index_cells(const struct catalog *c, struct kv_txn *txn,
	    const struct user *before, const struct user *now,
	    struct arena *scratch, posting_fn *fn, void *arg)
{
	size_t i = 0, k = 0;

	while (i < before->n_cells || k < now->n_cells) {
		const struct cell *a =
		    i < before->n_cells ? &before->cells[i] : NULL;
		const struct cell *b = k < now->n_cells ? &now->cells[k] : NULL;
		uint16_t id;
		const struct attr *attr;

		if (a != NULL && b != NULL && a->attr != b->attr) {
			if (a->attr < b->attr)
				b = NULL;
			else
				a = NULL;
		}
		id = a != NULL ? a->attr : b->attr;
		i += a != NULL;
		k += b != NULL;
		attr = catalog_by_id(c, id);
		if (attr != NULL && id != A_BANNED &&
		    (before->exists != now->exists || !same_cell(a, b)))
			index_attr(attr, txn, before, now, scratch, fn, arg);
	}
}

void
user_index(const struct catalog *c, struct kv_txn *txn,
	   const struct user *before, const struct user *now,
	   struct arena *scratch, posting_fn *fn, void *arg)
{
	struct posting everybody = {A_EVERYBODY, 0, S("")};

	if (before->exists != now->exists)
		fn(arg, everybody, now->id, now->exists);
	for (size_t i = 0; i < n_builtin_attrs; i++) {
		const struct attr *a = &builtin_attrs[i];

		if (a->id != A_SEGMENT && /* member.c does */
		    ((a->flags & ATTR_GIVEN) == 0 || a->id == A_BANNED) &&
		    !derived_same(before, now, a->id))
			index_attr(a, txn, before, now, scratch, fn, arg);
	}
	index_cells(c, txn, before, now, scratch, fn, arg);
}
