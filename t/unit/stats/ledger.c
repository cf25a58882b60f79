/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Analytics from the ledger against arrays that are looked through from end to
 * end: people write and are written to at random instants that come late and
 * in any order, are merged, parted and erased, with their totals kept or not.
 * Every table must be what the arrays say; and, of a store that was filled
 * before there was a ledger, what the sets, chats and timelines say.
 */
#include "naive.h"

#include "t/dice.h"

#include <math.h>

#define ROUNDS 60u
#define START INT64_C(1706659200000000) /* 2024-01-31 */
#define DAY (INT64_C(86400) * SECOND_US)

uint64_t
roll(struct world *w, uint64_t sides)
{
	return splitmix64(&w->dice) % sides;
}

/* Around the changes of daylight saving of spring 2024, on the edges of
 * quarter-hours more often than not; no two alike. */
int64_t
some_instant(struct world *w)
{
	int64_t at = START + (int64_t)roll(w, 75) * DAY +
		     (int64_t)roll(w, 96) * QUARTER_HOUR;

	if (roll(w, 3) == 0)
		at += (int64_t)roll(w, 3) - 1;
	else
		at += (int64_t)roll(w, 900000000);
	return at;
}

void
check(struct world *w, enum err e, const char *what)
{
	if (e != OK && w->wrong++ < 5)
		printf("# %s: %s\n", what, err_word(e));
}

/* Writing ------------------------------------------------------------------ */

typedef void act_fn(struct world *w, struct batch *b, struct chat_batch *c,
		    unsigned a, unsigned into);
struct write {
	struct world *w;
	act_fn *act;
	unsigned a, into;
};

static enum err
write_body(struct kv_txn *txn, void *arg)
{
	struct write *x = arg;
	struct batch *b = batch_begin(x->w->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	x->act(x->w, b, c, x->a, x->into);
	chat_batch_end(c);
	batch_end(b);
	chat_batch_free(c);
	batch_free(b);
	return kv_error(txn);
}

static void
write_do(struct world *w, act_fn *act, unsigned a, unsigned into)
{
	struct write x = {w, act, a, into};
	struct fault f = {0};

	check(w, kv_write(w->kv, write_body, &x, &f), f.text);
}

static struct str
user_name(struct batch *b, unsigned u)
{
	return arena_printf(batch_arena(b), "u%u", u);
}

static void
set(struct world *w, struct batch *b, unsigned u, const char *name,
    const char *text)
{
	struct json v = {.kind = JSON_STRING, .text = str_of(text)};
	struct stamp from = {START, FROM_EVENT};
	const struct attr *a;
	struct value value;

	check(w, batch_attr(b, str_of(name), &v, false, &a, NULL), name);
	check(w, value_of_json(batch_arena(b), a, &v, &value, NULL), name);
	batch_set(b, w->ids[u], a, &value, from);
}

static void
act_people(struct world *w, struct batch *b, struct chat_batch *c, unsigned a,
	   unsigned into)
{
	char phone[32];

	(void)c, (void)a, (void)into;
	for (unsigned u = 0; u < PEOPLE; u++) {
		check(w, batch_user(b, user_name(b, u), &w->ids[u], NULL),
		      "user");
		batch_seen(b, w->ids[u], w->first[u], w->first[u]);
		set(w, b, u, "country", w->french[u] ? "FR" : "PE");
		snprintf(phone, sizeof(phone), "+491511234%03u", u);
		if (w->phone[u])
			set(w, b, u, "phone", phone);
	}
}

static unsigned
someone_here(struct world *w)
{
	unsigned u;

	do
		u = (unsigned)roll(w, PEOPLE);
	while (w->fate[w->of[u]] != HERE);
	return u;
}

static void
act_message(struct world *w, struct batch *b, struct chat_batch *c)
{
	static const struct {
		enum person person;
		bool template;
		enum message_class class;
	} rows[] = {{PERSON_USER, false, CLASS_IN},
		    {PERSON_USER, false, CLASS_IN},
		    {PERSON_BOT, false, CLASS_BOT},
		    {PERSON_MANAGER, false, CLASS_HUMAN},
		    {PERSON_BOT, true, CLASS_TEMPLATE}};
	struct said *s = &w->said[w->n_said];
	size_t row = roll(w, COUNT(rows));
	unsigned u = someone_here(w);
	struct message_event m = {
	    .chat_id = arena_printf(batch_arena(b), "c%u",
				    (unsigned)(u + PEOPLE * roll(w, 2))),
	    .person_id = user_name(b, u),
	    .person = rows[row].person,
	    .template = rows[row].template,
	    .at = some_instant(w)};
	struct chat_event chat = {.chat_id = m.chat_id,
				  .user_id = m.person_id,
				  .at = m.at,
				  .opened = INSTANT_NONE,
				  .closed = INSTANT_NONE,
				  .snoozed = INSTANT_NONE};
	bool duplicate;

	if (w->n_said == SAID_MAX)
		return;
	if (roll(w, 9) == 0) { /* a note is nothing */
		m.note = true;
		m.person = PERSON_MANAGER;
	} else {
		*s = (struct said){u, m.at, rows[row].class, 0};
		w->n_said++;
	}
	m.message_id = arena_printf(batch_arena(b), "m%zu-%llu", w->n_said,
				    (unsigned long long)w->dice);
	if (rows[row].person != PERSON_USER || m.note)
		check(w, chat_apply(c, &chat, NULL), "chat");
	if (m.at < w->first[w->of[u]]) /* a message or an opening */
		w->first[w->of[u]] = m.at;
	check(w, message_apply(c, &m, &duplicate, NULL), "message");
}

static void
act_told(struct world *w, struct batch *b, struct chat_batch *c)
{
	unsigned u = someone_here(w), k = (unsigned)roll(w, 4);
	static const char *const json[] = {
	    "{\"type\":\"consent\",\"state\":\"in\"}",
	    "{\"type\":\"consent\",\"state\":\"out\"}",
	    "{\"type\":\"validity\",\"valid\":true}",
	    "{\"type\":\"validity\",\"valid\":false}"};
	struct word_told *t = &w->told[w->n_told];
	int64_t at = some_instant(w);
	uint32_t id;

	if (w->n_told == TOLD_MAX)
		return;
	for (size_t i = 0; i < w->n_told; i++) /* no two alike */
		if (w->told[i].at == at)
			return;
	*t = (struct word_told){u, w->of[u], at,
				(enum activity)(ACTIVITY_OPTED_IN + k)};
	w->n_told++;
	check(w, batch_user(b, user_name(b, u), &id, NULL), "user");
	if (k < 2)
		batch_consent(b, id, k == 0, at);
	else
		batch_validity(b, id, k == 2, at);
	batch_trail(b, id, at, str_of(json[k]));
	activity_told(c, t->kind, id, at);
}

static void
act_events(struct world *w, struct batch *b, struct chat_batch *c, unsigned a,
	   unsigned into)
{
	(void)a, (void)into;
	for (uint64_t n = 1 + roll(w, 60); n > 0; n--)
		if (roll(w, 6) == 0)
			act_told(w, b, c);
		else
			act_message(w, b, c);
}

/* So many in one quarter-hour that an entry cannot say it. */
static void
act_burst(struct world *w, struct batch *b, struct chat_batch *c, unsigned a,
	  unsigned into)
{
	struct message_event m = {.chat_id = S("burst"),
				  .person_id = user_name(b, a),
				  .person = PERSON_USER};
	bool duplicate;

	(void)into;
	for (int i = 0; i < 530; i++) {
		m.at = START + 40 * DAY + i;
		m.message_id = arena_printf(batch_arena(b), "b%d", i);
		check(w, message_apply(c, &m, &duplicate, NULL), "burst");
		w->said[w->n_said++] = (struct said){a, m.at, CLASS_IN, 0};
	}
	w->first[a] = START + 40 * DAY;
}

static uint32_t
id_of(struct batch *b, unsigned u)
{
	uint32_t id = 0;

	if (!batch_user_known(b, user_name(b, u), &id))
		return 0;
	return id;
}

static void
act_merge(struct world *w, struct batch *b, struct chat_batch *c, unsigned a,
	  unsigned into)
{
	uint32_t from = id_of(b, a), to = id_of(b, into);

	check(w, batch_merge(b, from, to, w->now, NULL), "merge");
	chats_follow(c, from, to);
}

static void
act_erase(struct world *w, struct batch *b, struct chat_batch *c, unsigned a,
	  unsigned into)
{
	enum erase_mode mode =
	    w->fate[a] == KEPT ? ERASE_KEEP_TOTALS : ERASE_FORGET;
	struct erasure e = {.mode = mode, .at = w->gone[a]}, paper;
	uint32_t id = id_of(b, a);

	(void)into;
	chats_erase(c, id, &e);
	check(w, batch_erase(b, id, mode, w->gone[a], &paper, NULL), "erase");
}

static void
someone(struct world *w)
{
	unsigned a = (unsigned)roll(w, PEOPLE), b = (unsigned)roll(w, PEOPLE);

	if (w->of[a] != a || w->fate[a] != HERE)
		return;
	if (roll(w, 2) == 0) {
		w->fate[a] = roll(w, 3) ? KEPT : FORGOTTEN;
		w->gone[a] = some_instant(w);
		write_do(w, act_erase, a, 0);
		return;
	}
	if (a == b || w->of[b] != b || w->fate[b] != HERE)
		return;
	write_do(w, act_merge, a, b);
	for (unsigned u = 0; u < PEOPLE; u++)
		if (w->of[u] == a)
			w->of[u] = b;
	for (size_t i = 0; i < w->n_told; i++)
		if (w->told[i].of == a)
			w->told[i].of = b;
	if (w->first[a] < w->first[b])
		w->first[b] = w->first[a];
	w->french[b] = w->french[a]; /* of the same instant: the later word */
	w->phone[b] |= w->phone[a];
}

/* Asking ------------------------------------------------------------------- */

static const struct zone *
some_zone(struct world *w)
{
	static const char *const names[] = {"UTC",
					    "Europe/Berlin",
					    "America/New_York",
					    "Asia/Kathmandu",
					    "Pacific/Chatham",
					    "Australia/Lord_Howe",
					    "Asia/Kolkata",
					    "Africa/Cairo"};

	return zone_find(str_of(names[roll(w, COUNT(names))]));
}

static bool
same(double a, double b)
{
	return isnan(a) ? isnan(b) : a == b;
}

/* Of the columns that arrays tell. */
static size_t
columns_told(const struct metric *m)
{
	size_t n = 0;

	while (m->columns[n].name)
		n++;
	return strcmp(m->name, "activity") == 0 ? 1 : n;
}

static bool quiet_wrong; /* in the control */

static void
differs(struct world *w, const struct stat_table *t, const char *what,
	size_t row, size_t column, double got, double want)
{
	if (w->wrong++ < 8 && !quiet_wrong)
		printf("# %s: %s by %s in %s, row %zu of %zu, %s: %g, expected "
		       "%g\n",
		       what, t->metric->name, stat_by_name(t->by),
		       zone_name(t->period.zone), row, t->n,
		       t->metric->columns[column].name, got, want);
}

static void
table_compare(struct world *w, const struct stat_table *t, bool french)
{
	naive_row *want = mem_new((t->n + 1) * sizeof(*want));

	naive_table(w, t, french, want);
	for (size_t i = 0; i <= t->n; i++) {
		const double *v = i < t->n ? t->rows[i].v : t->totals;

		for (size_t k = 0; k < columns_told(t->metric); k++)
			if (!same(v[k], want[i][k]))
				differs(w, t, "naive", i, k, v[k], want[i][k]);
	}
	free(want);
}

static void
tables_compare(struct world *w, const struct stat_table *a,
	       const struct stat_table *b)
{
	if (a->n != b->n && w->wrong++ < 5)
		printf("# other rows\n");
	for (size_t i = 0; i <= a->n && a->n == b->n; i++)
		for (size_t k = 0; a->metric->columns[k].name; k++) {
			double x = i < a->n ? a->rows[i].v[k] : a->totals[k];
			double y = i < a->n ? b->rows[i].v[k] : b->totals[k];

			if (!same(x, y))
				differs(w, a, "before there was a ledger", i, k,
					y, x);
		}
}

struct question {
	struct stat_table t;
	bool french;
};

static void
some_question(struct world *w, struct question *q)
{
	struct period *p = &q->t.period;
	size_t n = 0;

	*q = (struct question){.french = roll(w, 3) == 0};
	while (metrics[n].name)
		n++;
	do /* those that are asked nothing but a period */
		q->t.metric = &metrics[roll(w, n)];
	while (q->t.metric->takes);
	do
		q->t.by = (enum stat_by)roll(w, BY_COUNT);
	while (!(q->t.metric->by >> q->t.by & 1));
	p->zone = some_zone(w);
	p->from = zone_day_start(p->zone, (int32_t)(19753 + roll(w, 75)));
	p->to = p->from + (int64_t)(1 + roll(w, 3000)) * QUARTER_HOUR;
	if (roll(w, 2) == 0)
		p->to = zone_day_start(p->zone, zone_date(p->zone, p->to) + 1);
}

struct asking {
	struct world *w;
	struct question *q;
	struct stat_table *old; /* NULL: as it is */
};

static enum err
ask_body(struct kv_txn *txn, void *arg)
{
	struct asking *a = arg;
	struct world *w = a->w;
	struct query q = {.txn = txn,
			  .catalog = people_catalog(w->people, txn),
			  .arena = &w->arena,
			  .zone = a->q->t.period.zone,
			  .now = w->now};
	struct stat_table *t = &a->q->t;
	struct filter *filter = NULL;

	if (a->old) {
		*a->old = *t;
		t = a->old;
	}
	if (a->q->french)
		check(w,
		      filter_parse(&q,
				   S("[\"default_country\",\"is\","
				     "\"FR\"]"),
				   &filter, NULL),
		      "filter");
	check(w, stats_run(&q, filter, t, NULL), t->metric->name);
	return kv_error(txn);
}

/* The store as one that was filled before there was a ledger, or as it is. */
static enum err
mark_body(struct kv_txn *txn, void *arg)
{
	const char value[2] = {1, *(bool *)arg};

	kv_put(txn, SP_ACTIVITY, S("w"), (struct str){value, 2});
	return kv_error(txn);
}

static void
mark(struct world *w, bool whole)
{
	check(w, kv_write(w->kv, mark_body, &whole, NULL), "mark");
}

static unsigned
ask_some(struct world *w, unsigned n)
{
	struct question *q = mem_new(n * sizeof(*q));
	struct stat_table old;
	unsigned told = 0;

	for (unsigned i = 0; i < n; i++) {
		struct asking a = {w, &q[i], NULL};

		some_question(w, &q[i]);
		check(w, kv_read(w->kv, ask_body, &a, NULL), "ask");
		if (!naive_knows(q[i].t.metric->name))
			continue;
		table_compare(w, &q[i].t, q[i].french);
		told++;
	}
	mark(w, false);
	for (unsigned i = 0; i < n; i++) {
		struct asking a = {w, &q[i], &old};

		check(w, kv_read(w->kv, ask_body, &a, NULL), "ask");
		tables_compare(w, &q[i].t, &old);
	}
	mark(w, true);
	arena_reset(&w->arena);
	free(q);
	return told;
}

/* Whether it is what it should be -------------------------------------------
 */

static void
tell(void *arg, struct str sentence)
{
	(void)arg;
	printf("# %.*s\n", STR_ARG(sentence));
}

static void
quiet(void *arg, struct str sentence)
{
	(void)arg, (void)sentence;
}

static uint64_t
differences(struct world *w, report_fn *report)
{
	uint64_t n = 0;

	check(w, chats_check(w->people, w->kv, report, NULL, &n, NULL),
	      "check");
	return n;
}

struct tamper {
	char prefix;
	bool drop;
};

/* The last entry of a page is one more often, or the page is not there. */
static enum err
tamper_body(struct kv_txn *txn, void *arg)
{
	const struct tamper *x = arg;
	struct kv_cursor *c =
	    kv_cursor(txn, SP_COUNTER, (struct str){&x->prefix, 1});
	uint8_t key[KV_KEY_MAX];
	struct wr w = wr_of(key, sizeof(key));
	struct buf value;

	buf_init(&value);
	kv_seek_last(c, STR_NONE);
	wr_bytes(&w, kv_key(c));
	buf_put(&value, kv_value(c));
	kv_cursor_close(c);
	value.p[1] ^= 2;
	if (x->drop)
		kv_del(txn, SP_COUNTER, wr_out(&w));
	else
		kv_put(txn, SP_COUNTER, wr_out(&w), buf_str(&value));
	buf_fini(&value);
	return kv_error(txn);
}

static void
test_tamper(struct world *w)
{
	struct reindex_in in = {.memory = 1u << 20, .tmp_dir = "/tmp"};
	struct tamper each[] = {{'u', false}, {'u', true}, {'g', true}};

	for (size_t i = 0; i < COUNT(each); i++) {
		check(w, kv_write(w->kv, tamper_body, &each[i], NULL),
		      "tamper");
		ok(differences(w, quiet) > 0, "what was tampered with is seen");
		is_int(store_reindex(w->people, w->kv, &in, NULL), OK,
		       "it is built anew");
		is_int((int64_t)differences(w, tell), 0, "and whole");
	}
}

static void
world_new(struct world *w)
{
	struct kv_options options = {0};
	struct fault f = {0};

	if (kv_open(&w->kv, &options, &f) != OK)
		exit(1);
	w->people = people_open(w->kv);
	arena_init(&w->arena);
	w->now = START + 400 * DAY;
	for (unsigned u = 0; u < PEOPLE; u++) {
		w->of[u] = u;
		w->french[u] = u % 3 == 0;
		w->phone[u] = u % 4 != 0;
		w->first[u] = START + 100 * DAY + (int64_t)u;
	}
	write_do(w, act_people, 0, 0);
}

int
main(void)
{
	struct reindex_in in = {.memory = 1u << 20, .tmp_dir = "/tmp"};
	struct world *w = mem_new(sizeof(*w));
	const char *seed = getenv("RAPPORT_SEED");
	unsigned kept = 0, told = 0;
	uint64_t found = 0;

	w->dice = seed ? strtoull(seed, NULL, 10) : random_u64() % 1000000;
	printf("# RAPPORT_SEED=%llu\n", (unsigned long long)w->dice);
	world_new(w);
	write_do(w, act_burst, someone_here(w), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		write_do(w, act_events, 0, 0);
		if (i % 3 == 2)
			someone(w);
		told += ask_some(w, 12);
		if (i % 12 == 11)
			found += differences(w, tell);
	}
	for (unsigned u = 0; u < PEOPLE; u++)
		kept += w->fate[u] == KEPT;
	ok(w->n_said > 600 && kept > 0, "%zu messages, %u erased and kept",
	   w->n_said, kept);
	is_int(w->wrong, 0, "%u tables are what arrays and old stores say",
	       told);
	is_int((int64_t)found, 0, "what is kept is what was done");
	is_int(store_reindex(w->people, w->kv, &in, NULL), OK, "built anew");
	is_int((int64_t)differences(w, tell), 0, "it is the same");
	ask_some(w, 60);
	is_int(w->wrong, 0, "and answers the same, of the erased, too");
	for (size_t i = 0; i < w->n_said; i++)
		w->said[i].at += DAY;
	quiet_wrong = true;
	for (unsigned i = 0; i < 3; i++)
		ask_some(w, 20);
	ok(w->wrong > 0, "control: a day's difference would be seen");
	test_tamper(w);
	people_close(w->people);
	kv_close(w->kv);
	arena_fini(&w->arena);
	free(w);
	return done_testing();
}
