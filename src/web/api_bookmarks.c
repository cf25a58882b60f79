/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bookmarks: named links to other dashboards, in one order, kept for everybody
 * who sees analytics and changed by who may change settings.
 */
#include "routes.h"

enum { IN_NAME, IN_URL, IN_POSITION };
static const struct field add_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, 1, BOOKMARK_NAME_MAX, NULL,
		 "What the link is called"},
    [IN_URL] = {"url", FIELD_TEXT, FIELD_REQUIRED, 1, BOOKMARK_URL_MAX, NULL,
		"http or https, without user name"},
    [IN_POSITION] = {"position", FIELD_NUMBER, 0, 0, BOOKMARKS_MAX, NULL,
		     "Place in the order, from 0; last if absent"},
    {NULL},
};
static const struct field change_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, 0, 1, BOOKMARK_NAME_MAX, NULL,
		 "What the link is called"},
    [IN_URL] = {"url", FIELD_TEXT, 0, 1, BOOKMARK_URL_MAX, NULL,
		"http or https, without user name"},
    [IN_POSITION] = {"position", FIELD_NUMBER, 0, 0, BOOKMARKS_MAX, NULL,
		     "Place in the order, from 0"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err add(struct req *q, struct res *r);
static enum err change(struct req *q, struct res *r);
static enum err erase(struct req *q, struct res *r);

const struct route bookmark_routes[] = {
    {GET, API "/bookmarks", MAY_ANALYTICS_READ, READS | NO_PEOPLE, NULL, NULL,
     0, list, "Links to other dashboards, in their order"},
    {POST, API "/bookmarks", MAY_SETTINGS, NO_PEOPLE | ONCE, NULL, add_in, 0,
     add, "A new link for everybody"},
    {GET, API "/bookmarks/{id}", MAY_ANALYTICS_READ, READS | NO_PEOPLE, NULL,
     NULL, 0, show, "One link, with its version"},
    {PATCH, API "/bookmarks/{id}", MAY_SETTINGS, NO_PEOPLE, NULL, change_in, 0,
     change, "Rename it, lead it elsewhere, move it"},
    {DELETE, API "/bookmarks/{id}", MAY_SETTINGS, NO_PEOPLE, NULL, NULL, 0,
     erase, "Take a link out"},
};

/* `version` is what If-Match takes. */
static void
put_bookmark(struct res *r, const struct bookmark *b)
{
	struct req *q = r->q;

	json_object(&r->json);
	bookmark_json(&r->json, b);
	json_kt(&r->json, "version",
		req_tag(q, bookmark_version(q->arena, b)));
	json_object_end(&r->json);
}

static enum err
list(struct req *q, struct res *r)
{
	struct bookmark *all;
	size_t n = bookmarks_get(q->txn, q->arena, &all);

	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)n);
	json_key(&r->json, S("bookmarks"));
	json_array(&r->json);
	for (size_t i = 0; i < n; i++)
		put_bookmark(r, &all[i]);
	json_array_end(&r->json);
	json_key(&r->json, S("next"));
	json_null(&r->json);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

static enum err
put_one(struct kv_txn *txn, struct res *r, uint64_t id, int status)
{
	struct req *q = r->q;
	struct bookmark b;

	if (!bookmark_get(txn, q->arena, (uint32_t)id, &b))
		return kv_error(txn) != OK ? kv_error(txn) : ERR_NOT_FOUND;
	r->headers_n = 0;
	res_etag(r, bookmark_version(q->arena, &b));
	res_json(r, status);
	put_bookmark(r, &b);
	return OK;
}

static enum err
show(struct req *q, struct res *r)
{
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	return put_one(q->txn, r, id, 200);
}

struct answer {
	struct res *r;
	uint32_t id;
	int status;
};

static enum err
answer_apply(struct kv_txn *txn, void *arg)
{
	struct answer *a = arg;

	return put_one(txn, a->r, a->id, a->status);
}

/* The bookmark as it is after a change. */
static enum err
answer(struct req *q, struct res *r, uint64_t id, int status)
{
	struct answer a = {r, (uint32_t)id, status};

	return kv_read(q->app->kv, answer_apply, &a, q->fault);
}

static enum err
same_version(void *arg, struct str version)
{
	return req_if_match(arg, version);
}

/* `position` is where the number is put. */
static struct bookmark_edit
edit_of(struct req *q, uint32_t *position)
{
	const struct input *in = q->body;

	*position = (uint32_t)in[IN_POSITION].number;
	return (struct bookmark_edit){
	    .name = in[IN_NAME].given ? &in[IN_NAME].text : NULL,
	    .url = in[IN_URL].given ? &in[IN_URL].text : NULL,
	    .position = in[IN_POSITION].given ? position : NULL,
	    .same = same_version,
	    .arg = q,
	};
}

static enum err
add(struct req *q, struct res *r)
{
	uint32_t id, position;
	struct bookmark_edit e = edit_of(q, &position);

	TRY(bookmark_add(q->app->staff, &q->by, &e, &id, q->fault));
	return answer(q, r, id, 201);
}

static enum err
change(struct req *q, struct res *r)
{
	uint32_t position;
	struct bookmark_edit e = edit_of(q, &position);
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(bookmark_change(q->app->staff, &q->by, (uint32_t)id, &e, q->fault));
	return answer(q, r, id, 200);
}

static enum err
erase(struct req *q, struct res *r)
{
	struct bookmark_edit e = {.same = same_version, .arg = q};
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(bookmark_remove(q->app->staff, &q->by, (uint32_t)id, &e, q->fault));
	res_empty(r, 204);
	return OK;
}
