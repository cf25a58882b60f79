/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Answers: no value ends a header's line, every answer has its length and is
 * not kept by anybody, and a stream that breaks off is known to have.
 */
#include "desk.h"

static void
headers(struct desk *d)
{
	static const char *const bad[] = {"a\r\nX: y", "a\nb", "a\rb", "\x7f",
					  "a\tb"};
	struct fault fault = {OK, "", ""};
	struct req q = {.fault = &fault, .arena = &d->room.arena};
	struct res r;
	size_t n;

	res_init(&r, &q, &d->room.out);
	res_header(&r, "X-A", S("fine; \"quoted\""));
	is_int(fault.code, OK, "a plain value");
	is_str(((struct str){r.headers, r.headers_n}),
	       S("X-A: fine; \"quoted\"\r\n"), "stands there");
	n = r.headers_n;
	for (size_t i = 0; i < COUNT(bad); i++) {
		memset(&fault, 0, sizeof(fault));
		res_header(&r, "X-B", str_of(bad[i]));
		is_int(fault.code, ERR_BUG, "bad value %zu is our bug", i);
		is_int(r.headers_n, n, "and is not there");
	}
	memset(&fault, 0, sizeof(fault));
	res_header(&r, "X-C", S("a\0b"));
	is_int(fault.code, ERR_BUG, "NUL");
	memset(&fault, 0, sizeof(fault));
	for (int i = 0; i < 400; i++)
		res_header(&r, "X-Many", S("0123456789"));
	is_int(fault.code, ERR_BUG, "more than an answer may have");
}

static void
always(struct desk *d)
{
	static const char *const paths[] = {"/healthz", "/nowhere",
					    "/api/v1/me", "/api/v1/users"};

	for (size_t i = 0; i < COUNT(paths); i++) {
		desk_ask(d, (struct ask){.method = "GET", .path = paths[i]});
		ok(str_find(desk_head(d), S("Cache-Control: no-store\r\n"),
			    NULL),
		   "%s is not kept", paths[i]);
		ok(str_find(desk_head(d), S("Content-Length: "), NULL),
		   "%s has a length", paths[i]);
	}
}

static struct ask
export_of(struct desk *d)
{
	return (struct ask){
	    .method = "POST",
	    .path = "/api/v1/exports",
	    .type = "application/json",
	    .token = d->token,
	    .body = S("{\"what\":\"users\",\"purpose\":\"to see what comes\","
		      "\"password\":\"correct horse battery\"}")};
}

static void
streams(struct desk *d)
{
	struct ask a = export_of(d);

	is_int(desk_ask(d, a), 200, "an export");
	ok(d->whole, "is whole");
	ok(!str_find(desk_head(d), S("Content-Length"), NULL),
	   "of a length not known before");
	ok(desk_body(d).n > 100, "with bytes");
	a.gone_after = d->got.n - 10;
	is_int(desk_ask(d, a), 200, "a client that goes away");
	ok(!d->whole, "is known to have not the whole");
	is_int(desk_ask(d, (struct ask){.method = "GET",
					.path = "/api/v1/exports/2",
					.token = d->token}),
	       200, "its record");
	ok(desk_says(d, "state", "client-gone"), "says so");
	is_int(desk_ask(d, (struct ask){.method = "GET",
					.path = "/api/v1/exports/1",
					.token = d->token}),
	       200, "the first one's");
	ok(desk_says(d, "state", "done"), "says it was done");
}

static void
refusals(struct desk *d)
{
	static const struct {
		const char *body, *path;
	} rows[] = {
	    {"{\"what\":\"users\",\"password\":\"correct horse battery\","
	     "\"purpose\":\"short\"}",
	     "purpose"},
	    {"{\"what\":\"users\",\"purpose\":\"to see what comes\"}",
	     "password"},
	    {"{\"what\":\"users\",\"purpose\":\"to see what comes\","
	     "\"password\":\"short\"}",
	     "password"},
	    {"{\"what\":\"users\",\"purpose\":\"to see what comes\","
	     "\"password\":\"correct horse battery\",\"sort\":\"nope\"}",
	     "sort"},
	    {"{\"what\":\"users\",\"purpose\":\"to see what comes\","
	     "\"password\":\"correct horse battery\",\"ids\":[\"a\"]}",
	     "ids"},
	    {"{\"what\":\"secrets\",\"purpose\":\"to see what comes\"}",
	     "what"},
	};
	struct ask a = export_of(d);

	for (size_t i = 0; i < COUNT(rows); i++) {
		a.body = str_of(rows[i].body);
		is_int(desk_ask(d, a), 422, "%s", rows[i].body);
		ok(desk_says(d, "path", rows[i].path), "names it");
		ok(d->whole, "and is whole");
	}
	is_int(desk_ask(d, (struct ask){.method = "GET",
					.path = "/api/v1/exports/3",
					.token = d->token}),
	       404, "none of them left a record");
}

int
main(void)
{
	struct desk d;

	desk_open(&d);
	headers(&d);
	always(&d);
	streams(&d);
	refusals(&d);
	desk_close(&d);
	return done_testing();
}
