/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Runs of flows, from a timeline.  A run is what its events say together, in
 * whatever order they came: it starts once, the first time; completed wins over
 * cancelled.  Events without a runId are of one run after another of that flow,
 * each from a start to the next.
 */
#include "trail.h"

#include <rapport/chats/runs.h>

#include <stdlib.h>

struct happening {
	int64_t at;
	struct str flow, run; /* run.p NULL: it has none */
	enum { STARTS, COMPLETES, CANCELS } what;
	enum cause cause;
};
struct gathering {
	struct arena *arena;
	struct happening *p;
	size_t n, cap;
};

const char *const cause_names[CAUSE_API + 1] = {[CAUSE_KEYWORD] = "keyword",
						[CAUSE_BROADCAST] = "broadcast",
						[CAUSE_API] = "api"};

static unsigned
cause_of(const struct trail_words *w)
{
	for (unsigned i = CAUSE_KEYWORD; i < COUNT(cause_names); i++)
		if (trail_is(w, TRAIL_CAUSE, cause_names[i]))
			return i;
	return CAUSE_NONE;
}

static bool
happening_read(struct arena *a, const struct trail_words *w,
	       struct happening *out)
{
	static const char *const whats[] = {[STARTS] = "started",
					    [COMPLETES] = "completed",
					    [CANCELS] = "cancelled"};
	struct str flow = trail_text(w, TRAIL_FLOW);
	unsigned what = STARTS;

	while (what < COUNT(whats) && !trail_is(w, TRAIL_EVENT, whats[what]))
		what++;
	if (what == COUNT(whats) || flow.p == NULL ||
	    !trail_is(w, TRAIL_TYPE, "flow"))
		return false;
	out->flow = arena_str(a, flow);
	out->run = w->v[TRAIL_RUN].p ? arena_str(a, w->v[TRAIL_RUN]) : STR_NONE;
	out->what = what;
	out->cause = cause_of(w);
	return true;
}

static void
gather(struct gathering *g, int64_t at, struct str json)
{
	struct happening h = {.at = at};
	struct trail_words w;

	if (!trail_words(g->arena, json, &w) ||
	    !happening_read(g->arena, &w, &h))
		return;
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 16;
		g->p = mem_grow(g->p, g->cap * sizeof(*g->p));
	}
	g->p[g->n++] = h;
}

/* Those of one run, or of the nameless ones of a flow, stand together. */
static int
run_cmp(const struct happening *a, const struct happening *b)
{
	int c = str_cmp(a->flow, b->flow);

	if (c == 0)
		c = (a->run.p != NULL) - (b->run.p != NULL);
	return c == 0 ? str_cmp(a->run, b->run) : c;
}

static int
happening_cmp(const void *x, const void *y)
{
	const struct happening *a = x, *b = y;
	int c = run_cmp(a, b);

	if (c != 0)
		return c;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->what != b->what)
		return a->what < b->what ? -1 : 1;
	return (a->cause > b->cause) - (a->cause < b->cause);
}

struct run *
run_new(struct runs *r, struct str flow)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		r->p = mem_grow(r->p, r->cap * sizeof(*r->p));
	}
	r->p[r->n] = (struct run){.flow = flow,
				  .started = INSTANT_NONE,
				  .completed = INSTANT_NONE,
				  .cancelled = INSTANT_NONE,
				  .again = INSTANT_NONE,
				  .over = INSTANT_MAX};
	return &r->p[r->n++];
}

static struct run *
run_begin(struct runs *out, const struct happening *h)
{
	struct run *r = run_new(out, h->flow);

	r->id = h->run;
	return r;
}

static void
run_take(struct run *r, const struct happening *h)
{
	int64_t *at = h->what == STARTS      ? &r->started
		      : h->what == COMPLETES ? &r->completed
					     : &r->cancelled;

	if (h->what == STARTS)
		r->again = h->at;
	if (*at != INSTANT_NONE)
		return; /* by time: the first is there */
	*at = h->at;
	if (h->what == STARTS)
		r->cause = h->cause;
	else if (h->at < r->over)
		r->over = h->at;
}

/* Of those that stand together, by time. */
static void
runs_cut(const struct happening *h, size_t n, struct runs *out)
{
	struct run *r = run_begin(out, h);

	for (size_t i = 0; i < n; i++) {
		bool again = h[i].what == STARTS && h[i].run.p == NULL && i > 0;

		if (again && r->started == h[i].at)
			continue; /* said twice */
		if (again) {
			if (r->over > h[i].at)
				r->over = h[i].at;
			r = run_begin(out, h);
		}
		run_take(r, &h[i]);
	}
}

/* The cursor stays where it is, for the next person is most often near. */
struct run_reader {
	struct kv_cursor *cursor;
	struct gathering happened;
};

struct run_reader *
flow_runs_open(struct kv_txn *txn)
{
	struct run_reader *r = mem_new(sizeof(*r));

	r->cursor = kv_cursor(txn, SP_TRAIL, STR_NONE);
	return r;
}

void
flow_runs_close(struct run_reader *r)
{
	kv_cursor_close(r->cursor);
	free(r->happened.p);
	free(r);
}

static void
gather_all(struct run_reader *r, uint32_t user)
{
	uint8_t memory[4];
	struct wr w = wr_of(memory, sizeof(memory));
	struct str head;

	wr_be32(&w, user);
	head = wr_out(&w);
	for (bool more = kv_seek(r->cursor, head);
	     more && str_starts(kv_key(r->cursor), head);
	     more = kv_next(r->cursor)) {
		struct rd k = rd_of(str_cut(kv_key(r->cursor), 4, SIZE_MAX));
		int64_t at = rd_at(&k);

		gather(&r->happened, at,
		       str_cut(kv_value(r->cursor), 1, SIZE_MAX));
	}
}

void
flow_runs_read(struct run_reader *r, struct arena *a, uint32_t user,
	       struct runs *out)
{
	struct gathering *g = &r->happened;

	out->n = g->n = 0;
	g->arena = a;
	gather_all(r, user);
	if (g->n > 1)
		qsort(g->p, g->n, sizeof(*g->p), happening_cmp);
	for (size_t i = 0, k; i < g->n; i = k) {
		for (k = i + 1; k < g->n && run_cmp(&g->p[i], &g->p[k]) == 0;)
			k++;
		runs_cut(g->p + i, k - i, out);
	}
}

bool
run_open(const struct run *r, int64_t at)
{
	return r->started != INSTANT_NONE && r->started < at && r->over >= at;
}
