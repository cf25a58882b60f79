/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A pass over the chats, and over their messages where speakers are wanted.
 * What is found many times in a row is looked up once.
 */
#include "survey.h"
#include "worksheet.h"

#include <stdlib.h>

#define NAMES_BYTES (4u << 20) /* kept of a kind; more take more passes */
#define MET_BYTES (1u << 20)
#define PAGE 1024u

#define SPEAKERS (1u << SHEET_USERS | 1u << SHEET_MANAGERS | 1u << SHEET_BOTS)

void
survey_init(struct survey *s, struct query *q, const struct bits *chats,
	    struct pipe *pipe)
{
	*s = (struct survey){.q = q, .chats = chats, .pipe = pipe};
	for (int i = 0; i < EXPORT_SHEETS; i++)
		if (worksheet_kind((enum export_sheet)i).n > 0)
			names_init(&s->names[i], NAMES_BYTES);
	names_init(&s->tags, SIZE_MAX);
	names_init(&s->met, MET_BYTES);
	arena_init(&s->arena);
	buf_init(&s->scratch);
	buf_init(&s->speaker);
	s->users = bits_new();
}

void
survey_fini(struct survey *s)
{
	if (s->users == NULL)
		return;
	for (int i = 0; i < EXPORT_SHEETS; i++)
		names_fini(&s->names[i]);
	names_fini(&s->tags);
	names_fini(&s->met);
	arena_fini(&s->arena);
	buf_fini(&s->scratch);
	buf_fini(&s->speaker);
	bits_free(s->users);
	bits_free(s->seen);
	*s = (struct survey){0};
}

static bool
wanted(const struct survey *s, enum export_sheet sheet)
{
	return s->want >> sheet & 1;
}

static void
refer(struct survey *s, enum export_sheet sheet, struct str id,
      struct str extra)
{
	if (wanted(s, sheet))
		names_add(&s->names[sheet], id, extra);
}

/* Tags ---------------------------------------------------------------------
 */

static bool
tag_name(void *arg, struct str id)
{
	struct survey *s = arg;
	const struct json *name;
	struct json *v;

	arena_reset(&s->arena);
	buf_reset(&s->scratch);
	if (!reference_view(s->q->txn, S("tag"), id, &s->scratch) ||
	    json_parse(&s->arena, buf_str(&s->scratch), &v, NULL) != OK)
		return kv_error(s->q->txn) == OK;
	name = json_member(v, S("name"));
	if (name != NULL && name->kind == JSON_STRING)
		names_add(&s->tags, text_folded(&s->arena, name->text), id);
	return true;
}

/* Chats name tags by id or by name. */
static void
refer_tag(struct survey *s, struct str tag)
{
	const struct name *known;

	if (names_find(&s->met, tag) != NULL)
		return;
	names_add(&s->met, tag, STR_NONE);
	known = reference_known(s->q->txn, S("tag"), tag)
		    ? NULL
		    : names_find(&s->tags, text_folded(&s->arena, tag));
	refer(s, SHEET_TAGS, known == NULL ? tag : known->extra, STR_NONE);
}

/* Messages -----------------------------------------------------------------
 */

/* Somebody who speaks as User, and need not be the person of the chat. */
static void
speaker(struct survey *s, struct str person)
{
	uint32_t id;

	if (!wanted(s, SHEET_USERS) || str_eq(person, buf_str(&s->speaker)))
		return;
	buf_reset(&s->speaker);
	buf_put(&s->speaker, person);
	if (user_find(s->q->txn, person, &id) &&
	    (s->seen == NULL || bits_has(s->seen, id)))
		bits_add(s->users, id);
}

static bool
survey_message(void *arg, const struct message_view *m)
{
	struct survey *s = arg;

	if (m->note || m->person_id.n == 0)
		return true;
	switch (m->person) {
	case PERSON_USER:
		speaker(s, m->person_id);
		break;
	case PERSON_BOT:
		refer(s, SHEET_BOTS, m->person_id, STR_NONE);
		break;
	case PERSON_MANAGER:
		refer(s, SHEET_MANAGERS, m->person_id, STR_NONE);
		break;
	}
	return true;
}

/* Passes -------------------------------------------------------------------
 */

static enum err
survey_chat(struct survey *s, uint32_t id)
{
	struct chat_view v;

	arena_reset(&s->arena);
	if (!chat_view(s->q->txn, &s->arena, id, &v))
		return kv_error(s->q->txn);
	s->messages += v.in + v.out;
	if (v.user != 0)
		bits_add(s->users, v.user);
	refer(s, SHEET_SUPPORT_BOTS, v.fields[FIELD_BOT_ID], STR_NONE);
	refer(s, SHEET_MARKETING, v.fields[FIELD_MARKETING_ID],
	      v.fields[FIELD_MARKETING_TYPE]);
	refer(s, SHEET_MANAGERS, v.fields[FIELD_ASSIGNEE], STR_NONE);
	for (size_t i = 0; i < v.n_manager_ids; i++)
		refer(s, SHEET_MANAGERS, v.manager_ids[i], STR_NONE);
	for (size_t i = 0; i < v.n_tags && wanted(s, SHEET_TAGS); i++)
		refer_tag(s, v.tags[i]);
	if (s->want & SPEAKERS)
		chat_messages(s->q->txn, id, survey_message, s);
	return kv_error(s->q->txn);
}

static enum err
survey_pass(struct survey *s, unsigned want)
{
	uint32_t ids[PAGE], from = 0;
	size_t n = PAGE;

	s->want = want;
	s->messages = 0;
	names_first(&s->met);
	while (n == PAGE) {
		n = bits_page(s->chats, from, from == 0, false, ids, PAGE);
		for (size_t i = 0; i < n; i++) {
			TRY(survey_chat(s, ids[i]));
			TRY(pipe_pulse(s->pipe));
		}
		from = n > 0 ? ids[n - 1] : 0;
	}
	for (int i = 0; i < EXPORT_SHEETS; i++)
		if ((want >> i & 1) && s->names[i].table != NULL)
			names_sort(&s->names[i]);
	return OK;
}

/* All pages of a sheet's names; the first is there, unless `fn` is NULL and
 * they are only counted. */
enum err
survey_each(struct survey *s, enum export_sheet sheet, survey_fn *fn, void *arg)
{
	struct names *names = &s->names[sheet];

	if (names->begun) {
		names_first(names);
		TRY(survey_pass(s, 1u << sheet));
	}
	for (;;) {
		for (size_t i = 0; i < names->n; i++)
			TRY(fn(arg, &names->at[i]));
		if (!names->more)
			return OK;
		names_next(names);
		TRY(survey_pass(s, 1u << sheet));
	}
}

static enum err
count_name(void *arg, const struct name *n)
{
	uint64_t *count = arg;

	++*count;
	return OK;
}

enum err
survey_run(struct survey *s, unsigned sheets)
{
	struct filter *all;
	uint64_t messages;

	if (s->q->limited) {
		TRY(filter_parse(s->q, STR_NONE, &all, s->pipe->fault));
		s->seen = filter_run(s->q, all);
	}
	if (sheets >> SHEET_TAGS & 1)
		references_each(s->q->txn, S("tag"), tag_name, s);
	TRY(survey_pass(s, sheets));
	messages = s->messages;
	for (int i = 0; i < EXPORT_SHEETS; i++)
		if ((sheets >> i & 1) && s->names[i].table != NULL)
			TRY(survey_each(s, (enum export_sheet)i, count_name,
					&s->rows[i]));
	s->messages = messages;
	s->rows[SHEET_CHATS] = bits_count(s->chats);
	s->rows[SHEET_USERS] = bits_count(s->users);
	s->rows[SHEET_MESSAGES] = messages;
	return OK;
}
