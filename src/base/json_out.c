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

static void
put_escaped(struct buf *out, struct str s)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	buf_c(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		char escape[6] = {'\\', 'u',         '0',
				  '0',  hex[c >> 4], hex[c & 15]};
		char letter;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_put(out, str_cut(s, from, i));
		from = i + 1;
		letter = short_escape(c);
		if (letter != 0)
			escape[1] = letter;
		buf_bytes(out, escape, letter != 0 ? 2 : 6);
	}
	buf_put(out, str_cut(s, from, s.n));
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
