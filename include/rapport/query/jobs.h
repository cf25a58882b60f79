/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bulk actions.  A job is started for the users a filter matches or for some
 * chosen ones; who they are is frozen in the store when it starts.  Then any
 * worker goes on with it a slice at a time, each slice one transaction in
 * which also the place is kept, so a worker may be killed at any moment and
 * another goes on.  A lease keeps two from working on one job.
 *
 * A job acts as who started it and stops when they may not do that any more.
 */
#ifndef RAPPORT_QUERY_JOBS_H
#define RAPPORT_QUERY_JOBS_H

#include <rapport/query.h>

enum job_kind {
	JOB_ADD_TO_SEGMENT,
	JOB_REMOVE_FROM_SEGMENT,
	JOB_SET_ATTRIBUTE,
	JOB_BAN,
	JOB_UNBAN,
	JOB_DELETE,
	JOB_CHANGE_TYPE, /* of an attribute: retype_start begins it */
	JOB_KINDS
};
bool job_kind_find(struct str name, enum job_kind *out);
const char *job_kind_name(enum job_kind k); /* "addToSegment" … */
uint32_t job_permission(enum job_kind k); /* the MAY_… it asks for */

enum job_state { JOB_RUNNING, JOB_DONE, JOB_CANCELLED, JOB_FAILED, JOB_STATES };
extern const char *const job_state_names[JOB_STATES]; /* "running" … */

#define BULK_IDS_MAX 100000u /* chosen one by one */

struct bulk_in {
	enum job_kind kind;
	struct str filter;   /* JSON; "" is not everybody here: p NULL with ids */
	const uint32_t *ids; /* instead of the filter; NULL: the filter */
	size_t n_ids;
	struct str segment;   /* of the segment kinds: name or id; static */
	struct str attribute; /* of setAttribute: wire name */
	const struct json *value; /* of setAttribute; JSON null clears */
	bool forget; /* of delete: ERASE_FORGET, else ERASE_KEEP_TOTALS */
	bool expected;        /* it must be this many, or ERR_STALE; a
			       * deletion says so */
	uint64_t expect;
};
/* How many users it would touch, and the sentence; starts nothing. Errors are
 * those of bulk_start. */
enum err bulk_count(const struct desk *d, const struct bulk_in *in,
		    uint64_t *n, struct buf *sentence,
		    struct fault *f) MUST_USE;
/* ERR_DENIED (by the kind's permission), ERR_INVALID (path: the field, or the
 * leaf under "f"), ERR_NOT_FOUND (segment), ERR_CONFLICT (a dynamic one),
 * ERR_STALE (not `expect` users). One audit row says the sentence and the
 * count. */
enum err bulk_start(const struct desk *d, const struct bulk_in *in,
		    uint32_t *id, struct fault *f) MUST_USE;
/* By who started it or an Owner. No user is touched after it returns.
 * ERR_NOT_FOUND, ERR_CONFLICT (it has ended). */
enum err bulk_cancel(const struct desk *d, uint32_t id,
		     struct fault *f) MUST_USE;

struct job {
	uint32_t id;
	enum job_kind kind;
	enum job_state state;
	struct actor by;
	struct str by_name;
	struct str sentence;  /* "Country is France"; "12 chosen users" */
	struct str segment, attribute; /* names at the start; or empty */
	uint64_t total, done; /* users frozen; users passed */
	uint64_t changed;     /* for whom it made a difference */
	uint64_t refused;     /* who could not be changed (a full record) */
	int64_t started, finished; /* finished: INSTANT_NONE while running */
	struct str reason;    /* of a failed one */
};
/* Those one started oneself; an Owner all. Slices in the arena. */
bool job_get(struct kv_txn *txn, struct arena *a, const struct who *who,
	     uint32_t id, struct job *out);
/* Newest first, up to n from `before` (0: the newest) down; *total: all there
 * are. jobs_running: only those that have not ended. */
size_t jobs_page(struct kv_txn *txn, struct arena *a, const struct who *who,
		 uint32_t before, struct job *out, size_t n, uint64_t *total);
size_t jobs_running(struct kv_txn *txn, struct arena *a, const struct who *who,
		    struct job *out, size_t n, uint64_t *total);

/* Work on the oldest job nobody works on, for about `budget` microseconds, a
 * second or two as a rule, and at least one slice; no further one begins once
 * *stop (may be NULL) is true. *worked: there was one. To be called again and
 * again by a thread of its own, with a pause when there was none. */
enum err jobs_run_one(struct staff *s, struct people *p, int64_t budget,
		      const _Atomic bool *stop, bool *worked,
		      struct fault *f) MUST_USE;

#endif
