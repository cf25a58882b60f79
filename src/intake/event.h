/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside intake: an event as it was read.  A type is a row of tbl/events.h and
 * a table of fields; reading checks every member against it, so that what
 * comes after sees typed values only and an event either is whole or was
 * refused with the name of its field.
 *
 * Members of an event that intake itself keeps:
 *
 *   space  key                          value
 *   SEEN   first 16 bytes of SHA-256    u8 1 | instant it was taken
 *          of the event's id
 *   RUN    'r' | runId                  u8 1 | lstr userId | lstr flow |
 *          'n' | userId | 0 | flow      lstr cause | instant started |
 *          (runs without a runId)       instant completed | instant cancelled
 *
 * with instants as in chats: be64, sign bit turned, 0 for none.
 */
#ifndef INTAKE_EVENT_H
#define INTAKE_EVENT_H

#include <rapport/intake.h>

enum event_code {
#define EVENT(CODE, name, fields, handler, about) EVENT_##CODE,
#include <tbl/events.h>
#undef EVENT
	EVENT_COUNT
};

enum field_type {
	FIELD_TEXT,
	FIELD_INSTANT,
	FIELD_BOOLEAN,
	FIELD_CHOICE,
	FIELD_TEXTS,  /* list of texts, at most 256 */
	FIELD_SCALAR, /* text, number or boolean */
	FIELD_OBJECT,
	FIELD_LIST,    /* of anything */
	FIELD_PATH     /* text, or a list of texts */
};

enum { NEEDED = 1, NOT_EMPTY = 2 };

struct field {
	const char *name; /* NULL ends the table */
	enum field_type type;
	unsigned flags;
	uint32_t limit; /* bytes of a text or of each item */
	const char *const *choices;
};

/* The value of one field; which member is set depends on its type. */
struct given {
	bool has;  /* given, and not null */
	bool null; /* given as null */
	bool flag;
	uint8_t choice;
	const struct json *json;
	union {
		struct str text;
		int64_t at;
		struct {
			const struct str *items;
			size_t n;
		} list;
	} u;
};

struct event {
	enum event_code code;
	bool dated;    /* it has an `at`; else `at` is the arrival */
	int64_t at;
	struct str id; /* makes a second taking a duplicate; n 0: none */
	const struct json *json;
	const struct given *v; /* by the type's enum below */
};

/* Positions in the field tables. */
enum { USER_USER, USER_IDENTITY, USER_ATTRIBUTES, USER_SEGMENTS, USER_BANNED,
       USER_LAST_SEEN, USER_CONSENT, USER_VALID };
enum { CHAT_CHAT, CHAT_USER, CHAT_OPENED_AT, CHAT_CLOSED_AT, CHAT_SNOOZED_AT,
       CHAT_STATE, CHAT_SOURCE, CHAT_NAME, CHAT_DESCRIPTION, CHAT_MEDIUM,
       CHAT_MARKETING_ID, CHAT_MARKETING_TYPE, CHAT_BOT, CHAT_ASSIGNEE,
       CHAT_MANAGERS, CHAT_TAGS, CHAT_ATTRIBUTES };
enum { MESSAGE_CHAT, MESSAGE_MESSAGE, MESSAGE_PERSON_TYPE, MESSAGE_PERSON,
       MESSAGE_TEXT, MESSAGE_IS_TEMPLATE, MESSAGE_IS_NOTE };
enum { DELIVERY_MESSAGE, DELIVERY_STATUS, DELIVERY_ERROR };
enum { ERROR_CODE, ERROR_TITLE };
enum { IDENTITY_CHANNEL, IDENTITY_KIND, IDENTITY_VALUE };
enum { FLOW_USER, FLOW_FLOW, FLOW_RUN, FLOW_EVENT, FLOW_CAUSE };
enum { FLOW_STARTED, FLOW_COMPLETED, FLOW_CANCELLED };
enum { CONSENT_USER, CONSENT_STATE, CONSENT_CHANNEL };
enum { VALIDITY_USER, VALIDITY_VALID, VALIDITY_REASON };
enum { EVENT_USER_ID, EVENT_NAME, EVENT_PROPERTIES };
enum { MERGE_FROM, MERGE_INTO };
enum { REFERENCE_ID }; /* the same place in all five */

/* Words of events, in any case, up to NULL; whom those of persons mean. */
extern const char *const state_words[], *const person_words[],
    *const marketing_words[];
extern const enum person person_of_word[];
extern const char *const event_names[EVENT_COUNT];
extern const struct field *const event_fields_of[EVENT_COUNT];
extern const struct field identity_fields[], error_fields[];

/* One JSON text to an event in the arena. `now`: instant of arrival. */
enum err event_read(struct arena *a, struct str text, int64_t now,
		    struct event **out, struct fault *f) MUST_USE;
/* row.c: the same of a row of users, as exports write it. */
enum err row_read(struct arena *a, struct str text, int64_t now,
		  struct event **out, struct fault *f) MUST_USE;
/* A member of such a row that says a value of an attribute. */
bool row_says_attribute(const struct json *member);
/* The members of an object inside an event, against its own table; `inside`
 * is put in front of the path. */
enum err object_read(struct arena *a, const struct field *fields,
		     const char *inside, const struct json *object,
		     struct given *out, struct fault *f) MUST_USE;
/* "did you mean ..." for a name that is none of these; "" if nothing is near.
 * Ends in a full stop and begins with a blank. */
const char *nearest_hint(struct str name, const char *const *names, size_t n,
			 char out[96]);

#endif
