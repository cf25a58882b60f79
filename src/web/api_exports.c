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
#include "export_ask.h"
#include "routes.h"

#include <stdio.h>

enum { LIST_LIMIT, LIST_AFTER };
static const struct field list_in[] = {
    [LIST_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, 200, NULL, "50 if absent"},
    [LIST_AFTER] = {"after", FIELD_NUMBER, 0, 1, INT64_MAX, NULL,
		    "The `next` of the page before"},
    {NULL},
};

static enum err begin(struct req *q, struct res *r);
static enum err person(struct req *q, struct res *r);
static enum err preview(struct req *q, struct res *r);
static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err cancel(struct req *q, struct res *r);

const struct route export_routes[] = {
    {POST, API "/exports", MAY_DOWNLOAD, TAKES_FORM | HELD, NULL,
     export_begin_in, 2u << 20, begin,
     "Take users or chats out as a locked file\n"
     "The file, and X-Export-Id: its record. Users need the permission "
     "users.read; chats need chats.read, and users.read for the worksheet "
     "User data. Chats are always locked."},
    {POST, API "/users/{id}/archive",
     MAY_USERS_READ | MAY_CHATS_READ | MAY_DOWNLOAD, TAKES_FORM | HELD, NULL,
     export_person_in, 0, person,
     "Everything that is held on one person, as a locked ZIP\n"
     "person.json and person.html: attributes with source and history, "
     "identities, segments, consent, chats with all that was said, timeline, "
     "merges, exports that held them. For who sees everything of everybody: "
     "a part must not pass for the whole."},
    {POST, API "/exports/preview", MAY_DOWNLOAD, TAKES_FORM | HELD, NULL,
     export_preview_in, 2u << 20, preview,
     "What an export would hold, of users or of chats\n"
     "Users: {total, columns (how many), sentence}. Chats: {total, users, "
     "messages, sheets: [{name, rows}], sentence}"},
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

/* Somebody asked for it to stop, or nobody is there any more to read it. */
static enum err
cancelled(struct run *x)
{
	const struct wire *w = x->q->wire;

	if (atomic_load(&w->track->cancel) && atomic_load(&w->track->id) != 0)
		return fail(x->q->fault, ERR_CANCELLED, NULL, "%s",
			    err_sentence(ERR_CANCELLED));
	if (w->gone != NULL && w->gone(w->arg)) {
		x->r->gone = true;
		return ERR_CLIENT;
	}
	return OK;
}

static enum err
go(void *arg)
{
	return cancelled(arg);
}

static enum err
password_check_new(struct run *x)
{
	struct str password = x->request.password;
	const char *why;

	if (password.n == 0 && x->optional && x->request.what == EXPORT_USERS)
		return OK;
	why = password.n == 0 ? "an export is locked with a password"
			      : password_refusal(password, EXPORT_PASSWORD_MIN);
	return why == NULL
		   ? OK
		   : fail(x->q->fault, ERR_INVALID, "password", "%s", why);
}

/* Purpose and password are good, the workspace's rules are known, and so is
 * what the record will say. */
static enum err
request_ready(struct run *x)
{
	struct req *q = x->q;
	const char *why = export_purpose_refusal(x->request.purpose);

	if (why != NULL)
		return fail(q->fault, ERR_INVALID, "purpose", "%s", why);
	x->request.purpose = str_trim(x->request.purpose);
	x->request.go = go;
	x->request.go_arg = x;
	export_record(q->arena, &x->request, &x->record);
	TRY(kv_read(q->app->kv, policy_read, x, q->fault));
	return password_check_new(x);
}

static enum err
request_take(struct req *q, struct run *x)
{
	const struct input *in = q->body;

	TRY(export_ask(q, &x->request));
	x->request.bom = in[IN_BOM].flag;
	x->request.notes = in[IN_NOTES].flag;
	x->request.purpose = in[IN_PURPOSE].text;
	x->request.password = in[IN_PASSWORD].text;
	return request_ready(x);
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

/* The record, the file, and how it ended. */
static enum err
answer(struct run *x)
{
	struct req *q = x->q;
	struct app *app = q->app;
	struct track *t = q->wire->track;
	struct export_progress p;
	struct by by = q->by;
	enum err e, ended;

	TRY(export_preview(app->people, app->kv, q->arena, &x->request, &p,
			   q->fault));
	x->record.total = p.total;
	x->record.sentence = p.sentence;
	if (x->request.ids != NULL && x->request.what != EXPORT_PERSON)
		x->record.sentence = arena_printf(
		    q->arena, "%zu selected: %.*s", x->request.n_ids,
		    STR_ARG(p.sentence));
	if (x->request.what == EXPORT_PERSON)
		TRY(audit_write(app->staff, &q->by, "user.archive",
				arena_printf(q->arena, "user %u",
					     x->request.ids[0]),
				x->request.purpose, STR_NONE, q->fault));
	TRY(record_begin(app->staff, &q->by, &x->record, &x->id, q->fault));
	atomic_store(&t->cancel, false);
	atomic_store(&t->id, x->id);
	e = export_run(app->people, app->kv, &x->request, sink, tell, x,
		       q->fault);
	atomic_store(&t->id, 0);
	by.at = clock_now();
	ended = record_finish(app->staff, &by, x->id, state_of(e), x->rows,
			      x->r->sent, e == OK ? q->fault : NULL);
	return e == OK ? ended : e;
}

static enum err
begin(struct req *q, struct res *r)
{
	struct run x = {.q = q, .r = r};

	TRY(request_take(q, &x));
	return answer(&x);
}

/* A POST, though it changes nothing but the records: a password belongs in no
 * address, and a GET has no body. */
static enum err
person(struct req *q, struct res *r)
{
	struct run x = {.q = q, .r = r};
	uint32_t user;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	user = (uint32_t)id;
	export_ask_person(q, &user, &x.request);
	TRY(request_ready(&x));
	return answer(&x);
}

static void
preview_chats(struct json_out *j, const struct export_request *o,
	      const struct export_progress *p)
{
	json_ki(j, "total", (int64_t)p->chats);
	json_ki(j, "users", (int64_t)p->users);
	json_ki(j, "messages", (int64_t)p->messages);
	json_key(j, S("sheets"));
	json_array(j);
	for (int i = 0; i < EXPORT_SHEETS; i++) {
		if (!(o->sheets >> i & 1))
			continue;
		json_object(j);
		json_kt(j, "name", str_of(export_sheet_names[i]));
		json_ki(j, "rows", (int64_t)p->sheet_rows[i]);
		json_object_end(j);
	}
	json_array_end(j);
}

static enum err
preview(struct req *q, struct res *r)
{
	struct run x = {.q = q, .r = r};
	struct export_request *o = &x.request;
	struct export_progress p;

	TRY(export_ask(q, o));
	o->go = go;
	o->go_arg = &x;
	TRY(kv_read(q->app->kv, policy_read, &x, q->fault));
	TRY(export_preview(q->app->people, q->app->kv, q->arena, o, &p,
			   q->fault));
	res_json(r, 200);
	json_object(&r->json);
	if (o->what == EXPORT_CHATS) {
		preview_chats(&r->json, o, &p);
	} else {
		json_ki(&r->json, "total", (int64_t)p.total);
		json_ki(&r->json, "columns", (int64_t)p.columns);
	}
	json_kt(&r->json, "sentence", p.sentence);
	json_object_end(&r->json);
	return OK;
}

/* Looking ----------------------------------------------------------------- */

static bool
may_see(const struct req *q, const struct record *one)
{
	return (who_may(&q->who, MAY_AUDIT_READ) && !q->limits) ||
	       (one->kind == q->who.kind && one->who == q->who.id);
}

static bool
is_of_chats(const struct record *one)
{
	return str_eq(one->what, str_of(export_what_names[EXPORT_CHATS]));
}

/* Columns, or worksheets. */
static void
put_parts(struct json_out *j, const struct record *one)
{
	struct str rest = one->columns, name;

	json_kt(j, "columns", is_of_chats(one) ? S("") : one->columns);
	if (!is_of_chats(one))
		return;
	json_key(j, S("sheets"));
	json_array(j);
	while (str_split(&rest, ',', &name))
		json_text(j, name);
	json_array_end(j);
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
	put_parts(j, one);
	json_kt(j, "format", one->format);
	json_kb(j, "locked", one->locked);
	json_kt(j, "purpose", one->purpose);
	json_kat(j, "begunAt", one->begun);
	json_kat(j, "finishedAt", one->finished);
	json_ki(j, "rows", (int64_t)one->rows);
	json_ki(j, "total", (int64_t)one->total);
	json_ki(j, "bytes", (int64_t)one->bytes);
	if (one->filter.n > 0 && is_of_chats(one)) {
		json_key(j, S("search"));
		json_raw(j, one->filter);
	} else if (one->filter.n > 0) {
		json_kt(j, "f", one->filter);
	}
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
