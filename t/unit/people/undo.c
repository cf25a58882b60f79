/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Merging and undoing is the identity: every key and value of every space that
 * people keep is what it was, but for the note that it happened.  And erasing
 * leaves nothing: no key and no value of any space holds a byte of the person.
 */
#include "world.h"

static const enum kv_space spaces[] = {SP_USER,    SP_IDENT,  SP_POST,
				       SP_SEGMENT, SP_MEMBER, SP_TRAIL,
				       SP_HISTORY, SP_RUN,    SP_ATTR};

struct dump {
	struct buf bytes;
	const char *marker; /* look for it instead */
	size_t hits;
};

static void
dump_space(struct kv_txn *txn, enum kv_space space, struct dump *d)
{
	struct kv_cursor *c = kv_cursor(txn, space, STR_NONE);

	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		buf_c(&d->bytes, (char)space);
		buf_lstr(&d->bytes, kv_key(c));
		buf_lstr(&d->bytes, kv_value(c));
		if (d->marker == NULL)
			continue;
		d->hits += str_find(kv_key(c), str_of(d->marker), NULL) ||
			   str_find(kv_value(c), str_of(d->marker), NULL);
	}
	kv_cursor_close(c);
}

static void
dump_look(struct world *w, struct kv_txn *txn, void *arg)
{
	(void)w;
	for (size_t i = 0; i < COUNT(spaces); i++)
		dump_space(txn, spaces[i], arg);
}

static void
everything_look(struct world *w, struct kv_txn *txn, void *arg)
{
	(void)w;
	for (int i = 0; i < SP_COUNT; i++)
		dump_space(txn, (enum kv_space)i, arg);
}

/* Random people ------------------------------------------------------------ */

static enum err
random_step(struct world *w, struct batch *b, void *arg)
{
	static const char *const names[] = {"plan", "score", "likes",
					    "default_phone", "banned"};
	static const char *const json[] = {
	    "\"Zoë\"", "7", "[\"a\",\"b\"]", "\"+49 30 1\"", "true", "null"};
	const char *user = arg;
	uint32_t id;

	TRY(batch_user(b, str_of(user), &id, NULL));
	for (int i = 0; i < 30; i++) {
		struct giving g = {user,
				   names[world_roll(w, COUNT(names))],
				   json[world_roll(w, COUNT(json))],
				   (int64_t)world_roll(w, 90),
				   world_roll(w, 5) == 0,
				   7};
		enum err e = world_give(w, b, &g);

		if (e != OK && e != ERR_INVALID) /* a misfit by hand */
			return e;
	}
	for (int i = 0; i < 4; i++) {
		struct identity own = {
		    S("web"), S("sid"),
		    arena_printf(&w->arena, "%s-%u", user,
				 (unsigned)world_roll(w, 5))};

		TRY(batch_claim(b, id, &own, NULL));
		batch_segment(b, id, world_roll(w, 2) ? S("VIP") : S("Leads"),
			      1000000);
		batch_segment(
		    b, id,
		    arena_printf(&w->arena, "S%u", (unsigned)world_roll(w, 4)),
		    1000000);
		batch_flow(b, id, world_roll(w, 2) ? S("nps") : S("hello"), 1);
		batch_trail(b, id, (int64_t)world_roll(w, 90),
			    S("{\"type\":\"event\"}"));
	}
	batch_seen(b, id, (int64_t)world_roll(w, 90),
		   (int64_t)world_roll(w, 90));
	batch_consent(b, id, world_roll(w, 2), (int64_t)world_roll(w, 90));
	batch_validity(b, id, world_roll(w, 2), (int64_t)world_roll(w, 90));
	w->fault = (struct fault){0};
	return OK;
}

struct pair {
	uint32_t from, into, merge;
	bool both; /* in one transaction */
};

static enum err
merge_step(struct world *w, struct batch *b, void *arg)
{
	struct pair *p = arg;
	struct merge out;

	TRY(batch_user(b, S("from"), &p->from, NULL));
	TRY(batch_user(b, S("into"), &p->into, NULL));
	TRY(batch_merge(b, p->from, p->into, 40, &w->fault));
	p->merge = batch_merge_id(b);
	if (p->both)
		return batch_merge_undo(b, p->merge, 50, &out, &w->fault);
	return OK;
}

static enum err
undo_step(struct world *w, struct batch *b, void *arg)
{
	struct pair *p = arg;
	struct merge out;

	TRY(batch_merge_undo(b, p->merge, 50, &out, &w->fault));
	is_str(out.from_user_id, S("from"), "it says who came back");
	return OK;
}

static bool
count_merge(void *arg, const struct merge *m)
{
	size_t *n = arg;

	ok(m->undone != INSTANT_NONE, "it is noted as undone");
	++*n;
	return true;
}

static void
merges_look(struct world *w, struct kv_txn *txn, void *arg)
{
	struct pair *p = arg;
	size_t n = 0;

	(void)w;
	merges_each(txn, p->from, count_merge, &n);
	merges_each(txn, p->into, count_merge, &n);
	is_int((int64_t)n, 2, "both know of the merge");
}

static void
test_identity(bool both)
{
	struct dump before = {0}, after = {0}, merged = {0};
	struct pair p = {.both = both};
	struct world w;

	if (!world_open(&w))
		return;
	is_int(world_do(&w, random_step, (void *)"from"), OK, "one");
	is_int(world_do(&w, random_step, (void *)"into"), OK, "another");
	is_int(world_do(&w, random_step, (void *)"third"), OK, "a bystander");
	world_look(&w, dump_look, &before);
	is_int(world_do(&w, merge_step, &p), OK, "two become one");
	world_look(&w, dump_look, &merged);
	is_int(str_eq(buf_str(&before.bytes), buf_str(&merged.bytes)), both,
	       "which shows");
	is_int((int64_t)world_differences(&w), 0, "all is well");
	if (!both)
		is_int(world_do(&w, undo_step, &p), OK, "and two again");
	world_look(&w, dump_look, &after);
	ok(str_eq(buf_str(&before.bytes), buf_str(&after.bytes)),
	   "every byte is as it was");
	is_int((int64_t)world_differences(&w), 0, "all is well");
	world_look(&w, merges_look, &p);
	is_int(world_do(&w, undo_step, &p), ERR_GONE, "not a second time");
	buf_fini(&before.bytes);
	buf_fini(&after.bytes);
	buf_fini(&merged.bytes);
	world_close(&w);
}

/* Erasing ------------------------------------------------------------------ */

static enum err
marked_step(struct world *w, struct batch *b, void *arg)
{
	static const char *const users[] = {"zqx-1", "zqx-2", "other"};
	uint32_t ids[3];

	(void)arg;
	for (int i = 0; i < 3; i++) {
		struct identity own = {S("web"), S("sid"),
				       i < 2 ? S("zqx-sid") : S("sid")};
		struct giving g = {users[i], "plan", "\"zqx gold\"",
				   5,        i == 1, 7};

		TRY(batch_user(b, str_of(users[i]), &ids[i], NULL));
		if (i != 1)
			TRY(batch_claim(b, ids[i], &own, NULL));
		if (i == 2)
			g.json = "\"gold\"";
		TRY(world_give(w, b, &g));
		g.json = i < 2 ? "\"zqx silver\"" : "\"silver\"";
		g.at = 9;
		TRY(world_give(w, b, &g));
		batch_segment(b, ids[i], S("VIP"), 1000000);
		batch_flow(b, ids[i], S("nps"), 1);
	}
	batch_trail(b, ids[0], 7,
		    S("{\"type\":\"flow\",\"runId\":\"zqx-run\"}"));
	kv_put(batch_txn(b), SP_RUN, S("rzqx-run"), S("\1zqx"));
	kv_put(batch_txn(b), SP_RUN, S("nzqx-1\0nps"), S("\1zqx"));
	kv_put(batch_txn(b), SP_RUN, S("nother\0nps"), S("\1other"));
	return batch_merge(b, ids[0], ids[1], 10, NULL);
}

static enum err
erase_step(struct world *w, struct batch *b, void *arg)
{
	struct erasure *out = arg;
	uint32_t id;

	if (!user_find(batch_txn(b), S("zqx-2"), &id))
		return fail(&w->fault, ERR_NOT_FOUND, "", "nobody");
	TRY(batch_erase(b, id, ERASE_KEEP_TOTALS, 77, out, &w->fault));
	is_int(batch_erase(b, id, ERASE_FORGET, 77, &(struct erasure){0}, NULL),
	       ERR_NOT_FOUND, "nobody is erased twice");
	return OK;
}

static enum err
again_step(struct world *w, struct batch *b, void *arg)
{
	(void)w;
	return batch_user(b, S("zqx-2"), arg, NULL);
}

static void
test_erase(void)
{
	struct dump before = {.marker = "zqx"}, after = {.marker = "zqx"};
	struct sha256 hash = sha256_of(S("zqx-2"));
	struct erasure e = {0};
	struct world w;
	uint32_t id;

	if (!world_open(&w))
		return;
	is_int(world_do(&w, marked_step, NULL), OK, "a person, merged");
	world_look(&w, everything_look, &before);
	ok(before.hits > 10, "who is in %zu places", before.hits);
	is_int((int64_t)world_differences(&w), 0, "all is well");
	is_int(world_do(&w, erase_step, &e), OK, "is erased");
	world_look(&w, everything_look, &after);
	is_int((int64_t)after.hits, 0, "and is in none");
	is_int((int64_t)world_differences(&w), 0, "all is well");
	ok(memcmp(&e.user, &hash, sizeof(hash)) == 0 && e.at == 77,
	   "the certificate says who and when");
	is_int((int64_t)e.attributes, 1, "attributes");
	is_int((int64_t)e.identities, 3, "identities: two userIds and a sid");
	is_int((int64_t)e.segments, 1, "segments");
	is_int((int64_t)e.runs, 2, "runs, named and not");
	is_int((int64_t)e.trail, 1, "what happened");
	is_int((int64_t)e.merges, 1, "merges");
	ok(e.history > 0, "old values");
	is_int(world_do(&w, again_step, &id), OK, "the same userId again");
	ok(id > e.id, "is somebody else");
	buf_fini(&before.bytes);
	buf_fini(&after.bytes);
	world_close(&w);
}

int
main(void)
{
	for (int i = 0; i < 20; i++)
		test_identity(i % 2 == 0);
	test_erase();
	return done_testing();
}
