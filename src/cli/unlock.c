/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport unlock: open a locked file.  It needs no store, and no more memory
 * for a large file than for a small one.  An interrupt leaves nothing behind.
 */
#include "cli.h"

enum { OUT, PASSWORD_FILE, PASSWORD_FD, FORCE };
static const struct cli_option options[] = {
    [OUT] = {"out", "FILE", "or -o FILE; the name inside if not given"},
    [PASSWORD_FILE] = {"password-file", "FILE",
		       "its first line is the password"},
    [PASSWORD_FD] = {"password-fd", "N", "read it from this descriptor"},
    [FORCE] = {"force", NULL, "replace a file that is there"},
    {0}};

static enum err
progress(void *arg, uint64_t done, uint64_t all)
{
	struct bar *bar = arg;

	bar->total = all;
	bar_move(bar, done);
	return cli_interrupted() ? ERR_CANCELLED : OK;
}

static enum err
unlock_say(struct cli *c, const struct unlock_info *info, struct buf *made)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_kt(&j, "file", buf_str(made));
		json_ki(&j, "bytes", (int64_t)info->bytes);
		json_object_end(&j);
	} else {
		buf_printf(&b, "%.*s: %llu bytes", STR_ARG(buf_str(made)),
			   (unsigned long long)info->bytes);
	}
	return cli_say(c, &b);
}

static enum err
unlock_run(struct cli *c)
{
	struct unlock_info info;
	struct unlock_file u = {.in = c->rest[0],
				.out = c->given[OUT],
				.force = c->given[FORCE] != NULL,
				.n = 1,
				.progress = progress};
	struct buf password, made;
	struct str given;
	struct bar bar;
	enum err e;

	if (u.out != NULL && strcmp(u.out, "-") == 0)
		return cli_usage(c, "What is opened is worth nothing before "
				    "its last tag is seen, so it goes to a "
				    "file, never to standard output.");
	buf_init(&password);
	buf_init(&made);
	e = cli_secret(c, c->given[PASSWORD_FILE], c->given[PASSWORD_FD],
		       "Password of the file", false, &password);
	given = buf_str(&password);
	u.passwords = &given;
	bar_start(&bar, "unlocking", 0);
	u.arg = &bar;
	cli_interrupt_hold();
	if (e == OK)
		e = unlock_file(&u, &made, &info, &c->fault);
	bar_end(&bar);
	if (e == OK)
		e = unlock_say(c, &info, &made);
	buf_wipe(&password);
	buf_fini(&password);
	buf_fini(&made);
	return e;
}

const struct command command_unlock = {
    .name = "unlock",
    .rest = "FILE",
    .least = 1,
    .most = 1,
    .options = options,
    .run = unlock_run,
    .about = "open a locked file, ours or anybody's (RFC 9580)",
    .more = "A wrong password (81), a damaged file (82), a cut file (83) and "
	    "a file that is\nno locked file (84) are told apart, and leave "
	    "nothing behind.",
};
