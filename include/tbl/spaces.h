/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The keyspaces of the store.  Columns: code, name on disk, owner, what is in
 * it.  Keys and values are laid out in the owner's layout.h.  A new keyspace
 * goes at the end: the position is not stored, the name is.
 */
/* clang-format off */
SPACE(META,     "meta",     "staff",  "format version, counters, settings")
SPACE(ATTR,     "attr",     "people", "attribute definitions by name")
SPACE(USER,     "user",     "people", "user records by dense id")
SPACE(IDENT,    "ident",    "people", "identity -> user")
SPACE(POST,     "post",     "bits",   "(attribute, level, value, chunk) -> set of users")
SPACE(SEGMENT,  "segment",  "people", "segments by id and by name")
SPACE(MERGE,    "merge",    "people", "merges, for undo")
SPACE(TRAIL,    "trail",    "people", "what happened to a user, by time: consent, validity, flow, event")
SPACE(RUN,      "run",      "people", "flow runs")
SPACE(CHAT,     "chat",     "chats",  "chat records by dense id")
SPACE(CHATKEY,  "chatkey",  "chats",  "chatId -> chat; (user, chat) pairs")
SPACE(MESSAGE,  "message",  "chats",  "(chat, instant, sequence) -> message")
SPACE(MSGKEY,   "msgkey",   "chats",  "messageId -> message; deliveries that came first")
SPACE(REF,      "ref",      "chats",  "managers, bots, tags, marketing of the worksheets")
SPACE(SEEN,     "seen",     "intake", "ids of events already taken")
SPACE(MANAGER,  "manager",  "staff",  "who may log in")
SPACE(SESSION,  "session",  "staff",  "log-ins by hash of their token")
SPACE(TOKEN,    "token",    "staff",  "machine tokens by hash")
SPACE(AUDIT,    "audit",    "staff",  "the audit chain")
SPACE(RECORD,   "record",   "staff",  "export records")
SPACE(VIEW,     "view",     "query",  "views with their versions, share links, openings")
SPACE(JOB,      "job",      "query",  "bulk actions and whom they are about")
SPACE(MEMBER,   "member",   "people", "(segment, chunk) -> users of a static segment")
SPACE(HISTORY,  "history",  "people", "values that were replaced, by user and attribute")
SPACE(WORD,     "word",     "bits",   "(word, tag, day …, chunk) -> set of chats")
SPACE(ACTIVITY, "activity", "chats",  "who did what and when; names of what is done")
SPACE(ONCE,     "once",     "staff",  "keys of requests that are not to be done twice")
SPACE(COUNTER,  "counter",  "chats",  "messages of each class in each quarter-hour")
SPACE(FAILURE,  "failure",  "chats",  "messages that failed in the end, by time")
SPACE(MOVE,     "move",     "people", "users moved between segments: sets by act, instants by event")
SPACE(ERASED,   "erased",   "chats",  "what is kept of people erased with their totals kept, by number")
/* clang-format on */
