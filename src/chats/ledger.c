/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The ledger, kept up.  A page holds the entries from its key on until that of
 * the next page of the day.  A page that gets too full is cut into even parts,
 * one that gets empty goes; how pages are cut therefore depends on the way
 * entries came, what is in them does not.
 */
#include "activity.h"

#include <stdlib.h>

#define DAY_SIGN UINT32_C(0x80000000)
#define CODE_MAX UINT32_C(0xffffffff)

static const char marks[] = {[LEDGER_LIVING] = 'u', [LEDGER_ERASED] = 'g'};

/* Whether it is kept ------------------------------------------------------- */

static bool
mark_get(struct kv_txn *txn, bool *whole)
{
	struct str value;
	struct rd r;

	*whole = false;
	if (!kv_get(txn, SP_ACTIVITY, S("w"), &value))
		return false;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != CHAT_VERSION;
	*whole = rd_u8(&r) != 0;
	if (!rd_done(&r))
		kv_fail(txn, ERR_CORRUPT, "activity",
			"Whether the ledger is whole is damaged.");
	return true;
}

bool
ledger_whole(struct kv_txn *txn)
{
	bool whole;

	return mark_get(txn, &whole) && whole && kv_error(txn) == OK;
}

void
ledger_mark(struct kv_txn *txn, bool whole)
{
	const char value[2] = {CHAT_VERSION, whole};

	kv_put(txn, SP_ACTIVITY, S("w"), (struct str){value, sizeof(value)});
}

static bool
any_chats(struct kv_txn *txn)
{
	struct kv_cursor *c = kv_cursor(txn, SP_CHAT, STR_NONE);
	bool any = kv_seek(c, STR_NONE);

	kv_cursor_close(c);
	return any;
}

/* The first batch of chats in a store finds nothing that was done before. */
bool
ledger_begin(struct kv_txn *txn)
{
	bool whole;

	if (!kv_writing(txn))
		return false;
	if (mark_get(txn, &whole))
		return whole;
	whole = !any_chats(txn);
	ledger_mark(txn, whole);
	return whole;
}

/* Changes ------------------------------------------------------------------ */

void
ledger_change(struct ledger_changes *l, enum ledger ledger, uint16_t kind,
	      uint32_t id, int64_t quarter, uint64_t count)
{
	int64_t day = quarter / LEDGER_DAY - (quarter % LEDGER_DAY < 0);
	uint64_t code =
	    (uint64_t)(quarter - day * LEDGER_DAY) << 16 | (uint16_t)id;

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		l->at = mem_grow(l->at, l->cap * sizeof(*l->at));
	}
	l->at[l->n] = (struct ledger_change){
	    .where = (uint64_t)ledger << 60 | (uint64_t)kind << 48 |
		     (uint64_t)(id >> 16) << 32 | (uint32_t)(day + DAY_SIGN),
	    .what = code << 32 | (uint32_t)l->n,
	    .count = count < LEDGER_MANY ? (uint32_t)count : LEDGER_MANY};
	l->n++;
}

/* The next quarter-hour of `in` from i on, and how often; i moves behind. */
static bool
quarter_next(const struct instants *in, size_t *i, int64_t *quarter,
	     uint64_t *n)
{
	size_t from = *i;

	if (from == in->n)
		return false;
	*quarter = quarter_of(in->p[from]);
	while (*i < in->n && in->p[*i] < (*quarter + 1) * QUARTER_HOUR)
		(*i)++;
	*n = *i - from;
	return true;
}

void
ledger_differ(struct ledger_changes *l, enum ledger ledger, uint16_t kind,
	      uint32_t user, const struct instants *was,
	      const struct instants *now)
{
	int64_t a = 0, b = 0;
	uint64_t n = 0, m = 0;
	size_t i = 0, j = 0;
	bool has_a = quarter_next(was, &i, &a, &n);
	bool has_b = quarter_next(now, &j, &b, &m);

	while (has_a || has_b) {
		bool gone = has_a && (!has_b || a < b);
		bool both = has_a && has_b && a == b;

		if (gone)
			ledger_change(l, ledger, kind, user, a, 0);
		else if (!both || n != m)
			ledger_change(l, ledger, kind, user, b, m);
		if (both || !gone)
			has_b = quarter_next(now, &j, &b, &m);
		if (both || gone)
			has_a = quarter_next(was, &i, &a, &n);
	}
}

void
ledger_changes_free(struct ledger_changes *l)
{
	free(l->at);
	*l = (struct ledger_changes){0};
}

static int
change_cmp(const void *a, const void *b)
{
	const struct ledger_change *x = a, *y = b;

	if (x->where != y->where)
		return x->where < y->where ? -1 : 1;
	return (x->what > y->what) - (x->what < y->what);
}

static uint32_t
change_code(const struct ledger_change *c)
{
	return (uint32_t)(c->what >> 32);
}

/* In order, one a place: the last that was said. */
static void
changes_join(struct ledger_changes *l)
{
	size_t n = 0;

	if (l->n > 1)
		qsort(l->at, l->n, sizeof(*l->at), change_cmp);
	for (size_t i = 0; i < l->n; i++) {
		if (n > 0 && l->at[n - 1].where == l->at[i].where &&
		    change_code(&l->at[n - 1]) == change_code(&l->at[i]))
			n--;
		l->at[n++] = l->at[i];
	}
	l->n = n;
}

/* Pages -------------------------------------------------------------------- */

/* Up to the day, or with its first entry. */
static struct str
page_key(uint8_t out[LEDGER_KEY_SIZE], uint64_t where, uint32_t first)
{
	struct wr w = wr_of(out, LEDGER_KEY_SIZE);

	wr_u8(&w, (uint8_t)marks[where >> 60]);
	wr_be16(&w, (uint16_t)(where >> 48 & 0xfff));
	wr_be16(&w, (uint16_t)(where >> 32));
	wr_be32(&w, (uint32_t)where);
	wr_be32(&w, first);
	return wr_out(&w);
}

struct str
ledger_prefix(enum ledger ledger)
{
	return (struct str){&marks[ledger], 1};
}

bool
ledger_key_read(struct str key, struct ledger_key *out)
{
	struct rd r = rd_of(key);
	uint8_t mark = rd_u8(&r);

	r.bad |= mark != marks[LEDGER_LIVING] && mark != marks[LEDGER_ERASED];
	out->kind = rd_be16(&r);
	out->chunk = rd_be16(&r);
	out->day = (int64_t)rd_be32(&r) - DAY_SIGN;
	out->first = rd_be32(&r);
	return rd_done(&r);
}

struct page {
	uint32_t first, end; /* codes: from, and of the next one */
	uint32_t at[LEDGER_PAGE_MAX];
	size_t n;
};

/* The page that has `code`, or would have. False: damaged. */
static bool
page_load(struct kv_txn *txn, uint64_t where, uint32_t code, struct page *p)
{
	uint8_t prefix[LEDGER_KEY_SIZE], memory[LEDGER_KEY_SIZE];
	struct str day = page_key(prefix, where, 0);
	struct ledger_page page = {0};
	struct ledger_key key;
	struct kv_cursor *c;
	bool more, sound = true;

	day.n -= 4;
	c = kv_cursor(txn, SP_COUNTER, day);
	*p = (struct page){.end = CODE_MAX};
	more = kv_seek_last(c, page_key(memory, where, code));
	if (more) {
		struct str value = kv_value(c);

		sound = ledger_key_read(kv_key(c), &key) && value.n % 4 == 1 &&
			value.p[0] == CHAT_VERSION &&
			value.n / 4 <= LEDGER_PAGE_MAX;
		p->first = key.first;
		page.at = (const uint8_t *)value.p + 1;
		page.n = p->n = sound ? value.n / 4 : 0;
		for (size_t i = 0; i < p->n; i++)
			p->at[i] = ledger_entry(&page, i);
		more = kv_next(c);
	} else {
		more = kv_seek(c, STR_NONE);
	}
	if (more && sound) {
		sound = ledger_key_read(kv_key(c), &key);
		p->end = key.first;
	}
	kv_cursor_close(c);
	if (!sound)
		kv_fail(txn, ERR_CORRUPT, "ledger",
			"A page of the ledger is damaged.");
	return sound && kv_error(txn) == OK;
}

static void
page_put(struct kv_txn *txn, uint64_t where, uint32_t first, const uint32_t *at,
	 size_t n)
{
	uint8_t memory[LEDGER_KEY_SIZE], bytes[1 + 4 * LEDGER_PAGE_MAX];
	size_t size = 1;

	bytes[0] = CHAT_VERSION;
	for (size_t i = 0; i < n; i++)
		for (unsigned shift = 0; shift < 32; shift += 8)
			bytes[size++] = (uint8_t)(at[i] >> shift);
	kv_put(txn, SP_COUNTER, page_key(memory, where, first),
	       (struct str){(char *)bytes, size});
}

/* What is to stand from p->first on, in even parts. */
static void
page_store(struct kv_txn *txn, uint64_t where, const struct page *p,
	   const uint32_t *at, size_t n)
{
	size_t parts = (n + LEDGER_PAGE_MAX - 1) / LEDGER_PAGE_MAX;
	uint8_t memory[LEDGER_KEY_SIZE];

	if (n == 0 && p->n > 0)
		kv_del(txn, SP_COUNTER, page_key(memory, where, p->first));
	for (size_t i = 0, from = 0; i < parts; i++) {
		size_t to = n * (i + 1) / parts;

		page_put(txn, where, i == 0 ? p->first : at[from] >> 9,
			 at + from, to - from);
		from = to;
	}
}

/* Changes of one page, with those there are; how many entries. */
static size_t
page_merge(const struct page *p, const struct ledger_change *c, size_t n,
	   uint32_t *out)
{
	size_t size = 0, i = 0;

	for (size_t k = 0; k <= n; k++) {
		uint32_t code = k < n ? change_code(&c[k]) : CODE_MAX;

		while (i < p->n && p->at[i] >> 9 < code)
			out[size++] = p->at[i++];
		if (k == n)
			break;
		if (i < p->n && p->at[i] >> 9 == code)
			i++;
		if (c[k].count > 0)
			out[size++] = code << 9 | c[k].count;
	}
	return size;
}

void
ledger_apply(struct kv_txn *txn, struct ledger_changes *l)
{
	struct page p;

	changes_join(l);
	for (size_t i = 0, k; i < l->n && kv_error(txn) == OK; i = k) {
		const struct ledger_change *first = &l->at[i];
		uint32_t *out;
		size_t n;

		if (!page_load(txn, first->where, change_code(first), &p))
			break;
		for (k = i + 1; k < l->n && l->at[k].where == first->where &&
				change_code(&l->at[k]) < p.end;)
			k++;
		out = mem_new((p.n + k - i) * sizeof(*out));
		n = page_merge(&p, first, k - i, out);
		page_store(txn, first->where, &p, out, n);
		free(out);
	}
}

/* Reading ------------------------------------------------------------------ */

struct walk {
	struct kv_txn *txn;
	enum ledger ledger;
	uint16_t kind;
	int64_t first, last; /* quarter-hours */
};

static int64_t
day_of(int64_t quarter)
{
	return quarter / LEDGER_DAY - (quarter % LEDGER_DAY < 0);
}

/* Entries of quarter-hours outside of the walk at either end are cut off. */
static bool
page_cut(const struct walk *w, struct ledger_page *p)
{
	while (p->n > 0 && p->day < w->first &&
	       p->day + ledger_quarter(ledger_entry(p, 0)) < w->first) {
		p->at += 4;
		p->n--;
	}
	while (p->n > 0 && p->day + LEDGER_DAY > w->last &&
	       p->day + ledger_quarter(ledger_entry(p, p->n - 1)) > w->last)
		p->n--;
	return p->n > 0;
}

/* The page under the cursor. False: damaged, which sticks. */
static bool
page_here(const struct walk *w, struct kv_cursor *c, const struct ledger_key *k,
	  struct ledger_page *out)
{
	struct str value = kv_value(c);

	*out = (struct ledger_page){.chunk = k->chunk,
				    .day = k->day * LEDGER_DAY,
				    .at = (const uint8_t *)value.p + 1,
				    .n = value.n / 4};
	if (value.n % 4 == 1 && value.p[0] == CHAT_VERSION)
		return true;
	kv_fail(w->txn, ERR_CORRUPT, "ledger",
		"A page of the ledger is damaged.");
	return false;
}

/* Pages of one chunk; true: go on, with the chunk the cursor is at. */
static bool
chunk_walk(const struct walk *w, struct kv_cursor *c, struct ledger_key *k,
	   ledger_fn *fn, void *arg, bool *more)
{
	uint16_t chunk = k->chunk;
	struct ledger_page p;

	while (*more && k->chunk == chunk && k->day <= day_of(w->last)) {
		if (!page_here(w, c, k, &p))
			return false;
		if (page_cut(w, &p) && !fn(arg, &p))
			return false;
		*more = kv_next(c) && ledger_key_read(kv_key(c), k);
	}
	return kv_error(w->txn) == OK;
}

/* From the first day on, of this chunk or the next that has anything. */
static bool
chunk_seek(const struct walk *w, struct kv_cursor *c, uint32_t chunk,
	   struct ledger_key *k)
{
	uint64_t where = (uint64_t)w->ledger << 60 | (uint64_t)w->kind << 48;
	uint8_t memory[LEDGER_KEY_SIZE];

	for (; chunk <= UINT16_MAX; chunk++) {
		int64_t day = day_of(w->first);

		where = (where & ~UINT64_C(0xffffffffffff)) |
			(uint64_t)chunk << 32 | (uint32_t)(day + DAY_SIGN);
		if (!kv_seek(c, page_key(memory, where, 0)) ||
		    !ledger_key_read(kv_key(c), k))
			return false;
		if (k->chunk == chunk || k->day >= day)
			return true;
		chunk = k->chunk - 1u; /* its days before the walk */
	}
	return false;
}

void
ledger_walk(struct kv_txn *txn, enum ledger ledger, uint16_t kind,
	    int64_t first, int64_t last, const struct bits *within,
	    ledger_fn *fn, void *arg)
{
	struct walk w = {txn, ledger, kind, first, last};
	uint8_t memory[LEDGER_KEY_SIZE];
	struct str prefix =
	    page_key(memory, (uint64_t)ledger << 60 | (uint64_t)kind << 48, 0);
	struct kv_cursor *c;
	struct ledger_key k;
	uint32_t chunk = 0, next;

	prefix.n = 3;
	c = kv_cursor(txn, SP_COUNTER, prefix);
	while (first <= last && chunk_seek(&w, c, chunk, &k)) {
		bool more = true;

		chunk = k.chunk;
		if (within != NULL &&
		    bits_page(within, chunk << 16, true, false, &next, 1) == 0)
			break;
		if (within != NULL && next >> 16 > chunk) {
			chunk = next >> 16;
			continue;
		}
		if (!chunk_walk(&w, c, &k, fn, arg, &more) || !more)
			break;
		if (k.chunk == chunk && chunk == UINT16_MAX)
			break;
		chunk++;
	}
	kv_cursor_close(c);
}
