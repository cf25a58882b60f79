/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Messages and what became of them.  A message is a record of its own under
 * (chat, instant, sequence); its messageId leads to it and makes a second
 * taking of it a duplicate.  A delivery that comes first waits under the
 * messageId and joins the message when it comes.  Of sent, delivered and read
 * the first time counts, of failed the last, so their order does not matter.
 */
#include "room.h"

#define DELIVERY_TEXT_MAX 1024u

static void
deliveries_join(struct deliveries *to, enum delivery status, int64_t at,
		struct str code, struct str title)
{
	bool had = to->set & 1 << status;

	if (status == FAILED) {
		if (had && at < to->at[FAILED])
			return;
		to->code = code;
		to->title = title;
	} else if (had && at >= to->at[status]) {
		return;
	}
	to->set |= 1 << status;
	to->at[status] = at;
}

enum place { UNKNOWN, WAITING, PLACED };

/* What the messageId is known for. Slices point into the store. */
static enum place
place_of(struct kv_txn *txn, struct str key, struct deliveries *waiting,
	 struct str *message)
{
	struct str value;
	struct rd r;
	char kind;

	if (!kv_get(txn, SP_MSGKEY, key, &value))
		return UNKNOWN;
	r = rd_of(value);
	if (rd_u8(&r) == CHAT_VERSION) {
		kind = (char)rd_u8(&r);
		if (kind == 'p' && rd_left(&r) == MESSAGE_KEY_SIZE) {
			*message = rd_bytes(&r, MESSAGE_KEY_SIZE);
			return PLACED;
		}
		if (kind == 'd' && deliveries_decode(&r, waiting) &&
		    rd_done(&r))
			return WAITING;
	}
	kv_fail(txn, ERR_CORRUPT, "messageId",
		"What is kept of a messageId is damaged.");
	return UNKNOWN;
}

static void
place_put(struct kv_txn *txn, struct str key, struct str message)
{
	uint8_t memory[2 + MESSAGE_KEY_SIZE];
	struct wr w = wr_of(memory, sizeof(memory));

	wr_u8(&w, CHAT_VERSION);
	wr_u8(&w, 'p');
	wr_bytes(&w, message);
	kv_put(txn, SP_MSGKEY, key, wr_out(&w));
}

bool
message_placed(struct chat_batch *c, struct str message_id, uint32_t *chat,
	       int64_t *at, struct message *out)
{
	struct deliveries waiting = {0};
	uint8_t memory[ID_KEY_MAX];
	struct str placed, value;
	uint32_t seq;

	if (place_of(c->txn, id_key(memory, message_id), &waiting, &placed) !=
		PLACED ||
	    !message_key_read(placed, chat, at, &seq))
		return false;
	if (kv_get(c->txn, SP_MESSAGE, placed, &value) &&
	    message_decode(arena_str(c->arena, value), out))
		return true;
	kv_fail(c->txn, ERR_CORRUPT, "messageId",
		"A message is missing or damaged.");
	return false;
}

/* Message ------------------------------------------------------------------ */

static enum err
check_message(const struct message_event *e, struct fault *f)
{
	if (e->chat_id.n == 0 || e->chat_id.n > CHAT_ID_MAX)
		return fail(f, e->chat_id.n ? ERR_LIMIT : ERR_INVALID, "chatId",
			    "1 to %u bytes are taken.", CHAT_ID_MAX);
	if (e->text.n > MESSAGE_TEXT_MAX)
		return fail(f, ERR_LIMIT, "text",
			    "%zu bytes; at most %u are taken.", e->text.n,
			    MESSAGE_TEXT_MAX);
	if (e->message_id.n > MESSAGE_ID_MAX)
		return fail(f, ERR_LIMIT, "messageId",
			    "%zu bytes; at most %u are taken.", e->message_id.n,
			    MESSAGE_ID_MAX);
	if (e->person_id.n > USER_ID_MAX)
		return fail(f, ERR_LIMIT, "personId",
			    "%zu bytes; at most %u are taken.", e->person_id.n,
			    USER_ID_MAX);
	return OK;
}

/* The user who speaks: known, seen, and the chat's if nobody else is. */
static enum err
speaker_apply(struct chat_batch *c, struct held *h,
	      const struct message_event *e, uint32_t user, struct fault *f)
{
	struct cell *speaker = &h->chat.cells[CELL_SPEAKER];

	batch_seen(c->people, user, e->at, e->at);
	if (speaker->set && e->at >= speaker->at)
		return OK;
	speaker->set = false;
	chat_cell(c, h, CELL_SPEAKER, e->at, e->source, e->person_id);
	return chat_settle_owner(c, h, f);
}

static void
message_count(struct chat *chat, const struct message_event *e)
{
	int64_t at = e->at;

	if (chat->first_message == INSTANT_NONE || at < chat->first_message)
		chat->first_message = at;
	if (e->note) {
		chat->notes++;
	} else if (e->person != PERSON_USER) {
		chat->out++;
	} else {
		chat->in++;
		if (chat->first_in == INSTANT_NONE || at < chat->first_in)
			chat->first_in = at;
		if (at > chat->last_in)
			chat->last_in = at;
	}
}

static void
message_write(struct chat_batch *c, struct held *h,
	      const struct message_event *e, struct str id,
	      const struct deliveries *waiting)
{
	struct message m = {.person = e->person,
			    .source = e->source,
			    .message_id = e->message_id,
			    .person_id = e->person_id,
			    .text = e->text,
			    .deliveries = *waiting};
	uint8_t memory[MESSAGE_KEY_SIZE];
	struct str key =
	    message_key(memory, h->chat.id, e->at, h->chat.next_seq++);

	m.flags = (uint8_t)((e->template ? MESSAGE_TEMPLATE : 0) |
			    (e->note ? MESSAGE_NOTE : 0));
	buf_reset(&c->scratch);
	message_encode(&c->scratch, &m);
	kv_put(c->txn, SP_MESSAGE, key, buf_str(&c->scratch));
	failure_change(c, key, NULL, &m);
	if (id.n > 0)
		place_put(c->txn, id, key);
}

enum err
message_apply(struct chat_batch *c, const struct message_event *e,
	      bool *duplicate, struct fault *f)
{
	bool speaks = e->person == PERSON_USER && !e->note && !e->nobody &&
		      e->person_id.n > 0;
	struct deliveries waiting = {0};
	struct str placed, id = STR_NONE;
	uint8_t memory[ID_KEY_MAX];
	uint32_t user = 0;
	struct held *h;

	*duplicate = false;
	TRY(check_message(e, f));
	if (e->message_id.n > 0) {
		id = id_key(memory, e->message_id);
		*duplicate = place_of(c->txn, id, &waiting, &placed) == PLACED;
		if (*duplicate)
			return OK;
	}
	h = chat_hold(c, e->chat_id, false);
	if (h != NULL && !chat_fits(c, h, 64 + e->person_id.n))
		return fail(f, ERR_LIMIT, "chatId", "The chat is full.");
	if (speaks && h != NULL && h->chat.user != 0 &&
	    str_eq(chat_owner(&h->chat), e->person_id))
		user = h->chat.user;
	else if (speaks)
		TRY(batch_user(c->people, e->person_id, &user, f));
	if (h == NULL)
		h = chat_hold(c, e->chat_id, true);
	if (h == NULL)
		return kv_error(c->txn);
	if (speaks)
		TRY(speaker_apply(c, h, e, user, f));
	message_count(&h->chat, e);
	held_said(c, h, message_kind(e->person, e->template, e->note), e->at);
	h->dirty = true;
	message_write(c, h, e, id, &waiting);
	archive_heard(c, h->chat.id, e->person, e->text);
	counters_heard(c, e->at, e->person, e->template, e->note);
	return OK;
}

/* Delivery ----------------------------------------------------------------- */

static enum err
delivery_placed(struct chat_batch *c, const struct delivery_event *e,
		struct str where, struct fault *f)
{
	uint8_t key[MESSAGE_KEY_SIZE];
	struct message m, was;
	struct str value;

	memcpy(key, where.p, sizeof(key));
	where.p = (char *)key;
	if (!kv_get(c->txn, SP_MESSAGE, where, &value) ||
	    !message_decode(value, &m)) {
		kv_fail(c->txn, ERR_CORRUPT, "messageId",
			"A message is missing or damaged.");
		return kv_error(c->txn);
	}
	was = m;
	deliveries_join(&m.deliveries, e->status, e->at, e->code, e->title);
	buf_reset(&c->scratch);
	message_encode(&c->scratch, &m);
	if (c->scratch.n > KV_VALUE_MAX)
		return fail(f, ERR_LIMIT, "error", "It is too long.");
	kv_put(c->txn, SP_MESSAGE, where, buf_str(&c->scratch));
	failure_change(c, where, &was, &m);
	return OK;
}

const char *const delivery_names[FAILED + 2] = {[SENT] = "sent",
						[DELIVERED] = "delivered",
						[READ] = "read",
						[FAILED] = "failed"};

enum err
delivery_apply(struct chat_batch *c, const struct delivery_event *e,
	       struct fault *f)
{
	struct deliveries waiting = {0};
	uint8_t memory[ID_KEY_MAX];
	struct str id, placed;

	if (e->message_id.n == 0 || e->message_id.n > MESSAGE_ID_MAX)
		return fail(f, e->message_id.n ? ERR_LIMIT : ERR_INVALID,
			    "messageId", "1 to %u bytes are taken.",
			    MESSAGE_ID_MAX);
	if (e->code.n > DELIVERY_TEXT_MAX || e->title.n > DELIVERY_TEXT_MAX)
		return fail(f, ERR_LIMIT,
			    e->code.n > DELIVERY_TEXT_MAX ? "error.code"
							  : "error.title",
			    "At most %u bytes are taken.", DELIVERY_TEXT_MAX);
	id = id_key(memory, e->message_id);
	if (place_of(c->txn, id, &waiting, &placed) == PLACED)
		return delivery_placed(c, e, placed, f);
	if (kv_error(c->txn) != OK)
		return kv_error(c->txn);
	deliveries_join(&waiting, e->status, e->at, e->code, e->title);
	buf_reset(&c->scratch);
	buf_c(&c->scratch, CHAT_VERSION);
	buf_c(&c->scratch, 'd');
	deliveries_encode(&c->scratch, &waiting);
	kv_put(c->txn, SP_MSGKEY, id, buf_str(&c->scratch));
	return OK;
}
