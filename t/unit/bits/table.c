/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Thousands of values of two bytes among others, which the table finds by
 * their place: who stands in each is told by a rule, and a loader (with and
 * without room), a delta and a second delta that takes half of it away must
 * leave exactly that.
 */
#include <rapport/bits.h>

#include "t/tap.h"

#define ATTR 7u
#define KEYS 9000u
#define IDS 150u

struct test {
	struct kv *kv;
	uint64_t seed;
	unsigned part; /* ids that are left: those with id % part == 0 */
	uint64_t bad, pairs;
	struct delta *delta;
};

/* Two bytes, two of three times; else one more. */
static struct posting
posting_of(unsigned key, uint8_t out[3])
{
	out[0] = (uint8_t)(key >> 8);
	out[1] = (uint8_t)key;
	out[2] = 'x';
	return (struct posting){
	    ATTR, 0, {(const char *)out, key % 3 == 0 ? 3 : 2}};
}

static bool
stands(const struct test *t, unsigned key, uint32_t id)
{
	uint64_t z = (t->seed ^ ((uint64_t)key << 32 | id)) *
		     UINT64_C(0x9e3779b97f4a7c15);

	return (z >> 40) % 9 == 0;
}

static enum err
check_body(struct kv_txn *txn, void *arg)
{
	struct test *t = arg;

	for (unsigned key = 0; key < KEYS; key++) {
		uint8_t bytes[3];
		uint32_t ids[IDS + 1];
		struct bits *who = posting_load(txn, posting_of(key, bytes));
		size_t n = bits_page(who, 0, true, false, ids, IDS + 1), at = 0;

		for (uint32_t id = 1; id <= IDS; id++)
			if (stands(t, key, id) && id % t->part == 0)
				t->bad += at >= n || ids[at++] != id;
		t->bad += at != n;
		t->pairs += n;
		bits_free(who);
	}
	return kv_error(txn);
}

static void
check(struct test *t, const char *what)
{
	t->bad = t->pairs = 0;
	is_int(kv_read(t->kv, check_body, t, NULL), OK, "%s is read", what);
	is_int(t->bad, 0, "%s: everybody stands where they should", what);
	ok(t->pairs > 10000 / t->part, "%s: %" PRIu64 " pairs", what, t->pairs);
}

static void
test_loader(struct test *t, size_t memory)
{
	struct kv_options options = {.dir = NULL};
	struct loader *l = loader_new(memory, "/tmp");
	enum err e = kv_open(&t->kv, &options, NULL);

	for (uint32_t id = 1; id <= IDS && e == OK; id++)
		for (unsigned key = 0; key < KEYS && e == OK; key++) {
			uint8_t bytes[3];

			if (stands(t, key, id))
				e = loader_add(l, posting_of(key, bytes), id,
					       NULL);
		}
	is_int(e, OK, "all are added");
	is_int(loader_drain(l, t->kv, NULL), OK, "and written");
	loader_free(l);
	t->part = 1;
	check(t, "a loader");
	kv_close(t->kv);
}

static enum err
flush_body(struct kv_txn *txn, void *arg)
{
	struct test *t = arg;

	delta_flush(t->delta, txn);
	return kv_error(txn);
}

static void
test_delta(struct test *t)
{
	struct kv_options options = {.dir = NULL};

	is_int(kv_open(&t->kv, &options, NULL), OK, "a store");
	t->delta = delta_new();
	for (unsigned turn = 0; turn < 2; turn++) {
		for (unsigned key = 0; key < KEYS; key++)
			for (uint32_t id = 1; id <= IDS; id++) {
				uint8_t bytes[3];

				if (stands(t, key, id) && (turn == 0 || id % 2))
					delta_change(t->delta,
						     posting_of(key, bytes), id,
						     turn == 0);
			}
		is_int(kv_write(t->kv, flush_body, t, NULL), OK, "a delta");
		t->part = turn + 1;
		check(t, turn == 0 ? "what came" : "what stayed");
	}
	delta_free(t->delta);
	kv_close(t->kv);
}

int
main(void)
{
	struct test t = {.seed = random_u64()};

	printf("# seed %" PRIu64 "\n", t.seed);
	test_loader(&t, 64u << 20);
	test_loader(&t, 300u << 10);
	test_delta(&t);
	return done_testing();
}
