/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The built-in attributes of a user, in the order of the data model.  Columns:
 * code, id (stored, never changed), wire name, short input name or "", label,
 * type, flags.  From these rows come the enum, the lookup by name, the filter
 * parser, index upkeep, GET /attributes, CSV headers and the importer.
 * Flags: D list column by default, G given by events (others are derived),
 * E editable by hand.  Custom and session attributes get ids from 256 on.
 */
/* clang-format off */
ATTRIBUTE(NAME,        1, "default_name",     "name",     "Name",         TEXT,    ATTR_DEFAULT | ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(EMAIL,       2, "default_email",    "email",    "Email",        TEXT,    ATTR_DEFAULT | ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(LAST_SEEN,   3, "lastSeen",         "",         "Last seen",    INSTANT, ATTR_DEFAULT)
ATTRIBUTE(FIRST_SEEN,  4, "createdAt",        "",         "First seen",   INSTANT, ATTR_DEFAULT)
ATTRIBUTE(PHONE,       5, "default_phone",    "phone",    "Phone",        TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(COUNTRY,     6, "default_country",  "country",  "Country",      TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(REGION,      7, "default_region",   "region",   "Region",       TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(CITY,        8, "default_city",     "city",     "City",         TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(LANGUAGE,    9, "default_language", "language", "Language",     TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(TIMEZONE,   10, "default_timezone", "timezone", "Time zone",    TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(GENDER,     11, "default_gender",   "gender",   "Gender",       TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(REFERRER,   12, "default_referrer", "referrer", "Referrer",     TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(SOURCE,     13, "default_source",   "",         "Integration",  TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(URL,        14, "default_url",      "url",      "Source",       TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(IP,         15, "default_ip",       "ip",       "IP",           IP,      ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(USERNAME,   16, "default_username", "username", "Username",     TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(AVATAR,     17, "default_avatar",   "avatar",   "Avatar",       TEXT,    ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(USER_ID,    18, "userId",           "",         "User ID",      TEXT,    0)
ATTRIBUTE(BANNED,     19, "banned",           "",         "Banned",       BOOLEAN, ATTR_GIVEN | ATTR_EDITABLE)
ATTRIBUTE(SEGMENT,    20, "segment",          "",         "Segment",      SET,     0)
ATTRIBUTE(CHATS,      21, "chats",            "",         "Chats",        NUMBER,  0)
ATTRIBUTE(MSG_IN,     22, "messagesIn",       "",         "Messages in",  NUMBER,  0)
ATTRIBUTE(MSG_OUT,    23, "messagesOut",      "",         "Messages out", NUMBER,  0)
ATTRIBUTE(CONSENT,    24, "consent",          "",         "Consent",      TEXT,    0)
ATTRIBUTE(VALID,      25, "valid",            "",         "Valid contact", BOOLEAN, 0)
ATTRIBUTE(IN_FLOW,    26, "inFlow",           "",         "In flow",      SET,     0)
/* clang-format on */
