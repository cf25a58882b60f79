/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A sample audience: people who might be, and what they might have written to
 * a shop's bot, as events.  The same seed and end give the same events.
 */
#ifndef CLI_AUDIENCE_H
#define CLI_AUDIENCE_H

#include <rapport/base.h>

struct audience {
	uint64_t state; /* of the random numbers */
	uint64_t seed;
	int64_t now;    /* the last instant of it all */
	struct buf out; /* events, one a line */
	struct json_out j;
};

/* Bots, managers and tags that everything else refers to. */
void audience_house(struct audience *a);
/* Everything about person `i` (from 0). */
void audience_person(struct audience *a, uint64_t i);

#endif
