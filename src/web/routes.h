/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The route tables of the api_*.c files and how many rows each has; routes.c
 * puts them together.  Words that several of them write alike are here too.
 */
#ifndef WEB_ROUTES_H
#define WEB_ROUTES_H

#include "request.h"

#include <rapport/query.h>

#define API "/api/v1"

enum {
	ATTRIBUTE_ROUTES = 4,
	AUDIT_ROUTES = 2,
	BOOKMARK_ROUTES = 5,
	BULK_ROUTES = 4,
	CHAT_ROUTES = 5,
	EVENT_ROUTES = 1,
	EXPORT_ROUTES = 6,
	HEALTH_ROUTES = 3,
	HELLO_ROUTES = 1,
	HOURS_ROUTES = 3,
	LINK_ROUTES = 4,
	IMPORT_ROUTES = 1,
	MANAGER_ROUTES = 7,
	OPENAPI_ROUTES = 1,
	PERSON_ROUTES = 8,
	SEGMENT_ROUTES = 8,
	SESSION_ROUTES = 6,
	SETTING_ROUTES = 3,
	SHARED_ROUTES = 2,
	STAT_ROUTES = 2,
	TOKEN_ROUTES = 3,
	USER_ROUTES = 2,
	VIEW_ROUTES = 6
};
extern const struct route attribute_routes[ATTRIBUTE_ROUTES];
extern const struct route audit_routes[AUDIT_ROUTES];
extern const struct route bookmark_routes[BOOKMARK_ROUTES];
extern const struct route bulk_routes[BULK_ROUTES];
extern const struct route chat_routes[CHAT_ROUTES];
extern const struct route event_routes[EVENT_ROUTES];
extern const struct route export_routes[EXPORT_ROUTES];
extern const struct route health_routes[HEALTH_ROUTES];
extern const struct route hello_routes[HELLO_ROUTES];
extern const struct route hours_routes[HOURS_ROUTES];
extern const struct route link_routes[LINK_ROUTES];
extern const struct route import_routes[IMPORT_ROUTES];
extern const struct route manager_routes[MANAGER_ROUTES];
extern const struct route openapi_routes[OPENAPI_ROUTES];
extern const struct route person_routes[PERSON_ROUTES];
extern const struct route segment_routes[SEGMENT_ROUTES];
extern const struct route session_routes[SESSION_ROUTES];
extern const struct route setting_routes[SETTING_ROUTES];
extern const struct route shared_routes[SHARED_ROUTES];
extern const struct route stat_routes[STAT_ROUTES];
extern const struct route token_routes[TOKEN_ROUTES];
extern const struct route user_routes[USER_ROUTES];
extern const struct route view_routes[VIEW_ROUTES];

/* reach.c: the only ways to users, held to the limits of who asks. `tz` may be
 * NULL or not given: the workspace's zone. */
/* What filters are read and run against in this request's snapshot. */
enum err req_query(struct req *q, const struct input *tz,
		   struct query *out) MUST_USE;
/* The same in a snapshot of the handler's own. */
enum err txn_query(struct req *q, struct kv_txn *txn, const struct input *tz,
		   struct query *out) MUST_USE;
/* What a share link leads to, of which *s was filled by link_open: held to the
 * link, and to the limits of who made it. */
enum err shared_query(struct req *q, const struct input *tz, struct shared *s,
		      struct query *out) MUST_USE;
/* For what makes its own transactions; outside of any. */
enum err req_desk(struct req *q, const struct input *tz,
		  struct desk *out) MUST_USE;
/* key: ["users.read", …] */
void put_permissions(struct json_out *j, const char *key, uint32_t mask);
/* A path argument that is a number; ERR_NOT_FOUND if it is none. */
enum err arg_number(struct req *q, size_t i, uint64_t most,
		    uint64_t *out) MUST_USE;
/* The member `ids` of a body: ids of users. ERR_INVALID. */
enum err take_ids(struct req *q, const struct json *v, const uint32_t **ids,
		  size_t *n) MUST_USE;
/* A filter of users, where chats are asked for: ERR_DENIED for who may not
 * read users. */
enum err filter_of_users_may(struct req *q, const struct input *f) MUST_USE;
/* Role and permissions of a body; `names` as FIELD_LIST,
 * the member `field`. ERR_INVALID. */
enum err take_permissions(struct req *q, const char *field,
			  const struct input *names, uint32_t *mask) MUST_USE;

#endif
