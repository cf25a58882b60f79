/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chunks in, bytes out, each chunk only after its tag was good.  The reader
 * holds back 16 bytes beyond a chunk, because the last 16 of the packet are
 * the last tag and not text:
 *
 *   in: [text of a chunk, up to `chunk`][its tag, 16][16 that come after]
 *
 * What an error is called.  A packet that ends too early was cut, unless the
 * last 16 bytes of the file are the last tag for a count of bytes near the one
 * at hand: then the end is there and a length was changed.  A chunk that does
 * not open was changed, unless it opens with all bytes that are left, in the
 * packet and in the file: then the packet ends after a whole chunk and the
 * last tag was cut off.
 */
#include "feed.h"

#include <stdlib.h>

/* Length octets that a changed one can have swallowed: one for each part of a
 * chunk, and the last ones. */
#define SWALLOWED_MAX 96
#define SWALLOWED_MIN (-8)

static bool
last_tag_good(struct unseal *u, const uint8_t *tag, uint64_t chunks,
	      uint64_t bytes)
{
	struct seipd *s = u->s;
	uint64_t kept = s->chunks;
	bool good;

	s->chunks = chunks;
	seipd_number(s);
	good = aead_open(&s->aead, s->nonce, seipd_last_aad(s, bytes),
			 (struct str){(const char *)tag, AEAD_TAG}, u->out);
	s->chunks = kept;
	return good;
}

/* Is the true end of the message among what is left? */
static bool
end_is_here(struct unseal *u)
{
	const uint8_t *tag = u->in + u->have - AEAD_TAG;
	int64_t text = (int64_t)u->have - 2 * AEAD_TAG, d;

	if (u->have < AEAD_TAG)
		return false;
	if (last_tag_good(u, tag, u->s->chunks, u->s->bytes))
		return true;
	for (d = SWALLOWED_MIN; d <= SWALLOWED_MAX && d <= text; d++)
		if (last_tag_good(u, tag, u->s->chunks + 1,
				  u->s->bytes + (uint64_t)(text - d)))
			return true;
	return false;
}

static bool
chunk_good(struct unseal *u, size_t n)
{
	seipd_number(u->s);
	return aead_open(&u->s->aead, u->s->nonce, seipd_chunk_aad(u->s),
			 (struct str){(char *)u->in, n}, u->out);
}

/* A chunk that does not open as it should. */
static enum err
chunk_fault(struct unseal *u)
{
	struct feed *below = u->from->from;

	if (!u->from->feed.ended || !chunk_good(u, u->have))
		return ERR_DAMAGED;
	TRY(feed_more(below));
	return below->ended ? ERR_CUT : ERR_DAMAGED;
}

static enum err
chunk_open(struct unseal *u, struct str *piece)
{
	size_t n = u->have - AEAD_TAG;

	if (n < AEAD_TAG || !chunk_good(u, n))
		return chunk_fault(u);
	u->s->chunks++;
	u->s->bytes += n - AEAD_TAG;
	memmove(u->in, u->in + n, AEAD_TAG);
	u->have = AEAD_TAG;
	*piece = (struct str){(char *)u->out, n - AEAD_TAG};
	return OK;
}

static enum err
unseal_next(struct feed *self, struct str *piece)
{
	struct unseal *u = (struct unseal *)self;
	size_t full = seipd_chunk(u->s) + 2 * AEAD_TAG, got;
	enum err e;

	*piece = STR_NONE;
	if (u->last)
		return OK;
	e = feed_copy(&u->from->feed, u->in + u->have, full - u->have, &got);
	u->have += got;
	if (e == ERR_CUT && u->from->left > 0 && end_is_here(u))
		return ERR_DAMAGED;
	TRY(e);
	if (u->have > AEAD_TAG) {
		TRY(chunk_open(u, piece));
		if (piece->n > 0) /* an empty chunk is not the end */
			return OK;
	}
	if (u->have < AEAD_TAG ||
	    !last_tag_good(u, u->in, u->s->chunks, u->s->bytes))
		return ERR_DAMAGED;
	u->last = true;
	return OK;
}

void
unseal_open(struct unseal *u, struct packet *from, struct seipd *s)
{
	size_t sz = seipd_chunk(s) + 2 * AEAD_TAG;

	*u = (struct unseal){.feed.next = unseal_next, .from = from, .s = s};
	u->in = mem_new(sz);
	u->out = mem_new(sz);
}

void
unseal_close(struct unseal *u)
{
	if (u->out != NULL)
		wipe(u->out, seipd_chunk(u->s) + 2 * AEAD_TAG);
	free(u->in);
	free(u->out);
	*u = (struct unseal){0};
}
