/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A table written out, as JSON and as CSV: the same cells in the same order.
 * What a row is stands first (when it is, which hour, which flow), then its
 * numbers; no data is null, in CSV an empty cell.
 */
#include "room.h"

#include <math.h>

/* What stands before the numbers of a row cut by what is counted. */
static const char *const heads[BY_COUNT][2] = {
    [BY_FLOW] = {"flow", NULL},
    [BY_CODE] = {"code", "title"},
    [BY_STEP] = {"label", NULL},
    [BY_TAG] = {"tag", "name"},
    [BY_MANAGER] = {"manager", "name"},
    [BY_SOURCE] = {"source", NULL},
};

static bool
has_cells(const struct stat_column *c)
{
	return c->people == BEHIND_CELLS;
}

/* JSON --------------------------------------------------------------------- */

static void
number_json(struct json_out *j, double v)
{
	if (isnan(v))
		json_null(j);
	else
		json_number(j, v);
}

static void
values_json(const struct stat_table *t, const double *v, const double *cells,
	    struct json_out *j)
{
	for (size_t i = 0; t->metric->columns[i].name; i++) {
		const struct stat_column *c = &t->metric->columns[i];

		if (has_cells(c) && !cells)
			continue;
		json_key(j, str_of(c->name));
		if (!has_cells(c)) {
			number_json(j, v[i]);
			continue;
		}
		json_array(j);
		for (size_t k = 0; k < t->n_cells; k++)
			number_json(j, cells[k]);
		json_array_end(j);
	}
}

static void
head_json(const struct stat_table *t, const struct stat_row *row,
	  struct json_out *j)
{
	char date[16];

	if (t->by == BY_STEP)
		json_ki(j, "step", row - t->rows + 1);
	for (size_t i = 0; i < COUNT(heads[0]) && heads[t->by][i]; i++) {
		json_key(j, str_of(heads[t->by][i]));
		if (row->text[i].p)
			json_text(j, row->text[i]);
		else
			json_null(j);
	}
	if (t->by >= BY_FLOW)
		return;
	if (row->weekday >= 0)
		json_ki(j, "weekday", row->weekday + 1);
	if (row->hour >= 0) {
		json_ki(j, "hour", row->hour);
		return;
	}
	json_kat(j, "start", row->from);
	json_kat(j, "end", row->to);
	date_format(zone_date(t->period.zone, row->from), date);
	json_kt(j, "date", str_of(date));
}

static void
busiest_json(const struct stat_table *t, const char *key, size_t column,
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

void
stats_json(const struct stat_table *t, struct json_out *j)
{
	json_kat(j, "from", t->period.from);
	json_kat(j, "to", t->period.to);
	json_key(j, S("totals"));
	json_object(j);
	values_json(t, t->totals, NULL, j);
	json_object_end(j);
	json_key(j, S("rows"));
	json_array(j);
	for (size_t i = 0; i < t->n; i++) {
		json_object(j);
		head_json(t, &t->rows[i], j);
		values_json(t, t->rows[i].v, t->rows[i].cells, j);
		json_object_end(j);
	}
	json_array_end(j);
	if (t->by != BY_HOUR_OF_DAY)
		return;
	for (size_t i = 0; t->metric->columns[i].name; i++) {
		if (str_eq(str_of(t->metric->columns[i].name), S("in")))
			busiest_json(t, "mostActiveIn", i, j);
		if (str_eq(str_of(t->metric->columns[i].name), S("out")))
			busiest_json(t, "mostActiveOut", i, j);
	}
}

void
stats_head_json(const struct stat_table *t, const struct filter *filter,
		struct json_out *j)
{
	struct buf sentence;

	json_kt(j, "metric", str_of(t->metric->name));
	json_kt(j, "tz", str_of(zone_name(t->period.zone)));
	json_kt(j, "by", str_of(stat_by_name(t->by)));
	json_kat(j, "asOf", t->as_of);
	buf_init(&sentence);
	filter_sentence(filter, &sentence);
	json_kt(j, "sentence", buf_str(&sentence));
	buf_fini(&sentence);
	json_kt(j, "weekStart", str_of(week_start_name(t->week_start)));
}

/* CSV ---------------------------------------------------------------------- */

static void
text_csv(struct buf *out, struct str text)
{
	buf_c(out, '"');
	if (cell_needs_guard(text))
		buf_c(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_c(out, '"');
		buf_c(out, text.p[i]);
	}
	buf_c(out, '"');
}

static void
number_csv(struct buf *out, double v)
{
	char text[32] = "";

	if (!isnan(v))
		number_to_text(v, text);
	buf_printf(out, ",%s", text);
}

static void
head_csv(const struct stat_table *t, const struct stat_row *row,
	 struct buf *out)
{
	char from[32], to[32], date[16];

	if (t->by == BY_STEP)
		buf_printf(out, "%zu,", (size_t)(row - t->rows) + 1);
	for (size_t i = 0; i < COUNT(heads[0]) && heads[t->by][i]; i++) {
		if (i > 0)
			buf_c(out, ',');
		if (row->text[i].p)
			text_csv(out, row->text[i]);
	}
	if (t->by >= BY_FLOW)
		return;
	if (row->weekday >= 0)
		buf_printf(out, "%d,", row->weekday + 1);
	if (row->hour >= 0) {
		buf_printf(out, "%d", row->hour);
		return;
	}
	instant_format(row->from, from);
	instant_format(row->to, to);
	date_format(zone_date(t->period.zone, row->from), date);
	buf_printf(out, "%s,%s,%s", from, to, date);
}

static void
names_csv(const struct stat_table *t, struct buf *out)
{
	if (t->by == BY_STEP)
		buf_put(out, S("step,"));
	if (t->by == BY_HOUR_OF_WEEK)
		buf_put(out, S("weekday,"));
	if (t->by < BY_HOUR_OF_DAY)
		buf_put(out, S("start,end,date"));
	else if (t->by < BY_FLOW)
		buf_put(out, S("hour"));
	for (size_t i = 0; i < COUNT(heads[0]) && heads[t->by][i]; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", heads[t->by][i]);
	for (size_t i = 0; t->metric->columns[i].name; i++) {
		const struct stat_column *c = &t->metric->columns[i];

		if (!has_cells(c))
			buf_printf(out, ",%s", c->name);
		for (size_t k = 0; has_cells(c) && k < t->n_cells; k++)
			buf_printf(out, ",%s%zu", c->name, k);
	}
	buf_put(out, S("\r\n"));
}

void
stats_csv(const struct stat_table *t, struct buf *out)
{
	names_csv(t, out);
	for (size_t i = 0; i < t->n; i++) {
		const struct stat_row *row = &t->rows[i];

		head_csv(t, row, out);
		for (size_t k = 0; t->metric->columns[k].name; k++)
			if (!has_cells(&t->metric->columns[k]))
				number_csv(out, row->v[k]);
		for (size_t k = 0; k < t->n_cells; k++)
			number_csv(out, row->cells[k]);
		buf_put(out, S("\r\n"));
	}
}
