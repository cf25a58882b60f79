/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The tables of include/tbl/worksheets.h as sheets, and cells by the number of
 * their column.  A cell that is not put is one without a value.
 */
#include "worksheet.h"

const char *const export_sheet_names[EXPORT_SHEETS] = {
#define WORKSHEET(CODE, name, kind) [SHEET_##CODE] = name,
#define COLUMN(SHEET, CODE, name, type, raw)
#include <tbl/worksheets.h>
#undef WORKSHEET
#undef COLUMN
};

static const char *const kinds[EXPORT_SHEETS] = {
#define WORKSHEET(CODE, name, kind) [SHEET_##CODE] = kind,
#define COLUMN(SHEET, CODE, name, type, raw)
#include <tbl/worksheets.h>
#undef WORKSHEET
#undef COLUMN
};

/* Where the columns of a sheet stand, which is behind the sheet itself. */
static const enum column_number starts[EXPORT_SHEETS + 1] = {
#define WORKSHEET(CODE, name, kind) [SHEET_##CODE] = C_##CODE,
#define COLUMN(SHEET, CODE, name, type, raw)
#include <tbl/worksheets.h>
#undef WORKSHEET
#undef COLUMN
    [EXPORT_SHEETS] = C_END,
};

static const struct column columns[C_END] = {
#define WORKSHEET(CODE, name, kind)
#define COLUMN(SHEET, CODE, name, type, raw) \
	[C_##SHEET##_##CODE] = {{name, sizeof(name) - 1}, TYPE_##type, raw},
#include <tbl/worksheets.h>
#undef WORKSHEET
#undef COLUMN
};

struct sheet
worksheet(enum export_sheet s)
{
	return (struct sheet){
	    .name = str_of(export_sheet_names[s]),
	    .columns = &columns[starts[s] + 1],
	    .n = (size_t)(starts[s + 1] - starts[s] - 1),
	    .nulls = true,
	};
}

struct str
worksheet_kind(enum export_sheet s)
{
	return str_of(kinds[s]);
}

/* By name, the last word of which may be left off. */
static bool
sheet_find(struct str name, enum export_sheet *out)
{
	for (int i = 0; i < EXPORT_SHEETS; i++) {
		struct str full = str_of(export_sheet_names[i]);

		*out = (enum export_sheet)i;
		if (str_eq(name, full) ||
		    str_eq(name, str_cut(full, 0, full.n - 5)))
			return true;
	}
	return false;
}

enum err
export_sheets_read(struct str names, unsigned *out, struct fault *f)
{
	enum export_sheet s;
	struct str one;

	*out = 0;
	while (str_split(&names, ',', &one)) {
		one = str_trim(one);
		if (!sheet_find(one, &s))
			return fail(f, ERR_INVALID, "sheets",
				    "expected worksheets such as \"UserChat "
				    "data\", not \"%.*s\"",
				    STR_ARG(text_prefix(one, 40)));
		*out |= 1u << s;
	}
	if (*out == 0)
		return fail(f, ERR_INVALID, "sheets", "expected at least one");
	return OK;
}

/* Cells --------------------------------------------------------------------
 */

void
cells_clear(struct cells *c)
{
	memset(c->has, 0, sizeof(c->has));
}

struct row
cells_row(const struct cells *c, enum export_sheet s)
{
	return (struct row){&c->values[starts[s] + 1], &c->has[starts[s] + 1]};
}

static struct value *
cell_put(struct cells *c, int column, enum attr_type type)
{
	struct value *v = &c->values[column];

	*v = (struct value){.type = type};
	c->has[column] = true;
	return v;
}

void
cell_text(struct cells *c, int column, struct str text)
{
	if (text.n > 0)
		cell_put(c, column, TYPE_TEXT)->text = text;
}

void
cell_texts(struct cells *c, int column, const struct str *at, size_t n)
{
	struct value *v;

	if (n == 0)
		return;
	v = cell_put(c, column, TYPE_SET);
	v->items = at;
	v->n_items = n;
}

void
cell_instant(struct cells *c, int column, int64_t at)
{
	if (at != INSTANT_NONE)
		cell_put(c, column, TYPE_INSTANT)->instant = at;
}

void
cell_number(struct cells *c, int column, double number)
{
	cell_put(c, column, TYPE_NUMBER)->number = number;
}

void
cell_duration(struct cells *c, int column, int64_t micros)
{
	if (micros != DURATION_NONE)
		cell_number(c, column, (double)(micros / 1000));
}

void
cell_raw(struct cells *c, int column, struct str json, struct str text)
{
	struct value *v = cell_put(c, column, TYPE_TEXT);

	v->original = json;
	v->text = text;
}
