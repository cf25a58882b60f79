/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Identities: (channel, kind, value) -> user.  The userId given by a system is
 * the identity ("*", "userId", value).  Parts are joined by 00, which no text
 * holds; a key that would be too long keeps its head and ends in the SHA-256
 * of the whole, so it stays unique.
 */
#include "room.h"

#define KEY_HEAD 400u

struct identity
ident_user_id(struct str user_id)
{
	return (struct identity){S("*"), S("userId"), user_id};
}

struct str
ident_key(const struct identity *i, uint8_t out[KV_KEY_MAX])
{
	struct wr w = wr_of(out, KV_KEY_MAX);
	struct buf whole;
	struct sha256 hash;

	buf_init(&whole);
	buf_put(&whole, i->channel);
	buf_c(&whole, '\0');
	buf_put(&whole, i->kind);
	buf_c(&whole, '\0');
	buf_put(&whole, i->value);
	if (whole.n <= KEY_HEAD + sizeof(hash.b)) {
		wr_bytes(&w, buf_str(&whole));
	} else {
		hash = sha256_of(buf_str(&whole));
		wr_bytes(&w, str_cut(buf_str(&whole), 0, KEY_HEAD));
		wr_bytes(&w, (struct str){(char *)hash.b, sizeof(hash.b)});
		wr_u8(&w, 0); /* longer than any short key */
	}
	buf_fini(&whole);
	return wr_out(&w);
}

bool
ident_get(struct kv_txn *txn, const struct identity *i, uint32_t *id)
{
	uint8_t key[KV_KEY_MAX];
	struct str value;
	struct rd r;

	if (!kv_get(txn, SP_IDENT, ident_key(i, key), &value))
		return false;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	*id = rd_be32(&r);
	if (!rd_done(&r))
		kv_fail(txn, ERR_CORRUPT, "ident", "an identity is damaged");
	return kv_error(txn) == OK;
}

void
ident_put(struct kv_txn *txn, const struct identity *i, uint32_t id)
{
	uint8_t key[KV_KEY_MAX], value[5];
	struct wr w = wr_of(value, sizeof(value));

	wr_u8(&w, PEOPLE_VERSION);
	wr_be32(&w, id);
	kv_put(txn, SP_IDENT, ident_key(i, key), wr_out(&w));
}

/* If it is this user's. */
bool
ident_delete(struct batch *b, const struct identity *i, uint32_t id)
{
	uint8_t key[KV_KEY_MAX];
	uint32_t whose;

	return ident_get(batch_txn(b), i, &whose) && whose == id &&
	       kv_del(batch_txn(b), SP_IDENT, ident_key(i, key));
}

bool
user_find(struct kv_txn *txn, struct str user_id, uint32_t *id)
{
	struct identity i = ident_user_id(user_id);

	return ident_get(txn, &i, id);
}

struct bits *
people_everybody(struct kv_txn *txn)
{
	return posting_load(txn, (struct posting){A_EVERYBODY, 0, S("")});
}
