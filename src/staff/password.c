/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Passwords of managers: changing one's own, and giving somebody a new
 * one-time password.  Either ends all sessions of that manager by a new
 * epoch.  Hashing is slow on purpose and is done outside of transactions; what
 * was read before is compared again inside.
 */
#include "layout.h"

#include <stdio.h>

struct change {
	struct staff *staff;
	const struct by *by;
	uint32_t id;
	struct str old_phc; /* must still be so; p NULL: whatever it is */
	const char *phc;
	bool one_time;
	const char *act;
};

static enum err
change_apply(struct kv_txn *txn, void *arg)
{
	struct change *a = arg;
	struct manager m;
	struct label l;
	uint8_t room[1024];
	struct wr w = wr_of(room, sizeof(room));

	if (!manager_get(txn, a->id, &m))
		return fail(kv_fault(txn), ERR_NOT_FOUND, "id",
			    "there is no manager %u", a->id);
	if (a->old_phc.p != NULL && !str_eq(m.phc, a->old_phc))
		return fail(kv_fault(txn), ERR_STALE, "password",
			    "the password was changed meanwhile");
	wr_bytes(&w, m.name);
	wr_bytes(&w, m.email);
	wr_bytes(&w, m.phone);
	m.name = (struct str){(char *)room, m.name.n};
	m.email = (struct str){m.name.p + m.name.n, m.email.n};
	m.phone = (struct str){m.email.p + m.email.n, m.phone.n};
	m.phc = str_of(a->phc);
	m.one_time = a->one_time;
	m.epoch++;
	manager_put(txn, &m);
	audit_put(a->staff, txn, a->by, a->act, label_of(&l, "manager", a->id),
		  STR_NONE, STR_NONE);
	return OK;
}

/* What is known before the old password is tried. */
struct look {
	struct staff *staff;
	const struct by *by;
	struct guess guess;
	uint32_t wait;
	char phc[128];
};

static enum err
look_apply(struct kv_txn *txn, void *arg)
{
	struct look *a = arg;
	struct manager m;

	if (!manager_get(txn, a->by->who->id, &m))
		return fail(kv_fault(txn), ERR_NOT_FOUND, NULL,
			    "there is no such manager");
	snprintf(a->phc, sizeof(a->phc), "%.*s", STR_ARG(m.phc));
	a->wait = guess_reserve(txn, &a->guess, true, a->by->at);
	return OK;
}

static enum err
look_forget(struct kv_txn *txn, void *arg)
{
	struct look *a = arg;

	guess_forget(txn, &a->guess);
	return OK;
}

enum err
manager_password(struct staff *s, const struct by *by, struct str old,
		 struct str new_password, struct fault *f)
{
	struct label l;
	struct look look = {.staff = s, .by = by};
	struct change a = {s,    by,    by->who->id,       STR_NONE,
			   NULL, false, "manager.password"};
	const char *why = password_refusal(new_password, MANAGER_PASSWORD_MIN);
	char phc[128];
	enum err e;

	if (by->who->kind != WHO_MANAGER)
		return fail(f, ERR_DENIED, NULL, "only managers have one");
	if (why != NULL)
		return fail(f, ERR_INVALID, "newPassword", "%s", why);
	look.guess = guess_of(label_of(&l, "manager", by->who->id), by->from);
	TRY(kv_write(s->kv, look_apply, &look, f));
	if (look.wait > 0)
		return fail(f, ERR_BUSY, NULL, "try again in %u s", look.wait);
	e = password_check(old, look.phc, s->dir, NULL, NULL);
	if (e == ERR_AUTH)
		return fail(f, ERR_DENIED, "password",
			    "the old password is not right");
	if (e == OK)
		e = password_hash(new_password, s->dir, phc, f);
	TRY(kv_write(s->kv, look_forget, &look, f));
	if (e != OK)
		return fail(f, e, NULL, "%s", err_sentence(e));
	a.old_phc = str_of(look.phc);
	a.phc = phc;
	return kv_write(s->kv, change_apply, &a, f);
}

enum err
manager_reset(struct staff *s, const struct by *by, uint32_t id,
	      char password[32], struct fault *f)
{
	char phc[128];
	struct change a = {s, by, id, STR_NONE, phc, true, "manager.reset"};
	enum err e;

	if (by->who->role != ROLE_OWNER)
		return fail(f, ERR_DENIED, NULL, "only an Owner may do that");
	password_new(password);
	e = password_hash(str_of(password), s->dir, phc, f);
	if (e == OK)
		e = kv_write(s->kv, change_apply, &a, f);
	if (e != OK)
		wipe(password, 32);
	return e;
}
