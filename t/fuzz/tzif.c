/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Zone files: a file is refused, or at every second there is an offset that a
 * wall clock can show and a later second at which it ends.
 */
#include "fuzz.h"

#include "../../src/base/tzif.h"

#define DAY 86400

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tzif t;

	if (!tzif_read(&t, fuzz_text(data, n)))
		return 0;
	for (int64_t at = -3000000000, step = 1; at < 40000000000;
	     at += step, step = (step * 5 + 1) % (400 * DAY)) {
		struct piece p = tzif_at(&t, at);

		MUST(p.until > at);
		MUST(p.offset > -2 * DAY && p.offset < 2 * DAY);
	}
	for (size_t i = 0; i < t.count; i++) {
		struct piece p = tzif_at(&t, t.times[i]);

		MUST(i == 0 || t.times[i] > t.times[i - 1]);
		MUST(p.until > t.times[i] || t.times[i] >= TZIF_FOR_EVER);
		/* from the last on a rule holds, if there is one */
		MUST((i + 1 == t.count && t.rule.present) ||
		     p.offset == t.offsets[i + 1]);
		MUST(tzif_at(&t, t.times[i] - 1).offset == t.offsets[i]);
	}
	tzif_at(&t, INT64_MIN);
	tzif_at(&t, INT64_MAX);
	tzif_fini(&t);
	return 0;
}
