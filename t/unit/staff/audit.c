/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The audit chain: any byte of any record changed, any record taken out, put
 * in, swapped or cut off the end is found, and the first bad one is named.
 */
#include "house.h"

#define RECORDS 60u

static struct str
number(uint64_t n, uint8_t room[8])
{
	struct wr w = wr_of(room, 8);

	wr_be64(&w, n);
	return wr_out(&w);
}

static uint64_t
first_bad(struct house *h)
{
	uint64_t records = 0, bad = 0;
	enum err e = staff_audit_verify(h->staff, &records, &bad, NULL);

	if ((e == OK) != (bad == 0))
		ok(false, "error and number agree");
	return bad;
}

static void
fill(struct house *h)
{
	struct label l;

	for (unsigned i = 2; i <= RECORDS; i++)
		if (audit_write(h->staff, &h->by, "test",
				label_of(&l, "thing", i), S("because"),
				S("done"), NULL) != OK)
			ok(false, "a record is written");
}

/* Change one byte of a record, look, and put it back. */
static bool
tampered(struct house *h, uint64_t n, size_t at, uint8_t mask)
{
	uint8_t room[8];
	struct str key = number(n, room);
	struct buf was, is;
	bool found;

	buf_init(&was);
	buf_init(&is);
	raw_get(h, SP_AUDIT, key, &was);
	buf_put(&is, buf_str(&was));
	is.p[at % is.n] ^= (char)mask;
	if (raw_put(h, SP_AUDIT, key, buf_str(&is)) != OK)
		abort();
	found = first_bad(h) == n;
	if (raw_put(h, SP_AUDIT, key, buf_str(&was)) != OK)
		abort();
	buf_fini(&was);
	buf_fini(&is);
	return found;
}

static void
bytes(struct house *h)
{
	uint64_t seed = random_u64();
	unsigned missed = 0;

	printf("# seed %" PRIu64 "\n", seed);
	for (unsigned i = 0; i < 500; i++) {
		uint64_t r = hash64((struct str){(char *)&seed, 8});

		missed += !tampered(h, 1 + r % RECORDS, (size_t)(r >> 8) % 4096,
				    (uint8_t)(1u << ((r >> 40) % 8)));
		seed = r;
	}
	is_int(missed, 0, "500 changed bits, each found in its record");
	is_int(first_bad(h), 0, "all put back: the chain is good");
}

static void
moved(struct house *h)
{
	uint8_t ra[8], rb[8];
	struct buf a, b;

	buf_init(&a);
	buf_init(&b);
	raw_get(h, SP_AUDIT, number(20, ra), &a);
	raw_get(h, SP_AUDIT, number(30, rb), &b);
	ok(raw_put(h, SP_AUDIT, number(20, ra), STR_NONE) == OK, "take out");
	is_int(first_bad(h), 20, "one that is missing is found");
	ok(raw_put(h, SP_AUDIT, number(20, ra), buf_str(&b)) == OK &&
	       raw_put(h, SP_AUDIT, number(30, rb), buf_str(&a)) == OK,
	   "swap");
	is_int(first_bad(h), 20, "two that are swapped are found");
	ok(raw_put(h, SP_AUDIT, number(20, ra), buf_str(&a)) == OK &&
	       raw_put(h, SP_AUDIT, number(30, rb), buf_str(&b)) == OK,
	   "back");
	ok(raw_put(h, SP_AUDIT, number(RECORDS + 1, ra), buf_str(&b)) == OK,
	   "put in");
	is_int(first_bad(h), RECORDS + 1, "one that is too many is found");
	ok(raw_put(h, SP_AUDIT, number(RECORDS + 1, ra), STR_NONE) == OK,
	   "back");
	buf_fini(&a);
	buf_fini(&b);
}

/* Cut the last record off, and the head with it, as somebody would who can
 * write to the store but has not the key. */
static void
cut(struct house *h)
{
	uint8_t room[8];
	struct buf head, last, before;

	buf_init(&head);
	buf_init(&last);
	buf_init(&before);
	raw_get(h, SP_META, S("a"), &head);
	raw_get(h, SP_AUDIT, number(RECORDS, room), &last);
	ok(raw_put(h, SP_AUDIT, number(RECORDS, room), STR_NONE) == OK, "cut");
	is_int(first_bad(h), RECORDS, "an end that is cut off is found");
	raw_get(h, SP_AUDIT, number(RECORDS - 1, room), &before);
	buf_put(&before, STR_NONE);
	/* version, number, hash of the record that is now last, old code */
	memcpy(head.p + 1, room, 8);
	memcpy(head.p + 9, before.p + before.n - 32, 32);
	ok(raw_put(h, SP_META, S("a"), buf_str(&head)) == OK, "forge the head");
	is_int(first_bad(h), RECORDS, "a head made to fit is found");
	buf_fini(&head);
	buf_fini(&last);
	buf_fini(&before);
}

struct seen {
	uint64_t n, last;
	struct audit newest;
	char act[32], object[32];
};

static bool
see(void *arg, const struct audit *a)
{
	struct seen *s = arg;

	if (s->n++ == 0) {
		s->newest = *a;
		snprintf(s->act, sizeof(s->act), "%.*s", STR_ARG(a->act));
		snprintf(s->object, sizeof(s->object), "%.*s",
			 STR_ARG(a->object));
	}
	s->last = a->seq;
	return true;
}

static enum err
read_all(struct kv_txn *txn, void *arg)
{
	audit_each(txn, 0, see, arg);
	return OK;
}

int
main(void)
{
	struct house h;
	struct seen s = {0};

	house_open(&h);
	is_int(first_bad(&h), 0, "the chain of a new house is good");
	fill(&h);
	is_int(first_bad(&h), 0, "and after more acts");
	look(&h, read_all, &s);
	is_int(s.n, RECORDS, "all are read");
	is_int(s.last, 1, "down to the first");
	is_int(s.newest.seq, RECORDS, "from the newest");
	is_int(s.newest.kind, WHO_COMMAND, "by whom");
	is_int(s.newest.at, NOW, "when");
	is_str(str_of(s.act), S("test"), "what");
	is_str(str_of(s.object), S("thing 60"), "on what");
	bytes(&h);
	moved(&h);
	is_int(first_bad(&h), 0, "good again");
	cut(&h);
	house_close(&h);
	return done_testing();
}
