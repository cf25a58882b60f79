/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * People counted once a row, in one pass over the ledger.  Of 65,536 people at
 * a time it is known in which row each was seen last; their quarter-hours come
 * in order of time, so somebody seen in another row than the last is one more
 * of it.  Slots (the hours of a week) come again and again: there each person
 * has a bit a slot.
 */
#include "room.h"

#include <stdlib.h>

#define IDS 65536u
#define NEVER 0xffffu  /* not seen yet */
#define BEFORE 0xfffeu /* before the period */
#define SLOT_WORDS 3u  /* of 64 bits, for 168 */

struct crowd {
	const struct crowd_in *in;
	struct crowd_counts *out;
	bool slots, begun, skip;
	uint16_t chunk;
	uint64_t who[BITS_CHUNK_WORDS];
	uint64_t before[BITS_CHUNK_WORDS];
	uint16_t last[IDS];
	uint64_t *seen; /* SLOT_WORDS an id */
};

static bool
word_bit(const uint64_t *words, uint16_t id)
{
	return words[id / 64] >> (id & 63) & 1;
}

static void
chunk_begin(struct crowd *c, uint16_t chunk)
{
	c->begun = true;
	c->chunk = chunk;
	c->skip = c->in->who != NULL && !bits_words(c->in->who, chunk, c->who);
	if (c->slots)
		memset(c->seen, 0, IDS * SLOT_WORDS * sizeof(*c->seen));
	memset(c->last, 0xff, sizeof(c->last));
	if (c->in->before == NULL ||
	    !bits_words(c->in->before, chunk, c->before))
		return;
	for (uint32_t id = 0; id < IDS; id++)
		if (word_bit(c->before, (uint16_t)id))
			c->last[id] = BEFORE;
}

/* Whoever is seen for the first time of the period. */
static void
first_seen(struct crowd *c, uint16_t id, uint16_t row)
{
	c->out->all++;
	if (c->last[id] != NEVER)
		return;
	c->out->fresh[row]++;
	c->out->all_fresh++;
}

static void
seen_row(struct crowd *c, uint16_t id, uint16_t row)
{
	if (c->last[id] == row)
		return;
	c->out->users[row]++;
	if (c->last[id] >= BEFORE)
		first_seen(c, id, row);
	c->last[id] = row;
}

static void
seen_slot(struct crowd *c, uint16_t id, uint16_t slot)
{
	uint64_t *seen = c->seen + SLOT_WORDS * id + slot / 64;
	uint64_t bit = UINT64_C(1) << (slot & 63);

	if (*seen & bit)
		return;
	*seen |= bit;
	c->out->users[slot]++;
	if (c->last[id] >= BEFORE)
		first_seen(c, id, slot);
	c->last[id] = 0;
}

static bool
crowd_page(void *arg, const struct ledger_page *p)
{
	struct crowd *c = arg;
	const struct quarters *at = c->in->at;
	uint64_t base = (uint64_t)(p->day - at->first);

	if (!c->begun || c->chunk != p->chunk)
		chunk_begin(c, p->chunk);
	for (size_t i = 0; i < p->n && !c->skip; i++) {
		uint32_t e = ledger_entry(p, i);
		uint64_t q = base + ledger_quarter(e);
		uint16_t id = ledger_id(e), row;

		if (q >= at->n || (c->in->who && !word_bit(c->who, id)))
			continue;
		row = (uint16_t)quarter_row(at, at->first + (int64_t)q);
		if (c->slots)
			seen_slot(c, id, row);
		else
			seen_row(c, id, row);
	}
	return true;
}

static bool
active_page(void *arg, const struct ledger_page *p)
{
	for (size_t i = 0; i < p->n; i++)
		bits_add(arg, (uint32_t)p->chunk << 16 |
				  ledger_id(ledger_entry(p, i)));
	return true;
}

struct bits *
stats_erased_active(struct query *q, int64_t from, int64_t to)
{
	struct bits *out = bits_new();

	ledger_walk(q->txn, LEDGER_ERASED, ACTIVITY_MESSAGE,
		    quarter_of(from - 1) + 1, quarter_of(to - 1), NULL,
		    active_page, out);
	return out;
}

void
crowd_count(struct query *q, const struct crowd_in *in, bool slots,
	    struct crowd_counts *out)
{
	struct crowd *c = mem_new(sizeof(*c));

	c->in = in;
	c->out = out;
	c->slots = slots;
	if (slots)
		c->seen = mem_new(IDS * SLOT_WORDS * sizeof(*c->seen));
	ledger_walk(q->txn, in->ledger, ACTIVITY_MESSAGE, in->at->first,
		    in->at->first + (int64_t)in->at->n - 1, in->who, crowd_page,
		    c);
	free(c->seen);
	free(c);
}
