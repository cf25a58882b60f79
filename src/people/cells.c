/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is said of an attribute, and what is shown.  There are two lanes: words
 * of events and words of managers.  In each the later instant wins, and what
 * loses goes to the history if it differs, else to what was said (sayings.c).
 * A manager's word is shown whenever there is one and the event's stays beneath
 * it as the shadow; so an edit and an event give the same whichever comes first.
 *
 * While an attribute changes its type its cell is also kept as the other type,
 * in the cell of its twin.
 */
#include "room.h"

const char *const cell_source_names[FROM_CHAT + 1] = {
    [FROM_EVENT] = "event",
    [FROM_IMPORT] = "import",
    [FROM_MANAGER] = "manager",
    [FROM_CHAT] = "chat",
};

size_t
cell_bytes(const struct cell *c)
{
	size_t n = c->now.payload.n + 16;

	if (c->previous != NULL)
		n += c->previous->payload.n + 24;
	if (c->shadow != NULL)
		n += c->shadow->payload.n + 24;
	return n;
}

/* Where the attribute's cell is, or belongs. */
static size_t
cell_place(const struct user *u, uint16_t attr, bool *there)
{
	size_t at = u->n_cells;

	while (at > 0 && u->cells[at - 1].attr >= attr)
		at--;
	*there = at < u->n_cells && u->cells[at].attr == attr;
	return at;
}

static struct cell *
cell_insert(struct batch *b, struct batch_user *h, size_t at, uint16_t attr)
{
	struct user *u = &h->now;

	if (u->n_cells == h->cells_cap) {
		struct cell *more;

		h->cells_cap *= 2;
		more = arena_get(batch_arena(b), h->cells_cap * sizeof(*more));
		memcpy(more, u->cells, u->n_cells * sizeof(*more));
		u->cells = more;
	}
	memmove(u->cells + at + 1, u->cells + at,
		(u->n_cells - at) * sizeof(*u->cells));
	u->cells[at] = (struct cell){.attr = attr};
	u->n_cells++;
	return &u->cells[at];
}

void
cell_drop(struct batch_user *h, uint16_t attr)
{
	struct user *u = &h->now;
	bool there;
	size_t at = cell_place(u, attr, &there);

	if (!there)
		return;
	h->bytes -= cell_bytes(&u->cells[at]);
	u->n_cells--;
	memmove(u->cells + at, u->cells + at + 1,
		(u->n_cells - at) * sizeof(*u->cells));
}

static struct word *
word_copy(struct batch *b, const struct word *w)
{
	struct word *copy = arena_get(batch_arena(b), sizeof(*copy));

	*copy = *w;
	return copy;
}

/* Which word of one lane stays; the other goes to the history. */
static const struct word *
lane_winner(struct batch *b, uint32_t id, const struct attr *a,
	    const struct word *was, const struct word *w)
{
	const struct word *loser;

	if (was == NULL)
		return w;
	loser = was->stamp.at > w->stamp.at ? w : was;
	if (!word_same(was, w))
		history_add(b, id, a->origin, loser);
	else if (was->stamp.at != w->stamp.at)
		saying_add(b, id, a->origin, loser);
	return loser == w ? was : w;
}

static void
event_says(struct batch *b, uint32_t id, const struct attr *a, struct cell *c,
	   bool there, const struct word *w)
{
	bool hidden = there && c->now.stamp.source == FROM_MANAGER;
	const struct word *was = hidden ? c->shadow : there ? &c->now : NULL;
	const struct word *wins = lane_winner(b, id, a, was, w);

	if (wins == was)
		return;
	if (hidden)
		c->shadow = word_copy(b, w);
	else
		c->now = *w;
}

static void
manager_says(struct batch *b, uint32_t id, const struct attr *a, struct cell *c,
	     bool there, const struct word *w)
{
	if (there && c->now.stamp.source != FROM_MANAGER) {
		c->shadow = word_copy(b, &c->now);
		c->previous = c->shadow;
	} else if (there) {
		if (lane_winner(b, id, a, &c->now, w) != w)
			return;
		if (!word_same(&c->now, w))
			c->previous = word_copy(b, &c->now);
	}
	c->now = *w;
}

void
cell_say(struct batch *b, uint32_t id, const struct attr *a,
	 const struct word *w)
{
	struct batch_user *h = batch_open(b, id);
	bool there;
	size_t at = cell_place(&h->now, a->id, &there);
	struct cell *c;

	attrs_use(batch_new_attrs(b), a);
	c = there ? &h->now.cells[at] : cell_insert(b, h, at, a->id);
	if (there)
		h->bytes -= cell_bytes(c);
	if (w->stamp.source == FROM_MANAGER)
		manager_says(b, id, a, c, there, w);
	else
		event_says(b, id, a, c, there, w);
	h->bytes += cell_bytes(c);
	if (a->twin != 0)
		cell_twin(b, id, a);
}

void
cell_restore(struct batch *b, uint32_t id, uint16_t attr, const struct cell *c)
{
	struct batch_user *h = batch_open(b, id);
	bool there;
	size_t at;
	struct cell *to;

	cell_drop(h, attr);
	if (c == NULL)
		return;
	at = cell_place(&h->now, attr, &there);
	to = cell_insert(b, h, at, attr);
	*to = *c;
	to->attr = attr;
	h->bytes += cell_bytes(to);
}

/* Twins -------------------------------------------------------------------- */

static struct word
word_as(struct batch *b, const struct attr *to, const struct word *w)
{
	struct arena_mark mark = arena_mark(batch_scratch(b));
	struct value v, out;
	struct word made;
	bool has = word_value(w, batch_scratch(b), &v) &&
		   value_as(batch_scratch(b), to, &v, &out);

	made = word_of(batch_arena(b), to->type, has ? &out : NULL, w->stamp);
	made.by = w->by;
	arena_rewind(batch_scratch(b), mark);
	return made;
}

static struct word *
word_as_copy(struct batch *b, const struct attr *to, const struct word *w)
{
	struct word made;

	if (w == NULL)
		return NULL;
	made = word_as(b, to, w);
	return word_copy(b, &made);
}

void
cell_as(struct batch *b, const struct attr *to, struct cell *c)
{
	c->attr = to->id;
	c->now = word_as(b, to, &c->now);
	c->previous = word_as_copy(b, to, c->previous);
	c->shadow = word_as_copy(b, to, c->shadow);
}

void
cell_twin(struct batch *b, uint32_t id, const struct attr *a)
{
	const struct attr *to = catalog_by_id(batch_catalog(b), a->twin);
	const struct cell *c = user_cell(&batch_peek(b, id)->now, a->id);
	struct cell made;

	if (to == NULL)
		return;
	if (c == NULL) {
		cell_restore(b, id, a->twin, NULL);
		return;
	}
	made = *c;
	cell_as(b, to, &made);
	cell_restore(b, id, a->twin, &made);
}

/* The ways in -------------------------------------------------------------- */

void
batch_set(struct batch *b, uint32_t id, const struct attr *a,
	  const struct value *v, struct stamp from)
{
	struct word w = word_of(batch_arena(b), a->type, v, from);

	cell_say(b, id, a, &w);
}

bool
batch_settled(struct batch *b, uint32_t id, const struct attr *a,
	      struct stamp from)
{
	const struct cell *c = user_cell(&batch_peek(b, id)->now, a->id);
	const struct word *w = c == NULL ? NULL : &c->now;
	bool managers = w != NULL && w->stamp.source == FROM_MANAGER;

	if (managers && from.source != FROM_MANAGER)
		w = c->shadow;
	else if (!managers && from.source == FROM_MANAGER)
		w = NULL;
	return w != NULL && w->stamp.at >= from.at;
}

bool
batch_shown(struct batch *b, uint32_t id, const struct attr *a,
	    struct arena *arena, struct value *out)
{
	const struct user *u = &batch_peek(b, id)->now;
	const struct cell *c;

	if (a->id == A_FIRST_SEEN || a->id == A_LAST_SEEN) {
		*out = (struct value){.type = TYPE_INSTANT};
		out->instant = a->id == A_FIRST_SEEN ? u->first : u->last;
		return out->instant != INSTANT_NONE;
	}
	c = user_cell(u, a->id);
	return c != NULL && word_value(&c->now, arena, out);
}

enum err
batch_edit(struct batch *b, uint32_t user, const struct attr *a,
	   const struct value *v, uint32_t by, int64_t at, struct fault *f)
{
	const struct cell *c;
	struct word w;

	if (!batch_peek(b, user)->now.exists)
		return fail(f, ERR_NOT_FOUND, "user", "there is no such user");
	if ((a->flags & ATTR_EDITABLE) == 0)
		return fail(f, ERR_INVALID, a->name.p,
			    "Rapport keeps this itself; it cannot be edited");
	if (v != NULL && v->misfit)
		return fail(f, ERR_INVALID, a->name.p,
			    "expected a value of "
			    "type %s",
			    attr_type_names[a->type]);
	/* the last to edit wins, however the clocks of two machines differ */
	c = user_cell(&batch_peek(b, user)->now, a->id);
	if (c != NULL && c->now.stamp.source == FROM_MANAGER &&
	    c->now.stamp.at > at)
		at = c->now.stamp.at;
	w = word_of(batch_arena(b), a->type, v,
		    (struct stamp){at, FROM_MANAGER});
	w.by = by;
	TRY(batch_fits(b, user, 2 * w.payload.n + 64, f));
	cell_say(b, user, a, &w);
	return OK;
}

/* What a manager said of session data stays; the rest came with a chat. */
void
batch_session(struct batch *b, uint32_t id, const struct session_cell *cells,
	      size_t n)
{
	struct batch_user *h = batch_open(b, id);
	struct user *u = &h->now;
	size_t kept = 0;

	for (size_t i = 0; i < u->n_cells; i++) {
		struct cell *c = &u->cells[i];
		const struct attr *a = batch_attr_by_id(b, c->attr);
		bool session = a != NULL && (a->flags & ATTR_SESSION) != 0;

		h->bytes -= cell_bytes(c);
		if (session && c->now.stamp.source != FROM_MANAGER)
			continue;
		if (session)
			c->shadow = NULL;
		h->bytes += cell_bytes(c);
		u->cells[kept++] = *c;
	}
	u->n_cells = kept;
	for (size_t i = 0; i < n; i++)
		batch_set(b, id, cells[i].attr, &cells[i].value,
			  (struct stamp){cells[i].at, FROM_CHAT});
}
