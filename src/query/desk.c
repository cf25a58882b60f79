/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Segments made from segments.  Who is in them is worked out in a snapshot,
 * for that may take a while and writers must not wait; then one transaction
 * writes the sets with the audit row.  A dynamic segment that was changed in
 * between is not frozen as what it was.
 */
#include "desk.h"
#include "filter.h"

#include <stdio.h>

struct query
desk_query(const struct desk *d, struct kv_txn *txn, struct arena *a)
{
	return (struct query){
	    .txn = txn,
	    .catalog = people_catalog(d->people, txn),
	    .arena = a,
	    .zone = d->zone,
	    .now = d->by->at,
	    .no_speech = !who_may(d->by->who, MAY_CHATS_READ),
	    .no_numbers = !who_may(d->by->who, MAY_ANALYTICS_READ),
	};
}

enum err
desk_limited(const struct desk *d, struct query *q, struct fault *f)
{
	TRY(kv_error(q->txn));
	return query_limit(q, d->limits, f);
}

struct actor
actor_of(const struct who *w)
{
	return (struct actor){w->kind, w->id};
}

/* The number that people keep of who did something: of a manager. */
uint32_t
actor_manager(const struct who *w)
{
	return w->kind == WHO_MANAGER ? w->id : 0;
}

bool
actor_may(struct kv_txn *txn, struct actor a, uint32_t mask, int64_t now)
{
	struct manager m;
	struct token t;

	switch (a.kind) {
	case WHO_MANAGER:
		return manager_get(txn, a.id, &m) && !m.disabled &&
		       (m.role == ROLE_OWNER || !(mask & ~m.permissions));
	case WHO_TOKEN:
		return token_get(txn, a.id, &t) && token_living(&t, now) &&
		       (t.role == ROLE_OWNER || !(mask & ~t.permissions));
	case WHO_COMMAND:
		return true;
	case WHO_NOBODY:
		break;
	}
	return false;
}

/* Members ------------------------------------------------------------------ */

enum err
query_segment(struct query *q, uint32_t id, struct bits **out, struct fault *f)
{
	struct rules_held held = rules_begin(q);
	struct str text = arena_printf(q->arena, "%u", id);
	struct json v = {.kind = JSON_NUMBER, .text = text, .number = id};
	struct operand o;
	enum err e = segment_read(q, &v, &o, f);

	*out = NULL;
	if (e == OK) {
		*out = segment_run(q, &o);
		if (q->scope)
			bits_and(*out, scope_bits(q));
		e = kv_error(q->txn);
	} else if (e == ERR_NOT_FOUND) {
		e = kv_error(q->txn) != OK
			? kv_error(q->txn)
			: fail(f, ERR_NOT_FOUND, "",
			       "there is no segment %u", id);
	}
	rules_end(q, held);
	if (e != OK) {
		bits_free(*out);
		*out = NULL;
	}
	return e;
}

enum err
query_rule(struct query *q, struct str text, struct rule_in *out,
	   struct fault *f)
{
	uint32_t *refs =
	    arena_get(q->arena, SEGMENT_REFS_MAX * sizeof(*refs));
	struct filter *filter;
	struct buf kept;

	TRY(filter_parse(q, text, &filter, f));
	out->refs = refs;
	out->n_refs = filter_refs(filter, refs, SEGMENT_REFS_MAX);
	if (out->n_refs > SEGMENT_REFS_MAX)
		return fail(f, ERR_LIMIT, "",
			    "expected a filter that names at most %u segments",
			    SEGMENT_REFS_MAX);
	buf_init(&kept);
	filter_keep(filter, &kept);
	out->filter = arena_str(q->arena, buf_str(&kept));
	buf_fini(&kept);
	return out->filter.n <= SEGMENT_FILTER_MAX
		   ? OK
		   : fail(f, ERR_LIMIT, "",
			  "expected a filter of at most %u bytes",
			  SEGMENT_FILTER_MAX);
}

/* Freeze and combine ------------------------------------------------------- */

struct making {
	const struct desk *desk;
	struct arena arena; /* of the snapshot */
	uint32_t segment;
	const struct combine_in *combine;
	struct bits *who;
	int64_t updated; /* the segment's, when it was looked at */
	char what[120];  /* for the audit row */
};

static enum err
freeze_look(struct kv_txn *txn, void *arg)
{
	struct making *m = arg;
	struct fault *f = kv_fault(txn);
	struct segment s;
	struct query q;

	arena_reset(&m->arena);
	bits_free(m->who);
	m->who = NULL;
	q = desk_query(m->desk, txn, &m->arena);
	TRY(desk_limited(m->desk, &q, f));
	TRY(query_segment(&q, m->segment, &m->who, f));
	if (!segment_get(txn, &m->arena, m->segment, &s))
		return kv_error(txn);
	m->updated = s.updated;
	if (s.kind != SEGMENT_DYNAMIC)
		return fail(f, ERR_CONFLICT, "",
			    "the segment is kept by hand already");
	return OK;
}

static enum err
freeze_write(struct kv_txn *txn, struct batch *b, void *arg)
{
	struct making *m = arg;
	struct fault *f = kv_fault(txn);
	struct segment s;

	if (!segment_get(txn, batch_arena(b), m->segment, &s))
		return fail(f, ERR_NOT_FOUND, "", "there is no segment %u",
			    m->segment);
	if (s.kind != SEGMENT_DYNAMIC || s.updated != m->updated)
		return fail(f, ERR_STALE, "",
			    "the segment was changed meanwhile");
	return segment_freeze(b, m->segment, m->who, m->desk->by->at, f);
}

typedef enum err make_fn(struct kv_txn *txn, struct batch *b, void *arg);

struct writing {
	struct making *making;
	make_fn *fn;
	const char *act;
};

static enum err
making_write(struct kv_txn *txn, void *arg)
{
	struct writing *w = arg;
	struct making *m = w->making;
	struct batch *b = batch_begin(m->desk->people, txn, 0);
	enum err e = w->fn(txn, b, m);
	char count[32];

	if (e == OK) {
		snprintf(count, sizeof(count), "%llu users",
			 (unsigned long long)bits_count(m->who));
		audit_put(m->desk->staff, txn, m->desk->by, w->act,
			  str_of(m->what), STR_NONE, str_of(count));
		batch_end(b);
	}
	batch_free(b);
	return e != OK ? e : kv_error(txn);
}

static enum err
making_run(struct making *m, kv_fn *look, make_fn *fn, const char *act,
	   uint64_t *members, struct fault *f)
{
	struct kv *kv = staff_kv(m->desk->staff);
	struct writing w = {m, fn, act};
	enum err e;

	arena_init(&m->arena);
	e = kv_read(kv, look, m, f);
	if (e == OK)
		e = people_refresh(m->desk->people, f);
	if (e == OK)
		e = kv_write(kv, making_write, &w, f);
	if (e == OK && members)
		*members = bits_count(m->who);
	bits_free(m->who);
	arena_fini(&m->arena);
	return e;
}

enum err
desk_freeze(const struct desk *d, uint32_t segment, uint64_t *members,
	    struct fault *f)
{
	struct making m = {.desk = d, .segment = segment};

	if (d->limits && d->limits->rows)
		return fail(f, ERR_DENIED, "",
			    "only who may see everybody may freeze a segment");
	snprintf(m.what, sizeof(m.what), "segment %u", segment);
	return making_run(&m, freeze_look, freeze_write, "segment.freeze",
			  members, f);
}

static const char *const combinations[] = {
    [COMBINE_UNION] = "union",
    [COMBINE_INTERSECTION] = "intersection",
    [COMBINE_DIFFERENCE] = "difference",
};

bool
combination_find(struct str name, enum combination *out)
{
	for (size_t i = 0; i < COUNT(combinations); i++) {
		if (str_eq(name, str_of(combinations[i]))) {
			*out = (enum combination)i;
			return true;
		}
	}
	return false;
}

static void
combine_step(enum combination how, struct bits *all, const struct bits *b)
{
	switch (how) {
	case COMBINE_UNION:
		bits_or(all, b);
		break;
	case COMBINE_INTERSECTION:
		bits_and(all, b);
		break;
	case COMBINE_DIFFERENCE:
		bits_minus(all, b);
		break;
	}
}

static enum err
combine_look(struct kv_txn *txn, void *arg)
{
	struct making *m = arg;
	struct query q;

	arena_reset(&m->arena);
	bits_free(m->who);
	m->who = NULL;
	q = desk_query(m->desk, txn, &m->arena);
	TRY(desk_limited(m->desk, &q, kv_fault(txn)));
	for (size_t i = 0; i < m->combine->n_segments; i++) {
		struct fault f = {0};
		struct bits *b;
		enum err e =
		    query_segment(&q, m->combine->segments[i], &b, &f);

		if (e != OK) {
			snprintf(f.path, sizeof(f.path), "segments/%zu", i);
			return fail(kv_fault(txn), e, f.path, "%s",
				    e == ERR_NOT_FOUND
					? "there is no such segment"
					: f.text);
		}
		if (!m->who) {
			m->who = b;
			continue;
		}
		combine_step(m->combine->how, m->who, b);
		bits_free(b);
	}
	return OK;
}

static enum err
combine_write(struct kv_txn *txn, struct batch *b, void *arg)
{
	struct making *m = arg;
	struct segment_in in = {.name = m->combine->name,
				.description = m->combine->description};
	const struct by *by = m->desk->by;
	struct move why;
	enum err e;

	TRY(segment_create(b, &in, actor_manager(by->who), by->at, &m->segment,
			   kv_fault(txn)));
	snprintf(m->what, sizeof(m->what), "segment %u, %s of %zu", m->segment,
		 combinations[m->combine->how], m->combine->n_segments);
	why = (struct move){by->at, MOVE_HAND,
			    who_mark(by->who->kind, by->who->id)};
	batch_moving(b, &why);
	e = batch_segment_add(b, m->segment, m->who, NULL, kv_fault(txn));
	batch_moving(b, NULL);
	return e;
}

enum err
desk_combine(const struct desk *d, const struct combine_in *in, uint32_t *id,
	     uint64_t *members, struct fault *f)
{
	struct making m = {.desk = d, .combine = in};

	if (in->n_segments < 2 || in->n_segments > COMBINE_MAX)
		return fail(f, ERR_INVALID, "segments",
			    "expected 2 to %u segments", COMBINE_MAX);
	TRY(making_run(&m, combine_look, combine_write, "segment.combine",
		       members, f));
	*id = m.segment;
	return OK;
}
