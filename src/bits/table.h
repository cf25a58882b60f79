/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A table in memory from posting key (without chunk) to a growing list of
 * 64-bit items: what delta and loader gather before they write in key order.
 * Keys live in an arena; lists of one item need no memory of their own.
 */
#ifndef BITS_TABLE_H
#define BITS_TABLE_H

#include <rapport/bits.h>

struct entry {
	struct str key;
	uint32_t tag; /* high half of the key's hash */
	uint32_t n, cap; /* cap 0: the only item is `one` */
	union {
		uint64_t one;
		uint64_t *many;
	} items;
};

struct table {
	struct arena keys;
	struct entry *at; /* in order of arrival, or as sorted */
	size_t n, cap;
	uint64_t *slots; /* tag of the hash, then index + 1 into `at` */
	size_t n_slots;
	size_t bytes;
};

struct table *table_new(void);
void table_free(struct table *t); /* NULL is fine */
void table_reset(struct table *t);
void table_add(struct table *t, struct posting at, uint64_t item);
/* By key; lookups must not follow. */
void table_sort(struct table *t);
const uint64_t *entry_items(const struct entry *e);

#endif
