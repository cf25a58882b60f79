/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive search with everything at once, against loops over a few hundred
 * random chats: tags any, all and none, states, assignees, integrations,
 * periods, users, words, for all and for who is held to a segment; pages that
 * visit each chat once while others come in between; and `said` in filters,
 * with its complement.
 */
#include "world.h"

#include "t/dice.h"

#include <rapport/chats.h>

#define USERS 40u
#define CHATS 300u
#define HOUR_US (INT64_C(3600) * SECOND_US)

static const char *const words[] = {"refund", "order", "please", "invoice"};
static const char *const tags[] = {"billing", "vip", "bug"};
static const char *const agents[] = {"", "kim", "lee"};
static const char *const sources[] = {"", "Slack", "WhatsApp"};

struct model {
	unsigned user; /* from 0; USERS: of nobody */
	unsigned tags, said, told; /* bits; words by the person, by others */
	unsigned first;		   /* words of the person's first message */
	int agent, source;
	enum chat_state state;
	int64_t opened;
};
struct test {
	struct model chats[2 * CHATS];
	size_t n;
	uint32_t ids[2 * CHATS]; /* in the store */
	uint32_t users[USERS];
	size_t wrong, asked;
};

static uint64_t seed;

static unsigned
next_random(unsigned below)
{
	return (unsigned)(xorshift64(&seed) % below);
}

/* Writing ------------------------------------------------------------------ */

static void
say(struct chat_batch *c, struct arena *a, const struct model *m, size_t chat,
    unsigned some, enum person person, int no)
{
	struct message_event e = {
	    .chat_id = arena_printf(a, "chat-%zu", chat),
	    .person = person,
	    .person_id = person == PERSON_USER ? arena_printf(a, "u%u", m->user)
					       : S("b"),
	    .at = m->opened + no * SECOND_US};
	bool duplicate;
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < COUNT(words); i++)
		if (some >> i & 1)
			buf_printf(&b, "%s x ", words[i]);
	e.text = buf_str(&b);
	if (message_apply(c, &e, &duplicate, NULL) != OK)
		abort();
	buf_fini(&b);
}

static void
add_chat(struct test *t, struct chat_batch *c, struct arena *a)
{
	size_t no = t->n++;
	struct model *m = &t->chats[no];
	struct chat_event e = {.chat_id = arena_printf(a, "chat-%zu", no),
			       .closed = INSTANT_NONE,
			       .snoozed = INSTANT_NONE};
	struct str list[COUNT(tags)];

	*m = (struct model){.user = next_random(USERS + 2),
			    .tags = next_random(8),
			    .agent = (int)next_random(3),
			    .source = (int)next_random(3),
			    .state = (enum chat_state)next_random(3),
			    .opened = (int64_t)next_random(2000) * HOUR_US / 3};
	if (m->user > USERS)
		m->user = USERS;
	e.at = e.opened = m->opened;
	if (m->user < USERS)
		e.user_id = arena_printf(a, "u%u", m->user);
	for (size_t i = 0; i < COUNT(tags); i++)
		if (m->tags >> i & 1)
			list[e.n_tags++] = str_of(tags[i]);
	e.tags = list;
	e.has_tags = true;
	e.fields[FIELD_ASSIGNEE] = str_of(agents[m->agent]);
	e.fields[FIELD_SOURCE] = str_of(sources[m->source]);
	if (m->state == CHAT_SNOOZED)
		e.snoozed = m->opened + HOUR_US;
	if (m->state == CHAT_CLOSED)
		e.closed = m->opened + HOUR_US;
	if (chat_apply(c, &e, NULL) != OK)
		abort();
	m->first = m->user < USERS ? next_random(16) : 0;
	m->said = m->first;
	if (m->user < USERS) {
		unsigned more = next_random(16);

		say(c, a, m, no, m->first, PERSON_USER, 1);
		say(c, a, m, no, more & ~m->first, PERSON_USER, 2);
		m->said |= more;
	}
	m->told = next_random(16);
	say(c, a, m, no, m->told, PERSON_BOT, 3);
}

static void
add_chats(struct world *w, struct batch *b, void *arg)
{
	struct chat_batch *c = chat_batch_begin(b);
	struct test *t = arg;
	size_t n = t->n ? CHATS / 10 : CHATS;

	(void)w;
	for (size_t i = 0; i < n && t->n < COUNT(t->chats); i++)
		add_chat(t, c, batch_arena(b));
	chat_batch_end(c);
	chat_batch_free(c);
}

static void
fill_segment(struct world *w, struct batch *b, void *arg)
{
	struct test *t = arg;

	(void)w;
	for (unsigned u = 0; u < USERS; u += 3)
		batch_segment(b, t->users[u], S("third"), 1000000);
}

/* Asking ------------------------------------------------------------------- */

struct asked {
	struct archive_in in;
	unsigned tags, words, agent, source, users;
	bool limited, assigned;
};

static bool
fits(const struct model *m, const struct asked *a)
{
	unsigned both = m->tags & a->tags;

	if (a->limited && (m->user == USERS || m->user % 3 != 0))
		return false;
	if (a->tags != 0 && a->in.match == TAGS_ANY && both == 0)
		return false;
	if (a->tags != 0 && a->in.match == TAGS_ALL && both != a->tags)
		return false;
	if (a->tags != 0 && a->in.match == TAGS_NONE && both != 0)
		return false;
	if (a->in.states != 0 && !(a->in.states >> m->state & 1))
		return false;
	if (a->agent != 0 && m->agent != (int)a->agent)
		return false;
	if (a->in.assigned != NULL && (m->agent != 0) != a->assigned)
		return false;
	if (a->source != 0 && m->source != (int)a->source)
		return false;
	if (a->in.from != INSTANT_NONE && m->opened < a->in.from)
		return false;
	if (a->in.to != INSTANT_NONE && m->opened >= a->in.to)
		return false;
	if (a->users != 0 && (m->user == USERS || m->user >= a->users))
		return false;
	return (a->words & ~(m->said | m->told)) == 0;
}

static struct str
some_words(struct arena *a, unsigned some)
{
	struct str out = S("");

	for (size_t i = 0; i < COUNT(words); i++)
		if (some >> i & 1)
			out = arena_printf(a, "%.*s %s", STR_ARG(out),
					   words[i]);
	return out;
}

static void
random_question(struct world *w, struct asked *a)
{
	static struct str list[COUNT(tags)];
	static struct str agent, source;
	struct filter *filter;
	struct fault f = {0};

	a->in.from = a->in.to = INSTANT_NONE;
	if (next_random(2))
		a->tags = next_random(8);
	for (size_t i = 0; i < COUNT(tags); i++)
		if (a->tags >> i & 1)
			list[a->in.tags.n++] = str_of(tags[i]);
	a->in.tags.at = list;
	a->in.match = (enum tags_match)next_random(3);
	if (next_random(3) == 0)
		a->in.states = next_random(8);
	if (next_random(4) == 0) {
		a->agent = 1 + next_random(2);
		agent = str_of(agents[a->agent]);
		a->in.assignees = (struct texts){&agent, 1};
	} else if (next_random(4) == 0) {
		a->assigned = next_random(2);
		a->in.assigned = &a->assigned;
	}
	if (next_random(4) == 0) {
		a->source = 1 + next_random(2);
		source = str_of(sources[a->source]);
		a->in.sources = (struct texts){&source, 1};
	}
	if (next_random(3) == 0)
		a->in.from = (int64_t)next_random(700) * HOUR_US;
	if (next_random(3) == 0)
		a->in.to = (int64_t)next_random(700) * HOUR_US;
	if (next_random(2)) {
		a->words = next_random(16);
		a->in.words = some_words(&w->arena, a->words);
	}
	if (next_random(3) == 0) {
		a->users = 1 + next_random(USERS);
		if (filter_parse(w->q,
				 arena_printf(&w->arena,
					      "[\"score\",\"<\",%u]", a->users),
				 &filter, &f) != OK)
			abort();
		a->in.users = filter;
	}
}

static void
hold(struct world *w)
{
	static uint32_t segment;
	struct limits l = {.rows = true, .segments = &segment, .n_segments = 1};

	if (!segment_find(w->q->txn, S("third"), &segment) ||
	    query_limit(w->q, &l, NULL) != OK)
		abort();
}

static void
look_once(struct world *w, void *arg)
{
	struct test *t = arg;
	struct asked a = {0};
	struct bits *set;
	size_t n = 0, wrong = 0;

	a.limited = next_random(3) == 0;
	if (a.limited)
		hold(w);
	random_question(w, &a);
	if (archive_find(w->q, &a.in, &set, NULL, NULL) != OK)
		abort();
	for (size_t i = 0; i < t->n; i++) {
		uint32_t id;
		bool want = fits(&t->chats[i], &a);

		if (!chat_find(w->q->txn,
			       arena_printf(&w->arena, "chat-%zu", i), &id))
			abort();
		t->ids[i] = id;
		n += want;
		wrong += bits_has(set, id) != want;
	}
	wrong += bits_count(set) != n;
	if (wrong > 0)
		printf("# tags %u by %d, states %u, words %u, users %u%s: "
		       "%zu are wrong\n",
		       a.tags, a.in.match, a.in.states, a.words, a.users,
		       a.limited ? ", limited" : "", wrong);
	t->wrong += wrong;
	t->asked++;
	bits_free(set);
}

/* Pages by the cursor, while chats come in. */
struct paging {
	struct test *t;
	struct buf next, out;
	size_t pages;
};

static void
look_page(struct world *w, void *arg)
{
	struct paging *p = arg;
	struct archive_in in = {.from = INSTANT_NONE, .to = INSTANT_NONE};
	struct archive_list l = {
	    .in = &in, .limit = 37, .after = buf_str(&p->next)};
	const struct json *chats, *next;
	struct json_out j;
	struct json *v;
	struct buf page;

	buf_init(&page);
	json_out_init(&j, &page);
	if (archive_list(w->q, &l, &j, NULL) != OK ||
	    json_parse(&w->arena, buf_str(&page), &v, NULL) != OK)
		abort();
	chats = json_member(v, S("chats"));
	next = json_member(v, S("next"));
	for (const struct json *c = chats->first; c; c = c->next)
		buf_printf(&p->out, "%.*s ",
			   STR_ARG(json_member(c, S("chatId"))->text));
	buf_reset(&p->next);
	if (next->kind == JSON_STRING)
		buf_put(&p->next, next->text);
	p->pages++;
	buf_fini(&page);
}

static void
test_pages(struct world *w, struct test *t)
{
	struct paging p = {.t = t};
	size_t before = t->n, missing = 0, twice = 0;

	buf_init(&p.next);
	buf_init(&p.out);
	do {
		world_look(w, look_page, &p);
		if (p.pages % 3 == 0)
			world_change(w, add_chats, t);
	} while (p.next.n > 0);
	for (size_t i = 0; i < before; i++) {
		char name[32];
		struct str rest = buf_str(&p.out), one;
		size_t times = 0;

		snprintf(name, sizeof(name), "chat-%zu", i);
		while (str_split(&rest, ' ', &one))
			times += str_eq(one, str_of(name));
		missing += times == 0;
		twice += times > 1;
	}
	is_int((int64_t)missing, 0, "no chat is missed over %zu pages",
	       p.pages);
	is_int((int64_t)twice, 0, "and none comes twice");
	buf_fini(&p.next);
	buf_fini(&p.out);
}

/* Said --------------------------------------------------------------------- */

static uint64_t
people(struct world *w, const char *json, enum err *e)
{
	struct fault f = {0};
	struct filter *filter;
	struct bits *who;
	uint64_t n;

	*e = filter_parse(w->q, str_of(json), &filter, &f);
	if (*e != OK)
		return 0;
	who = filter_run(w->q, filter);
	n = bits_count(who);
	bits_free(who);
	return n;
}

/* All of `some` in one message of the user: the first, or what came after. */
static bool
user_said(const struct test *t, unsigned user, unsigned some)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct model *m = &t->chats[i];

		if (m->user == user &&
		    ((some & ~m->first) == 0 ||
		     (some & ~(m->said & ~m->first)) == 0))
			return true;
	}
	return false;
}

static void
look_said(struct world *w, void *arg)
{
	struct test *t = arg;
	size_t wrong = 0;
	enum err e;

	for (unsigned some = 1; some < 16; some++) {
		struct str words_of = some_words(&w->arena, some);
		uint64_t n = 0, yes, no;

		for (unsigned u = 0; u < USERS; u++)
			n += user_said(t, u, some);
		yes = people(w,
			     arena_printf(&w->arena,
					  "[\"said\",\"contains\",\"%.*s\"]",
					  STR_ARG(words_of))
				 .p,
			     &e);
		no = people(w,
			    arena_printf(&w->arena,
					 "[\"said\",\"notContains\",\"%.*s\"]",
					 STR_ARG(words_of))
				.p,
			    &e);
		wrong += yes != n || yes + no != USERS;
	}
	is_int((int64_t)wrong, 0, "who said words in one message, and who not");
}

static void
look_refused(struct world *w, void *arg)
{
	static const char *const bad[] = {
	    "[\"said\",\"is\",\"x\"]",	     "[\"said\",\"contains\"]",
	    "[\"said\",\"contains\",5]",	     "[\"said\",\"contains\",\"!\"]",
	    "[\"said\",\"contains\",\"a\",\"b\"]", "[\"said\",\"isSet\"]",
	    "[\"Said\",\"contains\",\"x\"]"};
	struct filter *filter;
	struct buf b;
	enum err e;

	(void)arg;
	for (size_t i = 0; i < COUNT(bad); i++) {
		people(w, bad[i], &e);
		is_int(e, ERR_INVALID, "%s", bad[i]);
	}
	buf_init(&b);
	if (filter_parse(w->q, S("[\"said\",\"notContains\",\"my refund\"]"),
			 &filter, NULL) != OK)
		abort();
	filter_sentence(filter, &b);
	is_str(buf_str(&b), S("Said nothing with my refund"), "as a sentence");
	buf_reset(&b);
	filter_json(filter, &b);
	is_str(buf_str(&b), S("[\"said\",\"notContains\",\"my refund\"]"),
	       "and as JSON");
	buf_fini(&b);
	w->q->no_speech = true;
	people(w, "[\"said\",\"contains\",\"refund\"]", &e);
	is_int(e, ERR_INVALID, "who may not read chats cannot ask");
	w->q->no_speech = false;
	hold(w);
	is_int((int64_t)people(w, "[\"said\",\"notContains\",\"zzz\"]", &e),
	       (USERS + 2) / 3, "who is held to a segment finds its people");
}

int
main(void)
{
	const char *given = getenv("RAPPORT_SEED");
	struct test *t = mem_new(sizeof(*t));
	struct world w = {0};
	char name[16], score[32];

	seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_now() | 1;
	printf("# seed %" PRIu64 "\n", seed);
	world_open(&w);
	for (unsigned u = 0; u < USERS; u++) {
		snprintf(name, sizeof(name), "u%u", u);
		snprintf(score, sizeof(score), "{\"score\": %u}", u);
		t->users[u] = world_user(&w, name, score);
	}
	world_change(&w, fill_segment, t);
	world_change(&w, add_chats, t);
	for (int i = 0; i < 600; i++)
		world_look(&w, look_once, t);
	is_int((int64_t)t->wrong, 0, "%zu searches as by loops", t->asked);
	test_pages(&w, t);
	world_look(&w, look_said, t);
	world_look(&w, look_refused, t);
	world_close(&w);
	free(t);
	return done_testing();
}
