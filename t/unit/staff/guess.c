/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Guessing is slowed, by address and in all, and nobody is locked out: the
 * numbers are those of the table in guess.c, worked out by hand.
 */
#include "house.h"

struct
try {
	struct guess g;
	bool known;
	int64_t now;
	uint32_t wait;
	bool forget;
};

static enum err
once(struct kv_txn *txn, void *arg)
{
	struct try *t = arg;

	if (t->forget)
		guess_forget(txn, &t->g);
	else
		t->wait = guess_reserve(txn, &t->g, t->known, t->now);
	return OK;
}

static uint32_t
guess_at(struct house *h, const char *who, const char *from, bool known,
	 int64_t seconds)
{
	struct try t = {.g = guess_of(str_of(who), str_of(from)),
			.known = known,
			.now = NOW + seconds * SECOND_US};

	if (kv_write(h->kv, once, &t, NULL) != OK)
		abort();
	return t.wait;
}

static void
one_address(struct house *h)
{
	static const uint32_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
	int64_t at = 0;

	for (int i = 0; i < 5; i++)
		is_int(guess_at(h, "a", "192.0.2.1", false, 0), 0,
		       "try %d is free", i + 1);
	for (size_t i = 0; i < COUNT(waits); i++) {
		is_int(guess_at(h, "a", "192.0.2.1", false, at), waits[i],
		       "then wait %u s", waits[i]);
		is_int(guess_at(h, "a", "192.0.2.1", false, at + waits[i] - 1),
		       1, "a second before that: still one");
		at += waits[i];
		is_int(guess_at(h, "a", "192.0.2.1", false, at), 0, "after");
	}
	is_int(guess_at(h, "A", "192.0.2.1", false, at), 60,
	       "the same name in capitals is the same account");
	is_int(guess_at(h, "b", "192.0.2.1", false, at), 0,
	       "another account is not slowed");
	is_int(guess_at(h, "a", "192.0.2.2", false, at), 0,
	       "nor another address");
	is_int(guess_at(h, "a", "192.0.2.1", false, at + 3601), 0,
	       "an hour of quiet forgets");
}

static void
many_addresses(struct house *h)
{
	char from[32];

	for (int i = 0; i < 50; i++) {
		snprintf(from, sizeof(from), "198.51.100.%d", i);
		if (guess_at(h, "c", from, false, 0) != 0)
			ok(false, "try %d from anywhere is free", i);
	}
	is_int(guess_at(h, "c", "198.51.100.200", false, 0), 10,
	       "after 50 from anywhere: one in 10 s");
	is_int(guess_at(h, "c", "203.0.113.5", true, 0), 0,
	       "but not from where the manager came from before");
	is_int(guess_at(h, "c", "198.51.100.201", false, 10), 0,
	       "after 10 s one more");
	is_int(guess_at(h, "c", "198.51.100.202", false, 10), 10, "and one");
}

static void
networks(struct house *h)
{
	for (int i = 0; i < 5; i++)
		guess_at(h, "d", "2001:db8:1:2::1", false, 0);
	is_int(guess_at(h, "d", "2001:db8:1:2:ffff::9", false, 0), 1,
	       "one IPv6 network of 64 bits is one address");
	is_int(guess_at(h, "d", "2001:db8:1:3::1", false, 0), 0,
	       "the next is another");
}

static void
forgetting(struct house *h)
{
	struct try t = {.g = guess_of(S("e"), S("192.0.2.9")), .forget = true};

	for (int i = 0; i < 5; i++)
		guess_at(h, "e", "192.0.2.9", false, 0);
	is_int(guess_at(h, "e", "192.0.2.9", false, 0), 1, "slowed");
	is_int(kv_write(h->kv, once, &t, NULL), OK, "then it was right");
	is_int(guess_at(h, "e", "192.0.2.9", false, 0), 0, "not any more");
}

int
main(void)
{
	struct house h;

	house_open(&h);
	one_address(&h);
	many_addresses(&h);
	networks(&h);
	forgetting(&h);
	house_close(&h);
	return done_testing();
}
