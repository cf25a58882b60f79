/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Users erased with their chats: in slices, with a certificate each, while the
 * rest stays whole; and the chats after a merge and after it was undone.
 */
#include <rapport/chats.h>

#include "t/tap.h"

#define USERS 9000u /* half of them are more than two slices */
#define T(s) ((int64_t)(s)*SECOND_US)

struct world {
	struct kv *kv;
	struct people *people;
	uint32_t merge;
};

static void
talk(struct world *w, struct chat_batch *c, struct arena *a, unsigned u)
{
	struct chat_event chat = {.at = T(u),
				  .opened = INSTANT_NONE,
				  .closed = INSTANT_NONE,
				  .snoozed = INSTANT_NONE};
	bool duplicate;

	chat.user_id = arena_printf(a, "zqx%u.", u);
	for (unsigned k = 0; k <= u % 3; k++) {
		chat.chat_id = arena_printf(a, "zqx%u.-%u", u, k);
		if (chat_apply(c, &chat, NULL) != OK)
			ok(false, "a chat of user %u", u);
		for (unsigned i = 0; i < 2; i++) {
			struct message_event m = {.chat_id = chat.chat_id,
						  .person_id = chat.user_id,
						  .person = PERSON_USER,
						  .text = chat.user_id,
						  .at = T(10 * u + i)};

			m.message_id = arena_printf(a, "zqx%u.-%u-%u", u, k, i);
			if (message_apply(c, &m, &duplicate, NULL) != OK)
				ok(false, "a message of user %u", u);
		}
	}
	(void)w;
}

static enum err
fill_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	for (unsigned u = 1; u <= USERS; u++)
		talk(w, c, batch_arena(b), u);
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return kv_error(txn);
}

static void
report(void *arg, struct str sentence)
{
	(void)arg;
	printf("# %.*s\n", STR_ARG(sentence));
}

static void
is_whole(struct world *w)
{
	struct fault f = {0};
	uint64_t n = 1;

	is_int(people_check(w->people, 1u << 20, "/tmp", report, NULL, &n, &f),
	       OK, "the people are looked at");
	is_int((int64_t)n, 0, "and whole");
	is_int(chats_check(w->people, w->kv, report, NULL, &n, &f), OK,
	       "so are the chats");
	is_int((int64_t)n, 0, "and whole");
}

/* Erasing ------------------------------------------------------------------ */

struct tally {
	uint64_t n, chats, messages, last, calls;
	uint64_t stop_at;
};

static void
erased(void *arg, const struct erasure *e)
{
	struct tally *t = arg;

	if (e->id <= t->last || e->chats != 1 + e->id % 3 ||
	    e->messages != 2 * e->chats || e->at != T(7))
		ok(false, "the certificate of user %u", e->id);
	t->last = e->id;
	t->n++;
	t->chats += e->chats;
	t->messages += e->messages;
}

static bool
go(void *arg, uint64_t done, uint64_t total)
{
	struct tally *t = arg;

	t->calls++;
	return done <= total && (t->stop_at == 0 || done < t->stop_at);
}

struct hunt {
	uint64_t hits[USERS + 1];
};

/* Every "zqxN." in every key and value counts for user N. */
static void
hunt_in(struct hunt *h, struct str s)
{
	size_t at;

	while (str_find(s, S("zqx"), &at)) {
		unsigned u = 0;

		s = str_cut(s, at + 3, s.n);
		for (; s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9';
		     s = str_cut(s, 1, s.n))
			u = 10 * u + (unsigned)(s.p[0] - '0');
		if (u <= USERS)
			h->hits[u]++;
	}
}

static enum err
hunt_body(struct kv_txn *txn, void *arg)
{
	*(struct hunt *)arg = (struct hunt){0};
	for (int i = 0; i < SP_COUNT; i++) {
		struct kv_cursor *c =
		    kv_cursor(txn, (enum kv_space)i, STR_NONE);

		for (bool more = kv_seek(c, STR_NONE); more;
		     more = kv_next(c)) {
			hunt_in(arg, kv_key(c));
			hunt_in(arg, kv_value(c));
		}
		kv_cursor_close(c);
	}
	return kv_error(txn);
}

/* Even users go; the odd ones stay. */
static void
test_erase(struct world *w)
{
	struct hunt *h = mem_new(sizeof(*h));
	struct tally t = {.stop_at = 1};
	struct bits *who = bits_new();
	struct erase_in in = {
	    .who = who, .at = T(7), .go = go, .erased = erased, .arg = &t};
	struct fault f = {0};
	uint64_t n = 0, first, left = 0, gone = 0;

	for (uint32_t id = 2; id <= USERS; id += 2)
		bits_add(who, id);
	bits_add(who, USERS + 9); /* nobody */
	is_int(users_erase(w->people, w->kv, &in, &n, &f), ERR_CANCELLED,
	       "stopped after a slice");
	ok(n > 0 && n < USERS / 2 && n == t.n, "of %u", (unsigned)n);
	is_whole(w);
	first = n;
	t.stop_at = t.last = t.calls = 0;
	f = (struct fault){0};
	is_int(users_erase(w->people, w->kv, &in, &n, &f), OK, "and the rest");
	is_int((int64_t)(n + first), USERS / 2, "all of them, once");
	is_int((int64_t)t.n, USERS / 2, "a certificate each");
	ok(t.calls > 1, "in slices");
	/* ids 2, 4 … 9000: 1 + id % 3 chats is 2 on the average, 4 messages */
	is_int((int64_t)t.chats, USERS, "with their chats");
	is_int((int64_t)t.messages, 2 * USERS, "and messages");
	is_int(kv_read(w->kv, hunt_body, h, &f), OK, "the store is searched");
	for (uint32_t id = 1; id <= USERS; id++)
		if (id % 2 == 0)
			left += h->hits[id];
		else
			gone += h->hits[id] == 0;
	is_int((int64_t)left, 0, "and holds nothing of those");
	is_int((int64_t)gone, 0, "and something of each of the others");
	is_whole(w);
	bits_free(who);
	free(h);
}

/* Merging ------------------------------------------------------------------ */

static enum err
merge_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);
	enum err e = batch_merge(b, 5, 7, T(9), NULL);

	w->merge = batch_merge_id(b);
	chats_follow(c, 5, 7);
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return e;
}

static enum err
later_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);
	struct chat_event chat = {.chat_id = S("later"),
				  .user_id = S("zqx5."),
				  .at = T(90000),
				  .opened = INSTANT_NONE,
				  .closed = INSTANT_NONE,
				  .snoozed = INSTANT_NONE};
	enum err e = chat_apply(c, &chat, NULL);

	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return e;
}

static enum err
undo_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);
	struct merge m;
	enum err e = batch_merge_undo(b, w->merge, T(10), &m, NULL);

	if (e == OK)
		chats_part(c, m.from, m.into);
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return e;
}

struct facts {
	struct world *w;
	struct chat_facts of[2];
};

static enum err
facts_body(struct kv_txn *txn, void *arg)
{
	struct facts *f = arg;
	struct batch *b = batch_begin(f->w->people, txn, 0);

	batch_facts_get(b, 5, &f->of[0]);
	batch_facts_get(b, 7, &f->of[1]);
	batch_free(b);
	return OK;
}

static void
test_merge(struct world *w)
{
	struct facts f = {.w = w};

	is_int(kv_write(w->kv, merge_body, w, NULL), OK, "5 becomes 7");
	is_int(kv_write(w->kv, facts_body, &f, NULL), OK, "who has");
	is_int(f.of[1].chats, 3 + 2, "the chats of both");
	is_whole(w);
	is_int(kv_write(w->kv, later_body, w, NULL), OK, "5 comes again");
	is_int(kv_write(w->kv, undo_body, w, NULL), OK, "it is taken back");
	is_int(kv_write(w->kv, facts_body, &f, NULL), OK, "then");
	is_int(f.of[0].chats, 3 + 1, "5 has its own and the one since");
	is_int((int64_t)f.of[0].in, 6, "with its messages");
	is_int(f.of[0].last, T(90000), "up to then");
	is_int(f.of[1].chats, 2, "and 7 what it had");
	is_int((int64_t)f.of[1].in, 4, "with its messages");
	is_whole(w);
}

int
main(void)
{
	struct world w = {0};
	struct kv_options options = {.dir = NULL};
	struct fault f = {0};

	if (!ok(kv_open(&w.kv, &options, &f) == OK, "a store opens"))
		return done_testing();
	w.people = people_open(w.kv);
	is_int(kv_write(w.kv, fill_body, &w, &f), OK, "people and chats");
	is_whole(&w);
	test_erase(&w);
	test_merge(&w);
	people_close(w.people);
	kv_close(w.kv);
	return done_testing();
}
