/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What tellers of every kind of row need.  Chats of one person stand in a row
 * more often than not, and so do messages of one speaker, so the last one is
 * kept.
 */
#include "teller.h"

void
teller_init(struct teller *t, struct query *q, const struct hours *hours,
	    const struct form *form, const struct form_options *options)
{
	*t = (struct teller){
	    .q = q, .hours = hours, .form = form, .options = options};
	arena_init(&t->arena);
	arena_init(&t->user_arena);
	buf_init(&t->text);
	buf_init(&t->scratch);
	buf_init(&t->speaker);
	t->columns[0] = catalog_by_id(q->catalog, A_USER_ID);
	t->columns[1] = catalog_by_id(q->catalog, A_NAME);
}

void
teller_fini(struct teller *t)
{
	if (t->q == NULL)
		return;
	arena_fini(&t->arena);
	arena_fini(&t->user_arena);
	buf_fini(&t->text);
	buf_fini(&t->scratch);
	buf_fini(&t->speaker);
	*t = (struct teller){0};
}

static struct str
user_text(struct teller *t, struct user_view *u, const struct attr *a)
{
	struct value v;

	if (a == NULL || !user_value(u, &t->user_arena, t->q->txn, a, &v))
		return STR_NONE;
	return arena_str(&t->user_arena, v.text);
}

void
teller_user(struct teller *t, uint32_t user)
{
	struct user_view u;

	if (user == t->user && user != 0)
		return;
	arena_reset(&t->user_arena);
	t->user = user;
	t->user_id = t->user_name = STR_NONE;
	if (user == 0 || !user_view(t->q->txn, t->q->catalog, user, &u))
		return;
	t->user_id = user_text(t, &u, t->columns[0]);
	t->user_name = user_text(t, &u, t->columns[1]);
}

struct str
teller_text(struct teller *t, enum export_sheet s)
{
	struct sheet sheet = worksheet(s);
	struct row row = cells_row(&t->cells, s);

	buf_reset(&t->text);
	t->form->row(&t->text, &sheet, &row, t->options);
	return buf_str(&t->text);
}
