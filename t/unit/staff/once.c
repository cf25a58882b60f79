/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Acts under a key: the first takes it together with its audit row, a second
 * one cannot commit, an act that fails leaves it free, and after a day it is
 * forgotten.  The control is the same act without a key.
 */
#include "house.h"

struct act {
	struct house *h;
	const struct by *by;
	bool fails;
};

static enum err
act_body(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;

	audit_put(a->h->staff, txn, a->by, "test", S("thing 7"), STR_NONE,
		  STR_NONE);
	return a->fails ? ERR_INVALID : kv_error(txn);
}

static enum err
act(struct house *h, const struct once *o, int64_t at, bool fails)
{
	struct by by = {.who = &h->who, .from = S(HOME), .at = at, .once = o};
	struct act a = {h, &by, fails};

	memset(&h->fault, 0, sizeof(h->fault));
	return kv_write(h->kv, act_body, &a, &h->fault);
}

static uint64_t
rows(struct house *h)
{
	uint64_t records, bad;

	if (staff_audit_verify(h->staff, &records, &bad, &h->fault) != OK)
		abort();
	return records;
}

static struct arena arena;

static struct once_kept
seen(struct house *h, const struct once *o, int64_t at)
{
	struct once_kept k;

	is_int(once_look(h->staff, o, at, &arena, &k, &h->fault), OK, "look");
	return k;
}

struct tally {
	size_t n;
	bool clear; /* of what stands in the store, none is in clear */
};

static enum err
tally_body(struct kv_txn *txn, void *arg)
{
	struct tally *t = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_ONCE, STR_NONE);

	*t = (struct tally){.clear = true};
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		t->n++;
		t->clear = t->clear && !str_find(kv_key(c), S("key-1"), NULL) &&
			   !str_find(kv_value(c), S("hunter2"), NULL);
	}
	kv_cursor_close(c);
	return kv_error(txn);
}

static struct tally
tally(struct house *h)
{
	struct tally t;

	if (kv_read(h->kv, tally_body, &t, NULL) != OK)
		abort();
	return t;
}

static void
test_once(struct house *h)
{
	const struct str request = S("POST /x {password: hunter2}");
	struct once a = once_of(h->staff, &h->who, S("key-1"), request);
	struct once b = once_of(h->staff, &h->who, S("key-1"), request);
	struct once_kept answer = {
	    .status = 201, .head = S("Location: /x/7\r\n"), .body = S("{}")};
	uint64_t before = rows(h);
	struct once_kept k;

	is_int(seen(h, &a, NOW).state, ONCE_FREE, "a new key is free");
	is_int(act(h, &a, NOW, true), ERR_INVALID, "an act that fails");
	is_int(seen(h, &a, NOW).state, ONCE_FREE, "leaves it free");
	is_int(act(h, &a, NOW, false), OK, "one that does not takes it");
	is_int(act(h, &a, NOW, false), OK, "and may have another audit row");
	is_int(act(h, &b, NOW, false), ERR_CONFLICT,
	       "a second act under it cannot commit");
	is_str(str_of(h->fault.path), S("Idempotency-Key"), "and says why");
	is_int(rows(h), before + 2, "nothing of it is there");
	is_int(act(h, NULL, NOW, false), OK, "without a key it could");
	is_int(rows(h), before + 3, "and would be there");
	k = seen(h, &b, NOW);
	is_int(k.state, ONCE_DONE, "who asks hears that it was done");
	is_str(k.object, S("thing 7"), "and what");
	is_int(once_keep(h->staff, &b, &answer, &h->fault), OK,
	       "an act that did not take it");
	is_int(seen(h, &a, NOW).state, ONCE_DONE, "has no answer to keep");
	is_int(once_keep(h->staff, &a, &answer, &h->fault), OK, "the first");
	k = seen(h, &b, NOW);
	is_int(k.state, ONCE_ANSWERED, "has");
	is_int(k.status, 201, "with its status");
	is_str(k.head, S("Location: /x/7\r\n"), "its headers");
	is_str(k.body, S("{}"), "and its body");
	is_str(k.object, S("thing 7"), "and still what it was");
	ok(tally(h).clear, "neither key nor request stand there in clear");
}

static void
test_whose(struct house *h)
{
	struct who other = {.kind = WHO_MANAGER, .id = h->owner};
	struct once a = once_of(h->staff, &h->who, S("key-1"), S("another"));
	struct once b = once_of(h->staff, &other, S("key-1"), S("another"));
	struct once c = once_of(h->staff, &h->who, S("key-2"), S("another"));

	is_int(seen(h, &a, NOW).state, ONCE_OTHER,
	       "another request under the key is told from the first");
	is_int(seen(h, &b, NOW).state, ONCE_FREE,
	       "keys of somebody else are others");
	is_int(seen(h, &c, NOW).state, ONCE_FREE, "and so are other keys");
}

static void
test_long(struct house *h)
{
	struct once a = once_of(h->staff, &h->who, S("long"), S("x"));
	struct once_kept answer = {.status = 200};
	char *room = mem_new(ONCE_ANSWER_MAX + 1);

	answer.body = (struct str){room, ONCE_ANSWER_MAX + 1};
	is_int(act(h, &a, NOW, false), OK, "an act");
	is_int(once_keep(h->staff, &a, &answer, &h->fault), OK,
	       "with an answer past the limit");
	is_int(seen(h, &a, NOW).state, ONCE_DONE, "is known to be done");
	answer.body.n--;
	is_int(once_keep(h->staff, &a, &answer, &h->fault), OK, "a shorter");
	is_int(seen(h, &a, NOW).body.n, ONCE_ANSWER_MAX, "is kept");
	free(room);
}

static void
test_forget(struct house *h)
{
	int64_t late = NOW + ONCE_LIFE;
	struct once a = once_of(h->staff, &h->who, S("key-1"), S("new"));
	size_t before = tally(h).n;

	is_int(once_sweep(h->staff, late - 1, &h->fault), OK, "a sweep");
	is_int(tally(h).n, before, "within the day forgets nothing");
	is_int(seen(h, &a, late).state, ONCE_FREE, "after it a key is free");
	is_int(act(h, &a, late, false), OK, "and can be taken anew");
	is_int(once_sweep(h->staff, late, &h->fault), OK, "then a sweep");
	is_int(seen(h, &a, late).state, ONCE_DONE, "leaves the new one");
	is_int(tally(h).n, 2, "and nothing else");
	is_int(once_sweep(h->staff, late + ONCE_LIFE, &h->fault), OK,
	       "until its day is over");
	is_int(tally(h).n, 0, "too");
}

int
main(void)
{
	struct house h;

	arena_init(&arena);
	house_open(&h);
	test_once(&h);
	test_whose(&h);
	test_long(&h);
	test_forget(&h);
	house_close(&h);
	arena_fini(&arena);
	return done_testing();
}
