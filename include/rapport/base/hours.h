/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Operating hours: when somebody is there.  A schedule is a week of local
 * hours in a zone with holidays, in force from one instant until the next
 * schedule begins; hours are all the schedules there ever were, so that what
 * is long past is measured by what held then.
 */
#ifndef RAPPORT_BASE_HOURS_H
#define RAPPORT_BASE_HOURS_H

#include <rapport/base/clock.h>

#define DAY_MINUTES 1440u

/* Minutes of a local day, from < to <= DAY_MINUTES. */
struct open_span {
	uint16_t from, to;
};
/* Ascending, without overlap; none: closed. */
struct open_day {
	const struct open_span *spans;
	size_t n;
};
struct holiday {
	int32_t date;
	struct str name;
	struct open_day open; /* instead of the weekday's */
};
struct schedule {
	int64_t from; /* in force; INSTANT_MIN: always */
	const struct zone *zone;
	struct open_day week[7];      /* from Monday */
	const struct holiday *holidays; /* by date, each date once */
	size_t n_holidays;
};
struct hours {
	const struct schedule *at; /* by `from`, each instant once */
	size_t n;
};

/* How much of [from, to) is open: by the clock on the wall, so a day that is
 * an hour shorter has an hour less where that hour was open. False: at some
 * instant of it no schedule is in force, and nothing can be said. */
bool hours_between(const struct hours *h, int64_t from, int64_t to,
		   int64_t *out);

#endif
