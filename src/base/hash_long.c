/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Long values, by registers as wide as the processor has.  The library leaves
 * their upper halves in use; all ordinary code after that, anywhere in the
 * program, would wait for what last stood in them.  So they are given back.
 */
#include "hash.h"

#include <xxhash.h>
#ifdef HAVE_XXH_X86DISPATCH_H
#include <xxh_x86dispatch.h>

__attribute__((target("avx"))) static void
registers_give_back(void)
{
	__builtin_ia32_vzeroupper();
}

uint64_t
hash64_long(struct str s)
{
	uint64_t hash = XXH3_64bits(s.p, s.n);

	if (__builtin_cpu_supports("avx"))
		registers_give_back();
	return hash;
}
#else
uint64_t
hash64_long(struct str s)
{
	return XXH3_64bits(s.p, s.n);
}
#endif
