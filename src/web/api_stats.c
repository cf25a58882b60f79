/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Analytics: a metric of a period, as JSON, or with ".csv" behind its name the
 * very same rows as a file.  No data is null, in CSV an empty cell.
 */
#include "routes.h"

#include <rapport/stats.h>

#include <math.h>

enum { IN_FROM, IN_TO, IN_TZ, IN_BY, IN_F, IN_COMPARE };
static const struct field stats_in[] = {
    [IN_FROM] = {"from", FIELD_TEXT, 0, 1, 64, NULL,
		 "First local day, or an instant; 30 days before `to` if "
		 "absent"},
    [IN_TO] = {"to", FIELD_TEXT, 0, 1, 64, NULL,
	       "The day after the last, or an instant; tomorrow if absent"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL,
	       "Whose days and hours; the workspace's if absent"},
    [IN_BY] = {"by", FIELD_CHOICE, 0, 0, 0,
	       "day|week|month|hour|hourOfDay|hourOfWeek", "day if absent"},
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL, "Of these people only"},
    [IN_COMPARE] = {"compare", FIELD_CHOICE, 0, 0, 0, "previous",
		    "The period before beside it; in JSON"},
    {NULL},
};

static enum err list(struct req *q, struct res *r);
static enum err show(struct req *q, struct res *r);

const struct route stat_routes[] = {
    {GET, API "/stats", MAY_ANALYTICS_READ, READS | NO_PEOPLE, NULL, NULL, 0,
     list, "The metrics there are, with the definition of every column"},
    {GET, API "/stats/{metric}", MAY_ANALYTICS_READ, READS | HELD, stats_in,
     NULL, 0, show, "A metric of a period; {metric}.csv is its rows"},
};

static enum err
list(struct req *q, struct res *r)
{
	struct json_out *j = &r->json;

	res_json(r, 200);
	json_object(j);
	json_key(j, S("metrics"));
	json_array(j);
	for (const struct metric *m = metrics; m->name; m++) {
		json_object(j);
		json_kt(j, "name", str_of(m->name));
		json_kt(j, "about", str_of(m->about));
		json_key(j, S("by"));
		json_array(j);
		for (int i = 0; i < BY_COUNT; i++)
			if (m->by >> i & 1)
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

static void
put_values(const struct stat_table *t, const double *v, struct json_out *j)
{
	for (size_t i = 0; t->metric->columns[i].name; i++) {
		json_key(j, str_of(t->metric->columns[i].name));
		if (isnan(v[i]))
			json_null(j);
		else
			json_number(j, v[i]);
	}
}

/* A slot says which hour it is, another row when it is. */
static void
put_row(const struct stat_table *t, const struct stat_row *row,
	struct json_out *j)
{
	char date[16];

	json_object(j);
	if (row->weekday >= 0)
		json_ki(j, "weekday", row->weekday + 1);
	if (row->hour >= 0) {
		json_ki(j, "hour", row->hour);
	} else {
		json_kat(j, "start", row->from);
		json_kat(j, "end", row->to);
		date_format(zone_date(t->period.zone, row->from), date);
		json_kt(j, "date", str_of(date));
	}
	put_values(t, row->v, j);
	json_object_end(j);
}

static void
put_busiest(const struct stat_table *t, const char *key, size_t column,
	    struct json_out *j)
{
	uint32_t hours = stats_busiest(t, column);

	json_key(j, str_of(key));
	json_array(j);
	for (int i = 0; i < 24; i++)
		if (hours >> i & 1)
			json_int(j, i);
	json_array_end(j);
}

static void
put_table(const struct stat_table *t, struct json_out *j)
{
	json_kat(j, "from", t->period.from);
	json_kat(j, "to", t->period.to);
	json_key(j, S("totals"));
	json_object(j);
	put_values(t, t->totals, j);
	json_object_end(j);
	json_key(j, S("rows"));
	json_array(j);
	for (size_t i = 0; i < t->n; i++)
		put_row(t, &t->rows[i], j);
	json_array_end(j);
	if (t->by != BY_HOUR_OF_DAY)
		return;
	for (size_t i = 0; t->metric->columns[i].name; i++) {
		if (str_eq(str_of(t->metric->columns[i].name), S("in")))
			put_busiest(t, "mostActiveIn", i, j);
		if (str_eq(str_of(t->metric->columns[i].name), S("out")))
			put_busiest(t, "mostActiveOut", i, j);
	}
}

static enum err
put_answer(struct req *q, struct query *qy, const struct filter *filter,
	   struct stat_table *t, struct res *r)
{
	struct json_out *j = &r->json;
	struct buf sentence;

	res_json(r, 200);
	json_object(j);
	json_kt(j, "metric", str_of(t->metric->name));
	json_kt(j, "tz", str_of(zone_name(t->period.zone)));
	json_kt(j, "by", str_of(stat_by_name(t->by)));
	json_kat(j, "asOf", t->as_of);
	buf_init(&sentence);
	filter_sentence(filter, &sentence);
	json_kt(j, "sentence", buf_str(&sentence));
	buf_fini(&sentence);
	put_table(t, j);
	if (q->query[IN_COMPARE].given) {
		struct stat_table before = {.metric = t->metric,
					    .by = t->by,
					    .period =
						period_before(&t->period)};

		TRY(stats_run(qy, filter, &before, q->fault));
		json_key(j, S("previous"));
		json_object(j);
		put_table(&before, j);
		json_object_end(j);
	}
	json_object_end(j);
	return OK;
}

/* CSV ----------------------------------------------------------------------- */

static void
csv_row(const struct stat_table *t, const struct stat_row *row, struct buf *out)
{
	char from[32], to[32], date[16];

	if (row->weekday >= 0)
		buf_printf(out, "%d,", row->weekday + 1);
	if (row->hour >= 0) {
		buf_printf(out, "%d", row->hour);
	} else {
		instant_format(row->from, from);
		instant_format(row->to, to);
		date_format(zone_date(t->period.zone, row->from), date);
		buf_printf(out, "%s,%s,%s", from, to, date);
	}
	for (size_t i = 0; t->metric->columns[i].name; i++) {
		char text[32] = "";

		if (!isnan(row->v[i]))
			number_to_text(row->v[i], text);
		buf_printf(out, ",%s", text);
	}
	buf_put(out, S("\r\n"));
}

static void
put_csv(const struct stat_table *t, struct res *r)
{
	res_empty(r, 200);
	r->type = "text/csv; charset=utf-8";
	if (t->by == BY_HOUR_OF_WEEK)
		buf_put(r->out, S("weekday,"));
	buf_put(r->out, t->by >= BY_HOUR_OF_DAY ? S("hour")
						: S("start,end,date"));
	for (size_t i = 0; t->metric->columns[i].name; i++)
		buf_printf(r->out, ",%s", t->metric->columns[i].name);
	buf_put(r->out, S("\r\n"));
	for (size_t i = 0; i < t->n; i++)
		csv_row(t, &t->rows[i], r->out);
}

static enum err
show(struct req *q, struct res *r)
{
	const struct input *in = q->query;
	struct str name = q->path_args[0];
	bool csv = str_ends(name, S(".csv"));
	struct stat_table t = {.by = BY_DAY};
	struct filter *filter;
	struct query qy;

	if (csv)
		name = str_cut(name, 0, name.n - 4);
	t.metric = metric_find(name);
	if (!t.metric)
		return ERR_NOT_FOUND;
	TRY(req_query(q, &in[IN_TZ], &qy));
	TRY(period_parse(in[IN_FROM].text, in[IN_TO].text, qy.zone, q->now,
			 &t.period, q->fault));
	if (in[IN_BY].given)
		stat_by_find(in[IN_BY].text, &t.by);
	TRY(filter_parse(&qy, in[IN_F].text, &filter, q->fault));
	TRY(stats_run(&qy, in[IN_F].given ? filter : NULL, &t, q->fault));
	if (!csv)
		return put_answer(q, &qy, filter, &t, r);
	put_csv(&t, r);
	return OK;
}
