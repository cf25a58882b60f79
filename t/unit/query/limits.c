/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Dynamic segments in filters, and what somebody with limits can find out: a
 * masked attribute answers like a name nobody has on every surface, to the
 * byte; people outside the scope are in no count, list, suggestion, coverage
 * or segment.
 *
 *        plan   score  secret  segments
 *   u1   free   1      alpha   Leads
 *   u2   team   3      beta    Leads VIP
 *   u3   free   3      gamma   VIP
 *   u4   team   7      alpha   Others
 *   u5   (none) 9      delta
 */
#include "world.h"

static uint32_t ids[5];

static void
populate(struct world *w, struct batch *b, void *arg)
{
	batch_segment(b, ids[0], S("Leads"), 1000000);
	batch_segment(b, ids[1], S("Leads"), 1000000);
	batch_segment(b, ids[1], S("VIP"), 1000000);
	batch_segment(b, ids[2], S("VIP"), 1000000);
	batch_segment(b, ids[3], S("Others"), 1000000);
}

struct dynamic {
	const char *name, *filter;
	uint32_t id;
	enum err err;
	struct fault fault;
};

/* Checked as the room does it, then made by the people room. */
struct rule_copy {
	struct dynamic *d;
	char filter[512];
	uint32_t refs[8];
	size_t n_refs;
};

static void
rule_look(struct world *w, void *arg)
{
	struct rule_copy *c = arg;
	struct rule_in in;

	c->d->err =
	    query_rule(w->q, str_of(c->d->filter), &in, &c->d->fault);
	if (c->d->err != OK)
		return;
	snprintf(c->filter, sizeof(c->filter), "%.*s", STR_ARG(in.filter));
	c->n_refs = in.n_refs;
	memcpy(c->refs, in.refs, in.n_refs * sizeof(*c->refs));
}

static void
rule_make(struct world *w, struct batch *b, void *arg)
{
	struct rule_copy *c = arg;
	struct segment_in in = {.name = str_of(c->d->name),
				.filter = str_of(c->filter),
				.refs = c->refs,
				.n_refs = c->n_refs};

	c->d->err =
	    segment_create(b, &in, 0, w->at, &c->d->id, &c->d->fault);
}

static uint32_t
dynamic(struct world *w, const char *name, const char *filter)
{
	struct dynamic d = {.name = name, .filter = filter};
	struct rule_copy c = {.d = &d};

	world_look(w, rule_look, &c);
	is_int(d.err, OK, "the filter of %s is one: %s", name, d.fault.text);
	world_change(w, rule_make, &c);
	is_int(d.err, OK, "%s is made: %s", name, d.fault.text);
	return d.id;
}

/* Who a filter finds, as digits: "125" is u1, u2 and u5. */
static struct str
found(struct world *w, const char *filter)
{
	char text[8] = "";
	struct filter *f;
	struct fault fault = {0};
	struct bits *b;
	size_t n = 0;

	if (filter_parse(w->q, str_of(filter), &f, &fault) != OK)
		return arena_printf(w->q->arena, "%s: %s", fault.path,
				    fault.text);
	b = filter_run(w->q, f);
	for (size_t i = 0; i < 5; i++) {
		if (bits_has(b, ids[i]))
			text[n++] = (char)('1' + i);
	}
	bits_free(b);
	return arena_str(w->q->arena, str_of(text));
}

static void
check_dynamic(struct world *w, void *arg)
{
	static const struct {
		const char *filter, *who;
	} cases[] = {
	    {"[\"segment\",\"hasAny\",\"High\"]", "2345"},
	    {"[\"segment\",\"hasNone\",\"High\"]", "1"},
	    {"[\"segment\",\"hasAny\",\"High\",\"Leads\"]", "12345"},
	    {"[\"segment\",\"hasAll\",\"High\",\"VIP\"]", "23"},
	    {"[\"segment\",\"hasAny\",\"High team\"]", "24"},
	    {"{\"not\":[\"segment\",\"hasAny\",\"High team\"]}", "135"},
	    {"{\"all\":[[\"segment\",\"hasAny\",\"High\"],"
	     "[\"segment\",\"hasNone\",\"High team\"]]}",
	     "35"},
	    {"[\"segment\",\"isSet\"]", "1234"}, /* kept by hand */
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is_str(found(w, cases[i].filter), str_of(cases[i].who), "%s",
		       cases[i].filter);
}

static void
check_members(struct world *w, void *arg)
{
	uint32_t high_team = *(uint32_t *)arg;
	struct bits *b;
	struct fault f = {0};

	is_int(query_segment(w->q, high_team, &b, &f), OK, "High team");
	ok(bits_count(b) == 2 && bits_has(b, ids[1]) && bits_has(b, ids[3]),
	   "is u2 and u4");
	bits_free(b);
	is_int(query_segment(w->q, 999, &b, &f), ERR_NOT_FOUND,
	       "a segment that is not");
	ok(b == NULL, "has no members");
}

static void
check_kept(struct world *w, void *arg)
{
	struct filter *f, *again;
	struct fault fault = {0};
	struct buf kept, twice;
	uint32_t refs[4], leads, vip;

	ok(segment_find(w->q->txn, S("Leads"), &leads) &&
	       segment_find(w->q->txn, S("VIP"), &vip),
	   "two segments");
	is_int(filter_parse(w->q,
			    S("{\"any\":[[\"segment\",\"hasAny\",\"VIP\","
			      "\"Leads\"],[\"segment\",\"hasNone\",\"VIP\"],"
			      "[\"score\",\"=\",3]]}"),
			    &f, &fault),
	       OK, "a filter that names them");
	buf_init(&kept);
	buf_init(&twice);
	filter_keep(f, &kept);
	is_str(buf_str(&kept),
	       arena_printf(w->q->arena,
			    "{\"any\":[[\"segment\",\"hasAny\",%u,%u],"
			    "[\"segment\",\"hasNone\",%u],[\"score\",\"=\","
			    "3]]}",
			    vip, leads, vip),
	       "is kept with their ids");
	is_int(filter_parse(w->q, buf_str(&kept), &again, &fault), OK,
	       "is read again");
	filter_json(again, &twice);
	ok(str_find(buf_str(&twice), S("\"VIP\",\"Leads\""), NULL),
	   "and shown with names");
	is_int(filter_refs(f, refs, 4), 2, "two are named");
	ok(refs[0] == (leads < vip ? leads : vip) &&
	       refs[1] == (leads < vip ? vip : leads),
	   "in order, each once");
	is_int(filter_refs(f, refs, 1), 2, "however little room there is");
	buf_fini(&kept);
	buf_fini(&twice);
}

/* A chain of segments, each naming the one before twice: read and run once
 * each, or this would not end. */
static void
check_chain(struct world *w)
{
	char name[16], filter[160];
	uint32_t last = dynamic(w, "c0", "[\"score\",\">\",2]");

	for (int i = 1; i < SEGMENT_NESTING; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		snprintf(filter, sizeof(filter),
			 "{\"all\":[[\"segment\",\"hasAny\",%u],"
			 "[\"segment\",\"hasAny\",%u]]}",
			 last, last);
		last = dynamic(w, name, filter);
	}
}

static void
check_chain_end(struct world *w, void *arg)
{
	struct str last = arena_printf(w->q->arena,
				       "[\"segment\",\"hasAny\",\"c%d\"]",
				       SEGMENT_NESTING - 1);

	is_str(found(w, last.p), S("2345"),
	       "sixteen segments deep, it is who it is");
}

/* Limits ------------------------------------------------------------------- */

static const char *const operators_tried[][2] = {
    {"is", "\"alpha\""},	 {"isNot", "\"alpha\""},
    {"isAnyOf", "\"alpha\""},	 {"isNoneOf", "\"alpha\""},
    {"contains", "\"a\""},	 {"notContains", "\"a\""},
    {"startsWith", "\"a\""},	 {"endsWith", "\"a\""},
    {"isSet", NULL},		 {"isNotSet", NULL},
    {"noSuchOperator", "\"a\""},
};

/* The answer to a filter on `name`, the name itself blotted out. */
static struct str
answer(struct world *w, const char *name, size_t op)
{
	const char *value = operators_tried[op][1];
	struct str text = arena_printf(
	    w->q->arena, "{\"all\":[[\"%s\",\"%s\"%s%s]]}", name,
	    operators_tried[op][0], value ? "," : "", value ? value : "");
	struct filter *f;
	struct fault fault = {0};
	enum err e = filter_parse(w->q, text, &f, &fault);
	char *at = strstr(fault.text, name);

	if (at)
		memset(at, '.', strlen(name));
	return arena_printf(w->q->arena, "%d %s %s", (int)e, fault.path,
			    fault.text);
}

static struct str
blotted(struct world *w, enum err e, struct fault *f, const char *name)
{
	char *at = strstr(f->text, name);

	if (at)
		memset(at, '.', strlen(name));
	return arena_printf(w->q->arena, "%d %s %s", (int)e, f->path, f->text);
}

static struct str
sort_answer(struct world *w, const char *name)
{
	const struct attr *a;
	struct fault f = {0};
	bool down;
	enum err e = sort_parse(w->q->catalog, str_of(name), &a, &down, &f);

	return blotted(w, e, &f, name);
}

static struct str
columns_answer(struct world *w, const char *name)
{
	const struct attr **list;
	struct fault f = {0};
	size_t n;
	enum err e = columns_parse(
	    w->q->catalog, arena_printf(w->q->arena, "plan,%s", name),
	    w->q->arena, &list, &n, &f);

	return blotted(w, e, &f, name);
}

static void
check_mask(struct world *w, void *arg)
{
	struct limits l = {.masked = S("secret,lastSeen,nosuch")};
	struct fault f = {0};
	struct list_in in = {.limit = 10};
	struct list_out out;
	const struct attr *sort;
	bool down, met = false;

	ok(found(w, "[\"secret\",\"is\",\"alpha\"]").n == 2,
	   "control: without limits it can be asked for");
	is_int(query_limit(w->q, &l, &f), OK, "a mask");
	for (size_t i = 0; i < COUNT(operators_tried); i++)
		is_str(answer(w, "secret", i), answer(w, "zzzzzz", i),
		       "%s on it answers as on what is not there",
		       operators_tried[i][0]);
	is_str(sort_answer(w, "secret"), sort_answer(w, "zzzzzz"),
	       "so does a sort");
	is_str(columns_answer(w, "secret"), columns_answer(w, "zzzzzz"),
	       "so does a column");
	for (size_t i = 0; i < w->q->catalog->n; i++)
		met |= str_eq(w->q->catalog->attrs[i].name, S("secret"));
	ok(!met, "no list of attributes has it");
	ok(!catalog_find(w->q->catalog, S("secret")), "nor can it be found");
	is_int(sort_parse(w->q->catalog, S(""), &sort, &down, &f), OK,
	       "without lastSeen");
	ok(sort->id == A_NAME && !down, "the default is the first column");
	is_int(query_list(w->q, &in, &out, &f), OK, "and a list can be had");
	is_int(out.total, 5, "of everybody");
	is_str(found(w, "[\"segment\",\"hasAny\",\"Alphas\"]"), S("14"),
	       "a segment over it says what its maker says");
}

struct coverage {
	const char *attr;
	uint64_t all, scoped;
};

static void
check_rows(struct world *w, void *arg)
{
	static const struct coverage covered[] = {{"plan", 4, 3},
						  {"score", 5, 3},
						  {"secret", 5, 3},
						  {"segment", 4, 3}};
	uint32_t segments[3] = {0};
	struct limits l = {.rows = true, .segments = segments, .n_segments = 3};
	struct suggestion *list;
	struct list_in in = {.limit = 10};
	struct list_out out;
	struct fault f = {0};
	struct filter *filter;
	struct bits *b;
	uint64_t counts[4], total;
	uint32_t others;
	size_t n;

	ok(segment_find(w->q->txn, S("Leads"), &segments[0]) &&
	       segment_find(w->q->txn, S("VIP"), &segments[1]) &&
	       segment_find(w->q->txn, S("Others"), &others),
	   "the segments are there");
	segments[2] = 4711; /* one that is gone */
	for (size_t i = 0; i < COUNT(covered); i++)
		is_int(query_coverage(w->q, catalog_find(w->q->catalog,
						str_of(covered[i].attr))),
		       covered[i].all, "all who have %s", covered[i].attr);
	is_int(query_limit(w->q, &l, &f), OK, "limited to two segments");
	is_str(found(w, "{}"), S("123"), "three people are there");
	is_str(found(w, "[\"userId\",\"isAnyOf\",\"u1\",\"u4\",\"u5\"]"),
	       S("1"), "however they are named");
	is_str(found(w, "{\"not\":[\"userId\",\"is\",\"u1\"]}"), S("23"),
	       "also by what they are not");
	for (size_t i = 0; i < COUNT(covered); i++)
		is_int(query_coverage(w->q, catalog_find(w->q->catalog,
						str_of(covered[i].attr))),
		       covered[i].scoped, "of them have %s", covered[i].attr);
	is_int(filter_parse(w->q, S("{\"any\":[[\"score\",\">\",6],"
				    "[\"plan\",\"isNot\",\"free\"]]}"),
			    &filter, &f),
	       OK, "a tree");
	is_int(filter_counts(w->q, filter, counts, 4), 3, "of three nodes");
	ok(counts[0] == 1 && counts[1] == 0 && counts[2] == 1,
	   "counts nobody else in any of them");
	is_int(query_list(w->q, &in, &out, &f), OK, "a list");
	is_int(out.total, 3, "is of three");
	is_int(query_suggest(w->q, catalog_find(w->q->catalog, S("secret")),
			     S(""), NULL, 9, &list, &n, &total, &f),
	       OK, "suggestions");
	ok(n == 3 && total == 3, "are of what those three have");
	is_int(query_suggest(w->q, catalog_find(w->q->catalog, S("secret")),
			     S("delta"), NULL, 9, &list, &n, &total, &f),
	       OK, "what only others have");
	ok(n == 0 && total == 0, "is not suggested");
	is_int(query_suggest(w->q, catalog_find(w->q->catalog, S("segment")),
			     S("other"), NULL, 9, &list, &n, &total, &f),
	       OK, "nor a segment");
	ok(n == 0 && total == 0, "in which nobody of them is");
	f = (struct fault){0};
	is_int(query_segment(w->q, others, &b, &f), ERR_NOT_FOUND,
	       "it cannot be opened");
	is_str(found(w, "[\"segment\",\"hasAny\",\"Others\"]"),
	       arena_printf(w->q->arena,
			    "/: segment: expected the name or the id of a "
			    "segment that exists, not \"Others\""),
	       "and a filter on it");
	is_str(found(w, "[\"segment\",\"hasAny\",\"Nosuch\"]"),
	       arena_printf(w->q->arena,
			    "/: segment: expected the name or the id of a "
			    "segment that exists, not \"Nosuch\""),
	       "answers as on one that is not there");
	is_str(found(w, "[\"segment\",\"hasAny\",\"High\"]"), S("23"),
	       "a dynamic one has who of them is in it");
}

static void
check_nobody(struct world *w, void *arg)
{
	const uint32_t gone = 4711;
	struct limits l = {.rows = true};
	struct limits all = {0};
	struct fault f = {0};
	struct query whole = *w->q;

	is_int(query_limit(w->q, &l, &f), OK, "limited to no segment");
	is_str(found(w, "{}"), S(""), "is nobody");
	*w->q = whole;
	l.segments = &gone;
	l.n_segments = 1;
	is_int(query_limit(w->q, &l, &f), OK, "and to one that is gone");
	is_str(found(w, "{}"), S(""), "is nobody as well, not everybody");
	*w->q = whole;
	is_int(query_limit(w->q, &all, &f), OK, "no limits");
	is_str(found(w, "{}"), S("12345"), "are everybody");
	is_int(query_limit(w->q, NULL, &f), OK, "so is NULL");
	is_str(found(w, "{}"), S("12345"), "no less");
}

static void
check_broken(struct world *w, void *arg)
{
	struct limits l = {.masked = S("score")};
	struct fault f = {0};

	ok(str_find(found(w, "{\"all\":[[\"segment\",\"hasAny\",\"Old\"]]}"),
		    S("\"score2\""), NULL),
	   "a segment that cannot run any more says why");
	is_int(query_limit(w->q, &l, &f), OK, "to who is limited");
	is_str(found(w, "{\"all\":[[\"segment\",\"hasAny\",\"Old\"]]}"),
	       S("/all/0: the filter of the segment \"Old\" cannot run"),
	       "it does not");
}

/* As an older version of the program might have left it. */
static void
make_broken(struct world *w, struct batch *b, void *arg)
{
	struct segment_in in = {.name = S("Old"),
				.filter = S("[\"score2\",\"=\",1]")};
	struct fault f = {0};
	uint32_t id;

	is_int(segment_create(b, &in, 0, w->at, &id, &f), OK, "Old is made");
}

int
main(void)
{
	struct world w;
	uint32_t high_team;

	world_open(&w);
	ids[0] = world_user(&w, "u1", "{\"plan\":\"free\",\"score\":1,"
				      "\"secret\":\"alpha\"}");
	ids[1] = world_user(&w, "u2", "{\"plan\":\"team\",\"score\":3,"
				      "\"secret\":\"beta\"}");
	ids[2] = world_user(&w, "u3", "{\"plan\":\"free\",\"score\":3,"
				      "\"secret\":\"gamma\"}");
	ids[3] = world_user(&w, "u4", "{\"plan\":\"team\",\"score\":7,"
				      "\"secret\":\"alpha\"}");
	ids[4] =
	    world_user(&w, "u5", "{\"score\":9,\"secret\":\"delta\"}");
	world_change(&w, populate, NULL);
	dynamic(&w, "High", "[\"score\",\">\",2]");
	high_team = dynamic(&w, "High team",
			    "{\"all\":[[\"segment\",\"hasAny\",\"High\"],"
			    "[\"plan\",\"is\",\"team\"]]}");
	dynamic(&w, "Alphas", "[\"secret\",\"is\",\"alpha\"]");
	world_look(&w, check_dynamic, NULL);
	world_look(&w, check_members, &high_team);
	world_look(&w, check_kept, NULL);
	check_chain(&w);
	world_look(&w, check_chain_end, NULL);
	world_look(&w, check_mask, NULL);
	world_look(&w, check_rows, NULL);
	world_look(&w, check_nobody, NULL);
	world_change(&w, make_broken, NULL);
	world_look(&w, check_broken, NULL);
	world_close(&w);
	return done_testing();
}
