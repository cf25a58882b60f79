/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Stored password hashes: a string is a hash, which another password does not
 * match, or damage, and what it asks for is bounded.  Hashes that are within
 * the bounds and large are left out, since they are slow and not different.
 */
#include "fuzz.h"

#include <unistd.h>

#define CHEAP_KIB 4096
#define LARGEST_KIB (4 * 65536)

static char gate[] = "/tmp/rapport-phc-XXXXXX";

static void
gate_remove(void)
{
	char path[64];

	snprintf(path, sizeof(path), "rm -rf %s", gate);
	if (system(path) != 0)
		fprintf(stderr, "%s stays\n", gate);
}

static bool
is_slow(const char *phc)
{
	const char *m = strstr(phc, "m=");
	unsigned long kib = m != NULL ? strtoul(m + 2, NULL, 10) : 0;

	return kib > CHEAP_KIB && kib <= LARGEST_KIB;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool made;
	struct fault f = {0};
	struct arena a;
	char *phc;
	enum err e;

	if (!made) {
		MUST(mkdtemp(gate) != NULL);
		made = atexit(gate_remove) == 0;
	}
	arena_init(&a);
	phc = arena_z(&a, fuzz_text(data, n));
	if (phc[0] != '\0' && !is_slow(phc)) {
		e = password_check(S("wrong"), phc, gate, NULL, &f);
		MUST(e == ERR_AUTH || e == ERR_CORRUPT);
		fuzz_refused(e, &f);
	}
	arena_fini(&a);
	return 0;
}
