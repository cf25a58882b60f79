/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * JSON that comes in.  What must be refused is one row each, with the place
 * that is named; what must be taken is written again and compared.  Large and
 * hostile texts are made here: many members, depth, every escape there is,
 * every byte of a good text changed or missing.
 */
#include "../../tap.h"

static struct arena arena;

static enum err
parse(struct str text, const struct json **out, struct fault *f)
{
	struct json *v = NULL;
	enum err e;

	arena_reset(&arena);
	*f = (struct fault){0};
	e = json_parse(&arena, text, &v, f);
	*out = v;
	return e;
}

static void
test_refused(void)
{
	static const struct {
		const char *text, *place, *says;
	} rows[] = {
	    {"", "line 1 column 1", "premature EOF"},
	    {"   ", "line 1 column 4", "premature EOF"},
	    {"[1", "line 1 column 3", "premature EOF"},
	    {"{\"a\":\n", "line 2 column 1", "premature EOF"},
	    {"\"abc", "line 1 column 5", "premature EOF"},
	    {"tru", "line 1 column 4", NULL},
	    {"[1,]", NULL, NULL},
	    {"{\"a\":1,}", NULL, NULL},
	    {"{a:1}", NULL, NULL},
	    {"{'a':1}", NULL, NULL},
	    {"[1 2]", NULL, NULL},
	    {"1 2", "line 1 column 3", "trailing garbage"},
	    {"{} {}", "line 1 column 4", "trailing garbage"},
	    {"{}\n\nx", "line 3 column 1", "trailing garbage"},
	    {"01", "line 1 column 2", "trailing garbage"},
	    {"-", NULL, NULL},
	    {"+1", NULL, NULL},
	    {".5", NULL, NULL},
	    {"1.", NULL, NULL},
	    {"1e", NULL, NULL},
	    {"0x10", NULL, NULL},
	    {"NaN", NULL, NULL},
	    {"Infinity", NULL, NULL},
	    {"1e999", NULL, "the number is out of range"},
	    {"[0,-1e999]", "line 1 column 4", "the number is out of range"},
	    {"/* */1", NULL, NULL},
	    {"// \n1", NULL, NULL},
	    {"\xef\xbb\xbf{}", NULL, NULL},
	    {"\"\t\"", NULL, NULL},
	    {"\"\x1f\"", NULL, NULL},
	    {"\"\n\"", NULL, NULL},
	    {"\"\\x41\"", NULL, NULL},
	    {"\"\\u12g4\"", NULL, NULL},
	    {"\"\\u12\"", NULL, NULL},
	    {"\"\\u", NULL, NULL},
	    {"\"\\", NULL, NULL},
	    {"\"\\u0000\"", "line 1 column 2",
	     "the character NUL is not allowed"},
	    {"{\"a\\u0000b\":1}", "line 1 column 4",
	     "the character NUL is not allowed"},
	    {"\"\\ud800\"", "line 1 column 2",
	     "half a surrogate pair is no character"},
	    {"\"\\uDFFF\"", "line 1 column 2",
	     "half a surrogate pair is no character"},
	    {"\"\\udc00\\ud800\"", "line 1 column 2",
	     "half a surrogate pair is no character"},
	    {"\"\\ud83d\\u0041\"", "line 1 column 2",
	     "half a surrogate pair is no character"},
	    {"\"\\ud83d\\ud83d\\ude00\"", "line 1 column 2",
	     "half a surrogate pair is no character"},
	    {"\"\\ud83dx\\ude00\"", "line 1 column 2",
	     "half a surrogate pair is no character"},
	    {"\"\\ud800\\", NULL, NULL},
	    {"\"\\ud800\\u", NULL, NULL},
	    {"\"\xc0\xaf\"", "line 1 column 2", "not UTF-8"},
	    {"\"\xed\xa0\x80\"", "line 1 column 2", "not UTF-8"},
	    {"\"\xf4\x90\x80\x80\"", "line 1 column 2", "not UTF-8"},
	    {"[\n \"\xc3\xa9\xff\"]", "line 2 column 4", "not UTF-8"},
	    {"{\"a\":1,\"a\":2}", "line 1 column 9",
	     "the member \"a\" stands twice"},
	    {"{\"a\":{\"b\":1,\n\"b\":1}}", "line 2 column 2",
	     "the member \"b\" stands twice"},
	    {"{\"a\":1,\"\\u0061\":2}", NULL, "the member \"a\" stands twice"},
	    {"{\"\":1,\"\":2}", NULL, "the member \"\" stands twice"},
	};
	const struct json *v;
	struct fault f;

	for (size_t i = 0; i < COUNT(rows); i++) {
		is_int(parse(str_of(rows[i].text), &v, &f), ERR_INPUT,
		       "refused: %s", rows[i].says ? rows[i].says : "row");
		ok(f.code == ERR_INPUT && f.text[0] != '\0' &&
		       str_starts(str_of(f.path), S("line ")),
		   "with a reason: %s, %s", f.path, f.text);
		if (rows[i].place != NULL)
			is_str(str_of(f.path), str_of(rows[i].place), "where");
		if (rows[i].says != NULL)
			is_str(str_of(f.text), str_of(rows[i].says), "what");
	}
	is_int(parse(S("\"a\0b\""), &v, &f), ERR_INPUT, "a raw NUL");
	is_str(str_of(f.path), S("line 1 column 3"), "where it stands");
	is_int(json_parse(&arena, S("["), &(struct json *){NULL}, NULL),
	       ERR_INPUT, "without a fault to fill");
}

/* Taken, and the same again when written */
static void
test_taken(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {"null", "null"},
	    {" true ", "true"},
	    {"\r\n\t false\n", "false"},
	    {"0", "0"},
	    {"-0", "-0"},
	    {"-1.5e+10", "-1.5e+10"},
	    {"\"\"", "\"\""},
	    {"[]", "[]"},
	    {"{}", "{}"},
	    {"[ [ ] , { } ]", "[[],{}]"},
	    {"{\"b\":1,\"a\":[1,2,{\"c\":null}]}",
	     "{\"b\":1,\"a\":[1,2,{\"c\":null}]}"},
	    {"{\"\":0}", "{\"\":0}"},
	    {"{\"a\":1,\"A\":2,\"\\u00e9\":3,\"e\\u0301\":4}",
	     "{\"a\":1,\"A\":2,\"\u00e9\":3,\"e\u0301\":4}"},
	    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	     "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\""},
	    {"\"\\u0001\\u001f\"", "\"\\u0001\\u001f\""},
	    {"\"\\ud83d\\ude00\\uD83D\\uDE00\"", "\"\U0001f600\U0001f600\""},
	    {"\"\\ud800\\udc00\\udbff\\udfff\"", "\"\U00010000\U0010ffff\""},
	    {"\"\\ufffe\\uffff\\ud7ff\\ue000\"",
	     "\"\ufffe\uffff\ud7ff\ue000\""},
	    {"\"\\\\ud800\"", "\"\\\\ud800\""}, /* a backslash, then text */
	    {"\"\\\\\\\\u0000\"", "\"\\\\\\\\u0000\""},
	    {"\"\x7f\u2028\"", "\"\x7f\u2028\""},
	    {"123456789012345678901234567890",
	     "123456789012345678901234567890"},
	};
	const struct json *v;
	struct fault f;
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_out j;

		if (!ok(parse(str_of(rows[i].text), &v, &f) == OK, "taken: %s",
			rows[i].want))
			continue;
		buf_reset(&b);
		json_out_init(&j, &b);
		json_value(&j, v);
		is_str(buf_str(&b), str_of(rows[i].want), "written again");
	}
	buf_fini(&b);
}

static void
test_tree(void)
{
	struct str text = S("{\"name\":\"Ana\",\"n\":[1.5,-2,1e3],"
			    "\"q\":\"a\\nb\",\"t\":true}");
	const struct json *v, *m;
	struct fault f;

	is_int(parse(text, &v, &f), OK, "an object");
	ok(v->kind == JSON_OBJECT && v->count == 4, "of four members");
	m = json_member(v, S("name"));
	ok(m != NULL && m->kind == JSON_STRING, "one is a string");
	is_str(m->text, S("Ana"), "and says");
	ok(m->text.p > text.p && m->text.p < text.p + text.n,
	   "a slice of the input");
	m = json_member(v, S("q"));
	is_str(m->text, S("a\nb"), "an unescaped one");
	ok(m->text.p < text.p || m->text.p >= text.p + text.n,
	   "has its own bytes");
	m = json_member(v, S("n"));
	ok(m->kind == JSON_ARRAY && m->count == 3 && m->key.n == 1, "array");
	ok(m->first->number == 1.5 && m->first->next->number == -2 &&
	       m->first->next->next->number == 1000 &&
	       m->first->next->next->next == NULL,
	   "in order");
	is_str(m->first->next->next->text, S("1e3"), "numbers as written");
	ok(json_member(v, S("nam")) == NULL && json_member(m, S("n")) == NULL,
	   "no such member");
}

/* {"k0":0, ... } of n members; the last one is `last` again if that is >= 0 */
static void
object_of(struct buf *b, int n, int last)
{
	buf_reset(b);
	buf_c(b, '{');
	for (int i = 0; i < n; i++)
		buf_printf(b, "%s\"k%d\":%d", i > 0 ? "," : "",
			   i == n - 1 && last >= 0 ? last : i, i);
	buf_c(b, '}');
}

static void
test_many_members(void)
{
	const struct json *v;
	struct fault f;
	struct buf b;
	int wrong = 0;
	int64_t start;

	buf_init(&b);
	for (int n = 2; n < 80; n++)
		for (int last = 0; last < n; last++) {
			enum err want = last == n - 1 ? OK : ERR_INPUT;

			object_of(&b, n, last);
			wrong += parse(buf_str(&b), &v, &f) != want;
		}
	is_int(wrong, 0, "a member twice is found in objects of any size");
	object_of(&b, 200000, -1);
	start = clock_now();
	is_int(parse(buf_str(&b), &v, &f), OK, "200,000 members");
	ok(clock_now() - start < 5 * SECOND_US, "in linear time");
	is_int(v->count, 200000, "are counted");
	object_of(&b, 200000, 7);
	is_int(parse(buf_str(&b), &v, &f), ERR_INPUT, "and one twice is found");
	is_str(str_of(f.text), S("the member \"k7\" stands twice"), "by name");
	buf_fini(&b);
}

static void
test_depth(void)
{
	static const char *const open[] = {"[", "{\"a\":"};
	const struct json *v;
	struct fault f;
	struct buf b;

	buf_init(&b);
	for (size_t kind = 0; kind < 2; kind++)
		for (int depth = 31; depth <= 34; depth++) {
			buf_reset(&b);
			for (int i = 0; i < depth; i++)
				buf_put(&b, str_of(open[kind]));
			buf_c(&b, '1');
			for (int i = 0; i < depth; i++)
				buf_c(&b, kind == 0 ? ']' : '}');
			is_int(parse(buf_str(&b), &v, &f),
			       depth <= 32 ? OK : ERR_INPUT, "%d levels",
			       depth);
		}
	is_str(str_of(f.text), S("more than 32 levels deep"), "says why");
	buf_reset(&b);
	for (int i = 0; i < 1000000; i++)
		buf_c(&b, '[');
	is_int(parse(buf_str(&b), &v, &f), ERR_INPUT, "a million levels");
	buf_fini(&b);
}

static void
test_long_strings(void)
{
	const struct json *v;
	struct fault f;
	struct buf b;

	buf_init(&b);
	for (int more = 0; more < 2; more++) {
		buf_reset(&b);
		buf_c(&b, '"');
		for (size_t i = 0; i < JSON_STRING_MAX + (size_t)more; i++)
			buf_c(&b, 'x');
		buf_c(&b, '"');
		is_int(parse(buf_str(&b), &v, &f), more ? ERR_LIMIT : OK,
		       "a string of 1 MiB + %d", more);
	}
	buf_fini(&b);
}

/* Every \uXXXX alone: taken exactly if it is a character. */
static void
test_every_escape(void)
{
	const struct json *v;
	struct fault f;
	char text[16];
	int wrong = 0;

	for (unsigned c = 0; c < 0x10000; c++) {
		bool good = c != 0 && (c < 0xd800 || c > 0xdfff);

		snprintf(text, sizeof(text), "\"\\u%04X\"", c);
		if ((parse(str_of(text), &v, &f) == OK) != good)
			wrong++;
		else if (good)
			wrong +=
			    !text_valid(v->text) || text_length(v->text) != 1;
	}
	is_int(wrong, 0, "every escape of four digits");
}

/* Whatever is done to a good text, an answer comes back, and what is taken is
 * sound. */
static void
test_broken(void)
{
	struct str good = S("{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00\"],"
			    "\"b\":{\"c\":null,\"d\":true},\"\u00e9\":false}");
	const struct json *v;
	struct fault f;
	char text[128];
	int cut = 0, wrong = 0;

	for (size_t n = 0; n < good.n; n++)
		cut += parse(str_cut(good, 0, n), &v, &f) == OK;
	is_int(cut, 0, "cut anywhere it is refused");
	for (size_t at = 0; at < good.n; at++)
		for (int c = 0; c < 256; c++) {
			struct buf b;
			struct json_out j;

			memcpy(text, good.p, good.n);
			text[at] = (char)c;
			if (parse((struct str){text, good.n}, &v, &f) != OK) {
				wrong += f.text[0] == '\0';
				continue;
			}
			buf_init(&b);
			json_out_init(&j, &b);
			json_value(&j, v);
			wrong += !text_valid(buf_str(&b)) ||
				 parse(buf_str(&b), &v, &f) != OK;
			buf_fini(&b);
		}
	is_int(wrong, 0, "changed anywhere it is refused or sound");
}

int
main(void)
{
	arena_init(&arena);
	test_refused();
	test_taken();
	test_tree();
	test_many_members();
	test_depth();
	test_long_strings();
	test_every_escape();
	test_broken();
	arena_fini(&arena);
	return done_testing();
}
