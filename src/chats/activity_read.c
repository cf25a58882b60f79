/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Activity, asked.  Whole quarter-hours are a union of sets; at the two edges
 * of a stretch only the users of that one quarter-hour are looked at, by their
 * instants.  Where more than once is asked for, the set says whose instants
 * are worth counting.  Users come in order, so the cursor moves forward only.
 */
#include "room.h"

#include <stdlib.h>

#define PAGE 1024u

struct reader {
	struct kv_txn *txn;
	struct kv_cursor *cursor;
	uint16_t kind;
	struct instants at;
};

static struct reader
reader_open(struct kv_txn *txn, uint16_t kind)
{
	return (struct reader){
	    .txn = txn, .kind = kind, .cursor = kv_cursor(txn, SP_ACTIVITY, S("i"))};
}

static void
reader_close(struct reader *r)
{
	kv_cursor_close(r->cursor);
	free(r->at.p);
}

/* From the first piece that may hold `from` on. */
static bool
reader_seek(struct reader *r, uint32_t user, int64_t from)
{
	uint8_t memory[ACTIVITY_KEY_SIZE];
	struct piece_key k = {user, r->kind, span_of(from), 0};

	return kv_seek(r->cursor, piece_key(memory, &k));
}

/* The piece under the cursor, if it is of the user and may be before `to`. */
static bool
reader_piece(struct reader *r, uint32_t user, int64_t to)
{
	struct piece_key k;

	if (!piece_key_read(kv_key(r->cursor), &k) || k.user != user ||
	    k.kind != r->kind || k.span > span_of(to - 1))
		return false;
	r->at.n = 0;
	if (piece_decode(kv_value(r->cursor), &r->at))
		return true;
	kv_fail(r->txn, ERR_CORRUPT, "activity",
		"The activity of user %u is damaged.", user);
	return false;
}

static bool
did_times(struct reader *r, uint32_t user, int64_t from, int64_t to,
	  uint64_t times)
{
	uint64_t n = 0;

	for (bool more = reader_seek(r, user, from);
	     more && n < times && reader_piece(r, user, to);
	     more = kv_next(r->cursor))
		for (size_t i = 0; i < r->at.n; i++)
			n += r->at.p[i] >= from && r->at.p[i] < to;
	return n >= times;
}

void
activity_each(struct kv_txn *txn, uint32_t user, uint16_t kind, int64_t from,
	      int64_t to, instant_fn *fn, void *arg)
{
	struct reader r = reader_open(txn, kind);
	bool go = true;

	for (bool more = reader_seek(&r, user, from);
	     more && go && reader_piece(&r, user, to); more = kv_next(r.cursor))
		for (size_t i = 0; i < r.at.n && go; i++)
			if (r.at.p[i] >= from && r.at.p[i] < to)
				go = fn(arg, r.at.p[i]);
	reader_close(&r);
}

/* Sets --------------------------------------------------------------------- */

static struct posting
posting_of(uint16_t kind, uint8_t level, struct str value)
{
	return (struct posting){.attr = (uint16_t)(A_ACTIVITY + kind),
				.level = level,
				.value = value};
}

uint64_t
activity_users(struct kv_txn *txn, uint16_t kind)
{
	return posting_count(txn, posting_of(kind, LEVEL_SET, S("")));
}

struct bits *
activity_quarters(struct kv_txn *txn, uint16_t kind, int64_t first,
		  int64_t last)
{
	return posting_range(txn, (uint16_t)(A_ACTIVITY + kind),
			     &activity_levels, quarter_key(first),
			     quarter_key(last));
}

/* Those of `who` who did it so many times, added to `into`. */
static void
who_times(struct reader *r, const struct activity_in *in,
	  const struct bits *who, struct bits *into)
{
	uint32_t ids[PAGE], from = 0;
	bool first = true;
	size_t n;

	do {
		n = bits_page(who, from, first, false, ids, PAGE);
		for (size_t i = 0; i < n && kv_error(r->txn) == OK; i++)
			if (did_times(r, ids[i], in->from, in->to, in->times))
				bits_add(into, ids[i]);
		first = false;
		from = n > 0 ? ids[n - 1] : 0;
	} while (n == PAGE);
}

/* The users of one quarter-hour whom the rest of the stretch does not have. */
static void
edge_add(struct reader *r, const struct activity_in *in, int64_t quarter,
	 struct bits *out)
{
	struct activity_in once = *in;
	struct bits *who =
	    activity_quarters(r->txn, r->kind, quarter, quarter);

	once.times = 1;
	if (in->within != NULL)
		bits_and(who, in->within);
	bits_minus(who, out);
	who_times(r, &once, who, out);
	bits_free(who);
}

static struct bits *
who_once(struct reader *r, const struct activity_in *in)
{
	int64_t a = quarter_of(in->from), b = quarter_of(in->to);
	bool cut_a = in->from != a * QUARTER_HOUR;
	bool cut_b = in->to != b * QUARTER_HOUR;
	struct bits *out;

	if (in->from <= ACTIVITY_EVER_FROM && in->to >= ACTIVITY_EVER_TO)
		return posting_load(r->txn,
				    posting_of(r->kind, LEVEL_SET, S("")));
	if (a + cut_a <= b - 1)
		out = activity_quarters(r->txn, r->kind, a + cut_a, b - 1);
	else
		out = bits_new();
	if (cut_a)
		edge_add(r, in, a, out);
	if (cut_b && (a < b || !cut_a))
		edge_add(r, in, b, out);
	return out;
}

struct bits *
activity_who(struct kv_txn *txn, const struct activity_in *in)
{
	struct bits *once, *out;
	struct reader r;

	if (in->from >= in->to)
		return bits_new();
	r = reader_open(txn, in->kind);
	out = once = who_once(&r, in);
	if (in->times > 1) {
		if (in->within != NULL)
			bits_and(once, in->within);
		out = bits_new();
		who_times(&r, in, once, out);
		bits_free(once);
	}
	reader_close(&r);
	return out;
}
