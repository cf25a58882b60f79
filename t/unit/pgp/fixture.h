/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * For the tests of the lock: locking and unlocking in memory, cheap passwords,
 * and messages made by hand around any inner bytes.
 */
#ifndef PGP_FIXTURE_H
#define PGP_FIXTURE_H

#include <rapport/pgp.h>

#include "../../../src/pgp/packet.h"
#include "../../../src/pgp/s2k.h"
#include "../../../src/pgp/seipd.h"
#include "../../tap.h"

/* One small turn of Argon2, for speed. */
static inline struct lock_options
cheap_options(void)
{
	return (struct lock_options){.password = S("correct horse"),
				     .name = S("people.csv"),
				     .at = INT64_C(1700000000) * SECOND_US,
				     .passes = 1,
				     .lanes = 1,
				     .memory_kib = 1024};
}

static inline enum err
sink_buf(void *arg, struct str bytes)
{
	buf_put(arg, bytes);
	return OK;
}

/* Lock `plain` in pieces of `piece` bytes. */
static inline enum err
lock_all(const struct lock_options *o, struct str plain, size_t piece,
	 struct buf *out)
{
	struct lock *l;
	struct str part;
	enum err e;

	buf_reset(out);
	TRY(lock_new(&l, o, sink_buf, out, NULL));
	for (e = OK; e == OK && plain.n > 0;
	     plain = str_cut(plain, part.n, plain.n)) {
		part = str_cut(plain, 0, piece);
		e = lock_write(l, part);
	}
	if (e == OK)
		e = lock_finish(l);
	lock_free(l);
	return e;
}

struct memory_io {
	struct str in;
	size_t piece; /* most bytes a read gives */
	struct buf *out;
};

static inline enum err
memory_read(void *arg, void *p, size_t n, size_t *got)
{
	struct memory_io *io = arg;
	struct str s = str_cut(io->in, 0, n < io->piece ? n : io->piece);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	io->in = str_cut(io->in, s.n, io->in.n);
	*got = s.n;
	return OK;
}

static inline enum err
memory_write(void *arg, struct str bytes)
{
	struct memory_io *io = arg;

	buf_put(io->out, bytes);
	return OK;
}

static inline enum err
unlock_pieces(struct str locked, struct str password, size_t piece,
	      struct buf *out, struct unlock_info *info, struct fault *f)
{
	struct memory_io io = {locked, piece, out};
	struct unlock_limits limits = {.argon2_kib = 1 << 14};

	buf_reset(out);
	return unlock_stream(memory_read, memory_write, &io, &password, 1,
			     &limits, info, f);
}

static inline enum err
unlock_all(struct str locked, struct str password, struct buf *out,
	   struct unlock_info *info, struct fault *f)
{
	return unlock_pieces(locked, password, SIZE_MAX, out, info, f);
}

/* A packet of known length. */
static inline void
put_packet(struct buf *b, int tag, struct str body)
{
	buf_c(b, (char)(0xC0 | tag));
	buf_c(b, (char)0xFF);
	buf_be32(b, (uint32_t)body.n);
	buf_put(b, body);
}

static inline void
put_literal(struct buf *b, char kind, struct str name, struct str text)
{
	struct buf body;

	buf_init(&body);
	buf_c(&body, kind);
	buf_c(&body, (char)name.n);
	buf_put(&body, name);
	buf_be32(&body, 1700000000);
	buf_put(&body, text);
	put_packet(b, 11, buf_str(&body));
	buf_fini(&body);
}

/* How a message is made by hand. */
struct by_hand {
	int cipher, mode, octet;
	int key_cipher; /* of the key packet */
	struct str s2k; /* encoded; empty: salted with SHA-256 */
	bool no_last;	/* leave the last tag away */
};

#define HAND_SALT "saltsalt"
#define HAND_S2K "\1\10" HAND_SALT /* salted, SHA-256 */

/* The key packet of session key 1, 2, 3, ... under the password. */
static inline void
put_key(struct buf *b, const struct by_hand *h, struct str password)
{
	struct str encoded = h->s2k.n > 0 ? h->s2k : S(HAND_S2K);
	size_t n = cipher_key_size(h->cipher), i;
	size_t nonce_n = aead_nonce_size(h->mode);
	uint8_t key[32], session[32], nonce[16] = {7}, aad[4], sealed[80];
	struct aead a = {0};
	struct s2k s2k;
	struct buf body;

	for (i = 0; i < 32; i++)
		session[i] = (uint8_t)(i + 1);
	if (s2k_read(encoded, &s2k, NULL) != OK ||
	    s2k_key(&s2k, password, key, cipher_key_size(h->key_cipher),
		    NULL) != OK)
		abort();
	skesk_key(h->key_cipher, h->mode, key, key);
	skesk_aad(h->key_cipher, h->mode, aad);
	aead_init(&a, h->key_cipher, h->mode, key, true);
	aead_begin(&a, nonce, (struct str){(char *)aad, 4});
	n = aead_more(&a, (struct str){(char *)session, n}, sealed);
	n += aead_end(&a, sealed + n);
	aead_fini(&a);
	buf_init(&body);
	buf_c(&body, 6);
	buf_c(&body, (char)(3 + encoded.n + nonce_n));
	buf_c(&body, (char)h->key_cipher);
	buf_c(&body, (char)h->mode);
	buf_c(&body, (char)encoded.n);
	buf_put(&body, encoded);
	buf_bytes(&body, nonce, nonce_n);
	buf_bytes(&body, sealed, n);
	put_packet(b, 3, buf_str(&body));
	buf_fini(&body);
}

/* The data packet around `inner`, of known length. */
static inline void
put_data(struct buf *b, const struct by_hand *h, struct str inner)
{
	struct seipd s = {.cipher = (uint8_t)h->cipher,
			  .mode = (uint8_t)h->mode,
			  .octet = (uint8_t)h->octet,
			  .salt = {9}};
	uint8_t session[32];
	struct buf body;
	struct str part;
	uint8_t *p;
	size_t i, n;

	for (i = 0; i < 32; i++)
		session[i] = (uint8_t)(i + 1);
	seipd_init(&s, (struct str){(char *)session, cipher_key_size(h->cipher)},
		   true);
	buf_init(&body);
	buf_c(&body, 2);
	buf_c(&body, (char)s.cipher);
	buf_c(&body, (char)s.mode);
	buf_c(&body, (char)s.octet);
	buf_bytes(&body, s.salt, sizeof(s.salt));
	for (; inner.n > 0; inner = str_cut(inner, part.n, inner.n)) {
		part = str_cut(inner, 0, seipd_chunk(&s));
		seipd_number(&s);
		aead_begin(&s.aead, s.nonce, seipd_chunk_aad(&s));
		p = (uint8_t *)buf_room(&body, part.n + 64);
		n = aead_more(&s.aead, part, p);
		body.n += n + aead_end(&s.aead, p + n);
		s.chunks++;
		s.bytes += part.n;
	}
	seipd_number(&s);
	aead_begin(&s.aead, s.nonce, seipd_last_aad(&s, s.bytes));
	p = (uint8_t *)buf_room(&body, 64);
	n = aead_end(&s.aead, p);
	if (!h->no_last)
		body.n += n;
	put_packet(b, 18, buf_str(&body));
	buf_fini(&body);
	seipd_fini(&s);
}

static inline struct by_hand
by_hand(int mode)
{
	return (struct by_hand){.cipher = 9, .mode = mode, .octet = 0,
				.key_cipher = 9};
}

#endif
