/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The store in LMDB: one file, data.mdb, copy-on-write pages, one writer,
 * readers that never wait.  This is the only file that knows LMDB.
 *
 * Rules, each paid for by somebody: commits always sync (only a bulk load
 * into an empty store does not, until its end); no writable map, so a stray
 * pointer or a full disk cannot hurt the file; no duplicate keys, which have
 * bugs; one open a process; readers that died are cleared at open, now and
 * then, and before the file is said to be full.
 *
 * The map is address space, not disk.  It is reserved large, so it hardly ever
 * has to grow; when it must, no transaction of this process may be open, so
 * every transaction holds `growing` as a reader.
 */
#include "engine.h"
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAP_BYTES ((size_t)1 << 40) /* reserved when nothing is said */
#define MAP_LEAST ((size_t)1 << 20)
#define READERS_MAX 1022u
#define CHECK_SECONDS 5 /* between looks for readers that died */
#define RESERVE ((size_t)64 << 20)
#define BULK_MARK "bulk-load"

struct lmdb {
	MDB_env *env;
	MDB_dbi dbi[SP_COUNT];
	bool have[SP_COUNT]; /* a store of older days may lack some */
	char *dir;
	int lock; /* of this process; see place.c */
	size_t map_max;
	size_t page;
	bool bulk;
	pthread_rwlock_t growing;
	time_t checked; /* monotonic; the writer's */
};

static const char *const space_names[] = {
#define SPACE(CODE, name, owner, about) [SP_##CODE] = name,
#include <tbl/spaces.h>
#undef SPACE
};
_Static_assert(COUNT(space_names) == SP_COUNT, "one name a keyspace");

static struct lmdb *
lmdb_of(const struct kv *kv)
{
	return kv->engine;
}

static MDB_txn *
txn_of(const struct kv_txn *txn)
{
	return txn->native;
}

static MDB_val
val_of(struct str s)
{
	/* LMDB does not write through it */
	return (MDB_val){s.n, (void *)(uintptr_t)s.p};
}

static struct str
str_of_val(MDB_val v)
{
	return (struct str){v.mv_data, v.mv_size};
}

/* Errors --------------------------------------------------------------------
 */

static enum err
err_of(int rc)
{
	switch (rc) {
	case 0:
		return OK;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_FULL;
	case MDB_TXN_FULL:
		return ERR_LIMIT;
	case MDB_READERS_FULL:
		return ERR_BUSY;
	case MDB_VERSION_MISMATCH:
		return ERR_NEWER;
	case MDB_CORRUPTED:
	case MDB_INVALID:
	case MDB_PAGE_NOTFOUND:
	case MDB_PAGE_FULL:
	case MDB_INCOMPATIBLE:
		return ERR_CORRUPT;
	case MDB_BAD_VALSIZE:
	case MDB_BAD_TXN:
	case MDB_BAD_DBI:
	case MDB_KEYEXIST:
	case EINVAL:
		return ERR_BUG;
	default:
		return ERR_IO;
	}
}

static enum err
lmdb_fail(struct fault *f, const char *dir, int rc, const char *what)
{
	return fail(f, err_of(rc), "", "Store %s, %s: %s.", dir, what,
		    mdb_strerror(rc));
}

/* Let an error stick to the transaction; always false. */
static bool
txn_fail(struct kv_txn *txn, int rc, const char *what)
{
	const struct lmdb *db = lmdb_of(txn->kv);
	enum err e = err_of(rc);

	if (rc == MDB_MAP_FULL)
		txn->trouble = TROUBLE_ROOM;
	else if (rc == MDB_TXN_FULL)
		txn->trouble = TROUBLE_SIZE;
	else if (e == ERR_FULL)
		txn->trouble = TROUBLE_DISK;
	if (e == ERR_FULL && rc != MDB_MAP_FULL)
		kv_fail(txn, e, "", "The disk of %s is full.", db->dir);
	else
		kv_fail(txn, e, "", "Store %s, %s: %s.", db->dir, what,
			mdb_strerror(rc));
	if (e == ERR_IO || e == ERR_CORRUPT)
		log_line(LOG_ERROR, "kv", "store %s, %s: %s", db->dir, what,
			 mdb_strerror(rc));
	return false;
}

/* Open ----------------------------------------------------------------------
 */

/* Reserve address space: what was asked, or less where there is not so much. */
static int
env_open(struct lmdb *db, unsigned flags, size_t map)
{
	int rc;

	for (;; map /= 2) {
		rc = mdb_env_create(&db->env);
		if (rc != 0)
			return rc;
		mdb_env_set_maxdbs(db->env, SP_COUNT + 8);
		mdb_env_set_maxreaders(db->env, READERS_MAX);
		rc = mdb_env_set_mapsize(db->env, map);
		if (rc == 0)
			rc = mdb_env_open(db->env, db->dir, flags, 0600);
		if (rc != ENOMEM || map / 2 < MAP_LEAST)
			return rc;
		mdb_env_close(db->env);
		db->env = NULL;
	}
}

static enum err
file_there(const struct lmdb *db, bool create, struct fault *f)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/data.mdb", db->dir);
	if (create || stat(path, &st) == 0)
		return OK;
	return fail(f, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "",
		    errno == ENOENT ? "There is no store in %s."
				    : "%s cannot be read.",
		    db->dir);
}

/* The handles of the keyspaces that are there; `flags` may make them. */
static int
spaces_open(struct lmdb *db, unsigned txn_flags, unsigned flags)
{
	bool have[SP_COUNT];
	MDB_txn *txn;
	int rc = mdb_txn_begin(db->env, NULL, txn_flags, &txn);

	for (int i = 0; i < SP_COUNT && rc == 0; i++) {
		rc = mdb_dbi_open(txn, space_names[i], flags, &db->dbi[i]);
		have[i] = rc == 0;
		if (rc == MDB_NOTFOUND && flags == 0)
			rc = 0;
		if (rc != 0)
			mdb_txn_abort(txn);
	}
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	if (rc == 0)
		memcpy(db->have, have, sizeof(have));
	return rc;
}

static size_t
map_wanted(const struct kv_options *o)
{
	size_t map = o->map_bytes != 0 ? o->map_bytes : MAP_BYTES;

	if (o->map_max != 0 && map > o->map_max)
		map = o->map_max;
	return map < MAP_LEAST ? MAP_LEAST : map;
}

static enum err
lmdb_start(struct lmdb *db, const struct kv_options *o, struct fault *f)
{
	unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
	int dead, rc;
	MDB_stat st;

	TRY(place_ready(db->dir, o->create && !o->read_only, f));
	TRY(file_there(db, o->create && !o->read_only, f));
	TRY(place_lock(db->dir, o->bulk, &db->lock, f));
	if (place_marked(db->dir, BULK_MARK))
		return fail(f, ERR_CONFLICT, "",
			    "A bulk load of %s did not end: remove the store "
			    "and load it again.",
			    db->dir);
	rc = env_open(db, flags | (o->read_only ? MDB_RDONLY : 0),
		      map_wanted(o));
	if (rc != 0)
		return lmdb_fail(f, db->dir, rc, "open");
	mdb_env_stat(db->env, &st);
	db->page = st.ms_psize;
	rc = mdb_reader_check(db->env, &dead);
	if (rc == 0)
		rc = spaces_open(db, MDB_RDONLY, 0);
	if (rc != 0)
		return lmdb_fail(f, db->dir, rc, "keyspaces");
	return o->create && !o->read_only ? place_sync(db->dir, f) : OK;
}

static enum err
lmdb_open(struct kv *kv, const struct kv_options *o, struct fault *f)
{
	struct lmdb *db = mem_new(sizeof(*db));
	pthread_rwlockattr_t attr;
	size_t n = strlen(o->dir) + 1;

	kv->engine = db;
	db->lock = -1;
	db->map_max = o->map_max;
	db->dir = mem_new(n);
	memcpy(db->dir, o->dir, n);
	pthread_rwlockattr_init(&attr);
	pthread_rwlock_init(&db->growing, &attr);
	pthread_rwlockattr_destroy(&attr);
	return lmdb_start(db, o, f);
}

static void
lmdb_close(struct kv *kv)
{
	struct lmdb *db = lmdb_of(kv);

	if (db->env != NULL)
		mdb_env_close(db->env);
	if (db->lock >= 0)
		close(db->lock);
	pthread_rwlock_destroy(&db->growing);
	free(db->dir);
	free(db);
}

static enum err
lmdb_make_spaces(struct kv *kv, struct fault *f)
{
	struct lmdb *db = lmdb_of(kv);
	bool all = true;
	int rc;

	for (int i = 0; i < SP_COUNT; i++)
		all = all && db->have[i];
	if (all)
		return OK;
	rc = spaces_open(db, 0, MDB_CREATE);
	return rc == 0 ? OK : lmdb_fail(f, db->dir, rc, "make keyspaces");
}

static enum err
lmdb_bulk(struct kv *kv, struct fault *f)
{
	struct lmdb *db = lmdb_of(kv);

	TRY(place_mark(db->dir, BULK_MARK, true, f));
	mdb_env_set_flags(db->env, MDB_NOSYNC, 1);
	db->bulk = true;
	return OK;
}

static enum err
lmdb_sync(struct kv *kv, struct fault *f)
{
	struct lmdb *db = lmdb_of(kv);
	int rc = mdb_env_sync(db->env, 1);

	if (rc != 0)
		return lmdb_fail(f, db->dir, rc, "sync");
	if (!db->bulk)
		return OK;
	mdb_env_set_flags(db->env, MDB_NOSYNC, 0);
	db->bulk = false;
	return place_mark(db->dir, BULK_MARK, false, f);
}

/* The map -------------------------------------------------------------------
 */

/* Is there address space for it? */
static bool
space_there(size_t size)
{
	void *p = mmap(NULL, size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p != MAP_FAILED && munmap(p, size) == 0;
}

/* Set the size with no transaction of ours open; 0: what the file says. LMDB
 * drops the old map first and cannot go back: without a map the process can
 * only end, which loses nothing. */
static void
map_set(struct lmdb *db, size_t size)
{
	int rc;

	pthread_rwlock_wrlock(&db->growing);
	rc = mdb_env_set_mapsize(db->env, size);
	pthread_rwlock_unlock(&db->growing);
	if (rc == 0)
		return;
	log_line(LOG_ERROR, "kv", "the map of %s is lost: %s", db->dir,
		 mdb_strerror(rc));
	abort();
}

static bool
map_grow(struct lmdb *db)
{
	MDB_envinfo info;
	size_t size;

	mdb_env_info(db->env, &info);
	size = info.me_mapsize;
	if (size > SIZE_MAX / 4 || (db->map_max != 0 && size >= db->map_max))
		return false;
	size *= 2;
	if (db->map_max != 0 && size > db->map_max)
		size = db->map_max;
	if (!space_there(size))
		return false;
	log_line(LOG_INFO, "kv", "the map of %s grows to %zu bytes", db->dir,
		 size);
	map_set(db, size);
	return true;
}

static bool
lmdb_relieve(struct kv *kv)
{
	struct lmdb *db = lmdb_of(kv);
	int dead = 0;

	if (mdb_reader_check(db->env, &dead) == 0 && dead > 0)
		return true;
	return map_grow(db);
}

/* Transactions --------------------------------------------------------------
 */

static int
reader_start(struct lmdb *db, struct kv_txn *txn)
{
	MDB_txn *native = txn->native;
	int rc;

	if (native != NULL) {
		rc = mdb_txn_renew(native);
		if (rc == 0)
			return 0;
		mdb_txn_abort(native);
		txn->native = NULL;
	}
	rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &native);
	if (rc == 0)
		txn->native = native;
	return rc;
}

static bool
lmdb_read_begin(struct kv_txn *txn)
{
	struct lmdb *db = lmdb_of(txn->kv);
	int dead, rc;

	pthread_rwlock_rdlock(&db->growing);
	rc = reader_start(db, txn);
	for (int i = 0; i < 3 && rc == MDB_MAP_RESIZED; i++) {
		pthread_rwlock_unlock(&db->growing);
		map_set(db, 0);
		pthread_rwlock_rdlock(&db->growing);
		rc = reader_start(db, txn);
	}
	if (rc == MDB_READERS_FULL) {
		mdb_reader_check(db->env, &dead);
		rc = reader_start(db, txn);
	}
	if (rc == 0)
		return true;
	pthread_rwlock_unlock(&db->growing);
	return txn_fail(txn, rc, "begin to read");
}

static void
lmdb_read_end(struct kv_txn *txn)
{
	mdb_txn_reset(txn_of(txn));
	pthread_rwlock_unlock(&lmdb_of(txn->kv)->growing);
}

static void
lmdb_read_free(struct kv_txn *txn)
{
	if (txn->native != NULL)
		mdb_txn_abort(txn_of(txn));
}

/* Pages of the free list. */
static int
pages_free(struct lmdb *db, MDB_txn *txn, size_t *pages)
{
	MDB_val key, value;
	MDB_cursor *c;
	size_t n;
	int rc;

	*pages = 0;
	rc = mdb_cursor_open(txn, 0, &c);
	if (rc != 0)
		return rc;
	while ((rc = mdb_cursor_get(c, &key, &value, MDB_NEXT)) == 0) {
		memcpy(&n, value.mv_data, sizeof(n)); /* a counted list */
		*pages += n;
	}
	mdb_cursor_close(c);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Bytes of free pages, as of the last commit. LMDB shows its free list to
 * readers only. */
static size_t
bytes_free(struct lmdb *db)
{
	MDB_txn *txn;
	size_t pages = 0;

	if (mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn) != 0)
		return 0;
	if (pages_free(db, txn, &pages) != 0)
		pages = 0;
	mdb_txn_abort(txn);
	return pages * db->page;
}

/* Bytes of the disk that the file takes. */
static size_t
bytes_file(struct lmdb *db)
{
	mdb_filehandle_t fd;
	struct stat st;

	if (mdb_env_get_fd(db->env, &fd) != 0 || fstat(fd, &st) != 0)
		return 0;
	return (size_t)st.st_blocks * 512;
}

/* The last twentieth of the map's limit and of the disk, though no more than
 * 64 MiB, is for what makes the store smaller: erasing copies pages first. */
static bool
nearly_full(struct lmdb *db)
{
	size_t disk, disk_all, map = SIZE_MAX, used, reserve = 0, file;
	MDB_envinfo info;

	mdb_env_info(db->env, &info);
	used = (info.me_last_pgno + 1) * db->page;
	if (db->map_max != 0) {
		map = db->map_max > used ? db->map_max - used : 0;
		reserve = least(db->map_max / 20, RESERVE);
	}
	place_room(db->dir, &disk, &disk_all);
	/* a commit that failed may have left the file longer than it is used */
	file = bytes_file(db);
	if (disk != SIZE_MAX && file > used)
		disk += file - used;
	if (disk < least(disk_all / 20, RESERVE))
		reserve = least(disk_all / 20, RESERVE);
	else if (map >= reserve)
		return false;
	return least(disk, map) + bytes_free(db) < reserve;
}

static void
check_readers(struct lmdb *db)
{
	struct timespec now;
	int dead;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - db->checked < CHECK_SECONDS)
		return;
	db->checked = now.tv_sec;
	mdb_reader_check(db->env, &dead);
}

static bool
child_begin(struct kv_txn *txn, struct kv_txn *parent)
{
	struct lmdb *db = lmdb_of(txn->kv);
	MDB_txn *native;
	int rc = mdb_txn_begin(db->env, txn_of(parent), 0, &native);

	if (rc != 0)
		return txn_fail(txn, rc, "begin to nest");
	txn->native = native;
	txn->tight = parent->tight;
	txn->outer = parent;
	return true;
}

static bool
lmdb_write_begin(struct kv_txn *txn, struct kv_txn *parent)
{
	struct lmdb *db = lmdb_of(txn->kv);
	MDB_txn *native;
	int rc;

	if (parent != NULL)
		return child_begin(txn, parent);
	check_readers(db);
	pthread_rwlock_rdlock(&db->growing);
	rc = mdb_txn_begin(db->env, NULL, 0, &native);
	for (int i = 0; i < 3 && rc == MDB_MAP_RESIZED; i++) {
		pthread_rwlock_unlock(&db->growing);
		map_set(db, 0);
		pthread_rwlock_rdlock(&db->growing);
		rc = mdb_txn_begin(db->env, NULL, 0, &native);
	}
	if (rc != 0) {
		pthread_rwlock_unlock(&db->growing);
		return txn_fail(txn, rc, "begin to write");
	}
	txn->native = native;
	txn->tight = nearly_full(db);
	txn->outer = NULL;
	return true;
}

/* A commit failed before or after its last page. LMDB knows which: after, it
 * refuses everything. A short write is how it sees a full disk. */
static int
commit_failure(struct lmdb *db, int rc)
{
	MDB_txn *probe;
	int panic;

	if (err_of(rc) != ERR_IO && err_of(rc) != ERR_FULL)
		return rc;
	panic = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &probe);
	if (panic == 0)
		mdb_txn_abort(probe);
	if (panic == MDB_PANIC)
		return EIO;
	if (rc == EIO && place_full(db->dir))
		return ENOSPC;
	return rc;
}

static bool
lmdb_write_commit(struct kv_txn *txn)
{
	struct lmdb *db = lmdb_of(txn->kv);
	int rc = mdb_txn_commit(txn_of(txn));

	txn->native = NULL;
	if (rc != 0 && txn->outer == NULL)
		rc = commit_failure(db, rc);
	if (txn->outer == NULL)
		pthread_rwlock_unlock(&db->growing);
	return rc == 0 || txn_fail(txn, rc, "commit");
}

static void
lmdb_write_abort(struct kv_txn *txn)
{
	mdb_txn_abort(txn_of(txn));
	txn->native = NULL;
	if (txn->outer == NULL)
		pthread_rwlock_unlock(&lmdb_of(txn->kv)->growing);
}

static uint64_t
lmdb_serial(const struct kv_txn *txn)
{
	return mdb_txn_id(txn_of(txn));
}

/* Keys and values -----------------------------------------------------------
 */

static bool
lmdb_get(struct kv_txn *txn, enum kv_space space, struct str key,
	 struct str *value)
{
	struct lmdb *db = lmdb_of(txn->kv);
	MDB_val k = val_of(key), v;
	int rc;

	if (!db->have[space])
		return false;
	rc = mdb_get(txn_of(txn), db->dbi[space], &k, &v);
	if (rc == MDB_NOTFOUND)
		return false;
	if (rc != 0)
		return txn_fail(txn, rc, "get");
	*value = str_of_val(v);
	return true;
}

static void
lmdb_put(struct kv_txn *txn, enum kv_space space, struct str key,
	 struct str value, bool append)
{
	struct lmdb *db = lmdb_of(txn->kv);
	MDB_val k = val_of(key), v = val_of(value);
	int rc = mdb_put(txn_of(txn), db->dbi[space], &k, &v,
			 append ? MDB_APPEND : 0);

	if (rc != 0)
		txn_fail(txn, rc, append ? "append" : "put");
}

static bool
lmdb_del(struct kv_txn *txn, enum kv_space space, struct str key)
{
	struct lmdb *db = lmdb_of(txn->kv);
	MDB_val k = val_of(key);
	int rc = mdb_del(txn_of(txn), db->dbi[space], &k, NULL);

	if (rc == MDB_NOTFOUND)
		return false;
	return rc == 0 || txn_fail(txn, rc, "delete");
}

static void *
lmdb_cursor_new(struct kv_txn *txn, enum kv_space space)
{
	struct lmdb *db = lmdb_of(txn->kv);
	MDB_cursor *c;
	int rc;

	if (!db->have[space])
		return NULL;
	rc = mdb_cursor_open(txn_of(txn), db->dbi[space], &c);
	if (rc == 0)
		return c;
	txn_fail(txn, rc, "cursor");
	return NULL;
}

static void
lmdb_cursor_free(void *native)
{
	mdb_cursor_close(native);
}

static bool
lmdb_cursor_move(struct kv_txn *txn, void *native, enum kv_move move,
		 struct str key, struct str *key_out, struct str *value_out)
{
	static const MDB_cursor_op ops[] = {
	    [MOVE_FIRST] = MDB_FIRST,        [MOVE_LAST] = MDB_LAST,
	    [MOVE_AT_LEAST] = MDB_SET_RANGE, [MOVE_NEXT] = MDB_NEXT,
	    [MOVE_PREV] = MDB_PREV,
	};
	MDB_val k = val_of(key), v;
	int rc = mdb_cursor_get(native, &k, &v, ops[move]);

	if (rc == MDB_NOTFOUND)
		return false;
	if (rc != 0)
		return txn_fail(txn, rc, "seek");
	*key_out = str_of_val(k);
	*value_out = str_of_val(v);
	return true;
}

/* For operators
 * ---------------------------------------------------------------- */

struct readers {
	uint64_t oldest;
	uint32_t n;
};

/* One line of LMDB's reader table: pid, thread, snapshot or "-". */
static int
reader_line(const char *line, void *arg)
{
	struct readers *r = arg;
	struct str rest = str_trim(str_of(line)), word, last = STR_NONE;
	uint64_t id;

	while (str_split(&rest, ' ', &word))
		if (word.n > 0)
			last = word;
	if (!str_to_u64(last, &id))
		return 0;
	r->n++;
	if (id < r->oldest)
		r->oldest = id;
	return 0;
}

static int
stats_read(struct lmdb *db, MDB_txn *txn, struct kv_stats *out)
{
	struct readers readers = {.oldest = mdb_txn_id(txn)};
	MDB_envinfo info;
	size_t free_pages;
	MDB_stat st;
	int rc = 0;

	mdb_env_info(db->env, &info);
	for (int i = 0; i < SP_COUNT && rc == 0; i++) {
		if (!db->have[i])
			continue;
		rc = mdb_stat(txn, db->dbi[i], &st);
		out->entries[i] = st.ms_entries;
	}
	if (rc == 0)
		rc = pages_free(db, txn, &free_pages);
	if (rc != 0)
		return rc;
	out->serial = mdb_txn_id(txn);
	out->map_bytes = info.me_mapsize;
	out->bytes_used = (info.me_last_pgno + 1 - free_pages) * db->page;
	mdb_reader_list(db->env, reader_line, &readers);
	out->readers = readers.n - 1; /* not this one */
	out->oldest_lag = out->serial - readers.oldest;
	return 0;
}

struct stats_ask {
	struct lmdb *db;
	struct kv_stats *out;
};

static enum err
stats_fn(struct kv_txn *txn, void *arg)
{
	struct stats_ask *ask = arg;
	int rc = stats_read(ask->db, txn_of(txn), ask->out);

	if (rc != 0)
		txn_fail(txn, rc, "stats");
	return OK;
}

static enum err
lmdb_stats(struct kv *kv, struct kv_stats *out, struct fault *f)
{
	struct lmdb *db = lmdb_of(kv);
	struct stats_ask ask = {db, out};
	mdb_filehandle_t fd;
	struct stat st;

	if (mdb_env_get_fd(db->env, &fd) == 0 && fstat(fd, &st) == 0)
		out->bytes_file = (uint64_t)st.st_size;
	return kv_read(kv, stats_fn, &ask, f);
}

/* Written under another name and renamed when it is whole and on disk. */
static enum err
copy_to(struct lmdb *db, const char *dir, const char *part, const char *whole,
	struct fault *f)
{
	int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return fail(f, errno == EEXIST ? ERR_CONFLICT : ERR_IO, "",
			    "%s: %s", part, strerror(errno));
	pthread_rwlock_rdlock(&db->growing);
	rc = mdb_env_copyfd2(db->env, fd, MDB_CP_COMPACT);
	pthread_rwlock_unlock(&db->growing);
	if (rc == 0 && fsync(fd) != 0)
		rc = errno;
	if (close(fd) != 0 && rc == 0)
		rc = errno;
	if (rc == 0 && rename(part, whole) != 0)
		rc = errno;
	if (rc == EIO && place_full(dir))
		rc = ENOSPC;
	if (rc == 0)
		return place_sync(dir, f);
	unlink(part);
	return lmdb_fail(f, dir, rc, "copy");
}

static enum err
lmdb_copy(struct kv *kv, const char *dir, struct fault *f)
{
	char part[4096], whole[4096];
	struct stat st;
	int n;

	TRY(place_ready(dir, true, f));
	snprintf(whole, sizeof(whole), "%s/data.mdb", dir);
	n = snprintf(part, sizeof(part), "%s/data.mdb.part", dir);
	if (n < 0 || (size_t)n >= sizeof(part))
		return fail(f, ERR_LIMIT, "", "The path is too long.");
	if (stat(whole, &st) == 0)
		return fail(f, ERR_CONFLICT, "", "%s is there already.", whole);
	return copy_to(lmdb_of(kv), dir, part, whole, f);
}

const struct kv_ops kv_lmdb_ops = {
    .open = lmdb_open,
    .close = lmdb_close,
    .make_spaces = lmdb_make_spaces,
    .bulk = lmdb_bulk,
    .sync = lmdb_sync,
    .stats = lmdb_stats,
    .copy = lmdb_copy,
    .read_begin = lmdb_read_begin,
    .read_end = lmdb_read_end,
    .read_free = lmdb_read_free,
    .write_begin = lmdb_write_begin,
    .write_commit = lmdb_write_commit,
    .write_abort = lmdb_write_abort,
    .relieve = lmdb_relieve,
    .serial = lmdb_serial,
    .get = lmdb_get,
    .put = lmdb_put,
    .del = lmdb_del,
    .cursor_new = lmdb_cursor_new,
    .cursor_free = lmdb_cursor_free,
    .cursor_move = lmdb_cursor_move,
};
