/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Share links: what opens, what does not and says nothing about why, and what
 * an outsider can get at who tries every surface with a good link.
 *
 *        city    plan  secret  score
 *   u1   Paris   free  alpha   3
 *   u2   Paris   team  beta    1
 *   u3   Rome    team  gamma   2
 *   u4   Paris   free  delta
 */
#include "office.h"

#define DAY (86400 * SECOND_US)

static uint32_t
view_make(struct office *o)
{
	struct view_in in = {
	    .name = S("Paris"),
	    .filter = S("[\"default_city\",\"is\",\"Paris\"]"),
	    .columns = S("userId,plan,secret,score"),
	    .sort = S("secret"),
	    .visibility = VIEW_TEAM};
	uint32_t id = 0;

	is_int(view_create(&o->desk, &in, &id, &o->f), OK, "a view: %s",
	       o->f.text);
	return id;
}

struct made {
	uint32_t id;
	char text[LINK_TEXT];
};

static struct made
link_make(struct office *o, uint32_t view, const char *columns,
	  const char *password)
{
	struct link_in in = {.columns = str_of(columns),
			     .expires = INSTANT_NONE,
			     .password = str_of(password)};
	struct made m = {0};

	is_int(link_create(&o->desk, view, &in, m.text, &m.id, &o->f), OK,
	       "a link: %s", o->f.text);
	return m;
}

struct opened {
	enum err err;
	struct fault f;
	struct shared s;
	struct arena arena;
};

static struct opened
open_at(struct office *o, const char *text, const char *password,
	const char *grant, int64_t at)
{
	struct link_try t = {.text = str_of(text),
			     .password = str_of(password),
			     .grant = str_of(grant),
			     .from = S("198.51.100.9"),
			     .at = at,
			     .opening = true};
	struct opened out = {0};

	arena_init(&out.arena);
	out.err = link_open(o->staff, &t, &out.arena, &out.s, &out.f);
	return out;
}

static void
opens(struct office *o, const struct made *m, enum err e, const char *name)
{
	struct opened x = open_at(o, m->text, "", "", o->w.now);

	is_int(x.err, e, "%s", name);
	if (e == ERR_NOT_FOUND) {
		is_str(str_of(x.f.text), str_of(err_sentence(ERR_NOT_FOUND)),
		       "in the same words as ever");
		is_str(str_of(x.f.path), S(""), "about nothing in particular");
	}
	arena_fini(&x.arena);
}

/* Dead links --------------------------------------------------------------- */

static void
test_dead(struct office *o)
{
	const bool yes = true, no = false;
	struct made bad = {0, "AAAAAAAAAAAAAAAAAAAAAA"}, short_one = {0, "AAA"};
	struct made a, b, c;
	struct manager_change out = {.disabled = &yes}, in = {.disabled = &no};
	struct opened x;
	uint32_t view;

	sit(o, &o->mia);
	view = view_make(o);
	a = link_make(o, view, "", "");
	b = link_make(o, view, "plan", "");
	ok(strcmp(a.text, b.text) != 0 && strlen(a.text) == 22,
	   "two links have two texts of 128 bits");
	opens(o, &a, OK, "control: it opens");
	opens(o, &bad, ERR_NOT_FOUND, "one nobody made does not");
	opens(o, &short_one, ERR_NOT_FOUND, "nor what is no link at all");
	x = open_at(o, a.text, "", "", o->w.now + 30 * DAY - 1);
	is_int(x.err, OK, "after thirty days less a moment it opens still");
	arena_fini(&x.arena);
	x = open_at(o, a.text, "", "", o->w.now + 30 * DAY);
	is_int(x.err, ERR_NOT_FOUND, "then no more");
	is_str(str_of(x.f.text), str_of(err_sentence(ERR_NOT_FOUND)),
	       "and does not say that it did");
	arena_fini(&x.arena);
	is_int(link_revoke(&o->desk, view, a.id, &o->f), OK, "revoked");
	opens(o, &a, ERR_NOT_FOUND, "it does not open");
	is_int(link_revoke(&o->desk, view, a.id, &o->f), OK,
	       "revoked twice is revoked");
	is_int(link_revoke(&o->desk, view + 1, b.id, &o->f), ERR_NOT_FOUND,
	       "under another view there is no such link");
	sit(o, &o->olga);
	is_int(manager_change(o->staff, &o->by, o->mia.id, &out, &o->f), OK,
	       "Mia goes");
	opens(o, &b, ERR_NOT_FOUND, "and with her what she shared");
	is_int(manager_change(o->staff, &o->by, o->mia.id, &in, &o->f), OK,
	       "Mia comes back");
	opens(o, &b, OK, "so does the link");
	c = link_make(o, view, "plan", "");
	is_int(view_delete(&o->desk, view, NULL, &o->f), OK, "the view is deleted");
	opens(o, &b, ERR_NOT_FOUND, "then neither opens");
	opens(o, &c, ERR_NOT_FOUND, "whoever made it");
}

static void
test_refusals(struct office *o)
{
	struct link_in in = {.expires = INSTANT_NONE};
	char text[LINK_TEXT];
	uint32_t view, id;

	sit(o, &o->mia);
	view = view_make(o);
	in.columns = S("plan,default_city");
	is_int(link_create(&o->desk, view, &in, text, &id, &o->f),
	       ERR_INVALID, "a column that is not the view's is refused");
	ok(text[0] == 0, "and no text is given");
	sit(o, &o->mia);
	in = (struct link_in){.expires = o->w.now + LINK_LIFE_MAX + 1};
	is_int(link_create(&o->desk, view, &in, text, &id, &o->f),
	       ERR_INVALID, "so is more than a year");
	sit(o, &o->mia);
	in.expires = o->w.now;
	is_int(link_create(&o->desk, view, &in, text, &id, &o->f),
	       ERR_INVALID, "and a time that is over");
	sit(o, &o->mia);
	in = (struct link_in){.expires = INSTANT_NONE, .password = S("short")};
	is_int(link_create(&o->desk, view, &in, text, &id, &o->f),
	       ERR_INVALID, "and a short password");
	sit(o, &o->ben);
	in = (struct link_in){.expires = INSTANT_NONE};
	is_int(link_create(&o->desk, view, &in, text, &id, &o->f), ERR_DENIED,
	       "who may not share cannot");
	sit(o, &o->mia);
	is_int(link_create(&o->desk, 4711, &in, text, &id, &o->f),
	       ERR_NOT_FOUND, "no view, no link");
}

/* Who may not share must not widen what is shared. */
static void
test_widening(struct office *o)
{
	struct str all = S("{}"), name = S("Everybody");
	struct view_change c = {.version = 1, .filter = &all};
	uint32_t view, version;
	struct made m;

	sit(o, &o->mia);
	view = view_make(o);
	m = link_make(o, view, "plan", "");
	sit(o, &o->ben);
	is_int(view_change(&o->desk, view, &c, &version, &o->f), ERR_DENIED,
	       "who may not share cannot change the filter of what is");
	c = (struct view_change){.version = 1, .name = &name};
	is_int(view_change(&o->desk, view, &c, &version, &o->f), OK,
	       "its name they can");
	sit(o, &o->mia);
	is_int(link_revoke(&o->desk, view, m.id, &o->f), OK,
	       "once it is not shared any more");
	sit(o, &o->ben);
	c = (struct view_change){.version = 2, .filter = &all};
	is_int(view_change(&o->desk, view, &c, &version, &o->f), OK,
	       "the filter as well");
}

/* Passwords -------------------------------------------------------------------- */

static void
test_password(struct office *o)
{
	struct opened x, y;
	struct made m, other;
	uint32_t view;
	int tries;

	sit(o, &o->mia);
	view = view_make(o);
	m = link_make(o, view, "plan", "violet harbour");
	other = link_make(o, view, "plan", "another harbour");
	x = open_at(o, m.text, "", "", o->w.now);
	is_int(x.err, ERR_AUTH, "without the password it does not open");
	arena_fini(&x.arena);
	x = open_at(o, m.text, "wrong harbour", "", o->w.now);
	is_int(x.err, ERR_AUTH, "nor with a wrong one");
	ok(x.s.grant[0] == 0, "which gives no grant");
	arena_fini(&x.arena);
	x = open_at(o, m.text, "violet harbour", "", o->w.now);
	is_int(x.err, OK, "with the right one it does");
	is_int(strlen(x.s.grant), SECRET_TEXT - 1, "and gives a grant");
	y = open_at(o, m.text, "", x.s.grant, o->w.now + 3600 * SECOND_US);
	is_int(y.err, OK, "that opens it again");
	arena_fini(&y.arena);
	y = open_at(o, m.text, "", x.s.grant, o->w.now + GRANT_LIFE);
	is_int(y.err, ERR_AUTH, "for twelve hours");
	arena_fini(&y.arena);
	y = open_at(o, other.text, "", x.s.grant, o->w.now);
	is_int(y.err, ERR_AUTH, "and no other link");
	arena_fini(&y.arena);
	is_int(link_revoke(&o->desk, view, m.id, &o->f), OK, "revoked");
	y = open_at(o, m.text, "violet harbour", x.s.grant, o->w.now);
	is_int(y.err, ERR_NOT_FOUND,
	       "neither the grant nor the password opens it");
	arena_fini(&y.arena);
	arena_fini(&x.arena);
	for (tries = 0; tries < 20; tries++) {
		x = open_at(o, other.text, "wrong harbour", "", o->w.now);
		arena_fini(&x.arena);
		if (x.err != ERR_AUTH)
			break;
	}
	is_int(tries, 5, "five wrong passwords are free");
	is_int(x.err, ERR_BUSY, "then they are slowed down");
	ok(x.s.retry_after >= 1, "and it says for how long");
	x = open_at(o, other.text, "another harbour", "", o->w.now);
	is_int(x.err, ERR_BUSY, "the right one as well");
	arena_fini(&x.arena);
	is_int(links_sweep(o->staff, o->w.now + GRANT_LIFE, &o->f), OK,
	       "old grants are swept");
}

/* The outsider ---------------------------------------------------------------- */

struct outsider {
	struct office *o;
	struct opened *opened;
	const struct limits *maker;
	enum err err;
};

static const char *const beyond[] = {
    "secret",	    "default_city", "default_name", "default_email",
    "default_phone", "lastSeen",    "createdAt",    "segment",
    "userId",	    "banned",	    "consent",	    "chats",
};

static void
tries(struct world *w, const char *name)
{
	struct str leaf = arena_printf(w->q->arena,
				       "{\"any\":[[\"%s\",\"isSet\"]]}", name);
	const struct attr *a, **list;
	struct filter *filter;
	struct fault f = {0};
	bool down;
	size_t n;

	is_int(filter_parse(w->q, leaf, &filter, &f), ERR_INVALID,
	       "%s is in no filter", name);
	ok(strstr(f.text, "there is no \""), "for it is not there");
	is_int(sort_parse(w->q->catalog, str_of(name), &a, &down, NULL),
	       ERR_INVALID, "no sort");
	is_int(columns_parse(w->q->catalog, str_of(name), w->q->arena, &list,
			     &n, NULL),
	       ERR_INVALID, "no column");
	ok(!catalog_find(w->q->catalog, str_of(name)), "and no suggestion");
}

static void
outside(struct world *w, void *arg)
{
	struct outsider *x = arg;
	struct shared *s = &x->opened->s;
	struct fault f = {0};
	struct list_in in = {.limit = 10};
	struct list_out out;
	const struct attr **list;
	struct suggestion *values;
	struct json_out j;
	struct buf row;
	uint64_t total;
	size_t n;

	x->err = shared_limit(w->q, s, x->maker, &f);
	is_int(x->err, OK, "what is shared can be shown: %s", f.text);
	is_str(s->columns, S("plan,score"), "two columns");
	is_str(s->sort, S("plan"), "in an order that can be seen");
	is_int(w->q->catalog->n, 2, "there is nothing else");
	for (size_t i = 0; i < COUNT(beyond); i++)
		tries(w, beyond[i]);
	is_int(query_list(w->q, &in, &out, &f), OK, "the list");
	is_int(out.total, 3, "is of the view's three people");
	is_int(columns_parse(w->q->catalog, s->columns, w->q->arena, &list, &n,
			     &f),
	       OK, "the columns");
	buf_init(&row);
	json_out_init(&j, &row);
	query_row(w->q, out.ids[0], list, n, &j);
	is_str(buf_str(&row), S("{\"plan\":\"free\",\"score\":3}"),
	       "a row has them alone, and no id");
	buf_fini(&row);
	is_int(columns_parse(w->q->catalog, S(""), w->q->arena, &list, &n, &f),
	       OK, "the default columns");
	for (size_t i = 0; i < n; i++)
		ok(list[i]->id == catalog_find(w->q->catalog, S("plan"))->id ||
		       list[i]->id ==
			   catalog_find(w->q->catalog, S("score"))->id,
		   "are among them");
	is_int(query_suggest(w->q, catalog_find(w->q->catalog, S("plan")),
			     S(""), NULL, 9, &values, &n, &total, &f),
	       OK, "suggestions");
	ok(n == 2 && values[0].count == 2 && values[1].count == 1,
	   "count three people");
	is_int(query_coverage(w->q, catalog_find(w->q->catalog, S("score"))),
	       2, "so does the coverage");
}

static void
outside_limited(struct world *w, void *arg)
{
	struct outsider *x = arg;
	struct list_in in = {.limit = 10};
	struct list_out out;
	struct fault f = {0};

	x->err = shared_limit(w->q, &x->opened->s, x->maker, &f);
	if (x->err != OK)
		return;
	is_str(x->opened->s.columns, S("score"),
	       "what its maker may not see is not in the link any more");
	is_int(query_list(w->q, &in, &out, &f), OK, "a list");
	is_int(out.total, 1, "nor are people outside the maker's scope");
}

static void
add_vip(struct world *w, struct batch *b, void *arg)
{
	batch_segment(b, *(uint32_t *)arg, S("VIP"), 1000000);
}

static void
find_vip(struct world *w, void *arg)
{
	ok(segment_find(w->q->txn, S("VIP"), arg), "there is a segment VIP");
}

static void
test_outsider(struct office *o, uint32_t u2)
{
	struct outsider x = {.o = o};
	struct str narrower = S("userId,secret"), same = S("plan,score");
	struct view_change c = {.version = 1, .columns = &same};
	struct limits maker = {.rows = true, .n_segments = 1};
	struct opened opened;
	uint32_t view, version, vip = 0;
	struct made m;

	sit(o, &o->mia);
	view = view_make(o);
	m = link_make(o, view, "plan,score", "");
	opened = open_at(o, m.text, "", "", o->w.now);
	is_int(opened.err, OK, "an outsider comes by");
	x.opened = &opened;
	world_look(&o->w, outside, &x);
	arena_fini(&opened.arena);

	world_change(&o->w, add_vip, &u2);
	world_look(&o->w, find_vip, &vip);
	maker.segments = &vip;
	maker.masked = S("plan");
	x.maker = &maker;
	opened = open_at(o, m.text, "", "", o->w.now);
	world_look(&o->w, outside_limited, &x);
	is_int(x.err, OK, "when its maker is limited, the link goes on");
	arena_fini(&opened.arena);
	maker.masked = S("plan,score");
	opened = open_at(o, m.text, "", "", o->w.now);
	world_look(&o->w, outside_limited, &x);
	is_int(x.err, ERR_NOT_FOUND, "until nothing of it may be seen");
	arena_fini(&opened.arena);

	x.maker = NULL;
	c.columns = &narrower;
	is_int(view_change(&o->desk, view, &c, &version, &o->f), OK,
	       "when the view loses the link's columns");
	opened = open_at(o, m.text, "", "", o->w.now);
	world_look(&o->w, outside_limited, &x);
	is_int(x.err, ERR_NOT_FOUND, "there is nothing to show");
	arena_fini(&opened.arena);
}

/* The log of openings ------------------------------------------------------------ */

struct seen {
	uint32_t view, link;
	size_t openings, links;
	int64_t last;
	struct link shown;
};

static bool
see_opening(void *arg, const struct opening *op)
{
	struct seen *s = arg;

	if (s->openings++ == 0)
		s->last = op->at;
	return str_eq(op->from, S("198.51.100.9"));
}

static bool
see_link(void *arg, const struct link *l)
{
	struct seen *s = arg;

	s->links++;
	s->shown = *l;
	return true;
}

static void
see(struct world *w, void *arg)
{
	struct seen *s = arg;
	struct who olga = who_command();

	ok(links_each(w->q, &olga, s->view, see_link, s), "the links");
	link_openings(w->q->txn, s->link, 0, see_opening, s);
}

static void
test_log(struct office *o)
{
	struct seen s = {0};
	struct opened x;
	struct made m;
	char what[48];

	sit(o, &o->mia);
	s.view = view_make(o);
	m = link_make(o, s.view, "plan", "");
	s.link = m.id;
	for (int i = 1; i <= 3; i++) {
		x = open_at(o, m.text, "", "", o->w.now + i * SECOND_US);
		is_int(x.err, OK, "opened");
		arena_fini(&x.arena);
	}
	world_look(&o->w, see, &s);
	is_int(s.links, 1, "there is one link");
	ok(s.shown.openings == 3 && s.shown.opened == o->w.now + 3 * SECOND_US,
	   "opened three times");
	is_int(s.openings, 3, "each is in its log");
	ok(s.last == o->w.now + 3 * SECOND_US, "newest first");
	snprintf(what, sizeof(what), "link %u of view %u", m.id, s.view);
	is_int(audits(o, "link.open", what).n, 3, "and in the audit chain");
}

int
main(void)
{
	struct office o;
	uint32_t u2;

	office_open(&o);
	world_user(&o.w, "u1",
		   "{\"default_city\":\"Paris\",\"plan\":\"free\",\"secret\":"
		   "\"alpha\",\"score\":3}");
	u2 = world_user(&o.w, "u2",
			"{\"default_city\":\"Paris\",\"plan\":\"team\","
			"\"secret\":\"beta\",\"score\":1}");
	world_user(&o.w, "u3",
		   "{\"default_city\":\"Rome\",\"plan\":\"team\",\"secret\":"
		   "\"gamma\",\"score\":2}");
	world_user(&o.w, "u4",
		   "{\"default_city\":\"Paris\",\"plan\":\"free\",\"secret\":"
		   "\"delta\"}");
	test_dead(&o);
	test_refusals(&o);
	test_widening(&o);
	test_password(&o);
	test_outsider(&o, u2);
	test_log(&o);
	office_close(&o);
	return done_testing();
}
