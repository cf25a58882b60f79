/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Compressed data, opened by zlib.  What comes here is authentic, so a stream
 * that does not inflate, or ends too early, is called damaged and not cut.
 */
#include "feed.h"

#include <stdlib.h>

#define BARE_WINDOW (-15)
#define ZLIB_WINDOW 15

static enum err
inflated_next(struct feed *self, struct str *piece)
{
	struct inflated *i = (struct inflated *)self;
	struct str in;
	int code = Z_OK;

	i->z.next_out = i->out;
	i->z.avail_out = INFLATE_PIECE;
	while (!i->last && i->z.avail_out == INFLATE_PIECE) {
		if (i->z.avail_in == 0) {
			TRY(feed_take(i->from, UINT32_MAX, &in));
			if (in.n == 0)
				return ERR_DAMAGED;
			i->z.next_in = (Bytef *)in.p;
			i->z.avail_in = (uInt)in.n;
		}
		code = inflate(&i->z, Z_NO_FLUSH);
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return ERR_DAMAGED;
		i->last = code == Z_STREAM_END;
	}
	*piece = (struct str){(char *)i->out,
			      INFLATE_PIECE - i->z.avail_out};
	return OK;
}

enum err
inflated_open(struct inflated *i, struct feed *from, bool bare)
{
	*i = (struct inflated){.feed.next = inflated_next, .from = from};
	i->out = mem_new(INFLATE_PIECE);
	if (inflateInit2(&i->z, bare ? BARE_WINDOW : ZLIB_WINDOW) != Z_OK) {
		free(i->out);
		return ERR_LIMIT;
	}
	return OK;
}

void
inflated_close(struct inflated *i)
{
	inflateEnd(&i->z);
	wipe(i->out, INFLATE_PIECE);
	free(i->out);
}
