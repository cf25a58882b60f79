/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Numbers as if by chance, the same after the same seed: SplitMix64 (Steele,
 * Lea and Flood, 2014), and xorshift64 (Marsaglia, 2003), whose seed is not 0.
 */
#ifndef T_DICE_H
#define T_DICE_H

#include <stdint.h>

static inline uint64_t
splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint64_t
xorshift64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
