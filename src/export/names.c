/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A list and a table of hashes over it.  When the list is full it is sorted,
 * its upper half is forgotten, and so is from then on whatever is not less
 * than that.
 */
#include "names.h"

#include <stdlib.h>

#define SLOTS_LEAST 256u

void
names_init(struct names *n, size_t limit)
{
	*n = (struct names){.limit = limit};
	arena_init(&n->arena);
	buf_init(&n->after);
	buf_init(&n->below);
	n->slots = SLOTS_LEAST;
	n->table = mem_new(n->slots * sizeof(*n->table));
}

void
names_fini(struct names *n)
{
	if (n->table == NULL)
		return;
	arena_fini(&n->arena);
	buf_fini(&n->after);
	buf_fini(&n->below);
	free(n->at);
	free(n->table);
	*n = (struct names){0};
}

/* The slot of a text, or the free one where it would be. */
static uint32_t *
slot_of(const struct names *n, struct str text, uint64_t hash)
{
	size_t i = (size_t)hash & (n->slots - 1);

	while (n->table[i] != 0) {
		const struct name *one = &n->at[n->table[i] - 1];

		if (one->hash == hash && str_eq(one->text, text))
			break;
		i = (i + 1) & (n->slots - 1);
	}
	return &n->table[i];
}

static void
table_fill(struct names *n)
{
	memset(n->table, 0, n->slots * sizeof(*n->table));
	for (size_t i = 0; i < n->n; i++)
		*slot_of(n, n->at[i].text, n->at[i].hash) = (uint32_t)i + 1;
}

static void
grow(struct names *n)
{
	if (n->n == n->cap) {
		n->cap = n->cap ? 2 * n->cap : SLOTS_LEAST / 2;
		n->at = mem_grow(n->at, n->cap * sizeof(*n->at));
	}
	if (2 * (n->n + 1) <= n->slots)
		return;
	n->slots *= 2;
	n->table = mem_grow(n->table, n->slots * sizeof(*n->table));
	table_fill(n);
}

static void
buf_set(struct buf *b, struct str s)
{
	buf_reset(b);
	buf_put(b, s);
}

static size_t
name_size(const struct name *one)
{
	return one->text.n + one->extra.n + sizeof(*one);
}

static void
forget_half(struct names *n)
{
	struct arena kept;

	names_sort(n);
	n->more = true;
	buf_set(&n->below, n->at[n->n / 2].text);
	n->n /= 2;
	n->bytes = 0;
	arena_init(&kept);
	for (size_t i = 0; i < n->n; i++) {
		n->at[i].text = arena_str(&kept, n->at[i].text);
		n->at[i].extra = arena_str(&kept, n->at[i].extra);
		n->bytes += name_size(&n->at[i]);
	}
	arena_fini(&n->arena);
	n->arena = kept;
	table_fill(n);
}

void
names_add(struct names *n, struct str text, struct str extra)
{
	uint64_t hash = hash64(text);
	uint32_t *slot = slot_of(n, text, hash);
	struct name *one;

	if (text.n == 0 || *slot != 0 ||
	    (n->begun && str_cmp(text, buf_str(&n->after)) <= 0) ||
	    (n->more && str_cmp(text, buf_str(&n->below)) >= 0))
		return;
	grow(n);
	one = &n->at[n->n++];
	*one = (struct name){arena_str(&n->arena, text),
			     arena_str(&n->arena, extra), hash};
	*slot_of(n, text, hash) = (uint32_t)n->n;
	n->bytes += name_size(one);
	if (n->bytes > n->limit && n->n > 1)
		forget_half(n);
}

const struct name *
names_find(const struct names *n, struct str text)
{
	uint32_t slot = *slot_of(n, text, hash64(text));

	return slot == 0 ? NULL : &n->at[slot - 1];
}

static int
name_cmp(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return str_cmp(x->text, y->text);
}

void
names_sort(struct names *n)
{
	if (n->n > 1)
		qsort(n->at, n->n, sizeof(*n->at), name_cmp);
	table_fill(n);
}

static void
empty(struct names *n)
{
	n->n = n->bytes = 0;
	n->more = false;
	arena_reset(&n->arena);
	table_fill(n);
}

void
names_next(struct names *n)
{
	if (n->n > 0) {
		buf_set(&n->after, n->at[n->n - 1].text);
		n->begun = true;
	}
	empty(n);
}

void
names_first(struct names *n)
{
	n->begun = false;
	empty(n);
}
