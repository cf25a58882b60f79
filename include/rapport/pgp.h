/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The lock: a file that leaves the house is an OpenPGP message (RFC 9580)
 * under a password, so that anybody's tool opens it and nobody depends on us.
 *
 *   SKESK v6   Argon2id turns the password into a key that opens the session
 *              key; a wrong password is noticed here
 *   SEIPD v2   chunks, each with a tag of its own, and a last tag over the
 *              count of bytes; a changed byte or a missing end is noticed here
 *     [compressed data] literal data: name, time, the bytes
 *
 * Both ways are byte streams of constant memory.  The writer is pushed and
 * pushes on to a sink.  The reader pulls, and releases a chunk only after its
 * tag was good; but only the last tag says that the whole was there, so what
 * it wrote is worth nothing until it returned OK.  unlock_file keeps that
 * promise for files: a temporary file, renamed at the end, nothing on error.
 *
 * The password is used during lock_new and unlock_* only and is not kept.
 */
#ifndef RAPPORT_PGP_H
#define RAPPORT_PGP_H

#include <rapport/base.h>

#define LOCK_MEDIA_TYPE "application/pgp-encrypted"
#define LOCK_SUFFIX ".pgp"
#define LOCK_PASSWORD_MAX 1024u /* bytes */
#define LOCK_NAME_MAX 255u	/* bytes of the name inside */

/* Writing ----------------------------------------------------------------- */

/* The numbers are RFC 9580's. GCM opens fast in browsers. */
enum lock_aead { LOCK_OCB = 2, LOCK_GCM = 3 };

/* Zero means the default, everywhere. */
struct lock_options {
	struct str password; /* 1 to LOCK_PASSWORD_MAX bytes */
	struct str name;     /* of the file inside, no '/'; may be empty */
	int64_t at;	     /* instant, the file's time; 0: none */
	enum lock_aead aead; /* default LOCK_GCM */
	uint32_t chunk;	     /* bytes, a power of two, 64 KiB to 1 MiB;
				default 256 KiB */
	uint32_t passes;     /* Argon2id t, 1 to 255; default 3 */
	uint32_t lanes;	     /* Argon2id p, 1 to 255; default 4 */
	uint32_t memory_kib; /* Argon2id m, a power of two, 2^10 to 2^21;
				default 2^16 */
	bool compress;	     /* zlib inside the lock */
};

/* Takes the next bytes of the locked file. An error it returns sticks. */
typedef enum err (*lock_sink)(void *arg, struct str bytes);

struct lock;

/* Derive the keys (about 0.2 s and `memory_kib` of memory by default) and hand
 * the head of the file to the sink. ERR_INVALID for an option out of range,
 * ERR_LIMIT where there is no memory for Argon2, or what the sink returned.
 * `*out` is NULL on error. One lock is used by one thread at a time. */
enum err lock_new(struct lock **out, const struct lock_options *o,
		  lock_sink sink, void *arg, struct fault *f) MUST_USE;
/* Plain bytes, any number at a time. The first error sticks: later calls do
 * nothing and return it. */
enum err lock_write(struct lock *l, struct str bytes) MUST_USE;
/* The end of the file and its last tag. Without it the file reads as cut. */
enum err lock_finish(struct lock *l) MUST_USE;
/* Locked bytes given to the sink until now. */
uint64_t lock_bytes(const struct lock *l);
/* Wipes the keys. NULL is fine. Does not finish. */
void lock_free(struct lock *l);

/* Reading ----------------------------------------------------------------- */

/* Fill up to `n` bytes, set `*got`; `*got` 0 is the end. */
typedef enum err (*unlock_read)(void *arg, void *p, size_t n, size_t *got);
/* Take plain bytes whose chunk was authentic. */
typedef enum err (*unlock_write)(void *arg, struct str bytes);

/* Zero means the default. */
struct unlock_limits {
	uint64_t argon2_kib; /* memory one password may cost; 2^21 (2 GiB) */
	uint64_t out_bytes;  /* plain bytes; default no limit */
};

/* What the literal packet inside said. */
struct unlock_info {
	char kind;		      /* 'b' 't' 'u', 0 if none was reached */
	char name[LOCK_NAME_MAX + 1]; /* as written there: not a safe path */
	int64_t at;		      /* instant, 0: none */
	uint64_t bytes;		      /* plain bytes written */
};

/* Open one message, armored or not. Any of the `n` passwords (at most 16) may
 * be the right one. Errors, each with a plain sentence in `f`:
 *   ERR_PASSWORD  none of the passwords opens it
 *   ERR_DAMAGED   some byte was changed
 *   ERR_CUT       the end is missing
 *   ERR_NOT_OURS  it is not a password-locked file of a kind that we open
 *   ERR_LIMIT     it asks for more memory, or holds more, than is allowed
 * or what a callback returned. `info` may be NULL. Only after OK is what was
 * written known to be whole. */
enum err unlock_stream(unlock_read from, unlock_write to, void *arg,
		       const struct str *passwords, size_t n,
		       const struct unlock_limits *limits,
		       struct unlock_info *info, struct fault *f) MUST_USE;

struct unlock_file {
	const char *in;	 /* path of the locked file */
	const char *out; /* path to make; NULL: beside `in`, under the name
			    inside without a ".pgp", if that is a safe one,
			    else under the name of `in` without its suffix */
	bool force;	 /* replace a file that is there; else ERR_CONFLICT */
	const struct str *passwords;
	size_t n;
	struct unlock_limits limits;
	/* Called now and then with bytes read and the size of `in`; may be
	 * NULL; an error it returns (ERR_CANCELLED) stops and leaves nothing. */
	enum err (*progress)(void *arg, uint64_t done, uint64_t all);
	void *arg;
};

/* Open a file into a file, mode 0600, that appears whole and on disk or not
 * at all. `made` gets the path (wiped to "" on error). Errors as above and
 * ERR_NOT_FOUND (no `in`), ERR_CONFLICT, ERR_IO, ERR_FULL. */
enum err unlock_file(const struct unlock_file *u, struct buf *made,
		     struct unlock_info *info, struct fault *f) MUST_USE;

#endif
