/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Flows, as the files on them share them.
 */
#ifndef STATS_FLOWS_H
#define STATS_FLOWS_H

#include "room.h"

#include <rapport/chats/runs.h>

static inline bool
flow_wanted(const struct stat_more *more, struct str flow)
{
	return !more->flow.p || str_eq(more->flow, flow);
}

/* Every flow that something happened in, of which an index knows. */
struct flow_names {
	struct arena arena;
	struct str *p;
	size_t n, cap;
};
void flow_names(struct kv_txn *txn, struct flow_names *out);
void flow_names_free(struct flow_names *names);
/* The one that reads so, added if it was not there; stays with the others. */
struct str flow_name(struct flow_names *names, struct str flow);

/* Whose timelines tell what happened in flows from `from` on and who was in
 * one then, and who of the others is in one all that time; owned by the
 * caller. `each`: it is asked of every flow by itself. */
struct flow_who {
	struct bits *read, *settled;
};
void flow_who(struct query *q, const struct bits *who,
	      const struct stat_more *more, bool each, int64_t from,
	      struct flow_who *out);
/* Who has an open run of it now, as the index of inFlow has it. */
struct bits *flow_open_now(struct query *q, struct str flow);

#endif
