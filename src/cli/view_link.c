/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport view link and revoke: share links, which open a view without a
 * log-in.  What opens one is said once, when it is made.
 */
#include "cli.h"

enum { COLUMNS, EXPIRES, PASSWORD, PASSWORD_FILE, PASSWORD_FD };
static const struct cli_option link_options[] = {
    [COLUMNS] = {"columns", "A,B", "some of the view's; all if not given"},
    [EXPIRES] = {"expires", "WHEN",
		 "an instant, or 7d from now; 30d if not given, at most a year"},
    [PASSWORD] = {"password", NULL, "ask for a password that opens it"},
    [PASSWORD_FILE] = {"password-file", "FILE", "read it from this file"},
    [PASSWORD_FD] = {"password-fd", "N", "read it from this descriptor"},
    {0}};
static const struct cli_option no_options[] = {{0}};

struct say {
	struct cli *c;
	uint32_t view, link;
	const char *text;
	struct query *q;
	struct json_out j;
	struct buf out;
};

static bool
link_one(void *arg, const struct link *l)
{
	struct say *s = arg;

	if (l->id == s->link)
		link_json(s->q, l, &s->j);
	return l->id != s->link;
}

static enum err
say_apply(struct kv_txn *txn, void *arg)
{
	struct say *s = arg;
	struct arena arena;
	struct query q;
	struct str url;

	arena_init(&arena);
	q = cli_query(s->c, txn, &arena);
	s->q = &q;
	url = public_address(&q, "/s/", str_of(s->text));
	buf_reset(&s->out);
	if (s->c->json) {
		json_out_init(&s->j, &s->out);
		json_object(&s->j);
		json_kt(&s->j, "token", str_of(s->text));
		json_kt(&s->j, "url", url);
		links_each(&q, &s->c->who, s->view, link_one, s);
		json_object_end(&s->j);
	} else {
		buf_put(&s->out, url);
	}
	arena_fini(&arena);
	return kv_error(txn);
}

static enum err
link_run(struct cli *c)
{
	struct link_in in = {.columns = str_of(c->given[COLUMNS])};
	char text[LINK_TEXT];
	struct say s = {.c = c, .text = text};
	uint32_t version;
	struct buf password;
	struct desk d;
	struct by by;
	enum err e = OK;
	bool locked;

	/* none chosen must never mean all */
	if (c->given[COLUMNS] && *c->given[COLUMNS] == '\0')
		return cli_usage(c, "--columns takes at least one column.");
	TRY(cli_desk(c, &by, &d));
	TRY(cli_view_find(c, &s.view, &version));
	TRY(cli_expires(c, EXPIRES, by.at, &in.expires));
	buf_init(&password);
	locked = c->given[PASSWORD] || c->given[PASSWORD_FILE] ||
		 c->given[PASSWORD_FD];
	if (locked)
		e = cli_secret(c, c->given[PASSWORD_FILE],
			       c->given[PASSWORD_FD], "Password of the link",
			       true, &password);
	in.password = buf_str(&password);
	/* nor an empty one none */
	if (e == OK && locked && in.password.n == 0)
		e = fail(&c->fault, ERR_INVALID, "password",
			 "The password is empty.");
	if (e == OK)
		e = link_create(&d, s.view, &in, text, &s.link, &c->fault);
	buf_wipe(&password);
	buf_fini(&password);
	TRY(e);
	buf_init(&s.out);
	e = kv_read(c->kv, say_apply, &s, &c->fault);
	wipe(text, sizeof(text));
	if (e == OK)
		return cli_say(c, &s.out);
	buf_fini(&s.out);
	return e;
}

static enum err
revoke_run(struct cli *c)
{
	uint32_t view, version;
	uint64_t link;
	struct desk d;
	struct by by;

	if (!str_to_u64(str_of(c->rest[1]), &link) || link > UINT32_MAX)
		return cli_usage(c, "It takes the id of a link.");
	TRY(cli_desk(c, &by, &d));
	TRY(cli_view_find(c, &view, &version));
	return link_revoke(&d, view, (uint32_t)link, &c->fault);
}

const struct command command_view_link = {
    .name = "view link",
    .rest = "VIEW",
    .least = 1,
    .most = 1,
    .options = link_options,
    .run = link_run,
    .about = "a share link, which needs no log-in; it is shown once",
};
const struct command command_view_revoke = {
    .name = "view revoke",
    .rest = "VIEW LINK",
    .least = 2,
    .most = 2,
    .options = no_options,
    .run = revoke_run,
    .about = "end a share link, at once",
};
