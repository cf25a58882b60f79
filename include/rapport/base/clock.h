/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Time.  An instant is signed microseconds since 1970-01-01T00:00:00Z without
 * leap seconds, from year 1 to year 9999.  A date is signed days since
 * 1970-01-01, proleptic Gregorian.  A zone is an IANA name read from the
 * system's TZif files (RFC 8536, versions 1 to 4, with the POSIX rule at the
 * end), immutable once open and shared by threads.
 */
#ifndef RAPPORT_BASE_CLOCK_H
#define RAPPORT_BASE_CLOCK_H

#include <rapport/base/bytes.h>

#define INSTANT_MIN (-62135596800000000)
#define INSTANT_MAX 253402300799999999
#define INSTANT_NONE INT64_MIN
#define SECOND_US INT64_C(1000000)

int64_t clock_now(void); /* instant; from the system's real-time clock */

struct civil {
	int year, month, day; /* 1..9999, 1..12, 1..31 */
	int hour, minute, second, micros;
};

int32_t date_of(int year, int month, int day);
void date_civil(int32_t date, int *year, int *month, int *day);
int date_weekday(int32_t date); /* 0 = Monday */
int date_month_days(int year, int month);

/* RFC 3339 date-time with offset ("T", "t" or one space; up to nine digits of
 * fraction, cut to microseconds; second 60 reads as 59), or a bare number of
 * epoch seconds, milliseconds or microseconds told apart by magnitude
 * (below 1e11 seconds, below 1e14 milliseconds, else microseconds). */
bool instant_parse(struct str s, int64_t *out);
bool instant_of_number(double n, int64_t *out);
bool date_parse(struct str s, int32_t *out); /* YYYY-MM-DD */
/* "2026-11-01T09:30:00.000Z", three digits of fraction, or six where the
 * instant has microseconds. Returns the length. */
size_t instant_format(int64_t at, char out[32]); /* out of range: the ends */
size_t date_format(int32_t date, char out[16]);

struct zone;

/* NULL where there is no such zone. The name must be [A-Za-z0-9_+/-], no dots;
 * the result lives as long as the process. "UTC" always works. */
const struct zone *zone_find(struct str name);
const char *zone_name(const struct zone *z);
int32_t zone_offset(const struct zone *z, int64_t at); /* seconds east of UTC */
/* The same, and the instant from which on it may be another. */
int32_t zone_stretch(const struct zone *z, int64_t at, int64_t *until);
struct civil zone_civil(const struct zone *z, int64_t at);
/* First instant whose local time is at or after the wall time: in a gap the
 * moment after it, in a fold the earlier of the two. */
int64_t zone_instant(const struct zone *z, const struct civil *wall);
/* First instant of the local day (which need not be midnight). */
int64_t zone_day_start(const struct zone *z, int32_t date);
int32_t zone_date(const struct zone *z, int64_t at); /* local date at `at` */

/* "30d" "12h" "2w" "3mo" "1y" "45m": a count and a unit. */
struct span {
	uint32_t count; /* 1 to 100,000 */
	char unit;      /* 'm'inutes 'h'ours 'd'ays 'w'eeks 'M'onths 'y'ears */
};
bool span_parse(struct str s, struct span *out);
/* `at` moved by sign * span: minutes and hours exact, days and longer by the
 * calendar of the zone at the same wall time (a 31st becomes the month's last
 * day). */
int64_t span_move(const struct zone *z, int64_t at, struct span by, int sign);

#endif
