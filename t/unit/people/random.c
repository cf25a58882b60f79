/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that changes people, at random, against a model that knows
 * nothing of records and postings: two lanes of words an attribute, a set of
 * segments a user.  After each round what is read is what the model has, and
 * people_check finds nothing.
 */
#include "world.h"

#define USERS 30
#define ATTRS 3
#define SEGMENTS 5
#define MERGES 400
#define ROUNDS 60
#define STEPS 60

enum lane { BY_EVENT, BY_HAND, LANES };

struct said {
	bool has, cleared;
	int64_t at;
	const char *text;
};

struct soul { /* one dense user of the store */
	bool alive;
	struct said lanes[ATTRS][LANES];
	bool in[SEGMENTS];
};

struct union_ { /* a merge */
	uint32_t id;
	int from, into;
	bool gone, undone;
	struct said was_from[ATTRS][LANES], was_into[ATTRS][LANES];
	struct said result[ATTRS][LANES];
	uint32_t segments[SEGMENTS]; /* ids of from's */
	bool new[SEGMENTS];
	size_t n_segments;
	bool names[USERS]; /* that led to from */
};

struct model {
	struct world *w;
	struct soul souls[4096];
	int n;
	int who[USERS];                /* by name; -1: nobody */
	uint32_t segment_id[SEGMENTS]; /* 0: there is none */
	int renamed;
	struct union_ merges[MERGES];
	size_t n_merges;
	enum attr_type type; /* of score */
	size_t wrong;
	unsigned done[16];
};

static const char *const attr_names[ATTRS] = {"plan", "score", "banned"};
/* Each reads and is shown the same whatever type score has. */
static const char *const values[ATTRS][4] = {
    {"gold", "Silver", "ärger", "x y"},
    {"1", "2.5", "many", "-3"},
    {"true", "false", "true", "false"},
};

static void
wrong(struct model *m, const char *what, int soul)
{
	if (m->wrong++ < 10)
		printf("# soul %d: %s\n", soul, what);
}

static struct str
user_name(struct model *m, int u)
{
	return arena_printf(&m->w->arena, "u%d", u);
}

/* Users of the model and the store get the same ids in the same order. */
static enum err
somebody(struct model *m, struct batch *b, int u, uint32_t *id)
{
	TRY(batch_user(b, user_name(m, u), id, NULL));
	if (m->who[u] < 0) {
		m->who[u] = m->n++;
		m->souls[m->who[u]] = (struct soul){.alive = true};
	}
	if (*id != (uint32_t)m->who[u] + 1)
		wrong(m, "has another id", m->who[u]);
	return OK;
}

static bool
said_same(const struct said *a, const struct said *b)
{
	return a->has == b->has && a->cleared == b->cleared &&
	       (!a->has || (a->at == b->at &&
			    (a->cleared || strcmp(a->text, b->text) == 0)));
}

static void
say(struct said *lane, const struct said *s)
{
	if (s->has && (!lane->has || s->at >= lane->at))
		*lane = *s;
}

static enum err
do_value(struct model *m, struct batch *b)
{
	struct world *w = m->w;
	int u = (int)world_roll(w, USERS), attr = (int)world_roll(w, ATTRS);
	bool edit = world_roll(w, 4) == 0;
	struct said s = {.has = true,
			 .cleared = world_roll(w, 6) == 0,
			 .at = (int64_t)world_roll(w, 100),
			 .text = values[attr][world_roll(w, 4)]};
	bool misfit =
	    m->type == TYPE_NUMBER && attr == 1 && strcmp(s.text, "many") == 0;
	struct giving g = {
	    .name = attr_names[attr], .at = s.at, .edit = edit, .by = 7};
	struct said *lane;
	uint32_t id;
	enum err e;

	TRY(somebody(m, b, u, &id));
	g.user = user_name(m, u).p;
	g.json = s.cleared ? "null"
			   : arena_printf(&w->arena,
					  attr == 2 ? "%s" : "\"%s\"", s.text)
				 .p;
	lane = &m->souls[m->who[u]].lanes[attr][edit ? BY_HAND : BY_EVENT];
	e = world_give(w, b, &g);
	if (edit && misfit && !s.cleared) {
		if (e != ERR_INVALID)
			wrong(m, "was given a misfit by hand", m->who[u]);
		return OK;
	}
	if (edit && lane->has && lane->at > s.at)
		s.at = lane->at;
	say(lane, &s);
	return e;
}

static enum err
do_member(struct model *m, struct batch *b)
{
	struct world *w = m->w;
	int u = (int)world_roll(w, USERS), k = (int)world_roll(w, SEGMENTS);
	bool in = world_roll(w, 3) != 0, changed;
	struct soul *s;
	uint32_t id;

	if (m->segment_id[k] == 0)
		return OK;
	TRY(somebody(m, b, u, &id));
	s = &m->souls[m->who[u]];
	TRY(batch_segment_put(b, m->segment_id[k], id, in, &changed, NULL));
	if (changed != (s->in[k] != in))
		wrong(m, "changed a segment, or not", m->who[u]);
	s->in[k] = in;
	return OK;
}

/* Ids of the living, and some of nobody. */
static enum err
do_many(struct model *m, struct batch *b)
{
	struct world *w = m->w;
	int k = (int)world_roll(w, SEGMENTS);
	bool in = world_roll(w, 2) != 0;
	struct bits *who = bits_new();
	uint64_t n, expected = 0;
	enum err e = OK;

	for (int i = 0; i < m->n + 3; i++) {
		if (world_roll(w, 2) == 0)
			continue;
		bits_add(who, (uint32_t)i + 1);
		if (i >= m->n || !m->souls[i].alive || m->segment_id[k] == 0 ||
		    m->souls[i].in[k] == in)
			continue;
		m->souls[i].in[k] = in;
		expected++;
	}
	if (m->segment_id[k] != 0) {
		e = in ? batch_segment_add(b, m->segment_id[k], who, &n, NULL)
		       : batch_segment_remove(b, m->segment_id[k], who, &n,
					      NULL);
		if (n != expected)
			wrong(m, "many were not as many", k);
	}
	bits_free(who);
	return e;
}

static enum err
do_segment(struct model *m, struct batch *b)
{
	int k = (int)world_roll(m->w, SEGMENTS);
	struct str name =
	    arena_printf(&m->w->arena, "Segment %d/%d", k, m->renamed++);
	struct segment_in in = {.name = name, .description = S("")};
	struct segment_change change = {.name = &name};

	if (m->segment_id[k] == 0)
		return segment_create(b, &in, 7, 5, &m->segment_id[k], NULL);
	if (world_roll(m->w, 3) != 0)
		return segment_change(b, m->segment_id[k], &change, 6, NULL);
	for (int i = 0; i < m->n; i++)
		m->souls[i].in[k] = false;
	TRY(segment_delete(b, m->segment_id[k], NULL));
	m->segment_id[k] = 0;
	return OK;
}

static enum err
do_merge(struct model *m, struct batch *b)
{
	int u = (int)world_roll(m->w, USERS), v = (int)world_roll(m->w, USERS);
	struct union_ *g = &m->merges[m->n_merges];
	struct soul *x, *y;
	uint32_t from, into;

	if (m->n_merges == MERGES)
		return OK;
	TRY(somebody(m, b, u, &from));
	TRY(somebody(m, b, v, &into));
	if (from == into)
		return OK;
	TRY(batch_merge(b, from, into, 50, NULL));
	*g = (struct union_){
	    .id = batch_merge_id(b), .from = m->who[u], .into = m->who[v]};
	x = &m->souls[g->from];
	y = &m->souls[g->into];
	memcpy(g->was_from, x->lanes, sizeof(x->lanes));
	memcpy(g->was_into, y->lanes, sizeof(y->lanes));
	for (int a = 0; a < ATTRS; a++)
		for (int l = 0; l < LANES; l++)
			say(&y->lanes[a][l], &x->lanes[a][l]);
	memcpy(g->result, y->lanes, sizeof(y->lanes));
	for (int k = 0; k < SEGMENTS; k++) {
		if (!x->in[k])
			continue;
		g->segments[g->n_segments] = m->segment_id[k];
		g->new[g->n_segments++] = !y->in[k];
		y->in[k] = true;
		x->in[k] = false;
	}
	for (int i = 0; i < USERS; i++)
		if (m->who[i] == g->from) {
			g->names[i] = true;
			m->who[i] = g->into;
		}
	x->alive = false;
	m->n_merges++;
	return OK;
}

static void
model_undo(struct model *m, struct union_ *g)
{
	struct soul *x = &m->souls[g->from], *y = &m->souls[g->into];

	g->undone = true;
	x->alive = true;
	memcpy(x->lanes, g->was_from, sizeof(x->lanes));
	for (int a = 0; a < ATTRS; a++)
		for (int l = 0; l < LANES; l++)
			if (said_same(&y->lanes[a][l], &g->result[a][l]))
				y->lanes[a][l] = g->was_into[a][l];
	for (size_t i = 0; i < g->n_segments; i++)
		for (int k = 0; k < SEGMENTS; k++) {
			if (m->segment_id[k] != g->segments[i])
				continue;
			x->in[k] = true;
			if (g->new[i])
				y->in[k] = false;
		}
	for (int i = 0; i < USERS; i++)
		if (g->names[i])
			m->who[i] = g->from;
}

static enum err
do_undo(struct model *m, struct batch *b)
{
	struct union_ *g;
	struct merge out;
	enum err e, expected = OK;

	if (m->n_merges == 0)
		return OK;
	g = &m->merges[world_roll(m->w, m->n_merges)];
	if (g->gone)
		expected = ERR_NOT_FOUND;
	else if (g->undone)
		expected = ERR_GONE;
	else if (!m->souls[g->into].alive)
		expected = ERR_CONFLICT;
	e = batch_merge_undo(b, g->id, 60, &out, NULL);
	if (e != expected)
		wrong(m, "was not undone as expected", g->into);
	if (e != OK)
		return OK;
	model_undo(m, g);
	return OK;
}

/* Merges of the user, and of all who went into it. */
static void
forget_merges(struct model *m, int soul)
{
	for (size_t i = 0; i < m->n_merges; i++) {
		struct union_ *g = &m->merges[i];

		if (g->gone || (g->from != soul && g->into != soul))
			continue;
		g->gone = true;
		if (g->into == soul && !g->undone)
			forget_merges(m, g->from);
	}
}

static enum err
do_erase(struct model *m, struct batch *b)
{
	int u = (int)world_roll(m->w, USERS), soul;
	struct erasure out;
	uint64_t segments = 0;

	if (m->who[u] < 0 || world_roll(m->w, 3) != 0)
		return OK;
	soul = m->who[u];
	for (int k = 0; k < SEGMENTS; k++)
		segments += m->souls[soul].in[k];
	TRY(batch_erase(b, (uint32_t)soul + 1, ERASE_FORGET, 9, &out, NULL));
	if (out.segments != segments)
		wrong(m, "was erased from other segments", soul);
	forget_merges(m, soul);
	m->souls[soul] = (struct soul){0};
	for (int i = 0; i < USERS; i++)
		if (m->who[i] == soul)
			m->who[i] = -1;
	return OK;
}

static enum err
round_step(struct world *w, struct batch *b, void *arg)
{
	static enum err (*const all[])(struct model *, struct batch *) = {
	    do_value, do_value,   do_value, do_value, do_member, do_member,
	    do_many,  do_segment, do_merge, do_undo,  do_erase};
	struct model *m = arg;

	for (int i = 0; i < STEPS; i++) {
		size_t k = world_roll(w, COUNT(all));
		enum err e = all[k](m, b);

		m->done[k]++;
		if (e != OK) {
			printf("# step %zu failed: %d\n", k, e);
			return e;
		}
	}
	return OK;
}

/* Reading ------------------------------------------------------------------ */

static void
check_told(struct model *m, int soul, const struct told *t,
	   const struct said *s, const char *what)
{
	struct buf b;

	buf_init(&b);
	if (t->has)
		value_text(&b, &t->value);
	if (t->has == s->cleared || t->from.at != s->at ||
	    (!s->cleared && !str_eq(buf_str(&b), str_of(s->text))))
		wrong(m, what, soul);
	buf_fini(&b);
}

static void
check_attr(struct model *m, int soul, int attr, const struct user_attr *got)
{
	const struct said *hand = &m->souls[soul].lanes[attr][BY_HAND];
	const struct said *event = &m->souls[soul].lanes[attr][BY_EVENT];
	const struct said *shown = hand->has ? hand : event;

	if (!shown->has || (attr == 2 && shown->cleared)) {
		/* nobody is banned until somebody says so */
		if (attr == 2
			? got == NULL || !got->now.has || got->now.value.flag
			: got != NULL)
			wrong(m, "has a value from nowhere", soul);
		return;
	}
	if (got == NULL) {
		if (!shown->cleared)
			wrong(m, "lost a value", soul);
		return;
	}
	check_told(m, soul, &got->now, shown, "shows another value");
	if ((got->now.from.source == FROM_MANAGER) != hand->has)
		wrong(m, "has a value from another lane", soul);
	if (got->has_shadow != (hand->has && event->has))
		wrong(m, "has a shadow, or has none", soul);
	else if (got->has_shadow)
		check_told(m, soul, &got->shadow, event, "has another shadow");
}

static void
check_soul(struct model *m, struct kv_txn *txn, const struct catalog *c,
	   int soul)
{
	struct soul *s = &m->souls[soul];
	struct user_detail d;
	size_t n = 0;

	if (user_detail(txn, c, (uint32_t)soul + 1, &m->w->arena, &d) !=
	    s->alive) {
		wrong(m, "is there, or is not", soul);
		return;
	}
	for (int a = 0; s->alive && a < ATTRS; a++) {
		const struct user_attr *got = NULL;

		for (size_t i = 0; i < d.n_attrs; i++)
			if (str_eq(d.attrs[i].attr->name,
				   str_of(attr_names[a])))
				got = &d.attrs[i];
		check_attr(m, soul, a, got);
	}
	for (int k = 0; s->alive && k < SEGMENTS; k++) {
		bool there = false;

		for (size_t i = 0; i < d.n_segments; i++)
			there |= d.segments[i] == m->segment_id[k] &&
				 m->segment_id[k] != 0;
		if (there != s->in[k])
			wrong(m, "is in other segments", soul);
		n += s->in[k];
	}
	if (s->alive && n != d.n_segments)
		wrong(m, "is in more segments", soul);
}

static void
check_all(struct world *w, struct kv_txn *txn, void *arg)
{
	struct model *m = arg;
	const struct catalog *c = people_catalog(w->people, txn);

	for (int i = 0; i < m->n; i++)
		check_soul(m, txn, c, i);
	for (int k = 0; k < SEGMENTS; k++) {
		uint64_t n = 0;

		for (int i = 0; i < m->n; i++)
			n += m->souls[i].in[k];
		if (m->segment_id[k] != 0 &&
		    segment_size(txn, m->segment_id[k]) != n)
			wrong(m, "is not the size of a segment", k);
	}
	for (int u = 0; u < USERS; u++) {
		uint32_t id;
		bool found = user_find(txn, user_name(m, u), &id);

		if (found != (m->who[u] >= 0) ||
		    (found && id != (uint32_t)m->who[u] + 1))
			wrong(m, "is led to by another name", m->who[u]);
	}
}

/* A null of an attribute that nobody has makes none: let somebody have it. */
static enum err
begin_step(struct world *w, struct batch *b, void *arg)
{
	struct model *m = arg;
	struct said s = {.has = true, .at = 1, .text = "1"};
	uint32_t id;

	TRY(somebody(m, b, 0, &id));
	for (int a = 0; a < 2; a++) {
		struct giving g = {.user = "u0",
				   .name = attr_names[a],
				   .json = "\"1\"",
				   .at = 1};

		TRY(world_give(w, b, &g));
		m->souls[0].lanes[a][BY_EVENT] = s;
	}
	return OK;
}

static void
retype(struct model *m)
{
	static const enum attr_type types[] = {TYPE_NUMBER, TYPE_TEXT,
					       TYPE_SET};
	enum attr_type t = types[world_roll(m->w, COUNT(types))];
	struct fault f = {0};
	enum err e = people_retype(m->w->people, S("score"), t, NULL, NULL, &f);

	if (e == OK)
		m->type = t;
	else if (e != ERR_NOT_FOUND)
		wrong(m, f.text, -1);
}

int
main(void)
{
	struct world w;
	struct model *m = mem_new(sizeof(*m));
	struct fault f = {0};

	if (!world_open(&w))
		return done_testing();
	m->w = &w;
	m->type = TYPE_TEXT;
	for (int i = 0; i < USERS; i++)
		m->who[i] = -1;
	is_int(world_do(&w, begin_step, m), OK, "it begins");
	for (int i = 0; i < ROUNDS && m->wrong == 0; i++) {
		arena_reset(&w.arena);
		if (world_do(&w, round_step, m) != OK)
			wrong(m, "a round failed", -1);
		if (i % 3 == 0)
			retype(m);
		if (i % 10 == 9 && people_reindex(w.people, 64u << 10, "/tmp",
						  NULL, NULL, &f) != OK)
			wrong(m, "the index was not built anew", -1);
		if (world_look(&w, check_all, m) != OK)
			wrong(m, "looking failed", -1);
		if (world_differences(&w) != 0)
			wrong(m, "the check found something", -1);
	}
	is_int((int64_t)m->wrong, 0, "store and model agree after %d rounds",
	       ROUNDS);
	ok(m->n_merges > 20, "with %zu merges", m->n_merges);
	m->souls[0].alive = !m->souls[0].alive;
	m->wrong = 0;
	world_look(&w, check_all, m);
	ok(m->wrong > 0, "and a difference would be seen");
	free(m);
	world_close(&w);
	return done_testing();
}
