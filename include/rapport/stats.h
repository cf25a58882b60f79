/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * stats: the numbers of analytics, one definition each.  A metric is asked for
 * a period [from, to) of a zone, cut into buckets, and answers a table: a row a
 * bucket, a value a column, and the totals of the whole period, which are no
 * sums where people are counted once.  The interface, its CSV and the panel
 * all show this one table.
 *
 * Distinct people are sets of users per quarter-hour (chats/activity.h), and
 * messages are counters of the same (chats/counters.h), so that a day begins
 * where it begins in any zone.
 */
#ifndef RAPPORT_STATS_H
#define RAPPORT_STATS_H

#include <rapport/chats/activity.h>
#include <rapport/query.h>

#define STAT_COLUMNS_MAX 20u
#define STAT_ROWS_MAX 10000u

/* How a period is cut: by time; by slots that come again, the hours 0–23 of a
 * local day, the 168 of a week from Monday on; or by what is counted, of the
 * whole period. */
enum stat_by {
	BY_DAY,
	BY_WEEK, /* from the day that the workspace says */
	BY_MONTH,
	BY_HOUR, /* each hour on the wall; one that comes twice is two */
	BY_HOUR_OF_DAY,
	BY_HOUR_OF_WEEK,
	BY_FLOW,
	BY_CODE,
	BY_STEP,
	BY_TAG,
	BY_MANAGER,
	BY_SOURCE,
	BY_COUNT
};
bool stat_by_find(struct str name, enum stat_by *out);
const char *stat_by_name(enum stat_by by);

struct period {
	const struct zone *zone;
	int64_t from, to; /* half-open */
};
/* Dates (local days; `to` is the day after the last) or instants at whole
 * quarter-hours; empty: the last 30 days, today among them. ERR_INVALID, path
 * "from" or "to". */
enum err period_parse(struct str from, struct str to, const struct zone *z,
		      int64_t now, struct period *out,
		      struct fault *f) MUST_USE;
/* The one to compare with: of whole months the same number of months before;
 * of whole days as many, that begin on the same day of the week and end before
 * this begins; else as long, just before. */
struct period period_before(const struct period *p);

struct stat_row {
	int64_t from, to; /* of a slot: those of the period */
	int weekday, hour; /* of a slot, 0 Monday; else -1 */
	struct str text[2]; /* what is counted, where it is cut by that */
	int64_t latest;	    /* the instant that text[1] is of */
	double v[STAT_COLUMNS_MAX]; /* NAN: no data */
	double *cells;		    /* t->n_cells of them */
};

struct metric;
struct counted;
/* What else some metrics are asked; p NULL: not that. */
struct stat_more {
	struct str flow; /* of this flow only */
	struct str code; /* of errors with this code only; empty: with none */
	struct str tag, manager, source; /* of those only; empty: of none */
	const struct funnel *funnel;
};
struct stat_table {
	const struct metric *metric;
	enum stat_by by;
	struct period period;
	struct stat_more more;
	int week_start; /* 0 Monday */
	int64_t as_of;
	struct stat_row *rows; /* in the query's arena */
	size_t n, cap;
	size_t n_cells; /* of every row */
	double totals[STAT_COLUMNS_MAX];
};

/* Whether there are people behind a number; one of many cells, the last column,
 * has those of stat_row.cells. */
enum stat_behind { BEHIND_NOBODY, BEHIND_PEOPLE, BEHIND_CELLS };
/* One of its numbers: the name on the wire, how it reads ("New users"), and
 * what it is. */
struct stat_column {
	const char *name, *label, *about;
	enum stat_behind people;
};
enum { TAKES_FLOW = 1, TAKES_CODE = 2, TAKES_STEPS = 4, TAKES_CHAT = 8 };
/* A metric: what it is called, what it says, how it can be cut. */
struct metric {
	const char *name, *about;
	const struct stat_column *columns; /* ends with name NULL */
	unsigned by;			   /* 1 << BY_…; the first is the usual */
	unsigned takes;			   /* TAKES_…; TAKES_STEPS must be given */
	uint16_t needs[2]; /* attributes that tell as much; 0: none */
	enum err (*run)(struct query *q, const struct bits *who,
			struct stat_table *t, struct fault *f);
	/* Who is behind one of its numbers, of `who` (NULL: everybody). Owned
	 * by the caller; errors stick. */
	struct bits *(*people)(struct query *q, const struct bits *who,
			       const struct counted *c);
};
extern const struct metric metrics[]; /* ends with name NULL */
const struct metric *metric_find(struct str name);
/* A mask on what tells as much (`needs`) hides a metric as if it were not
 * there: from one person's messages in, told by a filter on that person, to
 * the attribute of that name it is no step. */
bool metric_shown(const struct query *q, const struct metric *m);
enum stat_by metric_usual(const struct metric *m);
/* Whether it can be cut so by who asks. */
bool metric_cut(const struct query *q, const struct metric *m, enum stat_by by);
/* What else it is asked, as texts: `steps` is JSON; p NULL: not given. Lives in
 * the query's arena. ERR_INVALID, path: the name of the one that is wrong, or
 * that the metric does not take or lacks. */
struct stat_asked {
	struct str flow, code, steps, window;
};
enum err stat_more_read(struct query *q, const struct metric *m,
			const struct stat_asked *in, struct stat_more *out,
			struct fault *f) MUST_USE;

/* Fill the table for t->metric, by, period and more, of the people of the
 * filter (NULL: all) in the scope of `q`. ERR_NOT_FOUND (metric_shown),
 * ERR_INVALID (path "by"), ERR_LIMIT (more than STAT_ROWS_MAX rows). */
enum err stats_run(struct query *q, const struct filter *filter,
		   struct stat_table *t, struct fault *f) MUST_USE;
/* The table, the one form of it: members of an open object (metric, tz, by,
 * asOf, sentence, weekStart; from, to, totals, rows); and rows of CSV, the
 * names first. */
void stats_head_json(const struct stat_table *t, const struct filter *filter,
		     struct json_out *j);
void stats_json(const struct stat_table *t, struct json_out *j);
void stats_csv(const struct stat_table *t, struct buf *out);
/* The rows in which column i is highest: bit of the hour of a BY_HOUR_OF_DAY
 * table; 0 where all is 0. Ties are all there. */
uint32_t stats_busiest(const struct stat_table *t, size_t column);

/* The filter leaf `counted`, to be lent to people. */
extern const struct numbers stats_numbers;

#endif
