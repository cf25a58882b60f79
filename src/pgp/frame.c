/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Frames: packets of unknown length, in parts (RFC 9580, 4.2.1.4).  A full
 * part leaves only when there is more to gather, so a short packet has one
 * plain length and no parts.  The first part is never below 512 bytes, as the
 * format asks, because all parts but the last are FRAME_PART or a larger power
 * of two.
 */
#include "packet.h"

#include <assert.h>
#include <stdlib.h>

#define HEAD 6u /* tag and the longest length */
#define TAG_NEW 0xC0
#define PART_OCTET 0xE0
#define ONE_OCTET 192u
#define TWO_OCTETS 8384u

void
length_write(struct wr *w, uint32_t n)
{
	if (n < ONE_OCTET) {
		wr_u8(w, (uint8_t)n);
	} else if (n < TWO_OCTETS) {
		wr_be16(w, (uint16_t)(n - ONE_OCTET + (ONE_OCTET << 8)));
	} else {
		wr_u8(w, 0xFF);
		wr_be32(w, n);
	}
}

void
frame_init(struct frame *f, enum packet_tag tag,
	   enum err (*next)(void *, struct str), void *arg)
{
	*f = (struct frame){.tag = (uint8_t)(TAG_NEW | tag), .next = next,
			    .arg = arg};
	f->memory = mem_new(HEAD + FRAME_PART + FRAME_SLACK);
}

void
frame_fini(struct frame *f)
{
	if (f->memory != NULL)
		wipe(f->memory, HEAD + FRAME_PART + FRAME_SLACK);
	free(f->memory);
	*f = (struct frame){0};
}

/* The tag, if it has not gone out yet, and what is in `length`. */
static struct str
frame_head(struct frame *f, struct str length, uint8_t out[HEAD])
{
	struct wr w = wr_of(out, HEAD);

	if (!f->begun)
		wr_u8(&w, f->tag);
	f->begun = true;
	wr_bytes(&w, length);
	assert(!w.bad);
	return wr_out(&w);
}

/* The first n bytes gathered go out behind `length`. */
static enum err
frame_emit(struct frame *f, struct str length, size_t n)
{
	uint8_t head[HEAD];
	struct str h = frame_head(f, length, head);
	uint8_t *body = f->memory + HEAD;

	memcpy(body - h.n, h.p, h.n);
	TRY(f->next(f->arg, (struct str){(char *)body - h.n, h.n + n}));
	f->n -= n;
	memmove(body, body + n, f->n);
	return OK;
}

static enum err
frame_part(struct frame *f)
{
	const char octet = (char)(PART_OCTET | FRAME_PART_LOG);

	return frame_emit(f, (struct str){&octet, 1}, FRAME_PART);
}

/* As much of `bytes` as makes one part, from where it lies. */
static enum err
frame_through(struct frame *f, struct str *bytes)
{
	uint8_t head[HEAD];
	int log = FRAME_PART_LOG;
	char octet;

	while (log < FRAME_PART_LOG_MAX && bytes->n > (size_t)2 << log)
		log++;
	octet = (char)(PART_OCTET | log);
	TRY(f->next(f->arg, frame_head(f, (struct str){&octet, 1}, head)));
	TRY(f->next(f->arg, str_cut(*bytes, 0, (size_t)1 << log)));
	*bytes = str_cut(*bytes, (size_t)1 << log, bytes->n);
	return OK;
}

enum err
frame_put(struct frame *f, struct str bytes)
{
	size_t n, room;
	uint8_t *p;

	while (bytes.n > 0) {
		if (f->n == 0 && bytes.n > FRAME_PART) {
			TRY(frame_through(f, &bytes));
			continue;
		}
		TRY(frame_room(f, &p, &room));
		n = bytes.n < room ? bytes.n : room;
		memcpy(p, bytes.p, n);
		f->n += n;
		bytes = str_cut(bytes, n, bytes.n);
	}
	return OK;
}

enum err
frame_room(struct frame *f, uint8_t **p, size_t *n)
{
	if (f->n >= FRAME_PART)
		TRY(frame_part(f));
	*p = f->memory + HEAD + f->n;
	*n = FRAME_PART - f->n;
	return OK;
}

void
frame_made(struct frame *f, size_t n)
{
	f->n += n;
	assert(f->n <= FRAME_PART + FRAME_SLACK);
}

enum err
frame_end(struct frame *f)
{
	uint8_t length[5];
	struct wr w = wr_of(length, sizeof(length));

	if (f->n > FRAME_PART)
		TRY(frame_part(f));
	length_write(&w, (uint32_t)f->n);
	return frame_emit(f, wr_out(&w), f->n);
}
