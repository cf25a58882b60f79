/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * CSV or a workbook into a segment: what its columns are, what would become of
 * its rows, and the import itself.  The body is the file, and its bytes say
 * which of the two it is; how it is to be read stands in the address.
 */
#include "routes.h"

/* Of a body of 16 MiB; an honest one has a tenth of it. */
#define UNPACKED_MAX (UINT64_C(1) << 30)

enum {
	IN_PREVIEW,
	IN_DRY_RUN,
	IN_MAP,
	IN_MATCH,
	IN_AT,
	IN_MISFITS,
	IN_SHEET,
	IN_TZ
};
static const struct field import_in[] = {
    [IN_PREVIEW] = {"preview", FIELD_FLAG, 0, 0, 0, NULL,
		    "Say what the columns are, and no more"},
    [IN_DRY_RUN] = {"dryRun", FIELD_FLAG, 0, 0, 0, NULL,
		    "Say what would become of each row"},
    [IN_MAP] = {"map", FIELD_TEXT, 0, 2, 24 << 10, NULL,
		"JSON object, column to target: \"\", userId, "
		"identity:CHANNEL:KIND, createdAt, lastSeen, or an attribute "
		"as NAME or NAME:TYPE; other columns go by their header"},
    [IN_MATCH] = {"match", FIELD_TEXT, 0, 1, ATTR_NAME_MAX, NULL,
		  "Text attribute by which users are found; userId if absent"},
    [IN_AT] = {"at", FIELD_INSTANT, 0, 0, 0, NULL,
	       "What the values are as of; now if absent"},
    [IN_MISFITS] = {"keepMisfits", FIELD_FLAG, 0, 0, 0, NULL,
		    "Keep values that are not of the attribute's type"},
    [IN_SHEET] = {"sheet", FIELD_TEXT, 0, 1, 255, NULL,
		  "Sheet of a workbook; the first with anything in it if "
		  "absent"},
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL,
	       "Whose clock moments in a workbook are by; the workspace's if "
	       "absent; our own exports say it themselves"},
    {NULL},
};

static enum err import(struct req *q, struct res *r);

const struct route import_routes[] = {
    {POST, API "/segments/{id}/import",
     MAY_USERS_READ | MAY_USERS_EDIT | MAY_SEGMENTS_EDIT, TAKES_TABLE | UNLIMITED,
     import_in, NULL, EVENTS_BODY_MAX, import,
     "Take users from CSV or a workbook into a static segment, a row each"},
};

static enum err
choices_take(struct req *q, struct csv_options *o)
{
	struct csv_choice *map;
	struct json *v;

	if (!q->query[IN_MAP].given)
		return OK;
	if (json_parse(q->arena, q->query[IN_MAP].text, &v, NULL) != OK ||
	    v->kind != JSON_OBJECT)
		return fail(q->fault, ERR_INVALID, "map",
			    "expected a JSON object");
	map = arena_get(q->arena, (v->count + 1) * sizeof(*map));
	for (const struct json *m = v->first; m != NULL; m = m->next) {
		if (m->kind != JSON_STRING)
			return fail(q->fault, ERR_INVALID, "map",
				    "expected a text for each column");
		map[o->n_map++] = (struct csv_choice){m->key, m->text};
	}
	o->map = map;
	return OK;
}

static enum err
run(struct req *q, struct res *r, const struct csv_source *source)
{
	const struct input *in = q->query;
	struct csv_options o = {.match = in[IN_MATCH].text,
				.dry_run = in[IN_DRY_RUN].flag,
				.keep_misfits = in[IN_MISFITS].flag,
				.at = in[IN_AT].given ? in[IN_AT].number
						      : q->now,
				.staff = q->app->staff,
				.by = &q->by};
	struct csv_result out;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	o.segment = (uint32_t)id;
	TRY(choices_take(q, &o));
	TRY((in[IN_PREVIEW].flag ? csv_look : csv_import)(
	    q->app->people, q->app->kv, q->arena, source, &o, &out, q->fault));
	res_json(r, 200);
	csv_result_json(&out, !o.dry_run && !in[IN_PREVIEW].flag,
			!in[IN_PREVIEW].flag, &r->json);
	return OK;
}

static enum err
import(struct req *q, struct res *r)
{
	const struct csv_book_options o = {.sheet = q->query[IN_SHEET].text,
					   .zone = q->query[IN_TZ].zone,
					   .tmp_dir = q->app->dir,
					   .bytes_max = UNPACKED_MAX};
	struct csv_bytes body = {.s = q->body_bytes};
	struct csv_source source = csv_of_bytes(&body);
	struct csv_book *book = NULL;
	enum err e;

	if (csv_book_looks(q->body_bytes)) {
		TRY(csv_book_of_bytes(q->body_bytes, &o, &book, q->fault));
		source = csv_of_book(book);
	}
	e = run(q, r, &source);
	csv_book_close(book);
	return e;
}
