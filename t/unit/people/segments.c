/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Segments: names, loops and what is still needed; sets of members that are
 * moved many at once; and the order of the segment column, page by page both
 * ways, against sorting lists of names.
 */
#include "world.h"

#define PEOPLE 400
#define NAMES 6

struct made {
	uint32_t a, b, c, id;
	const uint32_t *refs;
	size_t n_refs;
	struct str name, filter;
};

static enum err
create_step(struct world *w, struct batch *b, void *arg)
{
	struct made *m = arg;
	struct segment_in in = {.name = m->name,
				.description = S("d"),
				.filter = m->filter,
				.refs = m->refs,
				.n_refs = m->n_refs};

	return segment_create(b, &in, 7, 1000, &m->id, &w->fault);
}

static enum err
create(struct world *w, const char *name, const char *filter,
       const uint32_t *refs, size_t n, uint32_t *id)
{
	struct made m = {.name = str_of(name),
			 .filter = str_of(filter),
			 .refs = refs,
			 .n_refs = n};
	enum err e = world_do(w, create_step, &m);

	*id = m.id;
	return e;
}

struct changing {
	uint32_t id;
	struct segment_change change;
};

static enum err
change_step(struct world *w, struct batch *b, void *arg)
{
	struct changing *c = arg;

	return segment_change(b, c->id, &c->change, 2000, &w->fault);
}

static enum err
delete_step(struct world *w, struct batch *b, void *arg)
{
	return segment_delete(b, *(uint32_t *)arg, &w->fault);
}

static enum err
change_filter(struct world *w, uint32_t id, const uint32_t *refs, size_t n)
{
	struct str filter = S("[\"new\"]");
	struct changing c = {id,
			     {.filter = &filter, .refs = refs, .n_refs = n}};

	return world_do(w, change_step, &c);
}

static enum err
change_name(struct world *w, uint32_t id, const char *name)
{
	struct str to = str_of(name);
	struct changing c = {id, {.name = &to}};

	return world_do(w, change_step, &c);
}

static void
test_names(struct world *w)
{
	uint32_t a, b, id;
	char longest[SEGMENT_NAME_MAX + 2];

	memset(longest, 'n', sizeof(longest) - 1);
	longest[SEGMENT_NAME_MAX + 1] = '\0';
	is_int(create(w, "VIP", NULL, NULL, 0, &a), OK, "a segment is made");
	is_int(create(w, "vip", NULL, NULL, 0, &b), OK,
	       "names are told apart to the byte");
	is_int(create(w, "VIP", NULL, NULL, 0, &id), ERR_CONFLICT,
	       "the same name is not taken twice");
	is_int(create(w, "", NULL, NULL, 0, &id), ERR_INVALID, "an empty one");
	is_int(create(w, "a\nb", NULL, NULL, 0, &id), ERR_INVALID,
	       "one of two lines");
	is_int(create(w, longest, NULL, NULL, 0, &id), ERR_INVALID,
	       "one of 201 bytes");
	longest[SEGMENT_NAME_MAX] = '\0';
	is_int(create(w, longest, NULL, NULL, 0, &id), OK, "200 are taken");
	is_int(change_name(w, b, "VIP"), ERR_CONFLICT,
	       "a new name must be free");
	is_int(change_name(w, b, "vip"), OK, "the own name is");
	is_int(change_name(w, b, "Buyers"), OK, "another name");
	is_int(create(w, "vip", NULL, NULL, 0, &id), OK, "frees the old one");
	is_int(change_name(w, 999, "x"), ERR_NOT_FOUND, "of nothing");
	is_int(change_filter(w, a, NULL, 0), ERR_CONFLICT,
	       "a static one takes no filter");
	is_int(world_differences(w), 0, "and the check finds nothing");
}

static void
read_back(struct world *w, struct kv_txn *txn, void *arg)
{
	uint32_t id = *(uint32_t *)arg;
	struct segment s;

	ok(segment_get(txn, &w->arena, id, &s), "a dynamic one is read");
	is_int(s.kind, SEGMENT_DYNAMIC, "as dynamic");
	is_int((int64_t)s.filter.n, SEGMENT_FILTER_MAX, "its filter whole");
	ok(s.filter.p[0] == 'f' && s.filter.p[s.filter.n - 1] == 'f',
	   "from end to end");
	is_int(s.created_by, 7, "with who made it");
	is_int(s.created, 1000, "and when");
}

static void
test_filters(struct world *w)
{
	char *text = mem_new(SEGMENT_FILTER_MAX + 2);
	uint32_t id, other;

	memset(text, 'f', SEGMENT_FILTER_MAX + 1);
	is_int(create(w, "Big", text, NULL, 0, &id), ERR_LIMIT,
	       "a filter over 64 KiB is refused");
	text[SEGMENT_FILTER_MAX] = '\0';
	is_int(create(w, "Big", text, NULL, 0, &id), OK, "64 KiB are taken");
	world_look(w, read_back, &id);
	is_int(world_do(w, delete_step, &id), OK, "it goes");
	is_int(create(w, "None", "", NULL, 0, &other), ERR_INVALID,
	       "an empty filter is none");
	other = 4711;
	is_int(create(w, "Lost", "[1]", &other, 1, &id), ERR_NOT_FOUND,
	       "what it names must be there");
	free(text);
}

static void
test_loops(struct world *w)
{
	uint32_t a, b, c, base;

	is_int(create(w, "Base", NULL, NULL, 0, &base), OK, "a base");
	is_int(create(w, "A", "[1]", &base, 1, &a), OK, "A names it");
	is_int(create(w, "B", "[1]", &a, 1, &b), OK, "B names A");
	is_int(create(w, "C", "[1]", &b, 1, &c), OK, "C names B");
	is_int(change_filter(w, a, &a, 1), ERR_CONFLICT,
	       "A cannot name itself");
	is_int(change_filter(w, a, &c, 1), ERR_CONFLICT, "nor C");
	ok(str_find(str_of(w->fault.text), S("A → C → B → A"), NULL),
	   "the loop is named: %s", w->fault.text);
	is_int(world_do(w, delete_step, &base), ERR_CONFLICT,
	       "what is named does not go");
	ok(str_find(str_of(w->fault.text), S("name it: A"), NULL),
	   "and who names it is said: %s", w->fault.text);
	is_int(change_filter(w, a, NULL, 0), OK, "A names nothing any more");
	is_int(world_do(w, delete_step, &base), OK, "so the base goes");
	is_int(change_filter(w, b, NULL, 0), OK, "B neither");
	is_int(change_filter(w, a, &c, 1), OK, "so A may name C");
	is_int(world_differences(w), 0, "and the check finds nothing");
}

/* Order -------------------------------------------------------------------- */

static const char *const names[NAMES] = {"b2", "B2", "a b", "a2b", "Ä", "z"};
/* in order of folded name, then name: a b, a2b, B2, b2, z, ä */
static const int by_name[NAMES] = {2, 3, 1, 0, 5, 4};

struct order {
	uint32_t ids[NAMES];
	uint32_t first; /* of the people */
	bool in[PEOPLE][NAMES];
	bool down;
	uint32_t expected[PEOPLE];
	size_t n;
	struct bits *within;
	size_t page;
};

static enum err
people_step(struct world *w, struct batch *b, void *arg)
{
	struct order *o = arg;
	struct bits *who;

	for (int i = 0; i < PEOPLE; i++) {
		uint32_t id;

		TRY(batch_user(b, arena_printf(&w->arena, "p%d", i), &id,
			       NULL));
		if (i == 0)
			o->first = id;
	}
	for (int k = 0; k < NAMES; k++) {
		struct segment_in in = {.name = str_of(names[k])};
		uint64_t n, expected = 0;

		TRY(segment_create(b, &in, 0, 0, &o->ids[k], NULL));
		who = bits_new();
		for (uint32_t i = 0; i < PEOPLE; i++) {
			o->in[i][k] = world_roll(w, 3) == 0;
			expected += o->in[i][k];
			if (o->in[i][k])
				bits_add(who, o->first + i);
		}
		TRY(batch_segment_add(b, o->ids[k], who, &n, NULL));
		is_int((int64_t)n, (int64_t)expected, "so many are added");
		TRY(batch_segment_add(b, o->ids[k], who, &n, NULL));
		is_int((int64_t)n, 0, "and nobody twice");
		bits_free(who);
	}
	return OK;
}

/* Lists of places in the order of names: the shorter first. */
static int
list_cmp(const struct order *o, uint32_t a, uint32_t b)
{
	int i = 0, k = 0;

	for (;;) {
		while (i < NAMES && !o->in[a][by_name[i]])
			i++;
		while (k < NAMES && !o->in[b][by_name[k]])
			k++;
		if (i == NAMES || k == NAMES)
			return i != k ? (i == NAMES ? -1 : 1)
				      : (a > b) - (a < b);
		if (i != k)
			return i < k ? -1 : 1;
		i++;
		k++;
	}
}

static void
expect(struct order *o)
{
	o->n = 0;
	for (uint32_t i = 0; i < PEOPLE; i++) {
		size_t at = o->n;
		bool any = false;

		for (int k = 0; k < NAMES; k++)
			any |= o->in[i][k];
		if (!any || !bits_has(o->within, o->first + i))
			continue;
		while (at > 0 &&
		       (list_cmp(o, i, o->expected[at - 1]) < 0) != o->down) {
			o->expected[at] = o->expected[at - 1];
			at--;
		}
		o->expected[at] = i;
		o->n++;
	}
}

static void
pages_look(struct world *w, struct kv_txn *txn, void *arg)
{
	struct order *o = arg;
	struct membership *m = membership_load(txn);
	struct membership_in in = {.within = o->within, .down = o->down};
	uint32_t got[PEOPLE];
	size_t n = 0, wrong = 0, total = 0;
	struct buf key;

	(void)w;
	buf_init(&key);
	do {
		n = membership_page(m, &in, got, o->page);
		for (size_t i = 0; i < n; i++, total++)
			wrong += total >= o->n ||
				 got[i] != o->first + o->expected[total];
		if (n == 0)
			break;
		buf_reset(&key);
		membership_key(m, got[n - 1], &key);
		in.after_key = buf_str(&key);
		in.after_id = got[n - 1];
	} while (total <= o->n);
	is_int((int64_t)wrong, 0, "pages of %zu %s", o->page,
	       o->down ? "down" : "up");
	is_int((int64_t)total, (int64_t)o->n, "hold everybody once");
	buf_fini(&key);
	membership_free(m);
}

static enum err
rename_step(struct world *w, struct batch *b, void *arg)
{
	struct order *o = arg;
	struct str name = S("y");
	struct segment_change c = {.name = &name};

	(void)w;
	return segment_change(b, o->ids[4], &c, 1, NULL);
}

static void
value_look(struct world *w, struct kv_txn *txn, void *arg)
{
	struct order *o = arg;
	const struct catalog *c = people_catalog(w->people, txn);
	const struct attr *a = catalog_by_id(c, A_SEGMENT);
	struct membership *m = membership_load(txn);
	size_t wrong = 0;

	for (uint32_t i = 0; i < PEOPLE; i++) {
		struct user_view u;
		struct value one = {0}, many = {0};
		bool has, also;

		ok(user_view(txn, c, o->first + i, &u), "user %u", i);
		has = user_value(&u, &w->arena, txn, a, &one);
		u.segments = m;
		also = user_value(&u, &w->arena, txn, a, &many);
		wrong += has != also || one.n_items != many.n_items;
		for (size_t k = 0; k < one.n_items && has && also; k++)
			wrong += !str_eq(one.items[k], many.items[k]);
	}
	is_int((int64_t)wrong, 0, "read one by one or all at once");
	membership_free(m);
}

static void
test_order(struct world *w)
{
	struct order *o = mem_new(sizeof(*o));
	static const size_t pages[] = {1, 7, PEOPLE};

	is_int(world_do(w, people_step, o), OK, "people in segments");
	is_int(world_differences(w), 0, "the index follows");
	for (int half = 0; half < 2; half++) {
		o->within = bits_new();
		for (uint32_t i = 0; i < PEOPLE; i++)
			if (half == 0 || world_roll(w, 2) == 0)
				bits_add(o->within, o->first + i);
		for (size_t i = 0; i < 2 * COUNT(pages); i++) {
			o->page = pages[i / 2];
			o->down = i % 2 != 0;
			expect(o);
			world_look(w, pages_look, o);
		}
		bits_free(o->within);
	}
	world_look(w, value_look, o);
	is_int(world_do(w, rename_step, o), OK, "Ä becomes y");
	is_int(world_differences(w), 0, "which moves no posting");
	free(o);
}

/* Freeze ------------------------------------------------------------------- */

static enum err
freeze_step(struct world *w, struct batch *b, void *arg)
{
	uint32_t id = *(uint32_t *)arg, ids[] = {1, 3, 100000};
	struct bits *who = bits_of(ids, 3);
	enum err e = batch_segment_add(b, id, who, NULL, &w->fault);

	is_int(e, ERR_CONFLICT, "nobody joins a dynamic one by hand");
	w->fault = (struct fault){0};
	batch_segment(b, 1, S("Frozen"), 1000000);
	e = segment_freeze(b, id, who, 3000, &w->fault);
	bits_free(who);
	return e;
}

static void
frozen_look(struct world *w, struct kv_txn *txn, void *arg)
{
	(void)w;
	is_int((int64_t)segment_size(txn, *(uint32_t *)arg), 2,
	       "and holds who is there");
}

static void
test_freeze(struct world *w)
{
	uint32_t id;

	is_int(create(w, "Frozen", "[1]", NULL, 0, &id), OK, "a dynamic one");
	is_int(world_do(w, freeze_step, &id), OK, "is frozen");
	world_look(w, frozen_look, &id);
	is_int(world_do(w, delete_step, &id), OK, "and goes");
	is_int(world_differences(w), 0, "and the check finds nothing");
}

int
main(void)
{
	struct world w;

	if (!world_open(&w))
		return done_testing();
	test_names(&w);
	test_filters(&w);
	test_loops(&w);
	test_order(&w);
	test_freeze(&w);
	world_close(&w);
	return done_testing();
}
