/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * web: the FastCGI worker.  One process serves one pool from one listening
 * socket with a few threads that share nothing but what was opened at the
 * start.  Any number of such processes may serve one store; each may be ended
 * at any moment.
 */
#ifndef RAPPORT_WEB_H
#define RAPPORT_WEB_H

#include <rapport/base.h>

#define WEB_THREADS_MAX 256u

enum web_pool { POOL_API, POOL_EXPORT };

struct web_options {
	const char *dir; /* the store */
	int listen;      /* a listening socket; stays open */
	enum web_pool pool;
	unsigned threads; /* 0: 64 for the api, 4 for exports */
	unsigned stuck; /* seconds without a move after which a request is cut;
			   0: 60, or 600 for exports */
	bool bench_hello; /* answer GET /api/v1/hello */
};

/* Serve until SIGTERM or SIGINT: what runs is finished, nothing is refused.
 * Blocks these signals in the caller. Errors of opening the store; IO when the
 * store failed on the way, so that the process should be started anew. */
enum err web_run(const struct web_options *options, struct fault *f) MUST_USE;

/* The socket to serve: `path` is made (mode 0660), or taken over from a worker
 * that is gone; ERR_CONFLICT when one is serving it. The lock beside it,
 * path.lock, is held as long as the process lives. */
enum err web_listen(const char *path, int *fd, struct fault *f) MUST_USE;
/* The one we were given: file 3 of systemd, or 0 of spawn-fcgi. False: none. */
bool web_inherited(int *fd);

#endif
