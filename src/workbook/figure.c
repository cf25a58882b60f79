/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Numbers of cells as the texts that a person would type.
 *
 * A whole number keeps all its digits, however many there are: an account or a
 * phone number is no double.  Written with an exponent, as spreadsheets write
 * what has more than fifteen digits, it gets its zeros back.  Others are the
 * shortest text of the same double.
 *
 * Days are counted from 1900 or from 1904.  The first way has a 29 February
 * 1900 that was not: days before it are one less, and of that day itself
 * nothing can be said.  Less than a day is a time without one.
 */
#include "room.h"

#include <math.h>
#include <stdio.h>

#define DIGITS_MAX 400u
#define WHOLE_MAX 1e21 /* up to here whole ones are written out */
#define DAY_MS INT64_C(86400000)
#define LEAP_DAY 60      /* 29 February 1900 */
#define DAY_LAST 2958465 /* 9999-12-31, from 1900 */
#define FROM_1904 1462   /* days from one beginning to the other */
#define DAY_ZERO 25569   /* 1970-01-01, from 1900 */

static struct workbook_cell
bad(struct arena *a, const char *words, struct str about)
{
	return (struct workbook_cell){
	    CELL_BAD, arena_printf(a, "%s: %.*s", words,
				   STR_ARG(text_prefix(about, 40)))};
}

/* Numbers -------------------------------------------------------------------
 */

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static bool
is_whole(struct str s)
{
	struct str digits = str_starts(s, S("-")) ? str_cut(s, 1, s.n) : s;

	return all_digits(digits) && (digits.p[0] != '0' || s.n == 1);
}

/* XML's numbers may begin with + or a point, and end with one. */
static bool
number_of(struct str s, double *out)
{
	char room[DIGITS_MAX + 4];
	size_t n = 0;

	if (s.n == 0 || s.n > DIGITS_MAX)
		return false;
	if (s.p[0] == '+')
		s = str_cut(s, 1, s.n);
	for (size_t i = 0; i < s.n; i++) {
		bool before = i > 0 && s.p[i - 1] >= '0' && s.p[i - 1] <= '9';
		bool behind =
		    i + 1 < s.n && s.p[i + 1] >= '0' && s.p[i + 1] <= '9';

		if (s.p[i] == '.' && !before)
			room[n++] = '0';
		if (s.p[i] != '.' || behind)
			room[n++] = s.p[i];
		if (n > DIGITS_MAX)
			return false;
	}
	while (n > 1 && room[0] == '0' && room[1] >= '0' && room[1] <= '9')
		memmove(room, room + 1, --n);
	return text_to_number((struct str){room, n}, out) && isfinite(*out);
}

/* "1.23e17" with its zeros. */
static struct str
written_out(struct arena *a, struct str s)
{
	struct str rest = s, head, digits;
	uint64_t power = 0;
	size_t point;
	struct buf b;

	if (!str_split(&rest, 'e', &head) || !str_to_u64(rest, &power))
		return s;
	buf_init(&b);
	digits = head;
	if (str_find(head, S("."), &point)) {
		buf_put(&b, str_cut(head, 0, point));
		digits = str_cut(head, point + 1, head.n);
		buf_put(&b, digits);
		power -= digits.n < power ? digits.n : power;
	} else {
		buf_put(&b, head);
	}
	for (; power > 0; power--)
		buf_c(&b, '0');
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static struct str
number_text(struct arena *a, struct str as_is, double d)
{
	char text[32];
	struct str s = {text, number_to_text(d, text)};

	if (str_eq(s, as_is) || fabs(d) >= WHOLE_MAX || d != floor(d))
		return arena_str(a, s);
	return written_out(a, arena_str(a, s));
}

/* Days and moments ----------------------------------------------------------
 */

static struct str
time_text(struct arena *a, int64_t hours, int64_t ms)
{
	long long minute = ms / 60000 % 60, second = ms / 1000 % 60;

	if (ms % 1000 != 0)
		return arena_printf(a, "%02lld:%02lld:%02lld.%03lld",
				    (long long)hours, minute, second,
				    (long long)(ms % 1000));
	return arena_printf(a, "%02lld:%02lld:%02lld", (long long)hours, minute,
			    second);
}

static struct workbook_cell
span(struct arena *a, double days, struct str as_is)
{
	int64_t ms;

	if (days < 0 || days > DAY_LAST)
		return bad(a, "no span of time a spreadsheet can show", as_is);
	ms = llround(days * (double)DAY_MS);
	return (struct workbook_cell){CELL_TEXT,
				      time_text(a, ms / 3600000, ms)};
}

/* What a clock on the wall of the zone says. */
static struct workbook_cell
moment(struct arena *a, int64_t date, int64_t micros, const struct clock *clock)
{
	struct civil wall = {
	    .hour = (int)(micros / (3600 * SECOND_US)),
	    .minute = (int)(micros / (60 * SECOND_US) % 60),
	    .second = (int)(micros / SECOND_US % 60),
	    .micros = (int)(micros % SECOND_US),
	};
	char text[32];
	size_t n;

	date_civil((int32_t)date, &wall.year, &wall.month, &wall.day);
	n = instant_format(zone_instant(clock->zone, &wall), text);
	return (struct workbook_cell){CELL_INSTANT,
				      arena_str(a, (struct str){text, n})};
}

static struct workbook_cell
day_text(struct arena *a, int64_t date)
{
	char text[16];
	size_t n = date_format((int32_t)date, text);

	return (struct workbook_cell){CELL_DATE,
				      arena_str(a, (struct str){text, n})};
}

static struct workbook_cell
day(struct arena *a, double serial, enum shown shown, struct str as_is,
    const struct clock *clock)
{
	int64_t days, ms;

	if (serial < 0 || serial >= DAY_LAST + 1)
		return bad(a, "no day a spreadsheet can show", as_is);
	days = (int64_t)floor(serial);
	ms = llround((serial - (double)days) * (double)DAY_MS);
	if (ms == DAY_MS)
		days++, ms = 0;
	if (days == 0 && (shown == SHOWN_TIME || !clock->from_1904))
		return (struct workbook_cell){CELL_TEXT,
					      time_text(a, ms / 3600000, ms)};
	if (clock->from_1904)
		days += FROM_1904;
	else if (days < LEAP_DAY)
		days++;
	else if (days == LEAP_DAY)
		return bad(a, "29 February 1900, a day that was not", as_is);
	if (days > DAY_LAST)
		return bad(a, "no day a spreadsheet can show", as_is);
	days -= DAY_ZERO;
	return ms == 0 && shown == SHOWN_DATE
		   ? day_text(a, days)
		   : moment(a, days, ms * 1000, clock);
}

struct workbook_cell
figure(struct arena *a, struct str number, enum shown shown,
       const struct clock *clock)
{
	struct str s = str_trim(number);
	double d;

	if (shown == SHOWN_NUMBER && is_whole(s) && s.n <= DIGITS_MAX)
		return (struct workbook_cell){CELL_NUMBER, arena_str(a, s)};
	if (!number_of(s, &d))
		return bad(a, "the cell says it is a number and is none", s);
	switch (shown) {
	case SHOWN_NUMBER:
		break;
	case SHOWN_SPAN:
		return span(a, d, s);
	case SHOWN_DATE:
	case SHOWN_DATE_TIME:
	case SHOWN_TIME:
		return day(a, d, shown, s, clock);
	}
	return (struct workbook_cell){CELL_NUMBER, number_text(a, s, d)};
}

struct workbook_cell
figure_iso(struct arena *a, struct str text, const struct clock *clock)
{
	struct str s = str_trim(text), in_utc;
	int64_t at, days;
	int32_t date;
	char out[32];

	if (date_parse(s, &date))
		return day_text(a, date);
	if (s.n > 0 && s.n < 40 && instant_parse(s, &at) && !all_digits(s))
		return (struct workbook_cell){
		    CELL_INSTANT,
		    arena_str(a, (struct str){out, instant_format(at, out)})};
	in_utc = arena_printf(a, "%.*sZ", STR_ARG(str_cut(s, 0, 40)));
	if (!instant_parse(in_utc, &at))
		return bad(a, "the cell says it is a day and is none", s);
	days = at / (86400 * SECOND_US) - (at % (86400 * SECOND_US) < 0);
	return moment(a, days, at - days * 86400 * SECOND_US, clock);
}

/* Texts ---------------------------------------------------------------------
 */

static int
hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The unit of UTF-16 that "_xHHHH_" at `at` stands for; -1: none. */
static int32_t
escaped(struct str s, size_t at)
{
	int32_t unit = 0;

	if (at + 7 > s.n || s.p[at] != '_' || s.p[at + 1] != 'x' ||
	    s.p[at + 6] != '_')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		int digit = hex_of(s.p[at + i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static void
put_char(struct buf *out, int32_t c)
{
	if (c < 0x80) {
		buf_c(out, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_c(out, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_c(out, (char)(0xe0 | c >> 12));
		} else {
			buf_c(out, (char)(0xf0 | c >> 18));
			buf_c(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_c(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_c(out, (char)(0x80 | (c & 0x3f)));
}

/* What stands at `at`, and how long it is; -1: as it is. Half a character and
 * NUL are no text and stay as they are written. */
static int32_t
escaped_char(struct str s, size_t at, size_t *n)
{
	int32_t unit = escaped(s, at), low;

	*n = 7;
	if (unit <= 0 || (unit >= 0xdc00 && unit < 0xe000))
		return -1;
	if (unit < 0xd800 || unit >= 0xe000)
		return unit;
	low = escaped(s, at + 7);
	*n = 14;
	return low >= 0xdc00 && low < 0xe000
		   ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
		   : -1;
}

void
text_unescape(struct buf *out, struct str s)
{
	size_t from = 0, at = 0, n;

	while (at < s.n) {
		int32_t c = s.p[at] == '_' ? escaped_char(s, at, &n) : -1;

		if (c < 0) {
			at++;
			continue;
		}
		buf_put(out, str_cut(s, from, at));
		put_char(out, c);
		at += n;
		from = at;
	}
	buf_put(out, str_cut(s, from, s.n));
}
