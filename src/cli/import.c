/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport import: events from files or standard input, as POST /events takes
 * them but of any length.  Each file is a source of its own.  A refused event
 * never stops the rest; the first few are told, all of them go to --rejects.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE (256u << 10)
#define TELL_MOST 20u

enum { DRY_RUN, BULK, REJECTS, FORMAT, MAP, MATCH, MISFITS, SHEET, TZ };
static const struct cli_option options[] = {
    [DRY_RUN] = {"dry-run", NULL, "check and count, keep nothing"},
    [BULK] = {"bulk", NULL, "fast load into a store without people"},
    [REJECTS] = {"rejects", "FILE", "write what was refused there, and why"},
    [FORMAT] = {"format", "NAME",
		"ndjson: events; csv (or a workbook), users: a row a user, "
		"chats: chat data, as exports write them; told by the file if "
		"not given"},
    [MAP] = {"map", "A=B,C=D", "csv: where columns go; see segment import"},
    [MATCH] = {"match", "A", "csv: the text attribute that says who"},
    [MISFITS] = {"keep-misfits", NULL,
		 "csv: keep values that are not of the type"},
    [SHEET] = {"sheet", "NAME",
	       "of a workbook; the first with anything if not given"},
    [TZ] = {"tz", "ZONE",
	    "of moments in a workbook; the workspace's if not given"},
    {0}};

/* What is in a file. */
enum kind { EVENTS, ROWS, TABLE, CHATS };

struct import {
	struct cli *c;
	const char *file;
	enum kind kind;
	struct rejects rejects;
	uint64_t told;
	uint64_t accepted, duplicates, refused;
	struct bar bar;
	bool typeless; /* begins as a row a user may, and as no event does */
};

/* Refused events ----------------------------------------------------------- */

static void
reject_write(struct import *i, const struct refusal *r, struct str line)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_kt(&j, "file", str_of(i->file));
	json_ki(&j, "line", (int64_t)r->line);
	json_kt(&j, "field", str_of(r->fault.path));
	json_kt(&j, "code", str_of(err_word(r->fault.code)));
	json_kt(&j, "detail", str_of(r->fault.text));
	if (text_valid(line))
		json_kt(&j, "event", line);
	json_object_end(&j);
	buf_c(&b, '\n');
	rejects_put(&i->rejects, buf_str(&b));
	buf_fini(&b);
}

static void
on_refusal(void *arg, const struct refusal *r, struct str line)
{
	struct import *i = arg;

	if (i->rejects.file != NULL)
		reject_write(i, r, line);
	if (i->c->json || i->told++ >= TELL_MOST)
		return;
	fprintf(stderr, "%s%s:%llu: %s%s%s\n", i->bar.on ? "\r\033[K" : "",
		i->file, (unsigned long long)r->line, r->fault.path,
		r->fault.path[0] ? ": " : "", r->fault.text);
	if (i->told == TELL_MOST)
		fprintf(stderr, "(more are not told here)\n");
}

/* What it is --------------------------------------------------------------- */

#define LOOK (64u << 10)

/* The first object of a JSON text, or as much of it as is here. */
static struct str
first_object(struct str text)
{
	bool in_string = false, escaped = false;
	size_t from = 0, depth = 0;

	while (from < text.n && text.p[from] != '{')
		from++;
	for (size_t at = from; at < text.n; at++) {
		char c = text.p[at];

		if (escaped || (in_string && c == '\\')) {
			escaped = !escaped;
		} else if (c == '"') {
			in_string = !in_string;
		} else if (!in_string && c == '{') {
			depth++;
		} else if (!in_string && c == '}' && --depth == 0) {
			return str_cut(text, from, at + 1);
		}
	}
	return str_cut(text, from, text.n);
}

/* An object that begins with one of its members. */
static bool
is_chat_data(struct str text)
{
	text = str_trim(text);
	if (str_starts(text, S("\xef\xbb\xbf")))
		text = str_cut(text, 3, text.n);
	if (!str_starts(text, S("{")))
		return false;
	text = str_trim(str_cut(text, 1, text.n));
	if (!str_starts(text, S("\"")))
		return false;
	text = str_cut(text, 1, text.n);
	for (int i = 0; i < CHATS_PARTS; i++)
		if (str_starts(text, str_of(chats_part_names[i])) &&
		    str_starts(
			str_cut(text, strlen(chats_part_names[i]), text.n),
			S("\"")))
			return true;
	return false;
}

static void
kind_of_json(struct import *i, struct str text)
{
	struct str object = first_object(text);
	struct arena a;
	struct json *v;

	if (is_chat_data(text)) {
		i->kind = CHATS;
		return;
	}
	arena_init(&a);
	if (json_parse(&a, object, &v, NULL) == OK &&
	    json_member(v, S("userId")) != NULL) {
		if (json_member(v, S("createdAt")) != NULL)
			i->kind = ROWS;
		else
			i->typeless = json_member(v, S("type")) == NULL;
	}
	arena_fini(&a);
}

/* A first line with the column userId. */
static bool
is_table(struct str text)
{
	struct str line = text, cell;
	size_t at;

	if (str_find(text, S("\n"), &at))
		line = str_trim(str_cut(text, 0, at));
	for (const char *mark = ",;\t"; *mark != '\0'; mark++) {
		struct str rest = line;

		while (str_split(&rest, *mark, &cell))
			if (str_eq(cell, S("userId")))
				return true;
	}
	return false;
}

/* By its first bytes; what is neither is for the reader of events to refuse. */
static enum err
kind_find(struct import *i, int fd)
{
	struct fault *f = &i->c->fault;
	char *memory = mem_new(LOOK);
	ssize_t n = pread(fd, memory, LOOK, 0);
	struct str text = {memory, n > 0 ? (size_t)n : 0};
	enum err e = OK;

	i->kind = EVENTS;
	if (str_starts(text, S("\xef\xbb\xbf")))
		text = str_cut(text, 3, text.n);
	text = str_trim(text);
	if (csv_book_looks(text))
		i->kind = TABLE;
	else if (str_starts(text, S("-----BEGIN PGP")) ||
		 (text.n > 1 && text.p[0] == '\xc3' &&
		  (text.p[1] & '\xc0') != '\x80'))
		e = fail(f, ERR_TYPE, i->file,
			 "It is locked: rapport unlock opens it.");
	else if (str_starts(text, S("[")) || str_starts(text, S("{")))
		kind_of_json(i, text);
	else if (is_table(text))
		i->kind = TABLE;
	free(memory);
	return e;
}

/* Reading ------------------------------------------------------------------ */

static enum err
feed_file(struct import *i, struct intake *in, int fd)
{
	struct fault *f = &i->c->fault;
	char *memory = mem_new(READ_SIZE);
	uint64_t done = 0;
	enum err e = OK;
	ssize_t n = 0;

	do {
		n = read(fd, memory, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (done == 0 && i->kind == EVENTS &&
		    is_chat_data((struct str){memory, (size_t)n})) {
			e = fail(f, ERR_TYPE, i->file,
				 "It is chat data: give it alone, as a file.");
			break;
		}
		done += (uint64_t)n;
		e = intake_feed(in, (struct str){memory, (size_t)n}, f);
		bar_move(&i->bar, done);
	} while (e == OK);
	if (n < 0)
		e = fail(f, ERR_IO, i->file, "Reading it failed.");
	free(memory);
	return e;
}

/* Types come from all rows; a pipe is read once, and typed at first sight. */
static enum err
look_at_rows(struct import *i, int fd)
{
	char *memory = mem_new(READ_SIZE);
	struct row_look *look = row_look_open();
	enum err e = OK;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, memory, READ_SIZE, at)) > 0) {
		row_look_feed(look, (struct str){memory, (size_t)n}, false);
		at += n;
		bar_move(&i->bar, (uint64_t)at);
	}
	row_look_feed(look, STR_NONE, true);
	if (n < 0 && errno != ESPIPE)
		e = fail(&i->c->fault, ERR_IO, i->file, "Reading it failed.");
	else if (n == 0)
		e = row_look_apply(look, i->c->people, i->c->kv, &i->c->fault);
	row_look_close(look);
	free(memory);
	return e;
}

static void
indexing(void *arg, uint64_t done, uint64_t total)
{
	struct import *i = arg;

	if (i->bar.total != total)
		bar_start(&i->bar, "indexing ", total);
	bar_move(&i->bar, done);
}

static enum err
import_stream(struct import *i, int fd)
{
	struct intake_stream_options o = {
	    .base = {.dry_run = i->c->given[DRY_RUN] != NULL,
		     .rows = i->kind == ROWS,
		     .source = FROM_IMPORT},
	    .bulk = i->c->given[BULK] != NULL,
	    .tmp_dir = i->c->store,
	    .progress = indexing,
	    .on_refusal = on_refusal,
	    .arg = i};
	struct intake_result result = {0};
	struct intake *in = intake_open(i->c->people, i->c->kv, &o);
	struct stat st;
	enum err e;

	if (fstat(fd, &st) != 0)
		st.st_size = 0;
	bar_start(&i->bar, "reading", (uint64_t)st.st_size);
	e = o.base.rows && !o.base.dry_run ? look_at_rows(i, fd) : OK;
	bar_start(&i->bar, "importing", (uint64_t)st.st_size);
	if (e == OK)
		e = feed_file(i, in, fd);
	bar_end(&i->bar);
	if (e == OK)
		e = intake_finish(in, &result, &i->c->fault);
	bar_end(&i->bar);
	i->accepted += result.accepted;
	i->duplicates += result.duplicates;
	i->refused += result.refused;
	intake_close(in);
	return e;
}

static enum err
import_file(struct import *i, const char *path)
{
	enum err e;
	int fd;

	i->file = path;
	if (str_eq(str_of(path), S("-"))) {
		i->file = "standard input";
		return import_stream(i, STDIN_FILENO);
	}
	if (str_ends(str_of(path), S(".gz")))
		return fail(&i->c->fault, ERR_TYPE, path,
			    "Unpack it on the way: zcat FILE | "
			    "rapport import -");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(&i->c->fault, ERR_NOT_FOUND, path,
			    "It cannot be opened.");
	e = i->c->given[FORMAT] == NULL ? kind_find(i, fd) : OK;
	if (e == OK && (i->kind == TABLE || i->kind == CHATS))
		e = fail(&i->c->fault, ERR_TYPE, path,
			 i->kind == TABLE
			     ? "It is a CSV or a workbook: give it alone."
			     : "It is chat data: give it alone.");
	if (e == OK)
		e = import_stream(i, fd);
	close(fd);
	return e;
}

/* -------------------------------------------------------------------------- */

static enum err
import_say(struct import *i)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (i->c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_ki(&j, "accepted", (int64_t)i->accepted);
		json_ki(&j, "duplicates", (int64_t)i->duplicates);
		json_ki(&j, "refused", (int64_t)i->refused);
		json_kb(&j, "kept", i->c->given[DRY_RUN] == NULL);
		json_object_end(&j);
	} else {
		buf_printf(&b,
			   "%llu events taken, %llu known already, "
			   "%llu refused%s",
			   (unsigned long long)i->accepted,
			   (unsigned long long)i->duplicates,
			   (unsigned long long)i->refused,
			   i->c->given[DRY_RUN] ? "; nothing was kept" : "");
	}
	return cli_say(i->c, &b);
}

/* The one case in which a store need not be there yet. */
static enum err
open_bulk(struct cli *c)
{
	struct kv_options o = {.dir = c->store, .create = true, .bulk = true};
	struct kv_stats stats;
	enum err e = kv_open(&c->kv, &o, &c->fault);

	if (e == OK)
		fprintf(stderr, "Loading in bulk: nothing is on disk for sure "
				"before the end.\n");
	if (e == ERR_CONFLICT) {
		/* It has an Owner, say: then with every commit on disk. */
		c->fault = (struct fault){0};
		TRY(cli_open(c));
		TRY(kv_stats(c->kv, &stats, &c->fault));
		if (stats.entries[SP_USER] + stats.entries[SP_CHAT] > 0)
			return fail(&c->fault, ERR_CONFLICT, "bulk",
				    "The store has people already: import "
				    "without --bulk.");
		e = OK;
	}
	TRY(e);
	TRY(cli_open(c));
	return cli_alone(c);
}

static enum err
import_csv(struct cli *c)
{
	struct csv_ask ask = {.file = c->rest[0],
			      .map = c->given[MAP],
			      .match = c->given[MATCH],
			      .rejects = c->given[REJECTS],
			      .sheet = c->given[SHEET],
			      .tz = c->given[TZ],
			      .dry_run = c->given[DRY_RUN] != NULL,
			      .keep_misfits = c->given[MISFITS] != NULL,
			      .whole = true};

	if (c->given[BULK] != NULL)
		return cli_usage(c, "--bulk is for ndjson.");
	if (c->n_rest > 1)
		return cli_usage(c, "--format csv takes one file.");
	return cli_csv(c, &ask);
}

static enum err
import_chats(struct cli *c)
{
	struct chats_ask ask = {.file = c->rest[0],
				.rejects = c->given[REJECTS],
				.dry_run = c->given[DRY_RUN] != NULL};

	if (c->given[BULK] != NULL)
		return cli_usage(c, "--bulk is for ndjson.");
	if (c->n_rest > 1)
		return cli_usage(c, "--format chats takes one file.");
	return cli_chats(c, &ask);
}

/* What is in one file, as far as it can be told before it is taken. */
static enum kind
file_kind(struct import *i, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum kind kind = EVENTS;
	struct stat st;

	if (fd < 0)
		return EVENTS;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    kind_find(i, fd) == OK)
		kind = i->kind;
	i->c->fault = (struct fault){0};
	i->kind = EVENTS;
	close(fd);
	return kind;
}

static bool
format_is(const struct cli *c, const char *name)
{
	return c->given[FORMAT] != NULL &&
	       str_eq(str_of(c->given[FORMAT]), str_of(name));
}

/* What takes one file in its own way; the others are streams. */
static enum kind
kind_asked(struct import *i)
{
	struct cli *c = i->c;

	if (format_is(c, "csv"))
		return TABLE;
	if (format_is(c, "chats"))
		return CHATS;
	if (format_is(c, "users"))
		return ROWS;
	return c->given[FORMAT] == NULL && c->n_rest == 1
		   ? file_kind(i, c->rest[0])
		   : EVENTS;
}

static enum err
import_run(struct cli *c)
{
	struct import i = {.c = c};
	enum kind kind = kind_asked(&i);
	enum err e = OK;

	if (c->given[FORMAT] != NULL && kind == EVENTS &&
	    !format_is(c, "ndjson"))
		return cli_usage(c, "--format takes ndjson, users, csv or "
				    "chats.");
	if (kind == TABLE)
		return import_csv(c);
	if (format_is(c, "users"))
		i.kind = ROWS;
	if (c->given[MAP] || c->given[MATCH] || c->given[MISFITS] ||
	    c->given[SHEET] || c->given[TZ])
		return cli_usage(c, "--map, --match, --keep-misfits, --sheet "
				    "and --tz are for --format csv.");
	if (kind == CHATS)
		return import_chats(c);
	if (c->given[BULK] != NULL && c->given[DRY_RUN] != NULL)
		return cli_usage(c, "--bulk and --dry-run do not go together.");
	if (c->given[BULK] != NULL && c->n_rest > 1)
		return cli_usage(c, "--bulk takes one file; or cat them "
				    "together and give -.");
	TRY(c->given[BULK] ? open_bulk(c) : cli_open(c));
	TRY(rejects_open(c, c->given[REJECTS], &i.rejects));
	for (int k = 0; k < c->n_rest && e == OK; k++)
		e = import_file(&i, c->rest[k]);
	TRY(rejects_close(c, &i.rejects, e));
	TRY(import_say(&i));
	if (i.refused > 0)
		return fail(&c->fault, ERR_INVALID, "",
			    "%llu events were refused.%s",
			    (unsigned long long)i.refused,
			    i.typeless && i.accepted == 0
				? " Are they users, a row each? Then say "
				  "--format users."
				: "");
	return OK;
}

const struct command command_import = {
    .name = "import",
    .rest = "FILE...",
    .least = 1,
    .most = -1,
    .options = options,
    .run = import_run,
    .about = "take events from files, or - for standard input",
    .more =
	"One JSON object a line, a JSON array, or one object. An event with an "
	"id that\nwas taken before changes nothing, so a cut import of events "
	"with ids is simply\nrun again. A message sent twice with neither id "
	"nor "
	"messageId is two messages.\nConsent and validity need an `at` here. "
	"The "
	"exit status is 65 when something was\nrefused; the rest was taken. "
	"Chat "
	"data is the JSON of `export chats` with all\nworksheets, unlocked, as "
	"a "
	"file given alone.",
};
