/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Exports out.  The record is written when the request is known to be good and
 * before the first byte leaves, and finished after the last, whatever happened
 * on the way.  Headers leave with the first byte, so that everything that can
 * go wrong before it is a plain problem document.
 *
 * Who may download sees their own exports; Owners and readers of the audit log
 * see everybody's, unless they are limited to some users or attributes: then
 * what others took out is not for them.
 */
#include "routes.h"

#include <rapport/export.h>

#include <stdio.h>

#define IDS_MAX 100000

enum {
	IN_WHAT,
	IN_F,
	IN_IDS,
	IN_SEGMENT,
	IN_COLUMNS,
	IN_SORT,
	IN_FORMAT,
	IN_BOM,
	IN_PASSWORD,
	IN_PURPOSE,
	IN_TZ
};
static const struct field begin_in[] = {
    [IN_WHAT] = {"what", FIELD_CHOICE, FIELD_REQUIRED, 0, 0, "users",
		 "What is taken out"},
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL, "Filter; everybody if absent"},
    [IN_IDS] = {"ids", FIELD_ARRAY, 0, 1, IDS_MAX, NULL,
		"A selection: ids of users that the filter matches"},
    [IN_SEGMENT] = {"segment", FIELD_TEXT, 0, 1, SEGMENT_NAME_MAX, NULL,
		    "Only people in this segment"},
    [IN_COLUMNS] = {"columns", FIELD_LIST, 0, 0, 0, NULL,
		    "Attributes in their order; all if absent"},
    [IN_SORT] = {"sort", FIELD_TEXT, 0, 1, ATTR_NAME_MAX + 1, NULL,
		 "As of a list"},
    [IN_FORMAT] = {"format", FIELD_CHOICE, 0, 0, 0, EXPORT_FORMAT_CHOICES,
		   "csv if absent"},
    [IN_BOM] = {"bom", FIELD_FLAG, 0, 0, 0, NULL,
		"Begin a CSV with a byte order mark"},
    [IN_PASSWORD] = {"password", FIELD_SECRET, 0, 0, LOCK_PASSWORD_MAX, NULL,
		     "Locks the file; nobody can recover it"},
    [IN_PURPOSE] = {"purpose", FIELD_TEXT, FIELD_REQUIRED, 1, PURPOSE_MAX, NULL,
		    "What the data is for, 10 to 500 characters"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates, and of dates in xlsx"},
    {NULL},
};

enum { LIST_LIMIT, LIST_AFTER };
static const struct field list_in[] = {
    [LIST_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, 200, NULL, "50 if absent"},
    [LIST_AFTER] = {"after", FIELD_NUMBER, 0, 1, INT64_MAX, NULL,
		    "The `next` of the page before"},
    {NULL},
};

static enum err begin(struct req *q, struct res *r);
static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err cancel(struct req *q, struct res *r);

const struct route export_routes[] = {
    {POST, API "/exports", MAY_USERS_READ | MAY_DOWNLOAD, TAKES_FORM | HELD,
     NULL, begin_in, 2u << 20, begin, "Take a list out as a locked file"},
    {GET, API "/exports", MAY_DOWNLOAD, READS | HELD, list_in, NULL, 0, list,
     "Who took what out, newest first"},
    {GET, API "/exports/{id}", MAY_DOWNLOAD, READS | HELD, NULL, NULL, 0, show,
     "One export record, with its whole filter"},
    {POST, API "/exports/{id}/cancel", MAY_DOWNLOAD, HELD, NULL, NULL, 0,
     cancel, "Ask a running export to stop"},
};

/* Taking out -------------------------------------------------------------- */

struct run {
	struct req *q;
	struct res *r;
	struct export_request request;
	struct record record;
	bool optional; /* the policy lets a file leave unlocked */
	uint64_t id;   /* of the record */
	uint64_t rows;
};

/* What the workspace wants of a lock. */
static enum err
policy_read(struct kv_txn *txn, void *arg)
{
	struct run *x = arg;
	struct export_request *o = &x->request;

	x->optional =
	    str_eq(setting_text(txn, SETTING_EXPORTS_LOCK), S("optional"));
	o->ocb = str_eq(setting_text(txn, SETTING_EXPORTS_AEAD), S("ocb"));
	o->argon2_memory =
	    (uint32_t)setting_number(txn, SETTING_EXPORTS_MEMORY);
	o->argon2_passes =
	    (uint32_t)setting_number(txn, SETTING_EXPORTS_PASSES);
	if (o->tz.n == 0)
		o->tz =
		    arena_str(x->q->arena, setting_text(txn, SETTING_TIMEZONE));
	return kv_error(txn);
}

/* The filter, and the segment as one more leaf of it. */
static struct str
filter_with_segment(struct req *q, struct str f, struct str segment)
{
	struct json_out j;
	struct buf b;
	struct str whole;

	if (segment.n == 0)
		return f;
	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_key(&j, S("all"));
	json_array(&j);
	if (f.n > 0)
		json_raw(&j, f);
	json_array(&j);
	json_text(&j, S("segment"));
	json_text(&j, S("hasAny"));
	json_text(&j, segment);
	json_array_end(&j);
	json_array_end(&j);
	json_object_end(&j);
	whole = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	return whole;
}

enum err
take_ids(struct req *q, const struct json *v, const uint32_t **ids, size_t *n)
{
	uint32_t *out = arena_get(q->arena, v->count * sizeof(*out));
	uint64_t id;

	*n = 0;
	for (v = v->first; v != NULL; v = v->next) {
		if (v->kind != JSON_NUMBER || !str_to_u64(v->text, &id) ||
		    id > UINT32_MAX)
			return fail(q->fault, ERR_INVALID, "ids",
				    "expected ids of users");
		out[(*n)++] = (uint32_t)id;
	}
	*ids = out;
	return OK;
}

static enum err
ids_record(struct req *q, struct run *x)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	json_out_init(&j, &b);
	json_array(&j);
	for (size_t i = 0; i < x->request.n_ids; i++)
		json_int(&j, x->request.ids[i]);
	json_array_end(&j);
	x->record.ids = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	return OK;
}

static enum err
password_check_new(struct run *x)
{
	struct str password = x->request.password;
	const char *why;

	if (password.n == 0 && x->optional)
		return OK;
	why = password.n == 0 ? "an export is locked with a password"
			      : password_refusal(password, EXPORT_PASSWORD_MIN);
	return why == NULL
		   ? OK
		   : fail(x->q->fault, ERR_INVALID, "password", "%s", why);
}

static enum err
request_take(struct req *q, struct run *x)
{
	const struct input *in = q->body;
	const char *why = export_purpose_refusal(in[IN_PURPOSE].text);

	if (why != NULL)
		return fail(q->fault, ERR_INVALID, "purpose", "%s", why);
	x->request = (struct export_request){
	    .filter =
		filter_with_segment(q, in[IN_F].text, in[IN_SEGMENT].text),
	    .columns = in[IN_COLUMNS].text,
	    .sort = in[IN_SORT].text,
	    .tz = in[IN_TZ].text,
	    .bom = in[IN_BOM].flag,
	    .purpose = str_trim(in[IN_PURPOSE].text),
	    .by = str_of(q->who.name),
	    .password = in[IN_PASSWORD].text,
	    .at = q->now,
	    .limits = q->limits,
	};
	export_format_find(in[IN_FORMAT].text, &x->request.format);
	x->record = (struct record){
	    .what = S("users"),
	    .filter = x->request.filter,
	    .columns = x->request.columns,
	    .format = str_of(export_format_names[x->request.format]),
	    .purpose = x->request.purpose,
	    .locked = x->request.password.n > 0,
	};
	TRY(kv_read(q->app->kv, policy_read, x, q->fault));
	if (in[IN_IDS].given) {
		TRY(take_ids(q, in[IN_IDS].json, &x->request.ids,
			     &x->request.n_ids));
		TRY(ids_record(q, x));
	}
	return password_check_new(x);
}

static enum err
headers_send(struct run *x)
{
	struct req *q = x->q;
	struct str name = export_file_name(q->arena, &x->request);

	res_header(x->r, "Content-Disposition",
		   arena_printf(q->arena, "attachment; filename=\"%.*s\"",
				STR_ARG(name)));
	res_header(x->r, "X-Export-Id",
		   arena_printf(q->arena, "%llu", (unsigned long long)x->id));
	return res_stream(x->r, 200, export_media_type(&x->request).p);
}

static enum err
cancelled(struct run *x)
{
	if (!atomic_load(&x->q->wire->track->cancel))
		return OK;
	return fail(x->q->fault, ERR_CANCELLED, NULL, "%s",
		    err_sentence(ERR_CANCELLED));
}

static enum err
sink(void *arg, struct str bytes)
{
	struct run *x = arg;

	TRY(cancelled(x));
	if (!x->r->streaming)
		TRY(headers_send(x));
	return res_write(x->r, bytes);
}

static enum err
tell(void *arg, const struct export_progress *p)
{
	struct run *x = arg;
	struct track *t = x->q->wire->track;

	x->rows = p->rows;
	atomic_store(&t->rows, p->rows);
	atomic_store(&t->bytes, p->bytes);
	return cancelled(x);
}

static enum record_state
state_of(enum err e)
{
	switch ((int)e) {
	case OK:
		return RECORD_DONE;
	case ERR_CANCELLED:
		return RECORD_CANCELLED;
	case ERR_CLIENT:
		return RECORD_CLIENT_GONE;
	default:
		return RECORD_FAILED;
	}
}

static enum err
begin(struct req *q, struct res *r)
{
	struct run x = {.q = q, .r = r};
	struct app *app = q->app;
	struct track *t = q->wire->track;
	struct export_progress p;
	struct by by = q->by;
	enum err e, ended;

	TRY(request_take(q, &x));
	TRY(export_preview(app->people, app->kv, q->arena, &x.request, &p,
			   q->fault));
	x.record.total = p.total;
	x.record.sentence = p.sentence;
	if (x.request.n_ids > 0)
		x.record.sentence = arena_printf(
		    q->arena, "%zu selected: %.*s", x.request.n_ids,
		    STR_ARG(p.sentence));
	TRY(record_begin(app->staff, &q->by, &x.record, &x.id, q->fault));
	atomic_store(&t->cancel, false);
	atomic_store(&t->id, x.id);
	e = export_run(app->people, app->kv, &x.request, sink, tell, &x,
		       q->fault);
	atomic_store(&t->id, 0);
	by.at = clock_now();
	ended = record_finish(app->staff, &by, x.id, state_of(e), x.rows,
			      r->sent, e == OK ? q->fault : NULL);
	return e == OK ? ended : e;
}

/* Looking ----------------------------------------------------------------- */

static bool
may_see(const struct req *q, const struct record *one)
{
	return (who_may(&q->who, MAY_AUDIT_READ) && !q->limits) ||
	       (one->kind == q->who.kind && one->who == q->who.id);
}

static void
put_record(struct json_out *j, const struct record *one)
{
	json_object(j);
	json_ki(j, "id", (int64_t)one->id);
	json_kt(j, "state", str_of(record_state_names[one->state]));
	json_kt(j, "by", one->who_name);
	json_kt(j, "from", one->from);
	json_kt(j, "what", one->what);
	json_kt(j, "sentence", one->sentence);
	json_kt(j, "columns", one->columns);
	json_kt(j, "format", one->format);
	json_kb(j, "locked", one->locked);
	json_kt(j, "purpose", one->purpose);
	json_kat(j, "begunAt", one->begun);
	json_kat(j, "finishedAt", one->finished);
	json_ki(j, "rows", (int64_t)one->rows);
	json_ki(j, "total", (int64_t)one->total);
	json_ki(j, "bytes", (int64_t)one->bytes);
	if (one->filter.n > 0)
		json_kt(j, "f", one->filter);
	if (one->ids.n > 0) {
		json_key(j, S("ids"));
		json_raw(j, one->ids);
	}
	json_object_end(j);
}

#define STRIDE 64u

static enum err
list(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct record *some = arena_get(q->arena, STRIDE * sizeof(*some));
	int64_t left = in[LIST_LIMIT].given ? in[LIST_LIMIT].number : 50;
	uint64_t after =
	    in[LIST_AFTER].given ? (uint64_t)in[LIST_AFTER].number : UINT64_MAX;
	uint64_t at = 0, all, mine = 0, next = 0, last = 0;
	size_t n;

	res_json(r, 200);
	json_object(&r->json);
	json_key(&r->json, S("exports"));
	json_array(&r->json);
	/* all are walked: the total is of what one may see */
	do {
		struct arena_mark mark = arena_mark(q->arena);

		n = records_page(q->txn, q->arena, at, some, STRIDE, &all);
		for (size_t i = 0; i < n; i++) {
			at = some[i].id;
			if (!may_see(q, &some[i]))
				continue;
			mine++;
			if (at >= after)
				continue;
			if (left-- > 0) {
				put_record(&r->json, &some[i]);
				last = at;
			} else {
				next = last;
			}
		}
		arena_rewind(q->arena, mark);
	} while (n == STRIDE && at > 1);
	json_array_end(&r->json);
	json_ki(&r->json, "total", (int64_t)mine);
	json_key(&r->json, S("next"));
	if (next > 0)
		json_int(&r->json, (int64_t)next);
	else
		json_null(&r->json);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

static enum err
show(struct req *q, struct res *r)
{
	struct record one;
	uint64_t id;

	TRY(arg_number(q, 0, INT64_MAX, &id));
	if (!record_get(q->txn, q->arena, id, &one) || !may_see(q, &one))
		return kv_error(q->txn) != OK ? kv_error(q->txn)
					      : ERR_NOT_FOUND;
	res_json(r, 200);
	put_record(&r->json, &one);
	return OK;
}

struct look {
	struct req *q;
	uint64_t id;
};

static enum err
look_apply(struct kv_txn *txn, void *arg)
{
	struct look *a = arg;
	struct record one;

	return record_get(txn, a->q->arena, a->id, &one) && may_see(a->q, &one)
		   ? OK
		   : ERR_NOT_FOUND;
}

static enum err
cancel(struct req *q, struct res *r)
{
	struct look look = {.q = q};

	TRY(arg_number(q, 0, INT64_MAX, &look.id));
	TRY(kv_read(q->app->kv, look_apply, &look, q->fault));
	TRY(record_cancel(q->app->staff, &q->by, look.id, q->fault));
	res_empty(r, 204);
	return OK;
}
