/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The reader's stages.  A feed gives bytes by the piece: `next` fills a slice
 * that stays valid until its next call and is empty at the end.  Stages stand
 * on each other, each a struct whose first member is its feed:
 *
 *   source -> [armor] -> packet body -> unseal -> packet body
 *          [-> inflate -> packet body] -> the literal's bytes
 *
 * A stage never gives a byte that it does not know to be good as far as it can
 * tell, and an error from below passes through those above unchanged, so the
 * innermost reader learns whether the file was cut or changed.
 */
#ifndef RAPPORT_PGP_FEED_H
#define RAPPORT_PGP_FEED_H

#include <rapport/pgp.h>
#include <zlib.h>

#include "packet.h"
#include "seipd.h"

struct feed {
	enum err (*next)(struct feed *self, struct str *piece);
	struct str left; /* of the last piece */
	bool ended;
};

/* Have something in `left`, unless it ended. */
enum err feed_more(struct feed *f) MUST_USE;
/* Up to `most` bytes as a slice; empty at the end. */
enum err feed_take(struct feed *f, size_t most, struct str *out) MUST_USE;
/* Up to n bytes copied; fewer only at the end, or before an error: `*got` is
 * right in both cases. */
enum err feed_copy(struct feed *f, void *p, size_t n, size_t *got) MUST_USE;
/* To the end and past it all. */
enum err feed_drain(struct feed *f) MUST_USE;

/* From the caller's callback. */
#define SOURCE_PIECE ((size_t)256 << 10)
struct source {
	struct feed feed;
	unlock_read read;
	void *arg;
	uint8_t *memory;
};
void source_open(struct source *s, unlock_read read, void *arg);
void source_close(struct source *s); /* zeroed is fine */

/* ASCII armor (RFC 9580, 6.2). The checksum at its end says nothing that the
 * tags do not say better and is passed over, as section 6.1 asks. */
#define ARMOR_PIECE 16384u
struct armor {
	struct feed feed;
	struct feed *from;
	uint32_t bits;	  /* of the open group of four */
	unsigned in, pad; /* characters of it, and how many were '=' */
	bool fresh;	  /* at the start of a line */
	bool last;	  /* the END line was read */
	uint8_t out[ARMOR_PIECE / 4 * 3 + 3];
};
/* ERR_NOT_OURS if it does not begin as an armored message, ERR_CUT if it ends
 * within its head. */
enum err armor_open(struct armor *a, struct feed *from) MUST_USE;

/* One packet: its tag and its body. */
struct packet {
	struct feed feed;
	struct feed *from;
	enum packet_tag tag;
	uint64_t left; /* of this part */
	bool parts;    /* another part follows this one */
	bool rest;     /* all that is left, old style */
	enum err cut;  /* what it is called if it ends too early */
};
/* The next packet, `*end` if there is none; the body of the one before must
 * have been read. ERR_DAMAGED for what is no packet. */
enum err packet_open(struct packet *p, struct feed *from, enum err cut,
		     bool *end) MUST_USE;

/* Chunks opened, each after its tag was good. */
struct unseal {
	struct feed feed;
	struct packet *from;
	struct seipd *s;
	uint8_t *in, *out;
	size_t have; /* in `in` */
	bool last;   /* the last tag was good */
};
void unseal_open(struct unseal *u, struct packet *from, struct seipd *s);
void unseal_close(struct unseal *u); /* wipes; zeroed is fine */

/* zlib (RFC 1950) or bare deflate (RFC 1951). */
#define INFLATE_PIECE ((size_t)64 << 10)
struct inflated {
	struct feed feed;
	struct feed *from;
	z_stream z;
	uint8_t *out;
	bool last;
};
enum err inflated_open(struct inflated *i, struct feed *from, bool bare)
    MUST_USE;
void inflated_close(struct inflated *i); /* wipes */

#endif
