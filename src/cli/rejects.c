/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * --rejects: the file of what an import refused.  That it could not be written
 * is told once, at the end, unless something worse went wrong.
 */
#include "cli.h"

enum err
rejects_open(struct cli *c, const char *path, struct rejects *out)
{
	*out = (struct rejects){.path = path};
	if (path == NULL)
		return OK;
	out->file = fopen(path, "we");
	return out->file != NULL
		   ? OK
		   : fail(&c->fault, ERR_IO, path, "It cannot be written.");
}

void
rejects_put(struct rejects *r, struct str text)
{
	r->failed |= fwrite(text.p, 1, text.n, r->file) != text.n;
}

enum err
rejects_close(struct cli *c, struct rejects *r, enum err e)
{
	if (r->file != NULL && (fclose(r->file) != 0 || r->failed) && e == OK)
		e = fail(&c->fault, ERR_IO, r->path, "Writing it failed.");
	r->file = NULL;
	return e;
}
