/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A JSON text to an event.  Every member must be a field of its type, of the
 * right kind and within its limit, every needed field must be there, and every
 * instant must lie from 1970 to 9999; else the event is refused, naming the
 * field and, for a name nobody knows, the nearest one.  null means "not given"
 * for all but the few fields where it clears.
 */
#include "event.h"

#include <stdio.h>
#include <strings.h>

#define FIELDS_MAX 32u
#define ITEMS_MAX 256u
#define INSTANT_LEAST 0

enum { HEAD_TYPE, HEAD_ID, HEAD_AT, HEAD_COUNT };
static const struct field head_fields[] = {
    [HEAD_TYPE] = {"type", FIELD_TEXT, NOT_EMPTY, 64, NULL},
    [HEAD_ID] = {"id", FIELD_TEXT, NOT_EMPTY, 1024, NULL},
    [HEAD_AT] = {"at", FIELD_INSTANT, 0, 0, NULL},
    {0}};

/* Hints -------------------------------------------------------------------- */

/* Edit distance with a swap of neighbours as one step; both at most 32. */
static size_t
distance(struct str a, struct str b)
{
	size_t d[33][33];

	if (a.n > 32 || b.n > 32)
		return SIZE_MAX;
	for (size_t i = 0; i <= a.n; i++)
		d[i][0] = i;
	for (size_t k = 0; k <= b.n; k++)
		d[0][k] = k;
	for (size_t i = 1; i <= a.n; i++) {
		for (size_t k = 1; k <= b.n; k++) {
			size_t same = a.p[i - 1] == b.p[k - 1];
			size_t best = d[i - 1][k - 1] + !same;

			if (d[i - 1][k] + 1 < best)
				best = d[i - 1][k] + 1;
			if (d[i][k - 1] + 1 < best)
				best = d[i][k - 1] + 1;
			if (i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] &&
			    a.p[i - 2] == b.p[k - 1] &&
			    d[i - 2][k - 2] + 1 < best)
				best = d[i - 2][k - 2] + 1;
			d[i][k] = best;
		}
	}
	return d[a.n][b.n];
}

const char *
nearest_hint(struct str name, const char *const *names, size_t n, char out[96])
{
	size_t best = 1 + name.n / 3;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		struct str one = str_of(names[i]);
		size_t d =
		    one.n == name.n && strncasecmp(one.p, name.p, one.n) == 0
			? 0
			: distance(name, one);

		if (d <= best && (found == NULL || d < best)) {
			best = d;
			found = names[i];
		}
	}
	out[0] = '\0';
	if (found != NULL)
		snprintf(out, 96, " Did you mean \"%s\"?", found);
	return out;
}

static enum err
unknown_field(const struct field *own, const struct field *head,
	      const char *inside, struct str key, struct fault *f)
{
	const char *names[2 * FIELDS_MAX];
	char path[128], hint[96];
	size_t n = 0;

	for (; own->name != NULL; own++)
		names[n++] = own->name;
	for (; head != NULL && head->name != NULL; head++)
		names[n++] = head->name;
	snprintf(path, sizeof(path), "%s%s%.*s", inside, *inside ? "." : "",
		 (int)(key.n < 64 ? key.n : 64), key.p);
	return fail(f, ERR_INVALID, path, "There is no such field here.%s",
		    nearest_hint(key, names, n, hint));
}

/* Values ------------------------------------------------------------------- */

static enum err
wrong_kind(const char *path, const char *what, struct fault *f)
{
	return fail(f, ERR_INVALID, path, "%s was expected.", what);
}

static enum err
read_text(const struct field *d, const char *path, const struct json *v,
	  struct given *out, struct fault *f)
{
	if (v->kind != JSON_STRING)
		return wrong_kind(path, "A string", f);
	if (v->text.n == 0 && d->flags & NOT_EMPTY)
		return fail(f, ERR_INVALID, path, "It is empty.");
	if (v->text.n > d->limit)
		return fail(f, ERR_LIMIT, path,
			    "%zu bytes; at most %u are taken.", v->text.n,
			    d->limit);
	out->u.text = v->text;
	return OK;
}

static enum err
read_instant(const char *path, const struct json *v, struct given *out,
	     struct fault *f)
{
	bool good = false;

	if (v->kind == JSON_STRING)
		good = instant_parse(v->text, &out->u.at);
	else if (v->kind == JSON_NUMBER)
		good = instant_parse(v->text, &out->u.at) || /* exactly */
		       instant_of_number(v->number, &out->u.at);
	if (!good)
		return wrong_kind(path,
				  "An instant like 2026-11-01T09:30:00Z, or "
				  "epoch seconds, milliseconds or "
				  "microseconds,",
				  f);
	if (out->u.at < INSTANT_LEAST || out->u.at > INSTANT_MAX)
		return fail(f, ERR_INVALID, path,
			    "The instant must lie from 1970-01-01 to "
			    "9999-12-31.");
	return OK;
}

static enum err
read_choice(const struct field *d, const char *path, const struct json *v,
	    struct given *out, struct fault *f)
{
	char list[160] = "";
	size_t n = 0;

	for (uint8_t i = 0; d->choices[i] != NULL; i++) {
		struct str one = str_of(d->choices[i]);

		if (v->kind == JSON_STRING && v->text.n == one.n &&
		    strncasecmp(v->text.p, one.p, one.n) == 0) {
			out->choice = i;
			out->u.text = one;
			return OK;
		}
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s\"%s\"",
				      i ? ", " : "", one.p);
	}
	return fail(f, ERR_INVALID, path, "One of %s was expected.", list);
}

static enum err
read_texts(struct arena *a, const struct field *d, const char *path,
	   const struct json *v, struct given *out, struct fault *f)
{
	struct str *items;
	size_t n = 0;

	if (v->kind != JSON_ARRAY)
		return wrong_kind(path, "A list of strings", f);
	if (v->count > ITEMS_MAX)
		return fail(f, ERR_LIMIT, path,
			    "%zu items; at most %u are taken.", v->count,
			    ITEMS_MAX);
	items = arena_get(a, (v->count + 1) * sizeof(*items));
	for (const struct json *m = v->first; m != NULL; m = m->next) {
		struct given one;

		TRY(read_text(d, path, m, &one, f));
		items[n++] = one.u.text;
	}
	out->u.list.items = items;
	out->u.list.n = n;
	return OK;
}

static enum err
read_scalar(const struct field *d, const char *path, const struct json *v,
	    struct given *out, struct fault *f)
{
	if (v->kind == JSON_STRING)
		return read_text(d, path, v, out, f);
	if (v->kind == JSON_ARRAY || v->kind == JSON_OBJECT)
		return wrong_kind(path, "A string, number or boolean", f);
	out->u.text = v->kind == JSON_NUMBER ? v->text
		      : v->kind == JSON_TRUE ? S("true")
					     : S("false");
	return OK;
}

static enum err
read_value(struct arena *a, const struct field *d, const char *path,
	   const struct json *v, struct given *out, struct fault *f)
{
	switch (d->type) {
	case FIELD_TEXT:
		return read_text(d, path, v, out, f);
	case FIELD_INSTANT:
		return read_instant(path, v, out, f);
	case FIELD_BOOLEAN:
		out->flag = v->kind == JSON_TRUE;
		if (v->kind != JSON_TRUE && v->kind != JSON_FALSE)
			return wrong_kind(path, "true or false", f);
		return OK;
	case FIELD_CHOICE:
		return read_choice(d, path, v, out, f);
	case FIELD_TEXTS:
		return read_texts(a, d, path, v, out, f);
	case FIELD_SCALAR:
		return read_scalar(d, path, v, out, f);
	case FIELD_OBJECT:
		if (v->kind != JSON_OBJECT)
			return wrong_kind(path, "An object", f);
		return OK;
	case FIELD_LIST:
		if (v->kind != JSON_ARRAY)
			return wrong_kind(path, "A list", f);
		return OK;
	case FIELD_PATH:
		if (v->kind == JSON_STRING)
			return read_text(d, path, v, out, f);
		if (v->kind != JSON_ARRAY)
			return wrong_kind(path, "A string or a list of strings",
					  f);
		return read_texts(a, d, path, v, out, f);
	}
	return ERR_BUG;
}

/* Members ------------------------------------------------------------------ */

/* What is wrong is inside of something. */
static enum err
fault_within(struct fault *f, const char *inside, enum err e)
{
	char path[sizeof(f->path)];

	if (f == NULL)
		return e;
	snprintf(path, sizeof(path), "%s.%.100s", inside, f->path);
	memcpy(f->path, path, sizeof(path));
	return e;
}

static const struct field *
field_find(const struct field *table, struct str name)
{
	for (; table != NULL && table->name != NULL && name.n > 0; table++)
		if (table->name[0] == name.p[0] &&
		    strlen(table->name) == name.n &&
		    memcmp(table->name, name.p, name.n) == 0)
			return table;
	return NULL;
}

static size_t
fields_count(const struct field *table)
{
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	return n;
}

static enum err
needed_check(const struct field *fields, const char *inside,
	     const struct given *v, struct fault *f)
{
	for (size_t i = 0; fields[i].name != NULL; i++) {
		char path[128];

		if (!(fields[i].flags & NEEDED) || v[i].has)
			continue;
		snprintf(path, sizeof(path), "%s%s%s", inside,
			 *inside ? "." : "", fields[i].name);
		return fail(f, ERR_INVALID, path, "It is missing.");
	}
	return OK;
}

/* Read the members that are in `own` to v, those in `head` to h. */
static enum err
members_read(struct arena *a, const struct json *object,
	     const struct field *own, struct given *v, const struct field *head,
	     struct given *h, const char *inside, struct fault *f)
{
	for (const struct json *m = object->first; m != NULL; m = m->next) {
		const struct field *d = field_find(own, m->key);
		struct given *to;
		enum err e;

		if (d != NULL) {
			to = &v[d - own];
		} else {
			d = field_find(head, m->key);
			if (d == NULL)
				return unknown_field(own, head, inside, m->key,
						     f);
			to = &h[d - head];
		}
		to->json = m;
		to->null = m->kind == JSON_NULL;
		to->has = !to->null;
		if (to->null)
			continue;
		e = read_value(a, d, d->name, m, to, f);
		if (e != OK)
			return *inside ? fault_within(f, inside, e) : e;
	}
	return needed_check(own, inside, v, f);
}

enum err
object_read(struct arena *a, const struct field *fields, const char *inside,
	    const struct json *object, struct given *out, struct fault *f)
{
	return members_read(a, object, fields, out, NULL, NULL, inside, f);
}

static enum err
code_read(const struct json *object, enum event_code *out, struct fault *f)
{
	const struct json *type = json_member(object, S("type"));
	char hint[96];

	if (type == NULL)
		return fail(f, ERR_INVALID, "type", "It is missing.");
	if (type->kind != JSON_STRING)
		return wrong_kind("type", "A string", f);
	for (int i = 0; i < EVENT_COUNT; i++)
		if (str_eq(type->text, str_of(event_names[i]))) {
			*out = (enum event_code)i;
			return OK;
		}
	return fail(f, ERR_INVALID, "type", "There is no such type.%s",
		    nearest_hint(type->text, event_names, EVENT_COUNT, hint));
}

/* Where in the text, without the line if that is the only one. */
static enum err
text_parse(struct arena *a, struct str text, struct json **out,
	   struct fault *f)
{
	static const char one[] = "line 1 ";
	enum err e = json_parse(a, text, out, f);

	if (e != OK && f != NULL && strncmp(f->path, one, sizeof(one) - 1) == 0)
		memmove(f->path, f->path + sizeof(one) - 1,
			strlen(f->path) - sizeof(one) + 2);
	return e;
}

enum err
event_read(struct arena *a, struct str text, int64_t now, struct event **out,
	   struct fault *f)
{
	struct given head[HEAD_COUNT] = {0};
	enum event_code code = EVENT_USER;
	const struct field *fields;
	struct json *object;
	struct given *v;
	struct event *e;

	if (text.n > EVENT_BYTES_MAX)
		return fail(f, ERR_LIMIT, "", "An event has at most %u bytes.",
			    EVENT_BYTES_MAX);
	TRY(text_parse(a, text, &object, f));
	if (object->kind != JSON_OBJECT)
		return fail(f, ERR_INVALID, "", "An event is a JSON object.");
	TRY(code_read(object, &code, f));
	fields = event_fields_of[code];
	v = arena_get(a, fields_count(fields) * sizeof(*v));
	TRY(members_read(a, object, fields, v, head_fields, head, "", f));
	e = arena_get(a, sizeof(*e));
	*e = (struct event){.code = code,
			    .dated = head[HEAD_AT].has,
			    .at = now,
			    .json = object,
			    .v = v};
	if (e->dated)
		e->at = head[HEAD_AT].u.at;
	if (head[HEAD_ID].has)
		e->id = head[HEAD_ID].u.text;
	*out = e;
	return OK;
}
