/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Operating hours as people write them, in and out: days by name, spans of
 * "HH:MM" from and to, the end of the day being "24:00".
 */
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const weekdays[] = {"monday",   "tuesday", "wednesday",
				       "thursday", "friday",  "saturday",
				       "sunday"};

static bool
minute_read(const struct json *v, uint16_t *out)
{
	unsigned digits[5] = {0}, minutes;

	if (v == NULL || v->kind != JSON_STRING || v->text.n != 5 ||
	    v->text.p[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++) {
		digits[i] = (unsigned)(unsigned char)v->text.p[i] - '0';
		if (i != 2 && digits[i] > 9)
			return false;
	}
	minutes = (digits[0] * 10 + digits[1]) * 60 + digits[3] * 10 + digits[4];
	*out = (uint16_t)minutes;
	return digits[3] < 6 && minutes <= DAY_MINUTES;
}

static enum err
day_read(struct arena *a, const struct json *v, const char *path,
	 struct open_day *out, struct fault *f)
{
	struct open_span *spans;
	uint16_t last = 0;

	*out = (struct open_day){NULL, 0};
	if (v->kind == JSON_NULL)
		return OK;
	if (v->kind != JSON_ARRAY || v->count > HOURS_SPANS_MAX)
		return fail(f, ERR_INVALID, path,
			    "expected at most %u spans: [[\"09:00\", "
			    "\"18:00\"], …]",
			    HOURS_SPANS_MAX);
	spans = arena_get(a, (v->count + 1) * sizeof(*spans));
	for (const struct json *s = v->first; s != NULL; s = s->next) {
		struct open_span *to = &spans[out->n++];

		if (s->kind != JSON_ARRAY || s->count != 2 ||
		    !minute_read(s->first, &to->from) ||
		    !minute_read(s->first->next, &to->to) ||
		    to->from >= to->to)
			return fail(f, ERR_INVALID, path,
				    "expected [\"09:00\", \"18:00\"]: from "
				    "before to, at most \"24:00\"; a night is "
				    "two days");
		if (to->from < last)
			return fail(f, ERR_INVALID, path,
				    "expected spans in order, none within "
				    "another");
		last = to->to;
	}
	out->spans = spans;
	return OK;
}

static enum err
week_read(struct arena *a, const struct json *v, struct schedule *out,
	  struct fault *f)
{
	char path[64];

	if (v == NULL || v->kind != JSON_OBJECT)
		return fail(f, ERR_INVALID, "week",
			    "expected an object of days: {\"monday\": "
			    "[[\"09:00\", \"18:00\"]], …}");
	for (const struct json *m = v->first; m != NULL; m = m->next) {
		size_t i = 0;

		while (i < COUNT(weekdays) &&
		       !str_eq(m->key, str_of(weekdays[i])))
			i++;
		if (i == COUNT(weekdays))
			return fail(f, ERR_INVALID, "week",
				    "there is no day \"%.*s\"; expected "
				    "monday to sunday",
				    STR_ARG(text_prefix(m->key, 40)));
		snprintf(path, sizeof(path), "week.%s", weekdays[i]);
		TRY(day_read(a, m, path, &out->week[i], f));
	}
	return OK;
}

static int
holiday_cmp(const void *x, const void *y)
{
	const struct holiday *a = x, *b = y;

	return a->date < b->date ? -1 : a->date > b->date;
}

static enum err
holiday_read(struct arena *a, const struct json *v, const char *path,
	     struct holiday *out, struct fault *f)
{
	const struct json *open = NULL, *date = NULL, *name = NULL;

	if (v->kind != JSON_OBJECT)
		return fail(f, ERR_INVALID, path,
			    "expected {\"date\", \"name\", \"open\"}");
	for (const struct json *m = v->first; m != NULL; m = m->next) {
		if (str_eq(m->key, S("date")))
			date = m;
		else if (str_eq(m->key, S("name")))
			name = m;
		else if (str_eq(m->key, S("open")))
			open = m;
		else
			return fail(f, ERR_INVALID, path,
				    "there is no member \"%.*s\"; expected "
				    "date, name, open",
				    STR_ARG(text_prefix(m->key, 40)));
	}
	if (date == NULL || date->kind != JSON_STRING ||
	    !date_parse(date->text, &out->date))
		return fail(f, ERR_INVALID, path,
			    "date: expected a day such as 2026-12-25");
	if (name != NULL && (name->kind != JSON_STRING || name->text.n > 200))
		return fail(f, ERR_INVALID, path,
			    "name: expected a text of at most 200 bytes");
	out->name = name != NULL ? name->text : STR_NONE;
	out->open = (struct open_day){NULL, 0};
	return open == NULL ? OK : day_read(a, open, path, &out->open, f);
}

enum err
hours_read(struct arena *a, const struct json *week,
	   const struct json *holidays, struct schedule *out, struct fault *f)
{
	struct holiday *days;
	char path[32];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(out->week); i++)
		out->week[i] = (struct open_day){NULL, 0};
	out->holidays = NULL;
	out->n_holidays = 0;
	TRY(week_read(a, week, out, f));
	if (holidays == NULL || holidays->kind == JSON_NULL)
		return OK;
	if (holidays->kind != JSON_ARRAY ||
	    holidays->count > HOURS_HOLIDAYS_MAX)
		return fail(f, ERR_INVALID, "holidays",
			    "expected an array of at most %u days",
			    HOURS_HOLIDAYS_MAX);
	days = arena_get(a, (holidays->count + 1) * sizeof(*days));
	for (const struct json *v = holidays->first; v != NULL; v = v->next) {
		snprintf(path, sizeof(path), "holidays.%zu", n);
		TRY(holiday_read(a, v, path, &days[n++], f));
	}
	if (n > 1)
		qsort(days, n, sizeof(*days), holiday_cmp);
	for (size_t i = 1; i < n; i++)
		if (days[i].date == days[i - 1].date)
			return fail(f, ERR_INVALID, "holidays",
				    "a day is there twice");
	out->holidays = days;
	out->n_holidays = n;
	return OK;
}

/* Out ---------------------------------------------------------------------- */

static void
minute_json(struct json_out *j, unsigned minute)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%02u:%02u", minute / 60,
			 minute % 60);

	json_text(j, (struct str){text, (size_t)n});
}

static void
day_json(struct json_out *j, const char *key, struct open_day day)
{
	json_key(j, str_of(key));
	json_array(j);
	for (size_t i = 0; i < day.n; i++) {
		json_array(j);
		minute_json(j, day.spans[i].from);
		minute_json(j, day.spans[i].to);
		json_array_end(j);
	}
	json_array_end(j);
}

void
hours_json(struct json_out *j, const struct schedule *s)
{
	char date[16];

	json_object(j);
	json_kat(j, "from", s->from == INSTANT_MIN ? INSTANT_NONE : s->from);
	json_kt(j, "timezone", str_of(zone_name(s->zone)));
	json_key(j, S("week"));
	json_object(j);
	for (size_t i = 0; i < COUNT(weekdays); i++)
		day_json(j, weekdays[i], s->week[i]);
	json_object_end(j);
	json_key(j, S("holidays"));
	json_array(j);
	for (size_t i = 0; i < s->n_holidays; i++) {
		const struct holiday *h = &s->holidays[i];
		size_t n = date_format(h->date, date);

		json_object(j);
		json_kt(j, "date", (struct str){date, n});
		json_kt(j, "name", h->name);
		day_json(j, "open", h->open);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}
