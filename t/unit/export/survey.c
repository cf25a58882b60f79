/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What chats refer to, found in one pass and in many: random chats with tags,
 * managers, bots and campaigns, counted and listed with room for all of them
 * and with room for hardly one, are the same as a plain list of what was sent
 * in.
 */
#include <rapport/chats.h>

#include "src/export/survey.h"
#include "t/tap.h"

#include <stdlib.h>

#define CHATS 300u
#define VOCABULARY 40u

static struct kv *kv;
static struct people *people;
/* What was sent in: of each sheet, which of the vocabulary. */
static bool sent[EXPORT_SHEETS][VOCABULARY];

static struct str
word(struct arena *a, enum export_sheet sheet)
{
	unsigned n = (unsigned)rand() % VOCABULARY;

	sent[sheet][n] = true;
	return arena_printf(a, "w%02u-%.*s", n, (int)(n % 20),
			    "xxxxxxxxxxxxxxxxxxxx");
}

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct batch *b = batch_begin(people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);
	struct arena *a = batch_arena(b);
	struct fault f = {0};
	bool twice;

	srand(*(unsigned *)arg);
	memset(sent, 0, sizeof(sent));
	for (unsigned i = 0; i < CHATS; i++) {
		struct str tags[] = {word(a, SHEET_TAGS), word(a, SHEET_TAGS)};
		struct str follower = word(a, SHEET_MANAGERS);
		struct chat_event e = {
		    .chat_id = arena_printf(a, "c%u", i),
		    .user_id = arena_printf(a, "u%u", i % 50),
		    .at = 1000000 + i,
		    .opened = 1000000 + i,
		    .closed = INSTANT_NONE,
		    .snoozed = INSTANT_NONE,
		    .tags = tags,
		    .n_tags = 2,
		    .has_tags = true,
		    .manager_ids = &follower,
		    .n_manager_ids = 1,
		    .has_manager_ids = true,
		};
		struct message_event m = {
		    .chat_id = e.chat_id,
		    .person_id = word(a, SHEET_BOTS),
		    .text = S("hi"),
		    .person = PERSON_BOT,
		    .at = 1000000 + i,
		};

		e.fields[FIELD_MARKETING_ID] = word(a, SHEET_MARKETING);
		TRY(chat_apply(c, &e, &f));
		TRY(message_apply(c, &m, &twice, &f));
		m.note = true;
		m.person_id = S("of a note alone");
		TRY(message_apply(c, &m, &twice, &f));
	}
	chat_batch_end(c);
	chat_batch_free(c);
	batch_end(b);
	batch_free(b);
	return kv_error(txn);
}

struct listing {
	enum export_sheet sheet;
	size_t limit;
	unsigned n, wrong;
	char last[40];
};

static enum err
listed(void *arg, const struct name *n)
{
	struct listing *l = arg;
	unsigned i = (unsigned)((n->text.p[1] - '0') * 10 + n->text.p[2] - '0');

	l->n++;
	l->wrong += n->text.p[0] != 'w' || i >= VOCABULARY ||
		    !sent[l->sheet][i] ||
		    str_cmp(n->text, str_of(l->last)) <= 0;
	snprintf(l->last, sizeof(l->last), "%.*s", STR_ARG(n->text));
	return OK;
}

static enum err
look(struct kv_txn *txn, void *arg)
{
	struct listing *l = arg;
	struct export_request request = {.what = EXPORT_CHATS};
	struct pipe pipe = {.request = &request};
	struct arena arena;
	struct bits *all = archive_every(txn);
	struct survey s;
	enum err e;

	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(people, txn),
			  .arena = &arena};

	survey_init(&s, &q, all, &pipe);
	names_fini(&s.names[l->sheet]);
	names_init(&s.names[l->sheet], l->limit);
	e = survey_run(&s, EXPORT_SHEETS_ALL);
	l->wrong += s.rows[SHEET_CHATS] != CHATS ||
		    s.rows[SHEET_MESSAGES] != CHATS ||
		    s.rows[SHEET_USERS] != 50;
	for (int again = 0; again < 2 && e == OK; again++) {
		l->n = 0;
		l->last[0] = '\0';
		e = survey_each(&s, l->sheet, listed, l);
		l->wrong += s.rows[l->sheet] != l->n;
	}
	survey_fini(&s);
	bits_free(all);
	arena_fini(&arena);
	return e;
}

int
main(void)
{
	static const enum export_sheet sheets[] = {
	    SHEET_MARKETING, SHEET_MANAGERS, SHEET_BOTS, SHEET_TAGS};
	static const size_t limits[] = {SIZE_MAX, 600, 1};
	struct kv_options o = {.create = true};
	unsigned seed = (unsigned)clock_now();
	enum err e = kv_open(&kv, &o, NULL);

	people = people_open(kv);
	if (e == OK)
		e = kv_write(kv, fill, &seed, NULL);
	ok(e == OK, "there are chats (seed %u)", seed);
	for (size_t i = 0; i < COUNT(sheets); i++)
		for (size_t k = 0; k < COUNT(limits); k++) {
			struct listing l = {.sheet = sheets[i],
					    .limit = limits[k]};
			unsigned want = 0;

			for (unsigned n = 0; n < VOCABULARY; n++)
				want += sent[sheets[i]][n];
			e = kv_read(kv, look, &l, NULL);
			ok(e == OK && l.wrong == 0 && l.n == want,
			   "%s: %u names, twice, in room for %zu bytes",
			   export_sheet_names[sheets[i]], want, limits[k]);
		}
	people_close(people);
	kv_close(kv);
	return done_testing();
}
