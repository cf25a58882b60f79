/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Building all postings from nothing, in bounded memory: an external sort that
 * combines.  Ids are gathered by key in a table; when it is full it is sorted
 * and written as a run to an unlinked temporary file.  Draining merges the
 * runs (a linear pick: there are few) and what is left in memory, in key
 * order.  Users are fed in id order, so within one key the runs in
 * order of writing give ascending ids.
 *
 *   run   (be16 key length, key, be32 count, count x be32 id)*
 *
 * Pairs are prepared outside any transaction and appended in slices, so a
 * transaction stays small and can be run again.
 */
#include "chunk.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RUNS_MAX 512u
#define SLICE_BYTES (8u << 20)
#define FILE_BUFFER (256u << 10)

/* A sorted source: a file, or (file NULL) a table that stayed in memory. */
struct run {
	FILE *file;
	struct table *table;
	size_t table_at;
	uint8_t key[KV_KEY_MAX];
	struct str head; /* the key it stands at; p NULL at its end */
	uint32_t left;   /* ids of it not read yet */
};

struct loader {
	size_t memory;
	char *dir;
	struct table *table; /* being filled */
	struct run runs[RUNS_MAX];
	size_t n_runs;
	/* draining: the chunk being filled, and where it goes */
	uint16_t ids[CHUNK_IDS];
	uint32_t n_ids;
	uint16_t chunk;
	struct buf value;
	pair_fn *fn;
	void *arg;
	enum err failed;
	bool sorted;
};

struct loader *
loader_new(size_t memory, const char *dir)
{
	struct loader *l = mem_new(sizeof(*l));

	l->memory = memory;
	l->dir = strdup(dir);
	l->table = table_new();
	return l;
}

void
loader_free(struct loader *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n_runs; i++) {
		if (l->runs[i].file != NULL)
			fclose(l->runs[i].file);
		table_free(l->runs[i].table);
	}
	table_free(l->table);
	buf_fini(&l->value);
	free(l->dir);
	free(l);
}

static enum err
file_fault(struct fault *f, const char *what)
{
	enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;

	return fail(f, e, "", "%s a temporary file: %s", what,
		    strerror(errno));
}

static FILE *
temp_file(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");

	if (file != NULL)
		setvbuf(file, NULL, _IOFBF, FILE_BUFFER);
	else if (fd >= 0)
		close(fd);
	return file;
}

static bool
run_put(FILE *file, const struct entry *e)
{
	const uint64_t *items = entry_items(e);
	struct buf b;
	bool good;

	buf_init(&b);
	buf_be16(&b, (uint16_t)e->key.n);
	buf_put(&b, e->key);
	buf_be32(&b, e->n);
	for (uint32_t i = 0; i < e->n; i++)
		buf_be32(&b, (uint32_t)items[i]);
	good = fwrite(b.p, 1, b.n, file) == b.n;
	buf_fini(&b);
	return good;
}

static enum err
run_new(struct loader *l, struct run **out, struct fault *f)
{
	if (l->n_runs == RUNS_MAX)
		return fail(f, ERR_LIMIT, "",
			    "more than %u runs: give the work more memory",
			    RUNS_MAX);
	*out = &l->runs[l->n_runs++];
	**out = (struct run){0};
	return OK;
}

static enum err
spill(struct loader *l, struct fault *f)
{
	struct run *r = NULL;

	TRY(run_new(l, &r, f));
	r->file = temp_file(l->dir);
	if (r->file == NULL)
		return file_fault(f, "making");
	table_sort(l->table);
	for (size_t i = 0; i < l->table->n; i++)
		if (!run_put(r->file, &l->table->at[i]))
			return file_fault(f, "writing");
	if (fflush(r->file) != 0)
		return file_fault(f, "writing");
	table_reset(l->table);
	return OK;
}

enum err
loader_add(struct loader *l, struct posting at, uint32_t id, struct fault *f)
{
	table_add(l->table, at, id);
	return l->table->bytes > l->memory ? spill(l, f) : OK;
}

void
loader_sort(struct loader *l)
{
	table_sort(l->table);
	l->sorted = true;
}

/* What is in memory becomes the last source. */
static enum err
keep_table(struct loader *l, struct fault *f)
{
	struct run *r = NULL;

	if (!l->sorted)
		table_sort(l->table);
	l->sorted = true;
	if (l->table->n == 0)
		return OK;
	TRY(run_new(l, &r, f));
	r->table = l->table;
	l->table = table_new();
	l->sorted = false;
	return OK;
}

enum err
loader_join(struct loader *l, struct loader *other, struct fault *f)
{
	TRY(keep_table(l, f));
	TRY(keep_table(other, f));
	for (size_t i = 0; i < other->n_runs; i++) {
		struct run *r = NULL;

		TRY(run_new(l, &r, f));
		*r = other->runs[i];
		other->runs[i] = (struct run){0};
	}
	other->n_runs = 0;
	return OK;
}

static enum err
run_read(struct run *r, void *out, size_t n, struct fault *f)
{
	if (fread(out, 1, n, r->file) == n)
		return OK;
	return file_fault(f, "reading");
}

/* Go to the next key of a source. */
static enum err
run_next(struct run *r, struct fault *f)
{
	uint8_t head[4];
	size_t n;

	r->head = STR_NONE;
	if (r->table != NULL) {
		if (r->table_at < r->table->n)
			r->head = r->table->at[r->table_at++].key;
		return OK;
	}
	n = fread(head, 1, 2, r->file);
	if (n == 0 && !ferror(r->file))
		return OK;
	if (n != 2)
		return file_fault(f, "reading");
	n = (size_t)head[0] << 8 | head[1];
	if (n > sizeof(r->key))
		return fail(f, ERR_BUG, "", "a run holds a key of %zu bytes", n);
	TRY(run_read(r, r->key, n, f));
	r->head = (struct str){(const char *)r->key, n};
	TRY(run_read(r, head, 4, f));
	r->left = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
		  (uint32_t)head[2] << 8 | head[3];
	return OK;
}

static void
chunk_done(struct loader *l, struct str prefix)
{
	uint8_t bytes[KV_KEY_MAX];
	struct wr w = wr_of(bytes, sizeof(bytes));

	if (l->n_ids == 0 || l->failed != OK)
		return;
	wr_bytes(&w, prefix);
	wr_be16(&w, l->chunk);
	buf_reset(&l->value);
	chunk_put_ids(&l->value, l->ids, l->n_ids);
	l->failed = l->fn(l->arg, wr_out(&w), buf_str(&l->value));
	l->n_ids = 0;
}

static void
id_add(struct loader *l, struct str prefix, uint32_t id)
{
	if (l->n_ids > 0 && l->chunk != id >> 16)
		chunk_done(l, prefix);
	if (l->n_ids > 0 && l->ids[l->n_ids - 1] == (uint16_t)id)
		return; /* the same user twice */
	l->chunk = (uint16_t)(id >> 16);
	l->ids[l->n_ids++] = (uint16_t)id;
}

static enum err
run_ids(struct loader *l, struct run *r, struct str prefix, struct fault *f)
{
	uint8_t bytes[4096];

	if (r->table != NULL) {
		const struct entry *e = &r->table->at[r->table_at - 1];
		const uint64_t *items = entry_items(e);

		for (uint32_t i = 0; i < e->n; i++)
			id_add(l, prefix, (uint32_t)items[i]);
		return run_next(r, f);
	}
	while (r->left > 0) {
		uint32_t n = r->left < 1024 ? r->left : 1024;
		struct rd in;

		TRY(run_read(r, bytes, 4 * (size_t)n, f));
		in = rd_of((struct str){(const char *)bytes, 4 * (size_t)n});
		for (uint32_t i = 0; i < n; i++)
			id_add(l, prefix, rd_be32(&in));
		r->left -= n;
	}
	return run_next(r, f);
}

/* The smallest key that a source stands at; false at the end. */
static bool
smallest(struct loader *l, struct str *out)
{
	bool found = false;

	for (size_t i = 0; i < l->n_runs; i++) {
		struct str head = l->runs[i].head;

		if (head.p != NULL && (!found || str_cmp(head, *out) < 0)) {
			*out = head;
			found = true;
		}
	}
	return found;
}

/* Everything of one key into pairs. */
static enum err
take_key(struct loader *l, struct str smallest_key, struct fault *f)
{
	uint8_t bytes[KV_KEY_MAX];
	struct wr w = wr_of(bytes, sizeof(bytes));
	struct str key;

	wr_bytes(&w, smallest_key); /* reading on overwrites a run's key */
	key = wr_out(&w);
	for (size_t i = 0; i < l->n_runs; i++)
		if (l->runs[i].head.p != NULL &&
		    str_eq(l->runs[i].head, key))
			TRY(run_ids(l, &l->runs[i], key, f));
	chunk_done(l, key);
	return OK;
}

enum err
loader_each(struct loader *l, pair_fn *fn, void *arg, struct fault *f)
{
	struct str key;

	l->fn = fn;
	l->arg = arg;
	l->failed = OK;
	TRY(keep_table(l, f));
	for (size_t i = 0; i < l->n_runs; i++) {
		if (l->runs[i].file != NULL)
			rewind(l->runs[i].file);
		TRY(run_next(&l->runs[i], f));
	}
	while (l->failed == OK && smallest(l, &key))
		TRY(take_key(l, key, f));
	return l->failed;
}

/* Pairs on their way into the store: lstr key, lstr value. */
struct slice {
	struct kv *kv;
	struct buf pairs;
	struct fault *fault;
};

static enum err
append_pairs(struct kv_txn *txn, void *arg)
{
	struct slice *s = arg;
	struct rd r = rd_of(buf_str(&s->pairs));

	while (rd_left(&r) > 0) {
		struct str key = rd_str(&r);

		kv_append(txn, posting_space_of(key), key, rd_str(&r));
	}
	return kv_error(txn);
}

static enum err
slice_write(struct slice *s)
{
	TRY(kv_write(s->kv, append_pairs, s, s->fault));
	buf_reset(&s->pairs);
	return OK;
}

static enum err
slice_add(void *arg, struct str key, struct str value)
{
	struct slice *s = arg;

	buf_lstr(&s->pairs, key);
	buf_lstr(&s->pairs, value);
	return s->pairs.n < SLICE_BYTES ? OK : slice_write(s);
}

enum err
loader_drain(struct loader *l, struct kv *kv, struct fault *f)
{
	struct slice s = {.kv = kv, .fault = f};
	enum err e = loader_each(l, slice_add, &s, f);

	if (e == OK && s.pairs.n > 0)
		e = slice_write(&s);
	buf_fini(&s.pairs);
	return e;
}
