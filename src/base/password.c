/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Passwords: made, judged, hashed and checked.
 *
 * A hash is Argon2id in PHC form ("$argon2id$v=19$m=65536,t=3,p=1$salt$hash"),
 * so its parameters travel with it and a hash made under an older policy can
 * be told and made anew at the next log-in.  A name nobody has costs the same
 * work as a wrong password.  What the store holds is not trusted to choose how
 * much memory is taken: parameters beyond four times the policy are damage.
 *
 * Judging: a list of the commonest passwords is refused; the strength meter is
 * a rough count of bits a patient guesser has to find.  A common word inside
 * costs him a place in the list, a letter after a letter as much as a letter
 * of a language does, a repeat or the next of a row next to nothing, and only
 * the rest the whole alphabet.
 */
#include "gate.h"

#include <argon2.h>
#include <assert.h>
#include <math.h>
#include <stdio.h>

#define MEMORY_KIB 65536
#define PASSES 3
#define LANES 1
#define SALT_SIZE 16
#define HASH_SIZE 32
#define PASSWORD_MAX 1024
#define PHC_MAX 128
#define JUDGED_MAX 128  /* bytes the meter looks at */
#define WORD_BITS 10    /* a place in the list of common ones */
#define LETTER_BITS 2.5 /* a letter inside a word */

static const struct str common[] = {
#define COMMON(password) {password, sizeof(password) - 1},
#include <tbl/common_passwords.h>
#undef COMMON
};

/* Making and judging ------------------------------------------------------ */

void
password_new(char out[32])
{
	/* 32 letters and digits that cannot be taken for one another */
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint8_t random[25];
	char *p = out;

	_Static_assert(sizeof(alphabet) - 1 == 32, "five bits a letter");
	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		if (i > 0 && i % 5 == 0)
			*p++ = '-';
		*p++ = alphabet[random[i] & 31];
	}
	*p = '\0';
	wipe(random, sizeof(random));
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
is_common(struct str password)
{
	char folded[64];

	if (password.n >= sizeof(folded))
		return false;
	for (size_t i = 0; i < password.n; i++)
		folded[i] = lower(password.p[i]);
	for (size_t i = 0; i < COUNT(common); i++)
		if (str_eq((struct str){folded, password.n}, common[i]))
			return true;
	return false;
}

const char *
password_refusal(struct str password, size_t least)
{
	if (password.n > PASSWORD_MAX)
		return "The password is longer than 1,024 bytes.";
	if (!text_valid(password))
		return "The password holds characters that cannot be stored.";
	if (text_length(password) < least)
		return "The password is too short.";
	if (is_common(password))
		return "This is one of the commonest passwords.";
	return NULL;
}

/* The letter a sign often stands for, lower case: "P4$$" is no secret */
static char
letter_meant(char c)
{
	static const char signs[] = "0134578@$!", meant[] = "oieastbasi";
	const char *at = c == '\0' ? NULL : strchr(signs, c);

	return at == NULL ? lower(c) : meant[at - signs];
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Length of the longest common password that begins s, four characters or
 * more, as written or with signs for letters; or 0 */
static size_t
common_inside(struct str s)
{
	char first, first_meant;
	size_t best = 0;

	if (s.n == 0)
		return 0;
	first = lower(s.p[0]);
	first_meant = letter_meant(s.p[0]);
	for (size_t i = 0; i < COUNT(common); i++) {
		const char *word = common[i].p;
		size_t n = common[i].n, plain = 0, meant = 0;

		if (n < 4 || n <= best || n > s.n ||
		    (word[0] != first && word[0] != first_meant))
			continue;
		while (plain < n && lower(s.p[plain]) == word[plain])
			plain++;
		while (meant < n && letter_meant(s.p[meant]) == word[meant])
			meant++;
		if (plain == n || meant == n)
			best = n;
	}
	return best;
}

/* Whether the character at `at` follows from those before it: the same again,
 * one up or down, or the end of a piece of three that stood there before. */
static bool
is_expected(struct str s, size_t at)
{
	int step = at == 0 ? 99 : (uint8_t)s.p[at] - (uint8_t)s.p[at - 1];

	if (step >= -1 && step <= 1)
		return true;
	return at >= 5 && memmem(s.p, at, s.p + at - 2, 3) != NULL;
}

/* A letter after a letter, if no capital comes in the middle */
static bool
is_inside_word(struct str s, size_t at)
{
	return at > 0 && is_letter(letter_meant(s.p[at])) &&
	       is_letter(letter_meant(s.p[at - 1])) &&
	       !(is_letter(s.p[at - 1]) && s.p[at] >= 'A' && s.p[at] <= 'Z');
}

/* Bits of one character out of all the kinds that occur */
static double
alphabet_bits(struct str s)
{
	bool digit = false, small = false, big = false, sign = false,
	     wide = false;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];

		digit |= c >= '0' && c <= '9';
		small |= c >= 'a' && c <= 'z';
		big |= c >= 'A' && c <= 'Z';
		wide |= c >= 0x80;
		sign |= c < 0x80 && lower((char)c) == (char)c &&
			!is_letter((char)c) && (c < '0' || c > '9');
	}
	return log2(digit * 10 + small * 26 + big * 26 + sign * 33 +
		    wide * 100);
}

int
password_strength(struct str password)
{
	static const double steps[] = {28, 40, 56, 72}; /* bits */
	double bits = 0, each;
	int score = 0;

	password = str_cut(password, 0, JUDGED_MAX);
	each = password.n == 0 ? 0 : alphabet_bits(password);
	for (size_t i = 0; i < password.n;) {
		size_t word = common_inside(str_cut(password, i, password.n));

		if (word > 0)
			bits += WORD_BITS;
		else if (((uint8_t)password.p[i] & 0xc0) == 0x80)
			bits += 0; /* the rest of a character */
		else if (is_expected(password, i))
			bits += 1;
		else
			bits +=
			    is_inside_word(password, i) ? LETTER_BITS : each;
		i += word > 0 ? word : 1;
	}
	for (size_t i = 0; i < COUNT(steps); i++)
		score += bits >= steps[i];
	return score;
}

/* Hashing ----------------------------------------------------------------- */

static const char not_a_hash[] = "a stored password hash is not one";

static enum err
hash_failed(int code, struct fault *f)
{
	log_line(LOG_ERROR, "base", "password hash: %s",
		 argon2_error_message(code));
	if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
		return fail(f, ERR_BUSY, "", "not enough memory for a hash");
	return fail(f, ERR_BUG, "", "the password could not be hashed");
}

enum err
password_hash(struct str password, const char *gate, char out[128],
	      struct fault *f)
{
	uint8_t salt[SALT_SIZE];
	int place, code;

	if (password.n > PASSWORD_MAX)
		return fail(f, ERR_INVALID, "password",
			    "longer than 1,024 bytes");
	random_bytes(salt, sizeof(salt));
	TRY(gate_enter(gate, &place, f));
	code = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.p,
				     password.n, salt, sizeof(salt), HASH_SIZE,
				     out, PHC_MAX);
	gate_leave(place);
	return code == ARGON2_OK ? OK : hash_failed(code, f);
}

struct policy {
	uint64_t memory, passes, lanes;
};

/* "m=65536,t=3,p=1" within what we are willing to spend */
static bool
policy_read(struct str s, struct policy *out)
{
	const struct {
		struct str name;
		uint64_t *to, most;
	} parts[] = {
	    {{"m=", 2}, &out->memory, MEMORY_KIB * 4},
	    {{"t=", 2}, &out->passes, PASSES * 4},
	    {{"p=", 2}, &out->lanes, LANES * 4},
	};
	struct str part;

	for (size_t i = 0; i < COUNT(parts); i++)
		if (!str_split(&s, ',', &part) ||
		    !str_starts(part, parts[i].name) ||
		    !str_to_u64(str_cut(part, 2, part.n), parts[i].to) ||
		    *parts[i].to < 1 || *parts[i].to > parts[i].most)
			return false;
	return s.p == NULL;
}

/* The parts of a PHC string are read here only as far as needed to know that
 * libargon2 may be given it; it reads salt and hash itself, and what it says
 * of them, but that it has no memory or thread, is that they are damaged. */
static bool
phc_read(const char *phc, struct policy *out)
{
	struct str rest = str_of(phc), parts[6];
	size_t n = 0;

	if (rest.n >= PHC_MAX)
		return false;
	while (n < COUNT(parts) && str_split(&rest, '$', &parts[n]))
		n++;
	return n == 6 && rest.p == NULL && parts[0].n == 0 &&
	       str_eq(parts[1], S("argon2id")) && str_eq(parts[2], S("v=19")) &&
	       policy_read(parts[3], out) && parts[4].n >= 11 &&
	       parts[5].n >= 22;
}

/* The same work for nothing, so that time does not tell which names exist */
static int
hash_dummy(struct str password)
{
	static const uint8_t salt[SALT_SIZE];
	uint8_t hash[HASH_SIZE];
	int code =
	    argon2id_hash_raw(PASSES, MEMORY_KIB, LANES, password.p, password.n,
			      salt, sizeof(salt), hash, sizeof(hash));

	wipe(hash, sizeof(hash));
	return code == ARGON2_OK ? ARGON2_VERIFY_MISMATCH : code;
}

enum err
password_check(struct str password, const char *phc, const char *gate,
	       bool *stale, struct fault *f)
{
	bool nobody = phc == NULL || phc[0] == '\0';
	struct policy made = {0};
	int place, code;

	if (!nobody && !phc_read(phc, &made))
		return fail(f, ERR_CORRUPT, "", "%s", not_a_hash);
	if (password.n > PASSWORD_MAX)
		nobody = true;
	TRY(gate_enter(gate, &place, f));
	if (nobody)
		code = hash_dummy(str_cut(password, 0, PASSWORD_MAX));
	else
		code = argon2id_verify(phc, password.p, password.n);
	gate_leave(place);
	if (code == ARGON2_VERIFY_MISMATCH)
		return fail(f, ERR_AUTH, "", "wrong name or password");
	if (code != ARGON2_OK && (nobody || code == ARGON2_THREAD_FAIL ||
				  code == ARGON2_MEMORY_ALLOCATION_ERROR))
		return hash_failed(code, f);
	if (code != ARGON2_OK)
		return fail(f, ERR_CORRUPT, "", "%s", not_a_hash);
	if (stale != NULL)
		*stale = made.memory != MEMORY_KIB || made.passes != PASSES ||
			 made.lanes != LANES;
	return OK;
}
