/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * bookbox ROWS: a workbook of one sheet "Rows" with the numbers 1 to ROWS, to
 * standard output.  For tests of what no test's audience is large enough for.
 */
#include "src/export/xlsx.h"

#include <stdio.h>
#include <stdlib.h>

static enum err
to_output(void *arg, struct str bytes)
{
	return fwrite(bytes.p, 1, bytes.n, stdout) == bytes.n ? OK : ERR_IO;
}

static enum err
put_rows(struct sink *k, const struct sheet *s, uint64_t n)
{
	struct value v = {.type = TYPE_NUMBER};
	const bool has = true;
	const struct row row = {&v, &has};
	enum err e = OK;
	struct buf text;

	buf_init(&text);
	for (uint64_t i = 1; i <= n && e == OK; i++) {
		v.number = (double)i;
		buf_reset(&text);
		k->format->form->row(&text, s, &row, k->options);
		e = k->format->row(k, buf_str(&text));
	}
	buf_fini(&text);
	return e;
}

int
main(int argc, char **argv)
{
	static const struct form_options options = {0};
	const struct column column = {.name = S("n"), .type = TYPE_NUMBER};
	const struct sheet sheet = {.name = S("Rows"), .columns = &column, .n = 1};
	const struct format *f = &format_xlsx;
	struct sink *k = f->open(0);
	uint64_t n;
	enum err e;

	if (argc != 2 || !str_to_u64(str_of(argv[1]), &n))
		return EXIT_FAILURE;
	k->format = f;
	k->options = &options;
	k->out = to_output;
	e = f->begin(k, &sheet);
	if (e == OK)
		e = put_rows(k, &sheet, n);
	if (e == OK)
		e = f->end(k);
	if (e == OK)
		e = f->finish(k, NULL, 0);
	f->close(k);
	return e == OK && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
