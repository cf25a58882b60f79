/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Funnels: read, counted, and their people.  Steps are written as the leaves of
 * filters are, ["event:signup", "did"], ["said", "contains", "refund"], and of
 * an attribute that it changed, or to what: ["plan", "changedTo", "pro"].  What
 * somebody may not ask in a filter they may not ask here either, and hear so
 * in the same words as of what there is not.
 */
#include "funnel.h"

#include <math.h>
#include <stdlib.h>

/* Reading ------------------------------------------------------------------ */

struct reading {
	struct query *q;
	size_t no; /* of the step, from 1 */
	struct fault *f;
};

static enum err
refuse(const struct reading *r, const char *what, struct str shown)
{
	return fail(r->f, ERR_INVALID, "steps", "step %zu: %s \"%.*s\"", r->no,
		    what, STR_ARG(text_prefix(shown, 48)));
}

static struct str
label(struct query *q, struct str name, const char *between, struct str value)
{
	return arena_printf(q->arena, "%.*s%s%.*s", STR_ARG(name), between,
			    STR_ARG(value));
}

static enum err
read_did(const struct reading *r, struct str name, struct step *out)
{
	struct buf says;

	if (!query_behaviour_known(r->q, name) ||
	    !activity_find(r->q->txn, name, &out->activity))
		return refuse(r,
			      "expected message, chat, event:NAME or flow:NAME "
			      "of something that was done; there is no",
			      name);
	out->kind = STEP_DID;
	buf_init(&says);
	query_behaviour_say(&says, name, false);
	out->label = arena_str(r->q->arena, buf_str(&says));
	buf_fini(&says);
	return OK;
}

static enum err
read_said(const struct reading *r, const struct json *words, struct step *out)
{
	struct fault inner = {0};
	struct search *s;

	if (!query_speech(r->q))
		return refuse(r, "there is no", S("said"));
	if (words->kind != JSON_STRING ||
	    search_parse(r->q->arena, words->text, &s, &inner) != OK)
		return refuse(
		    r, "expected words, \\\"a phrase\\\" or prefix*, not",
		    words->text);
	out->kind = STEP_SAID;
	out->search = s;
	out->label = label(r->q, S("Said "), "", words->text);
	return OK;
}

/* What is kept by Rapport itself has no words of its own to change. */
static const struct attr *
changing(const struct query *q, struct str name)
{
	const struct attr *a = catalog_find(q->catalog, name);

	if (a && a->id < A_CUSTOM_FIRST && !(a->flags & ATTR_GIVEN))
		return NULL;
	return a;
}

static struct str
folded_text(struct arena *a, const struct value *v)
{
	struct buf text;
	struct str out;

	buf_init(&text);
	value_text(&text, v);
	out = text_folded(a, buf_str(&text));
	out = arena_str(a, out);
	buf_fini(&text);
	return out;
}

static enum err
read_changed(const struct reading *r, struct str name, const struct json *to,
	     struct step *out)
{
	const struct attr *a = changing(r->q, name);
	struct fault inner = {0};
	struct value v;

	if (!a)
		return refuse(r,
			      "expected an attribute that events or managers "
			      "set; there is no",
			      name);
	out->kind = STEP_CHANGED;
	out->attr = a;
	out->label =
	    label(r->q, a->label.n ? a->label : a->name, " changed", STR_NONE);
	if (!to)
		return OK;
	if (value_of_json(r->q->arena, a, to, &v, &inner) != OK || v.misfit)
		return fail(r->f, ERR_INVALID, "steps",
			    "step %zu: expected a value of type %s", r->no,
			    attr_type_names[a->type]);
	out->to = folded_text(r->q->arena, &v);
	out->label = label(r->q, out->label, " to ", out->to);
	return OK;
}

static enum err
read_step(const struct reading *r, const struct json *v, struct step *out)
{
	const struct json *name = v->first;
	const struct json *op = name ? name->next : NULL;
	struct str word = op && op->kind == JSON_STRING ? op->text : STR_NONE;

	if (v->kind != JSON_ARRAY || !op || name->kind != JSON_STRING)
		return refuse(r, "expected", S("[name, operator, value]"));
	if (str_eq(word, S("did")) && v->count == 2)
		return read_did(r, name->text, out);
	if (str_eq(word, S("contains")) && v->count == 3 &&
	    str_eq(name->text, S("said")))
		return read_said(r, op->next, out);
	if (str_eq(word, S("changed")) && v->count == 2)
		return read_changed(r, name->text, NULL, out);
	if (str_eq(word, S("changedTo")) && v->count == 3)
		return read_changed(r, name->text, op->next, out);
	return refuse(
	    r,
	    "expected did, contains with words, changed, or changedTo "
	    "with a value, not",
	    word);
}

enum err
funnel_read(struct query *q, const struct json *steps, struct str window,
	    const struct funnel **out, struct fault *f)
{
	struct funnel *fl = arena_get(q->arena, sizeof(*fl));
	struct reading r = {q, 0, f};

	*fl = (struct funnel){.json = steps,
			      .window_text = window.p ? window : S("7d")};
	if (!span_parse(fl->window_text, &fl->window))
		return fail(f, ERR_INVALID, "window",
			    "expected a span of time such as 45m, 12h, 7d, 2w "
			    "or 3mo");
	if (steps->kind != JSON_ARRAY || steps->count < FUNNEL_STEPS_MIN ||
	    steps->count > FUNNEL_STEPS_MAX)
		return fail(f, ERR_INVALID, "steps",
			    "expected an array of %u to %u steps",
			    FUNNEL_STEPS_MIN, FUNNEL_STEPS_MAX);
	for (const struct json *v = steps->first; v; v = v->next) {
		r.no = fl->n + 1;
		TRY(read_step(&r, v, &fl->steps[fl->n++]));
	}
	*out = fl;
	return kv_error(q->txn);
}

/* Counting ----------------------------------------------------------------- */

enum { USERS, RATE_FIRST, RATE_PREVIOUS, MEDIAN, DROPPED };

struct tally {
	uint64_t users[FUNNEL_STEPS_MAX]; /* who got at least so far */
	struct times {
		int64_t *p;
		size_t n, cap;
	} took[FUNNEL_STEPS_MAX]; /* from the step before; [0]: in all */
	size_t n;
};

static void
times_add(struct times *t, int64_t value)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 256;
		t->p = mem_grow(t->p, t->cap * sizeof(*t->p));
	}
	t->p[t->n++] = value;
}

static void
tally_add(void *arg, uint32_t user, size_t depth, const int64_t *at)
{
	struct tally *y = arg;

	(void)user;
	for (size_t i = 0; i < depth; i++)
		y->users[i]++;
	for (size_t i = 1; i < depth; i++)
		times_add(&y->took[i], at[i] - at[i - 1]);
	if (depth == y->n)
		times_add(&y->took[0], at[depth - 1] - at[0]);
}

static int
time_cmp(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

/* In whole milliseconds, cut; NAN of none. */
static double
median(struct times *t)
{
	int64_t middle;

	if (t->n == 0)
		return NAN;
	qsort(t->p, t->n, sizeof(*t->p), time_cmp);
	middle = t->p[t->n / 2];
	if (t->n % 2 == 0)
		middle = (t->p[t->n / 2 - 1] + middle) / 2;
	return (double)(middle / 1000);
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : NAN;
}

static void
tally_put(struct tally *y, const struct funnel *fl, struct stat_table *t,
	  struct arena *arena)
{
	for (size_t i = 0; i < y->n; i++) {
		struct stat_row *r = row_new(t, arena);
		uint64_t next = i + 1 < y->n ? y->users[i + 1] : 0;

		r->text[0] = fl->steps[i].label;
		r->v[USERS] = (double)y->users[i];
		r->v[RATE_FIRST] = share(y->users[i], y->users[0]);
		r->v[RATE_PREVIOUS] =
		    i > 0 ? share(y->users[i], y->users[i - 1]) : NAN;
		r->v[MEDIAN] = i > 0 ? median(&y->took[i]) : NAN;
		r->v[DROPPED] =
		    i + 1 < y->n ? (double)(y->users[i] - next) : NAN;
	}
	t->totals[USERS] = (double)y->users[0];
	t->totals[RATE_FIRST] = share(y->users[y->n - 1], y->users[0]);
	t->totals[RATE_PREVIOUS] = NAN;
	t->totals[MEDIAN] = median(&y->took[0]);
	t->totals[DROPPED] = (double)(y->users[0] - y->users[y->n - 1]);
}

enum err
funnel_run(struct query *q, const struct bits *who, struct stat_table *t,
	   struct fault *f)
{
	const struct funnel *fl = t->more.funnel;
	struct tally y = {.n = fl->n};

	funnel_walk(q, who, &t->period, fl, tally_add, &y);
	if (!who)
		funnel_walk_erased(q, &t->period, fl, tally_add, &y);
	tally_put(&y, fl, t, q->arena);
	for (size_t i = 0; i < COUNT(y.took); i++)
		free(y.took[i].p);
	return kv_error(q->txn);
}

struct finding {
	const struct counted *c;
	struct bits *out;
};

static void
walked_find(void *arg, uint32_t user, size_t depth, const int64_t *at)
{
	struct finding *f = arg;
	size_t step = (size_t)f->c->step, n = f->c->more.funnel->n;

	(void)at;
	if (f->c->column == DROPPED ? depth == step && step < n : depth >= step)
		bits_add(f->out, user);
}

struct bits *
funnel_people(struct query *q, const struct bits *who, const struct counted *c)
{
	struct finding f = {c, bits_new()};

	funnel_walk(q, who, &c->period, c->more.funnel, walked_find, &f);
	return f.out;
}
