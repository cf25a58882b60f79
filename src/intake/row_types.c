/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The types of attributes, by all that rows of users show.  Events are typed
 * at first sight, but in rows the first is a matter of the order: a text that
 * looks like a date, or the one value that is no number, would decide for all.
 * JSON itself tells numbers, truths and lists.  Texts are dates or instants
 * where most are, written as exports write them; else they stay texts, which
 * changes none of them.
 */
#include "event.h"
#include "split.h"

#include <rapport/people/define.h>
#include <stdlib.h>

struct shown {
	struct str name;
	bool typed; /* by what is no text: `type` */
	enum attr_type type;
	uint64_t texts, dates, instants;
	bool other; /* an instant in another form, which typing would change */
};

struct row_look {
	struct splitter splitter;
	struct arena names, row;
	struct shown *at;
	size_t n, cap;
	struct people *people; /* of row_look_apply */
};

struct row_look *
row_look_open(void)
{
	struct row_look *l = mem_new(sizeof(*l));

	splitter_init(&l->splitter);
	arena_init(&l->names);
	arena_init(&l->row);
	return l;
}

void
row_look_close(struct row_look *l)
{
	if (l == NULL)
		return;
	splitter_fini(&l->splitter);
	arena_fini(&l->names);
	arena_fini(&l->row);
	free(l->at);
	free(l);
}

/* Rows have their members in one order: mostly it is the one behind the last.
 */
static struct shown *
shown_of(struct row_look *l, struct str name, size_t near)
{
	for (size_t i = 0; i < l->n; i++) {
		struct shown *s = &l->at[(near + i) % l->n];

		if (str_eq(s->name, name))
			return s;
	}
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 32;
		l->at = mem_grow(l->at, l->cap * sizeof(*l->at));
	}
	l->at[l->n] = (struct shown){.name = arena_str(&l->names, name)};
	return &l->at[l->n++];
}

static void
text_count(struct shown *s, const struct json *v)
{
	char form[32];
	int64_t at;

	switch (value_first_type(v)) {
	case TYPE_DATE:
		s->dates++;
		break;
	case TYPE_INSTANT:
		s->instants++;
		instant_parse(v->text, &at);
		s->other |= !str_eq(
		    v->text, (struct str){form, instant_format(at, form)});
		break;
	default:
		s->texts += v->text.n > 0;
	}
}

static void
row_count(struct row_look *l, struct str text)
{
	struct json *row;
	size_t near = 0;

	arena_reset(&l->row);
	/* What is damaged is refused when it is taken. */
	if (json_parse(&l->row, text, &row, NULL) != OK ||
	    row->kind != JSON_OBJECT)
		return;
	for (const struct json *m = row->first; m != NULL; m = m->next) {
		struct shown *s;

		if (!row_says_attribute(m))
			continue;
		s = shown_of(l, m->key, near);
		near = (size_t)(s - l->at) + 1;
		if (m->kind == JSON_STRING) {
			text_count(s, m);
		} else if (!s->typed && m->kind != JSON_OBJECT) {
			s->typed = true;
			s->type = value_first_type(m);
		}
	}
}

void
row_look_feed(struct row_look *l, struct str bytes, bool last)
{
	struct piece piece;

	while (split_next(&l->splitter, &bytes, last, &piece))
		if (!piece.too_long && !piece.trailing)
			row_count(l, piece.text);
}

static enum attr_type
type_of(const struct shown *s)
{
	if (s->typed)
		return s->type;
	if (s->dates > s->texts && s->instants == 0)
		return TYPE_DATE;
	if (s->instants > s->texts && s->dates == 0 && !s->other)
		return TYPE_INSTANT;
	return TYPE_TEXT;
}

static enum err
types_apply(struct kv_txn *txn, void *arg)
{
	struct row_look *l = arg;
	struct batch *b = batch_begin(l->people, txn, 0);

	for (size_t i = 0; i < l->n && kv_error(txn) == OK; i++) {
		struct attr_define d = {l->at[i].name, l->at[i].name,
					type_of(&l->at[i]), false};
		struct fault ignored = {0}; /* its rows hear it themselves */
		enum attr_defined made;

		(void)!batch_attr_define(b, &d, &made, &ignored);
	}
	batch_end(b);
	batch_free(b);
	return kv_error(txn);
}

enum err
row_look_apply(struct row_look *l, struct people *p, struct kv *kv,
	       struct fault *f)
{
	l->people = p;
	TRY(people_refresh(p, f));
	return kv_write(kv, types_apply, l, f);
}
