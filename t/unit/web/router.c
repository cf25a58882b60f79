/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The router: addresses, methods, and that every check comes before the
 * handler and in the order it says.
 */
#include "desk.h"

static void
matches(void)
{
	static const struct {
		const char *pattern, *path;
		const char *first, *second; /* NULL: no match */
	} rows[] = {
	    {"/a/b", "/a/b", "", ""},
	    {"/a/b", "/a/b/", NULL, NULL},
	    {"/a/b", "/a", NULL, NULL},
	    {"/a/{id}", "/a/7", "7", ""},
	    {"/a/{id}", "/a/", NULL, NULL},
	    {"/a/{id}", "/a/7/8", NULL, NULL},
	    {"/a/{id}/c", "/a/7/c", "7", ""},
	    {"/a/{id}/c", "/a/7/d", NULL, NULL},
	    {"/a/{id}/c", "/a//c", NULL, NULL},
	    {"/a/{x}/b/{y}", "/a/1/b/2", "1", "2"},
	    {"/a/{x}/b/{y}", "/a/1/c/2", NULL, NULL},
	    {"/a/{n+}/values", "/a/x/values", "x", ""},
	    {"/a/{n+}/values", "/a/x/y/values", "x/y", ""},
	    {"/a/{n+}/values", "/a/values", NULL, NULL},
	    {"/a/{n+}/values", "/a//values", NULL, NULL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str args[PATH_ARGS_MAX] = {S(""), S("")};
		bool yes =
		    route_match(rows[i].pattern, str_of(rows[i].path), args);

		ok(yes == (rows[i].first != NULL), "%s %s %s", rows[i].path,
		   rows[i].first ? "is" : "is not", rows[i].pattern);
		if (yes && rows[i].first) {
			is_str(args[0], str_of(rows[i].first), "first");
			is_str(args[1], str_of(rows[i].second), "second");
		}
	}
}

static void
table(void)
{
	const struct route *r;
	struct str args[PATH_ARGS_MAX];
	unsigned allow;
	size_t i, at = 0;
	char path[128];

	ok(routes_fault() == NULL, "the tables are whole");
	for (i = 0; (r = route_at(i)) != NULL; i++) {
		size_t n = 0;

		/* an address the pattern stands for: "x" for each {…} */
		for (const char *c = r->path; *c; c++) {
			path[n++] = *c == '{' ? 'x' : *c;
			if (*c == '{')
				c = strchr(c, '}');
		}
		path[n] = '\0';
		ok(route_find(str_of(path), r->method, &allow, args, &at) ==
			   r &&
		       at == i,
		   "%s %s is reached", method_name(r->method), r->path);
	}
}

static void
methods(struct desk *d)
{
	is_int(desk_ask(d, (struct ask){.method = "GET", .path = "/healthz"}),
	       200, "GET");
	is_str(desk_body(d), S("{\"status\":\"ok\"}"), "with a body");
	is_int(desk_ask(d, (struct ask){.method = "HEAD", .path = "/healthz"}),
	       200, "HEAD");
	is_str(desk_body(d), S(""), "without one");
	ok(str_find(desk_head(d), S("Content-Length: 15\r\n"), NULL),
	   "but with its length");
	is_int(desk_ask(d, (struct ask){.method = "DELETE",
					.path = "/api/v1/tokens"}),
	       405, "a method it does not take");
	ok(str_find(desk_head(d), S("Allow: GET, HEAD, POST, OPTIONS\r\n"),
		    NULL),
	   "names those it takes");
	is_int(desk_ask(d, (struct ask){.method = "OPTIONS",
					.path = "/api/v1/tokens"}),
	       204, "OPTIONS");
	is_int(desk_ask(d, (struct ask){.method = "TRACE", .path = "/healthz"}),
	       405, "TRACE");
	is_int(desk_ask(d, (struct ask){.method = "GET", .path = "/nowhere"}),
	       404, "an address it does not know");
	is_int(
	    desk_ask(d, (struct ask){.method = "OPTIONS", .path = "/nowhere"}),
	    404, "whatever the method");
	is_int(desk_ask(d, (struct ask){.method = "GET", .path = "/\xff"}), 400,
	       "an address that is not text");
}

static void
who(struct desk *d)
{
	struct ask me = {.method = "GET", .path = "/api/v1/me"};

	is_int(desk_ask(d, me), 401, "nobody");
	ok(str_find(desk_head(d), S("WWW-Authenticate: Bearer"), NULL),
	   "is told how");
	me.token = d->token;
	is_int(desk_ask(d, me), 200, "a token");
	me.token = "rpt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	is_int(desk_ask(d, me), 401, "one nobody made");
	me.cookie = d->cookie;
	is_int(desk_ask(d, me), 401,
	       "a wrong token is not made good by a cookie");
	me.token = NULL;
	is_int(desk_ask(d, me), 200, "a session");
	ok(desk_says(d, "csrf", d->session.csrf), "and its CSRF token");
	me.https = "on";
	is_int(desk_ask(d, me), 401,
	       "under HTTPS the cookie without __Host- is nobody's");
}

static void
problems(struct desk *d)
{
	is_int(desk_ask(d, (struct ask){.method = "GET",
					.path = "/api/v1/me",
					.id = "0123456789abcdef"}),
	       401, "a problem");
	ok(str_find(desk_head(d),
		    S("Content-Type: application/problem+json\r\n"), NULL),
	   "is a problem document");
	ok(desk_says(d, "requestId", "0123456789abcdef"), "with the id");
	ok(desk_says(d, "type", "about:blank#log-in-needed"), "its word");
	is_int(desk_ask(d, (struct ask){.method = "GET",
					.path = "/api/v1/me",
					.id = "x\r\nSet-Cookie: a=b"}),
	       401, "an id that is none");
	ok(!str_find(buf_str(&d->got), S("Set-Cookie"), NULL),
	   "is not repeated");
}

static void
counted(struct desk *d)
{
	struct ask ask = {.method = "GET", .path = "/metrics"};

	is_int(desk_ask(d, ask), 200, "metrics");
	is_int(desk_ask(d, ask), 200, "again");
	ok(str_find(desk_body(d),
		    S("rapport_http_requests_total{route=\"/metrics\","
		      "method=\"GET\",code=\"2xx\"} 1\n"),
		    NULL),
	   "the one before was counted");
}

int
main(void)
{
	struct desk d;

	matches();
	table();
	desk_open(&d);
	methods(&d);
	who(&d);
	problems(&d);
	counted(&d);
	desk_close(&d);
	return done_testing();
}
