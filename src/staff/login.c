/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Logging in, in three steps: a transaction that finds the manager and counts
 * the try, the slow hash outside of any transaction, and a transaction that
 * makes the session if the manager is still as it was.  A name nobody has, a
 * disabled manager and a wrong password cost the same work and give the same
 * answer.
 */
#include "layout.h"

#include <stdio.h>

struct login {
	struct staff *staff;
	struct str name, from;
	int64_t now;
	struct guess guess;
	struct login_out *out;
	/* what the first step found */
	uint32_t id;
	bool open; /* there is such a manager, not disabled */
	uint32_t wait;
	char phc[128];
	/* what the last step writes */
	char fresh[128]; /* a stronger hash, or empty */
};

static enum err
login_reserve(struct kv_txn *txn, void *arg)
{
	struct login *a = arg;
	struct manager m;
	bool known = false;

	kv_vital(txn);
	a->id = 0;
	a->open = false;
	a->phc[0] = '\0';
	if (manager_find(txn, a->name, &m)) {
		a->id = m.id;
		a->open = !m.disabled;
		snprintf(a->phc, sizeof(a->phc), "%.*s", STR_ARG(m.phc));
		known = address_known(txn, m.id, &a->guess);
	}
	a->wait = guess_reserve(txn, &a->guess, known, a->now);
	return OK;
}

static enum err
login_refuse(struct kv_txn *txn, void *arg)
{
	struct login *a = arg;
	struct who nobody = {.kind = WHO_NOBODY};
	struct by by = {.who = &nobody, .from = a->from, .at = a->now};
	struct label l;

	audit_put(a->staff, txn, &by, "login",
		  a->id == 0 ? STR_NONE : label_of(&l, "manager", a->id),
		  STR_NONE, S("refused"));
	return OK;
}

static enum err
login_release(struct kv_txn *txn, void *arg)
{
	struct login *a = arg;

	kv_vital(txn);
	guess_forget(txn, &a->guess);
	return OK;
}

static enum err
login_grant(struct kv_txn *txn, void *arg)
{
	struct login *a = arg;
	struct manager m;
	struct label l;
	struct by by = {.who = &a->out->who, .from = a->from, .at = a->now};
	struct arena keep;

	kv_vital(txn);
	if (!manager_get(txn, a->id, &m) || m.disabled ||
	    !str_eq(m.phc, str_of(a->phc)))
		return ERR_AUTH;
	who_of_manager(&m, &a->out->who);
	if (a->fresh[0] != '\0') {
		arena_init(&keep);
		m.name = arena_str(&keep, m.name);
		m.email = arena_str(&keep, m.email);
		m.phone = arena_str(&keep, m.phone);
		m.phc = str_of(a->fresh);
		manager_put(txn, &m);
		arena_fini(&keep);
	}
	guess_forget(txn, &a->guess);
	address_learn(txn, a->id, &a->guess, a->now);
	a->out->who.secret = sha256_of(str_of(a->out->secret));
	session_new(txn, &m, a->from, a->now, str_of(a->out->secret));
	audit_put(a->staff, txn, &by, "login", label_of(&l, "manager", a->id),
		  STR_NONE, STR_NONE);
	return OK;
}

static enum err
refuse(struct login *a, struct fault *f)
{
	enum err e = kv_write(a->staff->kv, login_refuse, a, f);

	/* a full disk must not turn into a hint */
	if (e != OK && e != ERR_FULL)
		return e;
	return fail(f, ERR_AUTH, NULL,
		    "the log-in name and the password do not fit");
}

enum err
staff_login(struct staff *s, struct str name, struct str password,
	    struct str from, int64_t now, struct login_out *out,
	    struct fault *f)
{
	struct login a = {.staff = s,
			  .name = str_trim(name),
			  .from = from,
			  .now = now,
			  .out = out};
	bool stale = false;
	enum err e;

	memset(out, 0, sizeof(*out));
	a.guess = guess_of(a.name, from);
	TRY(kv_write(s->kv, login_reserve, &a, f));
	if (a.wait > 0) {
		out->retry_after = a.wait;
		return fail(f, ERR_BUSY, NULL,
			    "too many failed tries: wait %u s", a.wait);
	}
	e = password_check(password, a.open ? a.phc : NULL, s->dir, &stale,
			   NULL);
	if (e == ERR_AUTH)
		return refuse(&a, f);
	if (e == OK && stale &&
	    password_hash(password, s->dir, a.fresh, NULL) != OK)
		a.fresh[0] = '\0'; /* next time, then */
	if (e != OK) {
		out->retry_after = 1;
		TRY(kv_write(s->kv, login_release, &a, f));
		return fail(f, e, NULL, "%s", err_sentence(e));
	}
	secret_new(out->secret);
	session_csrf(str_of(out->secret), out->csrf);
	e = kv_write(s->kv, login_grant, &a, f);
	if (e != OK)
		wipe(out->secret, sizeof(out->secret));
	return e == ERR_AUTH ? refuse(&a, f) : e;
}
