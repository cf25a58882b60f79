/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a list shows: which columns, in which order, and one user as a JSON
 * object of them.  A row is read from the snapshot at once, all columns of the
 * record in one pass.  What a user does not have is not in the object, so that
 * an empty text and no value stay different things.
 */
#include "list.h"

static enum err
refuse_attr(struct fault *f, const char *where, struct str name)
{
	return fail(f, ERR_INVALID, where,
		    "expected the name of an attribute; there is no \"%.*s\"",
		    STR_ARG(text_prefix(name, 64)));
}

const struct attr *
sort_default(const struct catalog *c)
{
	const struct attr *seen = catalog_find(c, S("lastSeen"));

	for (size_t i = 0; i < c->n && !seen; i++) {
		if (c->attrs[i].flags & ATTR_DEFAULT)
			seen = &c->attrs[i];
	}
	return seen ? seen : &c->attrs[0];
}

enum err
sort_parse(const struct catalog *c, struct str text, const struct attr **attr,
	   bool *down, struct fault *f)
{
	if (text.n == 0) {
		*attr = sort_default(c);
		*down = (*attr)->id == A_LAST_SEEN;
		return OK;
	}
	*down = text.p[0] == '-';
	if (*down)
		text = str_cut(text, 1, text.n);
	*attr = catalog_find(c, text);
	return *attr ? OK : refuse_attr(f, "sort", text);
}

static void
columns_default(const struct catalog *c, const struct attr **out, size_t *n)
{
	for (size_t i = 0; i < c->n && *n < LIST_COLUMNS_MAX; i++) {
		if (c->attrs[i].flags & ATTR_DEFAULT)
			out[(*n)++] = &c->attrs[i];
	}
}

static bool
columns_have(const struct attr *const *list, size_t n, const struct attr *a)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == a)
			return true;
	}
	return false;
}

enum err
columns_parse(const struct catalog *c, struct str text, struct arena *a,
	      const struct attr ***out, size_t *n, struct fault *f)
{
	const struct attr **list =
	    arena_get(a, sizeof(*list) * LIST_COLUMNS_MAX);
	struct str name;

	*out = list;
	*n = 0;
	if (text.n == 0) {
		columns_default(c, list, n);
		if (*n == 0)
			list[(*n)++] = &c->attrs[0];
		return OK;
	}
	while (str_split(&text, ',', &name)) {
		const struct attr *column = catalog_find(c, name);

		if (!column)
			return refuse_attr(f, "columns", name);
		if (columns_have(list, *n, column))
			return fail(f, ERR_INVALID, "columns",
				    "\"%.*s\" stands there twice",
				    STR_ARG(text_prefix(name, 64)));
		if (*n == LIST_COLUMNS_MAX)
			return fail(f, ERR_INVALID, "columns",
				    "expected at most %u columns",
				    LIST_COLUMNS_MAX);
		list[(*n)++] = column;
	}
	return OK;
}

void
query_row(struct query *q, uint32_t id, const struct attr *const *columns,
	  size_t n, struct json_out *j)
{
	struct arena_mark mark = arena_mark(q->arena);
	struct value *values = arena_get(q->arena, sizeof(*values) * (n + 1));
	bool *has = arena_get(q->arena, sizeof(*has) * (n + 1));
	struct user_view u;

	json_object(j);
	if (!q->nameless)
		json_ki(j, "id", id);
	if (user_view(q->txn, q->catalog, id, &u)) {
		user_values(&u, q->arena, q->txn, columns, n, values, has);
		for (size_t i = 0; i < n; i++) {
			if (!has[i])
				continue;
			json_key(j, columns[i]->name);
			value_json(j, &values[i]);
		}
	}
	json_object_end(j);
	arena_rewind(q->arena, mark);
}

uint64_t
query_coverage(struct query *q, const struct attr *a)
{
	struct posting at = {.attr = a->id, .level = LEVEL_SET};
	struct bits *scope, *has;
	uint64_t n;

	if (!q->scope)
		return posting_count(q->txn, at);
	scope = filter_run(q, NULL);
	has = posting_load(q->txn, at);
	n = bits_and_count(has, scope);
	bits_free(has);
	bits_free(scope);
	return n;
}
