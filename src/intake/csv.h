/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the importer of CSV: reading rows, knowing columns, applying rows.
 */
#ifndef INTAKE_CSV_H
#define INTAKE_CSV_H

#include <rapport/intake/csv.h>

/* csv_read.c: rows as they come ------------------------------------------- */

struct csv_row {
	uint64_t no;      /* as a spreadsheet counts */
	uint32_t sheet;   /* of a workbook: which of those that are read */
	struct str *cells; /* in the arena, as are their texts */
	size_t n;
	struct str raw;
	const char *wrong; /* not a row of CSV, and why; or NULL */
	size_t wrong_cell; /* where, or SIZE_MAX */
	/* of a workbook of ours, enum cell_kind of each cell; or NULL */
	const uint8_t *kinds;
	struct str *bad; /* why cells have no value (p NULL: they do); or NULL */
};

struct csv_reader {
	const struct csv_source *source;
	struct buf bytes;
	size_t at; /* of the next row */
	bool ended;
	bool any; /* a row that is not empty was read */
	char delimiter; /* 0: the header was not read yet */
	uint64_t row;   /* of the last one */
	uint64_t done;  /* bytes read from the source */
};
void csv_reader_init(struct csv_reader *r, const struct csv_source *source);
void csv_reader_fini(struct csv_reader *r);
/* The next row that is not empty. *more false: there is none. ERR_IO, ERR_INPUT
 * (UTF-16), ERR_LIMIT (too long a row). */
enum err csv_read(struct csv_reader *r, struct arena *a, struct csv_row *out,
		  bool *more, struct fault *f) MUST_USE;

/* csv_book.c: the same of a workbook --------------------------------------- */

enum err csv_book_read(struct csv_book *b, struct arena *a,
		       struct csv_row *out, bool *more,
		       struct fault *f) MUST_USE;
/* Where nothing else says whose clock it is by. */
void csv_book_zone(struct csv_book *b, const struct zone *zone);
uint64_t csv_book_done(const struct csv_book *b);
struct str csv_book_sheet(const struct csv_book *b, uint32_t sheet);
void csv_book_tell(const struct csv_book *b, struct arena *a,
		   struct csv_result *out);

/* csv_map.c: columns ------------------------------------------------------- */

struct csv_plan {
	const struct csv_options *options;
	struct csv_column *columns;
	size_t n;
	bool whole; /* the file is taken as one of our own exports */
	bool typed; /* and its cells say their types */
	size_t who; /* the column that says who; SIZE_MAX: none does */
	const struct attr *match; /* what it is found by; NULL: it is the id */
};
enum err csv_plan_make(struct csv_plan *p, const struct catalog *c,
		       struct arena *a, const struct csv_row *header,
		       struct fault *f) MUST_USE;
/* Types, as cells go by: what each column still may be. */
void csv_types_begin(struct csv_plan *p, uint8_t *may);
void csv_types_see(struct csv_plan *p, uint8_t *may, const struct csv_row *r);
void csv_types_end(struct csv_plan *p, const uint8_t *may, struct arena *a);
/* A cell as a value of the type. ERR_NOT_FOUND: it is empty. */
enum err csv_cell_value(struct arena *a, const struct attr *attr, struct str cell,
		   bool keep_misfits, struct value *out,
		   struct fault *f) MUST_USE;
/* What stands for a new attribute of the type at first sight. */
struct json csv_sample(enum attr_type t);

/* csv_apply.c: one row in a batch ------------------------------------------ */

enum csv_outcome { ROW_CREATED, ROW_UPDATED, ROW_UNCHANGED, ROW_REFUSED };

struct csv_work {
	const struct csv_plan *plan;
	struct chat_batch *chats; /* of `whole` files only */
	struct move why; /* of who comes into the segment */
	struct batch *batch;
	struct arena *arena; /* of this run */
};
struct csv_done {
	enum csv_outcome outcome;
	bool added;
	uint32_t overruled;
	struct fault *fault;
};
void csv_apply(struct csv_work *w, const struct csv_row *r,
	       struct csv_done *out);

#endif
