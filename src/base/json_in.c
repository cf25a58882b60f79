/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The JSON reader: one text in, one tree out.
 *
 * yajl finds the tokens; everything it lets through that RFC 8259 or good
 * sense forbids is refused here.  Two looks at the text come before it: that
 * it is UTF-8 without NUL, and that every \u escape is a character (yajl makes
 * a "?" of a lone surrogate, and passes \u0000).  The callbacks then count
 * depth, read numbers strictly, and when an object closes look for a member
 * that stands twice: pairwise in a small object, by a table in a large one,
 * whose hash is seeded so that nobody can choose keys that collide.
 *
 * Texts and keys without escapes are slices of the input; others are copied
 * into the arena.  The whole text is handed over in one piece, because yajl
 * takes quadratic time for a string that comes in many.
 */
#include <rapport/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define SEEDED_FROM 256
#define PAIRWISE_MAX 12
#define NOWHERE SIZE_MAX

struct reader {
	struct arena *arena;
	struct str text;
	struct fault *fault;
	enum err err; /* why a callback stopped */
	size_t at;    /* and where; NOWHERE: where yajl stands */
	char what[128];
	uint32_t depth, depth_most;
	struct str key;                         /* of the member to come */
	struct json *open[JSON_DEPTH_OWN];      /* what is not yet closed */
	struct json **tail[JSON_DEPTH_OWN + 1]; /* where the next one hangs */
	uint64_t seed;                          /* of the table of keys */
};

/* Faults ------------------------------------------------------------------ */

/* "line 2 column 7" of a place in the text, columns in characters */
static void
place_of(struct str text, size_t at, char out[64])
{
	size_t line = 1, start = 0;

	for (size_t i = 0; i < at && i < text.n; i++)
		if (text.p[i] == '\n') {
			line++;
			start = i + 1;
		}
	snprintf(out, 64, "line %zu column %zu", line,
		 text_length(str_cut(text, start, at)) + 1);
}

static enum err
fail_at(struct reader *r, enum err code, size_t at, const char *what)
{
	char place[64];

	place_of(r->text, at, place);
	return fail(r->fault, code, place, "%s", what);
}

/* From a callback: returns 0, which ends the parse. */
static int stop(struct reader *r, enum err code, const char *p,
		const char *format, ...) PRINTF_LIKE(4, 5);

static int
stop(struct reader *r, enum err code, const char *p, const char *format, ...)
{
	va_list ap;

	r->err = code;
	r->at = NOWHERE;
	if (p >= r->text.p && p < r->text.p + r->text.n)
		r->at = (size_t)(p - r->text.p);
	va_start(ap, format);
	vsnprintf(r->what, sizeof(r->what), format, ap);
	va_end(ap);
	return 0;
}

/* Escapes ----------------------------------------------------------------- */

/* The four hexadecimal digits at `at`, or -1 (then yajl says what is wrong) */
static int32_t
hex4(struct str s, size_t at)
{
	int32_t v = 0;

	if (s.n < 4 || at > s.n - 4)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		char c = s.p[i];

		v <<= 4;
		if (c >= '0' && c <= '9')
			v += c - '0';
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v += (c | 32) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

/* A backslash stands only in strings, so the text need not be parsed to find
 * its escapes. */
static enum err
escapes_check(struct reader *r)
{
	struct str s = r->text;
	const char *hit;
	size_t at = 0;

	while (at < s.n && (hit = memchr(s.p + at, '\\', s.n - at)) != NULL) {
		size_t start = (size_t)(hit - s.p);
		int32_t v;

		at = start + 2;
		if (at > s.n || s.p[start + 1] != 'u')
			continue;
		v = hex4(s, at);
		if (v == 0)
			return fail_at(r, ERR_INPUT, start,
				       "the character NUL is not allowed");
		if (v < 0xd800 || v > 0xdfff)
			continue;
		at += 4;
		if (v < 0xdc00 && at + 2 <= s.n && s.p[at] == '\\' &&
		    s.p[at + 1] == 'u') {
			v = hex4(s, at + 2);
			at += 6;
			if (v >= 0xdc00 && v <= 0xdfff)
				continue;
		}
		return fail_at(r, ERR_INPUT, start,
			       "half a surrogate pair is no character");
	}
	return OK;
}

/* The tree ---------------------------------------------------------------- */

/* Bytes that live as long as the tree: yajl's own buffer does not. */
static struct str
keep(struct reader *r, const unsigned char *p, size_t n)
{
	struct str s = {(const char *)p, n};

	if (s.p >= r->text.p && s.p + n <= r->text.p + r->text.n)
		return s;
	return arena_str(r->arena, s);
}

static struct json *
add(struct reader *r, enum json_kind kind)
{
	struct json *v = arena_get(r->arena, sizeof(*v));

	v->kind = kind;
	v->key = r->key;
	r->key = STR_NONE;
	*r->tail[r->depth] = v;
	r->tail[r->depth] = &v->next;
	if (r->depth > 0)
		r->open[r->depth - 1]->count++;
	return v;
}

static int
on_null(void *ctx)
{
	add(ctx, JSON_NULL);
	return 1;
}

static int
on_boolean(void *ctx, int yes)
{
	add(ctx, yes ? JSON_TRUE : JSON_FALSE);
	return 1;
}

static int
on_number(void *ctx, const char *p, size_t n)
{
	struct reader *r = ctx;
	struct json *v = add(r, JSON_NUMBER);

	v->text = keep(r, (const unsigned char *)p, n);
	if (!text_to_number(v->text, &v->number))
		return stop(r, ERR_INPUT, p, "the number is out of range");
	return 1;
}

static int
on_string(void *ctx, const unsigned char *p, size_t n)
{
	struct reader *r = ctx;

	if (n > JSON_STRING_MAX)
		return stop(r, ERR_LIMIT, (const char *)p,
			    "the string is longer than 1 MiB");
	add(r, JSON_STRING)->text = keep(r, p, n);
	return 1;
}

static int
on_key(void *ctx, const unsigned char *p, size_t n)
{
	struct reader *r = ctx;

	if (n > JSON_STRING_MAX)
		return stop(r, ERR_LIMIT, (const char *)p,
			    "the key is longer than 1 MiB");
	r->key = keep(r, p, n);
	if (r->key.p == NULL)
		r->key = S("");
	return 1;
}

static int
begin(struct reader *r, enum json_kind kind)
{
	struct json *v;

	if (r->depth == r->depth_most)
		return stop(r, ERR_INPUT, NULL, "more than %u levels deep",
			    r->depth_most);
	v = add(r, kind);
	r->open[r->depth] = v;
	r->tail[++r->depth] = &v->first;
	return 1;
}

static int
on_object(void *ctx)
{
	return begin(ctx, JSON_OBJECT);
}

static int
on_array(void *ctx)
{
	return begin(ctx, JSON_ARRAY);
}

static int
on_array_end(void *ctx)
{
	struct reader *r = ctx;

	r->depth--;
	return 1;
}

static const struct json *
twice_pairwise(const struct json *object)
{
	for (const struct json *a = object->first; a != NULL; a = a->next)
		for (const struct json *b = object->first; b != a; b = b->next)
			if (str_eq(a->key, b->key))
				return a;
	return NULL;
}

/* Open addressing, at most half full, gone again when the object is closed.
 * Keys chosen to collide can only hurt in objects with many members, so only
 * those pay for a random seed. */
static const struct json *
twice_by_table(struct reader *r, const struct json *object)
{
	struct arena_mark mark = arena_mark(r->arena);
	const struct json *m, **table, *found = NULL;
	size_t sz = 32;

	while (sz < object->count * 2)
		sz *= 2;
	if (object->count > SEEDED_FROM && r->seed == 0)
		r->seed = random_u64();
	table = arena_get(r->arena, sz * sizeof(*table));
	for (m = object->first; m != NULL && found == NULL; m = m->next) {
		size_t i = XXH3_64bits_withSeed(m->key.p, m->key.n, r->seed);

		while (table[i &= sz - 1] != NULL && found == NULL)
			if (str_eq(table[i++]->key, m->key))
				found = m;
		table[i & (sz - 1)] = m;
	}
	arena_rewind(r->arena, mark);
	return found;
}

static int
on_object_end(void *ctx)
{
	struct reader *r = ctx;
	const struct json *object = r->open[--r->depth], *twice;
	struct str key;

	twice = object->count <= PAIRWISE_MAX ? twice_pairwise(object)
					      : twice_by_table(r, object);
	if (twice == NULL)
		return 1;
	key = text_prefix(twice->key, 64);
	return stop(r, ERR_INPUT, twice->key.p,
		    "the member \"%.*s\" stands twice", STR_ARG(key));
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};

/* yajl does not look at what its allocator returns. */
static void *
parser_malloc(void *ctx, size_t sz)
{
	return mem_grow(NULL, sz);
}

static void *
parser_realloc(void *ctx, void *p, size_t sz)
{
	return mem_grow(p, sz);
}

static void
parser_free(void *ctx, void *p)
{
	free(p);
}

static yajl_handle
parser_new(const yajl_callbacks *on, void *ctx)
{
	yajl_alloc_funcs memory = {parser_malloc, parser_realloc, parser_free,
				   NULL};
	yajl_handle h = yajl_alloc(on, &memory, ctx);

	yajl_config(h, yajl_dont_validate_strings, 1); /* done, and better */
	return h;
}

/* Where the text goes on after its value, which yajl does not tell. */
static size_t
value_end(struct str text)
{
	yajl_handle h = parser_new(NULL, NULL);
	size_t at;

	yajl_config(h, yajl_allow_trailing_garbage, 1);
	yajl_parse(h, (const unsigned char *)text.p, text.n);
	at = yajl_get_bytes_consumed(h);
	yajl_free(h);
	while (at < text.n && memchr(" \t\r\n", text.p[at], 4) != NULL)
		at++;
	return at;
}

/* The first line of what yajl says, without its "parse error: " */
static enum err
fail_by_parser(struct reader *r, yajl_handle h, size_t at)
{
	unsigned char *says = yajl_get_error(h, 0, NULL, 0);
	struct str rest = str_of((const char *)says), line = rest;
	size_t colon;

	str_split(&rest, '\n', &line);
	if (str_find(line, S("error: "), &colon))
		line = str_cut(line, colon + 7, line.n);
	if (str_eq(line, S("trailing garbage")))
		at = value_end(r->text);
	snprintf(r->what, sizeof(r->what), "%.*s", STR_ARG(line));
	yajl_free_error(h, says);
	return fail_at(r, ERR_INPUT, at, r->what);
}

static enum err
read_tree(struct reader *r)
{
	yajl_handle h = parser_new(&callbacks, r);
	enum err e = OK;
	size_t at;

	if (yajl_parse(h, (const unsigned char *)r->text.p, r->text.n) !=
	    yajl_status_ok)
		at = yajl_get_bytes_consumed(h);
	else if (yajl_complete_parse(h) != yajl_status_ok)
		at = r->text.n;
	else
		goto done;
	if (r->err != OK)
		e = fail_at(r, r->err, r->at == NOWHERE ? at : r->at, r->what);
	else
		e = fail_by_parser(r, h, at);
done:
	yajl_free(h);
	return e;
}

static enum err
parse(struct arena *a, struct str text, uint32_t depth_most, struct json **out,
      struct fault *f)
{
	struct reader r = {
	    .arena = a, .text = text, .fault = f, .depth_most = depth_most};
	struct json *tree = NULL;
	size_t valid = text_valid_prefix(text);

	r.tail[0] = &tree;
	if (valid < text.n)
		return fail_at(&r, ERR_INPUT, valid,
			       text.p[valid] == '\0'
				   ? "the character NUL is not allowed"
				   : "not UTF-8");
	TRY(escapes_check(&r));
	TRY(read_tree(&r));
	*out = tree;
	return OK;
}

enum err
json_parse(struct arena *a, struct str text, struct json **out, struct fault *f)
{
	return parse(a, text, JSON_DEPTH_MAX, out, f);
}

enum err
json_parse_own(struct arena *a, struct str text, struct json **out,
	       struct fault *f)
{
	return parse(a, text, JSON_DEPTH_OWN, out, f);
}

const struct json *
json_member(const struct json *object, struct str key)
{
	if (object->kind != JSON_OBJECT)
		return NULL;
	for (const struct json *m = object->first; m != NULL; m = m->next)
		if (str_eq(m->key, key))
			return m;
	return NULL;
}
