/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * CSV cells: what is quoted, what is guarded, and that a guarded text comes
 * back as it was.  The expected cells are by hand, from RFC 4180 and from what
 * spreadsheets run as formulas.
 */
#include <rapport/export.h>

#include "src/export/csv.h"
#include "t/tap.h"

static struct str
cell(struct buf *b, struct str text, bool raw)
{
	struct csv c = {.out = b, .raw = raw};

	buf_reset(b);
	csv_text(&c, text);
	return buf_str(b);
}

static void
test_cells(void)
{
	static const struct {
		const char *text, *guarded, *raw;
	} rows[] = {
	    {"plain", "plain", "plain"},
	    {"a,b", "\"a,b\"", "\"a,b\""},
	    {"say \"hi\"", "\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""},
	    {"\"", "\"\"\"\"", "\"\"\"\""},
	    {"two\nlines", "\"two\nlines\"", "\"two\nlines\""},
	    {" edge", "\" edge\"", "\" edge\""},
	    {"", "", ""},
	    {"=1+1", "'=1+1", "=1+1"},
	    {"=A1,\"x\"", "\"'=A1,\"\"x\"\"\"", "\"=A1,\"\"x\"\"\""},
	    {"@cmd", "'@cmd", "@cmd"},
	    {"+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0",
	     "+cmd|' /C calc'!A0"},
	    {"-2+3", "'-2+3", "-2+3"},
	    {"\tx", "'\tx", "\tx"},
	    {"\rx", "\"'\rx\"", "\"\rx\""},
	    {"-12.5", "-12.5", "-12.5"},               /* a number */
	    {"+49 30 1234567", "+49 30 1234567", "+49 30 1234567"}, /* a phone */
	    {"'tis", "'tis", "'tis"},
	    {"'=1", "''=1", "'=1"}, /* so that unguarding gives it back */
	    {"''-x", "'''-x", "''-x"},
	};
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str text = str_of(rows[i].text);

		is_str(cell(&b, text, false), str_of(rows[i].guarded),
		       "cell %zu, guarded", i);
		is_str(cell(&b, text, true), str_of(rows[i].raw), "cell %zu, raw", i);
	}
	buf_fini(&b);
}

static void
test_there_and_back(void)
{
	static const char alphabet[] = "'=+-@\t\r1a ";
	uint64_t seed = random_u64(), x = seed | 1;
	struct buf b;
	size_t bad = 0;

	printf("# seed %" PRIu64 "\n", seed);
	buf_init(&b);
	for (int turn = 0; turn < 200000; turn++) {
		char text[8];
		size_t n;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		n = x % sizeof(text);
		for (size_t i = 0; i < n; i++)
			text[i] = alphabet[(x >> (8 * i)) %
					   (sizeof(alphabet) - 1)];
		buf_reset(&b);
		if (cell_needs_guard((struct str){text, n}))
			buf_c(&b, '\'');
		buf_bytes(&b, text, n);
		bad += !str_eq(cell_unguard(buf_str(&b)),
			       (struct str){text, n});
	}
	buf_fini(&b);
	is_int(bad, 0, "whatever is guarded comes back as it was");
}

static void
test_values(void)
{
	struct str items[] = {S("a,b"), S("c")};
	struct value set = {.type = TYPE_SET, .items = items, .n_items = 2};
	struct value misfit = {.type = TYPE_NUMBER, .misfit = true,
			       .text = S("=many")};
	struct value number = {.type = TYPE_NUMBER, .number = -3};
	struct buf b;
	struct csv c = {.out = &b};

	buf_init(&b);
	csv_value(&c, &set);
	csv_value(&c, &misfit);
	csv_nothing(&c);
	csv_value(&c, &number);
	csv_row_end(&c);
	is_str(buf_str(&b), S("\"a,b|c\",'=many,,-3\r\n"), "a row of values");
	buf_fini(&b);
}

int
main(void)
{
	test_cells();
	test_there_and_back();
	test_values();
	return done_testing();
}
