/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The wild half of the model test: people do things, are edited by hand,
 * merged, parted again and erased, and attributes change their types.  What
 * that does to a record is for the tests of people and chats; here the records
 * are the truth, read one by one into the arrays, and the engine, which never
 * reads them for a set, must know the same.
 */
#include "model.h"

#include <rapport/chats.h>

enum { MERGED, UNDONE, ERASED, EDITED, RETYPED };

static const struct {
	enum naive_attr attr;
	enum attr_type types[3];
} changing[] = {
    {N_NOTE, {TYPE_TEXT, TYPE_SET, TYPE_TEXT}},
    {N_SCORE, {TYPE_NUMBER, TYPE_TEXT, TYPE_NUMBER}},
    {N_SIGNED, {TYPE_INSTANT, TYPE_DATE, TYPE_TEXT}},
};

static uint32_t
anybody(struct model *m)
{
	return m->people[dice_roll(&m->dice, m->n)].id;
}

static int64_t
some_time(struct model *m)
{
	struct naive_value v;
	struct str json;

	do
		naive_random_value(&m->dice, &m->brief, N_LAST_SEEN, m->w.now,
				   &v, &json);
	while (!v.set);
	return v.at;
}

/* Without a line where all is well: there are too many. */
static void
must(enum err e, const struct fault *f)
{
	if (e != OK)
		ok(false, "%s: %s", f->path, f->text);
}

/* What happens ------------------------------------------------------------- */

static void
talk(struct model *m, struct batch *b, struct chat_batch *c, struct str user)
{
	struct str id = arena_printf(batch_arena(b), "c%u",
				     (unsigned)dice_roll(&m->dice, 150));
	struct message_event said = {
	    .chat_id = id, .person_id = user, .at = some_time(m)};
	struct chat_event chat = {.chat_id = id,
				  .user_id = user,
				  .at = INSTANT_NONE,
				  .opened = some_time(m),
				  .closed = INSTANT_NONE,
				  .snoozed = INSTANT_NONE};
	struct fault f = {0};
	bool duplicate;

	said.person = dice_roll(&m->dice, 4) ? PERSON_USER : PERSON_BOT;
	if (dice_roll(&m->dice, 3) == 0)
		chat.closed = some_time(m);
	if (dice_roll(&m->dice, 3))
		must(message_apply(c, &said, &duplicate, &f), &f);
	else
		must(chat_apply(c, &chat, &f), &f);
}

static void
deed(struct model *m, struct batch *b, struct chat_batch *c, uint32_t user)
{
	enum naive_deed what =
	    (enum naive_deed)(N_SIGN_UP + dice_roll(&m->dice, 3));
	const char *colon = strchr(naive_deeds[what], ':');
	const char *head = what == N_WELCOME ? "flow" : "event";
	int64_t at = some_time(m);
	struct activity_name name;
	struct fault f = {0};

	must(activity_name(c, head, str_of(colon + 1), &name, &f), &f);
	batch_trail(b, user, at,
		    arena_printf(batch_arena(b),
				 what == N_WELCOME
				     ? "{\"type\":\"%s\",\"flow\":\"%s\","
				       "\"event\":\"started\"}"
				     : "{\"type\":\"%s\",\"name\":\"%s\"}",
				 head, colon + 1));
	activity_did(c, &name, user, at);
}

static void
edit(struct model *m, struct batch *b, uint32_t user)
{
	static const enum naive_attr attrs[] = {N_NAME, N_PHONE, N_SCORE,
						N_VIP,	N_TAGS,	 N_BORN};
	enum naive_attr by = attrs[dice_roll(&m->dice, COUNT(attrs))];
	struct naive_value v;
	const struct attr *a;
	struct fault f = {0};
	struct value value;
	struct json *j;
	struct str json;
	enum err e;

	naive_random_value(&m->dice, &m->brief, by, m->w.now, &v, &json);
	must(json_parse(batch_arena(b), json, &j, &f), &f);
	must(batch_attr(b, str_of(naive_attrs[by].name), j, false, &a, &f), &f);
	e = value_of_json(batch_arena(b), a, j, &value, &f);
	if (e == OK && value.misfit)
		return; /* a person's value must fit */
	must(batch_edit(b, user, a, e == ERR_NOT_FOUND ? NULL : &value, 1,
			m->w.at, &f),
	     &f);
	m->wild[EDITED]++;
}

static void
join_two(struct model *m, struct batch *b, struct chat_batch *c)
{
	uint32_t from = anybody(m), into = anybody(m);
	struct fault f = {0};

	if (from == into || m->n < 100 || m->n_merges == PEOPLE_MAX)
		return;
	must(batch_merge(b, from, into, m->w.at, &f), &f);
	chats_follow(c, from, into);
	m->merges[m->n_merges++] = batch_merge_id(b);
	m->wild[MERGED]++;
}

/* It may be gone with somebody, or the survivor merged on. */
static void
part_two(struct model *m, struct batch *b, struct chat_batch *c)
{
	struct merge done;
	size_t i;

	if (m->n_merges == 0)
		return;
	i = dice_roll(&m->dice, m->n_merges);
	if (batch_merge_undo(b, m->merges[i], m->w.at, &done, NULL) != OK)
		return;
	chats_part(c, done.from, done.into);
	m->merges[i] = m->merges[--m->n_merges];
	m->wild[UNDONE]++;
}

static void
end_one(struct model *m, struct batch *b, struct chat_batch *c)
{
	struct erasure counts = {0}, paper;
	uint32_t user = anybody(m);
	struct fault f = {0};

	if (m->n < 150)
		return;
	chats_erase(c, user, &counts);
	must(batch_erase(b, user, ERASE_KEEP_TOTALS, m->w.at, &paper, &f), &f);
	m->wild[ERASED]++;
}

struct event {
	struct model *m;
	unsigned what;
};

static void
event_apply(struct world *w, struct batch *b, void *arg)
{
	struct event *x = arg;
	struct model *m = x->m;
	struct chat_batch *c = chat_batch_begin(b);

	(void)w;
	for (unsigned i = 0; i < 12 && x->what == 0; i++)
		deed(m, b, c, anybody(m));
	for (unsigned i = 0; i < 12 && x->what == 1; i++) {
		const struct soul *p =
		    &m->people[dice_roll(&m->dice, m->n)];

		talk(m, b, c, p->v[N_USER_ID].text);
	}
	for (unsigned i = 0; i < 6 && x->what == 2; i++)
		edit(m, b, anybody(m));
	if (x->what == 3)
		join_two(m, b, c);
	if (x->what == 4)
		part_two(m, b, c);
	if (x->what == 5)
		end_one(m, b, c);
	chat_batch_end(c);
	chat_batch_free(c);
}

static void
retype(struct model *m)
{
	size_t i = dice_roll(&m->dice, COUNT(changing));
	struct naive_info *a = &naive_attrs[changing[i].attr];
	struct fault f = {0};
	enum attr_type to;

	do
		to = changing[i].types[dice_roll(&m->dice, 3)];
	while (to == a->type);
	must(people_retype(m->w.people, str_of(a->name), to, NULL, NULL, &f),
	     &f);
	m->wild[RETYPED]++;
	a->type = to;
}

/* What there is then ------------------------------------------------------- */

/* Folded, and not in the snapshot. */
static struct str
text_kept(struct model *m, struct str s)
{
	return arena_str(&m->arena, text_folded(&m->brief, s));
}

static void
value_read(struct model *m, const struct value *v, enum naive_attr attr,
	   struct naive_value *out)
{
	*out = (struct naive_value){.set = !v->misfit,
				    .number = v->number,
				    .at = v->instant,
				    .date = v->date,
				    .flag = v->flag,
				    .ip = v->ip};
	if (v->misfit)
		return;
	if (v->type == TYPE_TEXT)
		out->text = text_kept(m, v->text);
	if (v->type == TYPE_SET && v->n_items > NAIVE_ITEMS)
		ok(false, "a set has room");
	for (size_t i = 0; v->type == TYPE_SET && i < v->n_items; i++)
		out->items[out->n++] =
		    attr == N_SEGMENT ? arena_str(&m->arena, v->items[i])
				      : text_kept(m, v->items[i]);
}

static void
did(struct soul *p, enum naive_deed what, int64_t at)
{
	if (p->n_did == NAIVE_TIMES) {
		ok(false, "somebody did too much");
		return;
	}
	p->did[p->n_did].what = what;
	p->did[p->n_did++].at = at;
}

struct reading {
	struct model *m;
	struct kv_txn *txn;
	struct soul *person;
};

static bool
message_read(void *arg, const struct message_view *v)
{
	struct reading *r = arg;

	if (v->person == PERSON_USER && !v->note)
		did(r->person, N_MESSAGE, v->at);
	return true;
}

static bool
first_read(void *arg, const struct message_view *v)
{
	struct reading *r = arg;

	did(r->person, N_CHAT, v->at);
	return false;
}

/* A chat begins when it is first known of, and when it is opened again. */
static bool
chat_read(void *arg, uint32_t id)
{
	struct reading *r = arg;
	struct chat_view v;
	bool closed = false;

	if (!chat_view(r->txn, &r->m->brief, id, &v))
		return true;
	if (v.opened != INSTANT_NONE)
		did(r->person, N_CHAT, v.opened);
	for (size_t i = 0; i < v.n_states; i++) {
		if (closed && v.states[i].state == CHAT_OPENED &&
		    v.states[i].at != v.opened)
			did(r->person, N_CHAT, v.states[i].at);
		closed = v.states[i].state == CHAT_CLOSED;
	}
	if (v.opened == INSTANT_NONE) /* then by its first message */
		chat_messages(r->txn, id, first_read, r);
	chat_messages(r->txn, id, message_read, r);
	return true;
}

static void
trail_read(struct reading *r)
{
	uint8_t memory[4];
	struct wr w = wr_of(memory, sizeof(memory));
	struct kv_cursor *c;

	wr_be32(&w, r->person->id);
	c = kv_cursor(r->txn, SP_TRAIL, wr_out(&w));
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd at = rd_of(str_cut(kv_key(c), 4, SIZE_MAX));
		int64_t when = (int64_t)(rd_be64(&at) ^ UINT64_C(1) << 63);

		for (int i = N_SIGN_UP; i < N_DEEDS; i++)
			if (str_find(kv_value(c),
				     str_of(strchr(naive_deeds[i], ':') + 1),
				     NULL))
				did(r->person, (enum naive_deed)i, when);
	}
	kv_cursor_close(c);
}

static void
people_read(struct world *w, void *arg)
{
	struct model *m = arg;
	struct bits *all = people_everybody(w->q->txn);
	uint32_t ids[PEOPLE_MAX];

	m->n = bits_page(all, 0, true, false, ids, PEOPLE_MAX);
	bits_free(all);
	for (size_t i = 0; i < m->n; i++) {
		struct soul *p = &m->people[i];
		struct reading r = {m, w->q->txn, p};
		struct user_view u;

		*p = (struct soul){.id = ids[i]};
		if (!user_view(w->q->txn, w->q->catalog, ids[i], &u))
			ok(false, "user %u has no record", ids[i]);
		for (int k = 0; k < N_ATTRS; k++) {
			struct value v;

			if (user_value(&u, &m->brief, w->q->txn,
				       catalog_find(w->q->catalog,
						    str_of(naive_attrs[k].name)),
				       &v))
				value_read(m, &v, (enum naive_attr)k, &p->v[k]);
		}
		chats_of_user(w->q->txn, ids[i], chat_read, &r);
		trail_read(&r);
	}
}

void
model_wild(struct model *m)
{
	for (unsigned i = 0; i < 12; i++) {
		struct event x = {m, naive_deeds_known
					 ? (unsigned)dice_roll(&m->dice, 6)
					 : i % 2};

		world_change(&m->w, event_apply, &x);
		if (x.what > 2) /* not with somebody who is gone */
			world_look(&m->w, people_read, m);
	}
	retype(m);
	world_look(&m->w, people_read, m);
	naive_deeds_known = true;
}
