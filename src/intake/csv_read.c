/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows of CSV out of bytes as they come (RFC 4180).  A row is parsed from its
 * start; when the bytes end inside it, more are read and it is parsed anew, so
 * there is one parser and no state between reads.  Lines may end in CRLF, LF
 * or CR; a quote is one only at the start of a cell.  Which of , ; TAB parts
 * the cells is told by the first row: the one that is there most often; or by a
 * line before it, "sep=;", that Excel reads and writes and nobody is shown.
 */
#include "csv.h"

#include <strings.h>

#define READ_SIZE (256u << 10)
#define DELIMITERS ",;\t"

enum parse { PARSED, CUT };

static int64_t
bytes_read(void *arg, char *out, size_t n)
{
	struct csv_bytes *b = arg;
	struct str piece = str_cut(b->s, b->at, b->at + n);

	if (piece.n > 0)
		memcpy(out, piece.p, piece.n);
	b->at += piece.n;
	return (int64_t)piece.n;
}

static bool
bytes_rewind(void *arg)
{
	struct csv_bytes *b = arg;

	b->at = 0;
	return true;
}

struct csv_source
csv_of_bytes(struct csv_bytes *b)
{
	return (struct csv_source){b, bytes_read, bytes_rewind, NULL};
}

void
csv_reader_init(struct csv_reader *r, const struct csv_source *source)
{
	*r = (struct csv_reader){.source = source};
	buf_init(&r->bytes);
}

void
csv_reader_fini(struct csv_reader *r)
{
	buf_fini(&r->bytes);
}

/* Bytes -------------------------------------------------------------------- */

static enum err
fill(struct csv_reader *r, struct fault *f)
{
	struct str rest = str_cut(buf_str(&r->bytes), r->at, SIZE_MAX);
	int64_t n;

	if (rest.n > CSV_ROW_MAX)
		return fail(f, ERR_LIMIT, "",
			    "row %llu is longer than %u bytes: is a quote not "
			    "closed?",
			    (unsigned long long)r->row + 1, CSV_ROW_MAX);
	memmove(r->bytes.p, rest.p, rest.n);
	r->bytes.n = rest.n;
	r->at = 0;
	n = r->source->read(r->source->arg, buf_room(&r->bytes, READ_SIZE),
			    READ_SIZE);
	if (n < 0)
		return fail(f, ERR_IO, "", "Reading the file failed.");
	r->bytes.n += (size_t)n;
	r->done += (uint64_t)n;
	r->ended = n == 0;
	return OK;
}

static enum err
start(struct csv_reader *r, struct fault *f)
{
	struct str s;

	buf_room(&r->bytes, READ_SIZE);
	while (!r->ended && r->bytes.n < 4)
		TRY(fill(r, f));
	s = buf_str(&r->bytes);
	if (str_starts(s, S("\xff\xfe")) || str_starts(s, S("\xfe\xff")))
		return fail(f, ERR_INPUT, "",
			    "the file is UTF-16: save it as CSV in UTF-8");
	if (str_starts(s, S("-----BEGIN PGP")) ||
	    (s.n > 1 && s.p[0] == '\xc3' && (s.p[1] & '\xc0') != '\x80'))
		return fail(f, ERR_INPUT, "",
			    "the file is locked: open it with its password "
			    "first (rapport unlock, or the page Unlock)");
	if (str_starts(s, S("\xef\xbb\xbf")))
		r->at = 3;
	return OK;
}

/* Rows --------------------------------------------------------------------- */

struct parser {
	struct str s; /* from the start of the row */
	size_t at;
	bool last; /* no more bytes come */
	char delimiter;
	const char *wrong;
	size_t wrong_cell, cell;
};

/* Length of the line end at `at`; 0: there is none; -1: cannot be told yet. */
static int
line_end(const struct parser *p, size_t at)
{
	if (p->s.p[at] == '\n')
		return 1;
	if (p->s.p[at] != '\r')
		return 0;
	if (at + 1 == p->s.n)
		return p->last ? 1 : -1;
	return p->s.p[at + 1] == '\n' ? 2 : 1;
}

static void
wrong(struct parser *p, const char *why)
{
	if (p->wrong)
		return;
	p->wrong = why;
	p->wrong_cell = p->cell;
}

/* Behind an opening quote, to behind the closing one. */
static enum parse
quoted(struct parser *p, struct buf *out)
{
	for (; p->at < p->s.n; p->at++) {
		if (p->s.p[p->at] != '"') {
			buf_c(out, p->s.p[p->at]);
			continue;
		}
		if (p->at + 1 == p->s.n && !p->last)
			return CUT;
		if (p->at + 1 == p->s.n || p->s.p[p->at + 1] != '"') {
			p->at++;
			return PARSED;
		}
		buf_c(out, '"');
		p->at++;
	}
	if (!p->last)
		return CUT;
	wrong(p, "a quote is opened and not closed");
	return PARSED;
}

/* One cell; stands at what ends it. */
static enum parse
cell_parse(struct parser *p, struct buf *out)
{
	bool after_quote = false;

	if (p->at < p->s.n && p->s.p[p->at] == '"') {
		p->at++;
		if (quoted(p, out) == CUT)
			return CUT;
		after_quote = true;
	}
	for (; p->at < p->s.n; p->at++) {
		int end = line_end(p, p->at);

		if (end < 0)
			return CUT;
		if (end > 0 || p->s.p[p->at] == p->delimiter)
			return PARSED;
		if (after_quote)
			wrong(p, "something stands behind a closing quote");
		buf_c(out, p->s.p[p->at]);
	}
	return p->last ? PARSED : CUT;
}

static void
cell_take(struct parser *p, struct arena *a, struct csv_row *out,
	  const struct buf *b, size_t *cap)
{
	struct str text = buf_str(b);

	if (!text_valid(text)) {
		wrong(p, "this is not UTF-8 text");
		text = S("");
	}
	if (out->n == *cap) {
		struct str *more;

		*cap = *cap ? 2 * *cap : 16;
		more = arena_get(a, *cap * sizeof(*more));
		if (out->n > 0)
			memcpy(more, out->cells, out->n * sizeof(*more));
		out->cells = more;
	}
	out->cells[out->n++] = arena_str(a, cell_unguard(text));
}

static enum parse
row_parse(struct parser *p, struct arena *a, struct csv_row *out)
{
	struct buf cell;
	size_t cap = 0;
	enum parse e;

	buf_init(&cell);
	for (p->cell = 0;; p->cell++) {
		buf_reset(&cell);
		e = cell_parse(p, &cell);
		if (e == CUT)
			break;
		if (p->cell < CSV_COLUMNS_MAX)
			cell_take(p, a, out, &cell, &cap);
		else
			wrong(p, "there are too many columns");
		if (p->at == p->s.n || p->s.p[p->at] != p->delimiter)
			break;
		p->at++;
	}
	if (e == PARSED && p->at < p->s.n)
		p->at += (size_t)line_end(p, p->at);
	buf_fini(&cell);
	return e;
}

/* The first row's bytes outside of quotes are counted. */
static enum parse
delimiter_find(struct parser *p)
{
	static const char all[] = DELIMITERS;
	size_t count[3] = {0}, best = 0;
	bool inside = false;
	size_t at = 0;

	for (; at < p->s.n; at++) {
		char c = p->s.p[at];

		inside ^= c == '"';
		if (!inside && (c == '\n' || c == '\r'))
			break;
		for (size_t i = 0; !inside && i < 3; i++)
			count[i] += c == all[i];
	}
	if (at == p->s.n && !p->last)
		return CUT;
	for (size_t i = 1; i < 3; i++)
		if (count[i] > count[best])
			best = i;
	p->delimiter = all[best];
	return PARSED;
}

/* What a line "sep=;" says, or 0: it is none. */
static char
delimiter_told(struct str line)
{
	while (line.n > 0 && strchr("\r\n", line.p[line.n - 1]) != NULL)
		line.n--;
	if (line.n == 7 && line.p[0] == '"' && line.p[6] == '"')
		line = str_cut(line, 1, 6);
	if (line.n != 5 || strncasecmp(line.p, "sep=", 4) != 0)
		return 0;
	return strchr(DELIMITERS, line.p[4]) != NULL ? line.p[4] : 0;
}

static bool
row_empty(const struct csv_row *r)
{
	return r->n == 1 && r->cells[0].n == 0 && !r->wrong;
}

/* One row, empty or not. */
static enum err
row_read(struct csv_reader *r, struct arena *a, struct csv_row *out,
	 struct fault *f)
{
	struct arena_mark mark = arena_mark(a);

	for (;;) {
		struct parser p = {
		    .s = str_cut(buf_str(&r->bytes), r->at, SIZE_MAX),
		    .last = r->ended,
		    .delimiter = r->delimiter,
		    .wrong_cell = SIZE_MAX};

		*out = (struct csv_row){0};
		arena_rewind(a, mark);
		if ((p.delimiter != 0 || delimiter_find(&p) == PARSED) &&
		    row_parse(&p, a, out) == PARSED) {
			r->delimiter = p.delimiter;
			out->wrong = p.wrong;
			out->wrong_cell = p.wrong_cell;
			out->raw = arena_str(a, str_cut(p.s, 0, p.at));
			r->at += p.at;
			out->no = ++r->row;
			return OK;
		}
		TRY(fill(r, f));
	}
}

enum err
csv_read(struct csv_reader *r, struct arena *a, struct csv_row *out, bool *more,
	 struct fault *f)
{
	char told;

	if (r->source->book != NULL) {
		TRY(csv_book_read(r->source->book, a, out, more, f));
		r->done = csv_book_done(r->source->book);
		return OK;
	}
	if (r->done == 0 && !r->ended)
		TRY(start(r, f));
	for (;;) {
		while (r->at == r->bytes.n && !r->ended)
			TRY(fill(r, f));
		*more = r->at < r->bytes.n;
		if (!*more)
			return OK;
		TRY(row_read(r, a, out, f));
		told = r->row == 1 && !r->any ? delimiter_told(out->raw) : 0;
		if (told != 0) {
			r->delimiter = told;
			r->row = 0;
			continue;
		}
		if (!row_empty(out)) {
			r->any = true;
			return OK;
		}
		if (!r->any)
			r->delimiter = 0;
	}
}
