/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Instants, dates and spans.  Dates are counted in eras of 400 years that
 * begin on a 1st of March, so that the leap day is the last of its year and
 * the length of every month follows from one formula (Hinnant, "chrono-
 * compatible low-level date algorithms").
 *
 * Nothing here reads the process's time zone: what depends on a place takes a
 * zone.  Results outside the years 1 to 9999 are cut to the ends.
 */
#include <rapport/base.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#define DAY_US (86400 * SECOND_US)

int64_t
clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int32_t
date_of(int year, int month, int day)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	int year_of_era = y - era * 400;
	int day_of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 -
			 year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

void
date_civil(int32_t date, int *year, int *month, int *day)
{
	int z = date + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int day_of_era = z - era * 146097;
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			   day_of_era / 146096) /
			  365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 -
					year_of_era / 100);
	int march = (5 * day_of_year + 2) / 153; /* 0 is March */

	*day = day_of_year - (153 * march + 2) / 5 + 1;
	*month = march < 10 ? march + 3 : march - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

int
date_weekday(int32_t date)
{
	int w = (date + 3) % 7; /* 1970-01-01 was a Thursday */

	return w < 0 ? w + 7 : w;
}

int
date_month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	assert(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && leap);
}

/* Exactly n digits at the start of *s, cut off. */
static bool
read_digits(struct str *s, size_t n, int *out)
{
	int v = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	*s = str_cut(*s, n, s->n);
	*out = v;
	return true;
}

static bool
read_char(struct str *s, const char *any)
{
	if (s->n == 0 || s->p[0] == '\0' || strchr(any, s->p[0]) == NULL)
		return false;
	*s = str_cut(*s, 1, s->n);
	return true;
}

static bool
read_date(struct str *s, int32_t *out)
{
	int year, month, day;

	if (!read_digits(s, 4, &year) || !read_char(s, "-") ||
	    !read_digits(s, 2, &month) || !read_char(s, "-") ||
	    !read_digits(s, 2, &day))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > date_month_days(year, month))
		return false;
	*out = date_of(year, month, day);
	return true;
}

/* HH:MM:SS and up to nine digits of fraction, as microseconds of the day */
static bool
read_time(struct str *s, int64_t *out)
{
	int hour, minute, second, digit;
	int64_t micros = 0, unit = SECOND_US;

	if (!read_digits(s, 2, &hour) || !read_char(s, ":") ||
	    !read_digits(s, 2, &minute) || !read_char(s, ":") ||
	    !read_digits(s, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	if (read_char(s, ".")) {
		int n = 0;

		for (; n < 9 && read_digits(s, 1, &digit); n++) {
			unit /= 10;
			micros += digit * unit;
		}
		if (n == 0)
			return false;
	}
	if (second == 60)
		second = 59;
	*out = (hour * 3600 + minute * 60 + second) * SECOND_US + micros;
	return true;
}

static bool
read_offset(struct str *s, int64_t *out)
{
	int hour, minute, sign;

	*out = 0;
	if (read_char(s, "Zz"))
		return true;
	sign = s->n > 0 && s->p[0] == '-' ? -1 : 1;
	if (!read_char(s, "+-") || !read_digits(s, 2, &hour) ||
	    !read_char(s, ":") || !read_digits(s, 2, &minute) || hour > 23 ||
	    minute > 59)
		return false;
	*out = sign * (hour * 3600 + minute * 60) * SECOND_US;
	return true;
}

static bool
instant_in_range(int64_t at)
{
	return at >= INSTANT_MIN && at <= INSTANT_MAX;
}

bool
instant_of_number(double n, int64_t *out)
{
	double size = fabs(n), micros;

	micros = size < 1e11 ? n * 1e6 : size < 1e14 ? n * 1e3 : n;
	if (!(micros >= -9e18 && micros <= 9e18))
		return false;
	if (!instant_in_range(llrint(micros)))
		return false;
	*out = llrint(micros);
	return true;
}

/* Whole numbers exactly, others as a double; no exponents. */
static bool
instant_of_digits(struct str s, int64_t *out)
{
	int64_t n, unit;
	double d;

	if (!str_to_i64(s, &n))
		return memchr(s.p, 'e', s.n) == NULL &&
		       memchr(s.p, 'E', s.n) == NULL && text_to_number(s, &d) &&
		       instant_of_number(d, out);
	if (n < INSTANT_MIN || n > INSTANT_MAX)
		return false;
	unit = llabs(n) < INT64_C(100000000000)      ? SECOND_US
	       : llabs(n) < INT64_C(100000000000000) ? 1000
						     : 1;
	if (!instant_in_range(n * unit))
		return false;
	*out = n * unit;
	return true;
}

bool
instant_parse(struct str s, int64_t *out)
{
	struct str rest = s;
	int64_t time, offset, at;
	int32_t date;

	if (s.n < 11 || s.p[4] != '-')
		return s.n > 0 && instant_of_digits(s, out);
	if (!read_date(&rest, &date) || !read_char(&rest, "Tt ") ||
	    !read_time(&rest, &time) || !read_offset(&rest, &offset) ||
	    rest.n != 0)
		return false;
	at = date * DAY_US + time - offset;
	if (!instant_in_range(at))
		return false;
	*out = at;
	return true;
}

bool
date_parse(struct str s, int32_t *out)
{
	int32_t date;

	if (!read_date(&s, &date) || s.n != 0)
		return false;
	*out = date;
	return true;
}

static char *
put_digits(char *p, int v, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		p[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return p + width;
}

size_t
date_format(int32_t date, char out[16])
{
	int year, month, day;
	char *p = out;

	/* the last instants are in year 10000 somewhere east */
	if (date < date_of(1, 1, 1))
		date = date_of(1, 1, 1);
	if (date > date_of(9999, 12, 31))
		date = date_of(9999, 12, 31);
	date_civil(date, &year, &month, &day);
	p = put_digits(p, year, 4);
	*p++ = '-';
	p = put_digits(p, month, 2);
	*p++ = '-';
	p = put_digits(p, day, 2);
	*p = '\0';
	return (size_t)(p - out);
}

size_t
instant_format(int64_t at, char out[32])
{
	int64_t day, rest;
	int second, micros;
	char *p = out;

	if (at < INSTANT_MIN)
		at = INSTANT_MIN;
	if (at > INSTANT_MAX)
		at = INSTANT_MAX;
	day = at / DAY_US - (at % DAY_US < 0);
	rest = at - day * DAY_US;
	second = (int)(rest / SECOND_US);
	micros = (int)(rest % SECOND_US);
	p += date_format((int32_t)day, out);
	*p++ = 'T';
	p = put_digits(p, second / 3600, 2);
	*p++ = ':';
	p = put_digits(p, second / 60 % 60, 2);
	*p++ = ':';
	p = put_digits(p, second % 60, 2);
	*p++ = '.';
	p = micros % 1000 == 0 ? put_digits(p, micros / 1000, 3)
			       : put_digits(p, micros, 6);
	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - out);
}

bool
span_parse(struct str s, struct span *out)
{
	static const struct {
		struct str text;
		char unit;
	} units[] = {
	    {{"m", 1}, 'm'}, {{"h", 1}, 'h'},  {{"d", 1}, 'd'},
	    {{"w", 1}, 'w'}, {{"mo", 2}, 'M'}, {{"y", 1}, 'y'},
	};
	size_t digits = 0;
	uint64_t count;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!str_to_u64(str_cut(s, 0, digits), &count) || count < 1 ||
	    count > 100000)
		return false;
	for (size_t i = 0; i < COUNT(units); i++)
		if (str_eq(str_cut(s, digits, s.n), units[i].text)) {
			*out = (struct span){(uint32_t)count, units[i].unit};
			return true;
		}
	return false;
}

static int64_t
move_exact(int64_t at, int64_t by)
{
	if (by > 0 && at > INSTANT_MAX - by)
		return INSTANT_MAX;
	if (by < 0 && at < INSTANT_MIN - by)
		return INSTANT_MIN;
	return at + by;
}

/* The wall time moved by months, its day cut to the month's last. */
static bool
civil_move_months(struct civil *c, int64_t by)
{
	int64_t month = (int64_t)c->year * 12 + c->month - 1 + by;
	int last;

	if (month < 12 || month >= 10000 * 12)
		return false;
	c->year = (int)(month / 12);
	c->month = (int)(month % 12) + 1;
	last = date_month_days(c->year, c->month);
	c->day = c->day < last ? c->day : last;
	return true;
}

static bool
civil_move_days(struct civil *c, int64_t by)
{
	int64_t date = date_of(c->year, c->month, c->day) + by;

	if (date < date_of(1, 1, 1) || date > date_of(9999, 12, 31))
		return false;
	date_civil((int32_t)date, &c->year, &c->month, &c->day);
	return true;
}

int64_t
span_move(const struct zone *z, int64_t at, struct span by, int sign)
{
	int64_t count = sign < 0 ? -(int64_t)by.count : (int64_t)by.count;
	struct civil c;
	int64_t moved;
	bool inside;

	if (by.unit == 'm' || by.unit == 'h')
		return move_exact(at, count * SECOND_US *
					  (by.unit == 'm' ? 60 : 3600));
	c = zone_civil(z, at);
	if (by.unit == 'd' || by.unit == 'w')
		inside =
		    civil_move_days(&c, by.unit == 'd' ? count : count * 7);
	else
		inside =
		    civil_move_months(&c, by.unit == 'M' ? count : count * 12);
	if (!inside)
		return sign < 0 ? INSTANT_MIN : INSTANT_MAX;
	moved = zone_instant(z, &c);
	if (!instant_in_range(moved))
		return sign < 0 ? INSTANT_MIN : INSTANT_MAX;
	return moved;
}
