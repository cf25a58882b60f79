/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The index of messages that failed: a key each, by instant, which the message
 * gets or loses as deliveries come.  Whose a message is its chat says, so an
 * owner who changes changes nothing here.
 */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>

#define SLICE_KEYS 20000u
#define SLICE_MESSAGES 400000u

bool
message_failed(const struct message *m)
{
	const unsigned better = 1u << DELIVERED | 1u << READ;

	return m->person != PERSON_USER && !(m->flags & MESSAGE_NOTE) &&
	       m->deliveries.set & 1u << FAILED &&
	       !(m->deliveries.set & better);
}

/* instant | chat | seq, of a MESSAGE key, which is chat | instant | seq. */
static struct str
failure_key(uint8_t out[MESSAGE_KEY_SIZE], struct str message)
{
	struct wr w = wr_of(out, MESSAGE_KEY_SIZE);
	uint32_t chat, seq;
	int64_t at;

	if (!message_key_read(message, &chat, &at, &seq))
		return STR_NONE;
	wr_at(&w, at);
	wr_be32(&w, chat);
	wr_be32(&w, seq);
	return wr_out(&w);
}

static void
failure_put(struct kv_txn *txn, struct str message)
{
	static const char version[] = {CHAT_VERSION};
	uint8_t memory[MESSAGE_KEY_SIZE];

	kv_put(txn, SP_FAILURE, failure_key(memory, message),
	       (struct str){version, sizeof(version)});
}

void
failure_forget(struct chat_batch *c, struct str key)
{
	uint8_t memory[MESSAGE_KEY_SIZE];

	kv_del(c->txn, SP_FAILURE, failure_key(memory, key));
}

void
failure_change(struct chat_batch *c, struct str key, const struct message *was,
	       const struct message *now)
{
	bool before = was != NULL && message_failed(was);
	bool after = message_failed(now);

	if (before == after || !batch_indexes(c->people))
		return;
	if (after)
		failure_put(c->txn, key);
	else
		failure_forget(c, key);
}

/* Read --------------------------------------------------------------------- */

static uint32_t
user_of(struct kv_txn *txn, uint32_t chat)
{
	uint8_t key[CHAT_KEY_SIZE];
	struct str value;
	struct rd r;

	if (!kv_get(txn, SP_CHAT, chat_key(key, chat), &value))
		return 0;
	r = rd_of(str_cut(value, 1, value.n)); /* the version */
	return rd_be32(&r);
}

void
failures_each(struct kv_txn *txn, int64_t from, int64_t to, failed_fn *fn,
	      void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_FAILURE, STR_NONE);
	uint8_t memory[8];
	struct wr w = wr_of(memory, sizeof(memory));
	bool go = true;

	wr_at(&w, from < INSTANT_MIN ? INSTANT_MIN : from);
	for (bool more = kv_seek(c, wr_out(&w)); more && go;
	     more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));
		struct message_view m;
		int64_t at = rd_at(&r);
		uint32_t chat = rd_be32(&r), user;

		if (at >= to)
			break;
		user = user_of(txn, chat);
		if (!chat_message(txn, chat, at, rd_be32(&r), &m))
			kv_fail(txn, ERR_CORRUPT, "failures",
				"A message that failed is missing.");
		else if (user != 0)
			go = fn(arg, user, &m);
	}
	kv_cursor_close(c);
}

/* Whole store -------------------------------------------------------------- */

struct build {
	struct buf found, from; /* lstr keys; where to go on */
	bool more;
};

static enum err
clear_slice(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_FAILURE, STR_NONE);
	size_t n = 0;
	struct rd r;

	buf_reset(&b->found);
	b->more = kv_seek(c, STR_NONE);
	for (; b->more && n < SLICE_KEYS; n++, b->more = kv_next(c))
		buf_lstr(&b->found, kv_key(c));
	kv_cursor_close(c);
	r = rd_of(buf_str(&b->found));
	while (rd_left(&r) > 0)
		kv_del(txn, SP_FAILURE, rd_str(&r));
	return kv_error(txn);
}

static enum err
read_slice(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_MESSAGE, STR_NONE);
	size_t n = 0, found = 0;

	buf_reset(&b->found);
	b->more = kv_seek(c, buf_str(&b->from));
	for (; b->more && n < SLICE_MESSAGES && found < SLICE_KEYS;
	     n++, b->more = kv_next(c)) {
		struct message m;

		if (!message_decode(kv_value(c), &m) || !message_failed(&m))
			continue;
		buf_lstr(&b->found, kv_key(c));
		found++;
	}
	buf_reset(&b->from);
	if (b->more)
		buf_put(&b->from, kv_key(c));
	kv_cursor_close(c);
	return kv_error(txn);
}

static enum err
write_slice(struct kv_txn *txn, void *arg)
{
	struct build *b = arg;
	struct rd r = rd_of(buf_str(&b->found));

	while (rd_left(&r) > 0)
		failure_put(txn, rd_str(&r));
	return kv_error(txn);
}

static enum err
build(struct build *b, struct kv *kv, struct fault *f)
{
	do
		TRY(kv_write(kv, clear_slice, b, f));
	while (b->more);
	do {
		TRY(kv_read(kv, read_slice, b, f));
		if (b->found.n > 0)
			TRY(kv_write(kv, write_slice, b, f));
	} while (b->more);
	return OK;
}

enum err
failures_build(struct kv *kv, struct fault *f)
{
	struct build b = {0};
	enum err e;

	buf_init(&b.found);
	buf_init(&b.from);
	e = build(&b, kv, f);
	buf_fini(&b.found);
	buf_fini(&b.from);
	return e;
}

struct holding {
	report_fn *report;
	void *arg;
	uint64_t *n;
};

static void
differ(struct holding *h, const char *text)
{
	(*h->n)++;
	if (h->report != NULL)
		h->report(h->arg, str_of(text));
}

/* Every message that failed is there; and there are as many as these. */
static enum err
hold(struct kv_txn *txn, void *arg)
{
	struct holding *h = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_MESSAGE, STR_NONE);
	uint8_t memory[MESSAGE_KEY_SIZE];
	uint64_t want = 0, has = 0;
	struct str value;

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct message m;

		if (!message_decode(kv_value(c), &m) || !message_failed(&m))
			continue;
		if (kv_get(txn, SP_FAILURE, failure_key(memory, kv_key(c)),
			   &value))
			want++;
		else
			differ(h, "A message that failed is not in the index.");
	}
	kv_cursor_close(c);
	c = kv_cursor(txn, SP_FAILURE, STR_NONE);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		has++;
	kv_cursor_close(c);
	for (; want < has; want++)
		differ(h, "A message is kept as failed that did not.");
	return kv_error(txn);
}

enum err
failures_check(struct kv *kv, report_fn *report, void *arg, uint64_t *n,
	       struct fault *f)
{
	struct holding h = {report, arg, n};

	return kv_read(kv, hold, &h, f);
}
