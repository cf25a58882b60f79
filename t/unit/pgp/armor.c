/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Armor: the same message in every dress that RFC 9580, 6.2 allows, and in
 * some that it does not.
 */
#include "fixture.h"

#define BEGIN "-----BEGIN PGP MESSAGE-----\n"
#define END "-----END PGP MESSAGE-----\n"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
			       "uvwxyz0123456789+/";

/* Base64 in lines of `width` characters that end in `end`. */
static void
put_base64(struct buf *b, struct str s, size_t width, const char *end)
{
	size_t i, k, column = 0;
	uint32_t bits;

	for (i = 0; i < s.n; i += 3) {
		for (bits = 0, k = 0; k < 3; k++)
			bits = bits << 8 |
			       (i + k < s.n ? (uint8_t)s.p[i + k] : 0u);
		for (k = 0; k < 4; k++) {
			buf_c(b, k > s.n - i
				     ? '='
				     : alphabet[bits >> (18 - 6 * k) & 63]);
			if (++column % width == 0)
				buf_put(b, str_of(end));
		}
	}
	if (column % width != 0)
		buf_put(b, str_of(end));
}

static const struct {
	const char *about, *before, *after, *end;
	size_t width;
	enum err want;
} dresses[] = {
    {"plain", BEGIN "\n", END, "\n", 64, OK},
    {"CRLF", "-----BEGIN PGP MESSAGE-----\r\n\r\n",
     "-----END PGP MESSAGE-----\r\n", "\r\n", 76, OK},
    {"one long line", BEGIN "\n", END, "\n", 1000000, OK},
    {"a character a line", BEGIN "\n", END, "\n", 1, OK},
    {"headers", BEGIN "Version: 1\nComment: two\n\n", END, "\n", 60, OK},
    {"a checksum, right or wrong", BEGIN "\n", "=AAAA\n" END, "\n", 64, OK},
    {"spaces at the ends of lines",
     "-----BEGIN PGP MESSAGE----- \t\n \n", END, "  \n", 64, OK},
    {"a byte order mark and empty lines before", "\xEF\xBB\xBF\r\n\n" BEGIN "\n",
     END, "\n", 64, OK},
    {"text after", BEGIN "\n", END "Yours, Ada\n", "\n", 64, OK},
    {"no line end at the end", BEGIN "\n", "-----END PGP MESSAGE-----", "\n",
     64, OK},
    {"no end line", BEGIN "\n", "", "\n", 64, ERR_CUT},
    {"half an end line", BEGIN "\n", "-----END PGP", "\n", 64, ERR_CUT},
    {"another end line", BEGIN "\n", "-----END PGP SIGNATURE-----\n", "\n", 64,
     ERR_DAMAGED},
    {"a header without a colon", BEGIN "Version\n\n", END, "\n", 64,
     ERR_DAMAGED},
    {"a character that is none", BEGIN "\n!", END, "\n", 64, ERR_DAMAGED},
    {"something more at the end", BEGIN "\n", "AAA=\n" END, "\n", 64,
     ERR_DAMAGED},
    {"text before", "Hello\n" BEGIN "\n", END, "\n", 64, ERR_NOT_OURS},
    {"another kind", "-----BEGIN PGP SIGNATURE-----\n\n", END, "\n", 64,
     ERR_NOT_OURS},
};

static void
dress(struct buf *b, size_t i, struct str binary)
{
	buf_reset(b);
	buf_put(b, str_of(dresses[i].before));
	put_base64(b, binary, dresses[i].width, dresses[i].end);
	buf_put(b, str_of(dresses[i].after));
}

/* Of three lengths, so that base64 ends in every way. */
static void
test_dresses(void)
{
	struct lock_options o = cheap_options();
	struct buf binary, armored, out;
	struct str text = S("0123456789");
	size_t i, n, want, got;

	buf_init(&binary);
	buf_init(&armored);
	buf_init(&out);
	for (i = 0; i < COUNT(dresses); i++) {
		for (n = want = got = 0; n < 3; n++) {
			if (lock_all(&o, str_cut(text, 0, 4 + n), 9, &binary))
				abort();
			dress(&armored, i, buf_str(&binary));
			want += dresses[i].want ==
				unlock_pieces(buf_str(&armored), o.password,
					      1 + i * 7, &out, NULL, NULL);
			got += str_eq(buf_str(&out), str_cut(text, 0, 4 + n));
		}
		is_int(want, 3, "%s", dresses[i].about);
		if (dresses[i].want == OK)
			is_int(got, 3, "%s: gives the text", dresses[i].about);
	}
	buf_fini(&binary);
	buf_fini(&armored);
	buf_fini(&out);
}

static void
test_cuts(void)
{
	struct lock_options o = cheap_options();
	struct buf binary, armored, out;
	size_t n, cut = 0;
	enum err e;

	buf_init(&binary);
	buf_init(&armored);
	buf_init(&out);
	if (lock_all(&o, S("text"), 9, &binary))
		abort();
	dress(&armored, 0, buf_str(&binary));
	/* without its line end, the end line is whole */
	for (n = 1; n < armored.n - 1; n++) {
		e = unlock_all(str_cut(buf_str(&armored), 0, n), o.password,
			       &out, NULL, NULL);
		cut += e == ERR_CUT;
		if (e != ERR_CUT)
			printf("# cut at %zu: %s\n", n, err_word(e));
	}
	is_int(cut, armored.n - 2, "armor cut anywhere is cut");
	buf_fini(&binary);
	buf_fini(&armored);
	buf_fini(&out);
}

static void
test_large(void)
{
	struct lock_options o = cheap_options();
	struct buf binary, armored, out;
	size_t n = 1000003, i;
	char *text = mem_new(n);

	for (i = 0; i < n; i++)
		text[i] = (char)(i * i >> 3);
	buf_init(&binary);
	buf_init(&armored);
	buf_init(&out);
	if (lock_all(&o, (struct str){text, n}, n, &binary))
		abort();
	dress(&armored, 1, buf_str(&binary));
	is_int(unlock_all(buf_str(&armored), o.password, &out, NULL, NULL), OK,
	       "a megabyte of armor opens");
	ok(str_eq(buf_str(&out), (struct str){text, n}), "and is the same");
	free(text);
	buf_fini(&binary);
	buf_fini(&armored);
	buf_fini(&out);
}

int
main(void)
{
	test_dresses();
	test_cuts();
	test_large();
	return done_testing();
}
