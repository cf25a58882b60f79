/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Words: what is one, in many scripts, folded, with the bytes they stand in.
 */
#include "../../tap.h"

/* "word@from-to|…"; a character has its pair in brackets, "+" if joined. */
static void
are_words(const char *text, const char *want)
{
	struct text_words w;
	struct text_word one;
	struct buf got;

	buf_init(&got);
	text_words_open(&w, str_of(text));
	while (text_words_next(&w, &one)) {
		buf_printf(&got, "%s%s%.*s", got.n ? "|" : "",
			   one.joined ? "+" : "", STR_ARG(one.folded));
		if (one.character)
			buf_printf(&got, "[%.*s]", STR_ARG(one.pair));
		buf_printf(&got, "@%zu-%zu", one.from, one.to);
	}
	text_words_close(&w);
	is_str(buf_str(&got), str_of(want), "%s", text);
	buf_fini(&got);
}

int
main(void)
{
	struct text_words w;
	struct text_word one;

	are_words("", "");
	are_words(" ,.;!?-_'\"()\n\t", "");
	are_words("Refund my ORDER, please!",
		  "refund@0-6|my@7-9|order@10-15|please@17-23");
	are_words("O'Brien x_y a-b 12.50",
		  "o@0-1|brien@2-7|x@8-9|y@10-11|a@12-13|b@14-15|12@16-18|"
		  "50@19-21");
	/* Accents stay, case goes, a mark belongs to its letter. */
	are_words("\xc3\x89t\xc3\xa9 Stra\xc3\x9f" "e",
		  "\xc3\xa9t\xc3\xa9@0-5|strasse@6-13");
	are_words("e\xcc\x81", "\xc3\xa9@0-3");
	are_words("\xef\xbc\xb2\xef\xbc\xa5", "re@0-6"); /* full width */
	are_words("\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
		  "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82@0-12");
	/* Han between Latin. */
	are_words("iPhone\xe9\x80\x80\xe6\xac\xbe"
		  "5",
		  "iphone@0-6|\xe9\x80\x80[\xe9\x80\x80\xe6\xac\xbe]@6-9|"
		  "+\xe6\xac\xbe[\xe6\xac\xbe]@9-12|5@12-13");
	are_words("\xe9\x80\x80 \xe6\xac\xbe",
		  "\xe9\x80\x80[\xe9\x80\x80]@0-3|\xe6\xac\xbe[\xe6\xac\xbe]@"
		  "4-7");
	/* Thai with a vowel above: a character of its own. */
	are_words("\xe0\xb8\x84\xe0\xb8\xb7\xe0\xb8\x99",
		  "\xe0\xb8\x84[\xe0\xb8\x84\xe0\xb8\xb7]@0-3|"
		  "+\xe0\xb8\xb7[\xe0\xb8\xb7\xe0\xb8\x99]@3-6|"
		  "+\xe0\xb8\x99[\xe0\xb8\x99]@6-9");
	/* Halves of kana compose; their place is the run. */
	are_words("\xef\xbe\x8a\xef\xbe\x9f", "\xe3\x83\x91[\xe3\x83\x91]@0-6");
	/* Hangul, whole and taken apart, is the same. */
	are_words("\xed\x99\x98\xeb\xb6\x88",
		  "\xed\x99\x98[\xed\x99\x98\xeb\xb6\x88]@0-3|"
		  "+\xeb\xb6\x88[\xeb\xb6\x88]@3-6");
	are_words("\xe1\x84\x92\xe1\x85\xaa\xe1\x86\xab",
		  "\xed\x99\x98[\xed\x99\x98]@0-9");
	are_words("ok \xf0\x9f\x91\x8d", "ok@0-2|\xf0\x9f\x91\x8d"
					 "[\xf0\x9f\x91\x8d]@3-7");
	text_words_open(&w, S("one two"));
	ok(text_words_next(&w, &one), "a walk");
	text_words_over(&w, S("\xe9\x80\x80\xe6\xac\xbe"));
	ok(text_words_next(&w, &one) && one.character && !one.joined,
	   "goes over to another text");
	text_words_over(&w, S("three"));
	ok(text_words_next(&w, &one) && str_eq(one.folded, S("three")) &&
	       !text_words_next(&w, &one),
	   "from the middle of a run too");
	text_words_close(&w);
	return done_testing();
}
