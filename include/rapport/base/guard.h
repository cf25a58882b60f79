/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Random bytes, hashes, secrets and passwords.  Random comes from getrandom;
 * hashes, HMAC and constant-time comparison from libcrypto; password hashes
 * are Argon2id in PHC form (RFC 9106; 64 MiB, t=3, p=1), at most two at once
 * on a machine with a queue of 32 behind them.
 */
#ifndef RAPPORT_BASE_GUARD_H
#define RAPPORT_BASE_GUARD_H

#include <rapport/base/bytes.h>

void random_bytes(void *out, size_t n); /* aborts if there is no entropy */
uint64_t random_u64(void);

struct sha256 {
	uint8_t b[32];
};
struct sha256 sha256_of(struct str s);
struct sha256 hmac_sha256(struct str key, struct str s);
bool same_secret(struct str a, struct str b); /* constant time in content */
void wipe(void *p, size_t n); /* not removed by the optimiser */

uint32_t crc32_of(uint32_t start, struct str s); /* IEEE 802.3 */
uint64_t hash64(struct str s);                   /* XXH3, not for secrets */

/* Text forms. `out` holds 2n+1, and 4*((n+2)/3)+1 bytes. Return the length. */
size_t hex_encode(struct str s, char *out);
bool hex_decode(struct str s, uint8_t *out, size_t n); /* exactly n bytes */
size_t base64url_encode(struct str s, char *out);      /* no padding */
bool base64url_decode(struct str s, struct buf *out);
void base64_encode(struct buf *out, struct str s); /* padded, no line breaks */
bool base64_decode(struct str s, struct buf *out); /* white space skipped */

/* A new readable one-time password of 5 groups (about 125 bits), NUL after. */
void password_new(char out[32]);
/* Why a new password is refused, or NULL: length in characters (at least
 * `least`, at most 1,024 bytes), among the commonest. */
const char *password_refusal(struct str password, size_t least);
/* 0 (guessed at once) to 4 (years), for a meter. */
int password_strength(struct str password);
/* Hash into PHC form. Blocks in the machine-wide queue of `gate` (a directory
 * all workers of a store share). ERR_BUSY when the queue is full. */
enum err password_hash(struct str password, const char *gate, char out[128],
		       struct fault *f) MUST_USE;
/* ERR_AUTH when it does not match. `phc` NULL or empty: the same work is done
 * on a dummy and the answer is ERR_AUTH. `stale` (may be NULL): hash again. */
enum err password_check(struct str password, const char *phc, const char *gate,
			bool *stale, struct fault *f) MUST_USE;

#endif
