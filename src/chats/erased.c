/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The erased, kept as erased.h says.  Numbers are drawn from twice as many as
 * there are people erased, so that neither their order nor the order of ids
 * tells who is who, and their pages lie close together all the same.
 */
#include "activity.h"

#include <rapport/chats/erased.h>

#include <stdlib.h>

#define NUMBER_KEY 5u
#define SUM_KEY 9u
#define NUMBERS_LEAST 1024u
#define NONE UINT64_MAX

/* People ------------------------------------------------------------------- */

static struct str
number_key(uint8_t out[NUMBER_KEY], uint32_t number)
{
	struct wr w = wr_of(out, NUMBER_KEY);

	wr_u8(&w, 'h');
	wr_be32(&w, number);
	return wr_out(&w);
}

static void
corrupt(struct kv_txn *txn)
{
	kv_fail(txn, ERR_CORRUPT, "erased",
		"What is kept of the erased is damaged.");
}

static uint64_t
count_get(struct kv_txn *txn)
{
	struct str value;
	struct rd r;
	uint64_t n;

	if (!kv_get(txn, SP_COUNTER, S("H"), &value))
		return 0;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != CHAT_VERSION;
	n = rd_varint(&r);
	if (!rd_done(&r))
		corrupt(txn);
	return n;
}

static bool
person_read(struct str value, struct erased_person *out)
{
	struct rd r = rd_of(value);
	uint64_t first;

	r.bad |= rd_u8(&r) != CHAT_VERSION;
	out->gone = quarter_of_key(rd_be64(&r));
	first = rd_be64(&r);
	out->first = first == 0 ? INT64_MIN : quarter_of_key(first);
	out->phone = rd_u8(&r) != 0;
	return rd_done(&r);
}

/* A number nobody has, and what is kept under it. */
static uint32_t
person_put(struct chat_batch *c, const struct erased_person *e)
{
	uint64_t n = count_get(c->txn) + 1, out_of = 2 * n;
	uint8_t memory[NUMBER_KEY];
	struct str value;
	uint32_t number;

	if (out_of < NUMBERS_LEAST)
		out_of = NUMBERS_LEAST;
	if (out_of > UINT32_MAX)
		out_of = UINT32_MAX;
	do
		number = (uint32_t)(random_u64() % out_of);
	while (kv_get(c->txn, SP_COUNTER, number_key(memory, number), &value));
	buf_reset(&c->scratch);
	buf_c(&c->scratch, CHAT_VERSION);
	buf_be64(&c->scratch, quarter_key(e->gone));
	buf_be64(&c->scratch,
		 e->first == INT64_MIN ? 0 : quarter_key(e->first));
	buf_c(&c->scratch, e->phone);
	kv_put(c->txn, SP_COUNTER, number_key(memory, number),
	       buf_str(&c->scratch));
	buf_reset(&c->scratch);
	buf_c(&c->scratch, CHAT_VERSION);
	buf_varint(&c->scratch, n);
	kv_put(c->txn, SP_COUNTER, S("H"), buf_str(&c->scratch));
	return number;
}

void
erased_each(struct kv_txn *txn, erased_person_fn *fn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, S("h"));
	bool go = true;

	for (bool more = kv_seek(c, STR_NONE); more && go; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		uint32_t number = rd_be32(&r);
		struct erased_person e;

		if (rd_done(&r) && person_read(kv_value(c), &e))
			go = fn(arg, number, &e);
		else
			corrupt(txn);
	}
	kv_cursor_close(c);
}

/* Sums --------------------------------------------------------------------- */

static struct str
sum_key(uint8_t out[SUM_KEY], int64_t quarter)
{
	struct wr w = wr_of(out, SUM_KEY);

	wr_u8(&w, 'x');
	wr_be64(&w, quarter_key(quarter));
	return wr_out(&w);
}

static bool
sums_read(struct kv_txn *txn, struct str value, uint64_t sums[ERASED_SUMS])
{
	struct rd r = rd_of(value);

	r.bad |= rd_u8(&r) != CHAT_VERSION;
	for (int i = 0; i < ERASED_SUMS; i++)
		sums[i] = rd_varint(&r);
	if (!rd_done(&r))
		corrupt(txn);
	return kv_error(txn) == OK;
}

/* More of one quarter-hour. */
static void
sums_add(struct chat_batch *c, int64_t quarter,
	 const uint64_t more[ERASED_SUMS])
{
	uint64_t sums[ERASED_SUMS] = {0};
	uint8_t memory[SUM_KEY];
	struct str value, key = sum_key(memory, quarter);

	if (kv_get(c->txn, SP_COUNTER, key, &value))
		sums_read(c->txn, value, sums);
	buf_reset(&c->scratch);
	buf_c(&c->scratch, CHAT_VERSION);
	for (int i = 0; i < ERASED_SUMS; i++)
		buf_varint(&c->scratch, sums[i] + more[i]);
	kv_put(c->txn, SP_COUNTER, key, buf_str(&c->scratch));
}

void
erased_sums(struct kv_txn *txn, int64_t first, int64_t last, erased_sum_fn *fn,
	    void *arg)
{
	uint8_t memory[SUM_KEY];
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, S("x"));

	for (bool more = kv_seek(c, sum_key(memory, first)); more;
	     more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		int64_t quarter = quarter_of_key(rd_be64(&r));
		uint64_t sums[ERASED_SUMS];

		if (quarter > last || !sums_read(txn, kv_value(c), sums) ||
		    !fn(arg, quarter, sums))
			break;
	}
	kv_cursor_close(c);
}

void
template_fate(uint8_t status, uint64_t by, uint64_t sums[ERASED_SUMS])
{
	bool seen = status & 1 << READ;

	sums[ERASED_SENT] += by;
	if (seen)
		sums[ERASED_READ] += by;
	if (seen || status & 1 << DELIVERED)
		sums[ERASED_DELIVERED] += by;
	else
		sums[status & 1 << FAILED ? ERASED_FAILED : ERASED_UNHEARD] +=
		    by;
}

void
erased_template(struct chat_batch *c, int64_t at, const struct message *m)
{
	uint64_t sums[ERASED_SUMS] = {0};

	if (message_kind(m->person, m->flags & MESSAGE_TEMPLATE,
			 m->flags & MESSAGE_NOTE) != ACTIVITY_TEMPLATE)
		return;
	template_fate(m->deliveries.set, 1, sums);
	sums_add(c, quarter_of(at), sums);
}

/* Keeping ------------------------------------------------------------------ */

static bool
shown(struct chat_batch *c, uint32_t user, uint16_t id, struct value *out)
{
	return batch_shown(c->people, user, builtin_attr(id), c->arena, out);
}

static bool
is_there(struct chat_batch *c, uint32_t user)
{
	return posting_has(c->txn, (struct posting){A_EVERYBODY, 0, S("")},
			   user);
}

/* The other of two things said of the same; 0: there is none. */
static uint16_t
kind_against(uint16_t kind)
{
	static const uint16_t pairs[][2] = {
	    {ACTIVITY_OPTED_IN, ACTIVITY_OPTED_OUT},
	    {ACTIVITY_FOUND_VALID, ACTIVITY_FOUND_INVALID}};

	for (size_t i = 0; i < COUNT(pairs); i++)
		for (int k = 0; k < 2; k++)
			if (pairs[i][k] == kind)
				return pairs[i][!k];
	return 0;
}

/* Quarter-hours of one kind: whether the other kind has this one, too, and
 * said the last word in it. */
static uint64_t
count_kept(struct chat_batch *c, uint32_t user, const struct dones *d,
	   const struct done *last)
{
	uint16_t against = kind_against(last->kind);
	int64_t quarter = quarter_of(last->at), other = INT64_MIN;

	if (against == 0)
		return 1;
	for (size_t i = 0; i < d->n; i++)
		if (d->p[i].kind == against &&
		    quarter_of(d->p[i].at) == quarter)
			other = d->p[i].at;
	if (other == INT64_MIN || other > last->at)
		return 1;
	if (other == last->at)
		return activity_told_last(c->txn, c->arena, user, last->kind,
					  last->at) == last->kind
			   ? ERASED_LAST
			   : 1;
	return ERASED_LAST;
}

uint64_t
erased_keep(struct chat_batch *c, uint32_t user, int64_t at,
	    const struct dones *d)
{
	struct erased_person e = {.gone = quarter_of(at), .first = INT64_MIN};
	uint64_t window[ERASED_SUMS] = {[ERASED_WINDOWS] = 1}, n = 0;
	struct chat_facts facts;
	struct value v;
	uint32_t number;

	if (!is_there(c, user))
		return 0;
	batch_facts_get(c->people, user, &facts);
	if (shown(c, user, A_FIRST_SEEN, &v))
		facts.first = instant_least(facts.first, v.instant);
	if (facts.first != INSTANT_NONE)
		e.first = quarter_of(facts.first);
	e.phone = shown(c, user, A_PHONE, &v);
	number = person_put(c, &e);
	for (size_t i = 0; i < d->n; i++) {
		const struct done *x = &d->p[i];
		int64_t quarter = quarter_of(x->at);

		if (x->kind == ACTIVITY_WINDOW)
			sums_add(c, quarter, window);
		if ((x->kind != ACTIVITY_MESSAGE &&
		     kind_against(x->kind) == 0) ||
		    (i + 1 < d->n && d->p[i + 1].kind == x->kind &&
		     quarter_of(d->p[i + 1].at) == quarter))
			continue; /* not kept, or not its last */
		ledger_change(&c->activity.ledger, LEDGER_ERASED, x->kind,
			      number, quarter, count_kept(c, user, d, x));
		n++;
	}
	return n;
}

/* Whether it agrees -------------------------------------------------------- */

struct sound {
	struct kv_txn *txn;
	report_fn *report;
	void *arg;
	uint64_t n, people;
	struct bits *numbers;
};

static void
differ(struct sound *s, const char *what)
{
	s->n++;
	s->report(s->arg, str_of(what));
}

static bool
sound_person(void *arg, uint32_t number, const struct erased_person *e)
{
	struct sound *s = arg;

	(void)e;
	bits_add(s->numbers, number);
	s->people++;
	return true;
}

static bool
sound_page(void *arg, const struct ledger_page *p)
{
	struct sound *s = arg;
	uint32_t last = 0;

	for (size_t i = 0; i < p->n; i++) {
		uint32_t e = ledger_entry(p, i);

		if (e <= last || ledger_count(e) == 0 ||
		    ledger_quarter(e) >= LEDGER_DAY)
			differ(s, "A page of the ledger of the erased is not "
				  "in order.");
		else if (!bits_has(s->numbers,
				   (uint32_t)p->chunk << 16 | ledger_id(e)))
			differ(s, "The ledger of the erased has a number that "
				  "nobody was given.");
		last = e | LEDGER_MANY;
	}
	return kv_error(s->txn) == OK;
}

static bool
sound_sum(void *arg, int64_t quarter, const uint64_t v[ERASED_SUMS])
{
	(void)quarter;
	if (v[ERASED_SENT] !=
		v[ERASED_DELIVERED] + v[ERASED_FAILED] + v[ERASED_UNHEARD] ||
	    v[ERASED_READ] > v[ERASED_DELIVERED])
		differ(arg,
		       "A sum of templates of the erased does not add up.");
	return true;
}

static enum err
check_apply(struct kv_txn *txn, void *arg)
{
	struct sound *s = arg;

	s->txn = txn;
	s->n = s->people = 0;
	s->numbers = bits_new();
	erased_each(txn, sound_person, s);
	if (s->people != count_get(txn))
		differ(s, "There are not as many erased people as were "
			  "counted.");
	for (unsigned kind = 0; kind < ACTIVITY_TOLD_END; kind++)
		ledger_walk(txn, LEDGER_ERASED, (uint16_t)kind,
			    quarter_of(INT64_MIN), quarter_of(INT64_MAX), NULL,
			    sound_page, s);
	erased_sums(txn, quarter_of(INT64_MIN), quarter_of(INT64_MAX),
		    sound_sum, s);
	bits_free(s->numbers);
	return kv_error(txn);
}

enum err
erased_check(struct kv *kv, report_fn *report, void *arg, uint64_t *n,
	     struct fault *f)
{
	struct sound s = {.report = report, .arg = arg};

	TRY(kv_read(kv, check_apply, &s, f));
	*n += s.n;
	return OK;
}
