/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive a workbook is, by libzip: entries are found in its directory and
 * inflated as they are read.  Nothing is ever unpacked to disk, so a name in
 * it is a key and no path.
 *
 * What an entry holds is what the directory says: one that goes on behind that
 * size is a lie, and so is one whose checksum is not that of its bytes. Deflate
 * makes a thousand bytes of one at most; a large entry of more than RATIO of
 * them is there to keep us busy, since no table of people packs like that.
 */
#include "room.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zip.h>

#define ENTRIES_MAX 20000
#define RATIO 200u
#define RATIO_FROM (64u << 20) /* bytes unpacked */

struct archive {
	zip_t *zip;
	uint64_t most;
};

struct part {
	zip_file_t *file;
	char name[PART_NAME_MAX];
	uint64_t size, done;
};

static enum err
damaged(struct fault *f, const char *name, zip_error_t *error)
{
	if (zip_error_code_zip(error) == ZIP_ER_READ)
		return fail(f, ERR_IO, "", "Reading the file failed.");
	return fail(f, ERR_INPUT, "", "the workbook is damaged: %s: %s", name,
		    zip_error_strerror(error));
}

static enum err
archive_open(zip_source_t *source, struct archive **out, struct fault *f)
{
	struct archive *z;
	zip_error_t error;
	zip_t *zip;
	enum err e = OK;

	zip_error_init(&error);
	zip = zip_open_from_source(source, ZIP_RDONLY, &error);
	if (zip == NULL) {
		e = fail(f, ERR_INPUT, "", "the workbook is cut or damaged: %s",
			 zip_error_strerror(&error));
		zip_source_free(source);
		zip_error_fini(&error);
		return e;
	}
	zip_error_fini(&error);
	if (zip_get_num_entries(zip, 0) > ENTRIES_MAX) {
		zip_discard(zip);
		return fail(f, ERR_LIMIT, "",
			    "a workbook has at most %d parts here",
			    ENTRIES_MAX);
	}
	z = mem_new(sizeof(*z));
	z->zip = zip;
	*out = z;
	return OK;
}

enum err
archive_of_bytes(struct str bytes, struct archive **out, struct fault *f)
{
	zip_error_t error;
	zip_source_t *source;

	zip_error_init(&error);
	source = zip_source_buffer_create(bytes.p, bytes.n, 0, &error);
	zip_error_fini(&error);
	return source ? archive_open(source, out, f)
		      : fail(f, ERR_IO, "", "Reading the file failed.");
}

enum err
archive_of_file(int fd, struct archive **out, struct fault *f)
{
	int own = dup(fd);
	FILE *file = own < 0 ? NULL : fdopen(own, "rb");
	zip_source_t *source = NULL;
	zip_error_t error;

	zip_error_init(&error);
	if (file != NULL)
		source = zip_source_filep_create(file, 0, -1, &error);
	zip_error_fini(&error);
	if (source != NULL)
		return archive_open(source, out, f);
	if (file != NULL)
		fclose(file);
	else if (own >= 0)
		close(own);
	return fail(f, ERR_IO, "", "Reading the file failed.");
}

void
archive_close(struct archive *z)
{
	if (z == NULL)
		return;
	zip_discard(z->zip);
	free(z);
}

/* Names are the same in capitals (ECMA-376 part 2, 6.2.2.3). */
static int64_t
entry_find(const struct archive *z, const char *name)
{
	int64_t at = zip_name_locate(z->zip, name, ZIP_FL_ENC_RAW);

	return at >= 0 ? at : zip_name_locate(z->zip, name, ZIP_FL_NOCASE);
}

bool
archive_has(const struct archive *z, const char *name, uint64_t *size)
{
	int64_t at = entry_find(z, name);
	zip_stat_t st;

	if (at < 0 || zip_stat_index(z->zip, (uint64_t)at, 0, &st) != 0)
		return false;
	if (size)
		*size = st.valid & ZIP_STAT_SIZE ? st.size : 0;
	return true;
}

static enum err
entry_check(const zip_stat_t *st, const char *name, struct fault *f)
{
	const uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
				ZIP_STAT_COMP_METHOD |
				ZIP_STAT_ENCRYPTION_METHOD;

	if ((st->valid & needed) != needed)
		return fail(f, ERR_INPUT, "",
			    "the workbook is damaged: %s has no size", name);
	if (st->encryption_method != ZIP_EM_NONE)
		return fail(f, ERR_INPUT, "",
			    "the archive is locked with a password: unpack it "
			    "and give the workbook");
	if (st->comp_method != ZIP_CM_STORE &&
	    st->comp_method != ZIP_CM_DEFLATE)
		return fail(f, ERR_INPUT, "",
			    "%s is packed in a way that workbooks are not "
			    "(method %u)",
			    name, st->comp_method);
	if (st->size > RATIO_FROM && st->size / RATIO > st->comp_size)
		return fail(f, ERR_LIMIT, "",
			    "%s unpacks to more than %u times its size: that "
			    "is no table",
			    name, RATIO);
	return OK;
}

void
archive_bound(struct archive *z, uint64_t most)
{
	z->most = most;
}

enum err
part_open(struct archive *z, const char *name, struct part **out,
	  struct fault *f)
{
	int64_t at = entry_find(z, name);
	struct part *p;
	zip_stat_t st;

	if (at < 0)
		return fail(f, ERR_INPUT, "",
			    "the workbook is damaged: %.120s is missing", name);
	if (zip_stat_index(z->zip, (uint64_t)at, 0, &st) != 0)
		return damaged(f, name, zip_get_error(z->zip));
	TRY(entry_check(&st, name, f));
	if (z->most > 0 && st.size > z->most)
		return fail(f, ERR_LIMIT, "",
			    "%s has more than %llu MiB unpacked: take it in "
			    "with rapport segment import",
			    name, (unsigned long long)(z->most >> 20));
	p = mem_new(sizeof(*p));
	p->file = zip_fopen_index(z->zip, (uint64_t)at, 0);
	if (p->file == NULL) {
		free(p);
		return damaged(f, name, zip_get_error(z->zip));
	}
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->size = st.size;
	*out = p;
	return OK;
}

enum err
part_read(struct part *p, char *out, size_t n, size_t *got, struct fault *f)
{
	int64_t r = zip_fread(p->file, out, n);

	*got = 0;
	if (r < 0)
		return damaged(f, p->name, zip_file_get_error(p->file));
	p->done += (uint64_t)r;
	if (p->done > p->size || (r == 0 && p->done < p->size))
		return fail(f, ERR_INPUT, "",
			    "the workbook is damaged: %s has not the size that "
			    "is said",
			    p->name);
	*got = (size_t)r;
	return OK;
}

uint64_t
part_done(const struct part *p)
{
	return p->done;
}

void
part_close(struct part *p)
{
	if (p == NULL)
		return;
	zip_fclose(p->file);
	free(p);
}
