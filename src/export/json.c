/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows as JSON objects: one array of them, or one a line (NDJSON).  Members
 * are named as the columns are, in their order.  What a row does not have is
 * not in its object, so that an empty text and no value stay different things.
 */
#include "sheet.h"

static void
put_object(struct buf *out, const struct sheet *s, const struct row *r)
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
array_head(struct buf *out, const struct sheet *s, const struct text_options *o)
{
	buf_put(out, S("[\n"));
}

static void
array_row(struct buf *out, const struct sheet *s, const struct row *r,
	  const struct text_options *o)
{
	put_object(out, s, r);
}

static void
lines_head(struct buf *out, const struct sheet *s, const struct text_options *o)
{
}

static void
lines_row(struct buf *out, const struct sheet *s, const struct row *r,
	  const struct text_options *o)
{
	put_object(out, s, r);
	buf_c(out, '\n');
}

const struct form form_json = {
    .media = "application/json",
    .between = ",\n",
    .tail = "\n]\n",
    .head = array_head,
    .row = array_row,
};

const struct form form_ndjson = {
    .media = "application/x-ndjson",
    .between = "",
    .tail = "",
    .head = lines_head,
    .row = lines_row,
};
