/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What to offer while somebody types a value: the distinct values that start
 * with the typed text, those of most people first, and when these do not fill
 * the list, those that contain it.  Counts are of the people the filter and
 * the scope leave, so a value nobody there has is not shown.
 *
 * It is a walk of the dictionary, once for the prefix and once for the rest,
 * and it is bounded: after WALK_MAX values it stops and says that it does not
 * know the total.  The best are kept in a short list, sorted; what people
 * wrote (the dictionary is folded) is read at the end, of a member that the
 * asker may see, for these few only.
 */
#include "filter.h"

#include <math.h>
#include <stdlib.h>

#define WALK_MAX 50000u /* distinct values looked at */
#define READ_COST 20u   /* reading a record counts as so many of them */

struct found {
	struct str key; /* as in the postings */
	uint64_t count;
	bool starts; /* with the typed text, not just contains it */
};

struct search {
	struct query *q;
	const struct attr *attr;
	struct str want;     /* folded */
	struct bits *within; /* NULL: everybody */
	struct found *found; /* best first */
	size_t n, max;
	uint64_t total, walked;
};

/* An address as people write it. IPv4 can be told from its key, of the others
 * a record knows how it came. */
static bool
ip_text(struct search *s, struct dict *d, struct str key, struct str *out)
{
	static const char mapped[12] = {[10] = '\xff', [11] = '\xff'};
	const uint8_t *b = (const uint8_t *)key.p;
	struct user_view u;
	struct value v;

	if (key.n == 16 && !memcmp(key.p, mapped, sizeof(mapped))) {
		*out = arena_printf(s->q->arena, "%u.%u.%u.%u", b[12], b[13],
				    b[14], b[15]);
		return true;
	}
	s->walked += READ_COST;
	if (!user_view(s->q->txn, s->q->catalog, dict_member(d), &u) ||
	    !user_value(&u, s->q->arena, s->q->txn, s->attr, &v))
		return false;
	*out = text_folded(s->q->arena, v.text);
	return true;
}

/* The item of a set that has this key. */
static struct str
item_of(struct search *s, const struct value *v, struct str key)
{
	struct str out = str_cut(key, 0, key.n - 1);
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < v->n_items; i++) {
		buf_reset(&b);
		if (str_eq(value_key_text(
			       &b, text_folded(s->q->arena, v->items[i])),
			   key))
			out = v->items[i];
	}
	buf_fini(&b);
	return arena_str(s->q->arena, out);
}

/* The whole of an item whose key was cut. */
static bool
item_text(struct search *s, struct dict *d, struct str key, struct str *out)
{
	struct user_view u;
	struct value v;

	s->walked += READ_COST;
	if (!user_view(s->q->txn, s->q->catalog, dict_member(d), &u) ||
	    !user_value(&u, s->q->arena, s->q->txn, s->attr, &v))
		return false;
	*out = text_folded(s->q->arena, item_of(s, &v, key));
	return true;
}

/* The value of a key as text to compare with what was typed. */
static bool
key_text(struct search *s, struct dict *d, struct str key, struct str *out)
{
	struct arena *a = s->q->arena;
	struct rd r = rd_of(key);
	char number[32];
	double n;

	switch (s->attr->type) {
	case TYPE_TEXT:
		*out = str_cut(key, 0, key.n - 1);
		if (!value_key_cut(key))
			return true;
		s->walked += READ_COST;
		return text_of_user(s->q, s->attr, dict_member(d), out);
	case TYPE_SET:
		*out = str_cut(key, 0, key.n - 1);
		return !value_key_cut(key) || item_text(s, d, key, out);
	case TYPE_NUMBER:
		n = order_to_number(rd_be64(&r));
		if (!isfinite(n))
			return false; /* not a key that we write */
		*out = (struct str){number, number_to_text(n, number)};
		*out = arena_str(a, *out);
		return true;
	case TYPE_BOOLEAN:
		*out = rd_u8(&r) ? S("true") : S("false");
		return true;
	case TYPE_IP:
		return ip_text(s, d, key, out);
	case TYPE_INSTANT:
	case TYPE_DATE:
	case TYPE_COUNT:
		break;
	}
	return false;
}

static uint64_t
count_within(struct search *s, struct dict *d)
{
	struct bits *b;
	uint64_t n;

	if (!s->within)
		return dict_count(d);
	if (dict_count(d) == 1)
		return bits_has(s->within, dict_member(d));
	b = bits_new();
	dict_take(d, b);
	n = bits_and_count(b, s->within);
	bits_free(b);
	return n;
}

static bool
found_before(const struct found *a, const struct found *b)
{
	if (a->starts != b->starts)
		return a->starts;
	if (a->count != b->count)
		return a->count > b->count;
	return str_cmp(a->key, b->key) < 0;
}

static void
offer(struct search *s, struct str key, uint64_t count, bool starts)
{
	struct found new = {key, count, starts};
	size_t i;

	if (count == 0)
		return;
	s->total++;
	if (s->n == s->max && !found_before(&new, &s->found[s->n - 1]))
		return;
	new.key = arena_str(s->q->arena, key);
	i = s->n < s->max ? s->n++ : s->n - 1;
	for (; i > 0 && found_before(&new, &s->found[i - 1]); i--)
		s->found[i] = s->found[i - 1];
	s->found[i] = new;
}

/* Walk the values that start with `prefix`; those that start with the wanted
 * text are offered when `starts`, those that only contain it when not. */
static void
walk(struct search *s, struct str prefix, bool starts)
{
	struct dict *d = dict_open(s->q->txn, s->attr->id, 0, prefix, STR_NONE);
	struct str key;

	while (s->walked < WALK_MAX && dict_next(d, &key)) {
		struct arena_mark mark = arena_mark(s->q->arena);
		struct str text;
		bool match;

		s->walked++;
		match = key_text(s, d, key, &text) &&
			str_find(text, s->want, NULL) &&
			str_starts(text, s->want) == starts;
		arena_rewind(s->q->arena, mark);
		if (match)
			offer(s, key, count_within(s, d), starts);
	}
	dict_close(d);
}

/* Segments are few and have names of their own, dynamic ones as well. */
static bool
offer_segment(void *arg, const struct segment *segment)
{
	struct search *s = arg;
	struct arena_mark mark = arena_mark(s->q->arena);
	struct str name = text_folded(s->q->arena, segment->name);
	uint8_t bytes[4];
	struct wr w = wr_of(bytes, sizeof(bytes));
	struct bits *who;
	uint64_t n;
	bool match = str_find(name, s->want, NULL);
	bool starts = str_starts(name, s->want);

	arena_rewind(s->q->arena, mark);
	s->walked++;
	if (!match || query_segment(s->q, segment->id, &who, NULL) != OK)
		return true;
	n = s->within ? bits_and_count(who, s->within) : bits_count(who);
	bits_free(who);
	wr_be32(&w, segment->id);
	offer(s, wr_out(&w), n, starts);
	return true;
}

static void
walk_segments(struct search *s)
{
	struct rules_held held = rules_begin(s->q);

	segments_each(s->q->txn, offer_segment, s);
	rules_end(s->q, held);
}

/* A member of the value whom the asker may see. */
static bool
member_of(struct search *s, struct str key, uint32_t *id)
{
	struct bits *b = posting_load(
	    s->q->txn, (struct posting){.attr = s->attr->id, .value = key});
	size_t n;

	if (s->within)
		bits_and(b, s->within);
	n = bits_page(b, 0, true, false, id, 1);
	bits_free(b);
	return n == 1;
}

/* A found value as people wrote it. */
static struct str
written(struct search *s, struct str key)
{
	struct rd r = rd_of(key);
	struct user_view u;
	struct value v;
	struct buf text;
	struct str out;
	uint32_t id;

	if (s->attr->id == A_SEGMENT)
		return arena_str(s->q->arena,
				 segment_name(s->q->txn, rd_be32(&r)));
	if (!member_of(s, key, &id) ||
	    !user_view(s->q->txn, s->q->catalog, id, &u) ||
	    !user_value(&u, s->q->arena, s->q->txn, s->attr, &v))
		return arena_str(s->q->arena, str_cut(key, 0, key.n - 1));
	if (s->attr->type == TYPE_SET)
		return item_of(s, &v, key);
	buf_init(&text);
	value_text(&text, &v);
	out = arena_str(s->q->arena, buf_str(&text));
	buf_fini(&text);
	return out;
}

/* Keys of texts start as the texts do; of other types they do not. */
static bool
keys_are_text(const struct attr *a)
{
	return a->type == TYPE_TEXT ||
	       (a->type == TYPE_SET && a->id != A_SEGMENT);
}

enum err
query_suggest(struct query *q, const struct attr *a, struct str text,
	      const struct filter *within, size_t limit,
	      struct suggestion **out, size_t *n, uint64_t *total,
	      struct fault *f)
{
	struct search s = {.q = q, .attr = a, .max = limit};

	if (a->type == TYPE_INSTANT || a->type == TYPE_DATE)
		return fail(f, ERR_INVALID, "name",
			    "%.*s is of type %s, of which values are not "
			    "listed; expected a text, number, boolean, ip or "
			    "set",
			    STR_ARG(a->name), attr_type_names[a->type]);
	if (limit < 1 || limit > SUGGEST_LIMIT_MAX)
		return fail(f, ERR_INVALID, "limit", "expected 1 to %u",
			    SUGGEST_LIMIT_MAX);
	s.want = text_folded(q->arena, text);
	s.found = arena_get(q->arena, sizeof(*s.found) * limit);
	if (within || q->scope)
		s.within = filter_run(q, within);
	if (a->id == A_SEGMENT)
		walk_segments(&s);
	else
		walk(&s,
		     keys_are_text(a) ? str_cut(s.want, 0, PREFIX_SURE)
				      : STR_NONE,
		     true);
	if (s.want.n && a->id != A_SEGMENT)
		walk(&s, STR_NONE, false);
	*out = arena_get(q->arena, sizeof(**out) * limit);
	*n = s.n;
	*total = s.walked < WALK_MAX || a->id == A_SEGMENT ? s.total
							   : SUGGEST_MANY;
	for (size_t i = 0; i < s.n; i++) {
		(*out)[i].value = written(&s, s.found[i].key);
		(*out)[i].count = s.found[i].count;
	}
	bits_free(s.within);
	return kv_error(q->txn);
}
