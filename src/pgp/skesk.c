/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Session keys: read the packets, then try passwords.  A packet whose fields
 * cannot be is called damaged; one that merely does not open looks like a
 * wrong password, because nothing tells the two apart.
 */
#include "skesk.h"

#define FIELDS_MIN 3u /* cipher, mode, size of the specifier */

enum err
skesk_read(struct str body, struct skesk *out, struct fault *f)
{
	struct rd r = rd_of(body);
	size_t fields, specifier, nonce_n;
	struct str s2k, nonce, sealed;

	*out = (struct skesk){0};
	rd_u8(&r); /* version */
	fields = rd_u8(&r);
	out->cipher = rd_u8(&r);
	out->mode = rd_u8(&r);
	specifier = rd_u8(&r);
	nonce_n = aead_nonce_size(out->mode);
	s2k = rd_bytes(&r, specifier);
	nonce = rd_bytes(&r, nonce_n);
	sealed = rd_bytes(&r, rd_left(&r));
	if (r.bad || nonce_n == 0 || fields != FIELDS_MIN + specifier + nonce_n ||
	    (sealed.n != 16 + AEAD_TAG && sealed.n != 24 + AEAD_TAG &&
	     sealed.n != 32 + AEAD_TAG))
		return ERR_DAMAGED;
	memcpy(out->nonce, nonce.p, nonce.n);
	memcpy(out->sealed, sealed.p, sealed.n);
	out->sealed_n = sealed.n;
	return s2k_read(s2k, &out->s2k, f);
}

bool
skesk_overlong(struct str body)
{
	return body.n >= 2 &&
	       body.n > 2u + (uint8_t)body.p[1] + AEAD_KEY_MAX + AEAD_TAG;
}

static enum err
skesk_open(const struct skesk *k, struct str password, struct session_key *out,
	   struct fault *f)
{
	uint8_t key[AEAD_KEY_MAX], aad[4];
	size_t n = cipher_key_size(k->cipher);
	struct aead aead = {0};
	enum err e;
	bool good;

	e = s2k_key(&k->s2k, password, key, n, f);
	if (e == OK) {
		skesk_key(k->cipher, k->mode, key, key);
		skesk_aad(k->cipher, k->mode, aad);
		aead_init(&aead, k->cipher, k->mode, key, false);
		good = aead_open(&aead, k->nonce,
				 (struct str){(char *)aad, sizeof(aad)},
				 (struct str){(char *)k->sealed, k->sealed_n},
				 out->b);
		aead_fini(&aead);
		out->n = k->sealed_n - AEAD_TAG;
		e = good ? OK : ERR_PASSWORD;
	}
	wipe(key, sizeof(key));
	return e;
}

enum err
skesk_try(const struct skesk *all, size_t n, const struct str *passwords,
	  size_t passwords_n, uint64_t memory_kib, struct session_key *out,
	  struct fault *f)
{
	uint64_t allowed = memory_kib ? memory_kib : S2K_MEMORY_KIB;
	uint64_t work = allowed * S2K_WORK_TIMES, need;
	struct fault why = {0};
	enum err e;
	size_t i;

	for (i = 0; i < n * passwords_n; i++) {
		const struct skesk *k = &all[i % n];

		if (cipher_key_size(k->cipher) == 0)
			continue;
		need = s2k_work(&k->s2k);
		if (s2k_memory(&k->s2k) > allowed || need > work) {
			fail(&why, ERR_LIMIT, "", "To try the password "
				      "would take %llu MiB of memory %u times "
				      "over, which is more than is allowed.",
				      (unsigned long long)s2k_memory(&k->s2k) /
					  1024,
				      k->s2k.passes);
			continue;
		}
		work -= need;
		e = skesk_open(k, passwords[i / n], out, f);
		if (e != ERR_PASSWORD)
			return e;
	}
	return why.code == OK ? ERR_PASSWORD
			      : fail(f, why.code, "", "%s", why.text);
}
