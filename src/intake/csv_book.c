/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A workbook in place of a CSV: one of its sheets is the table, and what is
 * said of rows of CSV holds of its rows.  The sheet is the one that was asked
 * for, or the first that is shown and has something in it.  Sheets that are
 * called "Users (2)", "Users (3)" and begin with the same row go on with it, as
 * ours do when Excel's rows are used up.
 *
 * A workbook of our own, which its Manifest tells, says by what clock its
 * moments are; its cells have the types that their attributes had.
 */
#include "csv.h"

#include <rapport/workbook.h>

#include <stdio.h>
#include <stdlib.h>

#define MANIFEST_ROWS 100u

struct csv_book {
	struct workbook *workbook;
	struct arena arena, scratch;
	const struct csv_book_options *options;
	size_t *sheets; /* those that are read, in order */
	size_t n, at;
	struct csv_row header;
	struct str *names; /* of all sheets */
	bool own;
	bool begun, headed;    /* the sheet; its first row was read */
	uint64_t size, before; /* of the file; unpacked, of sheets before */
	uint64_t given;        /* bytes of the rows so far */
};

/* Rows ----------------------------------------------------------------------
 */

/* As it would stand in a CSV, for the file of refused rows. */
static struct str
row_raw(struct arena *a, const struct csv_row *r)
{
	struct str s;
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < r->n; i++) {
		bool bad = r->bad != NULL && r->bad[i].p != NULL;
		struct str cell = bad ? r->bad[i] : r->cells[i];

		buf_put(&b, i > 0 ? S(",\"") : S("\""));
		if (cell_needs_guard(cell))
			buf_c(&b, '\'');
		for (size_t k = 0; k < cell.n; k++) {
			if (cell.p[k] == '"')
				buf_c(&b, '"');
			buf_c(&b, cell.p[k]);
		}
		buf_c(&b, '"');
	}
	buf_put(&b, S("\r\n"));
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static void
cells_take(const struct csv_book *b, struct arena *a,
	   const struct workbook_row *from, struct csv_row *out)
{
	uint8_t *kinds = b->own ? arena_get(a, out->n + 1) : NULL;

	out->kinds = kinds;
	for (size_t i = 0; i < from->n; i++) {
		const struct workbook_cell *c = &from->cells[i];

		if (kinds != NULL)
			kinds[i] = (uint8_t)c->kind;
		if (c->kind != CELL_BAD) {
			out->cells[i] =
			    c->kind == CELL_NOTHING ? S("") : c->text;
			continue;
		}
		if (out->bad == NULL)
			out->bad = arena_get(a, out->n * sizeof(*out->bad));
		out->bad[i] = c->text;
	}
}

/* Cells at the end of a row that are empty are not in the file. */
static void
row_take(const struct csv_book *b, struct arena *a,
	 const struct workbook_row *from, struct csv_row *out)
{
	*out = (struct csv_row){.no = from->no,
				.sheet = (uint32_t)b->at,
				.wrong = from->wrong,
				.wrong_cell = SIZE_MAX};
	out->n = from->n > b->header.n ? from->n : b->header.n;
	out->cells = arena_get(a, (out->n + 1) * sizeof(*out->cells));
	for (size_t i = 0; i < out->n; i++)
		out->cells[i] = S("");
	cells_take(b, a, from, out);
	out->raw = row_raw(a, out);
}

/* A text that cells share is small in the file, however many share it. */
static enum err
rows_bounded(struct csv_book *b, size_t bytes, struct fault *f)
{
	uint64_t most = b->options->bytes_max;

	b->given += bytes;
	return most == 0 || b->given <= most
		   ? OK
		   : fail(f, ERR_LIMIT, "",
			  "the rows have more than %llu MiB: take it in with "
			  "rapport segment import",
			  (unsigned long long)(most >> 20));
}

enum err
csv_book_read(struct csv_book *b, struct arena *a, struct csv_row *out,
	      bool *more, struct fault *f)
{
	struct workbook_row row;

	for (; b->at < b->n; b->at++) {
		if (!b->begun)
			TRY(workbook_begin(b->workbook, b->sheets[b->at], f));
		b->begun = true;
		TRY(workbook_next(b->workbook, a, &row, more, f));
		if (*more && !b->headed && b->at > 0)
			TRY(workbook_next(b->workbook, a, &row, more, f));
		b->headed = true;
		if (*more) {
			row_take(b, a, &row, out);
			return rows_bounded(b, out->raw.n, f);
		}
		b->before += workbook_done(b->workbook);
		b->begun = b->headed = false;
	}
	*more = false;
	return OK;
}

static bool
book_rewind(void *arg)
{
	struct csv_book *b = arg;

	b->at = 0;
	b->before = b->given = 0;
	b->begun = b->headed = false;
	return true;
}

/* In bytes of the file, as far as one can say. */
uint64_t
csv_book_done(const struct csv_book *b)
{
	uint64_t all = workbook_size(b->workbook);
	uint64_t done = b->before;

	if (b->begun)
		done += workbook_done(b->workbook);
	return all == 0
		   ? 0
		   : (uint64_t)((double)done / (double)all * (double)b->size);
}

void
csv_book_zone(struct csv_book *b, const struct zone *zone)
{
	if (!b->own && b->options->zone == NULL && zone != NULL)
		workbook_zone(b->workbook, zone);
}

struct str
csv_book_sheet(const struct csv_book *b, uint32_t sheet)
{
	return b->names[b->sheets[sheet]];
}

/* Which sheets --------------------------------------------------------------
 */

/* The first row of a sheet; *out->n 0: it has none. */
static enum err
first_row(struct csv_book *b, size_t sheet, struct csv_row *out,
	  struct fault *f)
{
	struct workbook_row row = {0};
	bool more;

	TRY(workbook_begin(b->workbook, sheet, f));
	TRY(workbook_next(b->workbook, &b->arena, &row, &more, f));
	*out = (struct csv_row){0};
	if (more)
		row_take(b, &b->arena, &row, out);
	return OK;
}

static bool
sheet_find(const struct csv_book *b, struct str name, size_t *out)
{
	for (size_t i = 0; i < workbook_sheets(b->workbook); i++)
		if (str_eq(b->names[i], name)) {
			*out = i;
			return true;
		}
	return false;
}

/* What our workbooks say of themselves: a name and a value a row. */
static enum err
manifest_read(struct csv_book *b, struct fault *f)
{
	const struct zone *zone = NULL;
	struct workbook_row row;
	size_t sheet;
	bool users = false, more = false;

	if (!sheet_find(b, S("Manifest"), &sheet))
		return OK;
	TRY(workbook_begin(b->workbook, sheet, f));
	for (size_t i = 0; i < MANIFEST_ROWS; i++) {
		arena_reset(&b->scratch);
		TRY(workbook_next(b->workbook, &b->scratch, &row, &more, f));
		if (!more)
			break;
		if (row.n != 2 || row.cells[0].kind != CELL_TEXT)
			continue;
		if (str_eq(row.cells[0].text, S("What")))
			users = str_eq(row.cells[1].text, S("Users"));
		if (str_eq(row.cells[0].text, S("Time zone of dates")))
			zone = zone_find(row.cells[1].text);
	}
	b->own = users && zone != NULL;
	if (b->own)
		workbook_zone(b->workbook, zone);
	return OK;
}

static enum err
sheet_wanted(struct csv_book *b, size_t *out, struct fault *f)
{
	struct buf all;
	enum err e;

	if (sheet_find(b, b->options->sheet, out))
		return first_row(b, *out, &b->header, f);
	buf_init(&all);
	for (size_t i = 0; i < workbook_sheets(b->workbook); i++)
		buf_printf(&all, "%s\"%.*s\"", i > 0 ? ", " : "",
			   STR_ARG(b->names[i]));
	e = fail(f, ERR_INVALID, "sheet",
		 "there is no such sheet; the workbook has %.*s",
		 STR_ARG(text_prefix(buf_str(&all), 180)));
	buf_fini(&all);
	return e;
}

static enum err
sheet_first(struct csv_book *b, size_t *out, struct fault *f)
{
	if (sheet_find(b, S("UserChat data"), out))
		return fail(f, ERR_INPUT, "",
			    "it holds worksheets of chats: take them out as "
			    "JSON, which is the format that is read back");
	for (*out = 0; *out < workbook_sheets(b->workbook); ++*out) {
		if (workbook_sheet(b->workbook, *out)->hidden)
			continue;
		TRY(first_row(b, *out, &b->header, f));
		if (b->header.n > 0)
			return OK;
	}
	return fail(f, ERR_INPUT, "",
		    "no sheet that is shown has anything in it");
}

static bool
same_header(const struct csv_book *b, const struct csv_row *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!str_eq(r->cells[i], b->header.cells[i]))
			return false;
	return r->n == b->header.n;
}

/* "Users (2)", "Users (3)" ... */
static enum err
sheets_follow(struct csv_book *b, struct fault *f)
{
	struct str name = b->names[b->sheets[0]];
	struct csv_row first;
	size_t next;

	for (unsigned k = 2;; k++) {
		struct str wanted =
		    arena_printf(&b->scratch, "%.*s (%u)", STR_ARG(name), k);

		if (!sheet_find(b, wanted, &next))
			return OK;
		TRY(first_row(b, next, &first, f));
		if (!same_header(b, &first))
			return OK;
		b->sheets[b->n++] = next;
	}
}

static enum err
sheets_find(struct csv_book *b, struct fault *f)
{
	size_t n = workbook_sheets(b->workbook), first = 0;

	b->names = arena_get(&b->arena, n * sizeof(*b->names));
	b->sheets = arena_get(&b->arena, n * sizeof(*b->sheets));
	for (size_t i = 0; i < n; i++)
		b->names[i] = workbook_sheet(b->workbook, i)->name;
	TRY(manifest_read(b, f));
	TRY(b->options->sheet.n > 0 ? sheet_wanted(b, &first, f)
				    : sheet_first(b, &first, f));
	b->sheets[b->n++] = first;
	return sheets_follow(b, f);
}

bool
csv_book_looks(struct str start)
{
	return workbook_looks(start);
}

/* Opening -------------------------------------------------------------------
 */

static struct workbook_options
reading(const struct csv_book_options *o)
{
	return (struct workbook_options){.zone = o->zone,
					 .tmp_dir = o->tmp_dir,
					 .columns_max = CSV_COLUMNS_MAX,
					 .row_max = CSV_ROW_MAX,
					 .part_max = o->bytes_max};
}

static enum err
book_open(struct workbook *w, uint64_t size, const struct csv_book_options *o,
	  struct csv_book **out, struct fault *f)
{
	struct csv_book *b = mem_new(sizeof(*b));
	enum err e;

	*b = (struct csv_book){.workbook = w, .options = o, .size = size};
	arena_init(&b->arena);
	arena_init(&b->scratch);
	e = sheets_find(b, f);
	if (e != OK) {
		csv_book_close(b);
		return e;
	}
	book_rewind(b);
	*out = b;
	return OK;
}

enum err
csv_book_of_bytes(struct str bytes, const struct csv_book_options *o,
		  struct csv_book **out, struct fault *f)
{
	struct workbook_options how = reading(o);
	struct workbook *w;

	TRY(workbook_of_bytes(bytes, &how, &w, f));
	return book_open(w, bytes.n, o, out, f);
}

enum err
csv_book_of_file(int fd, uint64_t size, const struct csv_book_options *o,
		 struct csv_book **out, struct fault *f)
{
	struct workbook_options how = reading(o);
	struct workbook *w;

	TRY(workbook_of_file(fd, &how, &w, f));
	return book_open(w, size, o, out, f);
}

void
csv_book_close(struct csv_book *b)
{
	if (b == NULL)
		return;
	workbook_close(b->workbook);
	arena_fini(&b->arena);
	arena_fini(&b->scratch);
	free(b);
}

struct csv_source
csv_of_book(struct csv_book *b)
{
	return (struct csv_source){.arg = b, .rewind = book_rewind, .book = b};
}

void
csv_book_tell(const struct csv_book *b, struct arena *a, struct csv_result *out)
{
	size_t n = workbook_sheets(b->workbook);

	out->sheets = arena_get(a, n * sizeof(*out->sheets));
	out->n_sheets = n;
	for (size_t i = 0; i < n; i++)
		out->sheets[i].name = arena_str(a, b->names[i]);
	for (size_t i = 0; i < b->n; i++)
		out->sheets[b->sheets[i]].is_read = true;
}
