/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a route takes, as data: the rows that name a query's parameters and a
 * body's members, and the typed values that the router makes of them.
 */
#ifndef WEB_INPUT_H
#define WEB_INPUT_H

#include <rapport/base.h>

enum field_type {
	FIELD_TEXT,    /* least..most bytes */
	FIELD_SECRET,  /* the same, never repeated in an answer or log */
	FIELD_NUMBER,  /* a whole number, least..most */
	FIELD_FLAG,    /* true or false */
	FIELD_CHOICE,  /* one of `choices`, parted by "|" */
	FIELD_FILTER,  /* a filter tree; as text in a query */
	FIELD_LIST,    /* texts: an array, or "a,b,c" */
	FIELD_ARRAY,   /* any JSON array of least..most elements */
	FIELD_OBJECT,  /* any JSON object of least..most members; in a body */
	FIELD_VALUE,   /* any JSON value; in a body */
	FIELD_USERS,   /* an array of users, or {"f": filter}; in bodies */
	FIELD_INSTANT, /* RFC 3339 */
	FIELD_ZONE     /* IANA name */
};
enum field_flag { FIELD_REQUIRED = 1, FIELD_NULLABLE = 2 };

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	int64_t least, most;
	const char *choices;
	const char *about;
};

struct input {
	bool given, null;
	struct str text; /* LIST: joined by ","; FILTER: JSON text */
	int64_t number;  /* NUMBER, INSTANT */
	bool flag;
	const struct json *json; /* in a JSON body */
	const struct zone *zone;
};

#endif
