/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Grams: some worked by hand, and the law they are for: whatever is in a text
 * has no gram that the text has not, wherever it is cut out of it.
 */
#include <rapport/people.h>

#include "t/tap.h"

#include <stdlib.h>

static void
is_grams(const char *text, const char *expected)
{
	uint32_t grams[GRAM_TEXT_MAX];
	size_t n = text_grams(str_of(text), grams);
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < n; i++) {
		uint8_t key[GRAM_KEY_SIZE];

		buf_put(&b, gram_key(grams[i], key));
		buf_c(&b, ' ');
	}
	is_str(buf_str(&b), str_of(expected), "grams of \"%s\"", text);
	buf_fini(&b);
}

static bool
has(const uint32_t *grams, size_t n, uint32_t gram)
{
	for (size_t i = 0; i < n; i++)
		if (grams[i] == gram)
			return true;
	return false;
}

static void
test_pieces(void)
{
	static const char text[] = "maria garc\xc3\xad" "a <m.garcia@mail.example> "
				   "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e";
	uint32_t all[GRAM_TEXT_MAX], some[GRAM_TEXT_MAX];
	struct str s = str_of(text);
	size_t n = text_grams(s, all), missing = 0, pieces = 0;

	for (size_t from = 0; from < s.n; from++)
		for (size_t to = from; to <= s.n; to++, pieces++) {
			size_t k = text_grams(str_cut(s, from, to), some);

			for (size_t i = 0; i < k; i++)
				missing += !has(all, n, some[i]);
			missing += to - from >= 3 && k == 0;
		}
	is_int((int64_t)missing, 0, "%zu pieces have none of their own",
	       pieces);
	ok(!has(all, n, GRAM_LONG), "and none is the mark of long texts");
}

int
main(void)
{
	static char most[GRAM_TEXT_MAX + 1];
	uint32_t grams[GRAM_TEXT_MAX];

	is_grams("", "");
	is_grams("ab", "");
	is_grams("abc", "abc ");
	is_grams("abcabca", "abc bca cab ");
	is_grams("zzzzy", "zzy zzz ");
	is_grams("\xc3\xa9t", "\xc3\xa9t ");
	for (size_t i = 0; i < sizeof(most); i++)
		most[i] = (char)('a' + i % 26);
	is_int((int64_t)text_grams((struct str){most, GRAM_TEXT_MAX}, grams),
	       26, "a long text has grams");
	is_int((int64_t)text_grams((struct str){most, GRAM_TEXT_MAX + 1},
				   grams),
	       0, "one that is longer has not");
	ok(attr_has_grams(A_NAME) && attr_has_grams(A_EMAIL) &&
	       !attr_has_grams(A_COUNTRY),
	   "names and e-mails have them");
	test_pieces();
	return done_testing();
}
