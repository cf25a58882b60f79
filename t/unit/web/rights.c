/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rights: a change by a browser needs the CSRF token and our own origin, one
 * by a machine does not; roles and permissions are those of the route.
 */
#include "desk.h"

/* A change that the Owner may make, as our own page asks for it. */
static struct ask
change(struct desk *d)
{
	return (struct ask){.method = "PUT",
			    .path = "/api/v1/settings",
			    .type = "application/json",
			    .body = S("{\"exports.aead\":\"gcm\"}"),
			    .cookie = d->cookie,
			    .csrf = d->session.csrf,
			    .origin = "http://localhost:8080",
			    .site = "same-origin",
			    .host = "localhost:8080"};
}

static void
csrf(struct desk *d)
{
	struct ask a = change(d);

	is_int(desk_ask(d, a), 204, "our own page may");
	a.csrf = NULL;
	is_int(desk_ask(d, a), 403, "not without the token");
	ok(desk_says(d, "path", "X-Rapport-CSRF"), "which is named");
	a.csrf = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	is_int(desk_ask(d, a), 403, "not with another");
	a = change(d);
	a.origin = "http://evil.example";
	is_int(desk_ask(d, a), 403, "not from another origin");
	a.origin = "https://localhost:8080";
	is_int(desk_ask(d, a), 403, "nor another scheme");
	a.origin = "http://localhost:8081";
	is_int(desk_ask(d, a), 403, "nor another port");
	a.origin = "null";
	is_int(desk_ask(d, a), 204,
	       "no origin, but the browser says it was us");
	a.site = NULL;
	is_int(desk_ask(d, a), 403, "no origin and no word");
	a = change(d);
	a.site = "cross-site";
	is_int(desk_ask(d, a), 403, "not from another site");
	a.site = "same-site";
	is_int(desk_ask(d, a), 403, "nor a neighbour");
	a.site = "none";
	is_int(desk_ask(d, a), 403, "nor typed in");
	a = change(d);
	a.origin = a.site = NULL;
	is_int(desk_ask(d, a), 204, "a browser that says neither");
}

static void
machines(struct desk *d)
{
	struct ask a = change(d);

	a.cookie = a.csrf = a.site = NULL;
	a.token = d->token;
	a.origin = "http://evil.example";
	is_int(desk_ask(d, a), 204, "a token needs none of it");
	a.path = "/api/v1/logout";
	a.method = "POST";
	a.body = STR_NONE;
	a.type = NULL;
	is_int(desk_ask(d, a), 403, "but has no session to end");
}

static void
login(struct desk *d)
{
	struct ask a = {.method = "POST",
			.path = "/api/v1/login",
			.type = "application/json",
			.body = S("{\"login\":\"nobody@example.org\","
				  "\"password\":\"wrong\"}"),
			.origin = "http://evil.example",
			.host = "localhost"};

	is_int(desk_ask(d, a), 403, "another site does not log us in");
	a.origin = "http://localhost";
	is_int(desk_ask(d, a), 401, "our own page asks the password");
}

/* A token of `mask` against routes that want more. */
static void
permissions(struct desk *d)
{
	struct who who = who_command();
	struct by by = {.who = &who, .from = S(""), .at = clock_now()};
	struct token_in in = {.name = S("m"),
			      .permissions = MAY_AUDIT_READ,
			      .expires = INSTANT_NONE};
	struct ask a = {.method = "GET"};
	char text[TOKEN_TEXT];
	uint32_t id;

	ok(token_add(d->app.staff, &by, &in, text, &id, NULL) == OK, "a token");
	a.token = text;
	a.path = "/api/v1/audit";
	is_int(desk_ask(d, a), 200, "what it may");
	a.path = "/api/v1/settings";
	is_int(desk_ask(d, a), 200, "what anybody may");
	a.path = "/api/v1/users";
	is_int(desk_ask(d, a), 403, "what it may not");
	ok(str_find(desk_body(d), S("users.read"), NULL), "and why");
	a.path = "/api/v1/managers";
	is_int(desk_ask(d, a), 403, "what Owners may");
	a.path = "/api/v1/audit";
	a.token = NULL;
	is_int(desk_ask(d, a), 401, "and nobody");
}

/* Who may comes before what was sent: a stranger learns nothing of inputs. */
static void
order(struct desk *d)
{
	struct ask a = change(d);

	a.body = S("{not JSON");
	a.cookie = NULL;
	is_int(desk_ask(d, a), 401, "a stranger's body is not looked at");
	a = change(d);
	a.query = "no=such";
	a.cookie = NULL;
	is_int(desk_ask(d, a), 401, "nor the parameters");
}

int
main(void)
{
	struct desk d;

	desk_open(&d);
	csrf(&d);
	machines(&d);
	login(&d);
	permissions(&d);
	order(&d);
	desk_close(&d);
	return done_testing();
}
