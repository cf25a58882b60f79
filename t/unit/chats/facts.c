/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What chats add up to, worked by hand: openings, states, counts, first and
 * last, the latest chat and its session data, changes of owner, deliveries,
 * duplicates, notes, merges.
 */
#include <rapport/chats.h>

#include "../../tap.h"

#define T(n) (INT64_C(1700000000) * SECOND_US + (n)*SECOND_US)

struct world {
	struct kv *kv;
	struct people *people;
	/* what a step does, and what it answered */
	void (*step)(struct world *w);
	struct batch *b;
	struct chat_batch *c;
	struct kv_txn *txn;
	struct arena arena;
	struct fault fault;
	enum err err;
	bool duplicate;
};

static enum err
run_step(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;

	w->txn = txn;
	w->fault = (struct fault){0};
	w->b = batch_begin(w->people, txn, 0);
	w->c = chat_batch_begin(w->b);
	w->step(w);
	chat_batch_end(w->c);
	batch_end(w->b);
	chat_batch_free(w->c);
	batch_free(w->b);
	return OK;
}

static void
step(struct world *w, void (*fn)(struct world *w))
{
	struct fault f = {0};

	w->step = fn;
	if (people_refresh(w->people, &f) != OK ||
	    kv_write(w->kv, run_step, w, &f) != OK) {
		printf("# %s\n", f.text);
		abort();
	}
}

static struct chat_event
event_of(const char *chat, const char *user, int64_t at)
{
	return (struct chat_event){.chat_id = str_of(chat),
				   .user_id = str_of(user),
				   .at = at,
				   .opened = INSTANT_NONE,
				   .closed = INSTANT_NONE,
				   .snoozed = INSTANT_NONE};
}

static void
say(struct world *w, const char *chat, const char *id, enum person person,
    const char *who, int64_t at, bool note)
{
	struct message_event m = {.chat_id = str_of(chat),
				  .message_id = str_of(id),
				  .person_id = str_of(who),
				  .text = S("text"),
				  .person = person,
				  .at = at,
				  .note = note};

	w->err = message_apply(w->c, &m, &w->duplicate, &w->fault);
}

/* Looking ------------------------------------------------------------------ */

struct look {
	struct world *w;
	const char *user, *chat;
	struct buf out;
	struct chat_view view;
};

static enum err
look_user(struct kv_txn *txn, void *arg)
{
	static const uint16_t ids[] = {A_CHATS,      A_MSG_IN,    A_MSG_OUT,
				       A_FIRST_SEEN, A_LAST_SEEN, A_SOURCE};
	struct look *l = arg;
	const struct catalog *c = people_catalog(l->w->people, txn);
	struct user_view u;
	struct value v;
	uint32_t id;

	buf_reset(&l->out);
	if (!user_find(txn, str_of(l->user), &id) || !user_view(txn, c, id, &u))
		return OK;
	for (size_t i = 0; i < COUNT(ids); i++) {
		if (i > 0)
			buf_c(&l->out, ' ');
		if (!user_value(&u, &l->w->arena, txn, catalog_by_id(c, ids[i]),
				&v))
			buf_c(&l->out, '-');
		else if (v.type == TYPE_INSTANT)
			buf_i64(&l->out, (v.instant - T(0)) / SECOND_US);
		else
			value_text(&l->out, &v);
	}
	for (size_t i = 0; i < c->n; i++) {
		if ((c->attrs[i].flags & ATTR_SESSION) == 0 ||
		    !user_value(&u, &l->w->arena, txn, &c->attrs[i], &v))
			continue;
		buf_printf(&l->out, " %.*s=", STR_ARG(c->attrs[i].label));
		value_text(&l->out, &v);
	}
	return OK;
}

/* "chats in out first last source", seconds after T(0), then session data. */
static void
is_user(struct world *w, const char *user, const char *want, const char *what)
{
	struct look l = {.w = w, .user = user};
	struct fault f = {0};

	buf_init(&l.out);
	if (kv_read(w->kv, look_user, &l, &f) != OK)
		printf("# %s\n", f.text);
	is_str(buf_str(&l.out), str_of(want), "%s", what);
	buf_fini(&l.out);
}

static enum err
look_chat(struct kv_txn *txn, void *arg)
{
	struct look *l = arg;
	uint32_t id;

	l->view = (struct chat_view){0};
	if (chat_find(txn, str_of(l->chat), &id))
		chat_view(txn, &l->w->arena, id, &l->view);
	return OK;
}

static struct chat_view
chat_of(struct world *w, const char *chat)
{
	struct look l = {.w = w, .chat = chat};
	struct fault f = {0};

	if (kv_read(w->kv, look_chat, &l, &f) != OK)
		printf("# %s\n", f.text);
	return l.view;
}

static bool
put_status(void *arg, const struct message_view *m)
{
	struct buf *b = arg;

	buf_printf(b, "%.*s:%x", STR_ARG(m->message_id), m->status);
	for (int i = SENT; i <= FAILED; i++)
		if (m->status & 1 << i)
			buf_printf(
			    b, ",%lld",
			    (long long)((m->status_at[i] - T(0)) / SECOND_US));
	if (m->code.n > 0)
		buf_printf(b, ",%.*s", STR_ARG(m->code));
	buf_c(b, ' ');
	return true;
}

static enum err
look_messages(struct kv_txn *txn, void *arg)
{
	struct look *l = arg;
	uint32_t id;

	buf_reset(&l->out);
	if (chat_find(txn, str_of(l->chat), &id))
		chat_messages(txn, id, put_status, &l->out);
	return OK;
}

static void
is_said(struct world *w, const char *chat, const char *want, const char *what)
{
	struct look l = {.w = w, .chat = chat};
	struct fault f = {0};

	buf_init(&l.out);
	if (kv_read(w->kv, look_messages, &l, &f) != OK)
		printf("# %s\n", f.text);
	is_str(buf_str(&l.out), str_of(want), "%s", what);
	buf_fini(&l.out);
}

/* Steps -------------------------------------------------------------------- */

static void
message_first(struct world *w)
{
	say(w, "c1", "m1", PERSON_USER, "ann", T(100), false);
	say(w, "c1", "m2", PERSON_BOT, "bot", T(101), false);
	say(w, "c1", "m3", PERSON_MANAGER, "dana", T(102), true);
}

static void
again(struct world *w)
{
	say(w, "c1", "m1", PERSON_USER, "ann", T(500), false);
}

static void
opened_before(struct world *w)
{
	struct chat_event e = event_of("c1", "ann", INSTANT_NONE);

	e.opened = T(90);
	e.closed = T(200);
	e.fields[FIELD_SOURCE] = S("Slack");
	w->err = chat_apply(w->c, &e, &w->fault);
}

static void
second_chat(struct world *w)
{
	struct chat_event e = event_of("c2", "ann", INSTANT_NONE);
	struct json *session;

	e.opened = T(50); /* older than c1: not the latest */
	if (json_parse(&w->arena, S("{\"plan\":\"old\"}"), &session, NULL))
		abort();
	e.attributes = session;
	w->err = chat_apply(w->c, &e, &w->fault);
}

static void
session_of_latest(struct world *w)
{
	struct chat_event e = event_of("c1", NULL, T(95));
	struct json *session;

	if (json_parse(&w->arena, S("{\"plan\":\"new\",\"step\":3}"), &session,
		       NULL))
		abort();
	e.attributes = session;
	w->err = chat_apply(w->c, &e, &w->fault);
}

static void
change_owner(struct world *w)
{
	struct chat_event e = event_of("c1", "bob", T(300));

	w->err = chat_apply(w->c, &e, &w->fault);
}

static void
old_owner_late(struct world *w)
{
	struct chat_event e = event_of("c1", "cleo", T(299));

	w->err = chat_apply(w->c, &e, &w->fault);
}

static void
tie(struct world *w)
{
	struct chat_event e = event_of("c3", "bob", INSTANT_NONE);
	struct json *session;

	e.opened = T(90); /* as c1: the greater chatId is the latest */
	if (json_parse(&w->arena, S("{\"plan\":\"tie\"}"), &session, NULL))
		abort();
	e.attributes = session;
	w->err = chat_apply(w->c, &e, &w->fault);
}

static void
deliver(struct world *w, const char *id, enum delivery status, int64_t at,
	const char *code)
{
	struct delivery_event d = {.message_id = str_of(id),
				   .status = status,
				   .at = at,
				   .code = str_of(code)};

	w->err = delivery_apply(w->c, &d, &w->fault);
}

static void
deliveries(struct world *w)
{
	deliver(w, "m2", DELIVERED, T(105), NULL);
	deliver(w, "m2", DELIVERED, T(104), NULL); /* the first counts */
	deliver(w, "m2", FAILED, T(110), "last");
	deliver(w, "m2", FAILED, T(109), "first"); /* the last counts */
	deliver(w, "m9", READ, T(120), NULL);      /* before its message */
	deliver(w, "m9", SENT, T(119), NULL);
}

static void
waited_for(struct world *w)
{
	say(w, "c1", "m9", PERSON_BOT, "bot", T(118), false);
}

static void
merge(struct world *w)
{
	uint32_t ann, bob;

	if (batch_user(w->b, S("ann"), &ann, NULL) != OK ||
	    batch_user(w->b, S("bob"), &bob, NULL) != OK ||
	    batch_merge(w->b, bob, ann, T(400), NULL) != OK)
		abort();
	chats_follow(w->c, bob, ann);
}

static void
after_merge(struct world *w)
{
	say(w, "c4", "m10", PERSON_USER, "bob", T(600), false);
}

static void
too_long(struct world *w)
{
	struct message_event m = {.chat_id = S("c9"), .at = T(1)};

	m.text = (struct str){arena_get(&w->arena, MESSAGE_TEXT_MAX + 1),
			      MESSAGE_TEXT_MAX + 1};
	w->err = message_apply(w->c, &m, &w->duplicate, &w->fault);
}

static void
too_many_tags(struct world *w)
{
	struct chat_event e = event_of("c1", NULL, T(1000));
	struct str *tags = arena_get(&w->arena, 101 * sizeof(*tags));

	for (int i = 0; i < 101; i++)
		tags[i] = S("tag");
	e.tags = tags;
	e.n_tags = 101;
	e.has_tags = true;
	w->err = chat_apply(w->c, &e, &w->fault);
}

/* Descriptions of 16,000 bytes and 100 tags of 256 and so on: each is within
 * its limit, all together are not. */
static void
too_large(struct world *w)
{
	struct chat_event e = event_of("c1", NULL, T(1000));
	struct str *items = arena_get(&w->arena, 100 * sizeof(*items));
	char *memory = arena_get(&w->arena, 16000);

	memset(memory, 'x', 16000);
	for (int i = 0; i < 100; i++) {
		char *one = arena_get(&w->arena, 256);

		memset(one, 'a' + i % 26, 256);
		one[0] = (char)('a' + i / 26);
		items[i] = (struct str){one, 256};
	}
	e.tags = e.manager_ids = items;
	e.n_tags = e.n_manager_ids = 100;
	e.has_tags = e.has_manager_ids = true;
	e.fields[FIELD_DESCRIPTION] = (struct str){memory, 16000};
	w->err = chat_apply(w->c, &e, &w->fault);
}

/* A user's counts are spoiled behind the room's back. */
static void
spoil(struct world *w)
{
	struct chat_facts facts;
	uint32_t ann;

	if (batch_user(w->b, S("ann"), &ann, NULL) != OK)
		abort();
	batch_facts_get(w->b, ann, &facts);
	facts.in += 5;
	batch_facts_set(w->b, ann, &facts);
}

static uint64_t
differences(struct world *w)
{
	struct fault f = {0};
	uint64_t n = 0;

	if (chats_check(w->people, w->kv, NULL, NULL, &n, &f) != OK)
		printf("# %s\n", f.text);
	return n;
}

static void
test_facts(struct world *w)
{
	struct chat_view v;

	step(w, message_first);
	is_user(w, "ann", "1 1 1 100 100 -",
		"a message makes chat and user; a note does not count");
	v = chat_of(w, "c1");
	ok(v.in == 1 && v.out == 1 && v.notes == 1 &&
	       v.opened == INSTANT_NONE && v.state == CHAT_OPENED,
	   "nobody said when the chat was opened");
	step(w, again);
	ok(w->err == OK && w->duplicate, "the same messageId is a duplicate");
	is_user(w, "ann", "1 1 1 100 100 -", "and changes nothing");
	step(w, opened_before);
	is_user(w, "ann", "1 1 1 90 100 Slack",
		"a late opening is the first that was seen");
	v = chat_of(w, "c1");
	ok(v.opened == T(90) && v.closed == T(200) && v.state == CHAT_CLOSED &&
	       v.n_states == 2,
	   "states and their instants");
	step(w, second_chat);
	is_user(w, "ann", "2 1 1 50 100 Slack",
		"an older chat is not the latest, so not last session data");
	step(w, session_of_latest);
	is_user(w, "ann", "2 1 1 50 100 Slack plan=new step=3",
		"session data of the latest chat");
	step(w, change_owner);
	is_user(w, "ann", "1 0 0 50 100 Slack plan=old",
		"who loses a chat is counted again; seen stays seen");
	is_user(w, "bob", "1 1 1 90 100 Slack plan=new step=3",
		"who gets it has it whole");
	step(w, old_owner_late);
	is_user(w, "cleo", "0 0 0 - - -",
		"an older owner becomes known and comes too late");
	is_user(w, "bob", "1 1 1 90 100 Slack plan=new step=3",
		"and takes nothing");
	step(w, tie);
	is_user(w, "bob", "2 1 1 90 100 Slack plan=tie",
		"of chats opened at once the greater chatId is the latest");
	is_int(differences(w), 0, "all counts agree");
}

static void
test_deliveries(struct world *w)
{
	step(w, deliveries);
	is_said(w, "c1", "m1:0 m2:a,104,110,last m3:0 ",
		"of delivered the first time counts, of failed the last");
	step(w, waited_for);
	is_said(w, "c1", "m1:0 m2:a,104,110,last m3:0 m9:5,119,120 ",
		"deliveries wait for their message");
}

static void
test_merge(struct world *w)
{
	step(w, merge);
	is_user(w, "ann", "3 1 2 50 100 Slack plan=tie",
		"after a merge the chats are the survivor's");
	step(w, after_merge);
	is_user(w, "ann", "4 2 2 50 600 Slack",
		"and what comes for the other as well");
	is_int(differences(w), 0, "all counts agree");
}

static void
test_limits(struct world *w)
{
	step(w, too_long);
	ok(w->err == ERR_LIMIT && strcmp(w->fault.path, "text") == 0,
	   "a text over its limit is refused, naming it");
	ok(chat_of(w, "c9").id == 0, "and makes no chat");
	step(w, too_many_tags);
	ok(w->err == ERR_LIMIT && strcmp(w->fault.path, "tags") == 0,
	   "so are too many tags");
	step(w, too_large);
	is_int(w->err, ERR_LIMIT, "and a chat larger than a record may be");
	is_int(differences(w), 0, "all counts agree");
}

static void
test_repair(struct world *w)
{
	struct fault f = {0};

	step(w, spoil);
	is_int(differences(w), 1, "a wrong count is found");
	is_int(chats_repair(w->people, w->kv, &f), OK, "and repaired");
	is_int(differences(w), 0, "then all counts agree");
	is_user(w, "ann", "4 2 2 50 600 Slack", "with what is there");
}

int
main(void)
{
	struct kv_options o = {.create = true};
	struct fault f = {0};
	struct world w = {0};

	arena_init(&w.arena);
	if (kv_open(&w.kv, &o, &f) != OK)
		abort();
	w.people = people_open(w.kv);
	test_facts(&w);
	test_deliveries(&w);
	test_merge(&w);
	test_limits(&w);
	test_repair(&w);
	people_close(w.people);
	kv_close(w.kv);
	arena_fini(&w.arena);
	return done_testing();
}
