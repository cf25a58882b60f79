/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport users: the list, as the panel shows it.  A table on a terminal, CSV
 * (RFC 4180) into a pipe, JSON on wish.  The rows come in pages of one short
 * snapshot each.
 */
#include "cli.h"

#include <stdlib.h>
#include <unistd.h>

#define PAGE 500u
#define CELL_WIDTH 28u

enum { FILTER, COLUMNS, SORT, LIMIT, COUNT_ONLY, TZ };
static const struct cli_option options[] = {
    [FILTER] = {"filter", "JSON",
		"who, like '[\"default_country\",\"is\",\"Peru\"]'"},
    [COLUMNS] = {"columns", "A,B",
		 "what of them; the default list if not given"},
    [SORT] = {"sort", "[-]A", "by which attribute; -lastSeen if not given"},
    [LIMIT] = {"limit", "N", "how many at most; 50 on a terminal, else all"},
    [COUNT_ONLY] = {"count", NULL, "only how many there are"},
    [TZ] = {"tz", "ZONE", "for relative dates, like Europe/Berlin"},
    {0}};

struct list {
	struct cli *c;
	bool table;
	uint64_t left; /* rows still wanted */
	uint64_t total;
	bool first;
	struct buf out; /* of one page */
	struct buf cursor, next;
	struct str columns;
	const struct zone *zone;
	int64_t now;
};

/* Rows --------------------------------------------------------------------- */

/* With the guard against formulas that the importer takes off again. */
static void
csv_cell(struct buf *b, struct str s)
{
	const char *guard = cell_needs_guard(s) ? "'" : "";
	bool quote = false;

	for (size_t i = 0; i < s.n; i++)
		quote |= strchr(",\"\r\n", s.p[i]) != NULL;
	if (!quote) {
		buf_put(b, str_of(guard));
		buf_put(b, s);
		return;
	}
	buf_c(b, '"');
	buf_put(b, str_of(guard));
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_c(b, '"');
		buf_c(b, s.p[i]);
	}
	buf_c(b, '"');
}

/* Cut to the column, control characters as blanks: a terminal is not ours to
 * colour. */
static void
table_cell(struct buf *b, struct str s, bool last)
{
	size_t length = text_length(s), shown = 0;

	for (size_t i = 0; i < s.n;) {
		size_t step = 1;

		while (i + step < s.n && (s.p[i + step] & 0xc0) == 0x80)
			step++;
		if (length > CELL_WIDTH && shown == CELL_WIDTH - 1) {
			buf_put(b, S("\xe2\x80\xa6"));
			shown++;
			break;
		}
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			buf_c(b, ' ');
		else if ((unsigned char)s.p[i] == 0xc2 &&
			 (unsigned char)s.p[i + 1] < 0xa0)
			buf_c(b, ' '); /* C1 controls */
		else
			buf_put(b, str_cut(s, i, i + step));
		shown++;
		i += step;
	}
	while (!last && shown++ < CELL_WIDTH + 2)
		buf_c(b, ' ');
}

static void
cell_put(struct list *l, struct str s, bool last)
{
	if (l->table) {
		table_cell(&l->out, s, last);
	} else {
		csv_cell(&l->out, s);
		if (!last)
			buf_c(&l->out, ',');
	}
	if (last)
		buf_put(&l->out, l->table ? S("\n") : S("\r\n"));
}

static void
row_put(struct list *l, struct query *q, uint32_t id,
	const struct attr *const *columns, size_t n)
{
	struct value *values = arena_get(q->arena, n * sizeof(*values));
	bool *has = arena_get(q->arena, n * sizeof(*has));
	struct user_view u;
	struct json_out j;
	struct buf cell;

	if (l->c->json) {
		if (!l->first)
			buf_c(&l->out, ',');
		json_out_init(&j, &l->out);
		query_row(q, id, columns, n, &j);
		l->first = false;
		return;
	}
	if (!user_view(q->txn, q->catalog, id, &u))
		return;
	user_values(&u, q->arena, q->txn, columns, n, values, has);
	buf_init(&cell);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&cell);
		if (has[i])
			value_text(&cell, &values[i]);
		cell_put(l, buf_str(&cell), i + 1 == n);
	}
	buf_fini(&cell);
}

static void
head_put(struct list *l, const struct attr *const *columns, size_t n)
{
	if (l->c->json) {
		buf_printf(&l->out, "{\"total\":%llu,\"users\":[",
			   (unsigned long long)l->total);
		return;
	}
	for (size_t i = 0; i < n; i++)
		cell_put(l, l->table ? columns[i]->label : columns[i]->name,
			 i + 1 == n);
}

/* Pages -------------------------------------------------------------------- */

static enum err
page_read(struct list *l, struct query *q, struct fault *f)
{
	struct list_in in = {.limit = l->left < PAGE ? l->left : PAGE,
			     .after = buf_str(&l->cursor),
			     .down = true};
	struct cli *c = l->c;
	const struct attr **columns;
	struct filter *filter;
	struct list_out out;
	size_t n;

	TRY(filter_parse(q, str_of(c->given[FILTER]), &filter, f));
	TRY(columns_parse(q->catalog, str_of(c->given[COLUMNS]), q->arena,
			  &columns, &n, f));
	if (c->given[SORT] != NULL)
		TRY(sort_parse(q->catalog, str_of(c->given[SORT]), &in.sort,
			       &in.down, f));
	in.filter = filter;
	TRY(query_list(q, &in, &out, f));
	l->total = out.total;
	if (l->cursor.n == 0)
		head_put(l, columns, n);
	for (size_t i = 0; i < out.n; i++)
		row_put(l, q, out.ids[i], columns, n);
	buf_put(&l->next, out.next);
	l->left -= out.n;
	return OK;
}

static enum err
page_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;
	bool first = l->cursor.n == 0;
	struct fault fault = {0};
	struct arena arena;
	uint64_t left = l->left;
	enum err e;

	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(l->c->people, txn),
			  .arena = &arena,
			  .zone = l->zone,
			  .now = l->now};

	l->first = first;
	buf_reset(&l->out);
	buf_reset(&l->next);
	e = page_read(l, &q, &fault);
	if (e != OK)
		l->left = left;
	arena_fini(&arena);
	return e == OK ? OK : kv_fail(txn, e, fault.path, "%s", fault.text);
}

static enum err
list_write(struct list *l)
{
	if (fwrite(l->out.p ? l->out.p : "", 1, l->out.n, stdout) != l->out.n)
		return fail(&l->c->fault, ERR_IO, "",
			    "Writing the answer failed.");
	return OK;
}

static enum err
list_pages(struct list *l)
{
	struct cli *c = l->c;
	struct buf empty;

	do {
		struct buf t = l->cursor;

		TRY(kv_read(c->kv, page_body, l, &c->fault));
		TRY(list_write(l));
		l->cursor = l->next;
		l->next = t;
	} while (l->cursor.n > 0 && l->left > 0);
	if (c->json) {
		buf_init(&empty);
		buf_put(&empty, S("]}"));
		return cli_say(c, &empty);
	}
	if (l->table)
		fprintf(stderr, "%llu in all\n", (unsigned long long)l->total);
	return OK;
}

/* Count -------------------------------------------------------------------- */

static enum err
count_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;
	struct fault fault = {0};
	struct filter *filter;
	struct arena arena;
	struct bits *all;
	enum err e;

	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(l->c->people, txn),
			  .arena = &arena,
			  .zone = l->zone,
			  .now = l->now};

	e = filter_parse(&q, str_of(l->c->given[FILTER]), &filter, &fault);
	if (e == OK) {
		all = filter_run(&q, filter);
		l->total = bits_count(all);
		bits_free(all);
	}
	arena_fini(&arena);
	return e == OK ? OK : kv_fail(txn, e, fault.path, "%s", fault.text);
}

static enum err
count_say(struct list *l)
{
	struct buf b;

	buf_init(&b);
	buf_printf(&b, l->c->json ? "{\"total\":%llu}" : "%llu",
		   (unsigned long long)l->total);
	return cli_say(l->c, &b);
}

static enum err
users_run(struct cli *c)
{
	struct list l = {.c = c, .left = UINT64_MAX, .now = clock_now()};
	enum err e;

	l.table = !c->json && isatty(STDOUT_FILENO);
	if (l.table)
		l.left = 50;
	TRY(cli_number(c, LIMIT, 1, UINT32_MAX, &l.left));
	l.zone = zone_find(c->given[TZ] ? str_of(c->given[TZ]) : S("UTC"));
	if (l.zone == NULL)
		return fail(&c->fault, ERR_INVALID, "tz",
			    "There is no zone \"%s\".", c->given[TZ]);
	TRY(cli_open(c));
	buf_init(&l.out);
	buf_init(&l.cursor);
	buf_init(&l.next);
	if (c->given[COUNT_ONLY] != NULL) {
		e = kv_read(c->kv, count_body, &l, &c->fault);
		if (e == OK)
			e = count_say(&l);
	} else {
		e = list_pages(&l);
	}
	buf_fini(&l.out);
	buf_fini(&l.cursor);
	buf_fini(&l.next);
	return e;
}

const struct command command_users = {
    .name = "users",
    .rest = "",
    .options = options,
    .run = users_run,
    .about = "list or count people, by filter",
};
