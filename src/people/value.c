/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Values: from JSON to typed, from typed to index keys and to the wire.  A
 * value that does not parse as its attribute's type is not lost: it becomes a
 * misfit, kept as text, shown, and in no index.  An empty text is no value.
 *
 * Index keys sort as the values do: folded text ended by 00, numbers, instants
 * and dates as eight bytes, addresses as sixteen.  Very long texts are cut and
 * ended by 01 and a hash of the whole, so equal keys still mean equal texts.
 */
#include "room.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define HASH_BYTES 16u
#define EXACT_INTEGER 9007199254740992.0 /* 2^53 */

const char *const attr_type_names[TYPE_COUNT] = {
    [TYPE_TEXT] = "text",       [TYPE_NUMBER] = "number",
    [TYPE_INSTANT] = "instant", [TYPE_DATE] = "date",
    [TYPE_BOOLEAN] = "boolean", [TYPE_SET] = "set",
    [TYPE_IP] = "ip",
};

/* The text a scalar was written as; false for arrays and objects. */
static bool
scalar_text(const struct json *v, struct str *out)
{
	switch (v->kind) {
	case JSON_STRING:
	case JSON_NUMBER:
		*out = v->text;
		return true;
	case JSON_TRUE:
		*out = S("true");
		return true;
	case JSON_FALSE:
		*out = S("false");
		return true;
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return false;
}

static bool
has_decimal_form(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '.' || s.p[i] == 'e' || s.p[i] == 'E')
			return true;
	return false;
}

/* Whole numbers of more digits are ids, and would become others. */
static bool
kept_exactly(struct str text, double number)
{
	return has_decimal_form(text) || fabs(number) < EXACT_INTEGER;
}

static enum err
check_number(const struct attr *a, const struct json *v, struct fault *f)
{
	if (v->kind != JSON_NUMBER || kept_exactly(v->text, v->number))
		return OK;
	return fail(f, ERR_INVALID, a == NULL ? "" : a->name.p,
		    "%.*s cannot be kept exactly as a number (over 2^53): send "
		    "it as text in quotes",
		    (int)(v->text.n < 40 ? v->text.n : 40), v->text.p);
}

static struct str
arena_folded(struct arena *a, struct str s)
{
	return text_folded(a, s);
}

struct item {
	struct str text, folded;
};

static int
item_cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = str_cmp(x->folded, y->folded);

	return c != 0 ? c : str_cmp(x->text, y->text);
}

void
items_sort(struct arena *a, struct str *texts, size_t n)
{
	struct item *items;

	if (n < 2)
		return;
	items = arena_get(a, n * sizeof(*items));
	for (size_t i = 0; i < n; i++) {
		items[i].text = texts[i];
		items[i].folded = text_folded(a, texts[i]);
	}
	qsort(items, n, sizeof(*items), item_cmp);
	for (size_t i = 0; i < n; i++)
		texts[i] = items[i].text;
}

static enum err
set_of_json(struct arena *arena, const struct attr *a, const struct json *v,
	    struct value *out, struct fault *f)
{
	size_t n = v->kind == JSON_ARRAY ? v->count : 1, kept = 0;
	struct item *items;
	struct str *texts;

	if (n > SET_ITEMS_MAX)
		return fail(f, ERR_LIMIT, a->name.p,
			    "a set holds at most %u items", SET_ITEMS_MAX);
	items = arena_get(arena, (n + 1) * sizeof(*items));
	for (const struct json *i = v->kind == JSON_ARRAY ? v->first : v;
	     i != NULL; i = v->kind == JSON_ARRAY ? i->next : NULL) {
		struct item *at = &items[kept];

		if (!scalar_text(i, &at->text) || at->text.n > 1024)
			return fail(f, ERR_INVALID, a->name.p,
				    "items of a set are texts of at most 1,024 "
				    "bytes");
		if (str_trim(at->text).n == 0)
			continue;
		at->folded = arena_folded(arena, at->text);
		kept++;
	}
	if (kept == 0)
		return ERR_NOT_FOUND;
	qsort(items, kept, sizeof(*items), item_cmp);
	texts = arena_get(arena, kept * sizeof(*texts));
	out->n_items = 0;
	for (size_t i = 0; i < kept; i++)
		if (i == 0 || !str_eq(items[i].folded, items[i - 1].folded))
			texts[out->n_items++] = items[i].text;
	out->items = texts;
	return OK;
}

static struct str
joined(struct arena *arena, const struct json *array)
{
	struct buf b;
	struct str text;

	buf_init(&b);
	for (const struct json *i = array->first; i != NULL; i = i->next) {
		if (i != array->first)
			buf_c(&b, '|');
		if (scalar_text(i, &text))
			buf_put(&b, text);
	}
	text = arena_str(arena, buf_str(&b));
	buf_fini(&b);
	return text;
}

static bool
parse_boolean(struct str s, bool *out)
{
	*out = str_eq(s, S("true"));
	return *out || str_eq(s, S("false"));
}

static bool
parse_instant(const struct json *v, struct str text, int64_t *out)
{
	int32_t date;

	if (v->kind == JSON_NUMBER)
		return instant_of_number(v->number, out);
	if (date_parse(text, &date)) {
		*out = date * INT64_C(86400) * SECOND_US;
		return true;
	}
	return instant_parse(text, out);
}

/* Does the text parse as the type? Texts of any form do. */
static bool
scalar_parse(const struct json *v, struct str text, struct value *out)
{
	switch (out->type) {
	case TYPE_TEXT:
		return true;
	case TYPE_NUMBER:
		if (v->kind == JSON_NUMBER) {
			out->number = v->number;
			return true;
		}
		return v->kind == JSON_STRING &&
		       text_to_number(text, &out->number) &&
		       kept_exactly(text, out->number);
	case TYPE_INSTANT:
		return (v->kind == JSON_NUMBER || v->kind == JSON_STRING) &&
		       parse_instant(v, text, &out->instant);
	case TYPE_DATE:
		return v->kind == JSON_STRING && date_parse(text, &out->date);
	case TYPE_BOOLEAN:
		return parse_boolean(text, &out->flag);
	case TYPE_IP:
		return v->kind == JSON_STRING && text_to_ip(text, &out->ip);
	case TYPE_SET:
	case TYPE_COUNT:
		break;
	}
	return false;
}

static void
phone_tidy(struct arena *arena, struct value *out)
{
	char e164[17];

	if (!text_to_phone(out->text, e164) || str_eq(out->text, str_of(e164)))
		return;
	out->original = out->text;
	out->text = arena_str(arena, str_of(e164));
}

enum err
value_of_json(struct arena *arena, const struct attr *a, const struct json *v,
	      struct value *out, struct fault *f)
{
	*out = (struct value){.type = a->type};
	if (v->kind == JSON_NULL || (v->kind == JSON_STRING && v->text.n == 0))
		return ERR_NOT_FOUND;
	if (v->kind == JSON_OBJECT)
		return fail(f, ERR_INVALID, a->name.p,
			    "an object is not a value: send its members as "
			    "attributes of their own");
	if (a->type == TYPE_SET)
		return set_of_json(arena, a, v, out, f);
	if (v->kind == JSON_ARRAY) {
		out->text = joined(arena, v);
		out->misfit = true;
	} else {
		scalar_text(v, &out->text);
		if (a->type != TYPE_TEXT)
			TRY(check_number(a, v, f));
		out->misfit = !scalar_parse(v, out->text, out);
	}
	if (out->text.n > TEXT_VALUE_MAX)
		return fail(f, ERR_LIMIT, a->name.p,
			    "a value holds at most %u bytes", TEXT_VALUE_MAX);
	if (out->text.n == 0)
		return ERR_NOT_FOUND;
	if (a->id == A_BANNED && out->misfit) /* nobody is half banned */
		return fail(f, ERR_INVALID, a->name.p,
			    "true or false was expected.");
	if (a->id == A_PHONE)
		phone_tidy(arena, out);
	return OK;
}

enum attr_type
value_first_type(const struct json *v)
{
	int32_t date;
	int64_t at;

	switch (v->kind) {
	case JSON_NUMBER:
		return TYPE_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return TYPE_BOOLEAN;
	case JSON_ARRAY:
		return TYPE_SET;
	case JSON_STRING:
		if (date_parse(v->text, &date))
			return TYPE_DATE;
		/* RFC 3339 with its dashes; a bare number stays text */
		if (v->text.n >= 20 && v->text.p[4] == '-' &&
		    instant_parse(v->text, &at))
			return TYPE_INSTANT;
		break;
	case JSON_NULL:
	case JSON_OBJECT:
		break;
	}
	return TYPE_TEXT;
}

/* Another type --------------------------------------------------------------
 */

/* A value as the JSON that events would send it as. */
static struct json *
json_of_value(struct arena *arena, enum attr_type to, const struct value *v)
{
	struct json *j = arena_get(arena, sizeof(*j));
	struct buf b;

	buf_init(&b);
	value_text(&b, v);
	j->kind = JSON_STRING;
	j->text = arena_str(arena, buf_str(&b));
	buf_fini(&b);
	if (v->misfit)
		return j;
	if (v->type == TYPE_TEXT && v->original.p != NULL)
		j->text = v->original;
	if (v->type == TYPE_NUMBER) {
		j->kind = JSON_NUMBER;
		j->number = v->number;
	} else if (v->type == TYPE_BOOLEAN && to == TYPE_BOOLEAN) {
		j->kind = v->flag ? JSON_TRUE : JSON_FALSE;
	} else if (v->type == TYPE_INSTANT && to == TYPE_DATE) {
		j->text = str_cut(j->text, 0, 10); /* the day in UTC */
	}
	return j;
}

/* Sets are written with "|" between the items, and read so. */
static struct json *
json_of_items(struct arena *arena, struct str text)
{
	struct json *array = arena_get(arena, sizeof(*array));
	struct json **end = &array->first;
	struct str item;

	array->kind = JSON_ARRAY;
	while (str_split(&text, '|', &item)) {
		struct json *j = arena_get(arena, sizeof(*j));

		j->kind = JSON_STRING;
		j->text = item;
		*end = j;
		end = &j->next;
		array->count++;
	}
	return array;
}

bool
value_as(struct arena *arena, const struct attr *to, const struct value *v,
	 struct value *out)
{
	struct json *j;
	struct str text;
	enum err e;

	if (v->type == to->type && !v->misfit) {
		*out = *v;
		return true;
	}
	j = json_of_value(arena, to->type, v);
	text = j->text;
	if (to->type == TYPE_SET)
		j = json_of_items(arena, text);
	e = value_of_json(arena, to, j, out, NULL);
	if (e == OK || e == ERR_NOT_FOUND)
		return e == OK;
	*out = (struct value){.type = to->type, .misfit = true, .text = text};
	return true;
}

/* Keys -----------------------------------------------------------------------
 */

struct str
value_key_text(struct buf *out, struct str folded)
{
	size_t start = out->n;
	struct sha256 hash;

	assert(folded.n == 0 || folded.p < out->p ||
	       folded.p >= out->p + out->n);
	if (folded.n <= TEXT_KEY_MAX) {
		buf_put(out, folded);
		buf_c(out, '\0');
	} else {
		hash = sha256_of(folded);
		buf_put(out, str_cut(folded, 0, TEXT_KEY_MAX));
		buf_c(out, '\1');
		buf_bytes(out, hash.b, HASH_BYTES);
	}
	return str_cut(buf_str(out), start, out->n);
}

bool
value_key_cut(struct str key)
{
	return key.n == TEXT_KEY_MAX + 1 + HASH_BYTES &&
	       key.p[TEXT_KEY_MAX] == '\1';
}

struct str
value_key_ip(const struct ip *ip, uint8_t out[16])
{
	memcpy(out, ip->b, 16);
	return (struct str){(const char *)out, 16};
}

static uint64_t
signed_order(int64_t v)
{
	return (uint64_t)v ^ UINT64_C(1) << 63;
}

uint64_t
value_order(const struct value *v)
{
	switch (v->type) {
	case TYPE_NUMBER:
		return number_to_order(v->number);
	case TYPE_INSTANT:
		return signed_order(v->instant);
	case TYPE_DATE:
		return signed_order(v->date);
	case TYPE_TEXT:
	case TYPE_BOOLEAN:
	case TYPE_SET:
	case TYPE_IP:
	case TYPE_COUNT:
		break;
	}
	return 0;
}

/* Instants: 71 minutes, 38 hours, 51 days, 4.5 years. Numbers: by leading bits
 * of the mantissa: 1/4096 of an octave, 1/64, one octave. Dates: 32 days, 2.8
 * years. */
const struct levels *
type_levels(enum attr_type t)
{
	static const struct levels instants = {4, {0, 32, 37, 42, 47}, true};
	static const struct levels numbers = {3, {0, 40, 46, 52}, true};
	static const struct levels dates = {2, {0, 5, 10}, true};

	switch (t) {
	case TYPE_INSTANT:
		return &instants;
	case TYPE_NUMBER:
		return &numbers;
	case TYPE_DATE:
		return &dates;
	case TYPE_TEXT:
	case TYPE_BOOLEAN:
	case TYPE_SET:
	case TYPE_IP:
	case TYPE_COUNT:
		break;
	}
	return NULL;
}

/* Wire
 * ------------------------------------------------------------------------- */

void
value_text(struct buf *b, const struct value *v)
{
	char text[32];

	if (v->misfit) {
		buf_put(b, v->text);
		return;
	}
	switch (v->type) {
	case TYPE_TEXT:
	case TYPE_IP:
		buf_put(b, v->text);
		break;
	case TYPE_NUMBER:
		buf_bytes(b, text, number_to_text(v->number, text));
		break;
	case TYPE_INSTANT:
		buf_bytes(b, text, instant_format(v->instant, text));
		break;
	case TYPE_DATE:
		buf_bytes(b, text, date_format(v->date, text));
		break;
	case TYPE_BOOLEAN:
		buf_put(b, v->flag ? S("true") : S("false"));
		break;
	case TYPE_SET:
		for (size_t i = 0; i < v->n_items; i++) {
			if (i > 0)
				buf_c(b, '|');
			buf_put(b, v->items[i]);
		}
		break;
	case TYPE_COUNT:
		break;
	}
}

void
value_json(struct json_out *j, const struct value *v)
{
	char text[32];

	if (v->misfit) {
		json_text(j, v->text);
		return;
	}
	switch (v->type) {
	case TYPE_TEXT:
	case TYPE_IP:
		json_text(j, v->text);
		break;
	case TYPE_NUMBER:
		json_number(j, v->number);
		break;
	case TYPE_INSTANT:
		json_instant(j, v->instant);
		break;
	case TYPE_DATE:
		json_text(j, (struct str){text, date_format(v->date, text)});
		break;
	case TYPE_BOOLEAN:
		json_bool(j, v->flag);
		break;
	case TYPE_SET:
		json_array(j);
		for (size_t i = 0; i < v->n_items; i++)
			json_text(j, v->items[i]);
		json_array_end(j);
		break;
	case TYPE_COUNT:
		break;
	}
}
