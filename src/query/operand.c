/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The values inside a leaf.  Comparison is typed: a value is read as the type
 * of the attribute it is compared with, or refused with what was expected;
 * nothing is guessed.  Texts are folded here, once; a segment is looked up
 * (rule.c), so a filter that names one which does not exist never runs.
 */
#include "filter.h"

#define SHOWN_MAX 40u /* bytes of a wrong value that an error repeats */

typedef bool read_fn(struct query *q, const struct attr *a,
		     const struct json *v, struct operand *out);

static bool
read_text(struct query *q, const struct attr *a, const struct json *v,
	  struct operand *out)
{
	char phone[17];

	if (v->kind != JSON_STRING || v->text.n > TEXT_VALUE_MAX)
		return false;
	out->text = v->text;
	out->folded = text_folded(q->arena, v->text);
	/* Phones are kept as E.164 where they parse, so compare them so. */
	if (a->id == A_PHONE && text_to_phone(v->text, phone))
		out->folded = arena_str(q->arena, str_of(phone));
	return true;
}

static bool
read_number(struct query *q, const struct attr *a, const struct json *v,
	    struct operand *out)
{
	if (v->kind != JSON_NUMBER)
		return false;
	out->number = v->number;
	return true;
}

/* A day, or an instant with its offset; a bare number is neither. */
static bool
read_time(struct query *q, const struct attr *a, const struct json *v,
	  struct operand *out)
{
	if (v->kind != JSON_STRING)
		return false;
	out->text = v->text;
	out->is_date = date_parse(v->text, &out->date);
	if (out->is_date)
		return true;
	return v->text.n > 10 && v->text.p[4] == '-' &&
	       instant_parse(v->text, &out->at);
}

static bool
read_ip(struct query *q, const struct attr *a, const struct json *v,
	struct operand *out)
{
	if (v->kind != JSON_STRING)
		return false;
	out->text = v->text;
	return text_to_ip(v->text, &out->ip);
}

static bool
read_span(struct query *q, const struct attr *a, const struct json *v,
	  struct operand *out)
{
	if (v->kind != JSON_STRING)
		return false;
	out->text = v->text;
	return span_parse(v->text, &out->span);
}

static bool
read_network(struct query *q, const struct attr *a, const struct json *v,
	     struct operand *out)
{
	if (v->kind != JSON_STRING)
		return false;
	out->text = v->text;
	return text_to_network(v->text, &out->ip, &out->bits);
}

struct reader {
	read_fn *read;
	const char *expected;
};

static const struct reader by_type[TYPE_COUNT] = {
    [TYPE_TEXT] = {read_text, "a text of at most 16 KiB"},
    [TYPE_NUMBER] = {read_number, "a number"},
    [TYPE_INSTANT] = {read_time, "a date (2026-11-01) or an instant "
				 "(2026-11-01T09:30:00Z)"},
    [TYPE_DATE] = {read_time, "a date (2026-11-01)"},
    [TYPE_BOOLEAN] = {NULL, "no value"},
    [TYPE_SET] = {read_text, "a text of at most 16 KiB"},
    [TYPE_IP] = {read_ip, "an IP address"},
};
static const struct reader of_segment = {
    NULL, "the name or the id of a segment that exists"};
static const struct reader of_span = {
    read_span, "a span of time such as 45m, 12h, 30d, 2w, 3mo or 1y"};
static const struct reader of_network = {
    read_network, "a network such as 10.0.0.0/8, without host bits"};

static const struct reader *
reader_of(const struct attr *a, const struct op *op)
{
	if (op->form == FORM_SPAN)
		return &of_span;
	if (op->form == FORM_NETWORK)
		return &of_network;
	if (a->id == A_SEGMENT)
		return &of_segment;
	return &by_type[a->type];
}

/* The value as an error shows it: its start, or what kind of thing it is. */
static void
shown_put(struct buf *out, const struct json *v)
{
	static const char *const kinds[] = {
	    [JSON_NULL] = "null",        [JSON_FALSE] = "false",
	    [JSON_TRUE] = "true",        [JSON_NUMBER] = "a number",
	    [JSON_STRING] = "a text",    [JSON_ARRAY] = "an array",
	    [JSON_OBJECT] = "an object",
	};
	struct str s = text_prefix(v->text, SHOWN_MAX);

	if (v->kind == JSON_STRING)
		buf_printf(out, "\"%.*s%s\"", STR_ARG(s),
			   s.n < v->text.n ? "…" : "");
	else if (v->kind == JSON_NUMBER)
		buf_printf(out, "the number %.*s", STR_ARG(s));
	else
		buf_put(out, str_of(kinds[v->kind]));
}

enum err
operand_read(struct query *q, const struct attr *a, const struct op *op,
	     const struct json *v, struct operand *out, struct fault *f)
{
	const struct reader *r;
	struct buf shown;
	enum err e = ERR_NOT_FOUND;

	*out = (struct operand){0};
	if (op->form == FORM_DEED) {
		struct fault inner = {0};

		e = behaviour_read(v, out, &inner);
		return e == OK ? OK
			       : fail(f, e, "", "%.*s %s: %s",
				      STR_ARG(text_prefix(a->name, SHOWN_MAX)),
				      op->name, inner.text);
	}
	if (op->form == FORM_WORDS) {
		struct fault inner = {0};

		e = speech_read(q, v, out, &inner);
		return e == OK ? OK
			       : fail(f, e, "", "%.*s %s: %s",
				      STR_ARG(a->name), op->name, inner.text);
	}
	if (op->form == FORM_NUMBER)
		return counted_read(q, v, out, f);
	r = reader_of(a, op);
	if (r == &of_segment)
		e = segment_read(q, v, out, f);
	else if (r->read(q, a, v, out))
		return OK;
	if (e != ERR_NOT_FOUND)
		return e;
	if (q->txn && kv_error(q->txn) != OK)
		return kv_error(q->txn);
	buf_init(&shown);
	shown_put(&shown, v);
	fail(f, ERR_INVALID, "", "%.*s: expected %s, not %s",
	     STR_ARG(text_prefix(a->name, SHOWN_MAX)), r->expected, shown.p);
	buf_fini(&shown);
	return ERR_INVALID;
}

struct str
operand_key(struct query *q, const struct attr *a, const struct operand *o)
{
	uint8_t fixed[16];
	struct wr w = wr_of(fixed, sizeof(fixed));
	struct str key = STR_NONE;
	struct buf text;

	buf_init(&text);
	if (a->id == A_SEGMENT) {
		wr_be32(&w, o->segment);
		key = wr_out(&w);
	} else if (a->type == TYPE_NUMBER) {
		wr_be64(&w, number_to_order(o->number));
		key = wr_out(&w);
	} else if (a->type == TYPE_IP) {
		key = value_key_ip(&o->ip, fixed);
	} else {
		key = value_key_text(&text, o->folded);
	}
	key = arena_str(q->arena, key);
	buf_fini(&text);
	return key;
}
