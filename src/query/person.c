/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One person as JSON.  Each attribute with what is shown, who said so and
 * when, what was shown before and what events say beneath a manager's word.
 * What is masked is not in the reader's catalog, so everything here that is
 * also an attribute (consent, segments, counts) is told only if that is there.
 */
#include "person.h"

#include <stdlib.h>

struct showing {
	struct query *q;
	struct json_out *j;
	bool whole; /* what is hidden too, and every earlier value */
	struct user_detail user;
};

static bool put_earlier(void *arg, const struct told *t);

/* Values ------------------------------------------------------------------- */

static void
put_by(struct query *q, uint32_t by, struct json_out *j)
{
	struct manager m;

	if (by == 0)
		return;
	json_key(j, S("by"));
	json_object(j);
	json_ki(j, "id", by);
	if (manager_get(q->txn, by, &m))
		json_kt(j, "name", m.name);
	json_object_end(j);
}

void
told_json(struct query *q, const struct told *t, struct json_out *j)
{
	json_key(j, S("value"));
	if (t->has)
		value_json(j, &t->value);
	else
		json_null(j);
	if (t->from.source < COUNT(cell_source_names))
		json_kt(j, "source", str_of(cell_source_names[t->from.source]));
	json_kat(j, "at", t->from.at);
	put_by(q, t->by, j);
}

static void
put_told(struct showing *s, const char *key, const struct told *t)
{
	json_key(s->j, str_of(key));
	json_object(s->j);
	told_json(s->q, t, s->j);
	json_object_end(s->j);
}

static void
put_attr(struct showing *s, const struct user_attr *a)
{
	struct json_out *j = s->j;

	json_key(j, a->attr->name);
	json_object(j);
	json_kt(j, "label", a->attr->label);
	json_kt(j, "type", str_of(attr_type_names[a->attr->type]));
	json_kb(j, "editable", (a->attr->flags & ATTR_EDITABLE) != 0);
	if (a->derived) {
		json_key(j, S("value"));
		value_json(j, &a->now.value);
	} else {
		told_json(s->q, &a->now, j);
	}
	if (a->has_previous)
		put_told(s, "previous", &a->previous);
	if (a->has_shadow)
		put_told(s, "shadow", &a->shadow);
	if (s->whole && !a->derived) {
		json_key(j, S("history"));
		json_array(j);
		user_history(s->q->txn, s->user.id, a->attr, put_earlier, s);
		json_array_end(j);
	}
	json_object_end(j);
}

static void
put_attrs(struct showing *s, const char *key, bool session)
{
	json_key(s->j, str_of(key));
	json_object(s->j);
	for (size_t i = 0; i < s->user.n_attrs; i++) {
		unsigned flags = s->user.attrs[i].attr->flags;

		if (((flags & ATTR_SESSION) != 0) == session &&
		    (s->whole || (flags & ATTR_HIDDEN) == 0))
			put_attr(s, &s->user.attrs[i]);
	}
	json_object_end(s->j);
}

/* What is told though it is no value of a record --------------------------- */

static bool
may_tell(const struct showing *s, uint16_t attr)
{
	return catalog_by_id(s->q->catalog, attr) != NULL;
}

static void
put_identities(struct showing *s)
{
	struct json_out *j = s->j;

	if (!may_tell(s, A_USER_ID))
		return;
	json_kt(j, "userId", s->user.user_id);
	json_key(j, S("identities"));
	json_array(j);
	for (size_t i = 0; i < s->user.n_identities; i++) {
		const struct identity *k = &s->user.identities[i];

		json_object(j);
		json_kt(j, "channel", k->channel);
		json_kt(j, "kind", k->kind);
		json_kt(j, "value", k->value);
		json_object_end(j);
	}
	json_array_end(j);
}

struct gathering {
	struct arena *arena;
	uint32_t *ids;
	size_t n, cap;
};

static bool
gather_dynamic(void *arg, const struct segment *seg)
{
	struct gathering *g = arg;

	if (seg->kind != SEGMENT_DYNAMIC)
		return true;
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 64;
		g->ids = mem_grow(g->ids, g->cap * sizeof(*g->ids));
	}
	g->ids[g->n++] = seg->id;
	return true;
}

static void
put_segment(struct showing *s, uint32_t id, const char *kind)
{
	json_object(s->j);
	json_ki(s->j, "id", id);
	json_kt(s->j, "name", segment_name(s->q->txn, id));
	json_kt(s->j, "kind", str_of(kind));
	json_object_end(s->j);
}

/* One whose filter cannot run any more has nobody in it. */
static void
put_dynamic(struct showing *s)
{
	struct gathering g = {0};
	struct bits *who;

	segments_each(s->q->txn, gather_dynamic, &g);
	for (size_t i = 0; i < g.n; i++) {
		struct arena_mark mark = arena_mark(s->q->arena);

		if (query_segment(s->q, g.ids[i], &who, NULL) == OK) {
			if (bits_has(who, s->user.id))
				put_segment(s, g.ids[i], "dynamic");
			bits_free(who);
		}
		arena_rewind(s->q->arena, mark);
	}
	free(g.ids);
}

static void
put_segments(struct showing *s)
{
	if (!may_tell(s, A_SEGMENT))
		return;
	json_key(s->j, S("segments"));
	json_array(s->j);
	for (size_t i = 0; i < s->user.n_segments; i++)
		put_segment(s, s->user.segments[i], "static");
	put_dynamic(s);
	json_array_end(s->j);
}

static void
put_facts(struct showing *s)
{
	const struct chat_facts *f = &s->user.facts;
	struct json_out *j = s->j;

	json_key(j, S("chats"));
	json_object(j);
	if (may_tell(s, A_CHATS))
		json_ki(j, "total", f->chats);
	if (may_tell(s, A_MSG_IN))
		json_ki(j, "messagesIn", (int64_t)f->in);
	if (may_tell(s, A_MSG_OUT))
		json_ki(j, "messagesOut", (int64_t)f->out);
	if (may_tell(s, A_FIRST_SEEN))
		json_kat(j, "firstAt", f->first);
	if (may_tell(s, A_LAST_SEEN))
		json_kat(j, "lastAt", f->last);
	json_object_end(j);
}

/* What somebody said of it last, and when. */
static void
put_state(struct showing *s, const char *key, uint16_t attr, int64_t at)
{
	const struct attr *a = catalog_by_id(s->q->catalog, attr);

	if (a == NULL)
		return;
	json_key(s->j, str_of(key));
	json_object(s->j);
	for (size_t i = 0; i < s->user.n_attrs; i++)
		if (s->user.attrs[i].attr == a) {
			json_key(s->j, S("value"));
			value_json(s->j, &s->user.attrs[i].now.value);
		}
	json_kat(s->j, "at", at);
	json_object_end(s->j);
}

static bool
put_merge(void *arg, const struct merge *m)
{
	merge_json(arg, m);
	return true;
}

static void
put_merges(struct showing *s)
{
	if (!may_tell(s, A_USER_ID))
		return;
	json_key(s->j, S("merges"));
	json_array(s->j);
	merges_each(s->q->txn, s->user.id, put_merge, s->j);
	json_array_end(s->j);
}

void
merge_json(struct json_out *j, const struct merge *m)
{
	json_object(j);
	json_ki(j, "id", m->id);
	json_ki(j, "from", m->from);
	if (m->from_user_id.p != NULL)
		json_kt(j, "fromUserId", m->from_user_id);
	json_ki(j, "into", m->into);
	json_kat(j, "at", m->at);
	json_kat(j, "undoneAt", m->undone);
	json_object_end(j);
}

/* The whole ---------------------------------------------------------------- */

bool
person_open(struct query *q, uint32_t id, struct user_detail *out)
{
	return query_sees(q, id) &&
	       user_detail(q->txn, q->catalog, id, q->arena, out);
}

enum err
person_missing(struct query *q, struct fault *f)
{
	return kv_error(q->txn) != OK
		   ? kv_error(q->txn)
		   : fail(f, ERR_NOT_FOUND, "user", "there is no such user");
}

void
person_version(const struct user_detail *u, struct buf *out)
{
	struct json_out j;

	json_out_init(&j, out);
	json_object(&j);
	for (size_t i = 0; i < u->n_attrs; i++) {
		const struct user_attr *a = &u->attrs[i];

		if ((a->attr->flags & ATTR_EDITABLE) == 0 || !a->now.has)
			continue;
		json_key(&j, a->attr->name);
		value_json(&j, &a->now.value);
	}
	json_object_end(&j);
}

static void
put_person(struct showing *s)
{
	struct json_out *j = s->j;

	json_object(j);
	json_ki(j, "id", s->user.id);
	put_attrs(s, "attributes", false);
	put_attrs(s, "session", true);
	put_identities(s);
	put_segments(s);
	put_facts(s);
	put_state(s, "consent", A_CONSENT, s->user.consent_at);
	put_state(s, "valid", A_VALID, s->user.valid_at);
	put_merges(s);
	json_object_end(j);
}

enum err
person_whole(struct query *q, uint32_t id, struct json_out *j, struct fault *f)
{
	struct showing s = {.q = q, .j = j, .whole = true};

	if (!person_open(q, id, &s.user))
		return person_missing(q, f);
	put_person(&s);
	return kv_error(q->txn);
}

enum err
query_person(struct query *q, uint32_t id, struct json_out *j,
	     struct buf *version, struct fault *f)
{
	struct showing s = {.q = q, .j = j};

	if (!person_open(q, id, &s.user))
		return person_missing(q, f);
	put_person(&s);
	if (version != NULL)
		person_version(&s.user, version);
	return kv_error(q->txn);
}

/* History ------------------------------------------------------------------ */

static bool
put_earlier(void *arg, const struct told *t)
{
	struct showing *s = arg;

	json_object(s->j);
	told_json(s->q, t, s->j);
	json_object_end(s->j);
	return true;
}

enum err
query_history(struct query *q, uint32_t id, struct str attribute,
	      struct json_out *j, struct fault *f)
{
	const struct attr *a = catalog_find(q->catalog, attribute);
	struct showing s = {.q = q, .j = j};

	if (!person_open(q, id, &s.user))
		return person_missing(q, f);
	if (a == NULL)
		return fail(f, ERR_NOT_FOUND, "attribute",
			    "there is no such attribute");
	json_object(j);
	json_kt(j, "attribute", a->name);
	json_kt(j, "label", a->label);
	json_kt(j, "type", str_of(attr_type_names[a->type]));
	json_key(j, S("history"));
	json_array(j);
	user_history(q->txn, id, a, put_earlier, &s);
	json_array_end(j);
	json_object_end(j);
	return kv_error(q->txn);
}
