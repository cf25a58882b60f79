/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * UTF-8 and folding.  What is well formed is counted, not sampled: the number
 * of valid sequences of a length follows from how many characters of one, two,
 * three and four bytes there are (127, 1920, 61440, 1048576), so one wrong
 * row of the table shows as a wrong count.  Folding is checked against rows of
 * UnicodeData.txt and CaseFolding.txt, and by its laws on every code point.
 */
#include "../../dice.h"
#include "../../tap.h"

#include <utf8proc.h>

static uint64_t seed;

static uint64_t
next_random(void)
{
	return xorshift64(&seed);
}

static struct str
encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return (struct str){out, 1};
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return (struct str){out, 2};
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return (struct str){out, 3};
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return (struct str){out, 4};
}

static bool
is_scalar(uint32_t c)
{
	return c > 0 && c < 0x110000 && (c < 0xd800 || c > 0xdfff);
}

static void
test_valid_counts(void)
{
	size_t two = 0, three = 0, four = 0, chars = 0;
	char p[4];

	for (uint32_t v = 0; v < 1u << 16; v++) {
		p[0] = (char)(v >> 8);
		p[1] = (char)v;
		two += text_valid((struct str){p, 2});
	}
	is_int(two, 127 * 127 + 1920, "texts of two bytes");
	for (uint32_t v = 0; v < 1u << 24; v++) {
		p[0] = (char)(v >> 16);
		p[1] = (char)(v >> 8);
		p[2] = (char)v;
		three += text_valid((struct str){p, 3});
	}
	is_int(three, 127 * 127 * 127 + 2 * 127 * 1920 + 61440,
	       "texts of three bytes");
	/* the last two bytes at the edges of what they may be */
	for (uint32_t v = 0; v < 1u << 16; v++)
		for (int i = 0; i < 16; i++) {
			static const char edge[] = "\x7f\x80\xbf\xc0";

			if (v >> 8 < 0xe0)
				continue;
			p[0] = (char)(v >> 8);
			p[1] = (char)v;
			p[2] = edge[i / 4];
			p[3] = edge[i % 4];
			if (v >> 8 >= 0xf0)
				four += text_valid((struct str){p, 4});
		}
	is_int(four, (0x30 + 3 * 0x40 + 0x10) * 4, "characters of four bytes");
	for (uint32_t c = 1; c < 0x110000; c++)
		chars += text_valid(encode(c, p)) == is_scalar(c);
	is_int(chars, 0x110000 - 1, "every scalar value and no surrogate");
}

static void
test_valid_place(void)
{
	static const char *const bad[] = {
	    "\xff",    "\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	    "\xe2\x82"};
	char text[64];
	int wrong = 0;

	for (size_t at = 0; at < 40; at++)
		for (size_t i = 0; i < COUNT(bad); i++) {
			memset(text, 'a', sizeof(text));
			memcpy(text + at, bad[i], strlen(bad[i]));
			wrong +=
			    text_valid_prefix((struct str){text, 64}) != at;
			text[at] = '\0';
			wrong +=
			    text_valid_prefix((struct str){text, 64}) != at;
		}
	is_int(wrong, 0, "the first fault is found wherever it stands");
	ok(text_valid(STR_NONE), "nothing is valid");
	is_int(text_valid_prefix(S("abc\xc3")), 3, "a cut character");
}

static void
test_length_and_prefix(void)
{
	struct str s = S("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!"); /* aé€😀! */
	static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

	is_int(text_length(s), 5, "characters, not bytes");
	for (size_t n = 0; n < COUNT(want); n++)
		is_int(text_prefix(s, n).n, want[n], "prefix of %zu bytes", n);
	is_int(text_prefix(S("ab\xe2\x82"), 10).n, 2,
	       "a character cut at the end of the text itself");
	is_int(text_prefix(S("\xf0\x9f\x98"), 10).n, 0, "nothing else there");
	is_int(text_prefix(STR_NONE, 5).n, 0, "of nothing");
}

static void
test_fold_rows(void)
{
	static const struct {
		const char *from, *to, *why;
	} rows[] = {
	    {"", "", "empty"},
	    {"Hello World 42", "hello world 42", "ASCII"},
	    {"Stra\u00dfe", "strasse", "sharp s"},
	    {"\u1e9e", "ss", "capital sharp s"},
	    {"\u0390", "\u0390", "iota with dialytika and tonos"},
	    {"\u1fd3", "\u0390", "the same with oxia"},
	    {"\u0149", "\u02bcn", "n preceded by apostrophe"},
	    {"\ufb03", "ffi", "ligature"},
	    {"\u0130", "i\u0307", "capital I with dot"},
	    {"\u0131", "\u0131", "small i without dot stays"},
	    {"I", "i", "capital I"},
	    {"\uab70", "\u13a0", "small Cherokee goes to the capital"},
	    {"\u13a0", "\u13a0", "capital Cherokee stays"},
	    {"\u13f8", "\u13f0", "small Cherokee ye"},
	    {"\u017f", "s", "long s"},
	    {"\u212a", "k", "Kelvin sign"},
	    {"\u212b", "\u00e5", "Angstrom sign"},
	    {"\u2126", "\u03c9", "Ohm sign"},
	    {"\u03a3\u03c2", "\u03c3\u03c3", "final sigma"},
	    {"\u01c4", "d\u017e", "digraph with caron"},
	    {"\u00bd", "1\u20442", "one half"},
	    {"\u2460", "1", "circled one"},
	    {"\u338f", "kg", "square kg"},
	    {"e\u0301", "\u00e9", "composed"},
	    {"\u00c9", "\u00e9", "accents are kept"},
	    {"\uff26\uff35\uff2c\uff2c", "full", "full width"},
	    {"\u1fb3", "\u03b1\u03b9", "iota subscript"},
	    {"\u1100\u1161\u11a8", "\uac01", "Hangul"},
	    {"\u0414\u041e\u041c", "\u0434\u043e\u043c", "Cyrillic"},
	    {"\U00010400", "\U00010428", "Deseret, four bytes"},
	    {"a\u200db", "a\u200db", "joiners are kept"},
	    {"\u00a0", " ", "no-break space"},
	};
	struct arena a;
	struct buf b;

	arena_init(&a);
	buf_init(&b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str from = str_of(rows[i].from);

		buf_reset(&b);
		text_fold(&b, from);
		is_str(buf_str(&b), str_of(rows[i].to), "fold: %s",
		       rows[i].why);
		is_str(text_folded(&a, from), str_of(rows[i].to),
		       "the same in an arena");
	}
	buf_reset(&b);
	buf_put(&b, S("X"));
	text_fold(&b, S("Y"));
	is_str(buf_str(&b), S("Xy"), "what stood in the buffer is left alone");
	ok(text_folded(&a, S("plain")).p == S("plain").p ||
	       str_eq(text_folded(&a, S("plain")), S("plain")),
	   "folded ASCII comes back");
	buf_fini(&b);
	arena_fini(&a);
}

/* Folding again changes nothing, and canonically equal texts fold alike. */
static bool
laws_hold(struct str s)
{
	struct buf once, twice, apart;
	utf8proc_uint8_t *nfd = NULL;
	bool good;

	buf_init(&once);
	buf_init(&twice);
	buf_init(&apart);
	text_fold(&once, s);
	text_fold(&twice, buf_str(&once));
	utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &nfd,
		     UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
	if (nfd != NULL)
		text_fold(&apart, str_of((char *)nfd));
	good = str_eq(buf_str(&once), buf_str(&twice)) &&
	       str_eq(buf_str(&once), buf_str(&apart)) &&
	       text_valid(buf_str(&once));
	if (!good)
		printf("# '%.*s'\n", STR_ARG(s));
	free(nfd);
	buf_fini(&once);
	buf_fini(&twice);
	buf_fini(&apart);
	return good;
}

static void
test_fold_laws(void)
{
	/* blocks where marks, case and compatibility forms meet */
	static const uint32_t from[] = {0x41,   0xc0,   0x300,  0x370,  0x400,
					0x1d00, 0x1e00, 0x1f00, 0x2100, 0xff00};
	char one[4], text[64];
	int wrong = 0;

	for (uint32_t c = 1; c < 0x30000; c++)
		if (is_scalar(c))
			wrong += !laws_hold(encode(c, one));
	is_int(wrong, 0, "laws on every code point of three planes");
	for (int i = 0; i < 60000; i++) {
		size_t n = 0, count = 1 + next_random() % 8;

		while (count-- > 0) {
			uint32_t c = from[next_random() % COUNT(from)] +
				     (uint32_t)(next_random() % 0x70);
			struct str s = encode(c, one);

			memcpy(text + n, s.p, s.n);
			n += s.n;
		}
		wrong += !laws_hold((struct str){text, n});
	}
	is_int(wrong, 0, "laws on random strings of marks and letters");
}

static void
skim(struct buf *out, struct str s)
{
	buf_reset(out);
	text_skim(out, s);
}

/* What an eye makes of it: some by hand, and that characters of format and
 * more of white space never change it. */
static void
test_skim(void)
{
	static const char *const rows[][2] = {
	    {"Plan", "plan"},
	    {"  Plan\xc2\xa0 of\tthe \n chat ", "plan of the chat"},
	    {"P\xe2\x80\x8bl\xe2\x80\xae" "a\xef\xbb\xbfn", "plan"},
	    {"\xef\xbc\xb0lan", "plan"}, /* fullwidth P */
	    {"Stra\xc3\x9f" "e", "strasse"},
	    {"\xe2\x80\x8b \xe2\x80\x8b", ""},
	    {"", ""},
	    {"a\xe2\x80\x8b b", "a b"},
	};
	static const char *const noise[] = {"\xe2\x80\x8b", "\xe2\x80\x8f",
					    "\xc2\xad", "\xef\xbb\xbf"};
	struct buf got, plain;
	size_t wrong = 0;

	buf_init(&got);
	buf_init(&plain);
	for (size_t i = 0; i < COUNT(rows); i++) {
		skim(&got, str_of(rows[i][0]));
		is_str(buf_str(&got), str_of(rows[i][1]), "skimmed: %zu", i);
	}
	for (size_t i = 0; i < 5000; i++) {
		/* of other scripts, noise may part what folding composes */
		bool ascii = i % 2 == 0;
		struct buf text, loud;
		char room[4];

		buf_init(&text);
		buf_init(&loud);
		for (size_t k = next_random() % 12; k > 0; k--) {
			uint32_t c = (uint32_t)(next_random() %
						(ascii ? 0x7f : 0x3000));
			struct str one = encode(is_scalar(c) ? c : ' ', room);

			buf_put(&text, one);
			buf_put(&loud, one);
			if (str_eq(one, S(" ")))
				buf_put(&loud, one);
			buf_put(&loud,
				str_of(noise[next_random() % COUNT(noise)]));
		}
		skim(&plain, buf_str(&text));
		skim(&got, buf_str(&plain));
		wrong += !str_eq(buf_str(&got), buf_str(&plain));
		skim(&got, buf_str(&loud));
		wrong += ascii && !str_eq(buf_str(&got), buf_str(&plain));
		buf_fini(&text);
		buf_fini(&loud);
	}
	is_int((int64_t)wrong, 0, "skimmed twice is skimmed once, and what "
				  "cannot be seen changes nothing");
	buf_fini(&got);
	buf_fini(&plain);
}

int
main(void)
{
	seed = random_u64() | 1;
	printf("# seed %" PRIu64 "\n", seed);
	test_valid_counts();
	test_valid_place();
	test_length_and_prefix();
	test_fold_rows();
	test_fold_laws();
	test_skim();
	return done_testing();
}
