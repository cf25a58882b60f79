/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Golden bytes: what staff writes is what the table of layout.h says, written
 * out by hand.  A change here is a change of format and needs a migration.
 */
#include "house.h"

static void
is_bytes(struct house *h, enum kv_space space, struct str key, struct str want,
	 const char *name)
{
	struct buf b;
	char got[2048], wanted[2048];

	buf_init(&b);
	ok(raw_get(h, space, key, &b), "%s: is there", name);
	if (b.n > 1000)
		b.n = 1000;
	hex_encode(buf_str(&b), got);
	hex_encode(want, wanted);
	is_str(str_of(got), str_of(wanted), "%s: the bytes", name);
	buf_fini(&b);
}

static void
managers_are(struct house *h)
{
	struct manager_in in = {.name = S("Bo"),
				.email = S("BO@x.Org"),
				.phone = S("+82 10-1234-5678"),
				.permissions = MAY_USERS_READ | MAY_DOWNLOAD};
	char password[32];
	struct buf b;
	uint32_t id;
	struct str head = S("\x01"             /* version */
			    "\x00"             /* Member */
			    "\x00\x00\x00\x81" /* bits 0 and 7 */
			    "\x02"             /* password is one-time */
			    "\x00\x06\x47\x13\xbf\x51\x70\x00" /* NOW */
			    "\x00\x00\x00\x00"                 /* epoch */
			    "\x02"
			    "Bo"
			    "\x08"
			    "BO@x.Org"
			    "\x0d"
			    "+821012345678");

	ok(manager_add(h->staff, &h->by, &in, password, &id, &h->fault) == OK,
	   "a manager is added: %s", h->fault.text);
	is_int(id, 2, "the second");
	buf_init(&b);
	ok(raw_get(h, SP_MANAGER, S("m\x00\x00\x00\x02"), &b), "the record");
	ok(str_starts(buf_str(&b), head), "begins with what was given");
	ok(str_starts(str_cut(buf_str(&b), head.n + 1, b.n), S("$argon2id$")),
	   "and ends with the password's hash");
	buf_fini(&b);
	is_bytes(h, SP_MANAGER, S("ebo@x.org"), S("\x01\x00\x00\x00\x02"),
		 "log-in by folded e-mail");
	is_bytes(h, SP_MANAGER, S("p+821012345678"), S("\x01\x00\x00\x00\x02"),
		 "log-in by phone");
	is_bytes(h, SP_META, S("cmanager"),
		 S("\x01\x00\x00\x00\x00\x00\x00\x00\x02"), "the counter");
}

static void
settings_are(struct house *h)
{
	ok(setting_put(h->staff, &h->by, SETTING_EXPORTS_AEAD, S("ocb"),
		       NULL) == OK,
	   "a setting is put");
	is_bytes(h, SP_META, S("sexports.aead"),
		 S("\x01"
		   "ocb"),
		 "setting");
}

static void
bookmarks_are(struct house *h)
{
	struct str name = S("Ops"), url = S("https://x.example");
	struct bookmark_edit e = {.name = &name, .url = &url};
	uint32_t id;

	ok(bookmark_add(h->staff, &h->by, &e, &id, NULL) == OK,
	   "a bookmark is added");
	is_bytes(h, SP_META, S("b\x00\x00\x00\x01"),
		 S("\x01\x00\x00\x00\x00"
		   "\x00\x06\x47\x13\xbf\x51\x70\x00"
		   "\x00\x06\x47\x13\xbf\x51\x70\x00"
		   "\x03"
		   "Ops"
		   "\x11"
		   "https://x.example"),
		 "bookmark");
}

static void
sessions_are(struct house *h)
{
	struct login_out out;
	struct sha256 hash;
	char key[33] = "s";

	ok(staff_login(h->staff, S("ada@example.ORG"), str_of(h->password),
		       S(HOME), NOW, &out, &h->fault) == OK,
	   "a log-in: %s", h->fault.text);
	hash = sha256_of(str_of(out.secret));
	memcpy(key + 1, hash.b, 32);
	is_bytes(h, SP_SESSION, (struct str){key, 33},
		 S("\x01\x00\x00\x00\x01\x00\x00\x00\x00"
		   "\x00\x06\x47\x13\xbf\x51\x70\x00"
		   "\x00\x06\x47\x13\xbf\x51\x70\x00"
		   "\x09"
		   "192.0.2.1"),
		 "session");
}

static void
tokens_are(struct house *h)
{
	struct token_in in = {.name = S("bot"),
			      .permissions = MAY_USERS_EDIT,
			      .expires = INSTANT_NONE};
	char text[TOKEN_TEXT], key[33] = "h";
	struct sha256 hash;
	uint8_t room[200];
	struct wr w = wr_of(room, sizeof(room));
	uint32_t id;

	ok(token_add(h->staff, &h->by, &in, text, &id, &h->fault) == OK,
	   "a token: %s", h->fault.text);
	hash = sha256_of(str_of(text));
	memcpy(key + 1, hash.b, 32);
	is_bytes(h, SP_TOKEN, (struct str){key, 33}, S("\x01\x00\x00\x00\x01"),
		 "token by hash");
	wr_bytes(&w, S("\x01\x00\x00\x00\x00\x02"
		       "\x00\x06\x47\x13\xbf\x51\x70\x00"
		       "\x80\x00\x00\x00\x00\x00\x00\x00"
		       "\x80\x00\x00\x00\x00\x00\x00\x00"
		       "\x80\x00\x00\x00\x00\x00\x00\x00"
		       "\x00\x00\x00\x00"));
	wr_bytes(&w, (struct str){(char *)hash.b, 32});
	wr_bytes(&w, S("\x03"
		       "bot"));
	is_bytes(h, SP_TOKEN, S("i\x00\x00\x00\x01"), wr_out(&w),
		 "token by number");
}

int
main(void)
{
	struct house h;

	house_open(&h);
	managers_are(&h);
	settings_are(&h);
	bookmarks_are(&h);
	sessions_are(&h);
	tokens_are(&h);
	house_close(&h);
	return done_testing();
}
