/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Numbers as text and as keys.  A number is read by the JSON grammar and
 * nothing else: no "+1", ".5", "0x10", "inf" or white space.  Fifteen digits
 * and a power of ten up to 22 are exact in a double, so one multiplication
 * gives the correctly rounded result (Clinger 1990) for nearly everything
 * people write; the rest goes to strtod in the C locale, whatever the
 * process's own locale is.
 *
 * As a key the bits of the double are turned so that unsigned order is the
 * number's order: a positive gets the sign bit set, a negative is inverted.
 */
#include <rapport/base.h>

#include <assert.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBER_TEXT_MAX 1024
#define SIGN_BIT (UINT64_C(1) << 63)
#define EXACT_INTEGER 9007199254740992.0 /* 2^53 */

/* A decimal as read: +-digits * 10^exponent, digits exact if `exact`. */
struct decimal {
	uint64_t digits;
	int exponent;
	bool minus, exact;
};

static bool
is_digit(struct str s, size_t at)
{
	return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

static void
decimal_add(struct decimal *d, char c, bool fraction)
{
	if (d->digits >= UINT64_C(100000000000000)) {
		d->exact = false;
		return;
	}
	d->digits = d->digits * 10 + (uint64_t)(c - '0');
	d->exponent -= fraction;
}

/* Read the JSON grammar; false if s is not one number. */
static bool
decimal_read(struct str s, struct decimal *d)
{
	size_t at = 0;
	int exponent = 0;
	bool down;

	*d = (struct decimal){.exact = true};
	if (at < s.n && s.p[at] == '-') {
		d->minus = true;
		at++;
	}
	if (!is_digit(s, at) || (s.p[at] == '0' && is_digit(s, at + 1)))
		return false;
	while (is_digit(s, at))
		decimal_add(d, s.p[at++], false);
	if (at < s.n && s.p[at] == '.') {
		if (!is_digit(s, ++at))
			return false;
		while (is_digit(s, at))
			decimal_add(d, s.p[at++], true);
	}
	if (at == s.n || (s.p[at] != 'e' && s.p[at] != 'E'))
		return at == s.n;
	at++;
	down = at < s.n && s.p[at] == '-';
	if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
		at++;
	if (!is_digit(s, at))
		return false;
	while (is_digit(s, at)) {
		if (exponent < 100000)
			exponent = exponent * 10 + (s.p[at] - '0');
		at++;
	}
	d->exponent += down ? -exponent : exponent;
	return at == s.n;
}

/* strtod of a text already known to be a JSON number */
static double
decimal_slow(struct str s)
{
	char text[NUMBER_TEXT_MAX + 1];
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double v;

	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	v = strtod_l(text, NULL, c);
	freelocale(c); /* glibc's "C" is static: neither call allocates */
	return v;
}

bool
text_to_number(struct str s, double *out)
{
	static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,
				      1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
				      1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
				      1e18, 1e19, 1e20, 1e21, 1e22};
	struct decimal d;
	double v;

	if (s.n == 0 || s.n > NUMBER_TEXT_MAX || !decimal_read(s, &d))
		return false;
	if (d.exact && d.exponent >= -22 && d.exponent <= 22) {
		v = (double)d.digits;
		v = d.exponent < 0 ? v / tens[-d.exponent]
				   : v * tens[d.exponent];
		v = d.minus ? -v : v;
	} else {
		v = decimal_slow(s);
	}
	if (!isfinite(v))
		return false;
	*out = v;
	return true;
}

/* "1e-05" and "1e+21" as "1e-5" and "1e21"; a foreign decimal point as "." */
static size_t
number_tidy(const char *text, char out[32])
{
	size_t n = 0;

	for (const char *c = text; *c != '\0'; c++) {
		bool in_exponent =
		    n > 0 &&
		    (out[n - 1] == 'e' ||
		     (out[n - 1] == '-' && n > 1 && out[n - 2] == 'e'));

		if (*c == '+' || (in_exponent && *c == '0'))
			continue;
		if ((*c >= '0' && *c <= '9') || *c == '-' || *c == 'e')
			out[n++] = *c;
		else if (n > 0 && out[n - 1] != '.')
			out[n++] = '.';
	}
	return n;
}

static size_t
integer_to_text(int64_t n, char *out)
{
	uint64_t left = n < 0 ? (uint64_t)-n : (uint64_t)n;
	char digits[20];
	size_t at = sizeof(digits), minus = n < 0;

	do
		digits[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	out[0] = '-';
	memcpy(out + minus, digits + at, sizeof(digits) - at);
	out[minus + sizeof(digits) - at] = '\0';
	return minus + sizeof(digits) - at;
}

size_t
number_to_text(double d, char out[32])
{
	char text[40];
	int digits;

	assert(isfinite(d));
	if (d > -EXACT_INTEGER && d < EXACT_INTEGER && d == (double)(int64_t)d)
		return integer_to_text((int64_t)d, out);
	/* fifteen digits survive a double, so a shorter form is found there
	 * with its zeros cut; numbers near zero have fewer digits than that */
	digits = fabs(d) < DBL_MIN ? 1 : DBL_DIG;
	for (; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (digits == 17 || strtod(text, NULL) == d)
			break;
	}
	return number_tidy(text, out);
}

uint64_t
number_to_order(double d)
{
	uint64_t bits;

	if (d == 0)
		d = 0; /* -0 */
	memcpy(&bits, &d, sizeof(bits));
	return bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
}

double
order_to_number(uint64_t order)
{
	uint64_t bits = order & SIGN_BIT ? order & ~SIGN_BIT : ~order;
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}
