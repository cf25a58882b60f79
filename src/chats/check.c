/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Whether what was counted is what is there: each chat against its messages
 * and keys, each user's facts against their chats.  Works in slices of one
 * short transaction each, so a store in use stays quick; with `repair` a slice
 * writes what it finds to be right.
 */
#include "room.h"

#include <rapport/chats/erased.h>
#include <rapport/chats/waits.h>

#include <stdio.h>

#define SLICE 500u

struct check {
	struct people *people;
	report_fn *report;
	void *arg;
	bool repair;
	uint64_t n;       /* differences in slices that are done */
	uint64_t n_slice; /* and in this run of this one */
	uint32_t next;    /* where this slice begins */
	uint32_t reached; /* where the next one does */
	bool more;
	struct buf notes; /* sentences of this slice, a NUL after each */
};

static void PRINTF_LIKE(2, 3) differ(struct check *k, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	k->n_slice++;
	buf_bytes(&k->notes, text, strlen(text) + 1);
}

/* A chat against its messages ---------------------------------------------- */

struct tally {
	struct kv_txn *txn;
	struct check *check;
	uint32_t chat;
	int64_t first_message, first_in, last_in;
	uint64_t in, out, notes;
};

static bool
tally_message(void *arg, const struct message_view *m)
{
	struct tally *t = arg;

	if (t->first_message == INSTANT_NONE)
		t->first_message = m->at;
	if (m->note) {
		t->notes++;
	} else if (m->person != PERSON_USER) {
		t->out++;
	} else {
		t->in++;
		if (t->first_in == INSTANT_NONE)
			t->first_in = m->at;
		t->last_in = m->at;
	}
	if (m->message_id.n > 0) {
		uint8_t memory[ID_KEY_MAX];
		struct str v;

		if (!kv_get(t->txn, SP_MSGKEY, id_key(memory, m->message_id),
			    &v) ||
		    v.n != 2 + MESSAGE_KEY_SIZE)
			differ(t->check,
			       "Chat %u: a message is not found by "
			       "its messageId.",
			       t->chat);
	}
	return true;
}

static void
chat_put(struct kv_txn *txn, const struct chat *c)
{
	uint8_t key[CHAT_KEY_SIZE];
	struct buf b;

	buf_init(&b);
	chat_encode(&b, c);
	kv_put(txn, SP_CHAT, chat_key(key, c->id), buf_str(&b));
	buf_fini(&b);
}

static void
pair_check(struct check *k, struct kv_txn *txn, const struct chat *c)
{
	static const char version[] = {CHAT_VERSION};
	uint8_t memory[PAIR_KEY_SIZE];
	struct str value, key = pair_key(memory, c->user, c->id);

	if (c->user == 0 || kv_get(txn, SP_CHATKEY, key, &value))
		return;
	differ(k, "Chat %u is missing among the chats of user %u.", c->id,
	       c->user);
	if (k->repair)
		kv_put(txn, SP_CHATKEY, key,
		       (struct str){version, sizeof(version)});
}

static void
chat_check(struct check *k, struct kv_txn *txn, struct chat *c)
{
	struct tally t = {.txn = txn,
			  .check = k,
			  .chat = c->id,
			  .first_message = INSTANT_NONE,
			  .first_in = INSTANT_NONE,
			  .last_in = INSTANT_NONE};
	uint32_t id;

	chat_messages(txn, c->id, tally_message, &t);
	if (!chat_find(txn, c->chat_id, &id) || id != c->id)
		differ(k, "Chat %u is not found by its chatId.", c->id);
	pair_check(k, txn, c);
	if (t.in == c->in && t.out == c->out && t.notes == c->notes &&
	    t.first_message == c->first_message && t.first_in == c->first_in &&
	    t.last_in == c->last_in)
		return;
	differ(k,
	       "Chat %u counts %llu in, %llu out, %llu notes; its messages "
	       "are %llu, %llu, %llu, or their first and last times differ.",
	       c->id, (unsigned long long)c->in, (unsigned long long)c->out,
	       (unsigned long long)c->notes, (unsigned long long)t.in,
	       (unsigned long long)t.out, (unsigned long long)t.notes);
	c->in = t.in;
	c->out = t.out;
	c->notes = t.notes;
	c->first_message = t.first_message;
	c->first_in = t.first_in;
	c->last_in = t.last_in;
	if (k->repair)
		chat_put(txn, c);
}

static enum err
chats_slice(struct kv_txn *txn, void *arg)
{
	struct check *k = arg;
	struct kv_cursor *cursor;
	uint8_t memory[CHAT_KEY_SIZE];
	uint32_t ids[SLICE];
	struct arena arena;
	size_t n = 0;
	bool more;

	k->n_slice = 0;
	buf_reset(&k->notes);
	cursor = kv_cursor(txn, SP_CHAT, STR_NONE);
	for (more = kv_seek(cursor, chat_key(memory, k->next));
	     more && n < SLICE; more = kv_next(cursor)) {
		struct rd r = rd_of(kv_key(cursor));

		ids[n++] = rd_be32(&r);
	}
	kv_cursor_close(cursor);
	k->more = n == SLICE;
	arena_init(&arena);
	for (size_t i = 0; i < n; i++) {
		struct chat chat;

		k->reached = ids[i] + 1;
		arena_reset(&arena);
		if (chat_load(txn, &arena, ids[i], &chat))
			chat_check(k, txn, &chat);
	}
	arena_fini(&arena);
	return OK;
}

/* A user's facts against their chats --------------------------------------- */

static bool
facts_equal(const struct chat_facts *a, const struct chat_facts *b)
{
	return a->chats == b->chats && a->in == b->in && a->out == b->out &&
	       a->first == b->first && a->last == b->last &&
	       a->latest == b->latest && a->latest_at == b->latest_at;
}

static void
user_check(struct check *k, struct kv_txn *txn, struct batch *b,
	   struct chat_batch *chats, struct arena *arena, uint32_t user)
{
	struct chat_facts has, should;

	batch_facts_get(b, user, &has);
	facts_recount(txn, arena, user, &should);
	if (facts_equal(&has, &should))
		return;
	differ(k,
	       "User %u counts %u chats, %llu in, %llu out; their chats "
	       "are %u, %llu, %llu, or the first, last or latest differ.",
	       user, has.chats, (unsigned long long)has.in,
	       (unsigned long long)has.out, should.chats,
	       (unsigned long long)should.in, (unsigned long long)should.out);
	if (k->repair)
		facts_expect_recount(chats, user);
}

static enum err
users_slice(struct kv_txn *txn, void *arg)
{
	struct check *k = arg;
	struct batch *b = batch_begin(k->people, txn, 0);
	struct chat_batch *chats = chat_batch_begin(b);
	struct bits *all = people_everybody(txn);
	uint32_t ids[SLICE];
	struct arena arena;
	size_t n;

	k->n_slice = 0;
	buf_reset(&k->notes);
	arena_init(&arena);
	n = bits_page(all, k->next, true, false, ids, SLICE);
	bits_free(all);
	k->more = n == SLICE;
	for (size_t i = 0; i < n; i++) {
		k->reached = ids[i] + 1;
		user_check(k, txn, b, chats, &arena, ids[i]);
	}
	if (k->repair) {
		chat_batch_end(chats);
		batch_end(b);
	}
	chat_batch_free(chats);
	batch_free(b);
	arena_fini(&arena);
	return OK;
}

static enum err
check_slices(struct check *k, struct kv *kv, kv_fn *slice, uint32_t first,
	     struct fault *f)
{
	k->next = first;
	k->more = true;
	while (k->more) {
		struct str rest;

		if (k->repair)
			TRY(kv_write(kv, slice, k, f));
		else
			TRY(kv_read(kv, slice, k, f));
		k->next = k->reached;
		k->n += k->n_slice;
		rest = buf_str(&k->notes);
		while (k->report != NULL && rest.n > 0) {
			struct str one = str_of(rest.p);

			k->report(k->arg, one);
			rest = str_cut(rest, one.n + 1, rest.n);
		}
	}
	return OK;
}

static enum err
check_all(struct check *k, struct kv *kv, struct fault *f)
{
	enum err e;

	buf_init(&k->notes);
	e = check_slices(k, kv, chats_slice, 1, f);
	if (e == OK)
		e = check_slices(k, kv, users_slice, 0, f);
	buf_fini(&k->notes);
	return e;
}

enum err
chats_check(struct people *p, struct kv *kv, report_fn *report, void *arg,
	    uint64_t *n, struct fault *f)
{
	struct check k = {.people = p, .report = report, .arg = arg};
	enum err e = check_all(&k, kv, f);

	*n = k.n;
	if (e == OK)
		e = activity_check(kv, report, arg, n, f);
	if (e == OK)
		e = counters_check(kv, report, arg, n, f);
	if (e == OK)
		e = failures_check(kv, report, arg, n, f);
	if (e == OK)
		e = erased_check(kv, report, arg, n, f);
	if (e == OK)
		e = waits_check(kv, report, arg, n, f);
	return e;
}

enum err
chats_repair(struct people *p, struct kv *kv, struct fault *f)
{
	struct check k = {.people = p, .repair = true};

	return check_all(&k, kv, f);
}
