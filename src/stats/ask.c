/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What some metrics are asked beside a period: of which flow, of which error,
 * which steps.  A metric is asked nothing that it does not take.
 */
#include "funnel.h"

static enum err
check_taken(const struct metric *m, struct str given, unsigned what,
	    const char *name, struct fault *f)
{
	if (given.p && !(m->takes & what))
		return fail(f, ERR_INVALID, name, "%s takes no %s", m->name,
			    name);
	return OK;
}

enum err
flow_known(struct query *q, struct str flow, struct fault *f)
{
	struct str name = arena_printf(q->arena, "flow:%.*s", STR_ARG(flow));

	if (query_behaviour_known(q, name))
		return OK;
	TRY(kv_error(q->txn));
	return fail(f, ERR_INVALID, "flow",
		    "expected the name of a flow that was started; there is no "
		    "\"%.*s\"",
		    STR_ARG(text_prefix(flow, 48)));
}

enum err
stat_more_read(struct query *q, const struct metric *m,
	       const struct stat_asked *in, struct stat_more *out,
	       struct fault *f)
{
	struct fault inner = {0};
	struct json *steps;

	*out = (struct stat_more){.flow = in->flow, .code = in->code};
	TRY(check_taken(m, in->flow, TAKES_FLOW, "flow", f));
	TRY(check_taken(m, in->code, TAKES_CODE, "code", f));
	TRY(check_taken(m, in->steps, TAKES_STEPS, "steps", f));
	TRY(check_taken(m, in->window, TAKES_STEPS, "window", f));
	if (in->flow.p)
		TRY(flow_known(q, in->flow, f));
	if (!(m->takes & TAKES_STEPS))
		return OK;
	if (!in->steps.p)
		return fail(f, ERR_INVALID, "steps",
			    "expected the steps, such as [[\"event:signup\", "
			    "\"did\"], [\"message\", \"did\"]]");
	if (json_parse(q->arena, in->steps, &steps, &inner) != OK)
		return fail(f, ERR_INVALID, "steps", "%s: %s", inner.path,
			    inner.text);
	return funnel_read(q, steps, in->window, &out->funnel, f);
}
