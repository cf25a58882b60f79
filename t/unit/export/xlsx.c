/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Markup of a workbook: what XML cannot hold, what looks like an escape and is
 * none, letters of columns, where a text is cut.  Expected texts are by hand,
 * from ECMA-376 18.4.1 and 22.9.2.19 (ST_Xstring).
 */
#include "src/export/xlsx.h"
#include "t/tap.h"

static const struct {
	struct str text, want;
	const char *what;
} texts[] = {
    {{"plain", 5}, {"plain", 5}, "plain text"},
    {{"a<b>&c", 6}, {"a&lt;b&gt;&amp;c", 16}, "markup"},
    {{"\1\x1f\t\n\r", 5}, {"_x0001__x001F_\t\n_x000D_", 23}, "controls"},
    {{"_x0041_", 7}, {"_x005F_x0041_", 13}, "a text that looks escaped"},
    {{"__x00e4__", 9}, {"__x005F_x00e4__", 15}, "in the midst of others"},
    {{"_x0041_x0042_", 13},
     {"_x005F_x0041_x005F_x0042_", 25},
     "two that share a mark"},
    {{"_x041_ _X0041_ _x00g1_", 22},
     {"_x041_ _X0041_ _x00g1_", 22},
     "and what only nearly does"},
    {{"\xef\xbf\xbe\xef\xbf\xbf\xef\xbb\xbf", 9},
     {"_xFFFE__xFFFF_\xef\xbb\xbf", 17},
     "characters that are none"},
    {{"a\xffz\xc3", 4}, {"a\xef\xbf\xbdz\xef\xbf\xbd", 8}, "wrong bytes"},
    {{"\xf0\x9f\x98\x80", 4}, {"\xf0\x9f\x98\x80", 4}, "an emoji"},
    {{"=1+1", 4}, {"=1+1", 4}, "what is a formula elsewhere"},
};

static void
test_texts(void)
{
	struct buf out;

	buf_init(&out);
	for (size_t i = 0; i < COUNT(texts); i++) {
		buf_reset(&out);
		markup_text(&out, texts[i].text);
		is_str(buf_str(&out), texts[i].want, "%s", texts[i].what);
	}
	buf_fini(&out);
}

static void
test_letters(void)
{
	static const struct {
		size_t column;
		struct str letters;
	} rows[] = {{0, {"A", 1}},     {25, {"Z", 1}},     {26, {"AA", 2}},
		    {51, {"AZ", 2}},   {52, {"BA", 2}},    {701, {"ZZ", 2}},
		    {702, {"AAA", 3}}, {16383, {"XFD", 3}}};
	char out[4];

	for (size_t i = 0; i < COUNT(rows); i++)
		is_str(((struct str){out, column_letters(rows[i].column, out)}),
		       rows[i].letters, "column %zu", rows[i].column);
}

/* A text of n letters, cut or not: the bytes of a cell around it are fixed. */
static size_t
cell_bytes(size_t n, bool *cut)
{
	struct buf text, out;
	size_t bytes;

	buf_init(&text);
	buf_init(&out);
	while (text.n < n)
		buf_c(&text, 'x');
	markup_cell(&out, 0, buf_str(&text), STYLE_NONE);
	*cut = str_find(buf_str(&out), S("\1c"), NULL);
	bytes = out.n;
	buf_fini(&text);
	buf_fini(&out);
	return bytes;
}

static void
test_cut(void)
{
	bool cut;
	size_t empty = cell_bytes(0, &cut);

	is_int(cell_bytes(32767, &cut) - empty, 32767, "a text of 32,767");
	ok(!cut, "is whole");
	/* 7 characters of the mark in 9 bytes, and 2 to have it counted */
	is_int(cell_bytes(32768, &cut) - empty, 32760 + 9 + 2,
	       "one more is cut, with its mark, at 32,767");
	ok(cut, "and counted");
}

int
main(void)
{
	test_texts();
	test_letters();
	test_cut();
	return done_testing();
}
