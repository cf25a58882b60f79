/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * CSV of people in: one row is one user.  The file is read twice.  First it is
 * looked at: what the columns are, what type of values they hold, which rows
 * are about the same user.  Then its rows are applied in slices, each one
 * transaction, so memory stays bounded and nobody waits long.
 *
 * It is resumable, not atomic: whatever a cut import has applied is found
 * unchanged when the same file is imported again, so running it again is going
 * on with it.  Every row has exactly one outcome, and exactly one about the
 * segment.  A row is applied whole or refused.
 *
 * Columns may be parted by comma, semicolon or TAB, which the header tells, or
 * Excel's line "sep=;" before it, which is no row.
 * Cells are UTF-8, quoted as in RFC 4180; the guard against formulas that our
 * own exports put on is taken off.  Empty cells leave what is known as it is.
 *
 * A sheet of a workbook (XLSX) is such a table, too: what is said of CSV holds
 * for it, and refusals name the sheet beside the row.
 */
#ifndef RAPPORT_INTAKE_CSV_H
#define RAPPORT_INTAKE_CSV_H

#include <rapport/people.h>
#include <rapport/people/segments.h>

struct staff;
struct by;

#define CSV_ROW_MAX (1u << 20) /* bytes */
#define CSV_COLUMNS_MAX 1000u
#define CSV_ROWS_MAX (50u << 20) /* looking takes 16 bytes each */
#define CSV_SAMPLES 3u

/* Bytes, which can be had again from the start. */
struct csv_source {
	void *arg;
	/* up to n; 0: the end; negative: it failed */
	int64_t (*read)(void *arg, char *out, size_t n);
	bool (*rewind)(void *arg);
	struct csv_book *book; /* instead of bytes: rows of a workbook */
};
/* One in memory; `s` and `at` (0) live as long as it. */
struct csv_bytes {
	struct str s;
	size_t at;
};
struct csv_source csv_of_bytes(struct csv_bytes *b);

/* A workbook. `options` and the bytes live as long as it; of a file, the
 * descriptor is not kept. ERR_INPUT with what the file is or what is damaged,
 * ERR_LIMIT, ERR_INVALID (path: "sheet"), ERR_IO, ERR_FULL. */
struct csv_book;
struct csv_book_options {
	struct str sheet;        /* its name; "": the first with anything */
	const struct zone *zone; /* of its moments, which ours say themselves;
				  * NULL: the workspace's */
	const char *tmp_dir;     /* for texts that cells share; NULL: /tmp */
	uint64_t bytes_max; /* of a part unpacked, and of rows; 0: any */
};
/* Could it be one, by its first bytes? */
bool csv_book_looks(struct str start);
enum err csv_book_of_bytes(struct str bytes, const struct csv_book_options *o,
			   struct csv_book **out, struct fault *f) MUST_USE;
enum err csv_book_of_file(int fd, uint64_t size,
			  const struct csv_book_options *o,
			  struct csv_book **out, struct fault *f) MUST_USE;
void csv_book_close(struct csv_book *b); /* NULL is fine */
struct csv_source csv_of_book(struct csv_book *b);

/* What becomes of a column, as text:
 *   "" or "-"                   nothing
 *   userId                      the user, who is made when unknown
 *   identity:CHANNEL:KIND       the same by an identity
 *   createdAt, lastSeen         first and last seen, which only widen
 *   NAME or NAME:TYPE           an attribute, made when unknown, of the type
 *                               or else of that which all its cells have
 */
struct csv_choice {
	struct str column, target;
};

struct csv_refusal;

struct csv_options {
	uint32_t segment; /* static, to put them into; 0: none */
	const struct csv_choice *map; /* others go by their header */
	size_t n_map;
	/* A text attribute by whose column users are found instead: exactly
	 * one must have the value, or the row is refused. "": none. */
	struct str match;
	/* A file with userId, createdAt and lastSeen may be one of our own
	 * exports: segments, consent and validity are put back, values that do
	 * not parse are kept, and a new attribute is given a type only if all
	 * its cells are what that type would be written as. */
	bool whole;
	bool dry_run; /* says what would become of each row */
	bool keep_misfits; /* values that do not parse as the type are kept as
			    * events keep them, instead of refusing the row */
	int64_t at;   /* what the values are as of */
	size_t refusals_max; /* to keep in the result; 0: 1,000 */
	size_t slice;        /* rows a transaction; 0: 1,000 */
	/* For the audit rows; staff NULL: none are written. */
	struct staff *staff;
	const struct by *by;
	/* May be NULL. `raw`: the row as it came, with its line end; of a
	 * workbook, as CSV would have it. */
	void (*on_refusal)(void *arg, const struct csv_refusal *r,
			   struct str raw);
	/* How many of the bytes of both times; false: stop. */
	bool (*go)(void *arg, uint64_t done);
	void *arg;
};

enum csv_kind {
	CSV_SKIP,
	CSV_USER_ID,
	CSV_IDENTITY,
	CSV_FIRST_SEEN,
	CSV_LAST_SEEN,
	CSV_SEGMENTS, /* the next three of `whole` only */
	CSV_CONSENT,
	CSV_VALID,
	CSV_ATTRIBUTE
};

struct csv_column {
	struct str header; /* "column 3" where it has none */
	struct str target; /* as above, as it would be chosen */
	enum csv_kind kind;
	struct identity identity; /* without its value */
	struct str name;          /* of the attribute */
	enum attr_type type;
	bool is_new; /* the attribute will be made */
	bool is_match;
	uint64_t filled; /* rows that have something in it */
	struct str samples[CSV_SAMPLES]; /* the first ones, cut short */
	size_t n_samples;
};

struct csv_refusal {
	struct str sheet; /* of a workbook, or p NULL */
	uint64_t row; /* as a spreadsheet counts: the header is row 1 */
	struct fault fault; /* path: the header of the column, or empty */
};

struct csv_sheet {
	struct str name;
	bool is_read;
};

struct csv_result {
	char delimiter; /* of a workbook: 0 */
	struct csv_sheet *sheets; /* all that a workbook has */
	size_t n_sheets;
	struct csv_column *columns;
	size_t n_columns;
	struct str header; /* its row as it came, with its line end */
	uint64_t rows;     /* the next four add up to these */
	uint64_t created, updated, unchanged, refused;
	uint64_t added, already; /* with `refused` again all rows */
	uint64_t overruled; /* cells that something later or said by hand beats */
	struct csv_refusal *refusals; /* the first ones */
	size_t n_refusals;
};

/* Look only: columns and rows, no outcomes. It does not ask for a column that
 * says who. Everything of the result lives in `a`. ERR_INPUT (not CSV, not
 * UTF-8), ERR_LIMIT, ERR_INVALID (path: "map/COLUMN" or "match"), ERR_IO. */
enum err csv_look(struct people *p, struct kv *kv, struct arena *a,
		  const struct csv_source *source, const struct csv_options *o,
		  struct csv_result *out, struct fault *f) MUST_USE;
/* All of it. Also: ERR_INVALID "match" when no column says who; ERR_NOT_FOUND
 * or ERR_CONFLICT about the segment; ERR_CANCELLED when `go` said no. */
enum err csv_import(struct people *p, struct kv *kv, struct arena *a,
		    const struct csv_source *source,
		    const struct csv_options *o, struct csv_result *out,
		    struct fault *f) MUST_USE;
/* The wire form: what was found and, with `outcomes`, done. */
void csv_result_json(const struct csv_result *r, bool kept, bool outcomes,
		     struct json_out *j);

#endif
