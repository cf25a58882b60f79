/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A ledger as it stands, told in so few numbers that two of them can be held
 * against each other, in whatever order their entries were come by.
 */
#include "ledger.h"

void
ledger_sum_add(struct ledger_sum *s, uint32_t id, int64_t quarter,
	       uint64_t count)
{
	uint64_t all[] = {id, (uint64_t)quarter,
			  count < LEDGER_MANY ? count : LEDGER_MANY};

	s->n++;
	s->hash += hash64((struct str){(char *)all, sizeof(all)});
}

/* `last` is the entry before it of the same day. */
static bool
page_add(const struct ledger_key *key, struct str value, uint32_t *last,
	 struct ledger_sum *s)
{
	struct ledger_page p = {.at = (const uint8_t *)value.p + 1,
				.n = value.n / 4};
	bool sound = true;

	for (size_t i = 0; i < p.n; i++) {
		uint32_t e = ledger_entry(&p, i);

		sound = sound && e > *last && e >> 9 >= key->first &&
			ledger_quarter(e) < LEDGER_DAY;
		*last = e | LEDGER_MANY;
		ledger_sum_add(s, (uint32_t)key->chunk << 16 | ledger_id(e),
			       key->day * LEDGER_DAY + ledger_quarter(e),
			       ledger_count(e));
	}
	return sound;
}

uint64_t
ledger_sums(struct kv_txn *txn, enum ledger ledger, struct ledger_sum *sums)
{
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, ledger_prefix(ledger));
	struct ledger_key was = {0}, key;
	uint64_t broken = 0;
	uint32_t last = 0;

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct str value = kv_value(c);

		if (!ledger_key_read(kv_key(c), &key) || value.n % 4 != 1 ||
		    value.n == 1 || value.n / 4 > LEDGER_PAGE_MAX ||
		    key.kind >= ACTIVITY_TOLD_END) {
			broken++;
			continue;
		}
		if (key.kind != was.kind || key.chunk != was.chunk ||
		    key.day != was.day)
			last = 0;
		broken += !page_add(&key, value, &last, &sums[key.kind]);
		was = key;
	}
	kv_cursor_close(c);
	return broken;
}
