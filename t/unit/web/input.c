/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inputs: what no table names is refused and named, so are second ones, wrong
 * types and limits; media types and sizes are checked first.
 */
#include "desk.h"

static int
get(struct desk *d, const char *path, const char *query)
{
	return desk_ask(d, (struct ask){.method = "GET",
					.path = path,
					.query = query,
					.token = d->token});
}

static int
post(struct desk *d, const char *path, const char *type, struct str body)
{
	return desk_ask(d, (struct ask){.method = "POST",
					.path = path,
					.type = type,
					.body = body,
					.token = d->token});
}

static void
queries(struct desk *d)
{
	static const struct {
		const char *query;
		int status;
		const char *path;
	} rows[] = {
	    {"", 200, NULL},
	    {"limit=10", 200, NULL},
	    {"limit=1", 200, NULL},
	    {"limit=500", 200, NULL},
	    {"limit=0", 422, "limit"},
	    {"limit=501", 422, "limit"},
	    {"limit=-1", 422, "limit"},
	    {"limit=ten", 422, "limit"},
	    {"limit=", 422, "limit"},
	    {"limit=1e2", 422, "limit"},
	    {"limit=99999999999999999999", 422, "limit"},
	    {"limit=1&limit=1", 422, "limit"},
	    {"Limit=1", 422, "Limit"},
	    {"filter=x", 422, "filter"},
	    {"f=%5B%5D&x%26y=1", 422, "x&y"},
	    {"tz=Europe%2FBerlin", 200, NULL},
	    {"tz=Europe/Nowhere", 422, "tz"},
	    {"f=%ff", 400, NULL},
	    {"f=%", 400, NULL},
	    {"f=a%00b", 400, NULL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		is_int(get(d, "/api/v1/users", rows[i].query), rows[i].status,
		       "?%s", rows[i].query);
		if (rows[i].path != NULL)
			ok(desk_says(d, "path", rows[i].path), "names it");
	}
}

static void
bodies(struct desk *d)
{
	static const struct {
		const char *body;
		int status;
		const char *path;
	} rows[] = {
	    {"{\"name\":\"x\",\"scopes\":[\"users.read\"]}", 201, NULL},
	    {"{\"name\":\"x\",\"scopes\":\"users.read\"}", 201, NULL},
	    {"{\"name\":\"x\",\"scopes\":[\"users.red\"]}", 422, "scopes"},
	    {"{\"name\":\"x\",\"scopes\":[1]}", 422, "scopes"},
	    {"{\"scopes\":[\"users.read\"]}", 422, "name"},
	    {"{\"name\":7,\"scopes\":[\"users.read\"]}", 422, "name"},
	    {"{\"name\":null,\"scopes\":[\"users.read\"]}", 422, "name"},
	    {"{\"name\":\"\",\"scopes\":[\"users.read\"]}", 422, "name"},
	    {"{\"name\":\"x\",\"scope\":1}", 422, "scope"},
	    {"{\"name\":\"x\",\"name\":\"y\"}", 400, NULL},
	    {"{\"name\":\"x\",\"role\":\"King\"}", 422, "role"},
	    {"{\"name\":\"x\",\"role\":\"Owner\",\"expiresAt\":\"soon\"}", 422,
	     "expiresAt"},
	    {"{\"name\":\"x\",\"role\":\"Owner\",\"expiresAt\":null}", 201,
	     NULL},
	    {"[]", 422, NULL},
	    {"7", 422, NULL},
	    {"{\"name\":\"x\"", 400, NULL},
	    {"", 422, "name"}, /* as if it had no members */
	    {"{\"name\":\"\\ud800\"}", 400, NULL},
	    {"{\"name\":\"x\"}{}", 400, NULL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		is_int(post(d, "/api/v1/tokens", "application/json",
			    str_of(rows[i].body)),
		       rows[i].status, "%s", rows[i].body);
		if (rows[i].path != NULL)
			ok(desk_says(d, "path", rows[i].path), "names it");
	}
}

static void
media(struct desk *d)
{
	struct str body = S("{\"name\":\"x\",\"role\":\"Owner\"}");
	static const struct {
		const char *type;
		int status;
	} rows[] = {
	    {"application/json", 201},
	    {"Application/JSON; charset=UTF-8", 201},
	    {"application/json;charset=\"utf-8\"", 201},
	    {"application/json; charset=latin-1", 415},
	    {"application/jsonx", 415},
	    {"text/plain", 415},
	    {"application/x-www-form-urlencoded", 415},
	    {"application/x-ndjson", 415},
	    {"multipart/form-data", 415},
	    {"", 415},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		is_int(post(d, "/api/v1/tokens", rows[i].type, body),
		       rows[i].status, "a body of %s", rows[i].type);
	is_int(post(d, "/api/v1/tokens", NULL, body), 415, "of no type");
}

static void
sizes(struct desk *d)
{
	size_t n = BODY_MAX + 1;
	char *big = mem_new(n);
	struct ask a = {.method = "POST",
			.path = "/api/v1/tokens",
			.type = "application/json",
			.token = d->token};

	memset(big, ' ', n);
	memcpy(big, "{\"name\":\"x\",\"role\":\"Owner\"}", 27);
	a.body = (struct str){big, n - 1};
	is_int(desk_ask(d, a), 201, "a body of the limit");
	a.body = (struct str){big, n};
	is_int(desk_ask(d, a), 413, "one byte more");
	is_int(d->left.n, n, "is not even read");
	free(big);
}

static void
forms(struct desk *d)
{
	struct ask a = {.method = "POST",
			.path = "/api/v1/exports",
			.type = "application/x-www-form-urlencoded",
			.cookie = d->cookie,
			.site = "same-origin",
			.origin = "null"};
	char body[400];

	snprintf(body, sizeof(body),
		 "what=users&password=correct+horse+battery&purpose=a+good+"
		 "reason+to&f=&columns=userId&csrf=%s",
		 d->session.csrf);
	a.body = str_of(body);
	is_int(desk_ask(d, a), 200, "the one form, with its CSRF field");
	ok(str_find(desk_head(d),
		    S("Content-Disposition: attachment; "
		      "filename=\"users-"),
		    NULL),
	   "a download");
	body[strlen(body) - 1] ^= 1;
	is_int(desk_ask(d, a), 403, "with a wrong one");
	*strstr(body, "&csrf") = '\0';
	a.body = str_of(body);
	is_int(desk_ask(d, a), 403, "without one");
}

int
main(void)
{
	struct desk d;

	desk_open(&d);
	queries(&d);
	bodies(&d);
	media(&d);
	sizes(&d);
	forms(&d);
	desk_close(&d);
	return done_testing();
}
