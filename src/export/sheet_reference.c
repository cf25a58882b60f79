/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sheets of reference data: a row for each thing the chats refer to, with
 * what its own system told of it, or with its id alone.  A member is read as
 * the type of its column; one that is not of it stays as the text it is.
 */
#include "teller.h"

static struct str
json_of(struct teller *t, const struct json *v)
{
	struct json_out j;
	struct buf b;
	struct str out;

	buf_init(&b);
	json_out_init(&j, &b);
	json_value(&j, v);
	out = arena_str(&t->arena, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* Texts in the order they came; false: it is not a list of such. */
static bool
put_list(struct teller *t, int column, const struct json *v)
{
	struct str *items =
	    arena_get(&t->arena, (v->count + 1) * sizeof(*items));
	size_t n = 0;

	for (const struct json *i = v->first; i != NULL; i = i->next) {
		if (i->kind != JSON_STRING)
			return false;
		items[n++] = i->text;
	}
	cell_texts(&t->cells, column, items, n);
	return v->kind == JSON_ARRAY;
}

static void
put_member(struct teller *t, int column, const struct column *c,
	   const struct json *v)
{
	const struct attr a = {.type = c->type, .name = c->name};
	struct value value;
	enum err e;

	if (v->kind == JSON_NULL ||
	    (c->type == TYPE_SET && put_list(t, column, v)))
		return;
	e = value_of_json(&t->arena, &a, v, &value, NULL);
	if (e == ERR_NOT_FOUND)
		return;
	if (e == OK) {
		t->cells.values[column] = value;
		t->cells.has[column] = true;
		return;
	}
	cell_text(&t->cells, column, json_of(t, v));
}

static enum err
put_record(struct teller *t, enum export_sheet s, int first,
	   const struct json *record)
{
	struct sheet sheet = worksheet(s);

	for (size_t i = 1; i < sheet.n; i++) {
		const struct column *c = &sheet.columns[i];
		/* `type` says in an event what the event is */
		struct str name = first + (int)i == C_MARKETING_TYPE
				      ? S("marketingType")
				      : c->name;
		const struct json *v = json_member(record, name);

		if (v != NULL)
			put_member(t, first + (int)i, c, v);
	}
	return OK;
}

/* The number of a sheet's first column, which is `id` in all of them. */
static int
first_column(enum export_sheet s)
{
	static const int ids[EXPORT_SHEETS] = {
	    [SHEET_SUPPORT_BOTS] = C_SUPPORT_BOTS_ID,
	    [SHEET_MARKETING] = C_MARKETING_ID,
	    [SHEET_MANAGERS] = C_MANAGERS_ID,
	    [SHEET_BOTS] = C_BOTS_ID,
	    [SHEET_TAGS] = C_TAGS_ID,
	};

	return ids[s];
}

enum err
reference_tell(struct teller *t, enum export_sheet s, struct str id,
	       struct str type, struct str *out)
{
	struct kv_txn *txn = t->q->txn;
	int first = first_column(s);
	struct json *record;

	arena_reset(&t->arena);
	cells_clear(&t->cells);
	buf_reset(&t->scratch);
	cell_text(&t->cells, first, id);
	if (s == SHEET_MARKETING)
		cell_text(&t->cells, C_MARKETING_TYPE, type);
	if (reference_view(txn, worksheet_kind(s), id, &t->scratch)) {
		TRY(json_parse(&t->arena, buf_str(&t->scratch), &record,
			       kv_fault(txn)));
		TRY(put_record(t, s, first, record));
	}
	*out = teller_text(t, s);
	return kv_error(txn);
}
