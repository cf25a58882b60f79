/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Events in.  What was refused is said event by event, with its line and
 * field; the rest is kept, unless the body is all or nothing.
 */
#include "routes.h"

enum { IN_ATOMIC };
static const struct field events_in[] = {
    [IN_ATOMIC] = {"atomic", FIELD_FLAG, 0, 0, 0, NULL, "All or nothing"},
    {NULL},
};

static enum err events(struct req *q, struct res *r);

const struct route event_routes[] = {
    {POST, API "/events", MAY_USERS_EDIT | MAY_CHATS_EDIT,
     TAKES_EVENTS | UNLIMITED, events_in, NULL, EVENTS_BODY_MAX, events,
     "Take events: one JSON object, an array, or NDJSON"},
};

static void
put_result(struct json_out *j, const struct intake_result *result)
{
	json_ki(j, "accepted", (int64_t)result->accepted);
	json_ki(j, "duplicates", (int64_t)result->duplicates);
	json_ki(j, "refusedCount", (int64_t)result->refused);
	json_key(j, S("refused"));
	json_array(j);
	for (size_t i = 0; i < result->n_refusals; i++) {
		const struct refusal *one = &result->refusals[i];

		json_object(j);
		json_ki(j, "line", (int64_t)one->line);
		json_kt(j, "field", str_of(one->fault.path));
		json_kt(j, "code", str_of(err_word(one->fault.code)));
		json_kt(j, "detail", str_of(one->fault.text));
		json_object_end(j);
	}
	json_array_end(j);
}

static enum err
events(struct req *q, struct res *r)
{
	struct intake_options o = {.atomic = q->query[IN_ATOMIC].flag,
				   .source = FROM_EVENT,
				   .queue = q->app->queue};
	struct intake_result result;
	enum err e = intake_body(q->app->people, q->app->kv, q->arena,
				 q->body_bytes, &o, &result, q->fault);

	if (e != OK && !(e == ERR_INVALID && o.atomic && result.refused > 0))
		return e;
	if (e == OK) {
		res_json(r, 200);
		json_object(&r->json);
	} else {
		res_problem_open(r, e);
	}
	put_result(&r->json, &result);
	json_object_end(&r->json);
	return OK;
}
