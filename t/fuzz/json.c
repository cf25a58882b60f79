/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * JSON: a text is refused with a place and a reason, or it is a tree that
 * comes back the same when it is written and read.
 */
#include "fuzz.h"

static bool
same(const struct json *a, const struct json *b)
{
	if (a->kind != b->kind || a->count != b->count ||
	    !str_eq(a->key, b->key) ||
	    (a->kind == JSON_STRING && !str_eq(a->text, b->text)) ||
	    (a->kind == JSON_NUMBER && a->number != b->number))
		return false;
	for (a = a->first, b = b->first; a != NULL && b != NULL;
	     a = a->next, b = b->next)
		if (!same(a, b))
			return false;
	return a == NULL && b == NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct json *tree, *again;
	struct fault f = {0};
	struct json_out out;
	struct arena a;
	struct buf b;
	enum err e;

	arena_init(&a);
	buf_init(&b);
	e = json_parse(&a, fuzz_text(data, n), &tree, &f);
	if (e == OK) {
		json_out_init(&out, &b);
		json_value(&out, tree);
		MUST(text_valid(buf_str(&b)));
		MUST(json_parse(&a, buf_str(&b), &again, &f) == OK);
		MUST(same(tree, again));
	} else {
		fuzz_refused(e, &f);
	}
	buf_fini(&b);
	arena_fini(&a);
	return 0;
}
