/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport segment: lists of users by hand or by a filter.  A segment is named
 * by its name or its id, a user by the userId.
 */
#include "cli.h"

#include <stdlib.h>

#define PAGE 500u

static const struct cli_option no_options[] = {{0}};

enum { NAME, DESCRIPTION, FILTER };
static const struct cli_option create_options[] = {
    [NAME] = {"name", "TEXT", "what to call it"},
    [DESCRIPTION] = {"description", "TEXT", "what it is for"},
    [FILTER] = {"filter", "JSON", "makes it dynamic: who matches is in it"},
    {0}};
static const struct cli_option combine_options[] = {
    [NAME] = {"name", "TEXT", "what to call the new one"},
    [DESCRIPTION] = {"description", "TEXT", "what it is for"},
    {0}};
enum { WHO };
static const struct cli_option members_options[] = {
    [WHO] = {"filter", "JSON", "everybody who matches"}, {0}};

/* Finding ------------------------------------------------------------------ */

struct find {
	struct str name;
	uint32_t id;
};

static enum err
find_apply(struct kv_txn *txn, void *arg)
{
	struct find *f = arg;

	if (segment_find(txn, f->name, &f->id) || kv_error(txn) != OK)
		return kv_error(txn);
	return fail(kv_fault(txn), ERR_NOT_FOUND, "segment",
		    "there is no segment \"%.*s\"",
		    STR_ARG(text_prefix(f->name, 80)));
}

enum err
cli_segment(struct cli *c, const char *name, uint32_t *id)
{
	struct find f = {.name = str_of(name)};

	if (!text_valid(f.name))
		return fail(&c->fault, ERR_INPUT, "segment", "is not UTF-8");
	TRY(cli_open(c));
	TRY(kv_read(c->kv, find_apply, &f, &c->fault));
	*id = f.id;
	return OK;
}

/* Saying ------------------------------------------------------------------- */

struct say {
	struct cli *c;
	uint32_t id; /* 0: all of them */
	struct json_out j;
	struct buf out;
};

static void
row_words(struct buf *b, const struct segment_view *v)
{
	const struct segment *s = &v->segment;

	buf_printf(b, "%-5u %-7s ", s->id,
		   s->kind == SEGMENT_STATIC ? "static" : "dynamic");
	if (v->runs)
		buf_printf(b, "%10llu", (unsigned long long)v->size);
	else
		buf_printf(b, "%10s", "-");
	buf_printf(b, " %.*s\n", STR_ARG(s->name));
}

static void
segment_words(struct buf *b, const struct segment_view *v)
{
	row_words(b, v);
	if (v->segment.description.n > 0)
		buf_printf(b, "%.*s\n", STR_ARG(v->segment.description));
	if (v->sentence.n > 0)
		buf_printf(b, "%.*s\n%.*s\n", STR_ARG(v->sentence),
			   STR_ARG(v->segment.filter));
	if (!v->runs)
		buf_printf(b, "%.*s\n", STR_ARG(v->reason));
	for (size_t i = 0; i < v->n_needed_by; i++)
		buf_printf(b, "needed by %u %.*s\n", v->needed_by[i].id,
			   STR_ARG(v->needed_by[i].name));
}

static enum err
list_put(struct say *s, struct query *q, struct fault *f)
{
	struct segments_in in = {.limit = PAGE};
	struct segments_out out;

	do {
		TRY(segments_page(q, &s->c->who, &in, &out, f));
		if (s->c->json && in.after.n == 0) {
			json_object(&s->j);
			json_ki(&s->j, "total", (int64_t)out.total);
			json_key(&s->j, S("segments"));
			json_array(&s->j);
		}
		for (size_t i = 0; i < out.n; i++)
			if (s->c->json)
				segment_view_json(&out.rows[i], &s->j);
			else
				row_words(&s->out, &out.rows[i]);
		in.after = out.next;
	} while (out.next.p != NULL);
	if (s->c->json) {
		json_array_end(&s->j);
		json_object_end(&s->j);
	}
	return OK;
}

static enum err
one_put(struct say *s, struct query *q, struct fault *f)
{
	struct segment_view v;

	TRY(segment_view_get(q, &s->c->who, s->id, &v, f));
	if (s->c->json)
		segment_view_json(&v, &s->j);
	else
		segment_words(&s->out, &v);
	return OK;
}

static enum err
say_apply(struct kv_txn *txn, void *arg)
{
	struct say *s = arg;
	struct arena arena;
	enum err e;

	arena_init(&arena);
	struct query q = cli_query(s->c, txn, &arena);

	buf_reset(&s->out);
	json_out_init(&s->j, &s->out);
	e = kv_error(txn);
	if (e == OK)
		e = s->id ? one_put(s, &q, kv_fault(txn))
			  : list_put(s, &q, kv_fault(txn));
	arena_fini(&arena);
	return e;
}

/* The segment as it is now, or with 0 all of them. */
static enum err
segment_say(struct cli *c, uint32_t id)
{
	struct say s = {.c = c, .id = id};
	enum err e;

	buf_init(&s.out);
	e = kv_read(c->kv, say_apply, &s, &c->fault);
	if (e != OK) {
		buf_fini(&s.out);
		return e;
	}
	if (s.out.n > 0) {
		if (s.out.p[s.out.n - 1] == '\n')
			s.out.n--; /* cli_say ends the line */
		return cli_say(c, &s.out);
	}
	buf_fini(&s.out);
	return OK;
}

static enum err
list_run(struct cli *c)
{
	struct by by;

	TRY(cli_open_staff(c, &by));
	return segment_say(c, 0);
}

static enum err
show_run(struct cli *c)
{
	struct by by;
	uint32_t id;

	TRY(cli_open_staff(c, &by));
	TRY(cli_segment(c, c->rest[0], &id));
	return segment_say(c, id);
}

/* Changing ----------------------------------------------------------------- */

static enum err
create_run(struct cli *c)
{
	struct segment_making m = {.name = str_of(c->given[NAME]),
				   .description =
				       str_of(c->given[DESCRIPTION]),
				   .filter = str_of(c->given[FILTER])};
	struct desk d;
	struct by by;
	uint32_t id;

	if (c->given[NAME] == NULL)
		return cli_usage(c, "--name is needed.");
	TRY(cli_desk(c, &by, &d));
	TRY(desk_segment_create(&d, &m, &id, &c->fault));
	return segment_say(c, id);
}

/* What is asked for as the JSON that the desk takes. */
static enum err
users_json(struct cli *c, struct arena *a, struct json **out)
{
	struct json_out j;
	struct buf b;
	enum err e;

	buf_init(&b);
	json_out_init(&j, &b);
	if (c->given[WHO] != NULL) {
		buf_printf(&b, "{\"f\":%s}", c->given[WHO]);
	} else {
		json_array(&j);
		for (int i = 1; i < c->n_rest; i++)
			if (text_valid(str_of(c->rest[i])))
				json_text(&j, str_of(c->rest[i]));
			else
				json_null(&j); /* which is nobody */
		json_array_end(&j);
	}
	e = json_parse(a, arena_str(a, buf_str(&b)), out, &c->fault);
	buf_fini(&b);
	return e;
}

static enum err
moved_say(struct cli *c, const struct members_out *out)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_ki(&j, "added", (int64_t)out->added);
		json_ki(&j, "removed", (int64_t)out->removed);
		json_ki(&j, "size", (int64_t)out->size);
		json_object_end(&j);
	} else {
		buf_printf(&b, "%llu added, %llu removed; it has %llu now",
			   (unsigned long long)out->added,
			   (unsigned long long)out->removed,
			   (unsigned long long)out->size);
	}
	return cli_say(c, &b);
}

static enum err
members_run(struct cli *c, bool add)
{
	struct members_out out;
	struct members_in in = {0};
	struct arena arena;
	struct json *users;
	struct desk d;
	struct by by;
	uint32_t id;
	enum err e;

	if ((c->given[WHO] != NULL) == (c->n_rest > 1))
		return cli_usage(c, "It takes userIds, or --filter.");
	TRY(cli_desk(c, &by, &d));
	TRY(cli_segment(c, c->rest[0], &id));
	arena_init(&arena);
	e = users_json(c, &arena, &users);
	if (e == OK) {
		in.add = add ? users : NULL;
		in.remove = add ? NULL : users;
		e = desk_segment_members(&d, id, &in, &out, &c->fault);
	}
	arena_fini(&arena);
	return e == OK ? moved_say(c, &out) : e;
}

static enum err
add_run(struct cli *c)
{
	return members_run(c, true);
}

static enum err
remove_run(struct cli *c)
{
	return members_run(c, false);
}

static enum err
combine_run(struct cli *c)
{
	uint32_t ids[COMBINE_MAX], id;
	struct combine_in in = {.name = str_of(c->given[NAME]),
				.description = str_of(c->given[DESCRIPTION]),
				.segments = ids,
				.n_segments = (size_t)c->n_rest - 1};
	struct desk d;
	struct by by;

	if (c->given[NAME] == NULL)
		return cli_usage(c, "--name is needed.");
	if (!combination_find(str_of(c->rest[0]), &in.how))
		return cli_usage(c, "The first word is union, intersection or "
				    "difference.");
	if (in.n_segments > COMBINE_MAX)
		return cli_usage(c, "It takes at most %u segments.",
				 COMBINE_MAX);
	TRY(cli_desk(c, &by, &d));
	for (int i = 1; i < c->n_rest; i++)
		TRY(cli_segment(c, c->rest[i], &ids[i - 1]));
	TRY(desk_combine(&d, &in, &id, NULL, &c->fault));
	return segment_say(c, id);
}

static enum err
freeze_run(struct cli *c)
{
	struct desk d;
	struct by by;
	uint32_t id;

	TRY(cli_desk(c, &by, &d));
	TRY(cli_segment(c, c->rest[0], &id));
	TRY(desk_freeze(&d, id, NULL, &c->fault));
	return segment_say(c, id);
}

static enum err
delete_run(struct cli *c)
{
	struct desk d;
	struct by by;
	uint32_t id;

	TRY(cli_desk(c, &by, &d));
	TRY(cli_segment(c, c->rest[0], &id));
	return desk_segment_delete(&d, id, NULL, &c->fault);
}

/* Tables ------------------------------------------------------------------- */

#define SEGMENT_COMMAND(noun, verb, takes, from, to, opts, fn, says)           \
	const struct command command_segment_##noun = {                        \
	    .name = "segment " verb,                                           \
	    .rest = takes,                                                     \
	    .least = from,                                                     \
	    .most = to,                                                        \
	    .options = opts,                                                   \
	    .run = fn,                                                         \
	    .about = says,                                                     \
	}

SEGMENT_COMMAND(list, "list", "", 0, 0, no_options, list_run,
		"the segments, with exact sizes");
SEGMENT_COMMAND(show, "show", "SEGMENT", 1, 1, no_options, show_run,
		"one segment");
SEGMENT_COMMAND(create, "create", "", 0, 0, create_options, create_run,
		"a new segment, static or by a filter");
SEGMENT_COMMAND(add, "add", "SEGMENT [USERID...]", 1, -1, members_options,
		add_run, "put users into a static segment");
SEGMENT_COMMAND(remove, "remove", "SEGMENT [USERID...]", 1, -1, members_options,
		remove_run, "take users out of a static segment");
SEGMENT_COMMAND(combine, "combine",
		"HOW SEGMENT SEGMENT...", 3, -1,
		combine_options, combine_run,
		"a new one: union, intersection, difference of others");
SEGMENT_COMMAND(freeze, "freeze", "SEGMENT", 1, 1, no_options, freeze_run,
		"make a dynamic segment static, of who is in it");
SEGMENT_COMMAND(delete, "delete", "SEGMENT", 1, 1, no_options, delete_run,
		"delete a segment; its users stay");
