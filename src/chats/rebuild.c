/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The parts of a store and who makes them: all of them for a repair or after a
 * bulk import, those that are behind for an upgrade.  A part is behind from
 * before its making begins until it has ended, so whatever cuts that off, the
 * next upgrade makes it again, and the same store comes of it.
 */
#include "activity.h"

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
archive_part(struct people *p, struct kv *kv, const struct reindex_in *in,
	     struct fault *f)
{
	(void)p;
	return archive_build(kv, in->memory, in->tmp_dir, in->progress,
			     in->arg, f);
}

typedef enum err make_fn(struct people *p, struct kv *kv,
			 const struct reindex_in *in, struct fault *f);

/* In the order of tbl/parts.h. */
static const struct maker {
	enum store_part part;
	make_fn *make;
} makers[] = {
    {PART_PEOPLE, people_part},
    {PART_ACTIVITY, activity_build},
    {PART_COUNTERS, counters_part},
    {PART_ARCHIVE, archive_part},
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
	TRY(m->make(p, kv, in, f));
	return kv_write(kv, end_body, &one, f);
}

enum err
store_reindex(struct people *p, struct kv *kv, const struct reindex_in *in,
	      struct fault *f)
{
	for (size_t i = 0; i < COUNT(makers); i++)
		TRY(make(&makers[i], p, kv, in, f));
	return OK;
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
