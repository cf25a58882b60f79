/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Packets (RFC 9580, 4.2 and 5): numbers of the kinds we meet, and the frame
 * that writes one of unknown length.  A frame gathers bytes and passes them on
 * in parts of FRAME_PART behind a length octet each; the last part, of any
 * length, ends the packet.
 *
 *   memory: [room for tag and length][body, FRAME_PART][slack]
 *
 * The length goes in front of the body in place, so a part is one call of
 * `next`; bytes may also be made in place (frame_room, frame_made), and big
 * slices that find the frame empty pass through uncopied.
 */
#ifndef RAPPORT_PGP_PACKET_H
#define RAPPORT_PGP_PACKET_H

#include <rapport/base.h>

enum packet_tag {
	TAG_PKESK = 1,
	TAG_SIGNATURE = 2,
	TAG_SKESK = 3,
	TAG_ONE_PASS = 4,
	TAG_COMPRESSED = 8,
	TAG_SED = 9,
	TAG_MARKER = 10,
	TAG_LITERAL = 11,
	TAG_SEIPD = 18,
	TAG_AEAD = 20, /* of a draft that GnuPG writes */
	TAG_PADDING = 21,
	TAG_OPTIONAL = 40 /* from here on, unknown ones are passed over */
};

enum { PACK_PLAIN = 0, PACK_ZIP = 1, PACK_ZLIB = 2, PACK_BZIP2 = 3 };

#define SKESK_V6 6
#define SEIPD_V2 2

/* Length of a body as one, two or five octets. */
void length_write(struct wr *w, uint32_t n);

#define FRAME_PART_LOG 16
#define FRAME_PART ((size_t)1 << FRAME_PART_LOG)
#define FRAME_PART_LOG_MAX 20 /* of slices that pass through */
#define FRAME_SLACK 64u	      /* a maker may go past its room by this much */

struct frame {
	uint8_t *memory;
	size_t n; /* bytes of the body gathered */
	uint8_t tag;
	bool begun; /* a part went out */
	enum err (*next)(void *arg, struct str bytes);
	void *arg;
};

void frame_init(struct frame *f, enum packet_tag tag,
		enum err (*next)(void *, struct str), void *arg);
void frame_fini(struct frame *f); /* wipes; zeroed is fine */
enum err frame_put(struct frame *f, struct str bytes) MUST_USE;
/* Where to make the next bytes, and how many: 1 to FRAME_PART. */
enum err frame_room(struct frame *f, uint8_t **p, size_t *n) MUST_USE;
/* That many were made, at most FRAME_SLACK more than there was room for. */
void frame_made(struct frame *f, size_t n);
enum err frame_end(struct frame *f) MUST_USE;

#endif
