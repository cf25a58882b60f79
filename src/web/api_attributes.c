/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The attribute table as the store has it at this moment: what the filter
 * editor, the column picker and the suggestions are built from.
 */
#include "routes.h"

enum { IN_PREFIX, IN_F, IN_LIMIT, IN_TZ };
static const struct field values_in[] = {
    [IN_PREFIX] = {"prefix", FIELD_TEXT, 0, 0, 1024, NULL,
		   "What the values begin with"},
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL, "Of these people only"},
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, 500, NULL, "20 if absent"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err values(struct req *q, struct res *r);

const struct route attribute_routes[] = {
    {GET, API "/attributes", MAY_USERS_READ, READS | HELD, NULL, NULL, 0, list,
     "What is known about users: names, types, operators, coverage"},
    {GET, API "/attributes/{name+}/values", MAY_USERS_READ, READS | HELD,
     values_in, NULL, 0, values,
     "Distinct values with how many people have each"},
};

#define OPERATORS_MAX 32u

static void
put_operators(struct json_out *j, enum attr_type t)
{
	struct operator_info ops[OPERATORS_MAX];
	size_t n = operators_of(t, ops, COUNT(ops));

	json_key(j, S("operators"));
	json_array(j);
	for (size_t i = 0; i < n; i++) {
		json_object(j);
		json_kt(j, "name", str_of(ops[i].name));
		json_kt(j, "label", str_of(ops[i].label));
		json_kt(j, "values", str_of(ops[i].values));
		json_object_end(j);
	}
	json_array_end(j);
}

static void
put_attribute(struct json_out *j, struct query *qy, const struct attr *a,
	      int64_t position)
{
	json_object(j);
	json_kt(j, "name", a->name);
	json_kt(j, "label", a->label);
	json_kt(j, "type", str_of(attr_type_names[a->type]));
	put_operators(j, a->type);
	json_kb(j, "sortable", true);
	json_kb(j, "editable", (a->flags & ATTR_EDITABLE) != 0);
	json_kb(j, "default", (a->flags & ATTR_DEFAULT) != 0);
	json_kb(j, "custom", (a->flags & ATTR_CUSTOM) != 0);
	json_kb(j, "session", (a->flags & ATTR_SESSION) != 0);
	json_ki(j, "count", (int64_t)query_coverage(qy, a));
	json_ki(j, "position", position);
	json_object_end(j);
}

static void
put_behaviour(void *arg, const struct attr *a, uint64_t users)
{
	struct json_out *j = arg;

	json_object(j);
	json_kt(j, "name", a->name);
	json_kt(j, "label", a->label);
	put_operators(j, a->type);
	json_ki(j, "count", (int64_t)users);
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
		if ((c->attrs[i].flags & ATTR_HIDDEN) == 0)
			put_attribute(j, &qy, &c->attrs[i], n++);
	json_array_end(j);
	json_key(j, S("behaviours"));
	json_array(j);
	query_behaviours(&qy, put_behaviour, j);
	json_array_end(j);
	json_ki(j, "total", n);
	json_key(j, S("next"));
	json_null(j);
	json_object_end(j);
	return OK;
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
	json_ki(j, "total", (int64_t)total);
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
