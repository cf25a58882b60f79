/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Messages that failed against arrays: deliveries of every status, before and
 * after their message, twice and in any order; what the index has is what a
 * look at every message finds, before and after somebody is erased, and one
 * that was tampered with is found and made right.
 */
#include <rapport/chats/failures.h>

#include "t/tap.h"

#include <stdlib.h>

#define START INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define USERS 9u
#define MESSAGES 300u

struct world {
	struct kv *kv;
	struct people *people;
	uint64_t dice;
	struct said {
		unsigned user;
		enum person person;
		bool note, gone;
		int64_t at;
		unsigned told; /* 1 << status */
		bool found;
	} said[MESSAGES];
	uint32_t ids[USERS];
	unsigned wrong;
	int64_t last;
};

static unsigned
roll(struct world *w, unsigned sides)
{
	w->dice = w->dice * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(w->dice >> 33) % sides;
}

static void
tell(struct world *w, struct chat_batch *c, unsigned i)
{
	struct said *s = &w->said[i];
	enum delivery status = (enum delivery)roll(w, 4);
	char id[16] = "";
	struct delivery_event d = {.status = status,
				   .at = START + roll(w, 1000),
				   .code = S("131"),
				   .title = S("x")};

	snprintf(id, sizeof(id), "m%u", i);
	d.message_id = str_of(id);
	s->told |= 1u << status;
	if (delivery_apply(c, &d, NULL) != OK)
		w->wrong++;
}

static void
say(struct world *w, struct chat_batch *c, unsigned i)
{
	static const enum person persons[] = {PERSON_USER, PERSON_BOT,
					      PERSON_MANAGER};
	struct said *s = &w->said[i];
	char id[16] = "", chat[16] = "", user[16] = "";
	struct message_event m = {.at = 0};
	bool duplicate;

	s->user = roll(w, USERS);
	s->person = persons[roll(w, 3)];
	s->note = s->person == PERSON_MANAGER && roll(w, 4) == 0;
	s->at = START + roll(w, 40) * QUARTER_HOUR / 3;
	snprintf(id, sizeof(id), "m%u", i);
	snprintf(chat, sizeof(chat), "c%u", s->user);
	snprintf(user, sizeof(user), "u%u", s->user);
	m.chat_id = str_of(chat);
	m.message_id = str_of(id);
	m.person = s->person;
	m.person_id = str_of(s->person == PERSON_USER ? user : "x");
	m.note = s->note;
	m.at = s->at;
	if (message_apply(c, &m, &duplicate, NULL) != OK)
		w->wrong++;
}

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	for (unsigned u = 0; u < USERS; u++) {
		char chat[16] = "", user[16] = "";
		struct chat_event e = {.at = START,
				       .opened = INSTANT_NONE,
				       .closed = INSTANT_NONE,
				       .snoozed = INSTANT_NONE};

		snprintf(chat, sizeof(chat), "c%u", u);
		snprintf(user, sizeof(user), "u%u", u);
		e.chat_id = str_of(chat);
		e.user_id = str_of(user);
		if (chat_apply(c, &e, NULL) != OK ||
		    batch_user(b, str_of(user), &w->ids[u], NULL) != OK)
			w->wrong++;
	}
	for (unsigned i = 0; i < MESSAGES; i++) {
		for (unsigned n = roll(w, 3); n > 0; n--)
			tell(w, c, i);
		say(w, c, i);
		for (unsigned n = roll(w, 3); n > 0; n--)
			tell(w, c, i);
	}
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return kv_error(txn);
}

static bool
failed(const struct said *s)
{
	return !s->gone && s->person != PERSON_USER && !s->note &&
	       s->told >> FAILED & 1 && !(s->told >> DELIVERED & 1) &&
	       !(s->told >> READ & 1);
}

static bool
find(void *arg, uint32_t user, const struct message_view *m)
{
	struct world *w = arg;
	unsigned i = (unsigned)strtoul(m->message_id.p + 1, NULL, 10);
	struct said *s = &w->said[i < MESSAGES ? i : 0];

	w->wrong += s->found || s->at != m->at || w->ids[s->user] != user ||
		    !str_eq(m->code, S("131")) || m->at < w->last;
	w->last = m->at;
	s->found = true;
	return true;
}

static enum err
look(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	int64_t from = START + roll(w, 20) * QUARTER_HOUR / 3;
	int64_t to = from + roll(w, 30) * QUARTER_HOUR / 3;

	for (unsigned i = 0; i < MESSAGES; i++)
		w->said[i].found = false;
	w->last = INSTANT_MIN;
	failures_each(txn, from, to, find, w);
	for (unsigned i = 0; i < MESSAGES; i++) {
		const struct said *s = &w->said[i];

		w->wrong +=
		    s->found != (failed(s) && s->at >= from && s->at < to);
	}
	return kv_error(txn);
}

static enum err
tamper(struct kv_txn *txn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_FAILURE, STR_NONE);
	uint8_t bytes[16];
	struct str key = {(char *)bytes, sizeof(bytes)};

	(void)arg;
	if (kv_seek(c, STR_NONE) && kv_key(c).n == sizeof(bytes))
		memcpy(bytes, kv_key(c).p, sizeof(bytes));
	kv_cursor_close(c);
	kv_del(txn, SP_FAILURE, key);
	bytes[15] ^= 0x55;
	kv_put(txn, SP_FAILURE, key, S("\1"));
	return kv_error(txn);
}

static int64_t
differences(struct world *w)
{
	uint64_t n = 0;

	return failures_check(w->kv, NULL, NULL, &n, NULL) == OK ? (int64_t)n
								 : -1;
}

int
main(void)
{
	struct kv_options options = {0};
	const char *seed = getenv("RAPPORT_SEED");
	struct world *w = mem_new(sizeof(*w));
	struct bits *who = bits_new();
	struct erase_in in = {.who = who, .mode = ERASE_FORGET, .at = START};
	uint64_t n;

	w->dice = seed ? strtoull(seed, NULL, 10) : random_u64() % 1000000;
	printf("# RAPPORT_SEED=%llu\n", (unsigned long long)w->dice);
	if (kv_open(&w->kv, &options, NULL) != OK)
		return 1;
	w->people = people_open(w->kv);
	is_int(kv_write(w->kv, fill, w, NULL), OK, "messages and deliveries");
	for (int i = 0; i < 50; i++)
		if (kv_read(w->kv, look, w, NULL) != OK)
			w->wrong++;
	is_int(w->wrong, 0, "those that failed, of any stretch, by time");
	is_int(differences(w), 0, "checked");
	is_int(kv_write(w->kv, tamper, NULL, NULL), OK, "one goes, one comes");
	is_int(differences(w), 2, "both are seen");
	is_int(failures_build(w->kv, NULL), OK, "made anew");
	is_int(differences(w), 0, "as it was");
	bits_add(who, w->ids[3]);
	is_int(users_erase(w->people, w->kv, &in, &n, NULL), OK, "erased");
	for (unsigned i = 0; i < MESSAGES; i++)
		w->said[i].gone = w->said[i].user == 3;
	for (int i = 0; i < 50; i++)
		if (kv_read(w->kv, look, w, NULL) != OK)
			w->wrong++;
	is_int(w->wrong, 0, "with them their messages");
	is_int(differences(w), 0, "and nothing else");
	bits_free(who);
	people_close(w->people);
	kv_close(w->kv);
	free(w);
	return done_testing();
}
