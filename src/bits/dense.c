/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A chunk as 65,536 bits: the loops that sets spend their time in.  They are
 * plain C that compilers make wide; each is compiled once for any processor of
 * its kind and once for those with wide registers, and the loader picks.
 * Stored bits are bytes of any alignment, so they are read by memcpy.
 */
#include "dense.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) &&         \
    !defined(__SANITIZE_ADDRESS__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/*
 * Ones of a block of words.  __builtin_popcountll is a call where the processor
 * is not known to count; sums in each byte, 16 x 8 at most, are added up once
 * a block.
 */
#define BLOCK 16u
_Static_assert(CHUNK_WORDS % BLOCK == 0 && BLOCK * 8 < 256,
	       "a chunk is whole blocks, and a byte holds its sum");

static inline uint32_t
block_ones(const uint64_t words[BLOCK])
{
	const uint64_t pairs = UINT64_C(0x5555555555555555);
	const uint64_t fours = UINT64_C(0x3333333333333333);
	const uint64_t bytes = UINT64_C(0x0f0f0f0f0f0f0f0f);
	const uint64_t evens = UINT64_C(0x00ff00ff00ff00ff);
	uint64_t sum = 0;

	for (uint32_t w = 0; w < BLOCK; w++) {
		uint64_t v = words[w];

		v -= v >> 1 & pairs;
		v = (v & fours) + (v >> 2 & fours);
		sum += (v + (v >> 4)) & bytes;
	}
	sum = (sum & evens) + (sum >> 8 & evens);
	return (uint32_t)(sum * UINT64_C(0x0001000100010001) >> 48);
}

WIDE uint32_t
words_count(const uint64_t words[CHUNK_WORDS])
{
	uint32_t count = 0;

	for (uint32_t b = 0; b < CHUNK_WORDS; b += BLOCK)
		count += block_ones(words + b);
	return count;
}

WIDE uint32_t
bits_ones(const uint8_t bits[CHUNK_BYTES])
{
	uint32_t count = 0;

	for (uint32_t b = 0; b < CHUNK_WORDS; b += BLOCK) {
		uint64_t block[BLOCK];

		memcpy(block, bits + 8 * b, sizeof(block));
		count += block_ones(block);
	}
	return count;
}

WIDE uint32_t
words_runs(const uint64_t words[CHUNK_WORDS], uint32_t enough)
{
	uint64_t starts[BLOCK];
	uint32_t runs = 0;

	for (uint32_t b = 0; b < CHUNK_WORDS && runs < enough; b += BLOCK) {
		const uint64_t *block = words + b;

		for (uint32_t w = 1; w < BLOCK; w++)
			starts[w] =
			    block[w] & ~(block[w] << 1 | block[w - 1] >> 63);
		starts[0] = block[0] &
			    ~(block[0] << 1 | (b > 0 ? words[b - 1] >> 63 : 0));
		runs += block_ones(starts);
	}
	return runs;
}

WIDE void
words_or(uint64_t words[CHUNK_WORDS], const uint8_t bits[CHUNK_BYTES])
{
	for (uint32_t w = 0; w < CHUNK_WORDS; w++) {
		uint64_t v;

		memcpy(&v, bits + 8 * w, 8);
		words[w] |= v;
	}
}

WIDE void
words_and(uint64_t words[CHUNK_WORDS], const uint8_t bits[CHUNK_BYTES])
{
	for (uint32_t w = 0; w < CHUNK_WORDS; w++) {
		uint64_t v;

		memcpy(&v, bits + 8 * w, 8);
		words[w] &= v;
	}
}

WIDE void
words_minus(uint64_t words[CHUNK_WORDS], const uint8_t bits[CHUNK_BYTES])
{
	for (uint32_t w = 0; w < CHUNK_WORDS; w++) {
		uint64_t v;

		memcpy(&v, bits + 8 * w, 8);
		words[w] &= ~v;
	}
}

uint32_t
words_ids(const uint64_t words[CHUNK_WORDS], uint16_t *out)
{
	uint32_t n = 0;

	for (uint32_t w = 0; w < CHUNK_WORDS; w++)
		for (uint64_t v = words[w]; v != 0; v &= v - 1)
			out[n++] =
			    (uint16_t)(w * 64 + (uint32_t)__builtin_ctzll(v));
	return n;
}

/* No branch: whether an id is in is as good as random. */
uint32_t
ids_keep(uint16_t *ids, uint32_t n, const uint8_t bits[CHUNK_BYTES], bool in)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint16_t id = ids[i];

		ids[kept] = id;
		kept += (bits[id / 8] >> id % 8 & 1) == in;
	}
	return kept;
}

WIDE bool
ids_ascend(const uint8_t *ids, uint32_t n)
{
	uint32_t bad = 0;

	for (uint32_t i = 1; i < n; i++) {
		uint16_t a, b;

		memcpy(&a, ids + 2 * i - 2, 2);
		memcpy(&b, ids + 2 * i, 2);
		bad |= a >= b;
	}
	return bad == 0;
}
