/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Saved views: a filter, columns and a sort under a name.  A change is made to
 * the version that If-Match names, or to the last one; every version is kept
 * with who made it and what it changed.
 */
#include "routes.h"

enum { IN_SLUG, IN_LIMIT, IN_AFTER };
static const struct field list_in[] = {
    [IN_SLUG] = {"slug", FIELD_TEXT, 0, 1, VIEW_SLUG, NULL,
		 "The one with this short address"},
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		  "100 if absent"},
    [IN_AFTER] = {"after", FIELD_NUMBER, 0, 1, UINT32_MAX, NULL,
		  "The `next` of the page before"},
    {NULL},
};

enum { VERSIONS_LIMIT, VERSIONS_AFTER };
static const struct field versions_in[] = {
    [VERSIONS_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
			"50 if absent"},
    [VERSIONS_AFTER] = {"after", FIELD_NUMBER, 0, 1, UINT32_MAX, NULL,
			"The `next` of the page before"},
    {NULL},
};

enum { IN_NAME, IN_FILTER, IN_COLUMNS, IN_SORT, IN_VISIBILITY };
#define WHAT_IS_SHOWN                                                         \
	[IN_FILTER] = {"filter", FIELD_FILTER, FIELD_NULLABLE, 0, 0, NULL,    \
		       "Everybody if absent"},                                \
	[IN_COLUMNS] = {"columns", FIELD_LIST, FIELD_NULLABLE, 0, 0, NULL,    \
			"Attributes; the default ones if absent"},            \
	[IN_SORT] = {"sort", FIELD_TEXT, FIELD_NULLABLE, 0,                   \
		     ATTR_NAME_MAX + 1, NULL, "As for a list of users"},      \
	[IN_VISIBILITY] = {"visibility", FIELD_CHOICE, 0, 0, 0,               \
			   "private|team", "Who finds it; private if absent"}
static const struct field create_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, 1, VIEW_NAME_MAX, NULL,
		 "What to call it"},
    WHAT_IS_SHOWN,
    {NULL},
};
static const struct field change_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, 0, 1, VIEW_NAME_MAX, NULL,
		 "What to call it"},
    WHAT_IS_SHOWN,
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err versions(struct req *q, struct res *r);
static enum err create(struct req *q, struct res *r);
static enum err change(struct req *q, struct res *r);
static enum err erase(struct req *q, struct res *r);

const struct route view_routes[] = {
    {GET, API "/views", MAY_USERS_READ, READS | HELD, list_in, NULL, 0, list,
     "Saved views: one's own and the team's"},
    {POST, API "/views", MAY_USERS_READ, HELD | ONCE, NULL, create_in, 0,
     create, "Save a view, under a short address"},
    {GET, API "/views/{id}", MAY_USERS_READ, READS | HELD, NULL, NULL, 0, show,
     "One saved view"},
    {PATCH, API "/views/{id}", MAY_USERS_READ, HELD, NULL, change_in, 0, change,
     "A new version of a view"},
    {DELETE, API "/views/{id}", MAY_USERS_READ, HELD, NULL, NULL, 0, erase,
     "Delete a view of one's own; all its share links end"},
    {GET, API "/views/{id}/versions", MAY_USERS_READ, READS | HELD, versions_in,
     NULL, 0, versions,
     "The versions of a view: who changed what, newest first"},
};

/* Reading ------------------------------------------------------------------ */

struct listing {
	struct query *qy;
	struct json_out *j;
	uint32_t after, last;
	int64_t left;
	uint64_t total;
	bool more;
};

static bool
list_one(void *arg, const struct view *v)
{
	struct listing *l = arg;

	l->total++;
	if (v->id <= l->after)
		return true;
	if (l->left == 0) {
		l->more = true;
		return true;
	}
	l->left--;
	l->last = v->id;
	view_json(l->qy, v, l->j);
	return true;
}

static void
put_next(const struct listing *l)
{
	json_key(l->j, S("next"));
	if (l->more)
		json_int(l->j, l->last);
	else
		json_null(l->j);
}

static enum err
list(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct query qy;
	struct view v;
	struct listing l = {.qy = &qy, .j = &r->json, .left = 100};

	TRY(req_query(q, NULL, &qy));
	if (in[IN_LIMIT].given)
		l.left = in[IN_LIMIT].number;
	l.after = (uint32_t)in[IN_AFTER].number;
	res_json(r, 200);
	json_object(&r->json);
	json_key(&r->json, S("views"));
	json_array(&r->json);
	if (!in[IN_SLUG].given)
		views_each(&qy, &q->who, list_one, &l);
	else if (view_find(&qy, &q->who, in[IN_SLUG].text, &v))
		list_one(&l, &v);
	json_array_end(&r->json);
	json_ki(&r->json, "total", (int64_t)l.total);
	put_next(&l);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

static struct str
version_of(struct req *q, const struct view *v)
{
	return arena_printf(q->arena, "%u", v->version);
}

static enum err
no_view(struct req *q, struct kv_txn *txn)
{
	return kv_error(txn) != OK ? kv_error(txn)
				   : fail(q->fault, ERR_NOT_FOUND, NULL,
					  "there is no such view");
}

static enum err
show(struct req *q, struct res *r)
{
	struct query qy;
	struct view v;
	uint64_t id;

	TRY(req_query(q, NULL, &qy));
	TRY(arg_number(q, 0, UINT32_MAX, &id));
	if (!view_get(&qy, &q->who, (uint32_t)id, &v))
		return no_view(q, q->txn);
	res_etag(r, version_of(q, &v));
	res_json(r, 200);
	view_json(&qy, &v, &r->json);
	return OK;
}

/* Versions ----------------------------------------------------------------- */

struct history {
	struct listing l;
	struct view newer; /* the one that is to be told next */
	bool held;
};

static void
put_version(struct history *h, const struct view *before)
{
	version_json(h->l.qy, &h->newer, before, h->l.j);
	h->held = false;
}

static bool
history_one(void *arg, const struct view *v)
{
	struct history *h = arg;

	h->l.total++;
	if (h->held)
		put_version(h, v);
	if (h->l.after != 0 && v->version >= h->l.after)
		return true;
	if (h->l.left == 0) {
		h->l.more = true;
		return true;
	}
	h->l.left--;
	h->l.last = v->version;
	h->newer = *v;
	h->held = true;
	return true;
}

static enum err
versions(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct query qy;
	struct history h = {
	    .l = {.qy = &qy, .j = &r->json, .left = 50}};
	uint64_t id;

	TRY(req_query(q, NULL, &qy));
	TRY(arg_number(q, 0, UINT32_MAX, &id));
	if (in[VERSIONS_LIMIT].given)
		h.l.left = in[VERSIONS_LIMIT].number;
	h.l.after = (uint32_t)in[VERSIONS_AFTER].number;
	res_json(r, 200);
	json_object(&r->json);
	json_key(&r->json, S("versions"));
	json_array(&r->json);
	if (!view_versions(&qy, &q->who, (uint32_t)id, history_one, &h))
		return no_view(q, q->txn);
	if (h.held)
		put_version(&h, NULL);
	json_array_end(&r->json);
	json_ki(&r->json, "total", (int64_t)h.l.total);
	put_next(&h.l);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

/* Writing ------------------------------------------------------------------ */

struct answer {
	struct req *q;
	struct res *r;
	uint32_t id;
	int status;
};

static enum err
answer_apply(struct kv_txn *txn, void *arg)
{
	struct answer *a = arg;
	struct query qy;
	struct view v;

	TRY(txn_query(a->q, txn, NULL, &qy));
	if (!view_get(&qy, &a->q->who, a->id, &v))
		return no_view(a->q, txn);
	a->r->headers_n = 0;
	res_etag(a->r, version_of(a->q, &v));
	res_json(a->r, a->status);
	view_json(&qy, &v, &a->r->json);
	return OK;
}

static enum err
answer(struct req *q, struct res *r, uint32_t id, int status)
{
	struct answer a = {q, r, id, status};

	return kv_read(q->app->kv, answer_apply, &a, q->fault);
}

static enum err
create(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct view_in v = {.name = in[IN_NAME].text,
			    .filter = in[IN_FILTER].text,
			    .columns = in[IN_COLUMNS].text,
			    .sort = in[IN_SORT].text};
	struct desk d;
	uint32_t id;

	if (in[IN_VISIBILITY].given &&
	    !visibility_find(in[IN_VISIBILITY].text, &v.visibility))
		return ERR_BUG;
	TRY(req_desk(q, NULL, &d));
	TRY(view_create(&d, &v, &id, q->fault));
	return answer(q, r, id, 201);
}

struct versioned {
	struct req *q;
	uint32_t id;
	struct view view;
};

static enum err
version_apply(struct kv_txn *txn, void *arg)
{
	struct versioned *v = arg;
	struct query qy;

	TRY(txn_query(v->q, txn, NULL, &qy));
	return view_get(&qy, &v->q->who, v->id, &v->view) ? OK
							  : no_view(v->q, txn);
}

/* The version a change is made to: the last, and If-Match must mean that. The
 * transaction of the change looks at it again. */
static enum err
version_now(struct req *q, uint32_t *id, uint32_t *version)
{
	struct versioned v = {.q = q};
	uint64_t n;

	TRY(arg_number(q, 0, UINT32_MAX, &n));
	v.id = *id = (uint32_t)n;
	TRY(kv_read(q->app->kv, version_apply, &v, q->fault));
	*version = v.view.version;
	return req_if_match(q, version_of(q, &v.view));
}

static enum err
change(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct view_change c = {
	    .name = in[IN_NAME].given ? &in[IN_NAME].text : NULL,
	    .filter = in[IN_FILTER].given ? &in[IN_FILTER].text : NULL,
	    .columns = in[IN_COLUMNS].given ? &in[IN_COLUMNS].text : NULL,
	    .sort = in[IN_SORT].given ? &in[IN_SORT].text : NULL,
	};
	enum visibility visibility;
	struct desk d;
	uint32_t id;

	TRY(version_now(q, &id, &c.version));
	if (in[IN_VISIBILITY].given) {
		if (!visibility_find(in[IN_VISIBILITY].text, &visibility))
			return ERR_BUG;
		c.visibility = &visibility;
	}
	TRY(req_desk(q, NULL, &d));
	TRY(view_change(&d, id, &c, &c.version, q->fault));
	return answer(q, r, id, 200);
}

static enum err
erase(struct req *q, struct res *r)
{
	uint32_t id, version;
	struct desk d;

	TRY(version_now(q, &id, &version));
	TRY(req_desk(q, NULL, &d));
	TRY(view_delete(&d, id, &version, q->fault));
	res_empty(r, 204);
	return OK;
}
