/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the room: what is kept of the erased, as it is written.  Under a
 * number there are sections, each a list of items in as many parts as it takes;
 * a part has a checksum, and the head the sum of all checksums, so that what is
 * damaged or gone is known.  Nothing is made of records here: this is one.
 */
#ifndef CHATS_ERASED_H
#define CHATS_ERASED_H

#include "room.h"

#include <rapport/chats/erased.h>
#include <rapport/chats/runs.h>

#define ERASED_PART 16384u /* a part ends behind the item it falls in */

enum erased_section {
	ERASED_PERSON = 'p',
	ERASED_ROWS = 'l', /* of the ledger */
	ERASED_DEEDS = 'd',
	ERASED_RUNS = 'r',
	ERASED_FAILURES = 'f'
};

struct erased_head {
	uint64_t people, parts;
	uint64_t sum;  /* of the checksums of parts */
	uint64_t sums; /* of what is kept of nobody: erased_sum_hash */
};
void erased_head_get(struct kv_txn *txn, struct erased_head *out);
void erased_head_put(struct kv_txn *txn, const struct erased_head *in);
/* What is kept cannot be read: an error of the transaction. */
void erased_corrupt(struct kv_txn *txn);
/* Of a key of COUNTER with its value, added up; n 0: 0. */
uint64_t erased_sum_hash(struct str key, struct str value);
/* Of all there are. */
uint64_t erased_sums_all(struct kv_txn *txn);

/* A section being written. */
struct section {
	struct kv_txn *txn;
	struct erased_head *head;
	enum erased_section which;
	uint32_t number;
	uint16_t part;
	int64_t last; /* what the next item counts from */
	struct buf items;
};
void section_begin(struct section *s, struct kv_txn *txn,
		   struct erased_head *head, enum erased_section which,
		   uint32_t number);
void section_end(struct section *s);
struct erased_row {
	uint16_t kind;
	uint32_t count;
	int64_t quarter;
};
void section_row(struct section *s, const struct erased_row *row);
void section_deed(struct section *s, uint16_t kind, int64_t at);
/* Its instants are quarter-hours; INSTANT_NONE and INSTANT_MAX stay. */
void section_run(struct section *s, uint16_t kind, const struct run *r);
void section_failure(struct section *s, int64_t quarter, uint64_t n,
		     struct str code);
void erased_person_read(struct rd *r, struct erased_person *out);
/* A number nobody has, with its person. */
uint32_t erased_number(struct kv_txn *txn, struct erased_head *head,
		       const struct erased_person *e);
void erased_person_put(struct kv_txn *txn, struct erased_head *head,
		       uint32_t number, const struct erased_person *e);

/* Every part of a section, in order; false stops. Unsound ones too. */
struct erased_part {
	uint32_t number;
	uint16_t part;
	uint64_t check;
	struct str key, items;
	bool sound;
};
typedef bool erased_part_fn(void *arg, const struct erased_part *p);
void erased_parts(struct kv_txn *txn, enum erased_section which,
		  erased_part_fn *fn, void *arg);
/* The rows of a part; false: it is damaged, or fn stopped. */
typedef bool erased_row_fn(void *arg, uint32_t number,
			   const struct erased_row *row);
bool erased_part_rows(const struct erased_part *p, erased_row_fn *fn,
		      void *arg);

/* Somebody while they are erased. */
struct keeping {
	struct chat_batch *c;
	bool any; /* there is somebody of that id */
	uint32_t number;
	struct erased_head head;
	struct section failures;
	struct erasure *told;
};
/* Before anything of the user goes. */
void erased_begin(struct keeping *k, struct chat_batch *c, uint32_t user,
		  struct erasure *told);
/* Each of their messages. */
void erased_message(struct keeping *k, int64_t at, const struct message *m);
/* When counters are settled. */
void erased_end(struct keeping *k);

/* Make the ledger of the erased of what is kept; what an earlier build kept
 * becomes what this one keeps. */
enum err erased_build(struct kv *kv, struct fault *f) MUST_USE;

#endif
