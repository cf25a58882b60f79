/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Decoding what stands in addresses, forms and cookies.  Strict: an escape
 * that is not one, bytes that are not UTF-8 and a NUL are errors, not guesses,
 * so that two programs never read the same request in two ways.
 */
#include "request.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
percent_decode(struct arena *a, struct str s, bool plus, struct str *out)
{
	char *room = arena_get(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int hi, lo;

		if (s.p[i] == '+' && plus) {
			room[n++] = ' ';
			continue;
		}
		if (s.p[i] != '%') {
			room[n++] = s.p[i];
			continue;
		}
		if (i + 2 >= s.n)
			return false;
		hi = hex_digit(s.p[i + 1]);
		lo = hex_digit(s.p[i + 2]);
		if (hi < 0 || lo < 0)
			return false;
		room[n++] = (char)(hi * 16 + lo);
		i += 2;
	}
	*out = (struct str){room, n};
	return text_valid(*out);
}

bool
pair_next(struct str *rest, struct str *name, struct str *value)
{
	struct str pair;
	size_t at;

	do {
		if (!str_split(rest, '&', &pair))
			return false;
	} while (pair.n == 0);
	if (!str_find(pair, S("="), &at))
		at = pair.n;
	*name = str_cut(pair, 0, at);
	*value = str_cut(pair, at + 1, pair.n);
	return true;
}

bool
cookie_find(struct str header, struct str name, struct str *value)
{
	struct str one;
	size_t at;
	int seen = 0;

	while (str_split(&header, ';', &one)) {
		one = str_trim(one);
		if (!str_find(one, S("="), &at) ||
		    !str_eq(str_cut(one, 0, at), name))
			continue;
		*value = str_cut(one, at + 1, one.n);
		seen++;
	}
	/* two of one name: somebody planted one, and we cannot tell which */
	return seen == 1;
}
