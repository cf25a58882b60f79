/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a reader is held to, made into what the rest of the room knows anyway:
 * a catalog without the attributes that are not for them and a scope at the
 * root of every set.  Nothing else checks anything, so nothing can be
 * forgotten: what is not in the catalog cannot be named, and what is not in
 * the scope cannot be counted.
 */
#include "filter.h"

#define SESSION "session."
#define DEFAULT "default_"

static bool
listed(struct str names, struct str name)
{
	struct str one;

	while (str_split(&names, ',', &one)) {
		if (str_eq(one, name))
			return true;
	}
	return false;
}

/* What a chat's session says under the name of a masked attribute, or under the
 * short name that it has on input, is that attribute said once more. */
static bool
masks(struct str masked, struct str name)
{
	struct str rest = masked, one;

	if (listed(masked, name))
		return true;
	if (!str_starts(name, S(SESSION)))
		return false;
	name = str_cut(name, sizeof(SESSION) - 1, name.n);
	if (listed(masked, name))
		return true;
	while (str_split(&rest, ',', &one))
		if (str_starts(one, S(DEFAULT)) &&
		    str_eq(str_cut(one, sizeof(DEFAULT) - 1, one.n), name))
			return true;
	return false;
}

static bool
not_masked(void *arg, const struct attr *a)
{
	const struct limits *l = arg;

	return !masks(l->masked, a->name);
}

/* ["segment", "hasAny", …]; one that is gone or cannot run has nobody in it. */
static const struct filter *
segments_leaf(struct query *q, const struct limits *l)
{
	struct filter *leaf = arena_get(q->arena, sizeof(*leaf));
	struct operand *o =
	    arena_get(q->arena, sizeof(*o) * (l->n_segments + 1));
	const struct catalog *c = q->whole ? q->whole : q->catalog;
	struct query sub = *q;

	sub.scope = NULL;
	sub.limited = false;
	sub.catalog = c;
	sub.masked = STR_NONE;
	sub.no_behaviour = sub.no_speech = sub.no_numbers = false;
	leaf->attr = catalog_by_id(c, A_SEGMENT);
	leaf->op = operator_find(TYPE_SET, S("hasAny"));
	leaf->operands = o;
	for (size_t i = 0; i < l->n_segments; i++) {
		struct str id =
		    arena_printf(q->arena, "%u", l->segments[i]);
		struct json v = {
		    .kind = JSON_NUMBER, .text = id, .number = l->segments[i]};
		struct rules_held held = rules_begin(&sub);

		if (segment_read(&sub, &v, &o[leaf->n], NULL) == OK)
			leaf->n++;
		rules_end(&sub, held);
	}
	/* No value at all is a group of nobody. */
	leaf->kind = leaf->n ? NODE_LEAF : NODE_ANY;
	return leaf;
}

void
scope_add(struct query *q, const struct filter *f)
{
	struct filter *both = arena_get(q->arena, 3 * sizeof(*both));

	q->limited = true;
	if (!q->scope) {
		q->scope = f;
		return;
	}
	both[1] = *q->scope;
	both[2] = *f;
	both[1].next = &both[2];
	both[2].next = NULL;
	both[0] = (struct filter){.kind = NODE_ALL, .first = &both[1]};
	q->scope = both;
}

void
catalog_narrow(struct query *q, attr_keep_fn *keep, void *arg)
{
	if (!q->whole)
		q->whole = q->catalog;
	q->catalog = catalog_part(q->catalog, q->arena, keep, arg);
}

enum err
query_limit(struct query *q, const struct limits *l, struct fault *f)
{
	if (!l)
		return OK;
	if (l->masked.n > 0) {
		catalog_narrow(q, not_masked, (void *)l);
		q->masked = l->masked;
	}
	if (l->rows)
		scope_add(q, segments_leaf(q, l));
	if (q->txn)
		TRY(kv_error(q->txn));
	if (q->catalog->n == 0)
		return fail(f, ERR_DENIED, "", "no attribute may be seen");
	return OK;
}

bool
query_sees(struct query *q, uint32_t user)
{
	struct rules_held held;
	bool sees;

	if (!q->scope)
		return true;
	held = rules_begin(q);
	sees = bits_has(scope_bits(q), user);
	rules_end(q, held);
	return sees;
}
