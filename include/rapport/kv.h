/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * kv: the store contract.  Named keyspaces of ordered byte keys, seen through
 * closures: kv_read shows its closure one snapshot, kv_write runs its closure
 * in one serializable transaction and is durable when it returns OK.  A
 * closure may be run more than once (another engine's retry, a full map that
 * grew, a group that broke), so it has no effect outside the transaction
 * except on memory that its next run overwrites.  It may run on another thread
 * than the caller's while the caller waits.  Within a closure call no kv_write
 * of the same store: in a write it is refused, in a read it may wait for ever
 * (a map that must grow waits for readers).
 *
 * Group commit: concurrent kv_write calls of a process share one commit, each
 * in a nested transaction of its own; one that fails takes no other down.  A
 * closure that waits makes every other writer wait.
 *
 * Every value carries a checksum over key and value that kv adds and verifies;
 * byte 0 of every value is the owner's version of its layout.  Errors stick to
 * the transaction: after the first, reads find nothing, writes do nothing, and
 * kv_read / kv_write return it.
 *
 * Engines: LMDB (kv_lmdb.c) and a small reference in memory (kv_ram.c), both
 * under one conformance suite.  Calls that belong together are asked together
 * (kv_get_many), because on a networked engine each call is a round trip.
 */
#ifndef RAPPORT_KV_H
#define RAPPORT_KV_H

#include <rapport/base.h>

#define KV_KEY_MAX 480u
#define KV_VALUE_MAX (64u << 10) /* without the checksum */

enum kv_space {
#define SPACE(CODE, name, owner, about) SP_##CODE,
#include <tbl/spaces.h>
#undef SPACE
	SP_COUNT
};

struct kv;
struct kv_txn;
struct kv_cursor;

typedef enum err kv_fn(struct kv_txn *txn, void *arg);

struct kv_options {
	const char *dir;     /* the store's folder; NULL: in memory */
	bool create;         /* make the folder and the store */
	bool read_only;
	size_t map_bytes;    /* address space to reserve; 0: 1 TiB */
	size_t map_max;      /* grow no further than this; 0: no limit */
	bool bulk;           /* no sync until kv_sync; only for a store that has
			      * nothing but SP_META, and no other process */
};

/* Open once a process, after any fork. Errors: IO, NOT_FOUND (no store and not
 * `create`), CONFLICT (not a local file system, open here already, a bulk load
 * that goes on or did not end, `bulk` where something is), NEWER, CORRUPT. */
enum err kv_open(struct kv **out, const struct kv_options *options,
		 struct fault *f) MUST_USE;
void kv_close(struct kv *kv); /* NULL is fine; no call may be under way */

/* One snapshot. Returns fn's error or the transaction's. */
enum err kv_read(struct kv *kv, kv_fn *fn, void *arg, struct fault *f) MUST_USE;
/* One durable transaction. Errors besides fn's: FULL (nothing was written),
 * LIMIT (more than a transaction can hold), IO (whether it was written is not
 * known: stop the process; until then every write answers IO).  The last
 * twentieth of the disk or of `map_max`, at most 64 MiB, is kept for
 * transactions that make the store smaller: others get FULL before. */
enum err kv_write(struct kv *kv, kv_fn *fn, void *arg,
		  struct fault *f) MUST_USE;
/* Flush a store opened with `bulk`; from then on it is like any other. If the
 * process ends before, the store is refused by kv_open. */
enum err kv_sync(struct kv *kv, struct fault *f) MUST_USE;

/* Inside a closure. Slices stay valid until the transaction ends or, in a
 * write, until the next put or del of the same keyspace. */
struct fault *kv_fault(struct kv_txn *txn); /* to explain an error */
enum err kv_error(const struct kv_txn *txn); /* the one that stuck, or OK */
enum err kv_fail(struct kv_txn *txn, enum err e, const char *path,
		 const char *format, ...) PRINTF_LIKE(4, 5); /* make one stick */
bool kv_writing(const struct kv_txn *txn);
/* In a write that is small and without which nobody could make room, such as a
 * log-in: it is taken though the store is nearly full. */
void kv_vital(struct kv_txn *txn);
/* Number of the last commit this transaction sees; equal numbers, equal data.
 * In a write: the number it will have, together with others of its commit, so
 * only what a read has seen may be remembered under its number. */
uint64_t kv_serial(const struct kv_txn *txn);

/* A key past the limits is a key that is not there; putting it is LIMIT. */
bool kv_get(struct kv_txn *txn, enum kv_space space, struct str key,
	    struct str *value);
/* values[i].p is NULL where there is nothing. */
void kv_get_many(struct kv_txn *txn, enum kv_space space, const struct str *keys,
		 size_t n, struct str *values);
void kv_put(struct kv_txn *txn, enum kv_space space, struct str key,
	    struct str value);
/* Key greater than every key there (bulk load); BUG if it is not. */
void kv_append(struct kv_txn *txn, enum kv_space space, struct str key,
	       struct str value);
bool kv_del(struct kv_txn *txn, enum kv_space space, struct str key);

/* A cursor walks the keys that start with `prefix` (copied; may be empty).
 * Close it before the closure returns. Keys come whole, prefix included.
 *
 * A new cursor stands before the first and behind the last: kv_next goes to
 * the first, kv_prev to the last.  After a move that found nothing it stands
 * nowhere until the next seek.  In a write it may stay open while keys change:
 * it keeps its place by its key, next and prev go to what is then after and
 * before, and the value of a key that was deleted is STR_NONE. */
struct kv_cursor *kv_cursor(struct kv_txn *txn, enum kv_space space,
			    struct str prefix);
void kv_cursor_close(struct kv_cursor *c); /* NULL is fine */
/* First key >= `key` / last key <= `key`, within the prefix; false: none. An
 * empty key means the prefix's first / last. */
bool kv_seek(struct kv_cursor *c, struct str key);
bool kv_seek_last(struct kv_cursor *c, struct str key);
bool kv_next(struct kv_cursor *c);
bool kv_prev(struct kv_cursor *c);
struct str kv_key(const struct kv_cursor *c);
struct str kv_value(struct kv_cursor *c); /* checksum verified here */

/* For operators. */
struct kv_stats {
	uint64_t bytes_used;   /* pages in use */
	uint64_t bytes_file;   /* size of the file */
	uint64_t map_bytes;
	uint64_t serial;       /* last commit */
	uint64_t oldest_lag;   /* commits since the oldest reader's snapshot */
	uint32_t readers;
	uint64_t reads; /* gets and moves of cursors since it was opened here */
	uint64_t entries[SP_COUNT];
};
enum err kv_stats(struct kv *kv, struct kv_stats *out,
		  struct fault *f) MUST_USE;
/* A consistent, compacted copy of a store in use, into an empty folder. */
enum err kv_copy(struct kv *kv, const char *dir, struct fault *f) MUST_USE;

#endif
