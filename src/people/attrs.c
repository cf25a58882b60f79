/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Attributes that a batch meets.  One that nobody has yet is made in memory at
 * first sight of a value and written only if some value of it is kept, so that
 * a refused event leaves no attribute behind.
 */
#include "room.h"

#include <rapport/people/define.h>

#include <stdlib.h>

static enum err
check_name(struct str name, struct fault *f)
{
	if (str_eq(name, S("id")) || str_eq(name, S("said")) ||
	    str_starts(name, S("session.")) || str_starts(name, S("event:")) ||
	    str_starts(name, S("flow:")))
		return fail(f, ERR_INVALID, "attributes",
			    "the name %.*s is taken by Rapport: send it under "
			    "another",
			    STR_ARG(name));
	return OK;
}

static const struct attr *
new_attr_find(struct batch *b, struct str name)
{
	const struct new_attrs *all = batch_new_attrs(b);

	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->at[i]->attr.name, name))
			return &all->at[i]->attr;
	return NULL;
}

static enum err
new_attr(struct batch *b, const struct attr_define *d, bool session,
	 const struct attr **out, struct fault *f)
{
	struct new_attrs *all = batch_new_attrs(b);
	struct counters *c = batch_counters(b);
	struct new_attr *a;

	if (batch_catalog(b)->n - n_builtin_attrs + all->n >= ATTR_COUNT_MAX ||
	    c->next_attr == A_ACTIVITY)
		return fail(f, ERR_LIMIT, "attributes",
			    "there are %u custom attributes already",
			    ATTR_COUNT_MAX);
	a = arena_get(batch_arena(b), sizeof(*a));
	a->attr = (struct attr){
	    .id = c->next_attr,
	    .origin = c->next_attr,
	    .type = d->type,
	    .flags = ATTR_GIVEN | ATTR_EDITABLE |
		     (session ? ATTR_SESSION : ATTR_CUSTOM) |
		     (d->hidden ? ATTR_HIDDEN : 0),
	    .name = arena_str(batch_arena(b), d->name),
	    .label = arena_str(batch_arena(b), d->label),
	};
	c->next_attr++;
	if (all->n == all->cap) {
		all->cap = all->cap == 0 ? 16 : 2 * all->cap;
		all->at = mem_grow(all->at, all->cap * sizeof(a));
	}
	all->at[all->n++] = a;
	*out = &a->attr;
	return OK;
}

enum err
batch_attr(struct batch *b, struct str name, const struct json *v, bool session,
	   const struct attr **out, struct fault *f)
{
	struct arena_mark mark = arena_mark(batch_scratch(b));
	struct str full = name;
	enum err e = OK;

	TRY(text_check(name, "attributes", ATTR_NAME_MAX, f));
	if (session)
		full = arena_printf(batch_scratch(b), "session.%.*s",
				    STR_ARG(name));
	*out = session ? catalog_find(batch_catalog(b), full)
		       : catalog_input(batch_catalog(b), name);
	if (*out == NULL)
		*out = new_attr_find(b, full);
	if (*out != NULL) {
		if (((*out)->flags & ATTR_GIVEN) == 0)
			e = fail(f, ERR_INVALID, (*out)->name.p,
				 "Rapport keeps this itself; events cannot set "
				 "it");
	} else if (v->kind != JSON_NULL) {
		struct attr_define d = {full, name, value_first_type(v), false};

		e = session ? OK : check_name(name, f);
		if (e == OK)
			e = new_attr(b, &d, session, out, f);
	}
	arena_rewind(batch_scratch(b), mark);
	return e;
}

const struct attr *
batch_attr_by_id(struct batch *b, uint16_t id)
{
	const struct new_attrs *all = batch_new_attrs(b);
	const struct attr *a = catalog_by_id(batch_catalog(b), id);

	for (size_t i = 0; a == NULL && i < all->n; i++)
		if (all->at[i]->attr.id == id)
			a = &all->at[i]->attr;
	return a;
}

void
attrs_use(struct new_attrs *n, const struct attr *a)
{
	for (size_t i = n->n; i > 0; i--)
		if (&n->at[i - 1]->attr == a)
			n->at[i - 1]->used = true;
}

bool
attrs_write(struct new_attrs *n, struct kv_txn *txn)
{
	bool any = false;

	for (size_t i = 0; i < n->n; i++) {
		if (!n->at[i]->used)
			continue;
		attr_put(txn, &n->at[i]->attr, INSTANT_NONE);
		n->at[i]->used = false;
		any = true;
	}
	return any;
}

/* As another store has it -------------------------------------------------- */

static enum err
check_define(const struct attr_define *d, bool *session, struct fault *f)
{
	struct str own = d->name;

	*session = str_starts(d->name, S("session."));
	if (*session)
		own = str_cut(d->name, 8, d->name.n);
	TRY(text_check(own, "name", ATTR_NAME_MAX, f));
	TRY(text_check(d->label, "label", ATTR_LABEL_MAX, f));
	return *session ? OK : check_name(d->name, f);
}

enum err
batch_attr_define(struct batch *b, const struct attr_define *d,
		  enum attr_defined *out, struct fault *f)
{
	const struct attr *a = catalog_input(batch_catalog(b), d->name);
	bool session;

	if (a == NULL)
		a = catalog_find(batch_catalog(b), d->name);
	if (a == NULL)
		a = new_attr_find(b, d->name);
	if (a != NULL) {
		bool hidden = a->flags & ATTR_HIDDEN;

		*out = hidden == d->hidden ? ATTR_THE_SAME : ATTR_ELSE_SHOWN;
		return a->type == d->type
			   ? OK
			   : fail(f, ERR_CONFLICT, "type",
				  "it is %s there and %s here: change its type "
				  "first",
				  attr_type_names[d->type],
				  attr_type_names[a->type]);
	}
	TRY(check_define(d, &session, f));
	TRY(new_attr(b, d, session, &a, f));
	attrs_use(batch_new_attrs(b), a);
	*out = ATTR_MADE;
	return OK;
}

/* Label and hidden --------------------------------------------------------- */

static enum err
check_label(const struct catalog *c, const struct attr *a, struct str label,
	    struct fault *f)
{
	const struct attr *other;

	if (label.n > ATTR_LABEL_MAX)
		return fail(f, ERR_LIMIT, "label", "expected at most %u bytes",
			    ATTR_LABEL_MAX);
	if (label.n == 0)
		return OK;
	TRY(text_check(label, "label", ATTR_LABEL_MAX, f));
	if (!label_seen(label))
		return fail(f, ERR_INVALID, "label",
			    "expected something that can be read");
	other = label_holder(c, label, a);
	if (other != NULL)
		return fail(f, ERR_CONFLICT, "label",
			    "the attribute %.*s is called so already, or "
			    "nearly so",
			    STR_ARG(text_prefix(other->name, 80)));
	return OK;
}

enum err
batch_attr_change(struct batch *b, struct str name, const struct attr_change *c,
		  struct fault *f)
{
	const struct attr *a = catalog_find(batch_catalog(b), name);
	const struct attr *own;
	struct attr changed;

	if (a == NULL)
		return fail(f, ERR_NOT_FOUND, "name",
			    "there is no attribute of this name");
	changed = *a;
	if (c->hidden != NULL)
		changed.flags = *c->hidden ? a->flags | ATTR_HIDDEN
					   : a->flags & ~(unsigned)ATTR_HIDDEN;
	if (c->label != NULL) {
		TRY(check_label(batch_catalog(b), a, *c->label, f));
		own = builtin_attr(a->id);
		changed.label = c->label->n > 0 ? *c->label
				: own != NULL   ? own->label
						: a->name;
		changed.kept = STR_NONE;
	}
	attr_put(batch_txn(b), &changed, INSTANT_NONE);
	batch_redefine(b);
	return OK;
}
