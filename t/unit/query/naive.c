/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Truth, order and JSON of the naive model; see naive.h. */
#include "naive.h"

#include <stdlib.h>

struct naive_info naive_attrs[N_ATTRS] = {
    [N_NAME] = {"default_name", TYPE_TEXT, NULL},
    [N_PHONE] = {"default_phone", TYPE_TEXT, NULL},
    [N_IP] = {"default_ip", TYPE_IP, NULL},
    [N_BANNED] = {"banned", TYPE_BOOLEAN, NULL},
    [N_USER_ID] = {"userId", TYPE_TEXT, NULL},
    [N_LAST_SEEN] = {"lastSeen", TYPE_INSTANT, NULL},
    [N_FIRST_SEEN] = {"createdAt", TYPE_INSTANT, NULL},
    [N_SEGMENT] = {"segment", TYPE_SET, NULL},
    [N_CONSENT] = {"consent", TYPE_TEXT, NULL},
    [N_IN_FLOW] = {"inFlow", TYPE_SET, NULL},
    [N_VALID] = {"valid", TYPE_BOOLEAN, NULL},
    [N_CHATS] = {"chats", TYPE_NUMBER, NULL},
    [N_NOTE] = {"note", TYPE_TEXT, "\"x\""},
    [N_SCORE] = {"score", TYPE_NUMBER, "1"},
    [N_SIGNED] = {"signed", TYPE_INSTANT, "\"2026-01-01T00:00:00Z\""},
    [N_BORN] = {"born", TYPE_DATE, "\"2000-01-01\""},
    [N_VIP] = {"vip", TYPE_BOOLEAN, "true"},
    [N_TAGS] = {"tags", TYPE_SET, "[\"a\"]"},
};

const char *const naive_deeds[N_DEEDS] = {"message", "chat", "event:sign up",
					  "event:Straße", "flow:welcome"};

static const char *const complements[][2] = {
    {"is", "isNot"},
    {"isAnyOf", "isNoneOf"},
    {"contains", "notContains"},
    {"=", "!="},
    {"inLast", "notInLast"},
    {"hasAny", "hasNone"},
    {"inNetwork", "notInNetwork"},
    {"isSet", "isNotSet"},
    {"did", "didNot"},
};

const char *
naive_complement(const char *op)
{
	for (size_t i = 0; i < COUNT(complements); i++) {
		if (!strcmp(op, complements[i][0]))
			return complements[i][1];
		if (!strcmp(op, complements[i][1]))
			return complements[i][0];
	}
	return NULL;
}

/* The operator of a pair that speaks of what is there. */
static const char *
plain(const char *op)
{
	for (size_t i = 0; i < COUNT(complements); i++) {
		if (!strcmp(op, complements[i][1]))
			return complements[i][0];
	}
	return op;
}

/* Byte by byte from every start. */
static bool
text_within(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++) {
		if (needle.n == 0 || !memcmp(s.p + i, needle.p, needle.n))
			return true;
	}
	return false;
}

static bool
text_true(const char *op, const struct naive *f, struct str s)
{
	for (size_t i = 0; i < f->n_operands; i++) {
		struct str w = f->operand[i].v.text;
		bool fits = w.n <= s.n;

		if ((!strcmp(op, "is") || !strcmp(op, "isAnyOf")) &&
		    str_eq(s, w))
			return true;
		if (!strcmp(op, "contains") && text_within(s, w))
			return true;
		if (!strcmp(op, "startsWith") && fits &&
		    (w.n == 0 || !memcmp(s.p, w.p, w.n)))
			return true;
		if (!strcmp(op, "endsWith") && fits &&
		    (w.n == 0 || !memcmp(s.p + s.n - w.n, w.p, w.n)))
			return true;
	}
	return false;
}

static bool
number_true(const char *op, const struct naive *f, double v)
{
	double a = f->operand[0].v.number;

	if (!strcmp(op, "="))
		return v == a;
	if (!strcmp(op, "<"))
		return v < a;
	if (!strcmp(op, "<="))
		return v <= a;
	if (!strcmp(op, ">"))
		return v > a;
	if (!strcmp(op, ">="))
		return v >= a;
	return v >= a && v <= f->operand[1].v.number;
}

static int
month_of(int32_t date)
{
	int y, m, d;

	date_civil(date, &y, &m, &d);
	return 12 * y + m;
}

static int
monday_of(int32_t date)
{
	while (date_weekday(date) != 0)
		date--;
	return date;
}

/* Operators that speak of the local day only. */
static bool
calendar_true(const struct naive_moment *m, const char *op, int32_t day)
{
	int32_t today = zone_date(m->zone, m->now);

	if (!strcmp(op, "today"))
		return day == today;
	if (!strcmp(op, "yesterday"))
		return day == today - 1;
	if (!strcmp(op, "thisWeek"))
		return monday_of(day) == monday_of(today);
	if (!strcmp(op, "thisMonth"))
		return month_of(day) == month_of(today);
	return month_of(day) == month_of(today) - 1; /* lastMonth */
}

/* -1, 0 or 1: where the value lies against the operand. */
static int
time_cmp(const struct naive_moment *m, enum attr_type t,
	 const struct naive_value *v, const struct naive_operand *o)
{
	int64_t a = v->at, b = o->v.at;

	if (t == TYPE_DATE || o->is_date) {
		a = t == TYPE_DATE ? v->date : zone_date(m->zone, v->at);
		b = o->is_date ? o->v.date : zone_date(m->zone, o->v.at);
	}
	return (a > b) - (a < b);
}

static bool
span_true(const struct naive_moment *m, const char *op, enum attr_type t,
	  const struct naive_value *v, struct span span)
{
	bool last = !strcmp(op, "inLast");
	int64_t edge = span_move(m->zone, m->now, span, last ? -1 : 1);
	int32_t today = zone_date(m->zone, m->now);

	if (t == TYPE_DATE && last)
		return v->date >= zone_date(m->zone, edge) && v->date <= today;
	if (t == TYPE_DATE)
		return v->date > today && v->date <= zone_date(m->zone, edge);
	if (last)
		return v->at >= edge && v->at <= m->now;
	return v->at > m->now && v->at <= edge;
}

static bool
time_true(const struct naive_moment *m, const char *op, const struct naive *f,
	  enum attr_type t, const struct naive_value *v)
{
	const struct naive_operand *o = f->operand;
	int32_t day = t == TYPE_DATE ? v->date : zone_date(m->zone, v->at);

	if (!strcmp(op, "inLast") || !strcmp(op, "inNext"))
		return span_true(m, op, t, v, o->span);
	if (f->n_operands == 0)
		return calendar_true(m, op, day);
	if (!strcmp(op, "before"))
		return time_cmp(m, t, v, o) < 0;
	if (!strcmp(op, "after"))
		return time_cmp(m, t, v, o) > 0;
	if (!strcmp(op, "between"))
		return time_cmp(m, t, v, o) >= 0 &&
		       time_cmp(m, t, v, o + 1) < 0;
	return day == (o->is_date ? o->v.date : zone_date(m->zone, o->v.at));
}

static bool
has_item(const struct naive_value *v, const struct naive_operand *o)
{
	for (size_t i = 0; i < v->n; i++) {
		if (str_eq(v->items[i], o->v.items[0]))
			return true;
	}
	return false;
}

static bool
set_true(const char *op, const struct naive *f, const struct naive_value *v)
{
	size_t found = 0;

	for (size_t i = 0; i < f->n_operands; i++)
		found += has_item(v, &f->operand[i]);
	return !strcmp(op, "hasAll") ? found == f->n_operands : found > 0;
}

static bool
ip_true(const char *op, const struct naive *f, const struct naive_value *v)
{
	static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
	int bits = strcmp(op, "inNetwork") ? 128 : f->operand[0].bits;

	if (bits < 96 && !memcmp(v->ip.b, v4, sizeof(v4)))
		return false; /* IPv4, and a network of IPv6 */
	for (int i = 0; i < bits; i++) {
		int a = v->ip.b[i / 8] >> (7 - i % 8) & 1;
		int b = f->operand[0].v.ip.b[i / 8] >> (7 - i % 8) & 1;

		if (a != b)
			return false;
	}
	return true;
}

static bool
leaf_plain_true(const struct naive_moment *m, const char *op,
		const struct naive *f, const struct naive_value *v)
{
	enum attr_type t = naive_attrs[f->attr].type;

	if (!v->set)
		return false;
	if (!strcmp(op, "isSet"))
		return true;
	switch (t) {
	case TYPE_TEXT:
		return text_true(op, f, v->text);
	case TYPE_NUMBER:
		return number_true(op, f, v->number);
	case TYPE_INSTANT:
	case TYPE_DATE:
		return time_true(m, op, f, t, v);
	case TYPE_BOOLEAN:
		return v->flag == !strcmp(op, "isTrue");
	case TYPE_SET:
		return set_true(op, f, v);
	case TYPE_IP:
		return ip_true(op, f, v);
	case TYPE_COUNT:
		break;
	}
	abort();
}

static bool
deed_true(const struct naive_moment *m, const struct naive *f,
	  const struct soul *p)
{
	int64_t edge = f->recent ? span_move(m->zone, m->now,
					     f->operand[0].span, -1)
				 : INT64_MIN;
	uint64_t n = 0;

	for (size_t i = 0; i < p->n_did; i++)
		n += p->did[i].what == f->what && p->did[i].at >= edge &&
		     (!f->recent || p->did[i].at <= m->now);
	return n >= f->times;
}

bool
naive_true(const struct naive_moment *m, const struct naive *f,
	   const struct soul *p)
{
	size_t n = 0;

	if (f->kind == NAIVE_LEAF) {
		const char *op = plain(f->op);

		if (f->deed)
			return deed_true(m, f, p) == (op == f->op);

		return leaf_plain_true(m, op, f, &p->v[f->attr]) ==
		       (op == f->op);
	}
	for (size_t i = 0; i < f->n; i++)
		n += naive_true(m, f->child[i], p);
	if (f->kind == NAIVE_ALL)
		return n == f->n;
	return f->kind == NAIVE_ANY ? n > 0 : n == 0;
}

static void
deed_json(const struct naive *f, struct json_out *j)
{
	json_array(j);
	json_text(j, str_of(naive_deeds[f->what]));
	json_text(j, str_of(f->op));
	if (f->times > 1 || f->recent) {
		json_object(j);
		if (f->recent)
			json_kt(j, "inLast", f->operand[0].text);
		if (f->times > 1)
			json_ki(j, "atLeast", (int64_t)f->times);
		json_object_end(j);
	}
	json_array_end(j);
}

void
naive_json(const struct naive *f, struct json_out *j)
{
	static const char *const names[] = {"", "all", "any", "not"};

	if (f->kind == NAIVE_LEAF && f->deed) {
		deed_json(f, j);
		return;
	}
	if (f->kind == NAIVE_LEAF) {
		json_array(j);
		json_text(j, str_of(naive_attrs[f->attr].name));
		json_text(j, str_of(f->op));
		for (size_t i = 0; i < f->n_operands; i++) {
			if (naive_attrs[f->attr].type == TYPE_NUMBER)
				json_number(j, f->operand[i].v.number);
			else
				json_text(j, f->operand[i].text);
		}
		json_array_end(j);
		return;
	}
	json_object(j);
	json_key(j, str_of(names[f->kind]));
	if (f->kind != NAIVE_NOT)
		json_array(j);
	for (size_t i = 0; i < f->n; i++)
		naive_json(f->child[i], j);
	if (f->kind != NAIVE_NOT)
		json_array_end(j);
	json_object_end(j);
}

/* Order ----------------------------------------------------------------- */

/* Texts too long for a key are in order of their hash behind the first 400
 * bytes, which only the key knows. */
static int
long_text_cmp(struct str a, struct str b)
{
	struct buf x, y;
	int c;

	buf_init(&x);
	buf_init(&y);
	c = str_cmp(value_key_text(&x, a), value_key_text(&y, b));
	buf_fini(&x);
	buf_fini(&y);
	return c;
}

static int
text_cmp(struct str a, struct str b)
{
	if (a.n > TEXT_KEY_MAX && b.n > TEXT_KEY_MAX &&
	    !memcmp(a.p, b.p, TEXT_KEY_MAX))
		return long_text_cmp(a, b);
	return str_cmp(a, b);
}

static int
items_cmp(const struct naive_value *a, const struct naive_value *b)
{
	struct buf x, y;
	int c;

	buf_init(&x);
	buf_init(&y);
	for (size_t i = 0; i < a->n; i++) {
		buf_put(&x, i ? S("|") : S(""));
		text_fold(&x, a->items[i]);
	}
	for (size_t i = 0; i < b->n; i++) {
		buf_put(&y, i ? S("|") : S(""));
		text_fold(&y, b->items[i]);
	}
	c = text_cmp(buf_str(&x), buf_str(&y));
	buf_fini(&x);
	buf_fini(&y);
	return c;
}

/* By folded text, then text. */
static int
name_cmp(struct str a, struct str b)
{
	struct buf x, y;
	int c;

	buf_init(&x);
	buf_init(&y);
	text_fold(&x, a);
	text_fold(&y, b);
	c = str_cmp(buf_str(&x), buf_str(&y));
	buf_fini(&x);
	buf_fini(&y);
	return c != 0 ? c : str_cmp(a, b);
}

/* Segments: list against list, each in order of names. */
static int
segments_cmp(const struct naive_value *a, const struct naive_value *b)
{
	struct naive_value lists[2] = {*a, *b};
	const struct naive_value *x = &lists[0], *y = &lists[1];

	for (int l = 0; l < 2; l++)
		for (size_t i = 1; i < lists[l].n; i++) {
			struct str item = lists[l].items[i];
			size_t k = i;

			for (; k > 0 &&
			       name_cmp(item, lists[l].items[k - 1]) < 0; k--)
				lists[l].items[k] = lists[l].items[k - 1];
			lists[l].items[k] = item;
		}
	for (size_t i = 0; i < x->n && i < y->n; i++) {
		int c = name_cmp(x->items[i], y->items[i]);

		if (c != 0)
			return c;
	}
	return (x->n > y->n) - (x->n < y->n);
}

static int
value_cmp(const struct naive_value *a, const struct naive_value *b,
	  enum attr_type t)
{
	switch (t) {
	case TYPE_TEXT:
		return text_cmp(a->text, b->text);
	case TYPE_NUMBER:
		return (a->number > b->number) - (a->number < b->number);
	case TYPE_INSTANT:
		return (a->at > b->at) - (a->at < b->at);
	case TYPE_DATE:
		return (a->date > b->date) - (a->date < b->date);
	case TYPE_BOOLEAN:
		return a->flag - b->flag;
	case TYPE_SET:
		return items_cmp(a, b);
	case TYPE_IP:
		return memcmp(a->ip.b, b->ip.b, 16);
	case TYPE_COUNT:
		break;
	}
	abort();
}

int
naive_cmp(const struct soul *a, const struct soul *b, enum naive_attr by,
	  bool down)
{
	const struct naive_value *x = &a->v[by], *y = &b->v[by];
	int c = 0;

	if (x->set != y->set)
		return x->set ? -1 : 1;
	if (x->set)
		c = by == N_SEGMENT
			? segments_cmp(x, y)
			: value_cmp(x, y, naive_attrs[by].type);
	if (c == 0)
		c = a->id < b->id ? -1 : a->id > b->id;
	return down ? -c : c;
}
