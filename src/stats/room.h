/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the stats room: rows of a table before they are filled, and which row
 * an instant belongs to.
 */
#ifndef STATS_ROOM_H
#define STATS_ROOM_H

#include <rapport/stats.h>

#include <rapport/chats/counters.h>

/* The rows of t->period by t->by, empty. ERR_LIMIT. */
enum err period_cut(struct stat_table *t, struct arena *arena,
		    struct fault *f) MUST_USE;
/* The end of the hour on the wall that is at `at`, or limit if that is first.
 */
int64_t hour_end(const struct zone *z, int64_t at, int64_t limit);
/* The row of an instant of the period; of one in a gap between rows, the
 * next. */
size_t row_at(const struct stat_table *t, int64_t at);
size_t slot_at(const struct stat_table *t, int64_t at);

typedef enum err metric_fn(struct query *q, const struct bits *who,
			   struct stat_table *t, struct fault *f);
metric_fn customers_run, activity_run, messages_run, contacts_run;

/* Who did something in [from, to), of `who` (NULL: everybody). */
struct bits *stats_active(struct query *q, const struct bits *who, int64_t from,
			  int64_t to);
/* Messages by class of each row, added to columns[0 …]; with `who` of their
 * chats only. */
void stats_messages(struct query *q, const struct bits *who,
		    struct stat_table *t,
		    void (*add)(double *v, enum message_class class, double n));

#endif
