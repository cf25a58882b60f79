/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive search.  Each thing asked for is a set of chats; they are
 * intersected from the cheap to the dear, words last, because only what is left
 * is read.  Users are a set of their own, turned into chats by the cards; where
 * who asks is limited that set is always there.
 */
#include "archive.h"
#include "filter.h"

#include <stdlib.h>

struct finding {
	struct query *q;
	struct bits *set; /* NULL: every chat */
};

static void
keep(struct finding *f, struct bits *b)
{
	if (f->set == NULL) {
		f->set = b;
		return;
	}
	bits_and(f->set, b);
	bits_free(b);
}

typedef struct bits *text_fn(struct kv_txn *txn, struct str text);

static struct bits *
any_of(struct finding *f, const struct texts *t, text_fn *fn)
{
	struct bits *out = bits_new();

	for (size_t i = 0; i < t->n; i++) {
		struct bits *b = fn(f->q->txn, t->at[i]);

		bits_or(out, b);
		bits_free(b);
	}
	return out;
}

static void
take_away(struct finding *f, struct bits *b)
{
	if (f->set == NULL)
		f->set = archive_every(f->q->txn);
	bits_minus(f->set, b);
	bits_free(b);
}

static void
find_tags(struct finding *f, const struct archive_in *in)
{
	if (in->tags.n == 0)
		return;
	switch (in->match) {
	case TAGS_ANY:
		keep(f, any_of(f, &in->tags, archive_tag));
		break;
	case TAGS_NONE:
		take_away(f, any_of(f, &in->tags, archive_tag));
		break;
	case TAGS_ALL:
		for (size_t i = 0; i < in->tags.n; i++)
			keep(f, archive_tag(f->q->txn, in->tags.at[i]));
		break;
	}
}

static void
find_fields(struct finding *f, const struct archive_in *in)
{
	struct kv_txn *txn = f->q->txn;
	struct bits *b;
	uint32_t id;

	if (in->chat_id.n > 0) {
		b = bits_new();
		if (chat_find(txn, in->chat_id, &id))
			bits_add(b, id);
		keep(f, b);
	}
	if (in->assignees.n > 0)
		keep(f, any_of(f, &in->assignees, archive_assignee));
	if (in->sources.n > 0)
		keep(f, any_of(f, &in->sources, archive_source));
	if (in->assigned != NULL && *in->assigned)
		keep(f, archive_assigned(txn));
	if (in->assigned != NULL && !*in->assigned)
		take_away(f, archive_assigned(txn));
	if (in->states != 0) {
		b = bits_new();
		for (int i = CHAT_OPENED; i <= CHAT_CLOSED; i++) {
			struct bits *one =
			    in->states >> i & 1
				? archive_state(txn, (enum chat_state)i)
				: bits_new();

			bits_or(b, one);
			bits_free(one);
		}
		keep(f, b);
	}
	if (in->from != INSTANT_NONE || in->to != INSTANT_NONE)
		keep(f, archive_opened(txn, in->from, in->to));
}

static bool
everybody(const struct query *q, const struct filter *f)
{
	return !q->limited && !q->scope &&
	       (f == NULL || (f->kind == NODE_ALL && f->first == NULL));
}

static void
find_users(struct finding *f, const struct filter *filter)
{
	struct bits *users, *chats;

	if (everybody(f->q, filter) ||
	    (f->set != NULL && bits_count(f->set) == 0))
		return;
	users = filter_run(f->q, filter);
	chats = archive_of_users(f->q->txn, users, f->set);
	bits_free(users);
	bits_free(f->set);
	f->set = chats;
}

enum err
archive_find(struct query *q, const struct archive_in *in, struct bits **out,
	     struct search **s, struct fault *fault)
{
	struct finding f = {.q = q};
	struct search *search = NULL;

	*out = NULL;
	TRY(archive_ready(q->txn, fault));
	if (str_trim(in->words).n > 0)
		TRY(search_parse(q->arena, in->words, &search, fault));
	find_tags(&f, in);
	find_fields(&f, in);
	find_users(&f, in->users);
	if (search != NULL) {
		struct bits *b = search_chats(q->txn, search, f.set);

		bits_free(f.set);
		f.set = b;
	}
	*out = f.set != NULL ? f.set : archive_every(q->txn);
	if (s != NULL)
		*s = search;
	if (kv_error(q->txn) == OK)
		return OK;
	bits_free(*out);
	*out = NULL;
	return kv_error(q->txn);
}

/* One page ----------------------------------------------------------------- */

struct hitting {
	struct query *q;
	const struct search *s;
	struct json_out *j;
	unsigned left;
};

static bool
put_hit(void *arg, const struct message_view *m)
{
	struct hitting *h = arg;
	struct text_range mark;

	if (search_marks(h->s, m->text, &mark, 1) == 0)
		return true;
	json_object(h->j);
	message_head_json(h->q, m, h->j);
	message_text_json(h->s, m->text, h->j);
	json_object_end(h->j);
	return --h->left > 0;
}

static void
put_chat(struct query *q, uint32_t id, const struct search *s,
	 struct json_out *j)
{
	struct arena_mark mark = arena_mark(q->arena);
	struct hitting h = {.q = q, .s = s, .j = j, .left = ARCHIVE_HITS};
	struct chat_view v;

	if (!chat_view(q->txn, q->arena, id, &v))
		return;
	json_object(j);
	chat_head_json(q, &v, j);
	if (s != NULL) {
		json_key(j, S("hits"));
		json_array(j);
		chat_messages(q->txn, id, put_hit, &h);
		json_array_end(j);
	}
	json_object_end(j);
	arena_rewind(q->arena, mark);
}

static enum err
put_page(struct query *q, const struct archive_list *l, const struct bits *set,
	 const struct search *s, struct json_out *j, struct fault *f)
{
	struct archive_place *page =
	    arena_get(q->arena, (l->limit + 1) * sizeof(*page));
	struct archive_place after;
	struct mark mark;
	size_t n;

	TRY(mark_read(l->after, 'a', 0, &mark, f));
	after = (struct archive_place){mark.at, (uint32_t)mark.a};
	n = archive_page(q->txn, set, l->after.n ? &after : NULL, page,
			 l->limit + 1);
	json_object(j);
	json_ki(j, "total", (int64_t)bits_count(set));
	json_key(j, S("chats"));
	json_array(j);
	for (size_t i = 0; i < n && i < l->limit; i++)
		put_chat(q, page[i].id, s, j);
	json_array_end(j);
	json_key(j, S("next"));
	if (n > l->limit) {
		mark = (struct mark){.at = page[l->limit - 1].at,
				     .a = page[l->limit - 1].id};
		json_text(j, mark_text(q->arena, 'a', 0, &mark));
	} else {
		json_null(j);
	}
	json_object_end(j);
	return kv_error(q->txn);
}

enum err
archive_list(struct query *q, const struct archive_list *l, struct json_out *j,
	     struct fault *f)
{
	struct search *s;
	struct bits *set;
	enum err e;

	TRY(archive_find(q, l->in, &set, &s, f));
	e = put_page(q, l, set, s, j, f);
	bits_free(set);
	return e;
}
