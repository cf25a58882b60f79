/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bookmarks: one order without gaps whatever is put in, moved and taken out,
 * held against an array; only addresses of the web; a version that a change
 * moves on.
 */
#include "house.h"

#include <stdlib.h>

struct got {
	struct arena arena;
	struct bookmark *at;
	size_t n;
};

static enum err
all_fn(struct kv_txn *txn, void *arg)
{
	struct got *g = arg;

	arena_reset(&g->arena);
	g->n = bookmarks_get(txn, &g->arena, &g->at);
	return OK;
}

static uint32_t
add(struct house *h, const char *name, const uint32_t *position)
{
	struct str n = str_of(name), url = S("https://example.org/d");
	struct bookmark_edit e = {
	    .name = &n, .url = &url, .position = position};
	uint32_t id = 0;

	if (bookmark_add(h->staff, &h->by, &e, &id, &h->fault) != OK)
		ok(false, "%s: %s", name, h->fault.text);
	return id;
}

/* The order the room says is the order of `want`, from 0 on. */
static bool
is_order(struct house *h, struct got *g, const uint32_t *want, size_t n)
{
	look(h, all_fn, g);
	if (g->n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (g->at[i].id != want[i] || g->at[i].position != i)
			return false;
	return true;
}

static void
model_take(uint32_t *at, size_t *n, uint32_t id)
{
	size_t i = 0;

	while (at[i] != id)
		i++;
	memmove(&at[i], &at[i + 1], (--*n - i) * sizeof(*at));
}

static void
model_give(uint32_t *at, size_t *n, uint32_t id, uint32_t where)
{
	size_t i = where > *n ? *n : where;

	memmove(&at[i + 1], &at[i], (*n - i) * sizeof(*at));
	at[i] = id;
	++*n;
}

static void
order_is(struct house *h)
{
	unsigned seed = (unsigned)random_u64();
	uint32_t at[64];
	size_t n = 0, wrong = 0;
	struct got g = {0};

	printf("# seed %u\n", seed);
	srand(seed);
	arena_init(&g.arena);
	for (int i = 0; i < 400; i++) {
		uint32_t where = (uint32_t)rand() % 40;
		uint32_t id = n ? at[(size_t)rand() % n] : 0;
		struct bookmark_edit move = {.position = &where};
		int what = rand() % 3;

		if (n == 0 || (what == 0 && n < 30)) {
			bool last = rand() % 2 != 0;

			id = add(h, "x", last ? NULL : &where);
			model_give(at, &n, id, last ? 99 : where);
		} else if (what == 1) {
			model_take(at, &n, id);
			model_give(at, &n, id, where);
			wrong += bookmark_change(h->staff, &h->by, id, &move,
						 &h->fault) != OK;
		} else {
			model_take(at, &n, id);
			wrong += bookmark_remove(h->staff, &h->by, id, NULL,
						 &h->fault) != OK;
		}
		wrong += !is_order(h, &g, at, n);
	}
	is_int(wrong, 0, "400 acts at random leave the order an array has");
	while (n > 0)
		wrong += bookmark_remove(h->staff, &h->by, at[--n], NULL,
					 &h->fault) != OK;
	is_int(wrong, 0, "all are taken out");
	arena_fini(&g.arena);
}

static const struct {
	const char *url;
	bool good;
} tries[] = {
    {"https://example.org", true},
    {"http://localhost:3000/d/x?orgId=1&from=now-7d#p", true},
    {"HTTPS://Example.ORG/{a}|b^c", true},
    {"https://[::1]:8080/", true},
    {"  https://example.org/x  ", true},
    {"", false},
    {"https://", false},
    {"https:///path", false},
    {"https://?q", false},
    {"https://:80/", false},
    {"https:example.org", false},
    {"//example.org", false},
    {"example.org", false},
    {"ftp://example.org", false},
    {"javascript:alert(1)", false},
    {"java\tscript:alert(1)", false},
    {"data:text/html,x", false},
    {"https://ann:secret@example.org/", false},
    {"https://example.org@evil.example/", false},
    {"https://example.org/a@b", true},
    {"https://example.org/a b", false},
    {"https://example.org/\nx", false},
    {"https://ex\"ample.org/", false},
    {"https://example.org/<x>", false},
    {"https:\\\\example.org", false},
    {"https://example.org/\xc3\xbc", false},
    {"https://example.org/%C3%BC", true},
};

static void
addresses(struct house *h)
{
	struct str name = S("x");
	char longest[BOOKMARK_URL_MAX + 2];

	for (size_t i = 0; i < COUNT(tries); i++) {
		struct str url = str_of(tries[i].url);
		struct bookmark_edit e = {.name = &name, .url = &url};
		uint32_t id;

		memset(&h->fault, 0, sizeof(h->fault));
		is_int(bookmark_add(h->staff, &h->by, &e, &id, &h->fault),
		       tries[i].good ? OK : ERR_INVALID, "\"%s\"",
		       tries[i].url);
		if (!tries[i].good)
			is_str(str_of(h->fault.path), S("url"), "by name");
		else
			ok(bookmark_remove(h->staff, &h->by, id, NULL, NULL) ==
			       OK,
			   "and out again");
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "https://", 8);
	for (size_t n = BOOKMARK_URL_MAX; n <= BOOKMARK_URL_MAX + 1; n++) {
		struct str url = {longest, n};
		struct bookmark_edit e = {.name = &name, .url = &url};
		uint32_t id;

		is_int(bookmark_add(h->staff, &h->by, &e, &id, &h->fault),
		       n == BOOKMARK_URL_MAX ? OK : ERR_INVALID, "%zu bytes",
		       n);
	}
}

static enum err
refuse(void *arg, struct str version)
{
	struct buf *b = arg;

	buf_reset(b);
	buf_put(b, version);
	return ERR_STALE;
}

static void
versions(struct house *h)
{
	struct str name = S("Bo");
	struct buf first, second;
	struct bookmark_edit stale = {
	    .name = &name, .same = refuse, .arg = &first};
	struct bookmark_edit e = {.name = &name};
	uint32_t id = add(h, "Ann", NULL), zero = 0;
	struct bookmark_edit move = {.position = &zero};

	buf_init(&first);
	buf_init(&second);
	is_int(bookmark_change(h->staff, &h->by, id, &stale, NULL), ERR_STALE,
	       "a change that another came before is not made");
	is_int(bookmark_remove(h->staff, &h->by, id, &stale, NULL), ERR_STALE,
	       "nor is it taken out");
	is_int(bookmark_change(h->staff, &h->by, id, &move, NULL), OK, "moved");
	stale.arg = &second;
	is_int(bookmark_change(h->staff, &h->by, id, &stale, NULL), ERR_STALE,
	       "stale again");
	is_str(buf_str(&first), buf_str(&second),
	       "a place is no version: others move it");
	is_int(bookmark_change(h->staff, &h->by, id, &e, NULL), OK, "renamed");
	is_int(bookmark_change(h->staff, &h->by, id, &stale, NULL), ERR_STALE,
	       "stale once more");
	ok(!str_eq(buf_str(&first), buf_str(&second)),
	   "another version, in the same instant");
	buf_fini(&first);
	buf_fini(&second);
}

static void
refused(struct house *h)
{
	struct who member = {.kind = WHO_MANAGER,
			     .permissions = MAY_ALL & ~MAY_SETTINGS};
	struct by by = {.who = &member, .from = S(HOME), .at = NOW};
	struct str name = S("  "), url = S("https://example.org");
	struct bookmark_edit e = {.name = &name, .url = &url}, none = {0};
	uint32_t id = 0;

	memset(&h->fault, 0, sizeof(h->fault));
	is_int(bookmark_add(h->staff, &h->by, &e, &id, &h->fault), ERR_INVALID,
	       "a name of blanks");
	is_str(str_of(h->fault.path), S("name"), "is named");
	name = S("x");
	is_int(bookmark_add(h->staff, &by, &e, &id, NULL), ERR_DENIED,
	       "not without the permission");
	is_int(bookmark_change(h->staff, &by, 1, &e, NULL), ERR_DENIED,
	       "nor to change");
	is_int(bookmark_remove(h->staff, &by, 1, NULL, NULL), ERR_DENIED,
	       "nor to take out");
	is_int(bookmark_change(h->staff, &h->by, 9999, &e, NULL), ERR_NOT_FOUND,
	       "one there is not");
	is_int(bookmark_change(h->staff, &h->by, 1, &none, NULL), ERR_INVALID,
	       "nothing to change");
	for (int i = 0; i < (int)BOOKMARKS_MAX; i++)
		if (bookmark_add(h->staff, &h->by, &e, &id, NULL) != OK)
			break;
	is_int(bookmark_add(h->staff, &h->by, &e, &id, NULL), ERR_LIMIT,
	       "a thousand are enough");
}

int
main(void)
{
	struct house h;

	house_open(&h);
	order_is(&h);
	addresses(&h);
	versions(&h);
	refused(&h);
	house_close(&h);
	return done_testing();
}
