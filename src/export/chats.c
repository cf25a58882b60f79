/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chats on their way out: one snapshot, the chats that were asked for, a
 * survey of all they refer to, then the worksheets one after the other through
 * the lock into the sink.  Chats are walked as they lie in the store, each with
 * its messages, so nothing grows with their number but sets, a bit each.  Two
 * threads that read the same snapshot make the rows (team.c).
 */
#include <rapport/export.h>

#include "run.h"
#include "survey.h"
#include "team.h"

#include <rapport/intake/chats.h>

#include <stdlib.h>

#define SNAPSHOT_TRIES 5

struct run {
	struct pipe pipe;
	struct people *people;
	const struct export_request *request;

	/* inside the snapshot */
	struct kv *kv;
	struct arena arena;
	struct hand hand; /* its query is that of the choice, too */
	struct team team;
	const struct zone *zone;
	struct hours hours;
	struct archive_in asked;
	struct bits *set;
	struct survey survey;
	struct buf sentence;
	enum export_sheet sheet; /* the one that is made */
	int tries;
};

/* What was asked for -------------------------------------------------------
 */

/* A query held to the limits of who asks, and a teller. */
static enum err
hand_ready(void *arg, struct kv_txn *txn, struct hand *out)
{
	struct run *r = arg;
	const struct export_request *in = r->request;

	arena_init(&out->arena);
	out->query = (struct query){
	    .txn = txn,
	    .catalog = people_catalog(r->people, txn),
	    .arena = &out->arena,
	    .zone = r->zone,
	    .now = in->at,
	    .no_speech = in->no_speech,
	    .no_numbers = in->no_numbers,
	};
	TRY(kv_error(txn));
	TRY(query_limit(&out->query, in->limits, r->pipe.fault));
	teller_init(&out->teller, &out->query, &r->hours, r->pipe.format->form,
		    &r->pipe.options);
	out->teller.notes = in->notes;
	out->teller.chats = &r->set;
	return kv_error(txn);
}

static enum err
read_request(struct run *r, struct kv_txn *txn)
{
	const struct export_request *in = r->request;
	struct fault *f = r->pipe.fault;
	struct query *q = &r->hand.query;

	r->zone = zone_find(in->tz.n == 0 ? S("UTC") : in->tz);
	r->pipe.format = export_format_of(in);
	r->pipe.options = export_options(in, r->zone);
	hours_get(txn, &r->arena, &r->hours);
	TRY(hand_ready(r, txn, &r->hand));
	if (r->zone == NULL)
		return fail(f, ERR_INVALID, "tz",
			    "expected the IANA name of a time zone, such as "
			    "Europe/Berlin");
	TRY(archive_read(q, &in->ask, &r->asked, f));
	archive_sentence(q, &in->ask, &r->asked, &r->sentence);
	return kv_error(txn);
}

static enum err
choose(struct run *r)
{
	const struct export_request *in = r->request;
	struct bits *picked;

	TRY(archive_find(&r->hand.query, &r->asked, &r->set, NULL,
			 r->pipe.fault));
	if (in->ids == NULL)
		return OK;
	picked = bits_of(in->ids, in->n_ids);
	bits_and(r->set, picked);
	bits_free(picked);
	return OK;
}

static enum err
look(struct run *r, unsigned sheets)
{
	struct export_progress *p = &r->pipe.progress;

	survey_init(&r->survey, &r->hand.query, r->set, &r->pipe);
	TRY(survey_run(&r->survey, sheets));
	TRY(kv_error(r->hand.query.txn));
	p->chats = r->survey.rows[SHEET_CHATS];
	p->users = r->survey.rows[SHEET_USERS];
	p->messages = r->survey.rows[SHEET_MESSAGES];
	p->sentence = buf_str(&r->sentence);
	for (int i = 0; i < EXPORT_SHEETS; i++) {
		if (!(r->request->sheets >> i & 1))
			continue;
		p->sheet_rows[i] = r->survey.rows[i];
		p->total += r->survey.rows[i];
	}
	return OK;
}

/* Sheets -------------------------------------------------------------------
 */

static enum err
put_row(void *arg, struct str text)
{
	return pipe_row(arg, text);
}

static enum err
put_reference(void *arg, const struct name *n)
{
	struct run *r = arg;
	struct str text;

	TRY(reference_tell(&r->hand.teller, r->sheet, n->text, n->extra,
			   &text));
	return pipe_row(&r->pipe, text);
}

static enum err
put_fixed(struct run *r)
{
	struct sheet sheet = worksheet(r->sheet);
	const struct work work = {.sheet = r->sheet, .ids = r->set};

	TRY(pipe_begin(&r->pipe, &sheet));
	if (worksheet_kind(r->sheet).n > 0)
		TRY(survey_each(&r->survey, r->sheet, put_reference, r));
	else
		TRY(team_work(&r->team, &work, put_row, &r->pipe));
	return pipe_end(&r->pipe);
}

/* User data: every attribute that there is and may be seen, in the order of
 * the catalog. */
static enum err
put_users(struct run *r)
{
	const struct catalog *c = r->hand.query.catalog;
	const struct attr **attrs = arena_get(&r->arena, c->n * sizeof(*attrs));
	struct column *columns = arena_get(&r->arena, c->n * sizeof(*columns));
	struct sheet *sheet = arena_get(&r->arena, sizeof(*sheet));
	struct rows_in *in = arena_get(&r->arena, sizeof(*in));
	const struct work work = {.sheet = SHEET_USERS,
				  .ids = r->survey.users,
				  .users = sheet,
				  .in = in};

	for (size_t i = 0; i < c->n; i++) {
		if (c->attrs[i].flags & ATTR_HIDDEN)
			continue;
		attrs[sheet->n] = &c->attrs[i];
		columns[sheet->n++] = (struct column){.name = c->attrs[i].name,
						      .type = c->attrs[i].type};
	}
	sheet->name = str_of(export_sheet_names[SHEET_USERS]);
	sheet->columns = columns;
	*in = (struct rows_in){.columns = attrs,
			       .form = r->pipe.format->form,
			       .options = r->pipe.options};
	TRY(pipe_begin(&r->pipe, sheet));
	TRY(team_work(&r->team, &work, put_row, &r->pipe));
	return pipe_end(&r->pipe);
}

/* Import data --------------------------------------------------------------
 */

/* Its rows are not counted: they are of what the worksheets have. */
static enum err
put_uncounted(void *arg, struct str text)
{
	struct run *r = arg;

	return r->pipe.format->row(r->pipe.file, text);
}

static enum err
put_attributes(struct run *r)
{
	const struct catalog *c = r->hand.query.catalog;

	for (size_t i = 0; i < c->n; i++)
		TRY(put_uncounted(r, import_attribute_tell(&r->hand.teller,
							   &c->attrs[i])));
	return OK;
}

static enum err
put_said(void *arg, const struct name *n)
{
	struct run *r = arg;

	return put_uncounted(r, import_reference_tell(&r->hand.teller, r->sheet,
						      n->text));
}

static enum err
put_import_rows(struct run *r)
{
	const struct work users = {.sheet = SHEET_USERS,
				   .import = true,
				   .ids = r->survey.users};
	const struct work chats = {
	    .sheet = SHEET_CHATS, .import = true, .ids = r->set};

	TRY(put_attributes(r));
	TRY(team_work(&r->team, &users, put_uncounted, r));
	for (int i = 0; i < EXPORT_SHEETS; i++) {
		r->sheet = (enum export_sheet)i;
		if (worksheet_kind(r->sheet).n > 0)
			TRY(survey_each(&r->survey, r->sheet, put_said, r));
	}
	return team_work(&r->team, &chats, put_uncounted, r);
}

/* What makes chats again from the file: only where all of it is there, and a
 * word about it only to who may not see all. */
static enum err
put_import(struct run *r)
{
	const struct export_request *in = r->request;
	const struct sheet sheet = {.name = S(IMPORT_DATA)};
	const struct query *q = &r->hand.query;
	bool whole = !q->limited && q->whole == NULL;

	if (in->format != EXPORT_JSON || in->sheets != EXPORT_SHEETS_ALL)
		return OK;
	TRY(pipe_begin(&r->pipe, &sheet));
	TRY(put_uncounted(r, import_head_tell(&r->hand.teller, whole)));
	if (whole)
		TRY(put_import_rows(r));
	return pipe_end(&r->pipe);
}

/* The end ------------------------------------------------------------------
 */

#define FIXED 7u

static enum err
put_end(struct run *r)
{
	const struct export_request *in = r->request;
	char at[32];
	struct manifest m[FIXED + EXPORT_SHEETS] = {
	    {S("What"), S("Chats")},
	    {S("Which"), buf_str(&r->sentence)},
	    {S("Search"), export_search(&r->arena, in)},
	    {S("Time zone of dates"), str_of(zone_name(r->zone))},
	    {S("Purpose"), in->purpose},
	    {S("Taken out by"), in->by},
	    {S("At (UTC)"), {at, instant_format(in->at, at)}},
	};
	size_t n = FIXED;

	if (in->ids != NULL)
		m[1].value = arena_printf(&r->arena, "%zu selected: %.*s",
					  in->n_ids, STR_ARG(m[1].value));
	for (int i = 0; i < EXPORT_SHEETS; i++)
		if (in->sheets >> i & 1)
			m[n++] = (struct manifest){
			    str_of(export_sheet_names[i]),
			    arena_printf(
				&r->arena, "%llu",
				(unsigned long long)r->survey.rows[i])};
	return pipe_finish(&r->pipe, m, n);
}

/* The pipeline
 * ---------------------------------------------------------------------- */

static enum err
put_sheets(struct run *r)
{
	for (int i = 0; i < EXPORT_SHEETS; i++) {
		if (!(r->request->sheets >> i & 1))
			continue;
		r->sheet = (enum export_sheet)i;
		TRY(r->sheet == SHEET_USERS ? put_users(r) : put_fixed(r));
	}
	return OK;
}

/* A second thread in the same snapshot, or ERR_STALE to begin again: a commit
 * came between the two. After some tries it goes on alone. */
static enum err
open_team(struct run *r, struct kv_txn *txn)
{
	bool help = !r->request->alone && r->tries < SNAPSHOT_TRIES;

	team_open(&r->team, &r->hand, r->kv, help ? hand_ready : NULL, r);
	return r->team.helped && r->team.serial != kv_serial(txn) ? ERR_STALE
								  : OK;
}

static enum err
run_inside(struct run *r, struct kv_txn *txn)
{
	TRY(read_request(r, txn));
	TRY(open_team(r, txn));
	TRY(choose(r));
	TRY(look(r, r->request->sheets));
	TRY(pipe_open(&r->pipe, &r->arena));
	TRY(put_sheets(r));
	TRY(put_import(r));
	return put_end(r);
}

/* What reads the snapshot does not outlive it. */
static void
run_leave(struct run *r)
{
	team_close(&r->team);
	survey_fini(&r->survey);
	hand_fini(&r->hand);
}

static enum err
run_body(struct kv_txn *txn, void *arg)
{
	struct run *r = arg;
	enum err e = run_inside(r, txn);

	run_leave(r);
	return e;
}

static enum err
preview_inside(struct run *r, struct kv_txn *txn)
{
	TRY(read_request(r, txn));
	TRY(choose(r));
	return look(r, EXPORT_SHEETS_ALL);
}

static enum err
preview_body(struct kv_txn *txn, void *arg)
{
	struct run *r = arg;
	enum err e = preview_inside(r, txn);

	run_leave(r);
	return e;
}

static void
run_init(struct run *r, struct people *p, const struct export_request *request,
	 struct fault *f)
{
	*r = (struct run){.pipe = {.request = request, .fault = f},
			  .people = p,
			  .request = request};
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
chats_preview(struct people *p, struct kv *kv, struct arena *arena,
	      const struct export_request *request, struct export_progress *out,
	      struct fault *f)
{
	struct run *r = mem_new(sizeof(*r));
	enum err e;

	run_init(r, p, request, f);
	e = kv_read(kv, preview_body, r, f);
	*out = r->pipe.progress;
	out->sentence = arena_str(arena, buf_str(&r->sentence));
	run_fini(r);
	free(r);
	return e;
}

enum err
chats_run(struct people *p, struct kv *kv, const struct export_request *request,
	  const struct taker *taker, struct fault *f)
{
	struct run *r = mem_new(sizeof(*r));
	int tries = 0;
	enum err e;

	do {
		run_init(r, p, request, f);
		r->pipe.to = *taker;
		r->kv = kv;
		r->tries = tries;
		e = kv_read(kv, run_body, r, f);
		run_fini(r);
	} while (e == ERR_STALE && ++tries <= SNAPSHOT_TRIES);
	free(r);
	return e;
}
