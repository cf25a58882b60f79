/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The attribute table as the store has it at this moment: what the filter
 * editor, the column picker and the suggestions are built from.
 */
#include "labour.h"
#include "routes.h"

enum { IN_PREFIX, IN_F, IN_LIMIT, IN_TZ };
static const struct field values_in[] = {
    [IN_PREFIX] = {"prefix", FIELD_TEXT, 0, 0, 1024, NULL,
		   "What the values begin with; after these come "
		   "those that only contain it"},
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL, "Of these people only"},
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, 500, NULL, "20 if absent"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates"},
    {NULL},
};

enum { IN_HIDDEN };
static const struct field list_in[] = {
    [IN_HIDDEN] = {"hidden", FIELD_FLAG, 0, 0, 0, NULL,
		   "Also those that are hidden"},
    {NULL},
};

enum { IN_PREVIEW };
static const struct field preview_in[] = {
    [IN_PREVIEW] = {"preview", FIELD_FLAG, 0, 0, 0, NULL,
		    "Only say what a change of type would do"},
    {NULL},
};
enum { CHANGE_LABEL, CHANGE_HIDDEN, CHANGE_TYPE };
static const struct field change_in[] = {
    [CHANGE_LABEL] = {"label", FIELD_TEXT, FIELD_NULLABLE, 0, ATTR_LABEL_MAX,
		      NULL, "What to call it; null or empty: as it came"},
    [CHANGE_HIDDEN] = {"hidden", FIELD_FLAG, 0, 0, 0, NULL,
		       "Not offered, not in exports of all columns"},
    [CHANGE_TYPE] = {"type", FIELD_CHOICE, 0, 0, 0,
		     "text|number|instant|date|boolean|set|ip",
		     "Of a custom one, alone: starts a job"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);
static enum err change(struct req *q, struct res *r);
static enum err values(struct req *q, struct res *r);

const struct route attribute_routes[] = {
    {GET, API "/attributes", MAY_USERS_READ, READS | HELD, list_in, NULL, 0,
     list, "What is known about users: names, types, operators, coverage"},
    {GET, API "/attributes/{name+}/values", MAY_USERS_READ, READS | HELD,
     values_in, NULL, 0, values,
     "Distinct values with how many people have each; total is null where "
     "there are too many to count"},
    {GET, API "/attributes/{name+}", MAY_USERS_READ, READS | HELD, NULL, NULL, 0,
     show, "One of them, hidden or not"},
    {PATCH, API "/attributes/{name+}", MAY_USERS_READ | MAY_SETTINGS, UNLIMITED,
     preview_in, change_in, 0, change,
     "Name, hide or show an attribute, or change its type"},
};

#define OPERATORS_MAX 32u

/* How a sentence on a behaviour begins, which no label and operator make. */
static void
put_says(struct json_out *j, struct str name, bool negated)
{
	struct buf says;

	buf_init(&says);
	query_behaviour_say(&says, name, negated);
	json_kt(j, "says", buf_str(&says));
	buf_fini(&says);
}

static void
put_operators(struct json_out *j, const struct attr *a)
{
	enum attr_type t = a->type;
	struct operator_info ops[OPERATORS_MAX];
	size_t n = operators_of(t, ops, COUNT(ops));

	json_key(j, S("operators"));
	json_array(j);
	for (size_t i = 0; i < n; i++) {
		json_object(j);
		json_kt(j, "name", str_of(ops[i].name));
		json_kt(j, "label", str_of(ops[i].label));
		json_kt(j, "values", str_of(ops[i].values));
		if (t == TYPE_BEHAVIOUR)
			put_says(j, a->name, ops[i].negated);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
attribute_members(struct json_out *j, struct query *qy, const struct attr *a,
		  int64_t position)
{
	json_kt(j, "name", a->name);
	json_kt(j, "label", a->label);
	json_kt(j, "type", str_of(attr_type_names[a->type]));
	put_operators(j, a);
	json_kb(j, "sortable", true);
	json_kb(j, "editable", (a->flags & ATTR_EDITABLE) != 0);
	json_kb(j, "default", (a->flags & ATTR_DEFAULT) != 0);
	json_kb(j, "custom", (a->flags & ATTR_CUSTOM) != 0);
	json_kb(j, "hidden", (a->flags & ATTR_HIDDEN) != 0);
	json_kb(j, "session", (a->flags & ATTR_SESSION) != 0);
	json_ki(j, "count", (int64_t)query_coverage(qy, a));
	json_ki(j, "position", position);
}

static void
put_attribute(struct json_out *j, struct query *qy, const struct attr *a,
	      int64_t position)
{
	json_object(j);
	attribute_members(j, qy, a, position);
	json_object_end(j);
}

/* What else its values can be read as. */
static void
put_types(struct json_out *j, const struct attr *a)
{
	static const enum attr_type all[] = {
	    TYPE_TEXT,    TYPE_NUMBER, TYPE_INSTANT, TYPE_DATE,
	    TYPE_BOOLEAN, TYPE_SET,    TYPE_IP};

	json_key(j, S("types"));
	json_array(j);
	for (size_t i = 0; i < COUNT(all); i++)
		if ((a->flags & (ATTR_CUSTOM | ATTR_SESSION)) &&
		    all[i] != a->type)
			json_text(j, str_of(attr_type_names[all[i]]));
	json_array_end(j);
}

static void
put_behaviour(void *arg, const struct attr *a, uint64_t users)
{
	struct json_out *j = arg;

	json_object(j);
	json_kt(j, "name", a->name);
	json_kt(j, "label", a->label);
	put_operators(j, a);
	json_ki(j, "count", (int64_t)users);
	json_object_end(j);
}

/* What people said, and who is behind a number: for who may know. */
static void
put_leaf(struct json_out *j, const struct attr *a)
{
	if (a == NULL) {
		json_null(j);
		return;
	}
	json_object(j);
	json_kt(j, "name", a->name);
	json_kt(j, "label", a->label);
	put_operators(j, a);
	json_object_end(j);
}

static enum err
list(struct req *q, struct res *r)
{
	struct query qy;
	const struct catalog *c;
	struct json_out *j = &r->json;
	int64_t n = 0;

	TRY(req_query(q, NULL, &qy));
	c = qy.catalog;
	res_json(r, 200);
	json_object(j);
	json_key(j, S("attributes"));
	json_array(j);
	for (size_t i = 0; i < c->n; i++)
		if ((c->attrs[i].flags & ATTR_HIDDEN) == 0 ||
		    q->query[IN_HIDDEN].flag)
			put_attribute(j, &qy, &c->attrs[i], n++);
	json_array_end(j);
	json_key(j, S("behaviours"));
	json_array(j);
	query_behaviours(&qy, put_behaviour, j);
	json_array_end(j);
	json_key(j, S("said"));
	put_leaf(j, query_speech(&qy));
	json_key(j, S("counted"));
	put_leaf(j, query_counted(&qy));
	json_ki(j, "total", n);
	json_key(j, S("next"));
	json_null(j);
	json_object_end(j);
	return OK;
}

/* One whose own name ends like the address of values, where there is none
 * whose values those would be. */
static bool
is_whole_name(struct req *q, const struct catalog *c)
{
	struct str name = arena_printf(q->arena, "%.*s/values",
				       STR_ARG(q->path_args[0]));

	if (catalog_find(c, q->path_args[0]) != NULL ||
	    catalog_find(c, name) == NULL)
		return false;
	q->path_args[0] = name;
	return true;
}

static enum err
values(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct query qy;
	struct suggestion *found;
	struct filter *filter;
	const struct attr *a;
	struct json_out *j = &r->json;
	size_t n;
	uint64_t total;

	TRY(req_query(q, &in[IN_TZ], &qy));
	if (is_whole_name(q, qy.catalog))
		return show(q, r);
	a = catalog_find(qy.catalog, q->path_args[0]);
	if (a == NULL || (a->flags & ATTR_HIDDEN))
		return fail(q->fault, ERR_NOT_FOUND, "name",
			    "there is no such attribute");
	TRY(filter_parse(&qy, in[IN_F].text, &filter, q->fault));
	TRY(query_suggest(&qy, a, in[IN_PREFIX].text, filter,
			  in[IN_LIMIT].given ? (size_t)in[IN_LIMIT].number : 20,
			  &found, &n, &total, q->fault));
	res_json(r, 200);
	json_object(j);
	json_key(j, S("total"));
	if (total == SUGGEST_MANY)
		json_null(j);
	else
		json_int(j, (int64_t)total);
	json_key(j, S("values"));
	json_array(j);
	for (size_t i = 0; i < n; i++) {
		json_object(j);
		json_kt(j, "value", found[i].value);
		json_ki(j, "count", (int64_t)found[i].count);
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, S("next"));
	json_null(j);
	json_object_end(j);
	return OK;
}

/* What of it people edit. */
static enum err
version(struct req *q, struct kv_txn *txn, struct buf *out)
{
	const struct attr *a;
	struct query qy;

	TRY(txn_query(q, txn, NULL, &qy));
	a = catalog_find(qy.catalog, q->path_args[0]);
	if (a == NULL)
		return fail(q->fault, ERR_NOT_FOUND, "name",
			    "there is no attribute of this name");
	buf_lstr(out, a->kept.n > 0 ? a->kept : a->label);
	buf_c(out, (char)a->type);
	buf_c(out, a->flags & ATTR_HIDDEN ? 1 : 0);
	return OK;
}

static enum err
show(struct req *q, struct res *r)
{
	const struct attr *a;
	struct query qy;

	TRY(req_query(q, NULL, &qy));
	TRY(res_etag_at(r, q->txn, version));
	a = catalog_find(qy.catalog, q->path_args[0]);
	if (a == NULL)
		return ERR_NOT_FOUND;
	res_json(r, 200);
	json_object(&r->json);
	attribute_members(&r->json, &qy, a, a - qy.catalog->attrs);
	put_types(&r->json, a);
	json_object_end(&r->json);
	return kv_error(q->txn);
}

/* Changing ----------------------------------------------------------------- */

static enum err
preview(struct req *q, struct res *r, enum attr_type type)
{
	struct retype_preview p = {0};
	struct json_out *j = &r->json;

	TRY(people_retype_preview(q->app->people, q->path_args[0], type,
				  q->arena, &p, q->fault));
	res_json(r, 200);
	json_object(j);
	json_ki(j, "fits", (int64_t)p.fits);
	json_ki(j, "misfits", (int64_t)p.misfits);
	json_key(j, S("examples"));
	json_array(j);
	for (size_t i = 0; i < p.n_examples; i++) {
		json_object(j);
		json_ki(j, "id", p.examples[i].user);
		json_kt(j, "text", p.examples[i].text);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
	return OK;
}

static enum err
change_type(struct req *q, struct res *r, const struct desk *d)
{
	enum attr_type type;
	uint32_t job;

	if (!attr_type_find(q->body[CHANGE_TYPE].text, &type))
		return ERR_BUG;
	if (q->query[IN_PREVIEW].flag)
		return preview(q, r, type);
	TRY(retype_start(d, q->path_args[0], type, &job, q->fault));
	labour_wake(q->app->labour);
	res_header(r, "Location",
		   arena_printf(q->arena, API "/jobs/%u", job));
	res_json(r, 202);
	json_object(&r->json);
	json_ki(&r->json, "job", job);
	json_object_end(&r->json);
	return OK;
}

static enum err
shown_apply(struct kv_txn *txn, void *arg)
{
	struct res *r = arg;
	const struct attr *a;
	struct query qy;

	TRY(txn_query(r->q, txn, NULL, &qy));
	a = catalog_find(qy.catalog, r->q->path_args[0]);
	if (a == NULL)
		return ERR_NOT_FOUND;
	r->headers_n = 0;
	TRY(res_etag_at(r, txn, version));
	res_json(r, 200);
	put_attribute(&r->json, &qy, a, a - qy.catalog->attrs);
	return kv_error(txn);
}

static enum err
change(struct req *q, struct res *r)
{
	const struct input *label = &q->body[CHANGE_LABEL];
	const struct input *hidden = &q->body[CHANGE_HIDDEN];
	struct attr_change c = {.label = label->given ? &label->text : NULL,
				.hidden = hidden->given ? &hidden->flag : NULL};
	bool type = q->body[CHANGE_TYPE].given;
	struct desk d;

	if (type == (c.label || c.hidden))
		return fail(q->fault, ERR_INVALID, "type",
			    "expected a type alone, or label and hidden");
	if (q->query[IN_PREVIEW].flag && !type)
		return fail(q->fault, ERR_INVALID, "preview",
			    "only a change of type has a preview");
	TRY(req_desk(q, NULL, &d));
	if (type)
		return change_type(q, r, &d);
	req_guard(q, version);
	TRY(desk_define(&d, q->path_args[0], &c, q->fault));
	return kv_read(q->app->kv, shown_apply, r, q->fault);
}
