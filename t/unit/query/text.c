/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A filter as a sentence, and as JSON that reads back to the same filter. */
#include "world.h"

struct said {
	const char *filter, *sentence;
	const char *json; /* NULL: as it came */
};

static const struct said all[] = {
    {"", "Everybody", "{\"all\":[]}"},
    {" { } ", "Everybody", "{\"all\":[]}"},
    {"{\"all\":[[\"default_country\",\"is\",\"United States\"],"
     "[\"default_language\",\"is\",\"English\"]]}",
     "Country is United States and Language is English", NULL},
    {"{\"any\":[[\"default_name\",\"isSet\"],[\"banned\",\"isTrue\"]]}",
     "Name is set or Banned is true", NULL},
    {"{ \"all\" : [ [ \"score\", \"between\", 1.50, 2e1 ], {\"any\":["
     "[\"score\",\">=\",7],[\"default_ip\",\"inNetwork\",\"10.0.0.0/8\"]]}]}",
     "score is between 1.5 and 20 and (score ≥ 7 or IP is in network "
     "10.0.0.0/8)",
     "{\"all\":[[\"score\",\"between\",1.5,20],{\"any\":["
     "[\"score\",\">=\",7],[\"default_ip\",\"inNetwork\",\"10.0.0.0/8\"]]}]}"},
    {"{\"not\":[\"segment\",\"hasAll\",\"Leads\",\"VIP\"]}",
     "not (Segment has all of Leads and VIP)", NULL},
    {"[\"default_city\",\"isAnyOf\",[\"A\",\"B\",\"C\"]]",
     "City is any of A, B or C",
     "[\"default_city\",\"isAnyOf\",\"A\",\"B\",\"C\"]"},
    {"[\"lastSeen\",\"inLast\",\"30d\"]", "Last seen is in the last 30 days",
     NULL},
    {"[\"lastSeen\",\"notInLast\",\"1mo\"]",
     "Last seen is not in the last 1 month", NULL},
    {"[\"createdAt\",\"between\",\"2026-01-01\",\"2026-02-01\"]",
     "First seen is between 2026-01-01 and 2026-02-01", NULL},
    {"[\"createdAt\",\"today\"]", "First seen is today", NULL},
    {"[\"default_name\",\"is\",\"\"]", "Name is \"\"", NULL},
    {"[\"default_name\",\"is\",\"say \\\"hi\\\"\\n\"]", "Name is say \"hi\"\n",
     NULL},
    {"{\"all\":[{\"all\":[{\"any\":[[\"score\",\"=\",1]]}]}]}", "score = 1",
     NULL},
    {"{\"not\":{\"all\":[]}}", "not (Everybody)", NULL},
};

static void
check(struct world *w, void *arg)
{
	for (size_t i = 0; i < COUNT(all); i++) {
		const struct said *s = &all[i];
		struct fault f = {0};
		struct filter *filter;
		struct buf b;

		buf_init(&b);
		if (!is_int(filter_parse(w->q, str_of(s->filter), &filter, &f),
			    OK, "read %s", s->filter)) {
			printf("# %s %s\n", f.path, f.text);
			continue;
		}
		filter_sentence(filter, &b);
		is_str(buf_str(&b), str_of(s->sentence), "its sentence");
		buf_reset(&b);
		filter_json(filter, &b);
		is_str(buf_str(&b), str_of(s->json ? s->json : s->filter),
		       "its JSON");
		is_int(filter_parse(w->q, buf_str(&b), &filter, &f), OK,
		       "which reads back");
		buf_reset(&b);
		filter_json(filter, &b);
		is_str(buf_str(&b), str_of(s->json ? s->json : s->filter),
		       "to the same");
		buf_fini(&b);
	}
}

static void
add_segments(struct world *w, struct batch *b, void *arg)
{
	batch_segment(b, *(uint32_t *)arg, S("Leads"), 1000000);
	batch_segment(b, *(uint32_t *)arg, S("VIP"), 1000000);
}

static void
check_segment_by_id(struct world *w, void *arg)
{
	struct fault f = {0};
	struct filter *filter;
	struct buf b;
	uint32_t id;
	struct str text;

	ok(segment_find(w->q->txn, S("VIP"), &id), "the segment has an id");
	text = arena_printf(w->q->arena, "[\"segment\",\"hasAny\",%u]", id);
	is_int(filter_parse(w->q, text, &filter, &f), OK,
	       "a filter may name it by its id");
	buf_init(&b);
	filter_sentence(filter, &b);
	is_str(buf_str(&b), S("Segment has any of VIP"),
	       "and reads with its name");
	buf_fini(&b);
}

int
main(void)
{
	struct world w;
	uint32_t id;

	world_open(&w);
	id = world_user(&w, "u1", "{\"score\":1}");
	world_change(&w, add_segments, &id);
	world_look(&w, check, NULL);
	world_look(&w, check_segment_by_id, NULL);
	world_close(&w);
	return done_testing();
}
