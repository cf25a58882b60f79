/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A row of users as our own exports write it in JSON, read as the `user` event
 * that says the same.  What a row says is as of its createdAt, since nothing
 * tells when it was said: whatever is known with a later instant stays.  What
 * chats and flows tell (counts, inFlow, session data) comes with those.
 */
#include "event.h"

#define SESSION_HEAD "session."

/* Where a member of the row goes in the event. */
static const struct {
	const char *name, *to; /* to NULL: nowhere */
} places[] = {
    {"userId", "userId"},  {"createdAt", "at"},     {"lastSeen", "lastSeen"},
    {"banned", "banned"},  {"segment", "segments"}, {"consent", "consent"},
    {"valid", "valid"},    {"chats", NULL},         {"messagesIn", NULL},
    {"messagesOut", NULL}, {"inFlow", NULL},
};

/* COUNT(places): it is an attribute. */
static size_t
place_of(struct str key)
{
	size_t i = 0;

	while (i < COUNT(places) && !str_eq(key, str_of(places[i].name)))
		i++;
	return i;
}

static bool
says_nothing(const struct json *m)
{
	return m->kind == JSON_NULL || str_starts(m->key, S(SESSION_HEAD)) ||
	       (str_eq(m->key, S("consent")) && m->kind == JSON_STRING &&
		str_eq(m->text, S("none")));
}

bool
row_says_attribute(const struct json *m)
{
	return place_of(m->key) == COUNT(places) && !says_nothing(m);
}

static void
put_as(struct json_out *j, const char *key, const struct json *v)
{
	json_key(j, str_of(key));
	json_value(j, v);
}

static void
put_event(struct json_out *j, const struct json *row)
{
	const struct json *last = json_member(row, S("lastSeen"));
	const struct json *first = json_member(row, S("createdAt"));

	json_object(j);
	json_kt(j, "type", S("user"));
	for (const struct json *m = row->first; m != NULL; m = m->next) {
		size_t i = place_of(m->key);

		if (i < COUNT(places) && places[i].to != NULL &&
		    !says_nothing(m))
			put_as(j, places[i].to, m);
	}
	if ((first == NULL || first->kind == JSON_NULL) && last != NULL &&
	    last->kind != JSON_NULL)
		put_as(j, "at", last);
	json_key(j, S("attributes"));
	json_object(j);
	for (const struct json *m = row->first; m != NULL; m = m->next)
		if (row_says_attribute(m)) {
			json_key(j, m->key);
			json_value(j, m);
		}
	json_object_end(j);
	json_object_end(j);
}

enum err
row_read(struct arena *a, struct str text, int64_t now, struct event **out,
	 struct fault *f)
{
	struct json_out j;
	struct json *row;
	struct str event;
	struct buf b;

	TRY(json_parse(a, text, &row, f));
	if (row->kind != JSON_OBJECT)
		return fail(f, ERR_INPUT, "",
			    "A row is a JSON object: column, value.");
	buf_init(&b);
	json_out_init(&j, &b);
	put_event(&j, row);
	event = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return event_read(a, event, now, out, f);
}
