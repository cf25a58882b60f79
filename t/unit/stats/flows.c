/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Flows by hand, and in a store that was filled before the ends of flows were
 * in the index: check says what is missing, and made anew it has it.
 */
#include <rapport/stats.h>

#include "t/tap.h"

#define DAY (INT64_C(86400) * SECOND_US)
#define START INT64_C(1700006400000000) /* 15 November 2023, 00:00 UTC */

struct world {
	struct kv *kv;
	struct people *people;
	bool drop; /* of what is written: the ends, as an old store has it */
};

struct deed {
	const char *user, *flow, *run, *event;
	int day;
};
/* In `a` at the end: u2; of `b`: u1, whose nameless run began anew, and u3 from
 * before the first day. u4 completed what nobody saw begin. */
static const struct deed deeds[] = {
    {"u1", "a", "r1", "started", 1},  {"u1", "a", "r1", "completed", 2},
    {"u1", "b", NULL, "started", 1},  {"u1", "b", NULL, "cancelled", 2},
    {"u1", "b", NULL, "started", 3},  {"u2", "a", "r2", "started", 2},
    {"u3", "b", "r3", "started", -9}, {"u4", "a", "r4", "completed", 3},
    {"u5", "b", "r5", "started", -9}, {"u5", "b", "r5", "completed", -3},
};

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	for (size_t i = 0; i < COUNT(deeds); i++) {
		const struct deed *d = &deeds[i];
		bool starts = strcmp(d->event, "started") == 0;
		int64_t at = START + d->day * DAY;
		struct activity_name name;
		char json[160];
		uint32_t user;

		if (batch_user(b, str_of(d->user), &user, NULL) != OK ||
		    activity_name(c, starts ? "flow" : "end", str_of(d->flow),
				  &name, NULL) != OK)
			return ERR_INVALID;
		snprintf(json, sizeof(json),
			 "{\"type\":\"flow\",\"flow\":\"%s\",\"event\":\"%s\""
			 "%s%s%s}",
			 d->flow, d->event, d->run ? ",\"runId\":\"" : "",
			 d->run ? d->run : "", d->run ? "\"" : "");
		batch_trail(b, user, at, str_of(json));
		if (starts || !w->drop)
			activity_did(c, &name, user, at);
	}
	/* as take_flow leaves it: who has an open run */
	for (int i = 1; i <= 3; i++) {
		char id[4] = {'u', (char)('0' + i)};
		uint32_t user;

		if (batch_user(b, str_of(id), &user, NULL) != OK)
			return ERR_INVALID;
		batch_flow(b, user, i == 2 ? S("a") : S("b"), 1);
	}
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return kv_error(txn);
}

struct asking {
	struct world *w;
	char rows[400];
};

static enum err
ask(struct kv_txn *txn, void *arg)
{
	struct asking *x = arg;
	struct arena arena;
	struct query q = {.txn = txn,
			  .catalog = people_catalog(x->w->people, txn),
			  .arena = &arena,
			  .zone = zone_find(S("UTC")),
			  .now = START + 30 * DAY};
	struct stat_table t = {
	    .metric = metric_find(S("flows")),
	    .by = BY_DAY,
	    .period = {q.zone, START + DAY, START + 4 * DAY}};
	size_t at = 0;

	arena_init(&arena);
	if (stats_run(&q, NULL, &t, NULL) == OK)
		for (size_t i = 0; i <= t.n; i++) {
			double *v = i < t.n ? t.rows[i].v : t.totals;

			at += (size_t)snprintf(
			    x->rows + at, sizeof(x->rows) - at, "%g %g %g %g, ",
			    v[0], v[3], v[4], v[5]);
		}
	arena_fini(&arena);
	return kv_error(txn);
}

/* started, completed, cancelled, in a flow; each day and in all */
#define WANT "2 0 0 2, 1 1 1 2, 1 1 0 3, 4 2 1 3, "

static void
try(bool drop)
{
	struct kv_options options = {0};
	struct reindex_in in = {.memory = 1u << 20, .tmp_dir = "/tmp"};
	struct world w = {.drop = drop};
	struct asking x = {.w = &w};
	uint64_t n = 0;

	if (kv_open(&w.kv, &options, NULL) != OK)
		return;
	w.people = people_open(w.kv);
	is_int(kv_write(w.kv, fill, &w, NULL), OK, "events");
	is_int(kv_read(w.kv, ask, &x, NULL), OK, "asked");
	if (!drop)
		is_str(str_of(x.rows), S(WANT), "by hand");
	is_int(activity_check(w.kv, NULL, NULL, &n, NULL), OK, "checked");
	is_int(n > 0, drop, "what is missing is seen");
	is_int(store_reindex(w.people, w.kv, &in, NULL), OK, "made anew");
	is_int(kv_read(w.kv, ask, &x, NULL), OK, "asked again");
	is_str(str_of(x.rows), S(WANT), "with the same numbers");
	n = 0;
	is_int(activity_check(w.kv, NULL, NULL, &n, NULL), OK, "checked");
	is_int((int64_t)n, 0, "and nothing is missing");
	people_close(w.people);
	kv_close(w.kv);
}

int
main(void)
{
	try(false);
	try(true);
	return done_testing();
}
