/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport setting: the settings of the workspace, by the rows of their table.
 */
#include "cli.h"

static const struct cli_option no_options[] = {{0}};

struct list {
	bool json;
	struct buf out;
};

static enum err
list_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;
	struct json_out j;

	buf_reset(&l->out);
	if (l->json) {
		json_out_init(&j, &l->out);
		settings_json(txn, &j);
		return kv_error(txn);
	}
	for (size_t i = 0; i < SETTING_COUNT; i++)
		buf_printf(&l->out, "%s%-22s %-20.*s %s", i > 0 ? "\n" : "",
			   settings[i].name,
			   STR_ARG(setting_text(txn, (enum setting)i)),
			   settings[i].about);
	return kv_error(txn);
}

static enum err
list_run(struct cli *c)
{
	struct list l = {.json = c->json};
	enum err e;

	TRY(cli_open(c));
	buf_init(&l.out);
	e = kv_read(c->kv, list_body, &l, &c->fault);
	if (e == OK)
		return cli_say(c, &l.out);
	buf_fini(&l.out);
	return e;
}

/* Each "NAME=VALUE". */
static enum err
set_run(struct cli *c)
{
	const struct str *values[SETTING_COUNT] = {NULL};
	struct str given[SETTING_COUNT];
	struct by by;

	for (int i = 0; i < c->n_rest; i++) {
		struct str word = str_of(c->rest[i]), name;
		enum setting which;
		size_t at;

		if (!str_find(word, S("="), &at))
			return cli_usage(c, "It takes NAME=VALUE.");
		name = str_cut(word, 0, at);
		if (!setting_find(name, &which))
			return fail(&c->fault, ERR_INVALID, "setting",
				    "There is no setting \"%.*s\".",
				    STR_ARG(text_prefix(name, 60)));
		given[which] = str_cut(word, at + 1, word.n);
		values[which] = &given[which];
	}
	TRY(cli_open_staff(c, &by));
	return settings_put(c->staff, &by, values, &c->fault);
}

const struct command command_setting_list = {
    .name = "setting list",
    .rest = "",
    .options = no_options,
    .run = list_run,
    .about = "the settings of the workspace",
};

const struct command command_setting_set = {
    .name = "setting set",
    .rest = "NAME=VALUE...",
    .least = 1,
    .most = -1,
    .options = no_options,
    .run = set_run,
    .about = "change settings: all that are named or, on an error, none",
};
