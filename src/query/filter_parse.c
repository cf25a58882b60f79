/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * From JSON to a filter:
 *
 *   F := {"all": [F…]} | {"any": [F…]} | {"not": F}
 *      | ["attribute", "operator", value…]
 *
 * The parser knows the catalog and the operator table and lets nothing through
 * that cannot run.  It keeps the path of where it is ("/all/1/not"), and every
 * refusal names that path, the attribute and what was expected.  A list of
 * values may also come as one array.
 */
#include "filter.h"

#include <stdio.h>

#define NAME_SHOWN 48u /* bytes of a wrong name that an error repeats */

struct parser {
	struct query *q;
	struct fault *f;
	size_t leaves;
	int depth;
	char path[120]; /* of depth 8 at most: 8 * strlen("/all/65535") */
	size_t at;
};

static enum err parse_node(struct parser *p, const struct json *v,
			   struct filter *out);

static enum err refuse(struct parser *p, const char *format, ...)
    PRINTF_LIKE(2, 3);

static enum err
refuse(struct parser *p, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return fail(p->f, ERR_INVALID, p->at ? p->path : "/", "%s", text);
}

/* Go down a step; the caller keeps p->at to come back up. */
static void
path_push(struct parser *p, const char *step, size_t index)
{
	size_t room = sizeof(p->path) - p->at;
	int n;

	if (index == SIZE_MAX)
		n = snprintf(p->path + p->at, room, "/%s", step);
	else
		n = snprintf(p->path + p->at, room, "/%s/%zu", step, index);
	p->at += (size_t)n < room ? (size_t)n : room - 1;
}

static void
path_pop(struct parser *p, size_t at)
{
	p->at = at;
	p->path[at] = '\0';
}

/* How many values the operator takes, in words, or NULL when n is right. */
static const char *
count_expected(enum operand_form form, size_t n)
{
	switch (form) {
	case FORM_NONE:
		return n == 0 ? NULL : "no value";
	case FORM_ONE:
	case FORM_WORDS:
	case FORM_NETWORK:
	case FORM_NUMBER:
	case FORM_SPAN:
		return n == 1 ? NULL : "one value";
	case FORM_TWO:
		return n == 2 ? NULL : "two values";
	case FORM_MANY:
		return n >= 1 && n <= FILTER_LEAVES_MAX ? NULL
							: "1 to 200 values";
	case FORM_DEED:
		return n <= 1 ? NULL : "at most one object";
	case FORM_COUNT:
		break;
	}
	return "no such operator";
}

static enum err
parse_operands(struct parser *p, const struct json *v, size_t n,
	       struct filter *out)
{
	const struct op *op = out->op;
	const char *expected;
	struct operand *operands;

	if (op->form == FORM_MANY && n == 1 && v->kind == JSON_ARRAY) {
		n = v->count;
		v = v->first;
	}
	expected = count_expected(op->form, n);
	if (expected)
		return refuse(p, "%.*s %s: expected %s, not %zu",
			      STR_ARG(text_prefix(out->attr->name, NAME_SHOWN)),
			      op->name, expected, n);
	operands = arena_get(p->q->arena, sizeof(*operands) * (n + 1));
	for (size_t i = 0; i < n; i++, v = v->next) {
		struct fault f = {0};
		enum err e =
		    operand_read(p->q, out->attr, op, v, &operands[i], &f);

		if (e == ERR_INVALID)
			return refuse(p, "%s", f.text);
		TRY(e);
	}
	out->operands = operands;
	out->n = n;
	return OK;
}

static enum err
refuse_operator(struct parser *p, const struct attr *a, struct str name)
{
	struct buf b;

	buf_init(&b);
	operators_put(&b, a->type);
	refuse(p,
	       "%.*s is of type %s and has no operator \"%.*s\"; "
	       "expected one of %s",
	       STR_ARG(text_prefix(a->name, NAME_SHOWN)),
	       a->type < TYPE_COUNT ? attr_type_names[a->type] : "words",
	       STR_ARG(text_prefix(name, NAME_SHOWN / 2)), b.p);
	buf_fini(&b);
	return ERR_INVALID;
}

/* An attribute has not these operators; a behaviour has no others. */
static enum err
parse_behaviour(struct parser *p, const struct json *v, struct filter *out)
{
	struct str name = v->first->text, op = v->first->next->text;
	const struct attr *a = catalog_find(p->q->catalog, name);

	out->attr = behaviour_find(p->q, name);
	if (p->q->txn)
		TRY(kv_error(p->q->txn));
	if (!out->attr && a && !behaviour_named(name))
		return refuse_operator(p, a, op);
	if (!out->attr)
		return refuse(p,
			      "expected message, chat, event:NAME or flow:NAME "
			      "of something that was done; there is no "
			      "\"%.*s\"",
			      STR_ARG(text_prefix(name, NAME_SHOWN)));
	out->op = operator_find(TYPE_BEHAVIOUR, op);
	return parse_operands(p, v->first->next->next, v->count - 2, out);
}

static enum err
parse_leaf(struct parser *p, const struct json *v, struct filter *out)
{
	const struct json *name = v->first;
	const struct json *op = name ? name->next : NULL;

	out->kind = NODE_LEAF;
	if (++p->leaves > FILTER_LEAVES_MAX)
		return refuse(p, "expected at most %d conditions in a filter",
			      FILTER_LEAVES_MAX);
	if (!op || name->kind != JSON_STRING || op->kind != JSON_STRING)
		return refuse(p, "expected [\"attribute\", \"operator\", "
				 "value…]");
	if (str_eq(op->text, S("did")) || str_eq(op->text, S("didNot")))
		return parse_behaviour(p, v, out);
	out->attr = catalog_find(p->q->catalog, name->text);
	if (!out->attr)
		out->attr = speech_find(p->q, name->text);
	if (!out->attr)
		out->attr = counted_find(p->q, name->text);
	if (!out->attr && behaviour_named(name->text))
		return refuse(p,
			      "%.*s: expected one of did, didNot, not \"%.*s\"",
			      STR_ARG(text_prefix(name->text, NAME_SHOWN)),
			      STR_ARG(text_prefix(op->text, NAME_SHOWN / 2)));
	if (!out->attr)
		return refuse(p,
			      "expected the name of an attribute; there is "
			      "no \"%.*s\"",
			      STR_ARG(text_prefix(name->text, NAME_SHOWN)));
	out->op = operator_find(out->attr->type, op->text);
	if (!out->op)
		return refuse_operator(p, out->attr, op->text);
	return parse_operands(p, op->next, v->count - 2, out);
}

static enum err
parse_children(struct parser *p, const struct json *list, struct filter *out)
{
	const char *step = out->kind == NODE_ALL ? "all" : "any";
	const struct filter **tail = &out->first;
	size_t at = p->at, i = 0;

	for (const struct json *v = list->first; v; v = v->next) {
		struct filter *child = arena_get(p->q->arena, sizeof(*child));

		path_push(p, step, i++);
		TRY(parse_node(p, v, child));
		path_pop(p, at);
		*tail = child;
		tail = &child->next;
	}
	if (out->kind == NODE_ANY && i == 0)
		return refuse(p, "any: expected at least one condition");
	return OK;
}

static enum err
parse_group(struct parser *p, const struct json *v, struct filter *out)
{
	const struct json *m = v->first;
	struct filter *child;
	size_t at = p->at;

	if (v->count != 1)
		return refuse(p,
			      "expected one of all, any and not, not %zu "
			      "members",
			      v->count);
	if (str_eq(m->key, S("not"))) {
		out->kind = NODE_NOT;
		child = arena_get(p->q->arena, sizeof(*child));
		path_push(p, "not", SIZE_MAX);
		TRY(parse_node(p, m, child));
		path_pop(p, at);
		out->first = child;
		return OK;
	}
	if (!str_eq(m->key, S("all")) && !str_eq(m->key, S("any")))
		return refuse(p, "expected all, any or not, not \"%.*s\"",
			      STR_ARG(text_prefix(m->key, NAME_SHOWN)));
	if (m->kind != JSON_ARRAY)
		return refuse(p, "%.*s: expected an array", STR_ARG(m->key));
	out->kind = str_eq(m->key, S("all")) ? NODE_ALL : NODE_ANY;
	return parse_children(p, m, out);
}

static enum err
parse_node(struct parser *p, const struct json *v, struct filter *out)
{
	enum err e;

	if (v->kind == JSON_ARRAY)
		return parse_leaf(p, v, out);
	if (v->kind != JSON_OBJECT)
		return refuse(p, "expected a group (an object) or a condition "
				 "(an array)");
	if (p->depth == FILTER_DEPTH_MAX)
		return refuse(p, "expected groups in at most %d levels",
			      FILTER_DEPTH_MAX);
	p->depth++;
	e = parse_group(p, v, out);
	p->depth--;
	return e;
}

enum err
filter_of_json(struct query *q, const struct json *v, struct filter **out,
	       struct fault *f)
{
	struct parser p = {.q = q, .f = f};
	struct rules_held held;
	enum err e;

	*out = arena_get(q->arena, sizeof(**out));
	if (v->kind == JSON_OBJECT && v->count == 0) {
		(*out)->kind = NODE_ALL;
		return OK;
	}
	held = rules_begin(q);
	e = parse_node(&p, v, *out);
	rules_end(q, held);
	return e;
}

enum err
filter_parse(struct query *q, struct str text, struct filter **out,
	     struct fault *f)
{
	struct json *v;

	if (text.n > FILTER_BYTES_MAX)
		return fail(f, ERR_LIMIT, "/",
			    "expected a filter of at most %u bytes, not %zu",
			    FILTER_BYTES_MAX, text.n);
	text = str_trim(text).n ? arena_str(q->arena, text) : S("{}");
	TRY(json_parse(q->arena, text, &v, f));
	return filter_of_json(q, v, out, f);
}
