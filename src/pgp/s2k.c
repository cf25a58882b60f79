/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Password to key.  Argon2id goes to libargon2 with as many lanes as the file
 * says but at most four threads; where the system gives no threads, one lane
 * is worked after the other, with the same result.  The hashed kinds feed salt
 * and password to the hash again and again; a key longer than the hash takes
 * further hashes, each primed with one more zero byte.
 */
#include "s2k.h"

#include <assert.h>
#include <argon2.h>
#include <sys/mman.h>
#include <openssl/evp.h>

#define THREADS_MAX 4u
#define SALT_HASHED 8u
#define BLOCK_MIN 4096u /* bytes a call of the hash gets, about */

/* Hashes of RFC 9580, 9.5, that are taken. */
static const struct {
	uint8_t number;
	const char *name;
} hashes[] = {
    {2, "SHA1"},    {8, "SHA256"},    {9, "SHA384"},	{10, "SHA512"},
    {11, "SHA224"}, {12, "SHA3-256"}, {14, "SHA3-512"},
};

static const char *
hash_name(uint8_t number)
{
	size_t i;

	for (i = 0; i < COUNT(hashes); i++)
		if (hashes[i].number == number)
			return hashes[i].name;
	return NULL;
}

void
s2k_write(struct wr *w, const struct s2k *s)
{
	assert(s->type == S2K_ARGON2);
	wr_u8(w, s->type);
	wr_bytes(w, (struct str){(const char *)s->salt, sizeof(s->salt)});
	wr_u8(w, s->passes);
	wr_u8(w, s->lanes);
	wr_u8(w, s->memory);
}

/* RFC 9106: at least 8 KiB a lane, below 4 TiB. */
static bool
argon2_possible(const struct s2k *s)
{
	return s->passes > 0 && s->lanes > 0 && s->memory <= 31 &&
	       (UINT64_C(1) << s->memory) >= 8u * s->lanes;
}

enum err
s2k_read(struct str bytes, struct s2k *out, struct fault *f)
{
	static const uint8_t sizes[] = {[S2K_SIMPLE] = 2, [S2K_SALTED] = 10,
					[S2K_ITERATED] = 11, [S2K_ARGON2] = 20};
	struct rd r = rd_of(bytes);
	struct str salt;
	bool argon2;

	*out = (struct s2k){.type = rd_u8(&r)};
	if (out->type >= COUNT(sizes) || sizes[out->type] != bytes.n)
		return fail(f, ERR_DAMAGED, "", "The file is damaged: how its "
			    "key comes from the password cannot be read.");
	argon2 = out->type == S2K_ARGON2;
	if (!argon2)
		out->hash = rd_u8(&r);
	if (out->type == S2K_SIMPLE)
		return fail(f, ERR_NOT_OURS, "", "The file is locked with a "
			    "bare hash of the password, which protects "
			    "nothing; it is not opened.");
	salt = rd_bytes(&r, argon2 ? sizeof(out->salt) : SALT_HASHED);
	memcpy(out->salt, salt.p, salt.n);
	if (out->type == S2K_ITERATED)
		out->count = rd_u8(&r);
	if (argon2) {
		out->passes = rd_u8(&r);
		out->lanes = rd_u8(&r);
		out->memory = rd_u8(&r);
		if (!argon2_possible(out))
			return fail(f, ERR_DAMAGED, "", "The file is damaged: "
				    "its Argon2 settings are not possible.");
	} else if (hash_name(out->hash) == NULL) {
		return fail(f, ERR_NOT_OURS, "", "The password is hashed by "
			    "method %d, which is not known here.", out->hash);
	}
	assert(rd_done(&r));
	return OK;
}

uint64_t
s2k_memory(const struct s2k *s)
{
	return s->type == S2K_ARGON2 ? UINT64_C(1) << s->memory : 0;
}

uint64_t
s2k_work(const struct s2k *s)
{
	return s2k_memory(s) * s->passes;
}

/* Argon2 goes all over its memory: fewer, larger pages make it quicker. */
static int
blocks_get(uint8_t **out, size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*out = p == MAP_FAILED ? NULL : p;
	if (*out == NULL)
		return ARGON2_MEMORY_ALLOCATION_ERROR;
	madvise(p, n, MADV_HUGEPAGE); /* where there are none it says so */
	return ARGON2_OK;
}

static void
blocks_give(uint8_t *p, size_t n)
{
	munmap(p, n);
}

static enum err
argon2_key(const struct s2k *s, struct str password, uint8_t *key, size_t n,
	   struct fault *f)
{
	argon2_context c = {
	    .out = key, .outlen = (uint32_t)n,
	    .pwd = (uint8_t *)password.p, .pwdlen = (uint32_t)password.n,
	    .salt = (uint8_t *)s->salt, .saltlen = sizeof(s->salt),
	    .t_cost = s->passes, .m_cost = UINT32_C(1) << s->memory,
	    .lanes = s->lanes,
	    .threads = s->lanes < THREADS_MAX ? s->lanes : THREADS_MAX,
	    .allocate_cbk = blocks_get, .free_cbk = blocks_give,
	    .version = ARGON2_VERSION_13, .flags = ARGON2_DEFAULT_FLAGS,
	};
	int code = argon2id_ctx(&c);

	if (code == ARGON2_THREAD_FAIL) {
		c.threads = 1;
		code = argon2id_ctx(&c);
	}
	if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
		return fail(f, ERR_LIMIT, "", "There is not enough memory for "
			    "the %u MiB that the lock asks for.",
			    c.m_cost >> 10);
	if (code != ARGON2_OK)
		return fail(f, ERR_BUG, "", "Argon2: %s.",
			    argon2_error_message(code));
	return OK;
}

/* The hash of `primed` zeros and `total` bytes of salt and password over and
 * over; `block` holds them a whole number of times. */
static size_t
hash_repeated(const EVP_MD *md, size_t primed, struct str block,
	      uint64_t total, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;
	int good;

	good = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL);
	for (; good && primed > 0; primed--)
		good = EVP_DigestUpdate(ctx, "", 1);
	for (; good && total > block.n; total -= block.n)
		good = EVP_DigestUpdate(ctx, block.p, block.n);
	good = good && EVP_DigestUpdate(ctx, block.p, total) &&
	       EVP_DigestFinal_ex(ctx, out, &n);
	EVP_MD_CTX_free(ctx);
	assert(good);
	return n;
}

static void
hashed_key(const struct s2k *s, struct str password, uint8_t *key, size_t n)
{
	EVP_MD *md = EVP_MD_fetch(NULL, hash_name(s->hash), NULL);
	struct str salt = {(const char *)s->salt, SALT_HASHED};
	size_t once = SALT_HASHED + password.n, done, primed, got;
	uint64_t total = once, coded;
	uint8_t out[EVP_MAX_MD_SIZE];
	struct buf block;

	assert(md != NULL);
	if (s->type == S2K_ITERATED) {
		coded = (uint64_t)(16 + (s->count & 15)) << ((s->count >> 4) + 6);
		total = coded > once ? coded : once;
	}
	buf_init(&block);
	buf_room(&block, BLOCK_MIN + once); /* no copies left by growing */
	do {
		buf_put(&block, salt);
		buf_put(&block, password);
	} while (block.n < BLOCK_MIN);
	for (done = 0, primed = 0; done < n; done += got, primed++) {
		got = hash_repeated(md, primed, buf_str(&block), total, out);
		if (got > n - done)
			got = n - done;
		memcpy(key + done, out, got);
	}
	wipe(block.p, block.n);
	wipe(out, sizeof(out));
	buf_fini(&block);
	EVP_MD_free(md);
}

enum err
s2k_key(const struct s2k *s, struct str password, uint8_t *key, size_t n,
	struct fault *f)
{
	if (s->type == S2K_ARGON2)
		return argon2_key(s, password, key, n, f);
	hashed_key(s, password, key, n);
	return OK;
}
