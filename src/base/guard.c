/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Random bytes, hashes and secrets: thin covers over getrandom and libcrypto,
 * so that no other room includes either, and so that "random", "equal" and
 * "wiped" each have one meaning.  None of them can fail as seen from outside:
 * a machine without entropy or a libcrypto without SHA-256 ends the process.
 *
 * crc32_of is for finding damage, never for secrets.
 */
#include <rapport/base.h>

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/random.h>

void
random_bytes(void *out, size_t n)
{
	uint8_t *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n < 256 ? n : 256, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			log_line(LOG_ERROR, "base", "no random bytes: %s",
				 strerror(errno));
			abort();
		}
		p += got;
		n -= (size_t)got;
	}
}

uint64_t
random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

struct sha256
sha256_of(struct str s)
{
	struct sha256 out;

	SHA256((const uint8_t *)(s.p == NULL ? "" : s.p), s.n, out.b);
	return out;
}

struct sha256
hmac_sha256(struct str key, struct str s)
{
	struct sha256 out;
	unsigned n = sizeof(out.b);

	assert(key.n <= INT32_MAX);
	if (HMAC(EVP_sha256(), key.p == NULL ? "" : key.p, (int)key.n,
		 (const uint8_t *)(s.p == NULL ? "" : s.p), s.n, out.b,
		 &n) == NULL ||
	    n != sizeof(out.b))
		abort();
	return out;
}

bool
same_secret(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void
wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

/* Sixteen entries, half a byte a step: small, and fast enough for records of
 * some hundred bytes. */
uint32_t
crc32_of(uint32_t start, struct str s)
{
	static const uint32_t half[16] = {
	    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
	    0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
	    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	uint32_t c = ~start;

	for (size_t i = 0; i < s.n; i++) {
		c ^= (uint8_t)s.p[i];
		c = (c >> 4) ^ half[c & 15];
		c = (c >> 4) ^ half[c & 15];
	}
	return ~c;
}
