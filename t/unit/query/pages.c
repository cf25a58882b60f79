/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Pages: cursors that are refused, and pages that visit everybody who was
 * there from the first to the last exactly once, by both plans and both ways,
 * while others keep coming between any two of them and some are erased: whoever
 * the cursor stands on, and who was still to come.
 */
#include "world.h"

#include "src/query/list.h"

#define THERE 120 /* people from the start */
#define COMING 5  /* new ones after each page */

struct visit {
	const char *sort;
	bool down;
	enum list_plan plan;
	struct str after; /* malloc'd, of the last page */
	uint64_t total;
	size_t n;
	uint32_t ids[2000];
};

static void
take_page(struct world *w, void *arg)
{
	struct visit *v = arg;
	struct list_in in = {.down = v->down, .limit = 7, .after = v->after};
	struct list_out out;
	struct fault f = {0};
	char *p = (char *)v->after.p;

	in.sort = catalog_find(w->q->catalog, str_of(v->sort));
	if (list_run(w->q, &in, v->plan, &out, &f) != OK) {
		ok(false, "a page: %s %s", f.path, f.text);
		out = (struct list_out){0};
	}
	memcpy(v->ids + v->n, out.ids, out.n * sizeof(*v->ids));
	v->n += out.n;
	v->total = out.total;
	v->after = STR_NONE;
	if (out.next.p) {
		v->after = (struct str){mem_new(out.next.n), out.next.n};
		memcpy((char *)v->after.p, out.next.p, out.next.n);
	}
	free(p);
}

/* Someone with a name before, between or after the others', or with none. */
static uint32_t
somebody(struct world *w, size_t i)
{
	char user_id[32], json[96];

	snprintf(user_id, sizeof(user_id), "u%zu", i);
	if (i % 6 == 5)
		snprintf(json, sizeof(json), "{}");
	else
		snprintf(json, sizeof(json),
			 "{\"default_name\":\"N %zu\",\"score\":%zu}",
			 i * 7919 % 40, i * 31 % 10);
	return world_user(w, user_id, json);
}

static size_t
times(const struct visit *v, uint32_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->ids[i] == id;
	return n;
}

static void
erase(struct world *w, struct batch *b, void *arg)
{
	struct erasure paper;

	if (batch_erase(b, *(uint32_t *)arg, ERASE_FORGET, w->at, &paper,
			NULL) != OK)
		ok(false, "user %u is erased", *(uint32_t *)arg);
}

/* Erased: how many of the visit they had been seen in, or -1: they are not. */
struct gone {
	int at[6000];
};

/* The one the cursor stands on, and of those there the first not yet seen from
 * some place on. */
static size_t
erase_two(struct world *w, const struct visit *v, struct gone *gone,
	  const uint32_t *there, size_t from)
{
	uint32_t on = v->ids[v->n - 1], ahead = 0;

	for (size_t i = 0; i < THERE && ahead == 0; i++) {
		uint32_t id = there[(from + i) % THERE];

		if (gone->at[id] < 0 && times(v, id) == 0)
			ahead = id;
	}
	gone->at[on] = (int)v->n;
	world_change(w, erase, &on);
	if (ahead == 0)
		return 1;
	gone->at[ahead] = (int)v->n;
	world_change(w, erase, &ahead);
	return 2;
}

static void
check_visit(const char *sort, bool down, enum list_plan plan)
{
	struct world w;
	struct visit v = {.sort = sort, .down = down, .plan = plan};
	struct gone gone;
	uint32_t there[THERE];
	size_t n = 0, missed = 0, twice = 0, pages = 0, erased = 0, ghosts = 0;

	memset(gone.at, 0xff, sizeof(gone.at));
	world_open(&w);
	for (; n < THERE; n++)
		there[n] = somebody(&w, n);
	do {
		world_look(&w, take_page, &v);
		if (v.after.p && pages < 40) {
			for (size_t i = 0; i < COMING; i++)
				somebody(&w, n++);
		}
		if (v.after.p && pages % 3 == 1)
			erased += erase_two(&w, &v, &gone, there, pages * 31);
		pages++;
	} while (v.after.p && pages < 200);
	for (size_t i = 0; i < THERE; i++)
		missed += times(&v, there[i]) == 0 && gone.at[there[i]] < 0;
	for (size_t i = 0; i < v.n; i++) {
		int at = gone.at[v.ids[i]];

		twice += times(&v, v.ids[i]) > 1;
		ghosts += at >= 0 && (int)i >= at;
	}
	is_int(missed, 0, "by %s%s, plan %d: nobody is left out",
	       down ? "-" : "", sort, plan);
	is_int(twice, 0, "nobody comes twice");
	is_int(ghosts, 0, "nor after they were erased");
	ok(erased > 8, "which %zu were", erased);
	ok(pages > THERE / 9, "on more than %d pages", THERE / 9);
	is_int(v.total, n - erased, "and the total counts who came meanwhile");
	world_close(&w);
}

/* Refusals -------------------------------------------------------------- */

static enum err
list_from(struct world *w, const char *sort, bool down, struct str after,
	  struct fault *f)
{
	struct list_in in = {.down = down, .limit = 5, .after = after};
	struct list_out out;

	*f = (struct fault){0};
	in.sort = catalog_find(w->q->catalog, str_of(sort));
	return query_list(w->q, &in, &out, f);
}

static void
check_cursors(struct world *w, void *arg)
{
	struct list_in in = {.limit = 5};
	struct list_out out;
	struct fault f = {0};
	char *bent;
	size_t taken = 0;

	in.sort = catalog_find(w->q->catalog, S("default_name"));
	is_int(query_list(w->q, &in, &out, &f), OK, "a page");
	ok(out.next.p != NULL, "gives a cursor");
	is_int(list_from(w, "default_name", false, out.next, &f), OK,
	       "which goes on");
	is_int(list_from(w, "default_name", true, out.next, &f), ERR_INVALID,
	       "not in the other direction");
	is_str(str_of(f.path), S("after"), "naming the parameter");
	is_int(list_from(w, "score", false, out.next, &f), ERR_INVALID,
	       "nor by another column");
	is_int(list_from(w, "default_name", false, S("x"), &f), ERR_INVALID,
	       "x is no cursor");
	is_int(list_from(w, "default_name", false,
			 str_cut(out.next, 0, out.next.n - 4), &f),
	       ERR_INVALID, "nor is half of one");
	is_int(
	    list_from(w, "default_name", false,
		      arena_printf(w->q->arena, "%.*sAAAA", STR_ARG(out.next)),
		      &f),
	    ERR_INVALID, "nor one with something behind");
	bent = arena_z(w->q->arena, out.next);
	for (size_t i = 0; i < out.next.n; i++) {
		char was = bent[i];

		bent[i] = was == 'Q' ? 'R' : 'Q';
		taken += list_from(w, "default_name", false,
				   (struct str){bent, out.next.n}, &f) == OK;
		bent[i] = was;
	}
	/* bits of the last letter may not count: padding of base64 */
	ok(taken <= 1, "a cursor with a letter changed is refused");
}

static void
check_limits(struct world *w, void *arg)
{
	struct list_in in = {.limit = 0};
	struct list_out out;
	struct fault f = {0};

	is_int(query_list(w->q, &in, &out, &f), ERR_INVALID,
	       "a page of nobody is refused");
	is_str(str_of(f.path), S("limit"), "naming the parameter");
	in.limit = 501;
	is_int(query_list(w->q, &in, &out, &f), ERR_INVALID,
	       "a page of 501 too");
	in.limit = 500;
	is_int(query_list(w->q, &in, &out, &f), OK, "500 is a page");
	is_int(out.n, 60, "of all there are");
	is_int(out.total, 60, "and the total says so");
	ok(out.next.p == NULL, "and there is no next");
	in.limit = 60;
	is_int(query_list(w->q, &in, &out, &f), OK,
	       "a page that is exactly full");
	ok(out.n == 60 && out.next.p == NULL, "has no next either");
}

int
main(void)
{
	static const char *const sorts[] = {"default_name", "score",
					    "createdAt"};
	struct world w;

	for (size_t i = 0; i < COUNT(sorts); i++) {
		for (int down = 0; down < 2; down++) {
			check_visit(sorts[i], down, PLAN_WALK);
			check_visit(sorts[i], down, PLAN_SELECT);
			check_visit(sorts[i], down, PLAN_RANGE);
		}
	}
	world_open(&w);
	for (size_t i = 0; i < 60; i++)
		somebody(&w, i);
	world_look(&w, check_cursors, NULL);
	world_look(&w, check_limits, NULL);
	world_close(&w);
	return done_testing();
}
