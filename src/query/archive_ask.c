/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * An archive search as people ask for it, in texts, made into what the search
 * takes, into a sentence for people and into JSON for a record.  The panel,
 * the command line and exports ask alike, so it is read in one place.
 */
#include "archive.h"

static enum err
texts_read(struct query *q, struct str list, const char *name,
	   struct texts *out, struct fault *f)
{
	struct str *at = arena_get(q->arena, ARCHIVE_LIST_MAX * sizeof(*at));
	struct str rest = list, one;

	*out = (struct texts){at, 0};
	while (rest.n > 0 && str_split(&rest, ',', &one)) {
		if (out->n == ARCHIVE_LIST_MAX)
			return fail(f, ERR_LIMIT, name, "at most %u of them",
				    ARCHIVE_LIST_MAX);
		if (one.n > 0)
			at[out->n++] = one;
	}
	if (list.p != NULL && out->n == 0)
		return fail(f, ERR_INVALID, name, "expected at least one");
	return OK;
}

static const char *const states[] = {
    [CHAT_OPENED] = "opened",
    [CHAT_SNOOZED] = "snoozed",
    [CHAT_CLOSED] = "closed",
};

bool
chat_state_find(struct str name, enum chat_state *out)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (str_eq(name, str_of(states[i]))) {
			*out = (enum chat_state)i;
			return true;
		}
	return false;
}

static enum err
states_read(struct query *q, struct str list, unsigned *out, struct fault *f)
{
	enum chat_state state;
	struct texts names;

	TRY(texts_read(q, list, "state", &names, f));
	for (size_t i = 0; i < names.n; i++) {
		if (!chat_state_find(names.at[i], &state))
			return fail(f, ERR_INVALID, "state",
				    "expected opened, snoozed or closed, not "
				    "\"%.*s\"",
				    STR_ARG(text_prefix(names.at[i], 40)));
		*out |= 1u << state;
	}
	return OK;
}

static enum err
match_read(struct str text, enum tags_match *out, struct fault *f)
{
	if (text.n == 0 || str_eq(text, S("any")))
		*out = TAGS_ANY;
	else if (str_eq(text, S("all")))
		*out = TAGS_ALL;
	else if (str_eq(text, S("none")))
		*out = TAGS_NONE;
	else
		return fail(f, ERR_INVALID, "tagsMatch",
			    "expected any, all or none");
	return OK;
}

/* A day of the zone, or an instant. */
static enum err
bound_read(const struct query *q, struct str text, const char *name,
	   int64_t *out, struct fault *f)
{
	int32_t date;

	*out = INSTANT_NONE;
	if (text.p == NULL)
		return OK;
	if (date_parse(text, &date))
		*out = zone_day_start(q->zone, date);
	else if (!instant_parse(text, out))
		return fail(f, ERR_INVALID, name,
			    "expected a day (2026-11-20) or an instant "
			    "(2026-11-20T09:00:00Z)");
	return OK;
}

enum err
archive_read(struct query *q, const struct archive_ask *a,
	     struct archive_in *out, struct fault *f)
{
	struct filter *filter;

	*out = (struct archive_in){
	    .words = a->words, .chat_id = a->chat_id, .assigned = a->assigned};
	if (a->f.n > 0) {
		TRY(filter_parse(q, a->f, &filter, f));
		out->users = filter;
	}
	if (a->sources.p != NULL && catalog_by_id(q->catalog, A_SOURCE) == NULL)
		return fail(f, ERR_INVALID, "source",
			    "there is nothing so named");
	TRY(texts_read(q, a->tags, "tags", &out->tags, f));
	TRY(texts_read(q, a->assignees, "assignee", &out->assignees, f));
	TRY(texts_read(q, a->sources, "source", &out->sources, f));
	TRY(states_read(q, a->states, &out->states, f));
	TRY(match_read(a->match, &out->match, f));
	TRY(bound_read(q, a->from, "from", &out->from, f));
	return bound_read(q, a->to, "to", &out->to, f);
}

/* Sentence ------------------------------------------------------------------
 */

static void
part_say(struct buf *out, bool *any)
{
	buf_put(out, *any ? S("; ") : S("Chats: "));
	*any = true;
}

static void
list_say(struct buf *out, bool *any, const char *what, const struct texts *t,
	 const char *last)
{
	if (t->n == 0)
		return;
	part_say(out, any);
	buf_put(out, str_of(what));
	for (size_t i = 0; i < t->n; i++) {
		buf_put(out, str_of(i == 0 ? " " : i + 1 < t->n ? ", " : last));
		buf_put(out, t->at[i]);
	}
}

static void
states_say(struct buf *out, bool *any, unsigned set)
{
	struct str names[COUNT(states)];
	struct texts t = {names, 0};

	for (size_t i = 0; i < COUNT(states); i++)
		if (set >> i & 1)
			names[t.n++] = str_of(states[i]);
	list_say(out, any, "state is", &t, " or ");
}

static void
period_say(const struct query *q, const struct archive_ask *a, struct buf *out,
	   bool *any)
{
	if (a->from.n == 0 && a->to.n == 0)
		return;
	part_say(out, any);
	buf_put(out, S("opened"));
	if (a->from.n > 0)
		buf_printf(out, " from %.*s", STR_ARG(a->from));
	if (a->to.n > 0)
		buf_printf(out, " before %.*s", STR_ARG(a->to));
	buf_printf(out, " (%s)", zone_name(q->zone));
}

void
archive_sentence(const struct query *q, const struct archive_ask *a,
		 const struct archive_in *in, struct buf *out)
{
	static const char *const tags[] = {[TAGS_ANY] = "with any of the tags",
					   [TAGS_ALL] = "with all of the tags",
					   [TAGS_NONE] =
					       "with none of the tags"};
	bool any = false;

	if (str_trim(in->words).n > 0) {
		part_say(out, &any);
		buf_printf(out, "with the words %.*s",
			   STR_ARG(str_trim(in->words)));
	}
	list_say(out, &any, tags[in->match], &in->tags,
		 in->match == TAGS_ALL ? " and " : " or ");
	states_say(out, &any, in->states);
	list_say(out, &any, "assigned to", &in->assignees, " or ");
	if (in->assigned != NULL) {
		part_say(out, &any);
		buf_put(out, *in->assigned ? S("assigned to somebody")
					   : S("assigned to nobody"));
	}
	list_say(out, &any, "integration is", &in->sources, " or ");
	if (in->chat_id.n > 0) {
		part_say(out, &any);
		buf_printf(out, "chatId is %.*s", STR_ARG(in->chat_id));
	}
	period_say(q, a, out, &any);
	if (in->users != NULL) {
		part_say(out, &any);
		buf_put(out, S("people: "));
		filter_sentence(in->users, out);
	}
	if (!any)
		buf_put(out, S("All chats"));
}

/* Record --------------------------------------------------------------------
 */

static void
list_json(struct json_out *j, const char *key, struct str list)
{
	struct str one;

	if (list.n == 0)
		return;
	json_key(j, str_of(key));
	json_array(j);
	while (str_split(&list, ',', &one))
		if (one.n > 0)
			json_text(j, one);
	json_array_end(j);
}

static void
text_json(struct json_out *j, const char *key, struct str text)
{
	if (text.n > 0)
		json_kt(j, key, text);
}

void
archive_ask_json(const struct archive_ask *a, struct json_out *j)
{
	text_json(j, "q", a->words);
	list_json(j, "tags", a->tags);
	text_json(j, "tagsMatch", a->match);
	list_json(j, "state", a->states);
	list_json(j, "assignee", a->assignees);
	if (a->assigned != NULL)
		json_kb(j, "assigned", *a->assigned);
	list_json(j, "source", a->sources);
	text_json(j, "chatId", a->chat_id);
	text_json(j, "from", a->from);
	text_json(j, "to", a->to);
	if (a->f.n == 0)
		return;
	json_key(j, S("f"));
	json_raw(j, a->f);
}
