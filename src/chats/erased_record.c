/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is kept of the erased, written and read; see erased.h.  Numbers are
 * drawn from twice as many as there are people erased, so that neither their
 * order nor the order of ids tells who is who, and what belongs together lies
 * close together all the same.
 */
#include "erased.h"

#define KEY_SIZE 7u
#define NUMBERS_LEAST 1024u

static struct str
part_key(uint8_t out[KEY_SIZE], enum erased_section which, uint32_t number,
	 uint16_t part)
{
	struct wr w = wr_of(out, KEY_SIZE);

	wr_u8(&w, (uint8_t)which);
	wr_be32(&w, number);
	wr_be16(&w, part);
	return wr_out(&w);
}

void
erased_corrupt(struct kv_txn *txn)
{
	kv_fail(txn, ERR_CORRUPT, "erased",
		"What is kept of the erased is damaged.");
}

/* The head ----------------------------------------------------------------- */

void
erased_head_get(struct kv_txn *txn, struct erased_head *out)
{
	struct str value;
	struct rd r;

	*out = (struct erased_head){0};
	if (!kv_get(txn, SP_ERASED, S("H"), &value))
		return;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != CHAT_VERSION;
	out->people = rd_be64(&r);
	out->parts = rd_be64(&r);
	out->sum = rd_be64(&r);
	out->sums = rd_be64(&r);
	if (!rd_done(&r))
		erased_corrupt(txn);
}

void
erased_head_put(struct kv_txn *txn, const struct erased_head *in)
{
	uint8_t memory[33];
	struct wr w = wr_of(memory, sizeof(memory));

	wr_u8(&w, CHAT_VERSION);
	wr_be64(&w, in->people);
	wr_be64(&w, in->parts);
	wr_be64(&w, in->sum);
	wr_be64(&w, in->sums);
	kv_put(txn, SP_ERASED, S("H"), wr_out(&w));
}

/* Its key tells where it stands, so that goes into the checksum, too. */
static uint64_t
pair_hash(struct str key, struct str value)
{
	uint64_t both[2] = {hash64(key), hash64(value)};

	return hash64((struct str){(char *)both, sizeof(both)});
}

uint64_t
erased_sum_hash(struct str key, struct str value)
{
	return value.n == 0 ? 0 : pair_hash(key, value);
}

uint64_t
erased_sums_all(struct kv_txn *txn)
{
	static const char *const kept[] = {"e", "x", "R"};
	uint64_t sum = 0;

	for (size_t i = 0; i < COUNT(kept); i++) {
		struct kv_cursor *c =
		    kv_cursor(txn, SP_COUNTER, str_of(kept[i]));

		for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
			sum += erased_sum_hash(kv_key(c), kv_value(c));
		kv_cursor_close(c);
	}
	return sum;
}

/* Writing ------------------------------------------------------------------ */

void
section_begin(struct section *s, struct kv_txn *txn, struct erased_head *head,
	      enum erased_section which, uint32_t number)
{
	*s = (struct section){
	    .txn = txn, .head = head, .which = which, .number = number};
	buf_init(&s->items);
}

static void
part_put(struct section *s)
{
	uint8_t memory[KEY_SIZE];
	struct str key = part_key(memory, s->which, s->number, s->part++);
	uint64_t check = pair_hash(key, buf_str(&s->items));
	struct buf value;

	buf_init(&value);
	buf_c(&value, CHAT_VERSION);
	buf_be64(&value, check);
	buf_put(&value, buf_str(&s->items));
	kv_put(s->txn, SP_ERASED, key, buf_str(&value));
	buf_fini(&value);
	s->head->parts++;
	s->head->sum += check;
	s->last = 0;
	buf_reset(&s->items);
}

static void
item_end(struct section *s)
{
	if (s->items.n >= ERASED_PART)
		part_put(s);
}

void
section_end(struct section *s)
{
	if (s->items.n > 0)
		part_put(s);
	buf_fini(&s->items);
}

/* By how much it is more or less than the item before, the sign last. */
static void
item_step(struct section *s, int64_t at)
{
	uint64_t step = (uint64_t)at - (uint64_t)s->last;

	buf_varint(&s->items, step << 1 ^ (uint64_t)((int64_t)step >> 63));
	s->last = at;
}

void
section_row(struct section *s, const struct erased_row *row)
{
	buf_varint(&s->items, row->kind);
	item_step(s, row->quarter);
	buf_varint(&s->items, row->count);
	item_end(s);
}

void
section_deed(struct section *s, uint16_t kind, int64_t at)
{
	buf_varint(&s->items, kind);
	item_step(s, at);
	item_end(s);
}

static int64_t
quarter_begin(int64_t at)
{
	if (at == INSTANT_NONE || at == INSTANT_MAX)
		return at;
	return quarter_of(at) * QUARTER_HOUR;
}

void
section_run(struct section *s, uint16_t kind, const struct run *r)
{
	buf_varint(&s->items, kind);
	buf_c(&s->items, (char)r->cause);
	buf_be64(&s->items, (uint64_t)quarter_begin(r->started));
	buf_be64(&s->items, (uint64_t)quarter_begin(r->completed));
	buf_be64(&s->items, (uint64_t)quarter_begin(r->cancelled));
	buf_be64(&s->items, (uint64_t)quarter_begin(r->over));
	item_end(s);
}

void
section_failure(struct section *s, int64_t quarter, uint64_t n, struct str code)
{
	item_step(s, quarter);
	buf_varint(&s->items, n);
	buf_lstr(&s->items, code);
	item_end(s);
}

void
erased_person_put(struct kv_txn *txn, struct erased_head *head, uint32_t number,
		  const struct erased_person *e)
{
	struct section s;

	section_begin(&s, txn, head, ERASED_PERSON, number);
	buf_be64(&s.items, quarter_key(e->gone));
	buf_be64(&s.items, e->first == INT64_MIN ? 0 : quarter_key(e->first));
	buf_c(&s.items, e->phone);
	section_end(&s);
	head->people++;
}

uint32_t
erased_number(struct kv_txn *txn, struct erased_head *head,
	      const struct erased_person *e)
{
	uint64_t out_of = 2 * (head->people + 1);
	uint8_t memory[KEY_SIZE];
	struct str value;
	uint32_t number;

	if (out_of < NUMBERS_LEAST)
		out_of = NUMBERS_LEAST;
	if (out_of > UINT32_MAX)
		out_of = UINT32_MAX;
	do
		number = (uint32_t)(random_u64() % out_of);
	while (kv_get(txn, SP_ERASED,
		      part_key(memory, ERASED_PERSON, number, 0), &value));
	erased_person_put(txn, head, number, e);
	return number;
}

/* Reading ------------------------------------------------------------------ */

static struct erased_part
part_read(struct str key, struct str value)
{
	struct rd k = rd_of(str_cut(key, 1, key.n)), r = rd_of(value);
	struct erased_part p = {
	    .number = rd_be32(&k), .part = rd_be16(&k), .key = key};

	r.bad |= rd_u8(&r) != CHAT_VERSION;
	p.check = rd_be64(&r);
	p.items = rd_bytes(&r, rd_left(&r));
	p.sound = rd_done(&k) && !r.bad && p.check == pair_hash(key, p.items);
	return p;
}

void
erased_parts(struct kv_txn *txn, enum erased_section which, erased_part_fn *fn,
	     void *arg)
{
	const char prefix[1] = {(char)which};
	struct kv_cursor *c =
	    kv_cursor(txn, SP_ERASED, (struct str){prefix, 1});
	bool go = true;

	for (bool more = kv_seek(c, STR_NONE); more && go; more = kv_next(c)) {
		struct erased_part p = part_read(kv_key(c), kv_value(c));

		go = fn(arg, &p);
	}
	kv_cursor_close(c);
}

static int64_t
step_read(struct rd *r, int64_t *last)
{
	uint64_t step = rd_varint(r);

	step = step >> 1 ^ (0 - (step & 1));
	*last = (int64_t)((uint64_t)*last + step);
	return *last;
}

bool
erased_part_rows(const struct erased_part *p, erased_row_fn *fn, void *arg)
{
	struct rd r = rd_of(p->items);
	int64_t last = 0;

	while (p->sound && rd_left(&r) > 0) {
		struct erased_row row = {.kind = (uint16_t)rd_varint(&r)};

		row.quarter = step_read(&r, &last);
		row.count = (uint32_t)rd_varint(&r);
		if (r.bad || !fn(arg, p->number, &row))
			return false;
	}
	return p->sound;
}

/* Items of a section, for whoever asks; damage sticks. */
struct reader {
	struct kv_txn *txn;
	bool (*item)(struct reader *d, struct rd *r); /* the next one */
	void *fn, *arg;
	struct activity_names names;
	uint32_t number;
	int64_t last; /* what the next item counts from */
};

static bool
part_items(void *arg, const struct erased_part *p)
{
	struct reader *d = arg;
	struct rd r = rd_of(p->items);

	if (!p->sound)
		erased_corrupt(d->txn);
	if (kv_error(d->txn) != OK)
		return false;
	d->number = p->number;
	d->last = 0;
	while (rd_left(&r) > 0)
		if (!d->item(d, &r))
			return false;
	return true;
}

void
erased_person_read(struct rd *r, struct erased_person *out)
{
	uint64_t first;

	out->gone = quarter_of_key(rd_be64(r));
	first = rd_be64(r);
	out->first = first == 0 ? INT64_MIN : quarter_of_key(first);
	out->phone = rd_u8(r) != 0;
}

static bool
read_person(struct reader *d, struct rd *r)
{
	struct erased_person e;

	erased_person_read(r, &e);
	return ((erased_person_fn *)d->fn)(d->arg, d->number, &e);
}

void
erased_each(struct kv_txn *txn, erased_person_fn *fn, void *arg)
{
	struct reader d = {
	    .txn = txn, .item = read_person, .fn = fn, .arg = arg};

	erased_parts(txn, ERASED_PERSON, part_items, &d);
}

static bool
read_deed(struct reader *d, struct rd *r)
{
	uint16_t kind = (uint16_t)rd_varint(r);
	int64_t at = step_read(r, &d->last);

	return ((erased_deed_fn *)d->fn)(d->arg, d->number, kind, at);
}

void
erased_deeds(struct kv_txn *txn, erased_deed_fn *fn, void *arg)
{
	struct reader d = {.txn = txn, .item = read_deed, .fn = fn, .arg = arg};

	erased_parts(txn, ERASED_DEEDS, part_items, &d);
}

/* "flow:" or "end:" of the kind's name taken off. */
static struct str
flow_of(const struct activity_names *names, uint16_t kind)
{
	struct str name = activity_name_of(names, kind);
	size_t head;

	if (!str_find(name, S(":"), &head))
		return STR_NONE;
	return str_cut(name, head + 1, name.n);
}

static bool
read_run(struct reader *d, struct rd *r)
{
	struct run run = {.flow = flow_of(&d->names, (uint16_t)rd_varint(r))};

	run.cause = rd_u8(r);
	run.started = (int64_t)rd_be64(r);
	run.completed = (int64_t)rd_be64(r);
	run.cancelled = (int64_t)rd_be64(r);
	run.over = (int64_t)rd_be64(r);
	return ((erased_run_fn *)d->fn)(d->arg, d->number, &run);
}

void
erased_runs(struct kv_txn *txn, struct arena *a, erased_run_fn *fn, void *arg)
{
	struct reader d = {.txn = txn, .item = read_run, .fn = fn, .arg = arg};

	activity_names(txn, a, &d.names);
	erased_parts(txn, ERASED_RUNS, part_items, &d);
}

static bool
read_failure(struct reader *d, struct rd *r)
{
	struct erased_failure f = {.number = d->number};

	f.quarter = step_read(r, &d->last);
	f.n = rd_varint(r);
	f.code = rd_str(r);
	return ((erased_failure_fn *)d->fn)(d->arg, &f);
}

void
erased_failures(struct kv_txn *txn, erased_failure_fn *fn, void *arg)
{
	struct reader d = {
	    .txn = txn, .item = read_failure, .fn = fn, .arg = arg};

	erased_parts(txn, ERASED_FAILURES, part_items, &d);
}
