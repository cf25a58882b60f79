/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What people did, as a leaf:
 *
 *   ["event:signup", "did", {"atLeast": 2, "inLast": "30d"}]
 *
 * The operators did and didNot are of nothing else, so they say that the name
 * is one of a behaviour and not of an attribute.  It stands in the leaf as an
 * attribute would, of a type of its own, with the kind of activity behind it.
 * Who is held to a scope finds only what somebody of the scope did; who is held
 * to columns finds none, and a mask on the numbers hides what they count.
 */
#include "filter.h"

#include <rapport/chats.h>

#define TIMES_MAX 1000000u

static const struct {
	const char *head; /* of the name; with a colon a name follows */
	const char *past, *plain, *label;
	uint16_t attrs[2]; /* that must be there to be seen */
} families[] = {
    {"message", "wrote a message", "write a message", "Wrote a message",
     {A_MSG_IN, A_LAST_SEEN}},
    {"chat", "began a chat", "begin a chat", "Began a chat",
     {A_CHATS, A_LAST_SEEN}},
    {"event:", "did ", "do ", "Did ", {0}},
    {"flow:", "started the flow ", "start the flow ", "Started the flow ",
     {A_IN_FLOW}},
};
#define FAMILIES COUNT(families)

/* FAMILIES: none of them. */
static size_t
family_of(struct str name)
{
	size_t i = 0;

	for (; i < FAMILIES; i++) {
		struct str head = str_of(families[i].head);

		if (head.p[head.n - 1] == ':' ? str_starts(name, head)
					      : str_eq(name, head))
			break;
	}
	return i;
}

static struct str
own_name(struct str name)
{
	struct str head = str_of(families[family_of(name)].head);

	return str_cut(name, head.n, name.n);
}

static bool
may_see(const struct query *q, size_t family, struct str name)
{
	struct str masked = q->masked, one;

	if (q->no_behaviour)
		return false;
	while (str_split(&masked, ',', &one))
		if (str_eq(one, name))
			return false;
	for (size_t i = 0; i < COUNT(families[family].attrs); i++) {
		uint16_t id = families[family].attrs[i];

		if (id != 0 && q->masked.n > 0 &&
		    catalog_by_id(q->catalog, id) == NULL)
			return false;
	}
	return true;
}

/* Of those who may be seen. */
static uint64_t
ever_count(struct query *q, uint16_t kind)
{
	struct activity_in in = {.kind = kind,
				 .from = ACTIVITY_EVER_FROM,
				 .to = ACTIVITY_EVER_TO,
				 .times = 1};
	struct rules_held held;
	struct bits *who;
	uint64_t n;

	if (!q->scope)
		return activity_users(q->txn, kind);
	held = rules_begin(q);
	who = activity_who(q->txn, &in);
	n = bits_and_count(who, scope_bits(q));
	bits_free(who);
	rules_end(q, held);
	return n;
}

void
query_behaviour_say(struct buf *out, struct str name, bool negated)
{
	size_t family = family_of(name);

	if (negated)
		buf_put(out, S("Did not "));
	buf_put(out, str_of(negated ? families[family].plain
				    : families[family].label));
	buf_put(out, own_name(name));
}

static const struct attr *
behaviour_attr(struct query *q, uint16_t kind, struct str name)
{
	struct attr *a = arena_get(q->arena, sizeof(*a));
	struct buf label;

	buf_init(&label);
	query_behaviour_say(&label, name, false);
	*a = (struct attr){.id = (uint16_t)(A_ACTIVITY + kind),
			   .type = TYPE_BEHAVIOUR,
			   .name = arena_str(q->arena, name),
			   .label = arena_str(q->arena, buf_str(&label))};
	buf_fini(&label);
	return a;
}

bool
behaviour_named(struct str name)
{
	return family_of(name) < FAMILIES;
}

const struct attr *
behaviour_find(struct query *q, struct str name)
{
	size_t family = family_of(name);
	uint16_t kind;

	if (family == FAMILIES || !q->txn || !may_see(q, family, name) ||
	    !activity_find(q->txn, name, &kind))
		return NULL;
	/* Whether anybody did it is not to be told of others than the scope;
	 * messages and chats are known to exist. */
	if (q->limited && kind >= ACTIVITY_NAMED && ever_count(q, kind) == 0)
		return NULL;
	return behaviour_attr(q, kind, name);
}

bool
query_behaviour_known(struct query *q, struct str name)
{
	return behaviour_find(q, name) != NULL;
}

/* The object behind the operator ------------------------------------------- */

static bool
read_member(const struct json *m, struct operand *out)
{
	if (str_eq(m->key, S("inLast"))) {
		out->text = m->text;
		return m->kind == JSON_STRING &&
		       span_parse(m->text, &out->span);
	}
	if (!str_eq(m->key, S("atLeast")) || m->kind != JSON_NUMBER)
		return false;
	if (!(m->number >= 1 && m->number <= TIMES_MAX))
		return false;
	out->times = (uint32_t)m->number;
	return (double)out->times == m->number;
}

enum err
behaviour_read(const struct json *v, struct operand *out, struct fault *f)
{
	static const struct {
		const char *name, *expected;
	} members[] = {
	    {"atLeast", "a whole number from 1 to 1,000,000"},
	    {"inLast", "a span of time such as 45m, 12h, 30d, 2w, 3mo or 1y"},
	};

	*out = (struct operand){.times = 1};
	if (v->kind != JSON_OBJECT)
		return fail(f, ERR_INVALID, "",
			    "expected an object such as {\"atLeast\": 2, "
			    "\"inLast\": \"30d\"}");
	for (const struct json *m = v->first; m; m = m->next) {
		const char *expected = NULL;

		for (size_t i = 0; i < COUNT(members); i++)
			if (str_eq(m->key, str_of(members[i].name)))
				expected = members[i].expected;
		if (!expected)
			return fail(f, ERR_INVALID, "",
				    "expected atLeast and inLast, not \"%.*s\"",
				    STR_ARG(text_prefix(m->key, 40)));
		if (!read_member(m, out))
			return fail(f, ERR_INVALID, "", "%.*s: expected %s",
				    STR_ARG(m->key), expected);
	}
	return OK;
}

/* Run ---------------------------------------------------------------------- */

struct bits *
behaviour_run(struct query *q, const struct filter *leaf,
	      const struct bits *within)
{
	struct activity_in in = {
	    .kind = (uint16_t)(leaf->attr->id - A_ACTIVITY),
	    .from = ACTIVITY_EVER_FROM,
	    .to = ACTIVITY_EVER_TO,
	    .times = leaf->n ? leaf->operands[0].times : 1,
	    .within = within};
	struct fault f = {0};

	if (activity_ready(q->txn, &f) != OK) {
		kv_fail(q->txn, f.code, f.path, "%s", f.text);
		return bits_new();
	}
	if (leaf->n && leaf->operands[0].span.count > 0)
		span_last(q, leaf->operands[0].span, &in.from, &in.to);
	return activity_who(q->txn, &in);
}

/* Written out -------------------------------------------------------------- */

void
behaviour_say(struct buf *out, const struct filter *leaf)
{
	const struct operand *o = leaf->n ? &leaf->operands[0] : NULL;
	size_t family = family_of(leaf->attr->name);

	if (leaf->op->negated)
		buf_put(out, S("did not "));
	buf_put(out, str_of(leaf->op->negated ? families[family].plain
					      : families[family].past));
	buf_put(out, own_name(leaf->attr->name));
	if (o && o->times > 1)
		buf_printf(out, " at least %u times", o->times);
	if (o && o->span.count > 0) {
		buf_put(out, S(" in the last "));
		span_say(out, o->span);
	}
}

void
behaviour_json(struct json_out *j, const struct filter *leaf)
{
	const struct operand *o = leaf->n ? &leaf->operands[0] : NULL;

	if (!o || (o->times == 1 && o->span.count == 0))
		return;
	json_object(j);
	if (o->times > 1)
		json_ki(j, "atLeast", o->times);
	if (o->span.count > 0)
		json_kt(j, "inLast", o->text);
	json_object_end(j);
}

/* What there is ------------------------------------------------------------ */

struct listing {
	struct query *q;
	behaviour_fn *fn;
	void *arg;
};

static bool
list_one(void *arg, uint16_t kind, struct str name)
{
	struct listing *l = arg;
	size_t family = family_of(name);
	uint64_t n;

	if (family == FAMILIES || !may_see(l->q, family, name))
		return true;
	n = ever_count(l->q, kind);
	if (n > 0)
		l->fn(l->arg, behaviour_attr(l->q, kind, name), n);
	return true;
}

void
query_behaviours(struct query *q, behaviour_fn *fn, void *arg)
{
	struct listing l = {q, fn, arg};

	activity_kinds(q->txn, list_one, &l);
}
