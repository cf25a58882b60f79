/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Postings against a naive model: an array that says for each user which value
 * it has.  Random changes in rounds; after each round every value, ranges,
 * orders (both ways, from the middle, within random sets), their beginnings,
 * joins and the dictionary must say what loops over the array say.
 */
#include <rapport/bits.h>

#include "t/tap.h"

#define USERS 150000u
#define ATTR 7
#define NONE UINT64_MAX

static const struct levels levels = {2, {0, 4, 8}, true};
/* The same without the promise of one key a user. */
static const struct levels many = {2, {0, 4, 8}, false};

struct model {
	struct kv *kv;
	uint64_t value[USERS]; /* NONE: has no value */
	uint64_t seed;
	struct delta *delta;
	int round;
	uint64_t bad;
};

static uint64_t
roll(struct model *m, uint64_t below)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 7;
	m->seed ^= m->seed << 17;
	return m->seed % below;
}

static void
change(struct model *m, uint32_t id, uint64_t value, bool add)
{
	for (uint8_t l = 0; l <= levels.n; l++) {
		uint8_t bytes[8];

		level_key(&levels, l, value, bytes);
		delta_change(m->delta,
			     (struct posting){ATTR, l, {(char *)bytes, 8}}, id,
			     add);
	}
}

static void
assign(struct model *m, uint32_t id, uint64_t value)
{
	/* levels shared by old and new are taken away and given again */
	if (m->value[id] != NONE)
		change(m, id, m->value[id], false);
	if (value != NONE)
		change(m, id, value, true);
	m->value[id] = value;
}

static enum err
write_round(struct kv_txn *txn, void *arg)
{
	delta_flush(((struct model *)arg)->delta, txn);
	return kv_error(txn);
}

static struct bits *
naive_range(struct model *m, uint64_t lo, uint64_t hi)
{
	struct bits *b = bits_new();

	for (uint32_t id = 0; id < USERS; id++)
		if (m->value[id] != NONE && m->value[id] >= lo &&
		    m->value[id] <= hi)
			bits_add(b, id);
	return b;
}

static void
check_range(struct model *m, struct kv_txn *txn, uint64_t lo, uint64_t hi)
{
	struct bits *want = naive_range(m, lo, hi);
	struct bits *got = posting_range(txn, ATTR, &levels, lo, hi);
	struct bits *sum = posting_range(txn, ATTR, &many, lo, hi);

	m->bad += !bits_equal(got, sum);
	bits_free(sum);
	if (!bits_equal(want, got)) {
		m->bad++;
		printf("# range %" PRIu64 "..%" PRIu64 ": %" PRIu64
		       " users, expected %" PRIu64 "\n",
		       lo, hi, bits_count(got), bits_count(want));
	}
	bits_free(want);
	bits_free(got);
}

struct ranked {
	uint64_t value;
	uint32_t id;
};

static int
ranked_cmp(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void
check_order(struct model *m, struct kv_txn *txn, const struct bits *within,
	    bool down, bool from_middle)
{
	struct ranked *want = mem_new(USERS * sizeof(*want));
	uint32_t got[97];
	uint8_t after[8];
	size_t n = 0, start = 0, at = 0, k;
	struct order_in in = {.attr = ATTR, .down = down, .within = within,
			      .levels = &levels};
	struct order *o;

	for (uint32_t id = 0; id < USERS; id++)
		if (m->value[id] != NONE && bits_has(within, id))
			want[n++] = (struct ranked){m->value[id], id};
	qsort(want, n, sizeof(*want), ranked_cmp);
	if (from_middle && n > 0) {
		start = roll(m, n);
		at = start + 1;
		in.after_id = want[down ? n - 1 - start : start].id;
		level_key(&levels, 0, want[down ? n - 1 - start : start].value,
			  after);
		in.after_value = (struct str){(char *)after, 8};
	}
	o = order_open(txn, &in);
	while ((k = order_take(o, got, COUNT(got))) > 0)
		for (size_t i = 0; i < k; i++, at++)
			if (at >= n ||
			    want[down ? n - 1 - at : at].id != got[i])
				m->bad++;
	m->bad += at != n && n > 0;
	order_close(o);
	free(want);
}

/* Whoever is left out stands behind everybody who is there; there are enough,
 * or all. */
static void
check_buckets(struct model *m, struct kv_txn *txn, const struct bits *within,
	      bool down, bool from_middle)
{
	uint64_t want = 1 + roll(m, 60), start = down ? NONE : 0, n;
	uint64_t edge = down ? NONE : 0;
	uint8_t after[8];
	struct order_in in = {.attr = ATTR,
			      .down = down,
			      .within = within,
			      .levels = &levels};
	struct bits *got;

	if (from_middle) {
		start = roll(m, 50000);
		level_key(&levels, 0, start, after);
		in.after_value = (struct str){(char *)after, 8};
	}
	got = order_buckets(txn, &in, want, 1 + roll(m, 1000));
	n = bits_count(got);
	for (uint32_t id = 0; id < USERS && n > 0; id++) {
		if (!bits_has(got, id))
			continue;
		m->bad += !bits_has(within, id) || m->value[id] == NONE;
		if (down ? m->value[id] < edge : m->value[id] > edge)
			edge = m->value[id];
	}
	for (uint32_t id = 0; id < USERS; id++) {
		uint64_t v = m->value[id];

		if (v == NONE || !bits_has(within, id) || bits_has(got, id))
			continue;
		if (down ? v <= start && (n < want || v > edge)
			 : v >= start && (n < want || v < edge))
			m->bad++;
	}
	bits_free(got);
}

/* One to four terms, the first of them without `not`. */
static void
check_join(struct model *m, struct kv_txn *txn)
{
	size_t n = 1 + roll(m, 4);
	struct join_term terms[4];
	uint8_t bytes[4][8];
	struct bits *want = NULL, *got;

	for (size_t i = 0; i < n; i++) {
		uint64_t lo = roll(m, roll(m, 2) ? 60 : 50000);
		uint64_t hi = roll(m, 2) ? lo : lo + roll(m, 40000);
		uint8_t level = (uint8_t)roll(m, levels.n + 1u);
		struct bits *b;

		terms[i] = (struct join_term){.not = i > 0 && roll(m, 3) == 0,
					      .at.attr = ATTR};
		if (lo == hi) {
			level_key(&levels, level, lo, bytes[i]);
			terms[i].at.level = level;
			terms[i].at.value = (struct str){(char *)bytes[i], 8};
			lo = lo >> levels.shift[level] << levels.shift[level];
			hi = lo | ((UINT64_C(1) << levels.shift[level]) - 1);
		} else {
			terms[i].levels = &levels;
			terms[i].lo = lo;
			terms[i].hi = hi;
		}
		b = naive_range(m, lo, hi);
		if (want == NULL) {
			want = b;
			continue;
		}
		if (terms[i].not)
			bits_minus(want, b);
		else
			bits_and(want, b);
		bits_free(b);
	}
	got = postings_join(txn, terms, n);
	m->bad += !bits_equal(want, got);
	bits_free(want);
	bits_free(got);
}

static void
check_dict(struct model *m, struct kv_txn *txn)
{
	struct dict *d = dict_open(txn, ATTR, 0, STR_NONE, STR_NONE);
	struct str value;
	uint64_t users = 0, last = 0, want = 0;
	bool first = true;

	while (dict_next(d, &value)) {
		struct rd r = rd_of(value);
		uint64_t v = rd_be64(&r);

		m->bad += !first && v <= last;
		m->bad += m->value[dict_member(d)] != v;
		users += dict_count(d);
		last = v;
		first = false;
	}
	dict_close(d);
	for (uint32_t id = 0; id < USERS; id++)
		want += m->value[id] != NONE;
	m->bad += users != want;
}

static struct bits *
random_set(struct model *m, unsigned kind)
{
	struct bits *b = bits_new();
	uint64_t from = roll(m, USERS), gap = 1 + roll(m, 5000);

	if (kind == 0) { /* a few anywhere */
		for (int i = 0; i < 20; i++)
			bits_add(b, (uint32_t)roll(m, USERS));
	} else if (kind == 1) { /* every so many */
		for (uint64_t id = from % gap; id < USERS; id += gap)
			bits_add(b, (uint32_t)id);
	} else { /* who has values in one corner: far from where a walk starts */
		bits_free(b);
		b = naive_range(m, 40000, 40010);
	}
	return b;
}

/* Chunk by chunk, as bits. */
static void
check_words(struct model *m, const struct bits *b)
{
	uint64_t words[BITS_CHUNK_WORDS];

	for (uint32_t chunk = 0; chunk <= USERS >> 16; chunk++) {
		bool any = false, said = bits_words(b, (uint16_t)chunk, words);

		for (uint32_t id = 0; id < 65536; id++) {
			bool in = bits_has(b, chunk << 16 | id);

			any |= in;
			m->bad += in != (words[id / 64] >> (id & 63) & 1);
		}
		m->bad += any != said;
	}
}

static enum err
check_round(struct kv_txn *txn, void *arg)
{
	struct model *m = arg;

	check_range(m, txn, 0, UINT64_MAX);
	check_range(m, txn, 5, 4);
	check_range(m, txn, 16, 16);
	for (int i = 0; i < 20; i++) {
		uint64_t a = roll(m, 50000), b = roll(m, 50000);

		check_range(m, txn, a < b ? a : b, a < b ? b : a);
	}
	for (int i = 0; i < 12; i++) {
		struct bits *within = random_set(m, (unsigned)i % 3);

		check_order(m, txn, within, i % 2 == 0, i % 4 > 1);
		check_buckets(m, txn, within, i % 2 == 0, i % 4 > 1);
		check_words(m, within);
		bits_free(within);
	}
	for (int i = 0; i < 40; i++)
		check_join(m, txn);
	check_dict(m, txn);
	return kv_error(txn);
}

static enum err
all_sound(struct kv_txn *txn, void *arg)
{
	struct model *m = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_POST, STR_NONE);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		m->bad += !chunk_sound(kv_value(c));
	kv_cursor_close(c);
	return kv_error(txn);
}

static void
random_round(struct model *m)
{
	/* many, few and one value an id; runs; and taking away */
	static const uint64_t spread[] = {3, 60, 50000, 50000};

	for (int i = 0; i < 40000; i++) {
		uint32_t id = (uint32_t)roll(m, USERS);
		uint64_t v = roll(m, spread[m->round % 4]);

		assign(m, id, roll(m, 5) == 0 ? NONE : v);
	}
	if (m->round % 2 == 0)
		for (uint32_t id = 60000; id < 90000; id++)
			assign(m, id, 40000 + m->round % 11);
}

static void
loader_agrees(struct model *m, size_t memory)
{
	struct kv_options options = {.dir = NULL};
	struct kv *kv;
	struct fault f = {0};
	struct loader *l = loader_new(memory, "/tmp");
	struct loader *upper = loader_new(memory, "/tmp");
	bool good = kv_open(&kv, &options, &f) == OK;
	struct kv *before = m->kv;

	for (uint32_t id = 0; id < USERS && good; id++)
		for (uint8_t level = 0; level <= levels.n; level++) {
			uint8_t bytes[8];

			if (m->value[id] == NONE)
				continue;
			level_key(&levels, level, m->value[id], bytes);
			good = loader_add(id < USERS / 3 ? l : upper,
					  (struct posting){
					      ATTR, level, {(char *)bytes, 8}},
					  id, &f) == OK;
		}
	good = good && loader_join(l, upper, &f) == OK &&
	       loader_drain(l, kv, &f) == OK;
	m->bad = 0;
	m->kv = kv;
	good = good && kv_read(kv, check_round, m, &f) == OK &&
	       kv_read(kv, all_sound, m, &f) == OK;
	ok(good && m->bad == 0, "loaders with %zu KiB, joined, build the same index",
	   memory >> 10);
	loader_free(l);
	loader_free(upper);
	kv_close(kv);
	m->kv = before;
}

int
main(void)
{
	static struct model m;
	struct kv_options options = {.dir = NULL};
	struct fault f = {0};
	const char *seed = getenv("RAPPORT_SEED");

	m.seed = seed != NULL ? strtoull(seed, NULL, 10) : random_u64() | 1;
	printf("# RAPPORT_SEED=%" PRIu64 "\n", m.seed);
	memset(m.value, 0xff, sizeof(m.value));
	if (!ok(kv_open(&m.kv, &options, &f) == OK, "a store opens"))
		return done_testing();
	m.delta = delta_new();
	for (m.round = 0; m.round < 8; m.round++) {
		random_round(&m);
		m.bad = 0;
		ok(kv_write(m.kv, write_round, &m, &f) == OK &&
		       kv_read(m.kv, check_round, &m, &f) == OK &&
		       kv_read(m.kv, all_sound, &m, &f) == OK && m.bad == 0,
		   "round %d: ranges, orders and dictionary are the model's",
		   m.round);
	}
	loader_agrees(&m, 64u << 20);
	loader_agrees(&m, 256u << 10);
	delta_free(m.delta);
	kv_close(m.kv);
	return done_testing();
}
