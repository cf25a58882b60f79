/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport user: one person, by the userId.  What is said of them is the JSON
 * of the interface; without --json its values are told a line each.
 */
#include "cli.h"

#include <stdlib.h>

static const struct cli_option no_options[] = {{0}};
enum { MODE };
static const struct cli_option erase_options[] = {
    [MODE] = {"mode", "NAME", "keepTotals, if not given, or forget"}, {0}};
enum { LIMIT };
static const struct cli_option timeline_options[] = {
    [LIMIT] = {"limit", "N", "how many at most; 50 if not given"}, {0}};

/* Finding ------------------------------------------------------------------ */

struct find {
	struct str user_id;
	uint32_t id;
};

static enum err
find_apply(struct kv_txn *txn, void *arg)
{
	struct find *f = arg;

	if (user_find(txn, f->user_id, &f->id) || kv_error(txn) != OK)
		return kv_error(txn);
	return fail(kv_fault(txn), ERR_NOT_FOUND, "user",
		    "there is no user \"%.*s\"",
		    STR_ARG(text_prefix(f->user_id, 80)));
}

enum err
cli_user(struct cli *c, const char *user_id, uint32_t *id)
{
	struct find f = {.user_id = str_of(user_id)};

	if (!text_valid(f.user_id))
		return fail(&c->fault, ERR_INPUT, "user", "is not UTF-8");
	TRY(cli_open(c));
	TRY(kv_read(c->kv, find_apply, &f, &c->fault));
	*id = f.id;
	return OK;
}

/* Saying ------------------------------------------------------------------- */

struct telling {
	struct cli *c;
	uint32_t id;
	size_t limit; /* of the timeline */
	enum err (*fn)(struct telling *t, struct query *q, struct json_out *j,
		       struct fault *f);
	void (*words)(struct buf *b, const struct json *v);
	struct buf out;
};

static enum err
tell_apply(struct kv_txn *txn, void *arg)
{
	struct telling *t = arg;
	struct json_out j;
	struct arena arena;
	enum err e;

	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(t->c->people, txn),
			  .arena = &arena,
			  .zone =
			      zone_find(setting_text(txn, SETTING_TIMEZONE)),
			  .now = clock_now()};
	buf_reset(&t->out);
	json_out_init(&j, &t->out);
	e = kv_error(txn);
	if (e == OK)
		e = t->fn(t, &q, &j, kv_fault(txn));
	arena_fini(&arena);
	return e;
}

/* A value as one line; control characters as blanks: a terminal is not ours
 * to colour. */
static void
put_plain(struct buf *b, const struct json *v)
{
	struct json_out j;
	struct buf text;

	buf_init(&text);
	json_out_init(&j, &text);
	if (v == NULL || v->kind == JSON_NULL)
		buf_put(&text, S("-"));
	else if (v->kind == JSON_STRING)
		buf_put(&text, v->text);
	else
		json_value(&j, v);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char next =
		    i + 1 < text.n ? (unsigned char)text.p[i + 1] : 0xff;

		if ((unsigned char)text.p[i] == 0xc2 && next < 0xa0) {
			buf_c(b, ' '); /* C1 controls */
			i++;
		} else if ((unsigned char)text.p[i] < ' ' ||
			   text.p[i] == 0x7f) {
			buf_c(b, ' ');
		} else {
			buf_c(b, text.p[i]);
		}
	}
	buf_fini(&text);
}

static void
put_from(struct buf *b, const struct json *v)
{
	const struct json *source = json_member(v, S("source"));

	if (source == NULL)
		return;
	buf_put(b, S(" ("));
	put_plain(b, source);
	buf_c(b, ' ');
	put_plain(b, json_member(v, S("at")));
	buf_c(b, ')');
}

static void
cells_words(struct buf *b, const struct json *cells)
{
	for (const struct json *m = cells ? cells->first : NULL; m;
	     m = m->next) {
		struct json name = {.kind = JSON_STRING, .text = m->key};

		put_plain(b, &name);
		buf_put(b, S(": "));
		put_plain(b, json_member(m, S("value")));
		put_from(b, m);
		buf_c(b, '\n');
	}
}

static void
person_words(struct buf *b, const struct json *v)
{
	const struct json *segments = json_member(v, S("segments"));

	buf_put(b, S("id: "));
	put_plain(b, json_member(v, S("id")));
	buf_c(b, '\n');
	cells_words(b, json_member(v, S("attributes")));
	cells_words(b, json_member(v, S("session")));
	for (const struct json *s = segments ? segments->first : NULL; s;
	     s = s->next) {
		buf_put(b, S("in segment "));
		put_plain(b, json_member(s, S("name")));
		buf_c(b, '\n');
	}
}

static void
history_words(struct buf *b, const struct json *v)
{
	const struct json *list = json_member(v, S("history"));

	for (const struct json *m = list ? list->first : NULL; m; m = m->next) {
		put_plain(b, json_member(m, S("value")));
		put_from(b, m);
		buf_c(b, '\n');
	}
}

/* at kind {what else} */
static void
timeline_words(struct buf *b, const struct json *v)
{
	const struct json *list = json_member(v, S("timeline"));

	for (const struct json *m = list ? list->first : NULL; m; m = m->next) {
		put_plain(b, json_member(m, S("at")));
		buf_c(b, ' ');
		put_plain(b, json_member(m, S("kind")));
		for (const struct json *k = m->first; k; k = k->next) {
			if (str_eq(k->key, S("at")) ||
			    str_eq(k->key, S("kind")))
				continue;
			buf_printf(b, " %.*s=", STR_ARG(k->key));
			put_plain(b, k);
		}
		buf_c(b, '\n');
	}
}

static enum err
tell_words(struct telling *t)
{
	struct arena a;
	struct json *v;
	struct buf b;
	enum err e;

	arena_init(&a);
	buf_init(&b);
	e = json_parse(&a, buf_str(&t->out), &v, &t->c->fault);
	if (e == OK)
		t->words(&b, v);
	arena_fini(&a);
	buf_fini(&t->out);
	if (b.n == 0) {
		buf_fini(&b);
		return e;
	}
	b.n--; /* cli_say ends the line */
	return cli_say(t->c, &b);
}

static enum err
tell(struct telling *t)
{
	enum err e;

	buf_init(&t->out);
	e = kv_read(t->c->kv, tell_apply, t, &t->c->fault);
	if (e != OK) {
		buf_fini(&t->out);
		return e;
	}
	return t->c->json ? cli_say(t->c, &t->out) : tell_words(t);
}

static enum err
person_fn(struct telling *t, struct query *q, struct json_out *j,
	  struct fault *f)
{
	return query_person(q, t->id, j, NULL, f);
}

/* Looking leaves a record here, too. */
static enum err
looked(struct cli *c, const struct by *by, const char *act, uint32_t id)
{
	char object[32];

	snprintf(object, sizeof(object), "user %u", id);
	return audit_write(c->staff, by, act, str_of(object), STR_NONE,
			   STR_NONE, &c->fault);
}

static enum err
look(struct cli *c, struct telling *t, const char *act)
{
	struct by by;

	t->c = c;
	TRY(cli_open_staff(c, &by));
	TRY(cli_user(c, c->rest[0], &t->id));
	TRY(looked(c, &by, act, t->id));
	return tell(t);
}

static enum err
show_run(struct cli *c)
{
	struct telling t = {.fn = person_fn, .words = person_words};

	return look(c, &t, "user.read");
}

static enum err
history_fn(struct telling *t, struct query *q, struct json_out *j,
	   struct fault *f)
{
	return query_history(q, t->id, str_of(t->c->rest[1]), j, f);
}

static enum err
history_run(struct cli *c)
{
	struct telling t = {.fn = history_fn, .words = history_words};

	return look(c, &t, "user.history");
}

static enum err
timeline_fn(struct telling *t, struct query *q, struct json_out *j,
	    struct fault *f)
{
	struct timeline_in in = {.kinds = (1u << MOMENT_KINDS) - 1,
				 .part = {.limit = t->limit}};

	return query_timeline(q, t->id, &in, j, f);
}

static enum err
timeline_run(struct cli *c)
{
	struct telling t = {.fn = timeline_fn, .words = timeline_words};
	uint64_t limit = 50;

	if (c->given[LIMIT] != NULL)
		TRY(cli_number(c, LIMIT, 1, LIST_LIMIT_MAX, &limit));
	t.limit = (size_t)limit;
	return look(c, &t, "user.timeline");
}

/* Changing ----------------------------------------------------------------- */

struct assigning {
	struct cli *c;
	struct json_out j;
	struct buf text;
};

/* A text as it stands; of other types what is JSON is that. */
static void
put_value(struct assigning *s, const struct attr *a, struct str text,
	  struct arena *arena)
{
	struct json *v;

	if (text.n == 0)
		json_null(&s->j);
	else if ((a != NULL && a->type == TYPE_TEXT) ||
		 json_parse(arena, text, &v, NULL) != OK)
		json_text(&s->j, text);
	else
		json_value(&s->j, v);
}

static enum err
set_apply(struct kv_txn *txn, void *arg)
{
	struct assigning *s = arg;
	const struct catalog *catalog = people_catalog(s->c->people, txn);
	struct arena arena;

	TRY(kv_error(txn));
	arena_init(&arena);
	buf_reset(&s->text);
	json_out_init(&s->j, &s->text);
	json_object(&s->j);
	for (int i = 1; i < s->c->n_rest; i++) {
		struct str all = str_of(s->c->rest[i]), name = all;
		size_t at = all.n;

		str_find(all, S("="), &at);
		name = str_cut(all, 0, at);
		json_key(&s->j, name);
		put_value(s, catalog_input(catalog, name),
			  str_cut(all, at + 1, all.n), &arena);
	}
	json_object_end(&s->j);
	arena_fini(&arena);
	return OK;
}

static enum err
edit(struct cli *c, struct edit_in *in)
{
	struct telling t = {.c = c, .fn = person_fn, .words = person_words};
	struct desk desk;
	struct by by;

	TRY(cli_user(c, c->rest[0], &in->user));
	TRY(cli_desk(c, &by, &desk));
	TRY(desk_edit(&desk, in, &c->fault));
	t.id = in->user;
	return tell(&t);
}

static enum err
set_run(struct cli *c)
{
	struct assigning s = {.c = c};
	struct edit_in in = {0};
	struct arena arena;
	struct json *v;
	enum err e;

	for (int i = 1; i < c->n_rest; i++)
		if (!text_valid(str_of(c->rest[i])) ||
		    !str_find(str_of(c->rest[i]), S("="), NULL))
			return cli_usage(c, "What is set is NAME=VALUE.");
	TRY(cli_open(c));
	arena_init(&arena);
	buf_init(&s.text);
	e = kv_read(c->kv, set_apply, &s, &c->fault);
	if (e == OK)
		e = json_parse(&arena, buf_str(&s.text), &v, &c->fault);
	if (e == OK) {
		in.attributes = v;
		e = edit(c, &in);
	}
	buf_fini(&s.text);
	arena_fini(&arena);
	return e;
}

static enum err
ban_run(struct cli *c)
{
	bool banned = c->command == &command_user_ban;
	struct edit_in in = {.banned = &banned};

	return edit(c, &in);
}

/* What came of it, in JSON either way: it is what a script keeps. */
static enum err
say_merge(struct cli *c, const struct merge *m)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	json_out_init(&j, &b);
	if (c->json)
		merge_json(&j, m);
	else
		buf_printf(&b, "merge %u%s", m->id,
			   m->undone != INSTANT_NONE ? " undone" : "");
	return cli_say(c, &b);
}

static enum err
merge_run(struct cli *c)
{
	struct desk desk;
	struct merge m;
	uint32_t user, into;
	struct by by;

	TRY(cli_user(c, c->rest[0], &user));
	TRY(cli_user(c, c->rest[1], &into));
	TRY(cli_desk(c, &by, &desk));
	TRY(desk_merge(&desk, user, into, &m, &c->fault));
	return say_merge(c, &m);
}

static enum err
undo_run(struct cli *c)
{
	struct desk desk;
	struct merge m;
	struct by by;
	uint64_t id;

	if (!str_to_u64(str_of(c->rest[0]), &id) || id > UINT32_MAX)
		return cli_usage(c, "A merge is a number.");
	TRY(cli_desk(c, &by, &desk));
	TRY(desk_merge_undo(&desk, (uint32_t)id, &m, &c->fault));
	return say_merge(c, &m);
}

static enum err
erase_run(struct cli *c)
{
	enum erase_mode mode = ERASE_KEEP_TOTALS;
	struct erasure certificate;
	struct json_out j;
	struct desk desk;
	uint32_t user;
	struct buf b;
	struct by by;

	if (c->given[MODE] != NULL &&
	    !erase_mode_find(str_of(c->given[MODE]), &mode))
		return cli_usage(c, "--mode takes keepTotals or forget.");
	TRY(cli_user(c, c->rest[0], &user));
	TRY(cli_desk(c, &by, &desk));
	TRY(desk_erase(&desk, user, mode, &certificate, &c->fault));
	buf_init(&b);
	json_out_init(&j, &b);
	erasure_json(&j, &certificate);
	return cli_say(c, &b);
}

const struct command command_user_show = {
    "user show",
    "USERID",
    1,
    1,
    no_options,
    show_run,
    "everything on one person; leaves an audit record",
    NULL};
const struct command command_user_set = {
    "user set",
    "USERID NAME=VALUE ...",
    2,
    -1,
    no_options,
    set_run,
    "edit attributes; NAME= clears",
    "What is set by hand stays above what events say."};
const struct command command_user_ban = {"user ban", "USERID", 1,     1,
					 no_options, ban_run,  "ban", NULL};
const struct command command_user_unban = {
    "user unban", "USERID", 1, 1, no_options, ban_run, "unban", NULL};
const struct command command_user_merge = {
    "user merge",
    "FROM INTO",
    2,
    2,
    no_options,
    merge_run,
    "make a person, and their chats, part of another",
    "Its number is told, to undo it by."};
const struct command command_user_undo = {"user undo",
					  "MERGE",
					  1,
					  1,
					  no_options,
					  undo_run,
					  "two people again, after a merge",
					  NULL};
const struct command command_user_history = {
    "user history",
    "USERID ATTRIBUTE",
    2,
    2,
    no_options,
    history_run,
    "earlier values of one attribute, newest first",
    NULL};
const struct command command_user_timeline = {
    "user timeline",
    "USERID",
    1,
    1,
    timeline_options,
    timeline_run,
    "what happened to a person, newest first",
    NULL};
const struct command command_erase = {
    "erase",
    "USERID",
    1,
    1,
    erase_options,
    erase_run,
    "erase a person, with their chats, for good",
    "Says the certificate, a JSON object, which names nobody."};
