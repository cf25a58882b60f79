/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What happened to one person, put together from where it is kept: the trail,
 * the messages of all chats, the words said of each attribute, the merges.
 * Each source is walked from the cursor back and left as soon as it is past
 * the oldest of a full page, so a page costs a page and not a life.
 *
 * A change tells what was shown before it: the manager's word before it, else
 * the word of events before it.  A word of events under a manager's is told,
 * too, but was never shown.
 */
#include "filter.h"
#include "person.h"

#include <rapport/people/segments.h>

#include <stdio.h>
#include <stdlib.h>

const char *const moment_kind_names[MOMENT_KINDS] = {
    [MOMENT_MESSAGE] = "message",   [MOMENT_CHANGE] = "change",
    [MOMENT_SEGMENT] = "segment",   [MOMENT_CONSENT] = "consent",
    [MOMENT_VALIDITY] = "validity", [MOMENT_FLOW] = "flow",
    [MOMENT_EVENT] = "event",       [MOMENT_MERGE] = "merge",
};

struct change {
	const struct attr *attr;
	struct told now, old;
	bool has_old, shown;
};

/* Who or what moved somebody between segments. */
static const char *const move_sources[MOVE_CAUSES] = {
    [MOVE_EVENT] = "event",
    [MOVE_BULK] = "bulk",
    [MOVE_IMPORT] = "import",
    [MOVE_HAND] = "manager"};

struct moment {
	struct mark mark;
	enum moment_kind kind;
	uint32_t chat;
	struct message_view message; /* MESSAGE */
	const struct json *said;     /* of the trail */
	struct moved moved;          /* SEGMENT, where nothing is said */
	const struct change *change;
	struct merge merge;
	bool undo;
};

/* The newest `cap` moments that come after the cursor, newest first. */
struct page {
	struct query *q;
	uint32_t user;
	unsigned kinds;
	struct mark after;
	struct moment *all;
	size_t n, cap;
	uint32_t chat; /* being walked */
};

static bool
wanted(const struct page *p, enum moment_kind k)
{
	return (p->kinds & 1u << k) != 0;
}

/* False: it is older than a whole page, and so is what its source has next.
 * *at is where it belongs, or n for nowhere. */
static bool
page_place(const struct page *p, const struct mark *m, size_t *at)
{
	*at = p->n;
	if (mark_cmp(m, &p->after) >= 0)
		return true;
	while (*at > 0 && mark_cmp(&p->all[*at - 1].mark, m) < 0)
		--*at;
	return *at < p->cap;
}

/* Room for a moment of this mark, or NULL. */
static struct moment *
page_insert(struct page *p, const struct mark *m, bool *go)
{
	size_t at;

	*go = page_place(p, m, &at);
	if (!*go || mark_cmp(m, &p->after) >= 0)
		return NULL;
	if (p->n < p->cap)
		p->n++;
	memmove(p->all + at + 1, p->all + at,
		(p->n - at - 1) * sizeof(*p->all));
	p->all[at] = (struct moment){.mark = *m};
	return &p->all[at];
}

/* The trail ---------------------------------------------------------------- */

/* What is told of it is also an attribute: it is masked with it. */
static const struct {
	const char *type;
	enum moment_kind kind;
	uint16_t attr;
} trails[] = {
    {"consent", MOMENT_CONSENT, A_CONSENT},
    {"validity", MOMENT_VALIDITY, A_VALID},
    {"flow", MOMENT_FLOW, A_IN_FLOW},
    {"segment", MOMENT_SEGMENT, A_SEGMENT},
    {"event", MOMENT_EVENT, A_EVERYBODY},
};

/* A segment with nobody of the scope in it is not there. */
static bool
segment_there(struct query *q, const struct json *v)
{
	struct rules_held held;
	struct operand o;
	bool there;

	if (!q->limited || v == NULL)
		return !q->limited;
	held = rules_begin(q);
	there = segment_read(q, v, &o, NULL) == OK;
	rules_end(q, held);
	return there;
}

static bool
trail_kind(const struct page *p, const struct json *said,
	   enum moment_kind *kind)
{
	const struct json *type = json_member(said, S("type"));

	for (size_t i = 0; type != NULL && i < COUNT(trails); i++) {
		if (!str_eq(type->text, str_of(trails[i].type)))
			continue;
		*kind = trails[i].kind;
		if (*kind == MOMENT_SEGMENT &&
		    !segment_there(p->q, json_member(said, S("segment"))))
			return false;
		return wanted(p, *kind) &&
		       (trails[i].attr == A_EVERYBODY ||
			catalog_by_id(p->q->catalog, trails[i].attr) != NULL);
	}
	return false;
}

static bool
add_trail(void *arg, const struct trail *t)
{
	struct page *p = arg;
	struct mark m = {t->at, 1, t->seq, 0};
	enum moment_kind kind;
	struct moment *to;
	struct json *said;
	size_t at;
	bool go;

	if (mark_cmp(&m, &p->after) >= 0)
		return true;
	if (!page_place(p, &m, &at))
		return false;
	if (json_parse(p->q->arena, t->json, &said, NULL) != OK ||
	    !trail_kind(p, said, &kind))
		return true;
	to = page_insert(p, &m, &go);
	if (to != NULL) {
		to->kind = kind;
		to->said = said;
	}
	return go;
}

/* Acts and events ---------------------------------------------------------- */

#define MARK_ACT 4u
#define MARK_SAID 5u

static bool
moved_there(struct page *p, uint32_t segment)
{
	char text[16];
	struct json v = {.kind = JSON_NUMBER, .number = segment};

	v.text = (struct str){text, (size_t)snprintf(text, sizeof(text), "%u",
						     segment)};
	return !p->q->limited || segment_there(p->q, &v);
}

/* One act may have moved two who became one: it is told once. */
static bool
add_moved(void *arg, const struct moved *v)
{
	struct page *p = arg;
	struct mark m = {v->at, v->cause == MOVE_EVENT ? MARK_SAID : MARK_ACT,
			 v->tell, 0};
	struct moment *to;
	size_t at;
	bool go;

	if (mark_cmp(&m, &p->after) >= 0)
		return true;
	if (!page_place(p, &m, &at))
		return false;
	if ((at > 0 && mark_cmp(&p->all[at - 1].mark, &m) == 0) ||
	    !moved_there(p, v->segment))
		return true;
	to = page_insert(p, &m, &go);
	if (to != NULL) {
		to->kind = MOMENT_SEGMENT;
		to->moved = *v;
	}
	return go;
}

/* Messages ----------------------------------------------------------------- */

static bool
add_message(void *arg, const struct message_view *v)
{
	struct page *p = arg;
	struct mark m = {v->at, 2, p->chat, v->seq};
	struct moment *to;
	bool go;

	to = page_insert(p, &m, &go);
	if (to != NULL) {
		to->kind = MOMENT_MESSAGE;
		to->chat = p->chat;
		to->message = *v;
	}
	return go;
}

static bool
add_chat(void *arg, uint32_t chat)
{
	struct page *p = arg;

	p->chat = chat;
	chat_messages_back(p->q->txn, chat, p->after.at, add_message, p);
	return kv_error(p->q->txn) == OK;
}

/* Merges ------------------------------------------------------------------- */

static void
add_merge_at(struct page *p, const struct merge *merge, bool undo)
{
	struct mark m = {undo ? merge->undone : merge->at, 3, merge->id, undo};
	struct moment *to;
	bool go;

	to = page_insert(p, &m, &go);
	if (to == NULL)
		return;
	to->kind = MOMENT_MERGE;
	to->merge = *merge;
	to->undo = undo;
}

static bool
add_merge(void *arg, const struct merge *merge)
{
	add_merge_at(arg, merge, false);
	if (merge->undone != INSTANT_NONE)
		add_merge_at(arg, merge, true);
	return true;
}

/* Changes ------------------------------------------------------------------ */

/* The words said of one attribute. */
struct words {
	struct page *page;
	const struct attr *attr;
	struct told *all;
	size_t n;
};

static bool
by_manager(const struct told *t)
{
	return t->from.source == FROM_MANAGER;
}

/* The value as a text, in the arena: what was read dies with its reader. */
static struct value
value_keep(struct arena *a, const struct value *v)
{
	struct value kept = *v;
	struct str *items;

	kept.text = arena_str(a, v->text);
	kept.original = arena_str(a, v->original);
	items = arena_get(a, (v->n_items + 1) * sizeof(*items));
	for (size_t i = 0; i < v->n_items; i++)
		items[i] = arena_str(a, v->items[i]);
	kept.items = items;
	return kept;
}

static bool
add_word(void *arg, const struct told *t)
{
	struct words *w = arg;

	w->all[w->n] = *t;
	w->all[w->n++].value = value_keep(w->page->q->arena, &t->value);
	return w->n < HISTORY_MAX;
}

static int
oldest_first(const void *x, const void *y)
{
	const struct told *a = x, *b = y;

	if (a->from.at != b->from.at)
		return a->from.at < b->from.at ? -1 : 1;
	return by_manager(a) - by_manager(b);
}

static uint64_t
told_hash(struct query *q, const struct told *t)
{
	struct json_out j;
	struct buf b;
	uint64_t hash;

	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	told_json(q, t, &j);
	json_object_end(&j);
	hash = hash64(buf_str(&b));
	buf_fini(&b);
	return hash;
}

static bool
add_change(struct page *p, const struct attr *attr, const struct told *now,
	   const struct told *old, bool shown)
{
	struct mark m = {now->from.at, 0, attr->origin, told_hash(p->q, now)};
	struct change *c;
	struct moment *to;
	bool go;

	to = page_insert(p, &m, &go);
	if (to == NULL)
		return go;
	c = arena_get(p->q->arena, sizeof(*c));
	*c = (struct change){
	    .attr = attr, .now = *now, .has_old = old, .shown = shown};
	if (old != NULL)
		c->old = *old;
	to->kind = MOMENT_CHANGE;
	to->change = c;
	return true;
}

static void
add_words(struct words *w)
{
	const struct told *manager = NULL, *event = NULL;

	qsort(w->all, w->n, sizeof(*w->all), oldest_first);
	for (size_t i = 0; i < w->n; i++) {
		const struct told *t = &w->all[i];
		bool hand = by_manager(t);

		add_change(w->page, w->attr, t, manager ? manager : event,
			   hand || manager == NULL);
		if (hand)
			manager = t;
		else
			event = t;
	}
}

static void
add_changes(struct page *p, const struct user_detail *u)
{
	struct told all[HISTORY_MAX + 2];

	for (size_t i = 0; i < u->n_attrs; i++) {
		const struct user_attr *a = &u->attrs[i];
		struct words w = {.page = p, .attr = a->attr, .all = all};

		if (a->derived || (a->attr->flags & ATTR_HIDDEN) != 0)
			continue;
		user_history(p->q->txn, u->id, a->attr, add_word, &w);
		all[w.n++] = a->now;
		if (a->has_shadow)
			all[w.n++] = a->shadow;
		add_words(&w);
	}
}

/* As JSON ------------------------------------------------------------------ */

static void
put_change(struct query *q, const struct change *c, struct json_out *j)
{
	json_kt(j, "attribute", c->attr->name);
	json_kt(j, "label", c->attr->label);
	json_kt(j, "type", str_of(attr_type_names[c->attr->type]));
	told_json(q, &c->now, j);
	json_kb(j, "shown", c->shown);
	if (!c->has_old)
		return;
	json_key(j, S("old"));
	if (c->old.has)
		value_json(j, &c->old.value);
	else
		json_null(j);
}

static void
put_message(struct query *q, const struct moment *m, struct json_out *j)
{
	const struct message_view *v = &m->message;
	struct arena_mark mark = arena_mark(q->arena);
	struct chat_view chat;

	json_kat(j, "at", v->at);
	json_ki(j, "chat", m->chat);
	if (chat_view(q->txn, q->arena, m->chat, &chat))
		json_kt(j, "chatId", chat.chat_id);
	arena_rewind(q->arena, mark);
	json_kt(j, "messageId", v->message_id);
	json_kt(j, "personType", str_of(person_names[v->person]));
	if (speaker_told(q, v))
		json_kt(j, "personId", v->person_id);
	json_kt(j, "text", v->text);
	json_kb(j, "template", v->template);
	json_kb(j, "note", v->note);
	json_key(j, S("status"));
	json_array(j);
	for (int i = SENT; i <= FAILED; i++)
		if (v->status & 1u << i)
			json_text(j, str_of(delivery_names[i]));
	json_array_end(j);
}

/* Whose act it was, as who_mark keeps it; the command line has no name. */
static void
put_mover(const struct query *q, uint32_t mark, struct json_out *j)
{
	uint32_t id = mark & ~MARK_TOKEN;
	struct manager by;
	struct token t;

	if (mark == 0)
		return;
	json_key(j, mark & MARK_TOKEN ? S("token") : S("by"));
	json_object(j);
	json_ki(j, "id", id);
	if (mark & MARK_TOKEN ? token_get(q->txn, id, &t)
			      : manager_get(q->txn, id, &by))
		json_kt(j, "name", mark & MARK_TOKEN ? t.name : by.name);
	json_object_end(j);
}

static void
put_whether_gone(const struct query *q, uint32_t segment, struct json_out *j)
{
	if (segment_name(q->txn, segment).n == 0)
		json_kb(j, "gone", true);
}

static void
put_said(const struct query *q, const struct moment *m, struct json_out *j)
{
	bool moved = m->kind == MOMENT_SEGMENT;
	const struct json *of = json_member(m->said, S("segment"));

	json_kat(j, "at", m->mark.at);
	for (const struct json *s = m->said->first; s != NULL; s = s->next) {
		if (str_eq(s->key, S("type")))
			continue;
		if (moved && str_eq(s->key, S("by"))) {
			put_mover(q, (uint32_t)s->number, j);
			continue;
		}
		json_key(j, s->key);
		json_value(j, s);
	}
	if (moved && of != NULL)
		put_whether_gone(q, (uint32_t)of->number, j);
}

static void
put_moved(const struct query *q, const struct moment *m, struct json_out *j)
{
	json_kat(j, "at", m->mark.at);
	json_ki(j, "segment", m->moved.segment);
	json_kt(j, "name", segment_name_ever(q->txn, m->moved.segment));
	json_kb(j, "in", m->moved.in);
	json_kt(j, "source", str_of(move_sources[m->moved.cause]));
	put_mover(q, m->moved.by, j);
	put_whether_gone(q, m->moved.segment, j);
}

static void
put_merge(const struct query *q, const struct moment *m, struct json_out *j)
{
	json_kat(j, "at", m->mark.at);
	json_ki(j, "merge", m->merge.id);
	json_ki(j, "from", m->merge.from);
	if (catalog_by_id(q->catalog, A_USER_ID) != NULL)
		json_kt(j, "fromUserId", m->merge.from_user_id);
	json_ki(j, "into", m->merge.into);
	json_kb(j, "undo", m->undo);
}

static void
put_moment(struct query *q, const struct moment *m, struct json_out *j)
{
	json_object(j);
	json_kt(j, "kind", str_of(moment_kind_names[m->kind]));
	switch (m->kind) {
	case MOMENT_MESSAGE:
		put_message(q, m, j);
		break;
	case MOMENT_CHANGE:
		put_change(q, m->change, j);
		break;
	case MOMENT_MERGE:
		put_merge(q, m, j);
		break;
	case MOMENT_SEGMENT:
		if (m->said == NULL)
			put_moved(q, m, j);
		else
			put_said(q, m, j);
		break;
	case MOMENT_CONSENT:
	case MOMENT_VALIDITY:
	case MOMENT_FLOW:
	case MOMENT_EVENT:
		put_said(q, m, j);
		break;
	case MOMENT_KINDS:
		break;
	}
	json_object_end(j);
}

static void
put_page(struct page *p, size_t limit, struct json_out *j)
{
	size_t n = p->n < limit ? p->n : limit;

	json_object(j);
	json_key(j, S("timeline"));
	json_array(j);
	for (size_t i = 0; i < n; i++)
		put_moment(p->q, &p->all[i], j);
	json_array_end(j);
	json_key(j, S("next"));
	if (p->n > limit)
		json_text(j, mark_text(p->q->arena, 't', p->user,
				       &p->all[n - 1].mark));
	else
		json_null(j);
	json_object_end(j);
}

static void
page_fill(struct page *p, const struct user_detail *u)
{
	struct kv_txn *txn = p->q->txn;

	user_trail(txn, p->user, p->after.at, add_trail, p);
	if (wanted(p, MOMENT_SEGMENT) &&
	    catalog_by_id(p->q->catalog, A_SEGMENT) != NULL)
		user_moves(txn, p->user, p->after.at, add_moved, p);
	if (wanted(p, MOMENT_MESSAGE))
		chats_of_user(txn, p->user, add_chat, p);
	if (wanted(p, MOMENT_MERGE))
		merges_each(txn, p->user, add_merge, p);
	if (wanted(p, MOMENT_CHANGE))
		add_changes(p, u);
}

enum err
query_timeline(struct query *q, uint32_t id, const struct timeline_in *in,
	       struct json_out *j, struct fault *f)
{
	struct page p = {
	    .q = q, .user = id, .kinds = in->kinds, .cap = in->part.limit + 1};
	struct user_detail u;

	if (!person_open(q, id, &u))
		return person_missing(q, f);
	TRY(mark_read(in->part.after, 't', id, &p.after, f));
	p.all = arena_get(q->arena, p.cap * sizeof(*p.all));
	page_fill(&p, &u);
	TRY(kv_error(q->txn));
	put_page(&p, in->part.limit, j);
	return kv_error(q->txn);
}
