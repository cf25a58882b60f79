/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bulk actions: who is touched and who is not, slices and leases, calling off,
 * what keeps a job from starting and from going on.
 */
#include "office.h"

#include "../../../src/query/job.h"

#define CROWD 12000u /* more than one piece */

static uint32_t crowd[CROWD];

struct some {
	size_t from, n;
};

static void
add_crowd(struct world *w, struct batch *b, void *arg)
{
	const struct some *s = arg;
	char name[32];
	struct fault f = {0};

	for (size_t i = s->from; i < s->from + s->n; i++) {
		snprintf(name, sizeof(name), "u%zu", i);
		if (batch_user(b, str_of(name), &crowd[i], &f) != OK)
			abort();
		snprintf(name, sizeof(name), "%zu", i);
		world_set(w, b, crowd[i], "n", str_of(name));
	}
}

static void
add_segments(struct world *w, struct batch *b, void *arg)
{
	batch_segment(b, crowd[0], S("Picked"), 1000000);
	batch_segment(b, crowd[1], S("Few"), 1000000);
	batch_segment(b, crowd[2], S("Few"), 1000000);
}

/* Counting by a filter ------------------------------------------------------- */

struct counting {
	const char *filter;
	uint64_t n;
};

static void
count_body(struct world *w, void *arg)
{
	struct counting *c = arg;
	struct filter *f;
	struct fault fault = {0};
	struct bits *b;

	if (filter_parse(w->q, str_of(c->filter), &f, &fault) != OK) {
		ok(false, "%s: %s", c->filter, fault.text);
		return;
	}
	b = filter_run(w->q, f);
	c->n = bits_count(b);
	bits_free(b);
}

static uint64_t
count(struct office *o, const char *filter)
{
	struct counting c = {.filter = filter};

	world_look(&o->w, count_body, &c);
	return c.n;
}

/* Jobs -------------------------------------------------------------------------- */

static uint32_t
start(struct office *o, const struct bulk_in *in)
{
	uint32_t id = 0;

	is_int(bulk_start(&o->desk, in, &id, &o->f), OK, "%s starts: %s",
	       job_kind_name(in->kind), o->f.text);
	return id;
}

static bool
step(struct office *o, int64_t budget)
{
	bool worked = false;
	struct fault f = {0};
	enum err e = jobs_run_one(o->staff, o->w.people, budget, NULL, &worked,
				  &f);

	if (e != OK)
		is_int(e, OK, "a worker: %s", f.text);
	return worked;
}

static void
work_all(struct office *o)
{
	int turns = 0;

	while (step(o, SECOND_US) && turns < 1000)
		turns++;
	ok(turns < 1000, "the work comes to an end");
}

struct shown {
	const struct who *who;
	uint32_t id;
	bool found;
	struct job job;
	char text[300];
	size_t listed;
	uint64_t total, running;
};

static void
show_body(struct world *w, void *arg)
{
	struct shown *s = arg;
	struct job page[20];

	s->found = job_get(w->q->txn, w->q->arena, s->who, s->id, &s->job);
	if (s->found)
		snprintf(s->text, sizeof(s->text), "%.*s|%.*s",
			 STR_ARG(s->job.sentence), STR_ARG(s->job.reason));
	s->listed = jobs_page(w->q->txn, w->q->arena, s->who, 0, page, 20,
			      &s->total);
	if (jobs_running(w->q->txn, w->q->arena, s->who, page, 0,
			 &s->running) != 0)
		abort();
}

static struct shown
show(struct office *o, const struct who *who, uint32_t id)
{
	struct shown s = {.who = who, .id = id};

	world_look(&o->w, show_body, &s);
	return s;
}

/* Keys of a job that are left in the store. */
struct left {
	char letter;
	uint32_t id;
	size_t n;
};

static void
left_body(struct world *w, void *arg)
{
	struct left *l = arg;
	struct key key;
	struct kv_cursor *c = kv_cursor(w->q->txn, SP_JOB,
					key_of_id(&key, l->letter, l->id));

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		l->n++;
	kv_cursor_close(c);
}

static size_t
left(struct office *o, char letter, uint32_t id)
{
	struct left l = {.letter = letter, .id = id};

	world_look(&o->w, left_body, &l);
	return l.n;
}

static void
test_segment(struct office *o)
{
	struct bulk_in in = {.kind = JOB_ADD_TO_SEGMENT,
			     .filter = S("[\"n\",\"<\",11000]"),
			     .segment = S("Picked")};
	struct some more = {11500, 500};
	struct audit_count a;
	struct buf sentence;
	struct shown s;
	char what[48];
	uint64_t n = 0;
	uint32_t id;

	sit(o, &o->mia);
	buf_init(&sentence);
	is_int(bulk_count(&o->desk, &in, &n, &sentence, &o->f), OK,
	       "a dry run: %s", o->f.text);
	is_int(n, 11000, "says how many");
	is_str(buf_str(&sentence), S("n < 11000"), "and who");
	buf_fini(&sentence);
	is_int(show(o, &o->mia, 1).listed, 0, "and starts nothing");
	id = start(o, &in);
	s = show(o, &o->mia, id);
	ok(s.found && s.job.state == JOB_RUNNING && s.job.total == 11000 &&
	       s.job.done == 0,
	   "it waits for a worker");
	is_int(left(o, 'i', id), 2, "its people in two pieces");
	is_int(count(o, "[\"segment\",\"hasAny\",\"Picked\"]"), 1,
	       "nobody is added yet");
	world_change(&o->w, add_crowd, &more); /* not below 11000 */
	work_all(o);
	s = show(o, &o->mia, id);
	ok(s.job.state == JOB_DONE && s.job.done == 11000, "then it is done");
	is_int(s.job.changed, 10999, "for one it made no difference");
	is_int(count(o, "[\"segment\",\"hasAny\",\"Picked\"]"), 11000,
	       "the segment has them");
	is_int(count(o, "{\"all\":[[\"segment\",\"hasAny\",\"Picked\"],"
			"[\"n\",\">=\",11000]]}"),
	       0, "and nobody else");
	is_int(left(o, 'i', id) + left(o, 'r', id), 0,
	       "whom it was about is forgotten");
	snprintf(what, sizeof(what), "job %u, addToSegment, segment 1",
		 id);
	a = audits(o, "bulk.start", what);
	is_int(a.n, 1, "one audit row");
	is_str(str_of(a.purpose), S("n < 11000"), "has the sentence");
	is_str(str_of(a.result), S("11000 users"), "and the count");
	in.kind = JOB_REMOVE_FROM_SEGMENT;
	in.filter = S("[\"n\",\">=\",5]");
	id = start(o, &in);
	work_all(o);
	is_int(show(o, &o->mia, id).job.changed, 10995, "taken out again");
	is_int(count(o, "[\"segment\",\"hasAny\",\"Picked\"]"), 5,
	       "five are left");
}

/* Somebody else comes to match, and somebody who did does not any more. */
static void
swap_two(struct world *w, struct batch *b, void *arg)
{
	world_set(w, b, crowd[500], "n", *(bool *)arg ? S("5") : S("500"));
	world_set(w, b, crowd[5], "n", *(bool *)arg ? S("500") : S("5"));
}

static void
test_frozen(struct office *o)
{
	struct bulk_in in = {.kind = JOB_BAN,
			     .filter = S("[\"n\",\"<\",10]")};
	bool there = true, back = false;
	struct shown s;
	uint32_t id;

	sit(o, &o->mia);
	id = start(o, &in);
	world_change(&o->w, swap_two, &there);
	work_all(o);
	world_change(&o->w, swap_two, &back);
	s = show(o, &o->mia, id);
	ok(s.job.done == 10 && s.job.changed == 10, "ten are banned");
	is_int(count(o, "{\"all\":[[\"banned\",\"isTrue\"],"
			"[\"n\",\"<\",10]]}"),
	       10, "those who were meant when it started");
	is_int(count(o, "[\"banned\",\"isTrue\"]"), 10, "and no more");
	in.kind = JOB_UNBAN;
	in.filter = S("[\"n\",\"<\",4]");
	start(o, &in);
	work_all(o);
	is_int(count(o, "[\"banned\",\"isTrue\"]"), 6, "four are let in again");
}

static void
test_attribute(struct office *o)
{
	const uint32_t ids[] = {crowd[7], crowd[3], crowd[7], 999999};
	const struct json gold = {.kind = JSON_STRING, .text = S("gold")};
	const struct json bad = {.kind = JSON_STRING, .text = S("many")};
	const struct json nothing = {.kind = JSON_NULL};
	struct bulk_in in = {.kind = JOB_SET_ATTRIBUTE,
			     .ids = ids,
			     .n_ids = 4,
			     .attribute = S("default_city"),
			     .value = &gold};
	struct shown s;
	uint32_t id;

	sit(o, &o->mia);
	id = start(o, &in);
	work_all(o);
	s = show(o, &o->mia, id);
	is_int(s.job.total, 2, "of four ids two are people");
	is_str(str_of(s.text), S("2 chosen users|"), "and it says so");
	is_int(count(o, "[\"default_city\",\"is\",\"Gold\"]"), 2,
	       "they have the value");
	in.value = &nothing;
	in.n_ids = 1;
	start(o, &in);
	work_all(o);
	is_int(count(o, "[\"default_city\",\"isSet\"]"), 1,
	       "null takes it away");
	in.attribute = S("n");
	in.value = &bad;
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "a value of another type is refused");
	is_str(str_of(o->f.path), S("value"), "by name");
	sit(o, &o->mia);
	in.attribute = S("userId");
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "so is an attribute nobody may set");
	sit(o, &o->mia);
	in.attribute = S("nosuch");
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "and an unknown one");
}

/* Slices and leases ---------------------------------------------------------- */

struct holding {
	uint32_t id;
	uint64_t holder;
	int64_t until;
};

static void
hold_body(struct world *w, struct batch *b, void *arg)
{
	struct holding *h = arg;
	struct job_record r;

	ok(job_load(batch_txn(b), batch_arena(b), h->id, &r), "a lease");
	r.holder = h->holder;
	r.until = h->until;
	r.most = 50;
	job_store(batch_txn(b), &r);
}

static void
test_leases(struct office *o)
{
	struct bulk_in in = {.kind = JOB_BAN,
			     .filter = S("[\"n\",\">=\",0]")};
	struct holding h = {.holder = 77, .until = INSTANT_MAX};
	struct slice late = {.staff = o->staff,
			     .people = o->w.people,
			     .holder = 77};
	struct fault f = {0};
	struct shown s;
	uint64_t before;

	sit(o, &o->mia);
	h.id = late.job = start(o, &in);
	ok(step(o, 0), "one turn");
	s = show(o, &o->mia, h.id);
	ok(s.job.done > 0 && s.job.done < 12000, "is one slice");
	world_change(&o->w, hold_body, &h);
	ok(!step(o, 0), "while somebody holds it nobody else works on it");
	is_int(show(o, &o->mia, h.id).job.done, s.job.done, "and it stays");
	is_int(job_slice(&late, &f), OK, "its holder goes on");
	is_int(show(o, &o->mia, h.id).job.done, s.job.done + 50,
	       "fifty further");
	h.until = 1; /* the holder was killed long ago */
	world_change(&o->w, hold_body, &h);
	ok(step(o, 0), "a lease that ended is taken over");
	before = count(o, "[\"banned\",\"isTrue\"]");
	is_int(job_slice(&late, &f), ERR_CONFLICT,
	       "the old holder, back from the dead, finds out");
	is_int(count(o, "[\"banned\",\"isTrue\"]"), before,
	       "and has changed nothing");
	work_all(o);
	s = show(o, &o->mia, h.id);
	ok(s.job.state == JOB_DONE && s.job.done == 12000 &&
	       s.job.changed == 12000,
	   "at the end everybody was touched once");
	is_int(count(o, "[\"banned\",\"isTrue\"]"), 12000, "all are banned");
}

static void
test_cancel(struct office *o)
{
	struct bulk_in in = {.kind = JOB_UNBAN,
			     .filter = S("[\"n\",\">=\",0]")};
	struct shown s;
	uint64_t left_banned;
	uint32_t id;

	sit(o, &o->mia);
	id = start(o, &in);
	step(o, 0);
	sit(o, &o->ben);
	is_int(bulk_cancel(&o->desk, id, &o->f), ERR_NOT_FOUND,
	       "another Member cannot call it off");
	ok(!show(o, &o->ben, id).found, "nor see it");
	is_int(show(o, &o->ben, id).listed, 0, "nor in a list");
	sit(o, &o->olga);
	ok(show(o, &o->olga, id).found, "an Owner sees it");
	is_int(bulk_cancel(&o->desk, id, &o->f), OK, "and calls it off");
	left_banned = count(o, "[\"banned\",\"isTrue\"]");
	ok(left_banned > 0 && left_banned < 12000, "in the middle");
	ok(!step(o, 0), "no worker goes on");
	is_int(count(o, "[\"banned\",\"isTrue\"]"), left_banned,
	       "nobody is touched after it");
	s = show(o, &o->mia, id);
	ok(s.job.state == JOB_CANCELLED && s.job.finished != INSTANT_NONE &&
	       s.job.done == 12000 - left_banned,
	   "it says how far it was");
	is_int(left(o, 'i', id), 0, "its list is gone");
	is_int(bulk_cancel(&o->desk, id, &o->f), ERR_CONFLICT,
	       "it can be called off once");
	is_int(audits(o, "bulk.cancel", "").n, 1, "which is audited");
}

static void
test_refusals(struct office *o)
{
	struct bulk_in in = {.kind = JOB_BAN, .filter = S("[\"n\",\"<\",9]")};
	uint32_t id;

	sit(o, &o->ben);
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_DENIED,
	       "who may not edit users cannot ban");
	sit(o, &o->mia);
	in.kind = JOB_DELETE;
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_DENIED,
	       "who may edit them cannot delete");
	sit(o, &o->olga);
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "nobody deletes without saying how many");
	is_str(str_of(o->f.path), S("expect"), "which is named");
	sit(o, &o->mia);
	in = (struct bulk_in){.kind = JOB_BAN};
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "no filter is not everybody");
	sit(o, &o->mia);
	in.filter = S("{\"all\":[[\"nosuch\",\"is\",\"x\"]]}");
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_INVALID,
	       "a filter that cannot run");
	is_str(str_of(o->f.path), S("/f/all/0"), "is named by its path");
	sit(o, &o->mia);
	in = (struct bulk_in){.kind = JOB_BAN,
			      .filter = S("[\"n\",\"<\",9]"),
			      .expected = true,
			      .expect = 8};
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_STALE,
	       "not as many as were expected");
	ok(strstr(o->f.text, "9 users"), "it says how many there are");
	sit(o, &o->mia);
	in = (struct bulk_in){.kind = JOB_ADD_TO_SEGMENT,
			      .filter = S("{}"),
			      .segment = S("Nosuch")};
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_NOT_FOUND,
	       "no such segment");
}

static void
find_few(struct world *w, void *arg)
{
	ok(segment_find(w->q->txn, S("Few"), arg), "a segment of two");
}

static void
test_limits(struct office *o)
{
	uint32_t few = 0;
	struct limits l = {.rows = true, .segments = &few, .n_segments = 1};
	const uint32_t ids[] = {crowd[1], crowd[5], crowd[6]};
	struct bulk_in in = {.kind = JOB_BAN, .filter = S("{}")};
	struct buf sentence;
	uint64_t n = 0;
	uint32_t id;

	world_look(&o->w, find_few, &few);
	sit(o, &o->mia);
	o->desk.limits = &l;
	buf_init(&sentence);
	is_int(bulk_count(&o->desk, &in, &n, &sentence, &o->f), OK,
	       "everybody");
	is_int(n, 2, "is two, to who sees two");
	in = (struct bulk_in){.kind = JOB_BAN, .ids = ids, .n_ids = 3};
	is_int(bulk_count(&o->desk, &in, &n, &sentence, &o->f), OK,
	       "three chosen");
	is_int(n, 1, "are the one of them");
	buf_fini(&sentence);
	in = (struct bulk_in){.kind = JOB_REMOVE_FROM_SEGMENT,
			      .filter = S("{}"),
			      .segment = S("Picked")};
	is_int(bulk_start(&o->desk, &in, &id, &o->f), OK,
	       "a segment with one of the two in it can be named");
	in.segment = S("Far");
	is_int(bulk_start(&o->desk, &in, &id, &o->f), ERR_NOT_FOUND,
	       "one of others alone is not there");
	work_all(o);
}

static void
make_far(struct world *w, struct batch *b, void *arg)
{
	batch_segment(b, crowd[9], S("Far"), 1000000);
	batch_segment(b, crowd[1], S("Picked"), 1000000);
}

/* What happens to the segment, or to whoever started it, while it runs. */
static void
drop_far(struct world *w, struct batch *b, void *arg)
{
	struct fault f = {0};
	uint32_t id;

	ok(segment_find(batch_txn(b), S("Far"), &id) &&
	       segment_delete(b, id, &f) == OK,
	   "the segment goes: %s", f.text);
}

static void
test_stopped(struct office *o)
{
	const uint32_t none = 0;
	struct manager_change less = {.permissions = &none};
	struct bulk_in in = {.kind = JOB_ADD_TO_SEGMENT,
			     .filter = S("[\"n\",\"<\",40]"),
			     .segment = S("Far")};
	struct shown s;
	uint32_t id;

	sit(o, &o->mia);
	id = start(o, &in);
	world_change(&o->w, drop_far, NULL);
	work_all(o);
	s = show(o, &o->mia, id);
	is_int(s.job.state, JOB_FAILED, "without its segment a job fails");
	ok(strlen(s.text) > strlen("n < 40|"), "and says why: %s", s.text);
	in = (struct bulk_in){.kind = JOB_UNBAN, .filter = S("{}")};
	id = start(o, &in);
	step(o, 0);
	sit(o, &o->olga);
	is_int(manager_change(o->staff, &o->by, o->mia.id, &less, &o->f), OK,
	       "Mia loses her permissions");
	work_all(o);
	s = show(o, &o->olga, id);
	is_int(s.job.state, JOB_FAILED, "then her job stops");
	ok(s.job.done > 0 && s.job.done < s.job.total, "in the middle");
	ok(strstr(s.text, "may not"), "and says why");
}

static void
test_delete(struct office *o)
{
	struct bulk_in in = {.kind = JOB_DELETE,
			     .filter = S("[\"n\",\">=\",100]"),
			     .expected = true,
			     .expect = 11900};
	uint64_t differences = 1;
	uint32_t id;

	sit(o, &o->olga);
	id = start(o, &in);
	work_all(o);
	is_int(show(o, &o->olga, id).job.changed, 11900, "11900 are deleted");
	is_int(count(o, "{}"), 100, "a hundred are left");
	is_int(count(o, "[\"n\",\">=\",100]"), 0, "none of those");
	is_int(people_check(o->w.people, 64u << 20, o->dir, NULL, NULL,
			    &differences, &o->f),
	       OK, "a check: %s", o->f.text);
	is_int(differences, 0, "the index is what the records say");
}

int
main(void)
{
	struct some all = {0, 11500};
	struct office o;

	office_open(&o);
	world_change(&o.w, add_crowd, &all);
	world_change(&o.w, add_segments, NULL);
	test_segment(&o);
	test_frozen(&o);
	test_attribute(&o);
	test_leases(&o);
	test_cancel(&o);
	test_refusals(&o);
	world_change(&o.w, make_far, NULL);
	test_limits(&o);
	test_stopped(&o);
	test_delete(&o);
	office_close(&o);
	return done_testing();
}
