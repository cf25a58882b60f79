/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Counters of messages.  A batch gathers how many came and went of each
 * quarter-hour and changes each counter once at its end.  A bulk load does not
 * count as it goes: all messages are counted at its end.
 */
#include "erased.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIVE = 'l', ERASED = 'e' };

bool
message_class(enum person person, bool template, bool note,
	      enum message_class *out)
{
	if (note)
		return false;
	*out = CLASS_IN;
	if (person != PERSON_USER && template)
		*out = CLASS_TEMPLATE;
	else if (person == PERSON_BOT)
		*out = CLASS_BOT;
	else if (person == PERSON_MANAGER)
		*out = CLASS_HUMAN;
	return true;
}

/* Kept -------------------------------------------------------------------- */

#define COUNTER_KEY 9u

static struct str
counter_key(uint8_t out[COUNTER_KEY], char which, int64_t quarter)
{
	struct wr w = wr_of(out, COUNTER_KEY);

	wr_u8(&w, (uint8_t)which);
	wr_be64(&w, quarter_key(quarter));
	return wr_out(&w);
}

static bool
counter_read(struct kv_txn *txn, struct str value, struct message_counts *out)
{
	struct rd r = rd_of(value);

	r.bad |= rd_u8(&r) != CHAT_VERSION;
	for (size_t i = 0; i < MESSAGE_CLASSES; i++)
		out->n[i] = rd_varint(&r);
	if (rd_done(&r))
		return true;
	*out = (struct message_counts){{0}};
	kv_fail(txn, ERR_CORRUPT, "counter", "A counter is damaged.");
	return false;
}

static void
counter_write(struct kv_txn *txn, struct str key,
	      const struct message_counts *c, struct buf *scratch)
{
	uint64_t sum = 0;

	buf_reset(scratch);
	buf_c(scratch, CHAT_VERSION);
	for (size_t i = 0; i < MESSAGE_CLASSES; i++) {
		buf_varint(scratch, c->n[i]);
		sum += c->n[i];
	}
	if (sum > 0)
		kv_put(txn, SP_COUNTER, key, buf_str(scratch));
	else
		kv_del(txn, SP_COUNTER, key);
}

static void
counts_walk(struct kv_txn *txn, char which, int64_t first, int64_t last,
	    counts_fn *fn, void *arg)
{
	uint8_t from[COUNTER_KEY];
	char prefix[1] = {which};
	struct kv_cursor *c =
	    kv_cursor(txn, SP_COUNTER, (struct str){prefix, 1});
	struct message_counts counts;

	for (bool more = kv_seek(c, counter_key(from, which, first)); more;
	     more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		int64_t quarter = quarter_of_key(rd_be64(&r));

		if (quarter > last || !counter_read(txn, kv_value(c), &counts) ||
		    !fn(arg, quarter, &counts))
			break;
	}
	kv_cursor_close(c);
}

void
message_counts(struct kv_txn *txn, int64_t first, int64_t last, counts_fn *fn,
	       void *arg)
{
	counts_walk(txn, LIVE, first, last, fn, arg);
	counts_walk(txn, ERASED, first, last, fn, arg);
}

/* Kept up ------------------------------------------------------------------ */

static void
tick(struct counters_batch *b, struct tick t)
{
	if (b->n > 0 && b->ticks[b->n - 1].quarter == t.quarter &&
	    b->ticks[b->n - 1].class == t.class &&
	    b->ticks[b->n - 1].which == t.which) {
		b->ticks[b->n - 1].by += t.by;
		return;
	}
	if (b->n == b->cap) {
		b->cap = b->cap ? 2 * b->cap : 64;
		b->ticks = mem_grow(b->ticks, b->cap * sizeof(*b->ticks));
	}
	b->ticks[b->n++] = t;
}

void
counters_heard(struct chat_batch *c, int64_t at, enum person person,
	       bool template, bool note)
{
	enum message_class class;

	if (batch_indexes(c->people) &&
	    message_class(person, template, note, &class))
		tick(&c->counters,
		     (struct tick){LIVE, class, quarter_of(at), 1});
}

void
counters_erased(struct chat_batch *c, int64_t at, const struct message *m,
		bool keep)
{
	struct tick t = {.which = LIVE, .quarter = quarter_of(at), .by = -1};
	enum message_class class;

	if (!message_class(m->person, m->flags & MESSAGE_TEMPLATE,
			   m->flags & MESSAGE_NOTE, &class))
		return;
	t.class = class;
	tick(&c->counters, t);
	if (!keep)
		return;
	t.which = ERASED;
	t.by = 1;
	tick(&c->counters, t);
}

static int
counter_cmp(const struct tick *x, const struct tick *y)
{
	if (x->which != y->which)
		return x->which < y->which ? -1 : 1;
	return (x->quarter > y->quarter) - (x->quarter < y->quarter);
}

static int
tick_cmp(const void *a, const void *b)
{
	const struct tick *x = a, *y = b;
	int c = counter_cmp(x, y);

	return c != 0 ? c : (x->class > y->class) - (x->class < y->class);
}

/* One tick for each class of each counter, in order. */
static void
ticks_join(struct counters_batch *b)
{
	size_t n = 0;

	if (b->n > 1)
		qsort(b->ticks, b->n, sizeof(*b->ticks), tick_cmp);
	for (size_t i = 0; i < b->n; i++) {
		if (n > 0 && tick_cmp(&b->ticks[n - 1], &b->ticks[i]) == 0)
			b->ticks[n - 1].by += b->ticks[i].by;
		else
			b->ticks[n++] = b->ticks[i];
	}
	b->n = n;
}

/* The ticks of one counter, the i-th and those behind it, added to `counts`;
 * returns where the next one's begin. */
static size_t
ticks_take(const struct counters_batch *b, size_t i,
	   struct message_counts *counts)
{
	size_t k = i;

	for (; k < b->n && counter_cmp(&b->ticks[i], &b->ticks[k]) == 0; k++)
		counts->n[b->ticks[k].class] += (uint64_t)b->ticks[k].by;
	return k;
}

/* `erased` (may be NULL): what counters of the erased add to their hash. */
static void
ticks_write(struct kv_txn *txn, const struct counters_batch *b, bool anew,
	    uint64_t *erased, struct buf *scratch)
{
	for (size_t i = 0; i < b->n && kv_error(txn) == OK;) {
		struct message_counts counts = {{0}};
		uint8_t memory[COUNTER_KEY];
		bool gone = erased != NULL && b->ticks[i].which == ERASED;
		struct str value, key = counter_key(memory, b->ticks[i].which,
						    b->ticks[i].quarter);

		if (!anew && kv_get(txn, SP_COUNTER, key, &value)) {
			counter_read(txn, value, &counts);
			if (gone)
				*erased -= erased_sum_hash(key, value);
		}
		i = ticks_take(b, i, &counts);
		counter_write(txn, key, &counts, scratch);
		if (gone)
			*erased += erased_sum_hash(key, buf_str(scratch));
	}
}

void
counters_settle(struct chat_batch *c)
{
	ticks_join(&c->counters);
	ticks_write(c->txn, &c->counters, false, &c->erased, &c->scratch);
	c->counters.n = 0;
}

void
counters_free(struct counters_batch *b)
{
	free(b->ticks);
}

/* Whole ------------------------------------------------------------------- */

#define TICKS_MAX 1000000u

/* Every message of the store. */
static void
messages_tick(struct kv_txn *txn, struct counters_batch *out)
{
	struct kv_cursor *c = kv_cursor(txn, SP_MESSAGE, STR_NONE);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct tick t = {.which = LIVE, .by = 1};
		struct message m;
		uint32_t chat, seq;
		int64_t at;

		if (!message_key_read(kv_key(c), &chat, &at, &seq) ||
		    !message_decode(kv_value(c), &m)) {
			kv_fail(txn, ERR_CORRUPT, "message",
				"A message is damaged.");
			break;
		}
		t.quarter = quarter_of(at);
		if (message_class(m.person, m.flags & MESSAGE_TEMPLATE,
				  m.flags & MESSAGE_NOTE, &t.class))
			tick(out, t);
		if (out->n >= TICKS_MAX)
			ticks_join(out);
	}
	kv_cursor_close(c);
	ticks_join(out);
}

void
counters_clear(struct kv_txn *txn, struct str prefix)
{
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, prefix);
	uint8_t memory[LEDGER_KEY_SIZE];

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct wr w = wr_of(memory, sizeof(memory));

		wr_bytes(&w, kv_key(c));
		kv_del(txn, SP_COUNTER, wr_out(&w));
	}
	kv_cursor_close(c);
}

static enum err
build_apply(struct kv_txn *txn, void *arg)
{
	struct counters_batch b = {0};
	struct buf scratch;

	buf_init(&scratch);
	messages_tick(txn, &b);
	counters_clear(txn, S("l"));
	ticks_write(txn, &b, true, NULL, &scratch);
	buf_fini(&scratch);
	counters_free(&b);
	return kv_error(txn);
}

enum err
counters_build(struct kv *kv, struct fault *f)
{
	return kv_write(kv, build_apply, NULL, f);
}

struct holding {
	report_fn *report;
	void *arg;
	uint64_t n;
	struct counters_batch want;
	size_t at; /* in what is wanted */
};

static void
differ(struct holding *h, int64_t quarter)
{
	char text[96];

	snprintf(text, sizeof(text),
		 "The counter of quarter-hour %" PRId64
		 " is not what its messages are.",
		 quarter);
	h->n++;
	h->report(h->arg, str_of(text));
}

static bool
hold_counter(void *arg, int64_t quarter, const struct message_counts *c)
{
	struct holding *h = arg;
	struct message_counts want = {{0}};

	while (h->at < h->want.n && h->want.ticks[h->at].quarter < quarter) {
		struct message_counts missing = {{0}};

		differ(h, h->want.ticks[h->at].quarter);
		h->at = ticks_take(&h->want, h->at, &missing);
	}
	if (h->at < h->want.n && h->want.ticks[h->at].quarter == quarter)
		h->at = ticks_take(&h->want, h->at, &want);
	if (memcmp(&want, c, sizeof(want)) != 0)
		differ(h, quarter);
	return true;
}

static enum err
check_apply(struct kv_txn *txn, void *arg)
{
	struct holding *h = arg;

	h->n = 0;
	h->at = 0;
	messages_tick(txn, &h->want);
	counts_walk(txn, LIVE, INT64_MIN, INT64_MAX, hold_counter, h);
	while (h->at < h->want.n) {
		struct message_counts missing = {{0}};

		differ(h, h->want.ticks[h->at].quarter);
		h->at = ticks_take(&h->want, h->at, &missing);
	}
	counters_free(&h->want);
	h->want = (struct counters_batch){0};
	return kv_error(txn);
}

enum err
counters_check(struct kv *kv, report_fn *report, void *arg, uint64_t *n,
	       struct fault *f)
{
	struct holding h = {.report = report, .arg = arg};

	TRY(kv_read(kv, check_apply, &h, f));
	*n += h.n;
	return OK;
}
