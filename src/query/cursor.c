/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A cursor names the last user of a page by its place, not by a number of
 * rows, so it stays right while people are added before or after it and even
 * when that user is gone.  To clients it is an opaque word:
 *
 *   base64url( u8 version | be16 attribute | u8 flags | varint n, key |
 *              be32 id | be32 CRC of all before )
 *
 * The checksum is against damage, not against forgery: whatever place a
 * cursor names, the list still holds only what its reader may see.
 */
#include "list.h"

#define CURSOR_VERSION 1
#define CURSOR_MAX 512u /* bytes before base64url */

enum cursor_flag { CURSOR_DOWN = 1, CURSOR_SET = 2 };

struct str
cursor_text(struct arena *a, const struct sorting *s, const struct place *at)
{
	uint8_t bytes[CURSOR_MAX];
	struct wr w = wr_of(bytes, sizeof(bytes));
	char *text;

	wr_u8(&w, CURSOR_VERSION);
	wr_be16(&w, s->attr->id);
	wr_u8(&w, (uint8_t)((s->down ? CURSOR_DOWN : 0) |
			    (at->set ? CURSOR_SET : 0)));
	wr_str(&w, at->set ? at->key : STR_NONE);
	wr_be32(&w, at->id);
	wr_be32(&w, crc32_of(0, wr_out(&w)));
	text = arena_get(a, 4 * ((wr_out(&w).n + 2) / 3) + 1);
	return (struct str){text, base64url_encode(wr_out(&w), text)};
}

static bool
cursor_read(struct str bytes, const struct sorting *s, struct place *out)
{
	struct rd r = rd_of(bytes);
	uint8_t version = rd_u8(&r);
	uint16_t attr = rd_be16(&r);
	uint8_t flags = rd_u8(&r);
	uint32_t sum;

	out->set = flags & CURSOR_SET;
	out->key = rd_str(&r);
	out->id = rd_be32(&r);
	sum = rd_be32(&r);
	if (!rd_done(&r) || version != CURSOR_VERSION ||
	    out->key.n > BITS_VALUE_MAX)
		return false;
	return sum == crc32_of(0, str_cut(bytes, 0, bytes.n - 4)) &&
	       attr == s->attr->id && !(flags & CURSOR_DOWN) == !s->down &&
	       flags < 4;
}

enum err
cursor_parse(struct arena *a, struct str text, const struct sorting *s,
	     struct place *out, struct fault *f)
{
	struct buf bytes;
	bool good;

	buf_init(&bytes);
	good = text.n <= 2 * CURSOR_MAX && base64url_decode(text, &bytes) &&
	       cursor_read(buf_str(&bytes), s, out);
	if (good)
		out->key = arena_str(a, out->key);
	buf_fini(&bytes);
	if (!good)
		return fail(f, ERR_INVALID, "after",
			    "expected a cursor that a page in this order gave");
	return OK;
}
