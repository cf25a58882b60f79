/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The archive against a model that keeps every chat as an array and looks at
 * all of it: words in several scripts and spellings, prefixes, phrases, pairs
 * of words, tags, states, assignees, integrations, periods, users, the order;
 * after random writes that come late and twice, merges and erasures.  Then the
 * index is damaged, which the check must find and building set right.
 */
#include <rapport/chats.h>

#include "../../dice.h"
#include "../../tap.h"

#define CHATS 120u
#define USERS 25u
#define TOKENS 12u /* of one message, at most */
#define MESSAGES 12u
#define T0 (INT64_C(1700000000) * SECOND_US)
#define HOUR_US (3600 * SECOND_US)

/* As it is written, and what it is compared as; `run`: without spaces. */
static const struct token {
	const char *text, *same;
	bool run;
} tokens[] = {
    {"refund", "refund", false},
    {"REFUND", "refund", false},
    {"Refunds", "refunds", false},
    {"order", "order", false},
    {"caf\xc3\xa9", "caf\xc3\xa9", false},
    {"CAF\xc3\x89", "caf\xc3\xa9", false},
    {"cafe", "cafe", false},
    {"Stra\xc3\x9f" "e", "strasse", false},
    {"STRASSE", "strasse", false},
    {"\xd0\x97\xd0\xb0\xd0\xba\xd0\xb0\xd0\xb7",
     "\xd0\xb7\xd0\xb0\xd0\xba\xd0\xb0\xd0\xb7", false},
    {"A17", "a17", false},
    {"\xe9\x80\x80\xe6\xac\xbe\xe7\x94\xb3\xe8\xaf\xb7",
     "\xe9\x80\x80\xe6\xac\xbe\xe7\x94\xb3\xe8\xaf\xb7", true},
    {"\xe9\x80\x80\xe8\xb4\xa7", "\xe9\x80\x80\xe8\xb4\xa7", true},
    {"\xe0\xb8\x84\xe0\xb8\xb7\xe0\xb8\x99\xe0\xb9\x80\xe0\xb8\x87\xe0\xb8"
     "\xb4\xe0\xb8\x99",
     "\xe0\xb8\x84\xe0\xb8\xb7\xe0\xb8\x99\xe0\xb9\x80\xe0\xb8\x87\xe0\xb8"
     "\xb4\xe0\xb8\x99",
     true},
    {"\xed\x99\x98\xeb\xb6\x88\xec\x9d\xb4",
     "\xed\x99\x98\xeb\xb6\x88\xec\x9d\xb4", true},
};
static const char *const tags[] = {"billing", "Billing", "vip", "bug"};
static const char *const sources[] = {"Slack", "WhatsApp"};

struct said {
	enum person person;
	uint8_t tokens[TOKENS];
	size_t n;
	int64_t at;
};
struct model_chat {
	bool there;
	unsigned user;
	struct said said[MESSAGES];
	size_t n;
	uint8_t tags; /* by place in the table */
	int tags_at, assignee_at, assignee;
	int source;
	struct {
		int64_t at;
		enum chat_state state;
	} states[12];
	size_t n_states;
};

struct world {
	struct kv *kv;
	struct people *people;
	struct model_chat chats[CHATS];
	bool gone[USERS];
	unsigned whose[USERS]; /* after merges */
	struct arena arena;
	uint64_t runs;
};

static uint64_t seed;

static uint64_t
next_random(uint64_t below)
{
	return xorshift64(&seed) % below;
}

static void
run(struct world *w, bool write, kv_fn *fn, void *arg)
{
	struct fault f = {0};

	if (write && people_refresh(w->people, &f) != OK)
		abort();
	if ((write ? kv_write(w->kv, fn, arg, &f)
		   : kv_read(w->kv, fn, arg, &f)) != OK) {
		printf("# %s\n", f.text);
		abort();
	}
}

static struct str
chat_name(struct arena *a, size_t i)
{
	return arena_printf(a, "chat-%zu", i);
}

/* Writing ------------------------------------------------------------------ */

struct writing {
	struct world *w;
	struct batch *b;
	struct chat_batch *c;
	struct arena *a;
};

static void
send_message(struct writing *x, size_t chat, size_t i)
{
	const struct said *s = &x->w->chats[chat].said[i];
	struct message_event m = {.chat_id = chat_name(x->a, chat),
				  .person = s->person,
				  .at = s->at};
	bool duplicate;
	struct buf b;

	buf_init(&b);
	for (size_t k = 0; k < s->n; k++)
		buf_printf(&b, "%s%s", k ? (k % 2 ? " " : ", ") : "",
			   tokens[s->tokens[k]].text);
	m.message_id = arena_printf(x->a, "m-%zu-%zu", chat, i);
	m.text = arena_str(x->a, buf_str(&b));
	m.person_id = s->person == PERSON_USER
			  ? arena_printf(x->a, "u%u", x->w->chats[chat].user)
			  : S("somebody");
	m.note = s->person == PERSON_MANAGER && i % 3 == 0;
	if (message_apply(x->c, &m, &duplicate, NULL) != OK)
		abort();
	buf_fini(&b);
}

static void
random_message(struct writing *x, size_t chat)
{
	struct model_chat *m = &x->w->chats[chat];
	struct said *s = &m->said[m->n];

	if (m->n == MESSAGES) {
		send_message(x, chat, next_random(m->n)); /* again */
		return;
	}
	*s = (struct said){.person = (enum person)next_random(3),
			   .n = 1 + next_random(TOKENS),
			   .at = T0 + (int64_t)next_random(1000) * HOUR_US};
	for (size_t k = 0; k < s->n; k++)
		s->tokens[k] = (uint8_t)next_random(COUNT(tokens));
	m->n++;
	send_message(x, chat, m->n - 1);
}

static void
model_state(struct model_chat *m, int64_t at, enum chat_state state)
{
	size_t i = m->n_states++;

	for (; i > 0 && m->states[i - 1].at > at; i--)
		m->states[i] = m->states[i - 1];
	m->states[i].at = at;
	m->states[i].state = state;
}

static void
random_chat_event(struct writing *x, size_t chat)
{
	struct model_chat *m = &x->w->chats[chat];
	struct chat_event e = {.chat_id = chat_name(x->a, chat),
			       .opened = INSTANT_NONE,
			       .closed = INSTANT_NONE,
			       .snoozed = INSTANT_NONE};
	int when = (int)next_random(100000);
	struct str list[COUNT(tags)];

	/* Distinct instants: a minute of its own for each event. */
	e.at = T0 + ((int64_t)when * CHATS + (int64_t)chat) * 60 * SECOND_US;
	e.user_id = arena_printf(x->a, "u%u", m->user);
	if (m->source >= 0)
		e.fields[FIELD_SOURCE] = str_of(sources[m->source]);
	e.has_tags = when > m->tags_at;
	if (e.has_tags) {
		e.tags = list;
		m->tags_at = when;
		m->tags = (uint8_t)next_random(1 << COUNT(tags));
		for (size_t i = 0; i < COUNT(tags); i++)
			if (m->tags >> i & 1)
				list[e.n_tags++] = str_of(tags[i]);
	}
	if (when > m->assignee_at) {
		m->assignee_at = when;
		m->assignee = (int)next_random(3);
		e.fields[FIELD_ASSIGNEE] =
		    m->assignee ? arena_printf(x->a, "Agent %d", m->assignee)
				: S("");
	}
	e.has_state = m->n_states < COUNT(m->states);
	e.state = (enum chat_state)next_random(3);
	if (e.has_state)
		model_state(m, e.at, e.state);
	if (chat_apply(x->c, &e, NULL) != OK)
		abort();
}

static enum err
some_writes(struct kv_txn *txn, void *arg)
{
	struct writing x = {.w = arg};

	x.b = batch_begin(x.w->people, txn, 0);
	x.c = chat_batch_begin(x.b);
	x.a = batch_arena(x.b);
	for (size_t i = 0; i < 60; i++) {
		size_t chat = next_random(CHATS);
		struct model_chat *m = &x.w->chats[chat];

		if (x.w->gone[x.w->whose[m->user]])
			continue;
		if (!m->there || next_random(3) == 0)
			random_chat_event(&x, chat);
		else
			random_message(&x, chat);
		m->there = true;
	}
	chat_batch_end(x.c);
	batch_end(x.b);
	chat_batch_free(x.c);
	batch_free(x.b);
	return OK;
}

static enum err
merge_two(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);
	unsigned from = (unsigned)next_random(USERS);
	unsigned into = (unsigned)next_random(USERS);
	uint32_t ids[2];
	struct arena *a = batch_arena(b);

	if (w->whose[from] != w->whose[into] && !w->gone[w->whose[from]] &&
	    !w->gone[w->whose[into]]) {
		unsigned was = w->whose[from];

		if (batch_user(b, arena_printf(a, "u%u", was), &ids[0],
			       NULL) != OK ||
		    batch_user(b, arena_printf(a, "u%u", w->whose[into]),
			       &ids[1], NULL) != OK ||
		    batch_merge(b, ids[0], ids[1], T0, NULL) != OK)
			abort();
		chats_follow(c, ids[0], ids[1]);
		for (unsigned u = 0; u < USERS; u++)
			if (w->whose[u] == was)
				w->whose[u] = w->whose[into];
	}
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return OK;
}

static enum err
find_user(struct kv_txn *txn, void *arg)
{
	uint32_t *id = arg;
	char name[16];

	snprintf(name, sizeof(name), "u%u", *id);
	if (!user_find(txn, str_of(name), id))
		*id = 0;
	return OK;
}

static void
erase_one(struct world *w)
{
	unsigned user = w->whose[next_random(USERS)];
	struct erase_in in = {.mode = ERASE_FORGET, .at = T0};
	struct bits *who = bits_new();
	uint32_t id = user;
	uint64_t n;

	run(w, false, find_user, &id);
	if (id != 0 && !w->gone[user]) {
		bits_add(who, id);
		in.who = who;
		if (users_erase(w->people, w->kv, &in, &n, NULL) != OK)
			abort();
		w->gone[user] = true;
		for (size_t i = 0; i < CHATS; i++)
			if (w->whose[w->chats[i].user] == user)
				w->chats[i].there = false;
	}
	bits_free(who);
}

/* Looking ------------------------------------------------------------------ */

struct wanted {
	const char *what[3]; /* compared as; of a term one after the other */
	size_t n;
	bool prefix, part; /* part: of a run */
};

static bool
token_fits(const struct token *t, const struct wanted *q, size_t i)
{
	struct str have = str_of(t->same), want = str_of(q->what[i]);

	if (q->part)
		return t->run && str_find(have, want, NULL);
	if (t->run)
		return false;
	return q->prefix && i + 1 == q->n ? str_starts(have, want)
					  : str_eq(have, want);
}

static bool
message_fits(const struct said *s, const struct wanted *q)
{
	for (size_t at = 0; at + q->n <= s->n; at++) {
		size_t i = 0;

		while (i < q->n &&
		       token_fits(&tokens[s->tokens[at + i]], q, i))
			i++;
		if (i == q->n)
			return true;
	}
	return false;
}

/* Some message of it; of the person alone, with both terms in one. */
static bool
chat_fits(const struct model_chat *m, const struct wanted q[2], size_t n,
	  bool said)
{
	bool any[2] = {false, false};

	for (size_t i = 0; i < m->n; i++) {
		bool all = true;

		for (size_t k = 0; k < n; k++) {
			bool fits = message_fits(&m->said[i], &q[k]);

			any[k] |= fits;
			all &= fits;
		}
		if (said && all && m->said[i].person == PERSON_USER)
			return true;
	}
	return !said && any[0] && (n < 2 || any[1]);
}

/* A term and how it is asked for; characters from the middle of a run. */
static void
random_term(struct world *w, struct wanted *q, struct buf *text)
{
	const struct token *t = &tokens[next_random(COUNT(tokens))];
	size_t from, length = text_length(str_of(t->same));

	*q = (struct wanted){.what = {t->same}, .n = 1};
	if (t->run) {
		size_t first = next_random(length);
		size_t some = 1 + next_random(length - first);

		q->part = true;
		from = first * 3; /* all of three bytes */
		q->what[0] = arena_z(&w->arena,
				     str_cut(str_of(t->same), from,
					     from + some * 3));
		buf_put(text, str_of(q->what[0]));
		return;
	}
	switch (next_random(3)) {
	case 0:
		buf_put(text, str_of(t->text));
		break;
	case 1:
		q->prefix = true;
		q->what[0] = arena_z(
		    &w->arena, text_prefix(str_of(t->same),
					   2 + next_random(length)));
		buf_printf(text, "%s*", q->what[0]);
		break;
	default:
		buf_printf(text, "\"%s", t->text);
		for (q->n = 1; q->n < 2 + next_random(2);) {
			t = &tokens[next_random(11)]; /* no runs */
			buf_printf(text, "  %s", t->text);
			q->what[q->n++] = t->same;
		}
		buf_c(text, '"');
	}
}

struct looking {
	struct world *w;
	struct kv_txn *txn;
	uint32_t ids[CHATS]; /* in the store; 0: not there */
	uint64_t wrong;
	char what[256];
};

static void
compare(struct looking *l, struct bits *got, const bool *want)
{
	uint64_t n = 0;

	for (size_t i = 0; i < CHATS; i++) {
		bool in = l->ids[i] != 0 && bits_has(got, l->ids[i]);

		n += want[i];
		if (in != want[i]) {
			printf("# %s: chat %zu is %s\n", l->what, i,
			       in ? "in" : "out");
			l->wrong++;
		}
	}
	if (bits_count(got) != n) {
		printf("# %s: %" PRIu64 ", not %" PRIu64 "\n", l->what,
		       bits_count(got), n);
		l->wrong++;
	}
	bits_free(got);
}

static void
look_words(struct looking *l)
{
	struct wanted q[2];
	size_t n = 1 + next_random(2);
	struct search *s;
	bool want[CHATS];
	struct buf text;

	buf_init(&text);
	for (size_t k = 0; k < n; k++) {
		random_term(l->w, &q[k], &text);
		buf_c(&text, ' ');
	}
	if (search_parse(&l->w->arena, buf_str(&text), &s, NULL) != OK)
		abort();
	for (int said = 0; said < 2; said++) {
		snprintf(l->what, sizeof(l->what), "%s for %s",
			 said ? "said" : "chats", text.p);
		for (size_t i = 0; i < CHATS; i++)
			want[i] = l->w->chats[i].there &&
				  chat_fits(&l->w->chats[i], q, n, said);
		compare(l,
			said ? search_said(l->txn, s)
			     : search_chats(l->txn, s, NULL),
			want);
	}
	buf_fini(&text);
}

static void
look_fields(struct looking *l)
{
	const struct model_chat *chats = l->w->chats;
	int kind = (int)next_random(3);
	bool want[CHATS];

	snprintf(l->what, sizeof(l->what), "tag");
	for (size_t i = 0; i < CHATS; i++)
		want[i] = chats[i].there && (chats[i].tags & 3) != 0;
	compare(l, archive_tag(l->txn, S("BILLING")), want);
	snprintf(l->what, sizeof(l->what), "assignee");
	for (size_t i = 0; i < CHATS; i++)
		want[i] = chats[i].there && chats[i].assignee == 1;
	compare(l, archive_assignee(l->txn, S("Agent 1")), want);
	snprintf(l->what, sizeof(l->what), "source");
	for (size_t i = 0; i < CHATS; i++)
		want[i] = chats[i].there && chats[i].source == 1;
	compare(l, archive_source(l->txn, S("whatsapp")), want);
	snprintf(l->what, sizeof(l->what), "state %d", kind);
	for (size_t i = 0; i < CHATS; i++) {
		size_t n = chats[i].n_states;

		want[i] = chats[i].there &&
			  (n ? (int)chats[i].states[n - 1].state : 0) == kind;
	}
	compare(l, archive_state(l->txn, (enum chat_state)kind), want);
}

/* The instants at which the chat opened, from the record's own view. */
static size_t
openings(struct looking *l, uint32_t id, int64_t *out)
{
	struct chat_view v;
	struct chat_times t;

	if (!chat_view(l->txn, &l->w->arena, id, &v))
		abort();
	chat_times(l->txn, &l->w->arena, &v, NULL, &t);
	for (size_t i = 0; i < t.n_episodes; i++)
		out[i] = t.episodes[i].opened;
	return t.n_episodes;
}

static void
look_period(struct looking *l)
{
	int64_t at[16], from, to;
	bool want[CHATS];

	from = T0 + (int64_t)next_random(200000) * HOUR_US - HOUR_US / 3;
	to = from + (int64_t)(next_random(3) ? next_random(60)
					     : next_random(200000)) *
			HOUR_US;
	snprintf(l->what, sizeof(l->what), "opened in %" PRId64 " hours",
		 (to - from) / HOUR_US);
	for (size_t i = 0; i < CHATS; i++) {
		size_t n = l->ids[i] ? openings(l, l->ids[i], at) : 0;

		want[i] = false;
		for (size_t k = 0; k < n; k++)
			want[i] |= at[k] >= from && at[k] < to;
	}
	compare(l, archive_opened(l->txn, from, to), want);
}

static void
look_order(struct looking *l)
{
	struct bits *all = archive_every(l->txn);
	struct archive_place page[7], last;
	size_t n = COUNT(page), seen = 0;
	bool first = true, good = true;

	while (n == COUNT(page)) {
		n = archive_page(l->txn, all, first ? NULL : &last, page,
				 COUNT(page));
		for (size_t i = 0; i < n; i++) {
			int64_t at[16];
			size_t k = openings(l, page[i].id, at);

			good &= at[k - 1] == page[i].at;
			good &= first || page[i].at < last.at ||
				(page[i].at == last.at &&
				 page[i].id < last.id);
			last = page[i];
			first = false;
		}
		seen += n;
	}
	if (!good || seen != bits_count(all)) {
		printf("# the order is wrong, or pages lose chats\n");
		l->wrong++;
	}
	bits_free(all);
}

static void
look_users(struct looking *l)
{
	struct bits *users = bits_new(), *within, *back;
	unsigned user = l->w->whose[next_random(USERS)];
	bool want[CHATS];
	uint32_t id;
	char name[16];

	snprintf(name, sizeof(name), "u%u", user);
	snprintf(l->what, sizeof(l->what), "of user %u", user);
	for (size_t i = 0; i < CHATS; i++)
		want[i] = l->w->chats[i].there &&
			  l->w->whose[l->w->chats[i].user] == user;
	if (user_find(l->txn, str_of(name), &id))
		bits_add(users, id);
	within = archive_every(l->txn);
	compare(l, archive_of_users(l->txn, users, NULL), want);
	within = within ? within : bits_new();
	back = archive_of_users(l->txn, users, within);
	bits_free(within);
	within = archive_users(l->txn, back);
	if (bits_count(back) > 0 && !bits_equal(within, users)) {
		printf("# chats of a user lead to others\n");
		l->wrong++;
	}
	bits_free(within);
	compare(l, back, want);
	bits_free(users);
}

static enum err
look(struct kv_txn *txn, void *arg)
{
	struct looking *l = arg;

	l->txn = txn;
	for (size_t i = 0; i < CHATS; i++) {
		bool known = chat_find(txn, chat_name(&l->w->arena, i),
				       &l->ids[i]);

		if (!known)
			l->ids[i] = 0;
		if (known != l->w->chats[i].there)
			l->wrong++;
	}
	for (int i = 0; i < 12; i++)
		look_words(l);
	look_fields(l);
	look_period(l);
	look_period(l);
	look_order(l);
	look_users(l);
	return kv_error(txn);
}

static void
report(void *arg, struct str sentence)
{
	if (arg == NULL)
		printf("# %.*s\n", STR_ARG(sentence));
}

static uint64_t
differences(struct world *w, bool quiet)
{
	uint64_t n = 0;

	if (archive_check(w->kv, 1 << 20, "/tmp", report, quiet ? w : NULL, &n,
			  NULL) != OK)
		abort();
	return n;
}

/* Damage ------------------------------------------------------------------- */

static enum err
damage(struct kv_txn *txn, void *arg)
{
	enum kv_space space = *(int *)arg ? SP_CHATKEY : SP_WORD;
	struct kv_cursor *c = kv_cursor(txn, space, *(int *)arg ? S("c")
								: STR_NONE);
	struct buf key;

	buf_init(&key);
	if (kv_seek(c, STR_NONE))
		buf_put(&key, kv_key(c));
	kv_cursor_close(c);
	kv_del(txn, space, buf_str(&key));
	buf_fini(&key);
	return OK;
}

static enum err
half_built(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, BATCH_NO_INDEX);

	chat_batch_free(chat_batch_begin(b));
	batch_free(b);
	return OK;
}

static enum err
is_ready(struct kv_txn *txn, void *arg)
{
	*(enum err *)arg = archive_ready(txn, NULL);
	return OK;
}

static void
test_damage(struct world *w)
{
	enum err ready;

	for (int cards = 0; cards < 2; cards++) {
		run(w, true, damage, &cards);
		ok(differences(w, true) > 0, "a missing %s is found",
		   cards ? "record of cards" : "posting");
		ok(archive_build(w->kv, 1 << 20, "/tmp", NULL, NULL, NULL) ==
		       OK,
		   "the archive is built anew");
		is_int(differences(w, false), 0, "and whole");
	}
	run(w, true, half_built, w);
	run(w, false, is_ready, &ready);
	is_int(ready, ERR_CORRUPT, "half an index is not asked");
	ok(archive_build(w->kv, 1 << 20, "/tmp", NULL, NULL, NULL) == OK &&
	       differences(w, false) == 0,
	   "until it is built");
	run(w, false, is_ready, &ready);
	is_int(ready, OK, "and then it is");
}

static void
test_parse(struct world *w)
{
	static const struct {
		const char *q;
		enum err e;
	} rows[] = {{"", ERR_INVALID},	    {"  ", ERR_INVALID},
		    {"!?", ERR_INVALID},    {"\"\"", ERR_INVALID},
		    {"*", ERR_INVALID},	    {"a", OK},
		    {"\"open phrase", OK}, {"a\"b\"c*", OK}};
	char text[SEARCH_BYTES_MAX + 2];
	struct search *s;

	for (size_t i = 0; i < COUNT(rows); i++)
		is_int(search_parse(&w->arena, str_of(rows[i].q), &s, NULL),
		       rows[i].e, "search for '%s'", rows[i].q);
	memset(text, 'a', sizeof(text));
	is_int(search_parse(&w->arena, (struct str){text, sizeof(text) - 1},
			    &s, NULL),
	       ERR_LIMIT, "too long");
	for (size_t i = 1; i < 80; i += 2)
		text[i] = ' ';
	is_int(search_parse(&w->arena, (struct str){text, 80}, &s, NULL),
	       ERR_LIMIT, "too many terms");
}

static void
test_marks(struct world *w)
{
	static const struct {
		const char *q, *text, *marks;
	} rows[] = {
	    {"order", "Order, my order!", "0-5 10-15"},
	    {"ord*", "orders border", "0-6"},
	    {"\"my order\"", "my my  order order", "3-12"},
	    {"my order", "my order", "0-2 3-8"},
	    {"o'brien", "Mr. O'Brien", "4-11"},
	    {"\xe6\xac\xbe", "\xe9\x80\x80\xe6\xac\xbe\xe6\xac\xbe", "3-9"},
	    {"none", "of it", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text_range marks[8];
		struct search *s;
		struct buf b;
		size_t n;

		if (search_parse(&w->arena, str_of(rows[i].q), &s, NULL) != OK)
			abort();
		n = search_marks(s, str_of(rows[i].text), marks, COUNT(marks));
		buf_init(&b);
		for (size_t k = 0; k < n; k++)
			buf_printf(&b, "%s%zu-%zu", k ? " " : "",
				   marks[k].from, marks[k].to);
		is_str(buf_str(&b), str_of(rows[i].marks), "%s in %s",
		       rows[i].q, rows[i].text);
		buf_fini(&b);
	}
}

int
main(void)
{
	struct kv_options o = {0};
	struct world *w = mem_new(sizeof(*w));
	struct looking l = {.w = w};
	const char *given = getenv("RAPPORT_SEED");

	seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_now() | 1;
	printf("# seed %" PRIu64 "\n", seed);
	if (kv_open(&w->kv, &o, NULL) != OK)
		abort();
	w->people = people_open(w->kv);
	arena_init(&w->arena);
	for (unsigned u = 0; u < USERS; u++)
		w->whose[u] = u;
	for (size_t i = 0; i < CHATS; i++) {
		w->chats[i].user = (unsigned)next_random(USERS);
		w->chats[i].source = (int)next_random(3) - 1;
		w->chats[i].tags_at = w->chats[i].assignee_at = -1;
	}
	test_parse(w);
	test_marks(w);
	for (int i = 0; i < 60 && l.wrong == 0; i++) {
		run(w, true, some_writes, w);
		if (next_random(4) == 0)
			run(w, true, merge_two, w);
		if (next_random(8) == 0)
			erase_one(w);
		run(w, false, look, &l);
		if (i % 15 == 14)
			l.wrong += differences(w, false);
		arena_reset(&w->arena);
	}
	is_int(l.wrong, 0, "sets and order as the model has them");
	is_int(differences(w, false), 0, "and the check finds nothing");
	test_damage(w);
	arena_fini(&w->arena);
	people_close(w->people);
	kv_close(w->kv);
	free(w);
	return done_testing();
}
