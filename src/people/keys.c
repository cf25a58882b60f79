/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * All keys under a prefix, gathered before anything is written: a cursor does
 * not walk what is being changed.
 */
#include "room.h"

void
keys_copy(struct kv_txn *txn, enum kv_space space, struct str prefix,
	  struct buf *out)
{
	struct kv_cursor *c = kv_cursor(txn, space, prefix);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		buf_lstr(out, kv_key(c));
		buf_lstr(out, kv_value(c));
	}
	kv_cursor_close(c);
}

uint64_t
keys_delete(struct kv_txn *txn, enum kv_space space, struct str prefix)
{
	struct kv_cursor *c = kv_cursor(txn, space, prefix);
	struct buf keys;
	uint64_t n = 0;
	struct rd r;

	buf_init(&keys);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		buf_lstr(&keys, kv_key(c));
	kv_cursor_close(c);
	r = rd_of(buf_str(&keys));
	for (; rd_left(&r) > 0; n++)
		kv_del(txn, space, rd_str(&r));
	buf_fini(&keys);
	return n;
}
