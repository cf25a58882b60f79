/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The share links of a view, for managers.  What opens a link is shown once,
 * in the answer to its making; api_shared.c is what it opens.
 */
#include "routes.h"

enum { IN_COLUMNS, IN_EXPIRES, IN_PASSWORD };
static const struct field create_in[] = {
    [IN_COLUMNS] = {"columns", FIELD_LIST, 0, 0, 0, NULL,
		    "Some of the view's; all of them if absent"},
    [IN_EXPIRES] = {"expiresAt", FIELD_INSTANT, FIELD_NULLABLE, 0, 0, NULL,
		    "Within a year; in 30 days if absent"},
    [IN_PASSWORD] = {"password", FIELD_SECRET, FIELD_NULLABLE, 1, 1024, NULL,
		     "Asked of who opens it; none if absent"},
    {NULL},
};

enum { OPENINGS_LIMIT, OPENINGS_AFTER };
static const struct field openings_in[] = {
    [OPENINGS_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
			"50 if absent"},
    [OPENINGS_AFTER] = {"after", FIELD_NUMBER, 0, 1, INT64_MAX, NULL,
			"The `next` of the page before"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err create(struct req *q, struct res *r);
static enum err revoke(struct req *q, struct res *r);
static enum err openings(struct req *q, struct res *r);

#define MAY_LINK (MAY_USERS_READ | MAY_SHARE)

const struct route link_routes[] = {
    {GET, API "/views/{id}/links", MAY_LINK, READS | HELD, NULL, NULL, 0, list,
     "The share links of a view, without what opens them"},
    {POST, API "/views/{id}/links", MAY_LINK, HELD | ONCE | SECRET, NULL,
     create_in, 16u << 10, create,
     "A share link; what opens it is shown this once"},
    {DELETE, API "/views/{id}/links/{link}", MAY_LINK, HELD, NULL, NULL, 0,
     revoke, "End a share link, at once and everywhere"},
    {GET, API "/views/{id}/links/{link}/openings", MAY_LINK, READS | HELD,
     openings_in, NULL, 0, openings,
     "When and from where a share link was opened, newest first"},
};

struct listing {
	struct query *qy;
	struct json_out *j;
	uint64_t total, left, last;
	uint32_t wanted; /* a link */
	bool found;
};

static bool
list_one(void *arg, const struct link *l)
{
	struct listing *s = arg;

	s->total++;
	json_object(s->j);
	link_json(s->qy, l, s->j);
	json_object_end(s->j);
	return true;
}

static enum err
no_view(struct req *q, struct kv_txn *txn, const char *what)
{
	return kv_error(txn) != OK ? kv_error(txn)
				   : fail(q->fault, ERR_NOT_FOUND, NULL,
					  "there is no such %s", what);
}

static enum err
list(struct req *q, struct res *r)
{
	struct query qy;
	struct listing s = {.qy = &qy, .j = &r->json};
	uint64_t id;

	TRY(req_query(q, NULL, &qy));
	TRY(arg_number(q, 0, UINT32_MAX, &id));
	res_json(r, 200);
	json_object(&r->json);
	json_key(&r->json, S("links"));
	json_array(&r->json);
	if (!links_each(&qy, &q->who, (uint32_t)id, list_one, &s))
		return no_view(q, q->txn, "view");
	json_array_end(&r->json);
	json_ki(&r->json, "total", (int64_t)s.total);
	json_key(&r->json, S("next"));
	json_null(&r->json);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

struct answer {
	struct req *q;
	struct res *r;
	struct query *qy;
	uint32_t view, link;
	const char *text;
	bool put;
};

static bool
answer_one(void *arg, const struct link *l)
{
	struct answer *a = arg;

	if (l->id != a->link)
		return true;
	link_json(a->qy, l, &a->r->json);
	a->put = true;
	return false;
}

static enum err
answer_apply(struct kv_txn *txn, void *arg)
{
	struct answer *a = arg;
	struct req *q = a->q;
	struct json_out *j = &a->r->json;
	struct query qy;

	TRY(txn_query(q, txn, NULL, &qy));
	res_json(a->r, 201);
	json_object(j);
	json_kt(j, "token", str_of(a->text));
	json_kt(j, "url", public_address(&qy, "/s/", str_of(a->text)));
	a->qy = &qy;
	links_each(&qy, &q->who, a->view, answer_one, a);
	json_object_end(j);
	return a->put ? kv_error(txn) : no_view(q, txn, "view");
}

static enum err
create(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct link_in l = {.columns = in[IN_COLUMNS].text,
			    .expires = INSTANT_NONE,
			    .password = in[IN_PASSWORD].text};
	struct answer a = {.q = q, .r = r};
	char text[LINK_TEXT];
	struct desk d;
	uint64_t id;
	enum err e;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	a.view = (uint32_t)id;
	/* none chosen must never mean all */
	if (in[IN_COLUMNS].given && in[IN_COLUMNS].text.n == 0)
		return fail(q->fault, ERR_INVALID, "columns",
			    "expected at least one column, or none named, "
			    "for all of the view's");
	if (in[IN_EXPIRES].given && !in[IN_EXPIRES].null)
		l.expires = in[IN_EXPIRES].number;
	TRY(req_desk(q, NULL, &d));
	TRY(link_create(&d, a.view, &l, text, &a.link, q->fault));
	a.text = text;
	e = kv_read(q->app->kv, answer_apply, &a, q->fault);
	wipe(text, sizeof(text));
	return e;
}

static enum err
revoke(struct req *q, struct res *r)
{
	uint64_t view, link;
	struct desk d;

	TRY(arg_number(q, 0, UINT32_MAX, &view));
	TRY(arg_number(q, 1, UINT32_MAX, &link));
	TRY(req_desk(q, NULL, &d));
	TRY(link_revoke(&d, (uint32_t)view, (uint32_t)link, q->fault));
	res_empty(r, 204);
	return OK;
}

static bool
find_one(void *arg, const struct link *l)
{
	struct listing *s = arg;

	if (l->id != s->wanted)
		return true;
	s->found = true;
	s->total = l->openings;
	return false;
}

static bool
opening_one(void *arg, const struct opening *o)
{
	struct listing *s = arg;

	if (s->left-- == 0)
		return false;
	s->last = o->number;
	json_object(s->j);
	json_ki(s->j, "id", (int64_t)o->number);
	json_kat(s->j, "at", o->at);
	json_kt(s->j, "from", o->from);
	json_object_end(s->j);
	return true;
}

static enum err
openings(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct listing s = {.j = &r->json, .left = 50};
	uint64_t view, link;
	struct query qy;

	TRY(req_query(q, NULL, &qy));
	TRY(arg_number(q, 0, UINT32_MAX, &view));
	TRY(arg_number(q, 1, UINT32_MAX, &link));
	s.wanted = (uint32_t)link;
	if (!links_each(&qy, &q->who, (uint32_t)view, find_one, &s) || !s.found)
		return no_view(q, q->txn, "share link");
	if (in[OPENINGS_LIMIT].given)
		s.left = (uint64_t)in[OPENINGS_LIMIT].number;
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)s.total);
	json_key(&r->json, S("openings"));
	json_array(&r->json);
	link_openings(q->txn, s.wanted, (uint64_t)in[OPENINGS_AFTER].number,
		      opening_one, &s);
	json_array_end(&r->json);
	json_key(&r->json, S("next"));
	if (s.last > 1)
		json_int(&r->json, (int64_t)s.last);
	else
		json_null(&r->json);
	json_object_end(&r->json);
	return kv_error(q->txn);
}
