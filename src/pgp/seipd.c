/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Keys, nonces and associated data of a message.  Whatever the head of the
 * packet says goes into the derivation, so a changed octet of it gives another
 * key and the first chunk does not open.
 */
#include "seipd.h"

#include <assert.h>

#include "packet.h"

#define TAG_OCTET(tag) (0xC0 | (tag))

size_t
seipd_chunk(const struct seipd *s)
{
	return (size_t)1 << (s->octet + 6);
}

void
seipd_init(struct seipd *s, struct str session_key, bool sealing)
{
	size_t key_size = cipher_key_size(s->cipher);
	size_t iv_size = aead_nonce_size(s->mode) - 8;
	uint8_t out[AEAD_KEY_MAX + AEAD_NONCE_MAX];
	struct wr w = wr_of(s->aad, SEIPD_AAD);

	assert(session_key.n == key_size && s->octet <= SEIPD_CHUNK_MAX);
	wr_u8(&w, TAG_OCTET(TAG_SEIPD));
	wr_u8(&w, SEIPD_V2);
	wr_u8(&w, s->cipher);
	wr_u8(&w, s->mode);
	wr_u8(&w, s->octet);
	hkdf_sha256(session_key, (struct str){(char *)s->salt, SEIPD_SALT},
		    wr_out(&w), out, key_size + iv_size);
	aead_init(&s->aead, s->cipher, s->mode, out, sealing);
	memcpy(s->nonce, out + key_size, iv_size);
	wipe(out, sizeof(out));
	s->chunks = s->bytes = 0;
}

void
seipd_fini(struct seipd *s)
{
	aead_fini(&s->aead);
	wipe(s, sizeof(*s));
}

void
seipd_number(struct seipd *s)
{
	struct wr w = wr_of(s->nonce + aead_nonce_size(s->mode) - 8, 8);

	wr_be64(&w, s->chunks);
}

struct str
seipd_chunk_aad(const struct seipd *s)
{
	return (struct str){(const char *)s->aad, SEIPD_AAD};
}

struct str
seipd_last_aad(struct seipd *s, uint64_t bytes)
{
	struct wr w = wr_of(s->aad + SEIPD_AAD, 8);

	wr_be64(&w, bytes);
	return (struct str){(const char *)s->aad, sizeof(s->aad)};
}

void
skesk_aad(int cipher, int mode, uint8_t out[4])
{
	out[0] = TAG_OCTET(TAG_SKESK);
	out[1] = SKESK_V6;
	out[2] = (uint8_t)cipher;
	out[3] = (uint8_t)mode;
}

void
skesk_key(int cipher, int mode, const uint8_t *from_password,
	  uint8_t key[AEAD_KEY_MAX])
{
	size_t n = cipher_key_size(cipher);
	uint8_t info[4];

	skesk_aad(cipher, mode, info);
	hkdf_sha256((struct str){(const char *)from_password, n}, STR_NONE,
		    (struct str){(char *)info, sizeof(info)}, key, n);
}
