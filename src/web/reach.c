/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How a handler reaches users.  Every query and every desk of the web room is
 * made here and nowhere else (a test sees to it), so that none can be made
 * that is not held to the limits of who asks.
 */
#include "routes.h"

#include <assert.h>

static const struct zone *
zone_of(struct kv_txn *txn, const struct input *tz)
{
	if (tz && tz->zone)
		return tz->zone;
	return zone_find(setting_text(txn, SETTING_TIMEZONE));
}

/* Whether its row says that it does. */
static bool
reaches(const struct route *r)
{
	return (r->flags & (HELD | UNLIMITED)) || r->may == OWNER;
}

static struct query
whole_query(struct req *q, struct kv_txn *txn, const struct input *tz)
{
	return (struct query){
	    .txn = txn,
	    .catalog = people_catalog(q->app->people, txn),
	    .arena = q->arena,
	    .zone = zone_of(txn, tz),
	    .now = q->now,
	    .timely = &q->timely,
	    .no_speech = !who_may(&q->who, MAY_CHATS_READ),
	    .no_numbers = !who_may(&q->who, MAY_ANALYTICS_READ),
	};
}

enum err
txn_query(struct req *q, struct kv_txn *txn, const struct input *tz,
	  struct query *out)
{
	assert(reaches(q->route));
	*out = whole_query(q, txn, tz);
	TRY(kv_error(txn));
	return query_limit(out, q->limits, q->fault);
}

enum err
req_query(struct req *q, const struct input *tz, struct query *out)
{
	return txn_query(q, q->txn, tz, out);
}

enum err
shared_query(struct req *q, const struct input *tz, struct shared *s,
	     struct query *out)
{
	const struct limits *maker;

	TRY(limits_of(q->txn, q->arena, s->by.kind, s->by.id, &maker));
	*out = whole_query(q, q->txn, tz);
	TRY(kv_error(q->txn));
	return shared_limit(out, s, maker, q->fault);
}

struct zone_look {
	const struct input *tz;
	const struct zone *zone;
};

static enum err
zone_read(struct kv_txn *txn, void *arg)
{
	struct zone_look *z = arg;

	z->zone = zone_of(txn, z->tz);
	return kv_error(txn);
}

enum err
req_desk(struct req *q, const struct input *tz, struct desk *out)
{
	struct zone_look z = {.tz = tz};

	assert(reaches(q->route));
	TRY(kv_read(q->app->kv, zone_read, &z, q->fault));
	*out = (struct desk){
	    .staff = q->app->staff,
	    .people = q->app->people,
	    .by = &q->by,
	    .limits = q->limits,
	    .zone = z.zone,
	};
	return OK;
}
