/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A change of type while the store is in use: between any two slices the
 * visible index is whole and exact, what is written meanwhile is there
 * afterwards, and a reader beside it always sees one type or the other with
 * every value that parses.  Cancelled, taken over or cut off, it leaves no
 * trace.
 */
#include "../../../src/people/room.h"

#include <pthread.h>
#include <stdatomic.h>

#include "world.h"

#define PEOPLE 25000u /* more than two slices */
#define SLICE 5000u   /* of making them */

/* Every 5th value is no number; every 7th user has none. */
static struct str
score_of(struct world *w, uint32_t i)
{
	if (i % 7 == 0)
		return S("null");
	if (i % 5 == 0)
		return arena_printf(&w->arena, "\"n%u\"", i % 40);
	return arena_printf(&w->arena, "\"%u.5\"", i);
}

static enum err
people_step(struct world *w, struct batch *b, void *arg)
{
	uint32_t first = *(uint32_t *)arg;

	for (uint32_t i = first; i < first + SLICE; i++) {
		struct giving g = {
		    .name = "score", .at = 5, .edit = i % 1000 == 3, .by = 7};

		g.user = arena_printf(&w->arena, "p%u", i).p;
		g.json = score_of(w, i).p;
		TRY(world_give(w, b, &g));
	}
	return OK;
}

struct count {
	uint64_t fits, misfits;
	uint64_t set; /* by the index */
	enum attr_type type;
	size_t wrong; /* users whose posting and value disagree */
};

/* By reading every record, and by the index, in one snapshot. */
static void
count_score(struct people *p, struct kv_txn *txn, struct count *out)
{
	const struct catalog *c = people_catalog(p, txn);
	const struct attr *a = catalog_find(c, S("score"));
	struct posting set = {a->id, LEVEL_SET, {"", 0}};
	struct bits *have = posting_load(txn, set);
	struct bits *all = people_everybody(txn);
	uint32_t n = (uint32_t)bits_count(all);
	uint32_t *ids = mem_new((n + 1) * sizeof(*ids));
	struct arena arena;

	*out = (struct count){.type = a->type, .set = bits_count(have)};
	arena_init(&arena);
	bits_ids(all, ids);
	for (uint32_t i = 0; i < n; i++) {
		struct user_view u;
		struct value v;
		bool has;

		arena_reset(&arena);
		has = user_view(txn, c, ids[i], &u) &&
		      user_value(&u, &arena, txn, a, &v);
		out->misfits += has && v.misfit;
		out->fits += has && !v.misfit;
		out->wrong += (has && !v.misfit) != bits_has(have, ids[i]) ||
			      (has && v.type != a->type);
	}
	arena_fini(&arena);
	free(ids);
	bits_free(have);
	bits_free(all);
}

static void
count_look(struct world *w, struct kv_txn *txn, void *arg)
{
	count_score(w->people, txn, arg);
}

/* A reader beside it --------------------------------------------------------
 */

struct reader {
	struct world *w;
	atomic_bool end;
	size_t looks, wrong;
	bool saw[TYPE_COUNT];
	struct count count;
};

static enum err
reader_body(struct kv_txn *txn, void *arg)
{
	struct reader *r = arg;

	count_score(r->w->people, txn, &r->count);
	return kv_error(txn);
}

static void *
reader_run(void *arg)
{
	struct reader *r = arg;

	do {
		if (kv_read(r->w->kv, reader_body, r, NULL) != OK) {
			r->wrong++;
			break;
		}
		r->looks++;
		r->wrong +=
		    r->count.wrong != 0 || r->count.set != r->count.fits;
		r->saw[r->count.type] = true;
	} while (!atomic_load(&r->end));
	return NULL;
}

/* Between the slices ---------------------------------------------------------
 */

struct between {
	struct world *w;
	int calls;
	int stop_at; /* 0: never */
	struct count count;
};

static bool
between_slices(void *arg, uint64_t done, uint64_t total)
{
	struct between *b = arg;
	struct world *w = b->w;
	struct fault f = {0};
	char user[32], json[32];

	b->calls++;
	ok(done <= total, "%d: %u of %u", b->calls, (unsigned)done,
	   (unsigned)total);
	world_look(w, count_look, &b->count);
	is_int(b->count.type, TYPE_TEXT, "the old type is what is seen");
	is_int((int64_t)b->count.wrong, 0, "every value is in the index");
	is_int((int64_t)b->count.set, (int64_t)b->count.fits, "and no other");
	/* one who is done already, one who is not, one who is new */
	snprintf(json, sizeof(json), "\"%d000000\"", b->calls);
	is_int(world_set(w, "p1", "score", json, 10 + b->calls), OK, "a write");
	is_int(world_set(w, "p24999", "score", json, 10 + b->calls), OK,
	       "another");
	snprintf(user, sizeof(user), "new %d", b->calls);
	is_int(world_set(w, user, "score", "\"4\"", 10), OK, "a new user");
	is_int(world_edit(w, "p2", "score", "\"by hand\"", 7, 10 + b->calls),
	       OK, "an edit");
	is_int(people_retype(w->people, S("score"), TYPE_DATE, NULL, NULL, &f),
	       ERR_CONFLICT, "one change at a time");
	is_int((int64_t)world_differences(w), 0, "all is well");
	return b->stop_at == 0 || b->calls < b->stop_at;
}

static struct str
score(struct world *w, struct kv_txn *txn, const char *user)
{
	const struct catalog *c = people_catalog(w->people, txn);
	struct user_view u;
	struct value v;
	struct buf b;
	struct str out;
	uint32_t id;

	if (!user_find(txn, str_of(user), &id) || !user_view(txn, c, id, &u) ||
	    !user_value(&u, &w->arena, txn, catalog_find(c, S("score")), &v))
		return S("none");
	buf_init(&b);
	value_text(&b, &v);
	out = arena_str(&w->arena, buf_str(&b));
	buf_fini(&b);
	return out;
}

static void
after_look(struct world *w, struct kv_txn *txn, void *arg)
{
	struct between *b = arg;

	is_str(score(w, txn, "p1"),
	       arena_printf(&w->arena, "%d000000", b->calls),
	       "what was written meanwhile is there");
	is_str(score(w, txn, "p24999"), score(w, txn, "p1"), "both times");
	is_str(score(w, txn, "p2"), S("by hand"), "so is the edit");
	is_str(score(w, txn, "new 1"), S("4"), "and who is new");
	is_str(score(w, txn, "p6"), S("6.5"), "and what was there before");
}

/* Fit: 25,000 less the 3,572 without a value, less those of five, 5,000, of
 * whom 715 have none: 25000 - 3572 - (5000 - 715) = 17143. But an edit that is
 * cleared or no number counts the same, text takes all. */
static void
test_preview(struct world *w)
{
	struct retype_preview p;
	struct fault f = {0};

	is_int(people_retype_preview(w->people, S("score"), TYPE_NUMBER,
				     &w->arena, &p, &f),
	       OK, "a preview");
	is_int((int64_t)p.fits, 17143, "so many parse");
	is_int((int64_t)p.misfits, 4285, "and so many do not");
	is_int((int64_t)p.n_examples, 8, "n0, n5 … n35, each once");
	for (size_t i = 0; i < p.n_examples; i++)
		ok(p.examples[i].text.p[0] == 'n' && p.examples[i].user > 0,
		   "%.*s of user %u", STR_ARG(p.examples[i].text),
		   p.examples[i].user);
	is_int(people_retype_preview(w->people, S("nobody's"), TYPE_NUMBER,
				     &w->arena, &p, &f),
	       ERR_NOT_FOUND, "of no attribute");
	f = (struct fault){0};
	is_int(people_retype_preview(w->people, S("default_ip"), TYPE_NUMBER,
				     &w->arena, &p, &f),
	       ERR_CONFLICT, "a built-in one keeps its type");
}

static void
test_cancel(struct world *w)
{
	struct between b = {.w = w, .stop_at = 2};
	struct fault f = {0};
	struct count count;

	is_int(people_retype(w->people, S("score"), TYPE_NUMBER, between_slices,
			     &b, &f),
	       ERR_CANCELLED, "it is cancelled");
	world_look(w, count_look, &count);
	is_int(count.type, TYPE_TEXT, "and is as before");
	is_int((int64_t)count.wrong, 0, "whole");
	is_int((int64_t)world_differences(w), 0, "all is well");
	world_look(w, after_look, &b);
}

static void
test_change(struct world *w)
{
	struct between b = {.w = w};
	struct reader r = {.w = w};
	struct fault f = {0};
	struct count count;
	pthread_t thread;

	is_int(pthread_create(&thread, NULL, reader_run, &r), 0, "a reader");
	is_int(people_retype(w->people, S("score"), TYPE_NUMBER, between_slices,
			     &b, &f),
	       OK, "the type is changed");
	atomic_store(&r.end, true);
	pthread_join(thread, NULL);
	ok(b.calls >= 3, "in %d slices", b.calls);
	is_int((int64_t)r.wrong, 0, "the reader saw nothing wrong");
	ok(r.looks > 0 && r.saw[TYPE_TEXT], "in %zu looks", r.looks);
	world_look(w, count_look, &count);
	is_int(count.type, TYPE_NUMBER, "the new type is what is seen");
	is_int((int64_t)count.wrong, 0, "every value that parses is found");
	ok(count.misfits > 4000, "the others are kept: %u",
	   (unsigned)count.misfits);
	is_int((int64_t)world_differences(w), 0, "all is well");
	world_look(w, after_look, &b);
	is_int(people_retype(w->people, S("score"), TYPE_TEXT, NULL, NULL, &f),
	       OK, "and back");
	world_look(w, count_look, &count);
	is_int((int64_t)count.misfits, 0, "where all fit again");
	world_look(w, after_look, &b);
	is_int((int64_t)world_differences(w), 0, "all is well");
}

/* As if whoever changed it had died a while ago. */
static void
age(void *arg, const struct attr *a, int64_t touched)
{
	if ((a->flags & ATTR_COMING) != 0) {
		ok(touched > 0, "it is being worked on");
		attr_put(arg, a, 1);
	}
}

struct kept {
	struct attr coming;
};

static void
keep_coming(void *arg, const struct attr *a, int64_t touched)
{
	struct kept *k = arg;

	(void)touched;
	if ((a->flags & ATTR_COMING) != 0)
		k->coming = *a;
}

static enum err
age_step(struct world *w, struct batch *b, void *arg)
{
	struct kept k = {{0}};

	(void)w;
	(void)arg;
	attrs_each(batch_txn(b), keep_coming, &k);
	k.coming.name = k.coming.label = S("score");
	age(batch_txn(b), &k.coming, 2);
	return OK;
}

static bool
taken_over(void *arg, uint64_t done, uint64_t total)
{
	struct world *w = arg;
	struct fault f = {0};

	if (done >= total)
		return true;
	is_int(world_do(w, age_step, NULL), OK, "as if nobody worked on it");
	is_int(people_retype(w->people, S("score"), TYPE_SET, NULL, NULL, &f),
	       OK, "then another may change it");
	return true;
}

static void
test_cut(struct world *w)
{
	struct fault f = {0};
	struct count count;

	is_int(people_retype(w->people, S("score"), TYPE_NUMBER, taken_over, w,
			     &f),
	       ERR_CONFLICT, "the first one, back again, is told so");
	world_look(w, count_look, &count);
	is_int(count.type, TYPE_SET, "the other's type holds");
	is_int((int64_t)count.wrong, 0, "whole");
	is_int((int64_t)world_differences(w), 0, "all is well");
	is_int(people_tidy(w->people, &f), OK, "nothing is left to clear up");
}

/* Label and hidden --------------------------------------------------------- */

struct naming {
	const char *name, *label;
};

static enum err
label_step(struct world *w, struct batch *b, void *arg)
{
	const struct naming *n = arg;
	struct str label = str_of(n->label);
	bool hidden = label.n > 0;
	struct attr_change c = {.label = &label, .hidden = &hidden};

	return batch_attr_change(b, str_of(n->name), &c, &w->fault);
}

static enum err
label(struct world *w, const char *name, const char *text)
{
	struct naming n = {name, text};

	return world_do(w, label_step, &n);
}

static void
label_look(struct world *w, struct kv_txn *txn, void *arg)
{
	const struct catalog *c = people_catalog(w->people, txn);
	const struct attr *city = catalog_input(c, S("city"));
	const struct attr *score = catalog_find(c, S("score"));
	bool own = *(bool *)arg;

	is_str(city->label, own ? S("City") : S("Town"), "a built-in label");
	is_str(score->label, own ? S("score") : S("Marks"), "and another");
	is_int((city->flags & ATTR_HIDDEN) != 0, !own, "hidden or not");
	is_int((score->flags & ATTR_HIDDEN) != 0, !own, "both");
}

static void
test_label(struct world *w)
{
	bool own = false;

	is_int(label(w, "default_city", "Town"), OK, "a label");
	is_int(label(w, "score", "Marks"), OK, "and another");
	world_look(w, label_look, &own);
	is_int(label(w, "score", " tOWN\xe2\x80\x8b"), ERR_CONFLICT,
	       "one that looks like another's is refused");
	is_int(label(w, "score", "Country"), ERR_CONFLICT,
	       "so is a built-in one");
	is_int(label(w, "score", "marks"), OK, "but not one's own");
	is_int(label(w, "score", "\xe2\x80\x8b"), ERR_INVALID,
	       "nor one that cannot be seen");
	is_int(label(w, "default_city", ""), OK, "their own again");
	is_int(label(w, "score", ""), OK, "both");
	own = true;
	world_look(w, label_look, &own);
	is_int(label(w, "score", "a\nb"), ERR_INVALID, "of one line");
}

int
main(void)
{
	struct world w;

	if (!world_open(&w))
		return done_testing();
	for (uint32_t i = 0; i < PEOPLE; i += SLICE)
		is_int(world_do(&w, people_step, &i), OK, "people");
	test_preview(&w);
	test_cancel(&w);
	test_change(&w);
	test_cut(&w);
	test_label(&w);
	world_close(&w);
	return done_testing();
}
