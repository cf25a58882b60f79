/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Taking chats out, from inside: whoever asks to stop is heard before a byte
 * is out and while bytes flow, errors of the sink come back as they are, and
 * the rows told are those a preview promised.
 */
#include <rapport/export.h>

#include "../../tap.h"

/* So many that two threads share them, and so long that their blocks are full
 * before the end. */
#define CHATS 1500u
#define USERS 1200u
#define SAID 6u

static struct kv *kv;
static struct people *people;

static enum err
chat_fill(struct chat_batch *c, struct arena *a, unsigned i)
{
	struct fault f = {0};
	bool twice;

	for (unsigned k = 0; k < SAID; k++) {
		char *text = arena_get(a, 1001);
		struct message_event m = {
		    .chat_id = arena_printf(a, "c%u", i),
		    .person_id = k % 2 ? arena_printf(a, "b%u", i % 3)
				       : arena_printf(a, "u%u", i % USERS),
		    .person = k % 2 ? PERSON_BOT : PERSON_USER,
		    .at = 1000000 + k,
		    .text = {text, 1000},
		};

		memset(text, (int)('a' + i % 26), 1000);
		TRY(message_apply(c, &m, &twice, &f));
	}
	return OK;
}

static enum err
fill(struct kv_txn *txn, void *arg)
{
	struct batch *b = batch_begin(people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);

	for (unsigned i = 0; i < CHATS; i++)
		TRY(chat_fill(c, batch_arena(b), i));
	chat_batch_end(c);
	chat_batch_free(c);
	batch_end(b);
	batch_free(b);
	return kv_error(txn);
}

struct reader {
	uint64_t bytes, stop_at;
	enum err stop_with, go_with, tell_with;
	unsigned tells;
	bool alone;
	struct buf *kept;
	struct export_progress last;
};

static enum err
sink(void *arg, struct str bytes)
{
	struct reader *r = arg;

	r->bytes += bytes.n;
	if (r->kept != NULL)
		buf_put(r->kept, bytes);
	return r->stop_at && r->bytes > r->stop_at ? r->stop_with : OK;
}

static enum err
tell(void *arg, const struct export_progress *p)
{
	struct reader *r = arg;

	r->last = *p;
	return r->tells++ > 0 ? r->tell_with : OK;
}

static enum err
go(void *arg)
{
	struct reader *r = arg;

	return r->go_with;
}

static enum err
run(struct reader *r, enum export_format format, struct export_progress *p)
{
	struct export_request request = {
	    .what = EXPORT_CHATS,
	    .sheets = EXPORT_SHEETS_ALL,
	    .format = format,
	    .at = 1000000,
	    .go = go,
	    .go_arg = r,
	    .alone = r->alone,
	};
	struct fault f = {0};
	struct arena a;
	enum err e;

	arena_init(&a);
	e = p != NULL ? export_preview(people, kv, &a, &request, p, &f)
		      : export_run(people, kv, &request, sink, tell, r, &f);
	arena_fini(&a);
	return e;
}

static void
test_whole(enum export_format format)
{
	struct export_progress p;
	struct reader r = {0};
	uint64_t sum = 0;

	ok(run(&r, format, &p) == OK && run(&r, format, NULL) == OK,
	   "%s: a preview and the file", export_format_names[format]);
	for (int i = 0; i < EXPORT_SHEETS; i++)
		sum += p.sheet_rows[i];
	ok(p.chats == CHATS && p.users == USERS && p.messages == CHATS * SAID &&
	       sum == CHATS + USERS + 3 + CHATS * SAID,
	   "the preview counts every sheet");
	ok(r.last.rows == sum && r.last.total == sum && p.total == sum,
	   "and as many rows go out");
}

/* By two threads and by one: the same bytes. */
static void
test_alone(enum export_format format)
{
	struct buf two, one;
	struct reader r = {.kept = &two}, alone = {.kept = &one, .alone = true};

	buf_init(&two);
	buf_init(&one);
	ok(run(&r, format, NULL) == OK && run(&alone, format, NULL) == OK &&
	       str_eq(buf_str(&two), buf_str(&one)) && two.n > 20000,
	   "%s: %zu bytes, the same by two threads and by one",
	   export_format_names[format], two.n);
	buf_fini(&two);
	buf_fini(&one);
}

static void
test_stopped(enum export_format format)
{
	const char *name = export_format_names[format];
	struct reader r = {.go_with = ERR_CANCELLED};
	struct export_progress p;

	ok(run(&r, format, &p) == ERR_CANCELLED, "%s: a preview stops", name);
	ok(run(&r, format, NULL) == ERR_CANCELLED && r.bytes == 0 &&
	       r.tells == 0,
	   "and so does a file of which nothing is out");
	r = (struct reader){.stop_with = ERR_CLIENT, .stop_at = 20000};
	ok(run(&r, format, NULL) == ERR_CLIENT && r.last.rows < r.last.total,
	   "a reader who goes away ends it");
	r = (struct reader){.stop_with = ERR_FULL, .stop_at = 1};
	ok(run(&r, format, NULL) == ERR_FULL, "a full disk, too");
}

int
main(void)
{
	struct kv_options o = {.create = true};
	enum err e = kv_open(&kv, &o, NULL);
	struct reader r = {0};

	people = people_open(kv);
	if (e == OK)
		e = kv_write(kv, fill, NULL, NULL);
	ok(e == OK, "there are chats");
	for (int f = EXPORT_CSV; f <= EXPORT_JSON; f++) {
		test_whole((enum export_format)f);
		test_alone((enum export_format)f);
		test_stopped((enum export_format)f);
	}
	ok(run(&r, EXPORT_NDJSON, NULL) == ERR_INVALID && r.bytes == 0,
	   "NDJSON has no sheets");
	people_close(people);
	kv_close(kv);
	return done_testing();
}
