/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Rows of users from anybody, read back as our own exports: each is taken or
 * refused with a line and a reason, the counts add up, taking all of it again
 * tells nobody anything new, and what is indexed is what is there.
 */
#include "fuzz.h"

#include "../unit/intake/world.h"

static uint64_t
told(struct kv *kv)
{
	struct kv_stats stats;
	struct fault f = {0};

	MUST(kv_stats(kv, &stats, &f) == OK);
	return stats.entries[SP_TRAIL] + stats.entries[SP_USER];
}

static void
refusals_told(const struct intake_result *r)
{
	MUST(r->n_refusals <= r->refused);
	for (size_t i = 0; i < r->n_refusals; i++) {
		MUST(r->refusals[i].line > 0);
		fuzz_refused(r->refusals[i].fault.code, &r->refusals[i].fault);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct intake_options rows = {.rows = true, .source = FROM_IMPORT};
	struct str body = fuzz_text(data, n);
	struct intake_result first;
	struct world w;
	uint64_t before;
	enum err e;

	world_open(&w);
	e = world_take_with(&w, body, &rows);
	first = w.result;
	if (e == OK) {
		refusals_told(&w.result);
		before = told(w.kv);
		MUST(world_take_with(&w, body, &rows) == OK);
		MUST(w.result.accepted == first.accepted &&
		     w.result.refused == first.refused);
		MUST(told(w.kv) == before);
	} else {
		fuzz_refused(e, &w.fault);
	}
	MUST(world_differences(&w) == 0);
	world_close(&w);
	return 0;
}
