/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows in, a locked file out.  The lock is told the file's own name, which is
 * that of the locked one without its suffix.
 */
#include "pipe.h"

#define TELL_EVERY (SECOND_US / 4)

static enum err
to_sink(void *arg, struct str bytes)
{
	struct pipe *p = arg;

	p->progress.bytes += bytes.n;
	return p->to.sink(p->to.arg, bytes);
}

enum err
pipe_pulse(struct pipe *p)
{
	const struct export_request *r = p->request;
	int64_t now = clock_now();

	if (now - p->told < TELL_EVERY)
		return OK;
	p->told = now;
	if (p->open)
		return p->to.tell == NULL ? OK
					  : p->to.tell(p->to.arg, &p->progress);
	return r->go == NULL ? OK : r->go(r->go_arg);
}

/* Bytes of the file on their way to the lock. */
static enum err
put_bytes(void *arg, struct str bytes)
{
	struct pipe *p = arg;

	TRY(p->lock != NULL ? lock_write(p->lock, bytes) : to_sink(p, bytes));
	return pipe_pulse(p);
}

static enum err
open_lock(struct pipe *p, struct arena *a)
{
	const struct export_request *in = p->request;
	struct str name = export_file_name(a, in);
	struct lock_options o = {
	    .password = in->password,
	    .at = in->at,
	    .aead = in->ocb ? LOCK_OCB : LOCK_GCM,
	    .passes = in->argon2_passes,
	    .memory_kib = in->argon2_memory,
	};

	if (in->password.n == 0)
		return OK;
	if (str_ends(name, S(LOCK_SUFFIX)))
		name.n -= sizeof(LOCK_SUFFIX) - 1;
	o.name = name;
	return lock_new(&p->lock, &o, to_sink, p, p->fault);
}

enum err
pipe_open(struct pipe *p, struct arena *a)
{
	if (p->to.tell != NULL)
		TRY(p->to.tell(p->to.arg, &p->progress));
	p->open = true;
	p->told = clock_now();
	TRY(open_lock(p, a));
	p->file = p->format->open(p->request->at);
	p->file->format = p->format;
	p->file->options = &p->options;
	p->file->out = put_bytes;
	p->file->arg = p;
	return OK;
}

enum err
pipe_begin(struct pipe *p, const struct sheet *s)
{
	return p->format->begin(p->file, s);
}

enum err
pipe_row(struct pipe *p, struct str text)
{
	TRY(p->format->row(p->file, text));
	p->progress.rows++;
	return OK;
}

enum err
pipe_end(struct pipe *p)
{
	return p->format->end(p->file);
}

enum err
pipe_finish(struct pipe *p, const struct manifest *m, size_t n)
{
	TRY(p->format->finish(p->file, m, n));
	if (p->lock != NULL)
		TRY(lock_finish(p->lock));
	return p->to.tell == NULL ? OK : p->to.tell(p->to.arg, &p->progress);
}

void
pipe_fini(struct pipe *p)
{
	if (p->file != NULL)
		p->format->close(p->file);
	lock_free(p->lock);
}
