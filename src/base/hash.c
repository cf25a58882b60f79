/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * hash64: XXH3, for finding damage and for buckets, never for secrets.  Keys
 * and most values are short and hashed millions of times, so their half of it
 * is compiled in here.
 */
#include "hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
hash64(struct str s)
{
	if (s.n > HASH_SHORT)
		return hash64_long(s);
	return XXH3_64bits(s.p == NULL ? "" : s.p, s.n);
}
