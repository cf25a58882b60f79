/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The fixed worksheets of a chat data export, and filling in their rows.  All
 * their columns stand in one list, sheet after sheet, each behind a place for
 * the sheet itself, so that a column has one number wherever it is used:
 *
 *	C_CHATS | C_CHATS_ID C_CHATS_USER_ID … | C_USERS | C_SUPPORT_BOTS | …
 */
#ifndef EXPORT_WORKSHEET_H
#define EXPORT_WORKSHEET_H

#include "sheet.h"

enum column_number {
#define WORKSHEET(CODE, name, kind) C_##CODE,
#define COLUMN(SHEET, CODE, name, type, raw) C_##SHEET##_##CODE,
#include <tbl/worksheets.h>
#undef WORKSHEET
#undef COLUMN
	C_END
};

/* User data has no columns here: they are the attributes. */
struct sheet worksheet(enum export_sheet s);
/* Of what its rows are: "manager"; empty: not of reference data. */
struct str worksheet_kind(enum export_sheet s);

/* A row of any of them. Texts and sets are borrowed. */
struct cells {
	struct value values[C_END];
	bool has[C_END];
};
void cells_clear(struct cells *c);
struct row cells_row(const struct cells *c, enum export_sheet s);
void cell_text(struct cells *c, int column, struct str text); /* "": none */
void cell_texts(struct cells *c, int column, const struct str *at, size_t n);
void cell_instant(struct cells *c, int column, int64_t at); /* NONE: none */
/* DURATION_NONE: none; in milliseconds. */
void cell_duration(struct cells *c, int column, int64_t micros);
void cell_number(struct cells *c, int column, double number);
/* JSON as it is, and how it looks as a text. */
void cell_raw(struct cells *c, int column, struct str json, struct str text);

#endif
