/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Analytics: a metric of a period, as JSON, or with ".csv" behind its name the
 * very same rows as a file.  No data is null, in CSV an empty cell.
 */
#include "routes.h"

#include <rapport/stats.h>

enum {
	IN_FROM,
	IN_TO,
	IN_TZ,
	IN_BY,
	IN_F,
	IN_COMPARE,
	IN_FLOW,
	IN_CODE,
	IN_STEPS,
	IN_WINDOW
};
static const struct field stats_in[] = {
    [IN_FROM] = {"from", FIELD_TEXT, 0, 1, 64, NULL,
		 "First local day, or an instant; 30 days before `to` if "
		 "absent"},
    [IN_TO] = {"to", FIELD_TEXT, 0, 1, 64, NULL,
	       "The day after the last, or an instant; tomorrow if absent"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL,
	       "Whose days and hours; the workspace's if absent"},
    [IN_BY] = {"by", FIELD_CHOICE, 0, 0, 0,
	       "day|week|month|hour|hourOfDay|hourOfWeek|flow|code|step|tag|"
	       "manager|source",
	       "The first that the metric has if absent, mostly day"},
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL, "Of these people only"},
    [IN_COMPARE] = {"compare", FIELD_CHOICE, 0, 0, 0, "previous",
		    "The period before beside it; in JSON"},
    [IN_FLOW] = {"flow", FIELD_TEXT, 0, 1, 256, NULL,
		 "Of flows: of this one only"},
    [IN_CODE] = {"code", FIELD_TEXT, 0, 0, 1024, NULL,
		 "Of errors: with this code only; empty: with none"},
    [IN_STEPS] = {"steps", FIELD_TEXT, 0, 1, 16384, NULL,
		  "Of a funnel: its steps, as JSON: [[\"event:signup\", "
		  "\"did\"], [\"said\", \"contains\", \"refund\"], "
		  "[\"plan\", \"changedTo\", \"pro\"]]"},
    [IN_WINDOW] = {"window", FIELD_TEXT, 0, 1, 16, NULL,
		   "Of a funnel: within which all of it is done, from the "
		   "first step on, such as 12h or 7d, which it is if absent"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);

const struct route stat_routes[] = {
    {GET, API "/stats", MAY_ANALYTICS_READ, READS | HELD, NULL, NULL, 0,
     list, "The metrics there are, with the definition of every column"},
    {GET, API "/stats/{metric}", MAY_ANALYTICS_READ, READS | HELD, stats_in,
     NULL, 0, show, "A metric of a period; {metric}.csv is its rows. People who were erased "
     "with totals kept are counted, but not under a filter, nor in funnels "
     "that ask what was said or what changed"},
};

static enum err
list(struct req *q, struct res *r)
{
	struct json_out *j = &r->json;
	struct query qy;

	TRY(req_query(q, NULL, &qy));
	res_json(r, 200);
	json_object(j);
	json_key(j, S("metrics"));
	json_array(j);
	for (const struct metric *m = metrics; m->name; m++) {
		if (!metric_shown(&qy, m))
			continue;
		json_object(j);
		json_kt(j, "name", str_of(m->name));
		json_kt(j, "about", str_of(m->about));
		json_key(j, S("by"));
		json_array(j);
		for (int i = 0; i < BY_COUNT; i++)
			if (metric_cut(&qy, m, (enum stat_by)i))
				json_text(j, str_of(stat_by_name(
						 (enum stat_by)i)));
		json_array_end(j);
		json_key(j, S("columns"));
		json_object(j);
		for (size_t i = 0; m->columns[i].name; i++)
			json_kt(j, m->columns[i].name,
				str_of(m->columns[i].about));
		json_object_end(j);
		json_key(j, S("labels"));
		json_object(j);
		for (size_t i = 0; m->columns[i].name; i++)
			json_kt(j, m->columns[i].name,
				str_of(m->columns[i].label));
		json_object_end(j);
		json_key(j, S("people"));
		json_array(j);
		for (size_t i = 0; m->columns[i].name; i++)
			if (m->columns[i].people)
				json_text(j, str_of(m->columns[i].name));
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
	return OK;
}

static struct str
given(const struct input *in)
{
	if (!in->given)
		return STR_NONE;
	return in->text.p ? in->text : S("");
}

static enum err
read_more(struct query *qy, struct req *q, struct stat_table *t)
{
	const struct stat_asked asked = {
	    .flow = given(&q->query[IN_FLOW]),
	    .code = given(&q->query[IN_CODE]),
	    .steps = given(&q->query[IN_STEPS]),
	    .window = given(&q->query[IN_WINDOW]),
	};

	return stat_more_read(qy, t->metric, &asked, &t->more, q->fault);
}

static enum err
put_answer(struct req *q, struct query *qy, const struct filter *filter,
	   struct stat_table *t, struct res *r)
{
	struct json_out *j = &r->json;

	res_json(r, 200);
	json_object(j);
	stats_head_json(t, filter, j);
	stats_json(t, j);
	if (q->query[IN_COMPARE].given) {
		struct stat_table before = *t;

		before.period = period_before(&t->period);
		TRY(stats_run(qy, filter, &before, q->fault));
		json_key(j, S("previous"));
		json_object(j);
		stats_json(&before, j);
		json_object_end(j);
	}
	json_object_end(j);
	return OK;
}

static enum err
show(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct str name = q->path_args[0];
	bool csv = str_ends(name, S(".csv"));
	struct stat_table t = {0};
	struct filter *filter = NULL; /* also the erased are counted */
	struct query qy;

	if (csv)
		name = str_cut(name, 0, name.n - 4);
	t.metric = metric_find(name);
	if (!t.metric)
		return ERR_NOT_FOUND;
	TRY(req_query(q, &in[IN_TZ], &qy));
	TRY(period_parse(in[IN_FROM].text, in[IN_TO].text, qy.zone, q->now,
			 &t.period, q->fault));
	t.by = metric_usual(t.metric);
	if (in[IN_BY].given)
		stat_by_find(in[IN_BY].text, &t.by);
	TRY(read_more(&qy, q, &t));
	if (in[IN_F].given)
		TRY(filter_parse(&qy, in[IN_F].text, &filter, q->fault));
	TRY(stats_run(&qy, filter, &t, q->fault));
	if (!csv)
		return put_answer(q, &qy, filter, &t, r);
	res_empty(r, 200);
	r->type = "text/csv; charset=utf-8";
	stats_csv(&t, r->out);
	return OK;
}
