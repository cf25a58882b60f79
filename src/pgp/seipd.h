/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The keys of a message and its chunks (RFC 9580, 5.3.2 and 5.13.2).
 *
 *   session key --HKDF(salt; tag, version, cipher, mode, chunk)--> key, iv
 *   chunk i:   nonce iv || i (8 octets), aad those 5 octets
 *   last tag:  nonce iv || count of chunks, aad those 5 || bytes in all (8)
 *
 * The last tag is what makes a cut visible; reader and writer share this so
 * that they cannot differ.
 */
#ifndef RAPPORT_PGP_SEIPD_H
#define RAPPORT_PGP_SEIPD_H

#include "aead.h"

#define SEIPD_SALT 32u
#define SEIPD_HEAD (4u + SEIPD_SALT) /* version, cipher, mode, chunk, salt */
#define SEIPD_AAD 5u
#define SEIPD_CHUNK_MAX 16 /* octet of 4 MiB */

struct seipd {
	uint8_t cipher, mode, octet;
	uint8_t salt[SEIPD_SALT];
	/* from seipd_init on */
	struct aead aead;
	uint8_t aad[SEIPD_AAD + 8];
	uint8_t nonce[AEAD_NONCE_MAX];
	uint64_t chunks, bytes; /* good, or sealed, until now */
};

/* Bytes of a whole chunk. */
size_t seipd_chunk(const struct seipd *s);
/* From the first four fields and the session key. */
void seipd_init(struct seipd *s, struct str session_key, bool sealing);
void seipd_fini(struct seipd *s); /* zeroed is fine */
/* Set the nonce for chunk number `chunks`, or for the last tag. */
void seipd_number(struct seipd *s);
struct str seipd_chunk_aad(const struct seipd *s);
/* With `bytes` as the count of bytes in all. */
struct str seipd_last_aad(struct seipd *s, uint64_t bytes);

/* The key that opens the session key: HKDF of what the password gave. */
void skesk_key(int cipher, int mode, const uint8_t *from_password,
	       uint8_t key[AEAD_KEY_MAX]);
/* The associated data of the session key. */
void skesk_aad(int cipher, int mode, uint8_t out[4]);

#endif
