/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The audit chain.  Record n holds HMAC-SHA256(key, hash of record n-1, n, the
 * record), so none can be changed, taken out, put in or moved without the key,
 * which is not in the store.  The head (last number and hash) has a code of
 * its own, so that the end cannot be cut off either; heads also go to the log,
 * where an older copy of the whole store would not agree with them.
 *
 *   hash 0 = 32 zero bytes
 *   hash n = HMAC(key, hash n-1 | be64 n | value without its hash)
 *   mac    = HMAC(key, "head" | be64 n | hash n)
 *
 * A record is written in the transaction of the act it tells of: either both
 * are there or neither is.
 */
#include "layout.h"

#define TEXT_MAX 512u /* bytes of object and result; more is cut */
#define HASHED_MAX 4096u

struct head {
	uint64_t seq;
	struct sha256 hash;
};

static struct str
hash_str(const struct sha256 *h)
{
	return (struct str){(const char *)h->b, sizeof(h->b)};
}

static struct sha256
head_mac(const struct staff *s, const struct head *h)
{
	uint8_t room[44];
	struct wr w = wr_of(room, sizeof(room));

	wr_bytes(&w, S("head"));
	wr_be64(&w, h->seq);
	wr_bytes(&w, hash_str(&h->hash));
	return hmac_sha256((struct str){(const char *)s->audit_key, 32},
			   wr_out(&w));
}

/* The head and its code; all zero where there is none yet. */
static bool
head_get(struct kv_txn *txn, struct head *h, struct sha256 *mac)
{
	struct str value, b;
	struct rd r;

	memset(h, 0, sizeof(*h));
	if (!kv_get(txn, SP_META, S("a"), &value))
		return false;
	r = value_rd(txn, value);
	h->seq = rd_be64(&r);
	b = rd_bytes(&r, 32);
	if (b.n == 32)
		memcpy(h->hash.b, b.p, 32);
	b = rd_bytes(&r, 32);
	if (b.n == 32)
		memcpy(mac->b, b.p, 32);
	return value_done(txn, &r, "audit head");
}

static void
head_put(const struct staff *s, struct kv_txn *txn, const struct head *h)
{
	struct sha256 mac = head_mac(s, h);
	uint8_t room[73];
	struct wr w = wr_of(room, sizeof(room));

	wr_u8(&w, LAYOUT_VERSION);
	wr_be64(&w, h->seq);
	wr_bytes(&w, hash_str(&h->hash));
	wr_bytes(&w, hash_str(&mac));
	kv_put(txn, SP_META, S("a"), wr_out(&w));
}

/* HMAC over what went before, the number and the record. */
static struct sha256
link_hash(const struct staff *s, const struct sha256 *before, uint64_t seq,
	  struct str record)
{
	uint8_t room[HASHED_MAX + 64];
	struct wr w = wr_of(room, sizeof(room));

	wr_bytes(&w, hash_str(before));
	wr_be64(&w, seq);
	wr_bytes(&w, record);
	return hmac_sha256((struct str){(const char *)s->audit_key, 32},
			   wr_out(&w));
}

/* Only valid text, and not more of it than fits. */
static struct str
tame(struct str s, size_t most)
{
	return text_valid(s) ? text_prefix(s, most) : S("?");
}

void
audit_put(struct staff *s, struct kv_txn *txn, const struct by *by,
	  const char *act, struct str object, struct str purpose,
	  struct str result)
{
	uint8_t room[HASHED_MAX + 32], number[8];
	struct wr w = wr_of(room, sizeof(room));
	struct wr key = wr_of(number, sizeof(number));
	struct sha256 mac;
	struct head h;

	if (by->once)
		once_take(txn, by, tame(object, TEXT_MAX));
	if (!head_get(txn, &h, &mac) && kv_error(txn) != OK)
		return;
	h.seq++;
	wr_u8(&w, LAYOUT_VERSION);
	wr_be64(&w, (uint64_t)by->at);
	wr_u8(&w, (uint8_t)by->who->kind);
	wr_be32(&w, by->who->id);
	wr_str(&w, tame(by->from, 64));
	wr_str(&w, str_of(act));
	wr_str(&w, tame(object, TEXT_MAX));
	wr_str(&w, tame(purpose, PURPOSE_MAX));
	wr_str(&w, tame(result, TEXT_MAX));
	h.hash = link_hash(s, &h.hash, h.seq, wr_out(&w));
	wr_bytes(&w, hash_str(&h.hash));
	wr_be64(&key, h.seq);
	kv_put(txn, SP_AUDIT, wr_out(&key), wr_out(&w));
	head_put(s, txn, &h);
}

struct one {
	struct staff *staff;
	const struct by *by;
	const char *act;
	struct str object, purpose, result;
};

static enum err
one_apply(struct kv_txn *txn, void *arg)
{
	struct one *a = arg;

	audit_put(a->staff, txn, a->by, a->act, a->object, a->purpose,
		  a->result);
	return OK;
}

enum err
audit_write(struct staff *s, const struct by *by, const char *act,
	    struct str object, struct str purpose, struct str result,
	    struct fault *f)
{
	struct one a = {s, by, act, object, purpose, result};

	return kv_write(s->kv, one_apply, &a, f);
}

/* Reading ----------------------------------------------------------------- */

static bool
audit_read(struct str key, struct str value, struct audit *out)
{
	struct rd k = rd_of(key), r = rd_of(value);
	uint8_t version = rd_u8(&r);

	out->seq = rd_be64(&k);
	out->at = (int64_t)rd_be64(&r);
	out->kind = (enum who_kind)(rd_u8(&r) & 3);
	out->who = rd_be32(&r);
	out->from = rd_str(&r);
	out->act = rd_str(&r);
	out->object = rd_str(&r);
	out->purpose = rd_str(&r);
	out->result = rd_str(&r);
	rd_bytes(&r, 32);
	return version == LAYOUT_VERSION && rd_done(&k) && rd_done(&r);
}

void
audit_each(struct kv_txn *txn, uint64_t before, audit_fn *fn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_AUDIT, STR_NONE);
	uint8_t number[8];
	struct wr w = wr_of(number, sizeof(number));
	struct audit a;
	bool there;

	wr_be64(&w, before - 1); /* of 0: the greatest there is */
	for (there = kv_seek_last(c, wr_out(&w)); there; there = kv_prev(c)) {
		if (!audit_read(kv_key(c), kv_value(c), &a)) {
			kv_fail(txn, ERR_CORRUPT, NULL,
				"an audit record is damaged");
			break;
		}
		if (!fn(arg, &a))
			break;
	}
	kv_cursor_close(c);
}

bool
audit_head(struct kv_txn *txn, uint64_t *seq, char hash[65])
{
	struct sha256 mac;
	struct head h;

	if (!head_get(txn, &h, &mac))
		return false;
	*seq = h.seq;
	hex_encode(hash_str(&h.hash), hash);
	return true;
}

/* Checking ---------------------------------------------------------------- */

#define VERIFY_SLICE 4096u /* records a snapshot is held for */

struct verify {
	const struct staff *staff;
	struct head seen; /* last good record */
	size_t left;
	bool whole; /* reached the end */
	uint64_t bad;
};

static bool
verify_one(struct verify *v, struct str key, struct str value)
{
	struct sha256 h;
	struct audit a;

	if (!audit_read(key, value, &a) || a.seq != v->seen.seq + 1 ||
	    value.n < 32 || value.n - 32 > HASHED_MAX)
		return false;
	h = link_hash(v->staff, &v->seen.hash, a.seq,
		      str_cut(value, 0, value.n - 32));
	if (!same_secret(hash_str(&h), str_cut(value, value.n - 32, value.n)))
		return false;
	v->seen.seq = a.seq;
	v->seen.hash = h;
	return true;
}

static enum err
verify_slice(struct kv_txn *txn, void *arg)
{
	struct verify *v = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_AUDIT, STR_NONE);
	uint8_t number[8];
	struct wr w = wr_of(number, sizeof(number));
	struct sha256 mac = {{0}}, want;
	struct head h;
	bool there;

	wr_be64(&w, v->seen.seq + 1);
	for (there = kv_seek(c, wr_out(&w)); there && v->left > 0;
	     there = kv_next(c), v->left--)
		if (!verify_one(v, kv_key(c), kv_value(c))) {
			v->bad = v->seen.seq + 1;
			break;
		}
	kv_cursor_close(c);
	if (v->bad != 0 || there)
		return OK;
	v->whole = true;
	if (!head_get(txn, &h, &mac) && v->seen.seq == 0)
		return OK;
	want = head_mac(v->staff, &h);
	if (h.seq != v->seen.seq ||
	    !same_secret(hash_str(&mac), hash_str(&want)) ||
	    !same_secret(hash_str(&h.hash), hash_str(&v->seen.hash)))
		v->bad = v->seen.seq + 1;
	return OK;
}

enum err
staff_audit_verify(struct staff *s, uint64_t *records, uint64_t *bad,
		   struct fault *f)
{
	struct verify v = {.staff = s}, before;

	while (!v.whole && v.bad == 0) {
		before = v;
		v.left = VERIFY_SLICE;
		TRY(kv_read(s->kv, verify_slice, &v, f));
		if (!v.whole && v.bad == 0 && v.seen.seq == before.seen.seq)
			return fail(f, ERR_BUG, NULL, "no way forward");
	}
	*records = v.seen.seq;
	*bad = v.bad;
	if (v.bad != 0)
		return fail(f, ERR_CORRUPT, NULL,
			    "audit record %llu is not as it was written",
			    (unsigned long long)v.bad);
	return OK;
}
