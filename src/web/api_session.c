/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Log-in, log-out and who one is.  Logging in makes a new session whatever
 * cookie came with it, so nobody can plant one beforehand.
 */
#include "routes.h"

enum { LOGIN_LOGIN, LOGIN_PASSWORD };
static const struct field login_in[] = {
    [LOGIN_LOGIN] = {"login", FIELD_TEXT, FIELD_REQUIRED, 1, MANAGER_EMAIL_MAX,
		     NULL, "E-mail, or phone with country code"},
    [LOGIN_PASSWORD] = {"password", FIELD_SECRET, FIELD_REQUIRED, 1, 1024, NULL,
			"Password"},
    {NULL},
};

enum { PASSWORD_OLD, PASSWORD_NEW };
static const struct field password_in[] = {
    [PASSWORD_OLD] = {"password", FIELD_SECRET, FIELD_REQUIRED, 1, 1024, NULL,
		      "The password until now"},
    [PASSWORD_NEW] = {"newPassword", FIELD_SECRET, FIELD_REQUIRED, 1, 1024,
		      NULL, "The new one, of at least 12 characters"},
    {NULL},
};

static enum err login(struct req *q, struct res *r);
static enum err logout(struct req *q, struct res *r);
static enum err me(struct req *q, struct res *r);
static enum err password(struct req *q, struct res *r);

const struct route session_routes[] = {
    {POST, API "/login", PUBLIC, 0, NULL, login_in, 16u << 10, login,
     "Log in; sets the session cookie"},
    {POST, API "/logout", ANYBODY, MANAGERS_ONLY | NO_PEOPLE, NULL, NULL, 0,
     logout, "End this session"},
    {GET, API "/me", ANYBODY, READS | NO_PEOPLE, NULL, NULL, 0, me,
     "Who is logged in, and the CSRF token"},
    {POST, API "/me/password", ANYBODY, MANAGERS_ONLY | NO_PEOPLE, NULL,
     password_in, 16u << 10, password,
     "Change one's own password; ends all sessions"},
};

void
put_permissions(struct json_out *j, const char *key, uint32_t mask)
{
	const char *name;
	uint32_t one;

	json_key(j, str_of(key));
	json_array(j);
	for (size_t i = 0; (name = permission_name(i, &one, NULL)); i++)
		if (mask & one)
			json_text(j, str_of(name));
	json_array_end(j);
}

static void
put_me(struct json_out *j, const struct who *w, struct str email,
       struct str csrf)
{
	json_object(j);
	json_key(j, w->kind == WHO_TOKEN ? S("token") : S("manager"));
	json_object(j);
	json_ki(j, "id", w->id);
	json_kt(j, "name", str_of(w->name));
	if (w->kind == WHO_MANAGER) {
		json_kt(j, "email", email);
		json_kb(j, "passwordIsOneTime", w->one_time);
	}
	json_kt(j, "role", str_of(role_name(w->role)));
	put_permissions(j, "permissions", w->permissions);
	json_object_end(j);
	if (csrf.n > 0)
		json_kt(j, "csrf", csrf);
	json_object_end(j);
}

struct email {
	struct req *q;
	const struct who *who;
	struct str text;
};

static enum err
email_read(struct kv_txn *txn, void *arg)
{
	struct email *e = arg;
	struct manager m;

	e->text = S("");
	if (e->who->kind == WHO_MANAGER && manager_get(txn, e->who->id, &m))
		e->text = arena_str(e->q->arena, m.email);
	return OK;
}

static enum err
login(struct req *q, struct res *r)
{
	struct login_out out;
	struct email email = {.q = q, .who = &out.who};
	enum err e = staff_login(q->app->staff, q->body[LOGIN_LOGIN].text,
				 q->body[LOGIN_PASSWORD].text, q->from, q->now,
				 &out, q->fault);

	r->retry_after = out.retry_after;
	TRY(e);
	TRY(kv_read(q->app->kv, email_read, &email, q->fault));
	res_json(r, 200);
	res_cookie(r, str_of(out.secret));
	put_me(&r->json, &out.who, email.text, str_of(out.csrf));
	wipe(&out, sizeof(out));
	return OK;
}

static enum err
logout(struct req *q, struct res *r)
{
	TRY(session_end(q->app->staff, &q->by, q->fault));
	q->who.touch = false;
	res_empty(r, 204);
	res_cookie(r, S(""));
	res_header(r, "Clear-Site-Data", S("\"cache\", \"storage\""));
	return OK;
}

static enum err
me(struct req *q, struct res *r)
{
	struct email email = {.q = q, .who = &q->who};
	char csrf[SECRET_TEXT] = "";

	if (q->who.kind == WHO_MANAGER)
		session_csrf(q->secret, csrf);
	TRY(email_read(q->txn, &email));
	res_json(r, 200);
	put_me(&r->json, &q->who, email.text, str_of(csrf));
	return OK;
}

static enum err
password(struct req *q, struct res *r)
{
	TRY(manager_password(q->app->staff, &q->by, q->body[PASSWORD_OLD].text,
			     q->body[PASSWORD_NEW].text, q->fault));
	q->who.touch = false;
	res_empty(r, 204);
	res_cookie(r, S(""));
	return OK;
}
