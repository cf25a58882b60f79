/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Writing CSV cells.  Whether a text needs quotes is one look at each byte in
 * a table; most need none.
 *
 * The guard: spreadsheets run cells that begin with = + - @ TAB or CR.  Such a
 * text gets an apostrophe in front.  Numbers and phone numbers begin with + or
 * - too and are left as they are: they cannot do anything.  A text that
 * already has apostrophes before such a character gets one more, so taking one
 * off on import always gives back exactly what was stored.
 */
#include "csv.h"

enum byte_class { PLAIN, QUOTE };

/* Bytes that make a cell need quotes; a leading or trailing space does too. */
static const uint8_t needs_quotes[256] = {
    ['"'] = QUOTE, [','] = QUOTE, ['\n'] = QUOTE, ['\r'] = QUOTE};

static bool
is_trigger(char c)
{
	return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' ||
	       c == '\r';
}

static bool
after_apostrophes_trigger(struct str text)
{
	size_t i = 0;

	while (i < text.n && text.p[i] == '\'')
		i++;
	return i < text.n && is_trigger(text.p[i]);
}

bool
csv_needs_guard(struct str text)
{
	char phone[17];
	double number;

	if (text.n == 0 || (text.p[0] != '\'' && !is_trigger(text.p[0])))
		return false;
	return after_apostrophes_trigger(text) &&
	       !text_to_number(text, &number) && !text_to_phone(text, phone);
}

struct str
csv_unguard(struct str text)
{
	if (text.n > 1 && text.p[0] == '\'' && after_apostrophes_trigger(text))
		return str_cut(text, 1, text.n);
	return text;
}

static bool
wants_quotes(struct str s)
{
	uint8_t any = PLAIN;

	if (s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' '))
		return true;
	for (size_t i = 0; i < s.n; i++)
		any |= needs_quotes[(uint8_t)s.p[i]];
	return any != PLAIN;
}

static void
cell_begin(struct csv *c)
{
	if (c->inside)
		buf_c(c->out, ',');
	c->inside = true;
}

static void
put_quoted(struct buf *out, struct str s)
{
	struct str piece, rest = s;
	bool first = true;

	while (str_split(&rest, '"', &piece)) {
		if (!first)
			buf_put(out, S("\"\""));
		buf_put(out, piece);
		first = false;
	}
}

void
csv_text(struct csv *c, struct str cell)
{
	bool guard = !c->raw && csv_needs_guard(cell);

	cell_begin(c);
	if (!wants_quotes(cell)) {
		if (guard)
			buf_c(c->out, '\'');
		buf_put(c->out, cell);
		return;
	}
	buf_c(c->out, '"');
	if (guard)
		buf_c(c->out, '\'');
	put_quoted(c->out, cell);
	buf_c(c->out, '"');
}

void
csv_nothing(struct csv *c)
{
	cell_begin(c);
}

static void
csv_set(struct csv *c, const struct value *v)
{
	struct buf joined;

	buf_init(&joined);
	value_text(&joined, v);
	csv_text(c, buf_str(&joined));
	buf_fini(&joined);
}

void
csv_value(struct csv *c, const struct value *v)
{
	if (v->misfit || v->type == TYPE_TEXT || v->type == TYPE_IP) {
		csv_text(c, v->text);
	} else if (v->type == TYPE_SET) {
		if (v->n_items == 1)
			csv_text(c, v->items[0]);
		else
			csv_set(c, v);
	} else { /* numbers, instants, booleans: nothing to quote or guard */
		cell_begin(c);
		value_text(c->out, v);
	}
}

void
csv_row_end(struct csv *c)
{
	buf_put(c->out, S("\r\n"));
	c->inside = false;
}
