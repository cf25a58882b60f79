/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the room: how the ledger is written.  A change says how often a user
 * did something in a quarter-hour from now on; changes are gathered and then
 * made page by page.
 */
#ifndef CHATS_LEDGER_H
#define CHATS_LEDGER_H

#include "layout.h"

#include <rapport/chats/ledger.h>

#define LEDGER_KEY_SIZE 13u
#define LEDGER_PAGE_MAX 480u /* entries; two pages a page of the store */

struct ledger_change {
	uint64_t where; /* ledger, kind, chunk, day */
	uint64_t what;  /* quarter-hour of the day and id; then its turn */
	uint32_t count; /* LEDGER_MANY at most; 0: not at all */
};
struct ledger_changes {
	struct ledger_change *at;
	size_t n, cap;
};
void ledger_change(struct ledger_changes *l, enum ledger ledger, uint16_t kind,
		   uint32_t id, int64_t quarter, uint64_t count);
/* Make them; as often as one likes. They stay. */
void ledger_apply(struct kv_txn *txn, struct ledger_changes *l);
void ledger_changes_free(struct ledger_changes *l);

/* Of one user and kind, instants in order: what is another number in `now`
 * than in `was`. */
struct instants;
void ledger_differ(struct ledger_changes *l, enum ledger ledger, uint16_t kind,
		   uint32_t user, const struct instants *was,
		   const struct instants *now);

/* Whether the ledger is kept up in this store; said once a batch, before
 * anything was written. */
bool ledger_begin(struct kv_txn *txn);
void ledger_mark(struct kv_txn *txn, bool whole);
/* Of all its keys. */
struct str ledger_prefix(enum ledger ledger);
/* A key taken apart; false: damaged. */
struct ledger_key {
	uint16_t kind, chunk;
	int64_t day;
	uint32_t first; /* its first entry or less, without the count */
};
bool ledger_key_read(struct str key, struct ledger_key *out);

/* Entries, whatever their order: how many, and mixed and added up. */
struct ledger_sum {
	uint64_t n, hash;
};
void ledger_sum_add(struct ledger_sum *s, uint32_t id, int64_t quarter,
		    uint64_t count);
/* Of a whole ledger, by kind (ACTIVITY_TOLD_END); how many pages of it are
 * damaged, or not in order within and across each other. */
uint64_t ledger_sums(struct kv_txn *txn, enum ledger ledger,
		     struct ledger_sum *sums);

#endif
