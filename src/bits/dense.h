/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A chunk as bits, in memory as 1,024 words or as stored, little endian, as
 * 8,192 bytes of any alignment; and ascending ids beside it.
 */
#ifndef BITS_DENSE_H
#define BITS_DENSE_H

#include <rapport/base.h>

#define CHUNK_IDS 65536u
#define CHUNK_WORDS 1024u
#define CHUNK_BYTES (8 * CHUNK_WORDS)

uint32_t words_count(const uint64_t words[CHUNK_WORDS]);
uint32_t bits_ones(const uint8_t bits[CHUNK_BYTES]);
/* The number of runs, or any number from `enough` on: ids without the one
 * before them. */
uint32_t words_runs(const uint64_t words[CHUNK_WORDS], uint32_t enough);
void words_or(uint64_t words[CHUNK_WORDS], const uint8_t bits[CHUNK_BYTES]);
void words_and(uint64_t words[CHUNK_WORDS], const uint8_t bits[CHUNK_BYTES]);
void words_minus(uint64_t words[CHUNK_WORDS], const uint8_t bits[CHUNK_BYTES]);
/* All ids, ascending, into room for them; how many. */
uint32_t words_ids(const uint64_t words[CHUNK_WORDS], uint16_t *out);

/* Keep of `ids` those that are in, or with !in are not; how many. */
uint32_t ids_keep(uint16_t *ids, uint32_t n, const uint8_t bits[CHUNK_BYTES],
		  bool in);
/* Of n le16. */
bool ids_ascend(const uint8_t *ids, uint32_t n);

#endif
