/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Sessions live 12 hours at most and 30 minutes without use, are new at every
 * log-in, and end at once by log-out, disabling and a new password.
 */
#include "house.h"

#define MINUTE (60 * SECOND_US)

struct check {
	struct str secret;
	int64_t now;
	struct who who;
	enum err e;
};

static enum err
check_fn(struct kv_txn *txn, void *arg)
{
	struct check *c = arg;

	c->e = session_check(txn, c->secret, c->now, &c->who);
	return OK;
}

static enum err
check(struct house *h, const char *secret, int64_t now, struct who *who)
{
	struct check c = {.secret = str_of(secret), .now = now};

	look(h, check_fn, &c);
	if (who != NULL)
		*who = c.who;
	return c.e;
}

struct make {
	uint32_t manager;
	int64_t now;
	char secret[SECRET_TEXT];
};

static enum err
make_fn(struct kv_txn *txn, void *arg)
{
	struct make *a = arg;
	struct manager m;

	if (manager_get(txn, a->manager, &m))
		session_new(txn, &m, S(HOME), a->now, str_of(a->secret));
	return OK;
}

/* A session as a log-in makes it, without the slow hash. */
static struct make
session_made(struct house *h, int64_t now)
{
	struct make a = {.manager = h->owner, .now = now};

	secret_new(a.secret);
	if (kv_write(h->kv, make_fn, &a, NULL) != OK)
		abort();
	return a;
}

static void
times(struct house *h)
{
	struct make s = session_made(h, NOW);
	struct who who;
	int64_t at = NOW;

	is_int(check(h, s.secret, NOW, &who), OK, "a new session is good");
	is_int(who.id, h->owner, "its manager");
	ok(who.role == ROLE_OWNER && who.permissions == MAY_ALL, "with rights");
	ok(who.one_time, "and the hint that the password is a one-time one");
	ok(!who.touch, "just used");
	is_int(check(h, s.secret, NOW + 30 * MINUTE, &who), OK,
	       "30 minutes without use");
	ok(who.touch, "to be touched");
	is_int(check(h, s.secret, NOW + 30 * MINUTE + 1, NULL), ERR_AUTH,
	       "and no longer");
	for (int i = 0; i < 36; i++) {
		at += 20 * MINUTE;
		if (check(h, s.secret, at, &who) != OK ||
		    who_touch(h->staff, &who, at, NULL) != OK)
			ok(false, "kept alive at %d", i);
	}
	is_int(at - NOW, 12 * 60 * MINUTE, "kept alive for 12 hours");
	is_int(check(h, s.secret, at, NULL), OK, "is still good");
	is_int(check(h, s.secret, at + 1, NULL), ERR_AUTH, "and no longer");
}

static void
ends(struct house *h)
{
	struct make a = session_made(h, NOW), b = session_made(h, NOW);
	struct who who;
	struct by by = {.who = &who, .from = S(HOME), .at = NOW};
	char password[32];

	ok(strcmp(a.secret, b.secret) != 0, "two secrets differ");
	is_int(strlen(a.secret), 43, "256 bits in base64url");
	is_int(check(h, a.secret, NOW, &who), OK, "one session");
	who.touch = true;
	is_int(session_end(h->staff, &by, NULL), OK, "ends by log-out");
	is_int(check(h, a.secret, NOW, NULL), ERR_AUTH, "and is dead");
	is_int(who_touch(h->staff, &who, NOW + MINUTE, NULL), OK,
	       "a late touch");
	is_int(check(h, a.secret, NOW, NULL), ERR_AUTH, "does not wake it");
	is_int(check(h, b.secret, NOW, NULL), OK, "the other lives");
	is_int(manager_reset(h->staff, &h->by, h->owner, password, NULL), OK,
	       "a new password");
	is_int(check(h, b.secret, NOW, NULL), ERR_AUTH, "ends them all");
}

static void
disabled(struct house *h)
{
	struct manager_in in = {
	    .name = S("B"), .email = S("b@example.org"), .role = ROLE_OWNER};
	struct manager_change c = {0};
	struct make s;
	char password[32];
	bool yes = true, no = false;
	uint32_t id;

	is_int(manager_add(h->staff, &h->by, &in, password, &id, NULL), OK,
	       "a second Owner");
	s = session_made(h, NOW);
	c.disabled = &yes;
	is_int(manager_change(h->staff, &h->by, h->owner, &c, NULL), OK,
	       "the first is disabled");
	is_int(check(h, s.secret, NOW, NULL), ERR_AUTH, "out at once");
	c.disabled = &no;
	is_int(manager_change(h->staff, &h->by, h->owner, &c, NULL), OK,
	       "and enabled again");
	is_int(check(h, s.secret, NOW, NULL), ERR_AUTH,
	       "the old session stays dead");
}

static void
forged(struct house *h)
{
	struct make s = session_made(h, NOW);
	char csrf[SECRET_TEXT], other[SECRET_TEXT];
	struct sha256 hash = sha256_of(str_of(s.secret));
	char text[SECRET_TEXT];

	base64url_encode((struct str){(char *)hash.b, 32}, text);
	is_int(check(h, text, NOW, NULL), ERR_AUTH,
	       "what the store holds does not log in");
	is_int(check(h, "", NOW, NULL), ERR_AUTH, "nothing");
	s.secret[7] = s.secret[7] == 'A' ? 'B' : 'A';
	is_int(check(h, s.secret, NOW, NULL), ERR_AUTH, "one letter off");
	session_csrf(str_of(s.secret), csrf);
	session_csrf(str_of(text), other);
	ok(strcmp(csrf, other) != 0, "each secret has its own CSRF token");
	ok(strcmp(csrf, s.secret) != 0, "which is not the secret");
}

static void
swept(struct house *h)
{
	struct make s = session_made(h, NOW + 13 * 60 * MINUTE);
	struct kv_stats before, after;

	ok(kv_stats(h->kv, &before, NULL) == OK, "before");
	is_int(staff_sweep(h->staff, NOW + 13 * 60 * MINUTE, NULL), OK,
	       "the dead are swept out");
	ok(kv_stats(h->kv, &after, NULL) == OK, "after");
	ok(after.entries[SP_SESSION] < before.entries[SP_SESSION],
	   "fewer than before");
	is_int(check(h, s.secret, NOW + 13 * 60 * MINUTE, NULL), OK,
	       "the living one stays");
}

int
main(void)
{
	struct house h;

	house_open(&h);
	times(&h);
	forged(&h);
	ends(&h);
	disabled(&h);
	swept(&h);
	house_close(&h);
	return done_testing();
}
