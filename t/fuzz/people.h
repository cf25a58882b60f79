/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The small world of the targets that need people: `n` of them with values of
 * every type, four in two segments, and the tenth without anything.
 */
#ifndef T_FUZZ_PEOPLE_H
#define T_FUZZ_PEOPLE_H

#include "fuzz.h"

#include "../unit/query/world.h"

static inline void
fuzz_segments(struct world *w, struct batch *b, void *arg)
{
	for (uint32_t id = 1; id < 5 && id <= *(uint32_t *)arg; id++) {
		batch_segment(b, id, S("Leads"), 1000000);
		if (id % 2 == 0)
			batch_segment(b, id, S("VIP"), 1000000);
		batch_consent(b, id, id < 3, w->at);
		batch_flow(b, id, S("welcome"), 1);
	}
}

static inline void
fuzz_people(struct world *w, int n)
{
	char id[16], json[512];

	world_open(w);
	for (int i = 1; i <= n; i++) {
		snprintf(id, sizeof(id), "u%d", i);
		snprintf(json, sizeof(json),
			 "{\"default_name\":\"N\xc3\xa9 %d\",\"score\":%d.5,"
			 "\"paid\":%s,\"joined\":\"2026-0%d-01T08:00:00Z\","
			 "\"born\":\"1990-01-%02d\",\"colours\":[\"red\","
			 "\"blue%d\"],\"default_phone\":\"+49 30 12345%d\","
			 "\"default_country\":\"%s\"}",
			 i % 7, i, i % 2 ? "true" : "false", i % 9 + 1, i,
			 i % 3, i * 7, i % 2 ? "Germany" : "France");
		world_user(w, id, i == 10 ? "{}" : json);
	}
	world_change(w, fuzz_segments, &(uint32_t){(uint32_t)n});
}

#endif
