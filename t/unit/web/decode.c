/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Decoding is strict: what is not an escape, not UTF-8 or a NUL is refused.
 */
#include "../../tap.h"
#include "../../../src/web/request.h"

static void
escapes(struct arena *a)
{
	static const struct {
		const char *in, *plain, *plus; /* NULL: refused */
	} rows[] = {
	    {"", "", ""},
	    {"abc", "abc", "abc"},
	    {"a+b", "a+b", "a b"},
	    {"%41%4a%4A", "AJJ", "AJJ"},
	    {"%2B+", "++", "+ "},
	    {"%25%32%35", "%25", "%25"}, /* once, not twice */
	    {"%C3%A9", "\xc3\xa9", "\xc3\xa9"},
	    {"%", NULL, NULL},
	    {"%4", NULL, NULL},
	    {"a%4", NULL, NULL},
	    {"%4g", NULL, NULL},
	    {"%g4", NULL, NULL},
	    {"%+4", NULL, NULL},
	    {"%00", NULL, NULL},
	    {"%c3", NULL, NULL},         /* cut */
	    {"%c0%af", NULL, NULL},      /* overlong */
	    {"%ed%a0%80", NULL, NULL},   /* surrogate */
	    {"%f4%90%80%80", NULL, NULL} /* beyond Unicode */
	};
	struct str out;

	for (size_t i = 0; i < COUNT(rows); i++)
		for (int plus = 0; plus < 2; plus++) {
			const char *want = plus ? rows[i].plus : rows[i].plain;
			bool good =
			    percent_decode(a, str_of(rows[i].in), plus, &out);

			if (want == NULL)
				ok(!good, "'%s' is refused", rows[i].in);
			else
				is_str(good ? out : S("refused"), str_of(want),
				       "'%s'", rows[i].in);
		}
}

static void
pairs(void)
{
	struct str rest = S("a=1&&b&c=x=y&=z&"), name, value;
	static const char *const want[][2] = {
	    {"a", "1"}, {"b", ""}, {"c", "x=y"}, {"", "z"}};

	for (size_t i = 0; i < COUNT(want); i++) {
		ok(pair_next(&rest, &name, &value), "pair %zu", i);
		is_str(name, str_of(want[i][0]), "name");
		is_str(value, str_of(want[i][1]), "value");
	}
	ok(!pair_next(&rest, &name, &value), "and no more");
}

static void
cookies(void)
{
	struct str v;

	ok(cookie_find(S("a=1; rapport=xyz; b=2"), S("rapport"), &v), "found");
	is_str(v, S("xyz"), "its value");
	ok(cookie_find(S("rapport=x=y"), S("rapport"), &v), "with =");
	is_str(v, S("x=y"), "whole");
	ok(!cookie_find(S("rapport2=x; xrapport=y"), S("rapport"), &v),
	   "not by a part of the name");
	ok(!cookie_find(S("rapport=a; rapport=b"), S("rapport"), &v),
	   "not when there are two");
	ok(!cookie_find(S("Rapport=a"), S("rapport"), &v), "case counts");
	ok(!cookie_find(S("__Host-rapport=a"), S("rapport"), &v),
	   "the other name is another cookie");
	ok(!cookie_find(S(""), S("rapport"), &v), "none");
}

int
main(void)
{
	struct arena a;

	arena_init(&a);
	escapes(&a);
	pairs();
	cookies();
	arena_fini(&a);
	return done_testing();
}
