/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport stats: the store in figures.
 */
#include "cli.h"

static const char *const space_names[SP_COUNT] = {
#define SPACE(CODE, name, owner, about) [SP_##CODE] = name,
#include <tbl/spaces.h>
#undef SPACE
};

static const struct cli_option options[] = {{0}};

static enum err
stats_run(struct cli *c)
{
	struct kv_stats s;
	struct json_out j;
	struct buf b;

	TRY(cli_open(c));
	TRY(kv_stats(c->kv, &s, &c->fault));
	buf_init(&b);
	if (!c->json) {
		buf_printf(&b, "%-12s %llu bytes of %llu\n", "used",
			   (unsigned long long)s.bytes_used,
			   (unsigned long long)s.bytes_file);
		buf_printf(&b, "%-12s %llu, oldest %llu commits back\n",
			   "readers", (unsigned long long)s.readers,
			   (unsigned long long)s.oldest_lag);
		for (int i = 0; i < SP_COUNT; i++)
			buf_printf(&b, "%-12s %llu%s", space_names[i],
				   (unsigned long long)s.entries[i],
				   i + 1 < SP_COUNT ? "\n" : "");
		return cli_say(c, &b);
	}
	json_out_init(&j, &b);
	json_object(&j);
	json_ki(&j, "bytesUsed", (int64_t)s.bytes_used);
	json_ki(&j, "bytesFile", (int64_t)s.bytes_file);
	json_ki(&j, "serial", (int64_t)s.serial);
	json_ki(&j, "readers", s.readers);
	json_ki(&j, "oldestLag", (int64_t)s.oldest_lag);
	json_key(&j, S("entries"));
	json_object(&j);
	for (int i = 0; i < SP_COUNT; i++)
		json_ki(&j, space_names[i], (int64_t)s.entries[i]);
	json_object_end(&j);
	json_object_end(&j);
	return cli_say(c, &b);
}

const struct command command_stats = {
    .name = "stats",
    .rest = "",
    .options = options,
    .run = stats_run,
    .about = "the store in figures",
};
