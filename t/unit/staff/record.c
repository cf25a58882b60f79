/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Export records: there before the first byte, finished once, never changed
 * after, and seen to have failed when the process that made them is gone.
 */
#include "house.h"

#include <sys/wait.h>

struct shown {
	uint64_t id;
	struct arena arena;
	struct record r, page[4];
	size_t n;
	uint64_t total, before;
	bool there;
};

static enum err
show_fn(struct kv_txn *txn, void *arg)
{
	struct shown *s = arg;

	s->there = record_get(txn, &s->arena, s->id, &s->r);
	s->r.purpose = arena_str(&s->arena, s->r.purpose);
	s->n = records_page(txn, &s->arena, s->before, s->page, COUNT(s->page),
			    &s->total);
	return OK;
}

static void
show(struct house *h, struct shown *s, uint64_t id)
{
	s->id = id;
	look(h, show_fn, s);
}

/* A text longer than one value of the store may be. */
static struct str
long_text(struct arena *a, size_t n)
{
	char *p = arena_get(a, n);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + i % 23);
	return (struct str){p, n};
}

static void
story(struct house *h, struct shown *s)
{
	struct record r = {.what = S("users"),
			   .filter = long_text(&s->arena, 150000),
			   .ids = S("[1,2]"),
			   .sentence = S("Country is France"),
			   .columns = S("default_name,default_email"),
			   .format = S("csv"),
			   .purpose = S("monthly report to the board"),
			   .locked = true,
			   .total = 12};
	uint64_t id = 0;

	is_int(record_begin(h->staff, &h->by, &r, &id, NULL), OK, "begun");
	is_int(id, 1, "the first");
	show(h, s, id);
	ok(s->there, "and there");
	is_int(s->r.state, RECORD_RUNNING, "running");
	is_int(s->r.total, 12, "of twelve");
	is_str(s->r.filter, r.filter, "a filter over several values, whole");
	is_str(s->r.ids, r.ids, "ids");
	is_str(s->r.purpose, r.purpose, "why");
	is_int(s->r.finished, INSTANT_NONE, "not finished");
	is_int(record_progress(h->staff, id, 5, 500, NULL), OK, "progress");
	show(h, s, id);
	is_int(s->r.rows, 5, "is seen");
	is_int(record_cancel(h->staff, &h->by, id, NULL), OK, "asked to stop");
	is_int(record_progress(h->staff, id, 6, 600, NULL), ERR_CANCELLED,
	       "and told so");
	is_int(
	    record_finish(h->staff, &h->by, id, RECORD_CANCELLED, 6, 600, NULL),
	    OK, "finished");
	show(h, s, id);
	is_int(s->r.state, RECORD_CANCELLED, "as cancelled");
	is_int(s->r.finished, NOW, "now");
	is_int(record_finish(h->staff, &h->by, id, RECORD_DONE, 12, 900, NULL),
	       ERR_CONFLICT, "a finished one is not changed");
	is_int(record_progress(h->staff, id, 7, 700, NULL), ERR_CONFLICT,
	       "in no way");
	is_int(record_cancel(h->staff, &h->by, id, NULL), ERR_CONFLICT,
	       "nor cancelled");
	is_int(record_cancel(h->staff, &h->by, 77, NULL), ERR_NOT_FOUND,
	       "one that never was");
}

/* The record of a process that is gone: flip its number in the bytes. */
static void
gone(struct house *h, struct shown *s)
{
	struct record r = {.what = S("users"), .purpose = S("testing this")};
	uint64_t id = 0;
	struct buf b;
	pid_t child;
	uint32_t pid;

	is_int(record_begin(h->staff, &h->by, &r, &id, NULL), OK, "begun");
	show(h, s, id);
	is_int(s->r.state, RECORD_RUNNING, "we live, it runs");
	child = fork();
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	pid = (uint32_t)child;
	buf_init(&b);
	raw_get(h, SP_RECORD, S("h\0\0\0\0\0\0\0\x02"), &b);
	/* version state flags kind who[4] five numbers[8]: then the process */
	for (int i = 0; i < 4; i++)
		b.p[48 + i] = (char)(pid >> (24 - 8 * i));
	ok(raw_put(h, SP_RECORD, S("h\0\0\0\0\0\0\0\x02"), buf_str(&b)) == OK,
	   "now by a process that is gone");
	show(h, s, id);
	is_int(s->r.state, RECORD_FAILED, "is seen to have failed");
	is_int(record_cancel(h->staff, &h->by, id, NULL), ERR_CONFLICT,
	       "and cannot be cancelled");
	buf_fini(&b);
}

static void
pages(struct house *h, struct shown *s)
{
	struct record r = {.what = S("users"), .purpose = S("testing this")};
	uint64_t id = 0;

	for (int i = 3; i <= 6; i++)
		if (record_begin(h->staff, &h->by, &r, &id, NULL) != OK)
			ok(false, "begun");
	s->before = 0;
	show(h, s, 1);
	is_int(s->total, 6, "all are counted");
	is_int(s->n, 4, "a page");
	is_int(s->page[0].id, 6, "newest first");
	is_int(s->page[3].id, 3, "to the fourth");
	s->before = 3;
	show(h, s, 1);
	is_int(s->n, 2, "the rest");
	is_int(s->page[0].id, 2, "goes on where it was");
	is_int(s->page[1].id, 1, "to the first");
}

int
main(void)
{
	struct house h;
	struct shown s = {0};

	house_open(&h);
	arena_init(&s.arena);
	story(&h, &s);
	gone(&h, &s);
	pages(&h, &s);
	arena_fini(&s.arena);
	house_close(&h);
	return done_testing();
}
