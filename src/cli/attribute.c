/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport attribute: what is known about users, what it is called and of what
 * type.  A change of type is made here and now, with a bar; cut off, it has
 * changed nothing.
 */
#include "cli.h"

enum { HIDDEN };
static const struct cli_option list_options[] = {
    [HIDDEN] = {"hidden", NULL, "also those that are hidden"}, {0}};

enum { LABEL, TYPE, HIDE, SHOW, PREVIEW };
static const struct cli_option change_options[] = {
    [LABEL] = {"label", "TEXT", "what to call it; \"\" for its own name"},
    [TYPE] = {"type", "TYPE",
	      "text, number, instant, date, boolean, set or ip; of a custom "
	      "one"},
    [HIDE] = {"hide", NULL, "offer it no more"},
    [SHOW] = {"show", NULL, "offer it again"},
    [PREVIEW] = {"preview", NULL, "only say what a change of type would do"},
    {0}};

/* List --------------------------------------------------------------------- */

struct list {
	struct cli *c;
	struct buf out;
	struct json_out j;
	struct arena arena;
};

static void
list_one(struct list *l, struct query *q, const struct attr *a)
{
	uint64_t n = query_coverage(q, a);
	bool hidden = (a->flags & ATTR_HIDDEN) != 0;
	struct json_out *j = &l->j;

	if (!l->c->json) {
		buf_printf(&l->out, "%-28.*s %-8s %10llu  %.*s%s\n",
			   STR_ARG(a->name), attr_type_names[a->type],
			   (unsigned long long)n, STR_ARG(a->label),
			   hidden ? " (hidden)" : "");
		return;
	}
	json_object(j);
	json_kt(j, "name", a->name);
	json_kt(j, "label", a->label);
	json_kt(j, "type", str_of(attr_type_names[a->type]));
	json_ki(j, "count", (int64_t)n);
	json_kb(j, "custom", (a->flags & ATTR_CUSTOM) != 0);
	json_kb(j, "hidden", hidden);
	json_object_end(j);
}

static enum err
list_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;
	struct query q = {.txn = txn, .arena = &l->arena, .now = clock_now()};

	arena_reset(&l->arena);
	q.catalog = people_catalog(l->c->people, txn);
	TRY(kv_error(txn));
	buf_reset(&l->out);
	json_out_init(&l->j, &l->out);
	if (l->c->json)
		json_array(&l->j);
	for (size_t i = 0; i < q.catalog->n; i++)
		if (l->c->given[HIDDEN] != NULL ||
		    (q.catalog->attrs[i].flags & ATTR_HIDDEN) == 0)
			list_one(l, &q, &q.catalog->attrs[i]);
	if (l->c->json)
		json_array_end(&l->j);
	return kv_error(txn);
}

static enum err
list_run(struct cli *c)
{
	struct list l = {.c = c};
	enum err e;

	TRY(cli_open(c));
	buf_init(&l.out);
	arena_init(&l.arena);
	e = kv_read(c->kv, list_body, &l, &c->fault);
	arena_fini(&l.arena);
	TRY(e);
	if (!c->json && l.out.n > 0)
		l.out.n--; /* the last line end is cli_say's */
	return cli_say(c, &l.out);
}

/* Change ------------------------------------------------------------------- */

static enum err
preview_say(struct cli *c, const struct retype_preview *p)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (!c->json) {
		buf_printf(&b, "%llu values parse, %llu do not",
			   (unsigned long long)p->fits,
			   (unsigned long long)p->misfits);
		for (size_t i = 0; i < p->n_examples; i++)
			buf_printf(&b, "\n  user %u: %.*s", p->examples[i].user,
				   STR_ARG(p->examples[i].text));
		return cli_say(c, &b);
	}
	json_out_init(&j, &b);
	json_object(&j);
	json_ki(&j, "fits", (int64_t)p->fits);
	json_ki(&j, "misfits", (int64_t)p->misfits);
	json_key(&j, S("examples"));
	json_array(&j);
	for (size_t i = 0; i < p->n_examples; i++) {
		json_object(&j);
		json_ki(&j, "id", p->examples[i].user);
		json_kt(&j, "text", p->examples[i].text);
		json_object_end(&j);
	}
	json_array_end(&j);
	json_object_end(&j);
	return cli_say(c, &b);
}

static bool
type_go(void *arg, uint64_t done, uint64_t total)
{
	struct bar *bar = arg;

	if (bar->total != total)
		bar_start(bar, "reading anew ", total);
	bar_move(bar, done);
	return true;
}

/* The record of the act is there before it begins, and another when it ended:
 * it is many transactions. */
static enum err
type_run(struct cli *c, const struct by *by, struct str name,
	 enum attr_type type)
{
	struct bar bar = {0};
	struct arena a;
	struct str what;
	enum err e;

	arena_init(&a);
	what = arena_printf(&a, "attribute %.*s: %s",
			    STR_ARG(text_prefix(name, ATTR_NAME_MAX)),
			    attr_type_names[type]);
	e = audit_write(c->staff, by, "attribute.type", what, STR_NONE,
			STR_NONE, &c->fault);
	if (e == OK) {
		e = people_retype(c->people, name, type, type_go, &bar,
				  &c->fault);
		bar_end(&bar);
	}
	if (e == OK)
		e = audit_write(c->staff, by, "attribute.typed", what, STR_NONE,
				S("done"), &c->fault);
	arena_fini(&a);
	return e;
}

static enum err
type_change(struct cli *c, const struct by *by, struct str name)
{
	struct retype_preview p = {0};
	enum attr_type type;
	struct arena a;
	enum err e;

	if (!attr_type_find(str_of(c->given[TYPE]), &type))
		return cli_usage(c, "--type takes text, number, instant, date, "
				    "boolean, set or ip.");
	arena_init(&a);
	e = people_retype_preview(c->people, name, type, &a, &p, &c->fault);
	if (e == OK && c->given[PREVIEW] != NULL)
		e = preview_say(c, &p);
	else if (e == OK)
		e = type_run(c, by, name, type);
	arena_fini(&a);
	return e;
}

static enum err
change_run(struct cli *c)
{
	struct str name = str_of(c->rest[0]), label = str_of(c->given[LABEL]);
	bool hidden = c->given[HIDE] != NULL;
	struct attr_change change = {0};
	struct desk desk = {0};
	struct by by;

	if (c->given[LABEL] != NULL)
		change.label = &label;
	if (hidden || c->given[SHOW] != NULL)
		change.hidden = &hidden;
	if ((c->given[TYPE] != NULL) == (change.label || change.hidden) ||
	    (hidden && c->given[SHOW] != NULL))
		return cli_usage(c, "It takes --type alone, or --label and one "
				    "of --hide and --show.");
	TRY(cli_open_staff(c, &by));
	if (c->given[TYPE] != NULL)
		return type_change(c, &by, name);
	desk.staff = c->staff;
	desk.people = c->people;
	desk.by = &by;
	return desk_define(&desk, name, &change, &c->fault);
}

const struct command command_attribute_list = {
    .name = "attribute list",
    .rest = "",
    .options = list_options,
    .run = list_run,
    .about = "what is known about users, and of how many",
};
const struct command command_attribute_change = {
    .name = "attribute change",
    .rest = "NAME",
    .least = 1,
    .most = 1,
    .options = change_options,
    .run = change_run,
    .about = "name, hide or show an attribute, or change its type",
    .more = "What does not parse as the new type is kept and shown, but no "
	    "filter finds it;\n--preview counts and shows that first.",
};
