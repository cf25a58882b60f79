/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * UserChat data: a row a chat.  Its times are those of GET /chats/{id}: waiting
 * and resolution of the latest episode, replies and hold of all.  The name is
 * the chat's own, else that of its person; to who may not see names it is
 * neither.
 */
#include "teller.h"

static void
put_identity(struct teller *t, const struct chat_view *v)
{
	static const int columns[] = {
	    [FIELD_SOURCE] = -1,
	    [FIELD_NAME] = -1,
	    [FIELD_DESCRIPTION] = C_CHATS_DESCRIPTION,
	    [FIELD_MEDIUM] = C_CHATS_MEDIUM,
	    [FIELD_MARKETING_ID] = C_CHATS_MARKETING_ID,
	    [FIELD_MARKETING_TYPE] = C_CHATS_MARKETING_TYPE,
	    [FIELD_BOT_ID] = C_CHATS_SUPPORT_BOT_ID,
	    [FIELD_ASSIGNEE] = C_CHATS_ASSIGNEE_ID,
	};
	struct cells *c = &t->cells;
	struct str name = v->fields[FIELD_NAME];

	teller_user(t, v->user);
	cell_text(c, C_CHATS_ID, v->chat_id);
	cell_text(c, C_CHATS_USER_ID, t->user_id);
	if (t->columns[1] != NULL)
		cell_text(c, C_CHATS_NAME, name.n > 0 ? name : t->user_name);
	cell_text(c, C_CHATS_STATE, str_of(chat_state_names[v->state]));
	for (size_t i = 0; i < COUNT(columns); i++)
		if (columns[i] >= 0 &&
		    chat_field_told(t->q, (enum chat_field)i))
			cell_text(c, columns[i], v->fields[i]);
	cell_texts(c, C_CHATS_MANAGER_IDS, v->manager_ids, v->n_manager_ids);
	cell_texts(c, C_CHATS_TAGS, v->tags, v->n_tags);
}

static void
put_clock(struct cells *c, int first, const struct chat_clock *clock)
{
	cell_duration(c, first, clock->waiting);
	cell_duration(c, first + 1, clock->reply_average);
	cell_duration(c, first + 2, clock->reply_total);
	if (clock->replies != DURATION_NONE)
		cell_number(c, first + 3, (double)clock->replies);
	cell_duration(c, first + 4, clock->resolution);
}

/* put_clock counts on their order. */
_Static_assert(C_CHATS_RESOLUTION == C_CHATS_WAITING + 4, "five columns");
_Static_assert(C_CHATS_OPERATION_RESOLUTION == C_CHATS_OPERATION_WAITING + 4,
	       "five columns");

static void
put_times(struct teller *t, const struct chat_view *v)
{
	struct cells *c = &t->cells;
	struct chat_times times;

	chat_times(t->q->txn, &t->arena, v, t->hours, &times);
	cell_instant(c, C_CHATS_FIRST_OPENED_AT, times.first_opened);
	cell_instant(c, C_CHATS_OPENED_AT, times.opened);
	cell_instant(c, C_CHATS_FIRST_REPLIED_AT, times.replied);
	cell_instant(c, C_CHATS_CREATED_AT, times.created);
	cell_instant(c, C_CHATS_CLOSED_AT, times.closed);
	put_clock(c, C_CHATS_WAITING, &times.all);
	put_clock(c, C_CHATS_OPERATION_WAITING, &times.operation);
	cell_duration(c, C_CHATS_HOLD, times.hold);
}

static void
put_session(struct teller *t, const struct chat_view *v)
{
	struct json_out j;
	bool any = false;

	buf_reset(&t->scratch);
	json_out_init(&j, &t->scratch);
	json_object(&j);
	for (size_t i = 0; i < v->n_session; i++) {
		if (!session_told(t->q, v->session[i].name))
			continue;
		json_key(&j, v->session[i].name);
		json_raw(&j, v->session[i].json);
		any = true;
	}
	json_object_end(&j);
	if (any)
		cell_raw(&t->cells, C_CHATS_SESSION, buf_str(&t->scratch),
			 buf_str(&t->scratch));
}

enum err
chat_tell(struct teller *t, uint32_t chat, struct str *out)
{
	struct kv_txn *txn = t->q->txn;
	struct chat_view v;

	arena_reset(&t->arena);
	cells_clear(&t->cells);
	if (!chat_view(txn, &t->arena, chat, &v))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : kv_fail(txn, ERR_CORRUPT, "chat",
				     "chat %u has no record", chat);
	put_identity(t, &v);
	put_times(t, &v);
	put_session(t, &v);
	*out = teller_text(t, SHEET_CHATS);
	return kv_error(txn);
}
