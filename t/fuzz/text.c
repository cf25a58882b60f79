/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Text: what is valid stays valid when it is folded or cut, folding twice is
 * folding once, and a cut never parts a character.
 */
#include "fuzz.h"

static void
folds(struct arena *a, struct str s)
{
	struct buf once, twice;

	buf_init(&once);
	buf_init(&twice);
	text_fold(&once, s);
	text_fold(&twice, buf_str(&once));
	MUST(text_valid(buf_str(&once)));
	MUST(str_eq(buf_str(&once), buf_str(&twice)));
	MUST(str_eq(buf_str(&once), text_folded(a, s)));
	buf_fini(&once);
	buf_fini(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = fuzz_text(data, n), good, head;
	size_t valid = text_valid_prefix(s);
	struct arena a;

	MUST(valid <= n && text_valid(s) == (valid == n));
	good = str_cut(s, 0, valid);
	MUST(text_valid(good) && text_length(good) <= valid);
	arena_init(&a);
	folds(&a, good);
	for (size_t i = 0; i <= valid && i < 64; i++) {
		head = text_prefix(good, i);
		MUST(text_valid(head) && head.n <= i && i - head.n < 4);
	}
	arena_fini(&a);
	password_strength(s);
	password_refusal(s, 8);
	return 0;
}
