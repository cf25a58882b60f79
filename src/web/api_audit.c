/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The audit log, newest first, all of it or what is asked for; and whether it
 * is still as it was written.  Records hold ids; the name that stands beside
 * one is whom the id belongs to today.
 *
 * What is asked for is looked for record by record.  One answer looks at so
 * many of them and no more: then it says from where to go on, with fewer rows
 * than were asked for, or none.
 */
#include "routes.h"

#define LOOKED_AT_MAX 100000 /* records an answer */

enum { IN_LIMIT, IN_AFTER, IN_ACT, IN_BY, IN_BY_ID, IN_OBJECT, IN_FROM, IN_TO };
static const struct field list_in[] = {
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, 500, NULL, "50 if absent"},
    [IN_AFTER] = {"after", FIELD_NUMBER, 0, 1, INT64_MAX, NULL,
		  "The `next` of the page before"},
    [IN_ACT] = {"act", FIELD_TEXT, 0, 1, 100, NULL,
		"How the act begins: login, manager., export.begin"},
    [IN_BY] = {"by", FIELD_CHOICE, 0, 0, 0, "nobody|manager|token|command",
	       "Who acted"},
    [IN_BY_ID] = {"byId", FIELD_NUMBER, 0, 1, UINT32_MAX, NULL,
		  "Which of them, with `by`"},
    [IN_OBJECT] = {"object", FIELD_TEXT, 0, 1, 300, NULL,
		   "The object (manager 3), or how it begins at a blank or "
		   "colon"},
    [IN_FROM] = {"from", FIELD_INSTANT, 0, 0, 0, NULL, "Not before"},
    [IN_TO] = {"to", FIELD_INSTANT, 0, 0, 0, NULL, "Before"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err verify(struct req *q, struct res *r);

const struct route audit_routes[] = {
    {GET, API "/audit", MAY_AUDIT_READ, READS | UNLIMITED, list_in, NULL, 0,
     list,
     "Who did what, newest first\nThe page; `total` is null where something "
     "was asked for: it is not counted"},
    {GET, API "/audit/verify", MAY_AUDIT_READ, UNLIMITED, NULL, NULL, 0, verify,
     "Whether every record is as it was written"},
};

static const char *const kinds[] = {
    [WHO_NOBODY] = "nobody",
    [WHO_MANAGER] = "manager",
    [WHO_TOKEN] = "token",
    [WHO_COMMAND] = "command",
};

struct listing {
	struct req *q;
	struct json_out *j;
	int64_t left, looked;
	uint64_t last;
	bool asked;
};

/* "manager 3" of "manager 3", "manager 3: …", not of "manager 31". */
static bool
object_fits(struct str object, struct str asked)
{
	return str_starts(object, asked) &&
	       (object.n == asked.n || object.p[asked.n] == ' ' ||
		object.p[asked.n] == ':');
}

static bool
fits(const struct input *in, const struct audit *a)
{
	return (!in[IN_ACT].given || str_starts(a->act, in[IN_ACT].text)) &&
	       (!in[IN_BY].given ||
		str_eq(str_of(kinds[a->kind]), in[IN_BY].text)) &&
	       (!in[IN_BY_ID].given || a->who == in[IN_BY_ID].number) &&
	       (!in[IN_OBJECT].given ||
		object_fits(a->object, in[IN_OBJECT].text)) &&
	       (!in[IN_FROM].given || a->at >= in[IN_FROM].number) &&
	       (!in[IN_TO].given || a->at < in[IN_TO].number);
}

static void
put_name(struct kv_txn *txn, struct json_out *j, const struct audit *a)
{
	struct manager m;
	struct token t;

	if (a->kind == WHO_MANAGER && manager_get(txn, a->who, &m))
		json_kt(j, "byName", m.name);
	else if (a->kind == WHO_TOKEN && token_get(txn, a->who, &t))
		json_kt(j, "byName", t.name);
	else
		json_kt(j, "byName", S(""));
}

static bool
put_audit(void *arg, const struct audit *a)
{
	struct listing *l = arg;
	struct json_out *j = l->j;

	if (l->left == 0 || l->looked++ == LOOKED_AT_MAX)
		return false;
	l->last = a->seq;
	if (!fits(l->q->query, a))
		return true;
	l->left--;
	json_object(j);
	json_ki(j, "id", (int64_t)a->seq);
	json_kat(j, "at", a->at);
	json_kt(j, "by", str_of(kinds[a->kind]));
	json_ki(j, "byId", a->who);
	put_name(l->q->txn, j, a);
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
	struct listing l = {.q = q,
			    .j = &r->json,
			    .left =
				in[IN_LIMIT].given ? in[IN_LIMIT].number : 50};
	uint64_t total = 0;
	char hash[65];

	for (size_t i = IN_ACT; i <= IN_TO; i++)
		l.asked = l.asked || in[i].given;
	if (!audit_head(q->txn, &total, hash))
		total = 0;
	res_json(r, 200);
	json_object(&r->json);
	json_key(&r->json, S("total"));
	if (l.asked)
		json_null(&r->json);
	else
		json_int(&r->json, (int64_t)total);
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
	return kv_error(q->txn);
}

static enum err
verify(struct req *q, struct res *r)
{
	struct json_out *j = &r->json;
	uint64_t records = 0, bad = 0;
	struct fault why = {0};
	enum err e = staff_audit_verify(q->app->staff, &records, &bad, &why);

	if (e != OK && (e != ERR_CORRUPT || bad == 0))
		return fail(q->fault, e, why.path, "%s", why.text);
	if (bad != 0)
		log_line(LOG_ERROR, "web", "%s audit: %s", q->id, why.text);
	res_json(r, 200);
	json_object(j);
	json_kb(j, "valid", bad == 0);
	json_ki(j, "records", (int64_t)records);
	json_key(j, S("firstBad"));
	if (bad != 0)
		json_int(j, (int64_t)bad);
	else
		json_null(j);
	json_object_end(j);
	return OK;
}
