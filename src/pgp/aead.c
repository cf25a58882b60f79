/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * AEAD over libcrypto.  A call into libcrypto with arguments that we chose can
 * fail only for want of memory or by our own bug, so `must` ends the process
 * as a small allocation would; the one answer that depends on input, whether
 * a tag is good, is a bool.
 *
 * EAX (Bellare, Rogaway, Wagner): with OMAC_t(m) = CMAC(key, [t] || m) and [t]
 * a block of zeros that ends in t,
 *   N = OMAC_0(nonce)  H = OMAC_1(aad)  C = OMAC_2(text), tag = N ^ H ^ C
 * and the text is in counter mode starting at N.
 */
#include "aead.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define BLOCK 16u

static void
must(int good, const char *what)
{
	if (good > 0)
		return;
	log_line(LOG_ERROR, "pgp", "libcrypto failed: %s", what);
	abort();
}

size_t
cipher_key_size(int cipher)
{
	static const uint8_t sizes[] = {[CIPHER_AES128] = 16,
					[CIPHER_AES192] = 24,
					[CIPHER_AES256] = 32};

	return cipher >= 0 && (size_t)cipher < COUNT(sizes) ? sizes[cipher] : 0;
}

size_t
aead_nonce_size(int mode)
{
	static const uint8_t sizes[] = {
	    [AEAD_EAX] = 16, [AEAD_OCB] = 15, [AEAD_GCM] = 12};

	return mode >= 0 && (size_t)mode < COUNT(sizes) ? sizes[mode] : 0;
}

static EVP_MAC_CTX *
cmac_new(size_t key_size, const uint8_t *key)
{
	OSSL_PARAM params[2];
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	char name[16];

	must(ctx != NULL, "CMAC");
	snprintf(name, sizeof(name), "AES-%zu-CBC", key_size * 8);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
						     name, 0);
	params[1] = OSSL_PARAM_construct_end();
	must(EVP_MAC_init(ctx, key, key_size, params), "CMAC key");
	EVP_MAC_free(mac);
	return ctx;
}

void
aead_init(struct aead *a, int cipher, int mode, const uint8_t *key,
	  bool sealing)
{
	static const char *const modes[] = {
	    [AEAD_EAX] = "CTR", [AEAD_OCB] = "OCB", [AEAD_GCM] = "GCM"};
	size_t key_size = cipher_key_size(cipher);
	EVP_CIPHER *c;
	char name[16];

	assert(key_size > 0 && aead_nonce_size(mode) > 0);
	assert(mode != AEAD_EAX || !sealing);
	snprintf(name, sizeof(name), "AES-%zu-%s", key_size * 8, modes[mode]);
	a->mode = mode;
	a->mac = mode == AEAD_EAX ? cmac_new(key_size, key) : NULL;
	a->ctx = EVP_CIPHER_CTX_new();
	c = EVP_CIPHER_fetch(NULL, name, NULL);
	must(a->ctx != NULL && c != NULL, name);
	must(EVP_CipherInit_ex(a->ctx, c, NULL, NULL, NULL, sealing), name);
	if (mode != AEAD_EAX)
		must(EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_IVLEN,
					 (int)aead_nonce_size(mode), NULL),
		     "nonce size");
	must(EVP_CipherInit_ex(a->ctx, NULL, NULL, key, NULL, sealing), "key");
	EVP_CIPHER_free(c);
}

void
aead_fini(struct aead *a)
{
	EVP_CIPHER_CTX_free(a->ctx);
	EVP_MAC_CTX_free(a->mac);
	*a = (struct aead){0};
}

static void
omac(struct aead *a, uint8_t t, struct str s, uint8_t out[BLOCK])
{
	uint8_t head[BLOCK] = {[BLOCK - 1] = t};
	size_t n;

	must(EVP_MAC_init(a->mac, NULL, 0, NULL), "CMAC start");
	must(EVP_MAC_update(a->mac, head, sizeof(head)), "CMAC");
	if (s.n > 0)
		must(EVP_MAC_update(a->mac, (const uint8_t *)s.p, s.n), "CMAC");
	must(EVP_MAC_final(a->mac, out, &n, BLOCK), "CMAC end");
}

static bool
eax_open(struct aead *a, const uint8_t *nonce, struct str aad, struct str text,
	 const uint8_t *tag, uint8_t *out)
{
	uint8_t n[BLOCK], h[BLOCK], c[BLOCK];
	size_t i;
	int got;

	omac(a, 0, (struct str){(const char *)nonce, BLOCK}, n);
	omac(a, 1, aad, h);
	omac(a, 2, text, c);
	for (i = 0; i < BLOCK; i++)
		c[i] ^= n[i] ^ h[i];
	if (CRYPTO_memcmp(c, tag, AEAD_TAG) != 0)
		return false;
	must(EVP_DecryptInit_ex(a->ctx, NULL, NULL, NULL, n), "counter");
	if (text.n > 0)
		must(EVP_DecryptUpdate(a->ctx, out, &got,
				       (const uint8_t *)text.p, (int)text.n),
		     "counter mode");
	return true;
}

bool
aead_open(struct aead *a, const uint8_t *nonce, struct str aad, struct str in,
	  uint8_t *out)
{
	struct str text = str_cut(in, 0, in.n - AEAD_TAG);
	uint8_t tag[AEAD_TAG], none[BLOCK];
	int got = 0, rest;

	assert(in.n >= AEAD_TAG && in.n < INT32_MAX);
	memcpy(tag, in.p + text.n, sizeof(tag));
	if (a->mode == AEAD_EAX)
		return eax_open(a, nonce, aad, text, tag, out);
	must(EVP_DecryptInit_ex(a->ctx, NULL, NULL, NULL, nonce), "nonce");
	must(EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, tag),
	     "tag");
	must(EVP_DecryptUpdate(a->ctx, NULL, &rest, (const uint8_t *)aad.p,
			       (int)aad.n),
	     "associated data");
	if (text.n == 0)
		return EVP_DecryptFinal_ex(a->ctx, none, &rest) > 0;
	must(EVP_DecryptUpdate(a->ctx, out, &got, (const uint8_t *)text.p,
			       (int)text.n),
	     "opening");
	return EVP_DecryptFinal_ex(a->ctx, out + got, &rest) > 0;
}

void
aead_begin(struct aead *a, const uint8_t *nonce, struct str aad)
{
	int n;

	must(EVP_EncryptInit_ex(a->ctx, NULL, NULL, NULL, nonce), "nonce");
	must(EVP_EncryptUpdate(a->ctx, NULL, &n, (const uint8_t *)aad.p,
			       (int)aad.n),
	     "associated data");
}

size_t
aead_more(struct aead *a, struct str in, uint8_t *out)
{
	int n = 0;

	assert(in.n > 0 && in.n < INT32_MAX);
	must(EVP_EncryptUpdate(a->ctx, out, &n, (const uint8_t *)in.p,
			       (int)in.n),
	     "sealing");
	return (size_t)n;
}

size_t
aead_end(struct aead *a, uint8_t *out)
{
	int n = 0;

	must(EVP_EncryptFinal_ex(a->ctx, out, &n), "sealing");
	must(EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG,
				 out + n),
	     "tag");
	return (size_t)n + AEAD_TAG;
}

void
hkdf_sha256(struct str key, struct str salt, struct str info, uint8_t *out,
	    size_t n)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	char hash[] = "SHA256";
	OSSL_PARAM params[5], *p = params;

	must(ctx != NULL, "HKDF");
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
						 (void *)key.p, key.n);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
						 (void *)info.p, info.n);
	if (salt.n > 0)
		*p++ = OSSL_PARAM_construct_octet_string(
		    OSSL_KDF_PARAM_SALT, (void *)salt.p, salt.n);
	*p = OSSL_PARAM_construct_end();
	must(EVP_KDF_derive(ctx, out, n, params), "HKDF");
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}
