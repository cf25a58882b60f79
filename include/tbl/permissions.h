/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a Member or a token may be allowed; an Owner may everything.  Columns:
 * code, bit (stored, never changed), name on the wire, what it allows.  From
 * these rows come the masks MAY_*, the names in the API and on the command
 * line and the check boxes of the panel.
 */
/* clang-format off */
PERMISSION(USERS_READ,     0, "users.read",     "See users, their attributes and lists")
PERMISSION(USERS_EDIT,     1, "users.edit",     "Change users and send events about them")
PERMISSION(USERS_DELETE,   2, "users.delete",   "Erase users")
PERMISSION(SEGMENTS_EDIT,  3, "segments.edit",  "Make and change segments")
PERMISSION(CHATS_READ,     4, "chats.read",     "Read transcripts")
PERMISSION(CHATS_EDIT,     5, "chats.edit",     "Change chats and send events about them")
PERMISSION(ANALYTICS_READ, 6, "analytics.read", "See analytics")
PERMISSION(DOWNLOAD,       7, "download",       "Take lists out as locked files")
PERMISSION(SHARE,          8, "share",          "Give views to people without a log-in")
PERMISSION(SETTINGS,       9, "settings",       "Change the settings of the workspace")
PERMISSION(AUDIT_READ,    10, "audit.read",     "Read the audit log")
/* clang-format on */
