/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Users on their way out: one snapshot, the users of the filter in the list's
 * order, a row each, through the lock into the sink.  Nothing grows with the
 * number of rows but the sets of users, a bit each: the order is walked a
 * window at a time, and rows are made by two threads that read the same
 * snapshot (crew.c).
 */
#include <rapport/export.h>

#include "rows.h"

#define HELP_FROM 20000u /* rows from which a second thread pays */
#define SNAPSHOT_TRIES 5
#define TELL_EVERY (SECOND_US / 4)

const char *const export_format_names[EXPORT_FORMATS] = {
    [EXPORT_CSV] = "csv",
    [EXPORT_XLSX] = "xlsx",
    [EXPORT_JSON] = "json",
    [EXPORT_NDJSON] = "ndjson",
};

struct run {
	struct people *people;
	struct kv *kv;
	const struct export_request *request;
	export_sink *sink;
	export_tell *tell;
	void *arg;
	struct fault *fault;

	/* inside the snapshot */
	struct arena arena;
	struct query query;
	struct filter *filter;
	const struct attr **columns;
	size_t n_columns;
	const struct attr *sort;
	bool down;
	struct bits *set;
	struct ordering *ordering;
	struct sheet sheet;
	struct rows_in rows;
	const struct format *format;
	struct sink *file;
	struct buf sentence;
	struct crew crew;
	struct lock *lock;
	struct export_progress progress;
	int64_t told;
	int tries;
};

/* What was asked for ---------------------------------------------------------
 */

/* All attributes that are not hidden, the stable id first (where it may be
 * seen). */
static void
all_columns(struct run *r)
{
	const struct catalog *c = r->query.catalog;

	r->columns = arena_get(&r->arena, c->n * sizeof(*r->columns));
	if (catalog_by_id(c, A_USER_ID) != NULL)
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
	};
	TRY(kv_error(txn));
	TRY(query_limit(&r->query, in->limits, r->fault));
	if (r->query.zone == NULL)
		return fail(r->fault, ERR_INVALID, "tz",
			    "expected the IANA name of a time zone, such as "
			    "Europe/Berlin");
	TRY(filter_parse(&r->query, in->filter, &r->filter, r->fault));
	filter_sentence(r->filter, &r->sentence);
	TRY(sort_parse(r->query.catalog, in->sort, &r->sort, &r->down,
		       r->fault));
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

/* The sheet: a column an attribute. */
static void
lay_sheet(struct run *r)
{
	struct column *columns =
	    arena_get(&r->arena, r->n_columns * sizeof(*columns));

	for (size_t i = 0; i < r->n_columns; i++)
		columns[i] =
		    (struct column){r->columns[i]->name, r->columns[i]->type};
	r->sheet = (struct sheet){S("Users"), columns, r->n_columns};
	r->format = export_formats[r->request->format];
	r->rows = (struct rows_in){
	    .columns = r->columns,
	    .form = r->format->form,
	    .options = {.bom = r->request->bom,
			.raw = r->request->raw,
			.zone = r->query.zone},
	};
}

/* Rows
 * ------------------------------------------------------------------------- */

static enum err
to_sink(void *arg, struct str bytes)
{
	struct run *r = arg;

	r->progress.bytes += bytes.n;
	return r->sink(r->arg, bytes);
}

/* Bytes of the file on their way to the lock; a look at the clock. */
static enum err
put_bytes(void *arg, struct str bytes)
{
	struct run *r = arg;
	int64_t now = clock_now();

	TRY(r->lock != NULL ? lock_write(r->lock, bytes) : to_sink(r, bytes));
	if (now - r->told < TELL_EVERY)
		return OK;
	r->told = now;
	return r->tell == NULL ? OK : r->tell(r->arg, &r->progress);
}

static enum err
put_rows(struct run *r)
{
	struct str text;

	crew_work(&r->crew, r->ordering);
	for (;;) {
		TRY(crew_row(&r->crew, &text));
		if (text.p == NULL)
			return OK;
		TRY(r->format->row(r->file, text));
		r->progress.rows++;
	}
}

static enum err
put_end(struct run *r)
{
	const struct export_request *in = r->request;
	char at[32];
	const struct manifest m[] = {
	    {S("What"), S("Users")},
	    {S("Who"), buf_str(&r->sentence)},
	    {S("Filter"), in->filter},
	    {S("Sorted by"), in->sort},
	    {S("Time zone of dates"), str_of(zone_name(r->query.zone))},
	    {S("Purpose"), in->purpose},
	    {S("Taken out by"), in->by},
	    {S("At (UTC)"), {at, instant_format(in->at, at)}},
	};

	return r->format->finish(r->file, m, COUNT(m));
}

static enum err
put_file(struct run *r)
{
	r->file = r->format->open(r->request->at);
	r->file->format = r->format;
	r->file->options = &r->rows.options;
	r->file->out = put_bytes;
	r->file->arg = r;
	TRY(r->format->begin(r->file, &r->sheet));
	TRY(put_rows(r));
	TRY(r->format->end(r->file));
	return put_end(r);
}

/* The pipeline
 * ---------------------------------------------------------------------- */

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

/* A second thread in the same snapshot, or ERR_STALE to begin again: a commit
 * came between the two. After some tries it goes on alone. */
static enum err
open_crew(struct run *r, struct kv_txn *txn)
{
	bool help = r->progress.total >= HELP_FROM && r->tries < SNAPSHOT_TRIES;

	maker_init(&r->crew.own, &r->query, &r->sheet, &r->rows, NULL);
	crew_open(&r->crew, r->people, r->kv, help);
	return r->crew.helped && r->crew.serial != kv_serial(txn) ? ERR_STALE
								  : OK;
}

static enum err
run_inside(struct run *r, struct kv_txn *txn)
{
	TRY(read_request(r, txn));
	lay_sheet(r);
	select_people(r);
	TRY(kv_error(txn));
	TRY(open_crew(r, txn));
	r->ordering = ordering_open(&r->query, r->set, r->sort, r->down);
	TRY(kv_error(txn));
	if (r->tell != NULL)
		TRY(r->tell(r->arg, &r->progress));
	r->told = clock_now();
	TRY(open_lock(r));
	TRY(put_file(r));
	if (r->lock != NULL)
		TRY(lock_finish(r->lock));
	return r->tell == NULL ? OK : r->tell(r->arg, &r->progress);
}

static enum err
run_body(struct kv_txn *txn, void *arg)
{
	struct run *r = arg;
	enum err e = run_inside(r, txn);

	crew_close(&r->crew);
	ordering_close(r->ordering);
	r->ordering = NULL;
	return e;
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
	buf_init(&r->sentence);
}

static void
run_fini(struct run *r)
{
	if (r->file != NULL)
		r->format->close(r->file);
	lock_free(r->lock);
	bits_free(r->set);
	buf_fini(&r->sentence);
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
	int tries = 0;
	enum err e;

	do {
		struct run r;

		run_init(&r, p, request, f);
		r.kv = kv;
		r.sink = sink;
		r.tell = tell;
		r.arg = arg;
		r.tries = tries;
		e = kv_read(kv, run_body, &r, f);
		run_fini(&r);
	} while (e == ERR_STALE && ++tries <= SNAPSHOT_TRIES);
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

struct str
export_media_type(const struct export_request *r)
{
	return str_of(r->password.n > 0 ? LOCK_MEDIA_TYPE
					: export_formats[r->format]->media);
}

bool
export_format_find(struct str name, enum export_format *out)
{
	*out = EXPORT_CSV;
	for (int i = 0; i < EXPORT_FORMATS && name.n > 0; i++) {
		if (!str_eq(name, str_of(export_format_names[i])))
			continue;
		*out = (enum export_format)i;
		return true;
	}
	return name.n == 0;
}
