/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One row of a CSV in a batch.  All cells are read and all that can be wrong
 * is looked for before anything is touched, so a row is applied whole or
 * refused with the column and the reason.  What became of it is told by what
 * is shown of the user before and after.
 */
#include "csv.h"

#include <rapport/chats.h>
#include <rapport/chats/activity.h>
#include <rapport/people/segments.h>
#include <rapport/workbook.h>

#include <stdio.h>

struct cell_in {
	const struct csv_column *column;
	const struct attr *attr;
	struct value value;
};

struct row_in {
	const struct csv_row *row;
	struct cell_in *cells; /* attributes that are given */
	size_t n_cells, bytes;
	struct identity *identities;
	const struct csv_column **from; /* of the identities */
	size_t n_identities;
	struct str user_id; /* given, or p NULL */
	int64_t first, last;
	uint32_t user; /* who it is; 0: a new one */
	struct str segments, consent, valid; /* of our own exports */
};

static enum err
at_column(struct fault *f, const struct csv_column *col, enum err e)
{
	if (f->code != OK)
		snprintf(f->path, sizeof(f->path), "%.*s",
			 STR_ARG(text_prefix(col->header, 100)));
	return e;
}

/* Reading ------------------------------------------------------------------ */

static enum err
instant_take(struct csv_work *w, const struct csv_column *col, struct str cell,
	     int64_t *out, struct fault *f)
{
	struct attr a = {.type = TYPE_INSTANT, .name = S("")};
	struct value v;
	enum err e = csv_cell_value(w->arena, &a, cell, false, &v, f);

	if (e == OK)
		*out = v.instant;
	return at_column(f, col, e);
}

/* Is it to be taken as it stands, blanks and all? So it is with texts of our
 * own files, and with those that stand among the numbers or days of our
 * workbooks: they were none before, either. */
static bool
was_text(const struct csv_work *w, const struct row_in *in, size_t i,
	 const struct attr *a)
{
	if (a->type == TYPE_TEXT)
		return w->plan->whole;
	return w->plan->typed && in->row->kinds[i] == CELL_TEXT &&
	       a->type != TYPE_SET;
}

static enum err
attribute_take(struct csv_work *w, struct row_in *in, size_t i,
	       struct fault *f)
{
	const struct csv_column *col = &w->plan->columns[i];
	struct str cell = in->row->cells[i];
	struct json sample = csv_sample(col->type);
	struct json text = {.kind = JSON_STRING, .text = cell};
	struct cell_in *c = &in->cells[in->n_cells];
	enum err e;

	c->column = col;
	TRY(at_column(f, col,
		      batch_attr(w->batch, col->name, &sample, false, &c->attr,
				 f)));
	e = was_text(w, in, i, c->attr)
		? value_of_json(w->arena, c->attr, &text, &c->value, f)
		: csv_cell_value(w->arena, c->attr, cell,
				 w->plan->whole ||
				     w->plan->options->keep_misfits,
				 &c->value, f);
	if (e != OK)
		return at_column(f, col, e);
	in->n_cells++;
	in->bytes += 32 + c->value.text.n + c->value.original.n;
	for (size_t k = 0; k < c->value.n_items; k++)
		in->bytes += 4 + c->value.items[k].n;
	return OK;
}

static enum err
state_check(struct str word, const struct csv_column *col, const char *a,
	    const char *b, const char *c, struct fault *f)
{
	if (str_eq(word, str_of(a)) || str_eq(word, str_of(b)) ||
	    (*c != '\0' && str_eq(word, str_of(c))))
		return OK;
	return at_column(f, col,
			 fail(f, ERR_INVALID, "", "expected %s or %s", a, b));
}

static enum err
cell_take(struct csv_work *w, struct row_in *in, size_t i, struct fault *f)
{
	const struct csv_column *col = &w->plan->columns[i];
	struct str cell = in->row->cells[i], trimmed = str_trim(cell);

	if (in->row->bad && in->row->bad[i].p && col->kind != CSV_SKIP)
		return at_column(f, col,
				 fail(f, ERR_INVALID, "", "%.*s",
				      STR_ARG(in->row->bad[i])));
	if (trimmed.n == 0 &&
	    (cell.n == 0 || !w->plan->whole || col->kind != CSV_ATTRIBUTE))
		return ERR_NOT_FOUND;
	switch (col->kind) {
	case CSV_SKIP:
		return OK;
	case CSV_USER_ID:
		in->user_id = cell;
		return OK;
	case CSV_IDENTITY:
		in->from[in->n_identities] = col;
		in->identities[in->n_identities] = col->identity;
		in->identities[in->n_identities++].value = trimmed;
		in->bytes += cell.n + 64;
		return OK;
	case CSV_FIRST_SEEN:
		return instant_take(w, col, cell, &in->first, f);
	case CSV_LAST_SEEN:
		return instant_take(w, col, cell, &in->last, f);
	case CSV_SEGMENTS:
		in->segments = cell;
		return OK;
	case CSV_CONSENT:
		in->consent = trimmed;
		return state_check(in->consent, col, "in", "out", "none", f);
	case CSV_VALID:
		in->valid = trimmed;
		return state_check(in->valid, col, "true", "false", "", f);
	case CSV_ATTRIBUTE:
		/* that by which somebody is found is as it is */
		return col->is_match ? OK : attribute_take(w, in, i, f);
	}
	return ERR_BUG;
}

static enum err
row_check(const struct csv_plan *p, const struct csv_row *r, struct fault *f)
{
	if (r->wrong) {
		fail(f, ERR_INPUT, "", "%s", r->wrong);
		return r->wrong_cell < p->n
			   ? at_column(f, &p->columns[r->wrong_cell], ERR_INPUT)
			   : ERR_INPUT;
	}
	if (r->n != p->n)
		return fail(f, ERR_INPUT, "",
			    "expected %zu cells, as the first row has, found "
			    "%zu",
			    p->n, r->n);
	return OK;
}

static enum err
row_take(struct csv_work *w, struct row_in *in, struct fault *f)
{
	const struct csv_plan *p = w->plan;

	in->cells = arena_get(w->arena, (p->n + 1) * sizeof(*in->cells));
	in->identities =
	    arena_get(w->arena, (p->n + 1) * sizeof(*in->identities));
	in->from = arena_get(w->arena, (p->n + 1) * sizeof(*in->from));
	TRY(row_check(p, in->row, f));
	for (size_t i = 0; i < p->n; i++) {
		enum err e = cell_take(w, in, i, f);

		if (e != OK && e != ERR_NOT_FOUND)
			return e;
	}
	return OK;
}

/* Who ---------------------------------------------------------------------- */

static enum err
found_by(struct csv_work *w, struct row_in *in, struct str cell,
	 struct fault *f)
{
	const struct csv_column *col = &w->plan->columns[w->plan->who];
	const struct attr *a = w->plan->match;
	struct posting at = {.attr = a->id};
	struct value v;
	struct buf key;
	struct bits *who;
	uint64_t n;
	enum err e = csv_cell_value(w->arena, a, cell, false, &v, f);

	if (e == ERR_NOT_FOUND)
		e = fail(f, ERR_INVALID, "", "it says nobody: it is empty");
	if (e != OK)
		return at_column(f, col, e);
	buf_init(&key);
	at.value = value_key_text(&key, text_folded(w->arena, v.text));
	who = posting_load(batch_txn(w->batch), at);
	buf_fini(&key);
	n = bits_count(who);
	if (n == 1)
		bits_ids(who, &in->user);
	bits_free(who);
	if (n == 1)
		return OK;
	e = n == 0 ? fail(f, ERR_INVALID, "", "nobody has this value")
		   : fail(f, ERR_INVALID, "",
			  "%llu users have this value, so it does not say which",
			  (unsigned long long)n);
	return at_column(f, col, e);
}

static enum err
who_take(struct csv_work *w, struct row_in *in, struct fault *f)
{
	const struct csv_plan *p = w->plan;

	if (p->match)
		return found_by(w, in, in->row->cells[p->who], f);
	if (in->user_id.p != NULL) {
		if (!batch_user_known(w->batch, in->user_id, &in->user) &&
		    (in->user_id.n > USER_ID_MAX))
			return at_column(f, &p->columns[p->who],
					 fail(f, ERR_LIMIT, "",
					      "expected at most %u bytes",
					      USER_ID_MAX));
		return OK;
	}
	if (in->n_identities == 0)
		return at_column(f, &p->columns[p->who],
				 fail(f, ERR_INVALID, "",
				      "it says nobody: it is empty"));
	batch_identity_known(w->batch, &in->identities[0], &in->user);
	return OK;
}

/* Everything that may go wrong after somebody is made, asked before. */
static enum err
who_check(struct csv_work *w, struct row_in *in, struct fault *f)
{
	for (size_t i = 0; i < in->n_identities; i++)
		TRY(at_column(f, in->from[i],
			      batch_may_claim(w->batch, in->user,
					      &in->identities[i], f)));
	if (in->user != 0)
		return batch_fits(w->batch, in->user, in->bytes + 256, f);
	return in->bytes <= 50u << 10
		   ? OK
		   : fail(f, ERR_LIMIT, "",
			  "this is more than is kept on one user");
}

static enum err
who_make(struct csv_work *w, struct row_in *in, struct fault *f)
{
	if (in->user == 0 && in->user_id.p != NULL)
		TRY(batch_user(w->batch, in->user_id, &in->user, f));
	else if (in->user == 0)
		TRY(batch_identity(w->batch, &in->identities[0], &in->user, f));
	return OK;
}

/* States are as of when the user was first seen: when they were said, a row
 * does not tell, and whatever is known of later stays. */
static enum err
states_check(const struct row_in *in, struct fault *f)
{
	bool given = in->valid.n > 0 ||
		     (in->consent.n > 0 && !str_eq(in->consent, S("none")));

	if (!given || in->first != INSTANT_NONE || in->last != INSTANT_NONE)
		return OK;
	return fail(f, ERR_INVALID, "createdAt",
		    "it is needed beside consent and valid: an import never "
		    "takes the moment it runs for that of a consent");
}

/* Applying ----------------------------------------------------------------- */

static bool
same(const struct value *a, const struct value *b)
{
	struct buf x, y;
	bool equal;

	if (a->type != b->type || a->misfit != b->misfit)
		return false;
	buf_init(&x);
	buf_init(&y);
	value_text(&x, a);
	value_text(&y, b);
	equal = str_eq(buf_str(&x), buf_str(&y));
	buf_fini(&x);
	buf_fini(&y);
	return equal;
}

static bool
cell_set(struct csv_work *w, uint32_t user, const struct cell_in *c,
	 struct csv_done *out)
{
	struct stamp from = {.at = w->plan->options->at,
			     .source = FROM_IMPORT};
	struct value before, after;
	bool had = batch_shown(w->batch, user, c->attr, w->arena, &before);

	batch_set(w->batch, user, c->attr, &c->value, from);
	if (!batch_shown(w->batch, user, c->attr, w->arena, &after)) {
		out->overruled++;
		return had;
	}
	out->overruled += !same(&after, &c->value);
	return !had || !same(&before, &after);
}

static bool
seen_set(struct csv_work *w, const struct row_in *in, bool made)
{
	static const struct attr first = {.id = A_FIRST_SEEN};
	static const struct attr last = {.id = A_LAST_SEEN};
	int64_t from = in->first;
	struct value was[2] = {{0}}, is[2] = {{0}};

	if (from == INSTANT_NONE && (made || in->last != INSTANT_NONE))
		from = in->last != INSTANT_NONE ? in->last
						: w->plan->options->at;
	batch_shown(w->batch, in->user, &first, w->arena, &was[0]);
	batch_shown(w->batch, in->user, &last, w->arena, &was[1]);
	batch_seen(w->batch, in->user, from, in->last);
	batch_shown(w->batch, in->user, &first, w->arena, &is[0]);
	batch_shown(w->batch, in->user, &last, w->arena, &is[1]);
	return was[0].instant != is[0].instant ||
	       was[1].instant != is[1].instant;
}

static bool
identities_set(struct csv_work *w, const struct row_in *in, struct fault *f,
	       enum err *e)
{
	uint32_t known;
	bool changed = false;

	for (size_t i = 0; i < in->n_identities && *e == OK; i++) {
		changed |= !batch_identity_known(w->batch, &in->identities[i],
						 &known);
		*e = batch_claim(w->batch, in->user, &in->identities[i], f);
	}
	return changed;
}

/* Told where it is news, so that a row that comes twice is told once. */
static bool
states_set(struct csv_work *w, const struct row_in *in)
{
	int64_t at = in->first != INSTANT_NONE ? in->first : in->last;
	bool changed = false;

	if (in->consent.n > 0 && !str_eq(in->consent, S("none")) &&
	    batch_consent(w->batch, in->user, str_eq(in->consent, S("in")),
			  at)) {
		batch_trail(w->batch, in->user, at,
			    arena_printf(w->arena,
					 "{\"type\":\"consent\","
					 "\"state\":\"%.*s\"}",
					 STR_ARG(in->consent)));
		activity_told(w->chats,
			      str_eq(in->consent, S("in")) ? ACTIVITY_OPTED_IN
							   : ACTIVITY_OPTED_OUT,
			      in->user, at);
		changed = true;
	}
	if (in->valid.n > 0 &&
	    batch_validity(w->batch, in->user, str_eq(in->valid, S("true")),
			   at)) {
		batch_trail(w->batch, in->user, at,
			    arena_printf(w->arena,
					 "{\"type\":\"validity\","
					 "\"valid\":%.*s}",
					 STR_ARG(in->valid)));
		activity_told(w->chats,
			      str_eq(in->valid, S("true"))
				  ? ACTIVITY_FOUND_VALID
				  : ACTIVITY_FOUND_INVALID,
			      in->user, at);
		changed = true;
	}
	return changed;
}

static void
segments_set(struct csv_work *w, const struct row_in *in)
{
	int64_t at = in->first != INSTANT_NONE ? in->first
		     : in->last != INSTANT_NONE ? in->last
						: w->plan->options->at;
	struct str rest = in->segments, name;

	while (rest.n > 0 && str_split(&rest, '|', &name))
		if (name.n > 0 && name.n <= SEGMENT_NAME_MAX)
			batch_segment(w->batch, in->user, name, at);
}

static enum err
row_apply(struct csv_work *w, struct row_in *in, struct csv_done *out,
	  struct fault *f)
{
	uint32_t segment = w->plan->options->segment;
	bool changed = false, made;
	enum err e = OK;

	TRY(row_take(w, in, f));
	TRY(states_check(in, f));
	TRY(who_take(w, in, f));
	TRY(who_check(w, in, f));
	made = in->user == 0;
	TRY(who_make(w, in, f));
	for (size_t i = 0; i < in->n_cells; i++)
		changed |= cell_set(w, in->user, &in->cells[i], out);
	changed |= seen_set(w, in, made);
	changed |= identities_set(w, in, f, &e);
	changed |= states_set(w, in);
	segments_set(w, in);
	out->outcome = made	 ? ROW_CREATED
		       : changed ? ROW_UPDATED
				 : ROW_UNCHANGED;
	if (e == OK && segment != 0) {
		batch_moving(w->batch, &w->why);
		e = batch_segment_put(w->batch, segment, in->user, true,
				      &out->added, f);
		batch_moving(w->batch, NULL);
	}
	return e;
}

void
csv_apply(struct csv_work *w, const struct csv_row *r, struct csv_done *out)
{
	struct row_in in = {
	    .row = r, .first = INSTANT_NONE, .last = INSTANT_NONE};
	struct fault fault = {0};

	*out = (struct csv_done){0};
	if (row_apply(w, &in, out, &fault) == OK)
		return;
	*out = (struct csv_done){.outcome = ROW_REFUSED};
	out->fault = arena_get(w->arena, sizeof(fault));
	*out->fault = fault;
}
