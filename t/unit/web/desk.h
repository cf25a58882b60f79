/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A whole worker's inside without FastCGI: a store in memory, an Owner with a
 * session and a token, and a wire that reads from and writes to memory.
 */
#ifndef UNIT_WEB_DESK_H
#define UNIT_WEB_DESK_H

#include "../../tap.h"
#include "../../../src/web/request.h"

#include <unistd.h>

struct ask {
	const char *method, *path, *query;
	const char *type; /* of the body */
	struct str body;
	const char *token, *cookie, *csrf, *origin, *site, *host, *https, *id,
	    *if_match;
	size_t gone_after; /* the client reads so many bytes, 0: all */
};

struct desk {
	struct app app;
	char dir[64], password[32];
	char token[TOKEN_TEXT];
	struct login_out session;
	char cookie[80];
	_Atomic uint64_t answers[(ROUTES_MAX + 1) * STATUS_CLASSES];
	_Atomic uint64_t micros[ROUTES_MAX + 1];
	_Atomic bool broken;
	struct room room;
	struct fault fault;
	/* the last question and answer */
	struct ask ask;
	char length[24], bearer[80];
	struct str left;
	struct track track;
	struct buf got;
	bool whole;
};

static inline const char *
desk_param(void *arg, const char *name)
{
	struct desk *d = arg;
	const struct {
		const char *name, *value;
	} all[] = {
	    {"REQUEST_METHOD", d->ask.method},
	    {"DOCUMENT_URI", d->ask.path},
	    {"QUERY_STRING", d->ask.query},
	    {"CONTENT_TYPE", d->ask.type},
	    {"CONTENT_LENGTH", d->ask.body.n ? d->length : NULL},
	    {"HTTP_AUTHORIZATION", d->ask.token ? d->bearer : NULL},
	    {"HTTP_COOKIE", d->ask.cookie},
	    {"HTTP_X_RAPPORT_CSRF", d->ask.csrf},
	    {"HTTP_ORIGIN", d->ask.origin},
	    {"HTTP_SEC_FETCH_SITE", d->ask.site},
	    {"HTTP_HOST", d->ask.host},
	    {"HTTPS", d->ask.https},
	    {"HTTP_IF_MATCH", d->ask.if_match},
	    {"REQUEST_ID", d->ask.id},
	    {"REMOTE_ADDR", "192.0.2.1"},
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (strcmp(name, all[i].name) == 0)
			return all[i].value;
	return NULL;
}

static inline size_t
desk_read(void *arg, char *out, size_t n)
{
	struct desk *d = arg;
	struct str piece = str_cut(d->left, 0, n);

	if (piece.n > 0)
		memcpy(out, piece.p, piece.n);
	d->left = str_cut(d->left, piece.n, d->left.n);
	return piece.n;
}

static inline bool
desk_write(void *arg, struct str bytes)
{
	struct desk *d = arg;

	buf_put(&d->got, bytes);
	return d->ask.gone_after == 0 || d->got.n <= d->ask.gone_after;
}

/* Ask, and return the status. */
static inline int
desk_ask(struct desk *d, struct ask ask)
{
	struct wire wire = {.arg = d,
			    .track = &d->track,
			    .param = desk_param,
			    .read = desk_read,
			    .write = desk_write};
	struct who after;
	struct str rest;
	uint64_t status = 0;

	d->ask = ask;
	d->left = ask.body;
	snprintf(d->length, sizeof(d->length), "%zu", ask.body.n);
	snprintf(d->bearer, sizeof(d->bearer), "Bearer %s",
		 ask.token ? ask.token : "");
	buf_reset(&d->got);
	room_reset(&d->room);
	d->whole = web_serve(&d->app, &wire, &d->room, &after);
	rest = buf_str(&d->got);
	if (!str_starts(rest, S("Status: ")) ||
	    !str_to_u64(str_cut(rest, 8, 11), &status))
		return 0;
	return (int)status;
}

/* The body of the last answer. */
static inline struct str
desk_body(struct desk *d)
{
	struct str all = buf_str(&d->got);
	size_t at;

	return str_find(all, S("\r\n\r\n"), &at) ? str_cut(all, at + 4, all.n)
						 : STR_NONE;
}

/* Its headers, Status among them. */
static inline struct str
desk_head(struct desk *d)
{
	struct str all = buf_str(&d->got);
	size_t at;

	return str_find(all, S("\r\n\r\n"), &at) ? str_cut(all, 0, at + 2)
						 : all;
}

/* Whether the body, a JSON object, has this text at `key`. */
static inline bool
desk_says(struct desk *d, const char *key, const char *text)
{
	const struct json *m;
	struct json *v;
	struct arena a;
	bool yes;

	arena_init(&a);
	yes = json_parse(&a, desk_body(d), &v, NULL) == OK &&
	      (m = json_member(v, str_of(key))) != NULL &&
	      str_eq(m->text, str_of(text));
	arena_fini(&a);
	if (!yes)
		printf("# %.*s\n", STR_ARG(desk_body(d)));
	return yes;
}

static inline void
desk_open(struct desk *d)
{
	struct kv_options options = {.create = true};
	struct manager_in owner = {.name = S("Ada"),
				   .email = S("ada@example.org")};
	struct token_in token = {
	    .name = S("t"), .role = ROLE_OWNER, .expires = INSTANT_NONE};
	struct who who = who_command();
	struct by by = {.who = &who, .from = S(""), .at = clock_now()};
	uint32_t id;

	memset(d, 0, sizeof(*d));
	log_threshold(LOG_ERROR);
	snprintf(d->dir, sizeof(d->dir), "/tmp/rapport-unit-XXXXXX");
	if (mkdtemp(d->dir) == NULL)
		abort();
	room_init(&d->room);
	buf_init(&d->got);
	d->app.answers = d->answers;
	d->app.micros = d->micros;
	d->app.broken = &d->broken;
	if (kv_open(&d->app.kv, &options, &d->fault) != OK ||
	    staff_init(d->app.kv, d->dir, &owner, by.at, d->password, &id,
		       &d->fault) != OK ||
	    staff_open(&d->app.staff, d->app.kv, d->dir, &d->fault) != OK ||
	    token_add(d->app.staff, &by, &token, d->token, &id, &d->fault) !=
		OK ||
	    staff_login(d->app.staff, owner.email, str_of(d->password),
			S("192.0.2.1"), by.at, &d->session, &d->fault) != OK)
		abort();
	d->app.people = people_open(d->app.kv);
	snprintf(d->cookie, sizeof(d->cookie), "rapport=%s", d->session.secret);
}

static inline void
desk_close(struct desk *d)
{
	char command[96];

	people_close(d->app.people);
	staff_close(d->app.staff);
	kv_close(d->app.kv);
	room_fini(&d->room);
	buf_fini(&d->got);
	snprintf(command, sizeof(command), "rm -rf %s", d->dir);
	if (system(command) != 0)
		abort();
}

#endif
