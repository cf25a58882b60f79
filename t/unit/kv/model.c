/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * 100,000 random operations on every engine and on a model that cannot be
 * wrong in an interesting way: a sorted array.  Transactions of random length
 * put, append, delete, look and walk with a cursor that stays open while keys
 * around it change; some fail, and then nothing of them may be there.  After
 * each the number of a snapshot grows iff something was kept; now and then the
 * whole store is read both ways and compared, and the LMDB store is closed and
 * opened again.
 *
 * The seed is printed; RAPPORT_SEED sets it.
 */
#include "store.h"

#include "t/dice.h"

#define OPERATIONS 100000
#define SPACES 3

static const enum kv_space spaces[SPACES] = {SP_USER, SP_CHAT, SP_POST};

struct pair {
	struct str key, value; /* owned */
};

struct model {
	struct pair *pairs[SPACES];
	size_t n[SPACES], cap[SPACES];
};

struct run {
	uint64_t random; /* state of the generator */
	struct model model;
	uint64_t operations;
	uint64_t wrong; /* differences */
	bool fails;     /* this transaction will */
	bool changes;
};

static uint64_t
next_random(uint64_t *state)
{
	return splitmix64(state);
}

static uint64_t
below(struct run *r, uint64_t n)
{
	return next_random(&r->random) % n;
}

/* The model -----------------------------------------------------------------
 */

static struct str
str_own(struct str s)
{
	char *p = mem_new(s.n + 1);

	memcpy(p, s.p, s.n);
	return (struct str){p, s.n};
}

static void
str_free(struct str s)
{
	free((void *)(uintptr_t)s.p);
}

/* Index of the first key >= `key`. */
static size_t
model_from(const struct model *m, int space, struct str key)
{
	size_t lo = 0, hi = m->n[space];

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (str_cmp(m->pairs[space][mid].key, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
model_has(const struct model *m, int space, size_t i, struct str key)
{
	return i < m->n[space] && str_eq(m->pairs[space][i].key, key);
}

static void
model_put(struct model *m, int space, struct str key, struct str value)
{
	size_t i = model_from(m, space, key);
	struct pair *at;

	if (model_has(m, space, i, key)) {
		str_free(m->pairs[space][i].value);
		m->pairs[space][i].value = str_own(value);
		return;
	}
	if (m->n[space] == m->cap[space]) {
		m->cap[space] = 2 * m->cap[space] + 16;
		m->pairs[space] = mem_grow(m->pairs[space],
					   m->cap[space] * sizeof(struct pair));
	}
	at = &m->pairs[space][i];
	memmove(at + 1, at, (m->n[space] - i) * sizeof(*at));
	*at = (struct pair){str_own(key), str_own(value)};
	m->n[space]++;
}

static void
model_del(struct model *m, int space, size_t i)
{
	struct pair *at = &m->pairs[space][i];

	str_free(at->key);
	str_free(at->value);
	memmove(at, at + 1, (m->n[space] - i - 1) * sizeof(*at));
	m->n[space]--;
}

static void
model_free(struct model *m)
{
	for (int s = 0; s < SPACES; s++) {
		while (m->n[s] > 0)
			model_del(m, s, m->n[s] - 1);
		free(m->pairs[s]);
	}
	memset(m, 0, sizeof(*m));
}

static struct model
model_copy(const struct model *from)
{
	struct model m = {0};

	for (int s = 0; s < SPACES; s++) {
		m.n[s] = m.cap[s] = from->n[s];
		m.pairs[s] = mem_new((m.n[s] + 1) * sizeof(struct pair));
		for (size_t i = 0; i < m.n[s]; i++) {
			m.pairs[s][i].key = str_own(from->pairs[s][i].key);
			m.pairs[s][i].value = str_own(from->pairs[s][i].value);
		}
	}
	return m;
}

/* Comparison ----------------------------------------------------------------
 */

static void
expect(struct run *r, bool good, const char *what, struct str key)
{
	if (good)
		return;
	if (r->wrong++ > 10)
		return;
	printf("# operation %" PRIu64 ", %s, key of %zu:", r->operations, what,
	       key.n);
	for (size_t i = 0; i < key.n && i < 16; i++)
		printf(" %02x", (unsigned char)key.p[i]);
	printf("\n");
}

/* The cursor stands where the model says: at index i, or nowhere. */
static void
expect_at(struct run *r, int space, struct kv_cursor *c, bool there, size_t i,
	  bool want)
{
	const struct pair *p = &r->model.pairs[space][i];

	expect(r, there == want, "cursor is (not) somewhere", kv_key(c));
	if (!there || !want)
		return;
	expect(r, str_eq(kv_key(c), p->key), "cursor key", p->key);
	expect(r, str_eq(kv_value(c), p->value), "cursor value", p->key);
}

static enum err
compare_all(struct kv_txn *txn, void *arg)
{
	struct run *r = arg;
	struct model *m = &r->model;

	for (int s = 0; s < SPACES; s++) {
		struct kv_cursor *c = kv_cursor(txn, spaces[s], STR_NONE);
		size_t i;

		for (i = 0; i < m->n[s]; i++)
			expect_at(r, s, c, kv_next(c), i, true);
		expect(r, !kv_next(c), "more than the model has", kv_key(c));
		kv_cursor_close(c);
		c = kv_cursor(txn, spaces[s], STR_NONE);
		for (i = m->n[s]; i-- > 0;)
			expect_at(r, s, c, kv_prev(c), i, true);
		kv_cursor_close(c);
	}
	return kv_error(txn);
}

/* Operations ----------------------------------------------------------------
 */

/* Short keys of few bytes, so that they meet; sometimes a long one. */
static struct str
random_key(struct run *r, char out[KV_KEY_MAX])
{
	static const char bytes[] = {'\0', '\1', 'a', 'b', '\x7f', '\xff'};
	size_t n = 1 + below(r, below(r, 8) == 0 ? 8 : 4);

	if (below(r, 100) == 0)
		n = KV_KEY_MAX - below(r, 3);
	for (size_t i = 0; i < n; i++)
		out[i] = bytes[n > 100 && i < n - 2 ? 2 : below(r, 6)];
	return (struct str){out, n};
}

static struct str
random_value(struct run *r, char *out)
{
	size_t n = below(r, 64);

	if (below(r, 20) == 0)
		n = below(r, 5000);
	if (below(r, 500) == 0)
		n = KV_VALUE_MAX - below(r, 3);
	memset(out, (int)below(r, 256), n);
	if (n >= 8)
		memcpy(out, &r->random, 8);
	return (struct str){out, n};
}

static void
do_change(struct run *r, struct kv_txn *txn, int s, char *value)
{
	char bytes[KV_KEY_MAX];
	struct str key = random_key(r, bytes), v;
	size_t i = model_from(&r->model, s, key);
	bool had = model_has(&r->model, s, i, key);

	/* as many dels as puts once there are some hundred keys */
	if (below(r, 10) < (r->model.n[s] > 400 ? 6 : 3)) {
		expect(r, kv_del(txn, spaces[s], key) == had, "del", key);
		if (had)
			model_del(&r->model, s, i);
		r->changes = r->changes || had;
		return;
	}
	v = random_value(r, value);
	if (i == r->model.n[s])
		kv_append(txn, spaces[s], key, v);
	else
		kv_put(txn, spaces[s], key, v);
	model_put(&r->model, s, key, v);
	r->changes = true;
}

static void
do_look(struct run *r, struct kv_txn *txn, int s)
{
	char bytes[KV_KEY_MAX];
	struct str key = random_key(r, bytes), got;
	size_t i = model_from(&r->model, s, key);
	bool had = model_has(&r->model, s, i, key);

	expect(r, kv_get(txn, spaces[s], key, &got) == had, "get", key);
	if (had)
		expect(r, str_eq(got, r->model.pairs[s][i].value), "got", key);
}

/* Where a walker stands, by the model: a key, or nowhere. */
struct walker {
	struct kv_cursor *c;
	int space;
	struct str prefix;
	char prefix_bytes[KV_KEY_MAX], at_bytes[KV_KEY_MAX];
	struct str at; /* p NULL: nowhere */
};

static void
walker_open(struct run *r, struct kv_txn *txn, struct walker *w)
{
	w->space = (int)below(r, SPACES);
	w->prefix = random_key(r, w->prefix_bytes);
	w->prefix.n = below(r, w->prefix.n < 3 ? w->prefix.n + 1 : 3);
	w->at = STR_NONE;
	w->c = kv_cursor(txn, spaces[w->space], w->prefix);
}

/* It moved to index i if that is there and has the prefix. */
static void
walker_moved(struct run *r, struct walker *w, bool there, size_t i)
{
	const struct model *m = &r->model;
	bool want = i < m->n[w->space] &&
		    str_starts(m->pairs[w->space][i].key, w->prefix);

	expect_at(r, w->space, w->c, there, want ? i : 0, want);
	w->at = STR_NONE;
	if (!want)
		return;
	w->at = m->pairs[w->space][i].key;
	memcpy(w->at_bytes, w->at.p, w->at.n);
	w->at.p = w->at_bytes;
}

/* The last key <= `key` with the prefix, or SIZE_MAX, by looking at all. */
static size_t
model_last(const struct model *m, int s, struct str prefix, struct str key)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < m->n[s]; i++) {
		struct str k = m->pairs[s][i].key;

		if (str_starts(k, prefix) &&
		    (key.n == 0 || str_cmp(k, key) <= 0))
			found = i;
	}
	return found;
}

static void
do_walk(struct run *r, struct walker *w)
{
	const struct model *m = &r->model;
	char bytes[KV_KEY_MAX];
	struct str key = random_key(r, bytes);
	size_t i;

	if (below(r, 8) == 0)
		key.n = 0;
	switch (w->at.p == NULL ? below(r, 2) : below(r, 6)) {
	case 0:
		i = model_from(m, w->space,
			       str_cmp(key, w->prefix) < 0 ? w->prefix : key);
		walker_moved(r, w, kv_seek(w->c, key), i);
		break;
	case 1:
		i = model_last(m, w->space, w->prefix, key);
		walker_moved(r, w, kv_seek_last(w->c, key), i);
		break;
	case 2:
	case 3:
		i = model_from(m, w->space, w->at);
		i += model_has(m, w->space, i, w->at);
		walker_moved(r, w, kv_next(w->c), i);
		break;
	default:
		i = model_from(m, w->space, w->at);
		walker_moved(r, w, kv_prev(w->c), i - 1);
		break;
	}
}

static enum err
transaction(struct kv_txn *txn, void *arg)
{
	static const char reason[] = "as the test wants it";
	struct run *r = arg;
	char *value = mem_new(KV_VALUE_MAX);
	struct walker w;

	walker_open(r, txn, &w);
	for (size_t n = 1 + below(r, 50); n > 0; n--) {
		int s = (int)below(r, SPACES);

		r->operations++;
		switch (below(r, 4)) {
		case 0:
		case 1:
			do_change(r, txn, s, value);
			break;
		case 2:
			do_look(r, txn, s);
			break;
		default:
			do_walk(r, &w);
		}
	}
	kv_cursor_close(w.c);
	free(value);
	if (r->fails && below(r, 2) == 0)
		kv_fail(txn, ERR_STALE, "", "%s", reason);
	else if (r->fails)
		return ERR_STALE;
	return OK;
}

static enum err
serial_read(struct kv_txn *txn, void *arg)
{
	*(uint64_t *)arg = kv_serial(txn);
	return OK;
}

static void
step(struct run *r, struct kv *kv)
{
	struct model before = model_copy(&r->model);
	struct fault f = {.code = OK};
	uint64_t serial[2] = {0, 0};
	enum err e = kv_read(kv, serial_read, &serial[0], NULL);

	r->fails = below(r, 5) == 0;
	r->changes = false;
	if (e == OK)
		e = kv_write(kv, transaction, r, &f);
	expect(r, e == (r->fails ? ERR_STALE : OK), f.text, STR_NONE);
	if (r->fails) {
		model_free(&r->model);
		r->model = before;
	} else {
		model_free(&before);
	}
	if (kv_read(kv, serial_read, &serial[1], NULL) != OK)
		expect(r, false, "serial", STR_NONE);
	expect(r, serial[1] == serial[0] + (r->changes && !r->fails),
	       "number of the commit", STR_NONE);
	if (below(r, 50) == 0 && kv_read(kv, compare_all, r, &f) != OK)
		expect(r, false, f.text, STR_NONE);
}

static void
run_engine(bool lmdb, uint64_t seed)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.create = true, .dir = lmdb ? d.path : NULL};
	struct kv *kv = store_open(&o);
	struct run r = {.random = seed};
	struct kv_stats stats;
	int opened = 1;

	while (r.operations < OPERATIONS && r.wrong == 0) {
		step(&r, kv);
		if (lmdb && below(&r, 200) == 0) {
			kv_close(kv);
			kv = store_open(&o);
			opened++;
		}
	}
	expect(&r, kv_read(kv, compare_all, &r, NULL) == OK, "end", STR_NONE);
	is_int(r.wrong, 0, "%s: %" PRIu64 " operations as the model says",
	       lmdb ? "lmdb" : "ram", r.operations);
	if (lmdb)
		ok(opened > 3, "opened %d times", opened);
	ok(kv_stats(kv, &stats, NULL) == OK &&
	       stats.entries[SP_USER] == r.model.n[0] &&
	       stats.entries[SP_CHAT] == r.model.n[1],
	   "stats count %zu and %zu keys", r.model.n[0], r.model.n[1]);
	ok(r.model.n[0] > 100, "the store was not always empty");
	model_free(&r.model);
	kv_close(kv);
	folder_remove(&d);
}

int
main(void)
{
	const char *given = getenv("RAPPORT_SEED");
	uint64_t seed = random_u64();

	if (given != NULL && !str_to_u64(str_of(given), &seed))
		seed = 1;
	printf("# RAPPORT_SEED=%" PRIu64 "\n", seed);
	run_engine(false, seed);
	run_engine(true, seed);
	return done_testing();
}
