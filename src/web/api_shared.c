/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a share link opens, for people without a log-in.  A link that does not
 * open, for whatever reason, answers as one that never was, and the link is
 * looked at before anything else that was asked.  A password is sent once, by
 * POST; its grant then comes as a cookie that is for this one address.
 *
 * The secret is part of the address, as api.md has it.  nginx writes another
 * one into its logs (rapport.conf.in), no page of ours sends a Referer
 * (headers.conf), and our own log names routes, not addresses.
 */
#include "routes.h"

enum { IN_F, IN_SORT, IN_COLUMNS, IN_LIMIT, IN_AFTER, IN_TZ };
static const struct field list_in[] = {
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL,
	      "Of these only; by the link's columns"},
    [IN_SORT] = {"sort", FIELD_TEXT, 0, 1, ATTR_NAME_MAX + 1, NULL,
		 "One of the columns, \"-\" before it for downwards; as the "
		 "view has it if absent"},
    [IN_COLUMNS] = {"columns", FIELD_LIST, 0, 0, 0, NULL,
		    "Some of the link's columns; all of them if absent"},
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		  "50 if absent"},
    [IN_AFTER] = {"after", FIELD_TEXT, 0, 0, 2048, NULL,
		  "The `next` of the page before"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates"},
    {NULL},
};

enum { IN_PASSWORD };
static const struct field password_in[] = {
    [IN_PASSWORD] = {"password", FIELD_SECRET, FIELD_REQUIRED, 1, 1024, NULL,
		     "The link's password"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);

const struct route shared_routes[] = {
    {GET, API "/shared/{token}/users", PUBLIC, 0, list_in, NULL, 0, list,
     "One page of a shared view, without a log-in"},
    {POST, API "/shared/{token}/users", PUBLIC, 0, list_in, password_in,
     16u << 10, list,
     "The same with the link's password; the answer sets a cookie to go on"},
};

struct showing {
	struct req *q;
	struct res *r;
	struct shared shared;
};

static void
put_columns(struct json_out *j, const struct attr *const *columns, size_t n)
{
	json_key(j, S("columns"));
	json_array(j);
	for (size_t i = 0; i < n; i++) {
		json_object(j);
		json_kt(j, "name", columns[i]->name);
		json_kt(j, "label", columns[i]->label);
		json_kt(j, "type", str_of(attr_type_names[columns[i]->type]));
		json_object_end(j);
	}
	json_array_end(j);
}

static void
put_page(struct showing *s, struct query *qy, const struct list_out *lo,
	 const struct attr *const *columns, size_t n)
{
	const struct input *in = s->q->query;
	struct json_out *j = &s->r->json;

	res_json(s->r, 200);
	json_object(j);
	json_kt(j, "name", s->shared.name);
	json_kat(j, "expiresAt", s->shared.expires);
	put_columns(j, columns, n);
	json_kt(j, "sort",
		in[IN_SORT].given ? in[IN_SORT].text : s->shared.sort);
	json_ki(j, "total", (int64_t)lo->total);
	json_key(j, S("users"));
	json_array(j);
	for (size_t i = 0; i < lo->n; i++)
		query_row(qy, lo->ids[i], columns, n, j);
	json_array_end(j);
	json_key(j, S("next"));
	if (lo->next.p != NULL)
		json_text(j, lo->next);
	else
		json_null(j);
	json_object_end(j);
}

static enum err
page(struct showing *s)
{
	struct req *q = s->q;
	const struct input *in = q->query;
	struct list_in li = {.limit = 50, .after = in[IN_AFTER].text};
	struct list_out lo;
	struct filter *filter;
	const struct attr **columns;
	struct query qy;
	size_t n;

	TRY(shared_query(q, &in[IN_TZ], &s->shared, &qy));
	TRY(filter_parse(&qy, in[IN_F].text, &filter, q->fault));
	TRY(sort_parse(qy.catalog,
		       in[IN_SORT].given ? in[IN_SORT].text : s->shared.sort,
		       &li.sort, &li.down, q->fault));
	TRY(columns_parse(qy.catalog,
			  in[IN_COLUMNS].given ? in[IN_COLUMNS].text
					       : s->shared.columns,
			  q->arena, &columns, &n, q->fault));
	li.filter = filter;
	if (in[IN_LIMIT].given)
		li.limit = (size_t)in[IN_LIMIT].number;
	TRY(query_list(&qy, &li, &lo, q->fault));
	put_page(s, &qy, &lo, columns, n);
	return kv_error(q->txn);
}

static enum err
page_apply(struct kv_txn *txn, void *arg)
{
	struct showing *s = arg;
	enum err e;

	s->q->txn = txn;
	e = page(s);
	s->q->txn = NULL;
	return e;
}

static const char *
grant_name(bool https)
{
	return https ? "__Secure-rapport-link" : "rapport-link";
}

/* For this link's address alone: its text is base64url when it opened. */
static void
grant_cookie(struct req *q, struct res *r, const char *grant)
{
	res_header(r, "Set-Cookie",
		   arena_printf(q->arena,
				"%s=%s; Path=" API "/shared/%.*s; Max-Age=%lld;"
				" HttpOnly; SameSite=Strict%s",
				grant_name(q->https), grant,
				STR_ARG(q->path_args[0]),
				(long long)(GRANT_LIFE / SECOND_US),
				q->https ? "; Secure" : ""));
}

static enum err
list(struct req *q, struct res *r)
{
	struct showing s = {.q = q, .r = r};
	struct link_try t = {.text = q->path_args[0],
			     .password = q->body[IN_PASSWORD].text,
			     .from = q->from,
			     .at = q->now,
			     .opening = q->query[IN_AFTER].text.n == 0};
	struct str jar = str_of(q->wire->param(q->wire->arg, "HTTP_COOKIE"));
	enum err e;

	if (!cookie_find(jar, str_of(grant_name(q->https)), &t.grant))
		t.grant = STR_NONE;
	e = link_open(q->app->staff, &t, q->arena, &s.shared, q->fault);
	r->retry_after = s.shared.retry_after;
	TRY(e);
	TRY(kv_read(q->app->kv, page_apply, &s, q->fault));
	if (s.shared.grant[0] != '\0')
		grant_cookie(q, r, s.shared.grant);
	wipe(s.shared.grant, sizeof(s.shared.grant));
	return OK;
}
