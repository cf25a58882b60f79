/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What stands in addresses, forms and cookies, and the text forms of bytes.
 * Escapes decode to what encodes to the same, every pair of a query is a piece
 * of it, and a cookie that is found is found once.
 */
#include "fuzz.h"

#include "../../src/web/request.h"

static void
percents(struct arena *a, struct str s)
{
	struct str plain, again;
	struct buf b;

	if (!percent_decode(a, s, false, &plain))
		return;
	MUST(text_valid(plain) && plain.n <= s.n);
	buf_init(&b);
	for (size_t i = 0; i < plain.n; i++)
		buf_printf(&b, "%%%02x", (uint8_t)plain.p[i]);
	MUST(percent_decode(a, buf_str(&b), true, &again));
	MUST(str_eq(again, plain));
	buf_fini(&b);
}

static void
pairs(struct arena *a, struct str s)
{
	struct str rest = s, name, value, out;
	size_t n = 0;

	while (pair_next(&rest, &name, &value)) {
		MUST(name.n + value.n <= s.n && ++n <= s.n);
		percent_decode(a, value, true, &out);
	}
	if (cookie_find(s, S("rapport"), &value))
		MUST(value.n + sizeof("rapport") <= s.n &&
		     memmem(s.p, s.n, "rapport=", 8) != NULL);
}

static void
bases(struct str s)
{
	struct buf bytes, text;

	buf_init(&bytes);
	buf_init(&text);
	if (base64url_decode(s, &bytes)) {
		char *out = buf_room(&text, 4 * (bytes.n + 2) / 3 + 4);

		text.n = base64url_encode(buf_str(&bytes), out);
		MUST(str_eq(buf_str(&text), s));
	}
	buf_reset(&bytes);
	if (base64_decode(s, &bytes)) {
		buf_reset(&text);
		base64_encode(&text, buf_str(&bytes));
		MUST(text.n <= s.n);
	}
	buf_fini(&bytes);
	buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;

	arena_init(&a);
	percents(&a, fuzz_text(data, n));
	pairs(&a, fuzz_text(data, n));
	bases(fuzz_text(data, n));
	arena_fini(&a);
	return 0;
}
