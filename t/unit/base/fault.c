/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Errors and the log: the table is whole, a fault is filled once and cut
 * between characters, a line of the log stays one line of JSON whatever is in
 * it.
 */
#include "../../tap.h"

#include <unistd.h>

static void
test_table(void)
{
	int wrong = 0;

	is_int(err_http(OK), 200, "fine is 200");
	is_int(err_exit(OK), 0, "and exits with 0");
	is_int(err_http(ERR_LIMIT), 413, "too large is 413");
	is_str(str_of(err_word(ERR_INPUT)), S("bad-input"), "a word");
	for (int e = 1; e < ERR_COUNT; e++) {
		wrong +=
		    err_http((enum err)e) < 400 || err_http((enum err)e) > 599;
		wrong +=
		    err_exit((enum err)e) < 64 || err_exit((enum err)e) > 113;
		wrong += err_word((enum err)e)[0] == '\0';
		wrong += !str_ends(str_of(err_sentence((enum err)e)), S("."));
		for (int k = 0; k < e; k++)
			wrong += strcmp(err_word((enum err)e),
					err_word((enum err)k)) == 0;
	}
	is_int(wrong, 0, "every row is whole and its word its own");
}

static void
test_fault(void)
{
	struct fault f = {0};
	char wide[600];

	is_int(fail(&f, ERR_INPUT, "name", "%d wrong", 3), ERR_INPUT, "fails");
	is_str(str_of(f.text), S("3 wrong"), "says what");
	is_int(fail(&f, ERR_LIMIT, "other", "later"), ERR_LIMIT, "again");
	is_str(str_of(f.path), S("name"), "the first one stays");
	is_int(f.code, ERR_INPUT, "with its code");
	is_int(fail(NULL, ERR_IO, "", "x"), ERR_IO, "without a place to fill");
	f = (struct fault){0};
	for (size_t i = 0; i + 1 < sizeof(wide); i += 2)
		memcpy(wide + i, "\u00e9", 2);
	wide[sizeof(wide) - 1] = '\0';
	wide[sizeof(wide) - 2] = '\0';
	fail(&f, ERR_INPUT, wide, "x%s", wide);
	ok(text_valid(str_of(f.path)) && text_valid(str_of(f.text)),
	   "cut between characters");
	ok(strlen(f.path) == sizeof(f.path) - 2 &&
	       strlen(f.text) == sizeof(f.text) - 1,
	   "and not earlier than needed");
	f = (struct fault){0};
	fault_prefix(&f, "x");
	is_str(str_of(f.path), S(""), "no fault, no path");
	fail(&f, ERR_INPUT, "", "x");
	fault_prefix(&f, "1");
	fault_prefix(&f, "all");
	is_str(str_of(f.path), S("/all/1"), "steps in front");
}

/* What log_line writes, caught from standard error */
static struct str
logged(struct arena *a, enum log_level level, const char *text)
{
	static char got[8192];
	int pair[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	if (kept < 0 || pipe(pair) != 0)
		exit(99);
	dup2(pair[1], STDERR_FILENO);
	log_line(level, "room", "%s", text);
	dup2(kept, STDERR_FILENO);
	close(pair[1]);
	close(kept);
	n = read(pair[0], got, sizeof(got));
	close(pair[0]);
	return arena_str(a, (struct str){got, n < 0 ? 0 : (size_t)n});
}

static void
test_log(void)
{
	static const char evil[] =
	    "a\nb\"c\\d\x1b[31m\x7f{\"level\":\"fatal\"}";
	struct json *v = NULL;
	struct arena a;
	struct str line;

	arena_init(&a);
	line = logged(&a, LOG_WARN, evil);
	ok(str_ends(line, S("}\n")) &&
	       memchr(line.p, '\n', line.n) == line.p + line.n - 1,
	   "one line");
	ok(memchr(line.p, 0x1b, line.n) == NULL, "that colours nothing");
	ok(json_parse(&a, str_trim(line), &v, NULL) == OK, "of JSON");
	if (v != NULL) {
		is_str(json_member(v, S("text"))->text, str_of(evil), "text");
		is_str(json_member(v, S("level"))->text, S("warn"), "level");
		is_str(json_member(v, S("room"))->text, S("room"), "room");
		ok(instant_parse(json_member(v, S("at"))->text, &(int64_t){0}),
		   "and time");
	}
	is_int(logged(&a, LOG_DEBUG, "x").n, 0, "what is below is not said");
	log_threshold(LOG_DEBUG);
	ok(logged(&a, LOG_DEBUG, "x").n > 0, "unless asked for");
	arena_fini(&a);
}

int
main(void)
{
	test_table();
	test_fault();
	test_log();
	return done_testing();
}
