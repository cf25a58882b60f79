/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A page by selecting: the place of every member is read from its record, and
 * the best so far are kept in a heap whose top is the worst of them.
 */
#include "list.h"

#include <stdlib.h>

/* A heap of the best so far, the worst of them on top. */
struct best {
	struct place *at;
	struct buf *keys; /* one a slot, so that slots can be reused */
	size_t n, max;
	bool down;
};

static bool
best_worse(const struct best *b, size_t i, size_t j)
{
	return place_cmp(&b->at[i], &b->at[j], b->down) > 0;
}

static void
best_swap(struct best *b, size_t i, size_t j)
{
	struct place place = b->at[i];
	struct buf key = b->keys[i];

	b->at[i] = b->at[j];
	b->keys[i] = b->keys[j];
	b->at[j] = place;
	b->keys[j] = key;
}

static void
best_sink(struct best *b, size_t i)
{
	for (;;) {
		size_t worst = i, left = 2 * i + 1;

		if (left < b->n && best_worse(b, left, worst))
			worst = left;
		if (left + 1 < b->n && best_worse(b, left + 1, worst))
			worst = left + 1;
		if (worst == i)
			return;
		best_swap(b, i, worst);
		i = worst;
	}
}

static void
best_store(struct best *b, size_t i, const struct place *place)
{
	buf_reset(&b->keys[i]);
	buf_put(&b->keys[i], place->key);
	b->at[i] = *place;
	b->at[i].key = buf_str(&b->keys[i]);
}

static void
best_offer(struct best *b, const struct place *place)
{
	if (b->n == b->max) {
		if (place_cmp(place, &b->at[0], b->down) >= 0)
			return;
		best_store(b, 0, place);
		best_sink(b, 0);
		return;
	}
	best_store(b, b->n, place);
	for (size_t i = b->n++; i > 0; i = (i - 1) / 2) {
		if (!best_worse(b, i, (i - 1) / 2))
			return;
		best_swap(b, i, (i - 1) / 2);
	}
}

/* Take them out worst first: that fills the page from its end. */
static void
best_drain(struct best *b, struct page *p)
{
	p->n = b->n;
	while (b->n) {
		p->ids[b->n - 1] = b->at[0].id;
		best_swap(b, 0, --b->n);
		best_sink(b, 0);
	}
}

void
page_select(struct page *p, const struct bits *among)
{
	struct arena *a = p->q->arena;
	struct best best = {.max = p->max, .down = p->sorting.down};
	size_t n = bits_count(among);
	uint32_t *ids = mem_new(sizeof(*ids) * (n + 1));

	best.at = mem_new(sizeof(*best.at) * p->max);
	best.keys = mem_new(sizeof(*best.keys) * p->max);
	for (size_t i = 0; i < p->max; i++)
		buf_init(&best.keys[i]);
	bits_ids(among, ids);
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(a);
		struct place place;

		place_of(p->q, p->sorting.attr, ids[i], &place);
		if (!p->resumed ||
		    place_cmp(&place, &p->after, p->sorting.down) > 0)
			best_offer(&best, &place);
		arena_rewind(a, mark);
	}
	best_drain(&best, p);
	for (size_t i = 0; i < p->max; i++)
		buf_fini(&best.keys[i]);
	free(best.keys);
	free(best.at);
	free(ids);
}
