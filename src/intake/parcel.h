/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A parcel: events read and checked outside any transaction, then applied
 * together in one.  The closure of the transaction may run again, so all it
 * leaves is what became of each item, written over by the next run.
 */
#ifndef INTAKE_PARCEL_H
#define INTAKE_PARCEL_H

#include "event.h"
#include "split.h"

/* Of a stream, and of a body: others wait while one is applied. */
#define STREAM_EVENTS 20000u
#define STREAM_BYTES (12u << 20)
#define BODY_EVENTS 2000u
#define BODY_BYTES (1u << 20)

enum outcome { TAKEN, DUPLICATE, REFUSED };

struct item {
	uint64_t line;
	struct event *event; /* NULL: refused when it was read */
	struct fault *read_fault;
	enum outcome outcome;
	struct fault *fault; /* of REFUSED */
	struct str text;
};

/* Hashes of what a trial without a store of its own has taken. */
struct taken {
	uint64_t *slots;
	size_t n, cap;
};

struct parcel {
	struct arena arena; /* the events */
	struct arena work;  /* of one run: faults of refused ones */
	struct item *items;
	size_t n, cap, bytes;
	size_t most_events, most_bytes; /* then it is full */
	int64_t now;
	bool keep_text; /* what is added next: its bytes will be gone */
	/* for the run */
	struct people *people;
	const struct intake_options *options;
	unsigned flags;      /* enum batch_flag */
	struct taken *taken; /* NULL: the store knows */
	size_t refused;
};

/* One event being applied. */
struct taker {
	struct batch *people;
	struct chat_batch *chats;
	struct kv_txn *txn;
	struct arena *arena; /* of this event */
	struct buf *scratch;
	uint8_t source;
	bool rows; /* see intake_options */
	int64_t now;
	bool duplicate; /* a handler found that it was taken before */
};

typedef enum err take_fn(struct taker *t, const struct event *e,
			 struct fault *f);
#define EVENT(CODE, name, fields, handler, about) take_fn handler;
#include <tbl/events.h>
#undef EVENT

/* Whether a run may be this event's; nothing is changed. */
enum err flow_check(struct taker *t, const struct event *e,
		    struct fault *f) MUST_USE;

void parcel_init(struct parcel *p);
void parcel_fini(struct parcel *p);
void parcel_reset(struct parcel *p);
bool parcel_full(const struct parcel *p);
/* Read one piece of a source into the parcel. */
void parcel_add(struct parcel *p, const struct piece *piece);
/* Apply in one transaction. ERR_INVALID with options->atomic and a refused
 * item: nothing was kept, outcomes are filled. */
enum err parcel_write(struct parcel *p, struct kv *kv,
		      struct fault *f) MUST_USE;
/* Apply several, none of them atomic or a trial, in one transaction: all or, on
 * an error, none. */
enum err parcels_write(struct parcel *const *p, size_t n, struct kv *kv,
		       struct fault *f) MUST_USE;
/* queue.c: apply together with whatever else waits. */
enum err queue_write(struct intake_queue *q, struct parcel *p,
		     struct fault *f) MUST_USE;
/* Add the outcomes to `out`; the faults are copied into `arena`. */
void parcel_tally(const struct parcel *p, struct arena *arena, size_t most,
		  struct intake_result *out);

/* True if it was there; else it is now. */
bool taken_add(struct taken *t, uint64_t hash);

#endif
