/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * CSV of people: random tables written by the letter of RFC 4180 are read back
 * however the bytes are cut; what becomes of a row hangs neither on where a
 * slice ends nor on whether it is a trial; once more changes nothing; and the
 * outcomes are those of a model that knows only of rows.
 */
#include "world.h"

#include "../../../src/intake/csv.h"

#define ROWS 400u

struct dice {
	uint64_t x;
};

static uint32_t
roll(struct dice *d, uint32_t n)
{
	d->x ^= d->x << 13, d->x ^= d->x >> 7, d->x ^= d->x << 17;
	return (uint32_t)(d->x >> 11) % n;
}

/* Reading ------------------------------------------------------------------ */

/* A source that gives a few bytes at a time. */
struct drip {
	struct csv_bytes bytes;
	struct dice dice;
};

static int64_t
drip_read(void *arg, char *out, size_t n)
{
	struct drip *d = arg;
	size_t most = 1 + roll(&d->dice, 40);

	return csv_of_bytes(&d->bytes)
	    .read(&d->bytes, out, n < most ? n : most);
}

static bool
drip_rewind(void *arg)
{
	struct drip *d = arg;

	d->bytes.at = 0;
	return true;
}

static struct str
random_cell(struct dice *d, struct arena *a)
{
	static const char *const pieces[] = {
	    "a", "B ", "\"", ",", ";", "\t", "\n", "\r\n", "\r", "'", "é",
	    "🙂", "0", "=", "",	 "x"};
	struct buf b;
	struct str s;

	buf_init(&b);
	for (uint32_t n = roll(d, 6); n > 0; n--)
		buf_put(&b, str_of(pieces[roll(d, COUNT(pieces))]));
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static void
write_cell(struct buf *b, struct str s)
{
	buf_c(b, '"');
	if (cell_needs_guard(s))
		buf_c(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_c(b, '"');
		buf_c(b, s.p[i]);
	}
	buf_c(b, '"');
}

/* One table, there and back. */
static bool
table_comes_back(struct dice *d)
{
	static const char *const ends[] = {"\r\n", "\n", "\r"};
	const char *end = ends[roll(d, 3)];
	char delimiter = ",;\t"[roll(d, 3)];
	size_t columns = 2 + roll(d, 4), rows = 1 + roll(d, 6);
	struct str cells[6][6];
	struct drip drip = {.dice = {d->x | 1}};
	struct csv_source source = {&drip, drip_read, drip_rewind, NULL};
	struct csv_reader r;
	struct csv_row row;
	struct fault f = {0};
	struct arena a;
	struct buf b;
	bool more = true, good = true;

	arena_init(&a);
	buf_init(&b);
	if (roll(d, 2))
		buf_put(&b, S("\xef\xbb\xbf"));
	for (size_t i = 0; i < rows; i++) {
		for (size_t k = 0; k < columns; k++) {
			cells[i][k] = i == 0 ? S("head") : random_cell(d, &a);
			if (k > 0)
				buf_c(&b, delimiter);
			write_cell(&b, cells[i][k]);
		}
		if (i + 1 < rows || roll(d, 2))
			buf_put(&b, str_of(end));
	}
	drip.bytes.s = buf_str(&b);
	csv_reader_init(&r, &source);
	for (size_t i = 0; i < rows && good; i++) {
		good = csv_read(&r, &a, &row, &more, &f) == OK && more &&
		       !row.wrong && row.n == columns && row.no == i + 1;
		for (size_t k = 0; good && k < columns; k++)
			good = str_eq(row.cells[k], cells[i][k]);
	}
	good = good && csv_read(&r, &a, &row, &more, &f) == OK && !more;
	csv_reader_fini(&r);
	buf_fini(&b);
	arena_fini(&a);
	return good;
}

static void
test_reading(uint64_t seed)
{
	struct dice d = {seed | 1};
	size_t bad = 0;

	for (int i = 0; i < 3000; i++)
		bad += !table_comes_back(&d);
	is_int(bad, 0, "3,000 random tables are read as they were written");
}

static const char *
wrong_of(const char *text, size_t *cell)
{
	struct csv_bytes bytes = {.s = str_of(text)};
	struct csv_source source = csv_of_bytes(&bytes);
	struct csv_reader r;
	struct csv_row row = {0};
	struct fault f = {0};
	struct arena a;
	bool more;

	arena_init(&a);
	csv_reader_init(&r, &source);
	ok(csv_read(&r, &a, &row, &more, &f) == OK && more &&
	       csv_read(&r, &a, &row, &more, &f) == OK && more,
	   "a row is there");
	csv_reader_fini(&r);
	arena_fini(&a);
	*cell = row.wrong_cell;
	return row.wrong ? row.wrong : "nothing";
}

static void
test_wrong(void)
{
	size_t cell;

	is_str(str_of(wrong_of("a,b\n1,\"2\"x\n", &cell)),
	       S("something stands behind a closing quote"), "behind a quote");
	is_int(cell, 1, "in the second cell");
	is_str(str_of(wrong_of("a,b\n1,\"2\n", &cell)),
	       S("a quote is opened and not closed"), "an open quote");
	is_str(str_of(wrong_of("a,b\n\xff,2\n", &cell)),
	       S("this is not UTF-8 text"), "not UTF-8");
	is_int(cell, 0, "in the first cell");
	is_str(str_of(wrong_of("a,b\n5\" pipe,2\n", &cell)), S("nothing"),
	       "a quote inside a cell is one of its characters");
}

/* The rows that come after a line of Excel's, each as N: cell|cell. */
static struct str
rows_of(struct arena *a, const char *text)
{
	struct csv_bytes bytes = {.s = str_of(text)};
	struct csv_source source = csv_of_bytes(&bytes);
	struct csv_reader r;
	struct csv_row row;
	struct fault f = {0};
	struct buf b;
	struct str s;
	bool more;

	buf_init(&b);
	csv_reader_init(&r, &source);
	while (csv_read(&r, a, &row, &more, &f) == OK && more) {
		buf_printf(&b, "%llu:", (unsigned long long)row.no);
		for (size_t i = 0; i < row.n; i++)
			buf_printf(&b, "%s%.*s", i > 0 ? "|" : " ",
				   STR_ARG(row.cells[i]));
		buf_c(&b, '\n');
	}
	csv_reader_fini(&r);
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static void
test_told(void)
{
	struct arena a;

	arena_init(&a);
	is_str(rows_of(&a, "sep=;\r\na,b;c\r\n1;2\r\n"),
	       S("1: a,b|c\n2: 1|2\n"), "sep=; is no row and says what parts");
	is_str(rows_of(&a, "\xef\xbb\xbf\"SEP=\t\"\na;b\tc\n"),
	       S("1: a;b|c\n"), "nor is it quoted, after a BOM, of a TAB");
	is_str(rows_of(&a, "sep=,"), S(""), "alone it is a file without rows");
	is_str(rows_of(&a, "a;b\nsep=,\n"), S("1: a|b\n2: sep=,\n"),
	       "below the header it is what it says");
	is_str(rows_of(&a, "sep=x;b\n"), S("1: sep=x|b\n"),
	       "and so is a header that only begins so");
	arena_fini(&a);
}

/* Importing ---------------------------------------------------------------- */

struct model {
	size_t created, refused;
	bool seen[200];
};

/* Some rows are about somebody again, some have a score that is none. */
static void
random_file(struct dice *d, struct buf *b, struct model *m)
{
	*m = (struct model){0};
	buf_put(b, S("userId,score:,city\n"));
	for (size_t i = 0; i < ROWS; i++) {
		uint32_t who = roll(d, 200);
		bool bad = roll(d, 9) == 0;

		buf_printf(b, "u%u,%s%u,%s\n", who, bad ? "many" : "",
			   roll(d, 50), roll(d, 3) ? "Lima" : "");
		if (m->seen[who] || bad)
			m->refused++;
		else
			m->created++;
		m->seen[who] = true;
	}
}

struct made {
	struct world w;
	struct csv_result r;
	struct buf dump;
};

static enum err
run(struct world *w, struct str file, size_t slice, bool trial,
    struct csv_result *out)
{
	static const struct csv_choice map = {{"score:", 6},
					      {"score:number", 12}};
	struct csv_options o = {.map = &map,
				.n_map = 1,
				.slice = slice,
				.dry_run = trial,
				.at = INT64_C(1700000000) * SECOND_US};
	struct csv_bytes bytes = {.s = file};
	struct csv_source source = csv_of_bytes(&bytes);

	w->fault = (struct fault){0};
	return csv_import(w->people, w->kv, &w->arena, &source, &o, out,
			  &w->fault);
}

static bool
same_outcome(const struct csv_result *a, const struct csv_result *b)
{
	return a->rows == b->rows && a->created == b->created &&
	       a->updated == b->updated && a->unchanged == b->unchanged &&
	       a->refused == b->refused && a->n_refusals == b->n_refusals;
}

static void
test_slices(uint64_t seed)
{
	static const size_t slices[] = {1, 2, 7, 1000};
	struct dice d = {seed | 1};
	struct made all[COUNT(slices)];
	struct csv_result trial, again;
	struct model m;
	struct buf file;
	bool same = true, dry = true, twice = true;

	buf_init(&file);
	random_file(&d, &file, &m);
	for (size_t i = 0; i < COUNT(slices); i++) {
		struct made *one = &all[i];

		world_open(&one->w);
		dry = dry && run(&one->w, buf_str(&file), slices[i], true,
				 &trial) == OK;
		ok(run(&one->w, buf_str(&file), slices[i], false, &one->r) ==
		       OK,
		   "slices of %zu: %s", slices[i], one->w.fault.text);
		dry = dry && same_outcome(&trial, &one->r);
		one->dump = world_dump(&one->w);
		same = same && same_outcome(&one->r, &all[0].r) &&
		       str_eq(buf_str(&one->dump), buf_str(&all[0].dump));
		twice = twice && run(&one->w, buf_str(&file), slices[i], false,
				     &again) == OK &&
			again.created == 0 && again.updated == 0 &&
			again.unchanged == m.created &&
			again.refused == m.refused;
	}
	is_int(all[0].r.created, m.created, "as many as the model says");
	is_int(all[0].r.refused, m.refused, "and as many refusals");
	ok(same, "wherever a slice ends, outcomes and store are the same");
	ok(dry, "a trial says what then happens");
	ok(twice, "once more changes nothing");
	for (size_t i = 0; i < COUNT(slices); i++) {
		buf_fini(&all[i].dump);
		world_close(&all[i].w);
	}
	buf_fini(&file);
}

int
main(void)
{
	uint64_t seed = random_u64();

	printf("# seed %llu\n", (unsigned long long)seed);
	test_reading(seed);
	test_wrong();
	test_told();
	for (int i = 0; i < 5; i++)
		test_slices(seed + 2 * (uint64_t)i);
	return done_testing();
}
