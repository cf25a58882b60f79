/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive as a whole.  Chats and their messages are read in order of id;
 * each says what it stands in, its words once each, and what its card is.
 * Building sorts that outside memory and appends it; checking walks the same
 * sorted list beside what is stored.  Two threads build, each with the chats
 * below or above the middle.
 */
#include "archive.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SLICE_CHATS 2048u /* a multiple of CARDS; of one snapshot */
#define CLEAR_KEYS 20000u
#define SEEN_SLOTS 1024u /* words of a chat, told twice no matter */

struct scan {
	struct kv *kv;
	struct loader *loader;
	struct arena arena;
	struct text_words words;
	struct buf key, places;
	struct buf cards; /* be32 block, lstr record */
	struct card block[CARDS];
	uint64_t seen[SEEN_SLOTS];
	uint32_t paired[1u << 16]; /* the last chat of each pair */
	uint32_t next, end, chat; /* first not seen yet, first not wanted */
	uint64_t done, total;
	unsigned share;
	progress_fn *progress;
	void *arg;
	bool more;
	enum err err;
	struct fault *fault;
};

static struct scan *
scan_new(struct kv *kv, size_t memory, const char *dir, struct fault *f)
{
	struct scan *s = mem_new(sizeof(*s));

	s->kv = kv;
	s->next = 1;
	s->end = UINT32_MAX;
	s->share = 1;
	s->fault = f;
	s->loader = loader_new(memory, dir);
	arena_init(&s->arena);
	text_words_open(&s->words, STR_NONE);
	buf_init(&s->key);
	buf_init(&s->places);
	buf_init(&s->cards);
	return s;
}

static void
scan_free(struct scan *s)
{
	loader_free(s->loader);
	arena_fini(&s->arena);
	text_words_close(&s->words);
	buf_fini(&s->key);
	buf_fini(&s->places);
	buf_fini(&s->cards);
	free(s);
}

/* One chat ----------------------------------------------------------------- */

static void
scan_place(void *arg, struct posting at)
{
	struct scan *s = arg;

	if (s->err == OK)
		s->err = loader_add(s->loader, at, s->chat, s->fault);
}

/* A chat has most of its words more than once. */
static bool
scan_seen(struct scan *s, enum archive_index index, struct str key,
	  uint64_t hash)
{
	struct rd r = rd_of(key);
	uint32_t *chat;
	uint64_t *slot;

	if (index == ARCHIVE_PAIR) {
		chat = &s->paired[rd_be16(&r)];
		if (*chat == s->chat)
			return true;
		*chat = s->chat;
		return false;
	}
	hash ^= index;
	slot = &s->seen[hash % SEEN_SLOTS];
	if (*slot == hash)
		return true;
	*slot = hash;
	return false;
}

static void
scan_word(void *arg, enum archive_index index, struct str key, uint64_t hash)
{
	struct scan *s = arg;

	if (scan_seen(s, index, key, hash))
		return;
	scan_place(s, (struct posting){(uint16_t)index, 0, key});
}

static bool
scan_message(void *arg, const struct message_view *m)
{
	struct scan *s = arg;

	struct hearing h = {&s->words, &s->key, scan_word, s};

	archive_words(&h, m->person, m->text);
	return s->err == OK;
}

static void
scan_chat(struct scan *s, struct kv_txn *txn, const struct chat *c)
{
	s->chat = c->id;
	s->block[c->id % CARDS] = archive_card(c);
	memset(s->seen, 0, sizeof(s->seen));
	buf_reset(&s->places);
	archive_places(c, &s->places);
	archive_places_each(buf_str(&s->places), scan_place, s);
	chat_messages(txn, c->id, scan_message, s);
}

/* Chats in order ----------------------------------------------------------- */

static void
block_clear(struct scan *s)
{
	for (size_t i = 0; i < CARDS; i++)
		s->block[i] = (struct card){0, INSTANT_NONE};
}

static void
block_end(struct scan *s, uint32_t block)
{
	struct buf record;

	buf_init(&record);
	cards_encode(&record, s->block);
	if (record.n > 0) {
		buf_be32(&s->cards, block);
		buf_lstr(&s->cards, buf_str(&record));
	}
	buf_fini(&record);
	block_clear(s);
}

/* The chats s->next <= id < end; cards of whole blocks. */
static enum err
scan_chats(struct scan *s, struct kv_txn *txn, uint32_t end)
{
	uint8_t memory[CHAT_KEY_SIZE];
	struct kv_cursor *cursor = kv_cursor(txn, SP_CHAT, STR_NONE);
	uint32_t block = s->next / CARDS;
	bool more;

	block_clear(s);
	more = kv_seek(cursor, chat_key(memory, s->next));
	for (; more && s->err == OK; more = kv_next(cursor)) {
		struct rd r = rd_of(kv_key(cursor));
		uint32_t id = rd_be32(&r);
		struct chat chat;

		if (id >= end)
			break;
		if (id / CARDS != block)
			block_end(s, block);
		block = id / CARDS;
		arena_reset(&s->arena);
		if (chat_decode(&s->arena, id, kv_value(cursor), &chat))
			scan_chat(s, txn, &chat);
		else
			s->err = kv_fail(txn, ERR_CORRUPT, "chat",
					 "The record of chat %u is damaged.",
					 id);
		s->done++;
	}
	block_end(s, block);
	s->more = more;
	s->next = end;
	kv_cursor_close(cursor);
	return s->err != OK ? s->err : kv_error(txn);
}

static enum err
last_chat(struct kv_txn *txn, void *arg)
{
	uint8_t memory[CHAT_KEY_SIZE];
	struct str value;
	struct rd r;

	*(uint32_t *)arg = 1;
	if (kv_get(txn, SP_CHAT, chat_key(memory, 0), &value)) {
		r = rd_of(value);
		rd_u8(&r);
		*(uint32_t *)arg = rd_be32(&r);
	}
	return kv_error(txn);
}

/* Building ----------------------------------------------------------------- */

static enum err
scan_slice(struct kv_txn *txn, void *arg)
{
	struct scan *s = arg;
	uint32_t end = (s->next / SLICE_CHATS + 1) * SLICE_CHATS;

	buf_reset(&s->cards);
	return scan_chats(s, txn, end < s->end ? end : s->end);
}

static enum err
cards_slice(struct kv_txn *txn, void *arg)
{
	struct scan *s = arg;
	struct rd r = rd_of(buf_str(&s->cards));

	while (rd_left(&r) > 0) {
		uint8_t key[5];
		uint32_t block = rd_be32(&r);

		kv_put(txn, SP_CHATKEY, cards_key(key, block), rd_str(&r));
	}
	return kv_error(txn);
}

static enum err
scan_range(struct scan *s)
{
	while (s->next < s->end) {
		TRY(kv_read(s->kv, scan_slice, s, s->fault));
		if (s->cards.n > 0)
			TRY(kv_write(s->kv, cards_slice, s, s->fault));
		if (s->progress != NULL)
			s->progress(s->arg, s->done * s->share, s->total);
	}
	loader_sort(s->loader);
	return OK;
}

static void *
scan_thread(void *arg)
{
	struct scan *s = arg;
	enum err e = scan_range(s);

	s->err = e;
	return NULL;
}

static enum err
scan_halves(struct scan *low, struct scan *high, struct fault *f)
{
	struct fault high_fault = {0};
	uint32_t next;
	pthread_t thread;
	enum err e;

	TRY(kv_read(low->kv, last_chat, &next, f));
	low->total = next;
	low->share = 2;
	low->end = high->next = next / 2 / SLICE_CHATS * SLICE_CHATS;
	if (low->end == 0)
		low->end = high->next = 1;
	high->end = next;
	high->fault = &high_fault;
	if (pthread_create(&thread, NULL, scan_thread, high) != 0)
		return fail(f, ERR_BUSY, "", "no thread could be started");
	e = scan_range(low);
	pthread_join(thread, NULL);
	if (e == OK && high->err != OK)
		e = fail(f, high->err, high_fault.path, "%s", high_fault.text);
	return e != OK ? e : loader_join(low->loader, high->loader, f);
}

/* A slice of what there was: postings, then cards. */
static enum err
clear_slice(struct kv_txn *txn, void *arg)
{
	static const struct {
		enum kv_space space;
		struct str prefix;
	} old[] = {{SP_WORD, {NULL, 0}}, {SP_CHATKEY, {"c", 1}}};
	struct scan *s = arg;
	size_t n = 0;

	archive_state_put(txn, ARCHIVE_BUILDING);
	for (size_t i = 0; i < COUNT(old) && n < CLEAR_KEYS; i++) {
		struct kv_cursor *c =
		    kv_cursor(txn, old[i].space, old[i].prefix);
		struct rd r;

		buf_reset(&s->key);
		for (bool more = kv_seek(c, STR_NONE); more && n < CLEAR_KEYS;
		     more = kv_next(c), n++)
			buf_lstr(&s->key, kv_key(c));
		kv_cursor_close(c);
		r = rd_of(buf_str(&s->key));
		while (rd_left(&r) > 0)
			kv_del(txn, old[i].space, rd_str(&r));
	}
	s->more = n == CLEAR_KEYS;
	return kv_error(txn);
}

static enum err
mark_whole(struct kv_txn *txn, void *arg)
{
	(void)arg;
	archive_state_put(txn, ARCHIVE_WHOLE);
	return kv_error(txn);
}

enum err
archive_build(struct kv *kv, size_t memory, const char *tmp_dir,
	      progress_fn *progress, void *arg, struct fault *f)
{
	struct scan *low = scan_new(kv, memory / 2, tmp_dir, f);
	struct scan *high = scan_new(kv, memory / 2, tmp_dir, f);
	enum err e;

	low->progress = progress;
	low->arg = arg;
	do
		e = kv_write(kv, clear_slice, low, f);
	while (e == OK && low->more);
	if (e == OK)
		e = scan_halves(low, high, f);
	if (e == OK)
		e = loader_drain(low->loader, kv, f);
	if (e == OK)
		e = kv_write(kv, mark_whole, NULL, f);
	scan_free(low);
	scan_free(high);
	return e;
}

/* Checking ----------------------------------------------------------------- */

struct compare {
	struct scan *scan;
	struct kv_txn *txn;
	struct kv_cursor *stored;
	bool more;
	report_fn *report;
	void *arg;
	uint64_t n;
};

static void PRINTF_LIKE(2, 3)
    differ(struct compare *c, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	c->n++;
	if (c->report != NULL)
		c->report(c->arg, str_of(text));
}

static void
posting_differs(struct compare *c, struct str key, const char *how)
{
	struct rd r = rd_of(key);
	unsigned attr = rd_be16(&r);

	/* What people said does not belong in a log. */
	differ(c, "Archive index %u, a key of %zu bytes: %s.", attr, key.n,
	       how);
}

static enum err
compare_pair(void *arg, struct str key, struct str value)
{
	struct compare *c = arg;

	while (c->more && str_cmp(kv_key(c->stored), key) < 0) {
		posting_differs(c, kv_key(c->stored), "no chat asks for it");
		c->more = kv_next(c->stored);
	}
	if (!c->more || !str_eq(kv_key(c->stored), key)) {
		posting_differs(c, key, "it is missing");
		return kv_error(c->txn);
	}
	if (!str_eq(kv_value(c->stored), value))
		posting_differs(c, key, "it names other chats");
	c->more = kv_next(c->stored);
	return kv_error(c->txn);
}

static void
compare_cards(struct compare *c)
{
	struct rd r = rd_of(buf_str(&c->scan->cards));
	struct kv_cursor *stored = kv_cursor(c->txn, SP_CHATKEY, S("c"));
	bool more = kv_seek(stored, STR_NONE);

	while (rd_left(&r) > 0) {
		uint32_t block = rd_be32(&r);
		struct str record = rd_str(&r);
		uint8_t memory[5];
		struct str key = cards_key(memory, block);

		while (more && str_cmp(kv_key(stored), key) < 0) {
			differ(c, "There are cards of no chats.");
			more = kv_next(stored);
		}
		if (!more || !str_eq(kv_key(stored), key)) {
			differ(c, "The cards of chats from %u on are missing.",
			       block * CARDS);
			continue;
		}
		if (!str_eq(kv_value(stored), record))
			differ(c, "The cards of chats from %u on differ.",
			       block * CARDS);
		more = kv_next(stored);
	}
	for (; more; more = kv_next(stored))
		differ(c, "There are cards of no chats.");
	kv_cursor_close(stored);
}

static enum err
compare_all(struct kv_txn *txn, void *arg)
{
	struct compare *c = arg;
	enum err e;

	c->txn = txn;
	e = scan_chats(c->scan, txn, UINT32_MAX);
	if (e != OK)
		return e;
	c->stored = kv_cursor(txn, SP_WORD, STR_NONE);
	c->more = kv_seek(c->stored, STR_NONE);
	e = loader_each(c->scan->loader, compare_pair, c, c->scan->fault);
	for (; e == OK && c->more; c->more = kv_next(c->stored))
		posting_differs(c, kv_key(c->stored), "no chat asks for it");
	kv_cursor_close(c->stored);
	compare_cards(c);
	if (archive_ready(txn, NULL) == ERR_CORRUPT)
		differ(c, "The index of the archive is not whole.");
	return e != OK ? e : kv_error(txn);
}

enum err
archive_check(struct kv *kv, size_t memory, const char *tmp_dir,
	      report_fn *report, void *arg, uint64_t *n, struct fault *f)
{
	struct compare c = {.report = report, .arg = arg};
	enum err e;

	c.scan = scan_new(kv, memory, tmp_dir, f);
	e = kv_read(kv, compare_all, &c, f);
	scan_free(c.scan);
	*n += c.n;
	return e;
}
