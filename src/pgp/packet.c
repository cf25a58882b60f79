/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Reading packets: the header in its new and its old form, and the body as a
 * feed that knows where it ends.  Lengths are only believed as far as bytes
 * come: nothing is allocated by them.
 */
#include "feed.h"

#define IS_PACKET 0x80
#define IS_NEW 0x40
#define PART_FIRST 224u
#define TWO_FIRST 192u
#define PART_FIRST_MIN 512u /* the first part is no smaller */

/* Bytes of a header: too few of them is the packet's kind of end. */
static enum err
head_bytes(struct packet *p, uint8_t *out, size_t n)
{
	size_t got;

	TRY(feed_copy(p->from, out, n, &got));
	return got == n ? OK : p->cut;
}

static uint64_t
be_number(const uint8_t *b, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 | b[i];
	return v;
}

/* A new-style length: of the body, or of its next part. */
static enum err
length_read(struct packet *p)
{
	uint8_t b[4];

	TRY(head_bytes(p, b, 1));
	p->parts = false;
	if (b[0] < TWO_FIRST) {
		p->left = b[0];
	} else if (b[0] < PART_FIRST) {
		TRY(head_bytes(p, b + 1, 1));
		p->left = ((uint64_t)(b[0] - TWO_FIRST) << 8) + b[1] +
			  TWO_FIRST;
	} else if (b[0] < 255) {
		p->left = UINT64_C(1) << (b[0] & 31);
		p->parts = true;
	} else {
		TRY(head_bytes(p, b, 4));
		p->left = be_number(b, 4);
	}
	return OK;
}

static enum err
length_read_old(struct packet *p, unsigned type)
{
	uint8_t b[4];

	if (type == 3) {
		p->rest = true;
		return OK;
	}
	TRY(head_bytes(p, b, (size_t)1 << type));
	p->left = be_number(b, (size_t)1 << type);
	return OK;
}

static enum err
rest_next(struct packet *p, struct str *piece)
{
	return feed_take(p->from, SIZE_MAX, piece);
}

static enum err
packet_next(struct feed *self, struct str *piece)
{
	struct packet *p = (struct packet *)self;

	if (p->rest)
		return rest_next(p, piece);
	while (p->left == 0 && p->parts)
		TRY(length_read(p));
	*piece = STR_NONE;
	if (p->left == 0)
		return OK;
	TRY(feed_take(p->from, p->left < SIZE_MAX ? (size_t)p->left : SIZE_MAX,
		      piece));
	p->left -= piece->n;
	return piece->n > 0 ? OK : p->cut;
}

static bool
may_have_parts(enum packet_tag tag)
{
	return tag == TAG_COMPRESSED || tag == TAG_SED || tag == TAG_LITERAL ||
	       tag == TAG_SEIPD || tag == TAG_AEAD;
}

enum err
packet_open(struct packet *p, struct feed *from, enum err cut, bool *end)
{
	struct str c;
	uint8_t head;

	*p = (struct packet){.feed.next = packet_next, .from = from,
			     .cut = cut};
	TRY(feed_take(from, 1, &c));
	*end = c.n == 0;
	if (*end)
		return OK;
	head = (uint8_t)*c.p;
	if (!(head & IS_PACKET))
		return ERR_DAMAGED;
	if (head & IS_NEW) {
		p->tag = head & 63;
		TRY(length_read(p));
	} else {
		p->tag = head >> 2 & 15;
		TRY(length_read_old(p, head & 3));
	}
	if (p->tag == 0 || ((p->parts || p->rest) && !may_have_parts(p->tag)) ||
	    (p->parts && p->left < PART_FIRST_MIN))
		return ERR_DAMAGED;
	return OK;
}
