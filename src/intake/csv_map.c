/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the columns of a CSV are.  A column goes where its choice says, or else
 * by its header: the name or the label of an attribute, or a new attribute of
 * that name.  A new attribute gets the narrowest type that all cells of its
 * column have, unless the choice names one.
 */
#include "csv.h"

#include <rapport/workbook.h>

#include <stdio.h>

/* Types that are told by looking, narrowest first. */
static const enum attr_type guesses[] = {TYPE_BOOLEAN, TYPE_NUMBER, TYPE_DATE,
					 TYPE_INSTANT};

static bool
type_find(struct str name, enum attr_type *out)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (str_eq(name, str_of(attr_type_names[i]))) {
			*out = (enum attr_type)i;
			return true;
		}
	return false;
}

/* Headers to targets ------------------------------------------------------- */

static bool
fold_eq(struct arena *a, struct str x, struct str y)
{
	return str_eq(text_folded(a, x), text_folded(a, y));
}

/* Attributes that rows may set or say whom they are about with. */
static bool
settable(const struct attr *a)
{
	return (a->flags & ATTR_GIVEN) || a->id == A_USER_ID ||
	       a->id == A_FIRST_SEEN || a->id == A_LAST_SEEN;
}

static const struct attr *
attr_called(const struct catalog *c, struct arena *a, struct str header)
{
	const struct attr *found = catalog_input(c, header);

	for (size_t i = 0; !found && i < c->n; i++)
		if (fold_eq(a, header, c->attrs[i].name))
			found = &c->attrs[i];
	for (size_t i = 0; !found && i < c->n; i++)
		if (fold_eq(a, header, c->attrs[i].label))
			found = &c->attrs[i];
	return found;
}

/* What only an export of our own has, and is put back. */
static const struct {
	const char *name;
	enum csv_kind kind;
} states[] = {{"segment", CSV_SEGMENTS},
	      {"consent", CSV_CONSENT},
	      {"valid", CSV_VALID}};

static enum csv_kind
state_find(struct str name)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (str_eq(name, str_of(states[i].name)))
			return states[i].kind;
	return CSV_SKIP;
}

/* Does the header look like that of an export of our own? */
static bool
is_own(const struct csv_row *header)
{
	static const char *const needed[] = {"userId", "createdAt", "lastSeen"};
	size_t found = 0;

	for (size_t k = 0; k < COUNT(needed); k++)
		for (size_t i = 0; i < header->n; i++)
			found += str_eq(header->cells[i], str_of(needed[k]));
	return found == COUNT(needed);
}

/* Where a column goes by its header alone. */
static struct str
target_of_header(const struct csv_plan *p, const struct catalog *c,
		 struct arena *a, struct str header)
{
	const struct attr *found;

	if (p->whole && state_find(header) != CSV_SKIP)
		return header;
	if (p->whole && str_starts(header, S("session.")))
		return S(""); /* the chats say it */

	if (header.n == 0 || str_starts(header, S("identity:")))
		return header;
	found = attr_called(c, a, header);
	if (!found)
		return header;
	return settable(found) && !(found->flags & ATTR_SESSION)
		   ? arena_str(a, found->name)
		   : S("");
}

static enum err
bad_target(struct fault *f, const struct csv_column *col, const char *expected)
{
	char path[128];

	snprintf(path, sizeof(path), "map/%.*s",
		 STR_ARG(text_prefix(col->header, 100)));
	return fail(f, ERR_INVALID, path, "%s", expected);
}

static enum err
identity_take(struct csv_column *col, struct fault *f)
{
	struct str rest = col->target, word, channel, kind;

	if (!str_split(&rest, ':', &word) || !str_split(&rest, ':', &channel) ||
	    channel.n == 0 || rest.n == 0)
		return bad_target(f, col, "expected identity:CHANNEL:KIND");
	kind = rest;
	col->kind = CSV_IDENTITY;
	col->identity = (struct identity){.channel = channel, .kind = kind};
	return OK;
}

/* "score:number": the name and the type, unless all of it is a name. */
static bool
typed_name(struct str target, struct str *name, enum attr_type *type)
{
	size_t at = target.n;

	while (at > 0 && target.p[at - 1] != ':')
		at--;
	if (at < 2 || !type_find(str_cut(target, at, target.n), type))
		return false;
	*name = str_cut(target, 0, at - 1);
	return true;
}

static enum err
attribute_take(struct csv_column *col, const struct catalog *c,
	       struct arena *arena, struct fault *f)
{
	const struct attr *a = catalog_input(c, col->target);
	bool typed = false;

	col->kind = CSV_ATTRIBUTE;
	col->name = col->target;
	col->type = TYPE_COUNT;
	if (!a)
		typed = typed_name(col->target, &col->name, &col->type);
	if (typed)
		a = catalog_input(c, col->name);
	col->is_new = a == NULL;
	if (!a)
		return typed && col->type == TYPE_IP
			   ? bad_target(f, col,
					"new attributes are text, number, "
					"instant, date, boolean or set")
			   : OK;
	if (!(a->flags & ATTR_GIVEN) || (a->flags & ATTR_SESSION))
		return bad_target(f, col, "Rapport keeps this itself");
	if (typed && col->type != a->type)
		return bad_target(f, col,
				  "the attribute is there with another type");
	col->name = arena_str(arena, a->name);
	col->type = a->type;
	return OK;
}

static enum err
column_take(struct csv_column *col, bool whole, const struct catalog *c,
	    struct arena *arena, struct fault *f)
{
	const struct attr *a;

	if (col->target.n == 0 || str_eq(col->target, S("-"))) {
		col->target = S("");
		return OK;
	}
	if (str_starts(col->target, S("identity:")))
		return identity_take(col, f);
	if (whole && state_find(col->target) != CSV_SKIP) {
		col->kind = state_find(col->target);
		return OK;
	}
	a = catalog_find(c, col->target);
	switch (a ? a->id : 0) {
	case A_USER_ID:
		col->kind = CSV_USER_ID;
		return OK;
	case A_FIRST_SEEN:
		col->kind = CSV_FIRST_SEEN;
		return OK;
	case A_LAST_SEEN:
		col->kind = CSV_LAST_SEEN;
		return OK;
	}
	return attribute_take(col, c, arena, f);
}

static enum err
columns_name(struct csv_plan *p, const struct catalog *c, struct arena *a,
	     const struct csv_row *header, struct fault *f)
{
	for (size_t i = 0; i < p->n; i++) {
		struct csv_column *col = &p->columns[i];
		struct str given = str_trim(header->cells[i]);

		col->header = given.n > 0
				  ? given
				  : arena_printf(a, "column %zu", i + 1);
		col->target = target_of_header(p, c, a, given);
		for (size_t k = 0; k < i; k++)
			if (str_eq(p->columns[k].header, col->header))
				return fail(f, ERR_INPUT, "",
					    "two columns are called \"%.*s\"",
					    STR_ARG(text_prefix(col->header,
								80)));
	}
	return OK;
}

static enum err
choices_take(struct csv_plan *p, struct fault *f)
{
	const struct csv_options *o = p->options;

	for (size_t k = 0; k < o->n_map; k++) {
		struct csv_column wanted = {.header = o->map[k].column};
		size_t i = 0;

		while (i < p->n &&
		       !str_eq(p->columns[i].header, wanted.header))
			i++;
		if (i == p->n)
			return bad_target(f, &wanted,
					  "the file has no such column");
		p->columns[i].target = str_trim(o->map[k].target);
	}
	return OK;
}

static bool
same_place(const struct csv_column *a, const struct csv_column *b)
{
	return a->kind == b->kind && a->kind != CSV_SKIP &&
	       (a->kind == CSV_IDENTITY ? str_eq(a->target, b->target)
					: str_eq(a->name, b->name));
}

/* An import may outlast the catalog. */
static const struct attr *
match_keep(struct arena *arena, const struct attr *a)
{
	struct attr *own = arena_get(arena, sizeof(*own));

	*own = *a;
	own->name = arena_str(arena, a->name);
	own->label = arena_str(arena, a->label);
	return own;
}

/* Which column says who: the one of `match`, or userId, or an identity. */
static enum err
who_find(struct csv_plan *p, const struct catalog *c, struct arena *arena,
	 struct fault *f)
{
	struct str match = p->options->match;
	const struct attr *a = match.n > 0 ? catalog_input(c, match) : NULL;

	p->who = SIZE_MAX;
	if (match.n > 0 && !str_eq(match, S("userId"))) {
		if (!a || a->type != TYPE_TEXT || !(a->flags & ATTR_GIVEN))
			return fail(f, ERR_INVALID, "match",
				    "expected userId or a text attribute that "
				    "there is");
		p->match = match_keep(arena, a);
	}
	for (size_t i = 0; i < p->n && p->who == SIZE_MAX; i++)
		if (p->match ? p->columns[i].kind == CSV_ATTRIBUTE &&
				   str_eq(p->columns[i].name, p->match->name)
			     : p->columns[i].kind == CSV_USER_ID)
			p->who = i;
	for (size_t i = 0; i < p->n && p->who == SIZE_MAX && match.n == 0; i++)
		if (p->columns[i].kind == CSV_IDENTITY)
			p->who = i;
	if (match.n > 0 && p->who == SIZE_MAX)
		return fail(f, ERR_INVALID, "match",
			    "no column goes to %.*s", STR_ARG(match));
	if (p->who != SIZE_MAX)
		p->columns[p->who].is_match = true;
	return OK;
}

enum err
csv_plan_make(struct csv_plan *p, const struct catalog *c, struct arena *a,
	      const struct csv_row *header, struct fault *f)
{
	if (header->wrong)
		return fail(f, ERR_INPUT, "", "the first row: %s",
			    header->wrong);
	for (size_t i = 0; header->bad && i < header->n; i++)
		if (header->bad[i].p != NULL)
			return fail(f, ERR_INPUT, "",
				    "the first row, column %zu: %.*s", i + 1,
				    STR_ARG(header->bad[i]));
	p->n = header->n;
	p->whole = p->options->whole && is_own(header);
	p->typed = p->whole && header->kinds != NULL;
	p->columns = arena_get(a, (p->n + 1) * sizeof(*p->columns));
	TRY(columns_name(p, c, a, header, f));
	TRY(choices_take(p, f));
	for (size_t i = 0; i < p->n; i++) {
		TRY(column_take(&p->columns[i], p->whole, c, a, f));
		for (size_t k = 0; k < i; k++)
			if (same_place(&p->columns[k], &p->columns[i]))
				return bad_target(f, &p->columns[i],
						  "two columns go to the same "
						  "place");
	}
	return who_find(p, c, a, f);
}

/* Types -------------------------------------------------------------------- */

static struct str
lowered(struct arena *a, struct str s)
{
	char *room = arena_get(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		room[i] = s.p[i] >= 'A' && s.p[i] <= 'Z'
			      ? (char)(s.p[i] - 'A' + 'a')
			      : s.p[i];
	return (struct str){room, s.n};
}

static struct json *
json_items(struct arena *a, struct str text)
{
	struct json *array = arena_get(a, sizeof(*array));
	struct json **end = &array->first;
	struct str item;

	array->kind = JSON_ARRAY;
	while (str_split(&text, '|', &item)) {
		struct json *j = arena_get(a, sizeof(*j));

		*j = (struct json){.kind = JSON_STRING, .text = item};
		*end = j;
		end = &j->next;
		array->count++;
	}
	return array;
}

/* A cell as the event's member that it would be. Spreadsheets write TRUE. */
static const struct json *
json_of_cell(struct arena *a, enum attr_type t, struct str cell)
{
	struct json *j = arena_get(a, sizeof(*j));

	*j = (struct json){.kind = JSON_STRING, .text = cell};
	if (t == TYPE_SET)
		return json_items(a, cell);
	if (t != TYPE_TEXT)
		j->text = str_trim(cell);
	if (t == TYPE_BOOLEAN)
		j->text = lowered(a, j->text);
	if (t == TYPE_NUMBER && text_to_number(j->text, &j->number))
		j->kind = JSON_NUMBER;
	return j;
}

enum err
csv_cell_value(struct arena *a, const struct attr *attr, struct str cell,
	  bool keep_misfits, struct value *out, struct fault *f)
{
	if (str_trim(cell).n == 0)
		return ERR_NOT_FOUND;
	TRY(value_of_json(a, attr, json_of_cell(a, attr->type, cell), out, f));
	if (out->misfit && !keep_misfits)
		return fail(f, ERR_INVALID, "", "expected a value of type %s",
			    attr_type_names[attr->type]);
	return OK;
}

struct json
csv_sample(enum attr_type t)
{
	struct json j = {.kind = JSON_STRING, .text = S("x")};

	switch (t) {
	case TYPE_NUMBER:
		j.kind = JSON_NUMBER;
		break;
	case TYPE_BOOLEAN:
		j.kind = JSON_TRUE;
		break;
	case TYPE_SET:
		j.kind = JSON_ARRAY;
		break;
	case TYPE_DATE:
		j.text = S("2020-01-01");
		break;
	case TYPE_INSTANT:
		j.text = S("2020-01-01T00:00:00Z");
		break;
	case TYPE_TEXT:
	case TYPE_IP:
	case TYPE_COUNT:
		break;
	}
	return j;
}

void
csv_types_begin(struct csv_plan *p, uint8_t *may)
{
	memset(may, p->typed ? 0 : (1 << COUNT(guesses)) - 1, p->n);
}

/* Cells of our own workbooks say it themselves. */
static uint8_t
kind_guess(uint8_t kind)
{
	static const enum cell_kind kinds[COUNT(guesses)] = {
	    CELL_BOOLEAN, CELL_NUMBER, CELL_DATE, CELL_INSTANT};

	for (size_t k = 0; k < COUNT(guesses); k++)
		if (kinds[k] == (enum cell_kind)kind)
			return (uint8_t)(1u << k);
	return 0;
}

/* `same`: it must be written as the cell is, so that nothing is lost. */
static bool
parses(struct arena *a, enum attr_type t, struct str cell, bool same)
{
	struct attr attr = {.type = t, .name = S("")};
	struct value v;
	struct buf b;

	if (csv_cell_value(a, &attr, cell, false, &v, NULL) != OK)
		return false;
	if (!same)
		return true;
	buf_init(&b);
	value_text(&b, &v);
	same = str_eq(buf_str(&b), cell);
	buf_fini(&b);
	return same;
}

void
csv_types_see(struct csv_plan *p, uint8_t *may, const struct csv_row *r)
{
	struct arena scratch;

	arena_init(&scratch);
	for (size_t i = 0; i < p->n && i < r->n; i++) {
		struct csv_column *col = &p->columns[i];

		if (str_trim(r->cells[i]).n == 0)
			continue;
		col->filled++;
		if (p->typed) {
			may[i] |= kind_guess(r->kinds[i]);
			continue;
		}
		for (size_t k = 0; k < COUNT(guesses); k++)
			if (col->kind == CSV_ATTRIBUTE &&
			    col->type == TYPE_COUNT && (may[i] >> k & 1) &&
			    !parses(&scratch, guesses[k], r->cells[i],
				    p->whole))
				may[i] &= (uint8_t)~(1u << k);
	}
	arena_fini(&scratch);
}

void
csv_types_end(struct csv_plan *p, const uint8_t *may, struct arena *a)
{
	for (size_t i = 0; i < p->n; i++) {
		struct csv_column *col = &p->columns[i];
		size_t k = 0;

		if (col->kind != CSV_ATTRIBUTE)
			continue;
		if (col->type == TYPE_COUNT) {
			/* none, or more than one: it is told as text */
			if (p->typed && (may[i] & (may[i] - 1)) != 0)
				k = COUNT(guesses);
			while (k < COUNT(guesses) && !(may[i] >> k & 1))
				k++;
			col->type = k < COUNT(guesses) && col->filled > 0
					? guesses[k]
					: TYPE_TEXT;
		}
		col->target = col->is_new
				  ? arena_printf(a, "%.*s:%s",
						 STR_ARG(col->name),
						 attr_type_names[col->type])
				  : col->name;
	}
}
