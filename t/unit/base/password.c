/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Passwords.  The PHC strings were made by the argon2 program of the reference
 * implementation:
 *
 *   printf 'correct horse battery' | argon2 saltsaltsaltsalt -id -t 3 -k 65536
 *       -p 1 -l 32 -e
 *   printf 'pässwörd' | argon2 somesaltlonger16 -id -t 2 -k 19456 -p 1 -l 32 -e
 */
#include "../../tap.h"

#include <unistd.h>

static char dir[] = "/tmp/password-XXXXXX";

static const char by_policy[] =
    "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk";
static const char weaker[] =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRsb25nZXIxNg$"
    "52ZBYGvBDftTtKHz0Pe2mtmT2vOWSx54VYuJDcCzB98";

static const char *const common[] = {
#define COMMON(password) password,
#include <tbl/common_passwords.h>
#undef COMMON
};

static void
test_known(void)
{
	struct fault f = {0};
	bool stale = true;

	is_int(password_check(S("correct horse battery"), by_policy, dir,
			      &stale, &f),
	       OK, "a hash of the reference program is checked");
	ok(!stale, "and is as it should be");
	is_int(password_check(S("p\u00e4ssw\u00f6rd"), weaker, dir, &stale, &f),
	       OK, "so is one with less memory");
	ok(stale, "which should be made again");
	stale = false;
	is_int(password_check(S("correct horse batterz"), by_policy, dir,
			      &stale, &f),
	       ERR_AUTH, "a wrong password");
	is_str(str_of(f.text), S("wrong name or password"), "says no more");
	is_int(password_check(S("correct horse battery "), by_policy, dir, NULL,
			      NULL),
	       ERR_AUTH, "a longer one");
	is_int(password_check(STR_NONE, by_policy, dir, NULL, NULL), ERR_AUTH,
	       "none");
}

/* Each parameter that is not today's makes a hash stale: -k 19456, -t 2, -p 2
 */
static void
test_stale(void)
{
	static const char *const old[] = {
	    "$argon2id$v=19$m=19456,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "GXX+JJur305GCud8J2AyKLUVZrXPQsndhUJE5FIxy3I",
	    "$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wJ09zK4RlFzD0AHS6Rg8Fi0Nj2ukw6VNnL8PIfbGXb8",
	    "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$"
	    "oLbEshmirStBvAHctylRo6RngkqGfbxRX4w4VwYm24U",
	};

	for (size_t i = 0; i < COUNT(old); i++) {
		bool stale = false;

		ok(password_check(S("correct horse battery"), old[i], dir,
				  &stale, NULL) == OK &&
		       stale,
		   "right, and stale: %s", str_cut(str_of(old[i]), 0, 30).p);
	}
}

/* A name that nobody has costs what a wrong password costs. */
static void
test_nobody(void)
{
	int64_t start = clock_now(), wrong, nobody;

	is_int(password_check(S("some password"), by_policy, dir, NULL, NULL),
	       ERR_AUTH, "wrong");
	wrong = clock_now() - start;
	start = clock_now();
	is_int(password_check(S("some password"), NULL, dir, NULL, NULL),
	       ERR_AUTH, "nobody");
	nobody = clock_now() - start;
	ok(nobody > wrong / 4 && nobody < wrong * 4,
	   "take about as long: %" PRId64 " and %" PRId64 " us", wrong, nobody);
	is_int(password_check(S("some password"), "", dir, NULL, NULL),
	       ERR_AUTH, "an empty hash is nobody's");
}

static void
test_round_trip(void)
{
	struct str empty = S("");
	char one[128], two[128], big[1025];
	struct fault f = {0};
	bool stale = true;

	is_int(password_hash(S("a new password"), dir, one, &f), OK, "hashed");
	ok(str_starts(str_of(one), S("$argon2id$v=19$m=65536,t=3,p=1$")),
	   "with the policy in it");
	is_int(password_hash(S("a new password"), dir, two, &f), OK, "again");
	ok(strcmp(one, two) != 0, "with another salt");
	is_int(password_check(S("a new password"), one, dir, &stale, &f), OK,
	       "and checked");
	ok(!stale, "fresh");
	is_int(password_hash(empty, dir, one, &f), OK, "even nothing");
	memset(big, 'x', sizeof(big));
	is_int(password_hash((struct str){big, 1025}, dir, one, &f),
	       ERR_INVALID, "1,025 bytes are refused");
	is_int(password_check((struct str){big, 1025}, two, dir, NULL, NULL),
	       ERR_AUTH, "and never match");
	is_int(password_hash((struct str){big, 1024}, dir, one, &f), OK,
	       "1,024 bytes are not");
	big[1000] = 'y';
	is_int(password_check((struct str){big, 1024}, one, dir, NULL, NULL),
	       ERR_AUTH, "and all of them count");
}

static void
test_damaged(void)
{
	static const char *const bad[] = {
	    "x",
	    "$argon2i$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	    "$argon2id$v=16$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	    "$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	    "$argon2id$v=19$m=65536,t=1000000,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	    "$argon2id$v=19$m=65536,t=3,p=200$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	    "$argon2id$v=19$t=3,m=65536,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	    "$argon2id$v=19$m=65536,t=3,p=1$$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	    "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$",
	    "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA",
	    "$argon2id$v=19$m=65536,t=3,p=1$c2Fsd!NhbHRzYWx0c2FsdA$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	    "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wgf0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk$x",
	    "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
	    "wg,0snOkDG2v9OTglUkCnfKB4az55YF6iShNano0Uwk",
	};
	struct fault f;

	for (size_t i = 0; i < COUNT(bad); i++) {
		f = (struct fault){0};
		is_int(password_check(S("correct horse battery"), bad[i], dir,
				      NULL, &f),
		       ERR_CORRUPT, "damaged hash %zu", i);
	}
}

static void
test_refusal(void)
{
	char big[1025];

	ok(password_refusal(S("orchid tram 72"), 12) == NULL, "a good one");
	ok(password_refusal(S("elevenchars"), 12) != NULL, "too short");
	ok(password_refusal(S("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"), 12) !=
	       NULL,
	   "length is in characters, not bytes");
	ok(password_refusal(S("qwertyuiop123"), 12) != NULL, "common");
	ok(password_refusal(S("QwertyUiop123"), 12) != NULL, "in any case");
	ok(password_refusal(S("qwertyuiop1234 and"), 12) == NULL,
	   "but as a whole");
	ok(password_refusal(S("bad \xff bytes, twelve"), 12) != NULL,
	   "not UTF-8");
	memset(big, 'k', sizeof(big));
	ok(password_refusal((struct str){big, 1024}, 12) == NULL, "1,024");
	ok(password_refusal((struct str){big, 1025}, 12) != NULL, "1,025");
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
test_common_list(void)
{
	const char *sorted[COUNT(common)];
	int twice = 0, wrong = 0, kept = 0;

	memcpy(sorted, common, sizeof(common));
	qsort(sorted, COUNT(sorted), sizeof(*sorted), by_bytes);
	for (size_t i = 0; i < COUNT(sorted); i++) {
		twice += i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0;
		for (const char *c = sorted[i]; *c != '\0'; c++)
			wrong += *c >= 'A' && *c <= 'Z';
		wrong += !text_valid(str_of(sorted[i]));
		kept += password_refusal(str_of(sorted[i]), 1) == NULL;
	}
	ok(COUNT(common) >= 1000, "%zu common passwords", COUNT(common));
	is_int(twice, 0, "each once");
	is_int(wrong, 0, "in lower case");
	is_int(kept, 0, "and each refused");
}

static void
test_strength(void)
{
	static const struct {
		const char *text;
		int least, most;
	} rows[] = {
	    {"", 0, 0},
	    {"password", 0, 0},
	    {"P4$$w0rd", 0, 0},
	    {"aaaaaaaaaaaaaaaaaaaa", 0, 0},
	    {"abcdefghijklmnop", 0, 0},
	    {"123456789012", 0, 0},
	    {"zebra", 0, 0},
	    {"abcabcabcabcabcabc", 0, 1},
	    {"Tr0ub4dor&3", 0, 2},
	    {"kx7gq-p2m9w", 2, 3},
	    {"correct horse battery staple", 3, 4},
	    {"gZ8#qT!v2Lw@9rXe", 4, 4},
	};
	char made[32];

	for (size_t i = 0; i < COUNT(rows); i++) {
		int got = password_strength(str_of(rows[i].text));

		ok(got >= rows[i].least && got <= rows[i].most, "'%s' is %d",
		   rows[i].text, got);
	}
	password_new(made);
	is_int(password_strength(str_of(made)), 4, "one of ours is strong");
}

static void
test_new(void)
{
	char all[200][32];
	int same = 0, wrong = 0;

	for (size_t i = 0; i < COUNT(all); i++) {
		password_new(all[i]);
		wrong += strlen(all[i]) != 29;
		for (size_t k = 0; k < 29; k++)
			wrong +=
			    k % 6 == 5
				? all[i][k] != '-'
				: strchr("0123456789abcdefghjkmnpqrstvwxyz",
					 all[i][k]) == NULL;
		wrong += password_refusal(str_of(all[i]), 12) != NULL;
		for (size_t k = 0; k < i; k++)
			same += strcmp(all[k], all[i]) == 0;
	}
	is_int(wrong, 0, "five groups of five readable letters");
	is_int(same, 0, "never the same");
}

int
main(void)
{
	char path[64];

	if (mkdtemp(dir) == NULL)
		return 99;
	test_known();
	test_stale();
	test_nobody();
	test_round_trip();
	test_damaged();
	test_refusal();
	test_common_list();
	test_strength();
	test_new();
	snprintf(path, sizeof(path), "%s/hash.gate", dir);
	unlink(path);
	rmdir(dir);
	return done_testing();
}
