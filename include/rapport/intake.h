/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * intake: how data comes in.  One event is one JSON object (data-model.md
 * section 3); a source is a JSON object, an array or NDJSON.  Every event is
 * checked whole before anything of it is applied; a refused one names its
 * line, field and reason and never stops the rest, unless the source is
 * atomic.  An event whose id was taken before is counted and changes nothing.
 */
#ifndef RAPPORT_INTAKE_H
#define RAPPORT_INTAKE_H

#include <rapport/chats.h>

#define EVENT_BYTES_MAX (1u << 20)
#define EVENTS_BODY_MAX (16u << 20)

struct refusal {
	uint64_t line; /* 1-based: line of NDJSON or element of an array */
	struct fault fault; /* path: the field */
};

struct intake_result {
	uint64_t accepted, duplicates, refused;
	struct refusal *refusals; /* in the arena; at most refusals_max kept */
	size_t n_refusals;
};

/* Bodies that come at the same time share a transaction, so that what many of
 * them change is written once. One a process; called by any thread. */
struct intake_queue;
struct intake_queue *intake_queue_new(struct kv *kv);
void intake_queue_free(struct intake_queue *q); /* NULL is fine */
/* How many wait for the transaction that is under way. */
size_t intake_queue_waiting(struct intake_queue *q);

struct intake_options {
	bool atomic;  /* all or nothing */
	bool dry_run; /* check and count, keep nothing */
	bool rows;    /* of users, as exports write them, instead of events */
	uint8_t source; /* enum cell_source */
	size_t refusals_max; /* how many to keep; 0: 1,000 */
	struct intake_queue *queue; /* of bodies; NULL: each by itself */
};

/* A whole body (API): durable when it returns OK. Slices of the result live in
 * `arena`. With `atomic` and a refused event: ERR_INVALID and nothing kept. */
enum err intake_body(struct people *p, struct kv *kv, struct arena *arena,
		     struct str body, const struct intake_options *options,
		     struct intake_result *out, struct fault *f) MUST_USE;

/* A stream of the same (importer), in transactions of its own; `atomic` is not
 * for streams. In a trial an identity claimed twice within the stream is not
 * noticed. */
struct intake;
typedef void refusal_fn(void *arg, const struct refusal *r, struct str line);
struct intake_stream_options {
	struct intake_options base;
	bool bulk;              /* the store is empty: index at the end */
	size_t memory;          /* the indexing may hold; 0: 256 MiB */
	const char *tmp_dir;    /* for what is more; NULL: /tmp */
	unsigned leave;         /* of store_reindex */
	progress_fn *progress;  /* of the indexing; may be NULL */
	refusal_fn *on_refusal; /* in the caller's thread; may be NULL */
	void *arg;
};
struct intake *intake_open(struct people *p, struct kv *kv,
			   const struct intake_stream_options *options);
/* Feed bytes as they come; cut anywhere. */
enum err intake_feed(struct intake *in, struct str bytes,
		     struct fault *f) MUST_USE;
/* Write what is left and (bulk) build the indexes. */
enum err intake_finish(struct intake *in, struct intake_result *out,
		       struct fault *f) MUST_USE;
void intake_close(struct intake *in);
/* Lines (or elements) seen so far. */
uint64_t intake_lines(const struct intake *in);

/* The types that all rows of a source show (struct intake_options, rows), looked
 * at before they are taken: attributes that the store does not have are made.
 * Memory goes with the names of attributes. Feed the same bytes as will be. */
struct row_look;
struct row_look *row_look_open(void);
void row_look_feed(struct row_look *l, struct str bytes, bool last);
enum err row_look_apply(struct row_look *l, struct people *p, struct kv *kv,
			struct fault *f) MUST_USE;
void row_look_close(struct row_look *l);

#include <rapport/intake/chats.h>
#include <rapport/intake/csv.h>

#endif
