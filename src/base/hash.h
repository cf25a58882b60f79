/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The two halves of hash64: hash.c and hash_long.c.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <rapport/base.h>

#define HASH_SHORT 240u /* from here on XXH3 goes over to wide registers */

uint64_t hash64_long(struct str s);

#endif
