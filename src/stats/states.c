/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Consent and validity: who said so in a row, and how the people divide at its
 * end by the last that was said before.  Rows hold by how much a part grows
 * from the row before until everybody was read; then they are added up.  The
 * ledger tells it (told.c); where it is not whole, the timelines do.
 */
#include "room.h"

#include <stdlib.h>
#include <strings.h>

enum { KINDS = TELLING_KINDS };
static const struct telling consent = {
    .type = "consent",
    .member = "state",
    .kinds = {"in", "out"},
    .activity = ACTIVITY_OPTED_IN,
    .n_parts = 3,
    .first = 2,
    .after = {0, 1},
};
static const struct telling validity = {
    .type = "validity",
    .member = "valid",
    .activity = ACTIVITY_FOUND_VALID,
    .n_parts = 2,
    .after = {0, 1},
    .phone = true,
};

struct following {
	struct query *q;
	struct stat_table *t;
	const struct telling *of;
	struct told_once {
		int64_t at;
		int kind;
	} * told; /* of one person, newest first */
	size_t n, cap;
};

static bool
text_is(const struct json *v, const char *text)
{
	return v && v->kind == JSON_STRING && v->text.n == strlen(text) &&
	       strncasecmp(v->text.p, text, v->text.n) == 0;
}

/* -1: of something else. */
static int
kind_of(const struct telling *of, const struct json *j)
{
	const struct json *v = json_member(j, str_of(of->member));

	if (!v || !text_is(json_member(j, S("type")), of->type))
		return -1;
	for (int i = 0; i < KINDS; i++)
		if (of->kinds[i] ? text_is(v, of->kinds[i])
				 : v->kind == (i == 0 ? JSON_TRUE : JSON_FALSE))
			return i;
	return -1;
}

static bool
told_add(void *arg, const struct trail *trail)
{
	struct following *w = arg;
	struct arena_mark mark = arena_mark(w->q->arena);
	struct json *j;
	int kind = -1;

	if (json_parse(w->q->arena, trail->json, &j, NULL) == OK)
		kind = kind_of(w->of, j);
	arena_rewind(w->q->arena, mark);
	if (kind < 0)
		return true;
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 64;
		w->told = mem_grow(w->told, w->cap * sizeof(*w->told));
	}
	w->told[w->n++] = (struct told_once){trail->at, kind};
	return trail->at >= w->t->period.from; /* the last before is enough */
}

static bool
person_follow(void *arg, uint32_t user)
{
	struct following *w = arg;
	size_t rows[KINDS] = {SIZE_MAX, SIZE_MAX}; /* counted in last */
	int part = w->of->first;
	struct stat_table *t = w->t;

	w->n = 0;
	user_trail(w->q->txn, user, t->period.to - 1, told_add, w);
	t->rows[0].v[KINDS + part]++;
	for (size_t i = w->n; i-- > 0;) {
		const struct told_once *e = &w->told[i];
		bool before = e->at < t->period.from;
		size_t row = before ? 0 : row_at(t, e->at);

		t->rows[row].v[KINDS + part]--;
		part = w->of->after[e->kind];
		t->rows[row].v[KINDS + part]++;
		if (before || rows[e->kind] == row)
			continue;
		if (rows[e->kind] == SIZE_MAX)
			t->totals[e->kind]++;
		rows[e->kind] = row;
		t->rows[row].v[e->kind]++;
	}
	return kv_error(w->q->txn) == OK;
}

static void
follow_trails(struct query *q, const struct bits *who, struct stat_table *t,
	      const struct telling *of)
{
	struct following w = {.q = q, .t = t, .of = of};

	stats_people(q, who, person_follow, &w);
	free(w.told);
}

static void
follow_ledger(struct query *q, const struct bits *who, const struct quarters *at,
	      struct stat_table *t, const struct telling *of)
{
	struct bits *all = who ? NULL : people_everybody(q->txn);

	t->rows[0].v[KINDS + of->first] += (double)bits_count(who ? who : all);
	bits_free(all);
	telling_ledger(q, LEDGER_LIVING, who, at, t, of);
}

/* `all`: with the erased. */
static enum err
follow(struct query *q, const struct bits *who, bool all, struct stat_table *t,
       const struct telling *of)
{
	struct quarters at;

	if (quarters_of(t, q->arena, &at) && ledger_whole(q->txn))
		follow_ledger(q, who, &at, t, of);
	else
		follow_trails(q, who, t, of);
	if (all)
		telling_ledger(q, LEDGER_ERASED, NULL, &at, t, of);
	for (int k = KINDS; k < KINDS + of->n_parts; k++) {
		for (size_t i = 1; i < t->n; i++)
			t->rows[i].v[k] += t->rows[i - 1].v[k];
		t->totals[k] = t->rows[t->n - 1].v[k];
	}
	return kv_error(q->txn);
}

enum err
consent_run(struct query *q, const struct bits *who, struct stat_table *t,
	    struct fault *f)
{
	return follow(q, who, who == NULL, t, &consent);
}

enum err
validity_run(struct query *q, const struct bits *who, struct stat_table *t,
	     struct fault *f)
{
	struct bits *phones;
	enum err e;

	phones =
	    posting_load(q->txn, (struct posting){A_PHONE, LEVEL_SET, S("")});
	if (who)
		bits_and(phones, who);
	e = follow(q, phones, who == NULL, t, &validity);
	bits_free(phones);
	return e;
}
