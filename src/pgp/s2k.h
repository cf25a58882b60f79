/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * String to key (RFC 9580, 3.7): how a password becomes a key.  We write
 * Argon2id (type 4) and read it, salted (1) and iterated salted (3).  Type 0,
 * a bare hash of the password, is refused: it protects nothing.
 */
#ifndef RAPPORT_PGP_S2K_H
#define RAPPORT_PGP_S2K_H

#include <rapport/base.h>

enum { S2K_SIMPLE = 0, S2K_SALTED = 1, S2K_ITERATED = 3, S2K_ARGON2 = 4 };

#define S2K_BYTES_MAX 20u /* of an encoded specifier */

struct s2k {
	uint8_t type;
	uint8_t hash;	  /* types 1 and 3: number of the hash */
	uint8_t salt[16]; /* 8 of them with types 1 and 3 */
	uint8_t count;	  /* type 3, encoded */
	uint8_t passes, lanes, memory; /* type 4; memory is log2 of KiB */
};

void s2k_write(struct wr *w, const struct s2k *s); /* type 4 */
/* Exactly the bytes of one specifier. ERR_DAMAGED for one that cannot be,
 * ERR_NOT_OURS for a type or hash that we do not take. */
enum err s2k_read(struct str bytes, struct s2k *out, struct fault *f) MUST_USE;
/* KiB, and KiB times passes, that s2k_key will cost. */
uint64_t s2k_memory(const struct s2k *s);
uint64_t s2k_work(const struct s2k *s);
/* n is at most 32. ERR_LIMIT where there is no memory. */
enum err s2k_key(const struct s2k *s, struct str password, uint8_t *key,
		 size_t n, struct fault *f) MUST_USE;

#endif
