/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chunks of postings as a damaged or forged store might hold them, checksum
 * right: u8 level, lstr value, be16 chunk number, lstr chunk, over and over.
 * Reading them is an error or a set whose count is that of its ids.
 */
#include "fuzz.h"

#include "../../src/bits/chunk.h"

#define ATTR 300
#define SMALL_MAX 4u

static const uint8_t levels[] = {0, 1, 0xfe, 0xff};

/* A bitset is long: its words are what is there over and over. */
static struct str
whole_bitset(struct str chunk, uint8_t out[4 + 8 * CHUNK_WORDS])
{
	if (chunk.n < 5 || chunk.p[1] != CHUNK_BITSET)
		return chunk;
	for (size_t i = 0; i < 4 + 8 * CHUNK_WORDS; i++)
		out[i] =
		    (uint8_t)chunk.p[i < 4 ? i : 4 + (i - 4) % (chunk.n - 4)];
	return (struct str){(char *)out, 4 + 8 * CHUNK_WORDS};
}

static enum err
put(struct kv_txn *txn, void *arg)
{
	struct rd r = rd_of(*(struct str *)arg);
	uint8_t key[KV_KEY_MAX], bitset[4 + 8 * CHUNK_WORDS];

	while (rd_left(&r) > 0) {
		uint8_t level = levels[rd_u8(&r) % COUNT(levels)];
		struct str value = rd_str(&r), chunk;
		uint16_t no = rd_be16(&r);

		chunk = whole_bitset(rd_str(&r), bitset);
		if (!r.bad && chunk.n > 0 && value.n <= BITS_VALUE_MAX)
			kv_put(txn, SP_POST,
			       posting_key((struct posting){ATTR, level, value},
					   no, key),
			       chunk);
	}
	return OK;
}

static void
take(struct kv_txn *txn, struct bits *b)
{
	uint64_t n = bits_count(b);
	uint32_t *ids = mem_new((size_t)(n + 1) * sizeof(*ids));

	if (kv_error(txn) == OK) {
		bits_ids(b, ids);
		for (uint64_t i = 0; i < n; i++)
			MUST((i == 0 || ids[i - 1] < ids[i]) &&
			     bits_has(b, ids[i]));
	}
	free(ids);
	bits_free(b);
}

static enum err
by_dict(struct kv_txn *txn, void *arg)
{
	uint8_t level = *(uint8_t *)arg;
	struct dict *d = dict_open(txn, ATTR, level, S(""), S(""));
	struct bits *all = bits_new();
	struct str value;

	while (dict_next(d, &value)) {
		dict_count(d);
		dict_member(d);
		dict_take(d, all);
		take(txn,
		     posting_load(txn, (struct posting){ATTR, level, value}));
		posting_count(txn, (struct posting){ATTR, level, value});
	}
	dict_close(d);
	take(txn, all);
	return kv_error(txn);
}

static enum err
by_range(struct kv_txn *txn, void *arg)
{
	static const struct levels two = {1, {0, 16}, true};
	struct bits *all = bits_new();

	posting_load_range(txn, ATTR, *(uint8_t *)arg, S("\1"), STR_NONE, all);
	take(txn, all);
	take(txn, posting_range(txn, ATTR, &two, 3, UINT64_MAX / 2));
	return kv_error(txn);
}

static enum err
by_order(struct kv_txn *txn, void *arg)
{
	static const uint32_t some[] = {0, 1, 2, 3, 65535, 65536, 70000};
	struct bits *within = bits_of(some, COUNT(some));
	uint32_t ids[SMALL_MAX];

	for (int down = 0; down < 2; down++) {
		struct order_in in = {.attr = ATTR,
				      .level = *(uint8_t *)arg,
				      .down = down,
				      .within = within};
		struct order *o = order_open(txn, &in);
		size_t n, all = 0;

		while ((n = order_take(o, ids, SMALL_MAX)) > 0) {
			for (size_t i = 0; i < n; i++)
				MUST(bits_has(within, ids[i]));
			all += n;
			if (n < SMALL_MAX)
				break;
			MUST(all < 100000);
		}
		order_close(o);
	}
	bits_free(within);
	return kv_error(txn);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static kv_fn *const ways[] = {by_dict, by_range, by_order};
	struct kv_options o = {.create = true};
	struct str in = fuzz_text(data, n);
	struct fault f = {0};
	struct kv *kv;
	enum err e;

	chunk_sound(in);
	MUST(kv_open(&kv, &o, &f) == OK && kv_write(kv, put, &in, &f) == OK);
	for (size_t i = 0; i < COUNT(ways) * COUNT(levels); i++) {
		uint8_t level = levels[i % COUNT(levels)];

		f = (struct fault){0};
		e = kv_read(kv, ways[i / COUNT(levels)], &level, &f);
		MUST(e == OK || e == ERR_CORRUPT);
	}
	kv_close(kv);
	return 0;
}
