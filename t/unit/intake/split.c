/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Cutting sources into events: each source is read whole and then one byte at
 * a time, three at a time and so on; the pieces must be the ones written here,
 * however it was cut.
 */
#include "../../../src/intake/split.h"

#include "../../tap.h"

#include <stdlib.h>

#define PIECES_MAX 8

struct source {
	const char *what, *text;
	/* "line:piece"; "!" before it: something is wrong behind it */
	const char *pieces[PIECES_MAX];
};

/* clang-format off */
static const struct source sources[] = {
	{"one object", "{\"a\":1}", {"1:{\"a\":1}"}},
	{"one object and a line end", "{\"a\":1}\n", {"1:{\"a\":1}"}},
	{"nothing", "", {NULL}},
	{"blank lines only", "\n \r\n\t\n", {NULL}},
	{"lines", "{\"a\":1}\n{\"b\":2}\n", {"1:{\"a\":1}", "2:{\"b\":2}"}},
	{"lines ended as on Windows", "{\"a\":1}\r\n{\"b\":2}\r\n", {"1:{\"a\":1}", "2:{\"b\":2}"}},
	{"blank lines between", "\n\n{\"a\":1}\n\n{\"b\":2}", {"3:{\"a\":1}", "5:{\"b\":2}"}},
	{"a byte order mark", "\xef\xbb\xbf{\"a\":1}\n{\"b\":2}", {"1:{\"a\":1}", "2:{\"b\":2}"}},
	{"half a byte order mark", "\xef\xbb{}\n{}", {"1:\xef\xbb{}", "2:{}"}},
	{"a damaged line between", "{\"a\":1}\n{\"b\n{\"c\":3}", {"1:{\"a\":1}", "2:{\"b", "3:{\"c\":3}"}},
	{"a damaged first line", "{\"a\":\n{\"b\":2}\n{\"c\":3}\n", {"1:{\"a\":", "2:{\"b\":2}", "3:{\"c\":3}"}},
	{"a first line cut in a string", "{\"a\n{\"b\":2}\n", {"1:{\"a", "2:{\"b\":2}"}},
	{"no JSON at all", "name,city\nA,B\n", {"1:name,city", "2:A,B"}},
	{"an object over lines", "{\n \"a\": 1\n}\n", {"1:{\n \"a\": 1\n}"}},
	{"two of them", "{\n\"a\":1\n}\n{\n\"b\":2\n}", {"1:{\n\"a\":1\n}", "4:{\n\"b\":2\n}"}},
	{"three lines of brackets", "{\n]\n}\n", {"1:{", "2:]", "3:}"}},
	{"a bracket in a string", "{\"a\":\"{[\"}\n{\"b\":\"]\\\"}\"}\n", {"1:{\"a\":\"{[\"}", "2:{\"b\":\"]\\\"}\"}"}},
	{"a list", "[{\"a\":1},{\"b\":[2,3]}]", {"1:{\"a\":1}", "2:{\"b\":[2,3]}"}},
	{"a list over lines", " [\n {\"a\":1},\n {\"b\":2}\n]\n", {"1:{\"a\":1}", "2:{\"b\":2}"}},
	{"an empty list", "[ ]\n", {NULL}},
	{"a list with a comma too many", "[{},]", {"1:{}", "2:"}},
	{"a damaged element", "[{\"a\":1 2},{\"b\":2}]", {"1:{\"a\":1 2}", "2:{\"b\":2}"}},
	{"commas and brackets in strings", "[{\"a\":\",]\\\\\"},{}]", {"1:{\"a\":\",]\\\\\"}", "2:{}"}},
	{"a list without an end", "[{\"a\":1},{\"b\":2}", {"1:{\"a\":1}", "!2:{\"b\":2}"}},
	{"something behind the list", "[{\"a\":1}] x", {"1:{\"a\":1}", "!2:x"}},
	{"a list that only begins", "[", {"!1:"}},
};
/* clang-format on */

static bool
same_pieces(const struct source *s, size_t step, bool tell)
{
	struct str text = str_of(s->text);
	struct splitter splitter;
	struct piece piece;
	size_t n = 0, at = 0;
	bool same = true;
	char *own;

	splitter_init(&splitter);
	while (at <= text.n) {
		size_t end = at + step < text.n ? at + step : text.n;
		bool last = end == text.n;
		struct str bytes;

		/* a copy that ends: a read past it is found */
		own = malloc(end - at + 1);
		memcpy(own, text.p + at, end - at);
		bytes = (struct str){own, end - at};
		while (split_next(&splitter, &bytes, last, &piece)) {
			char got[256];

			snprintf(got, sizeof(got), "%s%llu:%.*s",
				 piece.trailing ? "!" : "",
				 (unsigned long long)piece.line,
				 STR_ARG(piece.text));
			same = same && n < PIECES_MAX && s->pieces[n] &&
			       strcmp(got, s->pieces[n]) == 0;
			if (tell)
				printf("# piece %s\n", got);
			n++;
		}
		free(own);
		at = last ? text.n + 1 : end;
	}
	splitter_fini(&splitter);
	return same && (n == PIECES_MAX || s->pieces[n] == NULL);
}

int
main(void)
{
	for (size_t i = 0; i < COUNT(sources); i++) {
		const struct source *s = &sources[i];
		size_t n = strlen(s->text), wrong = 0;

		for (size_t step = 1; step <= n + 1; step++)
			if (!same_pieces(s, step, false) && wrong == 0)
				wrong = step;
		if (!ok(wrong == 0, "%s", s->what)) {
			printf("# %zu bytes at a time:\n", wrong);
			same_pieces(s, wrong, true);
		}
	}
	return done_testing();
}
