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
    {"users", "Users", "People who wrote at least once", true},
    {"new", "New users", "Of them, those who never wrote before", true},
    {"returning", "Returning users",
     "Of them, those who wrote before it began", true},
    {"total", "Total customers", "Everybody who wrote before it ended", true},
    {NULL},
};
static const struct stat_column activity[] = {
    {"users", "Users", "People who wrote at least once", true},
    {"in", "Messages in", "Messages from people", true},
    {"out", "Messages out", "Messages to people", true},
    {"occurrences", "Occurrences",
     "How often the hour occurred, in hours; of a day, week or month none",
     false},
    {"inPerHour", "Messages in for each hour",
     "Messages from people for each hour it occurred", false},
    {"outPerHour", "Messages out for each hour",
     "Messages to people for each hour it occurred", false},
    {NULL},
};
static const struct stat_column messages[] = {
    {"in", "Messages in", "Messages from people", true},
    {"out", "Messages out", "Messages to people: the three below", true},
    {"bot", "Messages from bots", "From bots", true},
    {"human", "Messages from managers", "From managers", true},
    {"template", "Templates", "Templates, whoever sent them", true},
    {NULL},
};
static const struct stat_column contacts[] = {
    {"contacts", "Contacts", "People first seen then", true},
    {NULL},
};
static const struct stat_column response[] = {
    {"firstReplies", "First answers",
     "Episodes first answered by a manager then", true},
    {"waitingTime", "Waiting time",
     "Of them, from the person's first message to that answer, on average; ms",
     false},
    {"waitingTimeMedian", "Waiting time, median", "The middle one; ms", false},
    {"waitingTimeP90", "Waiting time, nine in ten",
     "The time that nine in ten did not exceed; ms", false},
    {"waiting", "Waiting",
     "Episodes in which the person first wrote then, open and not answered "
     "until now",
     true},
    {"unanswered", "Unanswered",
     "Episodes in which the person first wrote then, closed without an answer",
     true},
    {"replyCount", "Answers",
     "Answers that managers gave then to messages not answered before", true},
    {"totalReplyTime", "Total reply time",
     "Of them, each from the first of those messages; ms", false},
    {"avgReplyTime", "Average reply time",
     "The same divided by their number; ms", false},
    {"replyTimeMedian", "Reply time, median", "The middle one; ms", false},
    {"replyTimeP90", "Reply time, nine in ten",
     "The time that nine in ten did not exceed; ms", false},
    {"closed", "Closed", "Episodes closed then", true},
    {"resolutionTime", "Resolution time",
     "Of them, from opening to closing, on average; ms", false},
    {"holdTime", "Hold time",
     "Of them, snoozed within that, on average; ms", false},
    {"operationWaitingTime", "Waiting time in operating hours",
     "waitingTime within the operating hours of the time, of those episodes "
     "of which it can be told; ms",
     false},
    {"operationReplyCount", "Answers with operating hours",
     "Answers given then of which it can be told; none without any hours",
     true},
    {"operationTotalReplyTime", "Total reply time in operating hours",
     "totalReplyTime of those within the operating hours; ms", false},
    {"operationAvgReplyTime", "Average reply time in operating hours",
     "avgReplyTime of those within the operating hours; ms", false},
    {"operationResolutionTime", "Resolution time in operating hours",
     "resolutionTime within the operating hours, of those episodes of which "
     "it can be told; ms",
     false},
    {NULL},
};
static const struct stat_column conversations[] = {
    {"conversations", "Conversations",
     "Conversations of 24 hours that a message, in or out, opened then", true},
    {NULL},
};
static const struct stat_column templates[] = {
    {"templates", "Templates", "Templates sent then, whoever sent them", true},
    {"delivered", "Templates delivered",
     "Of them, delivered by now, those that were read among them", true},
    {"read", "Templates read", "Of them, read by now", true},
    {"failed", "Templates failed",
     "Of them, failed, and neither delivered nor read", true},
    {"unheard", "Templates unheard of",
     "Of them, those of which none of that was heard", true},
    {NULL},
};
static const struct stat_column consent[] = {
    {"optedIn", "Opted in then", "People who agreed then", true},
    {"optedOut", "Opted out then", "People who refused then", true},
    {"in", "Opted in",
     "People whose last word before it ended was to agree", true},
    {"out", "Opted out",
     "People whose last word before it ended was to refuse", true},
    {"none", "Neither opted in nor out", "People who had said neither", true},
    {NULL},
};
static const struct stat_column validity[] = {
    {"foundValid", "Found valid then",
     "People with a phone number found to be reachable then", true},
    {"foundInvalid", "Found invalid then",
     "People with a phone number found not to be reachable then", true},
    {"valid", "Valid contacts",
     "Reachable by the last that was found before it ended, or nothing was",
     true},
    {"invalid", "Invalid contacts",
     "Not reachable by the last that was found before it ended", true},
    {NULL},
};

#define WROTE {A_MSG_IN, A_LAST_SEEN}

const struct metric metrics[] = {
    {"customers", "People who wrote, new and returning", customers, SERIES,
     WROTE, customers_run, customers_people},
    {"activity", "When people write and are answered", activity,
     SERIES | SLOTS, WROTE, activity_run, activity_people},
    {"messages", "Messages in and out", messages, SERIES | SLOTS, WROTE,
     messages_run, messages_people},
    {"contacts", "People first seen", contacts, SERIES, {A_FIRST_SEEN},
     contacts_run, contacts_people},
    {"response", "How long people wait for managers", response, SERIES, WROTE,
     response_run, response_people},
    {"conversations", "Conversations of 24 hours", conversations,
     SERIES | SLOTS, WROTE, conversations_run, conversations_people},
    {"templates", "Templates and what became of them", templates,
     SERIES | SLOTS, {A_MSG_OUT}, templates_run, templates_people},
    {"consent", "Who agreed and who refused", consent, SERIES, {A_CONSENT},
     consent_run, consent_people},
    {"validity", "Who can be reached by phone", validity, SERIES,
     {A_VALID, A_PHONE}, validity_run, validity_people},
    {NULL},
};
