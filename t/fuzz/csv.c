/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * CSV cells: two columns of any text read back as the two texts by RFC 4180
 * and cell_unguard, and nothing in a guarded cell begins as a formula does but
 * numbers and phone numbers.
 */
#include "fuzz.h"

#include "../../src/export/csv.h"

/* The next cell of a row, by the letter of the RFC. */
static struct str
cell(struct arena *a, struct str *row)
{
	char *out = arena_get(a, row->n + 1);
	size_t n = 0, i = 0;
	bool quoted = row->n > 0 && row->p[0] == '"';

	for (i = quoted; i < row->n; i++) {
		if (quoted && row->p[i] == '"' && row->p[++i] != '"')
			break;
		if (!quoted && (row->p[i] == ',' || row->p[i] == '\r'))
			break;
		MUST(quoted || (row->p[i] != '"' && row->p[i] != '\n'));
		out[n++] = row->p[i];
	}
	*row = str_cut(*row, i + (row->p[i] == ','), row->n);
	return (struct str){out, n};
}

static void
round_trip(struct arena *a, struct str one, struct str two, bool raw)
{
	char phone[17];
	struct buf b;
	struct csv c = {.out = &b, .raw = raw};
	struct str row, first;
	double number;

	buf_init(&b);
	csv_text(&c, one);
	csv_text(&c, two);
	csv_row_end(&c);
	row = buf_str(&b);
	first = cell(a, &row);
	MUST(raw || first.n == 0 || !strchr("=+-@\t\r", first.p[0]) ||
	     first.p[0] == '\0' || text_to_number(first, &number) ||
	     text_to_phone(first, phone));
	MUST(str_eq(raw ? first : cell_unguard(first), one));
	first = cell(a, &row);
	MUST(str_eq(raw ? first : cell_unguard(first), two));
	MUST(str_eq(row, S("\r\n")));
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = fuzz_text(data, n);
	struct arena a;

	arena_init(&a);
	round_trip(&a, str_cut(s, 0, n / 2), str_cut(s, n / 2, n), false);
	round_trip(&a, s, S("end"), false);
	round_trip(&a, s, S("end"), true);
	arena_fini(&a);
	return 0;
}
