/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The one table of operators (include/tbl/operators.h) and how to look things
 * up in it.  Every surface that offers or reads operators, the parser, the
 * attribute list of the API and through it the panel, comes here, so an
 * operator that exists for one exists for all.
 */
#include "filter.h"

#define IN(type) (1u << TYPE_##type)
#define TIMES (IN(INSTANT) | IN(DATE))
#define EVERY ((1u << TYPE_COUNT) - 1)

static const struct op operators[] = {
#define OPERATOR(name, label, types, form, match, negated) \
	{name, label, types, FORM_##form, MATCH_##match, negated},
#include <tbl/operators.h>
#undef OPERATOR
};

static const char *const form_names[FORM_COUNT] = {
    [FORM_NONE] = "none", [FORM_ONE] = "one",   [FORM_TWO] = "two",
    [FORM_MANY] = "many", [FORM_SPAN] = "span", [FORM_NETWORK] = "network",
    [FORM_DEED] = "deed", [FORM_WORDS] = "words", [FORM_NUMBER] = "number",
};

const struct op *
operator_find(enum attr_type t, struct str name)
{
	for (size_t i = 0; i < COUNT(operators); i++) {
		const struct op *op = &operators[i];

		if (op->types & 1u << t && str_eq(name, str_of(op->name)))
			return op;
	}
	return NULL;
}

void
operators_put(struct buf *out, enum attr_type t)
{
	bool any = false;

	for (size_t i = 0; i < COUNT(operators); i++) {
		if (!(operators[i].types & 1u << t))
			continue;
		buf_printf(out, "%s%s", any ? ", " : "", operators[i].name);
		any = true;
	}
}

size_t
operators_of(enum attr_type t, struct operator_info *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(operators); i++) {
		const struct op *op = &operators[i];

		if (!(op->types & 1u << t))
			continue;
		if (n < max)
			out[n] = (struct operator_info){
			    .name = op->name,
			    .label = op->label,
			    .values = form_names[op->form],
			    .negated = op->negated,
			};
		n++;
	}
	return n;
}
