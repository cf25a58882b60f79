/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * 4 KiB of nothing, to measure what FastCGI costs before we do any work.  Only
 * a worker started with --bench-hello answers here.
 */
#include "routes.h"

#define HELLO_BYTES 4096u

static enum err hello(struct req *q, struct res *r);

const struct route hello_routes[] = {
    {GET, API "/hello", PUBLIC, 0, NULL, NULL, 0, hello,
     "4 KiB, for measuring"},
};

static enum err
hello(struct req *q, struct res *r)
{
	if (!q->app->bench_hello)
		return ERR_NOT_FOUND;
	res_empty(r, 200);
	r->type = "text/plain; charset=utf-8";
	memset(buf_room(r->out, HELLO_BYTES), 'h', HELLO_BYTES);
	r->out->n = HELLO_BYTES;
	return OK;
}
