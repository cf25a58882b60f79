/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is kept of the erased, as a whole: whether every part of it is there and
 * sound, and the ledger of the erased, which is made of it and can be made
 * again.  Before there was the one, there was the ledger alone, with a row a
 * person beside it: of those it becomes what is kept.
 */
#include "erased.h"

#include <stdlib.h>

#define ENTRIES_MAX (1u << 20)

/* What an earlier build kept ----------------------------------------------- */

struct old_row {
	uint32_t number;
	struct erased_row row;
};
struct old {
	struct kv_txn *txn;
	struct erased_head head;
	struct old_row *rows; /* of the ledger */
	size_t n, cap;
};

struct kind_walk {
	struct old *old;
	uint16_t kind;
};

static bool
old_page(void *arg, const struct ledger_page *p)
{
	struct old *o = ((struct kind_walk *)arg)->old;
	uint16_t kind = ((struct kind_walk *)arg)->kind;

	for (size_t i = 0; i < p->n; i++) {
		uint32_t e = ledger_entry(p, i);

		if (o->n == o->cap) {
			o->cap = o->cap ? 2 * o->cap : 1024;
			o->rows = mem_grow(o->rows, o->cap * sizeof(*o->rows));
		}
		o->rows[o->n++] = (struct old_row){
		    (uint32_t)p->chunk << 16 | ledger_id(e),
		    {kind, ledger_count(e), p->day + ledger_quarter(e)}};
	}
	return true;
}

static int
old_cmp(const void *x, const void *y)
{
	const struct old_row *a = x, *b = y;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->row.kind != b->row.kind)
		return a->row.kind < b->row.kind ? -1 : 1;
	return (a->row.quarter > b->row.quarter) -
	       (a->row.quarter < b->row.quarter);
}

static void
old_rows(struct old *o)
{
	for (unsigned kind = 1; kind < ACTIVITY_TOLD_END; kind++) {
		struct kind_walk w = {o, (uint16_t)kind};

		if (kind > ACTIVITY_MESSAGE && kind < ACTIVITY_OPTED_IN)
			continue;
		ledger_walk(o->txn, LEDGER_ERASED, w.kind,
			    quarter_of(INT64_MIN), quarter_of(INT64_MAX), NULL,
			    old_page, &w);
	}
	if (o->n > 1)
		qsort(o->rows, o->n, sizeof(*o->rows), old_cmp);
}

static bool
old_person(struct str value, struct erased_person *out)
{
	struct rd r = rd_of(value);

	r.bad |= rd_u8(&r) != CHAT_VERSION;
	erased_person_read(&r, out);
	return rd_done(&r);
}

/* Persons and rows are both in order of numbers. */
static void
old_people(struct old *o)
{
	struct kv_cursor *c = kv_cursor(o->txn, SP_COUNTER, S("h"));
	size_t i = 0;

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		uint32_t number = rd_be32(&r);
		struct erased_person e;
		struct section s;

		if (!rd_done(&r) || !old_person(kv_value(c), &e))
			continue;
		erased_person_put(o->txn, &o->head, number, &e);
		section_begin(&s, o->txn, &o->head, ERASED_ROWS, number);
		while (i < o->n && o->rows[i].number < number)
			i++;
		for (; i < o->n && o->rows[i].number == number; i++)
			section_row(&s, &o->rows[i].row);
		section_end(&s);
	}
	kv_cursor_close(c);
}

static void
old_take(struct kv_txn *txn)
{
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, S("h"));
	struct old o = {.txn = txn};
	bool any = kv_seek(c, STR_NONE);

	kv_cursor_close(c);
	if (!any)
		return;
	old_rows(&o);
	old_people(&o);
	counters_clear(txn, S("h"));
	kv_del(txn, SP_COUNTER, S("H"));
	free(o.rows);
}

/* Made anew ---------------------------------------------------------------- */

static const enum erased_section sections[] = {
    ERASED_PERSON, ERASED_ROWS, ERASED_DEEDS, ERASED_RUNS, ERASED_FAILURES};

struct build {
	struct kv_txn *txn;
	struct erased_head head;
	struct ledger_changes ledger;
	struct buf lost; /* lstr keys of unsound parts */
	enum erased_section which;
};

static bool
build_row(void *arg, uint32_t number, const struct erased_row *row)
{
	struct build *b = arg;

	ledger_change(&b->ledger, LEDGER_ERASED, row->kind, number,
		      row->quarter, row->count);
	return true;
}

static bool
build_part(void *arg, const struct erased_part *p)
{
	struct build *b = arg;

	if (!p->sound) {
		buf_lstr(&b->lost, p->key);
		return true;
	}
	b->head.people += b->which == ERASED_PERSON;
	b->head.parts++;
	b->head.sum += p->check;
	if (b->which == ERASED_ROWS)
		erased_part_rows(p, build_row, b);
	return true;
}

static void
entries_write(struct build *b, size_t most)
{
	if (b->ledger.n <= most)
		return;
	ledger_apply(b->txn, &b->ledger);
	b->ledger.n = 0;
}

static bool
build_some(void *arg, const struct erased_part *p)
{
	struct build *b = arg;

	build_part(b, p);
	entries_write(b, ENTRIES_MAX);
	return kv_error(b->txn) == OK;
}

/* The head is of what stands; what is not sound cannot be read and goes. */
static enum err
build_apply(struct kv_txn *txn, void *arg)
{
	struct build b = {.txn = txn};
	struct rd r;

	(void)arg;
	old_take(txn);
	counters_clear(txn, ledger_prefix(LEDGER_ERASED));
	for (size_t i = 0; i < COUNT(sections); i++) {
		b.which = sections[i];
		erased_parts(txn, b.which, build_some, &b);
	}
	entries_write(&b, 0);
	r = rd_of(buf_str(&b.lost));
	while (rd_left(&r) > 0)
		kv_del(txn, SP_ERASED, rd_str(&r));
	b.head.sums = erased_sums_all(txn);
	if (b.head.parts + b.head.sums > 0)
		erased_head_put(txn, &b.head);
	else
		kv_del(txn, SP_ERASED, S("H"));
	ledger_changes_free(&b.ledger);
	buf_fini(&b.lost);
	return kv_error(txn);
}

enum err
erased_build(struct kv *kv, struct fault *f)
{
	return kv_write(kv, build_apply, NULL, f);
}

/* Whether it agrees -------------------------------------------------------- */

struct check {
	struct kv_txn *txn;
	report_fn *report;
	void *arg;
	uint64_t n;
	enum erased_section which;
	struct erased_head head;
	struct bits *numbers;
	struct ledger_sum *rows; /* by kind */
	uint32_t number;
	uint16_t next; /* part of it */
};

static void
differ(struct check *k, const char *what)
{
	k->n++;
	k->report(k->arg, str_of(what));
}

static bool
check_row(void *arg, uint32_t number, const struct erased_row *row)
{
	struct check *k = arg;

	if (row->kind >= ACTIVITY_TOLD_END)
		return false;
	ledger_sum_add(&k->rows[row->kind], number, row->quarter, row->count);
	return true;
}

static bool
check_part(void *arg, const struct erased_part *p)
{
	struct check *k = arg;
	bool follows = k->next > 0 && p->number == k->number
			   ? p->part == k->next
			   : p->part == 0;

	k->number = p->number;
	k->next = (uint16_t)(p->part + 1);
	if (k->which == ERASED_PERSON) {
		bits_add(k->numbers, p->number);
		k->head.people++;
	}
	k->head.parts++;
	k->head.sum += p->check;
	if (!p->sound)
		differ(k, "A part of what is kept of the erased is damaged; "
			  "there is nothing it could be made of.");
	else if (k->which == ERASED_ROWS && !erased_part_rows(p, check_row, k))
		differ(k, "A part of what is kept of the erased is not of its "
			  "form.");
	else if (!follows)
		differ(k, "A part of what is kept of the erased is missing.");
	else if (!bits_has(k->numbers, p->number))
		differ(k, "Something is kept of the erased under a number that "
			  "nobody was given.");
	return kv_error(k->txn) == OK;
}

static void
check_ledger(struct check *k)
{
	struct ledger_sum *sums = mem_new(ACTIVITY_TOLD_END * sizeof(*sums));
	uint64_t broken = ledger_sums(k->txn, LEDGER_ERASED, sums);

	if (broken > 0 ||
	    memcmp(sums, k->rows, ACTIVITY_TOLD_END * sizeof(*sums)) != 0)
		differ(k, "The ledger of the erased is not what is kept of "
			  "them.");
	free(sums);
}

static bool
check_sum(void *arg, int64_t quarter, const uint64_t v[ERASED_SUMS])
{
	(void)quarter;
	if (v[ERASED_SENT] !=
		v[ERASED_DELIVERED] + v[ERASED_FAILED] + v[ERASED_UNHEARD] ||
	    v[ERASED_READ] > v[ERASED_DELIVERED])
		differ(arg,
		       "A sum of templates of the erased does not add up.");
	return true;
}

static void
check_head(struct check *k)
{
	struct erased_head head;

	erased_head_get(k->txn, &head);
	if (head.people != k->head.people || head.parts != k->head.parts ||
	    head.sum != k->head.sum)
		differ(k, "What is kept of the erased is not all that was "
			  "kept.");
	if (head.sums != erased_sums_all(k->txn))
		differ(k, "Sums of the erased are not what they were.");
}

static enum err
check_apply(struct kv_txn *txn, void *arg)
{
	struct check *k = arg;

	k->txn = txn;
	k->n = 0;
	k->head = (struct erased_head){0};
	k->numbers = bits_new();
	k->rows = mem_new(ACTIVITY_TOLD_END * sizeof(*k->rows));
	for (size_t i = 0; i < COUNT(sections); i++) {
		k->which = sections[i];
		k->next = 0;
		erased_parts(txn, k->which, check_part, k);
	}
	check_head(k);
	check_ledger(k);
	erased_sums(txn, quarter_of(INT64_MIN), quarter_of(INT64_MAX),
		    check_sum, k);
	bits_free(k->numbers);
	free(k->rows);
	return kv_error(txn);
}

enum err
erased_check(struct kv *kv, report_fn *report, void *arg, uint64_t *n,
	     struct fault *f)
{
	struct check k = {.report = report, .arg = arg};

	TRY(kv_read(kv, check_apply, &k, f));
	*n += k.n;
	return OK;
}
