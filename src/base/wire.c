/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Encoded bytes.  Every key and record of the store is made and read through
 * these calls, so there is no offset made by hand anywhere.  Numbers are big
 * endian, which makes byte order the order of the numbers; variable ones are
 * LEB128 and refused when longer than they need to be, so that one value has
 * one encoding.
 */
#include <rapport/base.h>

uint64_t
rd_varint_long(struct rd *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b = rd_u8(r);

		v |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) != 0)
			continue;
		if ((b == 0 && shift > 0) || (shift == 63 && b > 1))
			break;
		return r->bad ? 0 : v;
	}
	r->bad = true;
	return 0;
}

static size_t
varint_encode(uint8_t out[10], uint64_t v)
{
	size_t n = 0;

	do {
		out[n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v > 0);
	return n;
}

void
wr_varint(struct wr *w, uint64_t v)
{
	uint8_t bytes[10];

	wr_bytes(w, (struct str){(const char *)bytes, varint_encode(bytes, v)});
}

void
wr_str(struct wr *w, struct str s)
{
	wr_varint(w, s.n);
	wr_bytes(w, s);
}

void
buf_be16(struct buf *b, uint16_t v)
{
	uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	buf_bytes(b, bytes, sizeof(bytes));
}

void
buf_be32(struct buf *b, uint32_t v)
{
	uint8_t bytes[4];

	be32_put(bytes, v);
	buf_bytes(b, bytes, sizeof(bytes));
}

void
buf_be64(struct buf *b, uint64_t v)
{
	uint8_t bytes[8];

	be32_put(bytes, (uint32_t)(v >> 32));
	be32_put(bytes + 4, (uint32_t)v);
	buf_bytes(b, bytes, sizeof(bytes));
}

void
buf_varint(struct buf *b, uint64_t v)
{
	uint8_t bytes[10];

	if (v < 0x80)
		buf_c(b, (char)v);
	else
		buf_bytes(b, bytes, varint_encode(bytes, v));
}

void
buf_lstr(struct buf *b, struct str s)
{
	buf_varint(b, s.n);
	buf_put(b, s);
}
