/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The table behind delta and loader.  Each attribute and level has a head of
 * its own, which begins as a hash table: a country is one entry however many
 * users it has.  Where nearly every value is new (e-mail, address, instants)
 * looking up costs a walk through cold memory and finds nothing, so such a
 * head turns into a log: pairs are only appended, and equal keys are brought
 * together when everything is sorted.
 *
 * Values of two bytes (words side by side) are, when there are many, their own
 * place in a list.
 *
 *   head   entries by hash or by value | log of (key, item)
 *   sort   each head's entries and log by eight bytes after what its keys
 *          share, ties by whole key; then both merged into one list
 */
#include "chunk.h"
#include "table.h"

#include <stdlib.h>

#define SLOTS_FIRST 64u
#define LOG_FROM 4096u /* entries from which a head may become a log */
#define HEAD_SIZE 3u   /* attribute and level, at the front of every key */
#define VALUE_SHORT 8u
#define RADIX_FROM 512u
#define DIRECT 65536u
#define DIRECT_FROM 2048u /* entries from which a list of places pays */

struct tuple {
	struct str key;
	uint64_t item;
};

struct head {
	uint32_t id; /* attribute and level */
	struct entry *at;
	size_t n, cap;
	uint64_t *slots; /* tag of the hash, then index + 1 into `at` */
	size_t n_slots;
	uint32_t *direct; /* index + 1 by a value of two bytes */
	uint64_t items; /* in entries */
	bool logging;
	struct tuple *log;
	size_t n_log, cap_log;
};

struct table *
table_new(void)
{
	struct table *t = mem_new(sizeof(*t));

	arena_init(&t->keys);
	return t;
}

static void
entries_free(struct entry *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].cap > 0)
			free(at[i].items.many);
	free(at);
}

void
table_reset(struct table *t)
{
	entries_free(t->at, t->n);
	for (size_t i = 0; i < t->n_heads; i++) {
		entries_free(t->heads[i].at, t->heads[i].n);
		free(t->heads[i].slots);
		free(t->heads[i].direct);
		free(t->heads[i].log);
	}
	t->at = NULL;
	t->n = t->n_heads = t->bytes = 0;
	arena_reset(&t->keys);
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	table_reset(t);
	arena_fini(&t->keys);
	free(t->heads);
	free(t);
}

/* Heads ----------------------------------------------------------------------- */

static struct head *
head_new(struct table *t, uint32_t id)
{
	struct head *h;

	if (t->n_heads == t->cap_heads) {
		t->cap_heads = t->cap_heads == 0 ? 64 : 2 * t->cap_heads;
		t->heads = mem_grow(t->heads, t->cap_heads * sizeof(*h));
	}
	h = &t->heads[t->n_heads++];
	*h = (struct head){.id = id};
	return h;
}

static struct head *
head_find(struct table *t, uint32_t id)
{
	uint16_t *guess = &t->guess[(id * 0x9e3779b1u >> 16) % TABLE_GUESSES];

	if (*guess < t->n_heads && t->heads[*guess].id == id)
		return &t->heads[*guess];
	for (size_t i = 0; i < t->n_heads; i++)
		if (t->heads[i].id == id) {
			*guess = (uint16_t)i;
			return &t->heads[i];
		}
	*guess = (uint16_t)t->n_heads;
	return head_new(t, id);
}

/* A slot holds half of the hash, so that most misses never touch an entry. */
static uint64_t
slot_of(uint32_t tag, size_t index)
{
	return (uint64_t)tag << 32 | (index + 1);
}

static void
slots_grow(struct head *h)
{
	size_t n = h->n_slots == 0 ? SLOTS_FIRST : 2 * h->n_slots;

	free(h->slots);
	h->slots = mem_new(n * sizeof(*h->slots));
	h->n_slots = n;
	for (size_t i = 0; i < h->n; i++) {
		uint32_t tag = (uint32_t)(h->at[i].hash >> 32);
		size_t s = tag & (n - 1);

		while (h->slots[s] != 0)
			s = (s + 1) & (n - 1);
		h->slots[s] = slot_of(tag, i);
	}
}

static struct entry *
entry_new(struct table *t, struct head *h, struct str key, uint64_t hash)
{
	struct entry *e;

	if (h->n == h->cap) {
		h->cap = h->cap == 0 ? 16 : 2 * h->cap;
		h->at = mem_grow(h->at, h->cap * sizeof(*e));
	}
	e = &h->at[h->n++];
	*e = (struct entry){.key = arena_str(&t->keys, key), .hash = hash};
	t->bytes += sizeof(*e) + key.n + 32;
	return e;
}

static inline uint64_t
four_bytes(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Of up to VALUE_SHORT bytes: no two values of one length have the same, so
 * that what they are need not be looked at.  Multiplying by an odd number and
 * folding the high half onto the low one can both be undone. */
static inline uint64_t
hash_short(struct str value)
{
	const char *p = value.p;
	size_t n = value.n;
	uint64_t v = 0;

	if (n >= 4)
		v = four_bytes(p) | four_bytes(p + n - 4) << 32;
	else if (n > 0)
		v = (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << 8 |
		    (uint64_t)(uint8_t)p[n - 1] << 16;
	v ^= v >> 32;
	v *= UINT64_C(0x9e3779b97f4a7c15);
	return v ^ v >> 32;
}

/* The keys of a head differ in the value only. */
static bool
is_of(const struct entry *e, struct str value, uint64_t hash)
{
	return e->hash == hash && e->key.n == HEAD_SIZE + value.n &&
	       (value.n <= VALUE_SHORT ||
		memcmp(e->key.p + HEAD_SIZE, value.p, value.n) == 0);
}

static struct entry *
entry_find(struct table *t, struct head *h, struct posting at)
{
	uint64_t hash = at.value.n <= VALUE_SHORT ? hash_short(at.value)
						  : hash64(at.value);
	uint32_t tag = (uint32_t)(hash >> 32);
	uint8_t bytes[KV_KEY_MAX];
	size_t s;

	if (2 * (h->n + 1) > h->n_slots)
		slots_grow(h);
	for (s = tag & (h->n_slots - 1); h->slots[s] != 0;
	     s = (s + 1) & (h->n_slots - 1)) {
		struct entry *e = &h->at[(uint32_t)h->slots[s] - 1];

		if (h->slots[s] >> 32 == tag && is_of(e, at.value, hash))
			return e;
	}
	h->slots[s] = slot_of(tag, h->n);
	return entry_new(t, h, posting_prefix(at, bytes), hash);
}

static size_t
direct_place(const char *value)
{
	return (size_t)(uint8_t)value[0] << 8 | (uint8_t)value[1];
}

static void
direct_begin(struct head *h)
{
	h->direct = mem_new(DIRECT * sizeof(*h->direct));
	for (size_t i = 0; i < h->n; i++)
		if (h->at[i].key.n == HEAD_SIZE + 2)
			h->direct[direct_place(h->at[i].key.p + HEAD_SIZE)] =
			    (uint32_t)i + 1;
}

/* The entry of a value of two bytes. */
static struct entry *
entry_at(struct table *t, struct head *h, struct posting at)
{
	size_t place = direct_place(at.value.p);
	uint8_t bytes[KV_KEY_MAX];

	if (h->direct == NULL)
		direct_begin(h);
	if (h->direct[place] != 0)
		return &h->at[h->direct[place] - 1];
	h->direct[place] = (uint32_t)h->n + 1;
	return entry_new(t, h, posting_prefix(at, bytes), 0);
}

static void
entry_add(struct table *t, struct entry *e, uint64_t item)
{
	if (e->n == 0) {
		e->items.one = item;
	} else if (e->cap == 0) {
		uint64_t *many = mem_new(4 * sizeof(*many));

		many[0] = e->items.one;
		e->items.many = many;
		e->cap = 4;
		t->bytes += 4 * sizeof(*many);
	} else if (e->n == e->cap) {
		t->bytes += e->cap * sizeof(uint64_t);
		e->cap *= 2;
		e->items.many = mem_grow(e->items.many,
					 e->cap * sizeof(*e->items.many));
	}
	if (e->cap > 0)
		e->items.many[e->n] = item;
	e->n++;
}

static void
log_add(struct table *t, struct head *h, struct posting at, uint64_t item)
{
	uint8_t bytes[KV_KEY_MAX];
	struct str key = posting_prefix(at, bytes);

	if (h->n_log == h->cap_log) {
		h->cap_log = h->cap_log == 0 ? LOG_FROM : 2 * h->cap_log;
		h->log = mem_grow(h->log, h->cap_log * sizeof(*h->log));
	}
	h->log[h->n_log++] = (struct tuple){arena_str(&t->keys, key), item};
	t->bytes += sizeof(*h->log) + key.n + 24;
}

void
table_add(struct table *t, struct posting at, uint64_t item)
{
	struct head *h = head_find(t, (uint32_t)at.attr << 8 | at.level);

	if (h->logging) {
		log_add(t, h, at, item);
		return;
	}
	if (at.value.n == 2 && (h->direct || h->n >= DIRECT_FROM))
		entry_add(t, entry_at(t, h, at), item);
	else
		entry_add(t, entry_find(t, h, at), item);
	h->items++;
	/* more than half of what comes is new: looking up does not pay */
	h->logging = h->n >= LOG_FROM && h->items < 2 * h->n;
}

/* Sorting ------------------------------------------------------------------------ */

struct rank {
	uint64_t front; /* eight bytes of the key after what all share */
	uint32_t index;
};

static uint64_t
eight_bytes(struct str key, size_t from)
{
	uint64_t v = 0;

	if (from + 8 <= key.n) {
		memcpy(&v, key.p + from, 8);
		return __builtin_bswap64(v);
	}
	for (size_t i = 0; i < 8; i++)
		v = v << 8 | (from + i < key.n ? (uint8_t)key.p[from + i] : 0);
	return v;
}

/* Stable: least significant byte first, leaving out bytes all have alike. */
static void
radix_sort(struct rank *r, struct rank *spare, size_t n)
{
	for (unsigned shift = 0; shift < 64; shift += 8) {
		size_t count[256] = {0}, at[256], sum = 0;

		for (size_t i = 0; i < n; i++)
			count[r[i].front >> shift & 0xff]++;
		if (count[r[0].front >> shift & 0xff] == n)
			continue;
		for (size_t b = 0; b < 256; b++) {
			at[b] = sum;
			sum += count[b];
		}
		for (size_t i = 0; i < n; i++)
			spare[at[r[i].front >> shift & 0xff]++] = r[i];
		memcpy(r, spare, n * sizeof(*r));
	}
}

static int
rank_cmp(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->front != y->front)
		return x->front < y->front ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* One way to look at keys, whatever array they stand in. */
struct keyed {
	const char *first; /* the first key's struct str */
	size_t stride;
};

static struct str
key_at(const struct keyed *k, size_t i)
{
	struct str key;

	memcpy(&key, k->first + i * k->stride, sizeof(key));
	return key;
}

static size_t
shared_length(const struct keyed *keys, size_t n)
{
	struct str first = key_at(keys, 0);
	size_t shared = first.n;

	for (size_t i = 1; i < n && shared > HEAD_SIZE; i++) {
		struct str key = key_at(keys, i);
		size_t k = HEAD_SIZE;
		size_t most = key.n < shared ? key.n : shared;

		while (k < most && key.p[k] == first.p[k])
			k++;
		shared = k;
	}
	return shared;
}

static int
tie_cmp(const void *a, const void *b, void *arg)
{
	const struct rank *x = a, *y = b;
	int c = str_cmp(key_at(arg, x->index), key_at(arg, y->index));

	return c != 0 ? c : (x->index > y->index) - (x->index < y->index);
}

/* Keys with the same eight bytes, in the order of the rest of them. */
static void
sort_ties(struct keyed *keys, struct rank *r, size_t n)
{
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && r[k].front == r[i].front;)
			k++;
		if (k - i > 1)
			qsort_r(r + i, k - i, sizeof(*r), tie_cmp, keys);
	}
}

static struct rank *
ranks_of(struct keyed keys, size_t n)
{
	struct rank *r = mem_new((n + 1) * sizeof(*r)), *spare;
	size_t shared = n == 0 ? 0 : shared_length(&keys, n);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct rank){eight_bytes(key_at(&keys, i), shared),
				     (uint32_t)i};
	if (n < RADIX_FROM) {
		qsort(r, n, sizeof(*r), rank_cmp);
	} else {
		spare = mem_new(n * sizeof(*spare));
		radix_sort(r, spare, n);
		free(spare);
	}
	sort_ties(&keys, r, n);
	return r;
}

/* The next key of the log with all its items. */
static size_t
log_take(struct table *t, const struct head *h, const struct rank *r, size_t at,
	 struct entry *e)
{
	struct str key = h->log[r[at].index].key;

	for (; at < h->n_log && str_eq(h->log[r[at].index].key, key); at++)
		entry_add(t, e, h->log[r[at].index].item);
	e->key = key;
	return at;
}

static void
merge_head(struct table *t, struct head *h)
{
	const char *at = h->n > 0 ? (const char *)&h->at->key : NULL;
	const char *log = h->n_log > 0 ? (const char *)&h->log->key : NULL;
	struct rank *hashed =
	    ranks_of((struct keyed){at, sizeof(*h->at)}, h->n);
	struct rank *logged =
	    ranks_of((struct keyed){log, sizeof(*h->log)}, h->n_log);
	size_t i = 0, k = 0;

	while (i < h->n || k < h->n_log) {
		struct entry *e = &t->at[t->n++];
		int c = i == h->n	? 1
			: k == h->n_log ? -1
					: str_cmp(h->at[hashed[i].index].key,
						  h->log[logged[k].index].key);

		*e = (struct entry){0};
		if (c <= 0)
			*e = h->at[hashed[i++].index];
		if (c >= 0) /* what was logged came after what was hashed */
			k = log_take(t, h, logged, k, e);
	}
	free(hashed);
	free(logged);
	free(h->at); /* the lists have moved */
	h->at = NULL;
	h->n = h->cap = 0;
}

static int
head_cmp(const void *a, const void *b)
{
	const struct head *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

void
table_sort(struct table *t)
{
	size_t most = 0;

	if (t->n_heads > 1)
		qsort(t->heads, t->n_heads, sizeof(*t->heads), head_cmp);
	for (size_t i = 0; i < t->n_heads; i++)
		most += t->heads[i].n + t->heads[i].n_log;
	t->at = mem_new((most + 1) * sizeof(*t->at));
	t->n = 0;
	for (size_t i = 0; i < t->n_heads; i++)
		merge_head(t, &t->heads[i]);
}

const uint64_t *
entry_items(const struct entry *e)
{
	return e->cap == 0 ? &e->items.one : e->items.many;
}
