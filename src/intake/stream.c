/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A stream of events of any length: pieces are cut and read as bytes come and
 * written parcel by parcel.  Two parcels take turns: while one is applied by
 * the writing thread, the next is read by the caller.  A bulk load leaves the
 * indexes to the end.
 */
#include "parcel.h"

#include <pthread.h>
#include <stdlib.h>

struct intake {
	struct kv *kv;
	struct people *people;
	struct intake_stream_options options;
	struct arena arena; /* refusals of the result */
	struct splitter splitter;
	struct intake_result result;
	struct taken taken;
	struct parcel parcels[2];
	size_t filling; /* index of the one being read into */

	pthread_t writer;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct parcel *given; /* to the writer, until it is done */
	bool stop;
	enum err err; /* of the writer, sticks */
	struct fault fault;
};

static void
parcel_report(struct intake *in, const struct parcel *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct item *item = &p->items[i];
		struct refusal r = {.line = item->line};

		if (item->outcome != REFUSED)
			continue;
		r.fault = *item->fault;
		if (in->options.on_refusal != NULL)
			in->options.on_refusal(in->options.arg, &r, item->text);
	}
}

static void *
writer_main(void *arg)
{
	struct intake *in = arg;

	pthread_mutex_lock(&in->lock);
	for (;;) {
		struct fault fault = {0};
		enum err e;

		while (in->given == NULL && !in->stop)
			pthread_cond_wait(&in->changed, &in->lock);
		if (in->given == NULL)
			break;
		pthread_mutex_unlock(&in->lock);
		e = parcel_write(in->given, in->kv, &fault);
		pthread_mutex_lock(&in->lock);
		if (e != OK && in->err == OK) {
			in->err = e;
			in->fault = fault;
		}
		in->given = NULL;
		pthread_cond_broadcast(&in->changed);
	}
	pthread_mutex_unlock(&in->lock);
	return NULL;
}

static void
parcel_prepare(struct intake *in, struct parcel *p)
{
	parcel_init(p);
	p->people = in->people;
	p->options = &in->options.base;
	p->most_events = STREAM_EVENTS;
	p->most_bytes = STREAM_BYTES;
	p->flags = in->options.bulk ? BATCH_NO_INDEX : 0;
	p->keep_text = true; /* bytes are gone when the next are fed */
	p->taken = in->options.base.dry_run ? &in->taken : NULL;
	p->now = clock_now();
}

struct intake *
intake_open(struct people *p, struct kv *kv,
	    const struct intake_stream_options *options)
{
	struct intake *in = mem_new(sizeof(*in));

	in->kv = kv;
	in->people = p;
	in->options = *options;
	in->options.base.atomic = false;
	if (in->options.memory == 0)
		in->options.memory = (size_t)256 << 20;
	if (in->options.tmp_dir == NULL)
		in->options.tmp_dir = "/tmp";
	arena_init(&in->arena);
	splitter_init(&in->splitter);
	for (size_t i = 0; i < COUNT(in->parcels); i++)
		parcel_prepare(in, &in->parcels[i]);
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->changed, NULL);
	if (pthread_create(&in->writer, NULL, writer_main, in) != 0) {
		log_line(LOG_ERROR, "intake", "no thread for writing");
		abort();
	}
	return in;
}

/* Wait for the writer and count what it did. */
static enum err
writer_wait(struct intake *in, struct fault *f)
{
	struct parcel *p = &in->parcels[!in->filling];
	enum err e;

	pthread_mutex_lock(&in->lock);
	while (in->given != NULL)
		pthread_cond_wait(&in->changed, &in->lock);
	e = in->err;
	if (e != OK && f != NULL && f->code == OK)
		*f = in->fault;
	pthread_mutex_unlock(&in->lock);
	if (e == OK) {
		parcel_tally(p, &in->arena, in->options.base.refusals_max,
			     &in->result);
		parcel_report(in, p);
	}
	parcel_reset(p);
	return e;
}

/* Give the parcel that was filled to the writer and take the other. */
static enum err
parcel_give(struct intake *in, struct fault *f)
{
	TRY(writer_wait(in, f));
	pthread_mutex_lock(&in->lock);
	in->given = &in->parcels[in->filling];
	pthread_cond_broadcast(&in->changed);
	pthread_mutex_unlock(&in->lock);
	in->filling = !in->filling;
	in->parcels[in->filling].now = clock_now();
	return OK;
}

static enum err
pieces_take(struct intake *in, struct str bytes, bool last, struct fault *f)
{
	struct piece piece;

	while (split_next(&in->splitter, &bytes, last, &piece)) {
		struct parcel *p = &in->parcels[in->filling];

		parcel_add(p, &piece);
		if (parcel_full(p))
			TRY(parcel_give(in, f));
	}
	return OK;
}

enum err
intake_feed(struct intake *in, struct str bytes, struct fault *f)
{
	return pieces_take(in, bytes, false, f);
}

enum err
intake_finish(struct intake *in, struct intake_result *out, struct fault *f)
{
	const struct intake_stream_options *o = &in->options;

	TRY(pieces_take(in, STR_NONE, true, f));
	TRY(parcel_give(in, f));
	TRY(writer_wait(in, f));
	*out = in->result;
	if (o->bulk && !o->base.dry_run) {
		struct reindex_in index = {.memory = o->memory,
					   .tmp_dir = o->tmp_dir,
					   .progress = o->progress,
					   .arg = o->arg,
					   .leave = o->leave};

		TRY(store_reindex(in->people, in->kv, &index, f));
		TRY(kv_sync(in->kv, f));
	}
	return OK;
}

void
intake_close(struct intake *in)
{
	if (in == NULL)
		return;
	pthread_mutex_lock(&in->lock);
	in->stop = true;
	pthread_cond_broadcast(&in->changed);
	pthread_mutex_unlock(&in->lock);
	pthread_join(in->writer, NULL);
	for (size_t i = 0; i < COUNT(in->parcels); i++)
		parcel_fini(&in->parcels[i]);
	free(in->taken.slots);
	splitter_fini(&in->splitter);
	arena_fini(&in->arena);
	pthread_cond_destroy(&in->changed);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

uint64_t
intake_lines(const struct intake *in)
{
	return in->splitter.line - 1;
}
