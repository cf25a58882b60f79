/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bytes that go to disk when there are many: whatever the bound, any piece of
 * them is what was put there, and nothing is left behind in the folder.
 */
#include "../../tap.h"

#include "../../../src/workbook/room.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST (3u << 20)

static uint64_t state = 1;

static uint64_t
roll(uint64_t n)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return state % n;
}

static size_t
entries(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void
pieces(const char *dir, const char *bytes, size_t bound)
{
	uint64_t at = 0, wrong = 0;
	struct fault f = {0};
	struct spill s;
	char *out = mem_new(100000);

	spill_init(&s, dir, bound);
	while (at < MOST) {
		size_t n = roll(roll(4) ? 60 : 90000);

		n = n < MOST - at ? n : MOST - at;
		wrong += spill_put(&s, (struct str){bytes + at, n}, &f) != OK;
		at += n;
	}
	is_int((int64_t)spill_size(&s), MOST, "all are counted, bound %zu", bound);
	ok((s.fd >= 0) == (bound < MOST), "on disk where they are too many");
	for (int i = 0; i < 4000; i++) {
		size_t from = roll(MOST), n = roll(roll(4) ? 60 : 90000);

		n = n < MOST - from ? n : MOST - from;
		wrong += spill_get(&s, from, out, n, &f) != OK ||
			 memcmp(out, bytes + from, n) != 0;
	}
	is_int((int64_t)wrong, 0, "and each piece is as it was");
	is_int((int64_t)entries(dir), 2, "with no name in the folder");
	spill_fini(&s);
	free(out);
}

int
main(void)
{
	char dir[] = "/tmp/rapport-spill-XXXXXX";
	char *bytes = mem_new(MOST);
	struct fault f = {0};
	struct spill s;

	if (!mkdtemp(dir))
		abort();
	for (size_t i = 0; i < MOST; i++)
		bytes[i] = (char)roll(256);
	pieces(dir, bytes, 0);
	pieces(dir, bytes, 1000);
	pieces(dir, bytes, 1u << 20);
	pieces(dir, bytes, MOST);
	rmdir(dir);
	spill_init(&s, dir, 10);
	ok(spill_put(&s, S("more than ten bytes"), &f) == ERR_IO &&
	       f.text[0] != '\0',
	   "a folder that is not there is told");
	spill_fini(&s);
	free(bytes);
	return done_testing();
}
