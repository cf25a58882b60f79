/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Slices, arenas and buffers at their edges.
 */
#include "../../tap.h"

static void
test_slices(void)
{
	struct str rest, piece;
	size_t at = 99;

	ok(str_eq(S("ab"), S("ab")) && !str_eq(S("ab"), S("abc")) &&
	       str_eq(STR_NONE, S("")),
	   "equal");
	ok(str_cmp(S("a"), S("b")) < 0 && str_cmp(S("a"), S("aa")) < 0 &&
	       str_cmp(S("\xff"), S("a")) > 0 && str_cmp(STR_NONE, S("")) == 0,
	   "compared by bytes, then by length");
	ok(str_starts(S("abc"), S("ab")) && !str_starts(S("a"), S("ab")) &&
	       str_starts(STR_NONE, STR_NONE),
	   "starts");
	ok(str_ends(S("abc"), S("bc")) && !str_ends(S("c"), S("bc")), "ends");
	ok(str_find(S("abcabc"), S("ca"), &at) && at == 2, "found");
	ok(str_find(S("x"), S(""), &at) && at == 0, "nothing is everywhere");
	ok(!str_find(S("abc"), S("cb"), NULL), "not found");
	is_str(str_cut(S("abcdef"), 2, 4), S("cd"), "cut");
	is_str(str_cut(S("abc"), 2, 99), S("c"), "cut past the end");
	is_str(str_cut(S("abc"), 5, 4), S(""), "cut of nothing");
	is_str(str_trim(S(" \t\r\nx y\v\f ")), S("x y"), "trimmed");
	rest = S("a,,b");
	ok(str_split(&rest, ',', &piece) && str_eq(piece, S("a")), "a piece");
	ok(str_split(&rest, ',', &piece) && piece.n == 0, "an empty one");
	ok(str_split(&rest, ',', &piece) && str_eq(piece, S("b")), "the last");
	ok(!str_split(&rest, ',', &piece), "and no more");
	rest = S("a,");
	str_split(&rest, ',', &piece);
	ok(str_split(&rest, ',', &piece) && piece.n == 0,
	   "an empty one after the last separator");
	ok(!str_split(&rest, ',', &piece), "and no more");
	ok(str_of(NULL).p == NULL && str_of("x").n == 1, "of a C string");
}

static void
test_integers(void)
{
	static const char *const bad[] = {"",   "-",  "01",   "+1",  "1 ",
					  " 1", "1a", "-0x1", "--1", "00"};
	uint64_t u = 0;
	int64_t i = 0;

	ok(str_to_u64(S("18446744073709551615"), &u) && u == UINT64_MAX,
	   "the largest");
	ok(!str_to_u64(S("18446744073709551616"), &u), "one more");
	ok(!str_to_u64(S("-1"), &u), "less than none");
	ok(str_to_i64(S("9223372036854775807"), &i) && i == INT64_MAX,
	   "the largest with a sign");
	ok(!str_to_i64(S("9223372036854775808"), &i), "one more");
	ok(str_to_i64(S("-9223372036854775808"), &i) && i == INT64_MIN,
	   "the least");
	ok(!str_to_i64(S("-9223372036854775809"), &i), "too far");
	for (size_t k = 0; k < COUNT(bad); k++)
		ok(!str_to_i64(str_of(bad[k]), &i), "refused '%s'", bad[k]);
}

static void
test_arena(void)
{
	struct arena_mark mark;
	struct arena a;
	int wrong = 0;
	char *first;

	arena_init(&a);
	first = arena_z(&a, S("first"));
	mark = arena_mark(&a);
	for (size_t sz = 0; sz < 3000; sz++) {
		uint8_t *p = arena_get(&a, sz);

		wrong += (uintptr_t)p % 16 != 0;
		for (size_t i = 0; i < sz; i++)
			wrong += p[i] != 0;
		memset(p, 0xee, sz);
	}
	is_int(wrong, 0, "zeroed and aligned");
	arena_get(&a, 1 << 20);
	arena_rewind(&a, mark);
	is_str(str_of(first), S("first"), "a rewind keeps what was before");
	is_str(arena_printf(&a, "%s-%d", "x", 7), S("x-7"), "printed");
	is_str(arena_str(&a, STR_NONE), S(""), "a copy of nothing");
	is_int(arena_str(&a, S("z")).p[1], 0, "a NUL after a copy");
	arena_reset(&a);
	ok(a.head != NULL && a.used == 0, "a reset keeps a block");
	arena_fini(&a);
	arena_reset(&a);
	arena_rewind(&a, arena_mark(&a));
	ok(a.head == NULL, "an empty one stays so");
}

static void
test_buffer(void)
{
	struct buf b;
	char big[1000];

	buf_init(&b);
	is_str(buf_str(&b), S(""), "empty");
	buf_put(&b, STR_NONE);
	buf_put(&b, S("ab"));
	buf_c(&b, 'c');
	buf_u64(&b, UINT64_MAX);
	buf_i64(&b, INT64_MIN);
	buf_i64(&b, -5);
	buf_u64(&b, 0);
	is_str(buf_str(&b), S("abc18446744073709551615-9223372036854775808-50"),
	       "put together");
	is_int(b.p[b.n], 0, "a NUL at the end");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	buf_reset(&b);
	buf_printf(&b, "%s%s", big, "!");
	is_int(b.n, 1000, "a long print");
	ok(b.p[999] == '!' && b.p[1000] == '\0', "whole");
	buf_reset(&b);
	b.limit = 5;
	buf_put(&b, S("abc"));
	buf_put(&b, S("def"));
	is_int(b.err, ERR_LIMIT, "past the limit");
	buf_c(&b, 'x');
	is_str(buf_str(&b), S("abc"), "nothing more comes in");
	buf_reset(&b);
	buf_put(&b, S("abcde"));
	is_int(b.err, OK, "the limit itself is allowed");
	buf_fini(&b);
}

int
main(void)
{
	test_slices();
	test_integers();
	test_arena();
	test_buffer();
	return done_testing();
}
