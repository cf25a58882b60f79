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
static enum err sessions(struct req *q, struct res *r);
static enum err end_session(struct req *q, struct res *r);

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
    {GET, API "/sessions", ANYBODY, READS | MANAGERS_ONLY | NO_PEOPLE, NULL,
     NULL, 0, sessions, "Where one is logged in"},
    {DELETE, API "/sessions/{id}", ANYBODY, MANAGERS_ONLY | NO_PEOPLE, NULL,
     NULL, 0, end_session, "End one of one's own sessions, at once"},
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

/* What is written of somebody, in a snapshot. */
struct mine {
	struct req *q;
	struct res *r;
	const struct who *who;
	const char *csrf;
};

static void
put_who(struct kv_txn *txn, const struct who *w, struct json_out *j)
{
	struct manager m;

	json_object(j);
	json_ki(j, "id", w->id);
	json_kt(j, "name", str_of(w->name));
	if (w->kind == WHO_MANAGER) {
		json_kt(j, "email",
			manager_get(txn, w->id, &m) ? m.email : S(""));
		json_kb(j, "passwordIsOneTime", w->one_time);
	}
	json_kt(j, "role", str_of(role_name(w->role)));
	put_permissions(j, "permissions", w->permissions);
	json_object_end(j);
}

static enum err
put_mine(struct kv_txn *txn, void *arg)
{
	const struct mine *m = arg;
	struct json_out *j = &m->r->json;
	const struct limits *limits;

	TRY(limits_of(txn, m->q->arena, m->who->kind, m->who->id, &limits));
	res_json(m->r, 200);
	json_object(j);
	json_key(j, m->who->kind == WHO_TOKEN ? S("token") : S("manager"));
	put_who(txn, m->who, j);
	json_key(j, S("limits"));
	limits_json(txn, limits, LIMITS_HELD, j);
	if (m->csrf[0] != '\0')
		json_kt(j, "csrf", str_of(m->csrf));
	json_object_end(j);
	return kv_error(txn);
}

static enum err
login(struct req *q, struct res *r)
{
	struct login_out out;
	struct mine mine = {q, r, &out.who, out.csrf};
	enum err e = staff_login(q->app->staff, q->body[LOGIN_LOGIN].text,
				 q->body[LOGIN_PASSWORD].text, q->from, q->now,
				 &out, q->fault);

	r->retry_after = out.retry_after;
	TRY(e);
	TRY(kv_read(q->app->kv, put_mine, &mine, q->fault));
	res_cookie(r, str_of(out.secret));
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
	char csrf[SECRET_TEXT] = "";
	struct mine mine = {q, r, &q->who, csrf};

	if (q->who.kind == WHO_MANAGER)
		session_csrf(q->secret, csrf);
	return put_mine(q->txn, &mine);
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

static bool
put_session(void *arg, const struct session_view *s)
{
	struct json_out *j = arg;

	json_object(j);
	json_kt(j, "id", str_of(s->id));
	json_kt(j, "from", s->from);
	json_kat(j, "begun", s->begun);
	json_kat(j, "used", s->used);
	json_kb(j, "current", s->current);
	json_object_end(j);
	return true;
}

static enum err
sessions(struct req *q, struct res *r)
{
	res_json(r, 200);
	json_object(&r->json);
	json_key(&r->json, S("sessions"));
	json_array(&r->json);
	sessions_each(q->txn, &q->who, q->now, put_session, &r->json);
	json_array_end(&r->json);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

static enum err
end_session(struct req *q, struct res *r)
{
	TRY(session_end_one(q->app->staff, &q->by, q->path_args[0], q->fault));
	q->who.touch = false;
	res_empty(r, 204);
	return OK;
}
