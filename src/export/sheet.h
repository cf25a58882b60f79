/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A sheet is a table of columns; a row is a value for each of them, or none.
 * What makes rows knows nothing of formats, and a format knows nothing of
 * where rows come from.  In a format of text every row is bytes of its own, so
 * that rows can be made in any order and by more than one thread; a workbook
 * (book.h) takes its rows one after the other.
 */
#ifndef EXPORT_SHEET_H
#define EXPORT_SHEET_H

#include <rapport/export.h>

struct column {
	struct str name;
	enum attr_type type;
};

struct sheet {
	const char *name; /* "Users" */
	const struct column *columns;
	size_t n;
};

struct row {
	const struct value *values; /* as many as the sheet has columns */
	const bool *has;
};

struct text_options {
	bool bom; /* CSV: a byte order mark first */
	bool raw; /* CSV: no guard against formulas */
};

/* A format of text. */
struct form {
	const char *media;
	const char *between; /* two rows */
	const char *tail;    /* after the last */
	void (*head)(struct buf *out, const struct sheet *s,
		     const struct text_options *o);
	void (*row)(struct buf *out, const struct sheet *s,
		    const struct row *r, const struct text_options *o);
};
extern const struct form form_csv, form_json, form_ndjson;

#endif
