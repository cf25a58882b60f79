/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport demo: fill a store with a sample audience that ends now, through the
 * ordinary intake.
 */
#include "audience.h"
#include "cli.h"

#define FEED_BYTES (256u << 10)

enum { USERS, SEED };
static const struct cli_option options[] = {
    [USERS] = {"users", "N", "how many people; 2000 if not given"},
    [SEED] = {"seed", "N", "another number, other people; 1 if not given"},
    {0}};

static enum err
feed(struct cli *c, struct intake *in, struct audience *a)
{
	enum err e = intake_feed(in, buf_str(&a->out), &c->fault);

	buf_reset(&a->out);
	return e;
}

static enum err
make(struct cli *c, struct intake *in, struct audience *a, uint64_t users)
{
	struct bar bar;
	enum err e = OK;

	bar_start(&bar, "sampling ", users);
	audience_house(a);
	for (uint64_t i = 0; i < users && e == OK; i++) {
		audience_person(a, i);
		if (a->out.n >= FEED_BYTES)
			e = feed(c, in, a);
		bar_move(&bar, i);
	}
	bar_end(&bar);
	return e == OK ? feed(c, in, a) : e;
}

static enum err
demo_say(struct cli *c, uint64_t users, const struct intake_result *r)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_ki(&j, "users", (int64_t)users);
		json_ki(&j, "accepted", (int64_t)r->accepted);
		json_ki(&j, "duplicates", (int64_t)r->duplicates);
		json_object_end(&j);
	} else {
		buf_printf(&b, "%llu people, %llu events",
			   (unsigned long long)users,
			   (unsigned long long)r->accepted);
	}
	return cli_say(c, &b);
}

static enum err
demo_run(struct cli *c)
{
	struct intake_stream_options o = {.base = {.source = FROM_IMPORT}};
	struct audience a = {.now = clock_now()};
	struct intake_result result = {0};
	uint64_t users = 2000, seed = 1;
	struct intake *in;
	enum err e;

	TRY(cli_number(c, USERS, 1, 10000000, &users));
	TRY(cli_number(c, SEED, 0, UINT32_MAX, &seed));
	TRY(cli_open(c));
	a.now -= a.now % SECOND_US;
	a.seed = seed;
	a.state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
	buf_init(&a.out);
	in = intake_open(c->people, c->kv, &o);
	e = make(c, in, &a, users);
	if (e == OK)
		e = intake_finish(in, &result, &c->fault);
	intake_close(in);
	buf_fini(&a.out);
	if (e == OK && result.refused > 0)
		e = fail(&c->fault, ERR_BUG, "", "%llu events were refused.",
			 (unsigned long long)result.refused);
	TRY(e);
	return demo_say(c, users, &result);
}

const struct command command_demo = {
    .name = "demo",
    .rest = "",
    .options = options,
    .run = demo_run,
    .about = "fill in a sample audience that ends now",
};
