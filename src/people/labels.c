/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What attributes are called, so that no two can be taken for each other.  A
 * label that somebody chooses is refused when another attribute has it; but
 * attributes come by themselves, too, with the events, and nobody can be asked
 * then: a chat's "plan" beside a user's, a "Country" beside the built-in one.
 * The first of such keeps its label (built-in ones before custom ones before
 * those of the session, older before newer), the others are shown with what
 * sets them apart: "plan (last session)", "Country (custom)", "Plan (custom
 * 2)".  Nothing of this is stored: it follows from what there is.
 */
#include "room.h"

#include <stdlib.h>

/* A label as it is compared, and whose it is. */
struct skimmed {
	struct str text;
	struct attr *attr;
};

static struct str
skim(struct arena *a, struct str label)
{
	struct str out;
	struct buf b;

	buf_init(&b);
	text_skim(&b, label);
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static int
before(const struct attr *x, const struct attr *y)
{
	bool sx = (x->flags & ATTR_SESSION) != 0;
	bool sy = (y->flags & ATTR_SESSION) != 0;

	return sx != sy ? sx - sy : x->origin - y->origin;
}

static int
by_text(const void *a, const void *b)
{
	const struct skimmed *x = a, *y = b;
	int order = str_cmp(x->text, y->text);

	return order != 0 ? order : before(x->attr, y->attr);
}

static int
text_only(const void *a, const void *b)
{
	return str_cmp(((const struct skimmed *)a)->text,
		       ((const struct skimmed *)b)->text);
}

struct labels {
	struct arena *arena;
	struct skimmed *all;  /* by text, as they were */
	struct skimmed *made; /* those that were told apart, in any order */
	size_t n, n_made;
};

static bool
taken(const struct labels *l, struct str text)
{
	const struct skimmed key = {.text = text};

	for (size_t i = 0; i < l->n_made; i++)
		if (str_eq(l->made[i].text, text))
			return true;
	return bsearch(&key, l->all, l->n, sizeof(key), text_only) != NULL;
}

/* The k-th of its kind under one label. */
static void
tell_apart(struct labels *l, struct attr *a, size_t k)
{
	struct str kind = a->flags & ATTR_SESSION  ? S("last session")
			  : a->flags & ATTR_CUSTOM ? S("custom")
						   : a->name;
	struct str label, text;

	a->kept = a->label;
	do {
		label = k == 1
			    ? arena_printf(l->arena, "%.*s (%.*s)",
					   STR_ARG(a->kept), STR_ARG(kind))
			    : arena_printf(l->arena, "%.*s (%.*s %zu)",
					   STR_ARG(a->kept), STR_ARG(kind), k);
		text = skim(l->arena, label);
		k++;
	} while (taken(l, text));
	a->label = label;
	l->made[l->n_made++] = (struct skimmed){text, a};
}

/* One group of labels that are alike: the first stays. */
static void
group_apart(struct labels *l, size_t from, size_t to)
{
	size_t custom = 0, session = 0;

	for (size_t i = from; i < to; i++) {
		struct attr *a = l->all[i].attr;
		size_t k = a->flags & ATTR_SESSION  ? ++session
			   : a->flags & ATTR_CUSTOM ? ++custom
						    : 1;

		if (i > from)
			tell_apart(l, a, k);
	}
}

void
labels_apart(struct attr *attrs, size_t n, struct arena *a)
{
	struct labels l = {.arena = a, .n = n};
	size_t to;

	l.all = mem_new((n + 1) * sizeof(*l.all));
	l.made = mem_new((n + 1) * sizeof(*l.made));
	for (size_t i = 0; i < n; i++) {
		if (attrs[i].kept.n > 0)
			attrs[i].label = attrs[i].kept;
		attrs[i].kept = STR_NONE;
		l.all[i] = (struct skimmed){skim(a, attrs[i].label), &attrs[i]};
	}
	qsort(l.all, n, sizeof(*l.all), by_text);
	for (size_t from = 0; from < n; from = to) {
		for (to = from + 1;
		     to < n && str_eq(l.all[to].text, l.all[from].text); to++)
			;
		group_apart(&l, from, to);
	}
	free(l.all);
	free(l.made);
}

bool
label_seen(struct str label)
{
	struct buf b;
	bool seen;

	buf_init(&b);
	text_skim(&b, label);
	seen = b.n > 0;
	buf_fini(&b);
	return seen;
}

const struct attr *
label_holder(const struct catalog *c, struct str label,
	     const struct attr *except)
{
	const struct attr *found = NULL;
	struct arena a;
	struct str text;

	arena_init(&a);
	text = skim(&a, label);
	for (size_t i = 0; i < c->n && found == NULL; i++) {
		const struct attr *x = &c->attrs[i];

		if (x != except && (str_eq(skim(&a, x->label), text) ||
				    str_eq(skim(&a, x->kept), text)))
			found = x;
	}
	arena_fini(&a);
	return found;
}
