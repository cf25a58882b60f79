/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is kept of the erased: it is what chats and timelines said before, in
 * any order; the ledger of it is made again when it is damaged or gone; what
 * nothing can be made of is missed when it is damaged or gone; and a store of
 * a build that kept a row a person beside the ledger becomes one of this.
 */
#include <rapport/chats/counters.h>
#include <rapport/chats/erased.h>
#include <rapport/chats/waits.h>

#include "t/dice.h"
#include "t/tap.h"

#define USERS 60u
#define START INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */

struct world {
	struct kv *kv;
	struct people *people;
	uint64_t dice, seed;
	uint32_t ids[USERS];
	unsigned messages, failed, done, runs; /* of those who go */
	enum kv_space space; /* to break: the first key that begins with head */
	struct str head;
	int how; /* 0 take it out, 1 turn a bit of its last byte */
	uint64_t sum, found, first;
};

static uint64_t
roll(struct world *w, uint64_t sides)
{
	return splitmix64(&w->dice) % sides;
}

static int64_t
instant(struct world *w)
{
	return START + (int64_t)roll(w, 4000) * (QUARTER_HOUR / 7);
}

static bool
goes(unsigned user)
{
	return user % 3 == 1;
}

/* Somebody's ----------------------------------------------------------------
 */

static void
fill_message(struct world *w, struct batch *b, struct chat_batch *c, unsigned u,
	     unsigned i)
{
	struct arena *a = batch_arena(b);
	bool in = i == 0 || roll(w, 2) == 0, failed = !in && roll(w, 2) == 0,
	     duplicate;
	struct message_event m = {.chat_id = arena_printf(a, "c%u", u),
				  .message_id = arena_printf(a, "m%u-%u", u, i),
				  .person = in ? PERSON_USER : PERSON_BOT,
				  .person_id = arena_printf(a, "zqx%u.", u),
				  .text = S("zqx secret"),
				  .template = !in && roll(w, 3) == 0,
				  .at = instant(w)};
	struct delivery_event d = {.message_id = m.message_id,
				   .status = FAILED,
				   .at = m.at,
				   .code = S("131"),
				   .title = S("zqx title")};

	if (message_apply(c, &m, &duplicate, NULL) != OK ||
	    (failed && delivery_apply(c, &d, NULL) != OK))
		ok(false, "a message");
	w->messages += goes(u) && in;
	w->failed += goes(u) && failed;
}

static void
fill_trail(struct world *w, struct batch *b, struct chat_batch *c,
	   uint32_t user, unsigned u)
{
	static const struct {
		const char *head, *name, *json;
	} all[] = {
	    {"event", "signup", "{\"type\":\"event\",\"name\":\"signup\"}"},
	    {"flow", "tour",
	     "{\"type\":\"flow\",\"flow\":\"tour\",\"event\":\"started\","
	     "\"runId\":\"zqx\",\"cause\":\"keyword\"}"},
	    {"end", "tour",
	     "{\"type\":\"flow\",\"flow\":\"tour\",\"event\":\"completed\","
	     "\"runId\":\"zqx\"}"},
	};
	unsigned n[COUNT(all)] = {0};

	for (unsigned i = (unsigned)roll(w, 6); i > 0; i--) {
		size_t k = roll(w, COUNT(all));
		int64_t at = instant(w);
		struct activity_name name;

		if (activity_name(c, all[k].head, str_of(all[k].name), &name,
				  NULL) != OK)
			ok(false, "a name");
		batch_trail(b, user, at, str_of(all[k].json));
		activity_did(c, &name, user, at);
		n[k]++;
	}
	w->done += goes(u) ? n[0] + n[1] : 0;
	w->runs += goes(u) && n[1] + n[2] > 0; /* of one runId */
}

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	w->dice = w->seed;
	w->messages = w->failed = w->done = w->runs = 0;
	for (unsigned u = 0; u < USERS; u++) {
		struct arena *a = batch_arena(b);
		uint32_t user;

		if (batch_user(b, arena_printf(a, "zqx%u.", u), &user, NULL) !=
		    OK)
			ok(false, "a user");
		w->ids[u] = user;
		for (unsigned i = 0; i < 2 + roll(w, 9); i++)
			fill_message(w, b, c, u, i);
		fill_trail(w, b, c, user, u);
	}
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return kv_error(txn);
}

static void
erase(struct world *w)
{
	struct bits *who = bits_new();
	struct erase_in in = {
	    .who = who, .mode = ERASE_KEEP_TOTALS, .at = START * 2};
	uint64_t n;

	for (unsigned u = 0; u < USERS; u++)
		if (goes(u))
			bits_add(who, w->ids[u]);
	is_int(users_erase(w->people, w->kv, &in, &n, NULL), OK, "erased");
	is_int((int64_t)n, USERS / 3, "a third of them");
	bits_free(who);
}

/* What is kept ---------------------------------------------------------------
 */

struct tally {
	uint64_t people, messages, others, runs, failed, sum;
};

static bool
add_person(void *arg, uint32_t number, const struct erased_person *e)
{
	struct tally *t = arg;

	t->people++;
	t->sum += hash64((struct str){(const char *)&number, 4}) *
		  (uint64_t)(e->gone + 2 * e->first + e->phone);
	return true;
}

static bool
add_deed(void *arg, uint32_t number, uint16_t kind, int64_t at)
{
	struct tally *t = arg;

	t->messages += kind == ACTIVITY_MESSAGE;
	t->others += kind >= ACTIVITY_NAMED;
	t->sum += (number + 1) * (uint64_t)at * kind;
	return true;
}

static bool
add_run(void *arg, uint32_t number, const struct run *r)
{
	struct tally *t = arg;

	t->runs += str_eq(r->flow, S("tour"));
	t->sum += (number + 1) * (uint64_t)(r->started + 3 * r->over);
	return true;
}

static bool
add_failure(void *arg, const struct erased_failure *f)
{
	struct tally *t = arg;

	t->failed += str_eq(f->code, S("131")) ? f->n : 0;
	t->sum += (f->number + 1) * (uint64_t)f->quarter;
	return true;
}

static bool
add_page(void *arg, const struct ledger_page *p)
{
	struct tally *t = arg;

	for (size_t i = 0; i < p->n; i++)
		t->sum += ledger_entry(p, i) * (uint64_t)p->day;
	return true;
}

static bool
add_count(void *arg, int64_t quarter, const struct message_counts *c)
{
	struct tally *t = arg;

	for (size_t i = 0; i < MESSAGE_CLASSES; i++)
		t->sum += c->n[i] * (uint64_t)quarter * (i + 1);
	return true;
}

static enum err
tally_body(struct kv_txn *txn, void *arg)
{
	struct arena a;

	arena_init(&a);
	erased_each(txn, add_person, arg);
	ledger_walk(txn, LEDGER_ERASED, ACTIVITY_MESSAGE, INT32_MIN, INT32_MAX,
		    NULL, add_page, arg);
	message_counts(txn, INT32_MIN, INT32_MAX, add_count, arg);
	erased_deeds(txn, add_deed, arg);
	erased_runs(txn, &a, add_run, arg);
	erased_failures(txn, add_failure, arg);
	arena_fini(&a);
	return kv_error(txn);
}

static struct tally
tally(struct world *w)
{
	struct tally t = {0};
	struct fault f = {0};

	if (kv_read(w->kv, tally_body, &t, &f) != OK)
		ok(false, "all that is kept is read: %s", f.text);
	return t;
}

static void
quiet(void *arg, struct str sentence)
{
	(void)arg;
	printf("# %.*s\n", STR_ARG(sentence));
}

static uint64_t
differences(struct world *w)
{
	uint64_t n = 0;

	is_int(erased_check(w->kv, quiet, NULL, &n, NULL), OK, "looked at");
	return n;
}

/* Broken --------------------------------------------------------------------
 */

static enum err
break_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct kv_cursor *c = kv_cursor(txn, w->space, w->head);
	uint8_t value[40000];
	char key[64];
	size_t n = 0, k = 0;

	w->found = kv_seek(c, STR_NONE);
	if (w->found) {
		k = kv_key(c).n;
		n = kv_value(c).n;
		memcpy(key, kv_key(c).p, k);
		memcpy(value, kv_value(c).p, n);
		value[n - 1] ^= 1;
	}
	kv_cursor_close(c);
	if (w->how == 0)
		kv_del(txn, w->space, (struct str){key, k});
	else
		kv_put(txn, w->space, (struct str){key, k},
		       (struct str){(char *)value, n});
	return kv_error(txn);
}

static enum err
remake(struct world *w)
{
	struct reindex_in in = {.memory = 1u << 20, .tmp_dir = "/tmp"};

	return store_reindex(w->people, w->kv, &in, NULL);
}

static void
broken(struct world *w, enum kv_space space, const char *head, bool lost)
{
	static const char *const hows[] = {"is gone", "is another"};
	struct tally before = tally(w), after;

	w->space = space;
	w->head = str_of(head);
	for (w->how = 0; w->how < 2; w->how++) {
		is_int(kv_write(w->kv, break_body, w, NULL), OK,
		       "%s: something %s", head, hows[w->how]);
		ok(w->found && differences(w) > 0, "and it is missed");
		is_int(remake(w), OK, "all is made anew");
		is_int((int64_t)differences(w), 0, "which is as it should be");
		after = tally(w);
		is_int(memcmp(&before, &after, sizeof(after)) == 0, !lost,
		       lost ? "but for what is lost" : "and nothing is lost");
		before = after;
	}
}

/* An earlier build ----------------------------------------------------------
 */

static bool
old_person(void *arg, uint32_t number, const struct erased_person *e)
{
	uint8_t key[5], value[18];
	struct wr k = wr_of(key, sizeof(key)), v = wr_of(value, sizeof(value));

	wr_u8(&k, 'h');
	wr_be32(&k, number);
	wr_u8(&v, 1);
	wr_be64(&v, (uint64_t)e->gone ^ UINT64_C(1) << 63);
	wr_be64(&v, (uint64_t)e->first ^ UINT64_C(1) << 63);
	wr_u8(&v, e->phone);
	kv_put(arg, SP_COUNTER, wr_out(&k), wr_out(&v));
	return true;
}

static enum err
age_body(struct kv_txn *txn, void *arg)
{
	struct kv_cursor *c;

	erased_each(txn, old_person, txn);
	kv_put(txn, SP_COUNTER, S("H"), S("\1\24"));
	c = kv_cursor(txn, SP_ERASED, STR_NONE);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		kv_del(txn, SP_ERASED, kv_key(c));
	kv_cursor_close(c);
	kv_del(txn, SP_META, S("parts"));
	(void)arg;
	return kv_error(txn);
}

static void
upgraded(struct world *w)
{
	struct reindex_in in = {.memory = 1u << 20, .tmp_dir = "/tmp"};
	struct tally before = tally(w), after;

	is_int(kv_write(w->kv, age_body, w, NULL), OK, "a store of before");
	ok(differences(w) > 0, "is not one of this build");
	is_int(store_upgrade(w->people, w->kv, &in, NULL, NULL), OK,
	       "is brought up to date");
	is_int((int64_t)differences(w), 0, "and whole");
	after = tally(w);
	is_int((int64_t)after.people, (int64_t)before.people, "as many people");
	is_int((int64_t)(after.others + after.runs + after.failed), 0,
	       "of whom is kept what was kept");
	is_int(kv_write(w->kv, fill, w, NULL), OK, "people once more");
	erase(w);
	after = tally(w);
	is_int((int64_t)after.people, (int64_t)before.people + USERS / 3,
	       "others go beside them");
	is_int((int64_t)after.runs, w->runs, "with their runs");
	is_int((int64_t)differences(w), 0, "and it is whole");
}

/* ----------------------------------------------------------------------------
 */

static enum err
hunt_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_ERASED, STR_NONE);

	w->found = w->sum = 0;
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		w->found += str_find(kv_value(c), S("zqx"), NULL);
		w->sum++;
	}
	kv_cursor_close(c);
	return kv_error(txn);
}

int
main(void)
{
	const char *seed = getenv("RAPPORT_SEED");
	struct kv_options o = {.dir = NULL};
	struct world w = {0};
	struct fault f = {0};
	struct tally t;

	w.seed = seed ? strtoull(seed, NULL, 10) : random_u64();
	printf("# RAPPORT_SEED=%llu\n", (unsigned long long)w.seed);
	if (kv_open(&w.kv, &o, &f) != OK) {
		printf("Bail out! %s\n", f.text);
		return 1;
	}
	w.people = people_open(w.kv);
	is_int(kv_write(w.kv, fill, &w, NULL), OK, "people");
	is_int((int64_t)differences(&w), 0, "of nobody nothing");
	erase(&w);
	t = tally(&w);
	is_int((int64_t)t.people, USERS / 3, "as many are kept as went");
	is_int((int64_t)t.messages, w.messages, "all they wrote");
	is_int((int64_t)t.others, w.done, "all they did and started");
	is_int((int64_t)t.runs, w.runs, "their runs");
	is_int((int64_t)t.failed, w.failed, "what failed");
	is_int(kv_read(w.kv, hunt_body, &w, NULL), OK, "looked through");
	ok(w.sum > USERS && w.found == 0, "no word or id of theirs");
	is_int((int64_t)differences(&w), 0, "and it is whole");
	broken(&w, SP_COUNTER, "g", false);
	broken(&w, SP_COUNTER, "e", true);
	broken(&w, SP_ERASED, "d", true);
	broken(&w, SP_ERASED, "r", true);
	broken(&w, SP_ERASED, "l", true);
	upgraded(&w);
	people_close(w.people);
	kv_close(w.kv);
	return done_testing();
}
