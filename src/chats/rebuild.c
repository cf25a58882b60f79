/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The parts of a store and who makes them: all of them for a repair or after a
 * bulk import, those that are behind for an upgrade.  A part is behind from
 * before its making begins until it has ended, so whatever cuts that off, the
 * next upgrade makes it again, and the same store comes of it.
 *
 * Parts stand in lanes.  Those of FIRST are made before all others, because
 * they empty what others fill; then the lanes SIDE and MAIN are made at once,
 * each in order.
 */
#include "erased.h"

#include <rapport/chats/waits.h>

#include <pthread.h>

static enum err
people_part(struct people *p, struct kv *kv, const struct reindex_in *in,
	    struct fault *f)
{
	(void)kv;
	return people_reindex(p, in->memory, in->tmp_dir, in->progress,
			      in->arg, f);
}

static enum err
counters_part(struct people *p, struct kv *kv, const struct reindex_in *in,
	      struct fault *f)
{
	(void)p;
	(void)in;
	return counters_build(kv, f);
}

static enum err
failures_part(struct people *p, struct kv *kv, const struct reindex_in *in,
	      struct fault *f)
{
	(void)p;
	(void)in;
	return failures_build(kv, f);
}

static enum err
archive_part(struct people *p, struct kv *kv, const struct reindex_in *in,
	     struct fault *f)
{
	(void)p;
	return archive_build(kv, in->memory, in->tmp_dir, in->progress,
			     in->arg, f);
}

static enum err
waits_part(struct people *p, struct kv *kv, const struct reindex_in *in,
	   struct fault *f)
{
	(void)p;
	(void)in;
	return waits_build(kv, f);
}

static enum err
erased_part(struct people *p, struct kv *kv, const struct reindex_in *in,
	    struct fault *f)
{
	(void)p;
	(void)in;
	return erased_build(kv, f);
}

typedef enum err make_fn(struct people *p, struct kv *kv,
			 const struct reindex_in *in, struct fault *f);

enum lane { FIRST, SIDE, MAIN };

/* In the order of tbl/parts.h. */
static const struct maker {
	enum store_part part;
	enum lane lane;
	make_fn *make;
} makers[] = {
    {PART_PEOPLE, FIRST, people_part},
    {PART_ACTIVITY, SIDE, activity_build},
    {PART_COUNTERS, SIDE, counters_part},
    {PART_FAILURES, SIDE, failures_part},
    {PART_ARCHIVE, MAIN, archive_part},
    {PART_WAITS, SIDE, waits_part},
    {PART_ERASED, SIDE, erased_part},
};

static enum err
begin_body(struct kv_txn *txn, void *arg)
{
	store_part_begin(txn, ((const struct maker *)arg)->part);
	return kv_error(txn);
}

static enum err
end_body(struct kv_txn *txn, void *arg)
{
	store_part_end(txn, ((const struct maker *)arg)->part);
	return kv_error(txn);
}

static enum err
make(const struct maker *m, struct people *p, struct kv *kv,
     const struct reindex_in *in, struct fault *f)
{
	struct maker one = *m;

	TRY(kv_write(kv, begin_body, &one, f));
	if (in->leave >> m->part & 1)
		return OK;
	TRY(m->make(p, kv, in, f));
	return kv_write(kv, end_body, &one, f);
}

struct course {
	struct people *people;
	struct kv *kv;
	struct reindex_in in;
	enum lane lane;
	enum err err;
	struct fault fault;
};

static enum err
lane_make(struct course *c)
{
	for (size_t i = 0; i < COUNT(makers); i++)
		if (makers[i].lane == c->lane)
			TRY(make(&makers[i], c->people, c->kv, &c->in,
				 &c->fault));
	return OK;
}

static void *
lane_thread(void *arg)
{
	struct course *c = arg;

	c->err = lane_make(c);
	return NULL;
}

static enum err
lanes_make(struct course *side, struct course *main, struct fault *f)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, lane_thread, side) != 0)
		return fail(f, ERR_BUSY, "", "no thread could be started");
	main->err = lane_make(main);
	pthread_join(thread, NULL);
	if (main->err != OK)
		side = main;
	return side->err == OK ? OK
			       : fail(f, side->err, side->fault.path, "%s",
				      side->fault.text);
}

enum err
store_reindex(struct people *p, struct kv *kv, const struct reindex_in *in,
	      struct fault *f)
{
	struct course first = {.people = p, .kv = kv, .in = *in, .lane = FIRST};
	struct course side = first, main = first;

	first.err = lane_make(&first);
	if (first.err != OK)
		return fail(f, first.err, first.fault.path, "%s",
			    first.fault.text);
	side.in.memory = main.in.memory = in->memory / 2;
	side.in.progress = NULL; /* one bar */
	side.lane = SIDE;
	main.lane = MAIN;
	return lanes_make(&side, &main, f);
}

struct look {
	bool behind[COUNT(makers)];
};

static enum err
look_body(struct kv_txn *txn, void *arg)
{
	struct look *l = arg;

	for (size_t i = 0; i < COUNT(makers); i++)
		l->behind[i] = store_part_behind(txn, makers[i].part);
	return parts_ready(txn);
}

enum err
store_upgrade(struct people *p, struct kv *kv, const struct reindex_in *in,
	      part_fn *made, struct fault *f)
{
	for (size_t i = 0; i < COUNT(makers); i++) {
		struct fault ignored = {0};
		struct look l;
		enum err e = kv_read(kv, look_body, &l, &ignored);

		if (e == OK)
			return OK;
		if (e != ERR_BEHIND)
			return fail(f, e, ignored.path, "%s", ignored.text);
		if (!l.behind[i])
			continue;
		if (made)
			made(in->arg, store_part_name(makers[i].part));
		TRY(make(&makers[i], p, kv, in, f));
	}
	return OK;
}
