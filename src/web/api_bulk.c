/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bulk actions and the jobs they become.  A dry run says how many people it
 * would be and in which words; the real one may name that number in `expect`,
 * and is refused when it would be others by then; a deletion has to.  The work is done behind
 * requests (labour.c); GET /jobs/{id} says how far it is.
 */
#include "labour.h"
#include "routes.h"

enum {
	IN_F,
	IN_IDS,
	IN_ACTION,
	IN_SEGMENT,
	IN_ATTRIBUTE,
	IN_VALUE,
	IN_MODE,
	IN_EXPECT,
	IN_DRY_RUN,
	IN_TZ
};
static const struct field bulk_in[] = {
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL,
	      "Whom it is about, as a filter; {} is everybody"},
    [IN_IDS] = {"ids", FIELD_ARRAY, 0, 1, BULK_IDS_MAX, NULL,
		"Whom it is about, one by one, instead of `f`"},
    [IN_ACTION] = {"action", FIELD_CHOICE, FIELD_REQUIRED, 0, 0,
		   "addToSegment|removeFromSegment|setAttribute|ban|unban|"
		   "delete",
		   "What is done to them"},
    [IN_SEGMENT] = {"segment", FIELD_TEXT, 0, 1, SEGMENT_NAME_MAX, NULL,
		    "Of the actions on segments: its id or exact name"},
    [IN_ATTRIBUTE] = {"attribute", FIELD_TEXT, 0, 1, 256, NULL,
		      "Of setAttribute: which one"},
    [IN_VALUE] = {"value", FIELD_VALUE, FIELD_NULLABLE, 0, 0, NULL,
		  "Of setAttribute: the new value; null clears"},
    [IN_MODE] = {"mode", FIELD_CHOICE, 0, 0, 0, "keepTotals|forget",
		 "Of delete: keepTotals if absent"},
    [IN_EXPECT] = {"expect", FIELD_NUMBER, 0, 0, UINT32_MAX, NULL,
		   "It must be this many people, or nothing is done; delete "
		   "needs it"},
    [IN_DRY_RUN] = {"dryRun", FIELD_FLAG, 0, 0, 0, NULL,
		    "Only say how many it would be"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates"},
    {NULL},
};

#define JOBS_LIMIT_MAX 500u
enum { LIST_STATE, LIST_LIMIT, LIST_AFTER };
static const struct field list_in[] = {
    [LIST_STATE] = {"state", FIELD_CHOICE, 0, 0, 0, "running",
		    "Only those that have not ended"},
    [LIST_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, JOBS_LIMIT_MAX, NULL,
		    "50 if absent"},
    [LIST_AFTER] = {"after", FIELD_NUMBER, 0, 1, UINT32_MAX, NULL,
		    "The `next` of the page before"},
    {NULL},
};

static enum err bulk(struct req *q, struct res *r);
static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err cancel(struct req *q, struct res *r);

const struct route bulk_routes[] = {
    {POST, API "/bulk", MAY_USERS_READ, HELD | ONCE, NULL, bulk_in, 0, bulk,
     "Do something to many people: a job, or how many it would be"},
    {GET, API "/jobs", MAY_USERS_READ, HELD | READS, list_in, NULL, 0, list,
     "Bulk actions, newest first; an Owner sees those of everybody"},
    {GET, API "/jobs/{id}", MAY_USERS_READ, HELD | READS, NULL, NULL, 0, show,
     "One bulk action: how far it is, or how it ended"},
    {POST, API "/jobs/{id}/cancel", MAY_USERS_READ, HELD | ONCE, NULL, NULL, 0,
     cancel, "Call a bulk action off: nobody more is touched"},
};

/* Answers ------------------------------------------------------------------ */

static void
put_job(struct json_out *j, const struct job *b)
{
	json_object(j);
	json_ki(j, "id", b->id);
	json_kt(j, "action", str_of(job_kind_name(b->kind)));
	json_kt(j, "state", str_of(job_state_names[b->state]));
	json_kt(j, "sentence", b->sentence);
	if (b->segment.n > 0)
		json_kt(j, "segment", b->segment);
	if (b->attribute.n > 0)
		json_kt(j, "attribute", b->attribute);
	json_kt(j, "byName", b->by_name);
	json_ki(j, "total", (int64_t)b->total);
	json_ki(j, "done", (int64_t)b->done);
	json_ki(j, "changed", (int64_t)b->changed);
	json_ki(j, "refused", (int64_t)b->refused);
	json_kat(j, "startedAt", b->started);
	json_kat(j, "finishedAt", b->finished);
	if (b->state == JOB_FAILED)
		json_kt(j, "reason", b->reason);
	json_object_end(j);
}

struct showing {
	struct req *q;
	struct res *r;
	uint32_t id;
	int status;
};

static enum err
show_apply(struct kv_txn *txn, void *arg)
{
	struct showing *s = arg;
	struct job job;

	if (!job_get(txn, s->q->arena, &s->q->who, s->id, &job))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : fail(s->q->fault, ERR_NOT_FOUND, NULL,
				  "there is no job %u", s->id);
	res_json(s->r, s->status);
	put_job(&s->r->json, &job);
	return kv_error(txn);
}

static enum err
show_job(struct req *q, struct res *r, uint32_t id, int status)
{
	struct showing s = {q, r, id, status};

	return kv_read(q->app->kv, show_apply, &s, q->fault);
}

/* Starting ----------------------------------------------------------------- */

/* What an action takes beside whom it is about, and needs. */
static enum err
members_check(struct req *q)
{
	static const struct {
		const char *action;
		size_t member;
		bool needed;
	} members[] = {
	    {"addToSegment", IN_SEGMENT, true},
	    {"removeFromSegment", IN_SEGMENT, true},
	    {"setAttribute", IN_ATTRIBUTE, true},
	    {"setAttribute", IN_VALUE, true},
	    {"delete", IN_MODE, false},
	};
	struct str action = q->body[IN_ACTION].text;
	bool taken[COUNT(bulk_in)] = {false};

	if (q->body[IN_F].given == q->body[IN_IDS].given)
		return fail(q->fault, ERR_INVALID, "f",
			    "expected either a filter or ids");
	for (size_t i = 0; i < COUNT(members); i++) {
		size_t m = members[i].member;

		if (!str_eq(action, str_of(members[i].action)))
			continue;
		taken[m] = true;
		if (members[i].needed && !q->body[m].given)
			return fail(q->fault, ERR_INVALID, bulk_in[m].name,
				    "is missing");
	}
	for (size_t m = IN_SEGMENT; m <= IN_MODE; m++)
		if (q->body[m].given && !taken[m])
			return fail(q->fault, ERR_INVALID, bulk_in[m].name,
				    "%.*s does not take it", STR_ARG(action));
	return OK;
}

static enum err
bulk_take(struct req *q, struct bulk_in *out)
{
	const struct input *in = q->body;

	TRY(members_check(q));
	*out = (struct bulk_in){
	    .filter = in[IN_F].given ? in[IN_F].text : STR_NONE,
	    .segment = in[IN_SEGMENT].text,
	    .attribute = in[IN_ATTRIBUTE].text,
	    .value = in[IN_VALUE].json,
	    .forget = str_eq(in[IN_MODE].text, S("forget")),
	    .expected = in[IN_EXPECT].given,
	    .expect = (uint64_t)in[IN_EXPECT].number,
	};
	if (!job_kind_find(in[IN_ACTION].text, &out->kind))
		return ERR_BUG;
	if (in[IN_IDS].given)
		TRY(take_ids(q, in[IN_IDS].json, &out->ids, &out->n_ids));
	return OK;
}

static enum err
dry_run(const struct desk *d, const struct bulk_in *in, struct req *q,
	struct res *r)
{
	struct buf sentence;
	uint64_t n = 0;
	enum err e;

	buf_init(&sentence);
	e = bulk_count(d, in, &n, &sentence, q->fault);
	if (e == OK) {
		res_json(r, 200);
		json_object(&r->json);
		json_ki(&r->json, "count", (int64_t)n);
		json_kt(&r->json, "sentence", buf_str(&sentence));
		json_object_end(&r->json);
	}
	buf_fini(&sentence);
	return e;
}

static enum err
bulk(struct req *q, struct res *r)
{
	struct bulk_in in;
	struct desk d;
	uint32_t id;

	TRY(bulk_take(q, &in));
	TRY(req_desk(q, &q->body[IN_TZ], &d));
	if (q->body[IN_DRY_RUN].flag)
		return dry_run(&d, &in, q, r);
	TRY(bulk_start(&d, &in, &id, q->fault));
	labour_wake(q->app->labour);
	res_header(r, "Location", arena_printf(q->arena, API "/jobs/%u", id));
	return show_job(q, r, id, 202);
}

/* Looking and calling off -------------------------------------------------- */

static enum err
list(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	size_t most = in[LIST_LIMIT].given ? (size_t)in[LIST_LIMIT].number : 50;
	struct job *jobs = arena_get(q->arena, most * sizeof(*jobs));
	uint64_t total;
	size_t n = in[LIST_STATE].given
		       ? jobs_running(q->txn, q->arena, &q->who, jobs, most,
				      &total)
		       : jobs_page(q->txn, q->arena, &q->who,
				   (uint32_t)in[LIST_AFTER].number, jobs, most,
				   &total);

	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)total);
	json_key(&r->json, S("jobs"));
	json_array(&r->json);
	for (size_t i = 0; i < n; i++)
		put_job(&r->json, &jobs[i]);
	json_array_end(&r->json);
	json_key(&r->json, S("next"));
	if (n == most && !in[LIST_STATE].given)
		json_int(&r->json, jobs[n - 1].id);
	else
		json_null(&r->json);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

static enum err
show(struct req *q, struct res *r)
{
	struct showing s = {.q = q, .r = r, .status = 200};
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	s.id = (uint32_t)id;
	return show_apply(q->txn, &s);
}

static enum err
cancel(struct req *q, struct res *r)
{
	struct desk d;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(req_desk(q, NULL, &d));
	TRY(bulk_cancel(&d, (uint32_t)id, q->fault));
	return show_job(q, r, (uint32_t)id, 200);
}
