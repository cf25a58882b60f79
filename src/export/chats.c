/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chats on their way out: one snapshot, the chats that were asked for, a
 * survey of all they refer to, then the worksheets one after the other through
 * the lock into the sink.  Chats are walked as they lie in the store, each with
 * its messages, so nothing grows with their number but sets, a bit each.
 */
#include <rapport/export.h>

#include "rows.h"
#include "run.h"
#include "survey.h"
#include "teller.h"

#include <stdlib.h>

#define PAGE 1024u

struct run {
	struct pipe pipe;
	struct people *people;
	const struct export_request *request;

	/* inside the snapshot */
	struct arena arena;
	struct query query;
	struct hours hours;
	struct archive_in asked;
	struct bits *set;
	struct survey survey;
	struct teller teller;
	struct buf sentence;
	enum export_sheet sheet; /* the one that is made */
};

/* What was asked for -------------------------------------------------------
 */

static enum err
read_request(struct run *r, struct kv_txn *txn)
{
	const struct export_request *in = r->request;
	struct fault *f = r->pipe.fault;

	r->query = (struct query){
	    .txn = txn,
	    .catalog = people_catalog(r->people, txn),
	    .arena = &r->arena,
	    .zone = zone_find(in->tz.n == 0 ? S("UTC") : in->tz),
	    .now = in->at,
	    .no_speech = in->no_speech,
	};
	TRY(kv_error(txn));
	TRY(query_limit(&r->query, in->limits, f));
	if (r->query.zone == NULL)
		return fail(f, ERR_INVALID, "tz",
			    "expected the IANA name of a time zone, such as "
			    "Europe/Berlin");
	TRY(archive_read(&r->query, &in->ask, &r->asked, f));
	archive_sentence(&r->query, &in->ask, &r->asked, &r->sentence);
	hours_get(txn, &r->arena, &r->hours);
	return kv_error(txn);
}

static enum err
choose(struct run *r)
{
	const struct export_request *in = r->request;
	struct bits *picked;

	TRY(archive_find(&r->query, &r->asked, &r->set, NULL, r->pipe.fault));
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

	survey_init(&r->survey, &r->query, r->set, &r->pipe);
	TRY(survey_run(&r->survey, sheets));
	TRY(kv_error(r->query.txn));
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

typedef enum err each_fn(struct run *r, uint32_t id);

static enum err
each_id(struct run *r, const struct bits *set, each_fn *fn)
{
	uint32_t ids[PAGE], from = 0;
	size_t n = PAGE;

	while (n == PAGE) {
		n = bits_page(set, from, from == 0, false, ids, PAGE);
		for (size_t i = 0; i < n; i++)
			TRY(fn(r, ids[i]));
		from = n > 0 ? ids[n - 1] : 0;
	}
	return OK;
}

static enum err
put_chat(struct run *r, uint32_t id)
{
	struct str text;

	TRY(chat_tell(&r->teller, id, &text));
	return pipe_row(&r->pipe, text);
}

static enum err
put_message(void *arg, struct str text)
{
	return pipe_row(arg, text);
}

static enum err
put_messages(struct run *r, uint32_t id)
{
	TRY(messages_tell(&r->teller, id, put_message, &r->pipe));
	return pipe_pulse(&r->pipe);
}

static enum err
put_reference(void *arg, const struct name *n)
{
	struct run *r = arg;
	struct str text;

	TRY(reference_tell(&r->teller, r->sheet, n->text, n->extra, &text));
	return pipe_row(&r->pipe, text);
}

static enum err
rows_fixed(struct run *r)
{
	if (r->sheet == SHEET_CHATS)
		return each_id(r, r->set, put_chat);
	if (r->sheet == SHEET_MESSAGES)
		return each_id(r, r->set, put_messages);
	return survey_each(&r->survey, r->sheet, put_reference, r);
}

static enum err
put_fixed(struct run *r)
{
	struct sheet sheet = worksheet(r->sheet);

	TRY(pipe_begin(&r->pipe, &sheet));
	TRY(rows_fixed(r));
	return pipe_end(&r->pipe);
}

static enum err
put_users(struct run *r, struct maker *m)
{
	struct user_walk *walk = user_walk_open(r->query.txn, r->query.catalog);
	uint32_t ids[PAGE], from = 0;
	size_t n = PAGE;
	enum err e = OK;

	while (n == PAGE && e == OK) {
		n = bits_page(r->survey.users, from, from == 0, false, ids,
			      PAGE);
		for (size_t i = 0; i < n && e == OK; i++) {
			struct user_view user;
			struct str text = STR_NONE;

			e = user_walk_to(walk, ids[i], &user)
				? OK
				: maker_user(m, ids[i], &user);
			if (e == OK)
				e = maker_text(m, &user, &text);
			if (e == OK)
				e = pipe_row(&r->pipe, text);
		}
		from = n > 0 ? ids[n - 1] : 0;
	}
	user_walk_close(walk);
	return e;
}

/* User data: every attribute that there is and may be seen, in the order of
 * the catalog. */
static enum err
put_user_sheet(struct run *r)
{
	const struct catalog *c = r->query.catalog;
	const struct attr **attrs = arena_get(&r->arena, c->n * sizeof(*attrs));
	struct column *columns = arena_get(&r->arena, c->n * sizeof(*columns));
	struct sheet sheet = {str_of(export_sheet_names[SHEET_USERS]), columns,
			      0, false};
	struct rows_in in = {.columns = attrs,
			     .form = r->pipe.format->form,
			     .options = r->pipe.options};
	struct maker m;
	enum err e;

	for (size_t i = 0; i < c->n; i++) {
		if (c->attrs[i].flags & ATTR_HIDDEN)
			continue;
		attrs[sheet.n] = &c->attrs[i];
		columns[sheet.n++] = (struct column){.name = c->attrs[i].name,
						     .type = c->attrs[i].type};
	}
	maker_init(&m, &r->query, &sheet, &in, NULL);
	e = pipe_begin(&r->pipe, &sheet);
	if (e == OK)
		e = put_users(r, &m);
	if (e == OK)
		e = pipe_end(&r->pipe);
	maker_fini(&m);
	return e;
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
	    {S("Time zone of dates"), str_of(zone_name(r->query.zone))},
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
		TRY(r->sheet == SHEET_USERS ? put_user_sheet(r) : put_fixed(r));
	}
	return OK;
}

static enum err
run_body(struct kv_txn *txn, void *arg)
{
	struct run *r = arg;

	TRY(read_request(r, txn));
	TRY(choose(r));
	TRY(look(r, r->request->sheets));
	r->pipe.format = export_format_of(r->request);
	r->pipe.options = export_options(r->request, r->query.zone);
	teller_init(&r->teller, &r->query, &r->hours, r->pipe.format->form,
		    &r->pipe.options);
	TRY(pipe_open(&r->pipe, &r->arena));
	TRY(put_sheets(r));
	return put_end(r);
}

static enum err
preview_body(struct kv_txn *txn, void *arg)
{
	struct run *r = arg;

	TRY(read_request(r, txn));
	TRY(choose(r));
	return look(r, EXPORT_SHEETS_ALL);
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
	teller_fini(&r->teller);
	survey_fini(&r->survey);
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
	enum err e;

	run_init(r, p, request, f);
	r->pipe.to = *taker;
	e = kv_read(kv, run_body, r, f);
	run_fini(r);
	free(r);
	return e;
}
