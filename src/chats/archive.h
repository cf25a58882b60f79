/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the archive's files share: where a chat stands, its card, and how the
 * words of a text become keys.
 */
#ifndef CHATS_ARCHIVE_H
#define CHATS_ARCHIVE_H

#include "room.h"

#define CARDS 128u /* of one record */
#define CARD_SIZE 12u

extern const struct levels archive_days, archive_order;

struct card {
	uint32_t user; /* 0: of nobody */
	int64_t at;    /* latest opening; INSTANT_NONE: no such chat */
};

/* Instants at which the chat was opened, ascending, into room for n_states + 1;
 * how many, at least one. */
size_t chat_openings(const struct chat *c, int64_t *out);
/* The places of a chat: lstr (be16 attribute, u8 level, value) after one
 * another, each once, in any order. */
void archive_places(const struct chat *c, struct buf *out);
/* The key of a tag, source or assignee, into `out`. */
struct str archive_text_key(struct buf *out, struct str text, bool folds);
typedef void place_fn(void *arg, struct posting at);
void archive_places_each(struct str places, place_fn *fn, void *arg);
struct card archive_card(const struct chat *c);
uint64_t archive_day(int64_t at);

/* Words of one text, each word of it once or more often. `hash` is that of the
 * text the key is made of; of pairs 0. */
typedef void term_fn(void *arg, enum archive_index index, struct str key,
		     uint64_t hash);
struct hearing {
	struct text_words *words;
	struct buf *key;
	term_fn *fn;
	void *arg;
};
void archive_words(const struct hearing *h, enum person person,
		   struct str text);
/* The key of two words side by side. */
struct str pair_of(struct str a, struct str b, uint8_t out[2]);
enum archive_index archive_by(enum person person);

/* Cards, one after the other by id; a record is read and written once. */
struct cards {
	struct kv_txn *txn;
	bool open, changed;
	uint32_t block;
	struct card at[CARDS];
};
void cards_begin(struct cards *c, struct kv_txn *txn);
struct card cards_get(struct cards *c, uint32_t chat);
void cards_put(struct cards *c, uint32_t chat, struct card card);
void cards_end(struct cards *c);
struct str cards_key(uint8_t out[5], uint32_t block);
bool cards_decode(struct str value, struct card at[CARDS]);
void cards_encode(struct buf *out, const struct card at[CARDS]);

enum archive_state { ARCHIVE_ABSENT, ARCHIVE_BUILDING, ARCHIVE_WHOLE };
enum archive_state archive_state_get(struct kv_txn *txn);
void archive_state_put(struct kv_txn *txn, enum archive_state state);

#endif
