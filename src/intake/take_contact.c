/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What happens to a contact: consent, validity, flows, and events of the
 * house's own making.  Each leaves its trail on the user's timeline.  A flow
 * run is one small record that joins its events in any order: it is open while
 * it was started and neither completed nor cancelled; runs without a runId are
 * one a userId and flow, open while the last start is the younger.
 */
#include "parcel.h"

#include <stdio.h>

#define RUN_VERSION 1
#define TRAIL_MAX (48u << 10)
#define SIGN (UINT64_C(1) << 63)

/* The trail: what was given, as it was given. */
static enum err
trail_text(struct taker *t, const struct event *e, const char *largest,
	   struct fault *f)
{
	static const struct str head[] = {{"userId", 6}, {"id", 2}, {"at", 2}};
	struct json_out j;

	buf_reset(t->scratch);
	json_out_init(&j, t->scratch);
	json_object(&j);
	for (const struct json *m = e->json->first; m != NULL; m = m->next) {
		bool skip = m->kind == JSON_NULL;

		for (size_t i = 0; i < COUNT(head); i++)
			skip |= str_eq(m->key, head[i]);
		if (skip)
			continue;
		json_key(&j, m->key);
		json_value(&j, m);
	}
	json_object_end(&j);
	if (t->scratch->n > TRAIL_MAX)
		return fail(f, ERR_LIMIT, largest,
			    "%zu bytes; at most %u are kept.", t->scratch->n,
			    TRAIL_MAX);
	return OK;
}

/* When somebody agreed is not made up: what comes live without an instant is of
 * its arrival, but a file is about the past and has to say. */
static enum err
check_dated(const struct taker *t, const struct event *e, struct fault *f)
{
	if (e->dated || t->source != FROM_IMPORT)
		return OK;
	return fail(f, ERR_INVALID, "at",
		    "It is missing; an import never takes the moment it runs "
		    "for it.");
}

enum err
take_consent(struct taker *t, const struct event *e, struct fault *f)
{
	bool in = e->v[CONSENT_STATE].choice == 0;
	uint32_t user;

	TRY(check_dated(t, e, f));
	TRY(trail_text(t, e, "channel", f));
	TRY(batch_user(t->people, e->v[CONSENT_USER].u.text, &user, f));
	batch_consent(t->people, user, in, e->at);
	batch_trail(t->people, user, e->at, buf_str(t->scratch));
	activity_told(t->chats, in ? ACTIVITY_OPTED_IN : ACTIVITY_OPTED_OUT,
		      user, e->at);
	return OK;
}

enum err
take_validity(struct taker *t, const struct event *e, struct fault *f)
{
	bool valid = e->v[VALIDITY_VALID].flag;
	uint32_t user;

	TRY(check_dated(t, e, f));
	TRY(trail_text(t, e, "reason", f));
	TRY(batch_user(t->people, e->v[VALIDITY_USER].u.text, &user, f));
	batch_validity(t->people, user, valid, e->at);
	batch_trail(t->people, user, e->at, buf_str(t->scratch));
	activity_told(t->chats,
		      valid ? ACTIVITY_FOUND_VALID : ACTIVITY_FOUND_INVALID,
		      user, e->at);
	return OK;
}

enum err
take_event(struct taker *t, const struct event *e, struct fault *f)
{
	struct activity_name name;
	uint32_t user;

	TRY(trail_text(t, e, "properties", f));
	TRY(activity_name(t->chats, "event", e->v[EVENT_NAME].u.text, &name,
			  f));
	TRY(batch_user(t->people, e->v[EVENT_USER_ID].u.text, &user, f));
	batch_trail(t->people, user, e->at, buf_str(t->scratch));
	activity_did(t->chats, &name, user, e->at);
	return OK;
}

/* Flow runs ---------------------------------------------------------------- */

#define RUN_KEY_MAX KV_KEY_MAX

struct run {
	struct str user, flow, cause;
	int64_t at[FLOW_CANCELLED + 1]; /* latest of each; INSTANT_NONE */
};

static struct str
run_key(uint8_t out[RUN_KEY_MAX], const struct event *e)
{
	struct wr w = wr_of(out, RUN_KEY_MAX);

	if (e->v[FLOW_RUN].has) {
		wr_u8(&w, 'r');
		wr_bytes(&w, e->v[FLOW_RUN].u.text);
	} else {
		wr_u8(&w, 'n');
		wr_bytes(&w, e->v[FLOW_USER].u.text);
		wr_u8(&w, 0);
		wr_bytes(&w, e->v[FLOW_FLOW].u.text);
	}
	return wr_out(&w);
}

/* The run as it is kept, its texts copied. False: not known. */
static bool
run_get(struct taker *t, struct str key, struct run *out)
{
	struct str value;
	struct rd r;

	*out = (struct run){.at = {INSTANT_NONE, INSTANT_NONE, INSTANT_NONE}};
	if (!kv_get(t->txn, SP_RUN, key, &value))
		return false;
	r = rd_of(arena_str(t->arena, value));
	r.bad |= rd_u8(&r) != RUN_VERSION;
	out->user = rd_str(&r);
	out->flow = rd_str(&r);
	out->cause = rd_str(&r);
	for (int i = FLOW_STARTED; i <= FLOW_CANCELLED; i++)
		out->at[i] = (int64_t)(rd_be64(&r) ^ SIGN);
	if (!rd_done(&r))
		kv_fail(t->txn, ERR_CORRUPT, "runId",
			"The record of a flow run is damaged.");
	return kv_error(t->txn) == OK;
}

static void
run_put(struct taker *t, struct str key, const struct run *run)
{
	buf_reset(t->scratch);
	buf_c(t->scratch, RUN_VERSION);
	buf_lstr(t->scratch, run->user);
	buf_lstr(t->scratch, run->flow);
	buf_lstr(t->scratch, run->cause);
	for (int i = FLOW_STARTED; i <= FLOW_CANCELLED; i++)
		buf_be64(t->scratch, (uint64_t)run->at[i] ^ SIGN);
	kv_put(t->txn, SP_RUN, key, buf_str(t->scratch));
}

static bool
run_open(const struct run *run, bool named)
{
	int64_t end = run->at[FLOW_COMPLETED] > run->at[FLOW_CANCELLED]
			  ? run->at[FLOW_COMPLETED]
			  : run->at[FLOW_CANCELLED];

	if (run->at[FLOW_STARTED] == INSTANT_NONE)
		return false;
	return named ? end == INSTANT_NONE : run->at[FLOW_STARTED] > end;
}

static enum err
run_check(struct taker *t, const struct event *e, const struct run *run,
	  struct fault *f)
{
	uint32_t a, b;
	bool same =
	    str_eq(run->user, e->v[FLOW_USER].u.text) ||
	    (batch_user_known(t->people, run->user, &a) &&
	     batch_user_known(t->people, e->v[FLOW_USER].u.text, &b) && a == b);

	if (!same)
		return fail(f, ERR_CONFLICT, "runId",
			    "This run is of another user.");
	if (!str_eq(run->flow, e->v[FLOW_FLOW].u.text))
		return fail(f, ERR_CONFLICT, "runId",
			    "This run is of another flow.");
	return OK;
}

enum err
flow_check(struct taker *t, const struct event *e, struct fault *f)
{
	uint8_t memory[RUN_KEY_MAX];
	struct run run;
	bool known = run_get(t, run_key(memory, e), &run);

	TRY(kv_error(t->txn));
	return known ? run_check(t, e, &run, f) : OK;
}

enum err
take_flow(struct taker *t, const struct event *e, struct fault *f)
{
	const struct given *v = e->v;
	bool starts = v[FLOW_EVENT].choice == FLOW_STARTED;
	bool named = v[FLOW_RUN].has, known, was = false;
	uint8_t memory[RUN_KEY_MAX];
	struct activity_name name;
	uint32_t user;
	struct run run;
	struct str key;
	int64_t *at;

	key = run_key(memory, e);
	known = run_get(t, key, &run);
	TRY(kv_error(t->txn));
	if (known) {
		TRY(run_check(t, e, &run, f));
		was = run_open(&run, named);
	} else {
		run.user = v[FLOW_USER].u.text;
		run.flow = v[FLOW_FLOW].u.text;
	}
	TRY(activity_name(t->chats, starts ? "flow" : "end",
			  v[FLOW_FLOW].u.text, &name, f));
	TRY(batch_user(t->people, v[FLOW_USER].u.text, &user, f));
	at = &run.at[v[FLOW_EVENT].choice];
	if (*at == e->at) {
		t->duplicate = known;
		return OK;
	}
	if (e->at > *at) {
		*at = e->at;
		if (starts && v[FLOW_CAUSE].has)
			run.cause = v[FLOW_CAUSE].u.text;
	}
	run_put(t, key, &run);
	if (run_open(&run, named) != was)
		batch_flow(t->people, user, run.flow, was ? -1 : 1);
	TRY(trail_text(t, e, "flow", f));
	batch_trail(t->people, user, e->at, buf_str(t->scratch));
	activity_did(t->chats, &name, user, e->at);
	return OK;
}
