/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Settings of a workspace.  Columns: code, name on the wire and in the store,
 * type, default, limits, what it does.  Limits: the choices of a CHOICE parted
 * by "|", "least..most" of a NUMBER (whole numbers; "^2" after it: a power of
 * two), most bytes of a URL (empty is allowed), nothing for a ZONE.
 */
/* clang-format off */
SETTING(EXPORTS_LOCK,   "exports.lock",          CHOICE, "always", "always|optional", "Whether exports are locked with a password")
SETTING(EXPORTS_AEAD,   "exports.aead",          CHOICE, "gcm",    "gcm|ocb",         "Cipher mode of locked files: gcm opens fast in browsers")
SETTING(EXPORTS_MEMORY, "exports.argon2.memory", NUMBER, "65536",  "65536..2097152^2", "KiB that one guess at an export's password costs")
SETTING(EXPORTS_PASSES, "exports.argon2.passes", NUMBER, "3",      "3..32",           "Passes that one guess at an export's password costs")
SETTING(TIMEZONE,       "workspace.timezone",    ZONE,   "UTC",    "",                "Zone of days and weeks where a reader names none")
SETTING(WEEK_START,     "workspace.weekStart",   CHOICE, "monday", "monday|sunday|saturday", "First day of weeks: in analytics, and where filters say this week")
SETTING(PUBLIC_URL,     "public_url",            URL,    "",       "200",             "Where people reach the panel, for links: https://example.org")
/* clang-format on */
