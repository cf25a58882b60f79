/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Cutting a source into events; split.h says by which rules.  The scanner only
 * follows brackets and strings, so it is right for well-formed JSON and merely
 * finds some end in what is not; what a piece is worth the parser tells.
 */
#include "split.h"

#define START_KEPT 200u /* of a piece over the limit, for the rejects */

void
splitter_init(struct splitter *s)
{
	*s = (struct splitter){.line = 1};
	buf_init(&s->kept);
	buf_init(&s->redo);
}

void
splitter_fini(struct splitter *s)
{
	buf_fini(&s->kept);
	buf_fini(&s->redo);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
scan_byte(struct scan *s, char c)
{
	if (s->in_string) {
		if (s->escaped)
			s->escaped = false;
		else if (c == '\\')
			s->escaped = true;
		else if (c == '"')
			s->in_string = false;
		return false;
	}
	if (c == '"')
		s->in_string = true;
	else if (c == '{' || c == '[')
		s->depth++;
	else if ((c == '}' || c == ']') && s->depth > 0)
		return --s->depth == 0;
	return false;
}

static void
keep(struct splitter *s, struct str bytes)
{
	if (s->too_long)
		return;
	if (s->kept.n + bytes.n > EVENT_BYTES_MAX) {
		s->too_long = true;
		if (s->kept.n < START_KEPT)
			buf_put(&s->kept, str_cut(bytes, 0, START_KEPT));
		s->kept.n = s->kept.n < START_KEPT ? s->kept.n : START_KEPT;
		return;
	}
	buf_put(&s->kept, bytes);
}

/* Hand out `whole`, or what was kept with `end` behind it. */
static void
emit(struct splitter *s, struct str end, uint64_t line, struct piece *out)
{
	if (s->kept.n == 0 && !s->too_long && end.n <= EVENT_BYTES_MAX) {
		out->text = str_trim(end);
	} else {
		keep(s, end);
		out->text = str_trim(buf_str(&s->kept));
		s->emitted = true;
	}
	out->line = line;
	out->too_long = s->too_long;
	out->trailing = false;
	s->too_long = false;
}

static void
drop_emitted(struct splitter *s)
{
	if (s->emitted)
		buf_reset(&s->kept);
	s->emitted = false;
}

/* Start -------------------------------------------------------------------- */

/* Past a byte order mark, if there is one. */
static bool
start(struct splitter *s, struct str *in, bool last)
{
	size_t n;

	if (s->kept.n == 0 && in->n == 0)
		return last;
	if (s->kept.n > 0 || in->p[0] == '\xef') {
		n = s->kept.n < 3 ? 3 - s->kept.n : 0;
		buf_put(&s->kept, str_cut(*in, 0, n));
		*in = str_cut(*in, n, in->n);
		if (s->kept.n < 3 && !last)
			return false;
		if (!str_eq(buf_str(&s->kept), S("\xef\xbb\xbf")))
			buf_put(&s->redo, buf_str(&s->kept));
		buf_reset(&s->kept);
	}
	s->mode = SPLIT_LINES;
	return true;
}

/* Lines -------------------------------------------------------------------- */

static struct scan
scan_of(struct str text)
{
	struct scan scan = {0};

	for (size_t i = 0; i < text.n; i++)
		scan_byte(&scan, text.p[i]);
	return scan;
}

/* The first piece says what the rest is. True: it is not a line. */
static bool
first_guess(struct splitter *s, const struct piece *out)
{
	struct scan scan;

	s->guessed = true;
	if (out->text.n == 0 || out->too_long)
		return false;
	scan = scan_of(out->text);
	if (out->text.p[0] != '{' || scan.depth == 0 || scan.in_string)
		return false;
	s->mode = SPLIT_VALUES;
	s->scan = scan;
	s->values_line = out->line;
	if (!s->emitted)
		buf_put(&s->kept, out->text);
	s->emitted = false;
	buf_c(&s->kept, '\n');
	return true;
}

static bool
lines_next(struct splitter *s, struct str *in, bool last, struct piece *out)
{
	while (in->n > 0 || (last && (s->kept.n > 0 || s->too_long))) {
		const char *end = in->n ? memchr(in->p, '\n', in->n) : NULL;
		size_t n = end ? (size_t)(end - in->p) : in->n;
		struct str part = str_cut(*in, 0, n);

		*in = str_cut(*in, n + (end != NULL), in->n);
		if (end == NULL && !last) {
			keep(s, part);
			return false;
		}
		emit(s, part, s->line, out);
		s->line += end != NULL;
		if (out->text.n > 0 || out->too_long) {
			if (s->guessed || !first_guess(s, out))
				return true;
			return false;
		}
		drop_emitted(s);
	}
	return false;
}

/* Values over several lines ------------------------------------------------ */

/* It was no such value: read it again as the lines it is. */
static void
values_give_up(struct splitter *s)
{
	struct str rest = str_cut(buf_str(&s->redo), s->redone, s->redo.n);

	buf_put(&s->kept, rest);
	buf_reset(&s->redo);
	buf_put(&s->redo, buf_str(&s->kept));
	s->redone = 0;
	buf_reset(&s->kept);
	s->scan = (struct scan){0};
	s->line = s->values_line;
	s->mode = SPLIT_LINES;
}

static bool
value_parses(struct str text)
{
	struct arena arena;
	struct json *v;
	bool good;

	arena_init(&arena);
	good = json_parse(&arena, text, &v, NULL) == OK;
	arena_fini(&arena);
	return good;
}

static bool
values_next(struct splitter *s, struct str *in, bool last, struct piece *out)
{
	while (in->n > 0) {
		char c = in->p[0];
		bool closed;

		*in = str_cut(*in, 1, in->n);
		if (s->kept.n == 0 && is_space(c)) {
			s->line += c == '\n';
			continue;
		}
		if (s->kept.n == 0)
			s->values_line = s->line;
		closed = scan_byte(&s->scan, c);
		buf_c(&s->kept, c);
		s->line += c == '\n';
		if ((s->scan.in_string && c == '\n') ||
		    s->kept.n > EVENT_BYTES_MAX ||
		    (closed && !value_parses(buf_str(&s->kept)))) {
			values_give_up(s);
			return false;
		}
		if (closed) {
			emit(s, STR_NONE, s->values_line, out);
			return true;
		}
	}
	if (last && s->kept.n > 0)
		values_give_up(s);
	return false;
}

/* Arrays ------------------------------------------------------------------- */

/* Bytes up to the comma or bracket that ends the element; n: no end in here. */
static size_t
element_end(struct scan *scan, struct str in)
{
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (!scan->in_string && scan->depth == 0 &&
		    (c == ',' || c == ']'))
			return i;
		scan_byte(scan, c);
	}
	return in.n;
}

static bool
array_next(struct splitter *s, struct str *in, bool last, struct piece *out)
{
	size_t n = element_end(&s->scan, *in);
	struct str part = str_cut(*in, 0, n);
	bool ends, empty;

	if (n == in->n) {
		*in = STR_NONE;
		keep(s, part);
		if (!last)
			return false;
		emit(s, STR_NONE, s->line, out);
		out->trailing = true;
		s->mode = SPLIT_DONE;
		return true;
	}
	ends = in->p[n] == ']';
	*in = str_cut(*in, n + 1, in->n);
	emit(s, part, s->line, out);
	empty = out->text.n == 0 && !out->too_long;
	if (ends)
		s->mode = SPLIT_AFTER;
	if (ends && empty && s->line == 1)
		return false; /* [] */
	s->line++;
	return true;
}

static bool
after_next(struct splitter *s, struct str *in, struct piece *out)
{
	*in = str_trim(*in);
	if (in->n == 0)
		return false;
	*out = (struct piece){.text = str_cut(*in, 0, START_KEPT),
			      .line = s->line,
			      .trailing = true};
	*in = STR_NONE;
	s->mode = SPLIT_DONE;
	return true;
}

/* -------------------------------------------------------------------------- */

/* The first byte that is not blank: a bracket makes it an array. */
static void
array_or_not(struct splitter *s, struct str *in)
{
	if (s->guessed || s->kept.n > 0 || s->mode != SPLIT_LINES)
		return;
	while (in->n > 0 && is_space(in->p[0])) {
		s->line += in->p[0] == '\n';
		*in = str_cut(*in, 1, in->n);
	}
	if (in->n == 0 || in->p[0] != '[')
		return;
	*in = str_cut(*in, 1, in->n);
	s->mode = SPLIT_ARRAY;
	s->guessed = true;
	s->line = 1;
}

static bool
next_of(struct splitter *s, struct str *in, bool last, struct piece *out)
{
	array_or_not(s, in);
	switch (s->mode) {
	case SPLIT_LINES:
		return lines_next(s, in, last, out);
	case SPLIT_VALUES:
		return values_next(s, in, last, out);
	case SPLIT_ARRAY:
		return array_next(s, in, last, out);
	case SPLIT_AFTER:
		return after_next(s, in, out);
	case SPLIT_START:
	case SPLIT_DONE:
		break;
	}
	*in = STR_NONE;
	return false;
}

bool
split_next(struct splitter *s, struct str *input, bool last, struct piece *out)
{
	drop_emitted(s);
	if (s->mode == SPLIT_START && !start(s, input, last))
		return false;
	for (;;) {
		enum split_mode mode = s->mode;

		if (s->redone < s->redo.n) {
			struct str again =
			    str_cut(buf_str(&s->redo), s->redone, s->redo.n);
			bool whole = last && input->n == 0;
			bool got = next_of(s, &again, whole, out);

			s->redone =
			    again.n ? (size_t)(again.p - s->redo.p) : s->redo.n;
			if (got)
				return true;
			continue;
		}
		if (next_of(s, input, last, out))
			return true;
		drop_emitted(s);
		/* A changed mind reads on; else the input is used up. */
		if (mode == s->mode && s->redone >= s->redo.n && input->n == 0)
			return false;
	}
}
