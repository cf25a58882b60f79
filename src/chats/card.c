/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Cards: of every chat its user and its latest opening, 128 to a record by id,
 * so that a walk over many chats reads few and small records.
 */
#include "archive.h"

#include <stdlib.h>

struct str
cards_key(uint8_t out[5], uint32_t block)
{
	struct wr w = wr_of(out, 5);

	wr_u8(&w, 'c');
	wr_be32(&w, block);
	return wr_out(&w);
}

bool
cards_decode(struct str value, struct card at[CARDS])
{
	struct rd r = rd_of(value);

	if (rd_u8(&r) != CHAT_VERSION)
		return false;
	for (size_t i = 0; i < CARDS; i++) {
		bool there = rd_left(&r) > 0;

		at[i].user = there ? rd_be32(&r) : 0;
		at[i].at = there ? rd_at(&r) : INSTANT_NONE;
	}
	return rd_done(&r);
}

/* As far as the last that there is. */
void
cards_encode(struct buf *out, const struct card at[CARDS])
{
	size_t n = CARDS;

	while (n > 0 && at[n - 1].at == INSTANT_NONE)
		n--;
	if (n == 0)
		return;
	buf_c(out, CHAT_VERSION);
	for (size_t i = 0; i < n; i++) {
		buf_be32(out, at[i].user);
		buf_at(out, at[i].at);
	}
}

struct card
archive_card(const struct chat *c)
{
	int64_t *at = mem_new((c->n_states + 1) * sizeof(*at));
	size_t n = chat_openings(c, at);
	struct card card = {c->user, at[n - 1]};

	free(at);
	return card;
}

void
cards_begin(struct cards *c, struct kv_txn *txn)
{
	c->txn = txn;
	c->open = c->changed = false;
}

static void
cards_write(struct cards *c)
{
	uint8_t key[5];
	struct buf b;

	if (!c->changed)
		return;
	c->changed = false;
	buf_init(&b);
	cards_encode(&b, c->at);
	if (b.n > 0)
		kv_put(c->txn, SP_CHATKEY, cards_key(key, c->block),
		       buf_str(&b));
	else
		kv_del(c->txn, SP_CHATKEY, cards_key(key, c->block));
	buf_fini(&b);
}

static void
cards_read(struct cards *c, uint32_t block)
{
	uint8_t key[5];
	struct str value;

	if (c->open && c->block == block)
		return;
	cards_write(c);
	c->open = true;
	c->block = block;
	for (size_t i = 0; i < CARDS; i++)
		c->at[i] = (struct card){0, INSTANT_NONE};
	if (kv_get(c->txn, SP_CHATKEY, cards_key(key, block), &value) &&
	    !cards_decode(value, c->at))
		kv_fail(c->txn, ERR_CORRUPT, "chats",
			"The cards of chats are damaged.");
}

struct card
cards_get(struct cards *c, uint32_t chat)
{
	cards_read(c, chat / CARDS);
	return c->at[chat % CARDS];
}

void
cards_put(struct cards *c, uint32_t chat, struct card card)
{
	struct card *to;

	cards_read(c, chat / CARDS);
	to = &c->at[chat % CARDS];
	if (to->user == card.user && to->at == card.at)
		return;
	*to = card;
	c->changed = true;
}

void
cards_end(struct cards *c)
{
	cards_write(c);
}
