/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Operating hours: every schedule there ever was, the one that begins at an
 * instant, and taking one out that was wrong.
 */
#include "routes.h"

enum { IN_FROM, IN_TIMEZONE, IN_WEEK, IN_HOLIDAYS };
static const struct field put_in[] = {
    [IN_FROM] = {"from", FIELD_INSTANT, FIELD_NULLABLE, 0, 0, NULL,
		 "In force from then on; now if absent, null: always"},
    [IN_TIMEZONE] = {"timezone", FIELD_ZONE, FIELD_REQUIRED, 0, 0, NULL,
		     "Zone of the hours"},
    [IN_WEEK] = {"week", FIELD_OBJECT, FIELD_REQUIRED, 0, 7, NULL,
		 "{\"monday\": [[\"09:00\", \"18:00\"]], …}; a day that is "
		 "not named is closed"},
    [IN_HOLIDAYS] = {"holidays", FIELD_ARRAY, 0, 0, HOURS_HOLIDAYS_MAX, NULL,
		     "[{\"date\", \"name\", \"open\"}]; closed without open"},
    {NULL},
};

enum { REMOVE_FROM };
static const struct field remove_in[] = {
    [REMOVE_FROM] = {"from", FIELD_INSTANT, 0, 0, 0, NULL,
		     "The one that begins then; absent: always"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err put(struct req *q, struct res *r);
static enum err erase(struct req *q, struct res *r);

const struct route hours_routes[] = {
    {GET, API "/hours", ANYBODY, READS | NO_PEOPLE, NULL, NULL, 0, list,
     "Operating hours with their history, by when they begin"},
    {PUT, API "/hours", MAY_SETTINGS, NO_PEOPLE, NULL, put_in, 0, put,
     "Operating hours from an instant on; what is past keeps what held then"},
    {DELETE, API "/hours", MAY_SETTINGS, NO_PEOPLE, remove_in, NULL, 0, erase,
     "Take out the schedule that begins at an instant"},
};

/* Every schedule there is. */
static enum err
version(struct req *q, struct kv_txn *txn, struct buf *out)
{
	struct json_out j;
	struct hours h;

	json_out_init(&j, out);
	hours_get(txn, q->arena, &h);
	json_array(&j);
	for (size_t i = 0; i < h.n; i++)
		hours_json(&j, &h.at[i]);
	json_array_end(&j);
	return kv_error(txn);
}

static enum err
list(struct req *q, struct res *r)
{
	struct hours h;

	hours_get(q->txn, q->arena, &h);
	TRY(res_etag_at(r, q->txn, version));
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)h.n);
	json_key(&r->json, S("schedules"));
	json_array(&r->json);
	for (size_t i = 0; i < h.n; i++)
		hours_json(&r->json, &h.at[i]);
	json_array_end(&r->json);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

static enum err
put(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct schedule s = {.from = q->now, .zone = in[IN_TIMEZONE].zone};

	if (in[IN_FROM].given)
		s.from = in[IN_FROM].null ? INSTANT_MIN : in[IN_FROM].number;
	TRY(hours_read(q->arena, in[IN_WEEK].json, in[IN_HOLIDAYS].json, &s,
		       q->fault));
	req_guard(q, version);
	TRY(hours_put(q->app->staff, &q->by, &s, q->fault));
	res_json(r, 200);
	hours_json(&r->json, &s);
	return OK;
}

static enum err
erase(struct req *q, struct res *r)
{
	const struct input *in = &q->query[REMOVE_FROM];

	req_guard(q, version);
	TRY(hours_remove(q->app->staff, &q->by,
			 in->given ? in->number : INSTANT_MIN, q->fault));
	res_empty(r, 204);
	return OK;
}
