/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chunks of every density, from one id to all, scattered and in runs.  A set
 * written from its words and from its ids has the same bytes, in the kind that
 * takes the least; and a posting changed a few ids at a time is, after every
 * change, byte for byte what an array of what should be in it makes.
 */
#include "../../../src/bits/chunk.h"
#include "../../tap.h"

#include <string.h>

#define TURNS 400

struct model {
	uint64_t seed;
	uint64_t words[CHUNK_WORDS];
	uint16_t ids[CHUNK_IDS];
	uint32_t n, kinds[4];
	struct buf want;
	struct delta *delta;
};

static const struct posting here = {7, 0, {"abcdefgh", 8}};

static uint32_t
roll(struct model *m, uint32_t below)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 7;
	m->seed ^= m->seed << 17;
	return (uint32_t)(m->seed % below);
}

static bool
has(const struct model *m, uint32_t id)
{
	return (m->words[id / 64] >> (id & 63) & 1) != 0;
}

static void
set(struct model *m, uint32_t id, bool in)
{
	uint64_t bit = UINT64_C(1) << (id & 63);

	m->words[id / 64] =
	    in ? m->words[id / 64] | bit : m->words[id / 64] & ~bit;
}

/* The ids one by one, and the least bytes they take, by the three formulas. */
static size_t
settle(struct model *m)
{
	size_t runs = 0, plain;

	m->n = 0;
	for (uint32_t id = 0; id < CHUNK_IDS; id++) {
		if (!has(m, id))
			continue;
		runs += id == 0 || !has(m, id - 1);
		m->ids[m->n++] = (uint16_t)id;
	}
	plain = m->n <= 4096 ? 2 * m->n : 8192;
	return 4 + (2 + 4 * runs < plain ? 2 + 4 * runs : plain);
}

static void
fill(struct model *m)
{
	uint32_t runs = 1 + roll(m, roll(m, 2) ? 10 : 4000);
	uint32_t length = 1 + roll(m, roll(m, 2) ? 3 : 30000);

	memset(m->words, 0, sizeof(m->words));
	for (uint32_t r = 0; r < runs; r++) {
		uint32_t from = roll(m, CHUNK_IDS);

		for (uint32_t i = 0; i < length && from + i < CHUNK_IDS; i++)
			set(m, from + i, true);
	}
}

static bool
same_forms(struct model *m)
{
	size_t least = settle(m);
	struct buf from_words;
	struct chunk c;
	bool same;

	buf_reset(&m->want);
	chunk_put_ids(&m->want, m->ids, m->n);
	buf_init(&from_words);
	chunk_put_words(&from_words, m->words, words_count(m->words));
	same = str_eq(buf_str(&m->want), buf_str(&from_words)) &&
	       m->want.n == least && words_count(m->words) == m->n &&
	       chunk_sound(buf_str(&from_words)) &&
	       chunk_open(buf_str(&from_words), &c);
	if (same)
		m->kinds[c.kind]++;
	buf_fini(&from_words);
	return same;
}

/* A few ids or many, near each other or not. */
static void
change(struct model *m, uint32_t turn)
{
	uint32_t n = roll(m, 4) ? 1 + roll(m, 4) : 1 + roll(m, 9000);
	uint32_t span = roll(m, 3) ? CHUNK_IDS : 1 + roll(m, 12000);
	bool out = turn / 40 % 2 != 0; /* it grows and shrinks by turns */

	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = roll(m, span);
		bool in = out ? roll(m, 10) == 0 : roll(m, 10) != 0;

		set(m, id, in);
		delta_change(m->delta, here, id, in);
	}
	for (uint32_t id = 0; out && turn % 40 == 39 && id < CHUNK_IDS; id++)
		if (has(m, id) && roll(m, 2000) != 0) {
			set(m, id, false);
			delta_change(m->delta, here, id, false);
		}
}

static enum err
turn_write(struct kv_txn *txn, void *arg)
{
	struct model *m = arg;

	delta_flush(m->delta, txn);
	return kv_error(txn);
}

static enum err
turn_same(struct kv_txn *txn, void *arg)
{
	struct model *m = arg;
	uint8_t bytes[KV_KEY_MAX];
	struct str value;
	bool there = kv_get(txn, SP_POST, posting_key(here, 0, bytes), &value);

	settle(m);
	if (m->n == 0)
		return there ? ERR_BUG : OK;
	buf_reset(&m->want);
	chunk_put_ids(&m->want, m->ids, m->n);
	return there && str_eq(value, buf_str(&m->want)) ? OK : ERR_BUG;
}

static void
posting_test(struct model *m)
{
	struct kv_options o = {.dir = NULL};
	struct fault f = {OK, "", ""};
	struct kv *kv;
	uint32_t bad = 0;

	memset(m->words, 0, sizeof(m->words));
	if (!ok(kv_open(&kv, &o, &f) == OK, "a store opens"))
		return;
	m->delta = delta_new();
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		change(m, turn);
		bad += kv_write(kv, turn_write, m, &f) != OK ||
		       kv_read(kv, turn_same, m, &f) != OK;
	}
	is_int(bad, 0, "%d changes of a posting leave what is in it", TURNS);
	delta_free(m->delta);
	kv_close(kv);
}

int
main(void)
{
	struct model *m = mem_new(sizeof(*m));
	const char *seed = getenv("RAPPORT_SEED");
	uint32_t bad = 0;

	m->seed = seed != NULL ? strtoull(seed, NULL, 10) : random_u64() | 1;
	printf("# RAPPORT_SEED=%" PRIu64 "\n", m->seed);
	buf_init(&m->want);
	for (int i = 0; i < TURNS; i++) {
		fill(m);
		bad += !same_forms(m);
	}
	memset(m->words, 0xff, sizeof(m->words));
	bad += !same_forms(m);
	is_int(bad, 0, "words and ids make the same, smallest chunk");
	ok(m->kinds[CHUNK_ARRAY] > 9 && m->kinds[CHUNK_BITSET] > 9 &&
	       m->kinds[CHUNK_RUNS] > 9,
	   "of every kind (%u arrays, %u bitsets, %u runs)",
	   m->kinds[CHUNK_ARRAY], m->kinds[CHUNK_BITSET], m->kinds[CHUNK_RUNS]);
	posting_test(m);
	buf_fini(&m->want);
	free(m);
	return done_testing();
}
