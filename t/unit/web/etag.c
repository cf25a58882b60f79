/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Versions: a tag is the SHA-256 of what it stands for, and If-Match lets
 * through that version, a list with it, "*" or nothing, and no other.
 */
#include "desk.h"

/* SHA-256 of "abc" (FIPS 180-2, B.1), its first half. */
#define ABC "\"ba7816bf8f01cfea414140de5dae2223\""

static void
shown(struct desk *d)
{
	struct fault fault = {OK, "", ""};
	struct req q = {.fault = &fault, .arena = &d->room.arena};
	struct res r;

	res_init(&r, &q, &d->room.out);
	res_etag(&r, S("abc"));
	is_str(((struct str){r.headers, r.headers_n}), S("ETag: " ABC "\r\n"),
	       "the tag of abc");
}

static void
asked(struct desk *d)
{
	static const struct {
		const char *header;
		enum err e;
	} rows[] = {
	    {NULL, OK},
	    {"*", OK},
	    {ABC, OK},
	    {"W/" ABC, OK},
	    {"  " ABC " ", OK},
	    {"\"other\", " ABC, OK},
	    {"\"other\",W/\"x\" , W/" ABC, OK},
	    {"\"other\"", ERR_STALE},
	    {"\"other\", \"ba7816bf\"", ERR_STALE},
	    {"\"BA7816BF8F01CFEA414140DE5DAE2223\"", ERR_STALE},
	    {"\"\"", ERR_STALE},
	    {"ba7816bf8f01cfea414140de5dae2223", ERR_INPUT},
	    {"\"ba7816bf8f01cfea414140de5dae2223", ERR_INPUT},
	    {"\"a\" \"b\"", ERR_INPUT},
	    {"w/\"a\"", ERR_INPUT},
	    {"*, \"a\"", ERR_INPUT},
	};
	struct wire wire = {.arg = d, .param = desk_param};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fault fault = {OK, "", ""};
		struct req q = {
		    .fault = &fault, .arena = &d->room.arena, .wire = &wire};

		d->ask = (struct ask){.if_match = rows[i].header};
		is_int(req_if_match(&q, S("abc")), rows[i].e, "If-Match: %s",
		       rows[i].header ? rows[i].header : "(none)");
		is_str(str_of(fault.path),
		       rows[i].e == OK ? S("") : S("If-Match"), "its name");
		ok(rows[i].header == NULL || rows[i].e == ERR_INPUT ||
		       strcmp(rows[i].header, "*") == 0 ||
		       req_if_match(&q, S("abd")) == ERR_STALE,
		   "no version of anything else");
	}
}

int
main(void)
{
	struct desk d;

	desk_open(&d);
	shown(&d);
	asked(&d);
	desk_close(&d);
	return done_testing();
}
