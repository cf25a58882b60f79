/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The machine-wide gate of password hashing; see gate.c for how it holds.
 * Enter before the work, leave after it, on the same thread or another.
 */
#ifndef BASE_GATE_H
#define BASE_GATE_H

#include <rapport/base.h>

/* Wait for a place in `dir`'s gate. ERR_BUSY: the queue is full; ERR_IO. */
enum err gate_enter(const char *dir, int *out, struct fault *f) MUST_USE;
void gate_leave(int fd);

#endif
