/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that is held on one person, for themselves: what the pages about
 * them show, read page by page and handed on item by item, so that a long life
 * needs no more memory than a short one.  What is hidden in the panel is held
 * all the same, and so are the notes of managers: they are about the person,
 * and are left out only when somebody says so, and counted then.
 *
 * Which exports held a person is known where they were selected.  Of one by a
 * filter it is known who matches today: that is told as what it is.
 */
#include "filter.h"
#include "person.h"

#include <rapport/query/archive.h>
#include <rapport/staff/records.h>

#define PAGE 500u
#define TRANSCRIPT_PAGE 5000u
#define RECORDS 64u

struct dossier {
	struct query *q;
	const struct dossier_in *in;
	dossier_fn *fn;
	void *arg;
	struct dossier_count *count;
	struct fault *f;
	struct hours hours;
	struct buf text; /* a page, as JSON */
};

/* One page or thing as JSON; `after` is a cursor or empty. */
typedef enum err page_fn(struct dossier *d, struct str after,
			 struct json_out *j);

/* The page as a tree, in the arena. */
static enum err
page_read(struct dossier *d, page_fn *fn, struct str after, struct json **out)
{
	struct json_out j;

	buf_reset(&d->text);
	json_out_init(&j, &d->text);
	TRY(fn(d, after, &j));
	return json_parse_own(d->q->arena, buf_str(&d->text), out, d->f);
}

/* Takes one item of a page. */
typedef enum err item_fn(struct dossier *d, const struct json *v);

/* Every item of the member `name` of all pages. */
static enum err
pages_each(struct dossier *d, page_fn *fn, const char *name, item_fn *take)
{
	struct arena_mark mark = arena_mark(d->q->arena);
	struct buf after;
	enum err e = OK;

	buf_init(&after);
	do {
		const struct json *items, *next;
		struct json *page;

		arena_rewind(d->q->arena, mark);
		e = page_read(d, fn, buf_str(&after), &page);
		if (e != OK)
			break;
		items = json_member(page, str_of(name));
		for (const struct json *v = items ? items->first : NULL;
		     v != NULL && e == OK; v = v->next)
			e = take(d, v);
		next = json_member(page, S("next"));
		buf_reset(&after);
		if (next != NULL && next->kind == JSON_STRING)
			buf_put(&after, next->text);
	} while (e == OK && after.n > 0);
	buf_fini(&after);
	arena_rewind(d->q->arena, mark);
	return e;
}

/* Chats -------------------------------------------------------------------- */

/* Inside of one chat, the pages are of its own. */
struct chat_walk {
	struct dossier d; /* a copy, with a text of its own */
	uint32_t chat;
};

static enum err
transcript_page(struct dossier *d, struct str after, struct json_out *j)
{
	struct chat_walk *w = (struct chat_walk *)d;
	struct transcript_in in = {.limit = TRANSCRIPT_PAGE, .after = after};

	return archive_transcript(d->q, w->chat, &in, j, d->f);
}

static enum err
take_message(struct dossier *d, const struct json *v)
{
	const struct json *note = json_member(v, S("note"));
	const struct json *kind = json_member(v, S("kind"));

	if (note != NULL && note->kind == JSON_TRUE && d->in->no_notes) {
		d->count->notes_left_out++;
		return OK;
	}
	d->count->messages +=
	    kind != NULL && str_eq(kind->text, S("message"));
	return d->fn(d->arg, DOSSIER_MESSAGE, v);
}

static enum err
chat_page(struct dossier *d, struct str after, struct json_out *j)
{
	struct chat_walk *w = (struct chat_walk *)d;

	(void)after;
	return archive_chat(d->q, w->chat, &d->hours, j, NULL, d->f);
}

static enum err
chat_walk(struct chat_walk *w)
{
	struct dossier *d = &w->d;
	struct json *chat;

	TRY(page_read(d, chat_page, STR_NONE, &chat));
	TRY(d->fn(d->arg, DOSSIER_CHAT, chat));
	TRY(pages_each(d, transcript_page, "messages", take_message));
	d->count->chats++;
	return d->fn(d->arg, DOSSIER_CHAT_END, NULL);
}

static enum err
take_chat(struct dossier *d, const struct json *v)
{
	struct arena_mark mark = arena_mark(d->q->arena);
	struct chat_walk w = {.d = *d};
	uint64_t id = 0;
	enum err e;

	if (!str_to_u64(json_member(v, S("id"))->text, &id))
		return ERR_BUG;
	w.chat = (uint32_t)id;
	buf_init(&w.d.text);
	e = chat_walk(&w);
	buf_fini(&w.d.text);
	arena_rewind(d->q->arena, mark);
	return e;
}

static enum err
chats_page(struct dossier *d, struct str after, struct json_out *j)
{
	struct part_in in = {.limit = PAGE, .after = after};

	return query_chats(d->q, d->in->user, &in, j, d->f);
}

/* The timeline ------------------------------------------------------------- */

static enum err
timeline_page(struct dossier *d, struct str after, struct json_out *j)
{
	struct timeline_in in = {
	    .kinds = ((1u << MOMENT_KINDS) - 1) & ~(1u << MOMENT_MESSAGE),
	    .part = {.limit = PAGE, .after = after}};

	return query_timeline(d->q, d->in->user, &in, j, d->f);
}

static enum err
take_moment(struct dossier *d, const struct json *v)
{
	d->count->moments++;
	return d->fn(d->arg, DOSSIER_MOMENT, v);
}

/* Exports ------------------------------------------------------------------ */

enum held { HELD_NOT, HELD_NAMED, HELD_MATCHES, HELD_UNKNOWN };
static const char *const held_words[] = {
    [HELD_NAMED] = "selected by name",
    [HELD_MATCHES] = "the filter matches them today",
    [HELD_UNKNOWN] = "not known: it went by more than a filter of people"};

static bool
ids_have(struct dossier *d, const struct record *r)
{
	struct json *ids;
	uint64_t id;

	if (json_parse(d->q->arena, r->ids, &ids, NULL) != OK)
		return false;
	for (const struct json *v = ids->first; v != NULL; v = v->next)
		if (str_to_u64(v->text, &id) && id == d->in->user)
			return true;
	return false;
}

/* One whose filter cannot be read any more may have held anybody. */
static enum held
filter_holds(struct dossier *d, struct str text)
{
	struct filter *filter;
	struct bits *who;
	bool in;

	if (filter_parse(d->q, text, &filter, NULL) != OK)
		return HELD_UNKNOWN;
	who = filter_run(d->q, filter);
	in = bits_has(who, d->in->user);
	bits_free(who);
	return in ? HELD_MATCHES : HELD_NOT;
}

static enum held
record_held(struct dossier *d, const struct record *r)
{
	bool of_users = str_eq(r->what, S("users"));

	if (r->state == RECORD_RUNNING || (r->rows == 0 && r->bytes == 0))
		return HELD_NOT;
	if (r->ids.n > 0 && (of_users || str_eq(r->what, S("person"))))
		return ids_have(d, r) ? HELD_NAMED : HELD_NOT;
	return of_users ? filter_holds(d, r->filter) : HELD_UNKNOWN;
}

static enum err
take_record(struct dossier *d, uint64_t id)
{
	struct record r;
	struct json_out j;
	struct json *v;
	enum held held;

	if (!record_get(d->q->txn, d->q->arena, id, &r))
		return kv_error(d->q->txn);
	held = record_held(d, &r);
	if (held == HELD_NOT)
		return kv_error(d->q->txn);
	buf_reset(&d->text);
	json_out_init(&j, &d->text);
	json_object(&j);
	json_ki(&j, "id", (int64_t)r.id);
	json_kat(&j, "at", r.begun);
	json_kt(&j, "by", r.who_name);
	json_kt(&j, "what", r.what);
	json_kt(&j, "purpose", r.purpose);
	json_kt(&j, "columns", r.columns);
	json_kt(&j, "state", str_of(record_state_names[r.state]));
	json_kb(&j, "locked", r.locked);
	json_kt(&j, "held", str_of(held_words[held]));
	json_object_end(&j);
	TRY(json_parse(d->q->arena, buf_str(&d->text), &v, d->f));
	d->count->exports++;
	return d->fn(d->arg, DOSSIER_EXPORT, v);
}

static enum err
exports_each(struct dossier *d)
{
	struct arena_mark mark = arena_mark(d->q->arena);
	struct record some[RECORDS];
	uint64_t ids[RECORDS], at = 0, all;
	enum err e = OK;
	size_t n;

	do {
		arena_rewind(d->q->arena, mark);
		n = records_page(d->q->txn, d->q->arena, at, some, RECORDS,
				 &all);
		for (size_t i = 0; i < n; i++)
			at = ids[i] = some[i].id;
		for (size_t i = 0; i < n && e == OK; i++) {
			arena_rewind(d->q->arena, mark);
			e = take_record(d, ids[i]);
		}
	} while (e == OK && n == RECORDS && at > 1);
	arena_rewind(d->q->arena, mark);
	return e;
}

/* The whole ---------------------------------------------------------------- */

static enum err
person_page(struct dossier *d, struct str after, struct json_out *j)
{
	(void)after;
	return person_whole(d->q, d->in->user, j, d->f);
}

static enum err
dossier_walk(struct dossier *d)
{
	struct arena_mark mark = arena_mark(d->q->arena);
	struct json *person;

	hours_get(d->q->txn, d->q->arena, &d->hours);
	TRY(page_read(d, person_page, STR_NONE, &person));
	TRY(d->fn(d->arg, DOSSIER_PERSON, person));
	TRY(pages_each(d, chats_page, "chats", take_chat));
	TRY(pages_each(d, timeline_page, "timeline", take_moment));
	TRY(exports_each(d));
	arena_rewind(d->q->arena, mark);
	return kv_error(d->q->txn);
}

enum err
query_dossier(struct query *q, const struct dossier_in *in, dossier_fn *fn,
	      void *arg, struct dossier_count *count, struct fault *f)
{
	struct dossier d = {.q = q, .in = in, .fn = fn, .arg = arg,
			    .count = count, .f = f};
	enum err e;

	*count = (struct dossier_count){0};
	if (q->limited)
		return fail(f, ERR_DENIED, "",
			    "you may not see everything of a person, so what "
			    "you took for the whole would not be it");
	buf_init(&d.text);
	e = dossier_walk(&d);
	buf_fini(&d.text);
	return e;
}
