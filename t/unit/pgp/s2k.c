/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Password to key: the hashed kinds against libcrypto's hashes put together by
 * hand, the encoding, and what is refused.  Argon2id is judged by OpenPGP.js
 * in t/500-lock.t.
 */
#include "../../../src/pgp/s2k.h"

#include <openssl/evp.h>

#include "../../tap.h"

/* The first n bytes of hash(zeros || (salt || password) cut or repeated). */
static void
expect(const EVP_MD *md, size_t zeros, const char *unit, size_t total,
       uint8_t *out, size_t n)
{
	struct buf b;
	uint8_t hash[64];
	size_t i;

	buf_init(&b);
	for (i = 0; i < zeros; i++)
		buf_c(&b, '\0');
	for (i = 0; i < total; i++)
		buf_c(&b, unit[i % strlen(unit)]);
	EVP_Digest(b.p, b.n, hash, NULL, md, NULL);
	memcpy(out, hash, n);
	buf_fini(&b);
}

static bool
key_is(struct str encoded, const char *password, const uint8_t *want, size_t n)
{
	uint8_t key[32];
	struct s2k s;

	return s2k_read(encoded, &s, NULL) == OK &&
	       s2k_key(&s, str_of(password), key, n, NULL) == OK &&
	       memcmp(key, want, n) == 0;
}

static void
test_hashed(void)
{
	uint8_t want[32];

	expect(EVP_sha256(), 0, "saltsaltpassword", 16, want, 32);
	ok(key_is(S("\1\10saltsalt"), "password", want, 32),
	   "salted, SHA-256, a key as long as the hash");
	ok(!key_is(S("\1\10saltsalt"), "passwort", want, 32),
	   "another password gives another key");
	ok(!key_is(S("\1\10saltsalz"), "password", want, 32),
	   "another salt gives another key");
	expect(EVP_sha1(), 0, "saltsaltpassword", 16, want, 20);
	expect(EVP_sha1(), 1, "saltsaltpassword", 16, want + 20, 12);
	ok(key_is(S("\1\2saltsalt"), "password", want, 32),
	   "salted, SHA-1, a key longer than the hash");
	/* count octet 0: (16 + 0) << 6 = 1024; 1: (16 + 1) << 6 = 1088 */
	expect(EVP_sha512(), 0, "saltsaltpassword", 1024, want, 24);
	ok(key_is(S("\3\12saltsalt\0"), "password", want, 24),
	   "iterated 1,024 bytes, a whole number of times");
	expect(EVP_sha256(), 0, "saltsalthunter2", 1088, want, 16);
	ok(key_is(S("\3\10saltsalt\1"), "hunter2", want, 16),
	   "iterated 1,088 bytes, cut in the middle");
	/* 0x60: (16 + 0) << 12 = 65536, more than one block of ours */
	expect(EVP_sha3_256(), 0, "saltsalthunter2", 65536, want, 32);
	ok(key_is(S("\3\14saltsalt\x60"), "hunter2", want, 32),
	   "iterated 65,536 bytes, SHA3-256");
}

static void
test_long_password(void)
{
	char unit[8 + 1100 + 1] = "saltsalt";
	uint8_t want[32];

	memset(unit + 8, 'x', 1100);
	expect(EVP_sha256(), 0, unit, 1108, want, 32);
	ok(key_is(S("\3\10saltsalt\0"), unit + 8, want, 32),
	   "a password longer than the count is hashed whole, once");
}

static const struct {
	const char *about;
	struct str encoded;
	enum err want;
} encodings[] = {
    {"nothing", {"", 0}, ERR_DAMAGED},
    {"a bare hash is refused", {"\0\10", 2}, ERR_NOT_OURS},
    {"a bare hash with more", {"\0\10x", 3}, ERR_DAMAGED},
    {"type 2", {"\2\10saltsalt", 10}, ERR_DAMAGED},
    {"a salt too short", {"\1\10saltsal", 9}, ERR_DAMAGED},
    {"a hash that is not known", {"\1\144saltsalt", 10}, ERR_NOT_OURS},
    {"MD5", {"\3\1saltsalt\0", 11}, ERR_NOT_OURS},
    {"Argon2", {"\4sixteen bytes it\1\1\12", 20}, OK},
    {"Argon2, no passes", {"\4sixteen bytes it\0\1\12", 20}, ERR_DAMAGED},
    {"Argon2, no lanes", {"\4sixteen bytes it\1\0\12", 20}, ERR_DAMAGED},
    {"Argon2, 4 TiB", {"\4sixteen bytes it\1\1\40", 20}, ERR_DAMAGED},
    {"Argon2, 8 KiB for a lane", {"\4sixteen bytes it\1\2\4", 20}, OK},
    {"Argon2, less for a lane", {"\4sixteen bytes it\1\3\4", 20},
     ERR_DAMAGED},
    {"Argon2, too short", {"\4sixteen bytes it\1\3", 19}, ERR_DAMAGED},
    {"a private type", {"\145\0\0\0", 4}, ERR_DAMAGED},
};

static void
test_encoding(void)
{
	uint8_t out[S2K_BYTES_MAX];
	struct wr w = wr_of(out, sizeof(out));
	struct s2k s;
	size_t i;

	for (i = 0; i < COUNT(encodings); i++)
		is_int(s2k_read(encodings[i].encoded, &s, NULL),
		       encodings[i].want, "reading: %s", encodings[i].about);
	is_int(s2k_read(S("\4sixteen bytes it\3\4\20"), &s, NULL), OK,
	       "a usual one is read");
	is_int(s2k_memory(&s), 65536, "it takes 64 MiB");
	is_int(s2k_work(&s), 3 * 65536, "three times over");
	s2k_write(&w, &s);
	is_str(wr_out(&w), S("\4sixteen bytes it\3\4\20"),
	       "and written as it was");
}

int
main(void)
{
	test_hashed();
	test_long_password();
	test_encoding();
	return done_testing();
}
