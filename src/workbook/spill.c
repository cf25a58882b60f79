/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bytes written once, one behind the other, and then read anywhere.  Up to a
 * bound they stay in memory; with the first byte more, all of them go into a
 * file without a name, which the system takes back however we end, and are
 * read by blocks, of which a few are kept.
 */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK 16384u
#define BLOCKS 128u
#define WRITE_SIZE (256u << 10)

struct spill_block {
	uint64_t no;
	bool used;
	char bytes[BLOCK];
};

void
spill_init(struct spill *s, const char *dir, size_t most)
{
	*s = (struct spill){.fd = -1, .dir = dir, .most = most};
	buf_init(&s->memory);
}

void
spill_fini(struct spill *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->blocks);
	buf_fini(&s->memory);
}

static enum err
unwritten(struct fault *f)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return fail(f, ERR_FULL, "", "the disk is full");
	return fail(f, ERR_IO, "", "Writing a temporary file failed.");
}

static enum err
flush(struct spill *s, struct fault *f)
{
	struct str rest = buf_str(&s->memory);

	if (s->fd < 0)
		s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0)
		return unwritten(f);
	while (rest.n > 0) {
		ssize_t n = pwrite(s->fd, rest.p, rest.n, (off_t)s->written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return unwritten(f);
		s->written += (uint64_t)n;
		rest = str_cut(rest, (size_t)n, rest.n);
	}
	buf_reset(&s->memory);
	return OK;
}

enum err
spill_put(struct spill *s, struct str bytes, struct fault *f)
{
	size_t most = s->fd < 0 ? s->most : WRITE_SIZE;

	buf_put(&s->memory, bytes);
	return s->memory.n > most ? flush(s, f) : OK;
}

uint64_t
spill_size(const struct spill *s)
{
	return s->written + s->memory.n;
}

static enum err
block_fill(struct spill *s, struct spill_block *b, uint64_t no, struct fault *f)
{
	size_t n = 0;

	b->used = false;
	while (n < BLOCK) {
		ssize_t got = pread(s->fd, b->bytes + n, BLOCK - n,
				    (off_t)(no * BLOCK + n));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(f, ERR_IO, "",
				    "Reading a temporary file failed.");
		if (got == 0)
			break;
		n += (size_t)got;
	}
	b->no = no;
	b->used = true;
	return OK;
}

enum err
spill_get(struct spill *s, uint64_t at, char *out, size_t n, struct fault *f)
{
	if (s->fd < 0) {
		memcpy(out, s->memory.p + at, n);
		return OK;
	}
	if (s->memory.n > 0)
		TRY(flush(s, f));
	if (s->blocks == NULL)
		s->blocks = mem_new(BLOCKS * sizeof(*s->blocks));
	while (n > 0) {
		struct spill_block *b = &s->blocks[at / BLOCK % BLOCKS];
		size_t from = at % BLOCK, most = BLOCK - from;

		if (!b->used || b->no != at / BLOCK)
			TRY(block_fill(s, b, at / BLOCK, f));
		most = n < most ? n : most;
		memcpy(out, b->bytes + from, most);
		out += most;
		at += most;
		n -= most;
	}
	return OK;
}
