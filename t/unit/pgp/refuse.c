/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The reader on what it must refuse.  Small messages, and each of them with
 * every bit changed, cut at every length, and mutated at random: no plain text
 * is ever taken for whole, and the reason is the right one.  The seed of the
 * random part is printed; RAPPORT_SEED sets it.
 */
#include "fixture.h"

#define PLAIN "nobody reads this without the password, or in part"

/* Where the parts of a message of our writer lie. */
struct shape {
	const char *about;
	size_t key_end;		    /* of the key packet */
	size_t data_head, data_end; /* body of the data packet */
};

static void
make(struct buf *out, enum lock_aead aead, size_t n, struct shape *s)
{
	struct lock_options o = cheap_options();
	char text[2000];
	size_t i;

	o.aead = aead;
	for (i = 0; i < sizeof(text); i++)
		text[i] = PLAIN[i % strlen(PLAIN)];
	if (lock_all(&o, (struct str){text, n}, n, out) != OK)
		abort();
	s->key_end = 2 + (uint8_t)out->p[1];
	s->data_head = s->key_end + ((uint8_t)out->p[s->key_end + 1] < 192
					 ? 2
					 : 3);
	s->data_end = out->n;
}

/* What a change at `at` may be called. */
static bool
fitting(enum err e, size_t at, const struct shape *s)
{
	if (at == 0) /* another packet first, which may be of any kind */
		return e != OK && e != ERR_PASSWORD;
	if (at < s->key_end)
		return e == ERR_PASSWORD || e == ERR_DAMAGED || e == ERR_LIMIT;
	return e == ERR_DAMAGED;
}

static void
test_bits(struct str locked, const struct shape *s)
{
	struct buf bad, out;
	size_t i, refused = 0, right = 0;
	struct fault f;
	enum err e;

	buf_init(&bad);
	buf_init(&out);
	buf_put(&bad, locked);
	is_int(unlock_all(buf_str(&bad), S("correct horse"), &out, NULL, NULL),
	       OK, "%s: opens unchanged", s->about);
	for (i = 0; i < bad.n * 8; i++) {
		f = (struct fault){0};
		bad.p[i / 8] ^= (char)(1 << i % 8);
		e = unlock_all(buf_str(&bad), S("correct horse"), &out, NULL,
			       &f);
		bad.p[i / 8] ^= (char)(1 << i % 8);
		refused += e != OK && f.code == e && f.text[0] != '\0';
		right += fitting(e, i / 8, s);
		if (!fitting(e, i / 8, s))
			printf("# octet %zu bit %zu: %s\n", i / 8, i % 8,
			       err_word(e));
	}
	is_int(refused, bad.n * 8, "%s: refused with any bit changed",
	       s->about);
	is_int(right, bad.n * 8, "%s: as damaged, or by its password", s->about);
	buf_fini(&bad);
	buf_fini(&out);
}

/* 0x8C is the old way to write 0xC3: nothing has changed. */
static bool
same_header(size_t at, size_t value)
{
	return at == 0 && value == 0x8C;
}

/* Any value of the octets that steer the reading: tags, lengths, versions. */
static void
test_octets(struct str locked, const struct shape *s)
{
	const size_t at[] = {0, 1, 2, 3, 6, s->key_end, s->key_end + 1,
			     s->data_head, s->data_head + 1, s->data_head + 2,
			     s->data_head + 3};
	struct buf bad, out;
	size_t i, value, refused = 0, right = 0, all = 0, skipped;
	enum err e;
	char kept;

	buf_init(&bad);
	buf_init(&out);
	buf_put(&bad, locked);
	for (i = 0; i < COUNT(at); i++) {
		kept = bad.p[at[i]];
		for (value = 0; value < 256; value++) {
			if ((char)value == kept || same_header(at[i], value))
				continue;
			bad.p[at[i]] = (char)value;
			e = unlock_all(buf_str(&bad), S("correct horse"), &out,
				       NULL, NULL);
			/* the data turned into padding that ends the file */
			skipped = at[i] == s->key_end && value == 0xD5 &&
				  e == ERR_CUT;
			all++;
			refused += e != OK;
			right += skipped || fitting(e, at[i], s);
			if (!skipped && !fitting(e, at[i], s))
				printf("# octet %zu as %zu: %s\n", at[i], value,
				       err_word(e));
		}
		bad.p[at[i]] = kept;
	}
	is_int(refused, all, "%s: refused with any head octet changed to any",
	       s->about);
	is_int(right, all, "%s: for the right reason", s->about);
	buf_fini(&bad);
	buf_fini(&out);
}

static void
test_cuts(struct str locked, const struct shape *s)
{
	struct buf out;
	size_t n, cut = 0;
	enum err e;

	buf_init(&out);
	for (n = 1; n < locked.n; n++) {
		e = unlock_all(str_cut(locked, 0, n), S("correct horse"), &out,
			       NULL, NULL);
		cut += e == ERR_CUT;
		if (e != ERR_CUT)
			printf("# cut at %zu: %s\n", n, err_word(e));
	}
	is_int(cut, locked.n - 1, "%s: cut anywhere is called cut", s->about);
	is_int(unlock_all(STR_NONE, S("correct horse"), &out, NULL, NULL),
	       ERR_NOT_OURS, "an empty file is not ours");
	is_int(unlock_all(str_cut(locked, 0, s->data_head + 40), S("wrong"),
			  &out, NULL, NULL),
	       ERR_PASSWORD, "cut, but the password is wrong already");
	buf_fini(&out);
}

/* Several parts and chunks: changed and cut at many places. */
static void
test_large(void)
{
	struct lock_options o = cheap_options();
	struct buf locked, out;
	size_t n = 300000, i, at, good = 0, cut = 0, short_of = 0;
	char *text = mem_new(n);
	enum err e;

	o.chunk = 1 << 16;
	buf_init(&locked);
	buf_init(&out);
	if (lock_all(&o, (struct str){text, n}, n, &locked) != OK)
		abort();
	for (i = 0; i < 200; i++) {
		at = 200 + i * (locked.n - 200) / 200;
		locked.p[at] ^= 0x10;
		e = unlock_all(buf_str(&locked), o.password, &out, NULL, NULL);
		locked.p[at] ^= 0x10;
		good += e == ERR_DAMAGED;
		short_of += out.n <= at && out.n % 1024 != 1;
		e = unlock_all(str_cut(buf_str(&locked), 0, at), o.password,
			       &out, NULL, NULL);
		cut += e == ERR_CUT;
		short_of += out.n <= at;
	}
	is_int(good, 200, "damage anywhere in five chunks is damage");
	is_int(cut, 200, "a cut anywhere in five chunks is a cut");
	is_int(short_of, 400, "and no byte beyond it comes out");
	good = 0;
	for (i = 1; i <= 32; i++)
		good += unlock_all(str_cut(buf_str(&locked), 0, locked.n - i),
				   o.password, &out, NULL, NULL) == ERR_CUT;
	is_int(good, 32, "so are 1 to 32 bytes less");
	buf_c(&locked, 'x');
	is_int(unlock_all(buf_str(&locked), o.password, &out, NULL, NULL),
	       ERR_DAMAGED, "one byte more is damage");
	free(text);
	buf_fini(&locked);
	buf_fini(&out);
}

/* Whole chunks, but the last tag is gone and the length says so. */
static void
test_reframed(int mode)
{
	struct by_hand h = by_hand(mode);
	struct buf inner, locked, out;
	struct str text = S("0123456789012345678901234567890123456789012345678");
	size_t n, cut = 0;

	buf_init(&inner);
	buf_init(&locked);
	buf_init(&out);
	put_literal(&inner, 'b', S(""), text);
	for (n = 1; n <= inner.n; n++) {
		h.no_last = true;
		buf_reset(&locked);
		put_key(&locked, &h, S("pass"));
		put_data(&locked, &h, str_cut(buf_str(&inner), 0, n));
		cut += unlock_all(buf_str(&locked), S("pass"), &out, NULL,
				  NULL) == ERR_CUT;
	}
	is_int(cut, inner.n, "mode %d: cut after a whole chunk, with a length "
	       "that agrees, is a cut", mode);
	h.no_last = false;
	buf_reset(&locked);
	put_key(&locked, &h, S("pass"));
	put_data(&locked, &h, str_cut(buf_str(&inner), 0, 30));
	is_int(unlock_all(buf_str(&locked), S("pass"), &out, NULL, NULL),
	       ERR_DAMAGED, "mode %d: made with half a literal, it is damaged",
	       mode);
	buf_fini(&inner);
	buf_fini(&locked);
	buf_fini(&out);
}

/* Random changes, insertions and removals behind the first octet. */
static void
test_random(struct str locked, uint64_t seed)
{
	struct buf bad, out;
	size_t i, j, at, refused = 0, rounds = 3000;

	buf_init(&bad);
	buf_init(&out);
	for (i = 0; i < rounds; i++) {
		buf_reset(&bad);
		buf_put(&bad, locked);
		for (j = 0; j <= i % 4; j++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695;
			at = 1 + (seed >> 33) % (bad.n - 1);
			if (i % 3 == 0) {
				bad.p[at] = (char)(bad.p[at] + 1 +
						   (seed >> 20) % 255);
			} else if (i % 3 == 1) {
				memmove(bad.p + at, bad.p + at + 1,
					bad.n - at - 1);
				bad.n--;
			} else {
				buf_c(&bad, 'x');
				memmove(bad.p + at + 1, bad.p + at,
					bad.n - at - 1);
				bad.p[at] = (char)(seed >> 24);
			}
		}
		if (str_eq(buf_str(&bad), locked))
			refused++; /* one undid the other */
		else
			refused += unlock_all(buf_str(&bad), S("correct horse"),
					      &out, NULL, NULL) != OK;
	}
	is_int(refused, rounds, "3,000 random mutations are refused");
	buf_fini(&bad);
	buf_fini(&out);
}

static const struct {
	const char *about;
	struct str bytes;
	enum err want;
	const char *says;
} foreign[] = {
    {"text", S("name,phone\nAda,1\n"), ERR_NOT_OURS, "not a password"},
    {"text with a dash", S("- a list\n- of things\n"), ERR_NOT_OURS, "not a"},
    {"text with a mark", S("\xEF\xBB\xBFname,phone\n"), ERR_NOT_OURS, "not a"},
    {"French text", S("\xC3\x89t\xC3\xA9: a season, and more text to it, as "
		      "long as a packet of that length would have to be, and "
		      "even a little longer than that, if need be so"),
     ERR_NOT_OURS, "not a"},
    {"Cyrillic text", S("\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82"),
     ERR_NOT_OURS, "not a"},
    {"a ZIP file", S("PK\3\4\24\0\0\0\10\0"), ERR_NOT_OURS, "not a"},
    {"gzip", S("\x1f\x8b\x08\0\0\0\0\0\0\3"), ERR_NOT_OURS, "not a"},
    {"PNG", S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), ERR_NOT_OURS, "not a"},
    {"JPEG", S("\xFF\xD8\xFF\xE0\0\x10JFIF"), ERR_NOT_OURS, "not a"},
    {"one byte of it", S("\xFF"), ERR_NOT_OURS, "not a"},
    {"zeros", S("\0\0\0\0\0\0\0\0"), ERR_NOT_OURS, "not a"},
    {"a public key", S("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEXEcE\n"
		       "-----END PGP PUBLIC KEY BLOCK-----\n"),
     ERR_NOT_OURS, "not a"},
    {"a bare literal", S("\xCB\x0A" "b\0\0\0\0\0text"), ERR_NOT_OURS, "not a"},
    {"to a key", S("\xC1\5\3abcd\xD2\x26\2\7\3\0"
		   "1234567890123456789012345678901212"),
     ERR_NOT_OURS, "to a key"},
    {"the older kind", S("\xC3\x0D\4\7\3\10saltsalt\x60\xD2\x10\1abcdefghijklm"
			 "no"),
     ERR_NOT_OURS, "older way"},
    {"the oldest kind", S("\xC3\x0D\4\7\3\10saltsalt\x60\xC9\x10" "abcdefgh"),
     ERR_NOT_OURS, "older way"},
    {"GnuPG's draft", S("\xC3\x0D\4\7\3\10saltsalt\x60\xD4\x10\1\7\2\6abcd"),
     ERR_NOT_OURS, "older way"},
    {"an old key packet with new data",
     S("\xC3\x0D\4\7\3\10saltsalt\x60\xD2\x26\2\7\3\0"
       "1234567890123456789012345678901212"),
     ERR_DAMAGED, "damaged"},
    {"a password hashed bare",
     S("\xC3\x33\6\21\7\3\2\0\10" "nonce: 12 by"
       "sealed: sixteen and a tag of 16.\xD2\x26\2\7\3\0"
       "1234567890123456789012345678901212"),
     ERR_NOT_OURS, "bare hash"},
    {"Twofish", S("\xC3\x4B\6\x19\12\3\12\1\10saltsalt" "nonce: 12 by"
		  "sealed: thirty-two and a tag of sixteen, in all."
		  "\xD2\x26\2\12\3\0" "1234567890123456789012345678901212"),
     ERR_NOT_OURS, "cipher 10"},
};

static void
test_foreign(void)
{
	struct buf out;
	struct fault f;
	size_t i;

	buf_init(&out);
	for (i = 0; i < COUNT(foreign); i++) {
		f = (struct fault){0};
		is_int(unlock_all(foreign[i].bytes, S("pass"), &out, NULL, &f),
		       foreign[i].want, "%s", foreign[i].about);
		ok(str_find(str_of(f.text), str_of(foreign[i].says), NULL),
		   "%s: says \"%s\"", foreign[i].about, f.text);
	}
	buf_fini(&out);
}

int
main(void)
{
	struct shape s = {.about = "GCM, 50 bytes"};
	uint64_t seed = random_u64();
	struct buf locked;

	if (getenv("RAPPORT_SEED"))
		seed = strtoull(getenv("RAPPORT_SEED"), NULL, 10);
	printf("# RAPPORT_SEED=%" PRIu64 "\n", seed);
	buf_init(&locked);
	make(&locked, LOCK_GCM, 50, &s);
	test_bits(buf_str(&locked), &s);
	test_octets(buf_str(&locked), &s);
	test_cuts(buf_str(&locked), &s);
	test_random(buf_str(&locked), seed);
	s.about = "OCB, 300 bytes";
	make(&locked, LOCK_OCB, 300, &s);
	test_bits(buf_str(&locked), &s);
	test_octets(buf_str(&locked), &s);
	test_cuts(buf_str(&locked), &s);
	test_large();
	test_reframed(AEAD_GCM);
	test_reframed(AEAD_OCB);
	test_foreign();
	buf_fini(&locked);
	return done_testing();
}
