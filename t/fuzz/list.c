/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an address says of a list, a line each: sort, columns, limit, cursor.
 * A cursor line that begins with '!' is the bytes of one without its checksum,
 * which no fuzzer guesses.  Each is refused with a reason, or there is a page
 * of different people, and the page its cursor names goes on after it.
 */
#include "people.h"

static struct str
cursor_line(struct arena *a, struct str line)
{
	struct buf b;
	char *text;

	if (!str_starts(line, S("!")))
		return line;
	buf_init(&b);
	buf_put(&b, str_cut(line, 1, line.n));
	buf_be32(&b, crc32_of(0, buf_str(&b)));
	text = arena_get(a, 4 * (b.n + 2) / 3 + 4);
	line = (struct str){text, base64url_encode(buf_str(&b), text)};
	buf_fini(&b);
	return line;
}

static void
rows(struct query *q, const struct list_out *page, struct str columns)
{
	const struct attr **attrs;
	struct fault f = {0};
	struct json_out out;
	struct json *again;
	struct buf b;
	size_t n;
	enum err e =
	    columns_parse(q->catalog, columns, q->arena, &attrs, &n, &f);

	if (e != OK) {
		fuzz_refused(e, &f);
		return;
	}
	buf_init(&b);
	for (size_t i = 0; i < page->n; i++) {
		buf_reset(&b);
		json_out_init(&out, &b);
		query_row(q, page->ids[i], attrs, n, &out);
		MUST(json_parse(q->arena, arena_str(q->arena, buf_str(&b)),
				&again, &f) == OK);
	}
	buf_fini(&b);
}

static void
look(struct world *w, void *arg)
{
	struct str rest = *(struct str *)arg, line[4] = {{0}};
	struct fault f = {0};
	struct list_in in = {.limit = 3};
	struct list_out page, next;
	uint64_t limit;
	enum err e;

	for (size_t i = 0; i < 3 && str_split(&rest, '\n', &line[i]); i++)
		continue;
	in.after = rest.n > 0 ? cursor_line(w->q->arena, rest) : STR_NONE;
	if (str_to_u64(line[2], &limit) && limit > 0 && limit <= LIST_LIMIT_MAX)
		in.limit = (size_t)limit;
	MUST(filter_parse(w->q, S(""), (struct filter **)&in.filter, &f) == OK);
	e = sort_parse(w->q->catalog, line[0], &in.sort, &in.down, &f);
	if (e == OK)
		e = query_list(w->q, &in, &page, &f);
	if (e != OK) {
		fuzz_refused(e, &f);
		return;
	}
	MUST(page.n <= in.limit && page.total == 10);
	rows(w->q, &page, line[1]);
	in.after = page.next;
	if (page.next.p == NULL)
		return;
	MUST(query_list(w->q, &in, &next, &f) == OK && next.n > 0);
	for (size_t i = 0; i < page.n * next.n; i++)
		MUST(page.ids[i / next.n] != next.ids[i % next.n]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct world world;
	struct str text = fuzz_text(data, n);

	if (!text_valid(text))
		return 0; /* as nginx and decode.c leave it */
	if (world.kv == NULL)
		fuzz_people(&world, 10);
	world_look(&world, look, &text);
	return 0;
}
