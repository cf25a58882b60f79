/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Random values and random filters of the naive model; see naive.h. */
#include "naive.h"

#include "t/dice.h"

#include <stdio.h>
#include <stdlib.h>

#define PICK(d, list) ((list)[dice_roll(d, COUNT(list))])

uint64_t
dice_roll(struct dice *d, uint64_t sides)
{
	return splitmix64(&d->state) % sides;
}

/* Casing that changes length, accents composed and not, widths, ligatures,
 * scripts without case, and signs that mean something elsewhere. */
static const char *const words[] = {
    "Straße",
    "STRASSE",
    "strasse",
    "İstanbul",
    "istanbul",
    "ISTANBUL",
    "ıstanbul",
    "Σίσυφος",
    "ΣΊΣΥΦΟΣ",
    "é",
    "e\xcc\x81",
    "E",
    "Å",
    "\xe2\x84\xab",
    "a\xcc\x8a",
    "日本",
    "日本語",
    "本",
    "ＡＢＣ",
    "abc",
    "\xef\xac\x81sh",
    "fish",
    "한국",
    "Ⅷ",
    "viii",
    "%",
    "_",
    "*",
    "'",
    "\\",
    "\"",
    "|",
    "x",
    "X y",
    "Ω",
    "ω",
    "🙂",
    "नमस्ते",
    "ﷺ",
    "Ǆ",
};

const char *const naive_segments[] = {"Leads", "leads", "VIP", "Straße",
				      "日本",  "7",     "Zz"};
const size_t n_naive_segments = COUNT(naive_segments);
static const char *const flows[] = {"welcome", "Welcome 2", "nps", "Straße"};

static struct str
random_text(struct dice *d, struct arena *a)
{
	struct buf b;
	struct str out;
	size_t n = 1 + dice_roll(d, 3);

	buf_init(&b);
	/* some too long for an index key, alike up to where it is cut */
	if (dice_roll(d, 12) == 0) {
		for (size_t i = dice_roll(d, 4) ? 100 : 190; i > 0; i--)
			buf_put(&b, S("Łong "));
	}
	for (size_t i = 0; i < n; i++) {
		buf_put(&b, str_of(PICK(d, words)));
		if (dice_roll(d, 3) == 0)
			buf_c(&b, ' ');
	}
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* Some characters out of a text, from one boundary to another. */
static struct str
random_piece(struct dice *d, struct str s)
{
	size_t from = text_prefix(s, dice_roll(d, s.n + 1)).n;
	struct str rest = str_cut(s, from, s.n);

	if (dice_roll(d, 3) == 0)
		return rest;
	return text_prefix(rest,
			   dice_roll(d, 12) ? 1 + dice_roll(d, 9) : rest.n);
}

struct str
naive_random_piece(struct dice *d, struct arena *a, size_t characters)
{
	struct str s = random_text(d, a);
	size_t n = 1;

	while (n < s.n && text_length(text_prefix(s, n)) < characters)
		n++;
	return text_prefix(s, n);
}

static double
random_number(struct dice *d)
{
	static const double odd[] = {0.0,    -0.0,      1e300, -1e300,
				     5e-324, 0.1,       0.3,   4096.0,
				     4097.0, 123456.75, -7.25};

	if (dice_roll(d, 3) == 0)
		return PICK(d, odd);
	return (double)dice_roll(d, 21) - 10.0;
}

static int64_t
random_instant(struct dice *d, int64_t now)
{
	static const int offsets[] = {0,   345, -300, -240, 630, 660,
				      780, 840, 330,  60,   120};
	static const int64_t days[] = {0, 1, 7, 14, 30, 31, 365, 366};
	int64_t day = 86400 * SECOND_US;
	int64_t jitter = (int64_t)dice_roll(d, 3) - 1;

	switch (dice_roll(d, 4)) {
	case 0: /* exactly so many days from now, or a microsecond off */
		return now + (dice_roll(d, 2) ? 1 : -1) * PICK(d, days) * day +
		       jitter;
	case 1: /* about midnight somewhere */
		return (now / day + (int64_t)dice_roll(d, 120) - 100) * day -
		       PICK(d, offsets) * 60 * SECOND_US + jitter;
	default:
		return now + (int64_t)dice_roll(d, 500) * day - 450 * day +
		       (int64_t)dice_roll(d, 86400) * SECOND_US;
	}
}

static int32_t
random_date(struct dice *d, int64_t now)
{
	int32_t today = (int32_t)(now / (86400 * SECOND_US));

	if (dice_roll(d, 4) == 0)
		return date_of(1900 + (int)dice_roll(d, 150),
			       1 + (int)dice_roll(d, 12),
			       1 + (int)dice_roll(d, 28));
	return today + (int32_t)dice_roll(d, 90) - 70;
}

static struct str
random_ip(struct dice *d, struct arena *a, struct ip *out)
{
	*out = (struct ip){{0}};
	if (dice_roll(d, 3) == 0) {
		out->b[0] = 0x20;
		out->b[1] = 0x01;
		out->b[5] = (uint8_t)dice_roll(d, 3);
		out->b[15] = (uint8_t)dice_roll(d, 5);
		return arena_printf(a, "2001:0:%x:0:0:0:0:%x", out->b[5],
				    out->b[15]);
	}
	out->b[10] = out->b[11] = 0xff;
	out->b[12] = dice_roll(d, 2) ? 10 : 255;
	out->b[13] = (uint8_t)(dice_roll(d, 2) * 255);
	out->b[14] = (uint8_t)dice_roll(d, 4);
	out->b[15] = (uint8_t)dice_roll(d, 256);
	return arena_printf(a, "%u.%u.%u.%u", out->b[12], out->b[13],
			    out->b[14], out->b[15]);
}

static struct str
json_of_text(struct arena *a, struct str s)
{
	struct json_out j;
	struct buf b;
	struct str out;

	buf_init(&b);
	json_out_init(&j, &b);
	json_text(&j, s);
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static void
random_phone(struct dice *d, struct arena *a, struct naive_value *out,
	     struct str *json)
{
	unsigned n = 1000 + (unsigned)dice_roll(d, 12);

	if (dice_roll(d, 3) == 0) {
		out->text = arena_printf(a, "ext %u", n);
		*json = json_of_text(a, arena_printf(a, "Ext %u", n));
		return;
	}
	out->text = arena_printf(a, "+4930%u", n);
	*json = json_of_text(
	    a, arena_printf(a, "+49 (30) %u-%02u", n / 100, n % 100));
}

static void
items_add(struct naive_value *v, struct str item)
{
	size_t i = v->n;

	for (size_t k = 0; k < v->n; k++) {
		if (str_eq(v->items[k], item))
			return;
	}
	if (v->n == NAIVE_ITEMS)
		return;
	for (; i > 0 && str_cmp(item, v->items[i - 1]) < 0; i--)
		v->items[i] = v->items[i - 1];
	v->items[i] = item;
	v->n++;
}

static void
random_items(struct dice *d, struct arena *a, struct naive_value *out,
	     struct str *json)
{
	size_t n = dice_roll(d, 5);
	struct json_out j;
	struct buf b;

	buf_init(&b);
	json_out_init(&j, &b);
	json_array(&j);
	for (size_t i = 0; i < n; i++) {
		struct str item = str_of(PICK(d, words));

		json_text(&j, item);
		items_add(out, text_folded(a, item));
	}
	json_array_end(&j);
	*json = arena_str(a, buf_str(&b));
	out->set = out->n > 0;
	buf_fini(&b);
}

static struct str
instant_text(struct arena *a, int64_t at)
{
	char text[32];

	return arena_str(a, (struct str){text, instant_format(at, text)});
}

static struct str
date_text(struct arena *a, int32_t date)
{
	char text[16];

	return arena_str(a, (struct str){text, date_format(date, text)});
}

static void
random_text_value(struct dice *d, struct arena *a, enum naive_attr attr,
		  struct naive_value *out, struct str *json)
{
	struct str text;

	if (attr == N_PHONE) {
		random_phone(d, a, out, json);
		return;
	}
	text = random_text(d, a);
	out->text = text_folded(a, text);
	*json = json_of_text(a, text);
}

void
naive_random_value(struct dice *d, struct arena *a, enum naive_attr attr,
		   int64_t now, struct naive_value *out, struct str *json)
{
	enum attr_type t = naive_attrs[attr].type;
	char number[32];

	*out = (struct naive_value){.set = dice_roll(d, 8) != 0};
	*json = S("null");
	if (!out->set)
		return;
	if (t != TYPE_TEXT && t != TYPE_SET && dice_roll(d, 10) == 0) {
		out->set = false;
		*json = S("\"neither this nor that\"");
		return;
	}
	switch (t) {
	case TYPE_TEXT:
		random_text_value(d, a, attr, out, json);
		break;
	case TYPE_NUMBER:
		out->number = random_number(d);
		*json = arena_str(
		    a,
		    (struct str){number, number_to_text(out->number, number)});
		break;
	case TYPE_INSTANT:
		out->at = random_instant(d, now);
		*json = json_of_text(a, instant_text(a, out->at));
		break;
	case TYPE_DATE:
		out->date = random_date(d, now);
		*json = json_of_text(a, date_text(a, out->date));
		break;
	case TYPE_BOOLEAN:
		out->flag = dice_roll(d, 2);
		*json = out->flag ? S("true") : S("false");
		break;
	case TYPE_SET:
		random_items(d, a, out, json);
		break;
	case TYPE_IP:
		*json = json_of_text(a, random_ip(d, a, &out->ip));
		break;
	case TYPE_COUNT:
		break;
	}
}

/* Filters --------------------------------------------------------------- */

static const char *const ops_text[] = {
    "is",          "isNot",      "isAnyOf",  "isNoneOf", "contains", "contains",
    "notContains", "startsWith", "endsWith", "isSet",    "isNotSet"};
static const char *const ops_number[] = {
    "=", "!=", "<", "<=", ">", ">=", "between", "isSet", "isNotSet"};
static const char *const ops_time[] = {
    "before",    "after",     "on",    "between",   "inLast",
    "notInLast", "inNext",    "today", "yesterday", "thisWeek",
    "thisMonth", "lastMonth", "isSet", "isNotSet"};
static const char *const ops_boolean[] = {"isTrue", "isFalse", "isSet",
					  "isNotSet"};
static const char *const ops_set[] = {"hasAny", "hasAll", "hasNone", "isSet",
				      "isNotSet"};
static const char *const ops_ip[] = {"is",        "isNot",        "inNetwork",
				     "inNetwork", "notInNetwork", "isSet",
				     "isNotSet"};

static const char *
random_op(struct dice *d, enum attr_type t)
{
	switch (t) {
	case TYPE_TEXT:
		return PICK(d, ops_text);
	case TYPE_NUMBER:
		return PICK(d, ops_number);
	case TYPE_INSTANT:
	case TYPE_DATE:
		return PICK(d, ops_time);
	case TYPE_BOOLEAN:
		return PICK(d, ops_boolean);
	case TYPE_SET:
		return PICK(d, ops_set);
	case TYPE_IP:
		return PICK(d, ops_ip);
	case TYPE_COUNT:
		break;
	}
	abort();
}

static size_t
op_operands(struct dice *d, const char *op)
{
	static const char *const none[] = {
	    "isSet",     "isNotSet", "isTrue",    "isFalse",  "today",
	    "yesterday", "thisWeek", "thisMonth", "lastMonth"};
	static const char *const many[] = {"isAnyOf", "isNoneOf", "hasAny",
					   "hasAll", "hasNone"};

	for (size_t i = 0; i < COUNT(none); i++) {
		if (!strcmp(op, none[i]))
			return 0;
	}
	for (size_t i = 0; i < COUNT(many); i++) {
		if (!strcmp(op, many[i]))
			return 1 + dice_roll(d, NAIVE_OPERANDS);
	}
	return strcmp(op, "between") ? 1 : 2;
}

static void
operand_text(struct dice *d, struct arena *a, enum naive_attr attr,
	     const char *op, struct naive_operand *o)
{
	static const char *const consents[] = {"in", "out", "none", "None",
					       "n",  "o",   ""};
	char phone[17];
	bool whole = !strncmp(op, "is", 2);

	if (attr == N_CONSENT)
		o->text = str_of(PICK(d, consents));
	else if (attr == N_USER_ID)
		o->text = arena_printf(a, "U-%u", (unsigned)dice_roll(d, 500));
	else if (attr == N_PHONE)
		o->text = arena_printf(a, "+49 30 %u",
				       1000 + (unsigned)dice_roll(d, 12));
	else
		o->text = random_text(d, a);
	if (!whole && attr != N_CONSENT)
		o->text = random_piece(d, o->text);
	o->v.text = text_folded(a, o->text);
	if (attr == N_PHONE && text_to_phone(o->text, phone))
		o->v.text = arena_str(a, str_of(phone));
}

static void
operand_time(struct dice *d, struct arena *a, int64_t now, const char *op,
	     struct naive_operand *o)
{
	static const char *const spans[] = {"30d", "1d",   "12h", "45m",
					    "2w",  "3mo",  "1mo", "1y",
					    "7d",  "365d", "100h"};

	if (!strcmp(op, "inLast") || !strcmp(op, "notInLast") ||
	    !strcmp(op, "inNext")) {
		o->text = str_of(PICK(d, spans));
		if (!span_parse(o->text, &o->span))
			abort();
		return;
	}
	o->is_date = dice_roll(d, 2);
	o->v.date = random_date(d, now);
	o->v.at = random_instant(d, now);
	o->text =
	    o->is_date ? date_text(a, o->v.date) : instant_text(a, o->v.at);
}

static void
operand_item(struct dice *d, struct arena *a, enum naive_attr attr,
	     struct naive_operand *o)
{
	if (attr == N_SEGMENT) {
		o->text = o->v.items[0] = str_of(PICK(d, naive_segments));
		return;
	}
	o->text = str_of(attr == N_IN_FLOW ? PICK(d, flows) : PICK(d, words));
	o->v.items[0] = text_folded(a, o->text);
}

static void
operand_ip(struct dice *d, struct arena *a, const char *op,
	   struct naive_operand *o)
{
	struct ip *ip = &o->v.ip;
	bool v4;

	o->text = random_ip(d, a, ip);
	if (!strcmp(op, "is") || !strcmp(op, "isNot"))
		return;
	v4 = ip->b[10] == 0xff;
	o->bits = v4 ? 96 + (int)dice_roll(d, 33) : (int)dice_roll(d, 129);
	for (int i = o->bits; i < 128; i++)
		ip->b[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	if (v4)
		o->text =
		    arena_printf(a, "%u.%u.%u.%u/%d", ip->b[12], ip->b[13],
				 ip->b[14], ip->b[15], o->bits - 96);
	else
		o->text = arena_printf(a, "%x:0:%x:0:0:0:0:%x/%d",
				       ip->b[0] << 8 | ip->b[1],
				       ip->b[4] << 8 | ip->b[5],
				       ip->b[14] << 8 | ip->b[15], o->bits);
}

bool naive_deeds_known;

static void
random_deed(struct dice *d, struct arena *a, int64_t now, struct naive *f)
{
	f->deed = true;
	f->what = (enum naive_deed)dice_roll(d, N_DEEDS);
	f->op = dice_roll(d, 2) ? "did" : "didNot";
	f->times = 1 + dice_roll(d, 2) * dice_roll(d, 4);
	f->recent = dice_roll(d, 2);
	if (f->recent)
		operand_time(d, a, now, "inLast", &f->operand[0]);
}

struct naive *
naive_random_leaf(struct dice *d, struct arena *a, int64_t now)
{
	struct naive *f = arena_get(a, sizeof(*f));
	enum attr_type t;

	if (naive_deeds_known && dice_roll(d, 6) == 0) {
		random_deed(d, a, now, f);
		return f;
	}
	f->attr = (enum naive_attr)dice_roll(d, N_ATTRS);
	t = naive_attrs[f->attr].type;
	f->op = random_op(d, t);
	f->n_operands = op_operands(d, f->op);
	for (size_t i = 0; i < f->n_operands; i++) {
		struct naive_operand *o = &f->operand[i];

		if (t == TYPE_TEXT)
			operand_text(d, a, f->attr, f->op, o);
		else if (t == TYPE_NUMBER)
			o->v.number = random_number(d);
		else if (t == TYPE_SET)
			operand_item(d, a, f->attr, o);
		else if (t == TYPE_IP)
			operand_ip(d, a, f->op, o);
		else
			operand_time(d, a, now, f->op, o);
	}
	return f;
}

struct naive *
naive_random(struct dice *d, struct arena *a, int64_t now, int depth)
{
	struct naive *f;

	if (depth == 0 || dice_roll(d, 3) == 0)
		return naive_random_leaf(d, a, now);
	f = arena_get(a, sizeof(*f));
	f->kind = (enum naive_kind)(1 + dice_roll(d, 3));
	f->n = f->kind == NAIVE_NOT ? 1 : 1 + dice_roll(d, NAIVE_CHILDREN);
	for (size_t i = 0; i < f->n; i++)
		f->child[i] = naive_random(d, a, now, depth - 1);
	return f;
}
