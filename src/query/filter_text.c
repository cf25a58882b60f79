/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A filter written out, twice: as a sentence for people (the view's subtitle,
 * the audit log, an export's manifest), where a group inside another stands
 * in brackets, and as the one compact JSON form, which reads back to the same
 * filter: for URLs with the names of segments, for records with their ids.
 */
#include "filter.h"

#define EVERYBODY S("Everybody")

static void
number_put(struct buf *out, double d)
{
	char text[32];

	buf_bytes(out, text, number_to_text(d, text));
}

/* "30 days", "1 month" */
void
span_say(struct buf *out, struct span s)
{
	static const struct {
		char unit;
		const char *name;
	} units[] = {{'m', "minute"}, {'h', "hour"},  {'d', "day"},
		     {'w', "week"},   {'M', "month"}, {'y', "year"}};

	for (size_t i = 0; i < COUNT(units); i++) {
		if (units[i].unit == s.unit)
			buf_printf(out, "%u %s%s", s.count, units[i].name,
				   s.count == 1 ? "" : "s");
	}
}

static void
operand_say(struct buf *out, const struct filter *leaf, size_t i)
{
	const struct operand *o = &leaf->operands[i];

	if (leaf->op->form == FORM_SPAN)
		span_say(out, o->span);
	else if (leaf->attr->type == TYPE_NUMBER)
		number_put(out, o->number);
	else if (o->text.n == 0)
		buf_put(out, S("\"\""));
	else
		buf_put(out, o->text);
}

static void
leaf_say(struct buf *out, const struct filter *leaf)
{
	const char *last = leaf->op->form == FORM_TWO ? " and " : " or ";

	if (leaf->attr->type == TYPE_BEHAVIOUR) {
		behaviour_say(out, leaf);
		return;
	}
	if (leaf->attr->type == TYPE_COUNTED) {
		counted_say(out, leaf);
		return;
	}
	if (leaf->op->match == MATCH_ALL_OF)
		last = " and ";
	buf_put(out,
		leaf->attr->label.n ? leaf->attr->label : leaf->attr->name);
	buf_printf(out, " %s", leaf->op->label);
	for (size_t i = 0; i < leaf->n; i++) {
		buf_put(out, str_of(i == 0            ? " "
				    : i + 1 < leaf->n ? ", "
						      : last));
		operand_say(out, leaf, i);
	}
}

static void
node_say(struct buf *out, const struct filter *f, bool inner)
{
	bool many = f->first && f->first->next;

	if (f->kind == NODE_LEAF) {
		leaf_say(out, f);
		return;
	}
	if (f->kind == NODE_NOT) {
		buf_put(out, S("not ("));
		node_say(out, f->first, false);
		buf_c(out, ')');
		return;
	}
	if (!f->first) {
		buf_put(out, EVERYBODY);
		return;
	}
	if (inner && many)
		buf_c(out, '(');
	for (const struct filter *c = f->first; c; c = c->next) {
		node_say(out, c, inner || many);
		if (c->next)
			buf_put(out,
				str_of(f->kind == NODE_ALL ? " and " : " or "));
	}
	if (inner && many)
		buf_c(out, ')');
}

void
filter_sentence(const struct filter *f, struct buf *out)
{
	if (f == NULL)
		buf_put(out, EVERYBODY);
	else
		node_say(out, f, false);
}

static void
operand_json(struct json_out *j, const struct filter *leaf, size_t i,
	     bool keep)
{
	if (keep && leaf->attr->id == A_SEGMENT)
		json_int(j, leaf->operands[i].segment);
	else if (leaf->attr->type == TYPE_NUMBER)
		json_number(j, leaf->operands[i].number);
	else if (leaf->attr->type == TYPE_COUNTED)
		counted_json(j, leaf);
	else
		json_text(j, leaf->operands[i].text);
}

static void
node_json(struct json_out *j, const struct filter *f, bool keep)
{
	if (f->kind == NODE_LEAF) {
		json_array(j);
		json_text(j, f->attr->name);
		json_text(j, str_of(f->op->name));
		if (f->attr->type == TYPE_BEHAVIOUR)
			behaviour_json(j, f);
		for (size_t i = 0;
		     i < f->n && f->attr->type != TYPE_BEHAVIOUR; i++)
			operand_json(j, f, i, keep);
		json_array_end(j);
		return;
	}
	json_object(j);
	if (f->kind == NODE_NOT) {
		json_key(j, S("not"));
		node_json(j, f->first, keep);
	} else {
		json_key(j, f->kind == NODE_ALL ? S("all") : S("any"));
		json_array(j);
		for (const struct filter *c = f->first; c; c = c->next)
			node_json(j, c, keep);
		json_array_end(j);
	}
	json_object_end(j);
}

void
filter_json(const struct filter *f, struct buf *out)
{
	struct json_out j;

	json_out_init(&j, out);
	node_json(&j, f, false);
}

void
filter_keep(const struct filter *f, struct buf *out)
{
	struct json_out j;

	json_out_init(&j, out);
	node_json(&j, f, true);
}

struct refs {
	uint32_t *out;
	size_t n, max;
};

/* In order, each once; those past `max` are only counted. */
static void
ref_add(struct refs *r, uint32_t id)
{
	size_t kept = r->n < r->max ? r->n : r->max, at = 0;

	while (at < kept && r->out[at] < id)
		at++;
	if (at < kept && r->out[at] == id)
		return;
	r->n++;
	if (kept == r->max)
		return;
	memmove(r->out + at + 1, r->out + at, (kept - at) * sizeof(id));
	r->out[at] = id;
}

static void
node_refs(struct refs *r, const struct filter *f)
{
	if (f->kind == NODE_LEAF && f->attr->id == A_SEGMENT) {
		for (size_t i = 0; i < f->n; i++)
			ref_add(r, f->operands[i].segment);
	}
	for (const struct filter *c = f->first; c; c = c->next)
		node_refs(r, c);
}

size_t
filter_refs(const struct filter *f, uint32_t *out, size_t max)
{
	struct refs r = {.out = out, .max = max};

	node_refs(&r, f);
	return r.n;
}

size_t
filter_nodes(const struct filter *f)
{
	size_t n = 1;

	for (const struct filter *c = f->first; c; c = c->next)
		n += filter_nodes(c);
	return n;
}
