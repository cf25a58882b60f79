/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A tree, as a set.  A group of all runs its cheapest children first, takes
 * negated ones away instead of building what they leave, stops when nobody is
 * left and tells the expensive ones who still matters.  What a manager may
 * see (the scope) is one more child of the root, always: of lists, of the
 * counts of inner nodes and of suggestions alike.
 */
#include "filter.h"

static struct bits *node_run(struct query *q, const struct filter *f,
			     const struct bits *within);

int
node_cost(const struct filter *f)
{
	int most = 0;

	if (f->kind == NODE_LEAF)
		return leaf_cost(f);
	for (const struct filter *c = f->first; c; c = c->next) {
		int cost = node_cost(c);

		most = cost > most ? cost : most;
	}
	return most;
}

/* A node whose set is what another one leaves of everybody. */
static bool
node_negated(const struct filter *f)
{
	return f->kind == NODE_NOT || (f->kind == NODE_LEAF && f->op->negated);
}

/* The set that a negated node takes away, or the node's own. */
static struct bits *
node_run_plain(struct query *q, const struct filter *f,
	       const struct bits *within)
{
	if (f->kind == NODE_NOT)
		return node_run(q, f->first, within);
	if (f->kind == NODE_LEAF)
		return leaf_run(q, f, within);
	return node_run(q, f, within);
}

/* Children by cost, those that only take away after the others of the same
 * cost; a stable insertion, for groups are small. */
static const struct filter **
children_sorted(struct query *q, const struct filter *f, size_t *n_out)
{
	const struct filter **list;
	size_t n = 0;

	for (const struct filter *c = f->first; c; c = c->next)
		n++;
	list = arena_get(q->arena, sizeof(*list) * (n + 1));
	n = 0;
	for (const struct filter *c = f->first; c; c = c->next) {
		int cost = 2 * node_cost(c) + node_negated(c);
		size_t i = n++;

		for (; i > 0; i--) {
			const struct filter *b = list[i - 1];

			if (2 * node_cost(b) + node_negated(b) <= cost)
				break;
			list[i] = b;
		}
		list[i] = c;
	}
	*n_out = n;
	return list;
}

/* The children that are a posting or a range each, all at once; they are moved
 * to the front of the list, *n of them. NULL: there are not two. */
static struct bits *
all_terms(struct query *q, const struct filter **list, size_t *n)
{
	struct join_term *terms = arena_get(q->arena, sizeof(*terms) * (*n + 1));
	size_t some = 0, positive = 0;

	for (size_t i = 0; i < *n; i++) {
		const struct filter *c = list[i];

		if (c->kind != NODE_LEAF || !leaf_term(q, c, &terms[some]))
			continue;
		positive += !terms[some].not;
		memmove(list + some + 1, list + some,
			sizeof(*list) * (i - some));
		list[some++] = c;
	}
	if (some < 2)
		return NULL;
	*n = some;
	if (positive == 0)
		terms[some++] = (struct join_term){.at.attr = A_EVERYBODY};
	return postings_join(q->txn, terms, some);
}

static struct bits *
all_run(struct query *q, const struct filter *f, const struct bits *within)
{
	size_t n, done;
	const struct filter **list = children_sorted(q, f, &n);
	struct bits *out;

	done = n;
	out = all_terms(q, list, &done);
	if (out && bits_count(out) == 0)
		return out;
	for (size_t i = out ? done : 0; i < n; i++) {
		const struct bits *matter = out ? out : within;
		struct bits *b = node_run_plain(q, list[i], matter);

		if (node_negated(list[i])) {
			if (!out)
				out = people_everybody(q->txn);
			bits_minus(out, b);
			bits_free(b);
		} else if (!out) {
			out = b;
		} else {
			bits_and(out, b);
			bits_free(b);
		}
		if (bits_count(out) == 0)
			return out;
	}
	return out ? out : people_everybody(q->txn);
}

static struct bits *
any_run(struct query *q, const struct filter *f, const struct bits *within)
{
	struct bits *out = NULL;

	for (const struct filter *c = f->first; c; c = c->next) {
		struct bits *b = node_run(q, c, within);

		if (!out) {
			out = b;
			continue;
		}
		bits_or(out, b);
		bits_free(b);
	}
	return out ? out : bits_new();
}

static struct bits *
others(struct query *q, struct bits *b)
{
	struct bits *all = people_everybody(q->txn);

	bits_minus(all, b);
	bits_free(b);
	return all;
}

static struct bits *
node_run(struct query *q, const struct filter *f, const struct bits *within)
{
	struct bits *b;

	if (f->kind == NODE_ALL)
		return all_run(q, f, within);
	if (f->kind == NODE_ANY)
		return any_run(q, f, within);
	b = node_run_plain(q, f, within);
	return node_negated(f) ? others(q, b) : b;
}

struct bits *
node_bits(struct query *q, const struct filter *f)
{
	struct rules_held held = rules_begin(q);
	struct bits *out = node_run(q, f, NULL);

	rules_end(q, held);
	return out;
}

static struct bits *
run_scoped(struct query *q, const struct filter *f)
{
	struct bits *scope, *out;

	if (!q->scope)
		return f ? node_run(q, f, NULL) : people_everybody(q->txn);
	scope = node_run(q, q->scope, NULL);
	if (!f)
		return scope;
	out = node_run(q, f, scope);
	bits_and(out, scope);
	bits_free(scope);
	return out;
}

struct bits *
filter_run(struct query *q, const struct filter *f)
{
	struct rules_held held = rules_begin(q);
	struct bits *out = run_scoped(q, f);

	rules_end(q, held);
	return out;
}

/* Counts ---------------------------------------------------------------- */

struct counting {
	struct query *q;
	const struct bits *scope; /* NULL: everybody */
	uint64_t *out;
	size_t n, max;
};

/* Every child counts, so nothing is left out here; the set comes back whole. */
static struct bits *
node_count(struct counting *c, const struct filter *f)
{
	size_t at = c->n++;
	struct bits *b = NULL;

	if (f->kind == NODE_LEAF) {
		b = node_run(c->q, f, NULL);
	} else {
		for (const struct filter *x = f->first; x; x = x->next) {
			struct bits *child = node_count(c, x);

			if (!b) {
				b = child;
				continue;
			}
			if (f->kind == NODE_ALL)
				bits_and(b, child);
			else
				bits_or(b, child);
			bits_free(child);
		}
		if (!b)
			b = people_everybody(c->q->txn);
		if (f->kind == NODE_NOT)
			b = others(c->q, b);
	}
	if (at < c->max)
		c->out[at] =
		    c->scope ? bits_and_count(b, c->scope) : bits_count(b);
	return b;
}

size_t
filter_counts(struct query *q, const struct filter *f, uint64_t *out,
	      size_t max)
{
	struct rules_held held = rules_begin(q);
	struct bits *scope = q->scope ? node_run(q, q->scope, NULL) : NULL;
	struct counting c = {.q = q, .scope = scope, .out = out, .max = max};

	bits_free(node_count(&c, f));
	bits_free(scope);
	rules_end(q, held);
	return c.n;
}
