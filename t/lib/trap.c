/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A fuzz target with a fault in it: a control for t/060-fuzz.t, which wants to
 * see that the replay finds it and says with which input.
 */
#include "../fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = fuzz_text(data, n);

	MUST(!str_find(s, S("{"), NULL) || str_find(s, S("}"), NULL));
	return 0;
}
