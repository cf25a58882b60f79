/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows as the markup of SpreadsheetML (ECMA-376), and the file they stand in.
 * What the text of a row cannot know yet is left open by two bytes: MARK,
 * which no markup holds, and what is meant.
 */
#ifndef EXPORT_XLSX_H
#define EXPORT_XLSX_H

#include "sheet.h"

#define MARK '\1'
#define MARK_ROW 'r' /* the row's number goes here */
#define MARK_CUT 'c' /* a text was cut: nothing, but it is counted */

#define CELL_TEXT_MAX 32767u          /* UTF-16 units */
#define CELL_CUT "\xe2\x80\xa6 (cut)" /* behind a text that was */
#define SHEET_ROWS_MAX 1048576u
#define SHEET_COLUMNS_MAX 16384u

/* Styles of cells; the order is that of `styles` in book.c. */
enum cell_style { STYLE_NONE, STYLE_DAY, STYLE_INSTANT, STYLE_HEAD };

extern const struct form form_xlsx;

/* "A" … "XFD" */
size_t column_letters(size_t column, char out[4]);
/* A text as markup; what XML cannot hold as _xHHHH_. */
void markup_text(struct buf *out, struct str text);
void markup_cell(struct buf *out, size_t column, struct str text,
		 enum cell_style style);

#endif
