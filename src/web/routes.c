/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * All routes, once: one table a resource, each at the top of its own api_*.c.
 * A path is looked for in this order; the first that fits is taken.
 */
#include "routes.h"

const struct route_table route_tables[] = {
    {user_routes, USER_ROUTES},
    {person_routes, PERSON_ROUTES},
    {segment_routes, SEGMENT_ROUTES},
    {view_routes, VIEW_ROUTES},
    {link_routes, LINK_ROUTES},
    {shared_routes, SHARED_ROUTES},
    {import_routes, IMPORT_ROUTES},
    {event_routes, EVENT_ROUTES},
    {attribute_routes, ATTRIBUTE_ROUTES},
    {chat_routes, CHAT_ROUTES},
    {hours_routes, HOURS_ROUTES},
    {stat_routes, STAT_ROUTES},
    {bookmark_routes, BOOKMARK_ROUTES},
    {export_routes, EXPORT_ROUTES},
    {bulk_routes, BULK_ROUTES},
    {session_routes, SESSION_ROUTES},
    {manager_routes, MANAGER_ROUTES},
    {token_routes, TOKEN_ROUTES},
    {setting_routes, SETTING_ROUTES},
    {audit_routes, AUDIT_ROUTES},
    {health_routes, HEALTH_ROUTES},
    {openapi_routes, OPENAPI_ROUTES},
    {hello_routes, HELLO_ROUTES},
    {NULL, 0},
};

const struct route *
route_at(size_t i)
{
	for (const struct route_table *t = route_tables; t->routes; t++) {
		if (i < t->n)
			return &t->routes[i];
		i -= t->n;
	}
	return NULL;
}
