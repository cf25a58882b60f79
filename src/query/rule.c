/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Dynamic segments inside filters.  A leaf that names one holds its rule: the
 * stored filter, read anew against the whole catalog, for what a segment says
 * is its maker's to say, not its reader's.  What is known of rules hangs on
 * the query while a filter is read or run, so a segment that is named twice,
 * or by many others, is read and run once.
 *
 * Whoever is held to a scope must not find out which segments there are
 * outside of it: a segment with nobody of the scope in it is not there.
 */
#include "filter.h"

struct rule {
	uint32_t segment;
	const struct filter *filter; /* NULL: being read just now */
	struct rule *next;
};

struct run {
	const struct rule *rule;
	struct bits *who;
	struct run *next;
};

struct rules {
	struct rule *read;
	struct run *ran;
	struct bits *scope; /* NULL: not run yet */
	int depth;
};

struct rules_held
rules_begin(struct query *q)
{
	struct rules_held h = {q->rules == NULL};

	if (h.outermost)
		q->rules = arena_get(q->arena, sizeof(*q->rules));
	return h;
}

void
rules_end(struct query *q, struct rules_held h)
{
	if (!h.outermost)
		return;
	for (struct run *r = q->rules->ran; r; r = r->next)
		bits_free(r->who);
	bits_free(q->rules->scope);
	q->rules = NULL;
}

/* The stored filter, as if nobody were asking. */
static enum err
rule_parse(struct query *q, const struct segment *s, struct rule *r,
	   struct fault *f)
{
	struct query sub = *q;
	struct fault inner = {0};
	struct filter *filter;
	enum err e;

	sub.catalog = q->whole ? q->whole : q->catalog;
	sub.scope = NULL;
	sub.limited = false;
	sub.masked = STR_NONE;
	sub.no_behaviour = sub.no_speech = sub.no_numbers = false;
	q->rules->depth++;
	e = filter_parse(&sub, s->filter, &filter, &inner);
	q->rules->depth--;
	if (e == OK) {
		r->filter = filter;
		return OK;
	}
	if (kv_error(q->txn) != OK)
		return kv_error(q->txn);
	return fail(f, ERR_INVALID, "",
		    "the filter of the segment \"%.*s\" cannot run%s%s",
		    STR_ARG(text_prefix(s->name, 48)), q->whole ? "" : ": ",
		    q->whole ? "" : inner.text);
}

enum err
rule_find(struct query *q, uint32_t segment, const struct rule **out,
	  struct fault *f)
{
	struct segment s;
	struct rule *r = q->rules->read;

	while (r && r->segment != segment)
		r = r->next;
	if (r && r->filter) {
		*out = r;
		return OK;
	}
	if (r || q->rules->depth == SEGMENT_NESTING)
		return fail(f, ERR_INVALID, "",
			    "the filters of dynamic segments name each other "
			    "in a circle or too deep");
	if (!segment_get(q->txn, q->arena, segment, &s))
		return fail(f, ERR_INVALID, "", "there is no segment %u",
			    segment);
	r = arena_get(q->arena, sizeof(*r));
	*r = (struct rule){.segment = segment, .next = q->rules->read};
	q->rules->read = r;
	TRY(rule_parse(q, &s, r, f));
	*out = r;
	return OK;
}

struct bits *
rule_run(struct query *q, const struct rule *rule)
{
	struct run *r = q->rules->ran;

	while (r && r->rule != rule)
		r = r->next;
	if (!r) {
		struct bits *who = node_bits(q, rule->filter);

		r = arena_get(q->arena, sizeof(*r));
		*r = (struct run){rule, who, q->rules->ran};
		q->rules->ran = r;
	}
	return bits_copy(r->who);
}

int
rule_cost(const struct rule *r)
{
	return node_cost(r->filter);
}

struct bits *
segment_run(struct query *q, const struct operand *o)
{
	uint8_t bytes[4];
	struct wr w = wr_of(bytes, sizeof(bytes));

	if (o->rule)
		return rule_run(q, o->rule);
	wr_be32(&w, o->segment);
	return posting_load(q->txn, (struct posting){.attr = A_SEGMENT,
						     .value = wr_out(&w)});
}

const struct bits *
scope_bits(struct query *q)
{
	if (!q->rules->scope)
		q->rules->scope = node_bits(q, q->scope);
	return q->rules->scope;
}

static bool
in_scope(struct query *q, const struct operand *o)
{
	struct bits *who;
	uint64_t n;

	if (!q->limited)
		return true;
	who = segment_run(q, o);
	n = bits_and_count(who, scope_bits(q));
	bits_free(who);
	return n > 0;
}

/* A text is a name or else an id, a number an id. */
static bool
segment_named(struct query *q, const struct json *v, uint32_t *id)
{
	uint64_t n;

	if (v->kind == JSON_STRING)
		return segment_find(q->txn, v->text, id);
	if (v->kind != JSON_NUMBER || !str_to_u64(v->text, &n) ||
	    n > UINT32_MAX)
		return false;
	*id = (uint32_t)n;
	return segment_name(q->txn, *id).n > 0;
}

enum err
segment_read(struct query *q, const struct json *v, struct operand *out,
	     struct fault *f)
{
	struct segment s;

	*out = (struct operand){0};
	if (!segment_named(q, v, &out->segment) ||
	    !segment_get(q->txn, q->arena, out->segment, &s))
		return ERR_NOT_FOUND;
	out->text = arena_str(q->arena, s.name);
	if (s.kind == SEGMENT_DYNAMIC)
		TRY(rule_find(q, out->segment, &out->rule, f));
	return in_scope(q, out) ? OK : ERR_NOT_FOUND;
}
