/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The writer.  Bytes pass through a row of stages, each handing on to the one
 * below by plain calls:
 *
 *   lock_write -> literal frame [-> deflate -> compressed frame]
 *              -> seal_put: chunks, each with its tag -> outer frame -> sink
 *
 * Big slices go from the caller's memory straight through the cipher into the
 * outer frame, so a byte is touched once; the cipher is keyed once and takes a
 * new nonce a chunk.  All memory is had at the start and is the same for a
 * byte or a terabyte.
 */
#include <rapport/pgp.h>

#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

#include "packet.h"
#include "s2k.h"
#include "seipd.h"

#define PASSES 3u
#define LANES 4u
#define MEMORY_KIB (1u << 16)
#define MEMORY_KIB_MIN (1u << 10)
#define MEMORY_KIB_MAX (1u << 21)
#define CHUNK (1u << 18)
#define CHUNK_MIN (1u << 16)
#define CHUNK_MAX (1u << 20)
#define DEFLATE_OUT FRAME_PART

struct lock {
	enum err err; /* sticky */
	bool finished;
	lock_sink sink;
	void *arg;
	uint64_t sunk;
	struct seipd seal;
	size_t filled; /* of the open chunk */
	struct frame outer, literal, packed;
	bool compress;
	z_stream z;
	uint8_t *deflated;
};

static enum err
lock_sunk(void *arg, struct str bytes)
{
	struct lock *l = arg;

	TRY(l->sink(l->arg, bytes));
	l->sunk += bytes.n;
	return OK;
}

/* Sealing ----------------------------------------------------------------- */

static enum err
chunk_end(struct lock *l)
{
	size_t room;
	uint8_t *p;

	TRY(frame_room(&l->outer, &p, &room));
	frame_made(&l->outer, aead_end(&l->seal.aead, p));
	l->seal.chunks++;
	l->filled = 0;
	return OK;
}

static enum err
seal_put(void *arg, struct str bytes)
{
	struct lock *l = arg;
	size_t chunk = seipd_chunk(&l->seal), n, room;
	uint8_t *p;

	while (bytes.n > 0) {
		if (l->filled == 0) {
			seipd_number(&l->seal);
			aead_begin(&l->seal.aead, l->seal.nonce,
				   seipd_chunk_aad(&l->seal));
		}
		TRY(frame_room(&l->outer, &p, &room));
		n = bytes.n < room ? bytes.n : room;
		if (n > chunk - l->filled)
			n = chunk - l->filled;
		frame_made(&l->outer, aead_more(&l->seal.aead,
						str_cut(bytes, 0, n), p));
		bytes = str_cut(bytes, n, bytes.n);
		l->filled += n;
		l->seal.bytes += n;
		if (l->filled == chunk)
			TRY(chunk_end(l));
	}
	return OK;
}

static enum err
seal_end(struct lock *l)
{
	size_t room;
	uint8_t *p;

	if (l->filled > 0)
		TRY(chunk_end(l));
	TRY(frame_room(&l->outer, &p, &room));
	seipd_number(&l->seal);
	aead_begin(&l->seal.aead, l->seal.nonce,
		   seipd_last_aad(&l->seal, l->seal.bytes));
	frame_made(&l->outer, aead_end(&l->seal.aead, p));
	return frame_end(&l->outer);
}

/* Compressing ------------------------------------------------------------- */

static enum err
deflate_run(struct lock *l, int flush)
{
	int code;

	do {
		l->z.next_out = l->deflated;
		l->z.avail_out = DEFLATE_OUT;
		code = deflate(&l->z, flush);
		assert(code != Z_STREAM_ERROR);
		TRY(frame_put(&l->packed,
			      (struct str){(char *)l->deflated,
					   DEFLATE_OUT - l->z.avail_out}));
	} while (l->z.avail_out == 0);
	return OK;
}

static enum err
deflate_put(void *arg, struct str bytes)
{
	struct lock *l = arg;

	assert(bytes.n <= UINT32_MAX);
	l->z.next_in = (Bytef *)bytes.p;
	l->z.avail_in = (uInt)bytes.n;
	return deflate_run(l, Z_NO_FLUSH);
}

static enum err
deflate_end_all(struct lock *l)
{
	TRY(deflate_run(l, Z_FINISH));
	return frame_end(&l->packed);
}

/* The head ---------------------------------------------------------------- */

static bool
power_between(uint32_t n, uint32_t least, uint32_t most)
{
	return n >= least && n <= most && (n & (n - 1)) == 0;
}

static uint8_t
log2_of(uint32_t n)
{
	return (uint8_t)(31 - __builtin_clz(n));
}

static enum err
options_check(const struct lock_options *o, struct fault *f)
{
	if (o->password.n == 0 || o->password.n > LOCK_PASSWORD_MAX)
		return fail(f, ERR_INVALID, "password", "The password must "
			    "have 1 to %u bytes.", LOCK_PASSWORD_MAX);
	if (o->name.n > LOCK_NAME_MAX ||
	    (o->name.n > 0 && (memchr(o->name.p, '/', o->name.n) != NULL ||
			       memchr(o->name.p, 0, o->name.n) != NULL)))
		return fail(f, ERR_INVALID, "name", "The name in the lock is "
			    "a file name of at most %u bytes.", LOCK_NAME_MAX);
	if (o->aead != LOCK_GCM && o->aead != LOCK_OCB)
		return fail(f, ERR_INVALID, "aead", "gcm or ocb.");
	if (!power_between(o->chunk, CHUNK_MIN, CHUNK_MAX))
		return fail(f, ERR_INVALID, "chunk", "A chunk is a power of "
			    "two from 64 KiB to 1 MiB.");
	if (o->passes > 255 || o->lanes > 255 ||
	    !power_between(o->memory_kib, MEMORY_KIB_MIN, MEMORY_KIB_MAX) ||
	    o->memory_kib < 8 * o->lanes)
		return fail(f, ERR_INVALID, "argon2", "Argon2 takes 1 to 255 "
			    "passes and lanes, and memory that is a power of "
			    "two from 1 MiB to 2 GiB.");
	return OK;
}

static struct lock_options
options_filled(const struct lock_options *o)
{
	struct lock_options all = *o;

	all.aead = all.aead ? all.aead : LOCK_GCM;
	all.chunk = all.chunk ? all.chunk : CHUNK;
	all.passes = all.passes ? all.passes : PASSES;
	all.lanes = all.lanes ? all.lanes : LANES;
	all.memory_kib = all.memory_kib ? all.memory_kib : MEMORY_KIB;
	return all;
}

/* The session key under the password, into the sink. */
static enum err
skesk_put(struct lock *l, const struct lock_options *o,
	  const uint8_t session[AEAD_KEY_MAX], struct fault *f)
{
	struct s2k s2k = {.type = S2K_ARGON2, .passes = (uint8_t)o->passes,
			  .lanes = (uint8_t)o->lanes,
			  .memory = log2_of(o->memory_kib)};
	uint8_t key[AEAD_KEY_MAX], nonce[AEAD_NONCE_MAX], aad[4], out[160];
	size_t nonce_size = aead_nonce_size((int)o->aead), n;
	uint8_t sealed[AEAD_KEY_MAX + AEAD_SLACK];
	struct aead aead = {0};
	struct wr w = wr_of(out, sizeof(out));

	random_bytes(s2k.salt, sizeof(s2k.salt));
	random_bytes(nonce, nonce_size);
	TRY(s2k_key(&s2k, o->password, key, sizeof(key), f));
	skesk_key(CIPHER_AES256, (int)o->aead, key, key);
	skesk_aad(CIPHER_AES256, (int)o->aead, aad);
	aead_init(&aead, CIPHER_AES256, (int)o->aead, key, true);
	wipe(key, sizeof(key));
	aead_begin(&aead, nonce, (struct str){(char *)aad, sizeof(aad)});
	n = aead_more(&aead, (struct str){(const char *)session, AEAD_KEY_MAX},
		      sealed);
	n += aead_end(&aead, sealed + n);
	aead_fini(&aead);

	wr_u8(&w, aad[0]);
	length_write(&w, (uint32_t)(5 + S2K_BYTES_MAX + nonce_size + n));
	wr_u8(&w, SKESK_V6);
	wr_u8(&w, (uint8_t)(3 + S2K_BYTES_MAX + nonce_size));
	wr_u8(&w, CIPHER_AES256);
	wr_u8(&w, (uint8_t)o->aead);
	wr_u8(&w, S2K_BYTES_MAX);
	s2k_write(&w, &s2k);
	wr_bytes(&w, (struct str){(char *)nonce, nonce_size});
	wr_bytes(&w, (struct str){(char *)sealed, n});
	assert(!w.bad);
	return lock_sunk(l, wr_out(&w));
}

static enum err
seipd_put(struct lock *l)
{
	uint8_t head[SEIPD_HEAD];
	struct wr w = wr_of(head, sizeof(head));

	wr_u8(&w, SEIPD_V2);
	wr_u8(&w, l->seal.cipher);
	wr_u8(&w, l->seal.mode);
	wr_u8(&w, l->seal.octet);
	wr_bytes(&w, (struct str){(char *)l->seal.salt, SEIPD_SALT});
	return frame_put(&l->outer, wr_out(&w));
}

static enum err
literal_put(struct lock *l, const struct lock_options *o)
{
	uint8_t head[6 + LOCK_NAME_MAX];
	struct wr w = wr_of(head, sizeof(head));
	int64_t seconds = o->at / SECOND_US;

	if (seconds < 0 || seconds > UINT32_MAX)
		seconds = 0;
	wr_u8(&w, 'b');
	wr_u8(&w, (uint8_t)o->name.n);
	wr_bytes(&w, o->name);
	wr_be32(&w, (uint32_t)seconds);
	return frame_put(&l->literal, wr_out(&w));
}

static enum err
lock_begin(struct lock *l, const struct lock_options *o, struct fault *f)
{
	uint8_t session[AEAD_KEY_MAX];
	enum err e;

	random_bytes(session, sizeof(session));
	e = skesk_put(l, o, session, f);
	if (e == OK)
		seipd_init(&l->seal,
			   (struct str){(char *)session, sizeof(session)},
			   true);
	wipe(session, sizeof(session));
	TRY(e);
	TRY(seipd_put(l));
	if (l->compress)
		TRY(frame_put(&l->packed,
			      (struct str){&(const char){PACK_ZLIB}, 1}));
	return literal_put(l, o);
}

/* The door ---------------------------------------------------------------- */

enum err
lock_new(struct lock **out, const struct lock_options *o, lock_sink sink,
	 void *arg, struct fault *f)
{
	struct lock_options all = options_filled(o);
	struct lock *l;
	int code = Z_OK;

	*out = NULL;
	TRY(options_check(&all, f));
	l = mem_new(sizeof(*l));
	l->sink = sink;
	l->arg = arg;
	l->compress = all.compress;
	l->seal.cipher = CIPHER_AES256;
	l->seal.mode = (uint8_t)all.aead;
	l->seal.octet = log2_of(all.chunk) - 6;
	random_bytes(l->seal.salt, sizeof(l->seal.salt));
	frame_init(&l->outer, TAG_SEIPD, lock_sunk, l);
	frame_init(&l->literal, TAG_LITERAL,
		   l->compress ? deflate_put : seal_put, l);
	if (l->compress) {
		frame_init(&l->packed, TAG_COMPRESSED, seal_put, l);
		l->deflated = mem_new(DEFLATE_OUT);
		code = deflateInit(&l->z, Z_BEST_SPEED);
	}
	l->err = code == Z_OK ? lock_begin(l, &all, f)
			      : fail(f, ERR_LIMIT, "", "No memory for zlib.");
	if (l->err != OK) {
		enum err e = fail(f, l->err, "", "%s", err_sentence(l->err));

		lock_free(l);
		return e;
	}
	*out = l;
	return OK;
}

enum err
lock_write(struct lock *l, struct str bytes)
{
	assert(!l->finished);
	if (l->err == OK)
		l->err = frame_put(&l->literal, bytes);
	return l->err;
}

static enum err
lock_end(struct lock *l)
{
	TRY(frame_end(&l->literal));
	if (l->compress)
		TRY(deflate_end_all(l));
	return seal_end(l);
}

enum err
lock_finish(struct lock *l)
{
	assert(!l->finished);
	if (l->err == OK)
		l->err = lock_end(l);
	l->finished = true;
	return l->err;
}

uint64_t
lock_bytes(const struct lock *l)
{
	return l->sunk;
}

void
lock_free(struct lock *l)
{
	if (l == NULL)
		return;
	if (l->compress) {
		deflateEnd(&l->z);
		wipe(l->deflated, DEFLATE_OUT);
		free(l->deflated);
	}
	frame_fini(&l->literal);
	frame_fini(&l->packed);
	frame_fini(&l->outer);
	seipd_fini(&l->seal);
	free(l);
}
