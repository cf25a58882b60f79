/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What was answered comes again for the same question of the same snapshot and
 * for nothing else.
 */
#include "../../../src/web/answers.h"
#include "../../tap.h"

static bool
said(struct answers *a, uint64_t serial, const char *question,
     const char *body)
{
	struct buf out;
	bool same, found;

	buf_init(&out);
	found = answers_get(a, serial, str_of(question), &out);
	same = found ? body && str_eq(buf_str(&out), str_of(body)) : !body;
	buf_fini(&out);
	return same;
}

int
main(void)
{
	struct answers *a = answers_new();
	static char big[64u << 10];
	struct buf out;
	bool all = true;

	ok(said(a, 0, "q", NULL), "nothing is known at first");
	answers_put(a, 7, S("q"), S("seven"));
	ok(said(a, 7, "q", "seven"), "the same question gets the same bytes");
	ok(said(a, 8, "q", NULL), "not of a later snapshot");
	ok(said(a, 6, "q", NULL), "nor of an earlier one");
	ok(said(a, 7, "Q", NULL), "nor another question");
	answers_put(a, 6, S("q"), S("six"));
	ok(said(a, 7, "q", "seven"), "a reader who was slow takes nothing away");
	answers_put(a, 8, S("q"), S("eight"));
	ok(said(a, 8, "q", "eight") && said(a, 7, "q", NULL),
	   "a newer one takes its place");
	buf_init(&out);
	answers_put(a, 8, S("big"), (struct str){big, sizeof(big)});
	ok(!answers_get(a, 8, S("big"), &out), "large ones are not kept");
	buf_fini(&out);
	for (int i = 0; i < 5000; i++) {
		char q[16], b[16];

		snprintf(q, sizeof(q), "question %d", i);
		snprintf(b, sizeof(b), "body %d", i);
		answers_put(a, 9, str_of(q), str_of(b));
		all = all && said(a, 9, q, b);
	}
	ok(all, "however many share a place, each gets its own");
	answers_free(a);
	return done_testing();
}
