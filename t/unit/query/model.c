/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The engine against the naive model: random people of every type of value,
 * random filters, nested, with every operator, in zones with odd offsets.  For
 * each filter: exactly these people, the total, the count of every node, and
 * pages by all plans in a random order that visit everybody once.  Between
 * rounds people change and new ones come; in the second half, whatever may
 * happen to them.
 *
 * RAPPORT_MODEL_FILTERS (12,500, with complements over 20,000; 2,000 with
 * RAPPORT_QUICK) and RAPPORT_MODEL_SEED (random, printed).
 */
#include "model.h"

#include "src/query/list.h"

#define ROUND 100 /* filters between changes */
#define REPORTS_MAX 10

static const char *const zones[] = {
    "UTC",           "Asia/Kathmandu",  "America/New_York",
    "Europe/Berlin", "Asia/Kolkata",    "Australia/Lord_Howe",
    "Pacific/Apia",  "Pacific/Chatham", "America/Sao_Paulo"};

static void report(struct model *m, struct str filter, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void
report(struct model *m, struct str filter, const char *format, ...)
{
	va_list ap;

	if (m->wrong++ >= REPORTS_MAX || m->quiet)
		return;
	printf("# %.*s\n#   in %s: ", STR_ARG(filter), zone_name(m->w.zone));
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
}

/* Pre-order, as the engine numbers nodes. */
static size_t
count_nodes(struct model *m, const struct naive *f, uint64_t *out)
{
	struct naive_moment when = {m->w.zone, m->w.now};
	size_t n = 1;

	out[0] = 0;
	for (size_t i = 0; i < m->n; i++)
		out[0] +=
		    naive_true(&when, f, &m->people[i]) &&
		    (!m->scope || naive_true(&when, m->scope, &m->people[i]));
	for (size_t i = 0; i < f->n; i++)
		n += count_nodes(m, f->child[i], out + n);
	return n;
}

static void
check_counts(struct model *m, const struct naive *want, struct str json,
	     const struct filter *f)
{
	uint64_t got[FILTER_LEAVES_MAX * 2], expected[FILTER_LEAVES_MAX * 2];
	size_t n = count_nodes(m, want, expected);

	m->nodes += n;
	if (filter_nodes(f) != n ||
	    filter_counts(m->w.q, f, got, COUNT(got)) != n) {
		report(m, json, "not %zu nodes", n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (got[i] != expected[i])
			report(m, json, "node %zu counts %llu, expected %llu",
			       i, (unsigned long long)got[i],
			       (unsigned long long)expected[i]);
	}
}

static size_t
check_set(struct model *m, struct str json, const struct filter *f)
{
	struct bits *b = filter_run(m->w.q, f);
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		uint32_t id = m->people[i].id;

		n += m->right[i];
		if (bits_has(b, id) != m->right[i])
			report(m, json, "user %u is%s in it", id,
			       m->right[i] ? " not" : "");
	}
	if (bits_count(b) != n)
		report(m, json, "%llu people, expected %zu",
		       (unsigned long long)bits_count(b), n);
	bits_free(b);
	return n;
}

struct naive_order {
	enum naive_attr by;
	bool down;
};

static void
sort_people(const struct soul **list, size_t n, struct naive_order o)
{
	for (size_t i = 1; i < n; i++) {
		const struct soul *p = list[i];
		size_t k = i;

		for (; k > 0 && naive_cmp(p, list[k - 1], o.by, o.down) < 0;
		     k--)
			list[k] = list[k - 1];
		list[k] = p;
	}
}

/* All pages by one plan, against the sorted array. */
static void
check_pages(struct model *m, struct str json, const struct filter *f,
	    struct naive_order o, enum list_plan plan, size_t limit)
{
	const struct soul *want[PEOPLE_MAX];
	size_t n = 0, at = 0;
	struct list_in in = {.filter = f, .down = o.down, .limit = limit};
	struct list_out out = {.next = S("")};

	for (size_t i = 0; i < m->n; i++) {
		if (m->right[i])
			want[n++] = &m->people[i];
	}
	sort_people(want, n, o);
	in.sort = catalog_find(m->w.q->catalog, str_of(naive_attrs[o.by].name));
	while (out.next.p && at <= n) {
		struct fault fault = {0};

		in.after = out.next;
		m->pages++;
		if (list_run(m->w.q, &in, plan, &out, &fault) != OK) {
			report(m, json, "%s", fault.text);
			return;
		}
		if (out.total != n)
			report(m, json, "total %llu, expected %zu",
			       (unsigned long long)out.total, n);
		for (size_t i = 0; i < out.n; i++, at++) {
			if (at < n && out.ids[i] == want[at]->id)
				continue;
			report(m, json,
			       "row %zu by %s%s (plan %d, limit %zu) "
			       "is %u, expected %u",
			       at, o.down ? "-" : "", naive_attrs[o.by].name,
			       plan, limit, out.ids[i],
			       at < n ? want[at]->id : 0);
			return;
		}
	}
	if (at != n)
		report(m, json,
		       "%zu rows by %s%s (plan %d, limit %zu), "
		       "expected %zu",
		       at, o.down ? "-" : "", naive_attrs[o.by].name, plan,
		       limit, n);
}

/* The order of an export, in pieces of any size, put in order at once or
 * walked. */
static size_t
order_pieces(struct model *m, const struct bits *set, const struct list_in *in,
	     uint32_t *ids, size_t max)
{
	struct ordering *o =
	    ordering_begin(m->w.q, set, in->sort, in->down,
			   dice_roll(&m->dice, 3) == 0 ? SIZE_MAX : 0);
	size_t n = 0, piece, got;

	do {
		piece = 1 + (size_t)dice_roll(&m->dice, max + 1);
		if (piece > max - n)
			piece = max - n + 1;
		got = ordering_take(o, ids + n, piece);
		n += got;
	} while (got == piece && n <= max);
	ordering_close(o);
	return n;
}

static void
check_order(struct model *m, struct str json, const struct filter *f,
	    struct naive_order o)
{
	struct list_in in = {.filter = f, .down = o.down, .limit = 500};
	struct list_out out;
	struct bits *set = filter_run(m->w.q, f);
	size_t n, max = bits_count(set);
	uint32_t *ids = mem_new(sizeof(*ids) * (max + 1));
	struct fault fault = {0};

	in.sort = catalog_find(m->w.q->catalog, str_of(naive_attrs[o.by].name));
	n = order_pieces(m, set, &in, ids, max);
	if (list_run(m->w.q, &in, PLAN_BY_COST, &out, &fault))
		report(m, json, "%s", fault.text);
	else if (n != max || out.n != (n < 500 ? n : 500) ||
		 memcmp(ids, out.ids, out.n * sizeof(*ids)))
		report(m, json, "the order of an export is another");
	free(ids);
	bits_free(set);
}

static struct filter *
parsed(struct model *m, const struct naive *want, struct buf *json)
{
	struct fault fault = {0};
	struct filter *f = NULL;
	struct json_out j;

	buf_reset(json);
	json_out_init(&j, json);
	naive_json(want, &j);
	if (filter_parse(m->w.q, buf_str(json), &f, &fault) == OK)
		return f;
	report(m, buf_str(json), "%s: %s", fault.path, fault.text);
	return NULL;
}

/* A third of the filters is asked by somebody who may not see everybody. */
static void
scope_random(struct model *m, struct buf *json)
{
	m->scope = NULL;
	if (dice_roll(&m->dice, 3))
		return;
	m->scope = naive_random(&m->dice, &m->brief, m->w.now, 1);
	m->w.q->scope = parsed(m, m->scope, json);
}

/* How many of the right people have this (folded) value. */
static uint64_t
count_value(struct model *m, enum naive_attr attr, struct str folded)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct naive_value *v = &m->people[i].v[attr];
		bool has = v->set && v->n == 0 && str_eq(v->text, folded);

		for (size_t k = 0; k < v->n; k++)
			has |= str_eq(v->items[k], folded);
		n += has && m->right[i];
	}
	return n;
}

static bool
offered(struct arena *a, const struct suggestion *list, size_t n,
	struct str folded)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(text_folded(a, list[i].value), folded))
			return true;
	}
	return false;
}

/* The values offered under a filter: each with its count, the most first. */
static void
check_suggest(struct model *m, struct str json, const struct filter *f)
{
	static const enum naive_attr attrs[] = {N_NAME, N_NOTE, N_PHONE, N_TAGS,
						N_CONSENT};
	enum naive_attr by = attrs[dice_roll(&m->dice, COUNT(attrs))];
	struct arena *a = &m->brief;
	struct str want = text_folded(
	    a, naive_random_piece(&m->dice, a, 1 + dice_roll(&m->dice, 3)));
	const struct attr *attr =
	    catalog_find(m->w.q->catalog, str_of(naive_attrs[by].name));
	struct suggestion *list;
	struct fault fault = {0};
	uint64_t total, last = UINT64_MAX;
	bool starts = true;
	size_t n;

	if (query_suggest(m->w.q, attr, want, f, SUGGEST_LIMIT_MAX, &list, &n,
			  &total, &fault) != OK ||
	    total != n) {
		report(m, json, "%zu values, total %llu %s", n,
		       (unsigned long long)total, fault.text);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct str got = text_folded(a, list[i].value);
		bool starting = str_starts(got, want);

		if (list[i].count != count_value(m, by, got) ||
		    list[i].count == 0 || !str_find(got, want, NULL) ||
		    (starting && !starts) ||
		    (starting == starts && list[i].count > last))
			report(m, json, "%s of %.*s is offered wrongly",
			       naive_attrs[by].name, STR_ARG(got));
		starts = starting;
		last = list[i].count;
	}
	for (size_t i = 0; i < m->n; i++) {
		const struct naive_value *v = &m->people[i].v[by];

		if (by != N_TAGS && v->set && m->right[i] &&
		    str_find(v->text, want, NULL) &&
		    !offered(a, list, n, v->text))
			report(m, json, "%.*s is not offered",
			       STR_ARG(v->text));
	}
}

static void
check_filter(struct world *w, void *arg)
{
	struct model *m = arg;
	struct naive_moment when = {w->zone, w->now};
	struct naive *want = naive_random(&m->dice, &m->brief, w->now, 3);
	struct naive_order o = {(enum naive_attr)dice_roll(&m->dice, N_ATTRS),
			     dice_roll(&m->dice, 2)};
	const struct filter *f;
	struct buf json;
	size_t n, limit;

	buf_init(&json);
	scope_random(m, &json);
	f = parsed(m, want, &json);
	for (size_t i = 0; i < m->n; i++)
		m->right[i] =
		    naive_true(&when, want, &m->people[i]) &&
		    (!m->scope || naive_true(&when, m->scope, &m->people[i]));
	if (f) {
		m->filters++;
		check_counts(m, want, buf_str(&json), f);
		n = check_set(m, buf_str(&json), f);
		limit = 1 + dice_roll(&m->dice, 1 + n / 2 + 3);
		if (dice_roll(&m->dice, 4) == 0) {
			check_pages(m, buf_str(&json), f, o, PLAN_WALK, limit);
			check_pages(m, buf_str(&json), f, o, PLAN_SELECT,
				    limit);
			check_pages(m, buf_str(&json), f, o, PLAN_RANGE, limit);
			check_order(m, buf_str(&json), f, o);
			check_suggest(m, buf_str(&json), f);
		}
	}
	buf_fini(&json);
}

/* The checks themselves: with one person turned over, each must complain. */
static void
check_checks(struct world *w, void *arg)
{
	struct model *m = arg;
	struct naive all = {.kind = NAIVE_ALL};
	struct naive_order o = {N_NAME, false};
	size_t before = m->wrong, set, pages;
	struct buf json;
	struct filter *f;

	buf_init(&json);
	m->scope = NULL;
	m->quiet = true;
	f = parsed(m, &all, &json);
	for (size_t i = 0; i < m->n; i++)
		m->right[i] = i != 3;
	check_set(m, S(""), f);
	set = m->wrong - before;
	check_pages(m, S(""), f, o, PLAN_WALK, 50);
	check_pages(m, S(""), f, o, PLAN_SELECT, 50);
	pages = m->wrong - before - set;
	ok(set == 2, "a wrong person and the wrong number are seen");
	ok(pages > 2, "and so are wrong pages");
	m->wrong = before;
	m->quiet = false;
	buf_fini(&json);
}

/* A leaf, its complement, and "not" of both: two halves of everybody. */
static void
check_complement(struct world *w, void *arg)
{
	struct model *m = arg;
	struct naive *leaf = naive_random_leaf(&m->dice, &m->brief, w->now);
	struct naive all = {.kind = NAIVE_ALL, .child = {leaf}, .n = 1};
	struct naive not = {.kind = NAIVE_NOT, .child = {leaf}, .n = 1};
	struct naive *forms[3] = {&all, &not, leaf};
	struct bits *sets[3] = {NULL}, *everybody;
	const char *other = naive_complement(leaf->op);

	for (int i = 0; i < 3 && other; i++) {
		struct fault fault = {0};
		struct filter *f;
		struct json_out j;
		struct buf json;

		buf_init(&json);
		json_out_init(&j, &json);
		leaf->op = i == 2 ? other : leaf->op;
		naive_json(forms[i], &j);
		if (filter_parse(w->q, buf_str(&json), &f, &fault) == OK)
			sets[i] = filter_run(w->q, f);
		buf_fini(&json);
	}
	if (!other)
		return;
	m->filters++;
	everybody = people_everybody(w->q->txn);
	if (!sets[0] || !sets[1] || !sets[2] || !bits_equal(sets[1], sets[2]) ||
	    bits_and_count(sets[0], sets[2]) != 0 ||
	    bits_count(sets[0]) + bits_count(sets[2]) != bits_count(everybody))
		report(m, str_of(naive_attrs[leaf->attr].name),
		       "%s and its complement are not everybody", other);
	bits_free(everybody);
	for (int i = 0; i < 3; i++)
		bits_free(sets[i]);
}

static uint64_t
from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t n;

	return text && str_to_u64(str_of(text), &n) ? n : otherwise;
}

int
main(void)
{
	struct model *m = mem_new(sizeof(*m));
	uint64_t filters = from_env("RAPPORT_MODEL_FILTERS",
				    getenv("RAPPORT_QUICK") ? 2000 : 12500);

	m->dice.state = from_env("RAPPORT_MODEL_SEED", clock_now() % 1000000);
	printf("# RAPPORT_MODEL_SEED=%llu\n",
	       (unsigned long long)m->dice.state);
	fflush(stdout); /* so that a crash does not take the seed with it */
	model_begin(m);
	for (uint64_t i = 0; i < filters; i++) {
		if (i % ROUND == ROUND - 1)
			(2 * i < filters ? model_shuffle : model_wild)(m);
		m->w.zone =
		    zone_find(str_of(zones[dice_roll(&m->dice, COUNT(zones))]));
		world_look(&m->w, check_filter, m);
		world_look(&m->w, check_complement, m);
		arena_reset(&m->brief);
	}
	world_look(&m->w, check_checks, m);
	for (size_t i = 0; i < COUNT(m->wild); i++)
		ok(filters < 2000 || m->wild[i] > 0,
		   "%zu times it went wild the %zu. way", m->wild[i], i + 1);
	is_int(m->wrong, 0, "the engine and the naive model agree");
	ok(m->filters >= filters, "on %zu filters (%zu nodes, %zu pages)",
	   m->filters, m->nodes, m->pages);
	arena_fini(&m->brief);
	arena_fini(&m->arena);
	world_close(&m->w);
	free(m);
	return done_testing();
}
