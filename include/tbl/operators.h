/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The operators of filters.  Columns: wire name, how it reads in a sentence,
 * types of attribute it is for, what values it takes (enum operand_form), how
 * the matching users are found (enum match), and whether it then means all the
 * others.  A pair of rows that differ in the last column only is an operator
 * and its complement: together they are everybody, each user once.  From these
 * rows come the parser, its errors, the sentence and GET /attributes.
 */
/* clang-format off */
OPERATOR("is",           "is",               IN(TEXT) | IN(IP), ONE,     EQUAL,      false)
OPERATOR("isNot",        "is not",           IN(TEXT) | IN(IP), ONE,     EQUAL,      true)
OPERATOR("isAnyOf",      "is any of",        IN(TEXT),          MANY,    EQUAL,      false)
OPERATOR("isNoneOf",     "is none of",       IN(TEXT),          MANY,    EQUAL,      true)
OPERATOR("contains",     "contains",         IN(TEXT),          ONE,     CONTAINS,   false)
OPERATOR("notContains",  "does not contain", IN(TEXT),          ONE,     CONTAINS,   true)
OPERATOR("startsWith",   "starts with",      IN(TEXT),          ONE,     STARTS,     false)
OPERATOR("endsWith",     "ends with",        IN(TEXT),          ONE,     ENDS,       false)
OPERATOR("=",            "=",                IN(NUMBER),        ONE,     EQUAL,      false)
OPERATOR("!=",           "≠",                IN(NUMBER),        ONE,     EQUAL,      true)
OPERATOR("<",            "<",                IN(NUMBER),        ONE,     LESS,       false)
OPERATOR("<=",           "≤",                IN(NUMBER),        ONE,     LESS_SAME,  false)
OPERATOR(">",            ">",                IN(NUMBER),        ONE,     MORE,       false)
OPERATOR(">=",           "≥",                IN(NUMBER),        ONE,     MORE_SAME,  false)
OPERATOR("before",       "is before",        TIMES,             ONE,     BEFORE,     false)
OPERATOR("after",        "is after",         TIMES,             ONE,     AFTER,      false)
OPERATOR("on",           "is on",            TIMES,             ONE,     ON,         false)
OPERATOR("between",      "is between",       IN(NUMBER) | TIMES, TWO,    BETWEEN,    false)
OPERATOR("inLast",       "is in the last",   TIMES,             SPAN,    IN_LAST,    false)
OPERATOR("notInLast",    "is not in the last", TIMES,           SPAN,    IN_LAST,    true)
OPERATOR("inNext",       "is in the next",   TIMES,             SPAN,    IN_NEXT,    false)
OPERATOR("today",        "is today",         TIMES,             NONE,    TODAY,      false)
OPERATOR("yesterday",    "is yesterday",     TIMES,             NONE,    YESTERDAY,  false)
OPERATOR("thisWeek",     "is in this week",  TIMES,             NONE,    THIS_WEEK,  false)
OPERATOR("thisMonth",    "is in this month", TIMES,             NONE,    THIS_MONTH, false)
OPERATOR("lastMonth",    "is in last month", TIMES,             NONE,    LAST_MONTH, false)
OPERATOR("isTrue",       "is true",          IN(BOOLEAN),       NONE,    TRUE,       false)
OPERATOR("isFalse",      "is false",         IN(BOOLEAN),       NONE,    FALSE,      false)
OPERATOR("hasAny",       "has any of",       IN(SET),           MANY,    EQUAL,      false)
OPERATOR("hasAll",       "has all of",       IN(SET),           MANY,    ALL_OF,     false)
OPERATOR("hasNone",      "has none of",      IN(SET),           MANY,    EQUAL,      true)
OPERATOR("inNetwork",    "is in network",    IN(IP),            NETWORK, NETWORK,    false)
OPERATOR("notInNetwork", "is not in network", IN(IP),           NETWORK, NETWORK,    true)
OPERATOR("did",          "did",              IN(BEHAVIOUR),     DEED,    DID,        false)
OPERATOR("didNot",       "did not",          IN(BEHAVIOUR),     DEED,    DID,        true)
OPERATOR("contains",     "something with",   IN(SPEECH),        WORDS,   SAID,       false)
OPERATOR("notContains",  "nothing with",     IN(SPEECH),        WORDS,   SAID,       true)
OPERATOR("isIn",         "is counted in",    IN(COUNTED),       NUMBER,  COUNTED,    false)
OPERATOR("isNotIn",      "is not counted in", IN(COUNTED),      NUMBER,  COUNTED,    true)
OPERATOR("isSet",        "is set",           EVERY,             NONE,    PRESENT,    false)
OPERATOR("isNotSet",     "is not set",       EVERY,             NONE,    PRESENT,    true)
/* clang-format on */
