/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport hours: operating hours with their history, as JSON in and out.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>

#define FILE_MAX (1u << 20)

static const struct cli_option no_options[] = {{0}};
enum { FROM };
static const struct cli_option from_options[] = {
    [FROM] = {"from", "INSTANT", "when it begins; always, if not given"},
    {0}};

static enum err
list_body(struct kv_txn *txn, void *arg)
{
	struct buf *out = arg;
	struct arena arena;
	struct json_out j;
	struct hours h;

	buf_reset(out);
	arena_init(&arena);
	hours_get(txn, &arena, &h);
	json_out_init(&j, out);
	json_array(&j);
	for (size_t i = 0; i < h.n; i++)
		hours_json(&j, &h.at[i]);
	json_array_end(&j);
	arena_fini(&arena);
	return kv_error(txn);
}

static enum err
list_run(struct cli *c)
{
	struct buf out;
	enum err e;

	TRY(cli_open(c));
	buf_init(&out);
	e = kv_read(c->kv, list_body, &out, &c->fault);
	if (e == OK)
		return cli_say(c, &out);
	buf_fini(&out);
	return e;
}

static enum err
from_of(struct cli *c, int64_t *out)
{
	*out = INSTANT_MIN;
	if (c->given[FROM] == NULL || instant_parse(str_of(c->given[FROM]), out))
		return OK;
	return fail(&c->fault, ERR_INVALID, "from", "Expected an instant.");
}

static enum err
file_read(struct cli *c, const char *path, struct buf *out)
{
	bool in = str_eq(str_of(path), S("-"));
	FILE *file = in ? stdin : fopen(path, "re");
	size_t n;

	if (file == NULL)
		return fail(&c->fault, ERR_NOT_FOUND, path,
			    "It cannot be opened.");
	do {
		n = fread(buf_room(out, 4096), 1, 4096, file);
		out->n += n;
	} while (n > 0 && out->n < FILE_MAX);
	n = ferror(file) != 0;
	if (!in)
		fclose(file);
	if (n != 0 || out->n >= FILE_MAX)
		return fail(&c->fault, n ? ERR_IO : ERR_LIMIT, path,
			    "It cannot be read, or is larger than 1 MiB.");
	return OK;
}

static enum err
schedule_of(struct cli *c, struct arena *a, struct str text,
	    struct schedule *out)
{
	const struct json *zone, *from;
	struct json *v;

	TRY(json_parse(a, text, &v, &c->fault));
	if (v->kind != JSON_OBJECT)
		return fail(&c->fault, ERR_INVALID, "",
			    "Expected {\"timezone\", \"week\", \"holidays\"}.");
	zone = json_member(v, S("timezone"));
	from = json_member(v, S("from"));
	out->zone = zone != NULL && zone->kind == JSON_STRING
			? zone_find(zone->text)
			: NULL;
	if (out->zone == NULL)
		return fail(&c->fault, ERR_INVALID, "timezone",
			    "Expected a zone such as Europe/Berlin.");
	if (from == NULL || from->kind == JSON_NULL)
		out->from = INSTANT_MIN;
	else if (from->kind != JSON_STRING ||
		 !instant_parse(from->text, &out->from))
		return fail(&c->fault, ERR_INVALID, "from",
			    "Expected an instant, or null: always.");
	return hours_read(a, json_member(v, S("week")),
			  json_member(v, S("holidays")), out, &c->fault);
}

static enum err
set_run(struct cli *c)
{
	struct schedule s;
	struct arena arena;
	struct by by;
	struct buf text;
	enum err e;

	TRY(cli_open_staff(c, &by));
	buf_init(&text);
	arena_init(&arena);
	e = file_read(c, c->rest[0], &text);
	if (e == OK)
		e = schedule_of(c, &arena, buf_str(&text), &s);
	if (e == OK)
		e = hours_put(c->staff, &by, &s, &c->fault);
	arena_fini(&arena);
	buf_fini(&text);
	return e;
}

static enum err
remove_run(struct cli *c)
{
	struct by by;
	int64_t from;

	TRY(from_of(c, &from));
	TRY(cli_open_staff(c, &by));
	return hours_remove(c->staff, &by, from, &c->fault);
}

const struct command command_hours_list = {
    .name = "hours list",
    .rest = "",
    .options = no_options,
    .run = list_run,
    .about = "operating hours with their history, as JSON",
};

const struct command command_hours_set = {
    .name = "hours set",
    .rest = "FILE",
    .least = 1,
    .most = 1,
    .options = no_options,
    .run = set_run,
    .about = "operating hours from a JSON file, or - for standard input",
    .more = "{\"from\": null, \"timezone\": \"Europe/Berlin\", \"week\": "
	    "{\"monday\":\n[[\"09:00\", \"18:00\"]]}, \"holidays\": [{\"date\":\n"
	    "\"2026-12-25\", \"name\": \"Christmas\"}]}\nWhat was before `from` "
	    "keeps the hours that held then.",
};

const struct command command_hours_remove = {
    .name = "hours remove",
    .rest = "",
    .options = from_options,
    .run = remove_run,
    .about = "take out the hours that begin at an instant",
};
