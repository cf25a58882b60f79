/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Streams and bodies: the same events by either way, in bulk, twice, on trial
 * and all or nothing.
 */
#include "world.h"

#include <unistd.h>

#define USERS 45000u /* more than two parcels of events */

static void
make(struct buf *b)
{
	buf_reset(b);
	for (unsigned i = 0; i < USERS; i++)
		buf_printf(b,
			   "{\"type\":\"user\",\"id\":\"e%u\",\"userId\":"
			   "\"u%u\",\"at\":%u,\"attributes\":{\"city\":\"C%u\","
			   "\"score\":%u}}\n",
			   i, i, 1700000000 + i, i % 50, i % 7);
}

struct heard {
	uint64_t n, lines;
	char last[200];
};

static void
tell(void *arg, const struct refusal *r, struct str line)
{
	struct heard *t = arg;

	t->n++;
	t->lines = r->line;
	snprintf(t->last, sizeof(t->last), "%.*s", STR_ARG(line));
}

static struct intake_result
stream(struct world *w, struct str bytes, size_t step,
       const struct intake_stream_options *o)
{
	struct intake *in = intake_open(w->people, w->kv, o);
	struct intake_result r = {0};
	enum err e = OK;

	w->fault = (struct fault){0};
	for (size_t at = 0; at < bytes.n && e == OK; at += step)
		e = intake_feed(in, str_cut(bytes, at, at + step), &w->fault);
	if (e == OK)
		e = intake_finish(in, &r, &w->fault);
	if (e != OK)
		printf("# %s\n", w->fault.text);
	intake_close(in);
	r.refusals = NULL; /* went with the stream */
	return r;
}

/* By body, by stream, in bulk: one world. */
static void
test_ways(struct str events)
{
	struct intake_stream_options plain = {0}, bulk = {.bulk = true};
	struct intake_result r;
	struct buf dumps[3];
	struct world w;

	world_open(&w);
	ok(world_take(&w, events) == OK && w.result.accepted == USERS,
	   "a body of %u events", USERS);
	dumps[0] = world_dump(&w);
	world_close(&w);

	world_open(&w);
	r = stream(&w, events, 65537, &plain);
	is_int(r.accepted, USERS, "a stream of them");
	dumps[1] = world_dump(&w);
	r = stream(&w, events, 1 << 20, &plain);
	ok(r.accepted == 0 && r.duplicates == USERS && r.refused == 0,
	   "again: all are known");
	is_int(world_differences(&w), 0, "counts and index agree");
	world_close(&w);

	world_open(&w);
	r = stream(&w, events, 65537, &bulk);
	is_int(r.accepted, USERS, "in bulk");
	dumps[2] = world_dump(&w);
	is_int(world_differences(&w), 0, "counts and index agree");
	world_close(&w);
	ok(str_eq(buf_str(&dumps[0]), buf_str(&dumps[1])) &&
	       str_eq(buf_str(&dumps[0]), buf_str(&dumps[2])) &&
	       dumps[0].n > USERS * 50,
	   "the same world by all three ways");
	for (int i = 0; i < 3; i++)
		buf_fini(&dumps[i]);
}

static void
test_trial(struct str events)
{
	struct intake_stream_options trial = {.base = {.dry_run = true}};
	struct intake_options body = {.dry_run = true};
	struct intake_result r;
	struct buf twice;
	struct world w;

	buf_init(&twice);
	buf_put(&twice, events);
	buf_put(&twice, events);
	world_open(&w);
	r = stream(&w, buf_str(&twice), 1 << 20, &trial);
	ok(r.accepted == USERS && r.duplicates == USERS && r.refused == 0,
	   "a trial counts what would be taken and what known, over parcels");
	ok(world_take_with(&w, buf_str(&twice), &body) == OK &&
	       w.result.accepted == USERS && w.result.duplicates == USERS,
	   "so does the trial of a body");
	r = stream(&w, events, 1 << 20, &(struct intake_stream_options){0});
	is_int(r.accepted, USERS, "and neither kept anything");
	buf_fini(&twice);
	world_close(&w);
}

static void
test_refused(void)
{
	static const char good[] = "{\"type\":\"user\",\"userId\":\"a\"}\n";
	static const char bad[] = "{\"type\":\"user\",\"userId\":7}\n";
	struct heard told = {0};
	struct intake_stream_options o = {.on_refusal = tell, .arg = &told};
	struct intake_options atomic = {.atomic = true};
	struct intake_options few = {.refusals_max = 3};
	struct intake_result r;
	struct buf b;
	struct world w;

	buf_init(&b);
	for (int i = 0; i < 40; i++)
		buf_put(&b, str_of(i % 2 ? bad : good));
	world_open(&w);
	r = stream(&w, buf_str(&b), 7, &o);
	ok(r.accepted == 20 && r.refused == 20 && told.n == 20 &&
	       told.lines == 40,
	   "a refused line does not stop the rest, and each is told");
	is_str(str_of(told.last), S("{\"type\":\"user\",\"userId\":7}"),
	       "with its text");
	ok(world_take_with(&w, buf_str(&b), &few) == OK &&
	       w.result.refused == 20 && w.result.n_refusals == 3,
	   "only so many refusals are kept as were asked for");
	world_close(&w);

	world_open(&w);
	ok(world_take_with(&w, buf_str(&b), &atomic) == ERR_INVALID &&
	       w.result.refused == 20 && w.result.accepted == 0 &&
	       w.result.refusals[19].line == 40,
	   "atomic: one refused event refuses all, naming every one");
	ok(world_take_with(&w, S("{\"type\":\"user\",\"userId\":\"z\"}"),
			   &atomic) == OK &&
	       w.result.accepted == 1,
	   "atomic: without one all are taken");
	b = (buf_fini(&b), world_dump(&w));
	ok(str_find(buf_str(&b), S("user z"), NULL) &&
	       !str_find(buf_str(&b), S("user a"), NULL),
	   "and nothing of the first was kept");
	buf_fini(&b);
	world_close(&w);
}

/* The id of a refused event is not kept: corrected, it is taken. */
static void
test_ids(void)
{
	struct world w;

	world_open(&w);
	ok(world_take(&w,
		      S("{\"type\":\"user\",\"id\":\"x\",\"userId\":\"\"}")) ==
		   OK &&
	       w.result.refused == 1,
	   "an event with an id is refused");
	ok(world_take(&w, S("{\"type\":\"user\",\"id\":\"x\","
			    "\"userId\":\"a\"}")) == OK &&
	       w.result.accepted == 1,
	   "corrected, the same id is taken");
	ok(world_take(&w, S("[{\"type\":\"user\",\"id\":\"x\","
			    "\"userId\":\"b\"},{\"type\":\"user\",\"id\":\"y\","
			    "\"userId\":\"c\"},{\"type\":\"user\",\"id\":\"y\","
			    "\"userId\":\"d\"}]")) == OK &&
	       w.result.accepted == 1 && w.result.duplicates == 2,
	   "and once; also within one body");
	ok(world_take(
	       &w, S("{\"type\":\"tag\",\"id\":\"x\",\"name\":\"n\"}")) == OK &&
	       w.result.accepted == 1,
	   "the id of a tag is the tag's, not the event's");
	world_close(&w);
}

int
main(void)
{
	struct buf events;

	buf_init(&events);
	make(&events);
	test_ways(buf_str(&events));
	test_trial(buf_str(&events));
	test_refused();
	test_ids();
	buf_fini(&events);
	return done_testing();
}
