/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Users: a page of a list, and counts for the filter editor.
 */
#include "routes.h"

#include <stdio.h>

enum { IN_F, IN_SORT, IN_COLUMNS, IN_LIMIT, IN_AFTER, IN_TZ };
static const struct field list_in[] = {
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL, "Filter; everybody if absent"},
    [IN_SORT] = {"sort", FIELD_TEXT, 0, 1, ATTR_NAME_MAX + 1, NULL,
		 "Attribute, \"-\" before it for downwards; -lastSeen if "
		 "absent"},
    [IN_COLUMNS] = {"columns", FIELD_LIST, 0, 0, 0, NULL,
		    "Attributes parted by commas"},
    [IN_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		  "50 if absent"},
    [IN_AFTER] = {"after", FIELD_TEXT, 0, 0, 2048, NULL,
		  "The `next` of the page before"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates"},
    {NULL},
};

#define COUNT_FILTERS_MAX 20
enum { COUNT_FILTERS, COUNT_TZ };
static const struct field count_in[] = {
    [COUNT_FILTERS] = {"filters", FIELD_ARRAY, FIELD_REQUIRED, 1,
		       COUNT_FILTERS_MAX, NULL, "Filters"},
    [COUNT_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, "For relative dates"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err count(struct req *q, struct res *r);

const struct route user_routes[] = {
    {GET, API "/users", MAY_USERS_READ, READS | HELD | REPEATS, list_in, NULL, 0,
     list,
     "One page of the people a filter matches, with the exact total"},
    {POST, API "/users/count", MAY_USERS_READ, READS | HELD, NULL, count_in,
     0, count, "How many people every node of some filters matches"},
};

static enum err
list(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct query qy;
	struct list_in li = {.limit = 50, .after = in[IN_AFTER].text};
	struct list_out lo;
	struct filter *filter;
	const struct attr **columns;
	struct buf sentence;
	size_t n;

	TRY(req_query(q, &in[IN_TZ], &qy));
	TRY(filter_parse(&qy, in[IN_F].text, &filter, q->fault));
	TRY(sort_parse(qy.catalog, in[IN_SORT].text, &li.sort, &li.down,
		       q->fault));
	TRY(columns_parse(qy.catalog, in[IN_COLUMNS].text, q->arena, &columns,
			  &n, q->fault));
	li.filter = filter;
	if (in[IN_LIMIT].given)
		li.limit = (size_t)in[IN_LIMIT].number;
	TRY(query_list(&qy, &li, &lo, q->fault));
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", (int64_t)lo.total);
	json_key(&r->json, S("users"));
	json_array(&r->json);
	for (size_t i = 0; i < lo.n; i++)
		query_row(&qy, lo.ids[i], columns, n, &r->json);
	json_array_end(&r->json);
	json_key(&r->json, S("next"));
	if (lo.next.p != NULL)
		json_text(&r->json, lo.next);
	else
		json_null(&r->json);
	buf_init(&sentence);
	filter_sentence(filter, &sentence);
	json_kt(&r->json, "sentence", buf_str(&sentence));
	buf_fini(&sentence);
	json_object_end(&r->json);
	return OK;
}

static enum err
put_counts(struct req *q, struct query *qy, const struct json *v, size_t i,
	   struct json_out *j)
{
	struct filter *filter;
	uint64_t *nodes;
	size_t n;
	char step[24];
	enum err e = filter_of_json(qy, v, &filter, q->fault);

	if (e != OK) {
		snprintf(step, sizeof(step), "%zu", i);
		fault_prefix(q->fault, step);
		fault_prefix(q->fault, "filters");
		return e;
	}
	n = filter_nodes(filter);
	nodes = arena_get(q->arena, (n + 1) * sizeof(*nodes));
	n = filter_counts(qy, filter, nodes, n);
	json_object(j);
	json_ki(j, "count", n > 0 ? (int64_t)nodes[0] : 0);
	json_key(j, S("nodes"));
	json_array(j);
	for (size_t k = 0; k < n; k++)
		json_int(j, (int64_t)nodes[k]);
	json_array_end(j);
	json_object_end(j);
	return OK;
}

static enum err
count(struct req *q, struct res *r)
{
	struct query qy;
	size_t i = 0;

	TRY(req_query(q, &q->body[COUNT_TZ], &qy));
	res_json(r, 200);
	json_object(&r->json);
	json_key(&r->json, S("counts"));
	json_array(&r->json);
	for (const struct json *v = q->body[COUNT_FILTERS].json->first; v;
	     v = v->next)
		TRY(put_counts(q, &qy, v, i++, &r->json));
	json_array_end(&r->json);
	json_object_end(&r->json);
	return OK;
}
