/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Export records: who took which list out, for what, and how far it is.
 */
#ifndef RAPPORT_STAFF_RECORDS_H
#define RAPPORT_STAFF_RECORDS_H

#include <rapport/staff.h>

enum record_state {
	RECORD_RUNNING,
	RECORD_DONE,
	RECORD_CANCELLED,
	RECORD_FAILED,
	RECORD_CLIENT_GONE,
	RECORD_STATES
};
extern const char *const record_state_names[RECORD_STATES];

struct record {
	uint64_t id;
	enum record_state state; /* failed, if its process is gone */
	enum who_kind kind;
	uint32_t who;
	struct str who_name, from;
	struct str what;     /* "users" */
	struct str filter;   /* JSON text, whole */
	struct str ids;      /* JSON array of a selection, whole; else empty */
	struct str sentence; /* cut at 16 KiB */
	struct str columns;  /* "a,b,c" */
	struct str format, purpose;
	bool locked;
	int64_t begun, finished; /* finished: INSTANT_NONE while running */
	uint64_t rows, total, bytes;
	bool cancel; /* somebody asked for it to stop */
};

/* Before the first byte leaves: durable when it returns. Of `r` the members
 * what…locked and total are used. */
enum err record_begin(struct staff *s, const struct by *by,
		      const struct record *r, uint64_t *id,
		      struct fault *f) MUST_USE;
/* How far it is. ERR_CANCELLED when somebody asked for it to stop. */
enum err record_progress(struct staff *s, uint64_t id, uint64_t rows,
			 uint64_t bytes, struct fault *f) MUST_USE;
/* After the last byte, whatever happened. */
enum err record_finish(struct staff *s, const struct by *by, uint64_t id,
		       enum record_state state, uint64_t rows, uint64_t bytes,
		       struct fault *f) MUST_USE;
/* Ask a running one to stop. ERR_NOT_FOUND, ERR_CONFLICT (not running). */
enum err record_cancel(struct staff *s, const struct by *by, uint64_t id,
		       struct fault *f) MUST_USE;
/* Long texts are put together in `arena`. */
bool record_get(struct kv_txn *txn, struct arena *arena, uint64_t id,
		struct record *out);
/* Newest first, up to n from `before` (0: the newest) down; returns how many.
 * Without the long texts `filter` and `ids`. `total`: all there are. */
size_t records_page(struct kv_txn *txn, struct arena *arena, uint64_t before,
		    struct record *out, size_t n, uint64_t *total);

#endif
