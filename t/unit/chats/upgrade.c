/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Stores of earlier builds.  What a build makes from the records is taken out
 * of a store, and what says which parts are whole with it; nothing may then be
 * asked or written, and after the upgrade the store is, byte by byte, what it
 * was: also when the upgrade was killed at random again and again.  A store of
 * a later build is refused.
 */
#include <rapport/chats/archive.h>
#include <rapport/chats/counters.h>

#include "t/dice.h"
#include "t/tap.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define USERS 400u
#define CHATS 500u
#define MESSAGES 4000u
#define START INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */

enum {
	PARTS = 0
#define PART(CODE, number, version, name, takes) +1
#include <tbl/parts.h>
#undef PART
};

/* The version that this build has of the first. */
static const struct {
	uint8_t number, version;
} known[] = {
#define PART(CODE, number, version, name, takes) {number, version},
#include <tbl/parts.h>
#undef PART
};

static const char *const words[] = {"refund", "on",   "its",    "way",
				    "Straße", "返金", "please", "thanks",
				    "order",  "late"};

struct world {
	char dir[64];
	struct kv *kv;
	struct people *people;
	uint64_t dice, made;
	uint64_t takes; /* an upgrade, in microseconds */
	const char *key; /* of META, to put or take out */
	struct str value;
};

static uint64_t
roll(struct world *w, uint64_t sides)
{
	return splitmix64(&w->dice) % sides;
}

static void
world_open(struct world *w)
{
	struct kv_options o = {.dir = w->dir, .create = true};
	struct fault f = {0};

	if (kv_open(&w->kv, &o, &f) != OK) {
		printf("Bail out! %s\n", f.text);
		exit(1);
	}
	w->people = people_open(w->kv);
}

static void
world_shut(struct world *w)
{
	people_close(w->people);
	kv_close(w->kv);
}

/* A store with some of everything ------------------------------------------ */

static void
fill_user(struct world *w, struct batch *b, unsigned i)
{
	struct stamp from = {START, FROM_EVENT};
	struct value v = {.type = TYPE_TEXT};
	uint32_t id;

	v.text = arena_printf(batch_arena(b), "Ana %s %u", words[i % 10], i);
	if (batch_user(b, arena_printf(batch_arena(b), "u%u", i), &id, NULL) ==
	    OK)
		batch_set(b, id, catalog_by_id(people_catalog(w->people,
							      batch_txn(b)),
					       A_NAME),
			  &v, from);
}

static void
fill_message(struct world *w, struct batch *b, struct chat_batch *c)
{
	struct message_event m = {.at = START + (int64_t)roll(w, 40000000) *
						    1000000};
	unsigned chat = (unsigned)roll(w, CHATS);
	struct buf text;
	bool duplicate;

	buf_init(&text);
	for (size_t n = roll(w, 8); n > 0; n--)
		buf_printf(&text, "%s ", words[roll(w, COUNT(words))]);
	m.text = arena_str(batch_arena(b), buf_str(&text));
	buf_fini(&text);
	m.chat_id = arena_printf(batch_arena(b), "c%u", chat);
	m.person = roll(w, 3) == 0 ? PERSON_BOT : PERSON_USER;
	if (m.person == PERSON_USER)
		m.person_id = arena_printf(batch_arena(b), "u%u", chat % USERS);
	if (message_apply(c, &m, &duplicate, NULL) != OK)
		ok(false, "a message is taken");
}

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	for (unsigned i = 0; i < USERS; i++)
		fill_user(w, b, i);
	for (unsigned i = 0; i < MESSAGES; i++)
		fill_message(w, b, c);
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return kv_error(txn);
}

/* All that is kept, in one number. */
static enum err
sum_body(struct kv_txn *txn, void *arg)
{
	uint64_t *sum = arg;

	*sum = 0;
	for (int space = 0; space < SP_COUNT; space++) {
		struct kv_cursor *c =
		    kv_cursor(txn, (enum kv_space)space, STR_NONE);

		for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
			*sum = *sum * 31 + hash64(kv_key(c)) * 7 +
			       hash64(kv_value(c)) + (uint64_t)space;
		kv_cursor_close(c);
	}
	return kv_error(txn);
}

static uint64_t
sum(struct world *w)
{
	uint64_t out = 0;

	is_int(kv_read(w->kv, sum_body, &out, NULL), OK, "all is read");
	return out;
}

/* An earlier build, which did not make any of it --------------------------- */

static void
drop(struct kv_txn *txn, enum kv_space space, struct str prefix)
{
	struct kv_cursor *c = kv_cursor(txn, space, prefix);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		kv_del(txn, space, kv_key(c));
	kv_cursor_close(c);
}

static enum err
age_body(struct kv_txn *txn, void *arg)
{
	const char activity[] = {(char)(A_ACTIVITY >> 8)};
	const char grams[] = {0, A_NAME, (char)LEVEL_GRAM};

	(void)arg;
	kv_del(txn, SP_META, S("parts"));
	drop(txn, SP_WORD, STR_NONE);
	drop(txn, SP_COUNTER, STR_NONE);
	drop(txn, SP_CHATKEY, S("c")); /* cards */
	drop(txn, SP_CHATKEY, S("w")); /* that the archive is whole */
	drop(txn, SP_ACTIVITY, S("i"));
	drop(txn, SP_POST, (struct str){activity, sizeof(activity)});
	drop(txn, SP_POST, (struct str){grams, sizeof(grams)});
	return kv_error(txn);
}

static void
count_made(void *arg, const char *name)
{
	struct world *w = arg;

	(void)name;
	w->made++;
}

static enum err
upgrade(struct world *w, struct fault *f)
{
	struct reindex_in in = {
	    .memory = 1u << 20, .tmp_dir = w->dir, .arg = w};

	return store_upgrade(w->people, w->kv, &in, count_made, f);
}

static enum err
ask_body(struct kv_txn *txn, void *arg)
{
	people_catalog(((struct world *)arg)->people, txn);
	return kv_error(txn);
}

static enum err
write_body(struct kv_txn *txn, void *arg)
{
	batch_free(batch_begin(((struct world *)arg)->people, txn, 0));
	return kv_error(txn);
}

static enum err
meta_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;

	kv_put(txn, SP_META, str_of(w->key), w->value);
	return kv_error(txn);
}

static void
refused(struct world *w, enum err want, const char *what)
{
	is_int(kv_read(w->kv, ask_body, w, NULL), want, "%s: not asked", what);
	is_int(kv_write(w->kv, write_body, w, NULL), want, "%s: not written", what);
}

static void
test_aged(struct world *w, uint64_t before)
{
	struct fault f = {0};

	is_int(upgrade(w, &f), OK, "a whole store");
	is_int(w->made, 0, "has nothing made");
	is_int(kv_write(w->kv, age_body, NULL, &f), OK, "an earlier one");
	refused(w, ERR_BEHIND, "an earlier store");
	ok(sum(w) != before, "control: it is another store");
	w->takes = (uint64_t)clock_now();
	is_int(upgrade(w, &f), OK, "is brought up to date");
	w->takes = (uint64_t)clock_now() - w->takes;
	is_int(w->made, PARTS, "in every part");
	ok(sum(w) == before, "and is the same again");
	is_int(kv_read(w->kv, ask_body, w, &f), OK, "and answers");
}

/* Killed after some microseconds; whether it had ended before. */
static bool
killed(struct world *w, uint64_t micros)
{
	struct itimerval t = {
	    .it_value = {.tv_sec = (time_t)(micros / 1000000),
			 .tv_usec = (suseconds_t)(micros % 1000000)}};
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct fault f = {0};

		world_open(w);
		setitimer(ITIMER_REAL, &t, NULL); /* SIGALRM ends it */
		_exit(upgrade(w, &f) == OK ? 0 : 1);
	}
	waitpid(child, &status, 0);
	if (WIFEXITED(status))
		is_int(WEXITSTATUS(status), 0, "an upgrade to its end");
	return WIFEXITED(status);
}

static void
test_killed(struct world *w, uint64_t before)
{
	unsigned kills = 0, ends = 0;

	for (unsigned i = 0; i < 60 && kills < 15; i++) {
		is_int(kv_write(w->kv, age_body, NULL, NULL), OK, "earlier");
		world_shut(w);
		for (unsigned k = 0; k < 4; k++) {
			bool ended = killed(w, 1 + roll(w, w->takes));

			kills += !ended;
			ends += ended;
		}
		world_open(w);
		is_int(upgrade(w, NULL), OK, "gone on with");
		ok(sum(w) == before, "it is the same again");
	}
	printf("# %u kills, %u ends, %" PRIu64 " us\n", kills, ends, w->takes);
	ok(kills >= 15, "some were killed");
}

static void
test_newer(struct world *w)
{
	const char next[] = {1, (char)known[0].number, 0,
			     (char)(known[0].version + 1)};
	const struct str later[] = {
	    {next, sizeof(next)},	  /* one more than is known */
	    {"\1\310\0\1", 4}, /* a part not known */
	};

	w->key = "parts";
	for (size_t i = 0; i < COUNT(later); i++) {
		w->value = later[i];
		is_int(kv_write(w->kv, meta_body, w, NULL), OK, "a later one");
		refused(w, ERR_NEWER, "a later store");
		is_int(upgrade(w, NULL), ERR_NEWER, "nor upgraded");
	}
	w->value = (struct str){"\1\1\0", 3};
	is_int(kv_write(w->kv, meta_body, w, NULL), OK, "a damaged one");
	refused(w, ERR_CORRUPT, "a damaged store");
}

int
main(void)
{
	struct world w = {.dice = (uint64_t)getpid()};
	struct reindex_in in = {.memory = 1u << 20};
	static const char *const files[] = {"data.mdb", "lock.mdb",
					    "process"};
	uint64_t before;

	printf("# seed %" PRIu64 "\n", w.dice);
	snprintf(w.dir, sizeof(w.dir), "/tmp/upgrade-XXXXXX");
	if (!mkdtemp(w.dir))
		return 1;
	in.tmp_dir = w.dir;
	world_open(&w);
	is_int(kv_read(w.kv, ask_body, &w, NULL), OK, "an empty store is whole");
	is_int(kv_write(w.kv, fill, &w, NULL), OK, "people and chats");
	is_int(store_reindex(w.people, w.kv, &in, NULL), OK, "all made anew");
	before = sum(&w);
	test_aged(&w, before);
	test_killed(&w, before);
	test_newer(&w);
	world_shut(&w);
	for (size_t i = 0; i < COUNT(files); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", w.dir, files[i]);
		unlink(path);
	}
	is_int(rmdir(w.dir), 0, "nothing else is left in its folder");
	return done_testing();
}
