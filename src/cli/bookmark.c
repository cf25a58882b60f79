/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport bookmark: the links to other dashboards above analytics.
 */
#include "cli.h"

static const struct cli_option no_options[] = {{0}};
enum { POSITION, NAME, URL };
static const struct cli_option add_options[] = {
    [POSITION] = {"position", "N", "its place, from 0; last, if not given"},
    {0}};
static const struct cli_option change_options[] = {
    [POSITION] = {"position", "N", "its place, from 0"},
    [NAME] = {"name", "TEXT", "what it is called"},
    [URL] = {"url", "ADDRESS", "where it leads"},
    {0}};

struct list {
	struct cli *c;
	struct buf out;
};

static enum err
list_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;
	struct bookmark *all;
	struct arena arena;
	struct json_out j;
	size_t n;

	buf_reset(&l->out);
	arena_init(&arena);
	n = bookmarks_get(txn, &arena, &all);
	json_out_init(&j, &l->out);
	if (l->c->json)
		json_array(&j);
	for (size_t i = 0; i < n; i++)
		if (l->c->json) {
			json_object(&j);
			bookmark_json(&j, &all[i]);
			json_object_end(&j);
		} else {
			buf_printf(&l->out, "%-4u %.*s  %.*s\n", all[i].id,
				   STR_ARG(all[i].name), STR_ARG(all[i].url));
		}
	if (l->c->json)
		json_array_end(&j);
	arena_fini(&arena);
	return kv_error(txn);
}

static enum err
list_run(struct cli *c)
{
	struct list l = {.c = c};
	enum err e;

	TRY(cli_open(c));
	buf_init(&l.out);
	e = kv_read(c->kv, list_body, &l, &c->fault);
	if (e != OK) {
		buf_fini(&l.out);
		return e;
	}
	if (!c->json && l.out.n > 0)
		l.out.n--;
	return cli_say(c, &l.out);
}

static enum err
position_of(struct cli *c, uint32_t *room, const uint32_t **out)
{
	uint64_t n;

	if (c->given[POSITION] == NULL)
		return OK;
	TRY(cli_number(c, POSITION, 0, BOOKMARKS_MAX, &n));
	*room = (uint32_t)n;
	*out = room;
	return OK;
}

static enum err
id_of(struct cli *c, uint32_t *out)
{
	uint64_t id;

	if (!str_to_u64(str_of(c->rest[0]), &id) || id > UINT32_MAX)
		return cli_usage(c, "It takes the id of a bookmark.");
	*out = (uint32_t)id;
	return OK;
}

static enum err
add_run(struct cli *c)
{
	struct str name = str_of(c->rest[0]), url = str_of(c->rest[1]);
	struct bookmark_edit e = {.name = &name, .url = &url};
	uint32_t id, position;
	struct json_out j;
	struct buf b;
	struct by by;

	TRY(position_of(c, &position, &e.position));
	TRY(cli_open_staff(c, &by));
	TRY(bookmark_add(c->staff, &by, &e, &id, &c->fault));
	buf_init(&b);
	if (c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_ki(&j, "id", id);
		json_object_end(&j);
	} else {
		buf_u64(&b, id);
	}
	return cli_say(c, &b);
}

static enum err
change_run(struct cli *c)
{
	struct str name = str_of(c->given[NAME]), url = str_of(c->given[URL]);
	struct bookmark_edit e = {.name = c->given[NAME] ? &name : NULL,
				  .url = c->given[URL] ? &url : NULL};
	uint32_t id = 0, position;
	struct by by;

	TRY(id_of(c, &id));
	TRY(position_of(c, &position, &e.position));
	if (!e.name && !e.url && !e.position)
		return cli_usage(c, "One of --name, --url and --position is "
				    "needed.");
	TRY(cli_open_staff(c, &by));
	return bookmark_change(c->staff, &by, id, &e, &c->fault);
}

static enum err
remove_run(struct cli *c)
{
	uint32_t id = 0;
	struct by by;

	TRY(id_of(c, &id));
	TRY(cli_open_staff(c, &by));
	return bookmark_remove(c->staff, &by, id, NULL, &c->fault);
}

const struct command command_bookmark_list = {
    .name = "bookmark list",
    .rest = "",
    .options = no_options,
    .run = list_run,
    .about = "links to other dashboards, in their order",
};
const struct command command_bookmark_add = {
    .name = "bookmark add",
    .rest = "NAME ADDRESS",
    .least = 2,
    .most = 2,
    .options = add_options,
    .run = add_run,
    .about = "keep a link to another dashboard, for everybody",
};
const struct command command_bookmark_change = {
    .name = "bookmark change",
    .rest = "ID",
    .least = 1,
    .most = 1,
    .options = change_options,
    .run = change_run,
    .about = "rename a link, lead it elsewhere, or move it",
};
const struct command command_bookmark_remove = {
    .name = "bookmark remove",
    .rest = "ID",
    .least = 1,
    .most = 1,
    .options = no_options,
    .run = remove_run,
    .about = "take a link out",
};
