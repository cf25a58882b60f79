/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Users on their way out: one snapshot, the ids of the filter in the list's
 * order, a row each, through the lock into the sink.  Nothing grows with the
 * number of rows but the list of ids (four bytes each); rows are made in a
 * buffer of fixed size that the lock empties.
 */
#include <rapport/export.h>

#include <stdlib.h>

#include "csv.h"

#define CHUNK_BYTES (256u << 10)
#define TELL_EVERY (SECOND_US / 4)

const char *const export_format_names[EXPORT_FORMATS] = {
    [EXPORT_CSV] = "csv",
};

struct run {
	struct people *people;
	const struct export_request *request;
	export_sink *sink;
	export_tell *tell;
	void *arg;
	struct fault *fault;

	/* inside the snapshot */
	struct arena arena, row_arena;
	struct query query;
	struct filter *filter;
	const struct attr **columns;
	size_t n_columns;
	struct bits *set;
	uint32_t *ids;
	size_t n_ids;
	struct buf sentence, rows;
	struct lock *lock;
	struct export_progress progress;
	int64_t told;
	struct value *values;
	bool *has;
};

/* What was asked for --------------------------------------------------------- */

/* All attributes that are not hidden, the stable id first. */
static void
all_columns(struct run *r)
{
	const struct catalog *c = r->query.catalog;

	r->columns = arena_get(&r->arena, c->n * sizeof(*r->columns));
	r->columns[r->n_columns++] = catalog_by_id(c, A_USER_ID);
	for (size_t i = 0; i < c->n; i++)
		if (c->attrs[i].id != A_USER_ID &&
		    (c->attrs[i].flags & ATTR_HIDDEN) == 0)
			r->columns[r->n_columns++] = &c->attrs[i];
}

static enum err
read_request(struct run *r, struct kv_txn *txn)
{
	const struct export_request *in = r->request;

	r->query = (struct query){
	    .txn = txn,
	    .catalog = people_catalog(r->people, txn),
	    .arena = &r->arena,
	    .zone = zone_find(in->tz.n == 0 ? S("UTC") : in->tz),
	    .now = in->at,
	    .scope = in->scope,
	};
	TRY(kv_error(txn));
	if (r->query.zone == NULL)
		return fail(r->fault, ERR_INVALID, "tz",
			    "expected the IANA name of a time zone, such as "
			    "Europe/Berlin");
	TRY(filter_parse(&r->query, in->filter, &r->filter, r->fault));
	filter_sentence(r->filter, &r->sentence);
	if (in->columns.n == 0) {
		all_columns(r);
		return OK;
	}
	return columns_parse(r->query.catalog, in->columns, &r->arena,
			     &r->columns, &r->n_columns, r->fault);
}

static void
select_people(struct run *r)
{
	struct bits *picked;

	r->set = filter_run(&r->query, r->filter);
	if (r->request->ids != NULL) {
		picked = bits_of(r->request->ids, r->request->n_ids);
		bits_and(r->set, picked);
		bits_free(picked);
	}
	r->progress.total = bits_count(r->set);
	r->progress.columns = (uint32_t)r->n_columns;
	r->progress.sentence = buf_str(&r->sentence);
}

static enum err
order_people(struct run *r)
{
	const struct attr *sort = NULL;
	struct str text = r->request->sort;
	bool down;

	TRY(sort_parse(r->query.catalog, text.n == 0 ? S("-lastSeen") : text,
		       &sort, &down, r->fault));
	r->ids = mem_new((r->progress.total + 1) * sizeof(*r->ids));
	return query_order(&r->query, r->set, sort, down, r->ids, &r->n_ids,
			   r->fault);
}

/* Rows ------------------------------------------------------------------------- */

static enum err
to_sink(void *arg, struct str bytes)
{
	struct run *r = arg;

	r->progress.bytes += bytes.n;
	return r->sink(r->arg, bytes);
}

static enum err
flush_rows(struct run *r)
{
	struct str bytes = buf_str(&r->rows);
	int64_t now = clock_now();
	enum err e = r->lock != NULL ? lock_write(r->lock, bytes)
				     : to_sink(r, bytes);

	buf_reset(&r->rows);
	TRY(e);
	if (now - r->told < TELL_EVERY)
		return OK;
	r->told = now;
	return r->tell == NULL ? OK : r->tell(r->arg, &r->progress);
}

static void
put_header(struct run *r, struct csv *csv)
{
	if (r->request->bom)
		buf_put(&r->rows, S("\xef\xbb\xbf"));
	for (size_t i = 0; i < r->n_columns; i++)
		csv_text(csv, r->columns[i]->name);
	csv_row_end(csv);
}

static enum err
put_row(struct run *r, struct csv *csv, uint32_t id)
{
	struct kv_txn *txn = r->query.txn;
	struct user_view user;

	arena_reset(&r->row_arena);
	if (!user_view(txn, r->query.catalog, id, &user))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : kv_fail(txn, ERR_CORRUPT, "user",
				     "user %u has no record", id);
	user_values(&user, &r->row_arena, txn, r->columns, r->n_columns,
		    r->values, r->has);
	for (size_t i = 0; i < r->n_columns; i++) {
		if (r->has[i])
			csv_value(csv, &r->values[i]);
		else
			csv_nothing(csv);
	}
	csv_row_end(csv);
	r->progress.rows++;
	return kv_error(txn);
}

static enum err
put_rows(struct run *r)
{
	struct csv csv = {.out = &r->rows, .raw = r->request->raw};

	r->values = arena_get(&r->arena, r->n_columns * sizeof(*r->values));
	r->has = arena_get(&r->arena, r->n_columns * sizeof(*r->has));
	put_header(r, &csv);
	for (size_t i = 0; i < r->n_ids; i++) {
		TRY(put_row(r, &csv, r->ids[i]));
		if (r->rows.n >= CHUNK_BYTES)
			TRY(flush_rows(r));
	}
	return flush_rows(r);
}

/* The pipeline ---------------------------------------------------------------------- */

static enum err
open_lock(struct run *r)
{
	const struct export_request *in = r->request;
	struct str name = export_file_name(&r->arena, in);
	struct lock_options o = {
	    .password = in->password,
	    .at = in->at,
	    .aead = in->ocb ? LOCK_OCB : LOCK_GCM,
	    .passes = in->argon2_passes,
	    .memory_kib = in->argon2_memory,
	};

	if (in->password.n == 0)
		return OK;
	if (str_ends(name, S(LOCK_SUFFIX)))
		name.n -= sizeof(LOCK_SUFFIX) - 1;
	o.name = name;
	return lock_new(&r->lock, &o, to_sink, r, r->fault);
}

static enum err
run_body(struct kv_txn *txn, void *arg)
{
	struct run *r = arg;

	TRY(read_request(r, txn));
	select_people(r);
	TRY(kv_error(txn));
	TRY(order_people(r));
	if (r->tell != NULL)
		TRY(r->tell(r->arg, &r->progress));
	r->told = clock_now();
	TRY(open_lock(r));
	TRY(put_rows(r));
	if (r->lock != NULL)
		TRY(lock_finish(r->lock));
	return r->tell == NULL ? OK : r->tell(r->arg, &r->progress);
}

static enum err
preview_body(struct kv_txn *txn, void *arg)
{
	struct run *r = arg;

	TRY(read_request(r, txn));
	select_people(r);
	return kv_error(txn);
}

static void
run_init(struct run *r, struct people *p, const struct export_request *request,
	 struct fault *f)
{
	*r = (struct run){.people = p, .request = request, .fault = f};
	arena_init(&r->arena);
	arena_init(&r->row_arena);
	buf_init(&r->sentence);
	buf_init(&r->rows);
}

static void
run_fini(struct run *r)
{
	lock_free(r->lock);
	bits_free(r->set);
	free(r->ids);
	buf_fini(&r->rows);
	buf_fini(&r->sentence);
	arena_fini(&r->row_arena);
	arena_fini(&r->arena);
}

enum err
export_preview(struct people *p, struct kv *kv, struct arena *arena,
	       const struct export_request *request,
	       struct export_progress *out, struct fault *f)
{
	struct run r;
	enum err e;

	run_init(&r, p, request, f);
	e = kv_read(kv, preview_body, &r, f);
	*out = r.progress;
	out->sentence = arena_str(arena, buf_str(&r.sentence));
	run_fini(&r);
	return e;
}

enum err
export_run(struct people *p, struct kv *kv,
	   const struct export_request *request, export_sink *sink,
	   export_tell *tell, void *arg, struct fault *f)
{
	struct run r;
	enum err e;

	run_init(&r, p, request, f);
	r.sink = sink;
	r.tell = tell;
	r.arg = arg;
	e = kv_read(kv, run_body, &r, f);
	run_fini(&r);
	return e;
}

struct str
export_file_name(struct arena *a, const struct export_request *r)
{
	char day[16];
	int32_t date = zone_date(zone_find(S("UTC")), r->at);
	size_t n = date_format(date, day);

	return arena_printf(a, "users-%.*s.%s%s", (int)n, day,
			    export_format_names[r->format],
			    r->password.n > 0 ? LOCK_SUFFIX : "");
}

const char *
export_purpose_refusal(struct str purpose)
{
	struct str text = str_trim(purpose);

	if (!text_valid(text))
		return "the purpose is not valid UTF-8";
	if (text_length(text) < EXPORT_PURPOSE_MIN)
		return "say in at least 10 characters what the data is for";
	if (text_length(text) > EXPORT_PURPOSE_MAX)
		return "the purpose may have at most 500 characters";
	return NULL;
}
