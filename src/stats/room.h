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
/* "monday" */
const char *week_start_name(int start);
/* One more row, of the whole period. */
struct stat_row *row_new(struct stat_table *t, struct arena *arena);
/* The first day of the day, week or month after that of the date. */
int32_t stat_date_next(const struct stat_table *t, int32_t date);
/* The end of the hour on the wall that is at `at`, or limit if that is first.
 */
int64_t hour_end(const struct zone *z, int64_t at, int64_t limit);
/* The row of an instant of the period; of one in a gap between rows, the
 * next. */
size_t row_at(const struct stat_table *t, int64_t at);
size_t slot_at(const struct stat_table *t, int64_t at);

typedef enum err metric_fn(struct query *q, const struct bits *who,
			   struct stat_table *t, struct fault *f);
metric_fn customers_run, activity_run, messages_run, contacts_run,
    response_run, conversations_run, templates_run, consent_run, validity_run,
    flows_run, errors_run, funnel_run, retention_run;

/* Which number: a column of a metric in a period, or in those hours of it that
 * are of a slot. */
struct counted {
	const struct metric *metric;
	size_t column;
	struct period period;
	struct str from, to; /* as they are written */
	int weekday, hour;   /* of a slot, 0 Monday; else -1 */
	struct stat_more more;
	int step;	 /* of a funnel, from 1 */
	enum stat_by by; /* BY_WEEK or BY_MONTH, of retention, whose period is */
	int cell;	 /* a cohort: so many weeks or months later */
	int week_start;	 /* that begin on this day, 0 Monday */
};
/* ERR_INVALID, path "flow": there is none of the name for who asks. */
enum err flow_known(struct query *q, struct str flow,
		    struct fault *f) MUST_USE;
bool counted_within(const struct counted *c, int64_t at);
typedef struct bits *counted_fn(struct query *q, const struct bits *who,
				const struct counted *c);
counted_fn customers_people, activity_people, messages_people, contacts_people,
    response_people, conversations_people, templates_people, consent_people,
    validity_people, flows_people, errors_people, funnel_people,
    retention_people;

/* Every message to one of `who` that was sent in the period and failed in the
 * end; slices of the snapshot. False stops. */
struct failure {
	uint32_t user;
	int64_t at; /* when it was sent */
	struct str code, title; /* n 0: none */
};
typedef bool failure_fn(void *arg, const struct failure *f);
void stats_failures(struct query *q, const struct bits *who,
		    const struct period *p, failure_fn *fn, void *arg);

/* Whose message in the period is one that counts. */
typedef bool stat_message_fn(const struct counted *c, enum message_class class,
			     const struct message_view *m);
struct bits *stats_people_by(struct query *q, const struct bits *who,
			     const struct counted *c, stat_message_fn *is);

/* One after the other, by id; false stops. */
typedef bool person_fn(void *arg, uint32_t user);
void stats_people(struct query *q, const struct bits *who, person_fn *fn,
		  void *arg);
/* Whether it is in the period; and if so, n more in its row and the totals. */
bool stat_within(const struct stat_table *t, int64_t at);
void stat_add(struct stat_table *t, int64_t at, size_t column, double n);

/* Durations, in microseconds. DURATION_NONE is no sample. */
struct samples {
	struct sample {
		int64_t value;
		uint32_t row, kind;
	} * at;
	size_t n, cap;
};
/* Into which columns a kind goes; -1: that is not told. */
struct summary {
	int count, total, average, median, ninth;
};
void sample_add(struct samples *s, size_t row, unsigned kind, int64_t value);
/* Rows and totals, in whole milliseconds. */
void samples_put(struct samples *s, const struct summary *summaries,
		 size_t kinds, struct stat_table *t);
void samples_free(struct samples *s);

/* Who did something in [from, to), of `who` (NULL: everybody). */
struct bits *stats_active(struct query *q, const struct bits *who, int64_t from,
			  int64_t to);
/* Messages by class of each row, added to columns[0 …]; with `who` of their
 * chats only. */
void stats_messages(struct query *q, const struct bits *who,
		    struct stat_table *t,
		    void (*add)(double *v, enum message_class class, double n));

#endif
