/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Managers: for Owners only.  A new manager gets a one-time password that is
 * shown in this one answer and nowhere else.
 */
#include "routes.h"

enum {
	IN_NAME,
	IN_EMAIL,
	IN_PHONE,
	IN_ROLE,
	IN_PERMISSIONS,
	IN_LIMITS,
	IN_DISABLED
};
#define LIMITS_ABOUT                                                          \
	"Of a Member: {\"segments\": null or [names and ids] of the people "  \
	"they see, \"masked\": [attributes] kept from them}; null: none"

static const struct field add_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, 1, MANAGER_NAME_MAX, NULL,
		 "What to call them"},
    [IN_EMAIL] = {"email", FIELD_TEXT, FIELD_NULLABLE, 0, MANAGER_EMAIL_MAX,
		  NULL, "To log in with"},
    [IN_PHONE] = {"phone", FIELD_TEXT, FIELD_NULLABLE, 0, 40, NULL,
		  "To log in with, with country code"},
    [IN_ROLE] = {"role", FIELD_CHOICE, 0, 0, 0, "Owner|Member",
		 "Member if absent"},
    [IN_PERMISSIONS] = {"permissions", FIELD_LIST, 0, 0, 0, NULL,
			"What a Member may"},
    [IN_LIMITS] = {"limits", FIELD_OBJECT, FIELD_NULLABLE, 0, 2, NULL,
		   LIMITS_ABOUT},
    {NULL},
};
static const struct field change_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, 0, 1, MANAGER_NAME_MAX, NULL,
		 "What to call them"},
    [IN_EMAIL] = {"email", FIELD_TEXT, FIELD_NULLABLE, 0, MANAGER_EMAIL_MAX,
		  NULL, "To log in with"},
    [IN_PHONE] = {"phone", FIELD_TEXT, FIELD_NULLABLE, 0, 40, NULL,
		  "To log in with, with country code"},
    [IN_ROLE] = {"role", FIELD_CHOICE, 0, 0, 0, "Owner|Member", "Role"},
    [IN_PERMISSIONS] = {"permissions", FIELD_LIST, 0, 0, 0, NULL,
			"What a Member may"},
    [IN_LIMITS] = {"limits", FIELD_OBJECT, FIELD_NULLABLE, 0, 2, NULL,
		   LIMITS_ABOUT},
    [IN_DISABLED] = {"disabled", FIELD_FLAG, 0, 0, 0, NULL,
		     "May not log in; true ends their sessions"},
    {NULL},
};

static enum err permissions(struct req *q, struct res *r);
static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err add(struct req *q, struct res *r);
static enum err change(struct req *q, struct res *r);
static enum err renew(struct req *q, struct res *r);
static enum err logout(struct req *q, struct res *r);

const struct route manager_routes[] = {
    {GET, API "/permissions", ANYBODY, READS | NO_PEOPLE, NULL, NULL, 0,
     permissions, "What a Member or a token can be allowed"},
    {GET, API "/managers", OWNER, READS, NULL, NULL, 0, list, "Who may log in"},
    {POST, API "/managers", OWNER, ONCE | SECRET, NULL, add_in, 0, add,
     "A new manager, with a one-time password"},
    {GET, API "/managers/{id}", OWNER, READS, NULL, NULL, 0, show,
     "One who may log in, and where they are logged in"},
    {PATCH, API "/managers/{id}", OWNER, 0, NULL, change_in, 0, change,
     "Change or disable a manager"},
    {POST, API "/managers/{id}/reset", OWNER, ONCE | SECRET, NULL, NULL, 0,
     renew, "A new one-time password; ends their sessions"},
    {DELETE, API "/managers/{id}/sessions", OWNER, 0, NULL, NULL, 0, logout,
     "Log somebody out everywhere, at once"},
};

enum err
arg_number(struct req *q, size_t i, uint64_t most, uint64_t *out)
{
	if (!str_to_u64(q->path_args[i], out) || *out == 0 || *out > most)
		return ERR_NOT_FOUND;
	return OK;
}

enum err
take_permissions(struct req *q, const char *field, const struct input *names,
		 uint32_t *mask)
{
	struct str rest = names->text, one;
	uint32_t bit;

	*mask = 0;
	while (rest.n > 0 && str_split(&rest, ',', &one)) {
		if (!permission_find(one, &bit))
			return fail(q->fault, ERR_INVALID, field,
				    "there is no permission %.*s",
				    STR_ARG(text_prefix(one, 40)));
		*mask |= bit;
	}
	return OK;
}

struct limits_room {
	struct req *q;
	struct limits limits;
};

static enum err
limits_apply(struct kv_txn *txn, void *arg)
{
	struct limits_room *room = arg;
	struct query qy;

	TRY(txn_query(room->q, txn, NULL, &qy));
	return limits_read(&qy, "limits", room->q->body[IN_LIMITS].json,
			   &room->limits, kv_fault(txn));
}

/* The limits of a body; NULL where it does not say. */
static enum err
take_limits(struct req *q, const struct limits **out)
{
	struct limits_room *room = arena_get(q->arena, sizeof(*room));

	*out = NULL;
	room->q = q;
	if (!q->body[IN_LIMITS].given)
		return OK;
	TRY(kv_read(q->app->kv, limits_apply, room, q->fault));
	*out = &room->limits;
	return OK;
}

static enum err
permissions(struct req *q, struct res *r)
{
	struct json_out *j = &r->json;
	const char *name, *about;
	uint32_t one;
	size_t n;

	(void)q;
	res_json(r, 200);
	json_object(j);
	json_key(j, S("permissions"));
	json_array(j);
	for (n = 0; (name = permission_name(n, &one, &about)); n++) {
		json_object(j);
		json_kt(j, "name", str_of(name));
		json_kt(j, "about", str_of(about));
		json_object_end(j);
	}
	json_array_end(j);
	json_ki(j, "total", (int64_t)n);
	json_key(j, S("next"));
	json_null(j);
	json_object_end(j);
	return OK;
}

static void
manager_members(struct res *r, const struct manager *m)
{
	struct json_out *j = &r->json;

	json_ki(j, "id", m->id);
	json_kt(j, "name", m->name);
	json_kt(j, "email", m->email);
	json_kt(j, "phone", m->phone);
	json_kt(j, "role", str_of(role_name(m->role)));
	put_permissions(j, "permissions", m->permissions);
	json_key(j, S("limits"));
	limits_json(r->q->txn, manager_limits(m, r->q->arena), LIMITS_WHOLE, j);
	json_kb(j, "disabled", m->disabled);
	json_kb(j, "passwordIsOneTime", m->one_time);
	json_kat(j, "createdAt", m->created);
}

static bool
put_manager(void *arg, const struct manager *m)
{
	struct res *r = arg;

	json_object(&r->json);
	manager_members(r, m);
	json_object_end(&r->json);
	return true;
}

static bool
count_manager(void *arg, const struct manager *m)
{
	uint64_t *n = arg;

	++*n;
	return true;
}

static enum err
list(struct req *q, struct res *r)
{
	uint64_t n = 0;

	managers_each(q->txn, count_manager, &n);
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)n);
	json_key(&r->json, S("managers"));
	json_array(&r->json);
	managers_each(q->txn, put_manager, r);
	json_array_end(&r->json);
	json_key(&r->json, S("next"));
	json_null(&r->json);
	json_object_end(&r->json);
	return OK;
}

/* What of a manager others edit. */
static enum err
version(struct req *q, struct kv_txn *txn, struct buf *out)
{
	struct manager m;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	if (!manager_get(txn, (uint32_t)id, &m))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : fail(q->fault, ERR_NOT_FOUND, "id",
				  "there is no manager %llu",
				  (unsigned long long)id);
	buf_lstr(out, m.name);
	buf_lstr(out, m.email);
	buf_lstr(out, m.phone);
	buf_c(out, (char)m.role);
	buf_be32(out, m.permissions);
	buf_c(out, m.disabled);
	buf_c(out, m.rows);
	buf_lstr(out, m.scope);
	buf_lstr(out, m.masked);
	return OK;
}

static bool
put_place(void *arg, const struct session_view *s)
{
	struct json_out *j = arg;

	json_object(j);
	json_kt(j, "from", s->from);
	json_kat(j, "begun", s->begun);
	json_kat(j, "used", s->used);
	json_object_end(j);
	return true;
}

static enum err
show(struct req *q, struct res *r)
{
	struct who them = {.kind = WHO_MANAGER};
	struct manager m;
	uint64_t id;

	TRY(res_etag_at(r, q->txn, version));
	TRY(arg_number(q, 0, UINT32_MAX, &id));
	if (!manager_get(q->txn, (uint32_t)id, &m))
		return ERR_NOT_FOUND;
	them.id = m.id;
	res_json(r, 200);
	json_object(&r->json);
	manager_members(r, &m);
	json_key(&r->json, S("sessions"));
	json_array(&r->json);
	sessions_each(q->txn, &them, q->now, put_place, &r->json);
	json_array_end(&r->json);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

static enum err
add(struct req *q, struct res *r)
{
	struct manager_in in = {.name = q->body[IN_NAME].text,
				.email = q->body[IN_EMAIL].text,
				.phone = q->body[IN_PHONE].text};
	char password[32];
	uint32_t id;

	if (q->body[IN_ROLE].given &&
	    !role_find(q->body[IN_ROLE].text, &in.role))
		return ERR_BUG;
	TRY(take_permissions(q, "permissions", &q->body[IN_PERMISSIONS],
			     &in.permissions));
	TRY(take_limits(q, &in.limits));
	TRY(manager_add(q->app->staff, &q->by, &in, password, &id, q->fault));
	res_json(r, 201);
	json_object(&r->json);
	json_ki(&r->json, "id", id);
	json_kt(&r->json, "password", str_of(password));
	json_object_end(&r->json);
	wipe(password, sizeof(password));
	return OK;
}

static enum err
change(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct manager_change c = {0};
	enum role role;
	uint32_t permissions;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	c.name = in[IN_NAME].given ? &in[IN_NAME].text : NULL;
	c.email = in[IN_EMAIL].given ? &in[IN_EMAIL].text : NULL;
	c.phone = in[IN_PHONE].given ? &in[IN_PHONE].text : NULL;
	c.disabled = in[IN_DISABLED].given ? &in[IN_DISABLED].flag : NULL;
	if (in[IN_ROLE].given && role_find(in[IN_ROLE].text, &role))
		c.role = &role;
	if (in[IN_PERMISSIONS].given) {
		TRY(take_permissions(q, "permissions", &in[IN_PERMISSIONS],
				     &permissions));
		c.permissions = &permissions;
	}
	TRY(take_limits(q, &c.limits));
	req_guard(q, version);
	TRY(manager_change(q->app->staff, &q->by, (uint32_t)id, &c, q->fault));
	res_empty(r, 204);
	return OK;
}

static enum err
renew(struct req *q, struct res *r)
{
	char password[32];
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(manager_reset(q->app->staff, &q->by, (uint32_t)id, password,
			  q->fault));
	res_json(r, 200);
	json_object(&r->json);
	json_kt(&r->json, "password", str_of(password));
	json_object_end(&r->json);
	wipe(password, sizeof(password));
	return OK;
}

static enum err
logout(struct req *q, struct res *r)
{
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(manager_sessions_end(q->app->staff, &q->by, (uint32_t)id,
				 q->fault));
	res_empty(r, 204);
	return OK;
}
