/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bulk actions: what one is, who may see it, how it starts and is called off.
 * Whom it is about is worked out and frozen in one snapshot, as whoever starts
 * it may see them, and kept as ids in pieces; job_run.c goes through them.
 */
#include "job.h"
#include "filter.h"

#include <stdio.h>
#include <stdlib.h>

#define SENTENCE_MAX (8u << 10)
#define VALUE_MAX (32u << 10)
#define AUDIT_SENTENCE 1000u

static const struct {
	const char *name;
	uint32_t permission;
} kinds[JOB_KINDS] = {
    [JOB_ADD_TO_SEGMENT] = {"addToSegment", MAY_SEGMENTS_EDIT},
    [JOB_REMOVE_FROM_SEGMENT] = {"removeFromSegment", MAY_SEGMENTS_EDIT},
    [JOB_SET_ATTRIBUTE] = {"setAttribute", MAY_USERS_EDIT},
    [JOB_BAN] = {"ban", MAY_USERS_EDIT},
    [JOB_UNBAN] = {"unban", MAY_USERS_EDIT},
    [JOB_DELETE] = {"delete", MAY_USERS_DELETE},
    [JOB_CHANGE_TYPE] = {"changeType", MAY_SETTINGS},
};

const char *const job_state_names[JOB_STATES] = {
    [JOB_RUNNING] = "running",
    [JOB_DONE] = "done",
    [JOB_CANCELLED] = "cancelled",
    [JOB_FAILED] = "failed",
};

bool
job_kind_find(struct str name, enum job_kind *out)
{
	for (size_t i = 0; i < JOB_KINDS; i++) {
		if (str_eq(name, str_of(kinds[i].name))) {
			*out = (enum job_kind)i;
			return true;
		}
	}
	return false;
}

const char *
job_kind_name(enum job_kind k)
{
	return kinds[k].name;
}

uint32_t
job_permission(enum job_kind k)
{
	return kinds[k].permission;
}

/* Records ------------------------------------------------------------------ */

static bool
job_read(struct kv_txn *txn, struct arena *a, uint32_t id, struct str value,
	 struct job_record *out)
{
	struct rd r = record_rd(txn, arena_str(a, value));
	uint8_t kind = rd_u8(&r), state = rd_u8(&r);
	struct job *j = &out->job;

	*out = (struct job_record){.job = {.id = id}};
	j->kind = kind < JOB_KINDS ? (enum job_kind)kind : JOB_KINDS;
	j->state = state < JOB_STATES ? (enum job_state)state : JOB_FAILED;
	out->forget = rd_u8(&r) != 0;
	j->by = rd_actor(&r);
	j->started = rd_moment(&r);
	j->finished = rd_moment(&r);
	j->total = rd_be64(&r);
	j->done = rd_be64(&r);
	j->changed = rd_be64(&r);
	j->refused = rd_be64(&r);
	out->piece = rd_be32(&r);
	out->offset = rd_be32(&r);
	out->segment = rd_be32(&r);
	out->most = rd_be32(&r);
	out->holder = rd_be64(&r);
	out->until = rd_moment(&r);
	j->by_name = rd_str(&r);
	out->from = rd_str(&r);
	j->sentence = rd_str(&r);
	j->segment = rd_str(&r);
	j->attribute = rd_str(&r);
	out->value = rd_str(&r);
	j->reason = rd_str(&r);
	r.bad |= kind >= JOB_KINDS;
	return record_done(txn, &r, "bulk action");
}

bool
job_load(struct kv_txn *txn, struct arena *a, uint32_t id,
	 struct job_record *out)
{
	struct str value;
	struct key key;

	return kv_get(txn, SP_JOB, key_of_id(&key, 'j', id), &value) &&
	       job_read(txn, a, id, value, out);
}

void
job_store(struct kv_txn *txn, const struct job_record *r)
{
	const struct job *j = &r->job;
	struct key key;
	struct buf b;

	record_start(&b);
	buf_c(&b, (char)j->kind);
	buf_c(&b, (char)j->state);
	buf_c(&b, (char)r->forget);
	buf_actor(&b, j->by);
	buf_moment(&b, j->started);
	buf_moment(&b, j->finished);
	buf_be64(&b, j->total);
	buf_be64(&b, j->done);
	buf_be64(&b, j->changed);
	buf_be64(&b, j->refused);
	buf_be32(&b, r->piece);
	buf_be32(&b, r->offset);
	buf_be32(&b, r->segment);
	buf_be32(&b, r->most);
	buf_be64(&b, r->holder);
	buf_moment(&b, r->until);
	buf_lstr(&b, j->by_name);
	buf_lstr(&b, r->from);
	buf_lstr(&b, j->sentence);
	buf_lstr(&b, j->segment);
	buf_lstr(&b, j->attribute);
	buf_lstr(&b, r->value);
	buf_lstr(&b, j->reason);
	record_put(txn, SP_JOB, key_of_id(&key, 'j', j->id), &b);
	buf_fini(&b);
}

/* The audit row of an act on a job, by whom it was started or another: also
 * which segment or attribute it is about. */
void
job_audit(struct staff *s, struct kv_txn *txn, const struct by *by,
	  const char *act, const struct job_record *r, uint64_t n)
{
	const struct job *j = &r->job;
	char what[160], count[96];
	int at;

	at = snprintf(what, sizeof(what), "job %u, %s", j->id,
		      kinds[j->kind].name);
	if (r->segment)
		snprintf(what + at, sizeof(what) - (size_t)at, ", segment %u",
			 r->segment);
	else if (j->attribute.n)
		snprintf(what + at, sizeof(what) - (size_t)at, ", %.*s",
			 STR_ARG(text_prefix(j->attribute, 64)));
	snprintf(count, sizeof(count), "%s%s%llu users",
		 j->state == JOB_RUNNING ? "" : job_state_names[j->state],
		 j->state == JOB_RUNNING ? "" : ", ", (unsigned long long)n);
	audit_put(s, txn, by, act, str_of(what),
		  text_prefix(j->sentence, AUDIT_SENTENCE), str_of(count));
}

/* Whom it is about is not needed any more once it has ended. */
void
job_end(struct kv_txn *txn, struct job_record *r, enum job_state state,
	int64_t now)
{
	struct key key;

	r->job.state = state;
	r->job.finished = now;
	job_store(txn, r);
	kv_del(txn, SP_JOB, key_of_id(&key, 'r', r->job.id));
	record_clear(txn, SP_JOB, key_of_id(&key, 'i', r->job.id));
}

/* Starting ----------------------------------------------------------------- */

struct start {
	const struct desk *desk;
	const struct bulk_in *in;
	struct arena arena;
	struct bits *who;
	struct buf sentence, filter, value, pieces;
	size_t n_pieces;
	struct str segment, attribute;
	uint32_t segment_id, id;
};

static void
start_init(struct start *s, const struct desk *d, const struct bulk_in *in)
{
	*s = (struct start){.desk = d, .in = in};
	arena_init(&s->arena);
	buf_init(&s->sentence);
	buf_init(&s->filter);
	buf_init(&s->value);
	buf_init(&s->pieces);
}

static void
start_fini(struct start *s)
{
	bits_free(s->who);
	buf_fini(&s->sentence);
	buf_fini(&s->filter);
	buf_fini(&s->value);
	buf_fini(&s->pieces);
	arena_fini(&s->arena);
}

static enum err
pick_people(struct start *s, struct query *q, struct fault *f)
{
	const struct bulk_in *in = s->in;
	struct filter *filter;
	struct bits *picked;
	enum err e;

	if (in->ids) {
		if (in->n_ids == 0 || in->n_ids > BULK_IDS_MAX)
			return fail(f, ERR_INVALID, "ids",
				    "expected 1 to %u ids", BULK_IDS_MAX);
		s->who = filter_run(q, NULL);
		picked = bits_of(in->ids, in->n_ids);
		bits_and(s->who, picked);
		bits_free(picked);
		buf_printf(&s->sentence, "%llu chosen users",
			   (unsigned long long)bits_count(s->who));
		return kv_error(q->txn);
	}
	if (!in->filter.p)
		return fail(f, ERR_INVALID, "f", "expected a filter or ids");
	e = filter_parse(q, in->filter, &filter, f);
	if (e != OK)
		fault_prefix(f, "f");
	TRY(e);
	s->who = filter_run(q, filter);
	filter_sentence(filter, &s->sentence);
	filter_keep(filter, &s->filter);
	if (s->filter.n > FILTER_BYTES_MAX - 1024)
		return fail(f, ERR_LIMIT, "f",
			    "expected a filter of at most %u bytes",
			    FILTER_BYTES_MAX - 1024);
	return kv_error(q->txn);
}

static enum err
check_segment(struct start *s, struct query *q, struct fault *f)
{
	struct json v = {.kind = JSON_STRING, .text = s->in->segment};
	struct rules_held held = rules_begin(q);
	struct operand o;
	enum err e = segment_read(q, &v, &o, f);
	struct segment found;

	rules_end(q, held);
	/* A new one has nobody in it yet, so also nobody of the scope. */
	if (e == ERR_NOT_FOUND &&
	    segment_find(q->txn, s->in->segment, &o.segment) &&
	    segment_get(q->txn, &s->arena, o.segment, &found) &&
	    found.kind == SEGMENT_STATIC &&
	    segment_size(q->txn, o.segment) == 0)
		e = OK;
	if (e == ERR_NOT_FOUND ||
	    (e == OK && !segment_get(q->txn, &s->arena, o.segment, &found)))
		return kv_error(q->txn) != OK
			   ? kv_error(q->txn)
			   : fail(f, ERR_NOT_FOUND, "segment",
				  "there is no segment \"%.*s\"",
				  STR_ARG(text_prefix(s->in->segment, 64)));
	TRY(e);
	if (found.kind != SEGMENT_STATIC)
		return fail(f, ERR_CONFLICT, "segment",
			    "who is in a dynamic segment says its filter");
	s->segment_id = o.segment;
	s->segment = arena_str(&s->arena, found.name);
	return OK;
}

static enum err
check_attribute(struct start *s, struct query *q, struct fault *f)
{
	const struct attr *a = catalog_find(q->catalog, s->in->attribute);
	struct json_out j;
	struct value v;
	enum err e;

	if (!a)
		return fail(f, ERR_INVALID, "attribute",
			    "expected the name of an attribute; there is no "
			    "\"%.*s\"",
			    STR_ARG(text_prefix(s->in->attribute, 64)));
	if (!(a->flags & ATTR_EDITABLE))
		return fail(f, ERR_INVALID, "attribute",
			    "%.*s cannot be changed by hand",
			    STR_ARG(text_prefix(a->name, 64)));
	if (!s->in->value)
		return fail(f, ERR_INVALID, "value", "expected a value");
	e = value_of_json(&s->arena, a, s->in->value, &v, f);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e == OK && v.misfit)
		return fail(f, ERR_INVALID, "value", "expected a %s",
			    attr_type_names[a->type]);
	json_out_init(&j, &s->value);
	json_value(&j, s->in->value);
	if (s->value.n > VALUE_MAX)
		return fail(f, ERR_LIMIT, "value",
			    "expected a value of at most %u bytes", VALUE_MAX);
	s->attribute = arena_str(&s->arena, a->name);
	return OK;
}

static enum err
check_kind(struct start *s, struct query *q, struct fault *f)
{
	switch (s->in->kind) {
	case JOB_ADD_TO_SEGMENT:
	case JOB_REMOVE_FROM_SEGMENT:
		return check_segment(s, q, f);
	case JOB_SET_ATTRIBUTE:
		return check_attribute(s, q, f);
	case JOB_BAN:
	case JOB_UNBAN:
		if (!catalog_find(q->catalog, S("banned")))
			return fail(f, ERR_DENIED, "action",
				    "you may not see who is banned");
		return OK;
	case JOB_DELETE:
	case JOB_CHANGE_TYPE:
	case JOB_KINDS:
		break;
	}
	return OK;
}

/* Ids in pieces, each its length in bytes and then as it is stored. */
static void
freeze(struct start *s)
{
	size_t n = bits_count(s->who);
	uint32_t *ids = mem_new((n + 1) * sizeof(*ids));
	struct buf piece;

	bits_ids(s->who, ids);
	for (size_t at = 0; at < n; at += PIECE_IDS, s->n_pieces++) {
		size_t end = at + PIECE_IDS < n ? at + PIECE_IDS : n;
		uint32_t last = 0;

		record_start(&piece);
		buf_varint(&piece, end - at);
		for (size_t i = at; i < end; i++) {
			buf_varint(&piece, ids[i] - last);
			last = ids[i];
		}
		buf_lstr(&s->pieces, buf_str(&piece));
		buf_fini(&piece);
	}
	free(ids);
}

static enum err
start_look(struct kv_txn *txn, void *arg)
{
	struct start *s = arg;
	struct fault *f = kv_fault(txn);
	uint64_t n;
	struct query q;

	arena_reset(&s->arena);
	bits_free(s->who);
	s->who = NULL;
	buf_reset(&s->sentence);
	buf_reset(&s->filter);
	buf_reset(&s->value);
	buf_reset(&s->pieces);
	s->n_pieces = 0;
	q = desk_query(s->desk, txn, &s->arena);
	TRY(desk_limited(s->desk, &q, f));
	TRY(check_kind(s, &q, f));
	TRY(pick_people(s, &q, f));
	n = bits_count(s->who);
	if (s->in->expected && n != s->in->expect)
		return fail(f, ERR_STALE, "expect",
			    "it would be %llu users by now",
			    (unsigned long long)n);
	return OK;
}

static enum err
start_write(struct kv_txn *txn, void *arg)
{
	struct start *s = arg;
	const struct by *by = s->desk->by;
	struct str rest = buf_str(&s->pieces);
	struct rd pieces = rd_of(rest);
	struct job_record r = {
	    .job = {.kind = s->in->kind,
		    .by = actor_of(by->who),
		    .by_name = str_of(by->who->name),
		    .sentence = text_prefix(buf_str(&s->sentence),
					    SENTENCE_MAX),
		    .segment = s->segment,
		    .attribute = s->attribute,
		    .total = bits_count(s->who),
		    .started = by->at,
		    .finished = INSTANT_NONE},
	    .forget = s->in->forget,
	    .segment = s->segment_id,
	    .from = text_prefix(by->from, 64),
	    .value = buf_str(&s->value),
	};
	struct key key;
	struct buf b;

	r.job.id = s->id = number_next(txn, SP_JOB, 0, 1);
	job_store(txn, &r);
	record_start(&b);
	record_put(txn, SP_JOB, key_of_id(&key, 'r', s->id), &b);
	buf_put(&b, buf_str(&s->filter));
	if (s->filter.n)
		record_put(txn, SP_JOB, key_of_id(&key, 'f', s->id), &b);
	buf_fini(&b);
	for (size_t i = 0; i < s->n_pieces; i++)
		kv_put(txn, SP_JOB, key_of_two(&key, 'i', s->id, (uint32_t)i),
		       rd_str(&pieces));
	job_audit(s->desk->staff, txn, by, "bulk.start", &r, r.job.total);
	return OK;
}

static enum err
may_start(const struct desk *d, const struct bulk_in *in, struct fault *f)
{
	if (in->kind >= JOB_CHANGE_TYPE)
		return fail(f, ERR_INVALID, "action", "expected an action");
	if (!who_may(d->by->who, kinds[in->kind].permission))
		return fail(f, ERR_DENIED, "action",
			    "your permissions do not allow %s",
			    kinds[in->kind].name);
	return OK;
}

enum err
bulk_count(const struct desk *d, const struct bulk_in *in, uint64_t *n,
	   struct buf *sentence, struct fault *f)
{
	struct start s;
	enum err e;

	TRY(may_start(d, in, f));
	start_init(&s, d, in);
	e = kv_read(staff_kv(d->staff), start_look, &s, f);
	if (e == OK) {
		*n = bits_count(s.who);
		buf_put(sentence, buf_str(&s.sentence));
	}
	start_fini(&s);
	return e;
}

enum err
bulk_start(const struct desk *d, const struct bulk_in *in, uint32_t *id,
	   struct fault *f)
{
	struct start s;
	enum err e;

	TRY(may_start(d, in, f));
	if (in->kind == JOB_DELETE && !in->expected)
		return fail(f, ERR_INVALID, "expect",
			    "expected the number of users who are to be "
			    "deleted, as a dry run says it");
	start_init(&s, d, in);
	e = kv_read(staff_kv(d->staff), start_look, &s, f);
	if (e == OK) {
		freeze(&s);
		e = kv_write(staff_kv(d->staff), start_write, &s, f);
	}
	*id = s.id;
	start_fini(&s);
	return e;
}

/* Looking and calling off -------------------------------------------------- */

static bool
job_seen(const struct who *w, const struct job *j)
{
	return w->kind == WHO_COMMAND ||
	       (w->kind != WHO_NOBODY && w->role == ROLE_OWNER) ||
	       (w->kind == j->by.kind && w->id == j->by.id);
}

struct calling_off {
	const struct desk *desk;
	uint32_t id;
};

static enum err
cancel_write(struct kv_txn *txn, void *arg)
{
	struct calling_off *c = arg;
	const struct by *by = c->desk->by;
	struct job_record r;
	struct arena a;
	enum err e = OK;

	kv_vital(txn);
	arena_init(&a);
	if (!job_load(txn, &a, c->id, &r) || !job_seen(by->who, &r.job))
		e = fail(kv_fault(txn), ERR_NOT_FOUND, "", "there is no job %u",
			 c->id);
	else if (r.job.state != JOB_RUNNING)
		e = fail(kv_fault(txn), ERR_CONFLICT, "", "job %u has ended",
			 c->id);
	if (e == OK) {
		job_end(txn, &r, JOB_CANCELLED, by->at);
		job_audit(c->desk->staff, txn, by, "bulk.cancel", &r,
			  r.job.done);
	}
	arena_fini(&a);
	return kv_error(txn) != OK ? kv_error(txn) : e;
}

enum err
bulk_cancel(const struct desk *d, uint32_t id, struct fault *f)
{
	struct calling_off c = {d, id};

	return kv_write(staff_kv(d->staff), cancel_write, &c, f);
}

bool
job_get(struct kv_txn *txn, struct arena *a, const struct who *who, uint32_t id,
	struct job *out)
{
	struct job_record r;

	if (!job_load(txn, a, id, &r) || !job_seen(who, &r.job))
		return false;
	*out = r.job;
	return true;
}

/* What a cursor over keys of 'j' or 'r' says of the jobs it passes, newest
 * first; *total: all that `who` sees, whether there was room or not. */
static size_t
jobs_walk(struct kv_cursor *c, struct kv_txn *txn, struct arena *a,
	  const struct who *who, uint32_t before, struct job *out, size_t n,
	  uint64_t *total)
{
	size_t got = 0;

	*total = 0;
	for (bool more = kv_seek_last(c, STR_NONE); more; more = kv_prev(c)) {
		struct rd key = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		struct arena_mark mark = arena_mark(a);
		struct job_record r;
		bool keep;

		if (!job_load(txn, a, rd_be32(&key), &r))
			break;
		keep = job_seen(who, &r.job);
		*total += keep;
		keep = keep && got < n && (before == 0 || r.job.id < before);
		if (keep)
			out[got++] = r.job;
		else
			arena_rewind(a, mark);
	}
	kv_cursor_close(c);
	return got;
}

size_t
jobs_page(struct kv_txn *txn, struct arena *a, const struct who *who,
	  uint32_t before, struct job *out, size_t n, uint64_t *total)
{
	return jobs_walk(kv_cursor(txn, SP_JOB, S("j")), txn, a, who, before,
			 out, n, total);
}

size_t
jobs_running(struct kv_txn *txn, struct arena *a, const struct who *who,
	     struct job *out, size_t n, uint64_t *total)
{
	return jobs_walk(kv_cursor(txn, SP_JOB, S("r")), txn, a, who, 0, out, n,
			 total);
}
