/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * xlsx_loop FILE OUT: the peer of our workbooks, a bare loop over libxlsxwriter
 * in constant memory.  FILE holds cells, one a line after its kind: "t" text,
 * "n" number, "d" days since 1899-12-30, "b" boolean, "-" nothing; "." ends a
 * row.  Reading it is a memchr a cell and no part of what is compared against
 * us: a program that writes the same cells has to have them.
 *
 * Built by the bench where libxlsxwriter-dev is, and nowhere else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

static void
put_cell(lxw_worksheet *s, lxw_format *date, lxw_row_t row, lxw_col_t column,
	 const char *line)
{
	switch (line[0]) {
	case 't':
		worksheet_write_string(s, row, column, line + 1, NULL);
		break;
	case 'n':
		worksheet_write_number(s, row, column, strtod(line + 1, NULL), NULL);
		break;
	case 'd':
		worksheet_write_number(s, row, column, strtod(line + 1, NULL), date);
		break;
	case 'b':
		worksheet_write_boolean(s, row, column, line[1] == '1', NULL);
		break;
	}
}

int
main(int argc, char **argv)
{
	lxw_workbook_options options = {.constant_memory = LXW_TRUE};
	lxw_workbook *book;
	lxw_worksheet *sheet;
	lxw_format *date;
	lxw_row_t row = 0;
	lxw_col_t column = 0;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	FILE *in;

	if (argc != 3 || (in = fopen(argv[1], "r")) == NULL)
		return EXIT_FAILURE;
	book = workbook_new_opt(argv[2], &options);
	sheet = workbook_add_worksheet(book, "Users");
	date = workbook_add_format(book);
	format_set_num_format(date, "yyyy-mm-dd hh:mm:ss");
	while ((n = getline(&line, &cap, in)) > 0) {
		line[n - 1] = '\0';
		if (line[0] != '.') {
			put_cell(sheet, date, row, column++, line);
			continue;
		}
		column = 0;
		if (++row == 1048575) { /* full, as ours is */
			sheet = workbook_add_worksheet(book, NULL);
			row = 0;
		}
	}
	free(line);
	fclose(in);
	return workbook_close(book) == LXW_NO_ERROR ? EXIT_SUCCESS
						    : EXIT_FAILURE;
}
