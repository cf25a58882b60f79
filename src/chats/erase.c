/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Erasing: the chats of a user with every message, every id that leads to them
 * and every key.  Many users go in slices, each a transaction that ends after
 * so many users or so many keys, so that other writers get their turn between
 * two; readers are never held up.  What a slice did is told after it is kept,
 * for a closure may be run more than once.
 */
#include "erased.h"
#include "waits.h"

#include <stdlib.h>

#define SLICE_USERS 2000u
#define SLICE_KEYS 80000u /* about; a slice ends behind the user it falls in \
			   */

/* Keys first, then their ends: a cursor does not walk what goes. */
static uint64_t
messages_erase(struct chat_batch *c, uint32_t chat, struct keeping *keep)
{
	uint8_t memory[CHAT_KEY_SIZE], id[ID_KEY_MAX];
	struct kv_cursor *cursor =
	    kv_cursor(c->txn, SP_MESSAGE, chat_key(memory, chat));
	struct buf keys;
	uint64_t n = 0;
	struct rd r;

	buf_init(&keys);
	for (bool more = kv_seek(cursor, STR_NONE); more;
	     more = kv_next(cursor)) {
		struct message m;
		uint32_t of, seq;
		int64_t at;

		buf_lstr(&keys, kv_key(cursor));
		if (message_decode(kv_value(cursor), &m)) {
			buf_lstr(&keys, m.message_id);
			buf_c(&keys, message_failed(&m));
			archive_forget_words(c, chat, &m);
			if (!message_key_read(kv_key(cursor), &of, &at, &seq))
				continue;
			counters_erased(c, at, &m, keep != NULL);
			if (keep != NULL)
				erased_message(keep, at, &m);
		} else {
			buf_lstr(&keys, STR_NONE);
			buf_c(&keys, 0);
		}
	}
	kv_cursor_close(cursor);
	r = rd_of(buf_str(&keys));
	for (; rd_left(&r) > 0; n++) {
		struct str key = rd_str(&r), message_id = rd_str(&r);

		kv_del(c->txn, SP_MESSAGE, key);
		if (rd_u8(&r))
			failure_forget(c, key);
		if (message_id.n > 0)
			kv_del(c->txn, SP_MSGKEY, id_key(id, message_id));
	}
	buf_fini(&keys);
	return n;
}

static void
chat_erase(struct chat_batch *c, uint32_t user, uint32_t id)
{
	struct arena_mark mark = arena_mark(c->arena);
	uint8_t key[CHAT_KEY_SIZE], pair[PAIR_KEY_SIZE], by_id[ID_KEY_MAX];
	struct chat chat;

	if (chat_load(c->txn, c->arena, id, &chat)) {
		kv_del(c->txn, SP_CHATKEY, id_key(by_id, chat.chat_id));
		archive_forget(c, &chat);
	}
	kv_del(c->txn, SP_CHATKEY, pair_key(pair, user, id));
	kv_del(c->txn, SP_CHAT, chat_key(key, id));
	arena_rewind(c->arena, mark);
}

void
chats_erase(struct chat_batch *c, uint32_t user, struct erasure *out)
{
	bool keep = out->mode == ERASE_KEEP_TOTALS;
	struct chat_ids ids = {0};
	struct keeping kept;

	if (c->n > 0) {
		kv_fail(c->txn, ERR_BUG, "chats",
			"chats are held while a user is erased");
		return;
	}
	if (keep)
		erased_begin(&kept, c, user, out);
	chats_of_user(c->txn, user, chat_ids_add, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		waits_erase(c, ids.p[i], keep);
		out->messages +=
		    messages_erase(c, ids.p[i], keep ? &kept : NULL);
		chat_erase(c, user, ids.p[i]);
	}
	out->chats += ids.n;
	activity_erase(c, user);
	counters_settle(c);
	if (keep)
		erased_end(&kept);
	free(ids.p);
}

/* Many users --------------------------------------------------------------- */

struct slices {
	struct people *people;
	const struct erase_in *in;
	uint32_t from; /* the last that is done */
	bool begun;
	/* of the slice, made anew at each run */
	struct erasure *done;
	size_t n;
	uint32_t reached;
	bool more;
};

static enum err
erase_one(struct slices *s, struct chat_batch *chats, uint32_t user,
	  uint64_t *keys)
{
	struct erasure chat_counts = {.mode = s->in->mode, .at = s->in->at};
	struct erasure *e = &s->done[s->n];
	enum err result;

	chats_erase(chats, user, &chat_counts);
	result =
	    batch_erase(chats->people, user, s->in->mode, s->in->at, e, NULL);
	if (result == ERR_NOT_FOUND) /* gone already */
		return kv_error(chats->txn);
	TRY(result);
	e->chats = chat_counts.chats;
	e->messages = chat_counts.messages;
	e->kept = chat_counts.kept;
	*keys += 10 + e->attributes + 3 * e->chats + 2 * e->messages +
		 e->trail + e->history;
	s->n++;
	return OK;
}

static enum err
erase_slice(struct kv_txn *txn, void *arg)
{
	struct slices *s = arg;
	struct batch *b = batch_begin(s->people, txn, 0);
	struct chat_batch *chats = chat_batch_begin(b);
	uint32_t users[SLICE_USERS];
	uint64_t keys = 0;
	enum err e = kv_error(txn);
	size_t n = bits_page(s->in->who, s->from, !s->begun, false, users,
			     COUNT(users));
	size_t i = 0;

	s->n = 0;
	for (; i < n && keys < SLICE_KEYS && e == OK; i++) {
		e = erase_one(s, chats, users[i], &keys);
		s->reached = users[i];
	}
	s->more = i < n || n == COUNT(users);
	if (e == OK) {
		chat_batch_end(chats);
		batch_end(b);
	}
	chat_batch_free(chats);
	batch_free(b);
	return e;
}

static enum err
erase_slices(struct slices *s, struct kv *kv, uint64_t *n, struct fault *f)
{
	uint64_t total = bits_count(s->in->who);

	s->more = total > 0;
	while (s->more) {
		TRY(kv_write(kv, erase_slice, s, f));
		s->from = s->reached;
		s->begun = true;
		*n += s->n;
		for (size_t i = 0; s->in->erased != NULL && i < s->n; i++)
			s->in->erased(s->in->arg, &s->done[i]);
		if (s->in->go != NULL && !s->in->go(s->in->arg, *n, total))
			return fail(f, ERR_CANCELLED, "erase",
				    "erasing was cancelled");
	}
	return OK;
}

enum err
users_erase(struct people *p, struct kv *kv, const struct erase_in *in,
	    uint64_t *n, struct fault *f)
{
	struct slices s = {.people = p, .in = in};
	enum err e;

	*n = 0;
	s.done = mem_new(SLICE_USERS * sizeof(*s.done));
	e = erase_slices(&s, kv, n, f);
	free(s.done);
	return e;
}
