/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * People that come and change, in the store as intake would do it and in the
 * arrays by hand; see model.h.
 */
#include "model.h"

#define PEOPLE_FIRST 250

static const char *const flow_names[FLOWS] = {"welcome", "Welcome 2", "nps",
					      "Straße"};

struct change {
	size_t who;
	enum naive_attr attr;
	struct naive_value v;
	struct str json, name;
	int64_t first, last;
	int runs;
};

struct changes {
	struct change *list;
	size_t n;
	struct model *m;
};

static void
change_apply(struct world *w, struct batch *b, const struct change *c,
	     uint32_t id)
{
	struct chat_facts facts;

	switch (c->attr) {
	case N_USER_ID:
	case N_FIRST_SEEN:
		return;
	case N_LAST_SEEN:
		batch_seen(b, id, c->first, c->last);
		return;
	case N_SEGMENT:
		batch_segment(b, id, c->name, 1000000);
		return;
	case N_CONSENT:
		batch_consent(b, id, c->v.flag, w->at);
		return;
	case N_IN_FLOW:
		batch_flow(b, id, c->name, c->runs);
		return;
	case N_VALID:
		batch_validity(b, id, c->v.flag, w->at);
		return;
	case N_CHATS:
		batch_facts_get(b, id, &facts);
		facts.chats = (uint32_t)c->v.number;
		batch_facts_set(b, id, &facts);
		return;
	default:
		world_set(w, b, id, naive_attrs[c->attr].name, c->json);
		return;
	}
}

static void
changes_apply(struct world *w, struct batch *b, void *arg)
{
	struct changes *c = arg;

	for (size_t i = 0; i < c->n; i++)
		change_apply(w, b, &c->list[i],
			     c->m->people[c->list[i].who].id);
}

static void
item_put(struct naive_value *v, struct arena *a, struct str item)
{
	size_t i = v->n++;
	struct str folded = text_folded(a, item);

	for (; i > 0 && str_cmp(folded, text_folded(a, v->items[i - 1])) < 0;
	     i--)
		v->items[i] = v->items[i - 1];
	v->items[i] = item;
	v->set = true;
}

static void
model_segment(struct model *m, struct naive_value *v, struct str name)
{
	for (size_t i = 0; i < v->n; i++) {
		if (str_eq(v->items[i], name))
			return;
	}
	item_put(v, &m->arena, name);
}

static void
model_flow(struct model *m, const struct change *c)
{
	struct naive_value *v = &m->people[c->who].v[N_IN_FLOW];

	*v = (struct naive_value){0};
	for (size_t i = 0; i < FLOWS; i++) {
		int *runs = &m->runs[c->who][i];

		if (str_eq(str_of(flow_names[i]), c->name))
			*runs = *runs + c->runs < 0 ? 0 : *runs + c->runs;
		if (*runs > 0)
			item_put(v, &m->arena,
				 text_folded(&m->arena, str_of(flow_names[i])));
	}
}

static void
model_seen(struct soul *p, const struct change *c)
{
	struct naive_value *first = &p->v[N_FIRST_SEEN];
	struct naive_value *last = &p->v[N_LAST_SEEN];

	if (!first->set || c->first < first->at)
		first->at = c->first;
	if (!last->set || c->last > last->at)
		last->at = c->last;
	first->set = last->set = true;
}

static void
model_change(struct model *m, const struct change *c)
{
	struct soul *p = &m->people[c->who];

	if (c->attr == N_LAST_SEEN)
		model_seen(p, c);
	else if (c->attr == N_SEGMENT)
		model_segment(m, &p->v[N_SEGMENT], c->name);
	else if (c->attr == N_IN_FLOW)
		model_flow(m, c);
	else if (c->attr == N_CONSENT)
		p->v[N_CONSENT].text = c->v.flag ? S("in") : S("out");
	else if (c->attr != N_USER_ID && c->attr != N_FIRST_SEEN)
		p->v[c->attr] = c->v;
}

static void
change_random(struct model *m, size_t who, enum naive_attr attr,
	      struct change *out)
{
	struct dice *d = &m->dice;
	struct naive_value v;
	int64_t now = m->w.now;
	struct str json;

	*out = (struct change){.who = who, .attr = attr};
	naive_random_value(d, &m->arena, attr, now, &out->v, &out->json);
	if (attr == N_LAST_SEEN) {
		do
			naive_random_value(d, &m->arena, attr, now, &v, &json);
		while (!v.set);
		out->first = out->last = v.at;
	} else if (attr == N_SEGMENT) {
		out->name =
		    str_of(naive_segments[dice_roll(d, n_naive_segments)]);
	} else if (attr == N_IN_FLOW) {
		out->name = str_of(flow_names[dice_roll(d, FLOWS)]);
		out->runs = dice_roll(d, 3) ? 1 : -1;
	} else if (attr == N_CONSENT || attr == N_VALID) {
		out->v =
		    (struct naive_value){.set = true, .flag = dice_roll(d, 2)};
	} else if (attr == N_CHATS) {
		out->v = (struct naive_value){.set = true,
					      .number = dice_roll(d, 6)};
	} else if (attr == N_BANNED && !out->v.set) {
		/* nobody is banned until it is said, and by nothing else */
		out->v = (struct naive_value){.set = true};
		out->json = S("null");
	}
}

static void
model_commit(struct model *m, struct change *list, size_t n)
{
	struct changes c = {.list = list, .n = n, .m = m};

	world_change(&m->w, changes_apply, &c);
	for (size_t i = 0; i < n; i++)
		model_change(m, &list[i]);
}

/* A person with a random value of (nearly) everything. */
static void
model_person(struct model *m)
{
	struct soul *p = &m->people[m->n];
	char user_id[32];
	struct change list[N_ATTRS];
	size_t n = 0;

	snprintf(user_id, sizeof(user_id), "u-%zu", m->n);
	*p = (struct soul){.id = world_user(&m->w, user_id, "{}")};
	p->v[N_USER_ID] = (struct naive_value){
	    .set = true, .text = arena_str(&m->arena, str_of(user_id))};
	p->v[N_CONSENT] = (struct naive_value){.set = true, .text = S("none")};
	p->v[N_CHATS].set = p->v[N_BANNED].set = true;
	for (int i = 0; i < N_ATTRS; i++) {
		if (dice_roll(&m->dice, 6))
			change_random(m, m->n, (enum naive_attr)i, &list[n++]);
	}
	m->n++;
	model_commit(m, list, n);
}

void
model_shuffle(struct model *m)
{
	struct change list[30];

	for (size_t i = 0; i < COUNT(list); i++)
		change_random(m, dice_roll(&m->dice, m->n),
			      (enum naive_attr)dice_roll(&m->dice, N_ATTRS),
			      &list[i]);
	model_commit(m, list, COUNT(list));
	for (int i = 0; i < 5 && m->n < PEOPLE_MAX; i++)
		model_person(m);
}

static void
make_attributes(struct world *w, struct batch *b, void *arg)
{
	struct model *m = arg;
	uint32_t id = m->people[0].id;

	/* typed at first sight, then taken back */
	for (int i = 0; i < N_ATTRS; i++) {
		if (!naive_attrs[i].first)
			continue;
		world_set(w, b, id, naive_attrs[i].name,
			  str_of(naive_attrs[i].first));
		world_set(w, b, id, naive_attrs[i].name, S("null"));
	}
	for (size_t i = 0; i < n_naive_segments; i++)
		batch_segment(b, id, str_of(naive_segments[i]), 1000000);
}

void
model_begin(struct model *m)
{
	world_open(&m->w);
	arena_init(&m->arena);
	arena_init(&m->brief);
	m->people[0] = (struct soul){.id = world_user(&m->w, "first", "{}")};
	m->people[0].v[N_USER_ID] =
	    (struct naive_value){.set = true, .text = S("first")};
	m->people[0].v[N_CONSENT] =
	    (struct naive_value){.set = true, .text = S("none")};
	m->people[0].v[N_CHATS].set = m->people[0].v[N_BANNED].set = true;
	m->n = 1;
	world_change(&m->w, make_attributes, m);
	for (size_t i = 0; i < n_naive_segments; i++)
		model_segment(m, &m->people[0].v[N_SEGMENT],
			      str_of(naive_segments[i]));
	while (m->n < PEOPLE_FIRST)
		model_person(m);
}
