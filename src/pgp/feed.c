/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Feeds in general, and the lowest one, which asks the caller for bytes.
 */
#include "feed.h"

#include <stdlib.h>

enum err
feed_more(struct feed *f)
{
	if (f->left.n > 0 || f->ended)
		return OK;
	TRY(f->next(f, &f->left));
	f->ended = f->left.n == 0;
	return OK;
}

enum err
feed_take(struct feed *f, size_t most, struct str *out)
{
	TRY(feed_more(f));
	*out = str_cut(f->left, 0, most);
	f->left = str_cut(f->left, out->n, f->left.n);
	return OK;
}

enum err
feed_copy(struct feed *f, void *p, size_t n, size_t *got)
{
	struct str piece;

	for (*got = 0; *got < n; *got += piece.n) {
		TRY(feed_take(f, n - *got, &piece));
		if (piece.n == 0)
			return OK;
		memcpy((char *)p + *got, piece.p, piece.n);
	}
	return OK;
}

enum err
feed_drain(struct feed *f)
{
	do {
		f->left = STR_NONE;
		TRY(feed_more(f));
	} while (!f->ended);
	return OK;
}

static enum err
source_next(struct feed *self, struct str *piece)
{
	struct source *s = (struct source *)self;
	size_t got = 0;

	TRY(s->read(s->arg, s->memory, SOURCE_PIECE, &got));
	*piece = (struct str){(char *)s->memory, got};
	return OK;
}

void
source_open(struct source *s, unlock_read read, void *arg)
{
	*s = (struct source){.feed.next = source_next, .read = read, .arg = arg};
	s->memory = mem_new(SOURCE_PIECE);
}

void
source_close(struct source *s)
{
	free(s->memory);
	*s = (struct source){0};
}
