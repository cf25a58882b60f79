/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an import of CSV found and did, in its wire form: for the API and for
 * the command line alike.
 */
#include "csv.h"

static void
put_column(struct json_out *j, const struct csv_column *c)
{
	json_object(j);
	json_kt(j, "column", c->header);
	json_kt(j, "target", c->target);
	if (c->kind == CSV_ATTRIBUTE) {
		json_kt(j, "attribute", c->name);
		json_kt(j, "type", str_of(attr_type_names[c->type]));
		json_kb(j, "new", c->is_new);
	}
	json_kb(j, "match", c->is_match);
	json_ki(j, "filled", (int64_t)c->filled);
	json_key(j, S("samples"));
	json_array(j);
	for (size_t i = 0; i < c->n_samples; i++)
		json_text(j, c->samples[i]);
	json_array_end(j);
	json_object_end(j);
}

static void
put_sheets(struct json_out *j, const struct csv_result *r)
{
	json_key(j, S("sheets"));
	json_array(j);
	for (size_t i = 0; i < r->n_sheets; i++) {
		json_object(j);
		json_kt(j, "name", r->sheets[i].name);
		json_kb(j, "read", r->sheets[i].is_read);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
put_refusals(struct json_out *j, const struct csv_result *out)
{
	json_key(j, S("refused"));
	json_array(j);
	for (size_t i = 0; i < out->n_refusals; i++) {
		const struct csv_refusal *one = &out->refusals[i];

		json_object(j);
		if (one->sheet.p != NULL)
			json_kt(j, "sheet", one->sheet);
		json_ki(j, "row", (int64_t)one->row);
		json_kt(j, "column", str_of(one->fault.path));
		json_kt(j, "code", str_of(err_word(one->fault.code)));
		json_kt(j, "detail", str_of(one->fault.text));
		json_object_end(j);
	}
	json_array_end(j);
}

static void
put_outcomes(struct json_out *j, const struct csv_result *out)
{
	json_ki(j, "created", (int64_t)out->created);
	json_ki(j, "updated", (int64_t)out->updated);
	json_ki(j, "unchanged", (int64_t)out->unchanged);
	json_ki(j, "refusedCount", (int64_t)out->refused);
	json_ki(j, "added", (int64_t)out->added);
	json_ki(j, "already", (int64_t)out->already);
	json_ki(j, "overruled", (int64_t)out->overruled);
	put_refusals(j, out);
}

void
csv_result_json(const struct csv_result *r, bool kept, bool outcomes,
		struct json_out *j)
{
	json_object(j);
	json_kb(j, "kept", kept);
	if (r->n_sheets == 0)
		json_kt(j, "delimiter", (struct str){&r->delimiter, 1});
	else
		put_sheets(j, r);
	json_ki(j, "rows", (int64_t)r->rows);
	json_key(j, S("columns"));
	json_array(j);
	for (size_t i = 0; i < r->n_columns; i++)
		put_column(j, &r->columns[i]);
	json_array_end(j);
	if (outcomes)
		put_outcomes(j, r);
	json_object_end(j);
}
