/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Operating hours with their history: one record a schedule, under the instant
 * from which it is in force, so that they are read in order.  A schedule is
 * never changed by a later one; it only ends where the next begins.
 */
#include "layout.h"

#include <stdlib.h>

#define SIGN (UINT64_C(1) << 63)

/* Records ------------------------------------------------------------------ */

static void
day_put(struct buf *b, struct open_day day)
{
	buf_varint(b, day.n);
	for (size_t i = 0; i < day.n; i++) {
		buf_be16(b, day.spans[i].from);
		buf_be16(b, day.spans[i].to);
	}
}

static struct open_day
day_get(struct rd *r, struct arena *a)
{
	uint64_t n = rd_varint(r);
	struct open_span *spans;

	if (n == 0 || n > HOURS_SPANS_MAX) {
		r->bad |= n > 0;
		return (struct open_day){NULL, 0};
	}
	spans = arena_get(a, n * sizeof(*spans));
	for (size_t i = 0; i < n; i++) {
		spans[i].from = rd_be16(r);
		spans[i].to = rd_be16(r);
	}
	return (struct open_day){spans, n};
}

static void
schedule_put(struct buf *b, const struct schedule *s)
{
	buf_c(b, LAYOUT_VERSION);
	buf_lstr(b, str_of(zone_name(s->zone)));
	for (size_t i = 0; i < COUNT(s->week); i++)
		day_put(b, s->week[i]);
	buf_varint(b, s->n_holidays);
	for (size_t i = 0; i < s->n_holidays; i++) {
		buf_be32(b, (uint32_t)s->holidays[i].date);
		buf_lstr(b, s->holidays[i].name);
		day_put(b, s->holidays[i].open);
	}
}

static void
schedule_get(struct kv_txn *txn, struct arena *a, struct str value,
	     struct schedule *out)
{
	struct rd r = value_rd(txn, value);
	struct holiday *days;
	uint64_t n;

	out->zone = zone_find(rd_str(&r));
	if (out->zone == NULL) /* a zone that the system has no more */
		out->zone = zone_find(S("UTC"));
	for (size_t i = 0; i < COUNT(out->week); i++)
		out->week[i] = day_get(&r, a);
	n = rd_varint(&r);
	if (n > HOURS_HOLIDAYS_MAX) {
		r.bad = true;
		n = 0;
	}
	days = arena_get(a, (n + 1) * sizeof(*days));
	for (size_t i = 0; i < n; i++) {
		days[i].date = (int32_t)rd_be32(&r);
		days[i].name = arena_str(a, rd_str(&r));
		days[i].open = day_get(&r, a);
	}
	out->holidays = days;
	out->n_holidays = n;
	value_done(txn, &r, "operating hours");
}

void
hours_get(struct kv_txn *txn, struct arena *a, struct hours *out)
{
	struct kv_cursor *c = kv_cursor(txn, SP_META, S("h"));
	struct schedule *at =
	    arena_get(a, HOURS_SCHEDULES_MAX * sizeof(*at));

	*out = (struct hours){at, 0};
	for (bool more = kv_seek(c, STR_NONE);
	     more && out->n < HOURS_SCHEDULES_MAX; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));

		at[out->n].from = (int64_t)(rd_be64(&r) ^ SIGN);
		schedule_get(txn, a, kv_value(c), &at[out->n++]);
	}
	kv_cursor_close(c);
}

/* Acts --------------------------------------------------------------------- */

struct change {
	struct staff *staff;
	const struct by *by;
	const struct schedule *schedule; /* NULL: it goes */
	int64_t from;
};

static struct str
from_text(int64_t from, char room[32])
{
	if (from == INSTANT_MIN)
		return S("always");
	return (struct str){room, instant_format(from, room)};
}

static enum err
change_apply(struct kv_txn *txn, void *arg)
{
	struct change *c = arg;
	struct str at, old;
	struct hours all;
	struct arena a;
	struct key key;
	struct buf b;
	char room[32];
	size_t n;

	TRY(guard_ask(txn, c->by));
	at = key_of_u64(&key, 'h', (uint64_t)c->from ^ SIGN);
	if (c->schedule == NULL) {
		if (!kv_del(txn, SP_META, at))
			return fail(kv_fault(txn), ERR_NOT_FOUND, "from",
				    "no schedule begins then");
	} else {
		arena_init(&a);
		hours_get(txn, &a, &all);
		n = all.n;
		arena_fini(&a);
		if (n >= HOURS_SCHEDULES_MAX && !kv_get(txn, SP_META, at, &old))
			return fail(kv_fault(txn), ERR_LIMIT, "from",
				    "there are %u schedules already",
				    HOURS_SCHEDULES_MAX);
		buf_init(&b);
		schedule_put(&b, c->schedule);
		kv_put(txn, SP_META, at, buf_str(&b));
		buf_fini(&b);
	}
	audit_put(c->staff, txn, c->by,
		  c->schedule ? "hours.set" : "hours.remove",
		  from_text(c->from, room), STR_NONE, STR_NONE);
	return kv_error(txn);
}

static enum err
change_run(struct change *c, struct fault *f)
{
	if (!who_may(c->by->who, MAY_SETTINGS))
		return fail(f, ERR_DENIED, NULL,
			    "needs the permission settings");
	return kv_write(c->staff->kv, change_apply, c, f);
}

enum err
hours_put(struct staff *s, const struct by *by,
	  const struct schedule *schedule, struct fault *f)
{
	struct change c = {s, by, schedule, schedule->from};
	size_t bytes = 1024;

	for (size_t i = 0; i < schedule->n_holidays; i++)
		bytes += 8 + schedule->holidays[i].name.n +
			 4 * schedule->holidays[i].open.n;
	if (bytes > KV_VALUE_MAX)
		return fail(f, ERR_LIMIT, "holidays",
			    "They are too many or their names too long.");
	return change_run(&c, f);
}

enum err
hours_remove(struct staff *s, const struct by *by, int64_t from,
	     struct fault *f)
{
	struct change c = {s, by, NULL, from};

	return change_run(&c, f);
}
