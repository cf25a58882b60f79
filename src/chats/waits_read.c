/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Waits, asked, built and held against the chats.  Asking walks the days and
 * passes over chats whose waits are old, which are then read themselves.
 * Building works out chat after chat, and writes some thousands of them at a
 * time in order of their days.
 */
#include "waits.h"

#include <stdlib.h>

#define SLICE_BYTES (16u << 20)
#define CLEAR_KEYS 20000u

/* Asked -------------------------------------------------------------------- */

struct asking {
	struct kv_txn *txn;
	struct arena *arena;
	int64_t from, to;
	const struct bits *users;
	struct bits *old;
	struct cards cards;
	uint32_t chat; /* whose waits they are; 0: nobody's any more */
	wait_fn *fn;
	void *arg;
};

static bool
ask_wait(void *arg, const struct wait *w)
{
	struct asking *k = arg;
	struct wait of = *w;

	of.chat = k->chat;
	return w->at < k->from || w->at >= k->to || k->fn(k->arg, &of);
}

static bool
asked_chat(struct asking *k, uint32_t chat)
{
	return k->users == NULL ||
	       bits_has(k->users, cards_get(&k->cards, chat).user);
}

/* Days of one kind of key. False: stopped. */
static bool
ask_days(struct asking *k, char which)
{
	int32_t first = wait_day(k->from), last = wait_day(k->to - 1);
	uint8_t memory[WAIT_KEY_SIZE];
	struct kv_cursor *c =
	    kv_cursor(k->txn, SP_COUNTER, (struct str){&which, 1});
	bool stopped = false;

	for (bool more = kv_seek(c, wait_key(memory, which, first, 0));
	     more && !stopped && kv_error(k->txn) == OK; more = kv_next(c)) {
		uint64_t of;
		int32_t day;

		if (!wait_key_read(kv_key(c), &day, &of) || day > last)
			break;
		if (which == WAITS_LIVING && (bits_has(k->old, (uint32_t)of) ||
					      !asked_chat(k, (uint32_t)of)))
			continue;
		k->chat = which == WAITS_LIVING ? (uint32_t)of : 0;
		if (!waits_decode(kv_value(c), day, ask_wait, k, &stopped))
			kv_fail(k->txn, ERR_CORRUPT, "waits",
				"The waits of a day are damaged.");
	}
	kv_cursor_close(c);
	return !stopped;
}

static struct bits *
old_load(struct kv_txn *txn)
{
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, S("d"));
	struct bits *out = bits_new();

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));

		bits_add(out, rd_be32(&r));
	}
	kv_cursor_close(c);
	return out;
}

/* Chats whose waits are old, as they stand. */
static void
ask_old(struct asking *k)
{
	uint32_t id = 0;
	bool first = true;

	while (bits_page(k->old, id, first, false, &id, 1) == 1 &&
	       kv_error(k->txn) == OK) {
		struct arena_mark mark = arena_mark(k->arena);
		struct waits w = {0};
		bool go = true;

		first = false;
		k->chat = id;
		if (asked_chat(k, id))
			waits_of_chat(k->txn, k->arena, id, &w);
		for (size_t i = 0; i < w.n && go; i++)
			go = ask_wait(k, &w.at[i]);
		arena_rewind(k->arena, mark);
		if (!go)
			break;
	}
}

void
waits_each(struct kv_txn *txn, struct arena *a, int64_t from, int64_t to,
	   const struct bits *users, bool erased, wait_fn *fn, void *arg)
{
	struct asking k = {.txn = txn,
			   .arena = a,
			   .from = from,
			   .to = to,
			   .users = users,
			   .old = old_load(txn),
			   .fn = fn,
			   .arg = arg};

	cards_begin(&k.cards, txn);
	if (ask_days(&k, WAITS_LIVING) &&
	    (!erased || ask_days(&k, WAITS_ERASED)))
		ask_old(&k);
	bits_free(k.old);
}

/* Built -------------------------------------------------------------------- */

struct build {
	struct arena arena;
	struct buf pairs, scratch; /* lstr key, lstr value */
	uint32_t next;
	bool more;
};

static enum err
read_slice(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;
	uint8_t memory[WAIT_KEY_SIZE];
	struct kv_cursor *c = kv_cursor(txn, SP_CHAT, STR_NONE);

	buf_reset(&b->pairs);
	b->more = kv_seek(c, chat_key(memory, b->next));
	for (; b->more && b->pairs.n < SLICE_BYTES; b->more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));
		uint32_t chat = rd_be32(&r);
		struct waits w;

		arena_reset(&b->arena);
		waits_of_chat(txn, &b->arena, chat, &w);
		for (size_t i = 0; i < w.n;) {
			int32_t day = waits_day(&w, &i, &b->scratch);

			buf_lstr(&b->pairs,
				 wait_key(memory, WAITS_LIVING, day, chat));
			buf_lstr(&b->pairs, buf_str(&b->scratch));
		}
		b->next = chat + 1;
	}
	kv_cursor_close(c);
	return kv_error(txn);
}

struct pair {
	struct str key, value;
};

static int
pair_cmp(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return str_cmp(x->key, y->key);
}

static enum err
write_slice(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;
	struct rd r = rd_of(buf_str(&b->pairs));
	struct pair *pairs;
	size_t n = 0;

	while (rd_left(&r) > 0) {
		rd_str(&r);
		rd_str(&r);
		n++;
	}
	pairs = mem_new((n + 1) * sizeof(*pairs));
	r = rd_of(buf_str(&b->pairs));
	for (size_t i = 0; i < n; i++) {
		pairs[i].key = rd_str(&r);
		pairs[i].value = rd_str(&r);
	}
	qsort(pairs, n, sizeof(*pairs), pair_cmp);
	for (size_t i = 0; i < n; i++)
		kv_put(txn, SP_COUNTER, pairs[i].key, pairs[i].value);
	free(pairs);
	return kv_error(txn);
}

static enum err
clear_slice(struct kv_txn *txn, void *arg)
{
	static const char prefixes[] = {WAITS_LIVING, WAITS_OLD};
	struct build *b = arg;
	struct rd r;
	size_t n = 0;

	buf_reset(&b->pairs);
	for (size_t i = 0; i < sizeof(prefixes); i++) {
		struct kv_cursor *c =
		    kv_cursor(txn, SP_COUNTER, (struct str){&prefixes[i], 1});

		for (bool more = kv_seek(c, STR_NONE); more && n < CLEAR_KEYS;
		     more = kv_next(c), n++)
			buf_lstr(&b->pairs, kv_key(c));
		kv_cursor_close(c);
	}
	r = rd_of(buf_str(&b->pairs));
	while (rd_left(&r) > 0)
		kv_del(txn, SP_COUNTER, rd_str(&r));
	kv_del(txn, SP_COUNTER, S("D"));
	b->more = n == CLEAR_KEYS;
	return kv_error(txn);
}

static enum err
build_all(struct build *b, struct kv *kv, struct fault *f)
{
	do
		TRY(kv_write(kv, clear_slice, b, f));
	while (b->more);
	b->next = 1;
	do {
		TRY(kv_read(kv, read_slice, b, f));
		if (b->pairs.n > 0)
			TRY(kv_write(kv, write_slice, b, f));
	} while (b->more);
	return OK;
}

enum err
waits_build(struct kv *kv, struct fault *f)
{
	struct build b = {0};
	enum err e;

	arena_init(&b.arena);
	e = build_all(&b, kv, f);
	arena_fini(&b.arena);
	buf_fini(&b.pairs);
	buf_fini(&b.scratch);
	return e;
}

/* Checked ------------------------------------------------------------------ */

struct check {
	struct kv_txn *txn;
	struct bits *old;
	uint64_t has, asked, has_hash, asked_hash; /* of fresh chats */
	report_fn *report;
	void *arg;
	uint64_t n;
};

static void
differ(struct check *k, const char *what)
{
	k->n++;
	k->report(k->arg, str_of(what));
}

static uint64_t
pair_hash(struct str key, struct str value)
{
	uint64_t both[2] = {hash64(key), hash64(value)};

	return hash64((struct str){(char *)both, sizeof(both)});
}

static bool
any_wait(void *arg, const struct wait *w)
{
	(void)arg, (void)w;
	return true;
}

static void
check_days(struct check *k, char which)
{
	struct kv_cursor *c =
	    kv_cursor(k->txn, SP_COUNTER, (struct str){&which, 1});

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		bool stopped;
		uint64_t of;
		int32_t day;

		if (!wait_key_read(kv_key(c), &day, &of) ||
		    !waits_decode(kv_value(c), day, any_wait, NULL, &stopped))
			differ(k, "The waits of a day are damaged.");
		else if (which == WAITS_LIVING &&
			 !bits_has(k->old, (uint32_t)of)) {
			k->has++;
			k->has_hash += pair_hash(kv_key(c), kv_value(c));
		}
	}
	kv_cursor_close(c);
}

static void
check_chats(struct check *k)
{
	struct kv_cursor *c = kv_cursor(k->txn, SP_CHAT, STR_NONE);
	uint8_t memory[WAIT_KEY_SIZE];
	struct arena arena;
	struct buf value;

	arena_init(&arena);
	buf_init(&value);
	for (bool more = kv_seek(c, chat_key(memory, 1)); more;
	     more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));
		uint32_t chat = rd_be32(&r);
		struct waits w = {0};

		arena_reset(&arena);
		if (!bits_has(k->old, chat))
			waits_of_chat(k->txn, &arena, chat, &w);
		for (size_t i = 0; i < w.n; k->asked++) {
			int32_t day = waits_day(&w, &i, &value);

			k->asked_hash +=
			    pair_hash(wait_key(memory, WAITS_LIVING, day, chat),
				      buf_str(&value));
		}
	}
	kv_cursor_close(c);
	arena_fini(&arena);
	buf_fini(&value);
}

static enum err
check_apply(struct kv_txn *txn, void *arg)
{
	struct check *k = arg;

	k->txn = txn;
	k->n = k->has = k->asked = k->has_hash = k->asked_hash = 0;
	check_days(k, WAITS_ERASED);
	k->old = old_load(txn);
	check_days(k, WAITS_LIVING);
	check_chats(k);
	if (k->has != k->asked || k->has_hash != k->asked_hash)
		differ(k,
		       "The waits that are kept are not those of the chats.");
	bits_free(k->old);
	return kv_error(txn);
}

enum err
waits_check(struct kv *kv, report_fn *report, void *arg, uint64_t *n,
	    struct fault *f)
{
	struct check k = {.report = report, .arg = arg};

	TRY(kv_read(kv, check_apply, &k, f));
	*n += k.n;
	return OK;
}
