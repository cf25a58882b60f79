/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Where staff keeps its things.  Numbers are big endian, `str` is a varint
 * length and bytes, instants are be64 of microseconds (two's complement), and
 * byte 0 of every value is 1, the version of its layout.
 *
 *  space    key                           value after the version
 *  META     'a'                           be64 seq, hash[32], mac[32]: head of
 *                                         the audit chain
 *  META     'c' name                      be64 last number given
 *  META     's' name                      text of a setting
 *  META     'h' be64 from, sign turned    operating hours from then on: str
 *                                         zone, 7 days, varint n, n holidays
 *                                         (be32 date, str name, day); a day is
 *                                         varint n, n spans of be16 be16
 *  META     'b' be32 id                   be32 position, be64 created, be64
 *                                         changed, str name, str url
 *  MANAGER  'm' be32 id                   u8 role, be32 permissions, u8 flags,
 *                                         be64 created, be32 epoch, str name,
 *                                         str email, str phone, str phc; in
 *                                         layout 2 also u8 rows, str of be32
 *                                         segments, str masked
 *  MANAGER  'e' folded e-mail             be32 id
 *  MANAGER  'p' E.164 phone               be32 id
 *  SESSION  's' sha256 of secret          be32 manager, be32 epoch, be64 begun,
 *                                         be64 used, str from
 *  SESSION  'f' account[16] address[16]   be32 failures, be64 last; address
 *                                         zero: from anywhere
 *  SESSION  'k' be32 manager address[16]  be64 last log-in from there
 *  TOKEN    'i' be32 id                   u8 role, be32 permissions, be64
 *                                         created expires used revoked, be32
 *                                         by, hash[32], str name
 *  TOKEN    'h' sha256 of text            be32 id
 *  AUDIT    be64 seq                      be64 at, u8 kind, be32 who, str from
 *                                         act object purpose result, hash[32]
 *  ONCE     'k' code of key               be64 at, be64 act, request[32], u8
 *                                         answered, be16 status, str object
 *                                         head body
 *  ONCE     't' be64 at, code[32]         nothing: of what age
 *  RECORD   'h' be64 id                   u8 state, u8 flags, u8 kind, be32
 *                                         who, be64 begun finished rows total
 *                                         bytes, be32 pid, be64 started, be64
 *                                         boot, str who_name from what format
 *                                         purpose
 *  RECORD   't' be64 id, u8 text, be16 i  piece i of a long text: 1 filter, 2
 *                                         ids, 3 sentence, 4 columns
 *
 * `account` is the start of the SHA-256 of the folded log-in name, `address`
 * that of the network address (of IPv6 the first 64 bits).
 */
#ifndef STAFF_LAYOUT_H
#define STAFF_LAYOUT_H

#include <rapport/staff.h>

#define LAYOUT_VERSION 1

struct staff {
	struct kv *kv;
	char *dir; /* gate of password hashing */
	uint8_t audit_key[32];
};

/* Keys: a letter and what follows. The room is the caller's. */
struct key {
	uint8_t room[KV_KEY_MAX];
	struct wr w;
};
struct wr *key_begin(struct key *k, char letter);
struct str key_of_u32(struct key *k, char letter, uint32_t n);
struct str key_of_u64(struct key *k, char letter, uint64_t n);
struct str key_of_bytes(struct key *k, char letter, struct str s);

/* Reads a value whose version must be ours; another makes ERR_CORRUPT (or
 * ERR_NEWER) stick and reads as empty. */
struct rd value_rd(struct kv_txn *txn, struct str value);
/* True if everything was read; else ERR_CORRUPT sticks. */
bool value_done(struct kv_txn *txn, const struct rd *r, const char *what);

/* The next number of a counter, from 1. */
uint64_t counter_next(struct kv_txn *txn, const char *name);
uint64_t counter_last(struct kv_txn *txn, const char *name);

/* "manager 3" */
struct label {
	char z[32];
};
struct str label_of(struct label *l, const char *noun, uint64_t id);

/* manager.c */
void manager_put(struct kv_txn *txn, const struct manager *m);
enum err manager_store_new(struct kv_txn *txn, const struct manager_in *in,
			   struct str phc, int64_t now, uint32_t *id);
enum err manager_check(const struct manager_in *in, struct fault *f);

/* guess.c: how fast one may guess */
bool address_known(struct kv_txn *txn, uint32_t manager, const struct guess *g);
void address_learn(struct kv_txn *txn, uint32_t manager, const struct guess *g,
		   int64_t now);
bool guess_stale(struct kv_txn *txn, struct str value, int64_t now);
bool address_stale(struct kv_txn *txn, struct str value, int64_t now);

/* session.c */
void session_new(struct kv_txn *txn, const struct manager *m, struct str from,
		 int64_t now, struct str secret);
bool session_dead(struct kv_txn *txn, struct str value, int64_t now);
void who_of_manager(const struct manager *m, struct who *out);
/* 32 random bytes as text */
void secret_new(char out[SECRET_TEXT]);
/* once.c: the act takes its key, or the transaction fails */
void once_take(struct kv_txn *txn, const struct by *by, struct str object);
/* token.c */
void token_touch(struct kv_txn *txn, uint32_t id, int64_t now);

#endif
