/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a process has open and counts, shared by all its threads.
 */
#ifndef WEB_APP_H
#define WEB_APP_H

#include <rapport/people.h>
#include <rapport/staff.h>

#include "answers.h"

#include <stdatomic.h>

#define ROUTES_MAX 128u
#define STATUS_CLASSES 6u

struct app {
	struct kv *kv;
	struct staff *staff;
	struct people *people;
	struct intake_queue *queue; /* of bodies of events */
	const char *dir;
	bool bench_hello;
	bool export_pool;
	int64_t started;
	/* counted, never decided upon */
	_Atomic uint64_t *answers; /* ROUTES_MAX * STATUS_CLASSES */
	_Atomic uint64_t *micros;  /* ROUTES_MAX: time spent */
	_Atomic bool *broken;      /* the store answered IO: end soon */
	struct answers *kept;      /* that may be given again; or NULL */
	struct labour *labour;     /* works on bulk actions; or NULL */
};

#endif
