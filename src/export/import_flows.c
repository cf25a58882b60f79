/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The runs of flows that somebody is in: which ones the timeline tells, where
 * every start and end of a run stands.  A run with an id is over with its first
 * end; of those without one the latest word counts.
 */
#include "teller.h"

#include <rapport/people/edit.h>

#include <stdlib.h>

struct run {
	struct str flow, id, cause;
	int64_t started, ended; /* latest; INSTANT_NONE */
};

struct runs {
	struct teller *t;
	struct run *at; /* one an event, until they are joined */
	size_t n, cap;
};

static struct str
text_of(const struct json *v, struct str name)
{
	const struct json *m = json_member(v, name);

	return m != NULL && m->kind == JSON_STRING ? m->text : STR_NONE;
}

static bool
gather(void *arg, const struct trail *t)
{
	struct runs *r = arg;
	struct arena *a = &r->t->arena;
	struct json *v;
	struct run run = {.started = INSTANT_NONE, .ended = INSTANT_NONE};

	if (json_parse(a, arena_str(a, t->json), &v, NULL) != OK ||
	    !str_eq(text_of(v, S("type")), S("flow")))
		return true;
	run.flow = text_of(v, S("flow"));
	run.id = text_of(v, S("runId"));
	if (str_eq(text_of(v, S("event")), S("started"))) {
		run.started = t->at;
		run.cause = text_of(v, S("cause"));
	} else {
		run.ended = t->at;
	}
	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		r->at = mem_grow(r->at, r->cap * sizeof(*r->at));
	}
	r->at[r->n++] = run;
	return true;
}

static int
run_cmp(const void *a, const void *b)
{
	const struct run *x = a, *y = b;
	int by = str_cmp(x->id, y->id);

	if (by == 0)
		by = str_cmp(x->flow, y->flow);
	if (by == 0)
		by = (x->started < y->started) - (x->started > y->started);
	return by;
}

static bool
is_open(const struct run *r)
{
	if (r->started == INSTANT_NONE)
		return false;
	return r->id.n > 0 ? r->ended == INSTANT_NONE : r->started > r->ended;
}

/* All events of a run as one; the latest start comes first. */
static void
join(struct runs *r)
{
	size_t n = 0;

	if (r->n > 1)
		qsort(r->at, r->n, sizeof(*r->at), run_cmp);
	for (size_t i = 0; i < r->n; i++) {
		struct run *last = n > 0 ? &r->at[n - 1] : NULL;

		if (last == NULL || !str_eq(last->id, r->at[i].id) ||
		    !str_eq(last->flow, r->at[i].flow))
			r->at[n++] = r->at[i];
		else if (r->at[i].ended > last->ended)
			last->ended = r->at[i].ended;
	}
	r->n = n;
}

static bool
in_any(const struct user_detail *d)
{
	for (size_t i = 0; i < d->n_attrs; i++)
		if (d->attrs[i].attr->id == A_IN_FLOW)
			return d->attrs[i].now.has;
	return false;
}

void
import_flows_tell(struct teller *t, const struct user_detail *d,
		  struct json_out *j)
{
	struct runs r = {.t = t};

	if (!in_any(d))
		return;
	user_trail(t->q->txn, d->id, INSTANT_MAX, gather, &r);
	join(&r);
	json_key(j, S("flows"));
	json_array(j);
	for (size_t i = 0; i < r.n; i++) {
		if (!is_open(&r.at[i]))
			continue;
		json_object(j);
		json_kt(j, "flow", r.at[i].flow);
		if (r.at[i].id.n > 0)
			json_kt(j, "runId", r.at[i].id);
		json_kat(j, "at", r.at[i].started);
		if (r.at[i].cause.n > 0)
			json_kt(j, "cause", r.at[i].cause);
		json_object_end(j);
	}
	json_array_end(j);
	free(r.at);
}
