/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The table of metrics, and running one: the filter becomes a set, the period
 * rows, and what has not begun yet has no data, which is not zero.
 */
#include "room.h"

#include <math.h>

#define SERIES (1u << BY_DAY | 1u << BY_WEEK | 1u << BY_MONTH | 1u << BY_HOUR)
#define PAGE 1024u
#define SLOTS (1u << BY_HOUR_OF_DAY | 1u << BY_HOUR_OF_WEEK)

static const char *const customers_columns[] = {"users", "new", "returning",
						"total", NULL};
static const char *const customers_abouts[] = {
    "People who wrote at least once",
    "Of them, those who never wrote before",
    "Of them, those who wrote before it began",
    "Everybody who wrote before it ended"};
static const char *const activity_columns[] = {
    "users", "in", "out", "occurrences", "inPerHour", "outPerHour", NULL};
static const char *const activity_abouts[] = {
    "People who wrote at least once",
    "Messages from people",
    "Messages to people",
    "How often the hour occurred, in hours; of a day, week or month none",
    "Messages from people for each hour it occurred",
    "Messages to people for each hour it occurred"};
static const char *const messages_columns[] = {"in",    "out",      "bot",
					       "human", "template", NULL};
static const char *const messages_abouts[] = {
    "Messages from people", "Messages to people: the three below",
    "From bots", "From managers", "Templates, whoever sent them"};
static const char *const contacts_columns[] = {"contacts", NULL};
static const char *const contacts_abouts[] = {"People first seen then"};
static const char *const response_columns[] = {
    "firstReplies", "waitingTime", "waitingTimeMedian", "waitingTimeP90",
    "waiting", "unanswered",
    "replyCount", "totalReplyTime", "avgReplyTime", "replyTimeMedian",
    "replyTimeP90",
    "closed", "resolutionTime", "holdTime",
    "operationWaitingTime", "operationReplyCount", "operationTotalReplyTime",
    "operationAvgReplyTime", "operationResolutionTime", NULL};
static const char *const response_abouts[] = {
    "Episodes first answered by a manager then",
    "Of them, from the person's first message to that answer, on average; ms",
    "The middle one; ms",
    "The time that nine in ten did not exceed; ms",
    "Episodes in which the person first wrote then, open and not answered "
    "until now",
    "Episodes in which the person first wrote then, closed without an answer",
    "Answers that managers gave then to messages not answered before",
    "Of them, each from the first of those messages; ms",
    "The same divided by their number; ms",
    "The middle one; ms",
    "The time that nine in ten did not exceed; ms",
    "Episodes closed then",
    "Of them, from opening to closing, on average; ms",
    "Of them, snoozed within that, on average; ms",
    "waitingTime within the operating hours of the time, of those episodes of "
    "which it can be told; ms",
    "Answers given then of which it can be told; none without any hours",
    "totalReplyTime of those within the operating hours; ms",
    "avgReplyTime of those within the operating hours; ms",
    "resolutionTime within the operating hours, of those episodes of which it "
    "can be told; ms"};
static const char *const conversations_columns[] = {"conversations", NULL};
static const char *const conversations_abouts[] = {
    "Conversations of 24 hours that a message, in or out, opened then"};
static const char *const templates_columns[] = {
    "templates", "delivered", "read", "failed", "unheard", NULL};
static const char *const templates_abouts[] = {
    "Templates sent then, whoever sent them",
    "Of them, delivered by now, those that were read among them",
    "Of them, read by now",
    "Of them, failed, and neither delivered nor read",
    "Of them, those of which none of that was heard"};
static const char *const consent_columns[] = {
    "optedIn", "optedOut", "in", "out", "none", NULL};
static const char *const consent_abouts[] = {
    "People who agreed then", "People who refused then",
    "People whose last word before it ended was to agree",
    "People whose last word before it ended was to refuse",
    "People who had said neither"};
static const char *const validity_columns[] = {
    "foundValid", "foundInvalid", "valid", "invalid", NULL};
static const char *const validity_abouts[] = {
    "People with a phone number found to be reachable then",
    "People with a phone number found not to be reachable then",
    "Reachable by the last that was found before it ended, or nothing was",
    "Not reachable by the last that was found before it ended"};

const struct metric metrics[] = {
    {"customers", "People who wrote, new and returning", customers_columns,
     customers_abouts, SERIES, customers_run},
    {"activity", "When people write and are answered", activity_columns,
     activity_abouts, SERIES | SLOTS, activity_run},
    {"messages", "Messages in and out", messages_columns, messages_abouts,
     SERIES | SLOTS, messages_run},
    {"contacts", "People first seen", contacts_columns, contacts_abouts,
     SERIES, contacts_run},
    {"response", "How long people wait for managers", response_columns,
     response_abouts, SERIES, response_run},
    {"conversations", "Conversations of 24 hours", conversations_columns,
     conversations_abouts, SERIES | SLOTS, conversations_run},
    {"templates", "Templates and what became of them", templates_columns,
     templates_abouts, SERIES | SLOTS, templates_run},
    {"consent", "Who agreed and who refused", consent_columns, consent_abouts,
     SERIES, consent_run},
    {"validity", "Who can be reached by phone", validity_columns,
     validity_abouts, SERIES, validity_run},
    {NULL},
};

const struct metric *
metric_find(struct str name)
{
	for (const struct metric *m = metrics; m->name; m++) {
		if (str_eq(name, str_of(m->name)))
			return m;
	}
	return NULL;
}

static enum err
refuse_by(const struct metric *m, struct fault *f)
{
	struct buf b;
	enum err e;

	buf_init(&b);
	for (int i = 0; i < BY_COUNT; i++)
		if (m->by >> i & 1)
			buf_printf(&b, "%s%s", b.n ? ", " : "",
				   stat_by_name((enum stat_by)i));
	e = fail(f, ERR_INVALID, "by", "%s can be cut by %.*s", m->name,
		 STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return e;
}

/* What every metric is made with ------------------------------------------- */

void
stats_people(struct query *q, const struct bits *who, person_fn *fn, void *arg)
{
	struct bits *all = who ? NULL : people_everybody(q->txn);
	uint32_t ids[PAGE], from = 0;
	bool first = true, go = true;
	size_t n;

	do {
		n = bits_page(who ? who : all, from, first, false, ids, PAGE);
		for (size_t i = 0; i < n && go; i++)
			go = fn(arg, ids[i]);
		first = false;
		from = n > 0 ? ids[n - 1] : 0;
	} while (n == PAGE && go);
	bits_free(all);
}

bool
stat_within(const struct stat_table *t, int64_t at)
{
	return at >= t->period.from && at < t->period.to;
}

void
stat_add(struct stat_table *t, int64_t at, size_t column, double n)
{
	if (!stat_within(t, at))
		return;
	t->rows[row_at(t, at)].v[column] += n;
	t->totals[column] += n;
}

/* A row that has not begun has no data. */
static void
future_clear(struct stat_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < STAT_COLUMNS_MAX; k++)
			if (t->rows[i].from >= t->as_of)
				t->rows[i].v[k] = NAN;
	for (size_t k = 0; k < STAT_COLUMNS_MAX; k++)
		if (t->period.from >= t->as_of)
			t->totals[k] = NAN;
}

enum err
stats_run(struct query *q, const struct filter *filter, struct stat_table *t,
	  struct fault *f)
{
	struct bits *who = NULL;
	enum err e;

	t->as_of = q->now == INSTANT_NONE ? clock_now() : q->now;
	t->n = 0;
	if (!(t->metric->by >> t->by & 1))
		return refuse_by(t->metric, f);
	TRY(activity_ready(q->txn, f));
	TRY(period_cut(t, q->arena, f));
	memset(t->totals, 0, sizeof(t->totals));
	if (filter || q->scope)
		who = filter_run(q, filter);
	e = t->metric->run(q, who, t, f);
	bits_free(who);
	if (e == OK)
		future_clear(t);
	return e == OK ? kv_error(q->txn) : e;
}

uint32_t
stats_busiest(const struct stat_table *t, size_t column)
{
	uint32_t found = 0;
	double most = 0;

	for (size_t i = 0; i < t->n && i < 24; i++) {
		double v = t->rows[i].v[column];

		if (v > most)
			found = 0;
		if (v > 0 && v >= most) {
			most = v;
			found |= UINT32_C(1) << i;
		}
	}
	return found;
}
