/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One leaf, as a set.  Most matches name their postings by key and are a
 * union of a few; ranges are a few coarse buckets and fine ones at the ends;
 * `contains` and `endsWith` walk the dictionary of distinct values and test
 * each value once, however many users have it, or, where there are grams and
 * they leave few enough, read those users.  When few users can matter any
 * more, because cheaper leaves of the same group left few, their values are
 * read and tested instead.
 */
#include "filter.h"

#include <stdlib.h>

/* Up to so many users their records are read rather than a dictionary. */
#define MEMBERS_MAX 2000u
#define READ_COST 25u
#define GRAMS_MAX 32u

typedef struct bits *leaf_fn(struct query *q, const struct filter *leaf,
			     const struct bits *within);

static struct posting
posting_of(const struct attr *a, uint8_t level, struct str value)
{
	return (struct posting){.attr = a->id, .level = level, .value = value};
}

static void
bits_move_or(struct bits **into, struct bits *b)
{
	if (!*into) {
		*into = b;
		return;
	}
	bits_or(*into, b);
	bits_free(b);
}

static bool
text_matches(const struct filter *leaf, struct str folded)
{
	for (size_t i = 0; i < leaf->n; i++) {
		struct str want = leaf->operands[i].folded;
		bool match = false;

		switch (leaf->op->match) {
		case MATCH_EQUAL:
			match = str_eq(folded, want);
			break;
		case MATCH_CONTAINS:
			match = str_find(folded, want, NULL);
			break;
		case MATCH_STARTS:
			match = str_starts(folded, want);
			break;
		case MATCH_ENDS:
			match = str_ends(folded, want);
			break;
		default:
			break;
		}
		if (match)
			return true;
	}
	return false;
}

bool
text_of_user(struct query *q, const struct attr *a, uint32_t id,
	     struct str *folded)
{
	struct user_view u;
	struct value v;

	if (!user_view(q->txn, q->catalog, id, &u) ||
	    !user_value(&u, q->arena, q->txn, a, &v) || v.misfit)
		return false;
	*folded = text_folded(q->arena, v.text);
	return true;
}

/* By reading the users who may still matter. */
static struct bits *
leaf_members(struct query *q, const struct filter *leaf,
	     const struct bits *within)
{
	size_t n = bits_count(within);
	uint32_t *ids = mem_new(sizeof(*ids) * (n + 1));
	struct bits *out = bits_new();

	bits_ids(within, ids);
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(q->arena);
		struct str text;

		if (text_of_user(q, leaf->attr, ids[i], &text) &&
		    text_matches(leaf, text))
			bits_add(out, ids[i]);
		arena_rewind(q->arena, mark);
	}
	free(ids);
	return out;
}

/* By testing every distinct value that starts with `prefix`. */
static struct bits *
leaf_dictionary(struct query *q, const struct filter *leaf, struct str prefix)
{
	struct dict *d = dict_open(q->txn, leaf->attr->id, 0, prefix, STR_NONE);
	struct bits *out = bits_new();
	struct str key;

	while (dict_next(d, &key)) {
		struct arena_mark mark = arena_mark(q->arena);
		struct str text = str_cut(key, 0, key.n - 1);
		bool known = true;

		if (value_key_cut(key))
			known =
			    text_of_user(q, leaf->attr, dict_member(d), &text);
		if (known && text_matches(leaf, text))
			dict_take(d, out);
		arena_rewind(q->arena, mark);
	}
	dict_close(d);
	return out;
}

static struct bits *
gram_load(struct query *q, const struct filter *leaf, uint32_t gram)
{
	uint8_t key[GRAM_KEY_SIZE];

	return posting_load(q->txn, posting_of(leaf->attr, LEVEL_GRAM,
					       gram_key(gram, key)));
}

/* What is looked for is a gram itself: its posting, and texts too long. */
static struct bits *
gram_exact(struct query *q, const struct filter *leaf,
	   const struct bits *within)
{
	uint32_t gram[GRAM_TEXT_MAX];
	struct bits *out, *whole, *found;

	text_grams(leaf->operands[0].folded, gram);
	out = gram_load(q, leaf, gram[0]);
	whole = gram_load(q, leaf, GRAM_LONG);
	if (within)
		bits_and(whole, within);
	found = leaf_members(q, leaf, whole);
	bits_or(out, found);
	bits_free(found);
	bits_free(whole);
	return out;
}

/* Whoever may match by the grams of what is looked for, or NULL when it has
 * none. */
static struct bits *
gram_members(struct query *q, const struct filter *leaf,
	     const struct bits *within)
{
	struct str want = leaf->operands[0].folded;
	uint32_t grams[GRAM_TEXT_MAX];
	struct join_term terms[GRAMS_MAX] = {0};
	uint8_t keys[GRAMS_MAX][GRAM_KEY_SIZE];
	struct bits *out, *whole;
	size_t n = text_grams(want, grams);

	if (n == 0)
		return NULL; /* too short, or too long */
	n = n < GRAMS_MAX ? n : GRAMS_MAX; /* more tell little more */
	for (size_t i = 0; i < n; i++)
		terms[i].at = posting_of(leaf->attr, LEVEL_GRAM,
					 gram_key(grams[i], keys[i]));
	out = postings_join(q->txn, terms, n);
	whole = gram_load(q, leaf, GRAM_LONG);
	bits_or(out, whole);
	bits_free(whole);
	if (within)
		bits_and(out, within);
	return out;
}

/* To read a user takes as long as to pass some values of the dictionary. */
static uint64_t
members_most(struct query *q, const struct attr *a)
{
	uint64_t n =
	    posting_count(q->txn, posting_of(a, LEVEL_SET, STR_NONE)) /
	    READ_COST;

	return n > MEMBERS_MAX ? n : MEMBERS_MAX;
}

static struct bits *
leaf_scan(struct query *q, const struct filter *leaf, const struct bits *within)
{
	struct bits *some = NULL, *out;
	uint64_t most;
	bool grams;

	if (within && bits_count(within) <= MEMBERS_MAX)
		return leaf_members(q, leaf, within);
	grams = attr_grams_whole(q->txn, leaf->attr->id);
	if (grams && leaf->op->match == MATCH_CONTAINS &&
	    leaf->operands[0].folded.n == GRAM_KEY_SIZE)
		return gram_exact(q, leaf, within);
	most = members_most(q, leaf->attr);
	if (grams && leaf->n == 1)
		some = gram_members(q, leaf, within);
	if (some && bits_count(some) <= most)
		out = leaf_members(q, leaf, some);
	else
		out = leaf_dictionary(q, leaf, STR_NONE);
	bits_free(some);
	return out;
}

static struct bits *
leaf_starts(struct query *q, const struct filter *leaf,
	    const struct bits *within)
{
	struct str prefix = leaf->operands[0].folded;
	struct bits *out;
	struct str after;

	if (prefix.n > PREFIX_SURE)
		return leaf_dictionary(q, leaf,
				       str_cut(prefix, 0, PREFIX_SURE));
	out = bits_new();
	/* UTF-8 has no byte 0xff, so the last byte of a prefix can grow. */
	after = STR_NONE;
	if (prefix.n) {
		after = arena_str(q->arena, prefix);
		((char *)after.p)[after.n - 1]++;
	}
	posting_load_range(q->txn, leaf->attr->id, 0, prefix, after, out);
	return out;
}

/* Whom one of the values names. */
static struct bits *
operand_run(struct query *q, const struct filter *leaf, size_t i)
{
	const struct operand *o = &leaf->operands[i];

	if (o->rule)
		return rule_run(q, o->rule);
	return posting_load(
	    q->txn, posting_of(leaf->attr, 0, operand_key(q, leaf->attr, o)));
}

static struct bits *
leaf_equal(struct query *q, const struct filter *leaf,
	   const struct bits *within)
{
	struct bits *out = NULL;

	for (size_t i = 0; i < leaf->n; i++)
		bits_move_or(&out, operand_run(q, leaf, i));
	return out;
}

static struct bits *
leaf_all_of(struct query *q, const struct filter *leaf,
	    const struct bits *within)
{
	struct bits *out = NULL;

	for (size_t i = 0; i < leaf->n; i++) {
		struct bits *b = operand_run(q, leaf, i);

		if (!out) {
			out = b;
			continue;
		}
		bits_and(out, b);
		bits_free(b);
	}
	return out;
}

static struct bits *
leaf_present(struct query *q, const struct filter *leaf,
	     const struct bits *within)
{
	return posting_load(q->txn,
			    posting_of(leaf->attr, LEVEL_SET, STR_NONE));
}

static struct bits *
leaf_flag(struct query *q, const struct filter *leaf, const struct bits *within)
{
	char flag = leaf->op->match == MATCH_TRUE;

	return posting_load(q->txn,
			    posting_of(leaf->attr, 0, (struct str){&flag, 1}));
}

static struct bits *
leaf_between(struct query *q, const struct filter *leaf,
	     const struct bits *within)
{
	uint64_t lo, hi;

	if (!leaf_range(q, leaf, &lo, &hi))
		return bits_new();
	return posting_range(q->txn, leaf->attr->id,
			     type_levels(leaf->attr->type), lo, hi);
}

/* IPv4 lies inside IPv6 here, at ::ffff:0:0/96, and yet is in no network of
 * IPv6 that is larger: ::/0 is everybody's IPv6 and nobody's IPv4. */
static void
load_network(struct query *q, uint16_t attr, struct str lo, struct str hi,
	     struct bits *out)
{
	static const char v4[16] = {[10] = (char)0xff, [11] = (char)0xff};
	static const char v4_end[16] = {[9] = 1};
	struct str first = {v4, sizeof(v4)}, end = {v4_end, sizeof(v4_end)};

	if (str_cmp(lo, first) < 0 && (!hi.p || str_cmp(first, hi) < 0)) {
		posting_load_range(q->txn, attr, 0, lo, first, out);
		lo = end;
	}
	posting_load_range(q->txn, attr, 0, lo, hi, out);
}

/* The addresses of a network are neighbours: from the one with all host bits
 * zero up to, not including, the first of the next network. */
static struct bits *
leaf_network(struct query *q, const struct filter *leaf,
	     const struct bits *within)
{
	const struct operand *o = &leaf->operands[0];
	struct str lo = {(const char *)o->ip.b, sizeof(o->ip.b)};
	struct bits *out = bits_new();
	struct ip next = o->ip;
	struct str hi = STR_NONE;
	int bit = o->bits;

	while (bit > 0 && hi.p == NULL) {
		uint8_t mask = (uint8_t)(0x80 >> (bit - 1) % 8);
		uint8_t *byte = &next.b[(bit - 1) / 8];

		bit--;
		*byte ^= mask; /* add one, carrying to the left */
		if (*byte & mask)
			hi = (struct str){(const char *)next.b, sizeof(next.b)};
	}
	load_network(q, leaf->attr->id, lo, hi, out);
	return out;
}

static const struct {
	leaf_fn *run;
	int cost;
} matches[MATCH_COUNT] = {
    [MATCH_EQUAL] = {leaf_equal, 0},
    [MATCH_ALL_OF] = {leaf_all_of, 0},
    [MATCH_CONTAINS] = {leaf_scan, 3},
    [MATCH_STARTS] = {leaf_starts, 2},
    [MATCH_ENDS] = {leaf_scan, 3},
    [MATCH_PRESENT] = {leaf_present, 0},
    [MATCH_TRUE] = {leaf_flag, 0},
    [MATCH_FALSE] = {leaf_flag, 0},
    [MATCH_NETWORK] = {leaf_network, 2},
    [MATCH_LESS] = {leaf_between, 1},
    [MATCH_LESS_SAME] = {leaf_between, 1},
    [MATCH_MORE] = {leaf_between, 1},
    [MATCH_MORE_SAME] = {leaf_between, 1},
    [MATCH_BETWEEN] = {leaf_between, 1},
    [MATCH_BEFORE] = {leaf_between, 1},
    [MATCH_AFTER] = {leaf_between, 1},
    [MATCH_ON] = {leaf_between, 1},
    [MATCH_IN_LAST] = {leaf_between, 1},
    [MATCH_IN_NEXT] = {leaf_between, 1},
    [MATCH_TODAY] = {leaf_between, 1},
    [MATCH_YESTERDAY] = {leaf_between, 1},
    [MATCH_THIS_WEEK] = {leaf_between, 1},
    [MATCH_THIS_MONTH] = {leaf_between, 1},
    [MATCH_LAST_MONTH] = {leaf_between, 1},
    [MATCH_DID] = {behaviour_run, 2},
    [MATCH_SAID] = {speech_run, 3},
    [MATCH_COUNTED] = {counted_run, 4},
};

bool
leaf_term(struct query *q, const struct filter *leaf, struct join_term *out)
{
	static const char flags[2] = {0, 1};
	enum match m = leaf->op->match;

	*out = (struct join_term){.not = leaf->op->negated,
				  .at.attr = leaf->attr->id};
	if (matches[m].run == leaf_equal || matches[m].run == leaf_all_of) {
		if (leaf->n != 1 || leaf->operands[0].rule)
			return false;
		out->at.value = operand_key(q, leaf->attr, &leaf->operands[0]);
	} else if (matches[m].run == leaf_present) {
		out->at.level = LEVEL_SET;
	} else if (matches[m].run == leaf_flag) {
		out->at.value = (struct str){flags + (m == MATCH_TRUE), 1};
	} else if (matches[m].run == leaf_between) {
		out->levels = type_levels(leaf->attr->type);
		return leaf_range(q, leaf, &out->lo, &out->hi);
	} else {
		return false;
	}
	return true;
}

int
leaf_cost(const struct filter *leaf)
{
	int cost = matches[leaf->op->match].cost;

	if (leaf->op->match == MATCH_DID && leaf->n &&
	    leaf->operands[0].times > 1)
		cost = 3;

	for (size_t i = 0; i < leaf->n; i++) {
		const struct rule *r = leaf->operands[i].rule;

		if (r && rule_cost(r) > cost)
			cost = rule_cost(r);
	}
	return cost;
}

struct bits *
leaf_run(struct query *q, const struct filter *leaf, const struct bits *within)
{
	return matches[leaf->op->match].run(q, leaf, within);
}
