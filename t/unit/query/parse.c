/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading filters: what is taken, and what every refusal names. */
#include "world.h"

struct refusal {
	const char *filter;
	enum err code;
	const char *path, *says; /* says: part of the text */
};

static const struct refusal refusals[] = {
    {"{", ERR_INPUT, NULL, ""},
    {"\"x\"", ERR_INVALID, "/", "a group"},
    {"17", ERR_INVALID, "/", "a condition"},
    {"null", ERR_INVALID, "/", "a group"},
    {"[]", ERR_INVALID, "/", "[\"attribute\", \"operator\""},
    {"[\"default_name\"]", ERR_INVALID, "/", "\"operator\""},
    {"[1,\"is\",\"x\"]", ERR_INVALID, "/", "\"attribute\""},
    {"[\"default_name\",7,\"x\"]", ERR_INVALID, "/", "\"operator\""},
    {"[\"nosuch\",\"is\",\"x\"]", ERR_INVALID, "/", "no \"nosuch\""},
    {"[\"name\",\"is\",\"x\"]", ERR_INVALID, "/", "no \"name\""},
    {"[\"default_name\",\"nosuch\",\"x\"]", ERR_INVALID, "/",
     "default_name is of type text and has no operator \"nosuch\"; expected "
     "one of is, isNot, isAnyOf"},
    {"[\"default_name\",\"<\",3]", ERR_INVALID, "/", "no operator \"<\""},
    {"[\"score\",\"is\",\"3\"]", ERR_INVALID, "/",
     "score is of type number and has no operator \"is\"; expected one of =, "
     "!=, <, <=, >, >=, between, isSet, isNotSet"},
    {"{\"all\":[[\"default_name\",\"is\",\"a\"],[\"default_name\",\"is\",3]]}",
     ERR_INVALID, "/all/1", "default_name: expected a text"},
    {"{\"any\":[[\"default_name\",\"is\",null]]}", ERR_INVALID, "/any/0",
     "not null"},
    {"{\"not\":[\"default_name\",\"is\",true]}", ERR_INVALID, "/not",
     "not true"},
    {"{\"all\":[{\"not\":{\"any\":[[\"score\",\"=\",1],[\"score\",\"=\","
     "\"1\"]]}}]}",
     ERR_INVALID, "/all/0/not/any/1", "score: expected a number, not \"1\""},
    {"[\"default_name\",\"is\"]", ERR_INVALID, "/",
     "default_name is: expected one value, not 0"},
    {"[\"default_name\",\"is\",\"a\",\"b\"]", ERR_INVALID, "/",
     "one value, not 2"},
    {"[\"default_name\",\"isSet\",\"a\"]", ERR_INVALID, "/", "no value, not 1"},
    {"[\"default_name\",\"isAnyOf\"]", ERR_INVALID, "/", "1 to 200 values"},
    {"[\"default_name\",\"isAnyOf\",[]]", ERR_INVALID, "/",
     "1 to 200 values, not 0"},
    {"[\"default_name\",\"is\",[\"a\"]]", ERR_INVALID, "/", "not an array"},
    {"[\"default_name\",\"is\",{}]", ERR_INVALID, "/", "not an object"},
    {"[\"score\",\"between\",1]", ERR_INVALID, "/", "two values, not 1"},
    {"[\"score\",\"=\",false]", ERR_INVALID, "/", "a number, not false"},
    {"[\"lastSeen\",\"before\",\"soon\"]", ERR_INVALID, "/",
     "lastSeen: expected a date (2026-11-01) or an instant"},
    {"[\"lastSeen\",\"before\",\"2026-02-30\"]", ERR_INVALID, "/",
     "not \"2026-02-30\""},
    {"[\"lastSeen\",\"before\",\"2026-02-28T25:00:00Z\"]", ERR_INVALID, "/",
     "an instant"},
    {"[\"lastSeen\",\"before\",\"2026-02-28T12:00:00\"]", ERR_INVALID, "/",
     "an instant"},
    {"[\"lastSeen\",\"before\",\"1700000000000\"]", ERR_INVALID, "/", ""},
    {"[\"lastSeen\",\"before\",1700000000]", ERR_INVALID, "/",
     "the number 1700000000"},
    {"[\"born\",\"on\",\"yesterday\"]", ERR_INVALID, "/",
     "born: expected a date"},
    {"[\"lastSeen\",\"inLast\",\"30\"]", ERR_INVALID, "/", "a span of time"},
    {"[\"lastSeen\",\"inLast\",\"30x\"]", ERR_INVALID, "/", "30d"},
    {"[\"lastSeen\",\"inLast\",\"0d\"]", ERR_INVALID, "/", "a span"},
    {"[\"lastSeen\",\"inLast\",\"-3d\"]", ERR_INVALID, "/", "a span"},
    {"[\"lastSeen\",\"inLast\",\"100001d\"]", ERR_INVALID, "/", "a span"},
    {"[\"lastSeen\",\"inLast\",30]", ERR_INVALID, "/", "a span"},
    {"[\"lastSeen\",\"today\",\"2026-11-01\"]", ERR_INVALID, "/", "no value"},
    {"[\"default_ip\",\"is\",\"10.0.0\"]", ERR_INVALID, "/", "an IP address"},
    {"[\"default_ip\",\"inNetwork\",\"10.0.0.1/8\"]", ERR_INVALID, "/",
     "a network"},
    {"[\"default_ip\",\"inNetwork\",\"10.0.0.0/33\"]", ERR_INVALID, "/",
     "a network"},
    {"[\"default_ip\",\"contains\",\"10\"]", ERR_INVALID, "/",
     "no operator \"contains\""},
    {"[\"segment\",\"hasAny\",\"Leads\",\"Nobody's\"]", ERR_INVALID, "/",
     "a segment that exists, not \"Nobody's\""},
    {"[\"segment\",\"hasAny\",4711]", ERR_INVALID, "/", "not the number 4711"},
    {"[\"segment\",\"is\",\"Leads\"]", ERR_INVALID, "/", "hasAny, hasAll"},
    {"[\"banned\",\"isTrue\",true]", ERR_INVALID, "/", "no value"},
    {"[\"banned\",\"is\",true]", ERR_INVALID, "/", "isTrue, isFalse"},
    {"{\"some\":[]}", ERR_INVALID, "/", "not \"some\""},
    {"{\"all\":[],\"any\":[]}", ERR_INVALID, "/", "not 2 members"},
    {"{\"all\":{}}", ERR_INVALID, "/", "all: expected an array"},
    {"{\"any\":[]}", ERR_INVALID, "/", "at least one"},
    {"{\"all\":[{}]}", ERR_INVALID, "/all/0", "not 0 members"},
    {"{\"not\":[]}", ERR_INVALID, "/not", "attribute"},
    {"{\"all\":[],\"all\":[]}", ERR_INPUT, NULL, ""},
};

static void
check_refusals(struct world *w, void *arg)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct fault f = {0};
		struct filter *out;

		is_int(filter_parse(w->q, str_of(r->filter), &out, &f), r->code,
		       "%s is refused", r->filter);
		if (r->path)
			is_str(str_of(f.path), str_of(r->path),
			       "naming its path");
		if (!ok(str_find(str_of(f.text), str_of(r->says), NULL),
			"and saying \"%s\"", r->says))
			printf("# it said: %s\n", f.text);
	}
}

static const char *const taken[] = {
    "",
    "  \n",
    "{}",
    "{\"all\":[]}",
    "[\"default_name\",\"is\",\"\"]",
    "[\"default_name\",\"isAnyOf\",\"a\",\"b\"]",
    "[\"default_name\",\"isAnyOf\",[\"a\",\"b\"]]",
    "[\"score\",\"between\",9,1]",
    "[\"score\",\"=\",1e300]",
    "[\"lastSeen\",\"before\",\"2024-02-29\"]",
    "[\"lastSeen\",\"before\",\"2024-02-29T23:59:59.999999+05:45\"]",
    "[\"lastSeen\",\"between\",\"2024-02-29\",\"2024-03-01T00:00:00Z\"]",
    "[\"lastSeen\",\"inLast\",\"100000y\"]",
    "[\"born\",\"on\",\"2024-02-29\"]",
    "[\"default_ip\",\"is\",\"::1\"]",
    "[\"default_ip\",\"inNetwork\",\"0.0.0.0/0\"]",
    "[\"default_ip\",\"inNetwork\",\"::/0\"]",
    "[\"segment\",\"hasAll\",\"Leads\",\"Leads\"]",
    "[\"tags\",\"hasNone\",\"never seen\"]",
    "{\"not\":{\"all\":[]}}",
};

static void
check_taken(struct world *w, void *arg)
{
	for (size_t i = 0; i < COUNT(taken); i++) {
		struct fault f = {0};
		struct filter *out;

		if (!is_int(filter_parse(w->q, str_of(taken[i]), &out, &f), OK,
			    "taken: %s", taken[i]))
			printf("# it said: %s %s\n", f.path, f.text);
	}
}

/* A filter of `depth` groups in each other, or of `leaves` in one. */
static struct str
filter_of(struct arena *a, size_t depth, size_t leaves)
{
	struct buf b;
	struct str out;

	buf_init(&b);
	for (size_t i = 0; i < depth; i++)
		buf_put(&b, S("{\"all\":["));
	for (size_t i = 0; i < leaves; i++)
		buf_printf(&b, "%s[\"score\",\"=\",%zu]", i ? "," : "", i);
	for (size_t i = 0; i < depth; i++)
		buf_put(&b, S("]}"));
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static struct str
values_of(struct arena *a, size_t n, bool array)
{
	struct buf b;
	struct str out;

	buf_init(&b);
	buf_printf(&b, "[\"default_name\",\"isAnyOf\"%s", array ? ",[" : "");
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s\"v%zu\"", i || !array ? "," : "", i);
	buf_put(&b, array ? S("]]") : S("]"));
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static struct str
padded(struct arena *a, size_t sz)
{
	char *p = arena_get(a, sz);

	memset(p, ' ', sz);
	return (struct str){p, sz};
}

static void
check_limits(struct world *w, void *arg)
{
	struct arena *a = w->q->arena;
	struct filter *out;
	struct fault f = {0};

	is_int(filter_parse(w->q, filter_of(a, 8, 200), &out, &f), OK,
	       "8 levels and 200 conditions are taken");
	is_int(filter_nodes(out), 208, "as so many nodes");
	is_int(filter_parse(w->q, filter_of(a, 9, 1), &out, &f), ERR_INVALID,
	       "9 levels are refused");
	is_str(str_of(f.path),
	       S("/all/0/all/0/all/0/all/0/all/0/all/0/all/0/all/0"),
	       "naming where");
	ok(strstr(f.text, "8 levels"), "and the limit");
	f = (struct fault){0};
	is_int(filter_parse(w->q, filter_of(a, 1, 201), &out, &f), ERR_INVALID,
	       "201 conditions are refused");
	is_str(str_of(f.path), S("/all/200"), "naming the first too many");
	ok(strstr(f.text, "200"), "and the limit");
	for (int array = 0; array < 2; array++) {
		f = (struct fault){0};
		is_int(filter_parse(w->q, values_of(a, 200, array), &out, &f),
		       OK, "200 values are taken");
		is_int(filter_parse(w->q, values_of(a, 201, array), &out, &f),
		       ERR_INVALID, "201 values are refused");
	}
	f = (struct fault){0};
	is_int(filter_parse(w->q, padded(a, FILTER_BYTES_MAX), &out, &f), OK,
	       "64 KiB are taken");
	is_int(filter_parse(w->q, padded(a, FILTER_BYTES_MAX + 1), &out, &f),
	       ERR_LIMIT, "a byte more is refused");
}

static void
check_long_names(struct world *w, void *arg)
{
	char text[600];
	struct fault f = {0};
	struct filter *out;

	/* 200 two-byte characters: an error repeats whole characters only */
	memcpy(text, "[\"", 2);
	for (size_t i = 0; i < 200; i++)
		memcpy(text + 2 + 2 * i, "é", 2);
	memcpy(text + 402, "\",\"is\",\"x\"]", 12);
	is_int(filter_parse(w->q, str_of(text), &out, &f), ERR_INVALID,
	       "a very long name is refused");
	ok(text_valid(str_of(f.text)), "in valid UTF-8");
}

static void
check_operators(struct world *w, void *arg)
{
	struct operator_info info[32];
	size_t n = operators_of(TYPE_TEXT, info, COUNT(info));

	is_int(n, 10, "text has ten operators");
	is_str(str_of(info[2].name), S("isAnyOf"), "the third is isAnyOf");
	is_str(str_of(info[2].values), S("many"), "which takes many values");
	is_int(operators_of(TYPE_NUMBER, info, 0), 9, "a number nine");
	is_int(operators_of(TYPE_INSTANT, info, 32), 14, "an instant 14");
	is_int(operators_of(TYPE_DATE, info, 32), 14, "a date as many");
	is_int(operators_of(TYPE_BOOLEAN, info, 32), 4, "a boolean four");
	is_int(operators_of(TYPE_SET, info, 32), 5, "a set five");
	is_int(operators_of(TYPE_IP, info, 32), 6, "an address six");
}

static void
add_segment(struct world *w, struct batch *b, void *arg)
{
	batch_segment(b, *(uint32_t *)arg, S("Leads"), 1000000);
}

int
main(void)
{
	struct world w;
	uint32_t id;

	world_open(&w);
	id = world_user(&w, "u1",
			"{\"score\":1,\"born\":\"1990-02-28\","
			"\"tags\":[\"a\"]}");
	world_change(&w, add_segment, &id);
	world_look(&w, check_refusals, NULL);
	world_look(&w, check_taken, NULL);
	world_look(&w, check_limits, NULL);
	world_look(&w, check_long_names, NULL);
	world_look(&w, check_operators, NULL);
	world_close(&w);
	return done_testing();
}
