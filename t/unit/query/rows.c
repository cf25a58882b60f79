/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sort and column parameters, rows, suggestions, and what a scope hides. */
#include "world.h"

static void
check_sort(struct world *w, void *arg)
{
	const struct catalog *c = w->q->catalog;
	const struct attr *a;
	struct fault f = {0};
	bool down;

	is_int(sort_parse(c, S(""), &a, &down, &f), OK, "no sort");
	ok(a->id == A_LAST_SEEN && down, "is last seen, newest first");
	is_int(sort_parse(c, S("default_name"), &a, &down, &f), OK, "a name");
	ok(a->id == A_NAME && !down, "is upwards");
	is_int(sort_parse(c, S("-plan"), &a, &down, &f), OK,
	       "a custom attribute");
	ok(str_eq(a->name, S("plan")) && down, "downwards");
	is_int(sort_parse(c, S("-"), &a, &down, &f), ERR_INVALID,
	       "a minus alone is refused");
	f = (struct fault){0};
	is_int(sort_parse(c, S("nosuch"), &a, &down, &f), ERR_INVALID,
	       "so is what is no attribute");
	is_str(str_of(f.path), S("sort"), "naming the parameter");
	ok(strstr(f.text, "\"nosuch\""), "and the name");
}

static void
check_columns(struct world *w, void *arg)
{
	const struct catalog *c = w->q->catalog;
	const struct attr **list;
	struct fault f = {0};
	size_t n;

	is_int(columns_parse(c, S(""), w->q->arena, &list, &n, &f), OK,
	       "no columns");
	ok(n == 4 && list[0]->id == A_NAME && list[1]->id == A_EMAIL &&
	       list[2]->id == A_LAST_SEEN && list[3]->id == A_FIRST_SEEN,
	   "are the four of the data model");
	is_int(columns_parse(c, S("plan,userId"), w->q->arena, &list, &n, &f),
	       OK, "two columns");
	ok(n == 2 && list[1]->id == A_USER_ID, "in their order");
	is_int(columns_parse(c, S("plan,,userId"), w->q->arena, &list, &n, &f),
	       ERR_INVALID, "an empty name is refused");
	f = (struct fault){0};
	is_int(columns_parse(c, S("plan,nosuch"), w->q->arena, &list, &n, &f),
	       ERR_INVALID, "so is an unknown one");
	ok(strstr(f.text, "\"nosuch\"") && !strcmp(f.path, "columns"),
	   "by name");
	is_int(columns_parse(c, S("plan,plan"), w->q->arena, &list, &n, &f),
	       ERR_INVALID, "and one that stands there twice");
}

static void
check_row(struct world *w, void *arg)
{
	const struct attr **list;
	struct fault f = {0};
	struct json_out j;
	struct buf b;
	uint32_t id;
	size_t n;

	ok(user_find(w->q->txn, S("u1"), &id), "u1 is there");
	is_int(columns_parse(w->q->catalog,
			     S("plan,default_name,default_email,tags,score"),
			     w->q->arena, &list, &n, &f),
	       OK, "five columns");
	buf_init(&b);
	json_out_init(&j, &b);
	query_row(w->q, id, list, n, &j);
	is_str(buf_str(&b),
	       arena_printf(w->q->arena,
			    "{\"id\":%u,\"plan\":\"Free\",\"default_name\":"
			    "\"Ana \\\"x\\\"\",\"tags\":[\"a\",\"B\"],"
			    "\"score\":1.5}",
			    id),
	       "a row has what there is, in the order of the columns");
	buf_fini(&b);
}

/* Suggestions ----------------------------------------------------------- */

struct wanted {
	const char *attr, *text, *within, *scope;
	size_t limit;
	const char *values; /* "value=count|…" */
	uint64_t total;
};

static const struct wanted wanted[] = {
    /* most first, ties by value */
    {"plan", "", "", NULL, 9, "Free=3|team=2|starter=1", 3},
    {"plan", "", "", NULL, 2, "Free=3|team=2", 3},
    /* what starts with it before what contains it, however many */
    {"plan", "t", "", NULL, 9, "team=2|starter=1", 2},
    {"plan", "T", "", NULL, 9, "team=2|starter=1", 2},
    {"plan", "R", "", NULL, 9, "Free=3|starter=1", 2},
    {"plan", "nothing", "", NULL, 9, "", 0},
    /* counts under the filter, and none of nobody */
    {"plan", "", "[\"score\",\">\",2]", NULL, 9, "team=2|FREE=1", 2},
    /* a scope hides values and spellings alike */
    {"plan", "", "", "[\"userId\",\"is\",\"u3\"]", 9, "FREE=1", 1},
    {"plan", "", "[\"userId\",\"is\",\"u1\"]", "[\"userId\",\"is\",\"u3\"]", 9,
     "", 0},
    {"tags", "b", "", NULL, 9, "B=2|ab=1", 2},
    {"segment", "le", "", NULL, 9, "Leads=2", 1},
    {"segment", "", "", "[\"userId\",\"is\",\"u2\"]", 9, "Leads=1|VIP=1", 2},
    {"consent", "", "", NULL, 9, "none=5|in=1", 2},
    {"score", "", "", NULL, 9, "1.5=2|3=2|7.25=1", 3},
    {"score", "7", "", NULL, 9, "7.25=1", 1},
    {"banned", "", "", NULL, 9, "false=6", 1},
    {"default_ip", "10.", "", NULL, 9, "10.0.0.1=1", 1},
    {"default_ip", "2001", "", NULL, 9, "2001:DB8::1=1", 1},
};

static void
check_suggestion(struct world *w, const struct wanted *x)
{
	struct suggestion *list;
	struct fault f = {0};
	struct filter *within, *scope = NULL;
	const struct attr *a = catalog_find(w->q->catalog, str_of(x->attr));
	uint64_t total;
	struct buf got;
	size_t n;

	buf_init(&got);
	is_int(filter_parse(w->q, str_of(x->within), &within, &f), OK,
	       "suggest %s \"%s\"", x->attr, x->text);
	if (x->scope)
		is_int(filter_parse(w->q, str_of(x->scope), &scope, &f), OK,
		       "in a scope");
	w->q->scope = scope;
	is_int(query_suggest(w->q, a, str_of(x->text),
			     x->within[0] ? within : NULL, x->limit, &list, &n,
			     &total, &f),
	       OK, "within %s", x->within[0] ? x->within : "everybody");
	for (size_t i = 0; i < n; i++)
		buf_printf(&got, "%s%.*s=%llu", i ? "|" : "",
			   STR_ARG(list[i].value),
			   (unsigned long long)list[i].count);
	w->q->scope = NULL;
	is_str(buf_str(&got), str_of(x->values), "offers these");
	is_int(total, x->total, "of so many");
	buf_fini(&got);
}

static void
check_suggestions(struct world *w, void *arg)
{
	struct suggestion *list;
	struct fault f = {0};
	uint64_t total;
	size_t n;
	const struct attr *a = catalog_find(w->q->catalog, S("plan"));

	for (size_t i = 0; i < COUNT(wanted); i++)
		check_suggestion(w, &wanted[i]);
	is_int(query_suggest(w->q, a, S(""), NULL, 0, &list, &n, &total, &f),
	       ERR_INVALID, "a list of none is refused");
	f = (struct fault){0};
	is_int(query_suggest(w->q, catalog_find(w->q->catalog, S("lastSeen")),
			     S("2"), NULL, 9, &list, &n, &total, &f),
	       ERR_INVALID, "instants are not listed");
	is_str(str_of(f.path), S("name"), "which names the attribute");
	is_int(query_coverage(w->q, a), 6, "six have a plan");
	a = catalog_find(w->q->catalog, S("tags"));
	is_int(query_coverage(w->q, a), 2, "two have tags");
}

/* What a scope leaves of counts and lists. */
static void
check_scope(struct world *w, void *arg)
{
	struct filter *scope, *f;
	struct fault fault = {0};
	struct list_in in = {.limit = 10};
	struct list_out out;
	uint64_t counts[8];

	is_int(filter_parse(w->q, S("[\"userId\",\"isAnyOf\",\"u1\",\"u2\"]"),
			    &scope, &fault),
	       OK, "a scope of two people");
	is_int(filter_parse(w->q,
			    S("{\"any\":[[\"score\",\">\",2],{\"not\":"
			      "[\"plan\",\"is\",\"free\"]}]}"),
			    &f, &fault),
	       OK, "and a filter");
	is_int(filter_counts(w->q, f, counts, 8), 4, "of four nodes");
	/* u1 Free 1.5, u2 team 3, u3 FREE 3, u4 team 7.25, u5 starter, u6 free
	 */
	ok(counts[0] == 4 && counts[1] == 3 && counts[2] == 3 && counts[3] == 3,
	   "which alone count 4, 3, 3, 3");
	w->q->scope = scope;
	is_int(filter_counts(w->q, f, counts, 8), 4, "in the scope");
	ok(counts[0] == 1 && counts[1] == 1 && counts[2] == 1 && counts[3] == 1,
	   "every node counts one");
	is_int(filter_counts(w->q, f, counts, 1), 4,
	       "the number of nodes does not depend on the room for them");
	in.filter = f;
	is_int(query_list(w->q, &in, &out, &fault), OK, "a list in it");
	ok(out.total == 1 && out.n == 1, "is of one");
	in.filter = NULL;
	is_int(query_list(w->q, &in, &out, &fault), OK,
	       "no filter is everybody");
	is_int(out.total, 2, "of the scope");
	w->q->scope = NULL;
}

static void
add_segments(struct world *w, struct batch *b, void *arg)
{
	const uint32_t *ids = arg;

	batch_segment(b, ids[0], S("Leads"), 1000000);
	batch_segment(b, ids[1], S("Leads"), 1000000);
	batch_segment(b, ids[1], S("VIP"), 1000000);
	batch_consent(b, ids[1], true, w->at);
}

int
main(void)
{
	struct world w;
	uint32_t ids[2];

	world_open(&w);
	ids[0] = world_user(&w, "u1",
			    "{\"plan\":\"Free\",\"score\":1.5,"
			    "\"default_name\":\"Ana \\\"x\\\"\","
			    "\"tags\":[\"B\",\"a\"]}");
	ids[1] = world_user(&w, "u2",
			    "{\"plan\":\"team\",\"score\":3,"
			    "\"tags\":[\"b\",\"ab\"]}");
	world_user(&w, "u3",
		   "{\"plan\":\"FREE\",\"score\":3,"
		   "\"default_ip\":\"10.0.0.1\"}");
	world_user(&w, "u4",
		   "{\"plan\":\"team\",\"score\":7.25,\"default_ip\":\"2001:"
		   "DB8::1\"}");
	world_user(&w, "u5", "{\"plan\":\"starter\",\"score\":1.5}");
	world_user(&w, "u6", "{\"plan\":\"free\",\"score\":\"many\"}");
	world_change(&w, add_segments, ids);
	world_look(&w, check_sort, NULL);
	world_look(&w, check_columns, NULL);
	world_look(&w, check_row, NULL);
	world_look(&w, check_suggestions, NULL);
	world_look(&w, check_scope, NULL);
	world_close(&w);
	return done_testing();
}
