/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Locked files from anybody.  An input that begins with 'i' is what stands
 * inside: it is sealed here under the right password, for no fuzzer guesses a
 * tag.  Any other is a file as it comes.  What is asked for, in memory, work
 * and bytes, stays bounded, and pieces of any size make no difference.
 */
#include "fuzz.h"

#include "../unit/pgp/fixture.h"

#define OUT_MAX (1u << 20)

static enum err
open_it(struct str locked, size_t piece, struct buf *out, struct fault *f)
{
	struct memory_io io = {locked, piece, out};
	struct unlock_limits limits = {.argon2_kib = 1024,
				       .out_bytes = OUT_MAX};
	struct str password = S("password");
	struct unlock_info info;
	enum err e = unlock_stream(memory_read, memory_write, &io, &password, 1,
				   &limits, &info, f);

	MUST(out->n <= OUT_MAX);
	MUST(e != OK || info.bytes == out->n);
	MUST(memchr(info.name, '\0', sizeof(info.name)) != NULL);
	return e;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct by_hand hand = by_hand(LOCK_GCM);
	struct str in = fuzz_text(data, n);
	struct buf sealed, whole, pieces;
	struct fault f = {0}, g = {0};
	enum err e;

	buf_init(&sealed);
	buf_init(&whole);
	buf_init(&pieces);
	if (n > 0 && data[0] == 'i') {
		put_key(&sealed, &hand, S("password"));
		put_data(&sealed, &hand, str_cut(in, 1, n));
		in = buf_str(&sealed);
	}
	e = open_it(in, SIZE_MAX, &whole, &f);
	if (e != OK)
		fuzz_refused(e, &f);
	MUST(open_it(in, 13, &pieces, &g) == e);
	MUST(e != OK || str_eq(buf_str(&whole), buf_str(&pieces)));
	buf_fini(&sealed);
	buf_fini(&whole);
	buf_fini(&pieces);
	return 0;
}
