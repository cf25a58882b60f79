/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Numbers as text and as keys.  The reference is the C library: what is read
 * must be the very bits strtod gives, what is written must read back to them
 * and no form with fewer digits may do so.
 */
#include "../../dice.h"
#include "../../tap.h"

#include <math.h>

static uint64_t seed;

static uint64_t
next_random(void)
{
	return xorshift64(&seed);
}

static uint64_t
bits_of(double d)
{
	uint64_t v;

	memcpy(&v, &d, sizeof(v));
	return v;
}

static double
random_double(void)
{
	double d;

	do {
		uint64_t v = next_random();

		memcpy(&d, &v, sizeof(d));
	} while (!isfinite(d));
	return d;
}

static void
test_grammar(void)
{
	static const char *const good[] = {"0",
					   "-0",
					   "1",
					   "-1",
					   "10",
					   "1.5",
					   "1e5",
					   "1E+5",
					   "1e-5",
					   "0.1",
					   "1.7976931348623157e308",
					   "4.9e-324",
					   "1e-400",
					   "0e999",
					   "123456789012345678901234567890",
					   "0.000000000000000000000001"};
	static const char *const bad[] = {
	    "",      "-",        "+1",       ".5",     "1.",  "01",    "-01",
	    "1e",    "1e+",      "1.e5",     " 1",     "1 ",  "0x10",  "inf",
	    "nan",   "Infinity", "1e999",    "-1e400", "1,5", "1_000", "--1",
	    "1e5.5", "1.5.5",    "\xd9\xa1", "1.8e308"};
	char many[2000];
	double v;

	for (size_t i = 0; i < COUNT(good); i++)
		ok(text_to_number(str_of(good[i]), &v) &&
		       bits_of(v) == bits_of(strtod(good[i], NULL)),
		   "read %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		ok(!text_to_number(str_of(bad[i]), &v), "refused '%s'", bad[i]);
	ok(!text_to_number((struct str){"1\0", 2}, &v), "refused NUL");
	ok(text_to_number((struct str){"12345", 2}, &v) && v == 12,
	   "a slice ends where it ends");
	memset(many, '9', sizeof(many));
	ok(!text_to_number((struct str){many, 309}, &v), "309 nines overflow");
	ok(text_to_number((struct str){many, 308}, &v), "308 nines do not");
	many[1] = '.';
	ok(text_to_number((struct str){many, 1024}, &v) && v == 10,
	   "1,024 characters");
	ok(!text_to_number((struct str){many, 1025}, &v),
	   "one more is a limit");
}

static void
test_read_random(void)
{
	char text[64];
	int wrong = 0;

	for (int i = 0; i < 200000; i++) {
		int digits = 1 + (int)(next_random() % 20);
		double want, got;
		int n = snprintf(text, sizeof(text), "%.*g", digits,
				 random_double());

		if (i % 2 == 0)
			n = snprintf(text, sizeof(text), "%lld.%llue%d",
				     (long long)(next_random() % 100000000),
				     (unsigned long long)(next_random() >>
							  next_random() % 60),
				     (int)(next_random() % 60) - 30);
		want = strtod(text, NULL);
		if (!isfinite(want))
			continue;
		if (!text_to_number((struct str){text, (size_t)n}, &got) ||
		    bits_of(got) != bits_of(want)) {
			printf("# %s\n", text);
			wrong++;
		}
	}
	is_int(wrong, 0, "every number reads as strtod reads it");
}

static size_t
digits_in(const char *p, size_t n)
{
	size_t digits = 0, zeros = 0;
	bool begun = false;

	for (size_t i = 0; i < n && p[i] != 'e'; i++) {
		if (p[i] < '0' || p[i] > '9')
			continue;
		begun |= p[i] != '0';
		zeros = p[i] == '0' ? zeros + 1 : 0;
		digits += begun;
	}
	return digits > zeros ? digits - zeros : digits;
}

static void
test_write_random(void)
{
	int wrong = 0, longer = 0;

	for (int i = 0; i < 100000; i++) {
		double d = random_double(), back;
		char text[32], fewer[40];
		size_t n;

		if (i % 3 == 0)
			d = (double)(int64_t)next_random() / 1000;
		if (i % 7 == 0)
			d = (double)(next_random() % 1000) * 5e-324;
		n = number_to_text(d, text);
		if (n > 32 || !text_to_number((struct str){text, n}, &back) ||
		    back != d) {
			wrong++;
			continue;
		}
		if (digits_in(text, n) > 1) {
			snprintf(fewer, sizeof(fewer), "%.*e",
				 (int)digits_in(text, n) - 2, d);
			longer += strtod(fewer, NULL) == d;
		}
	}
	is_int(wrong, 0, "what is written reads back to the same bits");
	is_int(longer, 0, "and no form with a digit less does");
}

static void
test_write_rows(void)
{
	static const struct {
		double d;
		const char *text;
	} rows[] = {
	    {0, "0"},
	    {-0.0, "0"},
	    {1, "1"},
	    {-42, "-42"},
	    {0.1, "0.1"},
	    {0.1 + 0.2, "0.30000000000000004"},
	    {1.0 / 3, "0.3333333333333333"},
	    {1e15, "1000000000000000"},
	    {9007199254740991, "9007199254740991"},
	    {1e21, "1e21"},
	    {1e-7, "1e-7"},
	    {1.5e-10, "1.5e-10"},
	    {5e-324, "5e-324"},
	    {1.7976931348623157e308, "1.7976931348623157e308"},
	    {123456.789, "123456.789"},
	    {1e100, "1e100"},
	};
	char text[32];

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = number_to_text(rows[i].d, text);

		is_str(((struct str){text, n}), str_of(rows[i].text),
		       "write %s", rows[i].text);
	}
}

static void
test_order(void)
{
	static const double rising[] = {-1.7976931348623157e308,
					-1e10,
					-2,
					-1.5,
					-1,
					-1e-300,
					-5e-324,
					0,
					5e-324,
					1e-300,
					1,
					1.0000000000000002,
					1.5,
					2,
					1e10,
					1.7976931348623157e308};
	int wrong = 0;

	for (size_t i = 0; i + 1 < COUNT(rising); i++)
		wrong += number_to_order(rising[i]) >=
			 number_to_order(rising[i + 1]);
	is_int(wrong, 0, "keys rise with the numbers");
	ok(number_to_order(-0.0) == number_to_order(0.0), "one zero");
	ok(!signbit(order_to_number(number_to_order(-0.0))), "a plain one");
	for (int i = 0; i < 200000; i++) {
		double a = random_double(), b = random_double();

		wrong += (a < b) != (number_to_order(a) < number_to_order(b));
		wrong +=
		    a != 0 &&
		    bits_of(order_to_number(number_to_order(a))) != bits_of(a);
	}
	is_int(wrong, 0, "random pairs too, and keys turn back");
}

int
main(void)
{
	seed = random_u64() | 1;
	printf("# seed %" PRIu64 "\n", seed);
	test_grammar();
	test_read_random();
	test_write_random();
	test_write_rows();
	test_order();
	return done_testing();
}
