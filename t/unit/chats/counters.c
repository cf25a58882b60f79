/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Counters of messages by hand: which class, which quarter-hour, what stays of
 * the erased; and a counter that was tampered with is found and made right.
 */
#include <rapport/chats/counters.h>

#include "t/tap.h"

#include <inttypes.h>

#define START INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define MINUTE (60 * SECOND_US)

static const struct row {
	const char *user, *id;
	enum person person;
	bool template, note;
	int minute;
} rows[] = {
    {"ana", "1", PERSON_USER, false, false, 0},
    {"ana", "2", PERSON_BOT, false, false, 14},
    {"ana", "3", PERSON_MANAGER, false, false, 15},
    {"ana", "4", PERSON_MANAGER, true, false, 15},
    {"ana", "5", PERSON_BOT, true, false, 29},
    {"ana", "6", PERSON_MANAGER, false, true, 15}, /* a note */
    {"ana", "1", PERSON_USER, false, false, 0},    /* came twice */
    {"bo", "7", PERSON_USER, false, false, -1},    /* the quarter before */
    {"bo", "8", PERSON_USER, true, false, 29},
    {"cy", "9", PERSON_USER, false, false, 15},
};

struct world {
	struct kv *kv;
	struct people *people;
	uint64_t got[3][MESSAGE_CLASSES]; /* -1, 0, 1 of START */
	unsigned other;
	const char *name;
	enum erase_mode mode;
};

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct message_event m = {.chat_id = str_of(r->user),
					  .message_id = str_of(r->id),
					  .person = r->person,
					  .template = r->template,
					  .note = r->note,
					  .at = START + r->minute * MINUTE};
		bool duplicate;

		if (r->person == PERSON_USER)
			m.person_id = str_of(r->user);
		if (message_apply(c, &m, &duplicate, NULL) != OK)
			ok(false, "message %s is taken", r->id);
	}
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return kv_error(txn);
}

static bool
gather(void *arg, int64_t quarter, const struct message_counts *c)
{
	struct world *w = arg;
	int64_t i = quarter - quarter_of(START) + 1;

	w->other += i < 0 || i > 2;
	for (size_t k = 0; k < MESSAGE_CLASSES && i >= 0 && i <= 2; k++)
		w->got[i][k] += c->n[k];
	return true;
}

static enum err
read_all(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;

	memset(w->got, 0, sizeof(w->got));
	message_counts(txn, INT64_MIN, INT64_MAX, gather, w);
	return kv_error(txn);
}

/* "in/bot/human/template" of the three quarter-hours. */
static void
counts_are(struct world *w, const char *want, const char *what)
{
	struct fault f = {0};
	struct buf b;

	buf_init(&b);
	if (kv_read(w->kv, read_all, w, &f) != OK)
		buf_put(&b, str_of(f.text));
	for (size_t i = 0; i < 3; i++)
		buf_printf(&b,
			   "%s%" PRIu64 "/%" PRIu64 "/%" PRIu64 "/%" PRIu64,
			   i ? " " : "", w->got[i][CLASS_IN],
			   w->got[i][CLASS_BOT], w->got[i][CLASS_HUMAN],
			   w->got[i][CLASS_TEMPLATE]);
	is_int(w->other, 0, "nothing anywhere else");
	ok(str_eq(buf_str(&b), str_of(want)), "%s: %.*s, expected %s",
	   what, STR_ARG(buf_str(&b)), want);
	buf_fini(&b);
}

static enum err
erase(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);
	struct erasure e = {.mode = w->mode}, certificate;
	uint32_t id = 0;
	enum err result = batch_user(b, str_of(w->name), &id, NULL);

	if (result == OK) {
		chats_erase(c, id, &e);
		result = batch_erase(b, id, w->mode, START, &certificate, NULL);
	}
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return result == OK ? kv_error(txn) : result;
}

static enum err
tamper(struct kv_txn *txn, void *arg)
{
	static const char key[] = {'l', (char)0x80, 0, 0, 0, 0, 0, 0, 1};

	kv_put(txn, SP_COUNTER, (struct str){key, sizeof(key)},
	       (struct str){"\1\1\0\0\0", 5});
	return kv_error(txn);
}

static void
count_sentence(void *arg, struct str sentence)
{
	(void)sentence;
	++*(unsigned *)arg;
}

static uint64_t
differences(struct world *w)
{
	unsigned said = 0;
	uint64_t n = 0;

	if (counters_check(w->kv, count_sentence, &said, &n, NULL) != OK)
		return UINT64_MAX;
	is_int(said, (int64_t)n, "a sentence each");
	return n;
}

int
main(void)
{
	struct kv_options options = {.dir = NULL};
	struct world w = {0};
	struct fault f = {0};

	is_int(kv_open(&w.kv, &options, &f), OK, "a store");
	w.people = people_open(w.kv);
	is_int(kv_write(w.kv, fill, &w, &f), OK, "messages");
	counts_are(&w, "1/0/0/0 1/1/0/0 2/0/1/2", "each in its place, once");
	w.name = "bo";
	w.mode = ERASE_KEEP_TOTALS;
	is_int(kv_write(w.kv, erase, &w, &f), OK, "bo is erased");
	counts_are(&w, "1/0/0/0 1/1/0/0 2/0/1/2", "with totals kept");
	w.name = "cy";
	w.mode = ERASE_FORGET;
	is_int(kv_write(w.kv, erase, &w, &f), OK, "cy is erased");
	counts_are(&w, "1/0/0/0 1/1/0/0 1/0/1/2", "and forgotten");
	is_int((int64_t)differences(&w), 0, "they are what the messages are");
	is_int(kv_write(w.kv, tamper, NULL, &f), OK, "one is made up");
	is_int((int64_t)differences(&w), 1, "which is found");
	is_int(counters_build(w.kv, &f), OK, "all are counted again");
	is_int((int64_t)differences(&w), 0, "and right");
	counts_are(&w, "1/0/0/0 1/1/0/0 1/0/1/2", "with those of the erased");
	people_close(w.people);
	kv_close(w.kv);
	return done_testing();
}
