/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Encoded bytes: every key and record of the store is made and read through
 * these.  Most are a few instructions that are needed millions of times, so
 * they stand here; the rest is in wire.c.
 */
#ifndef RAPPORT_BASE_WIRE_H
#define RAPPORT_BASE_WIRE_H

#include <rapport/base/bytes.h>

/* Reads within [p, end).  Past the end `bad` is set and zeros come back. */
struct rd {
	const uint8_t *p, *end;
	bool bad;
};
static inline struct rd
rd_of(struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;

	return (struct rd){p, p == NULL ? NULL : p + s.n, false};
}
static inline size_t
rd_left(const struct rd *r)
{
	return r->bad || r->p == NULL ? 0 : (size_t)(r->end - r->p);
}
/* The next n bytes as they lie there, or NULL. */
static inline const uint8_t *
rd_take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (rd_left(r) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}
static inline uint8_t
rd_u8(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);

	return p == NULL ? 0 : p[0];
}
uint64_t rd_varint_long(struct rd *r); /* any length; rd_varint's slow half */
/* In a form of which compilers make one load and one swap. */
static inline uint64_t
be16_of(const uint8_t *p)
{
	return (uint64_t)p[0] << 8 | p[1];
}
static inline uint64_t
be32_of(const uint8_t *p)
{
	return be16_of(p) << 16 | be16_of(p + 2);
}
static inline uint16_t
rd_be16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);

	return p == NULL ? 0 : (uint16_t)be16_of(p);
}
static inline uint32_t
rd_be32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);

	return p == NULL ? 0 : (uint32_t)be32_of(p);
}
static inline uint64_t
rd_be64(struct rd *r)
{
	const uint8_t *p = rd_take(r, 8);

	return p == NULL ? 0 : be32_of(p) << 32 | be32_of(p + 4);
}
/* LEB128, at most 10 bytes, shortest form; most are one byte. */
static inline uint64_t
rd_varint(struct rd *r)
{
	if (r->p < r->end && !r->bad && *r->p < 0x80)
		return *r->p++;
	return rd_varint_long(r);
}
static inline struct str
rd_bytes(struct rd *r, size_t n)
{
	const uint8_t *p = n == 0 ? NULL : rd_take(r, n);

	return p == NULL ? (struct str){"", 0} : (struct str){(const char *)p, n};
}
/* varint length, then bytes */
static inline struct str
rd_str(struct rd *r)
{
	uint64_t n = rd_varint(r);

	if (n > rd_left(r)) {
		r->bad = true;
		return (struct str){"", 0};
	}
	return rd_bytes(r, (size_t)n);
}
/* No error and nothing left. */
static inline bool
rd_done(const struct rd *r)
{
	return !r->bad && r->p == r->end;
}

/* Writes into fixed memory; past the end `bad` is set, nothing is written. */
struct wr {
	uint8_t *start, *p, *end;
	bool bad;
};
static inline struct wr
wr_of(void *memory, size_t sz)
{
	uint8_t *p = (uint8_t *)memory;

	return (struct wr){p, p, p + sz, false};
}
/* Room for n bytes, or NULL. */
static inline uint8_t *
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
static inline void
be32_put(uint8_t *p, uint32_t v)
{
	uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16),
			    (uint8_t)(v >> 8), (uint8_t)v};

	memcpy(p, bytes, sizeof(bytes));
}
static inline void
wr_u8(struct wr *w, uint8_t v)
{
	uint8_t *p = wr_take(w, 1);

	if (p != NULL)
		p[0] = v;
}
static inline void
wr_be16(struct wr *w, uint16_t v)
{
	uint8_t *p = wr_take(w, 2);

	if (p == NULL)
		return;
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void
wr_be32(struct wr *w, uint32_t v)
{
	uint8_t *p = wr_take(w, 4);

	if (p != NULL)
		be32_put(p, v);
}
static inline void
wr_be64(struct wr *w, uint64_t v)
{
	uint8_t *p = wr_take(w, 8);

	if (p == NULL)
		return;
	be32_put(p, (uint32_t)(v >> 32));
	be32_put(p + 4, (uint32_t)v);
}
static inline void
wr_bytes(struct wr *w, struct str s)
{
	uint8_t *p = wr_take(w, s.n);

	if (p != NULL && s.n > 0)
		memcpy(p, s.p, s.n);
}
void wr_varint(struct wr *w, uint64_t v);
void wr_str(struct wr *w, struct str s); /* varint length, then bytes */
/* What was written. */
static inline struct str
wr_out(const struct wr *w)
{
	return (struct str){(const char *)w->start, (size_t)(w->p - w->start)};
}

/* The same into a buffer. */
void buf_be16(struct buf *b, uint16_t v);
void buf_be32(struct buf *b, uint32_t v);
void buf_be64(struct buf *b, uint64_t v);
void buf_varint(struct buf *b, uint64_t v);
void buf_lstr(struct buf *b, struct str s); /* varint length, then bytes */

/* Log --------------------------------------------------------------------- */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* One JSON line on standard error: {"at","level","room","text"}; the text is
 * escaped, so stored values can neither end the line nor colour a terminal. */
void log_line(enum log_level level, const char *room, const char *format, ...)
    PRINTF_LIKE(3, 4);
void log_threshold(enum log_level least); /* set once in main */

#endif
