/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who must be asked of flows.  Starts and ends are kinds of activity, so who
 * had any since a moment is known; who had none is still in the flows that the
 * index of inFlow says.  That index cannot tell apart names which are the same
 * text but for the case of their letters, nor does it take the nameless runs of
 * two people who became one for those of one person: they are read.
 */
#include "flows.h"

#include <stdlib.h>

struct str
flow_name(struct flow_names *names, struct str flow)
{
	for (size_t i = 0; i < names->n; i++)
		if (str_eq(names->p[i], flow))
			return names->p[i];
	if (names->n == names->cap) {
		names->cap = names->cap ? 2 * names->cap : 64;
		names->p = mem_grow(names->p, names->cap * sizeof(*names->p));
	}
	names->p[names->n] = arena_str(&names->arena, flow);
	return names->p[names->n++];
}

static bool
name_add(void *arg, uint16_t kind, struct str name)
{
	static const struct str heads[] = {{"flow:", 5}, {"end:", 4}};

	(void)kind;
	for (size_t i = 0; i < COUNT(heads); i++)
		if (str_starts(name, heads[i]))
			flow_name(arg, str_cut(name, heads[i].n, SIZE_MAX));
	return true;
}

void
flow_names(struct kv_txn *txn, struct flow_names *out)
{
	*out = (struct flow_names){0};
	arena_init(&out->arena);
	activity_kinds(txn, name_add, out);
}

void
flow_names_free(struct flow_names *names)
{
	arena_fini(&names->arena);
	free(names->p);
}

struct bits *
flow_open_now(struct query *q, struct str flow)
{
	struct bits *out;
	struct buf key;

	buf_init(&key);
	value_key_text(&key, text_folded(q->arena, flow));
	out =
	    posting_load(q->txn, (struct posting){A_IN_FLOW, 0, buf_str(&key)});
	buf_fini(&key);
	return out;
}

/* Whether the index of inFlow tells the flow from all others. */
static bool
told_apart(struct query *q, const struct flow_names *names, struct str flow)
{
	struct str folded = text_folded(q->arena, flow);
	size_t same = 0;

	for (size_t i = 0; i < names->n; i++)
		same += str_eq(text_folded(q->arena, names->p[i]), folded);
	return same == 1;
}

static bool
all_apart(struct query *q, const struct flow_names *names,
	  const struct stat_more *more, bool each)
{
	if (more->flow.p)
		return told_apart(q, names, more->flow);
	for (size_t i = 0; i < names->n && each; i++)
		if (!told_apart(q, names, names->p[i]))
			return false;
	return true;
}

static void
add_active(struct query *q, const char *head, struct str flow, int64_t from,
	   struct bits *into)
{
	struct activity_in in = {
	    .from = from, .to = ACTIVITY_EVER_TO, .times = 1};
	struct bits *here;
	struct buf name;

	buf_init(&name);
	buf_printf(&name, "%s", head);
	buf_put(&name, flow);
	if (activity_find(q->txn, buf_str(&name), &in.kind)) {
		here = activity_who(q->txn, &in);
		bits_or(into, here);
		bits_free(here);
	}
	buf_fini(&name);
}

void
flow_who(struct query *q, const struct bits *who, const struct stat_more *more,
	 bool each, int64_t from, struct flow_who *out)
{
	struct flow_names names;
	struct bits *merged;

	out->read = bits_new();
	flow_names(q->txn, &names);
	for (size_t i = 0; i < names.n; i++) {
		if (!flow_wanted(more, names.p[i]))
			continue;
		add_active(q, "flow:", names.p[i], from, out->read);
		add_active(q, "end:", names.p[i], from, out->read);
	}
	out->settled =
	    more->flow.p
		? flow_open_now(q, more->flow)
		: posting_load(q->txn,
			       (struct posting){A_IN_FLOW, LEVEL_SET, S("")});
	if (all_apart(q, &names, more, each)) {
		merged = people_merged(q->txn);
		bits_and(merged, out->settled);
		bits_or(out->read, merged);
		bits_free(merged);
	} else {
		bits_or(out->read, out->settled);
	}
	flow_names_free(&names);
	bits_minus(out->settled, out->read);
	if (who) {
		bits_and(out->read, who);
		bits_and(out->settled, who);
	}
}
