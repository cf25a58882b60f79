/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Labels that an eye would take for each other.  The law: whatever attributes
 * there are, no two of a catalog skim alike, nor of any part of one; what had
 * to be told apart keeps the label it was given for when it is alone.  On
 * random names out of a handful of letters, spaces and invisible characters,
 * so that most of them collide.
 */
#include "world.h"

#include "../../../src/people/room.h"

#define ATTRS 400u
#define ROUNDS 200u

static const char *const bits_of_names[] = {"a",
					    "A",
					    "\xef\xbd\x81", /* fullwidth a */
					    "\xe2\x80\x8b",
					    " ",
					    "  ",
					    "\xc2\xa0",
					    "b",
					    "B",
					    " (custom)",
					    " (custom 2)",
					    " (last session)"};

static struct str
random_label(struct world *w, struct arena *a)
{
	struct buf b;
	struct str out;
	size_t n = 1 + world_roll(w, 4);

	buf_init(&b);
	for (size_t i = 0; i < n; i++)
		buf_put(
		    &b,
		    str_of(bits_of_names[world_roll(w, COUNT(bits_of_names))]));
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static struct str
skimmed(struct arena *a, struct str s)
{
	struct buf b;
	struct str out;

	buf_init(&b);
	text_skim(&b, s);
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* How many pairs are alike, counted by comparing each with each. */
static size_t
alike(struct arena *a, const struct attr *attrs, size_t n)
{
	struct str *all = arena_get(a, (n + 1) * sizeof(*all));
	size_t pairs = 0;

	for (size_t i = 0; i < n; i++) {
		all[i] = skimmed(a, attrs[i].label);
		for (size_t k = 0; k < i; k++)
			pairs += str_eq(all[i], all[k]);
	}
	return pairs;
}

static void
test_law(struct world *w)
{
	static struct attr attrs[ATTRS], part[ATTRS];
	size_t before = 0, after = 0, in_part = 0, lost = 0;
	struct str given[ATTRS];
	struct arena a;

	arena_init(&a);
	for (size_t round = 0; round < ROUNDS; round++) {
		size_t m = 0;
		size_t n = 1 + world_roll(w, round % 10 ? 40 : ATTRS);

		arena_reset(&a);
		for (size_t i = 0; i < n; i++) {
			given[i] = random_label(w, &a);
			attrs[i] = (struct attr){
			    .id = (uint16_t)(1000 + i),
			    .origin = (uint16_t)(1000 + world_roll(w, 9999)),
			    .flags =
				world_roll(w, 2) ? ATTR_SESSION : ATTR_CUSTOM,
			    .name = given[i],
			    .label = given[i]};
		}
		before += alike(&a, attrs, n);
		labels_apart(attrs, n, &a);
		after += alike(&a, attrs, n);
		for (size_t i = 0; i < n; i++) {
			struct str kept = attrs[i].kept.n > 0 ? attrs[i].kept
							      : attrs[i].label;

			lost += !str_eq(kept, given[i]);
			if (world_roll(w, 2))
				part[m++] = attrs[i];
		}
		labels_apart(part, m, &a);
		in_part += alike(&a, part, m);
	}
	arena_fini(&a);
	ok(before > ROUNDS, "control: as they came many are alike");
	is_int((int64_t)after, 0, "told apart none are");
	is_int((int64_t)in_part, 0, "nor in a part of them");
	is_int((int64_t)lost, 0, "and what each was given is not lost");
}

static struct attr
attr_of(uint16_t id, unsigned flags, const char *label)
{
	return (struct attr){.id = id,
			     .origin = id,
			     .flags = flags,
			     .name = str_of(label),
			     .label = str_of(label)};
}

static void
test_words(void)
{
	struct attr x[] = {
	    attr_of(6, 0, "Country"),
	    attr_of(300, ATTR_CUSTOM, "country"),
	    attr_of(299, ATTR_CUSTOM, "COUNTRY"),
	    attr_of(301, ATTR_SESSION, "country"),
	    attr_of(200, ATTR_SESSION, "plan"),
	    attr_of(400, ATTR_CUSTOM, "plan"),
	    attr_of(401, ATTR_CUSTOM, "plan (last session)"),
	};
	struct arena a;

	arena_init(&a);
	labels_apart(x, COUNT(x), &a);
	is_str(x[0].label, S("Country"), "a built-in one keeps its label");
	is_str(x[2].label, S("COUNTRY (custom)"), "the older comes first");
	is_str(x[1].label, S("country (custom 2)"), "then the newer");
	is_str(x[3].label, S("country (last session)"), "then the session's");
	is_str(x[5].label, S("plan"), "a user's before a chat's, though newer");
	is_str(x[4].label, S("plan (last session 2)"),
	       "and not what another is called");
	is_int((int64_t)x[0].kept.n, 0, "one that stays has nothing kept");
	labels_apart(x + 3, 1, &a);
	is_str(x[3].label, S("country"), "alone it has its own again");
	arena_fini(&a);
}

/* What is stored is the label given, also when it is hidden while another
 * stands beside it. */
static enum err
store_step(struct world *w, struct batch *b, void *arg)
{
	static const char *const names[] = {"City", "city ", "City "};
	struct giving g = {.user = "u", .at = 5, .json = "1"};
	bool hidden = true;
	struct attr_change c = {.hidden = &hidden};

	if (arg != NULL)
		return batch_attr_change(b, S("City "), &c, &w->fault);
	for (size_t i = 0; i < COUNT(names); i++) {
		g.name = names[i];
		TRY(world_give(w, b, &g));
	}
	return OK;
}

static void
store_look(struct world *w, struct kv_txn *txn, void *arg)
{
	const struct catalog *c = people_catalog(w->people, txn);
	const struct attr *x = catalog_find(c, S("City "));

	(void)arg;
	is_str(x->kept, S("City "), "what is stored is what was given");
	ok(!str_eq(x->label, x->kept), "and it is shown as something else");
	is_int((int64_t)alike(&w->arena, c->attrs, c->n), 0,
	       "no two of the catalog are alike");
}

int
main(void)
{
	struct world w;

	if (!world_open(&w))
		return done_testing();
	test_law(&w);
	test_words();
	is_int(world_do(&w, store_step, NULL), OK, "three cities");
	world_look(&w, store_look, NULL);
	is_int(world_do(&w, store_step, &w), OK, "one is hidden");
	world_look(&w, store_look, NULL);
	is_int((int64_t)world_differences(&w), 0, "all is well");
	world_close(&w);
	return done_testing();
}
