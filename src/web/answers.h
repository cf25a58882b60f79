/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Answers kept for as long as the snapshot they were made from is the last;
 * a few MiB, shared by the threads of a process.
 */
#ifndef WEB_ANSWERS_H
#define WEB_ANSWERS_H

#include <rapport/base.h>

struct answers;
struct answers *answers_new(void);
void answers_free(struct answers *a); /* NULL is fine */
/* Append to `out` what this question got from the snapshot `serial`. */
bool answers_get(struct answers *a, uint64_t serial, struct str question,
		 struct buf *out);
void answers_put(struct answers *a, uint64_t serial, struct str question,
		 struct str body);

#endif
