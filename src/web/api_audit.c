/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The audit log, newest first.
 */
#include "routes.h"

enum { IN_LIMIT, IN_AFTER };
static const struct field list_in[] = {
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, 500, NULL, "50 if absent"},
    [IN_AFTER] = {"after", FIELD_NUMBER, 0, 1, INT64_MAX, NULL,
		  "The `next` of the page before"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);

const struct route audit_routes[] = {
    {GET, API "/audit", MAY_AUDIT_READ, READS | UNLIMITED, list_in, NULL, 0,
     list, "Who did what, newest first"},
};

static const char *const kinds[] = {
    [WHO_NOBODY] = "nobody",
    [WHO_MANAGER] = "manager",
    [WHO_TOKEN] = "token",
    [WHO_COMMAND] = "command",
};

struct listing {
	struct json_out *j;
	int64_t left;
	uint64_t last;
};

static bool
put_audit(void *arg, const struct audit *a)
{
	struct listing *l = arg;
	struct json_out *j = l->j;

	if (l->left-- == 0)
		return false;
	l->last = a->seq;
	json_object(j);
	json_ki(j, "id", (int64_t)a->seq);
	json_kat(j, "at", a->at);
	json_kt(j, "by", str_of(kinds[a->kind]));
	json_ki(j, "byId", a->who);
	json_kt(j, "from", a->from);
	json_kt(j, "act", a->act);
	json_kt(j, "object", a->object);
	json_kt(j, "purpose", a->purpose);
	json_kt(j, "result", a->result);
	json_object_end(j);
	return true;
}

static enum err
list(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct listing l = {&r->json,
			    in[IN_LIMIT].given ? in[IN_LIMIT].number : 50, 0};
	uint64_t total = 0;
	char hash[65];

	if (!audit_head(q->txn, &total, hash))
		total = 0;
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)total);
	json_key(&r->json, S("audit"));
	json_array(&r->json);
	audit_each(q->txn,
		   in[IN_AFTER].given ? (uint64_t)in[IN_AFTER].number : 0,
		   put_audit, &l);
	json_array_end(&r->json);
	json_key(&r->json, S("next"));
	if (l.last > 1)
		json_int(&r->json, (int64_t)l.last);
	else
		json_null(&r->json);
	json_object_end(&r->json);
	return OK;
}
