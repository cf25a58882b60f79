/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The members of a file of chat data and their rows.  Rows are cut at their
 * brackets; whether they are JSON the parser tells, row by row.
 */
#include "chatfile.h"

#include "split.h"

#include <stdio.h>
#include <stdlib.h>

#define READ_BYTES (128u << 10)
#define NAME_BYTES 64u

const char *const chats_part_names[CHATS_PARTS] = {
#define WORKSHEET(CODE, name, kind) [PART_##CODE] = name,
#define COLUMN(SHEET, CODE, name, type, raw)
#include <tbl/worksheets.h>
#undef WORKSHEET
#undef COLUMN
    [PART_IMPORT] = IMPORT_DATA,
};

/* Bytes -------------------------------------------------------------------- */

static void
stream_open(struct stream *s, const struct chats_source *source, uint64_t at,
	    struct fault *f)
{
	*s = (struct stream){.source = source,
			     .at = at,
			     .memory = mem_new(READ_BYTES),
			     .fault = f};
}

static void
stream_close(struct stream *s)
{
	free(s->memory);
	s->memory = NULL;
}

/* False: there are no more, or reading failed, which sticks. */
static bool
stream_fill(struct stream *s)
{
	int64_t n;

	if (s->used < s->n)
		return true;
	if (s->err != OK)
		return false;
	s->at += s->n;
	s->n = s->used = 0;
	n = s->source->read(s->source->arg, s->at, s->memory, READ_BYTES);
	if (n < 0)
		s->err = fail(s->fault, ERR_IO, "", "Reading it failed.");
	if (n <= 0)
		return false;
	s->n = (size_t)n;
	return true;
}

/* The next byte that is no white space, still to be taken; -1: the end. */
static int
peek(struct stream *s)
{
	while (stream_fill(s)) {
		char c = s->memory[s->used];

		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return (unsigned char)c;
		s->used++;
	}
	return -1;
}

static enum err
expect(struct stream *s, char c, const char *where)
{
	int got = peek(s);

	if (got == c) {
		s->used++;
		return OK;
	}
	if (s->err != OK)
		return s->err;
	return got < 0 ? fail(s->fault, ERR_INPUT, where,
			      "The file is cut: it ends where \"%c\" was "
			      "expected.",
			      c)
		       : fail(s->fault, ERR_INPUT, where,
			      "\"%c\" was expected at byte %llu.", c,
			      (unsigned long long)(s->at + s->used));
}

/* Rows --------------------------------------------------------------------- */

static const char *
row_name(char out[96], enum chats_part part, uint64_t row)
{
	snprintf(out, 96, "%s, row %llu", chats_part_names[part],
		 (unsigned long long)row);
	return out;
}

static enum err
row_cut(struct cursor *c)
{
	char where[96];

	if (c->in.err != OK)
		return c->in.err;
	return fail(c->in.fault, ERR_INPUT, row_name(where, c->part, c->row),
		    "The file is cut within it.");
}

/* Bytes up to the bracket that closes the row; 0: it is not in here. */
static size_t
row_end(struct scan *scan, struct str in)
{
	for (size_t i = 0; i < in.n; i++)
		if (scan_byte(scan, in.p[i]))
			return i + 1;
	return 0;
}

/* The text of the row that begins here; valid until the next one. */
static enum err
row_text(struct cursor *c, struct str *out)
{
	struct scan scan = {0};
	char where[96];

	buf_reset(&c->kept);
	while (stream_fill(&c->in)) {
		struct str in = {c->in.memory + c->in.used,
				 c->in.n - c->in.used};
		size_t n = row_end(&scan, in);
		struct str part = str_cut(in, 0, n ? n : in.n);

		c->in.used += part.n;
		if (n > 0 && c->kept.n == 0) {
			*out = part;
			return OK;
		}
		if (c->kept.n + part.n > CHAT_ROW_MAX)
			return fail(c->in.fault, ERR_LIMIT,
				    row_name(where, c->part, c->row),
				    "A row has at most %u bytes.",
				    CHAT_ROW_MAX);
		buf_put(&c->kept, part);
		if (n > 0) {
			*out = buf_str(&c->kept);
			return OK;
		}
	}
	return row_cut(c);
}

/* *more false: the bracket behind the last row was taken. */
static enum err
cursor_next(struct cursor *c, struct str *out, bool *more)
{
	char where[96];
	int next;

	*more = false;
	if (c->ended)
		return OK;
	row_name(where, c->part, c->row + 1);
	next = peek(&c->in);
	if (next == ']') {
		c->in.used++;
		c->ended = true;
		return OK;
	}
	if (c->row > 0)
		TRY(expect(&c->in, ',', where));
	c->row++;
	if (peek(&c->in) != '{')
		return expect(&c->in, '{', where);
	*more = true;
	return row_text(c, out);
}

static void
cursor_open(struct cursor *c, const struct chatfile *file, enum chats_part part,
	    struct fault *f)
{
	*c = (struct cursor){.part = part, .begin = file->from[part]};
	buf_init(&c->kept);
	stream_open(&c->in, file->source, file->from[part], f);
}

static void
cursor_close(struct cursor *c)
{
	buf_fini(&c->kept);
	stream_close(&c->in);
}

/* Looking ------------------------------------------------------------------ */

static enum err
name_read(struct stream *s, struct buf *out)
{
	buf_reset(out);
	TRY(expect(s, '"', ""));
	while (stream_fill(s) && out->n <= NAME_BYTES) {
		char c = s->memory[s->used++];

		if (c == '"')
			return OK;
		buf_c(out, c);
	}
	if (s->err != OK)
		return s->err;
	return fail(s->fault, ERR_INPUT, "",
		    out->n > NAME_BYTES
			? "It has a member that is no worksheet."
			: "The file is cut: it ends within a name.");
}

static enum err
part_find(struct chatfile *file, struct str name, enum chats_part *out,
	  struct fault *f)
{
	char shown[NAME_BYTES + 1];
	struct str text = text_valid(name) ? text_prefix(name, 60) : S("?");

	snprintf(shown, sizeof(shown), "%.*s", STR_ARG(text));
	for (int i = 0; i < CHATS_PARTS; i++) {
		if (!str_eq(name, str_of(chats_part_names[i])))
			continue;
		*out = (enum chats_part)i;
		return file->has[i]
			   ? fail(f, ERR_INPUT, shown, "It is there twice.")
			   : OK;
	}
	return fail(f, ERR_INPUT, shown, "There is no such worksheet.");
}

static enum err
part_look(struct chatfile *file, struct stream *s, struct buf *name,
	  struct fault *f)
{
	struct cursor c = {0};
	struct str row;
	bool more = true;
	enum err e = OK;

	TRY(name_read(s, name));
	TRY(part_find(file, buf_str(name), &c.part, f));
	TRY(expect(s, ':', chats_part_names[c.part]));
	TRY(expect(s, '[', chats_part_names[c.part]));
	file->has[c.part] = true;
	file->from[c.part] = s->at + s->used;
	buf_init(&c.kept);
	c.in = *s;
	while (e == OK && more)
		e = cursor_next(&c, &row, &more);
	*s = c.in;
	buf_fini(&c.kept);
	return e;
}

static enum err
parts_look(struct chatfile *file, struct stream *s, struct buf *name,
	   struct fault *f)
{
	if (peek(s) == 0xef) /* a byte order mark */
		for (int i = 0; i < 3 && stream_fill(s); i++)
			s->used++;
	TRY(expect(s, '{', ""));
	if (peek(s) != '}') {
		TRY(part_look(file, s, name, f));
		while (peek(s) == ',') {
			s->used++;
			TRY(part_look(file, s, name, f));
		}
	}
	TRY(expect(s, '}', ""));
	if (peek(s) >= 0)
		return fail(f, ERR_INPUT, "", "Something stands behind it.");
	file->bytes = s->at + s->n;
	return s->err;
}

enum err
chatfile_look(struct chatfile *file, const struct chats_source *source,
	      struct fault *f)
{
	struct stream s;
	struct buf name;
	enum err e;

	*file = (struct chatfile){.source = source};
	stream_open(&s, source, 0, f);
	buf_init(&name);
	e = parts_look(file, &s, &name, f);
	buf_fini(&name);
	stream_close(&s);
	for (int i = CHATS_PARTS; i-- > 0 && e == OK;)
		if (!file->has[i])
			e = fail(f, ERR_INVALID, chats_part_names[i],
				 "It is missing: chats are made again from a "
				 "file that was taken out as JSON with all "
				 "worksheets and \"%s\".",
				 IMPORT_DATA);
	return e;
}

/* Walking ------------------------------------------------------------------ */

static const struct {
	const char *name;
	uint32_t before; /* of 1 << enum import_row: what it may stand behind */
} rows[IMPORT_ROWS] = {
    [ROW_HEAD] = {"head", 0},
    [ROW_ATTRIBUTE] = {"attribute", 1 << ROW_HEAD | 1 << ROW_ATTRIBUTE},
    [ROW_USER] = {"user",
		  1 << ROW_HEAD | 1 << ROW_ATTRIBUTE | 1 << ROW_USER},
    [ROW_REFERENCE] = {"reference", 1 << ROW_HEAD | 1 << ROW_ATTRIBUTE |
					1 << ROW_USER | 1 << ROW_REFERENCE},
    [ROW_CHAT] = {"chat", (1 << IMPORT_ROWS) - 1},
    [ROW_MESSAGE] = {"message",
		     1 << ROW_CHAT | 1 << ROW_MESSAGE | 1 << ROW_NOTE},
    [ROW_NOTE] = {"note", 1 << ROW_CHAT | 1 << ROW_MESSAGE | 1 << ROW_NOTE},
};

void
walk_open(struct walk *w, const struct chatfile *file, struct fault *f)
{
	*w = (struct walk){.last = IMPORT_ROWS};
	buf_init(&w->chat_id);
	for (int i = 0; i < CHATS_PARTS; i++)
		cursor_open(&w->cursors[i], file, (enum chats_part)i, f);
}

void
walk_close(struct walk *w)
{
	for (int i = 0; i < CHATS_PARTS; i++)
		cursor_close(&w->cursors[i]);
	buf_fini(&w->chat_id);
}

uint64_t
walk_done(const struct walk *w)
{
	uint64_t done = 0;

	for (int i = 0; i < CHATS_PARTS; i++)
		done += w->cursors[i].in.at + w->cursors[i].in.used -
			w->cursors[i].begin;
	return done;
}

static enum err
row_fail(const struct cursor *c, const char *sentence)
{
	char where[96];

	return fail(c->in.fault, ERR_INPUT, row_name(where, c->part, c->row),
		    "%s", sentence);
}

/* The next row of a member, parsed. */
static enum err
row_next(struct cursor *c, struct arena *a, struct str *text,
	 const struct json **out, bool *more)
{
	struct fault inner = {0};
	struct json *v;
	enum err e;

	TRY(cursor_next(c, text, more));
	if (!*more)
		return OK;
	*text = arena_str(a, *text);
	e = json_parse_own(a, *text, &v, &inner);
	if (e != OK) {
		char sentence[sizeof(inner.path) + sizeof(inner.text) + 4];

		snprintf(sentence, sizeof(sentence), "%s: %s", inner.path,
			 inner.text);
		return row_fail(c, sentence);
	}
	*out = v;
	return OK;
}

static struct str
member_text(const struct json *v, const char *name)
{
	const struct json *m = json_member(v, str_of(name));

	return m != NULL && m->kind == JSON_STRING ? m->text : STR_NONE;
}

static enum err
kind_read(struct walk *w, const struct json *v, enum import_row *out)
{
	const struct cursor *c = &w->cursors[PART_IMPORT];
	struct str name = member_text(v, "row");
	int i = 0;

	while (i < IMPORT_ROWS && !str_eq(name, str_of(rows[i].name)))
		i++;
	if (i == IMPORT_ROWS)
		return row_fail(c, "row: one of head, attribute, user, "
				   "reference, chat, message, note was "
				   "expected.");
	if (w->last == IMPORT_ROWS ? i != ROW_HEAD
				   : !(rows[i].before >> w->last & 1))
		return row_fail(c, "Such a row does not stand here.");
	*out = w->last = (enum import_row)i;
	return OK;
}

/* What is said in a chat stands in the order of its instants. */
static enum err
order_check(struct walk *w, const struct walked *r)
{
	int64_t at;

	if (!instant_parse(member_text(r->said, "createdAt"), &at))
		return OK; /* refused when it is applied */
	if (at < w->at)
		return row_fail(&w->cursors[PART_IMPORT],
				"createdAt: what is said in a chat stands in "
				"the order of its instants.");
	w->at = at;
	return OK;
}

/* The worksheet that the row is about, or PART_IMPORT. */
static enum err
part_of(struct walk *w, const struct walked *r, enum chats_part *out)
{
	static const uint8_t parts[IMPORT_ROWS] = {
	    [ROW_HEAD] = PART_IMPORT,   [ROW_ATTRIBUTE] = PART_IMPORT,
	    [ROW_USER] = PART_USERS,    [ROW_REFERENCE] = PART_IMPORT,
	    [ROW_CHAT] = PART_CHATS,    [ROW_MESSAGE] = PART_MESSAGES,
	    [ROW_NOTE] = PART_IMPORT,
	};
	struct str sheet = member_text(r->said, "sheet");

	*out = (enum chats_part)parts[r->kind];
	if (r->kind != ROW_REFERENCE)
		return OK;
	for (int i = PART_SUPPORT_BOTS; i <= PART_TAGS; i++)
		if (str_eq(sheet, str_of(chats_part_names[i])))
			*out = (enum chats_part)i;
	return *out != PART_IMPORT
		   ? OK
		   : row_fail(&w->cursors[PART_IMPORT],
			      "sheet: the name of a worksheet of reference "
			      "data was expected.");
}

/* Both name the same. */
static enum err
beside(struct walk *w, const struct walked *r)
{
	static const char *const names[IMPORT_ROWS] = {[ROW_USER] = "userId",
						       [ROW_REFERENCE] = "id",
						       [ROW_CHAT] = "id",
						       [ROW_MESSAGE] =
							   "createdAt"};
	const char *name = names[r->kind];
	struct str here = member_text(r->sheet, name);
	char sentence[160];

	if (here.n == 0) {
		snprintf(sentence, sizeof(sentence), "%s: a text was expected.",
			 name);
		return row_fail(&w->cursors[r->part], sentence);
	}
	if (str_eq(here, member_text(r->said, name)) &&
	    (r->kind != ROW_MESSAGE ||
	     str_eq(member_text(r->sheet, "chatId"), buf_str(&w->chat_id))))
		return OK;
	snprintf(sentence, sizeof(sentence),
		 "Row %llu of \"%s\" is about another one.",
		 (unsigned long long)w->cursors[PART_IMPORT].row, IMPORT_DATA);
	return row_fail(&w->cursors[r->part], sentence);
}

static enum err
sheet_next(struct walk *w, struct arena *a, struct walked *r)
{
	struct cursor *c = &w->cursors[r->part];
	bool more;

	TRY(row_next(c, a, &r->text, &r->sheet, &more));
	if (more) {
		r->row = c->row;
		return beside(w, r);
	}
	return row_fail(&w->cursors[PART_IMPORT],
			"It is about a row that its worksheet does not have.");
}

/* No member has rows that nothing was said of. */
static enum err
ends_check(struct walk *w)
{
	for (int i = 0; i < CHATS_PARTS; i++) {
		struct cursor *c = &w->cursors[i];
		struct str text;
		bool more;

		TRY(cursor_next(c, &text, &more));
		if (more)
			return row_fail(c, "\"" IMPORT_DATA
					   "\" does not tell of it.");
	}
	if (w->last == IMPORT_ROWS)
		return fail(w->cursors[PART_IMPORT].in.fault, ERR_INPUT,
			    IMPORT_DATA, "It has no head.");
	return OK;
}

static enum err
head_take(struct walk *w, const struct walked *r)
{
	const struct json *version = json_member(r->said, S("version"));
	const struct json *complete = json_member(r->said, S("complete"));
	const struct json *notes = json_member(r->said, S("notes"));
	struct fault *f = w->cursors[PART_IMPORT].in.fault;

	if (version == NULL || version->kind != JSON_NUMBER)
		return row_fail(&w->cursors[PART_IMPORT],
				"version: a number was expected.");
	if (version->number != IMPORT_VERSION)
		return fail(f, ERR_INVALID, IMPORT_DATA,
			    "It is of version %.20g; this one reads %d.",
			    version->number, IMPORT_VERSION);
	if (complete == NULL || complete->kind != JSON_TRUE)
		return fail(f, ERR_INVALID, IMPORT_DATA,
			    "It was taken out by somebody who may not see "
			    "everything, so chats cannot be made again from "
			    "it.");
	w->notes = notes != NULL && notes->kind == JSON_TRUE;
	return OK;
}

enum err
walk_next(struct walk *w, struct arena *a, struct walked *out, bool *more)
{
	struct cursor *lead = &w->cursors[PART_IMPORT];
	struct str text;

	*out = (struct walked){0};
	TRY(row_next(lead, a, &text, &out->said, more));
	if (!*more)
		return ends_check(w);
	out->text = text;
	out->row = lead->row;
	TRY(kind_read(w, out->said, &out->kind));
	TRY(part_of(w, out, &out->part));
	if (out->kind == ROW_HEAD)
		return head_take(w, out);
	if (out->part != PART_IMPORT)
		TRY(sheet_next(w, a, out));
	if (out->kind == ROW_NOTE && !w->notes &&
	    json_member(out->said, S("bare")) == NULL)
		return row_fail(lead, "The head says that there are no notes.");
	if (out->kind == ROW_CHAT) {
		buf_reset(&w->chat_id);
		buf_put(&w->chat_id, member_text(out->sheet, "id"));
		w->at = INSTANT_NONE;
	}
	out->chat_id = arena_str(a, buf_str(&w->chat_id));
	return out->kind == ROW_MESSAGE || out->kind == ROW_NOTE
		   ? order_check(w, out)
		   : OK;
}
