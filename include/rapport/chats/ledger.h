/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The ledger: of some kinds of activity, who did it in which UTC quarter-hour
 * and how often, packed so that a year of a million people is read in one
 * pass.  Pages hold entries of 65,536 users and one day, by quarter-hour and
 * then by user; sets by quarter-hour (activity.h) say the same, but each is a
 * few users only and there are tens of thousands in a year.
 *
 * People who were erased with their totals kept have a ledger of their own,
 * under numbers that nothing else names (erased.h).
 */
#ifndef RAPPORT_CHATS_LEDGER_H
#define RAPPORT_CHATS_LEDGER_H

#include <rapport/chats/activity.h>

enum ledger { LEDGER_LIVING, LEDGER_ERASED };

/* Whether all that was ever done is in it: not so in a store that was filled
 * before there was one, until store_reindex. */
bool ledger_whole(struct kv_txn *txn);

/* Entries are le32, ascending: quarter-hour of the day (7 bits), low half of
 * the id, how often (9 bits). */
#define LEDGER_DAY 96
#define LEDGER_MANY 511u /* so often or more: see activity_each */
struct ledger_page {
	uint16_t chunk; /* high half of the ids */
	int64_t day;    /* its first quarter-hour, since 1970 */
	const uint8_t *at;
	size_t n;
};
static inline uint32_t
ledger_entry(const struct ledger_page *p, size_t i)
{
	const uint8_t *b = p->at + 4 * i;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[3] << 24;
}
static inline uint32_t
ledger_quarter(uint32_t entry)
{
	return entry >> 25;
}
static inline uint16_t
ledger_id(uint32_t entry)
{
	return (uint16_t)(entry >> 9);
}
static inline uint32_t
ledger_count(uint32_t entry)
{
	return entry & LEDGER_MANY;
}

/* The pages of the quarter-hours first … last, both included, by chunk and then
 * by time; no entry of another quarter-hour is in one. With `within` (may be
 * NULL) chunks that have nobody of it are passed over, others may have more.
 * False stops. */
typedef bool ledger_fn(void *arg, const struct ledger_page *p);
void ledger_walk(struct kv_txn *txn, enum ledger ledger, uint16_t kind,
		 int64_t first, int64_t last, const struct bits *within,
		 ledger_fn *fn, void *arg);

#endif
