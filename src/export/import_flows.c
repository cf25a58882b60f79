/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The runs of flows that somebody is in, as "Import data" tells them: each by
 * its latest start, which is the one that its record has.
 */
#include "teller.h"

#include <rapport/chats/runs.h>
#include <rapport/people/edit.h>

#include <stdlib.h>

static bool
in_any(const struct user_detail *d)
{
	for (size_t i = 0; i < d->n_attrs; i++)
		if (d->attrs[i].attr->id == A_IN_FLOW)
			return d->attrs[i].now.has;
	return false;
}

static void
run_tell(const struct run *r, struct json_out *j)
{
	json_object(j);
	json_kt(j, "flow", r->flow);
	if (r->id.n > 0)
		json_kt(j, "runId", r->id);
	json_kat(j, "at", r->again);
	if (r->cause != CAUSE_NONE)
		json_kt(j, "cause", str_of(cause_names[r->cause]));
	json_object_end(j);
}

void
import_flows_tell(struct teller *t, const struct user_detail *d,
		  struct json_out *j)
{
	struct run_reader *reader;
	struct runs runs = {0};

	if (!in_any(d))
		return;
	reader = flow_runs_open(t->q->txn);
	flow_runs_read(reader, &t->arena, d->id, &runs);
	flow_runs_close(reader);
	json_key(j, S("flows"));
	json_array(j);
	for (size_t i = 0; i < runs.n; i++)
		if (run_open(&runs.p[i], INSTANT_MAX))
			run_tell(&runs.p[i], j);
	json_array_end(j);
	free(runs.p);
}
