/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Writing CSV cells.  Whether a text needs quotes is one look at each byte in
 * a table; most need none.  The guard against formulas is base's, since the
 * importer takes it off again.
 */
#include "csv.h"

enum byte_class { PLAIN, QUOTE };

/* Bytes that make a cell need quotes; a leading or trailing space does too. */
static const uint8_t needs_quotes[256] = {
    ['"'] = QUOTE, [','] = QUOTE, ['\n'] = QUOTE, ['\r'] = QUOTE};

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
	bool guard = !c->raw && cell_needs_guard(cell);

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
