/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows of a worksheet.  A row says its number and a cell where it stands, or
 * they are the next ones.  The stream is stopped behind each row that has
 * something in it, so one row is all that is kept.
 *
 * A cell's type says how its value is to be read: a number, a text of its own,
 * one of those that cells share, a boolean, an error, a day.  An error, and a
 * formula that nobody worked out, are told as what they are: a cell that has
 * no value is not one that is empty.
 */
#include "room.h"

#include <stdlib.h>

#define ROW_MAX (1u << 20)

struct grid {
	struct grid_in in;
	struct scan *scan;
	struct workbook_cell *cells; /* columns_max of them */
	size_t n, columns_max, row_max;
	uint64_t row; /* 0: before the first */
	size_t column, bytes;
	const char *wrong;
	struct arena *arena; /* of the row that is read */
	struct buf text;     /* of the cell */
	char type[12];
	uint64_t style;
	size_t phonetic;
	bool in_data, in_row, in_cell, in_value, in_inline, takes_text;
	bool has_formula, ready;
	struct fault fault;
};

/* Places --------------------------------------------------------------------
 */

static void
row_open(struct grid *g, const char **attrs)
{
	const char *r = attribute(attrs, "r");
	uint64_t no = g->row + 1;

	if (r != NULL && !str_to_u64(str_of(r), &no))
		no = 0;
	if (no <= g->row || no > WORKBOOK_ROWS_MAX) {
		scan_fail(g->scan, ERR_INPUT,
			  "a row that is called \"%.20s\" stands behind row "
			  "%llu",
			  r ? r : "", (unsigned long long)g->row);
		return;
	}
	g->row = no;
	g->in_row = true;
	g->n = g->column = g->bytes = 0;
	g->wrong = NULL;
}

/* "AB12": the column, from 0; SIZE_MAX: no such place in this row. */
static size_t
column_of(const struct grid *g, const char *r)
{
	uint64_t row = 0;
	size_t column = 0;

	for (; *r >= 'A' && *r <= 'Z' && column <= WORKBOOK_COLUMNS_MAX; r++)
		column = column * 26 + (size_t)(*r - 'A') + 1;
	if (column == 0 || column > WORKBOOK_COLUMNS_MAX ||
	    !str_to_u64(str_of(r), &row) || row != g->row)
		return SIZE_MAX;
	return column - 1;
}

static void
type_take(struct grid *g, const char *t)
{
	size_t n = strlen(t), most = sizeof(g->type) - 1;

	n = n < most ? n : most;
	memcpy(g->type, t, n);
	g->type[n] = '\0';
}

static void
cell_open(struct grid *g, const char **attrs)
{
	const char *r = attribute(attrs, "r"), *t = attribute(attrs, "t");
	const char *s = attribute(attrs, "s");

	if (r != NULL)
		g->column = column_of(g, r);
	if (g->column >= WORKBOOK_COLUMNS_MAX) {
		scan_fail(g->scan, ERR_INPUT,
			  "a cell that is called \"%.20s\" stands in row %llu",
			  r ? r : "", (unsigned long long)g->row);
		return;
	}
	type_take(g, t ? t : "n");
	if (s == NULL || !str_to_u64(str_of(s), &g->style))
		g->style = 0;
	buf_reset(&g->text);
	g->in_cell = true;
	g->has_formula = g->in_value = g->in_inline = g->takes_text = false;
	g->phonetic = 0;
}

/* Values --------------------------------------------------------------------
 */

static struct workbook_cell
cell_bad(struct grid *g, const char *words, struct str about)
{
	return (struct workbook_cell){
	    CELL_BAD, arena_printf(g->arena, "%s%.*s", words,
				   STR_ARG(text_prefix(about, 40)))};
}

static struct workbook_cell
cell_shared(struct grid *g, struct str number)
{
	struct workbook_cell c = {.kind = CELL_TEXT};
	struct fault f = {0};
	uint64_t i;
	enum err e;

	if (!str_to_u64(str_trim(number), &i))
		return cell_bad(g, "no text has the number ", number);
	e = texts_get(g->in.texts, i, g->arena, &c.text, &f);
	if (e != OK)
		scan_fail(g->scan, e, "%s", f.text);
	return c.text.p != NULL
		   ? c
		   : cell_bad(g, "no text has the number ", number);
}

static struct workbook_cell
cell_text(struct grid *g, struct str raw)
{
	struct workbook_cell c = {.kind = CELL_TEXT};
	struct buf b;

	if (!str_find(raw, S("_x"), NULL)) {
		c.text = arena_str(g->arena, raw);
		return c;
	}
	buf_init(&b);
	text_unescape(&b, raw);
	c.text = arena_str(g->arena, buf_str(&b));
	buf_fini(&b);
	return c;
}

static struct workbook_cell
cell_boolean(struct grid *g, struct str raw)
{
	struct str s = str_trim(raw);

	if (str_eq(s, S("1")) || str_eq(s, S("true")))
		return (struct workbook_cell){CELL_BOOLEAN, S("true")};
	if (str_eq(s, S("0")) || str_eq(s, S("false")))
		return (struct workbook_cell){CELL_BOOLEAN, S("false")};
	return cell_bad(g, "neither true nor false: ", s);
}

static struct workbook_cell
cell_value(struct grid *g)
{
	struct str raw = buf_str(&g->text), type = str_of(g->type);

	if (str_eq(type, S("s")))
		return cell_shared(g, raw);
	if (str_eq(type, S("str")) || str_eq(type, S("inlineStr")))
		return cell_text(g, raw);
	if (str_eq(type, S("b")))
		return cell_boolean(g, raw);
	if (str_eq(type, S("e")))
		return cell_bad(g, "an error of the spreadsheet: ", raw);
	if (str_eq(type, S("d")))
		return figure_iso(g->arena, raw, g->in.clock);
	if (str_eq(type, S("n")))
		return figure(g->arena, raw, styles_of(g->in.styles, g->style),
			      g->in.clock);
	return cell_bad(g, "a cell of a type that is not known: ", type);
}

static bool
cell_empty(const struct grid *g)
{
	return g->text.n == 0 || (strcmp(g->type, "n") == 0 &&
				  str_trim(buf_str(&g->text)).n == 0);
}

static void
cell_put(struct grid *g, struct workbook_cell c)
{
	if (c.kind == CELL_TEXT && c.text.n == 0)
		return;
	g->bytes += c.text.n;
	if (g->bytes > g->row_max) {
		scan_fail(g->scan, ERR_LIMIT,
			  "row %llu of sheet \"%.*s\" is longer than %zu bytes",
			  (unsigned long long)g->row,
			  STR_ARG(text_prefix(g->in.sheet, 60)), g->row_max);
		return;
	}
	if (g->column >= g->columns_max) {
		g->wrong = "there are too many columns";
		return;
	}
	for (; g->n <= g->column; g->n++)
		g->cells[g->n] = (struct workbook_cell){0};
	if (g->cells[g->column].kind != CELL_NOTHING)
		g->wrong = "two cells stand in the same place";
	g->cells[g->column] = c;
}

static void
cell_close(struct grid *g)
{
	g->in_cell = false;
	if (!cell_empty(g))
		cell_put(g, cell_value(g));
	else if (g->has_formula && strcmp(g->type, "str") != 0)
		cell_put(g, cell_bad(g,
				     "a formula that was not worked out: save "
				     "the workbook in a spreadsheet program",
				     STR_NONE));
	g->column++;
}

/* What the stream says ------------------------------------------------------
 */

static void
open_in_cell(struct grid *g, const char *name)
{
	if (strcmp(name, "v") == 0)
		g->in_value = g->takes_text = true;
	else if (strcmp(name, "f") == 0)
		g->has_formula = true;
	else if (strcmp(name, "is") == 0)
		g->in_inline = true;
	else if (strcmp(name, "rPh") == 0)
		g->phonetic++;
	else if (strcmp(name, "t") == 0)
		g->takes_text = g->in_inline && g->phonetic == 0;
}

static void
on_open(void *arg, const char *name, const char **attrs)
{
	struct grid *g = arg;

	if (g->in_cell)
		open_in_cell(g, name);
	else if (g->in_row && strcmp(name, "c") == 0)
		cell_open(g, attrs);
	else if (g->in_data && !g->in_row && strcmp(name, "row") == 0)
		row_open(g, attrs);
	else if (strcmp(name, "sheetData") == 0)
		g->in_data = true;
}

static void
close_in_cell(struct grid *g, const char *name)
{
	if (strcmp(name, "c") == 0)
		cell_close(g);
	else if (strcmp(name, "rPh") == 0 && g->phonetic > 0)
		g->phonetic--;
	else if (strcmp(name, "is") == 0)
		g->in_inline = false;
	else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
		g->takes_text = false;
}

static void
on_close(void *arg, const char *name)
{
	struct grid *g = arg;

	if (g->in_cell) {
		close_in_cell(g, name);
	} else if (g->in_row && strcmp(name, "row") == 0) {
		g->in_row = false;
		g->ready = g->n > 0 || g->wrong;
		if (g->ready)
			scan_pause(g->scan);
	} else if (strcmp(name, "sheetData") == 0) {
		g->in_data = false;
	}
}

static void
on_text(void *arg, struct str text)
{
	struct grid *g = arg;

	if (!g->in_cell || !g->takes_text)
		return;
	buf_put(&g->text, text);
	if (g->text.n > g->row_max)
		scan_fail(g->scan, ERR_LIMIT,
			  "row %llu of sheet \"%.*s\" is longer than %zu bytes",
			  (unsigned long long)g->row,
			  STR_ARG(text_prefix(g->in.sheet, 60)), g->row_max);
}

/* ---------------------------------------------------------------------------
 */

enum err
grid_open(struct part *p, const char *name, const struct grid_in *in,
	  struct grid **out, struct fault *f)
{
	static const struct scan_calls calls = {on_open, on_close, on_text};
	const struct workbook_options *o = in->options;
	struct grid *g = mem_new(sizeof(*g));
	enum err e;

	g->in = *in;
	g->columns_max = o->columns_max ? o->columns_max : WORKBOOK_COLUMNS_MAX;
	g->row_max = o->row_max ? o->row_max : ROW_MAX;
	buf_init(&g->text);
	e = scan_new(p, name, &calls, g, &g->scan, f);
	if (e != OK) {
		grid_free(g);
		return e;
	}
	g->cells = mem_new(g->columns_max * sizeof(*g->cells));
	*out = g;
	return OK;
}

void
grid_free(struct grid *g)
{
	if (g == NULL)
		return;
	scan_free(g->scan);
	buf_fini(&g->text);
	free(g->cells);
	free(g);
}

enum err
grid_next(struct grid *g, struct arena *a, struct workbook_row *out, bool *more,
	  struct fault *f)
{
	bool ended;

	g->arena = a;
	g->ready = false;
	TRY(scan_go(g->scan, &ended, f));
	*more = g->ready;
	if (!g->ready)
		return OK;
	*out = (struct workbook_row){
	    .no = (uint32_t)g->row, .n = g->n, .wrong = g->wrong};
	out->cells = arena_get(a, (g->n + 1) * sizeof(*out->cells));
	if (g->n > 0)
		memcpy(out->cells, g->cells, g->n * sizeof(*out->cells));
	return OK;
}

uint64_t
grid_done(const struct grid *g)
{
	return scan_done(g->scan);
}
