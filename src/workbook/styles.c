/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What styles say of cells: a day or a moment is a number whose format says
 * so.  Formats are built in (ECMA-376 part 1, 18.8.30) or written in the
 * workbook, and a cell's style names one.
 */
#include "room.h"

#include <stdlib.h>

#define FORMATS 65536u /* ids have 16 bits */

struct styles_in {
	struct styles *styles;
	uint8_t *formats; /* enum shown, by id */
	uint16_t *ids;    /* by style */
	size_t n, cap;
	bool in_formats, in_cells;
};

/* Formats -------------------------------------------------------------------
 */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
word_at(struct str s, size_t at, const char *word)
{
	size_t n = strlen(word);

	if (s.n - at < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(s.p[at + i]) != word[i])
			return false;
	return true;
}

/* [h] [mm] [s]: time that has passed. */
static bool
is_span(struct str inside)
{
	char first = inside.n > 0 ? lower(inside.p[0]) : '\0';

	if (first != 'h' && first != 'm' && first != 's')
		return false;
	for (size_t i = 0; i < inside.n; i++)
		if (lower(inside.p[i]) != first)
			return false;
	return true;
}

/* Behind what is not to be read as letters of a format: a quoted text, one
 * character taken as it is, brackets. */
static size_t
passed(struct str s, size_t at, bool *span)
{
	size_t end;

	switch (s.p[at]) {
	case '\\':
	case '_':
	case '*':
		return at + 2;
	case '"':
		if (!str_find(str_cut(s, at + 1, s.n), S("\""), &end))
			return s.n;
		return at + end + 2;
	case '[':
		if (!str_find(str_cut(s, at + 1, s.n), S("]"), &end))
			return s.n;
		*span |= is_span(str_cut(s, at + 1, at + 1 + end));
		return at + end + 2;
	}
	return at;
}

/* Of the first of its sections, which is that of positive numbers. */
enum shown
format_shown(struct str s)
{
	bool span = false, day = false, hour = false, month = false;
	size_t at = 0;

	while (at < s.n && s.p[at] != ';') {
		size_t to = passed(s, at, &span);
		char c = lower(s.p[at]);

		if (to != at) {
			at = to;
			continue;
		}
		if (word_at(s, at, "general")) {
			at += 7;
			continue;
		}
		day |= c == 'd' || c == 'y' || word_at(s, at, "mmm");
		hour |= c == 'h' || c == 's';
		month |= c == 'm';
		at++;
	}
	if (span)
		return SHOWN_SPAN;
	if (day || (month && !hour))
		return hour ? SHOWN_DATE_TIME : SHOWN_DATE;
	return hour ? SHOWN_TIME : SHOWN_NUMBER;
}

/* 27 to 36 and 50 to 58 are days (and times) of East Asia. */
static void
builtin(uint8_t *formats)
{
	memset(formats + 14, SHOWN_DATE, 4);
	memset(formats + 18, SHOWN_TIME, 4);
	formats[22] = SHOWN_DATE_TIME;
	memset(formats + 27, SHOWN_DATE, 10);
	memset(formats + 32, SHOWN_TIME, 4);
	formats[45] = SHOWN_TIME;
	formats[46] = SHOWN_SPAN;
	formats[47] = SHOWN_TIME;
	memset(formats + 50, SHOWN_DATE, 9);
}

/* Reading -------------------------------------------------------------------
 */

static void
format_take(struct styles_in *in, const char **attrs)
{
	struct str code = str_of(attribute(attrs, "formatCode"));
	uint64_t id;

	if (str_to_u64(str_of(attribute(attrs, "numFmtId")), &id) &&
	    id < FORMATS)
		in->formats[id] = (uint8_t)format_shown(code);
}

static void
style_take(struct styles_in *in, const char **attrs)
{
	uint64_t id = 0;

	if (!str_to_u64(str_of(attribute(attrs, "numFmtId")), &id) ||
	    id >= FORMATS)
		id = 0;
	if (in->n == in->cap) {
		in->cap = in->cap ? 2 * in->cap : 64;
		in->ids = mem_grow(in->ids, in->cap * sizeof(*in->ids));
	}
	in->ids[in->n++] = (uint16_t)id;
}

static void
on_open(void *arg, const char *name, const char **attrs)
{
	struct styles_in *in = arg;

	if (strcmp(name, "numFmts") == 0)
		in->in_formats = true;
	else if (strcmp(name, "cellXfs") == 0)
		in->in_cells = true;
	else if (in->in_formats && strcmp(name, "numFmt") == 0)
		format_take(in, attrs);
	else if (in->in_cells && strcmp(name, "xf") == 0)
		style_take(in, attrs);
}

static void
on_close(void *arg, const char *name)
{
	struct styles_in *in = arg;

	if (strcmp(name, "numFmts") == 0)
		in->in_formats = false;
	else if (strcmp(name, "cellXfs") == 0)
		in->in_cells = false;
}

enum err
styles_read(struct styles *s, struct part *p, struct fault *f)
{
	static const struct scan_calls calls = {on_open, on_close, NULL};
	struct styles_in in = {.styles = s};
	struct scan *scan;
	bool ended;
	enum err e;

	TRY(scan_new(p, "styles.xml", &calls, &in, &scan, f));
	in.formats = mem_new(FORMATS);
	builtin(in.formats);
	e = scan_go(scan, &ended, f);
	scan_free(scan);
	s->shown = mem_new(in.n + 1);
	s->n = in.n;
	for (size_t i = 0; i < in.n; i++)
		s->shown[i] = in.formats[in.ids[i]];
	free(in.formats);
	free(in.ids);
	return e;
}

void
styles_fini(struct styles *s)
{
	free(s->shown);
}

enum shown
styles_of(const struct styles *s, uint64_t style)
{
	return style < s->n ? (enum shown)s->shown[style] : SHOWN_NUMBER;
}
