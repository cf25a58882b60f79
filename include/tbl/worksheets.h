/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The worksheets of a chat data export in their order, and the columns of each
 * in theirs.  From these rows come the sheets that are written, their names in
 * the API and on the command line, and what an importer looks for.
 *
 * WORKSHEET: code, name, kind of reference data its rows are of ("" if they
 * are none).  COLUMN: code of the sheet, code, name, type, 1 where JSON holds
 * any value as it came (elsewhere it is text).  The columns of User data are
 * the attributes that there are, in the order of the catalog.
 */
/* clang-format off */
WORKSHEET(CHATS, "UserChat data", "")
COLUMN(CHATS, ID,                      "id",                       TEXT,    0)
COLUMN(CHATS, USER_ID,                 "userId",                   TEXT,    0)
COLUMN(CHATS, NAME,                    "name",                     TEXT,    0)
COLUMN(CHATS, DESCRIPTION,             "description",              TEXT,    0)
COLUMN(CHATS, STATE,                   "state",                    TEXT,    0)
COLUMN(CHATS, MEDIUM,                  "contactMediumType",        TEXT,    0)
COLUMN(CHATS, MARKETING_ID,            "marketingId",              TEXT,    0)
COLUMN(CHATS, MARKETING_TYPE,          "marketingType",            TEXT,    0)
COLUMN(CHATS, SUPPORT_BOT_ID,          "supportBotId",             TEXT,    0)
COLUMN(CHATS, MANAGER_IDS,             "managerIds",               SET,     0)
COLUMN(CHATS, ASSIGNEE_ID,             "assigneeId",               TEXT,    0)
COLUMN(CHATS, TAGS,                    "tags",                     SET,     0)
COLUMN(CHATS, FIRST_OPENED_AT,         "firstOpenedAt",            INSTANT, 0)
COLUMN(CHATS, OPENED_AT,               "openedAt",                 INSTANT, 0)
COLUMN(CHATS, FIRST_REPLIED_AT,        "firstRepliedAtAfterOpen",  INSTANT, 0)
COLUMN(CHATS, CREATED_AT,              "createdAt",                INSTANT, 0)
COLUMN(CHATS, WAITING,                 "waitingTime",              NUMBER,  0)
COLUMN(CHATS, REPLY_AVERAGE,           "avgReplyTime",             NUMBER,  0)
COLUMN(CHATS, REPLY_TOTAL,             "totalReplyTime",           NUMBER,  0)
COLUMN(CHATS, REPLIES,                 "replyCount",               NUMBER,  0)
COLUMN(CHATS, RESOLUTION,              "resolutionTime",           NUMBER,  0)
COLUMN(CHATS, OPERATION_WAITING,       "operationWaitingTime",     NUMBER,  0)
COLUMN(CHATS, OPERATION_REPLY_AVERAGE, "operationAvgReplyTime",    NUMBER,  0)
COLUMN(CHATS, OPERATION_REPLY_TOTAL,   "operationTotalReplyTime",  NUMBER,  0)
COLUMN(CHATS, OPERATION_REPLIES,       "operationReplyCount",      NUMBER,  0)
COLUMN(CHATS, OPERATION_RESOLUTION,    "operationResolutionTime",  NUMBER,  0)
COLUMN(CHATS, CLOSED_AT,               "closedAt",                 INSTANT, 0)
COLUMN(CHATS, HOLD,                    "holdTime",                 NUMBER,  0)
COLUMN(CHATS, SESSION,                 "sessionAttributes",        TEXT,    1)

WORKSHEET(USERS, "User data", "")

WORKSHEET(SUPPORT_BOTS, "SupportBot data", "supportBot")
COLUMN(SUPPORT_BOTS, ID,               "id",                       TEXT,    0)
COLUMN(SUPPORT_BOTS, REVISION_ID,      "revisionId",               TEXT,    0)
COLUMN(SUPPORT_BOTS, SECTION_PATH,     "sectionPath",              TEXT,    0)

WORKSHEET(MARKETING, "Marketing data", "marketing")
COLUMN(MARKETING, ID,                  "id",                       TEXT,    0)
COLUMN(MARKETING, TYPE,                "type",                     TEXT,    0)
COLUMN(MARKETING, NAME,                "name",                     TEXT,    0)
COLUMN(MARKETING, CREATED_AT,          "createdAt",                INSTANT, 0)

WORKSHEET(MANAGERS, "Manager data", "manager")
COLUMN(MANAGERS, ID,                   "id",                       TEXT,    0)
COLUMN(MANAGERS, CHANNEL_ID,           "channelId",                TEXT,    0)
COLUMN(MANAGERS, ACCOUNT_ID,           "accountId",                TEXT,    0)
COLUMN(MANAGERS, USERNAME,             "username",                 TEXT,    0)
COLUMN(MANAGERS, NAME,                 "name",                     TEXT,    0)
COLUMN(MANAGERS, MOBILE_NUMBER,        "mobileNumber",             TEXT,    0)
COLUMN(MANAGERS, ROLE,                 "role",                     TEXT,    0)
COLUMN(MANAGERS, REMOVED,              "removed",                  BOOLEAN, 0)
COLUMN(MANAGERS, CREATED_AT,           "createdAt",                INSTANT, 0)
COLUMN(MANAGERS, GROUP_WATCH,          "defaultGroupWatch",        TEXT,    0)
COLUMN(MANAGERS, DIRECT_CHAT_WATCH,    "defaultDirectChatWatch",   TEXT,    0)
COLUMN(MANAGERS, USER_CHAT_WATCH,      "defaultUserChatWatch",     TEXT,    0)
COLUMN(MANAGERS, OPERATOR,             "operator",                 BOOLEAN, 0)
COLUMN(MANAGERS, EMAIL_REMINDER,       "operatorEmailReminder",    BOOLEAN, 0)

WORKSHEET(BOTS, "Bot data", "bot")
COLUMN(BOTS, ID,                       "id",                       TEXT,    0)
COLUMN(BOTS, CHANNEL_ID,               "channelId",                TEXT,    0)
COLUMN(BOTS, NAME,                     "name",                     TEXT,    0)
COLUMN(BOTS, CREATED_AT,               "createdAt",                INSTANT, 0)

WORKSHEET(TAGS, "UserChatTag data", "tag")
COLUMN(TAGS, ID,                       "id",                       TEXT,    0)
COLUMN(TAGS, CHANNEL_ID,               "channelId",                TEXT,    0)
COLUMN(TAGS, NAME,                     "name",                     TEXT,    0)
COLUMN(TAGS, DESCRIPTION,              "description",              TEXT,    0)
COLUMN(TAGS, FOLLOWER_IDS,             "followerIds",              SET,     0)
COLUMN(TAGS, CREATED_AT,               "createdAt",                INSTANT, 0)

WORKSHEET(MESSAGES, "Message data", "")
COLUMN(MESSAGES, CHAT_ID,              "chatId",                   TEXT,    0)
COLUMN(MESSAGES, PERSON_TYPE,          "personType",               TEXT,    0)
COLUMN(MESSAGES, PERSON_ID,            "personId",                 TEXT,    0)
COLUMN(MESSAGES, CREATED_AT,           "createdAt",                INSTANT, 0)
COLUMN(MESSAGES, PLAIN_TEXT,           "plainText",                TEXT,    0)
/* clang-format on */
