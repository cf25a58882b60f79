/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The timeline against a list in memory: random messages in several chats,
 * happenings and values, many of one instant; pages of any length meet each
 * once, newest first, and a change tells the value that was shown before it.
 */
#include "../../tap.h"
#include <rapport/chats.h>
#include <rapport/query.h>

#include <stdlib.h>

#define MOMENTS 300

struct life {
	struct kv *kv;
	struct people *people;
	struct fault f;
	uint32_t user, rounds;
	uint64_t seed;
	/* what was put in: one line a moment, "at kind text" */
	int64_t at[MOMENTS];
	char what[MOMENTS][40];
	size_t n;
	/* the page being read */
	size_t limit;
	struct str after;
	struct arena arena;
	struct buf got; /* lines, as they came */
	bool more, sorted;
	int64_t last;
};

static uint32_t
roll(struct life *l, uint32_t n)
{
	l->seed = l->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(l->seed >> 33) % n;
}

static void
put_message(struct life *l, struct chat_batch *c, size_t i)
{
	char chat[16], id[16];
	bool duplicate;
	struct message_event e = {.at = l->at[i], .person = PERSON_USER};

	snprintf(chat, sizeof(chat), "c%u", roll(l, 5));
	snprintf(id, sizeof(id), "m%zu", i);
	snprintf(l->what[i], sizeof(l->what[i]), "message t%zu", i);
	e.chat_id = str_of(chat);
	e.message_id = str_of(id);
	e.person_id = S("u");
	e.text = str_of(l->what[i] + 8);
	if (message_apply(c, &e, &duplicate, &l->f) != OK)
		abort();
}

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct life *l = arg;
	struct batch *b = batch_begin(l->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);
	struct json v = {.kind = JSON_STRING};
	const struct attr *city;

	TRY(batch_user(b, S("u"), &l->user, &l->f));
	for (size_t i = 0; i < MOMENTS; i++) {
		l->at[i] = 1000000 * (int64_t)(1000 + roll(l, 60));
		if (i % 3 == 0) {
			put_message(l, c, i);
			continue;
		}
		if (i % 3 == 1) {
			snprintf(l->what[i], sizeof(l->what[i]), "event e%zu",
				 i);
			batch_trail(b, l->user, l->at[i],
				    arena_printf(batch_arena(b),
						 "{\"type\":\"event\","
						 "\"name\":\"e%zu\"}",
						 i));
			continue;
		}
		/* a value each, of an instant of its own */
		l->at[i] += (int64_t)i;
		snprintf(l->what[i], sizeof(l->what[i]), "change v%zu", i);
		v.text = arena_str(batch_arena(b), str_of(l->what[i] + 7));
		struct value value = {.type = TYPE_TEXT, .text = v.text};

		TRY(batch_attr(b, S("default_city"), &v, false, &city, &l->f));
		batch_set(b, l->user, city, &value,
			  (struct stamp){l->at[i], FROM_EVENT});
	}
	chat_batch_end(c);
	chat_batch_free(c);
	batch_end(b);
	batch_free(b);
	return kv_error(txn);
}

/* The value of the latest change before this one; "" for the first. */
static const char *
before(const struct life *l, int64_t at)
{
	const char *best = "";
	int64_t when = INSTANT_NONE;

	for (size_t i = 2; i < MOMENTS; i += 3)
		if (l->at[i] < at && l->at[i] > when) {
			when = l->at[i];
			best = l->what[i] + 7;
		}
	return best;
}

static void
take(struct life *l, const struct json *m)
{
	const struct json *kind = json_member(m, S("kind"));
	const struct json *text = json_member(m, S("text"));
	const struct json *old = json_member(m, S("old"));
	int64_t at = 0;

	if (text == NULL)
		text = json_member(m, S("name"));
	if (text == NULL)
		text = json_member(m, S("value"));
	l->sorted &=
	    instant_parse(json_member(m, S("at"))->text, &at) && at <= l->last;
	l->last = at;
	buf_printf(&l->got, "%.*s %.*s\n", STR_ARG(kind->text),
		   STR_ARG(text->text));
	for (size_t i = 2; i < MOMENTS; i += 3)
		if (str_eq(text->text, str_of(l->what[i] + 7)))
			l->sorted &= str_eq(old ? old->text : S(""),
					    str_of(before(l, l->at[i])));
}

static enum err
read_page(struct kv_txn *txn, void *arg)
{
	struct life *l = arg;
	struct query q = {.txn = txn,
			  .catalog = people_catalog(l->people, txn),
			  .arena = &l->arena};
	struct timeline_in in = {.kinds = (1u << MOMENT_KINDS) - 1,
				 .part = {l->limit, l->after}};
	struct json_out j;
	struct json *page;
	struct buf out;

	buf_init(&out);
	json_out_init(&j, &out);
	TRY(query_timeline(&q, l->user, &in, &j, &l->f));
	TRY(json_parse(&l->arena, arena_str(&l->arena, buf_str(&out)), &page,
		       &l->f));
	buf_fini(&out);
	for (const struct json *m = json_member(page, S("timeline"))->first; m;
	     m = m->next)
		take(l, m);
	l->after = json_member(page, S("next"))->text;
	l->more = json_member(page, S("next"))->kind == JSON_STRING;
	return OK;
}

static size_t
times(struct str all, const char *line)
{
	char want[48];
	size_t n = 0, at;

	snprintf(want, sizeof(want), "%s\n", line);
	while (str_find(all, str_of(want), &at)) {
		n++;
		all = str_cut(all, at + strlen(want), all.n);
	}
	return n;
}

static void
pages(struct life *l, size_t limit)
{
	size_t wrong = 0, lines = 0;

	arena_reset(&l->arena);
	buf_reset(&l->got);
	l->limit = limit;
	l->after = STR_NONE;
	l->last = INSTANT_MAX;
	l->sorted = true;
	do {
		if (kv_read(l->kv, read_page, l, &l->f) != OK) {
			ok(false, "a page: %s", l->f.text);
			return;
		}
	} while (l->more);
	for (size_t i = 0; i < MOMENTS; i++)
		wrong += times(buf_str(&l->got), l->what[i]) != 1;
	for (size_t i = 0; i < l->got.n; i++)
		lines += l->got.p[i] == '\n';
	is_int(wrong, 0, "by %zu each is met once", limit);
	is_int(lines, MOMENTS, "and nothing else");
	ok(l->sorted, "newest first, with what was shown before");
}

int
main(void)
{
	static const size_t limits[] = {1, 2, 7, 50, 299, 300, 500};
	struct kv_options options = {.create = true};
	struct life l = {.seed = random_u64()};

	printf("# seed %llu\n", (unsigned long long)l.seed);
	arena_init(&l.arena);
	buf_init(&l.got);
	ok(kv_open(&l.kv, &options, &l.f) == OK, "a store");
	l.people = people_open(l.kv);
	ok(kv_write(l.kv, fill, &l, &l.f) == OK, "a life: %s", l.f.text);
	for (size_t i = 0; i < COUNT(limits); i++)
		pages(&l, limits[i]);
	people_close(l.people);
	kv_close(l.kv);
	arena_fini(&l.arena);
	buf_fini(&l.got);
	return done_testing();
}
