/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport bulk: something done to everybody a filter matches.  It becomes a
 * job like one of the panel, which is worked on here until it has ended; a
 * running worker may help, and goes on with it when this process is killed.
 * An interrupt calls the job off.
 */
#include "cli.h"

#include <stdlib.h>
#include <time.h>

#define TURN (SECOND_US / 20)
#define PAUSE 200000000 /* nanoseconds, while another works on it */

enum { FILTER, SEGMENT, ATTRIBUTE, VALUE, FORGET, EXPECT, DRY_RUN };
static const struct cli_option options[] = {
    [FILTER] = {"filter", "JSON", "everybody who matches; {} is everybody"},
    [SEGMENT] = {"segment", "NAME", "of addToSegment and removeFromSegment"},
    [ATTRIBUTE] = {"attribute", "A", "of setAttribute"},
    [VALUE] = {"value", "JSON", "of setAttribute; null clears"},
    [FORGET] = {"forget", NULL, "of delete: nothing is kept for totals"},
    [EXPECT] = {"expect", "N", "it must be this many, or nothing is done; "
			"delete needs it"},
    [DRY_RUN] = {"dry-run", NULL, "only say how many it would be"},
    {0}};

struct doing {
	struct cli *c;
	struct by by;
	struct desk desk;
	struct bulk_in in;
	struct arena arena;
	uint32_t id;
	struct job job;
};

static enum err
take(struct doing *d)
{
	const char *const *given = d->c->given;
	struct json *value = NULL;
	uint64_t expect = 0;

	if (!job_kind_find(str_of(d->c->rest[0]), &d->in.kind))
		return cli_usage(d->c, "It is addToSegment, removeFromSegment, "
				       "setAttribute, ban, unban or delete.");
	if (given[FILTER] == NULL)
		return cli_usage(d->c, "--filter is missing; {} is everybody.");
	if (given[VALUE] != NULL)
		TRY(json_parse(&d->arena, str_of(given[VALUE]), &value,
			       &d->c->fault));
	if (given[EXPECT] != NULL)
		TRY(cli_number(d->c, EXPECT, 0, UINT32_MAX, &expect));
	d->in.filter = str_of(given[FILTER]);
	d->in.segment = str_of(given[SEGMENT]);
	d->in.attribute = str_of(given[ATTRIBUTE]);
	d->in.value = value;
	d->in.forget = given[FORGET] != NULL;
	d->in.expected = given[EXPECT] != NULL;
	d->in.expect = expect;
	return OK;
}

static enum err
dry_run(struct doing *d)
{
	struct buf sentence, out;
	struct json_out j;
	uint64_t n;
	enum err e;

	buf_init(&sentence);
	buf_init(&out);
	e = bulk_count(&d->desk, &d->in, &n, &sentence, &d->c->fault);
	if (e == OK && d->c->json) {
		json_out_init(&j, &out);
		json_object(&j);
		json_ki(&j, "count", (int64_t)n);
		json_kt(&j, "sentence", buf_str(&sentence));
		json_object_end(&j);
	} else if (e == OK) {
		buf_printf(&out, "%llu users: %.*s", (unsigned long long)n,
			   STR_ARG(buf_str(&sentence)));
	}
	if (e == OK)
		e = cli_say(d->c, &out);
	else
		buf_fini(&out);
	buf_fini(&sentence);
	return e;
}

static enum err
job_look(struct kv_txn *txn, void *arg)
{
	struct doing *d = arg;

	arena_reset(&d->arena);
	if (!job_get(txn, &d->arena, &d->c->who, d->id, &d->job))
		return kv_error(txn) != OK ? kv_error(txn) : ERR_NOT_FOUND;
	return OK;
}

/* Until it has ended, here or elsewhere. */
static enum err
work(struct doing *d)
{
	const struct timespec pause = {0, PAUSE};
	struct cli *c = d->c;
	struct bar bar;
	bool worked = true, asked = false;
	enum err e = kv_read(c->kv, job_look, d, &c->fault);

	bar_start(&bar, "Users", d->job.total);
	while (e == OK && d->job.state == JOB_RUNNING) {
		if (!asked && cli_interrupted()) {
			asked = true;
			/* it may have ended in between */
			if (bulk_cancel(&d->desk, d->id, NULL) == ERR_IO)
				e = ERR_IO;
		} else {
			e = jobs_run_one(c->staff, c->people, TURN, NULL,
					 &worked, &c->fault);
			if (e == OK && !worked)
				nanosleep(&pause, NULL);
		}
		if (e == OK)
			e = kv_read(c->kv, job_look, d, &c->fault);
		bar_move(&bar, d->job.done);
	}
	bar_end(&bar);
	return e;
}

static enum err
tell(struct doing *d)
{
	const struct job *j = &d->job;
	const char *state = job_state_names[j->state];
	struct json_out out;
	struct buf b;

	buf_init(&b);
	if (d->c->json) {
		json_out_init(&out, &b);
		json_object(&out);
		json_ki(&out, "id", j->id);
		json_kt(&out, "action", str_of(job_kind_name(j->kind)));
		json_kt(&out, "state", str_of(state));
		json_kt(&out, "sentence", j->sentence);
		json_ki(&out, "total", (int64_t)j->total);
		json_ki(&out, "done", (int64_t)j->done);
		json_ki(&out, "changed", (int64_t)j->changed);
		json_ki(&out, "refused", (int64_t)j->refused);
		json_object_end(&out);
	} else {
		buf_printf(&b,
			   "job %u, %s: %s; %llu of %llu users, "
			   "%llu changed, %llu refused",
			   j->id, job_kind_name(j->kind), state,
			   (unsigned long long)j->done,
			   (unsigned long long)j->total,
			   (unsigned long long)j->changed,
			   (unsigned long long)j->refused);
	}
	TRY(cli_say(d->c, &b));
	if (j->state == JOB_CANCELLED)
		return fail(&d->c->fault, ERR_CANCELLED, "",
			    "It was called off.");
	return j->state == JOB_FAILED ? fail(&d->c->fault, ERR_CONFLICT, "",
					     "%.*s", STR_ARG(j->reason))
				      : OK;
}

static enum err
run(struct cli *c)
{
	struct doing d = {.c = c};
	enum err e;

	arena_init(&d.arena);
	e = take(&d);
	if (e == OK)
		e = cli_desk(c, &d.by, &d.desk);
	if (e == OK && c->given[DRY_RUN] != NULL) {
		e = dry_run(&d);
	} else if (e == OK) {
		cli_interrupt_hold();
		e = bulk_start(&d.desk, &d.in, &d.id, &c->fault);
		if (e == OK)
			e = work(&d);
		if (e == OK)
			e = tell(&d);
	}
	arena_fini(&d.arena);
	return e;
}

const struct command command_bulk = {
    "bulk",
    "ACTION",
    1,
    1,
    options,
    run,
    "do something to everybody a filter matches",
    "ACTION is addToSegment, removeFromSegment, setAttribute, ban, unban or\n"
    "delete.  It runs to its end here, beside the workers; ^C calls it off:\n"
    "who was changed until then stays so.",
};
