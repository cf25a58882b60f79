/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Users on their way out: one snapshot, the users of the filter in the list's
 * order, a row each, through the lock into the sink.  Nothing grows with the
 * number of rows but the sets of users, a bit each: the order is walked a
 * window at a time, and rows are made by two threads that read the same
 * snapshot (crew.c).
 */
#include <rapport/export.h>

#include "run.h"
#include "rows.h"

#define HELP_FROM 20000u /* rows from which a second thread pays */
#define SNAPSHOT_TRIES 5

struct run {
	struct pipe pipe;
	struct people *people;
	struct kv *kv;
	const struct export_request *request;
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
	struct buf sentence;
	struct crew crew;
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
	    .no_speech = in->no_speech,
	    .no_numbers = in->no_numbers,
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
	r->pipe.progress.total = bits_count(r->set);
	r->pipe.progress.columns = (uint32_t)r->n_columns;
	r->pipe.progress.sentence = buf_str(&r->sentence);
}

/* The sheet: a column an attribute. */
static void
lay_sheet(struct run *r)
{
	struct column *columns =
	    arena_get(&r->arena, r->n_columns * sizeof(*columns));

	for (size_t i = 0; i < r->n_columns; i++)
		columns[i] = (struct column){.name = r->columns[i]->name,
					     .type = r->columns[i]->type};
	r->sheet = (struct sheet){
	    .name = S("Users"), .columns = columns, .n = r->n_columns};
	r->pipe.format = export_format_of(r->request);
	r->pipe.options = export_options(r->request, r->query.zone);
	r->rows = (struct rows_in){
	    .columns = r->columns,
	    .form = r->pipe.format->form,
	    .options = r->pipe.options,
	};
}

/* Rows
 * ------------------------------------------------------------------------- */

static enum err
put_rows(struct run *r)
{
	struct str text;

	crew_work(&r->crew, r->ordering);
	for (;;) {
		TRY(crew_row(&r->crew, &text));
		if (text.p == NULL)
			return OK;
		TRY(pipe_row(&r->pipe, text));
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

	return pipe_finish(&r->pipe, m, COUNT(m));
}

static enum err
put_file(struct run *r)
{
	TRY(pipe_begin(&r->pipe, &r->sheet));
	TRY(put_rows(r));
	TRY(pipe_end(&r->pipe));
	return put_end(r);
}

/* The pipeline
 * ---------------------------------------------------------------------- */

/* A second thread in the same snapshot, or ERR_STALE to begin again: a commit
 * came between the two. After some tries it goes on alone. */
static enum err
open_crew(struct run *r, struct kv_txn *txn)
{
	bool help =
	    r->pipe.progress.total >= HELP_FROM && r->tries < SNAPSHOT_TRIES;

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
	TRY(pipe_open(&r->pipe, &r->arena));
	return put_file(r);
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
	*r = (struct run){.pipe = {.request = request, .fault = f},
			  .people = p,
			  .request = request,
			  .fault = f};
	arena_init(&r->arena);
	buf_init(&r->sentence);
}

static void
run_fini(struct run *r)
{
	pipe_fini(&r->pipe);
	bits_free(r->set);
	buf_fini(&r->sentence);
	arena_fini(&r->arena);
}

enum err
users_preview(struct people *p, struct kv *kv, struct arena *arena,
	      const struct export_request *request, struct export_progress *out,
	      struct fault *f)
{
	struct run r;
	enum err e;

	run_init(&r, p, request, f);
	e = kv_read(kv, preview_body, &r, f);
	*out = r.pipe.progress;
	out->sentence = arena_str(arena, buf_str(&r.sentence));
	run_fini(&r);
	return e;
}

enum err
users_run(struct people *p, struct kv *kv, const struct export_request *request,
	  const struct taker *taker, struct fault *f)
{
	int tries = 0;
	enum err e;

	do {
		struct run r;

		run_init(&r, p, request, f);
		r.kv = kv;
		r.pipe.to = *taker;
		r.tries = tries;
		e = kv_read(kv, run_body, &r, f);
		run_fini(&r);
	} while (e == ERR_STALE && ++tries <= SNAPSHOT_TRIES);
	return e;
}
