/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport stats: the store in figures; with the name of a metric, that number
 * of analytics, in the same words and rows as the API answers.
 */
#include "cli.h"

#include <rapport/stats.h>

#include <stdlib.h>

enum { FROM, TO, TZ, BY, FILTER, COMPARE, FLOW, CODE, STEPS, WINDOW, CSV };
static const struct cli_option options[] = {
    [FROM] = {"from", "DAY", "the first, or an instant; 30 days if not given"},
    [TO] = {"to", "DAY", "the one after the last; tomorrow if not given"},
    [TZ] = {"tz", "ZONE", "whose days; the workspace's if not given"},
    [BY] = {"by", "HOW",
	    "day, week, month, hour, hourOfDay, hourOfWeek, flow, code, tag, "
	    "manager, source"},
    [FILTER] = {"filter", "JSON", "only of these people"},
    [COMPARE] = {"compare", "previous", "the period before, in JSON"},
    [FLOW] = {"flow", "NAME", "flows: of this one"},
    [CODE] = {"code", "CODE", "errors: with this code"},
    [STEPS] = {"steps", "JSON", "funnel: [[\"event:signup\", \"did\"], …]"},
    [WINDOW] = {"window", "SPAN", "funnel: like 12h; 7d if not given"},
    [CSV] = {"csv", NULL, "as CSV"},
    {0}};

/* The store ---------------------------------------------------------------- */

static const char *const space_names[SP_COUNT] = {
#define SPACE(CODE, name, owner, about) [SP_##CODE] = name,
#include <tbl/spaces.h>
#undef SPACE
};

static void
store_text(const struct kv_stats *s, struct buf *b)
{
	buf_printf(b, "%-12s %llu bytes of %llu\n", "used",
		   (unsigned long long)s->bytes_used,
		   (unsigned long long)s->bytes_file);
	buf_printf(b, "%-12s %llu, oldest %llu commits back\n", "readers",
		   (unsigned long long)s->readers,
		   (unsigned long long)s->oldest_lag);
	for (int i = 0; i < SP_COUNT; i++)
		buf_printf(b, "%-12s %llu%s", space_names[i],
			   (unsigned long long)s->entries[i],
			   i + 1 < SP_COUNT ? "\n" : "");
}

static enum err
store_run(struct cli *c)
{
	struct kv_stats s;
	struct json_out j;
	struct buf b;

	for (int i = 0; i <= CSV; i++)
		if (c->given[i])
			return cli_usage(c, "--%s is of a metric.",
					 options[i].name);
	TRY(cli_open(c));
	TRY(kv_stats(c->kv, &s, &c->fault));
	buf_init(&b);
	if (!c->json) {
		store_text(&s, &b);
		return cli_say(c, &b);
	}
	json_out_init(&j, &b);
	json_object(&j);
	json_ki(&j, "bytesUsed", (int64_t)s.bytes_used);
	json_ki(&j, "bytesFile", (int64_t)s.bytes_file);
	json_ki(&j, "serial", (int64_t)s.serial);
	json_ki(&j, "readers", s.readers);
	json_ki(&j, "oldestLag", (int64_t)s.oldest_lag);
	json_key(&j, S("entries"));
	json_object(&j);
	for (int i = 0; i < SP_COUNT; i++)
		json_ki(&j, space_names[i], (int64_t)s.entries[i]);
	json_object_end(&j);
	json_object_end(&j);
	return cli_say(c, &b);
}

/* A metric ----------------------------------------------------------------- */

struct number {
	struct cli *c;
	const struct metric *metric;
	struct buf out;
};

static enum err
table_ask(struct number *n, struct query *q, struct stat_table *t,
	  struct filter **filter, struct fault *f)
{
	const char *const *given = (const char *const *)n->c->given;
	const struct stat_asked asked = {
	    .flow = str_of(given[FLOW]),
	    .code = given[CODE] && !*given[CODE] ? S("") : str_of(given[CODE]),
	    .steps = str_of(given[STEPS]),
	    .window = str_of(given[WINDOW]),
	};

	*t = (struct stat_table){.metric = n->metric,
				 .by = metric_usual(n->metric)};
	if (given[TZ])
		q->zone = zone_find(str_of(given[TZ]));
	if (!q->zone)
		return fail(f, ERR_INVALID, "tz",
			    "expected the IANA name of a time zone, such as "
			    "Europe/Berlin");
	TRY(period_parse(str_of(given[FROM]), str_of(given[TO]), q->zone,
			 q->now, &t->period, f));
	if (given[BY] && !stat_by_find(str_of(given[BY]), &t->by))
		return fail(f, ERR_INVALID, "by", "there is no cut by %s",
			    given[BY]);
	TRY(stat_more_read(q, n->metric, &asked, &t->more, f));
	*filter = NULL; /* also the erased are counted */
	if (given[FILTER])
		TRY(filter_parse(q, str_of(given[FILTER]), filter, f));
	return stats_run(q, *filter, t, f);
}

static enum err
table_json(struct number *n, struct query *q, struct stat_table *t,
	   const struct filter *filter, struct fault *f)
{
	struct stat_table before = *t;
	struct json_out j;

	json_out_init(&j, &n->out);
	json_object(&j);
	stats_head_json(t, filter, &j);
	stats_json(t, &j);
	if (n->c->given[COMPARE]) {
		before.period = period_before(&t->period);
		TRY(stats_run(q, filter, &before, f));
		json_key(&j, S("previous"));
		json_object(&j);
		stats_json(&before, &j);
		json_object_end(&j);
	}
	json_object_end(&j);
	return OK;
}

static enum err
number_body(struct kv_txn *txn, void *arg)
{
	struct number *n = arg;
	struct fault f = {0};
	struct stat_table t;
	struct filter *filter;
	struct arena arena;
	struct query q;
	enum err e;

	arena_init(&arena);
	buf_reset(&n->out);
	q = cli_query(n->c, txn, &arena);
	e = kv_error(txn);
	if (e == OK)
		e = table_ask(n, &q, &t, &filter, &f);
	if (e == OK && n->c->json)
		e = table_json(n, &q, &t, filter, &f);
	else if (e == OK)
		stats_csv(&t, &n->out);
	arena_fini(&arena);
	return e == OK ? OK : kv_fail(txn, e, f.path, "%s", f.text);
}

/* For eyes ----------------------------------------------------------------- */

/* The next cell of CSV, its quotes taken off; false: it ends the line. */
static bool
cell_next(struct str *rest, struct buf *out)
{
	size_t i = 0;
	bool quoted = rest->n > 0 && rest->p[0] == '"';

	buf_reset(out);
	for (i = quoted; i < rest->n; i++) {
		char c = rest->p[i];

		if (quoted && c == '"' && i + 1 < rest->n &&
		    rest->p[i + 1] == '"')
			i++;
		else if (quoted && c == '"')
			quoted = false;
		else if (!quoted && (c == ',' || c == '\r'))
			break;
		if (c != '"' || quoted)
			buf_c(out, c);
	}
	quoted = i < rest->n && rest->p[i] == ',';
	*rest = str_cut(*rest, i + (quoted ? 1 : 2), SIZE_MAX);
	return quoted;
}

/* Columns one under the other: twice through it, for the widths first. */
static void
columns_put(struct str csv, struct buf *out)
{
	size_t width[64 + 1] = {0}, column;
	struct buf cell;
	bool more;

	buf_init(&cell);
	for (int pass = 0; pass < 2; pass++) {
		struct str rest = csv;

		for (column = 0; rest.n > 0; column = more ? column + 1 : 0) {
			size_t *w = &width[column < 64 ? column : 64];

			more = cell_next(&rest, &cell);
			if (pass == 0 && cell.n > *w)
				*w = cell.n;
			if (pass == 1)
				buf_printf(out, "%-*.*s%s", more ? (int)*w : 0,
					   STR_ARG(buf_str(&cell)),
					   more ? "  " : "\n");
		}
	}
	if (out->n > 0)
		out->n--; /* cli_say ends the line */
	buf_fini(&cell);
}

static enum err
refuse_metric(struct cli *c, const char *name)
{
	struct buf b;
	enum err e;

	buf_init(&b);
	for (const struct metric *m = metrics; m->name; m++)
		buf_printf(&b, "%s%s", b.n ? ", " : "", m->name);
	e = fail(&c->fault, ERR_NOT_FOUND, "metric",
		 "There is no %s; there are %.*s.", name, STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return e;
}

static enum err
number_run(struct cli *c)
{
	struct number n = {.c = c, .metric = metric_find(str_of(c->rest[0]))};
	struct buf table;

	if (!n.metric)
		return refuse_metric(c, c->rest[0]);
	if (c->json && c->given[CSV])
		return cli_usage(c, "--csv and --json are two forms.");
	if (c->given[COMPARE] &&
	    !str_eq(str_of(c->given[COMPARE]), S("previous")))
		return cli_usage(c, "--compare takes: previous.");
	if (c->given[COMPARE] && !c->json)
		return cli_usage(c, "--compare is for --json.");
	TRY(cli_open(c));
	buf_init(&n.out);
	TRY(kv_read(c->kv, number_body, &n, &c->fault));
	if (c->json)
		return cli_say(c, &n.out);
	if (!c->given[CSV]) {
		buf_init(&table);
		columns_put(buf_str(&n.out), &table);
		buf_fini(&n.out);
		return cli_say(c, &table);
	}
	if (fwrite(n.out.p, 1, n.out.n, stdout) != n.out.n)
		return fail(&c->fault, ERR_IO, "",
			    "Writing the answer failed.");
	buf_fini(&n.out);
	return OK;
}

static enum err
stats_command(struct cli *c)
{
	return c->n_rest > 0 ? number_run(c) : store_run(c);
}

const struct command command_stats = {
    .name = "stats",
    .rest = "[METRIC]",
    .least = 0,
    .most = 1,
    .options = options,
    .run = stats_command,
    .about = "the store in figures, or a number of analytics",
    .more = "METRIC is one of customers, activity, messages, contacts, "
	    "response,\nconversations, templates, consent, validity, flows, "
	    "errors, funnel and\nretention. The rows are those of the API.",
};
