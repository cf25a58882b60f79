/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport segment import, and rapport import --format csv: users out of a CSV
 * or a workbook of any length, a row each.  The file is read twice, so it must
 * be one.  What was refused goes to --rejects as it came (of a workbook, as
 * CSV), below the file's own first row: mend it there and import that.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TELL_MOST 20u

enum { SEGMENT, MAP, MATCH, DRY_RUN, REJECTS, MISFITS, SHEET, TZ };
static const struct cli_option options[] = {
    [SEGMENT] = {"segment", "SEGMENT", "name or id of a static one"},
    [MAP] = {"map", "A=B,C=D",
	     "where columns go, also as a JSON object; others by their header"},
    [MATCH] = {"match", "A",
	       "the text attribute that says who; exactly one has the value"},
    [DRY_RUN] = {"dry-run", NULL, "say what would become of each row"},
    [REJECTS] = {"rejects", "FILE", "write the refused rows there"},
    [MISFITS] = {"keep-misfits", NULL,
		 "keep values that are not of the type"},
    [SHEET] = {"sheet", "NAME",
	       "of a workbook; the first with anything if not given"},
    [TZ] = {"tz", "ZONE",
	    "of moments in a workbook; the workspace's if not given"},
    {0}};

struct csv_run {
	struct cli *c;
	const struct csv_ask *ask;
	struct arena arena;
	struct csv_options options;
	struct csv_result result;
	struct csv_book_options book_options;
	struct csv_book *book;
	int fd;
	struct rejects rejects;
	bool headed; /* the first row is in them */
	uint64_t told;
	struct bar bar;
};

/* The file ----------------------------------------------------------------- */

static int64_t
file_read(void *arg, char *out, size_t n)
{
	struct csv_run *r = arg;
	ssize_t got;

	do
		got = read(r->fd, out, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static bool
file_rewind(void *arg)
{
	struct csv_run *r = arg;

	return lseek(r->fd, 0, SEEK_SET) == 0;
}

static bool
on_go(void *arg, uint64_t done)
{
	struct csv_run *r = arg;

	bar_move(&r->bar, done);
	return true;
}

static void
reject_write(struct csv_run *r, struct str raw)
{
	struct str head = r->result.header;

	if (!r->headed)
		rejects_put(&r->rejects, head);
	r->headed = true;
	rejects_put(&r->rejects, raw);
}

static void
on_refusal(void *arg, const struct csv_refusal *refusal, struct str raw)
{
	const struct fault *f = &refusal->fault;
	struct str sheet = refusal->sheet;
	struct csv_run *r = arg;

	if (r->rejects.file != NULL)
		reject_write(r, raw);
	if (r->c->json || r->told++ >= TELL_MOST)
		return;
	fprintf(stderr, "%s%s: %.*s%srow %llu: %s%s%s\n",
		r->bar.on ? "\r\033[K" : "", r->ask->file, STR_ARG(sheet),
		sheet.p ? ": " : "", (unsigned long long)refusal->row, f->path,
		f->path[0] ? ": " : "", f->text);
	if (r->told == TELL_MOST)
		fprintf(stderr, "(more are not told here)\n");
}

/* --map -------------------------------------------------------------------- */

static enum err
map_json(struct csv_run *r, struct str text)
{
	struct csv_choice *map;
	struct json *v;

	TRY(json_parse(&r->arena, text, &v, &r->c->fault));
	map = arena_get(&r->arena, (v->count + 1) * sizeof(*map));
	for (const struct json *m = v->first; m != NULL; m = m->next) {
		if (m->kind != JSON_STRING)
			return cli_usage(r->c, "--map takes texts.");
		map[r->options.n_map++] = (struct csv_choice){m->key, m->text};
	}
	r->options.map = map;
	return OK;
}

static enum err
map_read(struct csv_run *r)
{
	struct str rest = str_of(r->ask->map), one;
	struct csv_choice *map;
	size_t at;

	if (rest.n == 0)
		return OK;
	if (rest.p[0] == '{')
		return map_json(r, rest);
	map = arena_get(&r->arena, (rest.n + 1) * sizeof(*map));
	while (str_split(&rest, ',', &one)) {
		if (!str_find(one, S("="), &at))
			return cli_usage(r->c, "--map takes COLUMN=TARGET,… or "
					       "a JSON object.");
		map[r->options.n_map++] = (struct csv_choice){
		    str_trim(str_cut(one, 0, at)),
		    str_cut(one, at + 1, one.n)};
	}
	r->options.map = map;
	return OK;
}

/* -------------------------------------------------------------------------- */

static void
result_words(struct csv_run *r, struct buf *b)
{
	const struct csv_result *o = &r->result;

	for (size_t i = 0; i < o->n_columns; i++) {
		const struct csv_column *c = &o->columns[i];

		buf_printf(b, "%.*s -> %s%.*s%s\n", STR_ARG(c->header),
			   c->target.n ? "" : "(left out)", STR_ARG(c->target),
			   c->is_new ? " (new)" : "");
	}
	buf_printf(b,
		   "%llu rows: %llu created, %llu updated, %llu unchanged, "
		   "%llu refused",
		   (unsigned long long)o->rows, (unsigned long long)o->created,
		   (unsigned long long)o->updated,
		   (unsigned long long)o->unchanged,
		   (unsigned long long)o->refused);
	if (r->options.segment != 0)
		buf_printf(b, "\n%llu added to the segment, %llu already in it",
			   (unsigned long long)o->added,
			   (unsigned long long)o->already);
	if (o->overruled > 0)
		buf_printf(b,
			   "\n%llu values stay, said later or by a manager",
			   (unsigned long long)o->overruled);
	if (r->options.dry_run)
		buf_put(b, S("\nnothing was kept"));
}

static enum err
result_say(struct csv_run *r)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (r->c->json) {
		json_out_init(&j, &b);
		csv_result_json(&r->result, !r->options.dry_run, true, &j);
	} else {
		result_words(r, &b);
	}
	return cli_say(r->c, &b);
}

/* By its first bytes. */
static enum err
book_open(struct csv_run *r, uint64_t size)
{
	char start[8];
	ssize_t n = pread(r->fd, start, sizeof(start), 0);

	if (n <= 0 || !csv_book_looks((struct str){start, (size_t)n}))
		return r->book_options.sheet.n == 0
			   ? OK
			   : cli_usage(r->c, "--sheet is of a workbook.");
	return csv_book_of_file(r->fd, size, &r->book_options, &r->book,
				&r->c->fault);
}

static enum err
file_import(struct csv_run *r)
{
	struct csv_source source = {r, file_read, file_rewind, NULL};
	struct cli *c = r->c;
	struct stat st;
	uint64_t size;
	enum err e;

	size = fstat(r->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	TRY(book_open(r, size));
	if (r->book != NULL)
		source = csv_of_book(r->book);
	TRY(rejects_open(c, r->ask->rejects, &r->rejects));
	bar_start(&r->bar, "importing", 2 * size);
	e = csv_import(c->people, c->kv, &r->arena, &source, &r->options,
		       &r->result, &c->fault);
	bar_end(&r->bar);
	return e;
}

static enum err
csv_run(struct csv_run *r)
{
	enum err e = map_read(r);

	if (e != OK)
		return e;
	r->fd = open(r->ask->file, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return fail(&r->c->fault, ERR_NOT_FOUND, r->ask->file,
			    "It cannot be opened.");
	e = file_rewind(r) ? file_import(r)
			   : fail(&r->c->fault, ERR_TYPE, r->ask->file,
				  "A file is needed, which is read twice.");
	close(r->fd);
	e = rejects_close(r->c, &r->rejects, e);
	if (e == OK)
		e = result_say(r);
	csv_book_close(r->book);
	return e;
}

enum err
cli_csv(struct cli *c, const struct csv_ask *ask)
{
	struct csv_run r = {.c = c, .ask = ask};
	struct by by;
	uint64_t refused;
	enum err e;

	TRY(cli_open_staff(c, &by));
	r.options = (struct csv_options){.segment = ask->segment,
					 .match = str_of(ask->match),
					 .dry_run = ask->dry_run,
					 .keep_misfits = ask->keep_misfits,
					 .whole = ask->whole,
					 .at = by.at,
					 .staff = c->staff,
					 .by = &by,
					 .on_refusal = on_refusal,
					 .go = on_go,
					 .arg = &r};
	r.book_options = (struct csv_book_options){.sheet = str_of(ask->sheet),
						   .tmp_dir = c->store};
	if (ask->tz) {
		r.book_options.zone = zone_find(str_of(ask->tz));
		if (!r.book_options.zone)
			return fail(&c->fault, ERR_INVALID, "tz",
				    "expected the IANA name of a time zone, "
				    "such as Europe/Berlin");
	}
	arena_init(&r.arena);
	e = csv_run(&r);
	refused = r.result.refused;
	arena_fini(&r.arena);
	if (e == OK && refused > 0)
		return fail(&c->fault, ERR_INVALID, "",
			    "%llu rows were refused.",
			    (unsigned long long)refused);
	return e;
}

static enum err
import_run(struct cli *c)
{
	struct csv_ask ask = {.file = c->rest[0],
			      .map = c->given[MAP],
			      .match = c->given[MATCH],
			      .rejects = c->given[REJECTS],
			      .sheet = c->given[SHEET],
			      .tz = c->given[TZ],
			      .dry_run = c->given[DRY_RUN] != NULL,
			      .keep_misfits = c->given[MISFITS] != NULL};

	if (c->given[SEGMENT] == NULL)
		return cli_usage(c, "--segment is needed.");
	TRY(cli_segment(c, c->given[SEGMENT], &ask.segment));
	return cli_csv(c, &ask);
}

const struct command command_segment_import = {
    .name = "segment import",
    .rest = "FILE",
    .least = 1,
    .most = 1,
    .options = options,
    .run = import_run,
    .about = "users from a CSV or a workbook into a segment, a row each",
    .more =
	"A column goes to userId, identity:CHANNEL:KIND, createdAt, lastSeen, or "
	"to an\nattribute as NAME or NAME:TYPE; to nothing as COLUMN=. Without "
	"--map it goes by\nits header, and to a new attribute where none has that "
	"name. An import that was\ncut is simply run again. The exit status is 65 "
	"when a row was refused; the rest\nwas taken.",
};
