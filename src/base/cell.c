/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The formula guard of CSV cells.  Spreadsheets run cells that begin with
 * = + - @ TAB or CR.  Such a text gets an apostrophe in front.  Numbers and
 * phone numbers begin with + or - too and are left as they are: they cannot do
 * anything.  A text that already has apostrophes before such a character gets
 * one more, so taking one off on import always gives back exactly what was
 * stored.
 */
#include <rapport/base.h>

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
cell_needs_guard(struct str text)
{
	char phone[17];
	double number;

	if (text.n == 0 || (text.p[0] != '\'' && !is_trigger(text.p[0])))
		return false;
	return after_apostrophes_trigger(text) &&
	       !text_to_number(text, &number) && !text_to_phone(text, phone);
}

struct str
cell_unguard(struct str text)
{
	if (text.n > 1 && text.p[0] == '\'' && after_apostrophes_trigger(text))
		return str_cut(text, 1, text.n);
	return text;
}
