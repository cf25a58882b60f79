/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Jobs, worked through.  A slice is one transaction: the next users, what is
 * done to them, and the new place of the job; cut off before its commit it
 * never was, after it is not done again.  Its size follows the work that the
 * last one was, so that other writers wait for about a tenth of a second, and
 * is kept with the place.
 *
 * Whoever works on a job holds a lease, renewed by each slice; a worker that
 * was killed loses it after LEASE, one that is only slow finds out at its next
 * slice that it is not the holder any more.
 */
#include "job.h"

#include <rapport/chats.h>

#include <stdatomic.h>
#include <time.h>

#define SLICE_WORK 100000 /* microseconds of one core */
#define SLICE_FIRST 500u
#define SLICE_LEAST 64u
#define SLICE_MOST 5000u
#define SETS_FIRST 20000u /* of the kinds that move whole sets */
#define SETS_MOST (1u << 19)

struct work {
	struct slice *slice;
	struct kv_txn *txn;
	struct arena arena;
	struct job_record r;
	struct batch *batch;
	uint32_t *ids;
	size_t n;
	int64_t began; /* by core_time */
	size_t passed; /* of the ids */
	bool lost;     /* not ours, or ended */
};

/* What this thread has worked, in microseconds: waiting does not count. */
static int64_t
core_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

static bool
moves_sets(enum job_kind k)
{
	return k == JOB_ADD_TO_SEGMENT || k == JOB_REMOVE_FROM_SEGMENT;
}

static uint32_t
slice_size(const struct job_record *r)
{
	if (r->most)
		return r->most;
	return moves_sets(r->job.kind) ? SETS_FIRST : SLICE_FIRST;
}

/* The next size, by what this one was. */
static uint32_t
next_size(const struct job_record *r, int64_t work)
{
	uint32_t now = slice_size(r);
	uint32_t most = moves_sets(r->job.kind) ? SETS_MOST : SLICE_MOST;

	if (work > SLICE_WORK)
		return now / 2 > SLICE_LEAST ? now / 2 : SLICE_LEAST;
	if (work > SLICE_WORK / 2)
		return now;
	return now < most / 2 ? 2 * now : most;
}

/* The next users ----------------------------------------------------------- */

/* Up to `room` ids of the piece from the offset on; false: no such piece. */
static bool
piece_take(struct work *w, size_t room)
{
	struct job_record *r = &w->r;
	uint64_t n, last = 0;
	struct str value;
	struct key key;
	struct rd rd;

	if (!kv_get(w->txn, SP_JOB,
		    key_of_two(&key, 'i', r->job.id, r->piece), &value))
		return false;
	rd = record_rd(w->txn, value);
	n = rd_varint(&rd);
	for (uint64_t i = 0; i < n && !rd.bad; i++) {
		last += rd_varint(&rd);
		if (i >= r->offset && i - r->offset < room)
			w->ids[w->n++] = (uint32_t)last;
	}
	return record_done(w->txn, &rd, "bulk action's piece");
}

static void
ids_take(struct work *w)
{
	const struct job_record start = w->r;
	uint64_t left = w->r.job.total - w->r.job.done;

	if (left > slice_size(&w->r))
		left = slice_size(&w->r);
	w->ids = arena_get(&w->arena, (left + 1) * sizeof(*w->ids));
	while (w->n < left) {
		size_t before = w->n;

		if (!piece_take(w, left - w->n) || w->n == before)
			break;
		w->r.piece++;
		w->r.offset = 0;
	}
	w->r.piece = start.piece;
	w->r.offset = start.offset;
}

static void
place_advance(struct job_record *r, size_t n)
{
	uint64_t at = r->offset + n;

	r->piece += (uint32_t)(at / PIECE_IDS);
	r->offset = (uint32_t)(at % PIECE_IDS);
	r->job.done += n;
}

/* What is done to them ----------------------------------------------------- */

static enum err
act_segment(struct work *w, struct fault *f)
{
	struct bits *who = bits_of(w->ids, w->n);
	bool in = w->r.job.kind == JOB_ADD_TO_SEGMENT;
	const struct job *j = &w->r.job;
	const struct move why = {
	    .at = j->started,
	    .cause = MOVE_BULK,
	    .by = who_mark(j->by.kind, j->by.id)};
	uint64_t n = 0;
	enum err e;

	batch_moving(w->batch, &why);
	e = in ? batch_segment_add(w->batch, w->r.segment, who, &n, f)
			: batch_segment_remove(w->batch, w->r.segment, who, &n,
					       f);

	batch_moving(w->batch, NULL);
	bits_free(who);
	w->r.job.changed += n;
	w->passed = w->n;
	return e;
}

/* Time enough for one more user? */
static bool
time_left(const struct work *w)
{
	return w->passed == 0 || core_time() - w->began < SLICE_WORK;
}

static enum err
edit_all(struct work *w, const struct attr *a, const struct value *v,
	 struct fault *f)
{
	const struct job *j = &w->r.job;
	uint32_t by = j->by.kind == WHO_MANAGER ? j->by.id : 0;

	for (; w->passed < w->n && time_left(w); w->passed++) {
		struct fault why = {0};
		enum err e = batch_edit(w->batch, w->ids[w->passed], a, v, by,
					j->started, &why);

		if (e == OK)
			w->r.job.changed++;
		else if (e == ERR_LIMIT)
			w->r.job.refused++;
		else if (e != ERR_NOT_FOUND) /* gone meanwhile */
			return fail(f, e, why.path, "%s", why.text);
	}
	return OK;
}

static enum err
act_attribute(struct work *w, struct fault *f)
{
	const struct attr *a;
	struct value v;
	struct json *j;
	enum err e;

	TRY(json_parse(&w->arena, w->r.value, &j, f));
	TRY(batch_attr(w->batch, w->r.job.attribute, j, false, &a, f));
	if (!a)
		return fail(f, ERR_INVALID, "attribute",
			    "the attribute is not there any more");
	e = value_of_json(batch_arena(w->batch), a, j, &v, f);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	return edit_all(w, a, e == OK ? &v : NULL, f);
}

static enum err
act_ban(struct work *w, struct fault *f)
{
	bool ban = w->r.job.kind == JOB_BAN;
	struct json j = {.kind = ban ? JSON_TRUE : JSON_FALSE};
	struct value v = {.type = TYPE_BOOLEAN, .flag = ban};
	const struct attr *a;

	TRY(batch_attr(w->batch, S("banned"), &j, false, &a, f));
	return edit_all(w, a, &v, f);
}

static enum err
act_delete(struct work *w, struct fault *f)
{
	enum erase_mode mode = w->r.forget ? ERASE_FORGET : ERASE_KEEP_TOTALS;
	struct chat_batch *chats = chat_batch_begin(w->batch);
	enum err e = OK;

	for (; w->passed < w->n && time_left(w) && e == OK; w->passed++) {
		struct erasure gone = {.mode = mode,
				       .at = w->r.job.started},
			       certificate;

		chats_erase(chats, w->ids[w->passed], &gone);
		e = batch_erase(w->batch, w->ids[w->passed], mode,
				w->r.job.started, &certificate, NULL);
		w->r.job.changed += e == OK;
		if (e == ERR_NOT_FOUND) /* gone already */
			e = kv_error(w->txn);
	}
	if (e == OK)
		chat_batch_end(chats);
	chat_batch_free(chats);
	return e == OK ? OK : fail(f, e, "", "%s", err_sentence(e));
}

typedef enum err act_fn(struct work *w, struct fault *f);

static act_fn *const acts[JOB_KINDS] = {
    [JOB_ADD_TO_SEGMENT] = act_segment,
    [JOB_REMOVE_FROM_SEGMENT] = act_segment,
    [JOB_SET_ATTRIBUTE] = act_attribute,
    [JOB_BAN] = act_ban,
    [JOB_UNBAN] = act_ban,
    [JOB_DELETE] = act_delete,
};

/* Slices ------------------------------------------------------------------- */

/* Ended, by whoever started it; `now` is when. */
static void
end_audited(struct work *w, enum job_state state, int64_t now)
{
	const struct job *j = &w->r.job;
	const struct who who = {.kind = j->by.kind, .id = j->by.id};
	const struct by by = {.who = &who, .from = w->r.from, .at = now};

	job_end(w->txn, &w->r, state, now);
	job_audit(w->slice->staff, w->txn, &by, "bulk.end", &w->r, j->changed);
	w->slice->ended = true;
}

static enum err
slice_act(struct work *w, struct fault *f)
{
	enum err e;

	ids_take(w);
	TRY(kv_error(w->txn));
	w->batch = batch_begin(w->slice->people, w->txn, 0);
	e = kv_error(w->txn);
	if (e == OK && w->n > 0)
		e = acts[w->r.job.kind](w, f);
	if (e == OK)
		batch_end(w->batch);
	batch_free(w->batch);
	return e != OK ? e : kv_error(w->txn);
}

static enum err
slice_body(struct work *w)
{
	struct fault *f = kv_fault(w->txn);
	struct job *j = &w->r.job;
	int64_t now = clock_now();

	w->lost = !job_load(w->txn, &w->arena, w->slice->job, &w->r) ||
		  j->state != JOB_RUNNING ||
		  w->r.holder != w->slice->holder;
	if (w->lost)
		return kv_error(w->txn) != OK
			   ? kv_error(w->txn)
			   : fail(f, ERR_CONFLICT, "", "not ours any more");
	if (!actor_may(w->txn, j->by, job_permission(j->kind), now)) {
		j->reason = S("whoever started it may not do that any more");
		end_audited(w, JOB_FAILED, now);
		return kv_error(w->txn);
	}
	TRY(slice_act(w, f));
	place_advance(&w->r, w->passed);
	w->r.most = next_size(&w->r, core_time() - w->began);
	w->r.until = now + LEASE;
	if (j->done < j->total && w->passed > 0)
		job_store(w->txn, &w->r);
	else
		end_audited(w, JOB_DONE, now);
	return kv_error(w->txn);
}

static enum err
slice_write(struct kv_txn *txn, void *arg)
{
	struct work *w = arg;
	struct slice *slice = w->slice;
	enum err e;

	*w = (struct work){.slice = slice, .txn = txn, .began = core_time()};
	slice->ended = false;
	arena_init(&w->arena);
	e = slice_body(w);
	arena_fini(&w->arena);
	return e;
}

struct failing {
	struct slice *slice;
	const struct fault *why;
};

static enum err
fail_write(struct kv_txn *txn, void *arg)
{
	struct failing *x = arg;
	struct work w = {.slice = x->slice, .txn = txn};

	arena_init(&w.arena);
	if (job_load(txn, &w.arena, x->slice->job, &w.r) &&
	    w.r.job.state == JOB_RUNNING && w.r.holder == x->slice->holder) {
		w.r.job.reason = str_of(x->why->text);
		end_audited(&w, JOB_FAILED, clock_now());
	}
	arena_fini(&w.arena);
	return kv_error(txn);
}

/* Nothing that goes away by itself. */
static bool
for_good(enum err e)
{
	return e == ERR_NOT_FOUND || e == ERR_CONFLICT || e == ERR_INVALID ||
	       e == ERR_LIMIT || e == ERR_INPUT;
}

enum err
job_slice(struct slice *s, struct fault *f)
{
	struct work w = {.slice = s};
	struct fault why = {0};
	struct failing x = {s, &why};
	enum err e;

	TRY(people_refresh(s->people, f));
	e = kv_write(staff_kv(s->staff), slice_write, &w, &why);
	if (e == OK)
		return OK;
	s->ended = false;
	if (!w.lost && for_good(e))
		return kv_write(staff_kv(s->staff), fail_write, &x, f);
	return fail(f, e, why.path, "%s", why.text);
}

/* Leases ------------------------------------------------------------------- */

struct lease {
	uint32_t job;
	uint64_t holder;
	bool found, release;
	enum job_kind kind;
};

/* The oldest that nobody holds. */
static enum err
lease_look(struct kv_txn *txn, void *arg)
{
	struct lease *l = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_JOB, S("r"));
	int64_t now = clock_now();

	l->found = false;
	for (bool more = kv_seek(c, STR_NONE); more && !l->found;
	     more = kv_next(c)) {
		struct rd key = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		struct job_record r;
		struct arena a;

		arena_init(&a);
		l->job = rd_be32(&key);
		l->found = job_load(txn, &a, l->job, &r) &&
			   r.job.state == JOB_RUNNING &&
			   (r.holder == 0 || r.until <= now);
		arena_fini(&a);
	}
	kv_cursor_close(c);
	return kv_error(txn);
}

static enum err
lease_write(struct kv_txn *txn, void *arg)
{
	struct lease *l = arg;
	int64_t now = clock_now();
	struct job_record r;
	struct arena a;

	arena_init(&a);
	l->found = job_load(txn, &a, l->job, &r) &&
		   r.job.state == JOB_RUNNING &&
		   (l->release ? r.holder == l->holder
			       : r.holder == 0 || r.until <= now);
	if (l->found) {
		l->kind = r.job.kind;
		r.holder = l->release ? 0 : l->holder;
		r.until = l->release ? 0 : now + LEASE;
		job_store(txn, &r);
	}
	arena_fini(&a);
	return kv_error(txn);
}

static enum err
slices_run(struct slice *s, int64_t budget, const _Atomic bool *stop,
	   struct fault *f)
{
	int64_t began = clock_now();

	do
		TRY(job_slice(s, f));
	while (!s->ended && clock_now() - began < budget &&
	       !(stop && atomic_load(stop)));
	return OK;
}

enum err
jobs_run_one(struct staff *s, struct people *p, int64_t budget,
	     const _Atomic bool *stop, bool *worked, struct fault *f)
{
	struct kv *kv = staff_kv(s);
	struct slice slice = {.staff = s, .people = p, .stop = stop};
	struct lease l = {.holder = random_u64() | 1};
	struct fault ignored = {0};
	enum err e;

	*worked = false;
	TRY(kv_read(kv, lease_look, &l, f));
	if (!l.found)
		return OK;
	TRY(kv_write(kv, lease_write, &l, f));
	if (!l.found)
		return OK;
	*worked = true;
	slice.job = l.job;
	slice.holder = l.holder;
	e = l.kind == JOB_CHANGE_TYPE ? job_retype(&slice, f)
				      : slices_run(&slice, budget, stop, f);
	if (slice.ended)
		return e;
	/* called off, or taken over: that is no error of the worker */
	l.release = true;
	if (kv_write(kv, lease_write, &l, &ignored) == OK && !l.found)
		return e == ERR_CONFLICT ? OK : e;
	return e;
}
