/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who is behind a number of analytics, as a leaf:
 *
 *   ["counted", "isIn", {"metric": "customers", "column": "new",
 *                        "from": "2026-10-01", "to": "2026-11-01",
 *                        "tz": "Europe/Lisbon"}]
 *
 * What the numbers are is known to the stats room, below this one, which lends
 * how such an object is read, run and written.  Where nobody lent it, and for
 * who may not read analytics or what the number is made of, the leaf is not
 * there; the complement is everybody else.
 */
#include "filter.h"

#include <rapport/chats.h>

static const struct attr counted = {
    .type = TYPE_COUNTED,
    .name = {"counted", 7},
    .label = {"Counted", 7},
};

static const struct numbers *
lent(const struct query *q)
{
	const struct catalog *c = q->whole ? q->whole : q->catalog;

	return c ? c->numbers : NULL;
}

const struct attr *
counted_find(const struct query *q, struct str name)
{
	if (q->no_numbers || q->no_behaviour || !lent(q) ||
	    !str_eq(name, counted.name))
		return NULL;
	return &counted;
}

const struct attr *
query_counted(const struct query *q)
{
	return counted_find(q, counted.name);
}

enum err
counted_read(struct query *q, const struct json *v, struct operand *out,
	     struct fault *f)
{
	struct fault inner = {0};
	enum err e = ERR_INVALID;

	if (v->kind != JSON_OBJECT)
		fail(&inner, e, "",
		     "expected an object such as {\"metric\": \"customers\", "
		     "\"column\": \"new\", \"from\": \"2026-10-01\", \"to\": "
		     "\"2026-11-01\", \"tz\": \"Europe/Lisbon\"}");
	else
		e = lent(q)->read(q, v, &out->counted, &inner);
	out->lent = lent(q);
	return e == OK ? OK : fail(f, e, "", "counted: %s", inner.text);
}

struct bits *
counted_run(struct query *q, const struct filter *leaf,
	    const struct bits *within)
{
	struct fault f = {0};

	if (activity_ready(q->txn, &f) != OK) {
		kv_fail(q->txn, f.code, f.path, "%s", f.text);
		return bits_new();
	}
	return leaf->operands[0].lent->run(q, leaf->operands[0].counted,
					   within);
}

void
counted_say(struct buf *out, const struct filter *leaf)
{
	buf_put(out, str_of(leaf->op->label));
	buf_c(out, ' ');
	leaf->operands[0].lent->say(out, leaf->operands[0].counted);
}

void
counted_json(struct json_out *j, const struct filter *leaf)
{
	leaf->operands[0].lent->json(j, leaf->operands[0].counted);
}
