/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Every way a call can fail, once.  Columns: code, HTTP status, exit status of
 * the command line (sysexits style), word on the wire, sentence.  From these
 * rows come enum err, the problem documents of the API, the exit codes of
 * `rapport` and the table in its man page.
 */
/* clang-format off */
ERR(USAGE,     400,  64, "usage",          "The command was not called as it must be.")
ERR(INPUT,     400,  65, "bad-input",      "The input is not well formed.")
ERR(INVALID,   422,  65, "invalid",        "The input is well formed but asks for something that is not possible.")
ERR(AUTH,      401,  77, "log-in-needed",  "Log in first: the session, token or password is missing or not valid.")
ERR(DENIED,    403,  77, "not-allowed",    "Your permissions do not allow this.")
ERR(NOT_FOUND, 404,  66, "not-found",      "There is nothing here.")
ERR(METHOD,    405,  64, "method",         "This address does not take that method.")
ERR(CONFLICT,  409,  73, "conflict",       "It conflicts with something that is already there.")
ERR(GONE,      410,  66, "gone",           "It was here and is no more.")
ERR(STALE,     412,  75, "changed",        "It was changed by somebody else meanwhile.")
ERR(LIMIT,     413,  65, "too-large",      "It is larger than the limit.")
ERR(TYPE,      415,  65, "media-type",     "The media type of the body is not one that is taken here.")
ERR(BUSY,      429,  75, "busy",           "Too much at once: try again a little later.")
ERR(BUG,       500,  70, "internal",       "Something went wrong inside; the log says what.")
ERR(CORRUPT,   500,  76, "corrupt",        "The store holds something damaged; run rapport check.")
ERR(NEWER,     503,  78, "newer-store",    "The store was written by a newer version of Rapport.")
ERR(BEHIND,    503,  75, "upgrading",      "The store of an earlier version is being brought up to date.")
ERR(IO,        503,  74, "io",             "Reading or writing failed; whether a write was kept is not known.")
ERR(FULL,      507,  73, "full",           "The disk or the store is full; reading and erasing still work.")
ERR(CLIENT,    499,  71, "client-gone",    "The other side went away before the end.")
ERR(CANCELLED, 409,  75, "cancelled",      "It was cancelled.")
ERR(PASSWORD,  401,  81, "wrong-password", "The password does not open this file.")
ERR(DAMAGED,   422,  82, "damaged",        "The file is damaged: a part of it was changed.")
ERR(CUT,       422,  83, "cut",            "The file is cut: its end is missing.")
ERR(NOT_OURS,  422,  84, "not-locked",     "This is not a password-locked file.")
/* clang-format on */
