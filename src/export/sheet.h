/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A sheet is a table of columns; a row is a value for each of them, or none.
 * What makes rows knows nothing of formats, and a format knows nothing of
 * where rows come from.  A format has two halves.  Its form makes the text of
 * one row, which depends on nothing but the row, so that rows can be made in
 * any order and by more than one thread.  Its sink puts those texts one behind
 * the other into a file, sheet by sheet.
 */
#ifndef EXPORT_SHEET_H
#define EXPORT_SHEET_H

#include <rapport/export.h>

struct column {
	struct str name;
	enum attr_type type;
	bool raw; /* JSON has value.original, which is JSON, as it is */
};

struct sheet {
	struct str name; /* "Users" */
	const struct column *columns;
	size_t n;
	bool nulls; /* JSON says null (or []) for what a row does not have */
};

struct row {
	const struct value *values; /* as many as the sheet has columns */
	const bool *has;
};

struct form_options {
	bool bom;                /* CSV: a byte order mark first */
	bool raw;                /* CSV: no guard against formulas */
	const struct zone *zone; /* of dates in a workbook */
	/* A sheet goes on in another one; 0: at what the format can hold. */
	uint32_t rows_max;
	uint64_t bytes_max;
};

struct form {
	const char *first;   /* of the file */
	const char *part;    /* between two sheets */
	const char *between; /* two rows */
	const char *tail;    /* after the last */
	const char *last;    /* of the file */
	void (*head)(struct buf *out, const struct sheet *s,
		     const struct form_options *o);
	void (*row)(struct buf *out, const struct sheet *s, const struct row *r,
		    const struct form_options *o);
};

/* What a workbook says about itself, in order; the counts are added. */
struct manifest {
	struct str name, value;
};

/* Takes bytes that are ready to go on; its errors are returned as they are. */
typedef enum err bytes_fn(void *arg, struct str bytes);

/* The head of every sink. */
struct sink {
	const struct format *format;
	const struct form_options *options;
	bytes_fn *out;
	void *arg;
};

struct format {
	const char *media;
	const struct form *form;
	struct sink *(*open)(int64_t at);
	enum err (*begin)(struct sink *k, const struct sheet *s); /* a sheet */
	enum err (*row)(struct sink *k, struct str text);
	enum err (*end)(struct sink *k); /* of the sheet */
	enum err (*finish)(struct sink *k, const struct manifest *m, size_t n);
	void (*close)(struct sink *k); /* whatever came before */
};
extern const struct format format_csv, format_json, format_ndjson, format_xlsx,
    format_object, format_zip;
extern const struct form form_csv;

/* plain.c: a sink whose form is all there is. */
struct sink *plain_open(int64_t at);
enum err plain_begin(struct sink *k, const struct sheet *s) MUST_USE;
enum err plain_row(struct sink *k, struct str text) MUST_USE;
enum err plain_end(struct sink *k) MUST_USE;
enum err plain_finish(struct sink *k, const struct manifest *m,
		      size_t n) MUST_USE;
void plain_close(struct sink *k);
#define PLAIN_SINK                                                  \
	.open = plain_open, .begin = plain_begin, .row = plain_row, \
	.end = plain_end, .finish = plain_finish, .close = plain_close

#endif
