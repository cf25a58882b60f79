/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What kv asks of an engine.  kv.c owns everything that engines share: limits,
 * checksums, sticky errors, prefixes of cursors, the copies that keep slices
 * good while a write goes on.  kv_group.c owns the queue of writers.  An engine
 * is one file with one `struct kv_ops`: ordered bytes, snapshots, one writer
 * that nests, commits that last.  Engines see keys within the limits and
 * values that already carry their checksum.
 *
 * An engine call that goes wrong makes its error stick with kv_fail and, where
 * the whole transaction may do better another time, says why in `trouble`.
 */
#ifndef KV_ENGINE_H
#define KV_ENGINE_H

#include <rapport/kv.h>

#include <pthread.h>
#include <stdatomic.h>

#define KV_SUM 4u    /* bytes of checksum after every value */
#define KV_FORMAT 1u /* what this version writes; newer ones are refused */

/* Why a transaction could not be done as it was tried. */
enum kv_trouble {
	TROUBLE_NONE,
	TROUBLE_ROOM, /* no room: may do after `relieve`, or alone */
	TROUBLE_DISK, /* no room on the disk: a smaller one may do, alone */
	TROUBLE_SIZE, /* too much for a nested transaction: may do alone */
};

enum kv_move { MOVE_FIRST, MOVE_LAST, MOVE_AT_LEAST, MOVE_NEXT, MOVE_PREV };

struct kv_txn {
	struct kv *kv;
	void *native; /* the engine's; a pooled reader keeps it */
	bool writing;
	enum err err; /* the one that stuck */
	enum kv_trouble trouble;
	struct fault fault;
	struct kv_cursor *cursors; /* open ones */
	uint64_t reads;            /* gets and moves of cursors */
	/* of a write */
	struct kv_txn *outer; /* of a nested write, else NULL */
	bool tight;           /* nearly full: it must not grow the store */
	int64_t grown;        /* bytes, counted while tight */
	uint64_t changes[SP_COUNT]; /* puts and dels, to notice stale cursors */
	uint64_t changes_all;
	struct arena kept[SP_COUNT]; /* slices handed out since the last one */
	char key[KV_KEY_MAX];
	char *value;         /* KV_VALUE_MAX + KV_SUM */
	struct kv_txn *next; /* in the pool */
};

struct kv_ops {
	enum err (*open)(struct kv *kv, const struct kv_options *options,
			 struct fault *f);
	void (*close)(struct kv *kv);
	/* Make the keyspaces that are missing. */
	enum err (*make_spaces)(struct kv *kv, struct fault *f);
	/* Commits need no sync from now on; kv_sync ends that. */
	enum err (*bulk)(struct kv *kv, struct fault *f);
	enum err (*sync)(struct kv *kv, struct fault *f);
	enum err (*stats)(struct kv *kv, struct kv_stats *out, struct fault *f);
	enum err (*copy)(struct kv *kv, const char *dir, struct fault *f);

	/* Readers: `begin` may find a used `native`; `end` leaves it for the
	 * next; `free` gives it back. */
	bool (*read_begin)(struct kv_txn *txn);
	void (*read_end)(struct kv_txn *txn);
	void (*read_free)(struct kv_txn *txn);
	/* Writers: one at a time, called under the group's lead; a child
	 * (`parent` not NULL) ends before its parent goes on. A commit ends
	 * the transaction also when it fails. */
	bool (*write_begin)(struct kv_txn *txn, struct kv_txn *parent);
	bool (*write_commit)(struct kv_txn *txn);
	void (*write_abort)(struct kv_txn *txn);
	/* After TROUBLE_ROOM, no transaction open: true if it made room. */
	bool (*relieve)(struct kv *kv);
	uint64_t (*serial)(const struct kv_txn *txn);

	bool (*get)(struct kv_txn *txn, enum kv_space space, struct str key,
		    struct str *value);
	void (*put)(struct kv_txn *txn, enum kv_space space, struct str key,
		    struct str value, bool append);
	bool (*del)(struct kv_txn *txn, enum kv_space space, struct str key);
	void *(*cursor_new)(struct kv_txn *txn, enum kv_space space);
	void (*cursor_free)(void *native);
	/* `key` only for MOVE_AT_LEAST. false: nothing there (or an error
	 * stuck); then only FIRST, LAST or AT_LEAST may follow. */
	bool (*cursor_move)(struct kv_txn *txn, void *native, enum kv_move move,
			    struct str key, struct str *key_out,
			    struct str *value_out);
};

extern const struct kv_ops kv_lmdb_ops, kv_ram_ops;

struct kv_group; /* kv_group.c */

struct kv {
	const struct kv_ops *ops;
	void *engine;
	bool read_only;
	pthread_mutex_t pool_lock;
	struct kv_txn *pool; /* readers at rest */
	_Atomic uint64_t reads; /* of transactions that have ended */
	struct kv_group *group;
};

/* kv.c, for kv_group.c */
struct kv_txn *txn_new(struct kv *kv, bool writing);
void txn_free(struct kv_txn *txn);
/* Run a closure in a transaction that has begun; the error that counts. */
enum err txn_run(struct kv_txn *txn, kv_fn *fn, void *arg);
/* Forget the last run: errors, cursors, slices. */
void txn_reset(struct kv_txn *txn);

struct kv_group *group_new(struct kv *kv);
void group_free(struct kv_group *g);
enum err group_write(struct kv_group *g, kv_fn *fn, void *arg, struct fault *f);

#endif
