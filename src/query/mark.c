/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Cursors of the lists about one person.  A cursor names the last thing of a
 * page by its place, so what happens meanwhile moves nothing; to clients it is
 * an opaque word:
 *
 *   base64url( u8 list | be32 user | be64 at | u8 kind | be64 a | be64 b |
 *              be32 CRC of all before )
 */
#include "person.h"

#define MARK_BYTES 34u

int
mark_cmp(const struct mark *x, const struct mark *y)
{
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

struct str
mark_text(struct arena *a, char list, uint32_t user, const struct mark *m)
{
	uint8_t bytes[MARK_BYTES];
	struct wr w = wr_of(bytes, sizeof(bytes));
	char *text = arena_get(a, 4 * ((MARK_BYTES + 2) / 3) + 1);

	wr_u8(&w, (uint8_t)list);
	wr_be32(&w, user);
	wr_be64(&w, (uint64_t)m->at);
	wr_u8(&w, m->kind);
	wr_be64(&w, m->a);
	wr_be64(&w, m->b);
	wr_be32(&w, crc32_of(0, wr_out(&w)));
	return (struct str){text, base64url_encode(wr_out(&w), text)};
}

static bool
mark_decode(struct str bytes, char list, uint32_t user, struct mark *out)
{
	struct rd r = rd_of(bytes);
	bool same = rd_u8(&r) == (uint8_t)list;
	uint32_t sum;

	same &= rd_be32(&r) == user;
	out->at = (int64_t)rd_be64(&r);
	out->kind = rd_u8(&r);
	out->a = rd_be64(&r);
	out->b = rd_be64(&r);
	sum = rd_be32(&r);
	return rd_done(&r) && same &&
	       sum == crc32_of(0, str_cut(bytes, 0, MARK_BYTES - 4));
}

enum err
mark_read(struct str text, char list, uint32_t user, struct mark *out,
	  struct fault *f)
{
	struct buf bytes;
	bool good;

	*out = (struct mark){INT64_MAX, UINT8_MAX, UINT64_MAX, UINT64_MAX};
	if (text.n == 0)
		return OK;
	buf_init(&bytes);
	good = text.n <= 2 * MARK_BYTES && base64url_decode(text, &bytes) &&
	       mark_decode(buf_str(&bytes), list, user, out);
	buf_fini(&bytes);
	return good ? OK
		    : fail(f, ERR_INVALID, "after",
			   "expected the `next` that a page of this list gave");
}
