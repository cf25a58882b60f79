/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A chunk of runs, changed a few ids at a time without looking at all 65,536
 * bits.  Nearly everybody is in many postings (everybody, not banned, no
 * consent yet), so a new user mostly makes the last run of a dozen chunks one
 * longer.
 */
#include "runs.h"

/* Runs that start at or before `id`. */
static uint32_t
runs_upto(const struct runs *r, uint32_t id)
{
	uint32_t low = 0, high = r->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (r->at[middle].first <= id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
run_insert(struct runs *r, uint32_t i, uint16_t first, uint16_t last)
{
	memmove(r->at + i + 1, r->at + i, (r->n - i) * sizeof(*r->at));
	r->at[i] = (struct run){first, last};
	r->n++;
}

static void
run_drop(struct runs *r, uint32_t i)
{
	r->n--;
	memmove(r->at + i, r->at + i + 1, (r->n - i) * sizeof(*r->at));
}

bool
runs_read(struct runs *r, const struct chunk *c)
{
	if (c->kind != CHUNK_RUNS || le16(c->body) > RUNS_MAX)
		return false;
	r->n = le16(c->body);
	r->count = c->count;
	for (uint32_t i = 0; i < r->n; i++) {
		const uint8_t *p = c->body + 2 + 4 * i;

		r->at[i].first = le16(p);
		r->at[i].last = (uint16_t)(le16(p) + le16(p + 2));
	}
	return true;
}

bool
runs_add(struct runs *r, uint16_t id)
{
	uint32_t i = runs_upto(r, id);
	bool after = i > 0 && r->at[i - 1].last + 1u == id;
	bool before = i < r->n && r->at[i].first == id + 1u;

	if (i > 0 && r->at[i - 1].last >= id)
		return true;
	if (!after && !before && r->n == RUNS_MAX)
		return false;
	r->count++;
	if (after && before) {
		r->at[i - 1].last = r->at[i].last;
		run_drop(r, i);
	} else if (after) {
		r->at[i - 1].last = id;
	} else if (before) {
		r->at[i].first = id;
	} else {
		run_insert(r, i, id, id);
	}
	return true;
}

bool
runs_remove(struct runs *r, uint16_t id)
{
	uint32_t i = runs_upto(r, id);
	struct run *run = i > 0 ? &r->at[i - 1] : NULL;

	if (run == NULL || run->last < id)
		return true;
	if (run->first != id && run->last != id && r->n == RUNS_MAX)
		return false;
	r->count--;
	if (run->first == id && run->last == id) {
		run_drop(r, i - 1);
	} else if (run->first == id) {
		run->first++;
	} else if (run->last == id) {
		run->last--;
	} else {
		run_insert(r, i, (uint16_t)(id + 1), run->last);
		r->at[i - 1].last = (uint16_t)(id - 1);
	}
	return true;
}
