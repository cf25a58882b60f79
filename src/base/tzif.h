/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One compiled zone file as a table of offsets and the rule that goes on after
 * it.  Private to base: others see zones (clock.h).
 */
#ifndef BASE_TZIF_H
#define BASE_TZIF_H

#include <rapport/base.h>

/* One of the two dates of a rule: Mm.w.d, Jn or n, and seconds after it. */
struct change {
	char form; /* 'M', 'J' or '0' */
	int month, week, day;
	int32_t time;
};

struct rule {
	bool present, has_dst;
	int32_t standard, summer; /* seconds east */
	struct change start, end; /* of summer time */
};

struct tzif {
	size_t count;
	int64_t *times;   /* `count`, ascending, seconds since 1970 */
	int32_t *offsets; /* `count` + 1: before the first, then after each */
	struct rule rule;
};

/* No instant and no date is farther than this many seconds from 1970. */
#define TZIF_FOR_EVER INT64_C(4000000000000)

/* The offset that holds at an instant, and the second it no longer does. */
struct piece {
	int32_t offset;
	int64_t until;
};

/* Read a whole file; false, and nothing to free, if it is not sound. */
bool tzif_read(struct tzif *t, struct str file);
void tzif_fini(struct tzif *t);
struct piece tzif_at(const struct tzif *t, int64_t second);

#endif
