/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How people divide by the last of two things that were said of them, and who
 * said which in a row: consent and validity, from the ledger.  All that was
 * ever said before the period's end is read, 65,536 people after the other and
 * of each in order of time; a list of it takes eight bytes an entry.
 */
#include "room.h"

#include <rapport/chats/erased.h>

#include <stdlib.h>

#define IDS 65536u
#define NEVER 0xffffu
#define NOWHERE 0xffu /* gone: of no part any more */
#define QUARTER_SIGN (INT64_C(1) << 31)

/* An entry: chunk, quarter-hour, low half of the id, kind, whether it is the
 * last of the two in its quarter-hour. In order. */
struct entry {
	uint64_t key;
	uint8_t kind; /* GONE: 2 */
	uint8_t count;
};
enum { GONE = TELLING_KINDS };

struct telling_run {
	struct query *q;
	struct stat_table *t;
	const struct telling *of;
	const struct quarters *at;
	enum ledger ledger;
	const struct bits *who;
	struct bits *erased; /* who of them counts */
	struct entries {
		struct entry *at;
		size_t n, cap, next;
	} lists[TELLING_KINDS + 1]; /* by kind, each in order */
	int kind;                   /* being gathered */
	uint8_t part[IDS];
	uint16_t row[TELLING_KINDS][IDS];
};

static void
entry_add(struct telling_run *r, uint32_t id, int64_t quarter, int kind,
	  uint32_t count)
{
	struct entries *l = &r->lists[kind];

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 1024;
		l->at = mem_grow(l->at, l->cap * sizeof(*l->at));
	}
	l->at[l->n++] = (struct entry){
	    (uint64_t)(id >> 16) << 48 |
		(uint64_t)(uint32_t)(quarter + QUARTER_SIGN) << 16 |
		(uint16_t)id,
	    (uint8_t)kind, (uint8_t)count};
}

static bool
gather_page(void *arg, const struct ledger_page *p)
{
	struct telling_run *r = arg;

	for (size_t i = 0; i < p->n; i++) {
		uint32_t e = ledger_entry(p, i);

		entry_add(r, (uint32_t)p->chunk << 16 | ledger_id(e),
			  p->day + ledger_quarter(e), r->kind,
			  ledger_count(e) < ERASED_LAST ? 1 : ERASED_LAST);
	}
	return true;
}

static bool
gather_gone(void *arg, uint32_t number, const struct erased_person *e)
{
	struct telling_run *r = arg;
	double *first = &r->t->rows[0].v[TELLING_KINDS + r->of->first];

	if (r->of->phone && !e->phone)
		return true;
	bits_add(r->erased, number);
	(*first)++;
	if (e->gone < r->at->first + (int64_t)r->at->n)
		entry_add(r, number, e->gone, GONE, 1);
	return true;
}

static int
entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Which was last, where both were said in one quarter-hour. */
static int
last_of(const struct telling_run *r, uint32_t id, int64_t quarter,
	const struct entry *e)
{
	uint16_t kind;

	if (r->ledger == LEDGER_ERASED)
		return e[0].count == ERASED_LAST ? e[0].kind : e[1].kind;
	kind = activity_told_last(r->q->txn, r->q->arena, id, r->of->activity,
				  (quarter + 1) * QUARTER_HOUR - 1);
	return kind == r->of->activity ? 0 : 1;
}

static void
part_move(struct telling_run *r, uint16_t id, size_t row, uint8_t to)
{
	double *v = r->t->rows[row].v;

	if (r->part[id] == NOWHERE)
		return;
	v[TELLING_KINDS + r->part[id]]--;
	r->part[id] = to;
	if (to != NOWHERE)
		v[TELLING_KINDS + to]++;
}

/* What was said of one person in one quarter-hour: n entries. */
static void
quarter_take(struct telling_run *r, const struct entry *e, size_t n)
{
	int64_t quarter = (int64_t)(uint32_t)(e->key >> 16) - QUARTER_SIGN;
	bool before = quarter < r->at->first;
	uint32_t id = (uint32_t)(e->key >> 48) << 16 | (uint16_t)e->key;
	size_t row = before ? 0 : quarter_row(r->at, quarter);
	size_t said = n - (e[n - 1].kind == GONE);
	uint16_t low = (uint16_t)id;

	if (said > 0) {
		int last = said == 2 ? last_of(r, id, quarter, e) : e->kind;

		part_move(r, low, row, (uint8_t)r->of->after[last]);
	}
	if (said < n)
		part_move(r, low, row, NOWHERE);
	for (size_t i = 0; i < said && !before; i++) {
		uint16_t *seen = &r->row[e[i].kind][low];

		if (*seen == row)
			continue;
		if (*seen == NEVER)
			r->t->totals[e[i].kind]++;
		*seen = (uint16_t)row;
		r->t->rows[row].v[e[i].kind]++;
	}
}

static bool
counted(const struct telling_run *r, uint64_t key)
{
	return r->who == NULL ||
	       bits_has(r->who, (uint32_t)(key >> 48) << 16 | (uint16_t)key);
}

/* Of all lists the entries of the least key, by kind; how many. */
static size_t
entries_next(struct telling_run *r, struct entry out[TELLING_KINDS + 1])
{
	uint64_t least = UINT64_MAX;
	size_t n = 0;

	for (int k = 0; k <= TELLING_KINDS; k++) {
		const struct entries *l = &r->lists[k];

		if (l->next < l->n && l->at[l->next].key < least)
			least = l->at[l->next].key;
	}
	for (int k = 0; k <= TELLING_KINDS; k++) {
		struct entries *l = &r->lists[k];

		if (l->next < l->n && l->at[l->next].key == least)
			out[n++] = l->at[l->next++];
	}
	return n;
}

static void
entries_take(struct telling_run *r)
{
	struct entry e[TELLING_KINDS + 1];
	uint64_t chunk = UINT64_MAX;
	size_t n;

	while ((n = entries_next(r, e)) > 0) {
		if (e->key >> 48 != chunk) {
			memset(r->part, r->of->first, sizeof(r->part));
			memset(r->row, 0xff, sizeof(r->row));
		}
		chunk = e->key >> 48;
		if (counted(r, e->key))
			quarter_take(r, e, n);
	}
}

void
telling_ledger(struct query *q, enum ledger ledger, const struct bits *who,
	       const struct quarters *at, struct stat_table *t,
	       const struct telling *of)
{
	struct telling_run *r = mem_new(sizeof(*r));
	int64_t end = at->first + (int64_t)at->n;

	*r = (struct telling_run){
	    .q = q, .t = t, .of = of, .at = at, .ledger = ledger, .who = who};
	r->erased = bits_new();
	if (ledger == LEDGER_ERASED) {
		erased_each(q->txn, gather_gone, r);
		r->who = r->erased;
	}
	for (r->kind = 0; r->kind < TELLING_KINDS; r->kind++)
		ledger_walk(
		    q->txn, ledger, (uint16_t)((int)of->activity + r->kind),
		    quarter_of(INSTANT_MIN), end - 1, r->who, gather_page, r);
	if (r->lists[GONE].n > 1)
		qsort(r->lists[GONE].at, r->lists[GONE].n,
		      sizeof(*r->lists[GONE].at), entry_cmp);
	entries_take(r);
	for (int k = 0; k <= TELLING_KINDS; k++)
		free(r->lists[k].at);
	bits_free(r->erased);
	free(r);
}
