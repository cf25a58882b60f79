/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Segments: lists of users by hand (static) or by a filter (dynamic).  Sizes
 * are counted when they are asked for.
 */
#include "routes.h"

#include <stdio.h>

enum { IN_Q, IN_KIND, IN_LIMIT, IN_AFTER, IN_TZ };
static const struct field list_in[] = {
    [IN_Q] = {"q", FIELD_TEXT, 0, 0, SEGMENT_NAME_MAX, NULL,
	      "That the name holds"},
    [IN_KIND] = {"kind", FIELD_CHOICE, 0, 0, 0, "static|dynamic",
		 "Both if absent"},
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		  "100 if absent"},
    [IN_AFTER] = {"after", FIELD_TEXT, 0, 0, 2048, NULL,
		  "The `next` of the page before"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates"},
    {NULL},
};

enum { ZONE_TZ };
static const struct field zone_in[] = {
    [ZONE_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates"},
    {NULL},
};

enum { IN_NAME, IN_DESCRIPTION, IN_FILTER, IN_HOW = IN_FILTER, IN_SEGMENTS };
static const struct field create_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, 1, SEGMENT_NAME_MAX, NULL,
		 "Unique"},
    [IN_DESCRIPTION] = {"description", FIELD_TEXT, 0, 0,
			SEGMENT_DESCRIPTION_MAX, NULL, "What it is for"},
    [IN_FILTER] = {"filter", FIELD_FILTER, 0, 0, 0, NULL,
		   "Makes it dynamic: whoever matches is in it"},
    {NULL},
};
static const struct field change_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, 0, 1, SEGMENT_NAME_MAX, NULL, "Unique"},
    [IN_DESCRIPTION] = {"description", FIELD_TEXT, 0, 0,
			SEGMENT_DESCRIPTION_MAX, NULL, "What it is for"},
    [IN_FILTER] = {"filter", FIELD_FILTER, 0, 0, 0, NULL,
		   "Of a dynamic segment"},
    {NULL},
};
static const struct field combine_in[] = {
    [IN_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, 1, SEGMENT_NAME_MAX, NULL,
		 "Of the new segment"},
    [IN_DESCRIPTION] = {"description", FIELD_TEXT, 0, 0,
			SEGMENT_DESCRIPTION_MAX, NULL, "What it is for"},
    [IN_HOW] = {"how", FIELD_CHOICE, FIELD_REQUIRED, 0, 0,
		"union|intersection|difference",
		"In any, in all, in the first but none of the rest"},
    [IN_SEGMENTS] = {"segments", FIELD_ARRAY, FIELD_REQUIRED, 2, COMBINE_MAX,
		     NULL, "Ids or names"},
    {NULL},
};

enum { IN_ADD, IN_REMOVE };
static const struct field members_in[] = {
    [IN_ADD] = {"add", FIELD_USERS, 0, 0, 0, NULL,
		"Ids (numbers) and userIds (texts), or {\"f\": filter}"},
    [IN_REMOVE] = {"remove", FIELD_USERS, 0, 0, 0, NULL,
		   "The same, after `add`"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err create(struct req *q, struct res *r);
static enum err change(struct req *q, struct res *r);
static enum err erase(struct req *q, struct res *r);
static enum err members(struct req *q, struct res *r);
static enum err freeze(struct req *q, struct res *r);
static enum err combine(struct req *q, struct res *r);

#define MAY_WRITE (MAY_USERS_READ | MAY_SEGMENTS_EDIT)

const struct route segment_routes[] = {
    {GET, API "/segments", MAY_USERS_READ, READS | HELD, list_in, NULL, 0, list,
     "The segments by name, with exact sizes"},
    {POST, API "/segments", MAY_WRITE, HELD | ONCE, zone_in, create_in, 0,
     create, "A new segment: static, or with a filter dynamic"},
    {POST, API "/segments/combine", MAY_WRITE, HELD | ONCE, zone_in, combine_in,
     0, combine, "A new static segment out of others"},
    {GET, API "/segments/{id}", MAY_USERS_READ, READS | HELD, zone_in, NULL, 0,
     show, "One segment, with its exact size"},
    {PATCH, API "/segments/{id}", MAY_WRITE, HELD, zone_in, change_in, 0,
     change, "Rename, describe, or change the filter of a dynamic one"},
    {DELETE, API "/segments/{id}", MAY_WRITE, HELD, NULL, NULL, 0, erase,
     "Delete a segment that no dynamic one names; its users stay"},
    {POST, API "/segments/{id}/members", MAY_WRITE, HELD | ONCE, zone_in,
     members_in, 0, members,
     "Put users into a static segment and take users out"},
    {POST, API "/segments/{id}/freeze", MAY_WRITE, HELD | ONCE, zone_in, NULL,
     0, freeze, "Make a dynamic segment a static one of who is in it now"},
};

/* Reading ------------------------------------------------------------------ */

static struct str
version_of(struct req *q, int64_t updated)
{
	return arena_printf(q->arena, "%lld", (long long)updated);
}

static enum err
list(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct query qy;
	struct segments_in si = {.text = in[IN_Q].text,
				 .of_kind = in[IN_KIND].given,
				 .kind = str_eq(in[IN_KIND].text, S("static"))
					     ? SEGMENT_STATIC
					     : SEGMENT_DYNAMIC,
				 .limit = 100,
				 .after = in[IN_AFTER].text};
	struct segments_out so;

	TRY(req_query(q, &in[IN_TZ], &qy));
	if (in[IN_LIMIT].given)
		si.limit = (size_t)in[IN_LIMIT].number;
	TRY(segments_page(&qy, &q->who, &si, &so, q->fault));
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)so.total);
	json_key(&r->json, S("segments"));
	json_array(&r->json);
	for (size_t i = 0; i < so.n; i++)
		segment_view_json(&so.rows[i], &r->json);
	json_array_end(&r->json);
	json_key(&r->json, S("next"));
	if (so.next.p != NULL)
		json_text(&r->json, so.next);
	else
		json_null(&r->json);
	json_object_end(&r->json);
	return OK;
}

static enum err
show(struct req *q, struct res *r)
{
	struct query qy;
	struct segment_view v;
	uint64_t id;

	TRY(req_query(q, &q->query[ZONE_TZ], &qy));
	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(segment_view_get(&qy, &q->who, (uint32_t)id, &v, q->fault));
	res_etag(r, version_of(q, v.segment.updated));
	res_json(r, 200);
	segment_view_json(&v, &r->json);
	return OK;
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
	struct segment_view v;
	struct query qy;

	TRY(txn_query(a->q, txn, &a->q->query[ZONE_TZ], &qy));
	TRY(segment_view_get(&qy, &a->q->who, a->id, &v, kv_fault(txn)));
	a->r->headers_n = 0;
	res_etag(a->r, version_of(a->q, v.segment.updated));
	res_json(a->r, a->status);
	segment_view_json(&v, &a->r->json);
	return OK;
}

/* The segment as it is after a change. */
static enum err
answer(struct req *q, struct res *r, uint32_t id, int status)
{
	struct answer a = {q, r, id, status};

	return kv_read(q->app->kv, answer_apply, &a, q->fault);
}

struct version_room {
	struct req *q;
	uint32_t id;
	int64_t updated;
};

static enum err
version_apply(struct kv_txn *txn, void *arg)
{
	struct version_room *room = arg;
	struct segment s;

	if (!segment_get(txn, room->q->arena, room->id, &s))
		return kv_error(txn) != OK ? kv_error(txn) : ERR_NOT_FOUND;
	room->updated = s.updated;
	return OK;
}

/* What If-Match holds the change to, for the transaction that makes it to
 * look at again; NULL: nothing. */
static enum err
version_asked(struct req *q, uint32_t id, const int64_t **out)
{
	struct version_room *room = arena_get(q->arena, sizeof(*room));

	*out = NULL;
	*room = (struct version_room){.q = q, .id = id};
	if (q->wire->param(q->wire->arg, "HTTP_IF_MATCH") == NULL)
		return OK;
	TRY(kv_read(q->app->kv, version_apply, room, q->fault));
	*out = &room->updated;
	return req_if_match(q, version_of(q, room->updated));
}

static enum err
create(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct segment_making m = {.name = in[IN_NAME].text,
				   .description = in[IN_DESCRIPTION].text};
	struct desk d;
	uint32_t id;

	if (in[IN_FILTER].given)
		m.filter = in[IN_FILTER].text;
	TRY(req_desk(q, &q->query[ZONE_TZ], &d));
	TRY(desk_segment_create(&d, &m, &id, q->fault));
	return answer(q, r, id, 201);
}

static enum err
change(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct segment_edit e = {
	    .name = in[IN_NAME].given ? &in[IN_NAME].text : NULL,
	    .description =
		in[IN_DESCRIPTION].given ? &in[IN_DESCRIPTION].text : NULL,
	    .filter = in[IN_FILTER].given ? &in[IN_FILTER].text : NULL,
	};
	struct desk d;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(version_asked(q, (uint32_t)id, &e.updated));
	TRY(req_desk(q, &q->query[ZONE_TZ], &d));
	TRY(desk_segment_change(&d, (uint32_t)id, &e, q->fault));
	return answer(q, r, (uint32_t)id, 200);
}

static enum err
erase(struct req *q, struct res *r)
{
	const int64_t *updated;
	struct desk d;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(version_asked(q, (uint32_t)id, &updated));
	TRY(req_desk(q, NULL, &d));
	TRY(desk_segment_delete(&d, (uint32_t)id, updated, q->fault));
	res_empty(r, 204);
	return OK;
}

static enum err
members(struct req *q, struct res *r)
{
	struct members_in in = {.add = q->body[IN_ADD].json,
				.remove = q->body[IN_REMOVE].json};
	struct members_out out;
	struct desk d;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	if (!in.add && !in.remove)
		return fail(q->fault, ERR_INVALID, "add",
			    "expected `add`, `remove` or both");
	TRY(req_desk(q, &q->query[ZONE_TZ], &d));
	TRY(desk_segment_members(&d, (uint32_t)id, &in, &out, q->fault));
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "added", (int64_t)out.added);
	json_ki(&r->json, "removed", (int64_t)out.removed);
	json_ki(&r->json, "size", (int64_t)out.size);
	json_object_end(&r->json);
	return OK;
}

static enum err
freeze(struct req *q, struct res *r)
{
	struct desk d;
	uint64_t id, n;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(req_desk(q, &q->query[ZONE_TZ], &d));
	TRY(desk_freeze(&d, (uint32_t)id, &n, q->fault));
	return answer(q, r, (uint32_t)id, 200);
}

struct ids_room {
	struct req *q;
	uint32_t *ids;
};

static enum err
ids_apply(struct kv_txn *txn, void *arg)
{
	struct ids_room *room = arg;
	struct fault *f = kv_fault(txn);
	const struct json *v = room->q->body[IN_SEGMENTS].json->first;
	char path[32];

	for (size_t i = 0; v != NULL; v = v->next, i++) {
		bool text = v->kind == JSON_STRING || v->kind == JSON_NUMBER;

		snprintf(path, sizeof(path), "segments/%zu", i);
		if (!text)
			return fail(f, ERR_INVALID, path,
				    "expected an id or a name");
		/* 0 is nobody's: what is not there is said where what may not
		 * be seen is, in the same words */
		if (!segment_find(txn, v->text, &room->ids[i]))
			room->ids[i] = 0;
	}
	return kv_error(txn);
}

static enum err
combine(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	uint32_t ids[COMBINE_MAX], id;
	struct ids_room room = {.q = q, .ids = ids};
	struct combine_in c = {.name = in[IN_NAME].text,
			       .description = in[IN_DESCRIPTION].text,
			       .segments = ids,
			       .n_segments = in[IN_SEGMENTS].json->count};
	uint64_t n;
	struct desk d;

	if (!combination_find(in[IN_HOW].text, &c.how))
		return ERR_BUG;
	TRY(kv_read(q->app->kv, ids_apply, &room, q->fault));
	TRY(req_desk(q, &q->query[ZONE_TZ], &d));
	TRY(desk_combine(&d, &c, &id, &n, q->fault));
	return answer(q, r, id, 201);
}
