/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sink of formats of text: of each sheet head, rows with what stands
 * between two, tail; and what stands around and between the sheets.  Rows are
 * gathered, since what comes behind (the lock, the web) works on large pieces.
 */
#include "sheet.h"

#include <stdlib.h>

#define OUT_BYTES (256u << 10)

struct plain {
	struct sink sink;
	struct buf text;
	struct str between;
	bool any;    /* a row of the sheet was put */
	bool sheets; /* a sheet was begun */
};

static struct plain *
plain_of(struct sink *k)
{
	return (struct plain *)k; /* its first member */
}

struct sink *
plain_open(int64_t at)
{
	struct plain *p = mem_new(sizeof(*p));

	buf_init(&p->text);
	return &p->sink;
}

void
plain_close(struct sink *k)
{
	buf_fini(&plain_of(k)->text);
	free(k);
}

static enum err
put_out(struct plain *p)
{
	enum err e = p->sink.out(p->sink.arg, buf_str(&p->text));

	buf_reset(&p->text);
	return e;
}

enum err
plain_begin(struct sink *k, const struct sheet *s)
{
	struct plain *p = plain_of(k);
	const struct form *f = k->format->form;

	p->between = str_of(f->between);
	p->any = false;
	buf_put(&p->text, str_of(p->sheets ? f->part : f->first));
	p->sheets = true;
	if (f->head != NULL)
		f->head(&p->text, s, k->options);
	return OK;
}

enum err
plain_row(struct sink *k, struct str text)
{
	struct plain *p = plain_of(k);

	if (p->any)
		buf_put(&p->text, p->between);
	p->any = true;
	buf_put(&p->text, text);
	return p->text.n < OUT_BYTES ? OK : put_out(p);
}

enum err
plain_end(struct sink *k)
{
	struct plain *p = plain_of(k);

	buf_put(&p->text, str_of(k->format->form->tail));
	return OK;
}

enum err
plain_finish(struct sink *k, const struct manifest *m, size_t n)
{
	struct plain *p = plain_of(k);

	buf_put(&p->text, str_of(k->format->form->last));
	return put_out(p);
}
