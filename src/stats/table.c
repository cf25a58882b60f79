/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The table of metrics.  A column is its name on the wire, how it reads in a
 * sentence on whom it counts, its definition, and whether there are people to
 * be shown behind it: a sum, a duration or a rate has none of its own.
 */
#include "room.h"

#define SERIES (1u << BY_DAY | 1u << BY_WEEK | 1u << BY_MONTH | 1u << BY_HOUR)
#define SLOTS (1u << BY_HOUR_OF_DAY | 1u << BY_HOUR_OF_WEEK)

static const struct stat_column customers[] = {
    {"users", "Users", "People who wrote at least once", BEHIND_PEOPLE},
    {"new", "New users", "Of them, those who never wrote before",
     BEHIND_PEOPLE},
    {"returning", "Returning users", "Of them, those who wrote before it began",
     BEHIND_PEOPLE},
    {"total", "Total customers", "Everybody who wrote before it ended",
     BEHIND_PEOPLE},
    {NULL},
};
static const struct stat_column activity[] = {
    {"users", "Users", "People who wrote at least once", BEHIND_PEOPLE},
    {"in", "Messages in", "Messages from people", BEHIND_PEOPLE},
    {"out", "Messages out", "Messages to people", BEHIND_PEOPLE},
    {"occurrences", "Occurrences",
     "How often the hour occurred, in hours; of a day, week or month none",
     BEHIND_NOBODY},
    {"inPerHour", "Messages in for each hour",
     "Messages from people for each hour it occurred", BEHIND_NOBODY},
    {"outPerHour", "Messages out for each hour",
     "Messages to people for each hour it occurred", BEHIND_NOBODY},
    {NULL},
};
static const struct stat_column messages[] = {
    {"in", "Messages in", "Messages from people", BEHIND_PEOPLE},
    {"out", "Messages out", "Messages to people: the three below",
     BEHIND_PEOPLE},
    {"bot", "Messages from bots", "From bots", BEHIND_PEOPLE},
    {"human", "Messages from managers", "From managers", BEHIND_PEOPLE},
    {"template", "Templates", "Templates, whoever sent them", BEHIND_PEOPLE},
    {NULL},
};
static const struct stat_column contacts[] = {
    {"contacts", "Contacts", "People first seen then", BEHIND_PEOPLE},
    {NULL},
};
static const struct stat_column response[] = {
    {"firstReplies", "First answers",
     "Episodes first answered by a manager then", BEHIND_PEOPLE},
    {"waitingTime", "Waiting time",
     "Of them, from the person's first message to that answer, on average; ms",
     BEHIND_NOBODY},
    {"waitingTimeMedian", "Waiting time, median", "The middle one; ms",
     BEHIND_NOBODY},
    {"waitingTimeP90", "Waiting time, nine in ten",
     "The time that nine in ten did not exceed; ms", BEHIND_NOBODY},
    {"waiting", "Waiting",
     "Episodes in which the person first wrote then, open and not answered "
     "until now",
     BEHIND_PEOPLE},
    {"unanswered", "Unanswered",
     "Episodes in which the person first wrote then, closed without an answer",
     BEHIND_PEOPLE},
    {"replyCount", "Answers",
     "Answers that managers gave then to messages not answered before",
     BEHIND_PEOPLE},
    {"totalReplyTime", "Total reply time",
     "Of them, each from the first of those messages; ms", BEHIND_NOBODY},
    {"avgReplyTime", "Average reply time",
     "The same divided by their number; ms", BEHIND_NOBODY},
    {"replyTimeMedian", "Reply time, median", "The middle one; ms",
     BEHIND_NOBODY},
    {"replyTimeP90", "Reply time, nine in ten",
     "The time that nine in ten did not exceed; ms", BEHIND_NOBODY},
    {"closed", "Closed", "Episodes closed then", BEHIND_PEOPLE},
    {"resolutionTime", "Resolution time",
     "Of them, from opening to closing, on average; ms", BEHIND_NOBODY},
    {"holdTime", "Hold time", "Of them, snoozed within that, on average; ms",
     BEHIND_NOBODY},
    {"operationWaitingTime", "Waiting time in operating hours",
     "waitingTime within the operating hours of the time, of those episodes "
     "of which it can be told; ms",
     BEHIND_NOBODY},
    {"operationReplyCount", "Answers with operating hours",
     "Answers given then of which it can be told; none without any hours",
     BEHIND_PEOPLE},
    {"operationTotalReplyTime", "Total reply time in operating hours",
     "totalReplyTime of those within the operating hours; ms", BEHIND_NOBODY},
    {"operationAvgReplyTime", "Average reply time in operating hours",
     "avgReplyTime of those within the operating hours; ms", BEHIND_NOBODY},
    {"operationResolutionTime", "Resolution time in operating hours",
     "resolutionTime within the operating hours, of those episodes of which "
     "it can be told; ms",
     BEHIND_NOBODY},
    {NULL},
};
static const struct stat_column conversations[] = {
    {"conversations", "Conversations",
     "Conversations of 24 hours that a message, in or out, opened then",
     BEHIND_PEOPLE},
    {NULL},
};
static const struct stat_column templates[] = {
    {"templates", "Templates", "Templates sent then, whoever sent them",
     BEHIND_PEOPLE},
    {"delivered", "Templates delivered",
     "Of them, delivered by now, those that were read among them",
     BEHIND_PEOPLE},
    {"read", "Templates read", "Of them, read by now", BEHIND_PEOPLE},
    {"failed", "Templates failed",
     "Of them, failed, and neither delivered nor read", BEHIND_PEOPLE},
    {"unheard", "Templates unheard of",
     "Of them, those of which none of that was heard", BEHIND_PEOPLE},
    {NULL},
};
static const struct stat_column consent[] = {
    {"optedIn", "Opted in then", "People who agreed then", BEHIND_PEOPLE},
    {"optedOut", "Opted out then", "People who refused then", BEHIND_PEOPLE},
    {"in", "Opted in", "People whose last word before it ended was to agree",
     BEHIND_PEOPLE},
    {"out", "Opted out", "People whose last word before it ended was to refuse",
     BEHIND_PEOPLE},
    {"none", "Neither opted in nor out", "People who had said neither",
     BEHIND_PEOPLE},
    {NULL},
};
static const struct stat_column validity[] = {
    {"foundValid", "Found valid then",
     "People with a phone number found to be reachable then", BEHIND_PEOPLE},
    {"foundInvalid", "Found invalid then",
     "People with a phone number found not to be reachable then",
     BEHIND_PEOPLE},
    {"valid", "Valid contacts",
     "Reachable by the last that was found before it ended, or nothing was",
     BEHIND_PEOPLE},
    {"invalid", "Invalid contacts",
     "Not reachable by the last that was found before it ended", BEHIND_PEOPLE},
    {NULL},
};

static const struct stat_column flows[] = {
    {"started", "Flows started", "Runs of flows started", BEHIND_PEOPLE},
    {"keyword", "Flows started by a keyword", "Of them, by a keyword",
     BEHIND_PEOPLE},
    {"business", "Flows started by the business",
     "Of them, by a broadcast or the interface", BEHIND_PEOPLE},
    {"completed", "Flows completed", "Runs completed then", BEHIND_PEOPLE},
    {"cancelled", "Flows cancelled", "Runs cancelled then and not completed",
     BEHIND_PEOPLE},
    {"inFlow", "In a flow", "People with a run that was open when it ended",
     BEHIND_PEOPLE},
    {"completionRate", "Completion rate",
     "Of the runs started then, the part completed by now; 0 to 1",
     BEHIND_NOBODY},
    {NULL},
};
static const struct stat_column errors[] = {
    {"errors", "Error messages",
     "Messages to people sent then that failed, and were neither delivered "
     "nor read",
     BEHIND_PEOPLE},
    {"people", "People with error messages", "People to whom they were sent",
     BEHIND_PEOPLE},
    {NULL},
};
static const struct stat_column funnel[] = {
    {"users", "Users",
     "People who did this step and all before it, in order, within the window "
     "from the first, which they did in the period",
     BEHIND_PEOPLE},
    {"rateOfFirst", "Of the first step", "Of those of the first step; 0 to 1",
     BEHIND_NOBODY},
    {"rateOfPrevious", "Of the step before",
     "Of those of the step before; 0 to 1", BEHIND_NOBODY},
    {"medianTime", "Median time",
     "From the step before, the middle one; of the whole, from first to last; "
     "ms",
     BEHIND_NOBODY},
    {"dropped", "Dropped out",
     "People who did this step and not the next; of the last there are none",
     BEHIND_PEOPLE},
    {NULL},
};
static const struct stat_column retention[] = {
    {"size", "Cohort", "People who first wrote then", BEHIND_PEOPLE},
    {"cells", "Retained users",
     "Of them, those who wrote then, one, two … weeks or months later",
     BEHIND_CELLS},
    {NULL},
};

#define WROTE                         \
	{                             \
		A_MSG_IN, A_LAST_SEEN \
	}

const struct metric metrics[] = {
    {"customers", "People who wrote, new and returning", customers, SERIES, 0,
     WROTE, customers_run, customers_people},
    {"activity", "When people write and are answered", activity, SERIES | SLOTS,
     0, WROTE, activity_run, activity_people},
    {"messages", "Messages in and out", messages, SERIES | SLOTS, 0, WROTE,
     messages_run, messages_people},
    {"contacts",
     "People first seen",
     contacts,
     SERIES,
     0,
     {A_FIRST_SEEN},
     contacts_run,
     contacts_people},
    {"response",
     "How long people wait for managers; by tag under every one that the chat "
     "has, so that rows may be more than the whole, by source under the chat's "
     "integration, by manager answers under whoever gave them and all else "
     "under the assignee",
     response,
     SERIES | 1u << BY_TAG | 1u << BY_MANAGER | 1u << BY_SOURCE,
     TAKES_CHAT,
     WROTE,
     response_run,
     response_people},
    {"conversations", "Conversations of 24 hours", conversations,
     SERIES | SLOTS, 0, WROTE, conversations_run, conversations_people},
    {"templates",
     "Templates and what became of them",
     templates,
     SERIES | SLOTS,
     0,
     {A_MSG_OUT},
     templates_run,
     templates_people},
    {"consent",
     "Who agreed and who refused",
     consent,
     SERIES,
     0,
     {A_CONSENT},
     consent_run,
     consent_people},
    {"validity",
     "Who can be reached by phone",
     validity,
     SERIES,
     0,
     {A_VALID, A_PHONE},
     validity_run,
     validity_people},
    {"flows",
     "Flows started, by cause, completed, and who is in one",
     flows,
     SERIES | 1u << BY_FLOW,
     TAKES_FLOW,
     {A_IN_FLOW},
     flows_run,
     flows_people},
    {"errors",
     "Messages that failed, by code",
     errors,
     SERIES | SLOTS | 1u << BY_CODE,
     TAKES_CODE,
     {A_MSG_OUT},
     errors_run,
     errors_people},
    {"funnel",
     "How many get through steps in order",
     funnel,
     1u << BY_STEP,
     TAKES_STEPS,
     {0},
     funnel_run,
     funnel_people},
    {"retention", "Who comes back, by when they first wrote", retention,
     1u << BY_WEEK | 1u << BY_MONTH, 0, WROTE, retention_run, retention_people},
    {NULL},
};
