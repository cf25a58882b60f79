/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The store in memory: the small engine that says what the contract means,
 * for tests and for `dir` NULL.  Nothing outlives the process.
 *
 * Each keyspace is a treap that never changes: a put or del makes new nodes
 * along its path and shares the rest, so a snapshot is one pointer, a nested
 * transaction copies its parent's pointers, and an abort drops them.  Nodes
 * and records count their holders.  The heap order comes from a hash of the
 * key, so the shape depends on the keys alone.  A cursor is a key; each move
 * goes down from the root.
 */
#include "engine.h"

#include <stdatomic.h>
#include <stdlib.h>

struct record {
	atomic_uint holders;
	struct str key, value;
	char bytes[];
};

struct node {
	atomic_uint holders;
	uint64_t rank;  /* greater is nearer to the root */
	uint64_t count; /* nodes of the subtree */
	struct node *left, *right;
	struct record *record;
};

struct roots {
	struct node *root[SP_COUNT];
	uint64_t serial;
	uint64_t bytes; /* of all records */
	bool changed;
};

struct ram {
	pthread_mutex_t lock; /* of `last` and `readers` */
	struct roots last;
	uint32_t readers;
	size_t max; /* bytes, or 0 */
};

struct ram_cursor {
	enum kv_space space;
	struct record *at; /* held */
};

static struct ram *
ram_of(const struct kv *kv)
{
	return kv->engine;
}

static struct roots *
roots_of(const struct kv_txn *txn)
{
	return txn->native;
}

/* Nodes ---------------------------------------------------------------------
 */

static struct record *
record_new(struct str key, struct str value)
{
	struct record *r = mem_new(sizeof(*r) + key.n + value.n);

	atomic_init(&r->holders, 1);
	memcpy(r->bytes, key.p, key.n);
	memcpy(r->bytes + key.n, value.p, value.n);
	r->key = (struct str){r->bytes, key.n};
	r->value = (struct str){r->bytes + key.n, value.n};
	return r;
}

static struct record *
record_hold(struct record *r)
{
	atomic_fetch_add(&r->holders, 1);
	return r;
}

static void
record_drop(struct record *r)
{
	if (r != NULL && atomic_fetch_sub(&r->holders, 1) == 1)
		free(r);
}

static struct node *
node_hold(struct node *n)
{
	if (n != NULL)
		atomic_fetch_add(&n->holders, 1);
	return n;
}

/* Depth is that of the treap: about 2.5 log2 of its size. */
static void
node_drop(struct node *n)
{
	if (n == NULL || atomic_fetch_sub(&n->holders, 1) != 1)
		return;
	node_drop(n->left);
	node_drop(n->right);
	record_drop(n->record);
	free(n);
}

static uint64_t
node_count(const struct node *n)
{
	return n == NULL ? 0 : n->count;
}

/* Takes all three. */
static struct node *
node_new(uint64_t rank, struct record *record, struct node *left,
	 struct node *right)
{
	struct node *n = mem_new(sizeof(*n));

	atomic_init(&n->holders, 1);
	n->rank = rank;
	n->record = record;
	n->left = left;
	n->right = right;
	n->count = 1 + node_count(left) + node_count(right);
	return n;
}

/* `n` with other children; takes them, not `n`. */
static struct node *
node_with(const struct node *n, struct node *left, struct node *right)
{
	return node_new(n->rank, record_hold(n->record), left, right);
}

/* Cut in two: keys below `key`, keys from it on. Borrows `n`. */
static void
treap_split(struct node *n, struct str key, struct node **below,
	    struct node **from)
{
	struct node *inner;

	if (n == NULL) {
		*below = *from = NULL;
	} else if (str_cmp(n->record->key, key) < 0) {
		treap_split(n->right, key, &inner, from);
		*below = node_with(n, node_hold(n->left), inner);
	} else {
		treap_split(n->left, key, below, &inner);
		*from = node_with(n, inner, node_hold(n->right));
	}
}

/* All keys of `a` are below those of `b`. Borrows both. */
static struct node *
treap_join(struct node *a, struct node *b)
{
	if (a == NULL)
		return node_hold(b);
	if (b == NULL)
		return node_hold(a);
	if (a->rank >= b->rank)
		return node_with(a, node_hold(a->left),
				 treap_join(a->right, b));
	return node_with(b, treap_join(a, b->left), node_hold(b->right));
}

/* Borrows `n`, takes `record`. */
static struct node *
treap_put(struct node *n, uint64_t rank, struct record *record)
{
	struct node *below, *from;
	int order = n == NULL ? 0 : str_cmp(record->key, n->record->key);

	if (n != NULL && order == 0)
		return node_new(n->rank, record, node_hold(n->left),
				node_hold(n->right));
	if (n == NULL || rank > n->rank) {
		treap_split(n, record->key, &below, &from);
		return node_new(rank, record, below, from);
	}
	if (order < 0)
		return node_with(n, treap_put(n->left, rank, record),
				 node_hold(n->right));
	return node_with(n, node_hold(n->left),
			 treap_put(n->right, rank, record));
}

/* Borrows `n`; the key is there. */
static struct node *
treap_del(struct node *n, struct str key)
{
	int order = str_cmp(key, n->record->key);

	if (order == 0)
		return treap_join(n->left, n->right);
	if (order < 0)
		return node_with(n, treap_del(n->left, key),
				 node_hold(n->right));
	return node_with(n, node_hold(n->left), treap_del(n->right, key));
}

static struct record *
treap_get(const struct node *n, struct str key)
{
	while (n != NULL) {
		int order = str_cmp(key, n->record->key);

		if (order == 0)
			return n->record;
		n = order < 0 ? n->left : n->right;
	}
	return NULL;
}

/* First key at least (or, `after`, greater than) `key`. */
static struct record *
treap_from(const struct node *n, struct str key, bool after)
{
	struct record *best = NULL;

	while (n != NULL) {
		int order = str_cmp(n->record->key, key);

		if (order > 0 || (order == 0 && !after)) {
			best = n->record;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

static struct record *
treap_before(const struct node *n, struct str key)
{
	struct record *best = NULL;

	while (n != NULL) {
		if (str_cmp(n->record->key, key) < 0) {
			best = n->record;
			n = n->right;
		} else {
			n = n->left;
		}
	}
	return best;
}

static struct record *
treap_end(const struct node *n, bool last)
{
	struct record *end = NULL;

	for (; n != NULL; n = last ? n->right : n->left)
		end = n->record;
	return end;
}

/* Open and transactions -----------------------------------------------------
 */

static enum err
ram_open(struct kv *kv, const struct kv_options *o, struct fault *f)
{
	struct ram *ram = mem_new(sizeof(*ram));

	kv->engine = ram;
	ram->max = o->map_max;
	pthread_mutex_init(&ram->lock, NULL);
	return OK;
}

static struct roots *
roots_copy(const struct roots *from)
{
	struct roots *r = mem_new(sizeof(*r));

	*r = *from;
	for (size_t i = 0; i < SP_COUNT; i++)
		node_hold(r->root[i]);
	return r;
}

static void
roots_drop(struct roots *r)
{
	for (size_t i = 0; i < SP_COUNT; i++)
		node_drop(r->root[i]);
}

static void
ram_close(struct kv *kv)
{
	struct ram *ram = ram_of(kv);

	roots_drop(&ram->last);
	pthread_mutex_destroy(&ram->lock);
	free(ram);
}

static enum err
ram_nothing(struct kv *kv, struct fault *f)
{
	return OK; /* nothing to make, nothing to sync */
}

static bool
ram_read_begin(struct kv_txn *txn)
{
	struct ram *ram = ram_of(txn->kv);

	pthread_mutex_lock(&ram->lock);
	txn->native = roots_copy(&ram->last);
	ram->readers++;
	pthread_mutex_unlock(&ram->lock);
	return true;
}

static void
ram_read_free(struct kv_txn *txn)
{
	if (txn->native == NULL)
		return;
	roots_drop(roots_of(txn));
	free(txn->native);
	txn->native = NULL;
}

static void
ram_read_end(struct kv_txn *txn)
{
	struct ram *ram = ram_of(txn->kv);

	ram_read_free(txn);
	pthread_mutex_lock(&ram->lock);
	ram->readers--;
	pthread_mutex_unlock(&ram->lock);
}

static bool
ram_write_begin(struct kv_txn *txn, struct kv_txn *parent)
{
	struct ram *ram = ram_of(txn->kv);
	struct roots *r;

	/* `last` changes under the group's lead only, which is ours */
	txn->outer = parent;
	r = roots_copy(parent != NULL ? roots_of(parent) : &ram->last);
	if (parent == NULL) {
		r->serial++;
		r->changed = false;
	}
	txn->native = r;
	txn->tight = ram->max != 0 && r->bytes >= ram->max - ram->max / 20;
	return true;
}

static bool
ram_write_commit(struct kv_txn *txn)
{
	struct ram *ram = ram_of(txn->kv);
	struct roots *r = roots_of(txn), old;

	txn->native = NULL;
	if (txn->outer != NULL) {
		old = *roots_of(txn->outer);
		*roots_of(txn->outer) = *r;
	} else if (r->changed) {
		pthread_mutex_lock(&ram->lock);
		old = ram->last;
		ram->last = *r;
		pthread_mutex_unlock(&ram->lock);
	} else {
		old = *r;
	}
	roots_drop(&old);
	free(r);
	return true;
}

static void
ram_write_abort(struct kv_txn *txn)
{
	ram_read_free(txn);
}

static bool
ram_relieve(struct kv *kv)
{
	return false;
}

static uint64_t
ram_serial(const struct kv_txn *txn)
{
	return roots_of(txn)->serial;
}

/* Keys and values -----------------------------------------------------------
 */

static bool
ram_get(struct kv_txn *txn, enum kv_space space, struct str key,
	struct str *value)
{
	const struct record *r = treap_get(roots_of(txn)->root[space], key);

	if (r != NULL)
		*value = r->value;
	return r != NULL;
}

/* Swap a keyspace's root for a new one. */
static void
root_set(struct roots *r, enum kv_space space, struct node *root)
{
	node_drop(r->root[space]);
	r->root[space] = root;
	r->changed = true;
}

static void
ram_put(struct kv_txn *txn, enum kv_space space, struct str key,
	struct str value, bool append)
{
	const struct ram *ram = ram_of(txn->kv);
	struct roots *r = roots_of(txn);
	const struct record *old = treap_get(r->root[space], key);
	const struct record *last = treap_end(r->root[space], true);
	uint64_t bytes = r->bytes + key.n + value.n;

	if (append && last != NULL && str_cmp(key, last->key) <= 0) {
		kv_fail(txn, ERR_BUG, "", "An append out of order.");
		return;
	}
	if (old != NULL)
		bytes -= old->key.n + old->value.n;
	if (ram->max != 0 && bytes > ram->max) {
		txn->trouble = TROUBLE_ROOM;
		kv_fail(txn, ERR_FULL, "", "The store in memory is full.");
		return;
	}
	r->bytes = bytes;
	root_set(
	    r, space,
	    treap_put(r->root[space], hash64(key), record_new(key, value)));
}

static bool
ram_del(struct kv_txn *txn, enum kv_space space, struct str key)
{
	struct roots *r = roots_of(txn);
	const struct record *old = treap_get(r->root[space], key);

	if (old == NULL)
		return false;
	r->bytes -= old->key.n + old->value.n;
	root_set(r, space, treap_del(r->root[space], key));
	return true;
}

static void *
ram_cursor_new(struct kv_txn *txn, enum kv_space space)
{
	struct ram_cursor *c = mem_new(sizeof(*c));

	c->space = space;
	return c;
}

static void
ram_cursor_free(void *native)
{
	struct ram_cursor *c = native;

	record_drop(c->at);
	free(c);
}

static bool
ram_cursor_move(struct kv_txn *txn, void *native, enum kv_move move,
		struct str key, struct str *key_out, struct str *value_out)
{
	struct ram_cursor *c = native;
	const struct node *root = roots_of(txn)->root[c->space];
	struct record *to = NULL;

	switch (move) {
	case MOVE_FIRST:
	case MOVE_LAST:
		to = treap_end(root, move == MOVE_LAST);
		break;
	case MOVE_AT_LEAST:
		to = treap_from(root, key, false);
		break;
	case MOVE_NEXT:
		to = treap_from(root, c->at->key, true);
		break;
	case MOVE_PREV:
		to = treap_before(root, c->at->key);
		break;
	}
	if (to == NULL)
		return false;
	record_hold(to);
	record_drop(c->at);
	c->at = to;
	*key_out = to->key;
	*value_out = to->value;
	return true;
}

/* For operators
 * ----------------------------------------------------------------- */

static enum err
ram_stats(struct kv *kv, struct kv_stats *out, struct fault *f)
{
	struct ram *ram = ram_of(kv);

	pthread_mutex_lock(&ram->lock);
	out->serial = ram->last.serial;
	out->bytes_used = ram->last.bytes;
	out->readers = ram->readers;
	for (size_t i = 0; i < SP_COUNT; i++)
		out->entries[i] = node_count(ram->last.root[i]);
	pthread_mutex_unlock(&ram->lock);
	out->map_bytes = ram->max;
	return OK;
}

static enum err
ram_copy(struct kv *kv, const char *dir, struct fault *f)
{
	return fail(f, ERR_CONFLICT, "",
		    "A store in memory has no file to copy.");
}

const struct kv_ops kv_ram_ops = {
    .open = ram_open,
    .close = ram_close,
    .make_spaces = ram_nothing,
    .bulk = ram_nothing,
    .sync = ram_nothing,
    .stats = ram_stats,
    .copy = ram_copy,
    .read_begin = ram_read_begin,
    .read_end = ram_read_end,
    .read_free = ram_read_free,
    .write_begin = ram_write_begin,
    .write_commit = ram_write_commit,
    .write_abort = ram_write_abort,
    .relieve = ram_relieve,
    .serial = ram_serial,
    .get = ram_get,
    .put = ram_put,
    .del = ram_del,
    .cursor_new = ram_cursor_new,
    .cursor_free = ram_cursor_free,
    .cursor_move = ram_cursor_move,
};
