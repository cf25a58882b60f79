/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The chats of one person, a line each, the latest opened first.
 */
#include "archive.h"

#include <stdlib.h>

static const char *const states[] = {
    [CHAT_OPENED] = "Opened",
    [CHAT_SNOOZED] = "Snoozed",
    [CHAT_CLOSED] = "Closed",
};

struct gathering {
	struct query *q;
	struct mark *marks;
	size_t n, cap;
};

static bool
gather(void *arg, uint32_t chat)
{
	struct gathering *g = arg;
	struct arena_mark mark = arena_mark(g->q->arena);
	struct chat_view v;

	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 64;
		g->marks = mem_grow(g->marks, g->cap * sizeof(*g->marks));
	}
	if (chat_view(g->q->txn, g->q->arena, chat, &v))
		g->marks[g->n++] = (struct mark){.at = v.opened, .a = chat};
	arena_rewind(g->q->arena, mark);
	return kv_error(g->q->txn) == OK;
}

static int
newest_first(const void *x, const void *y)
{
	return mark_cmp(y, x);
}

static void
put_names(struct json_out *j, const char *key, const struct str *names,
	  size_t n)
{
	json_key(j, str_of(key));
	json_array(j);
	for (size_t i = 0; i < n; i++)
		json_text(j, names[i]);
	json_array_end(j);
}

static void
put_field(struct json_out *j, const char *key, struct str text)
{
	if (text.n > 0)
		json_kt(j, key, text);
}

static void
put_chat(struct query *q, uint32_t id, struct json_out *j)
{
	struct arena_mark mark = arena_mark(q->arena);
	struct chat_view v;

	if (!chat_view(q->txn, q->arena, id, &v))
		return;
	json_object(j);
	json_ki(j, "id", v.id);
	json_kt(j, "chatId", v.chat_id);
	if (chat_field_told(q, FIELD_NAME))
		put_field(j, "name", v.fields[FIELD_NAME]);
	put_field(j, "description", v.fields[FIELD_DESCRIPTION]);
	if (chat_field_told(q, FIELD_SOURCE))
		put_field(j, "source", v.fields[FIELD_SOURCE]);
	put_field(j, "assigneeId", v.fields[FIELD_ASSIGNEE]);
	json_kt(j, "state", str_of(states[v.state]));
	json_kat(j, "openedAt", v.opened);
	json_kat(j, "closedAt", v.closed);
	if (catalog_by_id(q->catalog, A_MSG_IN))
		json_ki(j, "messagesIn", (int64_t)v.in);
	if (catalog_by_id(q->catalog, A_MSG_OUT))
		json_ki(j, "messagesOut", (int64_t)v.out);
	json_ki(j, "notes", (int64_t)v.notes);
	put_names(j, "tags", v.tags, v.n_tags);
	put_names(j, "managerIds", v.manager_ids, v.n_manager_ids);
	json_object_end(j);
	arena_rewind(q->arena, mark);
}

static void
put_page(struct gathering *g, uint32_t user, const struct part_in *in,
	 const struct mark *after, struct json_out *j)
{
	size_t i = 0, end;

	while (i < g->n && mark_cmp(&g->marks[i], after) >= 0)
		i++;
	end = g->n - i > in->limit ? i + in->limit : g->n;
	json_object(j);
	json_ki(j, "total", (int64_t)g->n);
	json_key(j, S("chats"));
	json_array(j);
	for (; i < end; i++)
		put_chat(g->q, (uint32_t)g->marks[i].a, j);
	json_array_end(j);
	json_key(j, S("next"));
	if (end < g->n)
		json_text(
		    j, mark_text(g->q->arena, 'c', user, &g->marks[end - 1]));
	else
		json_null(j);
	json_object_end(j);
}

enum err
query_chats(struct query *q, uint32_t id, const struct part_in *in,
	    struct json_out *j, struct fault *f)
{
	struct gathering g = {.q = q};
	struct user_view u;
	struct mark after;

	if (!query_sees(q, id) || !user_view(q->txn, q->catalog, id, &u))
		return person_missing(q, f);
	TRY(mark_read(in->after, 'c', id, &after, f));
	chats_of_user(q->txn, id, gather, &g);
	if (g.n > 1)
		qsort(g.marks, g.n, sizeof(*g.marks), newest_first);
	put_page(&g, id, in, &after, j);
	free(g.marks);
	return kv_error(q->txn);
}
