/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Values that were replaced.  One key an old value, under the user, the
 * attribute (by its first id, so a change of type does not end a history) and
 * the instant it was of.  Only real changes come here, and of each attribute
 * of each user only the newest HISTORY_MAX stay; of the rest and of values that
 * are said again there is a hash (sayings.c).
 */
#include "room.h"

#define HEAD_SIZE 6u /* user and attribute */
#define KEY_SIZE 22u

static struct str
head_key(uint32_t user, uint16_t origin, uint8_t out[HEAD_SIZE])
{
	struct wr w = wr_of(out, HEAD_SIZE);

	wr_be32(&w, user);
	wr_be16(&w, origin);
	return wr_out(&w);
}

static bool
word_read(struct str key, struct str value, struct word *out)
{
	struct rd k = rd_of(str_cut(key, HEAD_SIZE, key.n)), r = rd_of(value);

	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	out->stamp.at = rd_instant(&k);
	out->kind = rd_u8(&r);
	out->stamp.source = rd_u8(&r);
	out->by = (uint32_t)rd_varint(&r);
	out->payload = rd_bytes(&r, rd_left(&r));
	return !k.bad && !r.bad;
}

/* How many there are; whether this very word is; the oldest one's key. */
struct survey {
	size_t n;
	bool there;
	uint8_t oldest[KEY_SIZE];
};

static struct survey
survey(struct kv_txn *txn, struct str head, const struct word *w)
{
	struct survey s = {0};
	struct kv_cursor *c = kv_cursor(txn, SP_HISTORY, head);
	struct word old;

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct str key = kv_key(c);

		if (s.n++ == 0 && key.n == KEY_SIZE)
			memcpy(s.oldest, key.p, KEY_SIZE);
		s.there |= word_read(key, kv_value(c), &old) &&
			   old.stamp.at == w->stamp.at && word_same(&old, w);
	}
	kv_cursor_close(c);
	return s;
}

/* There is no room for it; that it was said stays. */
static void
oldest_drop(struct batch *b, uint32_t user, uint16_t origin, struct str key)
{
	struct kv_txn *txn = batch_txn(b);
	struct str value;
	struct word old;

	if (kv_get(txn, SP_HISTORY, key, &value) &&
	    word_read(key, value, &old))
		saying_add(b, user, origin, &old);
	kv_del(txn, SP_HISTORY, key);
}

void
history_add(struct batch *b, uint32_t user, uint16_t origin,
	    const struct word *w)
{
	uint8_t head[HEAD_SIZE], bytes[KEY_SIZE];
	struct kv_txn *txn = batch_txn(b);
	struct wr key = wr_of(bytes, sizeof(bytes));
	struct survey s = survey(txn, head_key(user, origin, head), w);
	struct buf value;

	if (s.there)
		return;
	wr_bytes(&key, head_key(user, origin, head));
	wr_be64(&key, (uint64_t)w->stamp.at ^ UINT64_C(1) << 63);
	wr_be64(&key, batch_counters(b)->next_trail++);
	if (s.n >= HISTORY_MAX) {
		struct str oldest = {(char *)s.oldest, KEY_SIZE};

		if (str_cmp(wr_out(&key), oldest) < 0) {
			saying_add(b, user, origin, w);
			return;
		}
		oldest_drop(b, user, origin, oldest);
	}
	buf_init(&value);
	buf_c(&value, PEOPLE_VERSION);
	buf_c(&value, (char)w->kind);
	buf_c(&value, (char)w->stamp.source);
	buf_varint(&value, w->by);
	buf_put(&value, w->payload);
	kv_put(txn, SP_HISTORY, wr_out(&key), buf_str(&value));
	buf_fini(&value);
}

bool
history_latest(struct kv_txn *txn, uint32_t user, uint16_t origin,
	       struct arena *a, struct word *out)
{
	uint8_t head[HEAD_SIZE];
	struct kv_cursor *c =
	    kv_cursor(txn, SP_HISTORY, head_key(user, origin, head));
	bool found = false;

	for (bool more = kv_seek_last(c, STR_NONE); more && !found;
	     more = kv_prev(c))
		found = word_read(kv_key(c), kv_value(c), out) &&
			out->stamp.source != FROM_MANAGER;
	kv_cursor_close(c);
	if (found)
		out->payload = arena_str(a, out->payload);
	return found;
}

void
user_history(struct kv_txn *txn, uint32_t user, const struct attr *attr,
	     told_fn *fn, void *arg)
{
	uint8_t head[HEAD_SIZE];
	struct kv_cursor *c =
	    kv_cursor(txn, SP_HISTORY, head_key(user, attr->origin, head));
	struct arena a;
	bool go = true;

	arena_init(&a);
	for (bool more = kv_seek_last(c, STR_NONE); more && go;
	     more = kv_prev(c)) {
		struct told t = {0};
		struct word w;

		arena_reset(&a);
		if (!word_read(kv_key(c), kv_value(c), &w)) {
			kv_fail(txn, ERR_CORRUPT, "history",
				"the history of user %u is damaged", user);
			break;
		}
		t.has = word_value(&w, &a, &t.value);
		t.from = w.stamp;
		t.by = w.by;
		go = fn(arg, &t);
	}
	arena_fini(&a);
	kv_cursor_close(c);
}
