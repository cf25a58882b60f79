/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Event bodies from anybody: a dry run keeps nothing and counts what the real
 * one counts, each refusal has a line and a reason, and afterwards what is
 * counted and indexed is what is there.
 */
#include "fuzz.h"

#include "../unit/intake/world.h"

static uint64_t
entries(struct kv *kv)
{
	struct kv_stats stats;
	struct fault f = {0};
	uint64_t n = 0;

	MUST(kv_stats(kv, &stats, &f) == OK);
	for (size_t i = 0; i < SP_COUNT; i++)
		n += stats.entries[i];
	return n;
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
	struct intake_options dry = {.dry_run = true}, real = {0};
	struct str body = fuzz_text(data, n);
	struct intake_result counted;
	struct world w;
	uint64_t before;
	enum err e;

	world_open(&w);
	before = entries(w.kv);
	e = world_take_with(&w, body, &dry);
	counted = w.result;
	MUST(entries(w.kv) == before);
	MUST(world_take_with(&w, body, &real) == e);
	if (e == OK) {
		MUST(counted.accepted == w.result.accepted &&
		     counted.refused == w.result.refused &&
		     counted.duplicates == w.result.duplicates);
		refusals_told(&w.result);
		MUST(world_take(&w, body) == OK);
	} else {
		fuzz_refused(e, &w.fault);
	}
	MUST(world_differences(&w) == 0);
	world_close(&w);
	return 0;
}
