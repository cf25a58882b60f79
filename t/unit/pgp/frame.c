/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Frames: for sizes around every edge, and bytes that come in slices of any
 * size or are made in place, what comes out is one well-formed packet of
 * exactly those bytes.  The judge is a small reader written here from RFC
 * 9580, 4.2.1.
 */
#include "../../../src/pgp/packet.h"

#include "../../tap.h"

static enum err
gather(void *arg, struct str bytes)
{
	buf_put(arg, bytes);
	return OK;
}

static enum err
gather_until_full(void *arg, struct str bytes)
{
	struct buf *b = arg;

	if (b->n + bytes.n > 100000)
		return ERR_FULL;
	buf_put(b, bytes);
	return OK;
}

/* Take one packet apart; false if it is not well formed. */
static bool
take_apart(struct str s, int tag, struct buf *body)
{
	struct rd r = rd_of(s);
	size_t first = 0, n = 0;
	unsigned parts = 0, o;
	bool more;

	buf_reset(body);
	if (rd_u8(&r) != (0xC0 | tag))
		return false;
	do {
		o = rd_u8(&r);
		more = o >= 224 && o < 255;
		if (o < 192)
			n = o;
		else if (o < 224)
			n = ((o - 192) << 8) + rd_u8(&r) + 192;
		else if (more)
			n = (size_t)1 << (o & 31);
		else
			n = rd_be32(&r);
		if (parts++ == 0)
			first = n;
		buf_put(body, rd_bytes(&r, n));
	} while (more && !r.bad);
	return rd_done(&r) && (parts == 1 || first >= 512);
}

static bool
is_pattern(const struct buf *b, size_t n)
{
	size_t i;

	if (b->n != n)
		return false;
	for (i = 0; i < n; i++)
		if ((uint8_t)b->p[i] != (uint8_t)(i * 7 + i / 251))
			return false;
	return true;
}

static const size_t sizes[] = {
    0,	   1,	  191,	 192,	193,	8383,	8384,	 8385,
    65535, 65536, 65537, 65600, 131071, 131072, 131073,	 131137,
    1u << 20, (1u << 20) + 1, (1u << 21) + 65537, 3000000,
};

static void
test_put(const char *plain, size_t slice)
{
	struct buf out, body;
	struct frame f;
	size_t i, n, take, good = 0;

	buf_init(&out);
	buf_init(&body);
	for (i = 0; i < COUNT(sizes); i++) {
		buf_reset(&out);
		frame_init(&f, TAG_LITERAL, gather, &out);
		for (n = 0; n < sizes[i]; n += take) {
			take = slice < sizes[i] - n ? slice : sizes[i] - n;
			if (frame_put(&f, (struct str){plain + n, take}))
				break;
		}
		good += frame_end(&f) == OK &&
			take_apart(buf_str(&out), TAG_LITERAL, &body) &&
			is_pattern(&body, sizes[i]);
		frame_fini(&f);
	}
	is_int(good, COUNT(sizes), "all sizes in slices of %zu", slice);
	buf_fini(&out);
	buf_fini(&body);
}

/* Made in place, past the room by up to FRAME_SLACK. */
static void
test_made(const char *plain, size_t over)
{
	struct buf out, body;
	struct frame f;
	size_t i, n, room, good = 0;
	uint8_t *p;
	bool fine;

	buf_init(&out);
	buf_init(&body);
	for (i = 0; i < COUNT(sizes); i++) {
		buf_reset(&out);
		frame_init(&f, TAG_SEIPD, gather, &out);
		for (n = 0, fine = true; n < sizes[i]; n += room) {
			fine &= frame_room(&f, &p, &room) == OK && room > 0;
			room += over;
			room = room < sizes[i] - n ? room : sizes[i] - n;
			memcpy(p, plain + n, room);
			frame_made(&f, room);
		}
		good += fine && frame_end(&f) == OK &&
			take_apart(buf_str(&out), TAG_SEIPD, &body) &&
			is_pattern(&body, sizes[i]);
		frame_fini(&f);
	}
	is_int(good, COUNT(sizes), "all sizes made in place, %zu over", over);
	buf_fini(&out);
	buf_fini(&body);
}

static void
test_lengths(void)
{
	static const struct {
		uint32_t n;
		struct str want;
	} rows[] = {/* the examples of RFC 9580, 4.2.1.5, and the edges */
		    {100, {"\x64", 1}},
		    {1723, {"\xC5\xFB", 2}},
		    {100000, {"\xFF\x00\x01\x86\xA0", 5}},
		    {0, {"\0", 1}},
		    {191, {"\xBF", 1}},
		    {192, {"\xC0\x00", 2}},
		    {8383, {"\xDF\xFF", 2}},
		    {8384, {"\xFF\x00\x00\x20\xC0", 5}}};
	uint8_t out[8];
	struct wr w;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		w = wr_of(out, sizeof(out));
		length_write(&w, rows[i].n);
		is_str(wr_out(&w), rows[i].want, "length %u", rows[i].n);
	}
}

static void
test_error(const char *plain)
{
	struct buf out;
	struct frame f;

	buf_init(&out);
	frame_init(&f, TAG_LITERAL, gather_until_full, &out);
	is_int(frame_put(&f, (struct str){plain, 3000000}), ERR_FULL,
	       "an error of the next stage comes back");
	frame_fini(&f);
	buf_fini(&out);
}

int
main(void)
{
	size_t n = 3000000, i;
	char *plain = mem_new(n);

	for (i = 0; i < n; i++)
		plain[i] = (char)(uint8_t)(i * 7 + i / 251);
	test_lengths();
	test_put(plain, 1000);
	test_put(plain, 65535);
	test_put(plain, 65536);
	test_put(plain, 65537);
	test_put(plain, 200001);
	test_put(plain, n);
	test_made(plain, 0);
	test_made(plain, 16);
	test_made(plain, FRAME_SLACK);
	test_error(plain);
	free(plain);
	return done_testing();
}
