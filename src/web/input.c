/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inputs by table.  A route names its query parameters and the members of its
 * body with type and limits; here they become typed values or an error that
 * names the one that is wrong.  What no table names is refused, and so is what
 * comes twice: a typing mistake must never mean "no filter".  A form and a
 * JSON body fill the same table.
 */
#include "request.h"

/* From text: queries and forms -------------------------------------------- */

static enum err
bad(struct req *q, const struct field *f, const char *expected)
{
	return fail(q->fault, ERR_INVALID, f->name, "expected %s", expected);
}

static bool
choice_known(struct str choices, struct str s)
{
	struct str one;

	while (str_split(&choices, '|', &one))
		if (str_eq(one, s))
			return true;
	return false;
}

static enum err
number_take(struct req *q, const struct field *f, int64_t n, struct input *in)
{
	if (n < f->least || n > f->most)
		return fail(q->fault, ERR_INVALID, f->name,
			    "expected a whole number from %lld to %lld",
			    (long long)f->least, (long long)f->most);
	in->number = n;
	return OK;
}

static enum err
text_take(struct req *q, const struct field *f, struct str s)
{
	if (s.n < (size_t)f->least || (f->most > 0 && s.n > (size_t)f->most))
		return fail(q->fault, ERR_INVALID, f->name,
			    "expected a text of %lld to %lld bytes",
			    (long long)f->least, (long long)f->most);
	return OK;
}

static enum err
array_take(struct req *q, const struct field *f, const struct json *v,
	   struct input *in)
{
	if (v->kind != JSON_ARRAY || v->count < (size_t)f->least ||
	    v->count > (size_t)f->most)
		return fail(q->fault, ERR_INVALID, f->name,
			    "expected an array of %lld to %lld elements",
			    (long long)f->least, (long long)f->most);
	in->json = v;
	return OK;
}

static enum err
object_take(struct req *q, const struct field *f, const struct json *v,
	    struct input *in)
{
	if (v->kind != JSON_OBJECT || v->count < (size_t)f->least ||
	    v->count > (size_t)f->most)
		return fail(q->fault, ERR_INVALID, f->name,
			    "expected an object of %lld to %lld members",
			    (long long)f->least, (long long)f->most);
	in->json = v;
	return OK;
}

static enum err
array_parse(struct req *q, const struct field *f, struct str s,
	    struct input *in)
{
	struct json *v;

	if (json_parse(q->arena, s, &v, NULL) != OK)
		return bad(q, f, "a JSON array");
	return array_take(q, f, v, in);
}

/* `s` is valid UTF-8 and lives as long as the request. */
static enum err
input_text(struct req *q, const struct field *f, struct str s, struct input *in)
{
	int64_t n;

	in->given = true;
	in->text = s;
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_SECRET:
		return text_take(q, f, s);
	case FIELD_NUMBER:
		return str_to_i64(s, &n) ? number_take(q, f, n, in)
					 : number_take(q, f, f->least - 1, in);
	case FIELD_FLAG:
		in->flag = str_eq(s, S("true"));
		return in->flag || str_eq(s, S("false"))
			   ? OK
			   : bad(q, f, "true or false");
	case FIELD_CHOICE:
		return choice_known(str_of(f->choices), s)
			   ? OK
			   : bad(q, f, f->choices);
	case FIELD_FILTER:
	case FIELD_LIST:
		return OK;
	case FIELD_OBJECT:
		return bad(q, f, "a JSON object");
	case FIELD_VALUE:
		return bad(q, f, "a JSON value");
	case FIELD_ARRAY:
		return array_parse(q, f, s, in);
	case FIELD_USERS:
		return bad(q, f, "a JSON body");
	case FIELD_INSTANT:
		return instant_parse(s, &in->number)
			   ? OK
			   : bad(q, f, "an instant as in RFC 3339");
	case FIELD_ZONE:
		in->zone = zone_find(s);
		return in->zone ? OK : bad(q, f, "an IANA time zone");
	}
	return ERR_BUG;
}

static const struct field *
field_find(const struct field *fields, struct str name, size_t *i)
{
	if (fields == NULL)
		return NULL;
	for (*i = 0; fields[*i].name != NULL; ++*i)
		if (str_eq(name, str_of(fields[*i].name)))
			return &fields[*i];
	return NULL;
}

static enum err
required_check(struct req *q, const struct field *fields,
	       const struct input *in)
{
	if (fields == NULL)
		return OK;
	for (size_t i = 0; fields[i].name != NULL; i++)
		if ((fields[i].flags & FIELD_REQUIRED) && !in[i].given)
			return fail(q->fault, ERR_INVALID, fields[i].name,
				    "is missing");
	return OK;
}

static enum err
pairs_take(struct req *q, const struct field *fields, struct str rest,
	   struct input *in, const char *noun, bool form)
{
	struct str raw_name, raw, name, value;
	const struct field *f;
	size_t i = 0;

	while (pair_next(&rest, &raw_name, &raw)) {
		if (!percent_decode(q->arena, raw_name, true, &name) ||
		    !percent_decode(q->arena, raw, true, &value))
			return fail(q->fault, ERR_INPUT, NULL,
				    "a %s with a bad escape, bad UTF-8 or NUL",
				    noun);
		if (form && str_eq(name, S("csrf"))) {
			q->csrf = value;
			continue;
		}
		name = arena_str(q->arena, name);
		f = field_find(fields, name, &i);
		if (f == NULL)
			return fail(q->fault, ERR_INVALID, name.p,
				    "there is no such %s here", noun);
		if (in[i].given)
			return fail(q->fault, ERR_INVALID, f->name,
				    "is given twice");
		/* an empty field of a form is one left blank */
		if (form && value.n == 0 && !(f->flags & FIELD_REQUIRED))
			continue;
		TRY(input_text(q, f, value, &in[i]));
	}
	return required_check(q, fields, in);
}

enum err
input_query(struct req *q, struct str query)
{
	if (query.n > QUERY_MAX)
		return fail(q->fault, ERR_LIMIT, NULL,
			    "a query has at most %u bytes", QUERY_MAX);
	return pairs_take(q, q->route->query, query, q->query, "parameter",
			  false);
}

/* From JSON --------------------------------------------------------------- */

static struct str
json_again(struct req *q, const struct json *v)
{
	struct json_out j;
	struct buf b;
	struct str s;

	buf_init(&b);
	json_out_init(&j, &b);
	json_value(&j, v);
	s = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	return s;
}

static enum err
list_join(struct req *q, const struct field *f, const struct json *v,
	  struct input *in)
{
	struct buf b;
	enum err e = OK;

	if (v->kind != JSON_ARRAY)
		return bad(q, f, "an array of texts");
	buf_init(&b);
	for (const struct json *i = v->first; i && e == OK; i = i->next) {
		if (i->kind != JSON_STRING || str_find(i->text, S(","), NULL))
			e = bad(q, f, "an array of texts without commas");
		if (i != v->first)
			buf_c(&b, ',');
		buf_put(&b, i->text);
	}
	in->text = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	return e;
}

static enum err
input_json(struct req *q, const struct field *f, const struct json *v,
	   struct input *in)
{
	bool text = v->kind == JSON_STRING;
	double n;

	in->given = true;
	in->json = v;
	if (v->kind == JSON_NULL) {
		in->null = true;
		return (f->flags & FIELD_NULLABLE) ? OK : bad(q, f, "a value");
	}
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_SECRET:
	case FIELD_CHOICE:
	case FIELD_INSTANT:
	case FIELD_ZONE:
		return text ? input_text(q, f, v->text, in)
			    : bad(q, f, "a text");
	case FIELD_NUMBER:
		n = v->kind == JSON_NUMBER ? v->number : 0.5;
		if (n < -9e15 || n > 9e15 || n != (double)(int64_t)n)
			n = (double)(f->least - 1);
		return number_take(q, f, (int64_t)n, in);
	case FIELD_FLAG:
		in->flag = v->kind == JSON_TRUE;
		return in->flag || v->kind == JSON_FALSE
			   ? OK
			   : bad(q, f, "true or false");
	case FIELD_FILTER:
		in->text = text ? v->text : json_again(q, v);
		return OK;
	case FIELD_LIST:
		in->text = v->text;
		return text ? OK : list_join(q, f, v, in);
	case FIELD_ARRAY:
		return array_take(q, f, v, in);
	case FIELD_OBJECT:
		return object_take(q, f, v, in);
	case FIELD_USERS:
		return v->kind == JSON_ARRAY || v->kind == JSON_OBJECT
			   ? OK
			   : bad(q, f, "an array of users or {\"f\": filter}");
	case FIELD_VALUE:
		return OK;
	}
	return ERR_BUG;
}

static enum err
members_take(struct req *q)
{
	const struct field *fields = q->route->body, *f;
	struct json *body;
	size_t i = 0;

	TRY(json_parse(q->arena, q->body_bytes, &body, q->fault));
	if (body->kind != JSON_OBJECT)
		return fail(q->fault, ERR_INVALID, NULL,
			    "expected a JSON object");
	for (const struct json *m = body->first; m != NULL; m = m->next) {
		f = field_find(fields, m->key, &i);
		if (f == NULL)
			return fail(q->fault, ERR_INVALID,
				    arena_z(q->arena, m->key),
				    "there is no such member here");
		TRY(input_json(q, f, m, &q->body[i]));
	}
	return required_check(q, fields, q->body);
}

/* Bodies ------------------------------------------------------------------ */

static bool
word_eq(struct str s, struct str word) /* ASCII case aside */
{
	if (s.n != word.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != word.p[i])
			return false;
	}
	return true;
}

#define WORKBOOK \
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

enum media {
	MEDIA_OTHER,
	MEDIA_JSON,
	MEDIA_NDJSON,
	MEDIA_TABLE,
	MEDIA_FORM
};

static enum media
media_of(struct str header)
{
	static const struct {
		struct str name;
		enum media media;
	} known[] = {
	    {{"application/json", 16}, MEDIA_JSON},
	    {{"application/merge-patch+json", 28}, MEDIA_JSON},
	    {{"application/x-ndjson", 20}, MEDIA_NDJSON},
	    {{"application/ndjson", 18}, MEDIA_NDJSON},
	    {{"application/jsonl", 17}, MEDIA_NDJSON},
	    {{"text/csv", 8}, MEDIA_TABLE},
	    {{WORKBOOK, sizeof(WORKBOOK) - 1}, MEDIA_TABLE},
	    {{"application/x-www-form-urlencoded", 33}, MEDIA_FORM},
	};
	struct str type, part;

	if (!str_split(&header, ';', &type))
		return MEDIA_OTHER;
	while (str_split(&header, ';', &part)) {
		part = str_trim(part);
		if (part.n >= 8 &&
		    word_eq(str_cut(part, 0, 8), S("charset=")) &&
		    !word_eq(str_cut(part, 8, part.n), S("utf-8")) &&
		    !word_eq(str_cut(part, 8, part.n), S("\"utf-8\"")))
			return MEDIA_OTHER;
	}
	for (size_t i = 0; i < COUNT(known); i++)
		if (word_eq(str_trim(type), known[i].name))
			return known[i].media;
	return MEDIA_OTHER;
}

static enum err
body_read(struct req *q)
{
	struct str length =
	    str_of(q->wire->param(q->wire->arg, "CONTENT_LENGTH"));
	size_t most = q->route->body_max ? q->route->body_max : BODY_MAX;
	uint64_t n = 0;
	char *room;

	if (length.n > 0 && !str_to_u64(length, &n))
		return fail(q->fault, ERR_INPUT, "Content-Length",
			    "is not a number");
	if (n > most)
		return fail(q->fault, ERR_LIMIT, NULL,
			    "a body has at most %zu bytes here", most);
	buf_reset(q->body_room);
	room = buf_room(q->body_room, (size_t)n + 1);
	if (q->wire->read(q->wire->arg, room, (size_t)n) != n)
		return fail(q->fault, ERR_INPUT, NULL, "the body is cut");
	q->body_bytes = (struct str){room, (size_t)n};
	return OK;
}

/* Bodies that are given as bytes, and what they may be. */
static bool
bytes_taken(unsigned flags, enum media media)
{
	return ((flags & TAKES_EVENTS) &&
		(media == MEDIA_JSON || media == MEDIA_NDJSON)) ||
	       ((flags & TAKES_TABLE) && media == MEDIA_TABLE);
}

static enum err
media_refused(struct req *q, unsigned flags)
{
	return fail(q->fault, ERR_TYPE, "Content-Type", "expected %s",
		    (flags & TAKES_TABLE) ? "text/csv or " WORKBOOK
		    : (flags & TAKES_EVENTS)
			? "application/json or application/x-ndjson"
		    : (flags & TAKES_FORM) ? "application/json or a form"
					   : "application/json");
}

enum err
input_body(struct req *q)
{
	struct str type = str_of(q->wire->param(q->wire->arg, "CONTENT_TYPE"));
	enum media media = media_of(type);
	unsigned flags = q->route->flags;
	bool bytes = (flags & (TAKES_EVENTS | TAKES_TABLE)) != 0;

	if (q->method == GET)
		return OK;
	TRY(body_read(q));
	if (q->body_bytes.n == 0 && (type.n == 0 || media == MEDIA_JSON) &&
	    !bytes)
		return required_check(q, q->route->body, q->body);
	if (media == MEDIA_FORM && (flags & TAKES_FORM))
		return pairs_take(q, q->route->body, q->body_bytes, q->body,
				  "field", true);
	if (bytes_taken(flags, media))
		return OK;
	if (media != MEDIA_JSON || bytes)
		return media_refused(q, flags);
	return members_take(q);
}
