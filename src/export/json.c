/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows as JSON objects: one array of them, one a line (NDJSON), or an object
 * with an array for each sheet.  Members are named as the columns are, in their
 * order.  What a row does not have is not in its object, or null where all rows
 * of a sheet are to have the same members, so that an empty text and no value
 * stay different things.
 */
#include "sheet.h"

static void
put_nothing(struct json_out *j, const struct column *c)
{
	json_key(j, c->name);
	if (c->type == TYPE_SET) {
		json_array(j);
		json_array_end(j);
	} else {
		json_null(j);
	}
}

static void
json_row(struct buf *out, const struct sheet *s, const struct row *r,
	 const struct form_options *o)
{
	struct json_out j;

	json_out_init(&j, out);
	json_object(&j);
	for (size_t i = 0; i < s->n; i++) {
		if (!r->has[i]) {
			if (s->nulls)
				put_nothing(&j, &s->columns[i]);
			continue;
		}
		json_key(&j, s->columns[i].name);
		if (s->columns[i].raw)
			json_raw(&j, r->values[i].original);
		else
			value_json(&j, &r->values[i]);
	}
	json_object_end(&j);
}

static void
line_row(struct buf *out, const struct sheet *s, const struct row *r,
	 const struct form_options *o)
{
	json_row(out, s, r, o);
	buf_c(out, '\n');
}

static void
json_head(struct buf *out, const struct sheet *s, const struct form_options *o)
{
	buf_put(out, S("[\n"));
}

static void
member_head(struct buf *out, const struct sheet *s,
	    const struct form_options *o)
{
	struct json_out j;

	json_out_init(&j, out);
	json_text(&j, s->name);
	buf_put(out, S(":[\n"));
}

static const struct form array = {
    .between = ",\n", .tail = "\n]\n", .head = json_head, .row = json_row};

static const struct form lines = {.between = "", .tail = "", .row = line_row};

const struct format format_json = {
    .media = "application/json", .form = &array, PLAIN_SINK};

const struct format format_ndjson = {
    .media = "application/x-ndjson", .form = &lines, PLAIN_SINK};

static const struct form members = {.first = "{\n",
				    .part = ",\n",
				    .between = ",\n",
				    .tail = "\n]",
				    .last = "\n}\n",
				    .head = member_head,
				    .row = json_row};

const struct format format_object = {
    .media = "application/json", .form = &members, PLAIN_SINK};
