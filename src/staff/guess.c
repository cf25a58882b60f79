/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Slowing down people who guess, without locking anybody out for good.  Tries
 * are counted before they are made, so that many at once gain nothing, in two
 * places: for an account from one address, and for an account from anywhere.
 *
 *               free tries   then one in
 *   an address           5   1, 2, 4 … 60 s
 *   anywhere            50   10 s
 *
 * An address a manager logged in from before is not slowed by what others do
 * elsewhere: whoever hammers an account cannot keep its owner out.  An hour of
 * quiet forgets.  Names nobody has are counted in the same way, so that the
 * answer does not tell which exist.
 */
#include "layout.h"

#define FREE_ADDRESS 5u
#define FREE_ANYWHERE 50u
#define WAIT_ADDRESS 60u  /* seconds at most */
#define WAIT_ANYWHERE 10u /* seconds */
#define QUIET (3600 * SECOND_US)
#define KNOWN (180 * 86400 * SECOND_US) /* an address is remembered */

struct tries {
	uint32_t n;
	int64_t last;
};

static const uint8_t anywhere[16];

/* The address, of IPv6 the network of 64 bits that one customer has. */
static struct sha256
address_hash(struct str from)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct ip ip;

	if (!text_to_ip(from, &ip))
		return sha256_of(from);
	if (memcmp(ip.b, mapped, sizeof(mapped)) != 0)
		memset(ip.b + 8, 0, 8);
	return sha256_of((struct str){(const char *)ip.b, sizeof(ip.b)});
}

struct guess
guess_of(struct str account, struct str from)
{
	struct sha256 a, b = address_hash(from);
	struct guess g;
	struct buf folded;

	buf_init(&folded);
	if (text_valid(account))
		text_fold(&folded, account);
	else
		buf_put(&folded, account);
	a = sha256_of(buf_str(&folded));
	buf_fini(&folded);
	memcpy(g.account, a.b, sizeof(g.account));
	memcpy(g.address, b.b, sizeof(g.address));
	return g;
}

static struct str
tries_key(struct key *key, const struct guess *g, const uint8_t address[16])
{
	struct wr *w = key_begin(key, 'f');

	wr_bytes(w, (struct str){(const char *)g->account, 16});
	wr_bytes(w, (struct str){(const char *)address, 16});
	return wr_out(w);
}

static struct tries
tries_read(struct kv_txn *txn, struct str value)
{
	struct rd r = value_rd(txn, value);
	struct tries t;

	t.n = rd_be32(&r);
	t.last = (int64_t)rd_be64(&r);
	if (!value_done(txn, &r, "count of failures"))
		return (struct tries){0};
	return t;
}

static struct tries
tries_get(struct kv_txn *txn, struct str key, int64_t now)
{
	struct tries t = {0};
	struct str value;

	if (kv_get(txn, SP_SESSION, key, &value))
		t = tries_read(txn, value);
	if (t.n > 0 && now - t.last > QUIET)
		t = (struct tries){0};
	return t;
}

static void
tries_put(struct kv_txn *txn, struct str key, struct tries t)
{
	uint8_t room[13];
	struct wr w = wr_of(room, sizeof(room));

	wr_u8(&w, LAYOUT_VERSION);
	wr_be32(&w, t.n);
	wr_be64(&w, (uint64_t)t.last);
	kv_put(txn, SP_SESSION, key, wr_out(&w));
}

/* Seconds left of `wait` since the last try, rounded up. */
static uint32_t
wait_left(struct tries t, uint32_t wait, int64_t now)
{
	int64_t left = t.last + (int64_t)wait * SECOND_US - now;

	if (left <= 0)
		return 0;
	left = (left + SECOND_US - 1) / SECOND_US;
	return left > wait ? wait : (uint32_t)left;
}

static uint32_t
address_wait(uint32_t n)
{
	if (n < FREE_ADDRESS)
		return 0;
	return n - FREE_ADDRESS >= 6 ? WAIT_ADDRESS : 1u << (n - FREE_ADDRESS);
}

uint32_t
guess_reserve(struct kv_txn *txn, const struct guess *g, bool known,
	      int64_t now)
{
	struct key ka, kb;
	struct str here = tries_key(&ka, g, g->address);
	struct str all = tries_key(&kb, g, anywhere);
	struct tries a = tries_get(txn, here, now);
	struct tries b = tries_get(txn, all, now);
	uint32_t wait = wait_left(a, address_wait(a.n), now);
	uint32_t crowd = 0;

	if (!known && b.n >= FREE_ANYWHERE)
		crowd = wait_left(b, WAIT_ANYWHERE, now);
	if (wait > 0 || crowd > 0)
		return wait > crowd ? wait : crowd;
	tries_put(txn, here, (struct tries){a.n + 1, now});
	tries_put(txn, all, (struct tries){b.n + 1, now});
	return 0;
}

void
guess_forget(struct kv_txn *txn, const struct guess *g)
{
	struct key ka, kb;
	struct str all = tries_key(&kb, g, anywhere);
	struct str value;
	struct tries b;

	kv_del(txn, SP_SESSION, tries_key(&ka, g, g->address));
	if (!kv_get(txn, SP_SESSION, all, &value))
		return;
	b = tries_read(txn, value);
	/* only this try: others may be somebody else's */
	if (b.n <= 1)
		kv_del(txn, SP_SESSION, all);
	else
		tries_put(txn, all, (struct tries){b.n - 1, b.last});
}

bool
guess_stale(struct kv_txn *txn, struct str value, int64_t now)
{
	return now - tries_read(txn, value).last > QUIET;
}

static struct str
known_key(struct key *key, uint32_t manager, const struct guess *g)
{
	struct wr *w = key_begin(key, 'k');

	wr_be32(w, manager);
	wr_bytes(w, (struct str){(const char *)g->address, 16});
	return wr_out(w);
}

bool
address_known(struct kv_txn *txn, uint32_t manager, const struct guess *g)
{
	struct key key;
	struct str value;

	return kv_get(txn, SP_SESSION, known_key(&key, manager, g), &value);
}

void
address_learn(struct kv_txn *txn, uint32_t manager, const struct guess *g,
	      int64_t now)
{
	uint8_t room[9];
	struct wr w = wr_of(room, sizeof(room));
	struct key key;

	wr_u8(&w, LAYOUT_VERSION);
	wr_be64(&w, (uint64_t)now);
	kv_put(txn, SP_SESSION, known_key(&key, manager, g), wr_out(&w));
}

bool
address_stale(struct kv_txn *txn, struct str value, int64_t now)
{
	struct rd r = value_rd(txn, value);
	int64_t last = (int64_t)rd_be64(&r);

	return value_done(txn, &r, "known address") && now - last > KNOWN;
}
