/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Views: who sees and changes them, versions, what limits hide of them. */
#include "office.h"

static const struct str paris = S("[\"default_city\",\"is\",\"Paris\"]");

static uint32_t
make(struct office *o, const char *name, struct str filter,
     enum visibility visibility)
{
	struct view_in in = {.name = str_of(name),
			     .filter = filter,
			     .columns = S("default_name,plan,secret"),
			     .sort = S("-plan"),
			     .visibility = visibility};
	uint32_t id = 0;

	is_int(view_create(&o->desk, &in, &id, &o->f), OK, "%s: %s", name,
	       o->f.text);
	return id;
}

/* Looking -------------------------------------------------------------------- */

struct look {
	struct office *o;
	const struct who *who;
	const struct limits *limits;
	uint32_t id;
	bool found;
	struct view v; /* the text of it in `text` */
	char filter[256], columns[128], sort[64], slug[32];
	size_t n; /* of the list, of versions */
	uint32_t versions[8];
	size_t blank;
};

static bool
count_view(void *arg, const struct view *v)
{
	struct look *l = arg;

	if (l->n < COUNT(l->versions))
		l->versions[l->n] = v->version;
	l->blank += v->filter.n == 0 && v->columns.n == 0;
	l->n++;
	return true;
}

static void
get(struct world *w, void *arg)
{
	struct look *l = arg;
	struct fault f = {0};
	struct view by_slug;

	is_int(query_limit(w->q, l->limits, &f), OK, "%s looks", l->who->name);
	l->found = view_get(w->q, l->who, l->id, &l->v);
	if (!l->found)
		return;
	snprintf(l->filter, sizeof(l->filter), "%.*s", STR_ARG(l->v.filter));
	snprintf(l->columns, sizeof(l->columns), "%.*s", STR_ARG(l->v.columns));
	snprintf(l->sort, sizeof(l->sort), "%.*s", STR_ARG(l->v.sort));
	snprintf(l->slug, sizeof(l->slug), "%.*s", STR_ARG(l->v.slug));
	ok(view_find(w->q, l->who, l->v.slug, &by_slug) &&
	       by_slug.id == l->id,
	   "it is found by its address, too");
}

static void
list(struct world *w, void *arg)
{
	struct look *l = arg;
	struct fault f = {0};

	is_int(query_limit(w->q, l->limits, &f), OK, "%s lists", l->who->name);
	views_each(w->q, l->who, count_view, l);
}

static void
versions(struct world *w, void *arg)
{
	struct look *l = arg;
	struct fault f = {0};

	is_int(query_limit(w->q, l->limits, &f), OK, "%s", l->who->name);
	l->found = view_versions(w->q, l->who, l->id, count_view, l);
}

static struct look
look(struct office *o, const struct who *who, const struct limits *limits,
     uint32_t id, look_fn *fn)
{
	struct look l = {.o = o, .who = who, .limits = limits, .id = id};

	world_look(&o->w, fn, &l);
	return l;
}

/* Tests ------------------------------------------------------------------------ */

static void
test_life(struct office *o)
{
	struct view_change c = {.version = 1};
	struct str name = S("Parisians"), again = S("Again");
	struct str filter = S("{\"all\":[]}");
	uint32_t id, version = 0;
	struct look l;

	sit(o, &o->mia);
	id = make(o, "In Paris", paris, VIEW_PRIVATE);
	l = look(o, &o->mia, NULL, id, get);
	ok(l.found && l.v.version == 1 && l.v.owner.id == o->mia.id,
	   "it is there, at version 1");
	is_str(str_of(l.filter), paris, "with its filter");
	is_str(str_of(l.columns), S("default_name,plan,secret"),
	       "its columns");
	is_str(str_of(l.sort), S("-plan"), "its sort");
	is_int(strlen(l.slug), VIEW_SLUG, "and a short address");
	ok(strspn(l.slug, "abcdefghijklmnopqrstuvwxyz0123456789") == VIEW_SLUG,
	   "that is fit for a URL");
	ok(!look(o, &o->ben, NULL, id, get).found, "another does not see it");
	ok(!look(o, &o->olga, NULL, id, get).found, "nor does an Owner");
	is_int(look(o, &o->ben, NULL, 0, list).n, 0, "nor in a list");

	c.name = &name;
	is_int(view_change(&o->desk, id, &c, &version, &o->f), OK,
	       "a new name: %s", o->f.text);
	is_int(version, 2, "is a new version");
	c.name = &again;
	is_int(view_change(&o->desk, id, &c, &version, &o->f), ERR_STALE,
	       "a change to the old one is refused");
	sit(o, &o->ben);
	c.version = 2;
	is_int(view_change(&o->desk, id, &c, &version, &o->f), ERR_NOT_FOUND,
	       "another cannot change it");
	is_int(view_delete(&o->desk, id, NULL, &o->f), ERR_NOT_FOUND,
	       "nor delete it");

	sit(o, &o->mia);
	c = (struct view_change){
	    .version = 2,
	    .filter = &filter,
	    .visibility = &(const enum visibility){VIEW_TEAM}};
	is_int(view_change(&o->desk, id, &c, &version, &o->f), OK,
	       "it goes to the team");
	l = look(o, &o->ben, NULL, id, get);
	ok(l.found && l.v.version == 3, "and now the other sees it");
	is_int(look(o, &o->ben, NULL, 0, list).n, 1, "also in the list");
	sit(o, &o->ben);
	c = (struct view_change){
	    .version = 3,
	    .visibility = &(const enum visibility){VIEW_PRIVATE}};
	is_int(view_change(&o->desk, id, &c, &version, &o->f), ERR_DENIED,
	       "who sees it is not for them to say");
	c = (struct view_change){.version = 3, .name = &again};
	is_int(view_change(&o->desk, id, &c, &version, &o->f), OK,
	       "a name is");
	l = look(o, &o->mia, NULL, id, versions);
	ok(l.n == 4 && l.versions[0] == 4 && l.versions[3] == 1,
	   "all four versions are there, newest first");
	is_int(audits(o, "view.change", "").n, 3, "three changes are audited");
	o->f = (struct fault){0};
	is_int(view_delete(&o->desk, id, NULL, &o->f), ERR_DENIED,
	       "deleting is for its owner");
	sit(o, &o->olga);
	is_int(view_delete(&o->desk, id, &(uint32_t){99}, &o->f), ERR_STALE,
	       "nor is a version nobody has seen deleted");
	is_int(view_delete(&o->desk, id, NULL, &o->f), OK, "or for an Owner");
	ok(!look(o, &o->mia, NULL, id, get).found, "then it is gone");
	ok(!look(o, &o->mia, NULL, id, versions).found, "with its versions");
	is_int(audits(o, "view.delete", "").n, 1, "in the audit log");
}

static void
test_refusals(struct office *o)
{
	struct view_in in = {.name = S(" "), .filter = paris};
	struct view_in good = {.name = S("x"), .filter = paris};
	char name[VIEW_NAME_MAX + 1];
	uint32_t id;

	sit(o, &o->mia);
	is_int(view_create(&o->desk, &in, &id, &o->f), ERR_INVALID, "no name");
	is_str(str_of(o->f.path), S("name"), "is named");
	sit(o, &o->mia);
	memset(name, 'n', sizeof(name));
	in.name = (struct str){name, sizeof(name)};
	is_int(view_create(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "a long name");
	sit(o, &o->mia);
	in = good;
	in.filter = S("{\"all\":[[\"nosuch\",\"is\",\"x\"]]}");
	is_int(view_create(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "a filter that cannot run");
	is_str(str_of(o->f.path), S("/filter/all/0"), "is named by its path");
	sit(o, &o->mia);
	in = good;
	in.columns = S("plan,nosuch");
	is_int(view_create(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "an unknown column");
	sit(o, &o->mia);
	in = good;
	in.sort = S("-nosuch");
	is_int(view_create(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "an unknown sort");
}

static void
test_limits(struct office *o)
{
	const struct limits limits = {.masked = S("secret")};
	struct str columns = S("secret"), filter = S("{}");
	struct view_change c = {.version = 1, .columns = &columns};
	uint32_t open, over, version;
	struct look l;

	sit(o, &o->olga);
	open = make(o, "Paris", paris, VIEW_TEAM);
	over = make(o, "Secret",
		    S("{\"not\":{\"any\":[[\"plan\",\"isSet\"],[\"secret\","
		      "\"is\",\"alpha\"]]}}"),
		    VIEW_TEAM);
	ok(look(o, &o->ben, NULL, over, get).found, "control: Ben sees both");
	l = look(o, &o->ben, &limits, open, get);
	ok(l.found, "with a mask he sees the one");
	is_str(str_of(l.columns), S("default_name,plan"),
	       "without what is masked");
	ok(!look(o, &o->ben, &limits, over, get).found,
	   "and not the one whose filter names it");
	is_int(look(o, &o->ben, &limits, 0, list).n, 1, "nor in the list");
	ok(!look(o, &o->ben, &limits, over, versions).found,
	   "nor its versions");
	sit(o, &o->ben);
	o->desk.limits = &limits;
	is_int(view_change(&o->desk, over, &c, &version, &o->f),
	       ERR_NOT_FOUND, "nor can he change it");
	o->f = (struct fault){0};
	is_int(view_change(&o->desk, open, &c, &version, &o->f), ERR_INVALID,
	       "and to no column that is masked");
	ok(strstr(o->f.text, "there is no \"secret\""),
	   "which is not there for him");
	sit(o, &o->olga);
	c = (struct view_change){.version = 1, .filter = &filter};
	is_int(view_change(&o->desk, over, &c, &version, &o->f), OK,
	       "when the filter is another");
	l = look(o, &o->ben, &limits, over, versions);
	ok(l.found && l.n == 2, "he sees that there are two versions");
	is_int(l.blank, 1, "but not what the first one was");
}

int
main(void)
{
	struct office o;

	office_open(&o);
	world_user(&o.w, "u1",
		   "{\"plan\":\"free\",\"secret\":\"alpha\","
		   "\"default_city\":\"Paris\"}");
	test_life(&o);
	test_refusals(&o);
	test_limits(&o);
	office_close(&o);
	return done_testing();
}
