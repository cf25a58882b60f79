/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Ciphers against published vectors: EAX of its paper, GCM of the GCM paper,
 * HKDF of RFC 5869.  OCB with the nonce of OpenPGP is judged by the samples of
 * RFC 9580 in unlock.c.
 */
#include "../../../src/pgp/aead.h"

#include "../../tap.h"

static struct str
unhex(const char *hex, uint8_t *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strlen(hex) / 2, i;

	for (i = 0; i < n; i++)
		out[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 |
				   (strchr(digits, hex[2 * i + 1]) - digits));
	return (struct str){(char *)out, n};
}

static const struct {
	int cipher, mode;
	const char *key, *nonce, *aad, *text, *sealed;
} vectors[] = {
    {7, 1, "233952dee4d5ed5f9b9c6d6ff80ff478",
     "62ec67f9c3a4a407fcb2a8c49031a8b3", "6bfb914fd07eae6b", "",
     "e037830e8389f27b025a2d6527e79d01"},
    {7, 1, "91945d3f4dcbee0bf45ef52255f095a4",
     "becaf043b0a23d843194ba972c66debd", "fa3bfd4806eb53fa", "f7fb",
     "19dd5c4c9331049d0bdab0277408f67967e5"},
    {7, 1, "01f74ad64077f2e704c0f60ada3dd523",
     "70c3db4f0d26368400a10ed05d2bff5e", "234a3463c1264ac6", "1a47cb4933",
     "d851d5bae03a59f238a23e39199dc9266626c40f80"},
    {7, 1, "8395fcf1e95bebd697bd010bc766aac3",
     "22e7add93cfc6393c57ec0b3c17d6b44", "126735fcc320d25a",
     "ca40d7446e545ffaed3bd12a740a659ffbbb3ceab7",
     "cb8920f87a6c75cff39627b56e3ed197c552d295a7cfc46afc253b4652b1af3795"
     "b124ab6e"},
    {7, 3, "00000000000000000000000000000000", "000000000000000000000000", "",
     "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {7, 3, "00000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000",
     "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
    {9, 3, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {9, 3, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c"
     "95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e"
     "48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf"
     "8853bb2d551b"},
};

static void
test_vectors(void)
{
	uint8_t key[32], nonce[16], aad[32], text[80], sealed[96], out[96];
	size_t i, j, refused;
	struct aead a;

	for (i = 0; i < COUNT(vectors); i++) {
		struct str t = unhex(vectors[i].text, text);
		struct str s = unhex(vectors[i].sealed, sealed);
		struct str d = unhex(vectors[i].aad, aad);

		unhex(vectors[i].key, key);
		unhex(vectors[i].nonce, nonce);
		aead_init(&a, vectors[i].cipher, vectors[i].mode, key, false);
		ok(aead_open(&a, nonce, d, s, out) &&
		       memcmp(out, t.p, t.n) == 0,
		   "vector %zu opens", i);
		for (j = refused = 0; j < s.n * 8; j++) {
			sealed[j / 8] ^= (uint8_t)(1 << j % 8);
			refused += !aead_open(&a, nonce, d, s, out);
			sealed[j / 8] ^= (uint8_t)(1 << j % 8);
		}
		is_int(refused, s.n * 8, "vector %zu with any bit changed "
		       "does not", i);
		ok(aead_open(&a, nonce, d, s, out),
		   "vector %zu still opens with the same context", i);
		nonce[0] ^= 1;
		ok(!aead_open(&a, nonce, d, s, out),
		   "vector %zu does not open with another nonce", i);
		aead_fini(&a);
	}
}

/* Sealed in uneven pieces, opened in one: all sizes around the blocks. */
static void
test_pieces(int cipher, int mode)
{
	uint8_t key[32] = {1}, nonce[16] = {2}, text[200], sealed[300];
	uint8_t out[200];
	size_t n, i, take, good = 0;
	struct aead seal, open;
	uint8_t *p;

	aead_init(&seal, cipher, mode, key, true);
	aead_init(&open, cipher, mode, key, false);
	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 31);
	for (n = 0; n <= sizeof(text); n++) {
		nonce[3] = (uint8_t)n;
		aead_begin(&seal, nonce, S("associated"));
		for (p = sealed, i = 0; i < n; i += take) {
			take = 1 + (n + i) % 37 < n - i ? 1 + (n + i) % 37
							: n - i;
			p += aead_more(&seal, (struct str){(char *)text + i,
							   take}, p);
		}
		p += aead_end(&seal, p);
		good += p == sealed + n + AEAD_TAG &&
			aead_open(&open, nonce, S("associated"),
				  (struct str){(char *)sealed, n + AEAD_TAG},
				  out) &&
			memcmp(out, text, n) == 0;
	}
	is_int(good, sizeof(text) + 1, "cipher %d mode %d opens what it sealed "
	       "in pieces, 0 to 200 bytes", cipher, mode);
	aead_fini(&seal);
	aead_fini(&open);
}

static void
test_hkdf(void)
{
	uint8_t key[22], salt[13], info[10], want[42], out[42];

	memset(key, 0x0b, sizeof(key));
	unhex("000102030405060708090a0b0c", salt);
	unhex("f0f1f2f3f4f5f6f7f8f9", info);
	unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	      "34007208d5b887185865", want);
	hkdf_sha256((struct str){(char *)key, 22}, (struct str){(char *)salt, 13},
		    (struct str){(char *)info, 10}, out, sizeof(out));
	ok(memcmp(out, want, 42) == 0, "HKDF, RFC 5869 test case 1");
	unhex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	      "9d201395faa4b61a96c8", want);
	hkdf_sha256((struct str){(char *)key, 22}, STR_NONE, STR_NONE, out,
		    sizeof(out));
	ok(memcmp(out, want, 42) == 0, "HKDF, RFC 5869 test case 3, no salt");
}

int
main(void)
{
	int cipher;

	test_vectors();
	for (cipher = 7; cipher <= 9; cipher++) {
		test_pieces(cipher, AEAD_OCB);
		test_pieces(cipher, AEAD_GCM);
	}
	test_hkdf();
	is_int(cipher_key_size(6) + cipher_key_size(10) + cipher_key_size(255) +
		   cipher_key_size(0),
	       0, "other ciphers are not known");
	is_int(aead_nonce_size(0) + aead_nonce_size(4) + aead_nonce_size(255), 0,
	       "other modes are not known");
	return done_testing();
}
