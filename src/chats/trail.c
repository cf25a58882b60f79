/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an entry of a timeline says, of the few members that are counted.  There
 * are many entries and nearly all are flat objects of plain texts, so these are
 * read where they lie; whatever is not (an escape, an object within, a member
 * twice) is read as JSON.
 */
#include "trail.h"

#include <strings.h>

static const char *const names[TRAIL_MEMBERS] = {
    [TRAIL_TYPE] = "type",   [TRAIL_EVENT] = "event", [TRAIL_FLOW] = "flow",
    [TRAIL_RUN] = "runId",   [TRAIL_CAUSE] = "cause", [TRAIL_NAME] = "name",
    [TRAIL_STATE] = "state", [TRAIL_VALID] = "valid",
};

/* Taken off the front: a text in quotes without a backslash, */
static bool
take_text(struct str *s, struct str *out)
{
	const char *end =
	    s->n > 1 && s->p[0] == '"' ? memchr(s->p + 1, '"', s->n - 1) : NULL;

	if (end == NULL)
		return false;
	*out = (struct str){s->p + 1, (size_t)(end - s->p) - 1};
	s->p += out->n + 2;
	s->n -= out->n + 2;
	return memchr(out->p, '\\', out->n) == NULL;
}

/* a number, true, false or null, */
static bool
take_literal(struct str *s, struct str *out)
{
	size_t n = 0;

	while (n < s->n &&
	       ((s->p[n] >= 'a' && s->p[n] <= 'z') ||
		(s->p[n] >= '+' && s->p[n] <= '9' && s->p[n] != ',') ||
		s->p[n] == 'E'))
		n++;
	*out = (struct str){s->p, n};
	s->p += n;
	s->n -= n;
	return n > 0;
}

/* one byte. */
static bool
take_byte(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static size_t
member_of(struct str key)
{
	size_t i = 0;

	while (i < TRAIL_MEMBERS && (key.n == 0 || key.p[0] != names[i][0] ||
				     !str_eq(key, str_of(names[i]))))
		i++;
	return i;
}

static bool
plain_read(struct str s, struct trail_words *out)
{
	bool more = take_byte(&s, '{');
	struct str key, value;

	while (more) {
		size_t i;
		bool text;

		if (!take_text(&s, &key) || !take_byte(&s, ':'))
			return false;
		text = s.n > 0 && s.p[0] == '"';
		if (text ? !take_text(&s, &value) : !take_literal(&s, &value))
			return false;
		i = member_of(key);
		if (i < TRAIL_MEMBERS && out->v[i].p != NULL)
			return false;
		if (i < TRAIL_MEMBERS) {
			out->v[i] = value;
			out->texts |= (unsigned)text << i;
		}
		more = take_byte(&s, ',');
	}
	return take_byte(&s, '}') && s.n == 0;
}

static struct str
literal(const struct json *v)
{
	switch (v->kind) {
	case JSON_TRUE:
		return S("true");
	case JSON_FALSE:
		return S("false");
	case JSON_STRING:
	case JSON_NUMBER:
		return v->text;
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return S("");
}

bool
trail_words(struct arena *a, struct str json, struct trail_words *out)
{
	struct json *j;

	*out = (struct trail_words){0};
	if (plain_read(json, out))
		return true;
	*out = (struct trail_words){0};
	if (json_parse(a, json, &j, NULL) != OK)
		return false;
	for (size_t i = 0; i < TRAIL_MEMBERS; i++) {
		const struct json *v = json_member(j, str_of(names[i]));

		if (v == NULL)
			continue;
		out->v[i] = literal(v);
		out->texts |= (unsigned)(v->kind == JSON_STRING) << i;
	}
	return true;
}

bool
trail_is(const struct trail_words *w, enum trail_member m, const char *word)
{
	struct str v = trail_text(w, m);

	return v.p != NULL && v.n == strlen(word) &&
	       strncasecmp(v.p, word, v.n) == 0;
}
