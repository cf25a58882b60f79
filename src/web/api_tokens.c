/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Tokens of machines: for Owners only.  The token itself stands in the answer
 * to its making and nowhere else.
 */
#include "routes.h"

enum { IN_NAME, IN_ROLE, IN_SCOPES, IN_EXPIRES };
static const struct field add_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, 1, TOKEN_NAME_MAX, NULL,
		 "What it is for"},
    [IN_ROLE] = {"role", FIELD_CHOICE, 0, 0, 0, "Owner|Member",
		 "Member if absent"},
    [IN_SCOPES] = {"scopes", FIELD_LIST, 0, 0, 0, NULL, "What it may do"},
    [IN_EXPIRES] = {"expiresAt", FIELD_INSTANT, FIELD_NULLABLE, 0, 0, NULL,
		    "Never if absent"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err add(struct req *q, struct res *r);
static enum err revoke(struct req *q, struct res *r);

const struct route token_routes[] = {
    {GET, API "/tokens", OWNER, READS, NULL, NULL, 0, list,
     "Tokens, without their secrets\n"
     "{total, tokens: [{id, name, role, scopes: [], createdAt, expiresAt, "
     "usedAt, revokedAt (null: not), stopped: whether its maker is disabled, so "
     "that it opens nothing until they are let in again, by: {id, name} of its "
     "maker, or null: the command line}], next}"},
    {POST, API "/tokens", OWNER, ONCE | SECRET, NULL, add_in, 0, add,
     "A new token; shown once"},
    {DELETE, API "/tokens/{id}", OWNER, 0, NULL, NULL, 0, revoke,
     "Revoke a token at once"},
};

/* Whose it is; null: the command line's. */
static void
put_maker(struct res *r, const struct token *t)
{
	struct json_out *j = &r->json;
	struct manager m;

	json_key(j, S("by"));
	if (t->by == 0 || !manager_get(r->q->txn, t->by, &m)) {
		json_null(j);
		return;
	}
	json_object(j);
	json_ki(j, "id", m.id);
	json_kt(j, "name", m.name);
	json_object_end(j);
}

static bool
put_token(void *arg, const struct token *t)
{
	struct res *r = arg;
	struct json_out *j = &r->json;

	json_object(j);
	json_ki(j, "id", t->id);
	json_kt(j, "name", t->name);
	json_kt(j, "role", str_of(role_name(t->role)));
	put_permissions(j, "scopes", t->permissions);
	json_kat(j, "createdAt", t->created);
	json_kat(j, "expiresAt", t->expires);
	json_kat(j, "usedAt", t->used);
	json_kat(j, "revokedAt", t->revoked);
	json_kb(j, "stopped", t->stopped);
	put_maker(r, t);
	json_object_end(j);
	return true;
}

static bool
count_token(void *arg, const struct token *t)
{
	uint64_t *n = arg;

	++*n;
	return true;
}

static enum err
list(struct req *q, struct res *r)
{
	uint64_t n = 0;

	tokens_each(q->txn, count_token, &n);
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)n);
	json_key(&r->json, S("tokens"));
	json_array(&r->json);
	tokens_each(q->txn, put_token, r);
	json_array_end(&r->json);
	json_key(&r->json, S("next"));
	json_null(&r->json);
	json_object_end(&r->json);
	return OK;
}

static enum err
add(struct req *q, struct res *r)
{
	const struct input *expires = &q->body[IN_EXPIRES];
	struct token_in in = {.name = q->body[IN_NAME].text};
	char text[TOKEN_TEXT];
	uint32_t id;

	in.expires =
	    expires->given && !expires->null ? expires->number : INSTANT_NONE;
	if (q->body[IN_ROLE].given &&
	    !role_find(q->body[IN_ROLE].text, &in.role))
		return ERR_BUG;
	TRY(take_permissions(q, "scopes", &q->body[IN_SCOPES],
			     &in.permissions));
	TRY(token_add(q->app->staff, &q->by, &in, text, &id, q->fault));
	res_json(r, 201);
	json_object(&r->json);
	json_ki(&r->json, "id", id);
	json_kt(&r->json, "token", str_of(text));
	json_object_end(&r->json);
	wipe(text, sizeof(text));
	return OK;
}

static enum err
revoke(struct req *q, struct res *r)
{
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(token_revoke(q->app->staff, &q->by, (uint32_t)id, q->fault));
	res_empty(r, 204);
	return OK;
}
