/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Events of chats: from typed fields to what the chats room takes.
 */
#include "parcel.h"

/* A text that null clears: absent has p NULL, cleared has n 0. */
static struct str
clearing(const struct given *v)
{
	if (v->null)
		return S("");
	if (!v->has)
		return STR_NONE;
	return v->u.text;
}

static int64_t
instant_or_none(const struct given *v)
{
	return v->has ? v->u.at : INSTANT_NONE;
}

enum err
take_chat(struct taker *t, const struct event *e, struct fault *f)
{
	static const uint8_t of_field[] = {
	    [FIELD_SOURCE] = CHAT_SOURCE,
	    [FIELD_NAME] = CHAT_NAME,
	    [FIELD_DESCRIPTION] = CHAT_DESCRIPTION,
	    [FIELD_MEDIUM] = CHAT_MEDIUM,
	    [FIELD_MARKETING_ID] = CHAT_MARKETING_ID,
	    [FIELD_MARKETING_TYPE] = CHAT_MARKETING_TYPE,
	    [FIELD_BOT_ID] = CHAT_BOT,
	    [FIELD_ASSIGNEE] = CHAT_ASSIGNEE,
	};
	const struct given *v = e->v;
	struct chat_event c = {
	    .chat_id = v[CHAT_CHAT].u.text,
	    .opened = instant_or_none(&v[CHAT_OPENED_AT]),
	    .closed = instant_or_none(&v[CHAT_CLOSED_AT]),
	    .snoozed = instant_or_none(&v[CHAT_SNOOZED_AT]),
	    .has_state = v[CHAT_STATE].has,
	    .state = (enum chat_state)v[CHAT_STATE].choice,
	    .has_manager_ids = v[CHAT_MANAGERS].has || v[CHAT_MANAGERS].null,
	    .has_tags = v[CHAT_TAGS].has || v[CHAT_TAGS].null,
	    .manager_ids = v[CHAT_MANAGERS].u.list.items,
	    .n_manager_ids = v[CHAT_MANAGERS].u.list.n,
	    .tags = v[CHAT_TAGS].u.list.items,
	    .n_tags = v[CHAT_TAGS].u.list.n,
	    .source = t->source,
	};
	bool given = v[CHAT_OPENED_AT].has || v[CHAT_CLOSED_AT].has ||
		     v[CHAT_SNOOZED_AT].has;

	c.at = e->dated || !given ? e->at : INSTANT_NONE;
	if (v[CHAT_USER].has)
		c.user_id = v[CHAT_USER].u.text;
	if (v[CHAT_ATTRIBUTES].has)
		c.attributes = v[CHAT_ATTRIBUTES].json;
	for (size_t i = 0; i < COUNT(of_field); i++)
		c.fields[i] = clearing(&v[of_field[i]]);
	return chat_apply(t->chats, &c, f);
}

enum err
take_message(struct taker *t, const struct event *e, struct fault *f)
{
	const struct given *v = e->v;
	struct message_event m = {
	    .chat_id = v[MESSAGE_CHAT].u.text,
	    .person = person_of_word[v[MESSAGE_PERSON_TYPE].choice],
	    .at = e->at,
	    .template = v[MESSAGE_IS_TEMPLATE].flag,
	    .note = v[MESSAGE_IS_NOTE].flag,
	    .source = t->source,
	};

	if (v[MESSAGE_MESSAGE].has)
		m.message_id = v[MESSAGE_MESSAGE].u.text;
	if (v[MESSAGE_PERSON].has)
		m.person_id = v[MESSAGE_PERSON].u.text;
	if (v[MESSAGE_TEXT].has)
		m.text = v[MESSAGE_TEXT].u.text;
	return message_apply(t->chats, &m, &t->duplicate, f);
}

enum err
take_delivery(struct taker *t, const struct event *e, struct fault *f)
{
	const struct given *v = e->v;
	struct given error[ERROR_TITLE + 1] = {0};
	struct delivery_event d = {
	    .message_id = v[DELIVERY_MESSAGE].u.text,
	    .status = (enum delivery)v[DELIVERY_STATUS].choice,
	    .at = e->at,
	};

	if (v[DELIVERY_ERROR].has)
		TRY(object_read(t->arena, error_fields, "error",
				v[DELIVERY_ERROR].json, error, f));
	if (error[ERROR_CODE].has)
		d.code = error[ERROR_CODE].u.text;
	if (error[ERROR_TITLE].has)
		d.title = error[ERROR_TITLE].u.text;
	return delivery_apply(t->chats, &d, f);
}

enum err
take_reference(struct taker *t, const struct event *e, struct fault *f)
{
	return reference_apply(t->chats, str_of(event_names[e->code]),
			       e->v[REFERENCE_ID].u.text, e->at, e->json, f);
}
