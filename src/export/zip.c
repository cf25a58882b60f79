/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * ZIP as APPNOTE.TXT has it.  Entries stay below 4 GiB, so their sizes need no
 * long form (which spreadsheet programs do not take in descriptors); where
 * they stand in the archive may: the directory then has an extra field, and a
 * long end of directory stands before the short one.
 *
 *	local header | deflated bytes | descriptor | next entry … | directory |
 *end
 */
#include "zip.h"

#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

#define LOCAL UINT32_C(0x04034b50)
#define DESCRIPTOR UINT32_C(0x08074b50)
#define CENTRAL UINT32_C(0x02014b50)
#define END UINT32_C(0x06054b50)
#define END_LONG UINT32_C(0x06064b50)
#define END_LOCATOR UINT32_C(0x07064b50)
#define EXTRA_LONG 1u
#define NEEDS 20u
#define NEEDS_LONG 45u
#define FLAGS 0x0808u /* descriptors; names are UTF-8 */
#define DEFLATED 8u
#define OUT_BYTES (64u << 10)
/* Markup that repeats itself packs well at the quickest level. */
#define LEVEL 1

struct zip {
	bytes_fn *out;
	void *arg;
	uint16_t time, date;
	uint64_t at;          /* bytes that left */
	struct buf directory; /* of the entries so far */
	uint32_t entries;

	/* the entry */
	bool open;
	struct buf name;
	uint64_t start, size, packed;
	uint32_t crc;
	z_stream deflate;
	uint8_t room[OUT_BYTES];
};

static void
buf_le(struct buf *b, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		buf_c(b, (char)(v & 0xff));
}

struct zip *
zip_new(bytes_fn *out, void *arg, int64_t at)
{
	struct zip *z = mem_new(sizeof(*z));
	struct civil c = zone_civil(zone_find(S("UTC")), at);
	int year = c.year < 1980 ? 1980 : c.year > 2107 ? 2107 : c.year;

	z->out = out;
	z->arg = arg;
	z->date = (uint16_t)((year - 1980) << 9 | c.month << 5 | c.day);
	z->time = (uint16_t)(c.hour << 11 | c.minute << 5 | c.second / 2);
	buf_init(&z->directory);
	buf_init(&z->name);
	/* raw: no header of zlib's own */
	if (deflateInit2(&z->deflate, LEVEL, Z_DEFLATED, -MAX_WBITS, 9,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* no memory */
	return z;
}

void
zip_free(struct zip *z)
{
	if (z == NULL)
		return;
	deflateEnd(&z->deflate);
	buf_fini(&z->directory);
	buf_fini(&z->name);
	free(z);
}

static enum err
leave(struct zip *z, struct str bytes)
{
	z->at += bytes.n;
	return z->out(z->arg, bytes);
}

static enum err
leave_buf(struct zip *z, struct buf *b)
{
	enum err e = leave(z, buf_str(b));

	buf_fini(b);
	return e;
}

enum err
zip_begin(struct zip *z, struct str name)
{
	struct buf b;

	assert(!z->open);
	z->open = true;
	z->start = z->at;
	z->size = z->packed = 0;
	z->crc = (uint32_t)crc32(0, NULL, 0);
	deflateReset(&z->deflate);
	buf_reset(&z->name);
	buf_put(&z->name, name);
	buf_init(&b);
	buf_le(&b, LOCAL, 4);
	buf_le(&b, NEEDS, 2);
	buf_le(&b, FLAGS, 2);
	buf_le(&b, DEFLATED, 2);
	buf_le(&b, z->time, 2);
	buf_le(&b, z->date, 2);
	buf_le(&b, 0, 12); /* checksum and sizes: in the descriptor */
	buf_le(&b, name.n, 2);
	buf_le(&b, 0, 2);
	buf_put(&b, name);
	return leave_buf(z, &b);
}

static enum err
pack(struct zip *z, struct str bytes, int flush)
{
	z_stream *d = &z->deflate;

	d->next_in = (uint8_t *)(uintptr_t)bytes.p; /* is not written to */
	d->avail_in = (uInt)bytes.n;
	do {
		size_t n;

		d->next_out = z->room;
		d->avail_out = OUT_BYTES;
		deflate(d, flush);
		n = OUT_BYTES - d->avail_out;
		z->packed += n;
		if (n > 0)
			TRY(leave(z, (struct str){(char *)z->room, n}));
	} while (d->avail_out == 0);
	return OK;
}

enum err
zip_put(struct zip *z, struct str bytes)
{
	assert(z->open && z->size + bytes.n <= UINT32_MAX);
	if (bytes.n == 0)
		return OK;
	z->size += bytes.n;
	z->crc =
	    (uint32_t)crc32(z->crc, (const uint8_t *)bytes.p, (uInt)bytes.n);
	return pack(z, bytes, Z_NO_FLUSH);
}

uint64_t
zip_size(const struct zip *z)
{
	return z->size;
}

static void
put_sizes(const struct zip *z, struct buf *b)
{
	buf_le(b, z->crc, 4);
	buf_le(b, z->packed, 4);
	buf_le(b, z->size, 4);
}

static void
list_entry(struct zip *z)
{
	struct buf *b = &z->directory;
	bool far = z->start >= UINT32_MAX;

	buf_le(b, CENTRAL, 4);
	buf_le(b, far ? NEEDS_LONG : NEEDS, 2);
	buf_le(b, far ? NEEDS_LONG : NEEDS, 2);
	buf_le(b, FLAGS, 2);
	buf_le(b, DEFLATED, 2);
	buf_le(b, z->time, 2);
	buf_le(b, z->date, 2);
	put_sizes(z, b);
	buf_le(b, z->name.n, 2);
	buf_le(b, far ? 12 : 0, 2);
	buf_le(b, 0, 10); /* comment, disk, attributes */
	buf_le(b, far ? UINT32_MAX : z->start, 4);
	buf_put(b, buf_str(&z->name));
	if (!far)
		return;
	buf_le(b, EXTRA_LONG, 2);
	buf_le(b, 8, 2);
	buf_le(b, z->start, 8);
}

enum err
zip_end(struct zip *z)
{
	struct buf b;

	TRY(pack(z, STR_NONE, Z_FINISH));
	z->open = false;
	z->entries++;
	list_entry(z);
	buf_init(&b);
	buf_le(&b, DESCRIPTOR, 4);
	put_sizes(z, &b);
	return leave_buf(z, &b);
}

static void
put_end_long(const struct zip *z, uint64_t start, struct buf *b)
{
	buf_le(b, END_LONG, 4);
	buf_le(b, 44, 8); /* bytes of it that follow */
	buf_le(b, NEEDS_LONG, 2);
	buf_le(b, NEEDS_LONG, 2);
	buf_le(b, 0, 8); /* disks */
	buf_le(b, z->entries, 8);
	buf_le(b, z->entries, 8);
	buf_le(b, z->directory.n, 8);
	buf_le(b, start, 8);
	buf_le(b, END_LOCATOR, 4);
	buf_le(b, 0, 4);
	buf_le(b, start + z->directory.n, 8);
	buf_le(b, 1, 4);
}

enum err
zip_finish(struct zip *z)
{
	uint64_t start = z->at;
	bool far = start >= UINT32_MAX;
	struct buf b;

	assert(!z->open && z->entries < UINT16_MAX);
	TRY(leave(z, buf_str(&z->directory)));
	buf_init(&b);
	if (far)
		put_end_long(z, start, &b);
	buf_le(&b, END, 4);
	buf_le(&b, 0, 4); /* disks */
	buf_le(&b, z->entries, 2);
	buf_le(&b, z->entries, 2);
	buf_le(&b, z->directory.n, 4);
	buf_le(&b, far ? UINT32_MAX : start, 4);
	buf_le(&b, 0, 2);
	return leave_buf(z, &b);
}
