/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Limits as they are kept: records of managers with and without, whose limits
 * hold for whom, and that nobody who is gone or cannot be read sees anything.
 */
#include "house.h"

struct held {
	enum who_kind kind;
	uint32_t id;
	enum err e;
	struct arena arena;
	const struct limits *limits;
};

static enum err
held_fn(struct kv_txn *txn, void *arg)
{
	struct held *h = arg;

	h->e = limits_of(txn, &h->arena, h->kind, h->id, &h->limits);
	return h->e;
}

/* "all", or "2,7 a,b" */
static void
is_held(struct house *h, enum who_kind kind, uint32_t id, const char *want,
	const char *name)
{
	struct held x = {.kind = kind, .id = id};
	struct buf b;

	arena_init(&x.arena);
	buf_init(&b);
	look(h, held_fn, &x);
	if (x.e != OK)
		buf_put(&b, S("error"));
	else if (x.limits == NULL)
		buf_put(&b, S("all"));
	else {
		buf_put(&b, x.limits->rows ? S("rows") : S("everybody"));
		for (size_t i = 0; i < x.limits->n_segments; i++)
			buf_printf(&b, " %u", x.limits->segments[i]);
		buf_printf(&b, "; %.*s", STR_ARG(x.limits->masked));
	}
	is_str(buf_str(&b), str_of(want), "%s: %s", name, want);
	buf_fini(&b);
	arena_fini(&x.arena);
}

static uint32_t
member(struct house *h, const char *email, const struct limits *l)
{
	struct manager_in in = {.name = S("Bo"),
				.email = str_of(email),
				.permissions = MAY_USERS_READ | MAY_DOWNLOAD,
				.limits = l};
	char password[32];
	uint32_t id = 0;

	is_int(manager_add(h->staff, &h->by, &in, password, &id, &h->fault), OK,
	       "%s is added %s", email, h->fault.text);
	return id;
}

static enum err
change(struct house *h, uint32_t id, struct manager_change c)
{
	return manager_change(h->staff, &h->by, id, &c, &h->fault);
}

static const uint32_t two[] = {2, 0x01020304};

static void
kept(struct house *h)
{
	struct limits l = {true, two, 2, S("plan,session.x")}, none = {0};
	struct limits nobody = {.rows = true};
	struct str name = S("Bo 2");
	enum role owner = ROLE_OWNER, back = ROLE_MEMBER;
	uint32_t id = member(h, "bo@example.org", &l);
	uint32_t free_one = member(h, "al@example.org", NULL);
	struct buf b;

	is_held(h, WHO_MANAGER, id, "rows 2 16909060; plan,session.x", "kept");
	buf_init(&b);
	ok(raw_get(h, SP_MANAGER, S("m\0\0\0\2"), &b), "the record");
	is_int(b.p[0], 2, "is of layout 2");
	ok(str_ends(buf_str(&b), S("\x01"
				   "\x08\0\0\0\2\1\2\3\4"
				   "\x0e"
				   "plan,session.x")),
	   "and ends with the limits");
	ok(raw_get(h, SP_MANAGER, S("m\0\0\0\3"), &b), "without limits");
	is_int(b.p[0], 1, "it is of layout 1, as it always was");
	buf_fini(&b);
	is_held(h, WHO_MANAGER, free_one, "all", "nothing said");
	is_int(change(h, id, (struct manager_change){.name = &name}), OK,
	       "another name");
	is_held(h, WHO_MANAGER, id, "rows 2 16909060; plan,session.x",
		"leaves the limits");
	is_int(change(h, id, (struct manager_change){.limits = &nobody}), OK,
	       "no segment at all");
	is_held(h, WHO_MANAGER, id, "rows; ", "sees nobody");
	is_int(change(h, id, (struct manager_change){.limits = &none}), OK,
	       "lifted");
	is_held(h, WHO_MANAGER, id, "all", "sees everybody");
	is_int(change(h, id, (struct manager_change){.limits = &l,
						     .role = &owner}),
	       ERR_INVALID, "an Owner has none");
	is_str(str_of(h->fault.path), S("limits"), "and that is the field");
	is_int(change(h, id, (struct manager_change){.limits = &l}), OK,
	       "limited again");
	is_int(change(h, id, (struct manager_change){.role = &owner}), OK,
	       "made an Owner");
	is_held(h, WHO_MANAGER, id, "all", "an Owner sees all");
	is_int(change(h, id, (struct manager_change){.role = &back}), OK,
	       "and a Member again");
	is_held(h, WHO_MANAGER, id, "all", "the limits are gone for good");
	is_held(h, WHO_COMMAND, 0, "all", "the command line");
	is_held(h, WHO_MANAGER, 99, "rows; ", "nobody's number sees nobody");
	is_held(h, WHO_TOKEN, 99, "rows; ", "nor does a token there is not");
	is_held(h, WHO_NOBODY, 0, "rows; ", "nor does nobody");
	is_int(raw_put(h, SP_MANAGER, S("m\0\0\0\3"), S("\x02garbage")), OK,
	       "damage");
	is_held(h, WHO_MANAGER, free_one, "error", "is an error, never all");
	is_int(raw_put(h, SP_MANAGER, S("m\0\0\0\3"), S("\x03")), OK,
	       "a layout of the future");
	is_held(h, WHO_MANAGER, free_one, "error", "is one, too");
}

/* As somebody: a token. */
static uint32_t
token(struct house *h, enum who_kind kind, uint32_t id, enum role role,
      char text[TOKEN_TEXT])
{
	struct who who = {.kind = kind,
			  .id = id,
			  .role = ROLE_OWNER,
			  .permissions = MAY_ALL};
	struct by by = {.who = &who, .from = S(HOME), .at = NOW};
	struct token_in in = {.name = S("bot"),
			      .role = role,
			      .permissions = MAY_USERS_READ | MAY_SHARE,
			      .expires = INSTANT_NONE};
	uint32_t out = 0;

	is_int(token_add(h->staff, &by, &in, text, &out, &h->fault), OK,
	       "a token %s", h->fault.text);
	return out;
}

struct check {
	struct str text;
	struct who who;
	enum err e;
};

static enum err
check_fn(struct kv_txn *txn, void *arg)
{
	struct check *c = arg;

	c->e = token_check(txn, c->text, NOW, &c->who);
	return OK;
}

static void
inherited(struct house *h)
{
	struct limits l = {true, two, 1, S("plan")};
	enum role owner = ROLE_OWNER, less = ROLE_MEMBER;
	uint32_t all = MAY_ALL, read = MAY_USERS_READ;
	uint32_t id = member(h, "cy@example.org", NULL), one, child, far;
	char text[TOKEN_TEXT], second[TOKEN_TEXT], third[TOKEN_TEXT];
	struct check c;

	is_int(change(h, id, (struct manager_change){.role = &owner}), OK,
	       "an Owner makes tokens");
	one = token(h, WHO_MANAGER, id, ROLE_OWNER, text);
	child = token(h, WHO_TOKEN, one, ROLE_MEMBER, second);
	far = token(h, WHO_COMMAND, 0, ROLE_MEMBER, third);
	is_held(h, WHO_TOKEN, one, "all", "an Owner's token");
	is_int(change(h, id, (struct manager_change){.role = &less,
						     .permissions = &read,
						     .limits = &l}),
	       OK, "the Owner becomes a limited Member");
	is_held(h, WHO_TOKEN, one, "rows 2; plan", "so does the token");
	is_held(h, WHO_TOKEN, child, "rows 2; plan", "and what it made");
	is_held(h, WHO_TOKEN, far, "all", "but no other");
	c.text = str_of(text);
	look(h, check_fn, &c);
	is_int(c.e, OK, "it lets in");
	is_int(c.who.role, ROLE_MEMBER, "no longer as an Owner");
	is_int(c.who.permissions, MAY_USERS_READ, "with what its maker may");
	c.text = str_of(second);
	look(h, check_fn, &c);
	is_int(c.who.permissions, MAY_USERS_READ, "nor the other with more");
	is_int(change(h, id, (struct manager_change){.role = &owner,
						     .permissions = &all}),
	       OK, "back again");
	look(h, check_fn, &c);
	is_int(c.who.permissions, MAY_USERS_READ | MAY_SHARE,
	       "the token has its own scopes");
}

int
main(void)
{
	struct house h;

	house_open(&h);
	kept(&h);
	house_close(&h);
	house_open(&h);
	inherited(&h);
	house_close(&h);
	return done_testing();
}
