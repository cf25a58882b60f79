/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport import of chat data, as `rapport export chats --format json` writes
 * it.  The file is read at several places at once, so it must be one.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TELL_MOST 20u

struct run {
	struct cli *c;
	const struct chats_ask *ask;
	int fd;
	struct rejects rejects;
	uint64_t told;
	struct bar bar;
	struct chats_import_result result;
};

static int64_t
file_read(void *arg, uint64_t at, char *out, size_t n)
{
	struct run *r = arg;
	ssize_t got;

	do
		got = pread(r->fd, out, n, (off_t)at);
	while (got < 0 && errno == EINTR);
	return got;
}

static bool
on_go(void *arg, uint64_t done)
{
	struct run *r = arg;

	bar_move(&r->bar, done);
	return true;
}

static void
reject_write(struct run *r, const struct chats_refusal *refusal,
	     struct str row)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_kt(&j, "file", str_of(r->ask->file));
	json_kt(&j, "sheet", str_of(chats_part_names[refusal->part]));
	json_ki(&j, "row", (int64_t)refusal->row);
	json_kt(&j, "column", str_of(refusal->fault.path));
	json_kt(&j, "code", str_of(err_word(refusal->fault.code)));
	json_kt(&j, "detail", str_of(refusal->fault.text));
	json_kt(&j, "text", row);
	json_object_end(&j);
	buf_c(&b, '\n');
	rejects_put(&r->rejects, buf_str(&b));
	buf_fini(&b);
}

static void
on_refused(void *arg, const struct chats_refusal *refusal, struct str row)
{
	struct run *r = arg;
	const struct fault *f = &refusal->fault;

	if (r->rejects.file != NULL)
		reject_write(r, refusal, row);
	if (r->c->json || r->told++ >= TELL_MOST)
		return;
	fprintf(stderr, "%s%s: %s, row %llu: %s%s%s\n",
		r->bar.on ? "\r\033[K" : "", r->ask->file,
		chats_part_names[refusal->part],
		(unsigned long long)refusal->row, f->path,
		f->path[0] ? ": " : "", f->text);
	if (r->told == TELL_MOST)
		fprintf(stderr, "(more are not told here)\n");
}

/* -------------------------------------------------------------------------- */

static struct chats_count
total(const struct chats_import_result *r)
{
	struct chats_count t = {0};

	for (int i = 0; i < CHATS_PARTS; i++) {
		t.rows += r->counts[i].rows;
		t.made += r->counts[i].made;
		t.changed += r->counts[i].changed;
		t.known += r->counts[i].known;
		t.refused += r->counts[i].refused;
	}
	return t;
}

static void
counts_json(struct json_out *j, const struct chats_count *c)
{
	json_ki(j, "rows", (int64_t)c->rows);
	json_ki(j, "new", (int64_t)c->made);
	json_ki(j, "changed", (int64_t)c->changed);
	json_ki(j, "known", (int64_t)c->known);
	json_ki(j, "refused", (int64_t)c->refused);
}

static void
refusals_json(struct json_out *j, const struct chats_import_result *r)
{
	json_key(j, S("refusals"));
	json_array(j);
	for (size_t i = 0; i < r->n_refusals; i++) {
		const struct chats_refusal *one = &r->refusals[i];

		json_object(j);
		json_kt(j, "sheet", str_of(chats_part_names[one->part]));
		json_ki(j, "row", (int64_t)one->row);
		json_kt(j, "column", str_of(one->fault.path));
		json_kt(j, "detail", str_of(one->fault.text));
		json_object_end(j);
	}
	json_array_end(j);
}

static void
say_json(struct run *r, struct buf *b)
{
	struct chats_count all = total(&r->result);
	struct json_out j;

	json_out_init(&j, b);
	json_object(&j);
	counts_json(&j, &all);
	json_kb(&j, "kept", !r->ask->dry_run);
	json_key(&j, S("sheets"));
	json_array(&j);
	for (int i = 0; i < CHATS_PARTS; i++) {
		json_object(&j);
		json_kt(&j, "name", str_of(chats_part_names[i]));
		counts_json(&j, &r->result.counts[i]);
		json_object_end(&j);
	}
	json_array_end(&j);
	json_kb(&j, "notes", r->result.notes);
	json_kb(&j, "hoursDiffer", r->result.hours_differ);
	json_ki(&j, "hiddenDiffer", (int64_t)r->result.shown_differ);
	json_ki(&j, "begunByNote", (int64_t)r->result.note_first);
	refusals_json(&j, &r->result);
	json_object_end(&j);
}

static void
say_count(struct buf *b, const char *name, const struct chats_count *c)
{
	buf_printf(b, "%s: %llu new, %llu changed, %llu known, %llu refused\n",
		   name, (unsigned long long)c->made,
		   (unsigned long long)c->changed, (unsigned long long)c->known,
		   (unsigned long long)c->refused);
}

/* What of the worksheets will not be as it was there, and why. */
static void
say_differences(struct run *r, struct buf *b)
{
	const struct chats_import_result *out = &r->result;

	if (out->hours_differ)
		buf_printf(b, "The operating hours here are not those of the "
			      "file: the columns operation… are told by those "
			      "here.\n");
	if (out->shown_differ > 0)
		buf_printf(b, "Attributes that are hidden there or here, but "
			      "not in both: %llu.\n",
			   (unsigned long long)out->shown_differ);
	if (out->note_first > 0)
		buf_printf(b, "Chats that began with a note, which is not in "
			      "the file: %llu; an empty one takes its place.\n",
			   (unsigned long long)out->note_first);
}

static enum err
say(struct run *r)
{
	struct chats_count all = total(&r->result);
	struct buf b;

	buf_init(&b);
	if (r->c->json) {
		say_json(r, &b);
		return cli_say(r->c, &b);
	}
	for (int i = 0; i < CHATS_PARTS; i++)
		if (r->result.counts[i].rows > 0)
			say_count(&b, chats_part_names[i],
				  &r->result.counts[i]);
	say_differences(r, &b);
	buf_printf(&b, "%llu rows%s", (unsigned long long)all.rows,
		   r->ask->dry_run ? "; nothing was kept" : "");
	return cli_say(r->c, &b);
}

static enum err
take(struct run *r, struct arena *a)
{
	struct fault *f = &r->c->fault;
	struct chats_source source = {r, file_read};
	struct chats_import_options o = {.dry_run = r->ask->dry_run,
					 .refusals_max = r->c->json ? 0 : 1,
					 .refused = on_refused,
					 .go = on_go,
					 .arg = r};
	struct stat st;
	enum err e;

	if (fstat(r->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return fail(f, ERR_TYPE, r->ask->file,
			    "Chat data is read at several places at once: give "
			    "it as a file.");
	bar_start(&r->bar, "importing", 2 * (uint64_t)st.st_size);
	e = chats_import(r->c->people, r->c->kv, a, &source, &o, &r->result, f);
	bar_end(&r->bar);
	return e;
}

static enum err
run(struct run *r)
{
	struct cli *c = r->c;
	struct arena a;
	uint64_t refused;
	enum err e;

	arena_init(&a);
	e = take(r, &a);
	e = rejects_close(c, &r->rejects, e);
	if (e == OK)
		e = say(r);
	refused = total(&r->result).refused;
	if (e == OK && refused > 0)
		e = fail(&c->fault, ERR_INVALID, "", "%llu rows were refused.",
			 (unsigned long long)refused);
	arena_fini(&a);
	return e;
}

enum err
cli_chats(struct cli *c, const struct chats_ask *ask)
{
	struct run r = {.c = c, .ask = ask};
	enum err e;

	TRY(cli_open(c));
	r.fd = open(ask->file, O_RDONLY | O_CLOEXEC);
	if (r.fd < 0)
		return fail(&c->fault, ERR_NOT_FOUND, ask->file,
			    "It cannot be opened.");
	e = rejects_open(c, ask->rejects, &r.rejects);
	if (e == OK)
		e = run(&r);
	close(r.fd);
	return e;
}
