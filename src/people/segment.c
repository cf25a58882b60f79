/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Segments: named lists of users.  Here is what events need, finding one by
 * name and making it at first sight; who is in one is the posting
 * (segment, id), so its size is always counted from the index.
 */
#include "layout.h"


static struct str
name_key(struct str name, uint8_t *out)
{
	struct wr w = wr_of(out, KV_KEY_MAX);

	wr_u8(&w, 'n');
	wr_bytes(&w, name);
	return wr_out(&w);
}

static struct str
id_key(uint32_t id, uint8_t *out)
{
	struct wr w = wr_of(out, KV_KEY_MAX);

	wr_u8(&w, 'i');
	wr_be32(&w, id);
	return wr_out(&w);
}

static bool
find_name(struct kv_txn *txn, struct str name, uint32_t *id)
{
	uint8_t key[KV_KEY_MAX];
	struct str value;
	struct rd r;

	if (name.n == 0 || name.n > SEGMENT_NAME_MAX ||
	    !kv_get(txn, SP_SEGMENT, name_key(name, key), &value))
		return false;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	*id = rd_be32(&r);
	return rd_done(&r);
}

bool
segment_find(struct kv_txn *txn, struct str name, uint32_t *id)
{
	uint8_t key[KV_KEY_MAX];
	struct str value;
	uint64_t n;

	if (find_name(txn, name, id))
		return true;
	if (!str_to_u64(name, &n) || n > UINT32_MAX ||
	    !kv_get(txn, SP_SEGMENT, id_key((uint32_t)n, key), &value))
		return false;
	*id = (uint32_t)n;
	return true;
}

struct str
segment_name(struct kv_txn *txn, uint32_t id)
{
	uint8_t key[KV_KEY_MAX];
	struct str value, name;
	struct rd r;

	if (!kv_get(txn, SP_SEGMENT, id_key(id, key), &value))
		return S("");
	r = rd_of(value);
	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	rd_u8(&r);
	name = rd_str(&r);
	return r.bad ? S("") : name;
}

uint32_t
segment_ensure(struct kv_txn *txn, struct counters *c, struct str name)
{
	uint8_t key[KV_KEY_MAX], small[8];
	struct wr w = wr_of(small, sizeof(small));
	struct buf b;
	uint32_t id;

	if (find_name(txn, name, &id))
		return id;
	id = c->next_segment++;
	wr_u8(&w, PEOPLE_VERSION);
	wr_be32(&w, id);
	kv_put(txn, SP_SEGMENT, name_key(name, key), wr_out(&w));
	buf_init(&b);
	buf_c(&b, PEOPLE_VERSION);
	buf_c(&b, SEGMENT_STATIC);
	buf_lstr(&b, name);
	buf_lstr(&b, S(""));
	buf_instant(&b, clock_now());
	kv_put(txn, SP_SEGMENT, id_key(id, key), buf_str(&b));
	buf_fini(&b);
	return id;
}
