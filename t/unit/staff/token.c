/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Tokens: shown once, found by hash, dead when revoked or expired, and never
 * stronger than whoever made them.
 */
#include "house.h"

struct check {
	struct str text;
	int64_t now;
	struct who who;
	enum err e;
};

static enum err
check_fn(struct kv_txn *txn, void *arg)
{
	struct check *c = arg;

	c->e = token_check(txn, c->text, c->now, &c->who);
	return OK;
}

static enum err
check(struct house *h, const char *text, int64_t now, struct who *who)
{
	struct check c = {.text = str_of(text), .now = now};

	look(h, check_fn, &c);
	if (who != NULL)
		*who = c.who;
	return c.e;
}

static enum err
used_fn(struct kv_txn *txn, void *arg)
{
	struct token t;
	int64_t *at = arg;

	*at = token_get(txn, 1, &t) ? t.used : 0;
	return OK;
}

static void
life(struct house *h)
{
	struct token_in in = {.name = S("bot"),
			      .permissions = MAY_USERS_EDIT | MAY_CHATS_EDIT,
			      .expires = NOW + 100};
	char text[TOKEN_TEXT];
	struct who who;
	uint32_t id;
	int64_t used;

	is_int(token_add(h->staff, &h->by, &in, text, &id, NULL), OK, "made");
	ok(strncmp(text, "rpt_", 4) == 0 && strlen(text) == 47,
	   "rpt_ and 256 bits");
	is_int(check(h, text, NOW, &who), OK, "lets in");
	is_int(who.kind, WHO_TOKEN, "as a token");
	is_int(who.permissions, MAY_USERS_EDIT | MAY_CHATS_EDIT,
	       "with its scopes");
	is_int(who.role, ROLE_MEMBER, "no Owner");
	ok(who.touch, "never used");
	is_int(who_touch(h->staff, &who, NOW, NULL), OK, "touched");
	look(h, used_fn, &used);
	is_int(used, NOW, "used now");
	is_int(check(h, text, NOW, &who), OK, "again");
	ok(!who.touch, "within a minute nothing is written");
	is_int(check(h, text, NOW + 99, NULL), OK, "to its last moment");
	is_int(check(h, text, NOW + 100, NULL), ERR_AUTH, "expired");
	is_int(token_revoke(h->staff, &h->by, id, NULL), OK, "revoked");
	is_int(check(h, text, NOW, NULL), ERR_AUTH, "out at once");
	is_int(token_revoke(h->staff, &h->by, id, NULL), OK, "twice: the same");
	is_int(token_revoke(h->staff, &h->by, 99, NULL), ERR_NOT_FOUND,
	       "one that never was");
}

static void
forged(struct house *h)
{
	struct token_in in = {
	    .name = S("x"), .role = ROLE_OWNER, .expires = INSTANT_NONE};
	char text[TOKEN_TEXT];
	struct who who;
	uint32_t id;

	is_int(token_add(h->staff, &h->by, &in, text, &id, NULL), OK,
	       "an Owner's token");
	is_int(check(h, text, NOW, &who), OK, "lets in");
	ok(who.role == ROLE_OWNER && who_may(&who, MAY_ALL), "to everything");
	text[20] ^= 1;
	is_int(check(h, text, NOW, NULL), ERR_AUTH, "one bit off");
	text[20] ^= 1;
	text[0] = 'R';
	is_int(check(h, text, NOW, NULL), ERR_AUTH, "another prefix");
	is_int(check(h, "rpt_", NOW, NULL), ERR_AUTH, "no secret");
}

static void
bounds(struct house *h)
{
	struct who member = {
	    .kind = WHO_MANAGER, .id = 5, .permissions = MAY_USERS_READ};
	struct by by = {.who = &member, .from = S(HOME), .at = NOW};
	struct token_in in = {.name = S("x"),
			      .permissions = MAY_USERS_READ,
			      .expires = INSTANT_NONE};
	char text[TOKEN_TEXT];
	uint32_t id;

	is_int(token_add(h->staff, &by, &in, text, &id, NULL), OK,
	       "as much as its maker");
	in.permissions |= MAY_DOWNLOAD;
	is_int(token_add(h->staff, &by, &in, text, &id, NULL), ERR_DENIED,
	       "not more");
	in.permissions = MAY_USERS_READ;
	in.role = ROLE_OWNER;
	is_int(token_add(h->staff, &by, &in, text, &id, NULL), ERR_DENIED,
	       "no Owner's by a Member");
	in.role = ROLE_MEMBER;
	in.permissions = 0;
	is_int(token_add(h->staff, &by, &in, text, &id, NULL), ERR_INVALID,
	       "not nothing");
	in.permissions = MAY_USERS_READ;
	in.name = S("  ");
	is_int(token_add(h->staff, &by, &in, text, &id, NULL), ERR_INVALID,
	       "not nameless");
	in.name = S("x");
	in.expires = NOW;
	is_int(token_add(h->staff, &by, &in, text, &id, NULL), ERR_INVALID,
	       "not dead from birth");
}

/* A token of another Owner, and one made with it. */
static void
stopped(struct house *h)
{
	const struct manager_in ora = {
	    .name = S("Ora"), .email = S("ora@example.org"), .role = ROLE_OWNER};
	struct token_in in = {
	    .name = S("x"), .role = ROLE_OWNER, .expires = INSTANT_NONE};
	bool yes = true, no = false;
	struct manager_change off = {.disabled = &yes}, on = {.disabled = &no};
	char password[32], first[TOKEN_TEXT], second[TOKEN_TEXT],
	    other[TOKEN_TEXT];
	struct who who = {.kind = WHO_MANAGER, .role = ROLE_OWNER,
			  .permissions = MAY_ALL};
	struct by by = {.who = &who, .from = S(HOME), .at = NOW};
	uint32_t id, ignored;

	is_int(manager_add(h->staff, &h->by, &ora, password, &id, NULL), OK,
	       "another Owner");
	who.id = id;
	is_int(token_add(h->staff, &by, &in, first, &ignored, NULL), OK,
	       "makes a token");
	is_int(check(h, first, NOW, &who), OK, "that lets in");
	is_int(token_add(h->staff, &by, &in, second, &ignored, NULL), OK,
	       "with which one is made");
	is_int(token_add(h->staff, &h->by, &in, other, &ignored, NULL), OK,
	       "and the command line makes one");
	is_int(manager_change(h->staff, &h->by, id, &off, NULL), OK,
	       "they are disabled");
	is_int(check(h, first, NOW, NULL), ERR_AUTH, "their token is stopped");
	is_int(check(h, second, NOW, NULL), ERR_AUTH, "what it made, too");
	is_int(check(h, other, NOW, NULL), OK, "nobody else's");
	is_int(manager_change(h->staff, &h->by, id, &on, NULL), OK,
	       "they are let in again");
	is_int(check(h, first, NOW, NULL), OK, "and so is their token");
	is_int(check(h, second, NOW, NULL), OK, "with what it made");
}

int
main(void)
{
	struct house h;

	house_open(&h);
	life(&h);
	forged(&h);
	bounds(&h);
	stopped(&h);
	house_close(&h);
	return done_testing();
}
