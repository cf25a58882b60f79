/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the fuzz targets share.  A target is one file with one function that
 * takes any bytes and lets no law be broken; a bad input is answered with an
 * error, never with a crash.  libFuzzer calls it (./configure --enable-fuzz
 * CC=clang), and so does replay.c in every build.
 */
#ifndef T_FUZZ_H
#define T_FUZZ_H

#include <rapport/base.h>

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A law: broken, it ends the process and says which one it was. */
#define MUST(cond)                                                       \
	do {                                                             \
		if (!(cond)) {                                           \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, \
				__LINE__, #cond);                        \
			abort();                                         \
		}                                                        \
	} while (0)

/* The input as text; no bytes are bytes that are there. */
static inline struct str
fuzz_text(const uint8_t *data, size_t n)
{
	return n > 0 ? (struct str){(const char *)data, n} : S("");
}

/* A refusal has the code of one and words for it. */
static inline void
fuzz_refused(enum err e, const struct fault *f)
{
	MUST(e != OK && e != ERR_BUG && f->code == e && f->text[0] != '\0');
	MUST(text_valid(str_of(f->text)) && text_valid(str_of(f->path)));
}

#endif
