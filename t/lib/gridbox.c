/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * gridbox FILE [ZONE]: what a workbook is read as, to standard output, a line of
 * JSON a row: sheet, number, and of each cell its kind and text.  The last line
 * counts rows; a file that is refused is told by code and words, and the exit
 * status is 1.  "gridbox -q FILE" only counts.
 */
#include <rapport/workbook.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const kinds[] = {
    [CELL_NOTHING] = "nothing", [CELL_TEXT] = "text",
    [CELL_NUMBER] = "number",	[CELL_BOOLEAN] = "boolean",
    [CELL_DATE] = "date",	[CELL_INSTANT] = "instant",
    [CELL_BAD] = "bad"};

static void
say(struct buf *b)
{
	buf_c(b, '\n');
	fwrite(b->p, 1, b->n, stdout);
	buf_reset(b);
}

static void
row_say(struct buf *b, struct str sheet, const struct workbook_row *r)
{
	struct json_out j;

	json_out_init(&j, b);
	json_object(&j);
	json_kt(&j, "sheet", sheet);
	json_ki(&j, "row", r->no);
	if (r->wrong)
		json_kt(&j, "wrong", str_of(r->wrong));
	json_key(&j, S("cells"));
	json_array(&j);
	for (size_t i = 0; i < r->n; i++) {
		json_array(&j);
		json_text(&j, str_of(kinds[r->cells[i].kind]));
		json_text(&j, r->cells[i].text);
		json_array_end(&j);
	}
	json_array_end(&j);
	json_object_end(&j);
	say(b);
}

static enum err
sheets_say(struct workbook *w, bool quiet, uint64_t *rows, struct fault *f)
{
	struct workbook_row row;
	struct arena a;
	struct buf b;
	bool more = true;
	enum err e = OK;

	arena_init(&a);
	buf_init(&b);
	for (size_t i = 0; i < workbook_sheets(w) && e == OK; i++) {
		e = workbook_begin(w, i, f);
		for (more = true; e == OK && more; ++*rows) {
			arena_reset(&a);
			e = workbook_next(w, &a, &row, &more, f);
			if (e != OK || !more)
				break;
			if (!quiet)
				row_say(&b, workbook_sheet(w, i)->name, &row);
		}
	}
	buf_fini(&b);
	arena_fini(&a);
	return e;
}

int
main(int argc, char **argv)
{
	bool quiet = argc > 1 && str_eq(str_of(argv[1]), S("-q"));
	const char *file = argc > 1 + quiet ? argv[1 + quiet] : "";
	struct workbook_options o = {.memory = 1u << 20};
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct workbook *w = NULL;
	struct fault f = {0};
	uint64_t rows = 0;
	enum err e;

	if (argc > 2 + quiet)
		o.zone = zone_find(str_of(argv[2 + quiet]));
	e = workbook_of_file(fd, &o, &w, &f);
	if (e == OK)
		e = sheets_say(w, quiet, &rows, &f);
	workbook_close(w);
	close(fd);
	if (e != OK)
		printf("%s %s\n", err_word(e), f.text);
	else
		printf("%llu rows\n", (unsigned long long)rows);
	return e != OK;
}
