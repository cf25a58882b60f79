/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport chats: the archive, searched; a line a chat, or JSON as the API has
 * it.  rapport transcript: what was said in one of them.
 */
#include "cli.h"

#include <stdlib.h>

#define PAGE 500u

enum {
	FILTER,
	TAGS,
	TAGS_MATCH,
	STATE,
	ASSIGNEE,
	SOURCE,
	FROM,
	TO,
	TZ,
	LIMIT,
	TIMES,
	COUNT_ONLY
};
static const struct cli_option list_options[] = {
    [FILTER] = {"filter", "JSON", "only chats of users who match"},
    [TAGS] = {"tags", "A,B", "with these tags"},
    [TAGS_MATCH] = {"tags-match", "HOW", "any of them (the default), all, none"},
    [STATE] = {"state", "A,B", "any of opened, snoozed, closed"},
    [ASSIGNEE] = {"assignee", "A,B", "assigned to any of these"},
    [SOURCE] = {"source", "A,B", "from any of these integrations"},
    [FROM] = {"from", "DAY", "opened then or later; or an instant"},
    [TO] = {"to", "DAY", "and before that day; or an instant"},
    [TZ] = {"tz", "ZONE", "of days, like Europe/Berlin; UTC if not given"},
    [LIMIT] = {"limit", "N", "how many at most; 50 if not given"},
    [TIMES] = {"times", NULL, "each with all its times, in JSON"},
    [COUNT_ONLY] = {"count", NULL, "only how many there are"},
    {0}};
static const struct cli_option transcript_options[] = {{0}};

struct list {
	struct cli *c;
	const struct zone *zone;
	struct buf words, out;
	uint64_t left;
	int64_t now;
};

/* What is asked for -------------------------------------------------------- */

static enum err
archive_input(struct list *l, struct query *q, struct archive_in *in)
{
	const char *const *given = (const char *const *)l->c->given;
	const struct archive_ask ask = {
	    .words = buf_str(&l->words),
	    .f = str_of(given[FILTER]),
	    .tags = str_of(given[TAGS]),
	    .match = str_of(given[TAGS_MATCH]),
	    .states = str_of(given[STATE]),
	    .assignees = str_of(given[ASSIGNEE]),
	    .sources = str_of(given[SOURCE]),
	    .from = str_of(given[FROM]),
	    .to = str_of(given[TO]),
	};

	return archive_read(q, &ask, in, &l->c->fault);
}

/* Lines -------------------------------------------------------------------- */

/* Control characters as blanks: a terminal is not ours to colour. */
static void
text_put(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool c1 = c == 0xc2 && i + 1 < s.n &&
			  (unsigned char)s.p[i + 1] < 0xa0;

		buf_c(b, c < 0x20 || c == 0x7f || c1 ? ' ' : s.p[i]);
		i += c1;
	}
}

static void
line_put(struct list *l, struct query *q, uint32_t id)
{
	static const char *const names[] = {[CHAT_OPENED] = "Opened",
					    [CHAT_SNOOZED] = "Snoozed",
					    [CHAT_CLOSED] = "Closed"};
	struct chat_view v;
	char at[32];

	if (!chat_view(q->txn, q->arena, id, &v))
		return;
	instant_format(v.latest, at);
	buf_printf(&l->out, "%.24s  %-8s  %5llu  ", at, names[v.state],
		   (unsigned long long)(v.in + v.out));
	text_put(&l->out, v.chat_id);
	if (v.fields[FIELD_NAME].n > 0) {
		buf_put(&l->out, S("  "));
		text_put(&l->out, v.fields[FIELD_NAME]);
	}
	for (size_t i = 0; i < v.n_tags; i++) {
		buf_put(&l->out, i ? S(",") : S("  #"));
		text_put(&l->out, v.tags[i]);
	}
	buf_c(&l->out, '\n');
}

static enum err
lines_put(struct list *l, struct query *q, const struct archive_in *in)
{
	struct archive_place page[PAGE], last;
	struct bits *set;
	size_t n = PAGE, got;
	bool first = true;

	TRY(archive_find(q, in, &set, NULL, &l->c->fault));
	while (n == PAGE && l->left > 0 && l->c->given[COUNT_ONLY] == NULL) {
		got = l->left < PAGE ? (size_t)l->left : PAGE;
		n = archive_page(q->txn, set, first ? NULL : &last, page, got);
		for (size_t i = 0; i < n; i++)
			line_put(l, q, page[i].id);
		l->left -= n;
		first = false;
		if (n > 0)
			last = page[n - 1];
	}
	if (l->c->json)
		buf_printf(&l->out, "{\"total\":%llu}",
			   (unsigned long long)bits_count(set));
	else if (l->c->given[COUNT_ONLY] != NULL)
		buf_printf(&l->out, "%llu",
			   (unsigned long long)bits_count(set));
	else
		fprintf(stderr, "%llu in all\n",
			(unsigned long long)bits_count(set));
	bits_free(set);
	return kv_error(q->txn);
}

/* Every chat whole, as GET /chats/{id} has it. */
static enum err
times_put(struct list *l, struct query *q, const struct archive_in *in)
{
	struct archive_place page[PAGE], last;
	struct bits *set;
	struct hours hours;
	struct json_out j;
	size_t n = PAGE;
	bool first = true;
	enum err e = OK;

	TRY(archive_find(q, in, &set, NULL, &l->c->fault));
	hours_get(q->txn, q->arena, &hours);
	json_out_init(&j, &l->out);
	json_object(&j);
	json_ki(&j, "total", (int64_t)bits_count(set));
	json_key(&j, S("chats"));
	json_array(&j);
	for (; n == PAGE && l->left > 0; first = false) {
		n = l->left < PAGE ? (size_t)l->left : PAGE;
		n = archive_page(q->txn, set, first ? NULL : &last, page, n);
		for (size_t i = 0; i < n && e == OK; i++) {
			struct arena_mark mark = arena_mark(q->arena);

			e = archive_chat(q, page[i].id, &hours, &j, NULL,
					 &l->c->fault);
			arena_rewind(q->arena, mark);
		}
		l->left -= n;
		last = page[n > 0 ? n - 1 : 0];
	}
	json_array_end(&j);
	json_object_end(&j);
	bits_free(set);
	return e;
}

static enum err
list_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;
	struct archive_list page = {.limit = (size_t)l->left};
	struct archive_in in;
	struct json_out j;
	struct arena arena;
	enum err e;

	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(l->c->people, txn),
			  .arena = &arena,
			  .zone = l->zone,
			  .now = l->now};

	e = archive_input(l, &q, &in);
	page.in = &in;
	if (e == OK && l->c->json && l->c->given[TIMES] != NULL) {
		e = times_put(l, &q, &in);
	} else if (e == OK && l->c->json && l->c->given[COUNT_ONLY] == NULL) {
		json_out_init(&j, &l->out);
		e = archive_list(&q, &page, &j, &l->c->fault);
	} else if (e == OK) {
		e = lines_put(l, &q, &in);
	}
	arena_fini(&arena);
	return e;
}

static enum err
list_open(struct cli *c, struct list *l)
{
	*l = (struct list){.c = c, .left = 50, .now = clock_now()};
	l->zone = zone_find(S("UTC"));
	if (c->command->options == list_options && c->given[TZ] != NULL)
		l->zone = zone_find(str_of(c->given[TZ]));
	if (l->zone == NULL)
		return fail(&c->fault, ERR_INVALID, "tz",
			    "There is no zone \"%s\".", c->given[TZ]);
	for (int i = 0; i < c->n_rest; i++)
		if (!text_valid(str_of(c->rest[i])))
			return fail(&c->fault, ERR_INPUT, "",
				    "What is looked for is not UTF-8.");
	TRY(cli_open(c));
	buf_init(&l->words);
	buf_init(&l->out);
	return OK;
}

static enum err
chats_run(struct cli *c)
{
	struct list l;
	enum err e;

	TRY(list_open(c, &l));
	if (c->given[TIMES] != NULL && !c->json)
		e = cli_usage(c, "--times goes with --json.");
	else
		e = cli_number(c, LIMIT, 1,
			       c->json && c->given[TIMES] == NULL ? PAGE
								  : UINT32_MAX,
			       &l.left);
	for (int i = 0; i < c->n_rest; i++)
		buf_printf(&l.words, "%s%s", i ? " " : "", c->rest[i]);
	if (e == OK)
		e = kv_read(c->kv, list_body, &l, &c->fault);
	buf_fini(&l.words);
	if (e == OK && l.out.n > 0 && l.out.p[l.out.n - 1] == '\n')
		l.out.n--; /* cli_say ends the line */
	if (e == OK && l.out.n > 0)
		return cli_say(c, &l.out);
	buf_fini(&l.out);
	return e;
}

/* Transcript --------------------------------------------------------------- */

static bool
put_message(void *arg, const struct message_view *m)
{
	static const char *const names[] = {[PERSON_USER] = "User",
					    [PERSON_BOT] = "Bot",
					    [PERSON_MANAGER] = "Manager"};
	struct list *l = arg;
	char at[32];

	instant_format(m->at, at);
	buf_printf(&l->out, "%.24s  %s%s ", at, names[m->person],
		   m->note ? " (note)" : m->template ? " (template)" : "");
	text_put(&l->out, m->person_id);
	buf_put(&l->out, S(": "));
	text_put(&l->out, m->text);
	buf_c(&l->out, '\n');
	return true;
}

static enum err
transcript_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;
	struct transcript_in in = {.limit = SIZE_MAX / 2};
	struct json_out j;
	struct arena arena;
	uint32_t id;
	enum err e;

	buf_reset(&l->out);
	if (!chat_find(txn, str_of(l->c->rest[0]), &id))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : fail(&l->c->fault, ERR_NOT_FOUND, "chat",
				  "There is no chat \"%s\".", l->c->rest[0]);
	if (!l->c->json) {
		chat_messages(txn, id, put_message, l);
		return kv_error(txn);
	}
	arena_init(&arena);
	struct query q = {.txn = txn,
			  .catalog = people_catalog(l->c->people, txn),
			  .arena = &arena,
			  .zone = l->zone,
			  .now = l->now};

	json_out_init(&j, &l->out);
	e = archive_transcript(&q, id, &in, &j, &l->c->fault);
	arena_fini(&arena);
	return e;
}

static enum err
transcript_run(struct cli *c)
{
	struct list l;
	enum err e;

	TRY(list_open(c, &l));
	e = kv_read(c->kv, transcript_body, &l, &c->fault);
	buf_fini(&l.words);
	if (e == OK && l.out.n > 0 && l.out.p[l.out.n - 1] == '\n')
		l.out.n--;
	if (e == OK)
		return cli_say(c, &l.out);
	buf_fini(&l.out);
	return e;
}

const struct command command_chats = {
    .name = "chats",
    .rest = "[WORD...]",
    .most = -1,
    .options = list_options,
    .run = chats_run,
    .about = "search the archive, latest opening first",
    .more = "A WORD is a word, prefix* or '\"a phrase\"'; all of them must be "
	    "in the chat.\nCase does not matter, accents do.",
};

const struct command command_transcript = {
    .name = "transcript",
    .rest = "CHATID",
    .least = 1,
    .most = 1,
    .options = transcript_options,
    .run = transcript_run,
    .about = "what was said in one chat",
};
