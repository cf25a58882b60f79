/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows as JSON objects: one array of them, or one a line (NDJSON).  Members
 * are named as the columns are, in their order.  What a row does not have is
 * not in its object, so that an empty text and no value stay different things.
 */
#include "sheet.h"

static void
json_row(struct buf *out, const struct sheet *s, const struct row *r,
	 const struct form_options *o)
{
	struct json_out j;

	json_out_init(&j, out);
	json_object(&j);
	for (size_t i = 0; i < s->n; i++) {
		if (!r->has[i])
			continue;
		json_key(&j, s->columns[i].name);
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

static const struct form array = {
    .between = ",\n", .tail = "\n]\n", .head = json_head, .row = json_row};

static const struct form lines = {.between = "", .tail = "", .row = line_row};

const struct format format_json = {
    .media = "application/json", .form = &array, PLAIN_SINK};

const struct format format_ndjson = {
    .media = "application/x-ndjson", .form = &lines, PLAIN_SINK};
