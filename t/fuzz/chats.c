/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chat data from anybody: a file is refused whole with a reason, or each of its
 * rows has one outcome; nothing is kept of a trial or of what was refused
 * whole; taking it again makes nothing and changes nothing; and what is counted
 * and indexed is what is there.
 */
#include "fuzz.h"

#include "../unit/intake/world.h"

static int64_t
read_text(void *arg, uint64_t at, char *out, size_t n)
{
	struct str part = *(struct str *)arg;

	part = str_cut(part, (size_t)at, (size_t)at + n);
	if (part.n > 0)
		memcpy(out, part.p, part.n);
	return (int64_t)part.n;
}

static uint64_t
entries(struct kv *kv)
{
	struct kv_stats stats;
	struct fault f = {0};
	uint64_t n = 0;

	MUST(kv_stats(kv, &stats, &f) == OK);
	for (size_t i = 0; i < COUNT(stats.entries); i++)
		n += stats.entries[i];
	return n;
}

static void
counts_told(const struct chats_import_result *r)
{
	uint64_t refused = 0;

	for (int i = 0; i < CHATS_PARTS; i++) {
		const struct chats_count *c = &r->counts[i];

		MUST(c->rows == c->made + c->changed + c->known + c->refused);
		refused += c->refused;
	}
	MUST(r->n_refusals == refused || r->n_refusals == 1000);
	for (size_t i = 0; i < r->n_refusals; i++) {
		MUST(r->refusals[i].row > 0);
		fuzz_refused(r->refusals[i].fault.code, &r->refusals[i].fault);
	}
}

static enum err
take(struct world *w, struct str text, bool dry_run,
     struct chats_import_result *out)
{
	struct chats_source source = {&text, read_text};
	struct chats_import_options o = {.dry_run = dry_run, .slice = 3};

	w->fault = (struct fault){0};
	return chats_import(w->people, w->kv, &w->arena, &source, &o, out,
			    &w->fault);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str text = fuzz_text(data, n);
	struct chats_import_result trial, first, again;
	struct world w;
	uint64_t before;
	enum err e;

	world_open(&w);
	before = entries(w.kv);
	e = take(&w, text, true, &trial);
	MUST(entries(w.kv) == before);
	MUST(take(&w, text, false, &first) == e);
	if (e == OK) {
		counts_told(&first);
		before = entries(w.kv);
		MUST(take(&w, text, false, &again) == OK);
		counts_told(&again);
		for (int i = 0; i < CHATS_PARTS; i++) {
			MUST(again.counts[i].rows == first.counts[i].rows);
			MUST(again.counts[i].made == 0);
		}
		MUST(entries(w.kv) == before);
	} else {
		fuzz_refused(e, &w.fault);
		MUST(entries(w.kv) == before);
	}
	MUST(world_differences(&w) == 0);
	world_close(&w);
	return 0;
}
