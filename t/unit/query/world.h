/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A small world for the tests of this room: a store in memory with people in
 * it, written through the people room as intake would, and a way to look at it
 * from inside one snapshot.
 */
#ifndef T_QUERY_WORLD_H
#define T_QUERY_WORLD_H

#include "t/tap.h"

#include <rapport/query.h>

struct world {
	struct kv *kv;
	struct people *people;
	struct arena arena; /* reset by each look */
	int64_t now;
	const struct zone *zone;
	struct query *q; /* during a look */
	int64_t at;      /* of the next write; later writes win */
};

typedef void look_fn(struct world *w, void *arg);
typedef void change_fn(struct world *w, struct batch *b, void *arg);

void world_open(struct world *w);
void world_close(struct world *w);
/* Run fn in one snapshot with w->q ready. */
void world_look(struct world *w, look_fn *fn, void *arg);
/* Run fn in one write with a batch. */
void world_change(struct world *w, change_fn *fn, void *arg);
/* Inside a change: attribute `name` of a user from JSON; "null" clears. */
void world_set(struct world *w, struct batch *b, uint32_t id, const char *name,
	       struct str json);
/* One user from a JSON object of attributes; returns its id. */
uint32_t world_user(struct world *w, const char *user_id, const char *json);

#endif
