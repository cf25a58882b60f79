/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Making rows.  What a row needs besides its text is taken from an arena that
 * is emptied for each.
 */
#include "rows.h"

#include <stdlib.h>

void
maker_init(struct maker *m, const struct query *q, const struct sheet *sheet,
	   const struct rows_in *in, const struct maker *other)
{
	*m = (struct maker){
	    .txn = q->txn, .catalog = q->catalog, .in = in, .sheet = sheet};
	arena_init(&m->arena);
	buf_init(&m->text);
	m->columns = user_columns_new(in->columns, sheet->n);
	m->values = mem_new((sheet->n + 1) * sizeof(*m->values));
	m->has = mem_new((sheet->n + 1) * sizeof(*m->has));
	/* looked up for each row, segments would take longer than the rest */
	for (size_t i = 0; i < sheet->n && m->loaded == NULL; i++)
		if (in->columns[i]->id == A_SEGMENT && other == NULL)
			m->loaded = membership_load(m->txn);
	m->segments = other == NULL ? m->loaded : other->segments;
}

void
maker_fini(struct maker *m)
{
	arena_fini(&m->arena);
	buf_fini(&m->text);
	user_columns_free(m->columns);
	free(m->values);
	free(m->has);
	membership_free(m->loaded);
	*m = (struct maker){0};
}

enum err
maker_values(struct maker *m, struct user_view *user, struct row *out)
{
	arena_reset(&m->arena);
	user->segments = m->segments;
	user_row(user, &m->arena, m->txn, m->columns, m->values, m->has);
	*out = (struct row){m->values, m->has};
	return kv_error(m->txn);
}

enum err
maker_text(struct maker *m, struct user_view *user, struct str *out)
{
	struct row row;

	TRY(maker_values(m, user, &row));
	buf_reset(&m->text);
	m->in->form->row(&m->text, m->sheet, &row, &m->in->options);
	*out = buf_str(&m->text);
	return OK;
}

enum err
maker_user(struct maker *m, uint32_t id, struct user_view *out)
{
	if (user_view(m->txn, m->catalog, id, out))
		return OK;
	return kv_error(m->txn) != OK ? kv_error(m->txn)
				      : kv_fail(m->txn, ERR_CORRUPT, "user",
						"user %u has no record", id);
}
