/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Tokens: how machines log in.  "rpt_" and 32 random bytes, shown once; the
 * store keeps the SHA-256, by which a request finds it, and a record by
 * number, by which people list and revoke it.  A token holds scopes of its
 * own, never more than its maker has, and lives until it expires or is
 * revoked; whether its maker is disabled is looked up at each request, in the
 * request's own snapshot, so that nothing has to be told to any worker.
 */
#include "layout.h"

#include <stdio.h>

#define PREFIX "rpt_"
#define TOUCH (60 * SECOND_US)

struct stored {
	struct token t;
	struct str hash;
};

static bool
stored_get(struct kv_txn *txn, uint32_t id, struct stored *out)
{
	struct key key;
	struct str value;
	struct rd r;

	if (!kv_get(txn, SP_TOKEN, key_of_u32(&key, 'i', id), &value))
		return false;
	r = value_rd(txn, value);
	out->t.id = id;
	out->t.role = rd_u8(&r) == ROLE_OWNER ? ROLE_OWNER : ROLE_MEMBER;
	out->t.permissions = rd_be32(&r) & MAY_ALL;
	out->t.created = (int64_t)rd_be64(&r);
	out->t.expires = (int64_t)rd_be64(&r);
	out->t.used = (int64_t)rd_be64(&r);
	out->t.revoked = (int64_t)rd_be64(&r);
	out->t.by = rd_be32(&r);
	out->t.stopped = false;
	out->hash = rd_bytes(&r, 32);
	out->t.name = rd_str(&r);
	return value_done(txn, &r, "token");
}

/* `s` may hold slices of the snapshot: all is copied before the put. */
static void
stored_put(struct kv_txn *txn, const struct stored *s)
{
	uint8_t room[512];
	struct wr w = wr_of(room, sizeof(room));
	struct key key;

	wr_u8(&w, LAYOUT_VERSION);
	wr_u8(&w, (uint8_t)s->t.role);
	wr_be32(&w, s->t.permissions);
	wr_be64(&w, (uint64_t)s->t.created);
	wr_be64(&w, (uint64_t)s->t.expires);
	wr_be64(&w, (uint64_t)s->t.used);
	wr_be64(&w, (uint64_t)s->t.revoked);
	wr_be32(&w, s->t.by);
	wr_bytes(&w, s->hash);
	wr_str(&w, s->t.name);
	kv_put(txn, SP_TOKEN, key_of_u32(&key, 'i', s->t.id), wr_out(&w));
}

/* Nothing more than its maker may now. */
static bool
token_cap(struct kv_txn *txn, struct token *t)
{
	struct manager m;

	if (t->role == ROLE_OWNER)
		t->permissions = MAY_ALL;
	if (t->by == 0)
		return true;
	if (!manager_get(txn, t->by, &m))
		return false;
	t->stopped = m.disabled;
	if (m.role != ROLE_OWNER) {
		t->role = ROLE_MEMBER;
		t->permissions &= m.permissions;
	}
	return true;
}

bool
token_get(struct kv_txn *txn, uint32_t id, struct token *out)
{
	struct stored s;

	if (!stored_get(txn, id, &s) || !token_cap(txn, &s.t))
		return false;
	*out = s.t;
	return true;
}

void
tokens_each(struct kv_txn *txn, token_fn *fn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_TOKEN, S("i"));
	struct token t;

	for (bool there = kv_seek(c, STR_NONE); there; there = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, KV_KEY_MAX));

		if (!token_get(txn, rd_be32(&r), &t) || !fn(arg, &t))
			break;
	}
	kv_cursor_close(c);
}

/* Checking a request ------------------------------------------------------ */

bool
token_living(const struct token *t, int64_t now)
{
	return t->revoked == INSTANT_NONE && !t->stopped &&
	       (t->expires == INSTANT_NONE || now < t->expires);
}

enum err
token_check(struct kv_txn *txn, struct str text, int64_t now, struct who *out)
{
	struct stored s;
	struct key key;
	struct str value;
	struct rd r;

	*out = (struct who){.kind = WHO_NOBODY};
	if (text.n != TOKEN_TEXT - 1 || !str_starts(text, S(PREFIX)))
		return ERR_AUTH;
	out->secret = sha256_of(text);
	value = (struct str){(const char *)out->secret.b, 32};
	if (!kv_get(txn, SP_TOKEN, key_of_bytes(&key, 'h', value), &value))
		return kv_error(txn) != OK ? kv_error(txn) : ERR_AUTH;
	r = value_rd(txn, value);
	if (!stored_get(txn, rd_be32(&r), &s) || !rd_done(&r) ||
	    !token_cap(txn, &s.t) || !token_living(&s.t, now))
		return kv_error(txn) != OK ? kv_error(txn) : ERR_AUTH;
	out->kind = WHO_TOKEN;
	out->id = s.t.id;
	out->role = s.t.role;
	out->permissions = s.t.permissions;
	snprintf(out->name, sizeof(out->name), "%.*s", STR_ARG(s.t.name));
	out->touch = s.t.used == INSTANT_NONE || now - s.t.used >= TOUCH;
	return OK;
}

void
token_touch(struct kv_txn *txn, uint32_t id, int64_t now)
{
	struct stored s;

	if (!stored_get(txn, id, &s) || s.t.used >= now)
		return;
	s.t.used = now;
	stored_put(txn, &s);
}

/* Making and revoking ----------------------------------------------------- */

struct add {
	struct staff *staff;
	const struct by *by;
	const struct token_in *in;
	struct str text;
	uint32_t *id;
};

/* The manager a new token comes from, also by way of another token. */
static uint32_t
maker(struct kv_txn *txn, const struct who *w)
{
	struct stored s;

	if (w->kind == WHO_TOKEN && stored_get(txn, w->id, &s))
		return s.t.by;
	return w->kind == WHO_MANAGER ? w->id : 0;
}

static enum err
add_apply(struct kv_txn *txn, void *arg)
{
	struct add *a = arg;
	struct sha256 hash = sha256_of(a->text);
	uint8_t room[5];
	struct wr w = wr_of(room, sizeof(room));
	struct stored s = {
	    .t = {.name = str_trim(a->in->name),
		  .role = a->in->role,
		  .permissions = a->in->permissions,
		  .created = a->by->at,
		  .expires = a->in->expires,
		  .used = INSTANT_NONE,
		  .revoked = INSTANT_NONE,
		  .by = maker(txn, a->by->who)},
	    .hash = {(const char *)hash.b, 32},
	};
	struct label l;
	struct key key;

	s.t.id = (uint32_t)counter_next(txn, "token");
	if (s.t.role == ROLE_OWNER)
		s.t.permissions = MAY_ALL;
	stored_put(txn, &s);
	wr_u8(&w, LAYOUT_VERSION);
	wr_be32(&w, s.t.id);
	kv_put(txn, SP_TOKEN, key_of_bytes(&key, 'h', s.hash), wr_out(&w));
	audit_put(a->staff, txn, a->by, "token.add",
		  label_of(&l, "token", s.t.id), STR_NONE, STR_NONE);
	*a->id = s.t.id;
	return OK;
}

static enum err
token_in_check(const struct by *by, const struct token_in *in, struct fault *f)
{
	struct str name = str_trim(in->name);

	if (name.n == 0 || name.n > TOKEN_NAME_MAX || !text_valid(name))
		return fail(f, ERR_INVALID, "name", "a name has 1 to %u bytes",
			    TOKEN_NAME_MAX);
	if (in->role != ROLE_OWNER && in->permissions == 0)
		return fail(f, ERR_INVALID, "scopes",
			    "a token without scopes is of no use");
	if (in->expires != INSTANT_NONE && in->expires <= by->at)
		return fail(f, ERR_INVALID, "expiresAt", "that is past");
	if ((in->role == ROLE_OWNER && by->who->role != ROLE_OWNER) ||
	    !who_may(by->who, in->permissions))
		return fail(f, ERR_DENIED, "scopes",
			    "a token cannot do more than its maker");
	return OK;
}

enum err
token_add(struct staff *s, const struct by *by, const struct token_in *in,
	  char text[TOKEN_TEXT], uint32_t *id, struct fault *f)
{
	char secret[SECRET_TEXT];
	struct add a = {s, by, in, STR_NONE, id};
	enum err e;

	TRY(token_in_check(by, in, f));
	secret_new(secret);
	snprintf(text, TOKEN_TEXT, PREFIX "%s", secret);
	wipe(secret, sizeof(secret));
	a.text = str_of(text);
	e = kv_write(s->kv, add_apply, &a, f);
	if (e != OK)
		wipe(text, TOKEN_TEXT);
	return e;
}

struct revoke {
	struct staff *staff;
	const struct by *by;
	uint32_t id;
};

static enum err
revoke_apply(struct kv_txn *txn, void *arg)
{
	struct revoke *a = arg;
	struct stored s;
	struct label l;

	if (!stored_get(txn, a->id, &s))
		return fail(kv_fault(txn), ERR_NOT_FOUND, "id",
			    "there is no token %u", a->id);
	if (s.t.revoked != INSTANT_NONE)
		return OK;
	s.t.revoked = a->by->at;
	stored_put(txn, &s);
	audit_put(a->staff, txn, a->by, "token.revoke",
		  label_of(&l, "token", a->id), STR_NONE, STR_NONE);
	return OK;
}

enum err
token_revoke(struct staff *s, const struct by *by, uint32_t id, struct fault *f)
{
	struct revoke a = {s, by, id};

	if (by->who->role != ROLE_OWNER)
		return fail(f, ERR_DENIED, NULL, "only an Owner may do that");
	return kv_write(s->kv, revoke_apply, &a, f);
}
