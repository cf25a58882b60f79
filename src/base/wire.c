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

bool
rd_done(const struct rd *r)
{
	return !r->bad && r->p == r->end;
}

struct wr
wr_of(void *memory, size_t sz)
{
	uint8_t *p = memory;

	return (struct wr){p, p, p + sz, false};
}

static uint8_t *
wr_take(struct wr *w, size_t n)
{
	uint8_t *p = w->p;

	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	return p;
}

static void
be_put(uint8_t *p, size_t n, uint64_t v)
{
	for (size_t i = 0; p != NULL && i < n; i++)
		p[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

void
wr_u8(struct wr *w, uint8_t v)
{
	be_put(wr_take(w, 1), 1, v);
}

void
wr_be16(struct wr *w, uint16_t v)
{
	be_put(wr_take(w, 2), 2, v);
}

void
wr_be32(struct wr *w, uint32_t v)
{
	be_put(wr_take(w, 4), 4, v);
}

void
wr_be64(struct wr *w, uint64_t v)
{
	be_put(wr_take(w, 8), 8, v);
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
wr_bytes(struct wr *w, struct str s)
{
	uint8_t *p = wr_take(w, s.n);

	if (p != NULL && s.n > 0)
		memcpy(p, s.p, s.n);
}

void
wr_str(struct wr *w, struct str s)
{
	wr_varint(w, s.n);
	wr_bytes(w, s);
}

struct str
wr_out(const struct wr *w)
{
	return (struct str){(const char *)w->start, (size_t)(w->p - w->start)};
}

static void
buf_be(struct buf *b, size_t n, uint64_t v)
{
	uint8_t bytes[8];

	be_put(bytes, n, v);
	buf_bytes(b, bytes, n);
}

void
buf_be16(struct buf *b, uint16_t v)
{
	buf_be(b, 2, v);
}

void
buf_be32(struct buf *b, uint32_t v)
{
	buf_be(b, 4, v);
}

void
buf_be64(struct buf *b, uint64_t v)
{
	buf_be(b, 8, v);
}

void
buf_varint(struct buf *b, uint64_t v)
{
	uint8_t bytes[10];

	buf_bytes(b, bytes, varint_encode(bytes, v));
}

void
buf_lstr(struct buf *b, struct str s)
{
	buf_varint(b, s.n);
	buf_put(b, s);
}
