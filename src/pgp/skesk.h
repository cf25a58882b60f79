/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Session keys under passwords (RFC 9580, 5.3).  A message may carry several
 * packets of them, for several passwords; the reader keeps up to
 * SKESK_KEPT and tries each password on each.  What may be spent on that,
 * memory and work, is bounded for the whole message.
 */
#ifndef RAPPORT_PGP_SKESK_H
#define RAPPORT_PGP_SKESK_H

#include <rapport/base.h>

#include "s2k.h"
#include "seipd.h"

#define SKESK_KEPT 16u
#define SKESK_BYTES_MAX 1024u /* of one packet's body */
#define S2K_MEMORY_KIB (UINT64_C(1) << 21)
#define S2K_WORK_TIMES 32u /* KiB times passes in all, by memory allowed */

struct skesk {
	uint8_t cipher, mode;
	struct s2k s2k;
	uint8_t nonce[AEAD_NONCE_MAX];
	uint8_t sealed[AEAD_KEY_MAX + AEAD_TAG]; /* the session key */
	size_t sealed_n;
};

/* The body of a version 6 packet. ERR_DAMAGED, or ERR_NOT_OURS as s2k_read. */
enum err skesk_read(struct str body, struct skesk *out, struct fault *f)
    MUST_USE;
/* Are there more bytes than any packet that starts like this can have? */
bool skesk_overlong(struct str body);

struct session_key {
	uint8_t b[AEAD_KEY_MAX];
	size_t n;
};

/* The first that opens. ERR_PASSWORD if none does; ERR_LIMIT if one that was
 * not tried costs more than is allowed and none of the others opens. */
enum err skesk_try(const struct skesk *all, size_t n,
		   const struct str *passwords, size_t passwords_n,
		   uint64_t memory_kib, struct session_key *out,
		   struct fault *f) MUST_USE;

#endif
