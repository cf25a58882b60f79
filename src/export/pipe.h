/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The half of an export that does not know what is taken out: rows go into a
 * file of some format, its bytes through the lock to whoever asked, and four
 * times a second he hears how far it is.
 */
#ifndef EXPORT_PIPE_H
#define EXPORT_PIPE_H

#include "sheet.h"

/* Who takes what is made. */
struct taker {
	export_sink *sink;
	export_tell *tell;
	void *arg;
};

struct pipe {
	const struct export_request *request;
	struct taker to;
	struct fault *fault;

	const struct format *format;
	struct form_options options; /* ready before pipe_open */
	struct sink *file;
	struct lock *lock;
	struct export_progress progress;
	bool open; /* export_tell was told the total */
	int64_t told;
};

/* Tell the total, begin the locked file. */
enum err pipe_open(struct pipe *p, struct arena *a) MUST_USE;
/* A sheet: pipe_begin, pipe_row …, pipe_end. */
enum err pipe_begin(struct pipe *p, const struct sheet *s) MUST_USE;
enum err pipe_row(struct pipe *p, struct str text) MUST_USE;
enum err pipe_end(struct pipe *p) MUST_USE;
/* The last bytes, and all that is open is closed. */
enum err pipe_finish(struct pipe *p, const struct manifest *m,
		     size_t n) MUST_USE;
void pipe_fini(struct pipe *p); /* whatever came before; also of zeroes */
/* A look at the clock where no bytes flow; before pipe_open it is
 * request->go that is asked. */
enum err pipe_pulse(struct pipe *p) MUST_USE;

#endif
