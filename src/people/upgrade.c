/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A store of version 1, at its first write: segments get sets of their own
 * from their postings, which hold the same; the joined postings of segments,
 * which nothing reads any more, go; so do merges kept in a form that cannot be
 * undone.  Records are read in either version and written in the newer one
 * when they change.  Small work: a few chunks a segment.
 */
#include "room.h"

static bool
upgrade_segment(void *arg, const struct segment *s)
{
	struct kv_txn *txn = arg;
	struct bits *who = segment_members(txn, s->id);
	uint64_t words[1024] = {0};
	uint32_t ids[1024], from = 0;
	uint16_t no = 0;
	size_t n;

	do {
		n = bits_page(who, from, from == 0, false, ids, COUNT(ids));
		for (size_t i = 0; i < n; i++) {
			uint16_t low = (uint16_t)ids[i];

			if (ids[i] >> 16 != no) {
				member_chunk_put(txn, s->id, no, words);
				memset(words, 0, sizeof(words));
				no = (uint16_t)(ids[i] >> 16);
			}
			words[low / 64] |= UINT64_C(1) << low % 64;
		}
		from = n > 0 ? ids[n - 1] : 0;
	} while (n == COUNT(ids));
	member_chunk_put(txn, s->id, no, words);
	bits_free(who);
	return true;
}

void
upgrade_store(struct kv_txn *txn, struct counters *c)
{
	uint8_t prefix[3];
	struct wr w = wr_of(prefix, sizeof(prefix));

	segments_heads(txn, upgrade_segment, txn);
	wr_be16(&w, A_SEGMENT);
	wr_u8(&w, LEVEL_JOINED);
	keys_delete(txn, SP_POST, wr_out(&w));
	keys_delete(txn, SP_MERGE, STR_NONE);
	c->old = false;
	counters_put(txn, c);
}
