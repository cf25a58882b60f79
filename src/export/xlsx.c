/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Cells of a workbook.  Numbers, booleans, days and instants are written as
 * such, everything else as text, which is never a formula or a link.  Instants
 * are the clock on the wall of the workbook's zone, since spreadsheets know no
 * zones.  Days before March 1900 and after 9999, which spreadsheets cannot
 * count, stay text.
 *
 * Text may hold what XML may not (controls, U+FFFE): that is written as the
 * format has it, _xHHHH_, and a text that looks like that already has its
 * first _ written so.  A line end keeps its CR the same way.
 */
#include "xlsx.h"

#define DAY_US (86400 * SECOND_US)
#define DAY_ZERO 25569   /* 1970-01-01, in days of spreadsheets */
#define DAY_FIRST 61     /* 1900-03-01: before it they count a day too many */
#define DAY_LAST 2958465 /* 9999-12-31 */
#define FRACTION INT64_C(1000000000) /* of a day: 86 us each */

size_t
column_letters(size_t column, char out[4])
{
	char back[4];
	size_t n = 0;

	for (column++; column > 0; column = (column - 1) / 26)
		back[n++] = (char)('A' + (column - 1) % 26);
	for (size_t i = 0; i < n; i++)
		out[i] = back[n - 1 - i];
	return n;
}

/* Texts --------------------------------------------------------------------
 */

enum byte_class { PLAIN, MARKUP, CONTROL, UNDERSCORE, HIGH };

#define FOUR(c) c, c, c, c
static const uint8_t classes[256] = {
    FOUR(CONTROL),  FOUR(CONTROL), /* 00-07 */
    CONTROL,        PLAIN,          PLAIN,          CONTROL,
    FOUR(CONTROL),  FOUR(CONTROL),  FOUR(CONTROL),  FOUR(CONTROL),
    FOUR(CONTROL), /* 10-1f */
    ['&'] = MARKUP, ['<'] = MARKUP, ['>'] = MARKUP, ['_'] = UNDERSCORE,
    [0xef] = HIGH, /* U+FFFE, U+FFFF and others */
};
#undef FOUR

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

/* Would "_xHHHH_" be read as a character? */
static bool
looks_escaped(struct str s, size_t at)
{
	if (s.n - at < 7 || s.p[at + 1] != 'x' || s.p[at + 6] != '_')
		return false;
	for (size_t i = 2; i < 6; i++)
		if (!is_hex(s.p[at + i]))
			return false;
	return true;
}

/* What is written for what stands at `at`, and how many bytes that is; 0: it
 * is written as it is. */
static size_t
escape_at(struct str s, size_t at, struct buf *out)
{
	uint8_t c = (uint8_t)s.p[at];

	switch ((enum byte_class)classes[c]) {
	case PLAIN:
		return 0;
	case MARKUP:
		buf_put(out, c == '&'   ? S("&amp;")
			     : c == '<' ? S("&lt;")
					: S("&gt;"));
		return 1;
	case CONTROL:
		buf_printf(out, "_x%04X_", c);
		return 1;
	case UNDERSCORE:
		if (!looks_escaped(s, at))
			return 0;
		buf_put(out, S("_x005F_"));
		return 1;
	case HIGH:
		if (s.n - at < 3 || (uint8_t)s.p[at + 1] != 0xbf ||
		    (uint8_t)s.p[at + 2] < 0xbe)
			return 0;
		buf_printf(out, "_xFFF%c_",
			   (uint8_t)s.p[at + 2] == 0xbe ? 'E' : 'F');
		return 3;
	}
	return 0;
}

static void
markup_valid(struct buf *out, struct str s)
{
	size_t from = 0, at = 0;

	while (at < s.n) {
		size_t n;

		if (classes[(uint8_t)s.p[at]] == PLAIN) {
			at++;
			continue;
		}
		buf_put(out, str_cut(s, from, at));
		n = escape_at(s, at, out);
		from = at + n;
		at += n > 0 ? n : 1;
	}
	buf_put(out, str_cut(s, from, s.n));
}

void
markup_text(struct buf *out, struct str s)
{
	while (s.n > 0) {
		size_t good = text_valid_prefix(s);

		markup_valid(out, str_cut(s, 0, good));
		if (good == s.n)
			return;
		buf_put(out, S("\xef\xbf\xbd")); /* U+FFFD for a bad byte */
		s = str_cut(s, good + 1, s.n);
	}
}

/* White space at an end is dropped by readers unless they are told. */
static bool
has_edge(struct str s)
{
	return s.n > 0 &&
	       ((uint8_t)s.p[0] <= ' ' || (uint8_t)s.p[s.n - 1] <= ' ' ||
		memchr(s.p, '\n', s.n) != NULL);
}

/* Cells --------------------------------------------------------------------
 */

static void
cell_open(struct buf *out, size_t column, enum cell_style style)
{
	char letters[4];

	buf_put(out, S("<c r=\""));
	buf_bytes(out, letters, column_letters(column, letters));
	buf_put(out, S("\1r\""));
	if (style == STYLE_NONE)
		return;
	buf_put(out, S(" s=\""));
	buf_c(out, (char)('0' + (int)style));
	buf_c(out, '"');
}

void
markup_cell(struct buf *out, size_t column, struct str text,
	    enum cell_style style)
{
	struct str whole = text;

	cell_open(out, column, style);
	buf_put(out, S(" t=\"inlineStr\"><is><t"));
	if (text.n > CELL_TEXT_MAX)
		text =
		    text_units(text, CELL_TEXT_MAX, sizeof(CELL_CUT) - 1 - 2);
	buf_put(out, has_edge(text) ? S(" xml:space=\"preserve\">") : S(">"));
	markup_text(out, text);
	if (text.n < whole.n)
		buf_put(out, S(CELL_CUT "\1c"));
	buf_put(out, S("</t></is></c>"));
}

static void
cell_joined(struct buf *out, size_t column, const struct value *v)
{
	struct buf joined;

	buf_init(&joined);
	value_text(&joined, v);
	markup_cell(out, column, buf_str(&joined), STYLE_NONE);
	buf_fini(&joined);
}

static void
cell_number(struct buf *out, size_t column, const struct value *v)
{
	char text[32];

	cell_open(out, column, STYLE_NONE);
	buf_put(out, S("><v>"));
	buf_bytes(out, text, number_to_text(v->number, text));
	buf_put(out, S("</v></c>"));
}

static void
cell_boolean(struct buf *out, size_t column, const struct value *v)
{
	cell_open(out, column, STYLE_NONE);
	buf_put(out, v->flag ? S(" t=\"b\"><v>1</v></c>")
			     : S(" t=\"b\"><v>0</v></c>"));
}

static void
cell_day(struct buf *out, size_t column, const struct value *v)
{
	int64_t day = (int64_t)v->date + DAY_ZERO;

	if (day < DAY_FIRST || day > DAY_LAST) {
		cell_joined(out, column, v);
		return;
	}
	cell_open(out, column, STYLE_DAY);
	buf_put(out, S("><v>"));
	buf_i64(out, day);
	buf_put(out, S("</v></c>"));
}

static void
cell_instant(struct buf *out, size_t column, const struct value *v,
	     const struct zone *zone)
{
	int64_t wall = v->instant + zone_offset(zone, v->instant) * SECOND_US;
	int64_t day = wall / DAY_US - (wall % DAY_US < 0);
	/* rounded up: readers round down to their millisecond */
	int64_t part =
	    ((wall - day * DAY_US) / 1000 * FRACTION + DAY_US / 1000 - 1) /
	    (DAY_US / 1000);
	char digits[10];

	day += DAY_ZERO;
	if (day < DAY_FIRST || day > DAY_LAST) {
		cell_joined(out, column, v);
		return;
	}
	cell_open(out, column, STYLE_INSTANT);
	buf_put(out, S("><v>"));
	buf_i64(out, day);
	buf_c(out, '.');
	for (size_t i = 9; i > 0; part /= 10)
		digits[--i] = (char)('0' + part % 10);
	buf_bytes(out, digits, 9);
	buf_put(out, S("</v></c>"));
}

static void
put_value(struct buf *out, size_t column, const struct value *v,
	  const struct zone *zone)
{
	if (v->misfit) {
		markup_cell(out, column, v->text, STYLE_NONE);
		return;
	}
	switch (v->type) {
	case TYPE_TEXT:
	case TYPE_IP:
		markup_cell(out, column, v->text, STYLE_NONE);
		break;
	case TYPE_NUMBER:
		cell_number(out, column, v);
		break;
	case TYPE_INSTANT:
		cell_instant(out, column, v, zone);
		break;
	case TYPE_DATE:
		cell_day(out, column, v);
		break;
	case TYPE_BOOLEAN:
		cell_boolean(out, column, v);
		break;
	case TYPE_SET:
		cell_joined(out, column, v);
		break;
	case TYPE_COUNT:
		break;
	}
}

static void
xlsx_row(struct buf *out, const struct sheet *s, const struct row *r,
	 const struct form_options *o)
{
	buf_put(out, S("<row r=\"\1r\">"));
	for (size_t i = 0; i < s->n; i++)
		if (r->has[i])
			put_value(out, i, &r->values[i], o->zone);
	buf_put(out, S("</row>"));
}

const struct form form_xlsx = {.between = "", .tail = "", .row = xlsx_row};
