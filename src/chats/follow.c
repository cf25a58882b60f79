/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * After a merge: every chat of one user becomes a chat of another.  The pairs
 * in the store are moved at once, held chats change in memory, and the user
 * who is left is counted again at the end of the batch.  After a merge was
 * taken back, the chats that name the other user go back to it: who a chat is
 * of is a function of the chat and of the identities alone, so nothing had to
 * be noted at the merge.
 */
#include "room.h"

#include <stdlib.h>

static void
pair_move(struct chat_batch *c, uint32_t from, uint32_t into, uint32_t chat)
{
	static const char version[] = {CHAT_VERSION};
	uint8_t key[PAIR_KEY_SIZE];

	kv_del(c->txn, SP_CHATKEY, pair_key(key, from, chat));
	kv_put(c->txn, SP_CHATKEY, pair_key(key, into, chat),
	       (struct str){version, sizeof(version)});
}

static void
record_move(struct chat_batch *c, uint32_t into, uint32_t id)
{
	struct arena_mark mark = arena_mark(c->arena);
	uint8_t key[CHAT_KEY_SIZE];
	struct chat chat;

	if (chat_load(c->txn, c->arena, id, &chat)) {
		chat.user = into;
		buf_reset(&c->scratch);
		chat_encode(&c->scratch, &chat);
		kv_put(c->txn, SP_CHAT, chat_key(key, id),
		       buf_str(&c->scratch));
		archive_moved(c, &chat);
	}
	arena_rewind(c->arena, mark);
}

void
chats_follow(struct chat_batch *c, uint32_t from, uint32_t into)
{
	struct chat_ids ids = {0};

	chats_of_user(c->txn, from, chat_ids_add, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		pair_move(c, from, into, ids.p[i]);
		record_move(c, into, ids.p[i]);
	}
	free(ids.p);
	for (struct held *h = c->all; h != NULL; h = h->next) {
		if (h->was.user == from)
			h->was.user = into;
		if (h->chat.user == from) {
			h->chat.user = into;
			h->dirty = true;
		}
	}
	facts_expect_recount(c, into);
	activity_recount(c, from);
	activity_recount(c, into);
}

/* Parting ------------------------------------------------------------------ */

static bool
names_user(struct chat_batch *c, const struct chat *chat, uint32_t user)
{
	struct str owner = chat_owner(chat);
	uint32_t id;

	return owner.n > 0 && batch_user_known(c->people, owner, &id) &&
	       id == user;
}

static bool
stored_names_user(struct chat_batch *c, uint32_t chat_id, uint32_t user)
{
	struct arena_mark mark = arena_mark(c->arena);
	struct chat chat;
	bool names = chat_load(c->txn, c->arena, chat_id, &chat) &&
		     names_user(c, &chat, user);

	arena_rewind(c->arena, mark);
	return names;
}

void
chats_part(struct chat_batch *c, uint32_t from, uint32_t into)
{
	struct chat_ids ids = {0};

	chats_of_user(c->txn, into, chat_ids_add, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		if (!stored_names_user(c, ids.p[i], from))
			continue;
		pair_move(c, into, from, ids.p[i]);
		record_move(c, from, ids.p[i]);
	}
	free(ids.p);
	for (struct held *h = c->all; h != NULL; h = h->next) {
		if (h->chat.user != into || !names_user(c, &h->chat, from))
			continue;
		if (h->was.user == into)
			h->was.user = from;
		h->chat.user = from;
		h->dirty = true;
	}
	facts_expect_recount(c, from);
	facts_expect_recount(c, into);
	activity_recount(c, from);
	activity_recount(c, into);
}
