/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Reading what is to be taken out.  Users and chats are asked for with one set
 * of fields; those that mean nothing for one of them are refused there, since a
 * choice that is overlooked would take out more than was meant.
 */
#include "export_ask.h"

#include "routes.h"

#define USERS (1u << EXPORT_USERS)
#define CHATS (1u << EXPORT_CHATS)

/* clang-format off */
#define SHARED_FIELDS \
    [IN_WHAT] = {"what", FIELD_CHOICE, FIELD_REQUIRED, 0, 0, "users|chats", \
		 "What is taken out"}, \
    [IN_F] = {"f", FIELD_FILTER, 0, 0, 0, NULL, \
	      "Filter of people: them, or chats of theirs; everybody if absent"}, \
    [IN_IDS] = {"ids", FIELD_ARRAY, 0, 1, EXPORT_IDS_MAX, NULL, \
		"A selection: ids of users, or of chats, that match the rest"}, \
    [IN_SEGMENT] = {"segment", FIELD_TEXT, 0, 1, SEGMENT_NAME_MAX, NULL, \
		    "Only people in this segment"}, \
    [IN_COLUMNS] = {"columns", FIELD_LIST, 0, 0, 0, NULL, \
		    "Users: attributes in their order; all if absent"}, \
    [IN_SORT] = {"sort", FIELD_TEXT, 0, 1, ATTR_NAME_MAX + 1, NULL, \
		 "Users: as of a list"}, \
    [IN_Q] = {"q", FIELD_TEXT, 0, 0, SEARCH_BYTES_MAX, NULL, \
	      "Chats: words, prefix*, \"phrase\", as GET /chats has them"}, \
    [IN_TAGS] = {"tags", FIELD_LIST, 0, 0, 0, NULL, "Chats: tags, by tagsMatch"}, \
    [IN_TAGS_MATCH] = {"tagsMatch", FIELD_CHOICE, 0, 0, 0, "any|all|none", \
		       "How many of the tags; any if absent"}, \
    [IN_STATE] = {"state", FIELD_LIST, 0, 0, 0, NULL, \
		  "Chats: any of opened, snoozed, closed"}, \
    [IN_ASSIGNEE] = {"assignee", FIELD_LIST, 0, 0, 0, NULL, \
		     "Chats: any of these assigneeIds"}, \
    [IN_ASSIGNED] = {"assigned", FIELD_FLAG, 0, 0, 0, NULL, \
		     "Chats: whether assigned to anybody"}, \
    [IN_SOURCE] = {"source", FIELD_LIST, 0, 0, 0, NULL, \
		   "Chats: any of these integrations"}, \
    [IN_CHAT_ID] = {"chatId", FIELD_TEXT, 0, 1, CHAT_ID_MAX, NULL, \
		    "Chats: the one with this chatId"}, \
    [IN_FROM] = {"from", FIELD_TEXT, 0, 1, 64, NULL, \
		 "Chats: opened, or opened again, then or later: a day in tz " \
		 "or an instant"}, \
    [IN_TO] = {"to", FIELD_TEXT, 0, 1, 64, NULL, "Chats: and before this"}, \
    [IN_SHEETS] = {"sheets", FIELD_LIST, 0, 0, 0, NULL, \
		   "Chats: worksheets, \"UserChat data\" …; all if absent"}, \
    [IN_MESSAGES] = {"messages", FIELD_FLAG, 0, 0, 0, NULL, \
		     "Chats: false leaves Message data out"}, \
    [IN_FORMAT] = {"format", FIELD_CHOICE, 0, 0, 0, EXPORT_FORMAT_CHOICES, \
		   "csv if absent; of chats a ZIP of them; no ndjson of chats"}, \
    [IN_TZ] = {"tz", FIELD_ZONE, 0, 0, 0, NULL, \
	       "Of days and relative dates, and of dates in xlsx"}

const struct field export_person_in[] = {
    [PERSON_PASSWORD] = {"password", FIELD_SECRET, FIELD_REQUIRED, 0,
			 LOCK_PASSWORD_MAX, NULL,
			 "Locks the file; nobody can recover it"},
    [PERSON_PURPOSE] = {"purpose", FIELD_TEXT, FIELD_REQUIRED, 1, PURPOSE_MAX,
			NULL, "What the data is for, 10 to 500 characters"},
    [PERSON_NOTES] = {"notes", FIELD_FLAG, 0, 0, 0, NULL,
		      "Whether internal notes of managers are in it; true if "
		      "absent"},
    {NULL},
};
const struct field export_preview_in[] = {
    SHARED_FIELDS,
    {NULL},
};
const struct field export_begin_in[] = {
    SHARED_FIELDS,
    [IN_BOM] = {"bom", FIELD_FLAG, 0, 0, 0, NULL,
		"Begin a CSV with a byte order mark"},
    [IN_PASSWORD] = {"password", FIELD_SECRET, 0, 0, LOCK_PASSWORD_MAX, NULL,
		     "Locks the file; nobody can recover it"},
    [IN_PURPOSE] = {"purpose", FIELD_TEXT, FIELD_REQUIRED, 1, PURPOSE_MAX, NULL,
		    "What the data is for, 10 to 500 characters"},
    [IN_NOTES] = {"notes", FIELD_FLAG, 0, 0, 0, NULL,
		  "Chats as json: internal notes of managers in \"Import "
		  "data\"; false if absent"},
    {NULL},
};
/* clang-format on */

/* What a field is for; those not named are for everything. */
static const unsigned fits[IN_SHARED] = {
    [IN_COLUMNS] = USERS,  [IN_SORT] = USERS,       [IN_Q] = CHATS,
    [IN_TAGS] = CHATS,     [IN_TAGS_MATCH] = CHATS, [IN_STATE] = CHATS,
    [IN_ASSIGNEE] = CHATS, [IN_ASSIGNED] = CHATS,   [IN_SOURCE] = CHATS,
    [IN_CHAT_ID] = CHATS,  [IN_FROM] = CHATS,       [IN_TO] = CHATS,
    [IN_SHEETS] = CHATS,   [IN_MESSAGES] = CHATS,
};

static enum err
fields_fit(struct req *q, enum export_what what)
{
	for (size_t i = 0; i < COUNT(fits); i++)
		if (q->body[i].given && fits[i] != 0 && !(fits[i] & 1u << what))
			return fail(
			    q->fault, ERR_INVALID, export_preview_in[i].name,
			    "this is not for %s", export_what_names[what]);
	return OK;
}

static enum err
needs(struct req *q, uint32_t may, const char *path, const char *name)
{
	return who_may(&q->who, may) ? OK
				     : fail(q->fault, ERR_DENIED, path,
					    "needs the permission %s", name);
}

/* The filter, and the segment as one more leaf of it. */
static struct str
filter_with_segment(struct req *q, struct str f, struct str segment)
{
	struct json_out j;
	struct buf b;
	struct str whole;

	if (segment.n == 0)
		return f;
	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_key(&j, S("all"));
	json_array(&j);
	if (f.n > 0)
		json_raw(&j, f);
	json_array(&j);
	json_text(&j, S("segment"));
	json_text(&j, S("hasAny"));
	json_text(&j, segment);
	json_array_end(&j);
	json_array_end(&j);
	json_object_end(&j);
	whole = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	return whole;
}

enum err
take_ids(struct req *q, const struct json *v, const uint32_t **ids, size_t *n)
{
	uint32_t *out = arena_get(q->arena, v->count * sizeof(*out));
	uint64_t id;

	*n = 0;
	for (v = v->first; v != NULL; v = v->next) {
		if (v->kind != JSON_NUMBER || !str_to_u64(v->text, &id) ||
		    id > UINT32_MAX)
			return fail(
			    q->fault, ERR_INVALID, "ids",
			    "expected ids as lists have them: whole numbers");
		out[(*n)++] = (uint32_t)id;
	}
	*ids = out;
	return OK;
}

/* Chats ---------------------------------------------------------------------
 */

static enum err
sheets_take(struct req *q, struct export_request *out)
{
	const struct input *in = q->body;
	unsigned users = 1u << SHEET_USERS;

	out->sheets = EXPORT_SHEETS_ALL;
	if (in[IN_SHEETS].given) {
		TRY(export_sheets_read(in[IN_SHEETS].text, &out->sheets,
				       q->fault));
		if (out->sheets & users)
			TRY(needs(q, MAY_USERS_READ, "sheets", "users.read"));
	} else if (!who_may(&q->who, MAY_USERS_READ)) {
		out->sheets &= ~users;
	}
	if (in[IN_MESSAGES].given && !in[IN_MESSAGES].flag)
		out->sheets &= ~(1u << SHEET_MESSAGES);
	if (out->sheets == 0)
		return fail(q->fault, ERR_INVALID, "sheets",
			    "nothing is left of them without messages");
	return OK;
}

static enum err
chats_take(struct req *q, struct export_request *out)
{
	const struct input *in = q->body;

	TRY(needs(q, MAY_CHATS_READ, "what", "chats.read"));
	TRY(filter_of_users_may(q, &in[IN_F]));
	if (in[IN_SEGMENT].given)
		TRY(needs(q, MAY_USERS_READ, "segment", "users.read"));
	out->ask = (struct archive_ask){
	    .words = in[IN_Q].text,
	    .f = out->filter,
	    .tags = in[IN_TAGS].text,
	    .match = in[IN_TAGS_MATCH].text,
	    .states = in[IN_STATE].text,
	    .assignees = in[IN_ASSIGNEE].text,
	    .sources = in[IN_SOURCE].text,
	    .chat_id = in[IN_CHAT_ID].text,
	    .from = in[IN_FROM].text,
	    .to = in[IN_TO].text,
	    .assigned = in[IN_ASSIGNED].given ? &in[IN_ASSIGNED].flag : NULL,
	};
	return sheets_take(q, out);
}

/* --------------------------------------------------------------------------
 */

enum err
export_ask(struct req *q, struct export_request *out)
{
	const struct input *in = q->body;
	bool chats = str_eq(in[IN_WHAT].text, S("chats"));

	*out = (struct export_request){
	    .what = chats ? EXPORT_CHATS : EXPORT_USERS,
	    .filter =
		filter_with_segment(q, in[IN_F].text, in[IN_SEGMENT].text),
	    .columns = in[IN_COLUMNS].text,
	    .sort = in[IN_SORT].text,
	    .tz = in[IN_TZ].text,
	    .by = str_of(q->who.name),
	    .at = q->now,
	    .limits = q->limits,
	    .no_speech = !who_may(&q->who, MAY_CHATS_READ),
	    .no_numbers = !who_may(&q->who, MAY_ANALYTICS_READ),
	};
	TRY(fields_fit(q, out->what));
	export_format_find(in[IN_FORMAT].text, &out->format);
	if (in[IN_IDS].given)
		TRY(take_ids(q, in[IN_IDS].json, &out->ids, &out->n_ids));
	return chats ? chats_take(q, out)
		     : needs(q, MAY_USERS_READ, "what", "users.read");
}

void
export_ask_person(struct req *q, uint32_t *user, struct export_request *out)
{
	const struct input *in = q->body;

	*out = (struct export_request){
	    .what = EXPORT_PERSON,
	    .ids = user,
	    .n_ids = 1,
	    .no_notes = in[PERSON_NOTES].given && !in[PERSON_NOTES].flag,
	    .purpose = in[PERSON_PURPOSE].text,
	    .password = in[PERSON_PASSWORD].text,
	    .by = str_of(q->who.name),
	    .at = q->now,
	    .limits = q->limits,
	};
}
