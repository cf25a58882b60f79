/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Views, their versions and their links as JSON, the same for every surface,
 * and the addresses they are reached by.
 */
#include "desk.h"

static void
actor_json(struct query *q, const char *key, struct actor a, struct json_out *j)
{
	static const char *const kinds[] = {
	    [WHO_NOBODY] = "nobody",
	    [WHO_MANAGER] = "manager",
	    [WHO_TOKEN] = "token",
	    [WHO_COMMAND] = "command",
	};
	struct str name = S("");
	struct manager m;
	struct token t;

	if (a.kind == WHO_MANAGER && manager_get(q->txn, a.id, &m))
		name = arena_str(q->arena, m.name);
	else if (a.kind == WHO_TOKEN && token_get(q->txn, a.id, &t))
		name = arena_str(q->arena, t.name);
	json_key(j, str_of(key));
	json_object(j);
	json_kt(j, "kind", str_of(kinds[a.kind]));
	json_ki(j, "id", a.id);
	json_kt(j, "name", name);
	json_object_end(j);
}

static void
names_json(const char *key, struct str names, struct json_out *j)
{
	struct str name;

	json_key(j, str_of(key));
	json_array(j);
	while (str_split(&names, ',', &name))
		json_text(j, name);
	json_array_end(j);
}

/* The filter as one writes it, with the segments by name, and its sentence.
 * One that cannot run any more is shown as it is kept; one that is hidden from
 * who asks, not at all. */
static void
filter_put(struct query *q, const struct view *v, struct json_out *j)
{
	struct filter *filter;
	struct json *tree = NULL;
	struct fault f = {0};
	struct buf b;
	bool runs = v->filter.n > 0 &&
		    filter_parse(q, v->filter, &filter, &f) == OK;

	buf_init(&b);
	if (runs)
		filter_json(filter, &b);
	else
		buf_put(&b, v->filter);
	json_key(j, S("filter"));
	if (b.n > 0 && json_parse(q->arena, buf_str(&b), &tree, NULL) == OK)
		json_value(j, tree);
	else
		json_null(j);
	buf_reset(&b);
	json_key(j, S("sentence"));
	if (runs) {
		filter_sentence(filter, &b);
		json_text(j, buf_str(&b));
	} else {
		json_null(j);
		if (v->filter.n > 0)
			json_kt(j, "error", str_of(f.text));
	}
	buf_fini(&b);
}

static void
shown_put(struct query *q, const struct view *v, struct json_out *j)
{
	filter_put(q, v, j);
	if (v->columns.n > 0) {
		names_json("columns", v->columns, j);
	} else {
		json_key(j, S("columns"));
		json_null(j);
	}
	json_key(j, S("sort"));
	if (v->sort.n > 0)
		json_text(j, v->sort);
	else
		json_null(j);
}

struct str
public_address(struct query *q, const char *path, struct str name)
{
	struct str url = setting_text(q->txn, SETTING_PUBLIC_URL);

	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	return arena_printf(q->arena, "%.*s%s%.*s", STR_ARG(url), path,
			    STR_ARG(name));
}

void
view_json(struct query *q, const struct view *v, struct json_out *j)
{
	json_object(j);
	json_ki(j, "id", v->id);
	json_kt(j, "slug", v->slug);
	json_kt(j, "url", public_address(q, "/v/", v->slug));
	json_kt(j, "name", v->name);
	json_kt(j, "visibility", str_of(visibility_name(v->visibility)));
	json_ki(j, "version", v->version);
	actor_json(q, "owner", v->owner, j);
	actor_json(q, "updatedBy", v->by, j);
	json_kat(j, "createdAt", v->created);
	json_kat(j, "updatedAt", v->updated);
	shown_put(q, v, j);
	json_object_end(j);
}

/* What `v` has otherwise than the version before it. */
static void
changed_put(const struct view *v, const struct view *before, struct json_out *j)
{
	json_key(j, S("changed"));
	json_array(j);
	if (before && !str_eq(v->name, before->name))
		json_text(j, S("name"));
	if (before && !str_eq(v->filter, before->filter))
		json_text(j, S("filter"));
	if (before && !str_eq(v->columns, before->columns))
		json_text(j, S("columns"));
	if (before && !str_eq(v->sort, before->sort))
		json_text(j, S("sort"));
	if (before && v->visibility != before->visibility)
		json_text(j, S("visibility"));
	json_array_end(j);
}

void
version_json(struct query *q, const struct view *v, const struct view *before,
	     struct json_out *j)
{
	json_object(j);
	json_ki(j, "version", v->version);
	json_kat(j, "at", v->updated);
	actor_json(q, "by", v->by, j);
	changed_put(v, before, j);
	json_kt(j, "name", v->name);
	json_kt(j, "visibility", str_of(visibility_name(v->visibility)));
	shown_put(q, v, j);
	json_object_end(j);
}

const char *
link_state(const struct link *l, int64_t now)
{
	return l->revoked != INSTANT_NONE ? "revoked"
	       : l->expires <= now	  ? "expired"
					  : "open";
}

void
link_json(struct query *q, const struct link *l, struct json_out *j)
{
	json_ki(j, "id", l->id);
	json_kt(j, "state", str_of(link_state(l, q->now)));
	names_json("columns", l->columns, j);
	json_kb(j, "password", l->password);
	actor_json(q, "createdBy", l->by, j);
	json_kat(j, "createdAt", l->created);
	json_kat(j, "expiresAt", l->expires);
	json_kat(j, "revokedAt", l->revoked);
	json_ki(j, "openings", (int64_t)l->openings);
	json_kat(j, "openedAt", l->opened);
}
