/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Sheets as CSV files in a ZIP archive: "UserChat data.csv" …, each with its
 * header, in the order of the sheets.  A file that would outgrow what an entry
 * can hold goes on as "Message data (2).csv".
 */
#include "csv.h"
#include "sheet.h"
#include "zip.h"

#include <stdlib.h>

#define OUT_BYTES (64u << 10)

struct zipped {
	struct sink sink;
	int64_t at;
	struct zip *zip;
	struct buf text; /* on its way into the archive */
	struct buf name;
	const struct sheet *sheet;
	unsigned number; /* of the sheet's files */
	uint32_t rows;   /* of the file */
};

static struct zipped *
zipped_of(struct sink *k)
{
	return (struct zipped *)k; /* its first member */
}

static struct sink *
zipped_open(int64_t at)
{
	struct zipped *z = mem_new(sizeof(*z));

	z->at = at;
	buf_init(&z->text);
	buf_init(&z->name);
	return &z->sink;
}

static void
zipped_close(struct sink *k)
{
	struct zipped *z = zipped_of(k);

	zip_free(z->zip);
	buf_fini(&z->text);
	buf_fini(&z->name);
	free(z);
}

static enum err
put_out(struct zipped *z)
{
	enum err e = zip_put(z->zip, buf_str(&z->text));

	buf_reset(&z->text);
	return e;
}

static enum err
file_begin(struct zipped *z)
{
	buf_reset(&z->name);
	buf_put(&z->name, z->sheet->name);
	if (++z->number > 1)
		buf_printf(&z->name, " (%u)", z->number);
	buf_put(&z->name, S(".csv"));
	z->rows = 0;
	z->sink.format->form->head(&z->text, z->sheet, z->sink.options);
	return zip_begin(z->zip, buf_str(&z->name));
}

static enum err
file_end(struct zipped *z)
{
	TRY(put_out(z));
	return zip_end(z->zip);
}

static enum err
zipped_begin(struct sink *k, const struct sheet *s)
{
	struct zipped *z = zipped_of(k);

	if (z->zip == NULL)
		z->zip = zip_new(k->out, k->arg, z->at);
	z->sheet = s;
	z->number = 0;
	return file_begin(z);
}

static enum err
zipped_row(struct sink *k, struct str text)
{
	struct zipped *z = zipped_of(k);
	uint64_t most =
	    k->options->bytes_max ? k->options->bytes_max : ZIP_ENTRY_MAX;

	if (z->rows > 0 && zip_size(z->zip) + z->text.n + text.n > most) {
		TRY(file_end(z));
		TRY(file_begin(z));
	}
	z->rows++;
	buf_put(&z->text, text);
	return z->text.n < OUT_BYTES ? OK : put_out(z);
}

static enum err
zipped_end(struct sink *k)
{
	return file_end(zipped_of(k));
}

static enum err
zipped_finish(struct sink *k, const struct manifest *m, size_t n)
{
	return zip_finish(zipped_of(k)->zip);
}

const struct format format_zip = {
    .media = "application/zip",
    .form = &form_csv,
    .open = zipped_open,
    .begin = zipped_begin,
    .row = zipped_row,
    .end = zipped_end,
    .finish = zipped_finish,
    .close = zipped_close,
};
