/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The interface described by itself: an OpenAPI 3.1 document made from the
 * route and field tables, so that it cannot say anything the router does not
 * do.
 */
#include "routes.h"

static enum err openapi(struct req *q, struct res *r);

const struct route openapi_routes[] = {
    {GET, API "/openapi.json", ANYBODY, NO_PEOPLE, NULL, NULL, 0, openapi,
     "This description"},
};

static const char *const field_schemas[] = {
    [FIELD_TEXT] = "string",    [FIELD_SECRET] = "string",
    [FIELD_NUMBER] = "integer", [FIELD_FLAG] = "boolean",
    [FIELD_CHOICE] = "string",  [FIELD_FILTER] = NULL,
    [FIELD_LIST] = "array",     [FIELD_ARRAY] = "array",
    [FIELD_OBJECT] = "object",  [FIELD_VALUE] = NULL,
    [FIELD_INSTANT] = "string", [FIELD_ZONE] = "string",
    [FIELD_USERS] = NULL,
};

static void
put_bounds(struct json_out *j, const struct field *f)
{
	bool texts = f->type == FIELD_TEXT || f->type == FIELD_SECRET;

	if (f->most == 0)
		return;
	if (f->type == FIELD_NUMBER) {
		json_ki(j, "minimum", f->least);
		json_ki(j, "maximum", f->most);
	} else if (f->type == FIELD_ARRAY) {
		json_ki(j, "minItems", f->least);
		json_ki(j, "maxItems", f->most);
	} else if (f->type == FIELD_OBJECT) {
		json_ki(j, "minProperties", f->least);
		json_ki(j, "maxProperties", f->most);
	} else if (texts) {
		json_ki(j, "minLength", f->least > 0 ? 1 : 0);
		json_ki(j, "maxLength", f->most);
	}
}

static void
put_type(struct json_out *j, const struct field *f, bool query)
{
	/* in an address a list is one text, parted by commas */
	const char *type =
	    query && (f->type == FIELD_LIST || f->type == FIELD_FILTER)
		? "string"
		: field_schemas[f->type];

	if (type == NULL)
		return;
	json_key(j, S("type"));
	if (f->flags & FIELD_NULLABLE) {
		json_array(j);
		json_text(j, str_of(type));
		json_text(j, S("null"));
		json_array_end(j);
	} else {
		json_text(j, str_of(type));
	}
}

static void
put_schema(struct json_out *j, const struct field *f, bool query)
{
	struct str rest = str_of(f->choices), one;

	json_object(j);
	put_type(j, f, query);
	if (f->type == FIELD_INSTANT)
		json_kt(j, "format", S("date-time"));
	if (f->type == FIELD_SECRET)
		json_kt(j, "format", S("password"));
	if (!query && (f->type == FIELD_LIST || f->type == FIELD_ARRAY)) {
		json_key(j, S("items"));
		json_object(j);
		if (f->type == FIELD_LIST)
			json_kt(j, "type", S("string"));
		json_object_end(j);
	}
	if (rest.n > 0) {
		json_key(j, S("enum"));
		json_array(j);
		while (str_split(&rest, '|', &one))
			json_text(j, one);
		json_array_end(j);
	}
	put_bounds(j, f);
	json_kt(j, "description", str_of(f->about));
	json_object_end(j);
}

/* "{name+}" without the "+" */
static struct str
path_plain(struct arena *a, const char *path)
{
	struct str all = str_of(path);
	size_t at;

	if (!str_find(all, S("+}"), &at))
		return all;
	return arena_printf(a, "%.*s%s", (int)at, path, path + at + 1);
}

static void
put_path_args(struct json_out *j, struct str path)
{
	size_t open, close;

	while (str_find(path, S("{"), &open) &&
	       str_find(path, S("}"), &close)) {
		json_object(j);
		json_kt(j, "name", str_cut(path, open + 1, close));
		json_kt(j, "in", S("path"));
		json_kb(j, "required", true);
		json_key(j, S("schema"));
		json_object(j);
		json_kt(j, "type", S("string"));
		json_object_end(j);
		json_object_end(j);
		path = str_cut(path, close + 1, path.n);
	}
}

static void
put_once(struct json_out *j)
{
	json_object(j);
	json_kt(j, "name", S("Idempotency-Key"));
	json_kt(j, "in", S("header"));
	json_kb(j, "required", false);
	json_kt(j, "description",
		S("Any text of one's own. Sent again with the same key within "
		  "24 hours it is not done again."));
	json_key(j, S("schema"));
	json_object(j);
	json_kt(j, "type", S("string"));
	json_ki(j, "maxLength", ONCE_KEY_MAX);
	json_object_end(j);
	json_object_end(j);
}

static void
put_parameters(struct json_out *j, const struct route *r, struct str path)
{
	json_key(j, S("parameters"));
	json_array(j);
	put_path_args(j, path);
	if (r->flags & ONCE)
		put_once(j);
	for (const struct field *f = r->query; f && f->name; f++) {
		json_object(j);
		json_kt(j, "name", str_of(f->name));
		json_kt(j, "in", S("query"));
		json_kb(j, "required", (f->flags & FIELD_REQUIRED) != 0);
		json_key(j, S("schema"));
		put_schema(j, f, true);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
put_members(struct json_out *j, const struct field *fields)
{
	bool any = false;

	json_key(j, S("schema"));
	json_object(j);
	json_kt(j, "type", S("object"));
	json_kb(j, "additionalProperties", false);
	json_key(j, S("properties"));
	json_object(j);
	for (const struct field *f = fields; f->name; f++) {
		json_key(j, str_of(f->name));
		put_schema(j, f, false);
		any = any || (f->flags & FIELD_REQUIRED);
	}
	json_object_end(j);
	if (any) {
		json_key(j, S("required"));
		json_array(j);
		for (const struct field *f = fields; f->name; f++)
			if (f->flags & FIELD_REQUIRED)
				json_text(j, str_of(f->name));
		json_array_end(j);
	}
	json_object_end(j);
}

static void
put_media(struct json_out *j, const char *media, const struct field *fields)
{
	json_key(j, str_of(media));
	json_object(j);
	if (fields != NULL)
		put_members(j, fields);
	json_object_end(j);
}

static void
put_body(struct json_out *j, const struct route *r)
{
	if (r->body == NULL && !(r->flags & (TAKES_EVENTS | TAKES_TABLE)))
		return;
	json_key(j, S("requestBody"));
	json_object(j);
	json_kb(j, "required", true);
	json_key(j, S("content"));
	json_object(j);
	if (r->flags & TAKES_TABLE) {
		put_media(j, "text/csv", NULL);
		put_media(j,
			  "application/vnd.openxmlformats-officedocument."
			  "spreadsheetml.sheet",
			  NULL);
	} else {
		put_media(j, "application/json", r->body);
	}
	if (r->flags & TAKES_EVENTS)
		put_media(j, "application/x-ndjson", NULL);
	if (r->flags & TAKES_FORM)
		put_media(j, "application/x-www-form-urlencoded", r->body);
	json_object_end(j);
	json_object_end(j);
}

static void
put_answer(struct json_out *j, const char *status, const char *about,
	   const char *media)
{
	json_key(j, str_of(status));
	json_object(j);
	json_kt(j, "description", str_of(about));
	if (media != NULL) {
		json_key(j, S("content"));
		json_object(j);
		put_media(j, media, NULL);
		json_object_end(j);
	}
	json_object_end(j);
}

static void
put_security(struct json_out *j, const struct route *r)
{
	const char *const ways[] = {"session", "token"};
	size_t n = r->may == PUBLIC ? 0 : r->flags & MANAGERS_ONLY ? 1 : 2;

	json_key(j, S("security"));
	json_array(j);
	for (size_t i = 0; i < n; i++) {
		json_object(j);
		json_key(j, str_of(ways[i]));
		json_array(j);
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

static const char *
method_key(enum method m)
{
	switch (m) {
	case GET:
		return "get";
	case POST:
		return "post";
	case PUT:
		return "put";
	case PATCH:
		return "patch";
	case DELETE:
		return "delete";
	}
	return "";
}

/* "get_users_id": the method and the words of the path. */
static void
put_operation_id(struct json_out *j, const struct route *r, struct str path)
{
	struct buf b;
	bool gap = true;

	if (str_starts(path, S(API)))
		path = str_cut(path, sizeof(API) - 1, path.n);
	buf_init(&b);
	buf_put(&b, str_of(method_key(r->method)));
	for (size_t i = 0; i < path.n; i++) {
		if (strchr("/{}.", path.p[i]) != NULL) {
			gap = true;
			continue;
		}
		if (gap)
			buf_c(&b, '_');
		buf_c(&b, path.p[i]);
		gap = false;
	}
	json_kt(j, "operationId", buf_str(&b));
	buf_fini(&b);
}

static struct str
line_of(struct str about, bool first)
{
	struct str line;

	if (!str_split(&about, '\n', &line))
		line = STR_NONE;
	return first ? line : about;
}

static void
put_operation(struct json_out *j, const struct route *r, struct str path)
{
	const char *word = r->may == PUBLIC    ? "public"
			   : r->may == ANYBODY ? "anybody"
			   : r->may == OWNER   ? "owner"
					       : "permissions";
	struct str answer = line_of(str_of(r->about), false);

	json_object(j);
	put_operation_id(j, r, path);
	json_kt(j, "summary", line_of(str_of(r->about), true));
	json_kt(j, "x-rights", str_of(word));
	json_key(j, S("x-rights-needed"));
	json_object(j);
	put_permissions(j, "permissions", r->may & MAY_ALL);
	json_object_end(j);
	json_kt(j, "x-limits",
		r->flags & HELD        ? S("held")
		: r->flags & UNLIMITED ? S("refused")
		: r->flags & NO_PEOPLE ? S("no people")
		: r->may == OWNER      ? S("owner")
				       : S("public"));
	put_security(j, r);
	put_parameters(j, r, path);
	put_body(j, r);
	json_key(j, S("responses"));
	json_object(j);
	put_answer(j, "2XX",
		   answer.n > 0 ? answer.p : "It was done.", NULL);
	put_answer(j, "4XX", "It was refused: a problem document (RFC 9457).",
		   "application/problem+json");
	put_answer(j, "5XX", "It failed: a problem document.",
		   "application/problem+json");
	json_object_end(j);
	json_object_end(j);
}

static bool
path_first(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(str_of(route_at(k)->path),
			   str_of(route_at(i)->path)))
			return false;
	return true;
}

static void
put_paths(struct json_out *j, struct arena *a)
{
	const struct route *r, *s;
	struct str path;

	json_key(j, S("paths"));
	json_object(j);
	for (size_t i = 0; (r = route_at(i)) != NULL; i++) {
		if (!path_first(i))
			continue;
		path = path_plain(a, r->path);
		json_key(j, path);
		json_object(j);
		for (size_t k = i; (s = route_at(k)) != NULL; k++) {
			if (!str_eq(str_of(s->path), str_of(r->path)))
				continue;
			json_key(j, str_of(method_key(s->method)));
			put_operation(j, s, path);
		}
		json_object_end(j);
	}
	json_object_end(j);
}

static void
put_components(struct json_out *j)
{
	json_key(j, S("components"));
	json_object(j);
	json_key(j, S("securitySchemes"));
	json_object(j);
	json_key(j, S("session"));
	json_object(j);
	json_kt(j, "type", S("apiKey"));
	json_kt(j, "in", S("cookie"));
	json_kt(j, "name", str_of(cookie_name(true)));
	json_object_end(j);
	json_key(j, S("token"));
	json_object(j);
	json_kt(j, "type", S("http"));
	json_kt(j, "scheme", S("bearer"));
	json_object_end(j);
	json_object_end(j);
	json_object_end(j);
}

static enum err
openapi(struct req *q, struct res *r)
{
	struct json_out *j = &r->json;

	res_json(r, 200);
	json_object(j);
	json_kt(j, "openapi", S("3.1.0"));
	json_key(j, S("info"));
	json_object(j);
	json_kt(j, "title", S("Rapport"));
	json_kt(j, "version", S(PACKAGE_VERSION));
	json_kt(j, "summary", S("Back office for chatbots"));
	json_key(j, S("license"));
	json_object(j);
	json_kt(j, "name", S("AGPL-3.0-or-later"));
	json_kt(j, "identifier", S("AGPL-3.0-or-later"));
	json_object_end(j);
	json_object_end(j);
	json_key(j, S("servers"));
	json_array(j);
	json_object(j);
	json_kt(j, "url", S("/"));
	json_object_end(j);
	json_array_end(j);
	put_paths(j, q->arena);
	put_components(j);
	json_object_end(j);
	return OK;
}
