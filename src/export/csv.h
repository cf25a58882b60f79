/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * CSV by RFC 4180: comma, CRLF, a quote doubled inside quotes.  Cells are
 * formula-safe unless `raw`: a text that a spreadsheet would run gets an
 * apostrophe in front, which cell_unguard (the importer) takes off again.
 */
#ifndef EXPORT_CSV_H
#define EXPORT_CSV_H

#include <rapport/people.h>

struct csv {
	struct buf *out;
	bool raw;
	bool inside; /* a cell of this row was written */
};

void csv_text(struct csv *c, struct str cell); /* guarded unless raw */
void csv_value(struct csv *c, const struct value *v);
void csv_nothing(struct csv *c); /* an empty cell */
void csv_row_end(struct csv *c);

#endif
