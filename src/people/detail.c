/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * All there is to say about one user: each attribute with what is shown, where
 * it came from, what was shown before and what a manager's word hides.
 */
#include "room.h"

static struct told
told_of(const struct word *w, struct arena *a)
{
	struct told t = {.from = w->stamp, .by = w->by};

	t.has = word_value(w, a, &t.value);
	return t;
}

/* An edit keeps what it replaced; a word of events replaced what the history
 * has last. */
static void
tell_previous(struct kv_txn *txn, const struct user *u, const struct cell *c,
	      struct arena *a, struct user_attr *out)
{
	struct word w;

	if (c->previous != NULL) {
		out->has_previous = true;
		out->previous = told_of(c->previous, a);
		return;
	}
	if (c->now.stamp.source == FROM_MANAGER ||
	    !history_latest(txn, u->id, out->attr->origin, a, &w) ||
	    word_same(&w, &c->now))
		return;
	out->has_previous = true;
	out->previous = told_of(&w, a);
}

static bool
tell_attr(struct kv_txn *txn, const struct user *u, const struct attr *attr,
	  struct arena *a, struct user_attr *out)
{
	const struct cell *c = user_cell(u, attr->id);

	*out = (struct user_attr){.attr = attr};
	if (c == NULL) {
		out->derived = true;
		out->now.has = user_get(u, a, attr, txn, &out->now.value);
		return out->now.has;
	}
	out->now = told_of(&c->now, a);
	if (c->shadow != NULL) {
		out->has_shadow = true;
		out->shadow = told_of(c->shadow, a);
	}
	tell_previous(txn, u, c, a, out);
	if (!out->now.has) /* a boolean may be what nobody said */
		out->now.has = user_get(u, a, attr, txn, &out->now.value);
	return out->now.has || out->has_previous || out->has_shadow;
}

bool
user_detail(struct kv_txn *txn, const struct catalog *c, uint32_t id,
	    struct arena *a, struct user_detail *out)
{
	struct user_view v;
	struct user u;

	*out = (struct user_detail){.id = id};
	if (!user_view(txn, c, id, &v))
		return false;
	if (!user_decode(a, id, v.record, &u)) {
		kv_fail(txn, ERR_CORRUPT, "user",
			"the record of user %u is damaged", id);
		return false;
	}
	out->user_id = u.user_id;
	out->identities = u.identities;
	out->n_identities = u.n_identities;
	out->facts = u.facts;
	out->consent_at = u.consent_at;
	out->valid_at = u.valid_at;
	out->n_segments = members_read(txn, a, id, &out->segments);
	out->attrs = arena_get(a, (c->n + 1) * sizeof(*out->attrs));
	for (size_t i = 0; i < c->n; i++)
		out->n_attrs += tell_attr(txn, &u, &c->attrs[i], a,
					  &out->attrs[out->n_attrs]);
	return kv_error(txn) == OK;
}

bool
user_stamps(struct kv_txn *txn, const struct catalog *c, uint32_t id,
	    struct arena *a, struct user_stamps *out)
{
	struct attr_stamp *all = arena_get(a, (c->n + 1) * sizeof(*all));
	struct user_view v;
	struct user u;

	if (!user_view(txn, c, id, &v) || !user_decode(a, id, v.record, &u))
		return false;
	*out =
	    (struct user_stamps){.first = u.first, .last = u.last, .at = all};
	for (size_t i = 0; i < c->n; i++) {
		const struct cell *cell = user_cell(&u, c->attrs[i].id);

		if (cell != NULL)
			all[out->n++] = (struct attr_stamp){
			    &c->attrs[i], cell->now.stamp,
			    (cell->now.kind & CELL_CLEARED) != 0};
	}
	return true;
}
