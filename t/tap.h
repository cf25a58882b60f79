/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * TAP for the C tests: ok, is_int, is_str, then done_testing at the end of
 * main.  A failed check says where and what was expected; the exit status is
 * the number of failures, so prove and make both see it.
 */
#ifndef TAP_H
#define TAP_H

#include <rapport/base.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_run, tap_failed;

#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...)                                                 \
	tap_is_int((int64_t)(got), (int64_t)(want), __FILE__, __LINE__,        \
		   __VA_ARGS__)
#define is_str(got, want, ...)                                                 \
	tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)

PRINTF_LIKE(4, 5)
static inline bool
tap_ok(bool good, const char *file, int line, const char *name, ...)
{
	va_list ap;

	tap_run++;
	tap_failed += !good;
	printf("%sok %d - ", good ? "" : "not ", tap_run);
	va_start(ap, name);
	vprintf(name, ap);
	va_end(ap);
	printf("\n");
	if (!good)
		printf("# failed at %s line %d\n", file, line);
	fflush(stdout);
	return good;
}

PRINTF_LIKE(5, 6)
static inline bool
tap_is_int(int64_t got, int64_t want, const char *file, int line,
	   const char *name, ...)
{
	char text[256];
	va_list ap;
	bool good;

	va_start(ap, name);
	vsnprintf(text, sizeof(text), name, ap);
	va_end(ap);
	good = tap_ok(got == want, file, line, "%s", text);
	if (!good)
		printf("# got %" PRId64 ", expected %" PRId64 "\n", got, want);
	return good;
}

PRINTF_LIKE(5, 6)
static inline bool
tap_is_str(struct str got, struct str want, const char *file, int line,
	   const char *name, ...)
{
	char text[256];
	va_list ap;
	bool good;

	va_start(ap, name);
	vsnprintf(text, sizeof(text), name, ap);
	va_end(ap);
	good = tap_ok(str_eq(got, want), file, line, "%s", text);
	if (!good)
		printf("# got '%.*s', expected '%.*s'\n", STR_ARG(got),
		       STR_ARG(want));
	return good;
}

static inline int
done_testing(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed > 100 ? 100 : tap_failed;
}

#endif
