/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The JSON writer.  It keeps one bit a level, "something stands before", and
 * whether a key was just written; from these it puts every comma and colon, so
 * callers only say what comes.  Text is escaped always; json_raw is the one way
 * around and is for text that is JSON already.  Closing what is not open or
 * writing a second key in a row is our own bug and asserts.
 */
#include <rapport/base.h>

#include <assert.h>

#define LEVELS_MAX 63

void
json_out_init(struct json_out *j, struct buf *out)
{
	*j = (struct json_out){.out = out};
}

/* The comma a value or key needs before it */
static void
json_before(struct json_out *j)
{
	uint64_t bit = UINT64_C(1) << j->depth;

	if (j->keyed) {
		j->keyed = false;
		return;
	}
	if (j->comma & bit)
		buf_c(j->out, ',');
	j->comma |= bit;
}

static void
json_open(struct json_out *j, char c)
{
	json_before(j);
	assert(j->depth < LEVELS_MAX);
	j->depth++;
	j->comma &= ~(UINT64_C(1) << j->depth);
	buf_c(j->out, c);
}

static void
json_close(struct json_out *j, char c)
{
	assert(j->depth > 0 && !j->keyed);
	j->depth--;
	buf_c(j->out, c);
}

void
json_object(struct json_out *j)
{
	json_open(j, '{');
}

void
json_object_end(struct json_out *j)
{
	json_close(j, '}');
}

void
json_array(struct json_out *j)
{
	json_open(j, '[');
}

void
json_array_end(struct json_out *j)
{
	json_close(j, ']');
}

/* What follows the backslash of a short escape, or 0 */
static char
short_escape(uint8_t c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	}
	return 0;
}

#define EACH_BYTE(c) ((uint64_t)(uint8_t)(c)*UINT64_C(0x0101010101010101))

/* Some byte is a control, a quote or a backslash: nonzero. A byte with its
 * high bit is none of them; what carries over from one that is may be taken
 * for another, which costs a closer look. */
static uint64_t
word_escapes(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE('"'), slash = word ^ EACH_BYTE('\\');

	return ((word - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) |
		(slash - EACH_BYTE(1))) &
	       ~word & EACH_BYTE(0x80);
}

/* How many bytes from the start stand as they are. */
static size_t
plain_length(struct str s)
{
	size_t at = 0;
	uint64_t word;

	for (; at + sizeof(word) <= s.n; at += sizeof(word)) {
		memcpy(&word, s.p + at, sizeof(word));
		if (word_escapes(word) != 0)
			break;
	}
	for (; at < s.n; at++) {
		uint8_t c = (uint8_t)s.p[at];

		if (c < 0x20 || c == '"' || c == '\\')
			break;
	}
	return at;
}

static void
put_escape(struct buf *out, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
	char letter = short_escape(c);

	if (letter != 0)
		escape[1] = letter;
	buf_bytes(out, escape, letter != 0 ? 2 : 6);
}

static void
put_escaped(struct buf *out, struct str s)
{
	size_t n = plain_length(s);

	buf_c(out, '"');
	for (; n < s.n; n = plain_length(s)) {
		buf_put(out, str_cut(s, 0, n));
		put_escape(out, (uint8_t)s.p[n]);
		s = str_cut(s, n + 1, s.n);
	}
	buf_put(out, s);
	buf_c(out, '"');
}

void
json_key(struct json_out *j, struct str key)
{
	assert(j->depth > 0 && !j->keyed);
	json_before(j);
	put_escaped(j->out, key);
	buf_c(j->out, ':');
	j->keyed = true;
}

void
json_text(struct json_out *j, struct str s)
{
	json_before(j);
	put_escaped(j->out, s);
}

void
json_raw(struct json_out *j, struct str text)
{
	json_before(j);
	buf_put(j->out, text);
}

void
json_number(struct json_out *j, double d)
{
	char text[32];

	json_raw(j, (struct str){text, number_to_text(d, text)});
}

void
json_int(struct json_out *j, int64_t n)
{
	json_before(j);
	buf_i64(j->out, n);
}

void
json_bool(struct json_out *j, bool b)
{
	json_raw(j, b ? S("true") : S("false"));
}

void
json_null(struct json_out *j)
{
	json_raw(j, S("null"));
}

void
json_instant(struct json_out *j, int64_t at)
{
	char text[32];

	if (at == INSTANT_NONE)
		json_null(j);
	else
		json_text(j, (struct str){text, instant_format(at, text)});
}

/* Depth is bounded by what the parser lets through. */
void
json_value(struct json_out *j, const struct json *v)
{
	switch (v->kind) {
	case JSON_NULL:
		json_null(j);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_bool(j, v->kind == JSON_TRUE);
		break;
	case JSON_NUMBER:
		json_raw(j, v->text); /* as written */
		break;
	case JSON_STRING:
		json_text(j, v->text);
		break;
	case JSON_ARRAY:
		json_array(j);
		for (const struct json *e = v->first; e != NULL; e = e->next)
			json_value(j, e);
		json_array_end(j);
		break;
	case JSON_OBJECT:
		json_object(j);
		for (const struct json *e = v->first; e != NULL; e = e->next) {
			json_key(j, e->key);
			json_value(j, e);
		}
		json_object_end(j);
		break;
	}
}

void
json_kt(struct json_out *j, const char *key, struct str text)
{
	json_key(j, str_of(key));
	json_text(j, text);
}

void
json_ki(struct json_out *j, const char *key, int64_t n)
{
	json_key(j, str_of(key));
	json_int(j, n);
}

void
json_kb(struct json_out *j, const char *key, bool b)
{
	json_key(j, str_of(key));
	json_bool(j, b);
}

void
json_kat(struct json_out *j, const char *key, int64_t at)
{
	json_key(j, str_of(key));
	json_instant(j, at);
}
