/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The fields of every type of event, as the data model lists them.  `type`,
 * `id` and `at` are common to all and stand in read.c; the five kinds of
 * reference data have an `id` of their own, which is the thing's.
 */
#include "event.h"

#define NAME_MAX_BYTES 1024

/* clang-format off */
const char *const state_words[] = {"opened", "snoozed", "closed", NULL};
const char *const person_words[] = {"user", "bot", "manager", NULL};
const enum person person_of_word[] = {PERSON_USER, PERSON_BOT, PERSON_MANAGER};
static const char *const flow_events[] = {"started", "completed", "cancelled", NULL};
static const char *const causes[] = {"keyword", "broadcast", "api", NULL};
static const char *const consents[] = {"in", "out", NULL};
const char *const marketing_words[] = {"oneTimeMsg", "campaign", NULL};

static const struct field user_fields[] = {
	[USER_USER]       = {"userId",     FIELD_TEXT,    NOT_EMPTY, USER_ID_MAX, NULL},
	[USER_IDENTITY]   = {"identity",   FIELD_OBJECT,  0, 0, NULL},
	[USER_ATTRIBUTES] = {"attributes", FIELD_OBJECT,  0, 0, NULL},
	[USER_SEGMENTS]   = {"segments",   FIELD_TEXTS,   NOT_EMPTY, SEGMENT_NAME_MAX, NULL},
	[USER_BANNED]     = {"banned",     FIELD_BOOLEAN, 0, 0, NULL},
	[USER_LAST_SEEN]  = {"lastSeen",   FIELD_INSTANT, 0, 0, NULL},
	[USER_CONSENT]    = {"consent",    FIELD_CHOICE,  0, 0, consents},
	[USER_VALID]      = {"valid",      FIELD_BOOLEAN, 0, 0, NULL},
	{0}
};

static const struct field chat_fields[] = {
	[CHAT_CHAT]           = {"chatId",            FIELD_TEXT,    NEEDED | NOT_EMPTY, CHAT_ID_MAX, NULL},
	[CHAT_USER]           = {"userId",            FIELD_TEXT,    NOT_EMPTY, USER_ID_MAX, NULL},
	[CHAT_OPENED_AT]      = {"openedAt",          FIELD_INSTANT, 0, 0, NULL},
	[CHAT_CLOSED_AT]      = {"closedAt",          FIELD_INSTANT, 0, 0, NULL},
	[CHAT_SNOOZED_AT]     = {"snoozedAt",         FIELD_INSTANT, 0, 0, NULL},
	[CHAT_STATE]          = {"state",             FIELD_CHOICE,  0, 0, state_words},
	[CHAT_SOURCE]         = {"source",            FIELD_TEXT,    0, 1024, NULL},
	[CHAT_NAME]           = {"name",              FIELD_TEXT,    0, 4096, NULL},
	[CHAT_DESCRIPTION]    = {"description",       FIELD_TEXT,    0, 16384, NULL},
	[CHAT_MEDIUM]         = {"contactMediumType", FIELD_TEXT,    0, 256, NULL},
	[CHAT_MARKETING_ID]   = {"marketingId",       FIELD_TEXT,    0, 256, NULL},
	[CHAT_MARKETING_TYPE] = {"marketingType",     FIELD_CHOICE,  0, 0, marketing_words},
	[CHAT_BOT]            = {"supportBotId",      FIELD_TEXT,    0, 256, NULL},
	[CHAT_ASSIGNEE]       = {"assigneeId",        FIELD_TEXT,    0, 256, NULL},
	[CHAT_MANAGERS]       = {"managerIds",        FIELD_TEXTS,   NOT_EMPTY, 256, NULL},
	[CHAT_TAGS]           = {"tags",              FIELD_TEXTS,   NOT_EMPTY, 256, NULL},
	[CHAT_ATTRIBUTES]     = {"attributes",        FIELD_OBJECT,  0, 0, NULL},
	{0}
};

static const struct field message_fields[] = {
	[MESSAGE_CHAT]        = {"chatId",     FIELD_TEXT,    NEEDED | NOT_EMPTY, CHAT_ID_MAX, NULL},
	[MESSAGE_MESSAGE]     = {"messageId",  FIELD_TEXT,    NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	[MESSAGE_PERSON_TYPE] = {"personType", FIELD_CHOICE,  NEEDED, 0, person_words},
	[MESSAGE_PERSON]      = {"personId",   FIELD_TEXT,    NOT_EMPTY, USER_ID_MAX, NULL},
	[MESSAGE_TEXT]        = {"text",       FIELD_TEXT,    0, MESSAGE_TEXT_MAX, NULL},
	[MESSAGE_IS_TEMPLATE] = {"template",   FIELD_BOOLEAN, 0, 0, NULL},
	[MESSAGE_IS_NOTE]     = {"note",       FIELD_BOOLEAN, 0, 0, NULL},
	{0}
};

static const struct field delivery_fields[] = {
	[DELIVERY_MESSAGE] = {"messageId", FIELD_TEXT,   NEEDED | NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	[DELIVERY_STATUS]  = {"status",    FIELD_CHOICE, NEEDED, 0, delivery_names},
	[DELIVERY_ERROR]   = {"error",     FIELD_OBJECT, 0, 0, NULL},
	{0}
};

const struct field error_fields[] = {
	[ERROR_CODE]  = {"code",  FIELD_SCALAR, 0, 1024, NULL},
	[ERROR_TITLE] = {"title", FIELD_TEXT,   0, 1024, NULL},
	{0}
};

const struct field identity_fields[] = {
	[IDENTITY_CHANNEL] = {"channel", FIELD_TEXT, NEEDED | NOT_EMPTY, 128, NULL},
	[IDENTITY_KIND]    = {"kind",    FIELD_TEXT, NEEDED | NOT_EMPTY, 64, NULL},
	[IDENTITY_VALUE]   = {"value",   FIELD_TEXT, NEEDED | NOT_EMPTY, USER_ID_MAX, NULL},
	{0}
};

static const struct field flow_fields[] = {
	[FLOW_USER]  = {"userId", FIELD_TEXT,   NEEDED | NOT_EMPTY, USER_ID_MAX, NULL},
	[FLOW_FLOW]  = {"flow",   FIELD_TEXT,   NEEDED | NOT_EMPTY, 200, NULL},
	[FLOW_RUN]   = {"runId",  FIELD_TEXT,   NOT_EMPTY, 400, NULL},
	[FLOW_EVENT] = {"event",  FIELD_CHOICE, NEEDED, 0, flow_events},
	[FLOW_CAUSE] = {"cause",  FIELD_CHOICE, 0, 0, causes},
	{0}
};

static const struct field consent_fields[] = {
	[CONSENT_USER]    = {"userId",  FIELD_TEXT,   NEEDED | NOT_EMPTY, USER_ID_MAX, NULL},
	[CONSENT_STATE]   = {"state",   FIELD_CHOICE, NEEDED, 0, consents},
	[CONSENT_CHANNEL] = {"channel", FIELD_TEXT,   0, 128, NULL},
	{0}
};

static const struct field validity_fields[] = {
	[VALIDITY_USER]   = {"userId", FIELD_TEXT,    NEEDED | NOT_EMPTY, USER_ID_MAX, NULL},
	[VALIDITY_VALID]  = {"valid",  FIELD_BOOLEAN, NEEDED, 0, NULL},
	[VALIDITY_REASON] = {"reason", FIELD_TEXT,    0, 1024, NULL},
	{0}
};

static const struct field event_fields[] = {
	[EVENT_USER_ID]    = {"userId",     FIELD_TEXT,   NEEDED | NOT_EMPTY, USER_ID_MAX, NULL},
	[EVENT_NAME]       = {"name",       FIELD_TEXT,   NEEDED | NOT_EMPTY, 200, NULL},
	[EVENT_PROPERTIES] = {"properties", FIELD_OBJECT, 0, 0, NULL},
	{0}
};

static const struct field merge_fields[] = {
	[MERGE_FROM] = {"from", FIELD_TEXT, NEEDED | NOT_EMPTY, USER_ID_MAX, NULL},
	[MERGE_INTO] = {"into", FIELD_TEXT, NEEDED | NOT_EMPTY, USER_ID_MAX, NULL},
	{0}
};

static const struct field manager_fields[] = {
	[REFERENCE_ID] = {"id", FIELD_TEXT, NEEDED | NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	{"channelId",              FIELD_TEXT,    0, 256, NULL},
	{"accountId",              FIELD_TEXT,    0, 256, NULL},
	{"username",               FIELD_TEXT,    0, NAME_MAX_BYTES, NULL},
	{"name",                   FIELD_TEXT,    0, NAME_MAX_BYTES, NULL},
	{"mobileNumber",           FIELD_TEXT,    0, 64, NULL},
	{"role",                   FIELD_TEXT,    0, 64, NULL},
	{"removed",                FIELD_BOOLEAN, 0, 0, NULL},
	{"createdAt",              FIELD_INSTANT, 0, 0, NULL},
	{"defaultGroupWatch",      FIELD_TEXT,    0, 64, NULL},
	{"defaultDirectChatWatch", FIELD_TEXT,    0, 64, NULL},
	{"defaultUserChatWatch",   FIELD_TEXT,    0, 64, NULL},
	{"operator",               FIELD_SCALAR,  0, 64, NULL},
	{"operatorEmailReminder",  FIELD_SCALAR,  0, 64, NULL},
	{0}
};

static const struct field bot_fields[] = {
	[REFERENCE_ID] = {"id", FIELD_TEXT, NEEDED | NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	{"channelId", FIELD_TEXT,    0, 256, NULL},
	{"name",      FIELD_TEXT,    0, NAME_MAX_BYTES, NULL},
	{"createdAt", FIELD_INSTANT, 0, 0, NULL},
	{0}
};

static const struct field support_bot_fields[] = {
	[REFERENCE_ID] = {"id", FIELD_TEXT, NEEDED | NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	{"revisionId",  FIELD_TEXT, 0, 256, NULL},
	{"sectionPath", FIELD_PATH, 0, 4096, NULL},
	{0}
};

static const struct field marketing_fields[] = {
	[REFERENCE_ID] = {"id", FIELD_TEXT, NEEDED | NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	{"marketingType", FIELD_CHOICE,  0, 0, marketing_words},
	{"name",          FIELD_TEXT,    0, NAME_MAX_BYTES, NULL},
	{"createdAt",     FIELD_INSTANT, 0, 0, NULL},
	{0}
};

static const struct field tag_fields[] = {
	[REFERENCE_ID] = {"id", FIELD_TEXT, NEEDED | NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	{"channelId",   FIELD_TEXT,    0, 256, NULL},
	{"name",        FIELD_TEXT,    0, NAME_MAX_BYTES, NULL},
	{"description", FIELD_TEXT,    0, 16384, NULL},
	{"followerIds", FIELD_TEXTS,   NOT_EMPTY, 256, NULL},
	{"createdAt",   FIELD_INSTANT, 0, 0, NULL},
	{0}
};
/* clang-format on */

const char *const event_names[EVENT_COUNT] = {
#define EVENT(CODE, name, fields, handler, about) [EVENT_##CODE] = name,
#include <tbl/events.h>
#undef EVENT
};

const struct field *const event_fields_of[EVENT_COUNT] = {
#define EVENT(CODE, name, fields, handler, about) [EVENT_##CODE] = fields,
#include <tbl/events.h>
#undef EVENT
};
