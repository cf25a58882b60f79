/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The wide loops against one id at a time, on random chunks of every density,
 * the stored side of them at an odd address.
 */
#include "../../../src/bits/dense.h"
#include "../../tap.h"

#define ROUNDS 200

struct pair {
	uint64_t words[CHUNK_WORDS];
	uint8_t room[CHUNK_BYTES + 1];
	uint8_t *bits; /* in the room */
	bool a[CHUNK_IDS], b[CHUNK_IDS];
	uint64_t bad;
};

static uint64_t
roll(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void
fill(struct pair *p, uint64_t *seed)
{
	uint64_t one_in = 1 + roll(seed) % 300, other = 1 + roll(seed) % 300;

	memset(p->words, 0, sizeof(p->words));
	memset(p->room, 0, sizeof(p->room));
	for (uint32_t id = 0; id < CHUNK_IDS; id++) {
		p->a[id] = roll(seed) % one_in == 0;
		p->b[id] = roll(seed) % other == 0;
		p->words[id / 64] |= (uint64_t)p->a[id] << (id & 63);
		p->bits[id / 8] |= (uint8_t)(p->b[id] << (id & 7));
	}
}

/* `words` are the ids of which a and b say `wanted`. */
static void
expect(struct pair *p, const uint64_t *words, const bool wanted[4])
{
	uint32_t n = 0, runs = 0, last = UINT32_MAX;
	static uint16_t ids[CHUNK_IDS];
	uint32_t got = words_ids(words, ids);

	for (uint32_t id = 0; id < CHUNK_IDS; id++) {
		if (!wanted[p->a[id] + 2 * p->b[id]])
			continue;
		p->bad += n >= got || ids[n] != id;
		runs += last == UINT32_MAX || id != last + 1;
		last = id;
		n++;
	}
	p->bad += n != got || words_count(words) != n ||
		  words_runs(words, UINT32_MAX) != runs;
	p->bad += !ids_ascend((const uint8_t *)ids, got);
	if (got > 1) { /* and one that does not */
		ids[got - 1] = ids[got - 2];
		p->bad += ids_ascend((const uint8_t *)ids, got);
	}
}

static void
round_of(struct pair *p, uint64_t *seed)
{
	static const bool both[4] = {[3] = true}, either[4] = {0, 1, 1, 1};
	static const bool first[4] = {[1] = true}, a[4] = {0, 1, 0, 1};
	uint64_t words[CHUNK_WORDS];
	uint16_t ids[CHUNK_IDS];
	uint32_t n, ones = 0;

	fill(p, seed);
	expect(p, p->words, a);
	memcpy(words, p->words, sizeof(words));
	words_or(words, p->bits);
	expect(p, words, either);
	memcpy(words, p->words, sizeof(words));
	words_and(words, p->bits);
	expect(p, words, both);
	n = words_ids(p->words, ids);
	p->bad += ids_keep(ids, n, p->bits, true) != words_count(words);
	for (uint32_t i = 0; i < words_count(words); i++)
		p->bad += !p->a[ids[i]] || !p->b[ids[i]];
	memcpy(words, p->words, sizeof(words));
	words_minus(words, p->bits);
	expect(p, words, first);
	n = words_ids(p->words, ids);
	p->bad += ids_keep(ids, n, p->bits, false) != words_count(words);
	for (uint32_t id = 0; id < CHUNK_IDS; id++)
		ones += p->b[id];
	p->bad += bits_ones(p->bits) != ones;
}

int
main(void)
{
	static struct pair p;
	const char *text = getenv("RAPPORT_SEED");
	uint64_t seed = text != NULL ? strtoull(text, NULL, 10)
				     : random_u64() | 1;

	printf("# RAPPORT_SEED=%" PRIu64 "\n", seed);
	p.bits = p.room + 1;
	for (int i = 0; i < ROUNDS; i++)
		round_of(&p, &seed);
	ok(p.bad == 0, "%d pairs of chunks: and, or, minus, counts, runs, ids",
	   ROUNDS);
	return done_testing();
}
