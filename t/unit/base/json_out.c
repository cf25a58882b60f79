/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * JSON that goes out: commas and colons, every escape, numbers, instants.
 */
#include "../../tap.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_shape(void)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_kt(&j, "text", S("a\"b"));
	json_ki(&j, "least", INT64_MIN);
	json_kb(&j, "yes", true);
	json_kat(&j, "at", 1793525400000000);
	json_kat(&j, "never", INSTANT_NONE);
	json_key(&j, S("list"));
	json_array(&j);
	json_number(&j, 0.5);
	json_null(&j);
	json_bool(&j, false);
	json_array(&j);
	json_array_end(&j);
	json_object(&j);
	json_object_end(&j);
	json_raw(&j, S("[1,2]"));
	json_text(&j, STR_NONE);
	json_array_end(&j);
	json_key(&j, S("k\n"));
	json_int(&j, 7);
	json_object_end(&j);
	is_str(buf_str(&b),
	       S("{\"text\":\"a\\\"b\",\"least\":-9223372036854775808,"
		 "\"yes\":true,\"at\":\"2026-11-01T09:30:00.000Z\","
		 "\"never\":null,\"list\":[0.5,null,false,[],{},[1,2],\"\"],"
		 "\"k\\n\":7}"),
	       "an object with everything in it");
	is_int(j.depth, 0, "closed");
	buf_fini(&b);
}

static void
test_escapes(void)
{
	struct json_out j;
	struct buf b;
	int wrong = 0;

	buf_init(&b);
	for (int c = 0; c < 128; c++) {
		char text[1] = {(char)c}, want[16];

		if (c == '"' || c == '\\')
			snprintf(want, sizeof(want), "\"\\%c\"", c);
		else if (c == '\n' || c == '\r' || c == '\t')
			snprintf(want, sizeof(want), "\"\\%c\"",
				 c == '\n'   ? 'n'
				 : c == '\r' ? 'r'
					     : 't');
		else if (c < 32)
			snprintf(want, sizeof(want), "\"\\u%04x\"",
				 (unsigned)c);
		else
			snprintf(want, sizeof(want), "\"%c\"", c);
		buf_reset(&b);
		json_out_init(&j, &b);
		json_text(&j, (struct str){text, 1});
		wrong += !str_eq(buf_str(&b), str_of(want));
	}
	is_int(wrong, 0, "every ASCII character");
	buf_reset(&b);
	json_out_init(&j, &b);
	json_text(&j, S("\u00e9\U0001f600\u2028"));
	is_str(buf_str(&b), S("\"\u00e9\U0001f600\u2028\""), "others as is");
	buf_fini(&b);
}

/* Any two bytes at any places of texts of any length: eight bytes are looked
 * at together, and must not be taken for each other. */
static void
test_places(void)
{
	static const char odd[] = {'"',  '\\', '\n', 1,    0x1f, ' ',
				   0x21, 0x23, '[',  0x5d, 0x7f};
	struct buf b, want;
	struct json_out j;
	int wrong = 0;
	char text[24];

	buf_init(&b);
	buf_init(&want);
	for (size_t n = 1; n <= sizeof(text); n++)
		for (size_t i = 0; i < n * n * COUNT(odd) * COUNT(odd); i++) {
			size_t k = i / n / n;

			memset(text, "a\xc3 "[n % 3], n);
			text[i % n] = odd[k % COUNT(odd)];
			text[i / n % n] = odd[k / COUNT(odd)];
			buf_reset(&b);
			json_out_init(&j, &b);
			json_text(&j, (struct str){text, n});
			buf_reset(&want);
			buf_c(&want, '"');
			for (size_t at = 0; at < n; at++) {
				char c = text[at];

				if (c == '\n')
					buf_put(&want, S("\\n"));
				else if (c == 1 || c == 0x1f)
					buf_printf(&want, "\\u%04x",
						   (unsigned)c);
				else if (c == '"' || c == '\\')
					buf_printf(&want, "\\%c", c);
				else
					buf_c(&want, c);
			}
			buf_c(&want, '"');
			wrong += !str_eq(buf_str(&b), buf_str(&want));
		}
	is_int(wrong, 0, "two of them at any places");
	buf_fini(&b);
	buf_fini(&want);
}

static void
test_levels(void)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	json_out_init(&j, &b);
	for (int i = 0; i < 60; i++) {
		json_array(&j);
		json_int(&j, i);
	}
	for (int i = 0; i < 60; i++) {
		json_int(&j, i);
		json_array_end(&j);
	}
	ok(str_starts(buf_str(&b), S("[0,[1,[2,[3,")), "commas on the way in");
	ok(str_ends(buf_str(&b), S("57],58],59]")), "and on the way out");
	buf_reset(&b);
	b.limit = 10;
	json_out_init(&j, &b);
	json_text(&j, S("longer than that"));
	is_int(b.err, ERR_LIMIT, "a full buffer says so");
	buf_fini(&b);
}

/* A misuse must end the process: the check that nothing else checks. */
static bool
aborts(void (*misuse)(struct json_out *))
{
	struct json_out j;
	struct buf b;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		buf_init(&b);
		json_out_init(&j, &b);
		misuse(&j);
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
close_nothing(struct json_out *j)
{
	json_object_end(j);
}

static void
key_twice(struct json_out *j)
{
	json_object(j);
	json_key(j, S("a"));
	json_key(j, S("b"));
}

static void
use_well(struct json_out *j)
{
	json_object(j);
	json_object_end(j);
}

int
main(void)
{
	test_shape();
	test_escapes();
	test_places();
	test_levels();
	ok(aborts(close_nothing), "closing what is not open aborts");
	ok(aborts(key_twice), "a key after a key aborts");
	ok(!aborts(use_well), "good use does not");
	return done_testing();
}
