/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The types of events.  Columns: code, name on the wire, fields (a table in
 * src/intake/fields.c), handler, what it is for.  From these rows come the
 * dispatch, the check of fields, the hint for a misspelled type and the help
 * of `rapport import`.
 */
/* clang-format off */
EVENT(USER,        "user",       user_fields,        take_user,      "a person: identity, attributes, segments")
EVENT(CHAT,        "chat",       chat_fields,        take_chat,      "a conversation: state, people, tags, session data")
EVENT(MESSAGE,     "message",    message_fields,     take_message,   "one message of a chat")
EVENT(DELIVERY,    "delivery",   delivery_fields,    take_delivery,  "what became of a message")
EVENT(FLOW,        "flow",       flow_fields,        take_flow,      "a flow started, completed or cancelled")
EVENT(CONSENT,     "consent",    consent_fields,     take_consent,   "opted in or out")
EVENT(VALIDITY,    "validity",   validity_fields,    take_validity,  "whether the contact can be reached")
EVENT(EVENT,       "event",      event_fields,       take_event,     "anything else worth tracking")
EVENT(MERGE,       "merge",      merge_fields,       take_merge,     "two users become one")
EVENT(MANAGER,     "manager",    manager_fields,     take_reference, "a manager, for the worksheets")
EVENT(BOT,         "bot",        bot_fields,         take_reference, "a bot, for the worksheets")
EVENT(SUPPORT_BOT, "supportBot", support_bot_fields, take_reference, "a support bot, for the worksheets")
EVENT(MARKETING,   "marketing",  marketing_fields,   take_reference, "a campaign, for the worksheets")
EVENT(TAG,         "tag",        tag_fields,         take_reference, "a tag, for the worksheets")
/* clang-format on */
