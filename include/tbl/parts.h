/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The parts of a store that are made from its records.  Columns: code, the
 * number it is kept by, version, its name, other parts (bits 1 << number) that
 * are gone when it is made anew.  What is kept of a part, or what it is made
 * of, changed: one version more, and every store that has the earlier one gets
 * it made anew by `rapport upgrade` before anything is asked of it.  A new part
 * is a new row, with who makes it in src/chats/rebuild.c; a store without it
 * has version 0.  Numbers are never used again.  Parts are made in this order.
 */
/* clang-format off */
PART(PEOPLE,   1, 1, "people",   1 << 2)
PART(ACTIVITY, 2, 3, "activity", 0)
PART(COUNTERS, 3, 1, "counters", 0)
PART(ARCHIVE,  4, 1, "archive",  0)
PART(FAILURES, 5, 1, "failures", 0)
PART(WAITS,    6, 1, "waits",    0)
PART(ERASED,   7, 1, "erased",   0)
/* clang-format on */
