/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Workbooks read: Office Open XML (ECMA-376, transitional and strict), as
 * Excel, LibreOffice, Google Sheets and our own exports write it.  A sheet is
 * read as a stream, row by row, in memory that does not grow with it; texts
 * that cells share go into files without a name when there are many.
 *
 * A cell comes as the text a person would type for it: numbers in their
 * shortest form and whole ones with all their digits, days as 2026-01-31,
 * moments as instants of the zone whose clock the workbook is by, since
 * spreadsheets know no zones.  What is shown is not looked at: 25 % is 0.25.
 * Formulas come as the value they had when the file was saved.
 *
 * Files are taken for hostile: no document types, no entities, bounded depth,
 * tags and growth, nothing outside of the archive is opened, no name in it is
 * ever one on disk.
 */
#ifndef RAPPORT_WORKBOOK_H
#define RAPPORT_WORKBOOK_H

#include <rapport/base.h>

#define WORKBOOK_ROWS_MAX 1048576u /* of a sheet, as Excel has it */
#define WORKBOOK_COLUMNS_MAX 16384u

struct workbook;

struct workbook_options {
	const struct zone *zone; /* whose clock it is by; NULL: UTC */
	const char *tmp_dir;     /* for shared texts; NULL: /tmp */
	size_t memory;           /* they may take instead; 0: 8 MiB */
	size_t columns_max;      /* a row has at most; 0: what Excel has */
	size_t row_max;          /* bytes; 0: 1 MiB */
	uint64_t part_max;       /* bytes of a part, unpacked; 0: any number */
};

struct workbook_sheet {
	struct str name;
	bool hidden;
};

enum cell_kind {
	CELL_NOTHING,
	CELL_TEXT,
	CELL_NUMBER,
	CELL_BOOLEAN,
	CELL_DATE,
	CELL_INSTANT,
	CELL_BAD /* its text says why it has no value */
};

struct workbook_cell {
	enum cell_kind kind;
	struct str text;
};

struct workbook_row {
	uint32_t no; /* as spreadsheets count, from 1 */
	struct workbook_cell *cells; /* the last one is not CELL_NOTHING */
	size_t n;
	const char *wrong; /* no row can be made of it, and why; or NULL */
};

/* Could it be one (or another spreadsheet), by its first bytes? */
bool workbook_looks(struct str start);

/* The bytes live as long as it; of a file, the descriptor is not kept.
 * ERR_INPUT with what it is instead, or what is damaged; ERR_LIMIT; ERR_IO. */
enum err workbook_of_bytes(struct str bytes, const struct workbook_options *o,
			   struct workbook **out, struct fault *f) MUST_USE;
enum err workbook_of_file(int fd, const struct workbook_options *o,
			  struct workbook **out, struct fault *f) MUST_USE;
void workbook_close(struct workbook *w); /* NULL is fine */

/* Worksheets in the order of their tabs. */
size_t workbook_sheets(const struct workbook *w);
const struct workbook_sheet *workbook_sheet(const struct workbook *w, size_t i);
void workbook_zone(struct workbook *w, const struct zone *zone);

/* To the top of a sheet, as often as one likes. */
enum err workbook_begin(struct workbook *w, size_t sheet,
			struct fault *f) MUST_USE;
/* Its next row that has something in it; texts live in `a`. *more false:
 * there is none. */
enum err workbook_next(struct workbook *w, struct arena *a,
		       struct workbook_row *out, bool *more,
		       struct fault *f) MUST_USE;
/* How many bytes of all sheets there are, unpacked; how many of the sheet that
 * is read were. */
uint64_t workbook_size(const struct workbook *w);
uint64_t workbook_done(const struct workbook *w);

#endif
