/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside workbooks: an archive of parts, markup as a stream, texts that cells
 * share, what styles say, and the values of cells.
 */
#ifndef WORKBOOK_ROOM_H
#define WORKBOOK_ROOM_H

#include <rapport/workbook.h>

#define PART_NAME_MAX 512u

/* archive.c: the ZIP ------------------------------------------------------- */

struct archive;
struct part; /* an entry that is read */

enum err archive_of_bytes(struct str bytes, struct archive **out,
			  struct fault *f) MUST_USE;
enum err archive_of_file(int fd, struct archive **out,
			 struct fault *f) MUST_USE;
void archive_close(struct archive *z);
bool archive_has(const struct archive *z, const char *name, uint64_t *size);
/* Entries unpack to at most so many bytes; 0: any number. */
void archive_bound(struct archive *z, uint64_t most);
/* ERR_INPUT: there is no such entry, or it cannot be read; ERR_LIMIT. */
enum err part_open(struct archive *z, const char *name, struct part **out,
		   struct fault *f) MUST_USE;
/* Up to n bytes; *got 0: its end, and it was whole. */
enum err part_read(struct part *p, char *out, size_t n, size_t *got,
		   struct fault *f) MUST_USE;
uint64_t part_done(const struct part *p);
void part_close(struct part *p);

/* foreign.c: what is no workbook of this kind ------------------------------ */

/* Words for a file that is not a ZIP, or for a ZIP that is something else. */
enum err foreign_bytes(struct str start, bool locked, struct fault *f);
enum err foreign_archive(struct archive *z, struct fault *f);
/* Is there the name of what Excel puts locked workbooks into? */
bool foreign_locked(struct str bytes);

/* scan.c: markup as a stream ----------------------------------------------- */

struct scan;
struct scan_calls {
	/* Elements of the namespaces of workbooks, by their local names;
	 * attributes as expat gives them. */
	void (*open)(void *arg, const char *name, const char **attrs);
	void (*close)(void *arg, const char *name);
	void (*text)(void *arg, struct str text);
};

enum err
scan_new(struct part *p, const char *name, const struct scan_calls *calls,
	 void *arg, struct scan **out,
	 struct fault *f) MUST_USE; /* takes the part, also if not OK */
void scan_free(struct scan *s);
/* On, until a call asks for a pause, or to the end. */
enum err scan_go(struct scan *s, bool *ended, struct fault *f) MUST_USE;
void scan_pause(struct scan *s);
/* From within a call: that is the end of it. */
void scan_fail(struct scan *s, enum err e, const char *format, ...)
    PRINTF_LIKE(3, 4);
uint64_t scan_done(const struct scan *s);
/* The value of an attribute, or NULL. */
const char *attribute(const char **attrs, const char *name);
/* Of the namespace of relations ("r:id"). */
const char *attribute_relation(const char **attrs);

/* spill.c: bytes that go to disk when there are many ----------------------- */

struct spill {
	struct buf memory; /* all of them, or those not written yet */
	size_t most;
	const char *dir;
	int fd;           /* -1: all is in memory */
	uint64_t written; /* to the file */
	struct spill_block *blocks;
};
void spill_init(struct spill *s, const char *dir, size_t most);
void spill_fini(struct spill *s);
enum err spill_put(struct spill *s, struct str bytes, struct fault *f) MUST_USE;
/* All of `n` bytes are there. */
enum err spill_get(struct spill *s, uint64_t at, char *out, size_t n,
		   struct fault *f) MUST_USE;
uint64_t spill_size(const struct spill *s);

/* texts.c: those that cells share ------------------------------------------ */

struct texts {
	struct spill bytes, ends; /* where each one ends, 8 bytes */
	uint64_t n;
};
void texts_init(struct texts *t, const char *dir, size_t memory);
void texts_fini(struct texts *t);
enum err texts_read(struct texts *t, struct part *p, size_t longest,
		    struct fault *f) MUST_USE;
/* *out.p NULL: there is none of this number. */
enum err texts_get(struct texts *t, uint64_t i, struct arena *a,
		   struct str *out, struct fault *f) MUST_USE;

/* styles.c: which cells are days and moments ------------------------------- */

enum shown {
	SHOWN_NUMBER,
	SHOWN_DATE,
	SHOWN_DATE_TIME,
	SHOWN_TIME,
	SHOWN_SPAN
};
struct styles {
	uint8_t *shown; /* enum shown, by style */
	size_t n;
};
enum err styles_read(struct styles *s, struct part *p,
		     struct fault *f) MUST_USE;
void styles_fini(struct styles *s);
enum shown styles_of(const struct styles *s, uint64_t style);
/* What a number format makes of a number. */
enum shown format_shown(struct str code);

/* figure.c: numbers as texts ----------------------------------------------- */

struct clock {
	const struct zone *zone;
	bool from_1904;
};
/* CELL_NUMBER, CELL_DATE, CELL_INSTANT, CELL_TEXT or CELL_BAD. */
struct workbook_cell figure(struct arena *a, struct str number,
			    enum shown shown, const struct clock *clock);
/* A day or moment in the form of ISO 8601. */
struct workbook_cell figure_iso(struct arena *a, struct str text,
				const struct clock *clock);
/* _xHHHH_ as the character it is. */
void text_unescape(struct buf *out, struct str text);

/* grid.c: rows of a sheet -------------------------------------------------- */

struct grid;
struct grid_in {
	const struct workbook_options *options;
	struct texts *texts;
	const struct styles *styles;
	const struct clock *clock;
	struct str sheet; /* its name */
};
enum err grid_open(struct part *p, const char *name, const struct grid_in *in,
		   struct grid **out, struct fault *f) MUST_USE;
enum err grid_next(struct grid *g, struct arena *a, struct workbook_row *out,
		   bool *more, struct fault *f) MUST_USE;
uint64_t grid_done(const struct grid *g);
void grid_free(struct grid *g);

#endif
