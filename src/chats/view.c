/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Reading chats: by id, by chatId, all of a user, and a transcript in the
 * order it was said.
 */
#include "archive.h"

bool
chat_find(struct kv_txn *txn, struct str chat_id, uint32_t *id)
{
	uint8_t memory[ID_KEY_MAX];
	struct str value;
	struct rd r;

	if (chat_id.n == 0 || chat_id.n > CHAT_ID_MAX ||
	    !kv_get(txn, SP_CHATKEY, id_key(memory, chat_id), &value))
		return false;
	r = rd_of(value);
	if (rd_u8(&r) == CHAT_VERSION) {
		*id = rd_be32(&r);
		if (rd_done(&r))
			return true;
	}
	kv_fail(txn, ERR_CORRUPT, "chatId", "The key of a chat is damaged.");
	return false;
}

static void
list_view(struct arena *a, const struct cell *cell, struct str **items,
	  size_t *n)
{
	struct rd r = rd_of(cell->value);

	*n = 0;
	*items = NULL;
	if (!cell->set || cell->value.n == 0)
		return;
	*items = arena_get(a, (cell->value.n + 1) / 2 * sizeof(**items));
	while (rd_left(&r) > 1 && !r.bad)
		(*items)[(*n)++] = rd_str(&r);
}

static void
states_view(struct arena *a, const struct chat *c, struct chat_view *out)
{
	struct chat_interval *states =
	    arena_get(a, (c->n_states + 1) * sizeof(*states));

	out->created = chat_created(c);
	out->latest = archive_card(c).at;
	out->touched = out->created;
	for (int i = 0; i < CELL_COUNT; i++)
		if (c->cells[i].set && c->cells[i].at > out->touched)
			out->touched = c->cells[i].at;
	if (c->n_states > 0 && c->states[c->n_states - 1].at > out->touched)
		out->touched = c->states[c->n_states - 1].at;
	out->state = CHAT_OPENED;
	out->closed = INSTANT_NONE;
	for (size_t i = 0; i < c->n_states; i++) {
		states[i].at = c->states[i].at;
		states[i].state = (enum chat_state)c->states[i].state;
		out->state = states[i].state;
		if (states[i].state == CHAT_CLOSED)
			out->closed = states[i].at;
	}
	out->states = states;
	out->n_states = c->n_states;
}

static void
session_view(struct arena *a, const struct chat *c, struct chat_view *out)
{
	out->n_session = 0;
	out->session = arena_get(a, (c->n_session + 1) * sizeof(*out->session));
	for (size_t i = 0; i < c->n_session; i++)
		if (c->session[i].json.n > 0)
			out->session[out->n_session++] =
			    (struct chat_session){.name = c->session[i].name,
						  .json = c->session[i].json,
						  .at = c->session[i].at};
}

bool
chat_view(struct kv_txn *txn, struct arena *a, uint32_t id,
	  struct chat_view *out)
{
	struct chat chat;

	if (!chat_load(txn, a, id, &chat))
		return false;
	*out = (struct chat_view){.id = id,
				  .user = chat.user,
				  .chat_id = chat.chat_id,
				  .opened = chat_opening(&chat),
				  .in = chat.in,
				  .out = chat.out,
				  .notes = chat.notes};
	for (size_t i = 0; i < COUNT(out->fields); i++)
		out->fields[i] = chat.cells[i].set && chat.cells[i].value.n
				     ? chat.cells[i].value
				     : STR_NONE;
	list_view(a, &chat.cells[CELL_TAGS], &out->tags, &out->n_tags);
	list_view(a, &chat.cells[CELL_MANAGERS], &out->manager_ids,
		  &out->n_manager_ids);
	states_view(a, &chat, out);
	session_view(a, &chat, out);
	return true;
}

void
chats_of_user(struct kv_txn *txn, uint32_t user, chat_fn *fn, void *arg)
{
	uint8_t memory[PAIR_KEY_SIZE];
	struct str prefix = pair_key(memory, user, 0);
	struct kv_cursor *cursor;
	bool more;

	prefix.n = PAIR_KEY_SIZE - 4;
	cursor = kv_cursor(txn, SP_CHATKEY, prefix);
	for (more = kv_seek(cursor, STR_NONE); more; more = kv_next(cursor)) {
		struct rd r =
		    rd_of(str_cut(kv_key(cursor), prefix.n, PAIR_KEY_SIZE));

		if (!fn(arg, rd_be32(&r)))
			break;
	}
	kv_cursor_close(cursor);
}

static void
message_show(const struct message *m, int64_t at, uint32_t seq,
	     struct message_view *out)
{
	*out = (struct message_view){.message_id = m->message_id,
				     .person_id = m->person_id,
				     .text = m->text,
				     .person = m->person,
				     .at = at,
				     .seq = seq,
				     .template = m->flags & MESSAGE_TEMPLATE,
				     .note = m->flags & MESSAGE_NOTE,
				     .status = m->deliveries.set,
				     .code = m->deliveries.code,
				     .title = m->deliveries.title};
	for (int i = SENT; i <= FAILED; i++)
		out->status_at[i] = m->deliveries.set & 1 << i
					? m->deliveries.at[i]
					: INSTANT_NONE;
}

/* The message under the cursor. False: damaged, which sticks. */
static bool
message_at(struct kv_txn *txn, struct kv_cursor *cursor,
	   struct message_view *out)
{
	struct message m;
	uint32_t seq, chat = 0;
	int64_t at;

	if (!message_key_read(kv_key(cursor), &chat, &at, &seq) ||
	    !message_decode(kv_value(cursor), &m)) {
		kv_fail(txn, ERR_CORRUPT, "message",
			"A message of chat %u is damaged.", chat);
		return false;
	}
	message_show(&m, at, seq, out);
	return true;
}

void
chat_messages(struct kv_txn *txn, uint32_t chat, message_fn *fn, void *arg)
{
	uint8_t memory[CHAT_KEY_SIZE];
	struct kv_cursor *cursor =
	    kv_cursor(txn, SP_MESSAGE, chat_key(memory, chat));
	struct message_view view;
	bool more = kv_seek(cursor, STR_NONE);

	while (more && message_at(txn, cursor, &view) && fn(arg, &view))
		more = kv_next(cursor);
	kv_cursor_close(cursor);
}

void
chat_messages_between(struct kv_txn *txn, uint32_t chat, int64_t from,
		      int64_t to, message_fn *fn, void *arg)
{
	uint8_t memory[CHAT_KEY_SIZE], first[MESSAGE_KEY_SIZE];
	struct kv_cursor *cursor =
	    kv_cursor(txn, SP_MESSAGE, chat_key(memory, chat));
	struct message_view view;
	bool more = kv_seek(cursor, message_key(first, chat, from, 0));

	while (more && message_at(txn, cursor, &view) && view.at < to &&
	       fn(arg, &view))
		more = kv_next(cursor);
	kv_cursor_close(cursor);
}

void
chat_messages_back(struct kv_txn *txn, uint32_t chat, int64_t at,
		   message_fn *fn, void *arg)
{
	uint8_t memory[CHAT_KEY_SIZE], last[MESSAGE_KEY_SIZE];
	struct kv_cursor *cursor =
	    kv_cursor(txn, SP_MESSAGE, chat_key(memory, chat));
	struct message_view view;
	bool more =
	    kv_seek_last(cursor, message_key(last, chat, at, UINT32_MAX));

	while (more && message_at(txn, cursor, &view) && fn(arg, &view))
		more = kv_prev(cursor);
	kv_cursor_close(cursor);
}

bool
chat_message(struct kv_txn *txn, uint32_t chat, int64_t at, uint32_t seq,
	     struct message_view *out)
{
	uint8_t memory[MESSAGE_KEY_SIZE];
	struct message m;
	struct str value;

	if (!kv_get(txn, SP_MESSAGE, message_key(memory, chat, at, seq),
		    &value))
		return false;
	if (!message_decode(value, &m)) {
		kv_fail(txn, ERR_CORRUPT, "message",
			"A message of chat %u is damaged.", chat);
		return false;
	}
	message_show(&m, at, seq, out);
	return true;
}

bool
chat_ids_add(void *arg, uint32_t chat)
{
	struct chat_ids *ids = arg;

	if (ids->n == ids->cap) {
		ids->cap = ids->cap ? ids->cap * 2 : 64;
		ids->p = mem_grow(ids->p, ids->cap * sizeof(*ids->p));
	}
	ids->p[ids->n++] = chat;
	return true;
}
