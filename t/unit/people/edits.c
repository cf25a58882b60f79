/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Edits: they stand above what events say whichever came first, what they hide
 * and what they replaced is kept, and old values can be read again.
 */
#include "world.h"

struct shown {
	const char *user, *name;
	struct user_attr *attr; /* NULL: none */
	struct user_detail detail;
	struct buf history;
	size_t n;
};

static bool
line(void *arg, const struct told *t)
{
	struct shown *s = arg;

	if (s->n++ > 0)
		buf_c(&s->history, ' ');
	if (t->has)
		value_text(&s->history, &t->value);
	else
		buf_c(&s->history, '-');
	buf_printf(&s->history, "@%d", (int)t->from.at);
	return true;
}

static void
show_look(struct world *w, struct kv_txn *txn, void *arg)
{
	struct shown *s = arg;
	const struct catalog *c = people_catalog(w->people, txn);
	const struct attr *a = catalog_input(c, str_of(s->name));
	uint32_t id;

	s->attr = NULL;
	s->n = 0;
	buf_reset(&s->history);
	if (!ok(a != NULL && user_find(txn, str_of(s->user), &id) &&
		    user_detail(txn, c, id, &w->arena, &s->detail),
		"%s of %s is read", s->name, s->user))
		return;
	for (size_t i = 0; i < s->detail.n_attrs; i++)
		if (s->detail.attrs[i].attr == a)
			s->attr = &s->detail.attrs[i];
	user_history(txn, id, a, line, s);
}

static const struct user_attr *
show(struct world *w, struct shown *s, const char *user, const char *name)
{
	static const struct user_attr none = {0};

	s->user = user;
	s->name = name;
	world_look(w, show_look, s);
	return s->attr != NULL ? s->attr : &none;
}

static struct str
text_of(struct world *w, const struct told *t)
{
	struct buf b;
	struct str out;

	buf_init(&b);
	if (t->has)
		value_text(&b, &t->value);
	out = arena_str(&w->arena, buf_str(&b));
	buf_fini(&b);
	return out;
}

static void
test_lanes(struct world *w)
{
	struct shown s = {0};
	const struct user_attr *a;

	world_set(w, "ann", "city", "\"Rome\"", 10);
	world_edit(w, "ann", "city", "\"Oslo\"", 42, 20);
	world_set(w, "ann", "city", "\"Lima\"", 30);
	world_edit(w, "bob", "city", "\"Oslo\"", 42, 20);
	world_set(w, "bob", "city", "\"Lima\"", 30);
	world_set(w, "bob", "city", "\"Rome\"", 10);
	for (int i = 0; i < 2; i++) {
		a = show(w, &s, i == 0 ? "ann" : "bob", "city");
		is_str(text_of(w, &a->now), S("Oslo"), "an edit is shown");
		is_int(a->now.from.source, FROM_MANAGER, "as a manager's");
		is_int(a->now.by, 42, "of this one");
		is_int(a->now.from.at, 20, "of its own instant");
		ok(a->has_shadow, "what the events say is kept");
		is_str(text_of(w, &a->shadow), S("Lima"), "their last word");
		is_int(a->shadow.from.at, 30, "with its instant");
		is_str(buf_str(&s.history), S("Rome@10"),
		       "and their first is history");
	}
	a = show(w, &s, "ann", "city");
	ok(a->has_previous, "the edit replaced something");
	is_str(text_of(w, &a->previous), S("Rome"), "namely this");
	is_int(a->previous.from.source, FROM_EVENT, "which an event said");
	world_edit(w, "ann", "city", "null", 43, 40);
	a = show(w, &s, "ann", "city");
	ok(!a->now.has, "edited away");
	is_str(text_of(w, &a->previous), S("Oslo"), "after the first edit");
	world_set(w, "ann", "city", "\"Bonn\"", 99);
	a = show(w, &s, "ann", "city");
	ok(!a->now.has, "stays so whatever an event says");
	is_str(text_of(w, &a->shadow), S("Bonn"), "which is kept beside it");
	is_str(buf_str(&s.history), S("Lima@30 Oslo@20 Rome@10"),
	       "all of it can be read, newest first");
	is_int(world_differences(w), 0, "postings follow");
	buf_fini(&s.history);
}

static void
test_refused(struct world *w)
{
	struct shown s = {0};
	const struct user_attr *a;

	world_set(w, "ann", "score", "1", 1);
	is_int(world_edit(w, "ann", "score", "\"many\"", 1, 2), ERR_INVALID,
	       "what a person types must parse");
	is_int(world_edit(w, "ann", "segment", "\"x\"", 1, 2), ERR_INVALID,
	       "a derived attribute is not edited");
	is_int(world_edit(w, "ann", "banned", "true", 1, 2), OK, "a ban");
	a = show(w, &s, "ann", "banned");
	ok(a->now.has && a->now.value.flag, "holds");
	world_set(w, "ann", "banned", "false", 9);
	a = show(w, &s, "ann", "banned");
	ok(a->now.value.flag, "against events");
	world_edit(w, "ann", "banned", "false", 1, 1);
	a = show(w, &s, "ann", "banned");
	ok(a->now.has && !a->now.value.flag,
	   "and is lifted by a manager whose clock is behind");
	a = show(w, &s, "bob", "banned");
	ok(a->now.has && !a->now.value.flag && a->derived,
	   "nobody is banned until somebody says so");
	buf_fini(&s.history);
}

static void
test_history(struct world *w)
{
	char json[16];
	struct shown s = {0};
	const struct user_attr *a;

	for (int i = 0; i < (int)HISTORY_MAX + 20; i++) {
		snprintf(json, sizeof(json), "%d", i);
		world_set(w, "cy", "score", json, 100 + i);
	}
	a = show(w, &s, "cy", "score");
	is_int((int64_t)s.n, HISTORY_MAX, "the newest hundred stay");
	ok(str_starts(buf_str(&s.history), S("118@218 117@217 ")),
	   "newest first");
	ok(str_ends(buf_str(&s.history), S(" 19@119")), "to the oldest kept");
	ok(a->has_previous && a->previous.value.number == 118,
	   "what was shown before an event's word is the last of them");
	world_set(w, "cy", "score", "119", 500);
	a = show(w, &s, "cy", "score");
	is_int((int64_t)s.n, HISTORY_MAX, "the same again is no change");
	world_set(w, "cy", "score", "7", 50);
	show(w, &s, "cy", "score");
	ok(str_ends(buf_str(&s.history), S(" 19@119")),
	   "one older than all that stay does not push them out");
	world_set(w, "cy", "plan", "\"late\"", 9);
	world_set(w, "cy", "plan", "\"early\"", 5);
	world_set(w, "cy", "plan", "\"early\"", 5);
	show(w, &s, "cy", "plan");
	is_str(buf_str(&s.history), S("early@5"),
	       "a late event's word is history at once, and once");
	buf_fini(&s.history);
}

/* Session data ------------------------------------------------------------- */

struct session {
	const char *json; /* NULL: no cells */
};

static enum err
session_step(struct world *w, struct batch *b, void *arg)
{
	const struct session *s = arg;
	struct session_cell cell = {.at = 5};
	struct json *json;
	uint32_t id;

	TRY(batch_user(b, S("dee"), &id, NULL));
	if (s->json == NULL) {
		batch_session(b, id, NULL, 0);
		return OK;
	}
	TRY(json_parse(batch_arena(b), str_of(s->json), &json, NULL));
	TRY(batch_attr(b, S("page"), json, true, &cell.attr, &w->fault));
	TRY(value_of_json(batch_arena(b), cell.attr, json, &cell.value, NULL));
	batch_session(b, id, &cell, 1);
	return OK;
}

static void
test_session(struct world *w)
{
	struct session one = {"\"/a\""}, two = {"\"/b\""}, none = {NULL};
	struct shown s = {0};
	const struct user_attr *a;

	world_do(w, session_step, &one);
	world_do(w, session_step, &two);
	a = show(w, &s, "dee", "session.page");
	is_str(text_of(w, &a->now), S("/b"), "the last chat's data");
	is_int((int64_t)s.n, 0, "another chat's data is no change of value");
	is_int(world_edit(w, "dee", "session.page", "\"/x\"", 1, 9), OK,
	       "edited");
	world_do(w, session_step, &one);
	a = show(w, &s, "dee", "session.page");
	is_str(text_of(w, &a->now), S("/x"), "stays edited");
	is_str(text_of(w, &a->shadow), S("/a"), "over the next chat's");
	world_do(w, session_step, &none);
	a = show(w, &s, "dee", "session.page");
	ok(text_of(w, &a->now).n == 2 && !a->has_shadow,
	   "and over a chat's without");
	is_int(world_differences(w), 0, "postings follow");
	buf_fini(&s.history);
}

int
main(void)
{
	struct world w;

	if (!world_open(&w))
		return done_testing();
	test_lanes(&w);
	test_refused(&w);
	test_history(&w);
	test_session(&w);
	world_close(&w);
	return done_testing();
}
