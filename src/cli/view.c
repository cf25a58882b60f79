/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport view: saved views, with their versions and share links.  A view is
 * named by its id or by its short address; the command line sees the private
 * ones, too.
 */
#include "cli.h"

static const struct cli_option no_options[] = {{0}};

enum { NAME, FILTER, COLUMNS, SORT, TEAM, PRIVATE };
static const struct cli_option view_options[] = {
    [NAME] = {"name", "TEXT", "what to call it"},
    [FILTER] = {"filter", "JSON", "who is in it"},
    [COLUMNS] = {"columns", "A,B", "what of them; \"\" for the default list"},
    [SORT] = {"sort", "[-]A", "by which attribute; \"\" for -lastSeen"},
    [TEAM] = {"team", NULL, "every manager finds it"},
    [PRIVATE] = {"private", NULL, "only its owner finds it"},
    {0}};

/* Saying ------------------------------------------------------------------- */

struct say {
	struct cli *c;
	enum { ALL, ONE, WHOLE } what;
	uint32_t id; /* of ONE, else as it was named */
	struct query *q;
	struct json_out j;
	struct buf out;
	uint64_t total;
	struct view newer; /* a version that is still to be told */
	bool held;
};

static bool
view_named(struct cli *c, struct query *q, struct view *out)
{
	struct str name = str_of(c->rest[0]);
	uint64_t id;

	if (view_find(q, &c->who, name, out))
		return true;
	return str_to_u64(name, &id) && id > 0 && id <= UINT32_MAX &&
	       view_get(q, &c->who, (uint32_t)id, out);
}

static bool
row_put(void *arg, const struct view *v)
{
	struct say *s = arg;

	s->total++;
	if (s->c->json)
		view_json(s->q, v, &s->j);
	else
		buf_printf(&s->out, "%-5u %-7s %3u %.*s %.*s\n", v->id,
			   visibility_name(v->visibility), v->version,
			   STR_ARG(v->slug), STR_ARG(v->name));
	return true;
}

static void
filter_words(struct say *s, const struct view *v)
{
	struct filter *filter;
	struct fault f = {0};

	if (filter_parse(s->q, v->filter, &filter, &f) == OK)
		filter_sentence(filter, &s->out);
	else
		buf_put(&s->out, str_of(f.text));
	buf_printf(&s->out, "\n%.*s\n", STR_ARG(v->filter));
	if (v->columns.n > 0)
		buf_printf(&s->out, "columns %.*s\n", STR_ARG(v->columns));
	if (v->sort.n > 0)
		buf_printf(&s->out, "sort %.*s\n", STR_ARG(v->sort));
}

static void
when_put(struct buf *b, int64_t at)
{
	char text[32];

	instant_format(at, text);
	buf_put(b, str_of(text));
}

static void
version_put(struct say *s, const struct view *before)
{
	if (s->c->json) {
		version_json(s->q, &s->newer, before, &s->j);
	} else {
		buf_printf(&s->out, "version %u ", s->newer.version);
		when_put(&s->out, s->newer.updated);
		buf_printf(&s->out, " %.*s\n", STR_ARG(s->newer.name));
	}
	s->held = false;
}

static bool
version_one(void *arg, const struct view *v)
{
	struct say *s = arg;

	if (s->held)
		version_put(s, v);
	s->newer = *v;
	s->held = true;
	return true;
}

static bool
link_one(void *arg, const struct link *l)
{
	struct say *s = arg;

	if (s->c->json) {
		json_object(&s->j);
		link_json(s->q, l, &s->j);
		json_object_end(&s->j);
		return true;
	}
	buf_printf(&s->out, "link %u %s until ", l->id,
		   link_state(l, s->q->now));
	when_put(&s->out, l->expires);
	buf_printf(&s->out, ", opened %llu times%s\n",
		   (unsigned long long)l->openings,
		   l->password ? ", with a password" : "");
	return true;
}

/* With its versions and its links. */
static void
whole_put(struct say *s, const struct view *v)
{
	struct json_out *j = &s->j;

	if (s->c->json) {
		json_object(j);
		json_key(j, S("view"));
		view_json(s->q, v, j);
		json_key(j, S("versions"));
		json_array(j);
	} else {
		row_put(s, v);
		filter_words(s, v);
	}
	view_versions(s->q, &s->c->who, v->id, version_one, s);
	if (s->held)
		version_put(s, NULL);
	if (s->c->json) {
		json_array_end(j);
		json_key(j, S("links"));
		json_array(j);
	}
	links_each(s->q, &s->c->who, v->id, link_one, s);
	if (s->c->json) {
		json_array_end(j);
		json_object_end(j);
	}
}

static void
all_put(struct say *s)
{
	if (s->c->json) {
		json_object(&s->j);
		json_key(&s->j, S("views"));
		json_array(&s->j);
	}
	views_each(s->q, &s->c->who, row_put, s);
	if (s->c->json) {
		json_array_end(&s->j);
		json_ki(&s->j, "total", (int64_t)s->total);
		json_object_end(&s->j);
	}
}

static enum err
say_apply(struct kv_txn *txn, void *arg)
{
	struct say *s = arg;
	struct arena arena;
	struct query q;
	struct view v;
	enum err e = OK;

	arena_init(&arena);
	q = cli_query(s->c, txn, &arena);
	s->q = &q;
	s->total = 0;
	buf_reset(&s->out);
	json_out_init(&s->j, &s->out);
	if (s->what == ALL)
		all_put(s);
	else if (s->what == ONE ? !view_get(&q, &s->c->who, s->id, &v)
				: !view_named(s->c, &q, &v))
		e = fail(kv_fault(txn), ERR_NOT_FOUND, "view",
			 "there is no such view");
	else if (s->what == ONE)
		row_put(s, &v);
	else
		whole_put(s, &v);
	arena_fini(&arena);
	return kv_error(txn) != OK ? kv_error(txn) : e;
}

static enum err
view_say(struct cli *c, int what, uint32_t id)
{
	struct say s = {.c = c, .what = what, .id = id};
	enum err e;

	buf_init(&s.out);
	e = kv_read(c->kv, say_apply, &s, &c->fault);
	if (e == OK && s.out.n > 0) {
		if (s.out.p[s.out.n - 1] == '\n')
			s.out.n--; /* cli_say ends the line */
		return cli_say(c, &s.out);
	}
	buf_fini(&s.out);
	return e;
}

static enum err
list_run(struct cli *c)
{
	struct by by;

	TRY(cli_open_staff(c, &by));
	return view_say(c, ALL, 0);
}

static enum err
show_run(struct cli *c)
{
	struct by by;

	TRY(cli_open_staff(c, &by));
	return view_say(c, WHOLE, 0);
}

/* Changing ----------------------------------------------------------------- */

struct find {
	struct cli *c;
	uint32_t id, version;
};

static enum err
find_apply(struct kv_txn *txn, void *arg)
{
	struct find *f = arg;
	struct arena arena;
	struct query q;
	struct view v;
	bool there;

	arena_init(&arena);
	q = cli_query(f->c, txn, &arena);
	there = view_named(f->c, &q, &v);
	f->id = v.id;
	f->version = v.version;
	arena_fini(&arena);
	if (there || kv_error(txn) != OK)
		return kv_error(txn);
	return fail(kv_fault(txn), ERR_NOT_FOUND, "view",
		    "there is no such view");
}

enum err
cli_view_find(struct cli *c, uint32_t *id, uint32_t *version)
{
	struct find f = {.c = c};

	TRY(kv_read(c->kv, find_apply, &f, &c->fault));
	*id = f.id;
	*version = f.version;
	return OK;
}

static enum err
visibility_read(struct cli *c, enum visibility *out)
{
	if (c->given[TEAM] && c->given[PRIVATE])
		return cli_usage(c, "It takes --team or --private.");
	*out = c->given[TEAM] ? VIEW_TEAM : VIEW_PRIVATE;
	return OK;
}

static enum err
create_run(struct cli *c)
{
	struct view_in in = {.name = str_of(c->given[NAME]),
			     .filter = str_of(c->given[FILTER]),
			     .columns = str_of(c->given[COLUMNS]),
			     .sort = str_of(c->given[SORT])};
	struct desk d;
	struct by by;
	uint32_t id;

	if (c->given[NAME] == NULL)
		return cli_usage(c, "--name is needed.");
	TRY(visibility_read(c, &in.visibility));
	TRY(cli_desk(c, &by, &d));
	TRY(view_create(&d, &in, &id, &c->fault));
	return view_say(c, ONE, id);
}

static enum err
change_run(struct cli *c)
{
	struct str given[PRIVATE + 1];
	enum visibility visibility;
	struct view_change change = {0};
	struct desk d;
	struct by by;
	uint32_t id;

	for (int i = NAME; i <= SORT; i++)
		given[i] = str_of(c->given[i]);
	change.name = c->given[NAME] ? &given[NAME] : NULL;
	change.filter = c->given[FILTER] ? &given[FILTER] : NULL;
	change.columns = c->given[COLUMNS] ? &given[COLUMNS] : NULL;
	change.sort = c->given[SORT] ? &given[SORT] : NULL;
	TRY(visibility_read(c, &visibility));
	if (c->given[TEAM] || c->given[PRIVATE])
		change.visibility = &visibility;
	TRY(cli_desk(c, &by, &d));
	TRY(cli_view_find(c, &id, &change.version));
	TRY(view_change(&d, id, &change, &change.version, &c->fault));
	return view_say(c, ONE, id);
}

static enum err
delete_run(struct cli *c)
{
	uint32_t id, version;
	struct desk d;
	struct by by;

	TRY(cli_desk(c, &by, &d));
	TRY(cli_view_find(c, &id, &version));
	return view_delete(&d, id, NULL, &c->fault);
}

/* Tables ------------------------------------------------------------------- */

#define VIEW_COMMAND(verb, takes, n, opts, says)                               \
	const struct command command_view_##verb = {                           \
	    .name = "view " #verb,                                             \
	    .rest = takes,                                                     \
	    .least = n,                                                        \
	    .most = n,                                                         \
	    .options = opts,                                                   \
	    .run = verb##_run,                                                 \
	    .about = says,                                                     \
	}

VIEW_COMMAND(list, "", 0, no_options, "the saved views");
VIEW_COMMAND(show, "VIEW", 1, no_options,
	     "one view, with its versions and share links");
VIEW_COMMAND(create, "", 0, view_options, "save a view");
VIEW_COMMAND(change, "VIEW", 1, view_options, "make a new version of a view");
VIEW_COMMAND(delete, "VIEW", 1, no_options,
	     "delete a view; all its share links end");
