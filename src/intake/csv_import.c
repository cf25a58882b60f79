/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The two times that a CSV is read.  Looking finds the types of new attributes
 * and the rows about somebody an earlier row is about already: those are
 * refused, so that what becomes of a row depends on no other row, a dry run
 * says what the import then does, and nothing hangs on where a slice ends.
 *
 * An import leaves an audit row before its first slice and one after its last.
 */
#include "csv.h"
#include "slice.h"

#include <rapport/chats.h>
#include <rapport/staff.h>

#include <stdio.h>
#include <stdlib.h>

#define SLICE_ROWS 1000u
#define SLICE_BYTES (2u << 20)

/* A row's word for who it is about. */
struct mark {
	uint64_t hash, row;
};

struct marks {
	struct mark *all;
	size_t n, cap;
};

struct import {
	struct people *people;
	struct kv *kv;
	struct arena *arena; /* of the result */
	const struct csv_source *source;
	const struct csv_options *options;
	struct csv_reader reader;
	struct csv_row header;
	struct csv_plan plan;
	struct marks marks;
	struct csv_result *out;
	/* one slice */
	struct arena rows_arena, work_arena;
	struct csv_row *rows;
	const char **refused; /* before it is applied; or NULL */
	struct csv_done *done;
	size_t n, most, bytes;
	bool begun;
	uint64_t bytes_before; /* of the first time */
};

/* Looking ------------------------------------------------------------------ */

static void
mark_add(struct marks *m, uint64_t hash, uint64_t row)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 1024;
		m->all = mem_grow(m->all, m->cap * sizeof(*m->all));
	}
	m->all[m->n++] = (struct mark){hash, row};
}

static int
mark_cmp(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* The first row of each word that more than one have stays. */
static void
marks_settle(struct marks *m)
{
	size_t kept = 0;

	if (m->n > 1)
		qsort(m->all, m->n, sizeof(*m->all), mark_cmp);
	for (size_t i = 0; i < m->n; i++) {
		bool first = i == 0 || m->all[i].hash != m->all[i - 1].hash;
		bool more =
		    i + 1 < m->n && m->all[i].hash == m->all[i + 1].hash;

		if (first && more)
			m->all[kept++] = m->all[i];
	}
	m->n = kept;
}

static uint64_t
marked_first(const struct marks *m, uint64_t hash)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->all[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->n && m->all[lo].hash == hash ? m->all[lo].row : 0;
}

/* What a cell says of who it is about; false: nothing. */
static bool
cell_hash(const struct csv_plan *p, size_t i, struct str cell,
	  struct arena *scratch, uint64_t *out)
{
	bool tells = i == p->who || p->columns[i].kind == CSV_IDENTITY;

	if (!tells || str_trim(cell).n == 0)
		return false;
	if (p->match)
		cell = text_folded(scratch, cell);
	if (p->columns[i].kind == CSV_IDENTITY)
		cell = str_trim(cell);
	*out = hash64(cell) ^ (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return true;
}

/* Rows of more than one sheet in one order. */
static uint64_t
row_key(const struct csv_row *r)
{
	return (uint64_t)r->sheet << 32 | r->no;
}

static void
row_mark(struct import *im, const struct csv_row *r, struct arena *scratch)
{
	uint64_t hash;

	for (size_t i = 0; i < im->plan.n && i < r->n; i++)
		if (cell_hash(&im->plan, i, r->cells[i], scratch, &hash))
			mark_add(&im->marks, hash, row_key(r));
}

static void
row_sample(struct import *im, const struct csv_row *r)
{
	for (size_t i = 0; i < im->plan.n && i < r->n; i++) {
		struct csv_column *col = &im->plan.columns[i];

		if (col->n_samples < CSV_SAMPLES && r->cells[i].n > 0)
			col->samples[col->n_samples++] = arena_str(
			    im->arena, text_prefix(r->cells[i], 120));
	}
}

static enum err
segment_check(struct import *im, struct kv_txn *txn)
{
	uint32_t id = im->options->segment;
	struct fault *f = kv_fault(txn);
	struct segment s;

	if (id == 0)
		return OK;
	if (!segment_get(txn, &im->work_arena, id, &s))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : fail(f, ERR_NOT_FOUND, "",
				  "there is no segment %u", id);
	if (s.kind != SEGMENT_STATIC)
		return fail(f, ERR_CONFLICT, "",
			    "who is in a dynamic segment says its filter");
	return OK;
}

static enum err
plan_apply(struct kv_txn *txn, void *arg)
{
	struct import *im = arg;
	const struct catalog *c = people_catalog(im->people, txn);

	TRY(kv_error(txn));
	TRY(segment_check(im, txn));
	if (im->source->book != NULL)
		csv_book_zone(im->source->book,
			      zone_find(setting_text(txn, SETTING_TIMEZONE)));
	return csv_plan_make(&im->plan, c, im->arena, &im->header,
			     kv_fault(txn));
}

static enum err
header_read(struct import *im, struct fault *f)
{
	bool more;

	TRY(csv_read(&im->reader, im->arena, &im->header, &more, f));
	if (!more)
		return fail(f, ERR_INPUT, "", "the file is empty");
	im->out->header = im->header.raw;
	if (im->source->book != NULL)
		csv_book_tell(im->source->book, im->arena, im->out);
	im->plan.options = im->options;
	return kv_read(im->kv, plan_apply, im, f);
}

static enum err
going(struct import *im, uint64_t bytes, struct fault *f)
{
	if (im->options->go && !im->options->go(im->options->arg, bytes))
		return fail(f, ERR_CANCELLED, "", "it was stopped");
	return OK;
}

static enum err
rows_look(struct import *im, struct fault *f)
{
	uint8_t *may = arena_get(im->arena, im->plan.n + 1);
	struct csv_row row;
	bool more;

	csv_types_begin(&im->plan, may);
	for (;;) {
		arena_reset(&im->rows_arena);
		TRY(csv_read(&im->reader, &im->rows_arena, &row, &more, f));
		if (!more)
			break;
		if (++im->out->rows > CSV_ROWS_MAX)
			return fail(f, ERR_LIMIT, "",
				    "expected at most %u rows", CSV_ROWS_MAX);
		if (im->out->rows % SLICE_ROWS == 0)
			TRY(going(im, im->reader.done, f));
		if (row.wrong || row.n != im->plan.n)
			continue;
		csv_types_see(&im->plan, may, &row);
		row_sample(im, &row);
		row_mark(im, &row, &im->rows_arena);
	}
	csv_types_end(&im->plan, may, im->arena);
	marks_settle(&im->marks);
	return OK;
}

/* Names of new attributes are looked at before anything is kept. */
static enum err
names_apply(struct kv_txn *txn, void *arg)
{
	struct import *im = arg;
	struct batch *b = batch_begin(im->people, txn, 0);
	enum err e = kv_error(txn);

	for (size_t i = 0; i < im->plan.n && e == OK; i++) {
		const struct csv_column *col = &im->plan.columns[i];
		struct json sample = csv_sample(col->type);
		const struct attr *a;
		struct fault *f = kv_fault(txn);

		if (col->kind != CSV_ATTRIBUTE)
			continue;
		e = batch_attr(b, col->name, &sample, false, &a, f);
		if (e != OK)
			snprintf(f->path, sizeof(f->path), "map/%.*s",
				 STR_ARG(text_prefix(col->header, 100)));
	}
	batch_free(b);
	return e == OK ? ERR_CANCELLED : e;
}

static enum err
look(struct import *im, struct fault *f)
{
	struct fault ignored = {0};
	enum err e;

	TRY(people_refresh(im->people, f));
	TRY(header_read(im, f));
	TRY(rows_look(im, f));
	e = kv_write(im->kv, names_apply, im, &ignored);
	if (e != OK && e != ERR_CANCELLED)
		return fail(f, e, ignored.path, "%s", ignored.text);
	im->out->columns = im->plan.columns;
	im->out->n_columns = im->plan.n;
	im->out->delimiter = im->reader.delimiter;
	return OK;
}

/* Applying ----------------------------------------------------------------- */

static void
audit(struct import *im, struct kv_txn *txn, const char *result)
{
	const struct csv_options *o = im->options;
	char what[40];

	if (!o->staff)
		return;
	snprintf(what, sizeof(what), "segment %u", o->segment);
	audit_put(o->staff, txn, o->by,
		  o->segment ? "segment.import" : "users.import",
		  o->segment ? str_of(what) : STR_NONE, STR_NONE,
		  str_of(result));
}

static enum err
slice_run(struct kv_txn *txn, void *arg)
{
	struct import *im = arg;
	const struct by *by = im->options->by;
	struct csv_work w = {.plan = &im->plan,
			     .arena = &im->work_arena,
			     .why = {.at = im->options->at,
				     .cause = MOVE_IMPORT}};
	char begun[48];

	if (by != NULL)
		w.why.by = who_mark(by->who->kind, by->who->id);
	arena_reset(&im->work_arena);
	w.batch = batch_begin(im->people, txn, 0);
	if (im->plan.whole)
		w.chats = chat_batch_begin(w.batch);
	for (size_t i = 0; i < im->n && kv_error(txn) == OK; i++) {
		if (im->refused[i])
			im->done[i] = (struct csv_done){.outcome = ROW_REFUSED};
		else
			csv_apply(&w, &im->rows[i], &im->done[i]);
	}
	snprintf(begun, sizeof(begun), "begun, %llu rows",
		 (unsigned long long)im->out->rows);
	if (!im->begun && !im->options->dry_run)
		audit(im, txn, begun);
	if (w.chats != NULL)
		chat_batch_end(w.chats);
	batch_end(w.batch);
	chat_batch_free(w.chats);
	batch_free(w.batch);
	if (kv_error(txn) != OK)
		return kv_error(txn);
	return im->options->dry_run ? ERR_CANCELLED : OK;
}

static void
refusal_keep(struct import *im, const struct csv_row *r, const struct fault *f)
{
	struct csv_result *out = im->out;
	struct csv_refusal one = {.row = r->no, .fault = *f};
	size_t most = im->options->refusals_max ? im->options->refusals_max
						: 1000;

	if (im->source->book != NULL)
		one.sheet = csv_book_sheet(im->source->book, r->sheet);
	if (im->options->on_refusal)
		im->options->on_refusal(im->options->arg, &one, r->raw);
	if (out->n_refusals == most)
		return;
	if (!out->refusals)
		out->refusals =
		    arena_get(im->arena, most * sizeof(*out->refusals));
	if (one.sheet.p != NULL)
		one.sheet = arena_str(im->arena, one.sheet);
	out->refusals[out->n_refusals++] = one;
}

static void
slice_tally(struct import *im)
{
	struct csv_result *out = im->out;

	for (size_t i = 0; i < im->n; i++) {
		const struct csv_done *d = &im->done[i];
		struct fault f = {0};

		out->created += d->outcome == ROW_CREATED;
		out->updated += d->outcome == ROW_UPDATED;
		out->unchanged += d->outcome == ROW_UNCHANGED;
		out->refused += d->outcome == ROW_REFUSED;
		out->overruled += d->overruled;
		if (d->outcome != ROW_REFUSED && im->options->segment != 0) {
			out->added += d->added;
			out->already += !d->added;
		}
		if (im->refused[i])
			fail(&f, ERR_CONFLICT,
			     arena_z(&im->work_arena,
				     im->plan.columns[im->plan.who].header),
			     "%s", im->refused[i]);
		if (d->outcome == ROW_REFUSED)
			refusal_keep(im, &im->rows[i],
				     im->refused[i] ? &f : d->fault);
	}
}

static enum err
slice_end(struct import *im, struct fault *f)
{
	if (im->n == 0)
		return OK;
	TRY(slice_write(im->people, im->kv, slice_run, im,
			im->options->dry_run, f));
	im->begun = true;
	slice_tally(im);
	im->n = im->bytes = 0;
	arena_reset(&im->rows_arena);
	return going(im, im->bytes_before + im->reader.done, f);
}

static const char *
same_as(struct import *im, uint64_t first, uint32_t sheet)
{
	struct str name;

	if (first >> 32 == sheet)
		return arena_printf(&im->rows_arena,
				    "row %llu is about the same user",
				    (unsigned long long)(first & UINT32_MAX))
		    .p;
	name = csv_book_sheet(im->source->book, (uint32_t)(first >> 32));
	return arena_printf(&im->rows_arena,
			    "row %llu of sheet \"%.*s\" is about the same user",
			    (unsigned long long)(first & UINT32_MAX),
			    STR_ARG(text_prefix(name, 100)))
	    .p;
}

/* A row about somebody an earlier row is about. */
static const char *
repeated(struct import *im, const struct csv_row *r)
{
	uint64_t hash, first;

	for (size_t i = 0; i < im->plan.n && r->n == im->plan.n; i++) {
		if (!cell_hash(&im->plan, i, r->cells[i], &im->rows_arena,
			       &hash))
			continue;
		first = marked_first(&im->marks, hash);
		if (first != 0 && first != row_key(r))
			return same_as(im, first, r->sheet);
	}
	return NULL;
}

static enum err
rows_apply(struct import *im, struct fault *f)
{
	struct csv_row row;
	bool more;

	TRY(csv_read(&im->reader, &im->rows_arena, &row, &more, f));
	for (;;) {
		TRY(csv_read(&im->reader, &im->rows_arena, &row, &more, f));
		if (!more)
			break;
		im->refused[im->n] = row.wrong ? NULL : repeated(im, &row);
		im->rows[im->n++] = row;
		im->bytes += row.raw.n;
		if (im->n == im->most || im->bytes >= SLICE_BYTES)
			TRY(slice_end(im, f));
	}
	return slice_end(im, f);
}

static enum err
end_apply(struct kv_txn *txn, void *arg)
{
	struct import *im = arg;
	const struct csv_result *r = im->out;
	char words[160];

	snprintf(words, sizeof(words),
		 "%llu created, %llu updated, %llu unchanged, %llu refused, "
		 "%llu added",
		 (unsigned long long)r->created, (unsigned long long)r->updated,
		 (unsigned long long)r->unchanged,
		 (unsigned long long)r->refused, (unsigned long long)r->added);
	audit(im, txn, words);
	return kv_error(txn);
}

/* Of a workbook, another sheet may be what was meant. */
static enum err
nobody(struct import *im, struct fault *f)
{
	const char *words =
	    "no column says who: let one go to userId or to an identity, or "
	    "say by which attribute users are found";

	if (im->out->n_sheets < 2)
		return fail(f, ERR_INVALID, "match", "%s", words);
	return fail(f, ERR_INVALID, "match", "%s; or take another sheet than "
		    "\"%.*s\"",
		    words,
		    STR_ARG(text_prefix(
			csv_book_sheet(im->source->book, 0), 60)));
}

static enum err
apply(struct import *im, struct fault *f)
{
	size_t n = im->most;

	if (im->plan.who == SIZE_MAX)
		return nobody(im, f);
	im->rows = mem_new(n * sizeof(*im->rows));
	im->done = mem_new(n * sizeof(*im->done));
	im->refused = mem_new(n * sizeof(*im->refused));
	im->bytes_before = im->reader.done;
	csv_reader_fini(&im->reader);
	csv_reader_init(&im->reader, im->source);
	if (!im->source->rewind(im->source->arg))
		return fail(f, ERR_IO, "", "The file cannot be read twice.");
	arena_reset(&im->rows_arena);
	TRY(rows_apply(im, f));
	if (im->options->dry_run || !im->begun || !im->options->staff)
		return OK;
	return kv_write(im->kv, end_apply, im, f);
}

static enum err
run(struct people *p, struct kv *kv, struct arena *a,
    const struct csv_source *source, const struct csv_options *o, bool rows,
    struct csv_result *out, struct fault *f)
{
	struct import im = {.people = p,
			    .kv = kv,
			    .arena = a,
			    .source = source,
			    .options = o,
			    .out = out,
			    .most = o->slice ? o->slice : SLICE_ROWS};
	enum err e;

	*out = (struct csv_result){0};
	csv_reader_init(&im.reader, source);
	arena_init(&im.rows_arena);
	arena_init(&im.work_arena);
	e = look(&im, f);
	if (e == OK && rows)
		e = apply(&im, f);
	csv_reader_fini(&im.reader);
	arena_fini(&im.rows_arena);
	arena_fini(&im.work_arena);
	free(im.marks.all);
	free(im.rows);
	free(im.done);
	free(im.refused);
	return e;
}

enum err
csv_look(struct people *p, struct kv *kv, struct arena *a,
	 const struct csv_source *source, const struct csv_options *o,
	 struct csv_result *out, struct fault *f)
{
	return run(p, kv, a, source, o, false, out, f);
}

enum err
csv_import(struct people *p, struct kv *kv, struct arena *a,
	   const struct csv_source *source, const struct csv_options *o,
	   struct csv_result *out, struct fault *f)
{
	return run(p, kv, a, source, o, true, out, f);
}
