/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A store that an earlier version made becomes one of this: what is kept in
 * another form now is made anew from the records.  Every command that opens
 * the store does it first; rapport upgrade does nothing else.  Two at once wait
 * for one another, and one that was killed is gone on with by the next.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define UPGRADE_MEMORY ((size_t)256 << 20)

struct upgrade {
	struct bar bar;
	struct buf made; /* lstr: names */
};

static void
progress(void *arg, uint64_t done, uint64_t total)
{
	struct upgrade *u = arg;

	if (u->bar.total != total)
		bar_start(&u->bar, "indexing ", total);
	bar_move(&u->bar, done);
}

static void
made(void *arg, const char *name)
{
	struct upgrade *u = arg;

	bar_end(&u->bar);
	u->bar = (struct bar){0};
	fprintf(stderr, "bringing the store up to date: %s\n", name);
	buf_lstr(&u->made, str_of(name));
}

static enum err
ready_body(struct kv_txn *txn, void *arg)
{
	(void)arg;
	return parts_ready(txn);
}

/* The folder itself is what is locked, until the program ends. */
enum err
cli_alone(struct cli *c)
{
	int fd = open(c->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(&c->fault, ERR_IO, "store", "%s: %s", c->store,
			    strerror(errno));
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR) {
			close(fd);
			return fail(&c->fault, ERR_IO, "store", "%s: %s",
				    c->store, strerror(errno));
		}
	return OK;
}

static enum err
upgrade(struct cli *c, struct upgrade *u)
{
	struct reindex_in in = {.memory = UPGRADE_MEMORY,
				.tmp_dir = c->store,
				.progress = progress,
				.arg = u};
	struct fault f = {0};
	enum err e = kv_read(c->kv, ready_body, NULL, &f);

	if (e != ERR_BEHIND)
		return e == OK ? OK : fail(&c->fault, e, f.path, "%s", f.text);
	TRY(cli_alone(c));
	e = store_upgrade(c->people, c->kv, &in, made, &c->fault);
	bar_end(&u->bar);
	return e;
}

enum err
cli_upgrade(struct cli *c)
{
	struct upgrade u = {.bar = {0}};
	enum err e;

	buf_init(&u.made);
	e = upgrade(c, &u);
	buf_fini(&u.made);
	return e;
}

static enum err
upgrade_say(struct cli *c, const struct upgrade *u)
{
	struct rd r = rd_of(buf_str(&u->made));
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_key(&j, S("made"));
		json_array(&j);
		while (rd_left(&r) > 0)
			json_text(&j, rd_str(&r));
		json_array_end(&j);
		json_object_end(&j);
	} else {
		buf_put(&b, S("the store is up to date"));
	}
	return cli_say(c, &b);
}

static enum err
upgrade_run(struct cli *c)
{
	struct upgrade u = {.bar = {0}};
	enum err e;

	buf_init(&u.made);
	e = cli_open_as_is(c);
	if (e == OK)
		e = upgrade(c, &u);
	if (e == OK)
		e = upgrade_say(c, &u);
	buf_fini(&u.made);
	return e;
}

const struct command command_upgrade = {
    .name = "upgrade",
    .rest = "",
    .run = upgrade_run,
    .about = "bring a store of an earlier version up to date",
    .more = "Other commands do so too, before what they are asked.  It may be "
	    "cut off\nand run again.  While it works, what workers are asked "
	    "is refused as\n\"upgrading\".",
};
