/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Hashes by the vectors of their standards (FIPS 180-2, RFC 4231, the CRC
 * check value, the XXH3 reference), random bytes by what they must not be.
 */
#include "../../tap.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static void
is_hex(struct sha256 got, const char *want, const char *name)
{
	char hex[65];

	hex_encode((struct str){(char *)got.b, 32}, hex);
	is_str(str_of(hex), str_of(want), "%s", name);
}

/* Stores are full of it: short and long, aligned or not, as the library says.
 */
static void
test_hash_lengths(void)
{
	char bytes[2100];
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 167 + i / 251);
	for (size_t n = 0; n + 7 < sizeof(bytes); n++)
		wrong += hash64((struct str){bytes + n % 7, n}) !=
			 XXH3_64bits(bytes + n % 7, n);
	is_int(wrong, 0, "XXH3 of every length to 2,092");
}

static void
test_hashes(void)
{
	struct str million = {mem_new(1000000), 1000000};
	uint8_t key[131];

	is_hex(sha256_of(S("abc")),
	       "ba7816bf8f01cfea414140de5dae2223"
	       "b00361a396177a9cb410ff61f20015ad",
	       "SHA-256 of abc");
	is_hex(sha256_of(STR_NONE),
	       "e3b0c44298fc1c149afbf4c8996fb924"
	       "27ae41e4649b934ca495991b7852b855",
	       "of nothing");
	memset((char *)million.p, 'a', million.n);
	is_hex(sha256_of(million),
	       "cdc76e5c9914fb9281a1c7e284d73e67"
	       "f1809a48a497200e046d39ccc7112cd0",
	       "of a million a");
	free((char *)million.p);
	memset(key, 0x0b, 20);
	is_hex(hmac_sha256((struct str){(char *)key, 20}, S("Hi There")),
	       "b0344c61d8db38535ca8afceaf0bf12b"
	       "881dc200c9833da726e9376c2e32cff7",
	       "RFC 4231 case 1");
	is_hex(hmac_sha256(S("Jefe"), S("what do ya want for nothing?")),
	       "5bdcc146bf60754e6a042426089575c7"
	       "5a003f089d2739839dec58b964ec3843",
	       "case 2");
	memset(key, 0xaa, sizeof(key));
	is_hex(hmac_sha256((struct str){(char *)key, sizeof(key)},
			   S("Test Using Larger Than Block-Size Key - "
			     "Hash Key First")),
	       "60e431591ee0b67f0d8a26aacbf5b77f"
	       "8e0bc6213728c5140546040f0ee37f54",
	       "case 6");
	is_int(crc32_of(0, S("123456789")), 0xcbf43926, "CRC check value");
	is_int(crc32_of(crc32_of(0, S("1234")), S("56789")), 0xcbf43926,
	       "in two pieces");
	is_int(crc32_of(0, STR_NONE), 0, "of nothing");
	ok(hash64(STR_NONE) == UINT64_C(0x2d06800538d394c2), "XXH3 of nothing");
	ok(hash64(S("a")) != hash64(S("b")), "and of others");
	test_hash_lengths();
}

static void
test_secrets(void)
{
	char secret[] = "hunter2hunter2";

	ok(same_secret(S("abc"), S("abc")), "equal");
	ok(!same_secret(S("abc"), S("abd")), "not equal");
	ok(!same_secret(S("abc"), S("ab")), "shorter");
	ok(!same_secret(S("ab"), S("abc")), "longer");
	ok(same_secret(STR_NONE, S("")), "nothing is nothing");
	wipe(secret, sizeof(secret));
	ok(same_secret((struct str){secret, sizeof(secret)},
		       (struct str){"\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15}),
	   "wiped");
}

static void
test_random(void)
{
	uint8_t bytes[4096] = {0};
	uint64_t seen[1000], ones = 0;
	int same = 0;

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes) * 8; i++)
		ones += bytes[i / 8] >> (i % 8) & 1;
	/* 32,768 coins: 16,384 heads, six standard deviations are 543 */
	ok(ones > 16384 - 543 && ones < 16384 + 543, "half the bits are set");
	for (size_t i = 0; i < COUNT(seen); i++) {
		seen[i] = random_u64();
		for (size_t k = 0; k < i; k++)
			same += seen[k] == seen[i];
	}
	is_int(same, 0, "no number comes twice");
}

int
main(void)
{
	test_hashes();
	test_secrets();
	test_random();
	return done_testing();
}
