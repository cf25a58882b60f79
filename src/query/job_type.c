/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Attributes defined anew by somebody.  The people room changes a type in
 * slices of its own, with nothing to be seen of it until the last; a job
 * lends it a place where it shows how far it is, can be called off, and is
 * begun again by another worker if this one is killed.  One that was cut off
 * holds the attribute for a while; then the job waits and comes back.
 */
#include "job.h"

#include <stdatomic.h>
#include <stdio.h>

bool
attr_type_find(struct str name, enum attr_type *out)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (str_eq(name, str_of(attr_type_names[i]))) {
			*out = (enum attr_type)i;
			return true;
		}
	return false;
}

/* Label and hidden ---------------------------------------------------------- */

struct defining {
	const struct desk *desk;
	struct str name;
	const struct attr_change *change;
};

static enum err
may_define(const struct desk *d, struct fault *f)
{
	if (d->limits)
		return fail(f, ERR_DENIED, "",
			    "only who may see everybody and everything may "
			    "change an attribute");
	return who_may(d->by->who, MAY_SETTINGS)
		   ? OK
		   : fail(f, ERR_DENIED, "", "needs the permission settings");
}

static enum err
define_write(struct kv_txn *txn, void *arg)
{
	struct defining *d = arg;
	struct batch *b = batch_begin(d->desk->people, txn, 0);
	char what[ATTR_NAME_MAX + 32];
	enum err e = guard_ask(txn, d->desk->by);

	if (e == OK)
		e = kv_error(txn);
	if (e == OK)
		e = batch_attr_change(b, d->name, d->change, kv_fault(txn));
	if (e == OK) {
		snprintf(what, sizeof(what), "attribute %.*s%s%s",
			 STR_ARG(text_prefix(d->name, ATTR_NAME_MAX)),
			 d->change->label ? " label" : "",
			 d->change->hidden == NULL ? ""
			 : *d->change->hidden	   ? " hidden"
						   : " shown");
		audit_put(d->desk->staff, txn, d->desk->by, "attribute.change",
			  str_of(what), STR_NONE, STR_NONE);
		batch_end(b);
		e = kv_error(txn);
	}
	batch_free(b);
	return e;
}

enum err
desk_define(const struct desk *d, struct str name, const struct attr_change *c,
	    struct fault *f)
{
	struct defining x = {d, name, c};

	TRY(may_define(d, f));
	TRY(people_refresh(d->people, f));
	return kv_write(staff_kv(d->staff), define_write, &x, f);
}

/* A type: starting ---------------------------------------------------------- */

struct typing {
	const struct desk *desk;
	struct str name;
	enum attr_type type;
	struct retype_preview preview;
	uint32_t id;
};

static enum err
type_look(struct kv_txn *txn, void *arg)
{
	const struct typing *t = arg;
	const struct catalog *c = people_catalog(t->desk->people, txn);
	const struct attr *a = catalog_find(c, t->name);

	if (a != NULL && a->type == t->type)
		return fail(kv_fault(txn), ERR_CONFLICT, "type",
			    "it is of this type already");
	return kv_error(txn);
}

static enum err
type_write(struct kv_txn *txn, void *arg)
{
	struct typing *t = arg;
	const struct by *by = t->desk->by;
	char sentence[ATTR_NAME_MAX + 96];
	struct job_record r = {
	    .job = {.kind = JOB_CHANGE_TYPE,
		    .by = actor_of(by->who),
		    .by_name = str_of(by->who->name),
		    .attribute = t->name,
		    .total = t->preview.fits + t->preview.misfits,
		    .refused = t->preview.misfits,
		    .started = by->at,
		    .finished = INSTANT_NONE},
	    .from = text_prefix(by->from, 64),
	    .value = str_of(attr_type_names[t->type]),
	};
	struct key key;
	struct buf b;

	snprintf(sentence, sizeof(sentence),
		 "%.*s becomes %s; %llu of %llu values do not parse",
		 STR_ARG(t->name), attr_type_names[t->type],
		 (unsigned long long)t->preview.misfits,
		 (unsigned long long)r.job.total);
	r.job.sentence = str_of(sentence);
	r.job.id = t->id = number_next(txn, SP_JOB, 0, 1);
	job_store(txn, &r);
	record_start(&b);
	record_put(txn, SP_JOB, key_of_id(&key, 'r', t->id), &b);
	buf_fini(&b);
	job_audit(t->desk->staff, txn, by, "attribute.type", &r,
		  r.job.total);
	return kv_error(txn);
}

enum err
retype_start(const struct desk *d, struct str name, enum attr_type type,
	     uint32_t *job, struct fault *f)
{
	struct kv *kv = staff_kv(d->staff);
	struct typing t = {.desk = d, .name = name, .type = type};
	struct arena a;
	enum err e;

	TRY(may_define(d, f));
	arena_init(&a);
	e = people_retype_preview(d->people, name, type, &a, &t.preview, f);
	arena_fini(&a);
	if (e == OK)
		e = kv_read(kv, type_look, &t, f);
	if (e == OK)
		e = kv_write(kv, type_write, &t, f);
	*job = t.id;
	return e;
}

/* Doing it ------------------------------------------------------------------ */

struct retyping {
	struct slice *slice;
	struct arena arena; /* of what was read first */
	struct str attribute;
	enum attr_type type;
	uint64_t done, total;
	bool off;    /* called off, or taken over */
	bool denied; /* whoever started it may not any more */
	const struct fault *why; /* of the end; NULL: it was done */
};

/* The job, if it is ours to go on with. */
static bool
ours(struct retyping *t, struct kv_txn *txn, struct arena *a,
     struct job_record *r)
{
	return job_load(txn, a, t->slice->job, r) &&
	       r->job.state == JOB_RUNNING && r->holder == t->slice->holder;
}

static enum err
retype_read(struct kv_txn *txn, void *arg)
{
	struct retyping *t = arg;
	struct job_record r;

	t->off = !ours(t, txn, &t->arena, &r);
	if (t->off)
		return kv_error(txn);
	t->denied = !actor_may(txn, r.job.by, MAY_SETTINGS, clock_now());
	t->attribute = r.job.attribute;
	if (!attr_type_find(r.value, &t->type))
		return fail(kv_fault(txn), ERR_CORRUPT, "",
			    "a change of type to none");
	return kv_error(txn);
}

static enum err
retype_keep(struct kv_txn *txn, void *arg)
{
	struct retyping *t = arg;
	struct job_record r;
	struct arena a;

	arena_init(&a);
	t->off = !ours(t, txn, &a, &r);
	t->denied = !t->off && !actor_may(txn, r.job.by, MAY_SETTINGS,
					  clock_now());
	if (!t->off) {
		r.job.done = t->total == 0 ? r.job.total
					   : (uint64_t)((double)r.job.total *
							(double)t->done /
							(double)t->total);
		r.until = clock_now() + LEASE;
		job_store(txn, &r);
	}
	arena_fini(&a);
	return kv_error(txn);
}

static bool
retype_go(void *arg, uint64_t done, uint64_t total)
{
	struct retyping *t = arg;

	t->done = done;
	t->total = total;
	return kv_write(staff_kv(t->slice->staff), retype_keep, t, NULL) ==
		   OK &&
	       !t->off && !t->denied && !(t->slice->stop && atomic_load(t->slice->stop));
}

/* What came of it, also of one that was called off too late. */
static enum err
retype_end(struct kv_txn *txn, void *arg)
{
	struct retyping *t = arg;
	int64_t now = clock_now();
	struct job_record r;
	struct arena a;

	arena_init(&a);
	if (job_load(txn, &a, t->slice->job, &r) &&
	    (t->why ? r.job.state == JOB_RUNNING : r.job.state != JOB_DONE)) {
		const struct who who = {.kind = r.job.by.kind,
					.id = r.job.by.id};
		const struct by by = {.who = &who, .from = r.from, .at = now};

		if (t->why != NULL) {
			r.job.reason = str_of(t->why->text);
		} else {
			r.job.done = r.job.total;
			r.job.changed = r.job.total - r.job.refused;
		}
		job_end(txn, &r, t->why ? JOB_FAILED : JOB_DONE, now);
		job_audit(t->slice->staff, txn, &by, "attribute.typed", &r,
			  r.job.changed);
		t->slice->ended = true;
	}
	arena_fini(&a);
	return kv_error(txn);
}

static enum err
retype_done(struct retyping *t, enum err e, const struct fault *why,
	    struct fault *f)
{
	if (e == OK || e == ERR_NOT_FOUND || e == ERR_INVALID) {
		t->why = e == OK ? NULL : why;
		return kv_write(staff_kv(t->slice->staff), retype_end, t, f);
	}
	if (e == ERR_CONFLICT) {
		/* another was cut off a moment ago: keep the lease, and come
		 * back when it has run out */
		t->slice->ended = true;
		return OK;
	}
	return e == ERR_CANCELLED ? OK : fail(f, e, why->path, "%s", why->text);
}

enum err
job_retype(struct slice *s, struct fault *f)
{
	struct retyping t = {.slice = s};
	struct fault why = {0};
	enum err e;

	arena_init(&t.arena);
	e = kv_read(staff_kv(s->staff), retype_read, &t, f);
	if (e == OK && t.denied) {
		why = (struct fault){.text = "whoever started it may not do "
					     "that any more"};
		e = retype_done(&t, ERR_INVALID, &why, f);
	} else if (e == OK && !t.off) {
		e = people_retype(s->people, t.attribute, t.type, retype_go,
				  &t, &why);
		e = retype_done(&t, e, &why, f);
	}
	arena_fini(&t.arena);
	return e;
}
