/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A number named, so that it can stand in a filter: read, said and written,
 * for the leaf of the query room.  It is a column of a metric in a period and
 * a zone, which may be those of one row; a slot adds its hour, and its weekday
 * where it has one.  What is written back is all of it, so that what is kept
 * does not follow whoever reads it into another zone.
 */
#include "room.h"

#include <stdio.h>

static const char *const days[] = {"Monday",   "Tuesday", "Wednesday",
				   "Thursday", "Friday",  "Saturday",
				   "Sunday"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Reading ------------------------------------------------------------------ */

struct reading {
	struct query *q;
	struct counted *c;
	struct str metric, column, tz;
	struct fault *f;
};

static enum err
refuse_column(const struct metric *m, struct str name, struct fault *f)
{
	struct buf b;
	enum err e;

	buf_init(&b);
	for (const struct stat_column *c = m->columns; c->name; c++)
		if (c->people)
			buf_printf(&b, "%s%s", b.n ? ", " : "", c->name);
	e = fail(f, ERR_INVALID, "",
		 "column: expected one of %.*s for %s, not \"%.*s\"",
		 STR_ARG(buf_str(&b)), m->name, STR_ARG(text_prefix(name, 40)));
	buf_fini(&b);
	return e;
}

/* A mask on what tells as much hides the number, as if it were not there. */
static bool
metric_shown(const struct query *q, const struct metric *m)
{
	for (size_t i = 0; i < COUNT(m->needs); i++)
		if (m->needs[i] && !catalog_by_id(q->catalog, m->needs[i]))
			return false;
	return true;
}

static enum err
read_column(struct reading *r)
{
	const struct metric *m = metric_find(r->metric);

	if (!m || !m->people || !metric_shown(r->q, m))
		return fail(r->f, ERR_INVALID, "",
			    "metric: expected the name of a metric; there is "
			    "no \"%.*s\"",
			    STR_ARG(text_prefix(r->metric, 40)));
	r->c->metric = m;
	for (size_t i = 0; m->columns[i].name; i++)
		if (str_eq(r->column, str_of(m->columns[i].name))) {
			r->c->column = i;
			return m->columns[i].people
				   ? OK
				   : refuse_column(m, r->column, r->f);
		}
	return refuse_column(m, r->column, r->f);
}

static enum err
read_period(struct reading *r)
{
	struct counted *c = r->c;
	const struct zone *z = r->q->zone ? r->q->zone : zone_find(S("UTC"));
	struct fault inner = {0};

	if (r->tz.n > 0)
		z = zone_find(r->tz);
	if (!z)
		return fail(r->f, ERR_INVALID, "",
			    "tz: expected the IANA name of a time zone, such "
			    "as Europe/Berlin");
	if (c->from.n == 0 || c->to.n == 0)
		return fail(r->f, ERR_INVALID, "",
			    "%s: expected a date or an instant",
			    c->from.n == 0 ? "from" : "to");
	if (period_parse(c->from, c->to, z, 0, &c->period, &inner) == OK)
		return OK;
	return fail(r->f, ERR_INVALID, "", "%s: %s", inner.path, inner.text);
}

static enum err
check_slot(struct reading *r)
{
	const struct counted *c = r->c;
	unsigned by = c->metric->by;

	if (c->hour >= 0 && !(by >> BY_HOUR_OF_DAY & 1))
		return fail(r->f, ERR_INVALID, "",
			    "hour: %s is not cut by hours that come again",
			    c->metric->name);
	if (c->weekday >= 0 && c->hour < 0)
		return fail(r->f, ERR_INVALID, "",
			    "weekday: expected an hour beside it");
	return OK;
}

static enum err
read_number(const struct json *m, int least, int most, int *out,
	    struct fault *f)
{
	if (m->kind != JSON_NUMBER || !(m->number >= least) ||
	    !(m->number <= most) || (double)(int)m->number != m->number)
		return fail(f, ERR_INVALID, "",
			    "%.*s: expected a whole number from %d to %d",
			    STR_ARG(m->key), least, most);
	*out = (int)m->number - least;
	return OK;
}

static enum err
read_member(struct reading *r, const struct json *m)
{
	const struct {
		const char *name;
		struct str *to;
	} texts[] = {{"metric", &r->metric}, {"column", &r->column},
		     {"from", &r->c->from},  {"to", &r->c->to},
		     {"tz", &r->tz}};

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (!str_eq(m->key, str_of(texts[i].name)))
			continue;
		if (m->kind != JSON_STRING || m->text.n == 0)
			return fail(r->f, ERR_INVALID, "",
				    "%s: expected a text", texts[i].name);
		*texts[i].to = m->text;
		return OK;
	}
	if (str_eq(m->key, S("hour")))
		return read_number(m, 0, 23, &r->c->hour, r->f);
	if (str_eq(m->key, S("weekday")))
		return read_number(m, 1, 7, &r->c->weekday, r->f);
	return fail(r->f, ERR_INVALID, "",
		    "expected metric, column, from, to, tz, hour and weekday, "
		    "not \"%.*s\"",
		    STR_ARG(text_prefix(m->key, 40)));
}

static enum err
counted_read(struct query *q, const struct json *v, const struct counted **out,
	     struct fault *f)
{
	struct counted *c = arena_get(q->arena, sizeof(*c));
	struct reading r = {.q = q, .c = c, .f = f};

	*c = (struct counted){.weekday = -1, .hour = -1};
	for (const struct json *m = v->first; m; m = m->next)
		TRY(read_member(&r, m));
	TRY(read_column(&r));
	TRY(read_period(&r));
	TRY(check_slot(&r));
	*out = c;
	return OK;
}

/* Written out -------------------------------------------------------------- */

static void
date_say(struct buf *out, int32_t date, bool year)
{
	int y, m, d;

	date_civil(date, &y, &m, &d);
	buf_printf(out, "%d %s", d, months[m - 1]);
	if (year)
		buf_printf(out, " %d", y);
}

/* Whole days with the last of them; else the two instants. */
static void
period_say(struct buf *out, const struct counted *c)
{
	int32_t first, end;
	int y[2], m, d;

	if (!date_parse(c->from, &first) || !date_parse(c->to, &end)) {
		buf_put(out, c->from);
		buf_put(out, S(" – "));
		buf_put(out, c->to);
		return;
	}
	date_civil(first, &y[0], &m, &d);
	date_civil(end - 1, &y[1], &m, &d);
	if (first < end - 1) {
		date_say(out, first, y[0] != y[1]);
		buf_put(out, S(" – "));
	}
	date_say(out, end - 1, true);
}

static void
counted_say(struct buf *out, const struct counted *c)
{
	buf_put(out, str_of(c->metric->columns[c->column].label));
	buf_put(out, S(", "));
	period_say(out, c);
	if (c->weekday >= 0)
		buf_printf(out, ", %s", days[c->weekday]);
	if (c->hour >= 0)
		buf_printf(out, ", hour %d", c->hour);
	buf_printf(out, " (%s)", zone_name(c->period.zone));
}

static void
counted_json(struct json_out *j, const struct counted *c)
{
	json_object(j);
	json_kt(j, "metric", str_of(c->metric->name));
	json_kt(j, "column", str_of(c->metric->columns[c->column].name));
	json_kt(j, "from", c->from);
	json_kt(j, "to", c->to);
	json_kt(j, "tz", str_of(zone_name(c->period.zone)));
	if (c->weekday >= 0)
		json_ki(j, "weekday", c->weekday + 1);
	if (c->hour >= 0)
		json_ki(j, "hour", c->hour);
	json_object_end(j);
}

/* Run ---------------------------------------------------------------------- */

bool
counted_within(const struct counted *c, int64_t at)
{
	const struct zone *z = c->period.zone;

	if (at < c->period.from || at >= c->period.to)
		return false;
	if (c->hour >= 0 && zone_civil(z, at).hour != c->hour)
		return false;
	return c->weekday < 0 || date_weekday(zone_date(z, at)) == c->weekday;
}

static struct bits *
counted_run(struct query *q, const struct counted *c, const struct bits *within)
{
	struct bits *out = c->metric->people(q, within, c);

	if (within)
		bits_and(out, within);
	return out;
}

const struct numbers stats_numbers = {counted_read, counted_run, counted_say,
					counted_json};
