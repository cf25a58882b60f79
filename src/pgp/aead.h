/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Ciphers that also authenticate, by the numbers of RFC 9580: AES-128, 192 and
 * 256 (7, 8, 9) in EAX, OCB and GCM (1, 2, 3), tags of 16 bytes.  A context is
 * keyed once and takes a new nonce for each chunk, because keying costs more
 * than a small chunk does.  libcrypto has GCM and OCB; EAX is made here of its
 * CMAC and its counter mode, for reading only.
 */
#ifndef RAPPORT_PGP_AEAD_H
#define RAPPORT_PGP_AEAD_H

#include <rapport/base.h>
#include <openssl/evp.h>

enum { CIPHER_AES128 = 7, CIPHER_AES192 = 8, CIPHER_AES256 = 9 };
enum { AEAD_EAX = 1, AEAD_OCB = 2, AEAD_GCM = 3 };

#define AEAD_TAG 16u
#define AEAD_NONCE_MAX 16u
#define AEAD_KEY_MAX 32u
#define AEAD_SLACK 32u /* most that aead_more and aead_end add to their input */

/* Bytes; 0 for a number that is not one of the above. */
size_t cipher_key_size(int cipher);
size_t aead_nonce_size(int mode);

struct aead {
	int mode;
	EVP_CIPHER_CTX *ctx;
	EVP_MAC_CTX *mac; /* EAX only */
};

/* cipher and mode must be known ones; key has cipher_key_size bytes. */
void aead_init(struct aead *a, int cipher, int mode, const uint8_t *key,
	       bool sealing);
void aead_fini(struct aead *a); /* wipes the keys; zeroed is fine */

/* Open `in` (a text and its tag) into `out` (in.n - AEAD_TAG bytes, not
 * overlapping). False, and nothing usable in `out`, if the tag is not good. */
bool aead_open(struct aead *a, const uint8_t *nonce, struct str aad,
	       struct str in, uint8_t *out) MUST_USE;

/* Seal in pieces (OCB and GCM): begin, more..., end. more and end return how
 * many bytes they wrote, at most AEAD_SLACK more than they took; what more
 * keeps back comes with a later call; end adds the tag. */
void aead_begin(struct aead *a, const uint8_t *nonce, struct str aad);
size_t aead_more(struct aead *a, struct str in, uint8_t *out);
size_t aead_end(struct aead *a, uint8_t *out);

/* HKDF with SHA-256 (RFC 5869). No salt: STR_NONE. */
void hkdf_sha256(struct str key, struct str salt, struct str info,
		 uint8_t *out, size_t n);

#endif
