/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the stats room: rows of a table before they are filled, and which row
 * an instant belongs to.
 */
#ifndef STATS_ROOM_H
#define STATS_ROOM_H

#include <rapport/stats.h>

#include <rapport/chats/counters.h>
#include <rapport/chats/erased.h>
#include <rapport/chats/ledger.h>
#include <rapport/chats/waits.h>

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

/* Whether it may be told from which integrations chats came. */
bool source_shown(const struct query *q);
/* Every wait of the period in each row that it is of, by tag, manager or
 * source; rows are added as they are needed. ERR_LIMIT. */
typedef void wait_row_fn(void *arg, size_t row, const struct wait *w);
enum err response_rows(struct query *q, const struct bits *who,
		       struct stat_table *t, wait_row_fn *fn, void *arg,
		       struct fault *f) MUST_USE;
/* By name, whatever is of none last. */
void response_order(struct stat_table *t);
/* Whether what is asked is of the chat's tags and source, and of a manager. */
bool response_of_chat(const struct stat_more *more, const struct chat_view *v);
bool response_of_manager(const struct stat_more *more, struct str manager);
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
/* Who has an entry of one of these kinds in the ledger then. */
struct bits *stats_ledger_people(struct query *q, const struct bits *who,
				 const struct counted *c, const uint16_t *kinds,
				 size_t n);
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

/* The row of every quarter-hour of the period. */
struct quarters {
	const struct stat_table *t;
	int64_t first; /* since 1970 */
	size_t n;
	uint16_t *row; /* NULL: rows are looked for */
};
/* In the arena. False: rows and quarter-hours do not fit each other, or there
 * are too many; then the row is that of the beginning of a quarter-hour. */
bool quarters_of(const struct stat_table *t, struct arena *a,
		 struct quarters *out);
static inline size_t
quarter_row(const struct quarters *q, int64_t quarter)
{
	return q->row ? q->row[quarter - q->first]
		      : row_at(q->t, quarter * QUARTER_HOUR);
}

/* People who wrote: of each row, and of them those whom no row had before nor
 * `before` has; and of the period. Added to what is there. */
struct crowd_in {
	const struct quarters *at;
	enum ledger ledger;
	const struct bits *who;	   /* NULL: all of them */
	const struct bits *before; /* NULL: nobody */
};
struct crowd_counts {
	uint64_t *users, *fresh; /* a row */
	uint64_t all, all_fresh;
};
void crowd_count(struct query *q, const struct crowd_in *in, bool slots,
		 struct crowd_counts *out);

/* Two things that are told of people, one of which each said last. Columns:
 * people with an event of each; from TELLING_KINDS on, the parts at the end of
 * a row. */
enum { TELLING_KINDS = 2 };
struct telling {
	const char *type, *member;
	const char *kinds[TELLING_KINDS]; /* as text; NULL: true, false */
	enum activity activity; /* of the first; the second's is the next */
	int n_parts;
	int first; /* the part of whom nothing was said */
	int after[TELLING_KINDS]; /* the part of whom that was said last */
	bool phone; /* only of people with a phone number */
};
/* From the ledger, added to rows as how much a part grows from the row before;
 * of the erased also who there are of them. */
void telling_ledger(struct query *q, enum ledger ledger, const struct bits *who,
		    const struct quarters *at, struct stat_table *t,
		    const struct telling *of);

/* Who did something in [from, to), of `who` (NULL: everybody). */
struct bits *stats_active(struct query *q, const struct bits *who, int64_t from,
			  int64_t to);
/* The same of the erased, by number and quarter-hour. */
struct bits *stats_erased_active(struct query *q, int64_t from, int64_t to);
/* Messages by class of each row, added to columns[0 …]; with `who` of their
 * chats only. */
void stats_messages(struct query *q, const struct bits *who,
		    struct stat_table *t,
		    void (*add)(double *v, enum message_class class, double n));

#endif
