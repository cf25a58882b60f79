/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The records of a chat (input begins with 'c') and of a message ('m') as a
 * damaged or forged store might hold them, checksum right.  Reading, checking
 * and repairing give errors or texts, and do not fall.
 */
#include "fuzz.h"

#include "../unit/intake/world.h"

#include "../../src/chats/layout.h"

static const char body[] =
    "{\"type\":\"user\",\"userId\":\"u1\"}\n"
    "{\"type\":\"chat\",\"chatId\":\"c1\",\"userId\":\"u1\","
    "\"openedAt\":1700000000,\"state\":\"opened\",\"tags\":[\"t\"]}\n"
    "{\"type\":\"message\",\"chatId\":\"c1\",\"messageId\":\"m1\","
    "\"personType\":\"user\",\"personId\":\"u1\",\"at\":1700000001,"
    "\"text\":\"hello\"}\n";

static enum err
put(struct kv_txn *txn, void *arg)
{
	struct str in = *(struct str *)arg, record = str_cut(in, 1, in.n);
	uint8_t chat[CHAT_KEY_SIZE], message[MESSAGE_KEY_SIZE];

	if (in.p[0] == 'c')
		kv_put(txn, SP_CHAT, chat_key(chat, 1), record);
	else
		kv_put(txn, SP_MESSAGE,
		       message_key(message, 1, 1700000001 * SECOND_US, 0),
		       record);
	return OK;
}

static bool
message_read(void *arg, const struct message_view *m)
{
	struct buf *b = arg;

	buf_put(b, m->message_id);
	buf_put(b, m->person_id);
	buf_put(b, m->text);
	return true;
}

static enum err
read_all(struct kv_txn *txn, void *arg)
{
	struct arena a;
	struct chat_view v;
	struct buf b;

	arena_init(&a);
	buf_init(&b);
	if (chat_view(txn, &a, 1, &v)) {
		for (size_t i = 0; i < COUNT(v.fields); i++)
			buf_put(&b, v.fields[i]);
		for (size_t i = 0; i < v.n_tags; i++)
			buf_put(&b, v.tags[i]);
		for (size_t i = 0; i < v.n_session; i++)
			buf_put(&b, v.session[i].json);
	}
	chat_messages(txn, 1, message_read, &b);
	buf_fini(&b);
	arena_fini(&a);
	return kv_error(txn);
}

static void
report(void *arg, struct str sentence)
{
	MUST(sentence.n > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = fuzz_text(data, n);
	struct fault f[5] = {{0}};
	uint64_t faults;
	struct world w;
	enum err e[4];

	if (n < 2 || n > CHAT_RECORD_MAX || (in.p[0] != 'c' && in.p[0] != 'm'))
		return 0;
	world_open(&w);
	MUST(world_take(&w, str_of(body)) == OK);
	MUST(kv_write(w.kv, put, &in, &f[0]) == OK);
	e[0] = kv_read(w.kv, read_all, NULL, &f[1]);
	e[1] = chats_check(w.people, w.kv, report, NULL, &faults, &f[2]);
	e[2] = chats_repair(w.people, w.kv, &f[3]);
	e[3] = world_take(&w, S("{\"type\":\"message\",\"chatId\":\"c1\","
				"\"messageId\":\"m2\",\"at\":1700000002,"
				"\"personType\":\"user\",\"text\":\"x\"}"));
	for (size_t i = 0; i < COUNT(e); i++)
		MUST(e[i] == OK || e[i] == ERR_CORRUPT);
	world_close(&w);
	return 0;
}
