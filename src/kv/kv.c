/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The half of the store that all engines share.  Here keys and values meet
 * their limits, every value gets and shows its checksum, the first error of a
 * transaction sticks, and cursors learn their prefix.
 *
 * Stored value: the owner's bytes, then be32 of a hash over key and value, so
 * a value that strays under another key is noticed as well as a flipped bit.
 *
 * A write changes pages under the feet of its own reads: an engine may move or
 * drop the memory behind a slice at any put.  So in a write, what is handed
 * out is copied into an arena of its keyspace, emptied at the next put or del
 * there, and a cursor keeps its key and looks its place up again after a
 * change.  Reads hand out the engine's memory itself.
 */
#include "engine.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct kv_cursor {
	struct kv_txn *txn;
	enum kv_space space;
	void *native;
	enum { PLACE_NEW, PLACE_AT, PLACE_OFF } place;
	bool empty;                    /* a prefix no key can have */
	uint64_t changes, changes_all; /* when `native` was placed */
	struct str prefix, key, value;
	bool checked; /* `value` is without its checksum */
	struct kv_cursor *next;
	char prefix_bytes[KV_KEY_MAX], key_bytes[KV_KEY_MAX];
};

/* Checksums -----------------------------------------------------------------
 */

static uint32_t
sum_of(struct str key, struct str value)
{
	uint64_t h = hash64(key) * UINT64_C(0x9e3779b97f4a7c15) + hash64(value);

	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

/* Take the checksum off a stored value; on a mismatch the error sticks. */
static bool
sum_take(struct kv_txn *txn, enum kv_space space, struct str key,
	 struct str *value)
{
	static const char *const names[] = {
#define SPACE(CODE, name, owner, about) [SP_##CODE] = name,
#include <tbl/spaces.h>
#undef SPACE
	};
	struct str bare = {value->p, value->n - KV_SUM};

	if (value->n >= KV_SUM) {
		struct rd r = rd_of(str_cut(*value, bare.n, value->n));

		*value = bare;
		if (rd_be32(&r) == sum_of(key, bare))
			return true;
	}
	*value = STR_NONE;
	/* a key may name a person: the log gets its hash */
	log_line(LOG_ERROR, "kv",
		 "damaged value in %s, hash of key %016" PRIx64, names[space],
		 hash64(key));
	kv_fail(txn, ERR_CORRUPT, "", "A value of keyspace %s is damaged.",
		names[space]);
	return false;
}

/* Transactions --------------------------------------------------------------
 */

struct kv_txn *
txn_new(struct kv *kv, bool writing)
{
	struct kv_txn *txn = mem_new(sizeof(*txn));

	txn->kv = kv;
	txn->writing = writing;
	if (writing)
		txn->value = mem_new(KV_VALUE_MAX + KV_SUM);
	for (size_t i = 0; i < SP_COUNT; i++)
		arena_init(&txn->kept[i]);
	return txn;
}

void
txn_free(struct kv_txn *txn)
{
	if (txn == NULL)
		return;
	for (size_t i = 0; i < SP_COUNT; i++)
		arena_fini(&txn->kept[i]);
	free(txn->value);
	free(txn);
}

void
txn_reset(struct kv_txn *txn)
{
	while (txn->cursors != NULL)
		kv_cursor_close(txn->cursors);
	if (txn->writing) {
		for (size_t i = 0; i < SP_COUNT; i++)
			arena_reset(&txn->kept[i]);
		memset(txn->changes, 0, sizeof(txn->changes));
	}
	txn->err = OK;
	txn->trouble = TROUBLE_NONE;
	txn->grown = 0;
	txn->fault.code = OK;
}

enum err
txn_run(struct kv_txn *txn, kv_fn *fn, void *arg)
{
	enum err e = fn(txn, arg);

	while (txn->cursors != NULL)
		kv_cursor_close(txn->cursors);
	atomic_fetch_add(&txn->kv->reads, txn->reads);
	txn->reads = 0;
	if (txn->err == OK && e == OK && txn->tight && txn->grown > 0)
		e = kv_fail(txn, ERR_FULL, "",
			    "The store is nearly full: only what makes it "
			    "smaller is taken.");
	return txn->err != OK ? txn->err : e;
}

void
kv_vital(struct kv_txn *txn)
{
	txn->tight = false;
}

struct fault *
kv_fault(struct kv_txn *txn)
{
	return &txn->fault;
}

enum err
kv_error(const struct kv_txn *txn)
{
	return txn->err;
}

enum err
kv_fail(struct kv_txn *txn, enum err e, const char *path, const char *format,
	...)
{
	char text[sizeof(txn->fault.text)];
	va_list ap;

	assert(e != OK);
	if (txn->err != OK)
		return txn->err;
	txn->err = e;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fail(&txn->fault, e, path, "%s", text);
	return e;
}

bool
kv_writing(const struct kv_txn *txn)
{
	return txn->writing;
}

uint64_t
kv_serial(const struct kv_txn *txn)
{
	return txn->kv->ops->serial(txn);
}

/* Pass on what the transaction knows about its error. */
static void
fault_pass(struct fault *f, const struct fault *from)
{
	if (f != NULL && f->code == OK && from->code != OK)
		*f = *from;
}

static struct kv_txn *
pool_take(struct kv *kv)
{
	struct kv_txn *txn;

	pthread_mutex_lock(&kv->pool_lock);
	txn = kv->pool;
	if (txn != NULL)
		kv->pool = txn->next;
	pthread_mutex_unlock(&kv->pool_lock);
	return txn != NULL ? txn : txn_new(kv, false);
}

static void
pool_put(struct kv *kv, struct kv_txn *txn)
{
	pthread_mutex_lock(&kv->pool_lock);
	txn->next = kv->pool;
	kv->pool = txn;
	pthread_mutex_unlock(&kv->pool_lock);
}

enum err
kv_read(struct kv *kv, kv_fn *fn, void *arg, struct fault *f)
{
	struct kv_txn *txn = pool_take(kv);
	enum err e;

	txn_reset(txn);
	if (kv->ops->read_begin(txn)) {
		e = txn_run(txn, fn, arg);
		kv->ops->read_end(txn);
	} else {
		e = txn->err;
	}
	if (e != OK)
		fault_pass(f, &txn->fault);
	pool_put(kv, txn);
	return e;
}

enum err
kv_write(struct kv *kv, kv_fn *fn, void *arg, struct fault *f)
{
	if (kv->read_only)
		return fail(f, ERR_BUG, "", "The store is open for reading.");
	return group_write(kv->group, fn, arg, f);
}

/* Keys and values -----------------------------------------------------------
 */

static bool
key_possible(struct str key)
{
	return key.n > 0 && key.n <= KV_KEY_MAX;
}

/* What may leave a transaction: in a write, a copy. */
static struct str
slice_keep(struct kv_txn *txn, enum kv_space space, struct str s)
{
	if (!txn->writing)
		return s;
	return arena_str(&txn->kept[space], s);
}

bool
kv_get(struct kv_txn *txn, enum kv_space space, struct str key,
       struct str *value)
{
	*value = STR_NONE;
	if (txn->err != OK || !key_possible(key))
		return false;
	txn->reads++;
	if (!txn->kv->ops->get(txn, space, key, value))
		return false;
	if (!sum_take(txn, space, key, value))
		return false;
	*value = slice_keep(txn, space, *value);
	return true;
}

void
kv_get_many(struct kv_txn *txn, enum kv_space space, const struct str *keys,
	    size_t n, struct str *values)
{
	for (size_t i = 0; i < n; i++)
		kv_get(txn, space, keys[i], &values[i]);
}

/* A change is coming: slices of this keyspace end here. */
static bool
change_begin(struct kv_txn *txn, enum kv_space space, struct str key)
{
	if (txn->err != OK)
		return false;
	if (!txn->writing) {
		kv_fail(txn, ERR_BUG, "", "A change within kv_read.");
		return false;
	}
	memmove(txn->key, key.p, key.n);
	txn->changes[space]++;
	txn->changes_all++;
	return true;
}

static void
change_end(struct kv_txn *txn, enum kv_space space)
{
	arena_reset(&txn->kept[space]);
}

/* Bytes that `key` takes now. */
static int64_t
size_now(struct kv_txn *txn, enum kv_space space, struct str key)
{
	struct str old;

	if (!txn->kv->ops->get(txn, space, key, &old))
		return 0;
	return (int64_t)(key.n + old.n);
}

static void
put(struct kv_txn *txn, enum kv_space space, struct str key, struct str value,
    bool append)
{
	struct wr w;

	if (txn->err == OK && !key_possible(key))
		kv_fail(txn, ERR_LIMIT, "", "A key of %zu bytes; 1 to %u fit.",
			key.n, KV_KEY_MAX);
	if (txn->err == OK && value.n > KV_VALUE_MAX)
		kv_fail(txn, ERR_LIMIT, "",
			"A value of %zu bytes; up to %u fit.", value.n,
			KV_VALUE_MAX);
	if (!change_begin(txn, space, key))
		return;
	key.p = txn->key;
	w = wr_of(txn->value, KV_VALUE_MAX + KV_SUM);
	wr_bytes(&w, value);
	wr_be32(&w, sum_of(key, value));
	if (txn->tight)
		txn->grown += (int64_t)(key.n + value.n + KV_SUM) -
			      size_now(txn, space, key);
	txn->kv->ops->put(txn, space, key, wr_out(&w), append);
	change_end(txn, space);
}

void
kv_put(struct kv_txn *txn, enum kv_space space, struct str key,
       struct str value)
{
	put(txn, space, key, value, false);
}

void
kv_append(struct kv_txn *txn, enum kv_space space, struct str key,
	  struct str value)
{
	put(txn, space, key, value, true);
}

bool
kv_del(struct kv_txn *txn, enum kv_space space, struct str key)
{
	bool found;

	if (!key_possible(key))
		return false;
	if (!change_begin(txn, space, key))
		return false;
	key.p = txn->key;
	if (txn->tight)
		txn->grown -= size_now(txn, space, key);
	found = txn->kv->ops->del(txn, space, key);
	change_end(txn, space);
	return found;
}

/* Cursors -------------------------------------------------------------------
 */

struct kv_cursor *
kv_cursor(struct kv_txn *txn, enum kv_space space, struct str prefix)
{
	struct kv_cursor *c = mem_new(sizeof(*c));

	c->txn = txn;
	c->space = space;
	c->empty = prefix.n > KV_KEY_MAX;
	if (!c->empty && prefix.n > 0)
		memcpy(c->prefix_bytes, prefix.p, prefix.n);
	c->prefix = (struct str){c->prefix_bytes, c->empty ? 0 : prefix.n};
	c->next = txn->cursors;
	txn->cursors = c;
	return c;
}

void
kv_cursor_close(struct kv_cursor *c)
{
	struct kv_cursor **at;

	if (c == NULL)
		return;
	for (at = &c->txn->cursors; *at != c; at = &(*at)->next)
		assert(*at != NULL);
	*at = c->next;
	if (c->native != NULL)
		c->txn->kv->ops->cursor_free(c->native);
	free(c);
}

/* Move the engine's cursor, a fresh one if the keyspace changed. */
static bool
cursor_move(struct kv_cursor *c, enum kv_move move, struct str key)
{
	const struct kv_ops *ops = c->txn->kv->ops;
	bool there;

	c->place = PLACE_OFF;
	if (c->txn->err != OK || c->empty)
		return false;
	if (c->native != NULL && c->changes != c->txn->changes[c->space]) {
		ops->cursor_free(c->native);
		c->native = NULL;
	}
	if (c->native == NULL)
		c->native = ops->cursor_new(c->txn, c->space);
	c->changes = c->txn->changes[c->space];
	c->changes_all = c->txn->changes_all;
	if (c->native == NULL)
		return false;
	c->txn->reads++;
	there =
	    ops->cursor_move(c->txn, c->native, move, key, &c->key, &c->value);
	c->checked = false;
	if (there)
		c->place = PLACE_AT;
	return there;
}

/* The step before a place that may be past the end. */
static bool
cursor_before(struct kv_cursor *c, bool there)
{
	if (c->txn->err != OK)
		return false;
	return cursor_move(c, there ? MOVE_PREV : MOVE_LAST, STR_NONE);
}

/* Standing anywhere: does it count? */
static bool
cursor_settle(struct kv_cursor *c, bool there)
{
	if (there && str_starts(c->key, c->prefix)) {
		if (c->txn->writing) {
			memmove(c->key_bytes, c->key.p, c->key.n);
			c->key.p = c->key_bytes;
		}
		return true;
	}
	c->place = PLACE_OFF;
	return false;
}

static bool
seek_prefix_last(struct kv_cursor *c)
{
	char after[KV_KEY_MAX];
	size_t n = c->prefix.n;

	memcpy(after, c->prefix_bytes, n);
	while (n > 0 && (unsigned char)after[n - 1] == 0xff)
		n--;
	if (n == 0)
		return cursor_settle(c, cursor_move(c, MOVE_LAST, STR_NONE));
	after[n - 1]++;
	return cursor_settle(
	    c, cursor_before(
		   c, cursor_move(c, MOVE_AT_LEAST, (struct str){after, n})));
}

bool
kv_seek(struct kv_cursor *c, struct str key)
{
	bool cut = key.n > KV_KEY_MAX, there;

	if (str_cmp(key, c->prefix) < 0)
		key = c->prefix;
	if (key.n == 0)
		return cursor_settle(c, cursor_move(c, MOVE_FIRST, STR_NONE));
	/* no key is longer than the limit: one that is sorts right after its
	 * first bytes */
	key = str_cut(key, 0, KV_KEY_MAX);
	there = cursor_move(c, MOVE_AT_LEAST, key);
	if (there && cut && str_eq(c->key, key))
		there = cursor_move(c, MOVE_NEXT, STR_NONE);
	return cursor_settle(c, there);
}

bool
kv_seek_last(struct kv_cursor *c, struct str key)
{
	bool there;

	if (key.n == 0)
		return seek_prefix_last(c);
	if (!str_starts(key, c->prefix)) {
		if (str_cmp(key, c->prefix) > 0)
			return seek_prefix_last(c);
		c->place = PLACE_OFF;
		return false;
	}
	key = str_cut(key, 0, KV_KEY_MAX);
	there = cursor_move(c, MOVE_AT_LEAST, key);
	if (!there || !str_eq(c->key, key))
		there = cursor_before(c, there);
	return cursor_settle(c, there);
}

/* Did the keyspace change since the cursor was placed? */
static bool
cursor_stale(const struct kv_cursor *c)
{
	return c->changes != c->txn->changes[c->space];
}

bool
kv_next(struct kv_cursor *c)
{
	char from[KV_KEY_MAX];
	struct str key = {from, c->key.n};
	bool there;

	if (c->place == PLACE_NEW)
		return kv_seek(c, STR_NONE);
	if (c->place == PLACE_OFF)
		return false;
	if (!cursor_stale(c))
		return cursor_settle(c, cursor_move(c, MOVE_NEXT, STR_NONE));
	memcpy(from, c->key.p, c->key.n);
	there = cursor_move(c, MOVE_AT_LEAST, key);
	if (there && str_eq(c->key, key))
		there = cursor_move(c, MOVE_NEXT, STR_NONE);
	return cursor_settle(c, there);
}

bool
kv_prev(struct kv_cursor *c)
{
	char from[KV_KEY_MAX];
	struct str key = {from, c->key.n};

	if (c->place == PLACE_NEW)
		return kv_seek_last(c, STR_NONE);
	if (c->place == PLACE_OFF)
		return false;
	if (!cursor_stale(c))
		return cursor_settle(c, cursor_move(c, MOVE_PREV, STR_NONE));
	memcpy(from, c->key.p, c->key.n);
	return cursor_settle(
	    c, cursor_before(c, cursor_move(c, MOVE_AT_LEAST, key)));
}

struct str
kv_key(const struct kv_cursor *c)
{
	return c->place == PLACE_AT ? c->key : STR_NONE;
}

struct str
kv_value(struct kv_cursor *c)
{
	struct str value;

	if (c->place != PLACE_AT || c->txn->err != OK)
		return STR_NONE;
	if (cursor_stale(c) ||
	    (!c->checked && c->changes_all != c->txn->changes_all)) {
		kv_get(c->txn, c->space, c->key, &value);
		return value;
	}
	if (!c->checked) {
		if (!sum_take(c->txn, c->space, c->key, &c->value))
			return STR_NONE;
		c->value = slice_keep(c->txn, c->space, c->value);
		c->checked = true;
	}
	return c->value;
}

/* The store -----------------------------------------------------------------
 */

static enum err
format_read(struct kv_txn *txn, void *arg)
{
	uint32_t *format = arg;
	struct str value;
	struct rd r;

	*format = 0;
	if (!kv_get(txn, SP_META, S("format"), &value))
		return OK;
	r = rd_of(value);
	if (rd_u8(&r) > 1)
		*format = UINT32_MAX; /* a layout of days to come */
	else
		*format = rd_be32(&r);
	return r.bad ? ERR_CORRUPT : OK;
}

static enum err
format_write(struct kv_txn *txn, void *arg)
{
	uint32_t there = 0;
	char bytes[5];
	struct wr w = wr_of(bytes, sizeof(bytes));

	TRY(format_read(txn, &there)); /* another process may have been here */
	if (there != 0)
		return OK;
	wr_u8(&w, 1);
	wr_be32(&w, KV_FORMAT);
	kv_put(txn, SP_META, S("format"), wr_out(&w));
	return OK;
}

/* Is there anything but the format and settings? */
static enum err
spaces_empty(struct kv_txn *txn, void *arg)
{
	bool *empty = arg;

	*empty = true;
	for (int i = 0; i < SP_COUNT; i++) {
		struct kv_cursor *c;

		if (i == SP_META)
			continue;
		c = kv_cursor(txn, (enum kv_space)i, STR_NONE);
		if (kv_seek(c, STR_NONE))
			*empty = false;
		kv_cursor_close(c);
	}
	return OK;
}

static enum err
store_settle(struct kv *kv, const struct kv_options *o, struct fault *f)
{
	bool empty, create = o->create || o->dir == NULL;
	uint32_t format;

	TRY(kv_read(kv, format_read, &format, f));
	if (format > KV_FORMAT)
		return fail(f, ERR_NEWER, "",
			    "The store has format %u, this version knows %u.",
			    format, KV_FORMAT);
	TRY(kv_read(kv, spaces_empty, &empty, f));
	if (format == 0 && (!empty || !create))
		return fail(f, empty ? ERR_NOT_FOUND : ERR_CORRUPT, "",
			    "There is no format record: not a whole store.");
	if (!o->read_only)
		TRY(kv->ops->make_spaces(kv, f));
	if (format == 0)
		TRY(kv_write(kv, format_write, NULL, f));
	if (!o->bulk)
		return OK;
	if (!empty)
		return fail(f, ERR_CONFLICT, "",
			    "A bulk load needs an empty store.");
	return kv->ops->bulk(kv, f);
}

enum err
kv_open(struct kv **out, const struct kv_options *o, struct fault *f)
{
	struct kv *kv = mem_new(sizeof(*kv));
	enum err e;

	*out = NULL;
	kv->ops = o->dir != NULL ? &kv_lmdb_ops : &kv_ram_ops;
	kv->read_only = o->read_only;
	pthread_mutex_init(&kv->pool_lock, NULL);
	kv->group = group_new(kv);
	e = kv->ops->open(kv, o, f);
	if (e == OK)
		e = store_settle(kv, o, f);
	if (e == OK)
		*out = kv;
	else
		kv_close(kv);
	return e;
}

void
kv_close(struct kv *kv)
{
	struct kv_txn *txn;

	if (kv == NULL)
		return;
	while ((txn = kv->pool) != NULL) {
		kv->pool = txn->next;
		kv->ops->read_free(txn);
		txn_free(txn);
	}
	if (kv->engine != NULL)
		kv->ops->close(kv);
	group_free(kv->group);
	pthread_mutex_destroy(&kv->pool_lock);
	free(kv);
}

enum err
kv_sync(struct kv *kv, struct fault *f)
{
	return kv->ops->sync(kv, f);
}

enum err
kv_stats(struct kv *kv, struct kv_stats *out, struct fault *f)
{
	memset(out, 0, sizeof(*out));
	out->reads = atomic_load(&kv->reads);
	return kv->ops->stats(kv, out, f);
}

enum err
kv_copy(struct kv *kv, const char *dir, struct fault *f)
{
	return kv->ops->copy(kv, dir, f);
}
