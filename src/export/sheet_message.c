/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Message data: a row for everything that was said, chat by chat in the order
 * it was said.  Notes are remarks inside the house and are not among them.
 * Users are named by the id they have now, so that a row finds its person in
 * User data whoever was merged with whom.
 */
#include "teller.h"

struct telling {
	struct teller *t;
	struct str chat_id;
	row_fn *fn;
	void *arg;
	enum err err;
};

/* Of who may see such ids. */
static struct str
speaker_id(struct teller *t, struct str person)
{
	uint32_t id;

	if (t->columns[0] == NULL || person.n == 0)
		return STR_NONE;
	if (str_eq(person, buf_str(&t->speaker)))
		return t->speaker_id;
	buf_reset(&t->speaker);
	buf_put(&t->speaker, person);
	t->speaker_id = buf_str(&t->speaker);
	if (!user_find(t->q->txn, person, &id))
		return t->speaker_id;
	teller_user(t, id);
	if (t->user_id.n > 0 && !str_eq(t->user_id, person)) {
		buf_reset(&t->speaker);
		return t->user_id;
	}
	return t->speaker_id;
}

static bool
tell_message(void *arg, const struct message_view *m)
{
	struct telling *g = arg;
	struct cells *c = &g->t->cells;

	if (m->note)
		return true;
	cells_clear(c);
	cell_text(c, C_MESSAGES_CHAT_ID, g->chat_id);
	cell_text(c, C_MESSAGES_PERSON_TYPE, str_of(person_names[m->person]));
	cell_text(c, C_MESSAGES_PERSON_ID,
		  m->person == PERSON_USER ? speaker_id(g->t, m->person_id)
					   : m->person_id);
	cell_instant(c, C_MESSAGES_CREATED_AT, m->at);
	cell_text(c, C_MESSAGES_PLAIN_TEXT, m->text);
	g->err = g->fn(g->arg, teller_text(g->t, SHEET_MESSAGES));
	return g->err == OK;
}

enum err
messages_tell(struct teller *t, uint32_t chat, row_fn *fn, void *arg)
{
	struct telling g = {.t = t, .fn = fn, .arg = arg};
	struct chat_view v;

	arena_reset(&t->arena);
	if (!chat_view(t->q->txn, &t->arena, chat, &v))
		return kv_error(t->q->txn);
	g.chat_id = v.chat_id;
	chat_messages(t->q->txn, chat, tell_message, &g);
	return g.err != OK ? g.err : kv_error(t->q->txn);
}
