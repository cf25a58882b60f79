/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Users as text, more than a window holds and more than fits in one: rows of
 * every length come out whole and in the order asked for, whether they found
 * room where they were made or not.  What a row must be is worked out here
 * from the number of the user.
 */
#include <rapport/export.h>

#include "../../tap.h"

#define USERS 30000u
#define LONG 12000u

static struct kv *kv;
static struct people *people;

/* Every seventh note is long: some 50 MB in all, twice what a window holds. */
static size_t
note_length(unsigned i)
{
	return i % 7 == 0 ? LONG + i % 100 : i % 50;
}

static char
note_letter(unsigned i)
{
	return (char)('a' + i % 26);
}

/* The n-th user in order of rank; 7,919 is a prime that shares nothing with
 * their number. */
static unsigned
user_at(unsigned n)
{
	return (unsigned)((uint64_t)n * 7919 % USERS);
}

/* What a user's rank is: where user_at puts it. */
static unsigned *ranks;

static struct json
text_json(struct str text)
{
	return (struct json){.kind = JSON_STRING, .text = text};
}

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct batch *b = batch_begin(people, txn, 0);
	struct stamp from = {.at = 1000000};
	const unsigned *first = arg;
	struct fault f = {0};
	struct json number = {.kind = JSON_NUMBER};

	for (unsigned i = *first; i < *first + 1000; i++) {
		struct arena *a = batch_arena(b);
		struct str name = arena_printf(a, "u%u", i);
		size_t n = note_length(i);
		char *note = arena_get(a, n + 1);
		struct json text = text_json((struct str){note, n});
		const struct attr *attr;
		struct value v;
		uint32_t id;

		memset(note, note_letter(i), n);
		number.number = ranks[i];
		number.text = arena_printf(a, "%u", ranks[i]);
		TRY(batch_user(b, name, &id, &f));
		TRY(batch_attr(b, S("rank"), &number, false, &attr, &f));
		TRY(value_of_json(a, attr, &number, &v, &f));
		batch_set(b, id, attr, &v, from);
		if (n == 0)
			continue;
		TRY(batch_attr(b, S("note"), &text, false, &attr, &f));
		TRY(value_of_json(a, attr, &text, &v, &f));
		batch_set(b, id, attr, &v, from);
	}
	batch_end(b);
	batch_free(b);
	return kv_error(txn);
}

static void
world_begin(void)
{
	struct kv_options o = {.create = true};
	enum err e = kv_open(&kv, &o, NULL);

	ranks = mem_new(USERS * sizeof(*ranks));
	for (unsigned n = 0; n < USERS; n++)
		ranks[user_at(n)] = n;
	people = people_open(kv);
	for (unsigned first = 0; first < USERS && e == OK; first += 1000)
		e = kv_write(kv, fill, &first, NULL);
	ok(e == OK, "there are people");
}

/* Looks at rows as they come, wherever they are cut. */
struct reader {
	struct buf line;
	enum export_format format;
	unsigned rows, wrong, told;
	enum err stop_with;
	unsigned stop_at;
};

static void
line_expected(const struct reader *r, unsigned n, struct buf *out)
{
	unsigned i = user_at(USERS - 1 - n); /* downwards */
	size_t length = note_length(i);

	buf_reset(out);
	buf_printf(out,
		   r->format == EXPORT_CSV ? "u%u,%u,"
					   : "{\"userId\":\"u%u\","
					     "\"rank\":%u",
		   i, ranks[i]);
	if (r->format != EXPORT_CSV && length > 0)
		buf_put(out, S(",\"note\":\""));
	for (size_t k = 0; k < length; k++)
		buf_c(out, note_letter(i));
	if (r->format != EXPORT_CSV)
		buf_put(out, length > 0 ? S("\"}") : S("}"));
	else
		buf_c(out, '\r');
}

static void
line_check(struct reader *r)
{
	struct str line = buf_str(&r->line);
	struct buf want;

	buf_init(&want);
	if (r->format == EXPORT_CSV && r->rows == 0) {
		r->wrong += !str_eq(line, S("userId,rank,note\r"));
	} else if (r->format == EXPORT_JSON &&
		   (r->rows == 0 || r->rows == USERS + 1)) {
		r->wrong += !str_eq(line, r->rows == 0 ? S("[") : S("]"));
	} else {
		unsigned n = r->rows - (r->format != EXPORT_NDJSON);

		if (n < USERS)
			line_expected(r, n, &want);
		if (r->format == EXPORT_JSON && n + 1 < USERS)
			buf_c(&want, ',');
		r->wrong += !str_eq(line, buf_str(&want));
	}
	buf_fini(&want);
	r->rows++;
	buf_reset(&r->line);
}

static enum err
sink(void *arg, struct str bytes)
{
	struct reader *r = arg;
	struct str piece;

	if (r->stop_with != OK && r->rows >= r->stop_at)
		return r->stop_with;
	while (bytes.n > 0) {
		const char *end = memchr(bytes.p, '\n', bytes.n);

		piece =
		    str_cut(bytes, 0, end ? (size_t)(end - bytes.p) : bytes.n);
		buf_put(&r->line, piece);
		bytes = str_cut(bytes, piece.n + (end != NULL), bytes.n);
		if (end != NULL)
			line_check(r);
	}
	return OK;
}

static enum err
tell(void *arg, const struct export_progress *p)
{
	struct reader *r = arg;

	r->told = (unsigned)p->rows;
	return p->total == USERS ? OK : ERR_BUG;
}

static enum err
run(struct reader *r)
{
	struct export_request request = {
	    .format = r->format,
	    .columns = S("userId,rank,note"),
	    .sort = S("-rank"),
	    .at = 1000000,
	};
	struct fault f = {0};
	enum err e;

	buf_init(&r->line);
	e = export_run(people, kv, &request, sink, tell, r, &f);
	if (e != OK && e != r->stop_with)
		printf("# %s: %s\n", f.path, f.text);
	buf_fini(&r->line);
	return e;
}

static void
whole(enum export_format format, unsigned more)
{
	struct reader r = {.format = format};

	ok(run(&r) == OK && r.rows == USERS + more, "%s: a row a user",
	   export_format_names[format]);
	ok(r.wrong == 0, "each whole, in order (%u are not)", r.wrong);
	ok(r.told == USERS, "and told");
}

int
main(void)
{
	struct reader r = {
	    .format = EXPORT_CSV, .stop_with = ERR_CLIENT, .stop_at = 9000};

	world_begin();
	whole(EXPORT_CSV, 1);
	whole(EXPORT_NDJSON, 0);
	whole(EXPORT_JSON, 2);
	ok(run(&r) == ERR_CLIENT && r.rows < USERS && r.wrong == 0,
	   "a reader who goes away ends it");
	people_close(people);
	kv_close(kv);
	free(ranks);
	return done_testing();
}
