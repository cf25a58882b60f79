/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Hexadecimal and base64 by the vectors of RFC 4648 section 10, by round trip,
 * and what is not one spelling refused.
 */
#include "../../tap.h"

static void
test_hex(void)
{
	uint8_t out[6];
	char text[16];

	is_int(hex_encode((struct str){"\x00\xffz\x10", 4}, text), 8, "length");
	is_str(str_of(text), S("00ff7a10"), "in lower case");
	ok(hex_decode(S("00FF7a10"), out, 4) &&
	       memcmp(out, "\x00\xffz\x10", 4) == 0,
	   "both cases are read");
	ok(!hex_decode(S("00ff7a1"), out, 4), "an odd number of digits");
	ok(!hex_decode(S("00ff7a"), out, 4), "too few");
	ok(!hex_decode(S("00ff7a1000"), out, 4), "too many");
	ok(!hex_decode(S("00fg7a10"), out, 4), "not a digit");
	ok(hex_decode(STR_NONE, out, 0), "nothing");
}

static void
test_base64(void)
{
	static const struct {
		const char *bytes, *padded, *url;
	} rows[] = {
	    {"", "", ""},
	    {"f", "Zg==", "Zg"},
	    {"fo", "Zm8=", "Zm8"},
	    {"foo", "Zm9v", "Zm9v"},
	    {"foob", "Zm9vYg==", "Zm9vYg"},
	    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
	    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	    {"\xfb\xff\xfe", "+//+", "-__-"},
	};
	char url[64];
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str bytes = str_of(rows[i].bytes);

		buf_reset(&b);
		base64_encode(&b, bytes);
		is_str(buf_str(&b), str_of(rows[i].padded), "padded");
		is_int(base64url_encode(bytes, url), strlen(rows[i].url),
		       "length");
		is_str(str_of(url), str_of(rows[i].url), "url");
		buf_reset(&b);
		ok(base64_decode(str_of(rows[i].padded), &b) &&
		       str_eq(buf_str(&b), bytes),
		   "back");
		buf_reset(&b);
		ok(base64url_decode(str_of(rows[i].url), &b) &&
		       str_eq(buf_str(&b), bytes),
		   "url back");
	}
	buf_reset(&b);
	ok(base64_decode(S(" Zm9v\r\n\tYmE= \n"), &b) &&
	       str_eq(buf_str(&b), S("fooba")),
	   "white space is skipped");
	buf_fini(&b);
}

static void
test_refused(void)
{
	static const char *const padded[] = {
	    "Z",    "Zg",   "Zg=",      "Zg===", "Zm9v=", "Zm9v====", "Zh==",
	    "Zm9=", "Z=g=", "Zg==Zg==", "Zm-v",  "Zm9v!", "====",     "Zm8=="};
	static const char *const url[] = {"Z",     "Zg==",  "Zm+v",
					  "Zm/v",  "Zh",    "Zm9",
					  "Zm 9v", "Zm9vY", "Zm9v\n"};
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < COUNT(padded); i++)
		ok(!base64_decode(str_of(padded[i]), &b), "refused %s",
		   padded[i]);
	for (size_t i = 0; i < COUNT(url); i++)
		ok(!base64url_decode(str_of(url[i]), &b), "refused %zu in url",
		   i);
	b.limit = 2;
	buf_reset(&b);
	ok(!base64_decode(S("Zm9v"), &b), "more than the buffer may hold");
	buf_fini(&b);
}

static void
test_round_trip(void)
{
	char bytes[100], url[140];
	struct buf b;
	int wrong = 0;

	buf_init(&b);
	for (size_t n = 0; n < sizeof(bytes); n++) {
		struct str s = {bytes, n}, text;
		struct buf back;

		random_bytes(bytes, sizeof(bytes));
		buf_init(&back);
		buf_reset(&b);
		base64_encode(&b, s);
		wrong += !base64_decode(buf_str(&b), &back) ||
			 !str_eq(buf_str(&back), s);
		buf_reset(&back);
		text = (struct str){url, base64url_encode(s, url)};
		wrong += !base64url_decode(text, &back) ||
			 !str_eq(buf_str(&back), s);
		buf_fini(&back);
	}
	is_int(wrong, 0, "random bytes of every length come back");
	buf_fini(&b);
}

int
main(void)
{
	test_hex();
	test_base64();
	test_refused();
	test_round_trip();
	return done_testing();
}
