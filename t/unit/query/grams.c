/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * `contains` in a store that was filled before there were grams: their postings
 * are taken away, people come who have them, and everybody is found as before;
 * made anew for all, they are used again.
 */
#include "world.h"

#define OLD 600u
#define NEW 300u

static uint64_t
found(struct world *w, const char *json)
{
	struct fault f = {0};
	struct filter *filter;
	struct bits *who;
	uint64_t n;

	if (filter_parse(w->q, str_of(json), &filter, &f) != OK) {
		ok(false, "%s: %s", json, f.text);
		return 0;
	}
	who = filter_run(w->q, filter);
	n = bits_count(who);
	bits_free(who);
	return n;
}

struct expected {
	uint64_t n;
	bool whole;
	const char *when;
};

/* A third of the names has "zoe" and all have "name"; one is the 17th. */
static void
look(struct world *w, void *arg)
{
	const struct expected *e = arg;

	is_int(attr_grams_whole(w->q->txn, A_NAME), e->whole, "%s: all have "
	       "grams or not", e->when);
	is_int((int64_t)found(w, "[\"default_name\",\"contains\",\"zoe\"]"),
	       (int64_t)e->n / 3, "three letters");
	is_int((int64_t)found(w, "[\"default_name\",\"contains\",\"a name\"]"),
	       (int64_t)e->n, "more of them");
	is_int((int64_t)found(w, "[\"default_name\",\"endsWith\",\" 00017\"]"),
	       1, "at the end");
	is_int((int64_t)found(w, "[\"default_name\",\"notContains\",\"zoe\"]"),
	       (int64_t)(e->n - e->n / 3), "not in it");
}

static void
people_come(struct world *w, struct batch *b, void *arg)
{
	const uint32_t *range = arg;

	for (uint32_t i = range[0]; i < range[1]; i++) {
		char id[16], json[64];
		uint32_t user;

		snprintf(id, sizeof(id), "u%u", i);
		snprintf(json, sizeof(json), "\"%s a name %05u\"",
			 i % 3 == 0 ? "Zoe" : "Max", i);
		if (batch_user(b, str_of(id), &user, NULL) != OK)
			ok(false, "user %u", i);
		world_set(w, b, user, "default_name", str_of(json));
	}
}

static enum err
grams_forget(struct kv_txn *txn, void *arg)
{
	uint8_t prefix[3] = {A_NAME >> 8, A_NAME & 0xff, LEVEL_GRAM};
	const struct str head = {(const char *)prefix, sizeof(prefix)};
	uint32_t *n = arg;
	struct kv_cursor *c;

	do {
		struct buf key;
		bool more;

		buf_init(&key);
		c = kv_cursor(txn, SP_POST, head);
		more = kv_seek(c, STR_NONE);
		if (more)
			buf_put(&key, kv_key(c));
		kv_cursor_close(c);
		if (more)
			kv_del(txn, SP_POST, buf_str(&key));
		buf_fini(&key);
		if (!more)
			break;
	} while (++*n < 100000);
	return OK;
}

int
main(void)
{
	uint32_t old[2] = {0, OLD}, new[2] = {OLD, OLD + NEW}, n = 0;
	struct fault f = {0};
	struct world w;

	world_open(&w);
	world_change(&w, people_come, old);
	world_look(&w, look, &(struct expected){OLD, true, "as they came"});
	is_int(kv_write(w.kv, grams_forget, &n, &f), OK, "%s", f.text);
	ok(n > 600, "%u chunks of grams are gone", n);
	world_look(&w, look, &(struct expected){OLD, false, "an older store"});
	world_change(&w, people_come, new);
	world_look(&w, look,
		   &(struct expected){OLD + NEW, false, "and newer people"});
	is_int(people_reindex(w.people, 1u << 20, "/tmp", NULL, NULL, &f), OK, "%s", f.text);
	world_look(&w, look, &(struct expected){OLD + NEW, true, "made anew"});
	world_close(&w);
	return done_testing();
}
