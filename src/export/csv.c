/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Writing CSV cells.  Whether a text needs quotes is one look at each byte in
 * a table; most need none.  The guard against formulas is base's, since the
 * importer takes it off again.
 */
#include "csv.h"

#include "sheet.h"

#define EACH_BYTE(c) ((uint64_t)(uint8_t)(c)*UINT64_C(0x0101010101010101))

/* Some byte of `word` is that of `each` (see EACH_BYTE): nonzero. */
static uint64_t
word_has(uint64_t word, uint64_t each)
{
	uint64_t x = word ^ each;

	return (x - EACH_BYTE(1)) & ~x & EACH_BYTE(0x80);
}

static uint64_t
word_special(uint64_t word)
{
	return word_has(word, EACH_BYTE('"')) | word_has(word, EACH_BYTE(',')) |
	       word_has(word, EACH_BYTE('\n')) |
	       word_has(word, EACH_BYTE('\r'));
}

/* Has it a byte that makes a cell need quotes? Eight at a time, the last eight
 * once more where they are not a word of their own. */
static bool
has_special(struct str s)
{
	uint64_t word = 0, any = 0;
	size_t at = 0;

	if (s.n < sizeof(word)) {
		for (; at < s.n; at++)
			word = word << 8 | (uint8_t)s.p[at];
		return word_special(word) != 0;
	}
	for (; at + sizeof(word) <= s.n; at += sizeof(word)) {
		memcpy(&word, s.p + at, sizeof(word));
		any |= word_special(word);
	}
	memcpy(&word, s.p + s.n - sizeof(word), sizeof(word));
	return (any | word_special(word)) != 0;
}

/* A leading or trailing space needs them too. */
static bool
wants_quotes(struct str s)
{
	return s.n > 0 &&
	       (s.p[0] == ' ' || s.p[s.n - 1] == ' ' || has_special(s));
}

static void
cell_begin(struct csv *c)
{
	if (c->inside)
		buf_c(c->out, ',');
	c->inside = true;
}

/* A cell as it is, comma and text in one go: most are. */
static void
put_plain(struct csv *c, struct str s)
{
	char *p = buf_room(c->out, s.n + 1);

	if (c->inside)
		*p++ = ',';
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	c->out->n += s.n + c->inside;
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

	if (!guard && !wants_quotes(cell)) {
		put_plain(c, cell);
		return;
	}
	cell_begin(c);
	if (!wants_quotes(cell)) {
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

/* The format ---------------------------------------------------------------
 */

static void
csv_head(struct buf *out, const struct sheet *s, const struct form_options *o)
{
	struct csv c = {.out = out, .raw = o->raw};

	if (o->bom)
		buf_put(out, S("\xef\xbb\xbf"));
	for (size_t i = 0; i < s->n; i++)
		csv_text(&c, s->columns[i].name);
	csv_row_end(&c);
}

static void
csv_row(struct buf *out, const struct sheet *s, const struct row *r,
	const struct form_options *o)
{
	struct csv c = {.out = out, .raw = o->raw};

	for (size_t i = 0; i < s->n; i++) {
		if (r->has[i])
			csv_value(&c, &r->values[i]);
		else
			csv_nothing(&c);
	}
	csv_row_end(&c);
}

const struct form form_csv = {
    .between = "", .tail = "", .head = csv_head, .row = csv_row};

const struct format format_csv = {
    .media = "text/csv; charset=utf-8", .form = &form_csv, PLAIN_SINK};
