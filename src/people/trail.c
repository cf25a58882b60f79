/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What happened to a user, read back: one key a happening, by instant and by a
 * number that tells apart what is of the same instant.
 */
#include "room.h"

#define KEY_SIZE 20u

static bool
trail_read(struct str key, struct str value, struct trail *out)
{
	struct rd k = rd_of(str_cut(key, 4, key.n)), r = rd_of(value);

	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	out->at = rd_instant(&k);
	out->seq = rd_be64(&k);
	out->json = rd_bytes(&r, rd_left(&r));
	return rd_done(&k) && !r.bad;
}

void
user_trail(struct kv_txn *txn, uint32_t user, int64_t at, trail_fn *fn,
	   void *arg)
{
	uint8_t prefix[4], last[KEY_SIZE];
	struct kv_cursor *c = kv_cursor(txn, SP_TRAIL, user_key(user, prefix));
	struct wr w = wr_of(last, sizeof(last));
	struct trail t;
	bool more;

	wr_be32(&w, user);
	wr_be64(&w, (uint64_t)at ^ UINT64_C(1) << 63);
	wr_be64(&w, UINT64_MAX);
	for (more = kv_seek_last(c, wr_out(&w)); more; more = kv_prev(c)) {
		if (!trail_read(kv_key(c), kv_value(c), &t)) {
			kv_fail(txn, ERR_CORRUPT, "timeline",
				"the timeline of user %u is damaged", user);
			break;
		}
		if (!fn(arg, &t))
			break;
	}
	kv_cursor_close(c);
}
