/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive, kept up.  The places of a chat are the postings it stands in
 * apart from words; at the end of a batch what they were is compared with what
 * they are.  Words are added as messages come and taken away only with the
 * chat, for a message never changes.  All changes are gathered in one delta,
 * so each posting is written once a batch.
 */
#include "archive.h"

#include <stdlib.h>

#define SIGN (UINT64_C(1) << 63)
#define DAY_US (86400 * SECOND_US)
#define STATE_KEY S("w")

/* Days, and 32 of them. */
const struct levels archive_days = {.n = 1, .shift = {0, 5}};
/* 9.5 hours, 13 days, 1.1 years; the instants themselves are on the cards. */
const struct levels archive_order = {
    .n = 3, .shift = {0, 35, 40, 45}, .single = true};

/* Where a chat stands ------------------------------------------------------ */

size_t
chat_openings(const struct chat *c, int64_t *out)
{
	bool open = false;
	size_t n = 0;

	if (c->n_states == 0 || c->states[0].state != CHAT_OPENED) {
		out[n++] = chat_created(c);
		open = true;
	}
	for (size_t i = 0; i < c->n_states; i++) {
		bool closed = c->states[i].state == CHAT_CLOSED;

		if (!closed && !open)
			out[n++] = c->states[i].at;
		open = !closed;
	}
	return n;
}

uint64_t
archive_day(int64_t at)
{
	int64_t day = at / DAY_US - (at % DAY_US < 0);

	return (uint64_t)day ^ SIGN;
}

static void
place_put(struct buf *out, uint16_t attr, uint8_t level, struct str value)
{
	buf_varint(out, 3 + value.n);
	buf_be16(out, attr);
	buf_c(out, (char)level);
	buf_put(out, value);
}

struct str
archive_text_key(struct buf *out, struct str text, bool folds)
{
	struct buf folded;

	buf_init(&folded);
	if (folds)
		text_fold(&folded, text);
	else
		buf_put(&folded, text);
	text = value_key_text(out, buf_str(&folded));
	buf_fini(&folded);
	return text;
}

static void
text_place(struct buf *out, uint16_t attr, struct str text, bool folds)
{
	struct buf key;

	if (text.n == 0)
		return;
	buf_init(&key);
	place_put(out, attr, 0, archive_text_key(&key, text, folds));
	buf_fini(&key);
}

static void
level_places(struct buf *out, uint16_t attr, const struct levels *l,
	     uint8_t first, uint64_t key)
{
	uint8_t value[8];

	for (uint8_t i = first; i <= l->n; i++) {
		level_key(l, i, key, value);
		place_put(out, attr, i, (struct str){(char *)value, 8});
	}
}

static struct str
cell_text(const struct chat *c, int cell)
{
	return c->cells[cell].set ? c->cells[cell].value : STR_NONE;
}

static void
opening_places(const struct chat *c, struct buf *out)
{
	int64_t *at = mem_new((c->n_states + 1) * sizeof(*at));
	size_t n = chat_openings(c, at);

	for (size_t i = 0; i < n; i++)
		if (i == 0 || archive_day(at[i]) != archive_day(at[i - 1]))
			level_places(out, ARCHIVE_OPENED, &archive_days, 0,
				     archive_day(at[i]));
	level_places(out, ARCHIVE_LATEST, &archive_order, 1,
		     (uint64_t)at[n - 1] ^ SIGN);
	free(at);
}

void
archive_places(const struct chat *c, struct buf *out)
{
	struct rd tags = rd_of(cell_text(c, CELL_TAGS));
	char state = (char)(c->n_states ? c->states[c->n_states - 1].state
					: CHAT_OPENED);

	place_put(out, ARCHIVE_EVERY, 0, S("\0"));
	place_put(out, ARCHIVE_STATE, 0, (struct str){&state, 1});
	text_place(out, ARCHIVE_ASSIGNEE, cell_text(c, FIELD_ASSIGNEE), false);
	text_place(out, ARCHIVE_SOURCE, cell_text(c, FIELD_SOURCE), true);
	while (rd_left(&tags) > 1)
		text_place(out, ARCHIVE_TAG, rd_str(&tags), true);
	opening_places(c, out);
}

void
archive_places_each(struct str places, place_fn *fn, void *arg)
{
	struct rd all = rd_of(places);

	while (rd_left(&all) > 0) {
		struct rd r = rd_of(rd_str(&all));
		struct posting at;

		at.attr = rd_be16(&r);
		at.level = rd_u8(&r);
		at.value = rd_bytes(&r, rd_left(&r));
		fn(arg, at);
	}
}

/* Words -------------------------------------------------------------------- */

enum archive_index
archive_by(enum person person)
{
	return person == PERSON_USER ? ARCHIVE_SAID : ARCHIVE_TOLD;
}

static struct str
pair_of_hashes(uint64_t a, uint64_t b, uint8_t out[2])
{
	uint64_t hash = a * 31 + b;
	struct wr w = wr_of(out, 2);

	wr_be16(&w, (uint16_t)(hash >> 48 ^ hash >> 24 ^ hash));
	return wr_out(&w);
}

struct str
pair_of(struct str a, struct str b, uint8_t out[2])
{
	return pair_of_hashes(hash64(a), hash64(b), out);
}

/* Joined characters are pairs in their own key already. */
void
archive_words(const struct hearing *h, enum person person, struct str text)
{
	enum archive_index index = archive_by(person);
	uint64_t hash = 0, last = 0;
	struct text_word word;
	uint8_t pair[2];

	text_words_over(h->words, text);
	for (bool first = true; text_words_next(h->words, &word);
	     first = false, last = hash) {
		struct str said = word.character ? word.pair : word.folded;

		hash = hash64(word.folded);
		buf_reset(h->key);
		h->fn(h->arg, index, value_key_text(h->key, said),
		      word.character ? hash64(said) : hash);
		if (!first && !word.joined)
			h->fn(h->arg, ARCHIVE_PAIR,
			      pair_of_hashes(last, hash, pair), 0);
	}
}

/* State of the index ------------------------------------------------------- */

enum archive_state
archive_state_get(struct kv_txn *txn)
{
	struct str value;
	struct rd r;

	if (!kv_get(txn, SP_CHATKEY, STATE_KEY, &value))
		return ARCHIVE_ABSENT;
	r = rd_of(value);
	if (rd_u8(&r) != CHAT_VERSION)
		return ARCHIVE_ABSENT;
	switch (rd_u8(&r)) {
	case ARCHIVE_BUILDING:
		return ARCHIVE_BUILDING;
	case ARCHIVE_WHOLE:
		return ARCHIVE_WHOLE;
	}
	return ARCHIVE_ABSENT;
}

void
archive_state_put(struct kv_txn *txn, enum archive_state state)
{
	char value[2] = {CHAT_VERSION, (char)state};

	kv_put(txn, SP_CHATKEY, STATE_KEY, (struct str){value, sizeof(value)});
}

static bool
any_chats(struct kv_txn *txn)
{
	uint8_t key[CHAT_KEY_SIZE];
	struct str value;

	return kv_get(txn, SP_CHAT, chat_key(key, 0), &value);
}

enum err
archive_ready(struct kv_txn *txn, struct fault *f)
{
	enum archive_state state = archive_state_get(txn);

	if (state == ARCHIVE_WHOLE ||
	    (state == ARCHIVE_ABSENT && !any_chats(txn)))
		return kv_error(txn);
	return fail(f, ERR_CORRUPT, "chats",
		    "The archive has no whole index; run rapport check "
		    "--repair.");
}

/* In a batch --------------------------------------------------------------- */

void
archive_begin(struct chat_batch *c)
{
	struct archive_batch *a = &c->archive;
	enum archive_state state = archive_state_get(c->txn);

	text_words_open(&a->words, STR_NONE);
	buf_init(&a->key);
	buf_init(&a->places);
	if (!kv_writing(c->txn))
		return;
	if (!batch_indexes(c->people)) {
		if (state != ARCHIVE_BUILDING)
			archive_state_put(c->txn, ARCHIVE_BUILDING);
		return;
	}
	if (state == ARCHIVE_BUILDING)
		kv_fail(c->txn, ERR_CORRUPT, "chats",
			"The index of the archive is being built.");
	if (state == ARCHIVE_ABSENT && !any_chats(c->txn))
		archive_state_put(c->txn, ARCHIVE_WHOLE);
	a->delta = delta_new();
}

void
archive_free(struct chat_batch *c)
{
	struct archive_batch *a = &c->archive;

	delta_free(a->delta);
	text_words_close(&a->words);
	buf_fini(&a->key);
	buf_fini(&a->places);
}

/* What a chat stands in as the store has it, kept in the arena. */
struct str
archive_now(struct chat_batch *c, const struct chat *chat)
{
	struct archive_batch *a = &c->archive;

	if (a->delta == NULL)
		return STR_NONE;
	buf_reset(&a->places);
	archive_places(chat, &a->places);
	return arena_str(c->arena, buf_str(&a->places));
}

struct change {
	struct delta *delta;
	struct str others; /* places that stay */
	uint32_t chat;
	bool add;
};

static void
word_change(void *arg, enum archive_index index, struct str key, uint64_t hash)
{
	struct change *x = arg;
	struct posting at = {(uint16_t)index, 0, key};

	(void)hash;
	delta_change(x->delta, at, x->chat, x->add);
}

static void
words_change(struct chat_batch *c, uint32_t chat, enum person person,
	     struct str text, bool add)
{
	struct archive_batch *a = &c->archive;
	struct change x = {.delta = a->delta, .chat = chat, .add = add};
	struct hearing h = {&a->words, &a->key, word_change, &x};

	if (a->delta != NULL)
		archive_words(&h, person, text);
}

void
archive_heard(struct chat_batch *c, uint32_t chat, enum person person,
	      struct str text)
{
	words_change(c, chat, person, text, true);
}

static bool
places_have(struct str places, struct posting at)
{
	struct rd all = rd_of(places);

	while (rd_left(&all) > 0) {
		struct rd r = rd_of(rd_str(&all));

		if (rd_be16(&r) == at.attr && rd_u8(&r) == at.level &&
		    str_eq(rd_bytes(&r, rd_left(&r)), at.value))
			return true;
	}
	return false;
}

static void
place_change(void *arg, struct posting at)
{
	struct change *x = arg;

	if (!places_have(x->others, at))
		delta_change(x->delta, at, x->chat, x->add);
}

/* The chats in order of id, all written already. */
void
archive_settle(struct chat_batch *c, struct held *const *dirty, size_t n)
{
	struct archive_batch *a = &c->archive;
	struct cards cards;

	if (a->delta == NULL)
		return;
	cards_begin(&cards, c->txn);
	for (size_t i = 0; i < n; i++) {
		struct held *h = dirty[i];
		struct str now = archive_now(c, &h->chat);
		struct change x = {a->delta, now, h->chat.id, false};

		cards_put(&cards, h->chat.id, archive_card(&h->chat));
		if (str_eq(h->places, now))
			continue;
		archive_places_each(h->places, place_change, &x);
		x.others = h->places;
		x.add = true;
		archive_places_each(now, place_change, &x);
		h->places = now;
	}
	cards_end(&cards);
	delta_flush(a->delta, c->txn);
}

void
archive_moved(struct chat_batch *c, const struct chat *chat)
{
	struct cards cards;

	if (c->archive.delta == NULL)
		return;
	cards_begin(&cards, c->txn);
	cards_put(&cards, chat->id, archive_card(chat));
	cards_end(&cards);
}

void
archive_forget_words(struct chat_batch *c, uint32_t chat,
		     const struct message *m)
{
	words_change(c, chat, m->person, m->text, false);
}

void
archive_forget(struct chat_batch *c, const struct chat *chat)
{
	struct archive_batch *a = &c->archive;
	struct change x = {a->delta, STR_NONE, chat->id, false};
	struct cards cards;

	if (a->delta == NULL)
		return;
	archive_places_each(archive_now(c, chat), place_change, &x);
	cards_begin(&cards, c->txn);
	cards_put(&cards, chat->id, (struct card){0, INSTANT_NONE});
	cards_end(&cards);
}
