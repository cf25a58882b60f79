/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The beginning of an order, roughly: whole buckets of the coarser levels, one
 * after the other, until enough users of a set were in them.  A bucket whose
 * size promises far more than is wanted is taken apart at the next finer
 * level, and where the fine ones hold little, coarser ones come again.  So a
 * page of a few thousand users far apart costs a few dozen keys, and hardly
 * more users come back than were asked for.
 */
#include "chunk.h"

#define PREFIX_SIZE 3u
#define TOO_MANY 2u /* times what should be passed: go down a level */
#define TOO_FEW 8u  /* a bucket is this part of it: go up */

struct buckets {
	struct kv_txn *txn;
	const struct order_in *in;
	uint64_t want, spread;
	struct bits *found;
	uint8_t level;
	uint64_t at; /* the key from which on nothing was looked at */
	bool more;
	struct parts parts; /* of the bucket below */
	uint64_t first, last; /* its keys */
};

static uint64_t
level_ones(const struct buckets *b, uint8_t level)
{
	return (UINT64_C(1) << b->in->levels->shift[level]) - 1;
}

static void
bucket_load(struct buckets *b, uint64_t bucket)
{
	uint8_t value[8];
	struct posting at = {b->in->attr, b->level, {(const char *)value, 8}};
	unsigned shift = b->in->levels->shift[b->level];
	struct wr w = wr_of(value, sizeof(value));

	wr_be64(&w, bucket);
	b->parts.n = 0;
	posting_parts(b->txn, at, &b->parts);
	b->first = bucket << shift;
	b->last = b->first | level_ones(b, b->level);
}

/* The next bucket of the level that has anybody in it. */
static bool
bucket_next(struct buckets *b)
{
	uint8_t prefix[KV_KEY_MAX], key[KV_KEY_MAX], value[8];
	struct posting level = {b->in->attr, b->level, STR_NONE};
	struct posting at = {b->in->attr, b->level, {(const char *)value, 8}};
	struct kv_cursor *c =
	    kv_cursor(b->txn, posting_space(level.attr),
		      posting_prefix(level, prefix));
	struct wr w = wr_of(value, sizeof(value));
	bool found;

	wr_be64(&w, b->at >> b->in->levels->shift[b->level]);
	found = b->in->down ? kv_seek_last(c, posting_key(at, 0xffff, key))
			    : kv_seek(c, posting_key(at, 0, key));
	if (found) {
		struct rd r = rd_of(str_cut(kv_key(c), PREFIX_SIZE, SIZE_MAX));

		bucket_load(b, rd_be64(&r));
	}
	kv_cursor_close(c);
	return found && kv_error(b->txn) == OK;
}

static void
bucket_take(struct buckets *b)
{
	struct bits *here = parts_bits(b->txn, b->in->attr, &b->parts);

	bits_and(here, b->in->within);
	bits_or(b->found, here);
	bits_free(here);
}

/* Behind the bucket; false: there is nothing. */
static bool
bucket_pass(struct buckets *b)
{
	if (b->in->down ? b->first == 0 : b->last == UINT64_MAX)
		return false;
	b->at = b->in->down ? b->first - 1 : b->last + 1;
	return true;
}

/* Whether a bucket of the level begins where the walk stands. */
static bool
begins(const struct buckets *b, uint8_t level)
{
	uint64_t edge = b->in->down ? b->at + 1 : b->at;

	return (edge & level_ones(b, level)) == 0;
}

static void
bucket_step(struct buckets *b)
{
	uint64_t left = b->want - bits_count(b->found);
	uint64_t pass = left * b->spread, count;

	b->more = bucket_next(b);
	if (!b->more)
		return;
	count = parts_count(&b->parts);
	if (b->level > 1 && count > TOO_MANY * pass) {
		/* its edge, or from within where the walk began in it */
		if (b->in->down ? b->at > b->last : b->at < b->first)
			b->at = b->in->down ? b->last : b->first;
		b->level--;
		return;
	}
	bucket_take(b);
	b->more = bucket_pass(b);
	if (b->level < b->in->levels->n && count * TOO_FEW < pass &&
	    begins(b, b->level + 1))
		b->level++;
}

struct bits *
order_buckets(struct kv_txn *txn, const struct order_in *in, uint64_t want,
	      uint64_t spread)
{
	struct buckets b = {.txn = txn,
			    .in = in,
			    .want = want,
			    .spread = spread,
			    .found = bits_new(),
			    .level = (uint8_t)((in->levels->n + 1) / 2),
			    .at = in->down ? UINT64_MAX : 0,
			    .more = true};

	if (in->after_value.p != NULL) {
		struct rd r = rd_of(in->after_value);

		b.at = rd_be64(&r);
	}
	while (b.more && kv_error(txn) == OK && bits_count(b.found) < want)
		bucket_step(&b);
	parts_free(&b.parts);
	return b.found;
}
