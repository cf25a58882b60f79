/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Behaviour in filters as people meet it: what is read and refused and why, the
 * sentence and the compact JSON, spans that end now, and what somebody who is
 * held to a scope, a mask or the columns of a link does not find.  That the
 * people are the right ones is for the model test.
 */
#include "world.h"

#include <rapport/chats.h>

#define DAY (INT64_C(86400) * SECOND_US)

struct deed {
	const char *user, *head, *name;
	int64_t ago; /* before now */
};

/* ann signed up 10 and 40 days ago and just now, bob 30 days ago to the
 * microsecond and 1 microsecond after now; cy did "secret". */
static const struct deed deeds[] = {
    {"ann", "event", "sign up", 10 * DAY}, {"ann", "event", "sign up", 40 * DAY},
    {"ann", "event", "sign up", 0},	   {"bob", "event", "sign up", 30 * DAY},
    {"bob", "event", "sign up", -1},	   {"cy", "event", "secret", DAY},
    {"bob", "flow", "nps", DAY},
};

static void
act(struct world *w, struct batch *b, void *arg)
{
	struct chat_batch *c = chat_batch_begin(b);

	(void)arg;
	for (size_t i = 0; i < COUNT(deeds); i++) {
		const struct deed *d = &deeds[i];
		struct activity_name name;
		uint32_t user;

		if (batch_user(b, str_of(d->user), &user, NULL) != OK ||
		    activity_name(c, d->head, str_of(d->name), &name, NULL) !=
			OK)
			ok(false, "deed %zu", i);
		activity_did(c, &name, user, w->now - d->ago);
	}
	batch_segment(b, 1, S("ours"), 1000000);
	batch_segment(b, 2, S("ours"), 1000000);
	chat_batch_end(c);
	chat_batch_free(c);
}

static uint64_t
people(struct world *w, const char *json)
{
	struct fault f = {0};
	struct filter *filter;
	struct bits *who;
	uint64_t n;

	if (filter_parse(w->q, str_of(json), &filter, &f) != OK) {
		printf("# %s: %s %s\n", json, f.path, f.text);
		return UINT64_MAX;
	}
	who = filter_run(w->q, filter);
	n = bits_count(who);
	bits_free(who);
	return n;
}

static void
look_people(struct world *w, void *arg)
{
	static const struct {
		const char *json;
		uint64_t n;
	} rows[] = {
	    {"[\"event:sign up\",\"did\"]", 2},
	    {"[\"event:sign up\",\"didNot\"]", 1},
	    {"[\"event:sign up\",\"did\",{}]", 2},
	    /* bob is on the edge, which is in it; what is to come is not */
	    {"[\"event:sign up\",\"did\",{\"inLast\":\"30d\"}]", 2},
	    {"[\"event:sign up\",\"did\",{\"inLast\":\"30d\",\"atLeast\":2}]",
	     1},
	    {"[\"event:sign up\",\"did\",{\"inLast\":\"29d\"}]", 1},
	    {"[\"event:sign up\",\"did\",{\"inLast\":\"2mo\",\"atLeast\":3}]",
	     1},
	    {"[\"event:sign up\",\"did\",{\"inLast\":\"1m\"}]", 1},
	    {"[\"event:sign up\",\"did\",{\"atLeast\":4}]", 0},
	    {"[\"flow:nps\",\"did\"]", 1},
	    {"[\"message\",\"didNot\"]", 3},
	    {"[\"chat\",\"did\"]", 0},
	    {"{\"all\":[[\"event:sign up\",\"did\"],"
	     "[\"flow:nps\",\"didNot\"]]}",
	     1},
	};

	(void)arg;
	for (size_t i = 0; i < COUNT(rows); i++)
		is_int((int64_t)people(w, rows[i].json), (int64_t)rows[i].n,
		       "%s", rows[i].json);
}

static void
look_refused(struct world *w, void *arg)
{
	static const struct {
		const char *json, *path, *says;
	} rows[] = {
	    {"[\"event:nothing\",\"did\"]", "/", "there is no \"event:nothing\""},
	    {"[\"event:Sign up\",\"did\"]", "/", "there is no"},
	    {"[\"event:\",\"did\"]", "/", "there is no"},
	    {"[\"default_name\",\"did\"]", "/", "no operator \"did\""},
	    {"{\"all\":[[\"userId\",\"isSet\"],[\"message\",\"isSet\"]]}",
	     "/all/1", "expected one of did, didNot"},
	    {"{\"any\":[[\"message\",\"did\",\"30d\"]]}", "/any/0",
	     "message did: expected an object"},
	    {"[\"message\",\"did\",{\"since\":\"30d\"}]", "/",
	     "expected atLeast and inLast, not \"since\""},
	    {"[\"message\",\"did\",{\"inLast\":\"soon\"}]", "/",
	     "inLast: expected a span"},
	    {"[\"message\",\"did\",{\"inLast\":30}]", "/",
	     "inLast: expected a span"},
	    {"[\"message\",\"did\",{\"atLeast\":0}]", "/",
	     "atLeast: expected a whole number from 1"},
	    {"[\"message\",\"did\",{\"atLeast\":1.5}]", "/",
	     "atLeast: expected a whole number"},
	    {"[\"message\",\"did\",{\"atLeast\":1000001}]", "/",
	     "atLeast: expected a whole number"},
	    {"[\"message\",\"did\",{},{}]", "/", "expected at most one object"},
	};

	(void)arg;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fault f = {0};
		struct filter *filter;

		is_int(filter_parse(w->q, str_of(rows[i].json), &filter, &f),
		       ERR_INVALID, "%s is refused", rows[i].json);
		is_str(str_of(f.path), str_of(rows[i].path), "naming the leaf");
		ok(str_find(str_of(f.text), str_of(rows[i].says), NULL),
		   "and why: %s", f.text);
	}
}

static void
look_text(struct world *w, void *arg)
{
	static const struct {
		const char *in, *out, *sentence;
	} rows[] = {
	    {"[\"event:sign up\",\"did\",{\"inLast\":\"30d\",\"atLeast\":2}]",
	     "[\"event:sign up\",\"did\",{\"atLeast\":2,\"inLast\":\"30d\"}]",
	     "did sign up at least 2 times in the last 30 days"},
	    {"[\"message\",\"didNot\",{\"atLeast\":1}]",
	     "[\"message\",\"didNot\"]", "did not write a message"},
	    {"[\"chat\",\"did\",{\"inLast\":\"1mo\"}]",
	     "[\"chat\",\"did\",{\"inLast\":\"1mo\"}]",
	     "began a chat in the last 1 month"},
	    {"[\"flow:nps\",\"didNot\",{\"inLast\":\"2w\"}]",
	     "[\"flow:nps\",\"didNot\",{\"inLast\":\"2w\"}]",
	     "did not start the flow nps in the last 2 weeks"},
	};

	(void)arg;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fault f = {0};
		struct filter *filter;
		struct buf b;

		buf_init(&b);
		is_int(filter_parse(w->q, str_of(rows[i].in), &filter, &f), OK,
		       "%s", rows[i].in);
		filter_json(filter, &b);
		is_str(buf_str(&b), str_of(rows[i].out), "its compact form");
		buf_reset(&b);
		filter_keep(filter, &b);
		is_str(buf_str(&b), str_of(rows[i].out), "and what is kept");
		buf_reset(&b);
		filter_sentence(filter, &b);
		is_str(buf_str(&b), str_of(rows[i].sentence), "and its sentence");
		buf_fini(&b);
	}
}

struct listed {
	struct buf names;
	uint64_t users;
};

static void
list_one(void *arg, const struct attr *a, uint64_t users)
{
	struct listed *l = arg;

	buf_put(&l->names, a->label);
	buf_c(&l->names, ';');
	l->users += users;
}

static void
look_list(struct world *w, const char *names, uint64_t users)
{
	struct listed l = {0};

	query_behaviours(w->q, list_one, &l);
	is_str(buf_str(&l.names), str_of(names), "what is offered");
	is_int((int64_t)l.users, (int64_t)users, "by how many");
	buf_fini(&l.names);
}

static void
look_whole(struct world *w, void *arg)
{
	(void)arg;
	look_list(w, "Did secret;Did sign up;Started the flow nps;", 4);
}

/* ann and bob may be seen, cy and what only cy did may not. */
static void
look_scope(struct world *w, void *arg)
{
	uint32_t segment = 0;
	struct limits l = {.rows = true, .segments = &segment, .n_segments = 1};
	struct fault f = {0};
	struct filter *filter;

	(void)arg;
	ok(segment_find(w->q->txn, S("ours"), &segment), "there is a segment");
	is_int(query_limit(w->q, &l, &f), OK, "somebody held to it");
	look_list(w, "Did sign up;Started the flow nps;", 3);
	is_int((int64_t)people(w, "[\"event:sign up\",\"did\"]"), 2,
	       "finds who did what of the scope");
	is_int((int64_t)people(w, "[\"event:sign up\",\"didNot\"]"), 0,
	       "and nobody else");
	is_int(filter_parse(w->q, S("[\"event:secret\",\"did\"]"), &filter, &f),
	       ERR_INVALID, "and not that there is anything else");
}

static void
look_mask(struct world *w, void *arg)
{
	struct limits l = {.masked = S("messagesIn,event:secret,inFlow")};
	static const char *const hidden[] = {"[\"message\",\"did\"]",
					     "[\"event:secret\",\"did\"]",
					     "[\"flow:nps\",\"didNot\"]"};
	struct fault f = {0};
	struct filter *filter;

	(void)arg;
	is_int(query_limit(w->q, &l, &f), OK, "somebody with a mask");
	look_list(w, "Did sign up;", 2);
	for (size_t i = 0; i < COUNT(hidden); i++)
		is_int(filter_parse(w->q, str_of(hidden[i]), &filter, NULL),
		       ERR_INVALID, "does not find %s", hidden[i]);
	is_int((int64_t)people(w, "[\"chat\",\"didNot\"]"), 3, "but the rest");
}

static void
look_nothing(struct world *w, void *arg)
{
	struct filter *filter;

	(void)arg;
	w->q->no_behaviour = true;
	look_list(w, "", 0);
	is_int(filter_parse(w->q, S("[\"message\",\"did\"]"), &filter, NULL),
	       ERR_INVALID, "and a link tells nothing of what people do");
}

int
main(void)
{
	struct world w;

	world_open(&w);
	world_change(&w, act, NULL);
	world_look(&w, look_people, NULL);
	world_look(&w, look_refused, NULL);
	world_look(&w, look_text, NULL);
	world_look(&w, look_whole, NULL);
	world_look(&w, look_scope, NULL);
	world_look(&w, look_mask, NULL);
	world_look(&w, look_nothing, NULL);
	world_close(&w);
	return done_testing();
}
