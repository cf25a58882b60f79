/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A number named, so that it can stand in a filter: read, said and written,
 * for the leaf of the query room.  It is a column of a metric in a period and
 * a zone, which may be those of one row; a slot adds its hour, and its weekday
 * where it has one.  What is written back is all of it, so that what is kept
 * does not follow whoever reads it into another zone.
 */
#include "funnel.h"

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
	struct str metric, column, tz, by, week, window;
	const struct json *steps;
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

/* Which parameter is of which metric; what is not of this one is refused. */
static enum err
check_more(struct reading *r)
{
	const struct counted *c = r->c;
	const struct metric *m = c->metric;
	bool cells = m->columns[c->column].people == BEHIND_CELLS;
	const struct {
		const char *name;
		bool given, taken, needed;
	} members[] = {
	    {"flow", c->more.flow.p, m->takes & TAKES_FLOW, false},
	    {"code", c->more.code.p, m->takes & TAKES_CODE, false},
	    {"tag", c->more.tag.p, m->takes & TAKES_CHAT, false},
	    {"manager", c->more.manager.p, m->takes & TAKES_CHAT, false},
	    {"source", c->more.source.p,
	     m->takes & TAKES_CHAT && source_shown(r->q), false},
	    {"steps", r->steps, m->takes & TAKES_STEPS, true},
	    {"step", c->step > 0, m->takes & TAKES_STEPS, true},
	    {"window", r->window.p, m->takes & TAKES_STEPS, false},
	    {"by", r->by.p, cells, true},
	    {"cell", c->cell >= 0, cells, true},
	    {"weekStart", r->week.p, cells, false},
	};

	for (size_t i = 0; i < COUNT(members); i++) {
		if (members[i].given && !members[i].taken)
			return fail(r->f, ERR_INVALID, "",
				    "%s: %s of %s takes none", members[i].name,
				    m->columns[c->column].name, m->name);
		if (members[i].needed && members[i].taken && !members[i].given)
			return fail(r->f, ERR_INVALID, "", "%s: it is missing",
				    members[i].name);
	}
	return OK;
}

static enum err
read_cell(struct reading *r)
{
	struct counted *c = r->c;

	c->week_start = query_week_start(r->q);
	for (int i = 0; r->week.p && i < 7; i++)
		if (week_start_name(i) &&
		    str_eq(r->week, str_of(week_start_name(i)))) {
			c->week_start = i;
			r->week = STR_NONE;
		}
	if (r->week.p)
		return fail(r->f, ERR_INVALID, "",
			    "weekStart: expected monday, saturday or sunday");
	if (r->by.p &&
	    (!stat_by_find(r->by, &c->by) || !(c->metric->by >> c->by & 1)))
		return fail(r->f, ERR_INVALID, "",
			    "by: expected week or month");
	return OK;
}

static enum err
read_more(struct reading *r)
{
	struct counted *c = r->c;
	struct fault inner = {0};
	enum err e = OK;

	TRY(check_more(r));
	TRY(read_cell(r));
	if (c->more.flow.p)
		e = flow_known(r->q, c->more.flow, &inner);
	if (r->steps)
		e = funnel_read(r->q, r->steps, r->window, &c->more.funnel,
				&inner);
	if (e == OK && r->steps && (size_t)c->step > c->more.funnel->n)
		e = fail(&inner, ERR_INVALID, "step",
			 "expected one of the %zu steps", c->more.funnel->n);
	if (e == ERR_INVALID)
		return fail(r->f, e, "", "%s: %s", inner.path, inner.text);
	return e;
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
		bool none; /* empty is whatever has none */
	} texts[] = {{"metric", &r->metric, false},
		     {"column", &r->column, false},
		     {"from", &r->c->from, false},
		     {"to", &r->c->to, false},
		     {"tz", &r->tz, false},
		     {"flow", &r->c->more.flow, false},
		     {"window", &r->window, false},
		     {"by", &r->by, false},
		     {"weekStart", &r->week, false},
		     {"code", &r->c->more.code, true},
		     {"tag", &r->c->more.tag, true},
		     {"manager", &r->c->more.manager, true},
		     {"source", &r->c->more.source, true}};

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (!str_eq(m->key, str_of(texts[i].name)))
			continue;
		if (m->kind != JSON_STRING ||
		    (m->text.n == 0 && !texts[i].none))
			return fail(r->f, ERR_INVALID, "",
				    "%s: expected a text", texts[i].name);
		*texts[i].to = m->text.n > 0 ? m->text : S("");
		return OK;
	}
	if (str_eq(m->key, S("hour")))
		return read_number(m, 0, 23, &r->c->hour, r->f);
	if (str_eq(m->key, S("weekday")))
		return read_number(m, 1, 7, &r->c->weekday, r->f);
	if (str_eq(m->key, S("cell")))
		return read_number(m, 0, 999, &r->c->cell, r->f);
	if (str_eq(m->key, S("step"))) {
		TRY(read_number(m, 1, FUNNEL_STEPS_MAX, &r->c->step, r->f));
		r->c->step++; /* from 1 */
		return OK;
	}
	if (str_eq(m->key, S("steps"))) {
		r->steps = m;
		return OK;
	}
	return fail(r->f, ERR_INVALID, "",
		    "expected metric, column, from, to, tz, hour, weekday, "
		    "flow, code, tag, manager, source, steps, window, step, "
		    "by, cell and weekStart, not \"%.*s\"",
		    STR_ARG(text_prefix(m->key, 40)));
}

static enum err
counted_read(struct query *q, const struct json *v, const struct counted **out,
	     struct fault *f)
{
	struct counted *c = arena_get(q->arena, sizeof(*c));
	struct reading r = {.q = q, .c = c, .f = f};

	*c = (struct counted){.weekday = -1, .hour = -1, .cell = -1};
	for (const struct json *m = v->first; m; m = m->next)
		TRY(read_member(&r, m));
	TRY(read_column(&r));
	TRY(read_period(&r));
	TRY(check_slot(&r));
	TRY(read_more(&r));
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
chat_say(struct buf *out, const char *what, const char *none, struct str of)
{
	if (of.n > 0)
		buf_printf(out, " of %s %.*s", what, STR_ARG(of));
	else if (of.p)
		buf_printf(out, " without %s", none);
}

static void
more_say(struct buf *out, const struct counted *c)
{
	const struct funnel *fl = c->more.funnel;
	const char *unit = c->by == BY_WEEK ? "week" : "month";

	if (c->more.flow.p)
		buf_printf(out, " of %.*s", STR_ARG(c->more.flow));
	if (c->more.code.p)
		buf_printf(out, " with code %.*s",
			   STR_ARG(c->more.code.n ? c->more.code : S("none")));
	chat_say(out, "tag", "a tag", c->more.tag);
	chat_say(out, "manager", "a manager", c->more.manager);
	chat_say(out, "integration", "an integration", c->more.source);
	for (int i = 0; fl && i < c->step; i++) /* those done */
		buf_printf(out, "%s%.*s",
			   i == 0            ? " of the funnel "
			   : i + 1 < c->step ? ", "
					     : " then ",
			   STR_ARG(fl->steps[i].label));
	if (fl) {
		buf_put(out, S(" within "));
		buf_put(out, fl->window_text);
	}
	if (c->cell >= 0)
		buf_printf(out, " %d %s%s later", c->cell, unit,
			   c->cell == 1 ? "" : "s");
}

static void
counted_say(struct buf *out, const struct counted *c)
{
	buf_put(out, str_of(c->metric->columns[c->column].label));
	more_say(out, c);
	buf_put(out, S(", "));
	period_say(out, c);
	if (c->weekday >= 0)
		buf_printf(out, ", %s", days[c->weekday]);
	if (c->hour >= 0)
		buf_printf(out, ", hour %d", c->hour);
	buf_printf(out, " (%s)", zone_name(c->period.zone));
}

static void
more_json(struct json_out *j, const struct counted *c)
{
	if (c->more.flow.p)
		json_kt(j, "flow", c->more.flow);
	if (c->more.code.p)
		json_kt(j, "code", c->more.code);
	if (c->more.tag.p)
		json_kt(j, "tag", c->more.tag);
	if (c->more.manager.p)
		json_kt(j, "manager", c->more.manager);
	if (c->more.source.p)
		json_kt(j, "source", c->more.source);
	if (c->more.funnel) {
		json_key(j, S("steps"));
		json_value(j, c->more.funnel->json);
		json_kt(j, "window", c->more.funnel->window_text);
		json_ki(j, "step", c->step);
	}
	if (c->cell < 0)
		return;
	json_kt(j, "by", str_of(stat_by_name(c->by)));
	if (c->by == BY_WEEK)
		json_kt(j, "weekStart", str_of(week_start_name(c->week_start)));
	json_ki(j, "cell", c->cell);
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
	more_json(j, c);
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
