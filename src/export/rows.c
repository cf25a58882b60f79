/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Making rows.  A block of users becomes CSV in a buffer; what a row needs
 * besides is taken from an arena that is emptied for each.
 */
#include "rows.h"

#include <stdlib.h>

void
maker_init(struct maker *m, const struct query *q,
	   const struct attr *const *columns, size_t n, bool raw)
{
	*m = (struct maker){.txn = q->txn, .catalog = q->catalog,
			    .columns = columns, .n_columns = n};
	arena_init(&m->arena);
	m->values = mem_new((n + 1) * sizeof(*m->values));
	m->has = mem_new((n + 1) * sizeof(*m->has));
	m->csv = (struct csv){.raw = raw};
}

void
maker_fini(struct maker *m)
{
	arena_fini(&m->arena);
	free(m->values);
	free(m->has);
	membership_free(m->segments);
	*m = (struct maker){0};
}

void
maker_header(struct maker *m, struct buf *out)
{
	m->csv.out = out;
	for (size_t i = 0; i < m->n_columns; i++)
		csv_text(&m->csv, m->columns[i]->name);
	csv_row_end(&m->csv);
}

static enum err
put_row(struct maker *m, uint32_t id)
{
	struct user_view user;

	arena_reset(&m->arena);
	if (!user_view(m->txn, m->catalog, id, &user))
		return kv_error(m->txn) != OK
			   ? kv_error(m->txn)
			   : kv_fail(m->txn, ERR_CORRUPT, "user",
				     "user %u has no record", id);
	user.segments = m->segments;
	user_values(&user, &m->arena, m->txn, m->columns, m->n_columns,
		    m->values, m->has);
	for (size_t i = 0; i < m->n_columns; i++) {
		if (m->has[i])
			csv_value(&m->csv, &m->values[i]);
		else
			csv_nothing(&m->csv);
	}
	csv_row_end(&m->csv);
	return kv_error(m->txn);
}

/* Looked up for each row, segments would take longer than all the rest. */
static void
segments_load(struct maker *m)
{
	for (size_t i = 0; i < m->n_columns && m->segments == NULL; i++)
		if (m->columns[i]->id == A_SEGMENT)
			m->segments = membership_load(m->txn);
}

enum err
maker_rows(struct maker *m, struct buf *out, const uint32_t *ids, size_t n)
{
	m->csv.out = out;
	segments_load(m);
	for (size_t i = 0; i < n; i++)
		TRY(put_row(m, ids[i]));
	return OK;
}
