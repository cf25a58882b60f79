/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The reader on what it must open: the samples of RFC 9580 (A.9 EAX, A.10 OCB,
 * A.11 GCM; all "Hello, world!" under "password"), what our writer makes at
 * every size that is an edge, and messages made by hand with all that the
 * format allows inside and around.
 */
#include "fixture.h"

#include <zlib.h>

static const struct {
	const char *name;
	struct str armored;
} samples[] = {
    {"A.9, EAX",
     S("-----BEGIN PGP MESSAGE-----\n"
       "\n"
       "w0AGHgcBCwMIpa5XnR/F2Cv/aSJPkZmTs1Bvo7WaanPP+MXvxfQcV/tU4cImgV14\n"
       "KPX5LEVOtl6+AKtZhsaObnxV0mkCBwEGn/kOOzIZZPOkKRPI3MZhkyUBUifvt+rq\n"
       "pJ8EwuZ0F11KPSJu1q/LnKmsEiwUcOEcY9TAqyQcapOK1Iv5mlqZuQu6gyXeYQR1\n"
       "QCWKt5Wala0FHdqW6xVDHf719eIlXKeCYVRuM5o=\n"
       "-----END PGP MESSAGE-----\n")},
    {"A.10, OCB",
     S("-----BEGIN PGP MESSAGE-----\n"
       "\n"
       "wz8GHQcCCwMIVqKY0vXjZFP/z8xcEWZO2520JZDX3EawckG2EsOBLP/76gDyNHsl\n"
       "ZBEj+IeuYNT9YU4IN9gZ02zSaQIHAgYgpmH3MfyaMDK1YjMmAn46XY21dI6+/wsM\n"
       "WRDQns3WQf+f04VidYA1vEl1TOG/P/+n2tCjuBBPUTPPQqQQCoPu9MobSAGohGv0\n"
       "K82nyM6dZeIS8wHLzZj9yt5pSod61CRzI/boVw==\n"
       "-----END PGP MESSAGE-----\n")},
    {"A.11, GCM",
     S("-----BEGIN PGP MESSAGE-----\n"
       "\n"
       "wzwGGgcDCwMI6dOXhbIHAAj/tC58SD70iERXyzcmubPbn/d25fTZpAlS4kRymIUa\n"
       "v/91Jt8t1VRBdXmneZ/SaQIHAwb8uUSQvLmLvcnRBsYJAmaUD3LontwhtVlrFXax\n"
       "Ae0Pn/xvxtZbv9JNzQeQlm5tHoWjAFN4TLHYtqBpnvEhVaeyrWJYUxtXZR/Xd3kS\n"
       "+pXjXZtAIW9ppMJI2yj/QzHxYykHOZ5v+Q==\n"
       "-----END PGP MESSAGE-----\n")},
};

static void
test_samples(void)
{
	struct unlock_info info;
	struct buf out;
	size_t i, piece, good;

	buf_init(&out);
	for (i = 0; i < COUNT(samples); i++) {
		is_int(unlock_all(samples[i].armored, S("password"), &out, &info,
				  NULL),
		       OK, "sample %s opens", samples[i].name);
		is_str(buf_str(&out), S("Hello, world!"), "and says");
		is_int(info.bytes, 13, "thirteen bytes");
		is_int(unlock_all(samples[i].armored, S("passwort"), &out,
				  NULL, NULL),
		       ERR_PASSWORD, "sample %s: another password does not",
		       samples[i].name);
		is_int(out.n, 0, "and nothing comes out");
		for (piece = 1, good = 0; piece <= 64; piece *= 4)
			good += unlock_pieces(samples[i].armored, S("password"),
					      piece, &out, NULL, NULL) == OK &&
				str_eq(buf_str(&out), S("Hello, world!"));
		is_int(good, 4, "sample %s opens when it comes in pieces of "
		       "1, 4, 16, 64 bytes", samples[i].name);
	}
	buf_fini(&out);
}

static const size_t sizes[] = {0,      1,      100,	  65530, 65535,
			       65536,  65537,  131072,	  262144, 262145,
			       262200, 1 << 20, (1 << 20) + 1, 5000000};

static void
round_trip(struct str plain, enum lock_aead aead, uint32_t chunk, bool compress)
{
	struct lock_options o = cheap_options();
	struct unlock_info info;
	struct buf locked, out;
	size_t i, good = 0, small = 0;

	o.aead = aead;
	o.chunk = chunk;
	o.compress = compress;
	buf_init(&locked);
	buf_init(&out);
	for (i = 0; i < COUNT(sizes); i++) {
		struct str text = str_cut(plain, 0, sizes[i]);

		good += lock_all(&o, text, 1 + sizes[i] / 3, &locked) == OK &&
			unlock_pieces(buf_str(&locked), o.password, 70001, &out,
				      &info, NULL) == OK &&
			str_eq(buf_str(&out), text) &&
			info.bytes == text.n && info.kind == 'b' &&
			info.at == o.at && strcmp(info.name, "people.csv") == 0;
		small += locked.n < sizes[i];
	}
	is_int(good, COUNT(sizes), "round trips of 0 to 5,000,000 bytes: mode "
	       "%d, chunk %u%s", (int)aead, chunk, compress ? ", zlib" : "");
	ok(compress ? small > 5 : small == 0, "compressed or not");
	buf_fini(&locked);
	buf_fini(&out);
}

static void
test_round_trips(void)
{
	size_t n = 5000000, i;
	char *p = mem_new(n);

	for (i = 0; i < n; i++)
		p[i] = (char)(uint8_t)(i * 131 >> i % 5);
	round_trip((struct str){p, n}, LOCK_GCM, 0, false);
	round_trip((struct str){p, n}, LOCK_GCM, 1 << 16, true);
	round_trip((struct str){p, n}, LOCK_OCB, 1 << 20, false);
	round_trip((struct str){p, n}, LOCK_OCB, 1 << 16, true);
	free(p);
}

/* Every cipher and chunk size; the key packet's own cipher is another one. */
static void
test_ciphers(void)
{
	struct str text = S("It is a truth universally acknowledged, that a "
			    "single chunk may be smaller than its message.");
	struct by_hand h;
	struct buf inner, locked, out;
	size_t good = 0, all = 0;
	int mode, cipher, octet;

	buf_init(&inner);
	buf_init(&locked);
	buf_init(&out);
	put_literal(&inner, 't', S("a"), text);
	for (mode = AEAD_OCB; mode <= AEAD_GCM; mode++)
		for (cipher = 7; cipher <= 9; cipher++)
			for (octet = 0; octet <= 16; octet++) {
				h = by_hand(mode);
				h.cipher = cipher;
				h.key_cipher = 7 + (cipher + octet) % 3;
				h.octet = octet;
				buf_reset(&locked);
				put_key(&locked, &h, S("pass"));
				put_data(&locked, &h, buf_str(&inner));
				all++;
				good += unlock_all(buf_str(&locked), S("pass"),
						   &out, NULL, NULL) == OK &&
					str_eq(buf_str(&out), text);
			}
	is_int(good, all, "OCB and GCM, AES-128 to 256, all 17 chunk sizes");
	h = by_hand(AEAD_GCM);
	h.octet = 17;
	buf_reset(&locked);
	put_key(&locked, &h, S("pass"));
	buf_put(&locked, S("\xD2\x25\2\11\3\21"));
	buf_put(&locked, S("12345678901234567890123456789012x"));
	is_int(unlock_all(buf_str(&locked), S("pass"), &out, NULL, NULL),
	       ERR_DAMAGED, "chunks of 8 MiB cannot be");
	buf_fini(&inner);
	buf_fini(&locked);
	buf_fini(&out);
}

static void
test_passwords(void)
{
	struct by_hand h = by_hand(AEAD_OCB);
	struct str many[] = {S("no"), S("neither"), S("third")};
	struct buf inner, locked, out;
	struct memory_io io;
	static const char *const names[] = {"first", "second", "third"};
	size_t i;

	buf_init(&inner);
	buf_init(&locked);
	buf_init(&out);
	put_literal(&inner, 'b', S(""), S("text"));
	for (i = 0; i < COUNT(names); i++)
		put_key(&locked, &h, str_of(names[i]));
	put_packet(&locked, 10, S("PGP"));
	put_packet(&locked, 21, S("some padding"));
	put_packet(&locked, 60, S("private, to be passed over"));
	put_packet(&locked, 1, S("\3 a key packet for somebody"));
	put_packet(&locked, 3, S("\4\11\3\10saltsalt\140")); /* version 4 */
	put_data(&locked, &h, buf_str(&inner));
	put_packet(&locked, 21, S("padding at the end"));
	for (i = 0; i < COUNT(names); i++)
		is_int(unlock_all(buf_str(&locked), str_of(names[i]), &out,
				  NULL, NULL),
		       OK, "password %zu of three opens it", i + 1);
	is_str(buf_str(&out), S("text"), "it is the same text");
	is_int(unlock_all(buf_str(&locked), S("fourth"), &out, NULL, NULL),
	       ERR_PASSWORD, "a fourth does not");
	io = (struct memory_io){buf_str(&locked), 1000, &out};
	is_int(unlock_stream(memory_read, memory_write, &io, many, 3, NULL,
			     NULL, NULL),
	       OK, "several passwords are tried");
	is_int(unlock_stream(memory_read, memory_write, &io, many, 0, NULL,
			     NULL, NULL),
	       ERR_INVALID, "at least one must be given");
	put_packet(&locked, 11, S("b\0\0\0\0\0"));
	is_int(unlock_all(buf_str(&locked), S("first"), &out, NULL, NULL),
	       ERR_DAMAGED, "a packet after the end is refused");
	buf_fini(&inner);
	buf_fini(&locked);
	buf_fini(&out);
}

/* What is inside ---------------------------------------------------------- */

static enum err
open_inner(struct str inner, struct buf *out, struct unlock_info *info,
	   struct fault *f)
{
	struct by_hand h = by_hand(AEAD_GCM);
	struct buf locked;
	enum err e;

	buf_init(&locked);
	put_key(&locked, &h, S("pass"));
	put_data(&locked, &h, inner);
	e = unlock_all(buf_str(&locked), S("pass"), out, info, f);
	buf_fini(&locked);
	return e;
}

static void
put_deflated(struct buf *b, struct str inner, int method)
{
	z_stream z = {0};
	struct buf body;

	buf_init(&body);
	buf_c(&body, (char)method);
	if (deflateInit2(&z, 6, Z_DEFLATED, method == PACK_ZIP ? -15 : 15, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)inner.p;
	z.avail_in = (uInt)inner.n;
	z.next_out = (Bytef *)buf_room(&body, inner.n + 1000);
	z.avail_out = (uInt)inner.n + 1000;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	body.n += z.total_out;
	deflateEnd(&z);
	put_packet(b, 8, buf_str(&body));
	buf_fini(&body);
}

static void
test_compressed(void)
{
	struct buf a, b, out;
	struct fault f = {0};
	int i;

	buf_init(&a);
	buf_init(&b);
	buf_init(&out);
	put_literal(&a, 'b', S(""), S("so much, so much, so much, so much"));
	put_deflated(&b, buf_str(&a), PACK_ZIP);
	is_int(open_inner(buf_str(&b), &out, NULL, NULL), OK, "ZIP");
	is_str(buf_str(&out), S("so much, so much, so much, so much"),
	       "inflates");
	buf_reset(&b);
	put_deflated(&b, buf_str(&a), PACK_ZLIB);
	is_int(open_inner(buf_str(&b), &out, NULL, NULL), OK, "ZLIB");
	b.p[b.n - 1] ^= 1;
	is_int(open_inner(buf_str(&b), &out, NULL, NULL), ERR_DAMAGED,
	       "its checksum is looked at");
	b.p[b.n - 1] ^= 1;
	for (i = 2; i <= 5; i++) {
		buf_reset(&a);
		buf_put(&a, buf_str(&b));
		buf_reset(&b);
		put_deflated(&b, buf_str(&a), PACK_ZLIB);
		is_int(open_inner(buf_str(&b), &out, NULL, NULL),
		       i <= 4 ? OK : ERR_LIMIT, "%d times over", i);
	}
	buf_reset(&b);
	put_packet(&b, 8, S("\3BZh91AY"));
	is_int(open_inner(buf_str(&b), &out, NULL, &f), ERR_NOT_OURS,
	       "BZip2 is refused");
	ok(str_find(str_of(f.text), S("BZip2"), NULL), "by its name");
	buf_fini(&a);
	buf_fini(&b);
	buf_fini(&out);
}

static const struct {
	const char *about;
	struct str inner;
	enum err want;
} insides[] = {
    {"an old header, one octet", S("\xAC\x0A" "b\0\0\0\0\0text"), OK},
    {"an old header, two octets", S("\xAD\x00\x0A" "b\0\0\0\0\0text"), OK},
    {"an old header, four octets",
     S("\xAE\x00\x00\x00\x0A" "u\0\0\0\0\0text"), OK},
    {"an old header without length", S("\xAF" "b\0\0\0\0\0text"), OK},
    {"one-pass signature and signature around",
     S("\xC4\1x\xCB\x0A" "b\0\0\0\0\0text\xC2\2yy"), OK},
    {"padding, marker and unknown optional packets",
     S("\xD5\3abc\xCA\3PGP\xE8\1x\xCB\x0A" "b\0\0\0\0\0text\xFC\0"), OK},
    {"an old local literal", S("\xCB\x0A" "l\0\0\0\0\0text"), OK},
    {"uncompressed compressed data",
     S("\xC8\x0D\0\xCB\x0A" "b\0\0\0\0\0text"), OK},
    {"nothing", S(""), ERR_DAMAGED},
    {"only padding", S("\xD5\3abc"), ERR_DAMAGED},
    {"a length beyond the end", S("\xCB\x0B" "b\0\0\0\0\0text"), ERR_DAMAGED},
    {"a part beyond the end", S("\xCB\xE4" "b\0\0\0\0\0text"), ERR_DAMAGED},
    {"a literal cut in its head", S("\xCB\x05" "b\0\0\0\0"), ERR_DAMAGED},
    {"a literal cut in its name", S("\xCB\x05" "b\377\0\0\0"), ERR_DAMAGED},
    {"a literal of no kind", S("\xCB\x0A" "\0\0\0\0\0\0text"), ERR_DAMAGED},
    {"a literal of kind x", S("\xCB\x0A" "x\0\0\0\0\0text"), ERR_DAMAGED},
    {"two literals", S("\xCB\x07" "b\0\0\0\0\0t\xCB\x07" "b\0\0\0\0\0t"),
     ERR_NOT_OURS},
    {"a lock in the lock", S("\xD2\x05\1test"), ERR_DAMAGED},
    {"an unknown critical packet", S("\xD7\0\xCB\x0A" "b\0\0\0\0\0text"),
     ERR_DAMAGED},
    {"no packet", S("text"), ERR_DAMAGED},
    {"compressed by no method", S("\xC8\1\7"), ERR_DAMAGED},
    {"compressed and empty", S("\xC8\1\2"), ERR_DAMAGED},
    {"compressed without method", S("\xC8\0"), ERR_DAMAGED},
    {"a first part of 256 bytes", S("\xCB\xE8" "b\0\0\0\0\0text"),
     ERR_DAMAGED},
    {"a marker in parts", S("\xCA\xE1PG\1P\xCB\x0A" "b\0\0\0\0\0text"),
     ERR_DAMAGED},
};

/* A part of 512 bytes, then smaller ones, down to one byte and to none. */
static void
test_parts(void)
{
	static const size_t parts[] = {512, 1, 4, 2, 64, 1};
	static const char first[] = "b\0\0\0\0\0";
	struct buf inner, want, out;
	size_t i, k, n;

	buf_init(&inner);
	buf_init(&want);
	buf_init(&out);
	buf_c(&inner, (char)0xCB);
	for (i = 0; i < COUNT(parts); i++) {
		for (k = 0; (size_t)1 << k < parts[i];)
			k++;
		buf_c(&inner, (char)(0xE0 | k));
		n = i == 0 ? 6 : 0;
		buf_bytes(&inner, first, n);
		for (; n < parts[i]; n++) {
			buf_c(&inner, (char)('a' + n % 26));
			buf_c(&want, (char)('a' + n % 26));
		}
	}
	buf_c(&inner, '\0');
	is_int(open_inner(buf_str(&inner), &out, NULL, NULL), OK,
	       "parts of any size and an empty last one");
	is_str(buf_str(&out), buf_str(&want), "give all bytes");
	buf_fini(&inner);
	buf_fini(&want);
	buf_fini(&out);
}

static void
test_insides(void)
{
	struct unlock_info info;
	struct buf out;
	size_t i;

	buf_init(&out);
	for (i = 0; i < COUNT(insides); i++) {
		is_int(open_inner(insides[i].inner, &out, &info, NULL),
		       insides[i].want, "inside: %s", insides[i].about);
		if (insides[i].want == OK)
			is_str(buf_str(&out), S("text"), "gives its text");
	}
	is_int(open_inner(S("\xCB\x10" "u\6hi\0\n/.\x65\x53\xf1\x00text"),
			  &out, &info, NULL),
	       OK, "a strange name");
	is_int(info.kind, 'u', "kind");
	is_str(str_of(info.name), S("hi"), "its name, up to NUL");
	is_int(info.at, INT64_C(1700000000) * SECOND_US, "its time");
	buf_fini(&out);
}

static void
test_limits(void)
{
	struct lock_options o = cheap_options();
	struct buf locked, out;
	struct memory_io io;
	struct unlock_limits limits = {.out_bytes = 999};
	struct fault f = {0};
	char text[1000] = "x";

	buf_init(&locked);
	buf_init(&out);
	if (lock_all(&o, (struct str){text, 1000}, 1000, &locked) != OK)
		abort();
	io = (struct memory_io){buf_str(&locked), 1 << 20, &out};
	is_int(unlock_stream(memory_read, memory_write, &io, &o.password, 1,
			     &limits, NULL, NULL),
	       ERR_LIMIT, "1,000 bytes are more than 999");
	limits = (struct unlock_limits){.out_bytes = 1000, .argon2_kib = 1024};
	io.in = buf_str(&locked);
	is_int(unlock_stream(memory_read, memory_write, &io, &o.password, 1,
			     &limits, NULL, NULL),
	       OK, "but not more than 1,000, nor 1 MiB more than 1 MiB");
	limits.argon2_kib = 1023;
	io.in = buf_str(&locked);
	is_int(unlock_stream(memory_read, memory_write, &io, &o.password, 1,
			     &limits, NULL, &f),
	       ERR_LIMIT, "1 MiB for Argon2 is more than 1,023 KiB");
	ok(str_find(str_of(f.text), S("1 MiB"), NULL), "which it says: %s",
	   f.text);
	buf_fini(&locked);
	buf_fini(&out);
}

int
main(void)
{
	test_samples();
	test_round_trips();
	test_ciphers();
	test_passwords();
	test_compressed();
	test_insides();
	test_parts();
	test_limits();
	return done_testing();
}
