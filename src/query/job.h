/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A job as it is kept: what everybody is shown of it and, besides, where it is
 * and who works on it.  Its place is a piece of ids and how many of that piece
 * are done.
 */
#ifndef QUERY_JOB_H
#define QUERY_JOB_H

#include "desk.h"

#define PIECE_IDS 10000u
#define LEASE (15 * SECOND_US)

struct job_record {
	struct job job;
	bool forget;
	uint32_t piece, offset;
	uint32_t segment;
	uint32_t most; /* users of the next slice; 0: nobody has tried */
	uint64_t holder; /* of the lease; 0: nobody */
	int64_t until;
	struct str from;
	struct str value; /* JSON */
};

bool job_load(struct kv_txn *txn, struct arena *a, uint32_t id,
	      struct job_record *out);
void job_store(struct kv_txn *txn, const struct job_record *r);
void job_end(struct kv_txn *txn, struct job_record *r, enum job_state state,
	     int64_t now);
void job_audit(struct staff *s, struct kv_txn *txn, const struct by *by,
	       const char *act, const struct job_record *r, uint64_t n);

/* One slice, in the transaction that keeps the place.
 * ERR_CONFLICT: somebody else holds it, or it has ended. */
struct slice {
	struct staff *staff;
	struct people *people;
	uint32_t job;
	uint64_t holder;
	bool ended; /* out */
	const _Atomic bool *stop; /* the worker is ending; or NULL */
};
enum err job_slice(struct slice *s, struct fault *f) MUST_USE;
/* job_type.c: all of a change of type. */
enum err job_retype(struct slice *s, struct fault *f) MUST_USE;

#endif
