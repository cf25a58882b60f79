/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The room's door: which of the things that can be taken out is asked for, in
 * which format, and what the file is called.
 */
#include "run.h"

const char *const export_format_names[EXPORT_FORMATS] = {
    [EXPORT_CSV] = "csv",
    [EXPORT_XLSX] = "xlsx",
    [EXPORT_JSON] = "json",
    [EXPORT_NDJSON] = "ndjson",
};
const char *const export_what_names[EXPORT_WHATS] = {
    [EXPORT_USERS] = "users",
    [EXPORT_CHATS] = "chats",
    [EXPORT_PERSON] = "person",
};
static const struct format *const formats[EXPORT_WHATS][EXPORT_FORMATS] = {
    [EXPORT_USERS] = {[EXPORT_CSV] = &format_csv,
		      [EXPORT_XLSX] = &format_xlsx,
		      [EXPORT_JSON] = &format_json,
		      [EXPORT_NDJSON] = &format_ndjson},
    [EXPORT_CHATS] = {[EXPORT_CSV] = &format_zip,
		      [EXPORT_XLSX] = &format_xlsx,
		      [EXPORT_JSON] = &format_object},
};
/* How a file's name ends. */
static const char *const endings[EXPORT_WHATS][EXPORT_FORMATS] = {
    [EXPORT_USERS] = {"csv", "xlsx", "json", "ndjson"},
    [EXPORT_CHATS] = {"zip", "xlsx", "json", ""},
};

const struct format *
export_format_of(const struct export_request *r)
{
	return formats[r->what][r->format];
}

struct form_options
export_options(const struct export_request *r, const struct zone *zone)
{
	return (struct form_options){.bom = r->bom,
				     .raw = r->raw,
				     .zone = zone,
				     .rows_max = r->sheet_rows,
				     .bytes_max = r->sheet_bytes};
}

static enum err
format_check(const struct export_request *r, struct fault *f)
{
	if (export_format_of(r) == NULL)
		return fail(f, ERR_INVALID, "format",
			    "chats are taken out as xlsx, json or csv");
	if (r->notes && (r->what != EXPORT_CHATS || r->format != EXPORT_JSON ||
			 r->sheets != EXPORT_SHEETS_ALL))
		return fail(f, ERR_INVALID, "notes",
			    "they are for chats as json with all worksheets");
	return OK;
}

enum err
export_preview(struct people *p, struct kv *kv, struct arena *arena,
	       const struct export_request *r, struct export_progress *out,
	       struct fault *f)
{
	if (r->what == EXPORT_PERSON)
		return person_preview(p, kv, arena, r, out, f);
	TRY(format_check(r, f));
	return r->what == EXPORT_CHATS ? chats_preview(p, kv, arena, r, out, f)
				       : users_preview(p, kv, arena, r, out, f);
}

enum err
export_run(struct people *p, struct kv *kv, const struct export_request *r,
	   export_sink *sink, export_tell *tell, void *arg, struct fault *f)
{
	const struct taker taker = {sink, tell, arg};

	if (r->what == EXPORT_PERSON)
		return person_run(p, kv, r, &taker, f);
	TRY(format_check(r, f));
	return r->what == EXPORT_CHATS ? chats_run(p, kv, r, &taker, f)
				       : users_run(p, kv, r, &taker, f);
}

struct str
export_file_name(struct arena *a, const struct export_request *r)
{
	char day[16];
	int32_t date = zone_date(zone_find(S("UTC")), r->at);
	size_t n = date_format(date, day);

	if (r->what == EXPORT_PERSON)
		return arena_printf(a, "person-%u-%.*s.zip" LOCK_SUFFIX,
				    r->ids[0], (int)n, day);
	return arena_printf(a, "%s-%.*s.%s%s", export_what_names[r->what],
			    (int)n, day, endings[r->what][r->format],
			    r->password.n > 0 ? LOCK_SUFFIX : "");
}

/* Records -------------------------------------------------------------------
 */

static void
ids_json(struct json_out *j, const struct export_request *r)
{
	json_array(j);
	for (size_t i = 0; i < r->n_ids; i++)
		json_int(j, r->ids[i]);
	json_array_end(j);
}

static void
search_json(struct json_out *j, const struct export_request *r)
{
	json_object(j);
	archive_ask_json(&r->ask, j);
	json_object_end(j);
}

typedef void put_fn(struct json_out *j, const struct export_request *r);

static struct str
json_of(struct arena *a, const struct export_request *r, put_fn *fn)
{
	struct json_out j;
	struct buf b;
	struct str out;

	buf_init(&b);
	json_out_init(&j, &b);
	fn(&j, r);
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

struct str
export_search(struct arena *a, const struct export_request *r)
{
	return json_of(a, r, search_json);
}

static struct str
sheets_text(struct arena *a, unsigned sheets)
{
	struct buf b;
	struct str out;

	buf_init(&b);
	for (int i = 0; i < EXPORT_SHEETS; i++) {
		if (!(sheets >> i & 1))
			continue;
		if (b.n > 0)
			buf_c(&b, ',');
		buf_put(&b, str_of(export_sheet_names[i]));
	}
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

void
export_record(struct arena *a, const struct export_request *r,
	      struct record *out)
{
	bool chats = r->what == EXPORT_CHATS;

	*out = (struct record){
	    .what = str_of(export_what_names[r->what]),
	    .filter = chats ? export_search(a, r) : r->filter,
	    .columns = chats ? sheets_text(a, r->sheets) : r->columns,
	    .format = r->what == EXPORT_PERSON
			  ? S("zip")
			  : str_of(export_format_names[r->format]),
	    .purpose = r->purpose,
	    .locked = r->password.n > 0,
	};
	if (r->ids != NULL)
		out->ids = json_of(a, r, ids_json);
}

const char *
export_purpose_refusal(struct str purpose)
{
	struct str text = str_trim(purpose);

	if (!text_valid(text))
		return "the purpose is not valid UTF-8";
	if (text_length(text) < EXPORT_PURPOSE_MIN)
		return "say in at least 10 characters what the data is for";
	if (text_length(text) > EXPORT_PURPOSE_MAX)
		return "the purpose may have at most 500 characters";
	return NULL;
}

struct str
export_media_type(const struct export_request *r)
{
	return str_of(r->password.n > 0 ? LOCK_MEDIA_TYPE
					: export_format_of(r)->media);
}

bool
export_format_find(struct str name, enum export_format *out)
{
	*out = EXPORT_CSV;
	for (int i = 0; i < EXPORT_FORMATS && name.n > 0; i++) {
		if (!str_eq(name, str_of(export_format_names[i])))
			continue;
		*out = (enum export_format)i;
		return true;
	}
	return name.n == 0;
}
