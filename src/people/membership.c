/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who is in which segments, in memory, and the order of the segment column.
 * Segments stand by folded name; a user's key is the list of segments in that
 * order, and lists compare as words do.  The order is never built whole: a set
 * is split by first segment, each part by the next one, and so on, only as far
 * as the page needs.
 *
 *	{a} {a b} {a c} {b} {b c} {c}: the users of each stand together
 */
#include "room.h"

#include <stdlib.h>

struct seg {
	uint32_t id;
	struct str name, folded;
	struct bits *who;
};

struct membership {
	struct seg *segs; /* sorted */
	size_t n, cap;
	struct arena arena;
};

struct membership *
membership_new(void)
{
	struct membership *m = mem_new(sizeof(*m));

	arena_init(&m->arena);
	return m;
}

void
membership_free(struct membership *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		bits_free(m->segs[i].who);
	free(m->segs);
	arena_fini(&m->arena);
	free(m);
}

static int
seg_cmp(const struct seg *a, const struct seg *b)
{
	int c = str_cmp(a->folded, b->folded);

	return c != 0 ? c : str_cmp(a->name, b->name);
}

void
membership_add(struct membership *m, uint32_t id, struct str name,
	       struct bits *who)
{
	struct seg s = {.id = id, .who = who};
	size_t at = m->n;

	s.name = arena_str(&m->arena, name);
	s.folded = text_folded(&m->arena, s.name);
	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 16 : 2 * m->cap;
		m->segs = mem_grow(m->segs, m->cap * sizeof(s));
	}
	while (at > 0 && seg_cmp(&m->segs[at - 1], &s) > 0)
		at--;
	memmove(m->segs + at + 1, m->segs + at, (m->n - at) * sizeof(s));
	m->segs[at] = s;
	m->n++;
}

struct loading {
	struct kv_txn *txn;
	struct membership *m;
};

static bool
load_static(void *arg, const struct segment *s)
{
	struct loading *l = arg;

	if (s->kind == SEGMENT_STATIC)
		membership_add(l->m, s->id, s->name,
			       segment_members(l->txn, s->id));
	return true;
}

struct membership *
membership_load(struct kv_txn *txn)
{
	struct loading l = {.txn = txn, .m = membership_new()};

	segments_heads(txn, load_static, &l);
	return l.m;
}

bool
membership_value(const struct membership *m, struct arena *a, uint32_t user,
		 struct value *out)
{
	struct str *items = arena_get(a, (m->n + 1) * sizeof(*items));

	*out = (struct value){.type = TYPE_SET, .items = items};
	for (size_t i = 0; i < m->n; i++)
		if (bits_has(m->segs[i].who, user))
			items[out->n_items++] = m->segs[i].name;
	return out->n_items > 0;
}

void
membership_key(const struct membership *m, uint32_t user, struct buf *out)
{
	for (size_t i = 0; i < m->n; i++)
		if (bits_has(m->segs[i].who, user))
			buf_be32(out, m->segs[i].id);
}

/* The next segment of a key that is still there, as its rank, or m->n. */
static size_t
key_next(const struct membership *m, struct rd *key)
{
	while (rd_left(key) >= 4) {
		uint32_t id = rd_be32(key);

		for (size_t i = 0; i < m->n; i++)
			if (m->segs[i].id == id)
				return i;
	}
	return m->n;
}

int
membership_cmp(const struct membership *m, struct str a, struct str b)
{
	struct rd x = rd_of(a), y = rd_of(b);

	for (;;) {
		size_t i = key_next(m, &x), k = key_next(m, &y);

		if (i == m->n || k == m->n) /* the shorter list comes first */
			return (i != m->n) - (k != m->n);
		if (i != k)
			return i < k ? -1 : 1;
	}
}

/* Pages -------------------------------------------------------------------- */

struct page {
	const struct membership *m;
	bool down;
	uint32_t *out;
	size_t n, max;
	/* where to go on: ranks of the key, and the user */
	const size_t *after;
	size_t n_after;
	uint32_t after_id;
};

static void split(struct page *p, struct bits *set, size_t first, size_t depth,
		  bool resume);

/* Users with exactly the segments so far. */
static void
page_exact(struct page *p, const struct bits *set, bool resume)
{
	uint32_t from = p->down ? UINT32_MAX : 0;

	p->n += bits_page(set, resume ? p->after_id : from, !resume, p->down,
			  p->out + p->n, p->max - p->n);
}

/* The parts of a set by next segment; parts[n] has none. Frees `set`. */
static struct bits **
parts_of(struct page *p, struct bits *set, size_t first)
{
	size_t n = p->m->n - first;
	struct bits **parts = mem_new((n + 1) * sizeof(*parts));

	for (size_t i = 0; i < n && bits_count(set) > 0; i++) {
		const struct bits *who = p->m->segs[first + i].who;

		if (bits_and_count(set, who) == 0)
			continue;
		parts[i] = bits_copy(set);
		bits_and(parts[i], who);
		bits_minus(set, who);
	}
	parts[n] = set;
	return parts;
}

static void
page_part(struct page *p, struct bits **parts, size_t i, size_t first,
	  size_t depth, bool resume)
{
	struct bits *set = parts[i];

	if (set == NULL || p->n == p->max)
		return;
	parts[i] = NULL;
	split(p, set, first + i + 1, depth + 1, resume);
}

static void
split_up(struct page *p, struct bits **parts, size_t first, size_t depth,
	 bool resume)
{
	size_t n = p->m->n - first, i = 0;

	if (resume && depth < p->n_after) {
		i = p->after[depth] - first;
		page_part(p, parts, i, first, depth, true);
		i++;
	} else if (depth > 0) {
		page_exact(p, parts[n], resume);
	}
	for (; i < n; i++)
		page_part(p, parts, i, first, depth, false);
}

static void
split_down(struct page *p, struct bits **parts, size_t first, size_t depth,
	   bool resume)
{
	size_t i = p->m->n - first, n = i;

	if (resume && depth < p->n_after) {
		i = p->after[depth] - first;
		page_part(p, parts, i, first, depth, true);
		resume = false;
	} else if (resume) {
		i = 0; /* all longer lists came before */
	}
	while (i-- > 0)
		page_part(p, parts, i, first, depth, false);
	if (depth > 0)
		page_exact(p, parts[n], resume);
}

/* `set`: users with the same first `depth` segments; from `first` on the rest
 * may be. With `resume` the page goes on inside. Takes `set` over. */
static void
split(struct page *p, struct bits *set, size_t first, size_t depth, bool resume)
{
	struct bits **parts = parts_of(p, set, first);

	if (p->down)
		split_down(p, parts, first, depth, resume);
	else
		split_up(p, parts, first, depth, resume);
	for (size_t i = 0; i <= p->m->n - first; i++)
		bits_free(parts[i]);
	free(parts);
}

size_t
membership_page(const struct membership *m, const struct membership_in *in,
		uint32_t *out, size_t n)
{
	size_t *after = mem_new((in->after_key.n / 4 + 1) * sizeof(*after));
	struct page p = {.m = m,
			 .down = in->down,
			 .out = out,
			 .max = n,
			 .after = after,
			 .after_id = in->after_id};
	struct rd r = rd_of(in->after_key);

	for (size_t i = key_next(m, &r); i < m->n; i = key_next(m, &r))
		if (p.n_after == 0 || i > after[p.n_after - 1])
			after[p.n_after++] = i; /* in order, whatever came */
	split(&p, bits_copy(in->within), 0, 0,
	      in->after_key.p != NULL && p.n_after > 0);
	free(after);
	return p.n;
}
