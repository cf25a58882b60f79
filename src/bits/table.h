/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A table in memory from posting key (without chunk) to a list of 64-bit
 * items: what delta and loader gather before they write in key order.  Add in
 * any order, sort once, read; nothing may be added after sorting until the
 * table is reset.
 */
#ifndef BITS_TABLE_H
#define BITS_TABLE_H

#include <rapport/bits.h>

struct entry {
	struct str key;
	uint64_t hash;   /* of the key's value */
	uint32_t n, cap; /* cap 0: the only item is `one` */
	union {
		uint64_t one;
		uint64_t *many;
	} items;
};

#define TABLE_GUESSES 256u

struct head; /* what is held of one attribute and level */

struct table {
	struct arena keys;
	struct head *heads;
	size_t n_heads, cap_heads;
	uint16_t guess[TABLE_GUESSES]; /* where a head was, by its id */
	struct entry *at; /* after table_sort: all, by key */
	size_t n;
	size_t bytes;
};

struct table *table_new(void);
void table_free(struct table *t); /* NULL is fine */
void table_reset(struct table *t);
void table_add(struct table *t, struct posting at, uint64_t item);
/* Items of one key keep the order in which they were added. */
void table_sort(struct table *t);
const uint64_t *entry_items(const struct entry *e);

#endif
