/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport export: people, chats with all that belongs to them, or everything
 * on one person, as a locked file, with a purpose and an export record like
 * every export.  The file is written beside its place and appears there whole,
 * mode 0600, or not at all.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS (2 * SECOND_US)

enum {
	FILTER,
	COLUMNS,
	SORT,
	TZ,
	FORMAT,
	BOM,
	RAW,
	PURPOSE,
	OUT,
	PASSWORD_FILE,
	PASSWORD_FD,
	FORCE,
	QUERY,
	TAGS,
	TAGS_MATCH,
	STATE,
	ASSIGNEE,
	SOURCE,
	FROM,
	TO,
	SHEETS,
	WITHOUT_MESSAGES,
	WITHOUT_NOTES,
	NOTES
};
static const struct cli_option options[] = {
    [FILTER] = {"filter", "JSON",
		"who, or chats of whom; everybody if not given"},
    [COLUMNS] = {"columns", "A,B", "users: what of them; all if not given"},
    [SORT] = {"sort", "[-]A",
	      "users: by which attribute; -lastSeen if not given"},
    [TZ] = {"tz", "ZONE",
	    "of days, relative dates and those in xlsx; the workspace's "
	    "if not given"},
    [FORMAT] = {"format", "NAME",
		"csv (the default; of chats a ZIP of them), xlsx, json, "
		"of users ndjson"},
    [BOM] = {"bom", NULL, "begin a CSV with a byte order mark"},
    [RAW] = {"raw", NULL, "leave cells as they are, formulas too"},
    [PURPOSE] = {"purpose", "TEXT",
		 "what the data is for, 10 to 500 characters"},
    [OUT] = {"out", "FILE", "where to; a name with the date if not given"},
    [PASSWORD_FILE] = {"password-file", "FILE",
		       "its first line is the password"},
    [PASSWORD_FD] = {"password-fd", "N", "read it from this descriptor"},
    [FORCE] = {"force", NULL, "replace a file that is there"},
    [QUERY] = {"query", "WORDS", "chats: in which this was said"},
    [TAGS] = {"tags", "A,B", "chats: with these tags"},
    [TAGS_MATCH] = {"tags-match", "HOW",
		    "any of them (the default), all, none"},
    [STATE] = {"state", "A,B", "chats: any of opened, snoozed, closed"},
    [ASSIGNEE] = {"assignee", "A,B", "chats: assigned to any of these"},
    [SOURCE] = {"source", "A,B", "chats: from any of these integrations"},
    [FROM] = {"from", "DAY", "chats: opened then or later; or an instant"},
    [TO] = {"to", "DAY", "chats: and before that day; or an instant"},
    [SHEETS] = {"sheets", "A,B",
		"chats: worksheets, like UserChat,Message; all "
		"if not given"},
    [WITHOUT_MESSAGES] = {"without-messages", NULL,
			  "chats: leave what was said out"},
    [WITHOUT_NOTES] = {"without-notes", NULL,
		       "person: leave internal notes of managers out"},
    [NOTES] = {"notes", NULL,
	       "chats, json: internal notes of managers, too, to be imported"},
    {0}};

struct run {
	struct cli *c;
	struct by by;
	struct export_request request;
	struct record record;
	uint32_t user; /* whom a person's archive is of */
	struct arena arena;
	struct buf password;
	bool optional; /* policy: need not be locked */
	char *path, *temporary;
	int fd;
	uint64_t id; /* of the record; 0: not begun */
	uint64_t rows, chats, bytes;
	int64_t told;
	struct bar bar;
};

static enum err
policy_read(struct kv_txn *txn, void *arg)
{
	struct run *x = arg;
	struct export_request *r = &x->request;

	x->optional =
	    str_eq(setting_text(txn, SETTING_EXPORTS_LOCK), S("optional"));
	r->ocb = str_eq(setting_text(txn, SETTING_EXPORTS_AEAD), S("ocb"));
	r->argon2_memory =
	    (uint32_t)setting_number(txn, SETTING_EXPORTS_MEMORY);
	r->argon2_passes =
	    (uint32_t)setting_number(txn, SETTING_EXPORTS_PASSES);
	if (r->tz.n == 0)
		r->tz =
		    arena_str(&x->arena, setting_text(txn, SETTING_TIMEZONE));
	return kv_error(txn);
}

/* Out ---------------------------------------------------------------------- */

static enum err
io_failed(struct run *x)
{
	enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;

	return fail(&x->c->fault, e, x->path, "Writing it failed: %s.",
		    strerror(errno));
}

static enum err
sink(void *arg, struct str bytes)
{
	struct run *x = arg;

	while (bytes.n > 0) {
		ssize_t n = write(x->fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_failed(x);
		bytes = str_cut(bytes, (size_t)n, bytes.n);
		x->bytes += (uint64_t)n;
	}
	return OK;
}

static enum err
tell(void *arg, const struct export_progress *p)
{
	struct run *x = arg;
	struct fault *f = &x->c->fault;
	int64_t now = clock_now();

	x->rows = p->rows;
	x->chats = p->chats;
	if (x->id == 0) {
		x->told = now;
		x->record.total = p->total;
		x->record.sentence = p->sentence;
		bar_start(&x->bar, "exporting", p->total);
		if (x->request.what == EXPORT_PERSON)
			TRY(audit_write(x->c->staff, &x->by, "user.archive",
					arena_printf(&x->arena, "user %u",
						     x->user),
					x->request.purpose, STR_NONE, f));
		return record_begin(x->c->staff, &x->by, &x->record, &x->id, f);
	}
	bar_move(&x->bar, p->rows);
	if (now - x->told < PROGRESS)
		return OK;
	x->told = now;
	return record_progress(x->c->staff, x->id, p->rows, p->bytes, f);
}

/* A file beside the one that is wanted, to be renamed at the end. */
static enum err
out_open(struct run *x)
{
	struct str path = str_of(x->c->given[OUT]);

	if (path.n == 0)
		path = export_file_name(&x->arena, &x->request);
	x->path = arena_z(&x->arena, path);
	if (x->c->given[FORCE] == NULL && access(x->path, F_OK) == 0)
		return fail(&x->c->fault, ERR_CONFLICT, x->path,
			    "It is there already; --force replaces it.");
	x->temporary = (char *)arena_printf(&x->arena, "%s.XXXXXX", x->path).p;
	x->fd = mkstemp(x->temporary); /* mode 0600 */
	if (x->fd < 0)
		return io_failed(x);
	return OK;
}

static enum err
out_settle(struct run *x, enum err e)
{
	if (e == OK && fsync(x->fd) != 0)
		e = io_failed(x);
	if (close(x->fd) != 0 && e == OK)
		e = io_failed(x);
	if (e == OK && x->c->given[FORCE] == NULL &&
	    link(x->temporary, x->path) != 0)
		e = errno == EEXIST
			? fail(&x->c->fault, ERR_CONFLICT, x->path,
			       "It is there already; --force replaces it.")
			: io_failed(x);
	if (e == OK && x->c->given[FORCE] != NULL &&
	    rename(x->temporary, x->path) != 0)
		e = io_failed(x);
	unlink(x->temporary);
	return e;
}

/* -------------------------------------------------------------------------- */

/* What each option is for; those not named are for all. */
#define FOR(what) (1u << EXPORT_##what)
static const struct {
	int option;
	unsigned what;
	const char *words;
} fits[] = {
    {FILTER, FOR(USERS) | FOR(CHATS), "users and chats"},
    {TZ, FOR(USERS) | FOR(CHATS), "users and chats"},
    {FORMAT, FOR(USERS) | FOR(CHATS), "users and chats"},
    {BOM, FOR(USERS) | FOR(CHATS), "users and chats"},
    {RAW, FOR(USERS) | FOR(CHATS), "users and chats"},
    {COLUMNS, FOR(USERS), "users"},
    {SORT, FOR(USERS), "users"},
    {QUERY, FOR(CHATS), "chats"},
    {TAGS, FOR(CHATS), "chats"},
    {TAGS_MATCH, FOR(CHATS), "chats"},
    {STATE, FOR(CHATS), "chats"},
    {ASSIGNEE, FOR(CHATS), "chats"},
    {SOURCE, FOR(CHATS), "chats"},
    {FROM, FOR(CHATS), "chats"},
    {TO, FOR(CHATS), "chats"},
    {SHEETS, FOR(CHATS), "chats"},
    {WITHOUT_MESSAGES, FOR(CHATS), "chats"},
    {WITHOUT_NOTES, FOR(PERSON), "a person"},
    {NOTES, FOR(CHATS), "chats"},
};

static enum err
what_read(struct run *x)
{
	struct cli *c = x->c;
	struct str what = str_of(c->rest[0]);

	if (str_eq(what, S("chats")))
		x->request.what = EXPORT_CHATS;
	else if (str_eq(what, S("person")))
		x->request.what = EXPORT_PERSON;
	else if (!str_eq(what, S("users")))
		return cli_usage(c, "It exports users, chats or a person.");
	if ((x->request.what == EXPORT_PERSON) != (c->n_rest == 2))
		return cli_usage(c, "A userId goes with person, and with "
				    "nothing else.");
	for (size_t i = 0; i < COUNT(fits); i++)
		if (c->given[fits[i].option] != NULL &&
		    !(fits[i].what >> x->request.what & 1))
			return cli_usage(c, "--%s is for %s.",
					 options[fits[i].option].name,
					 fits[i].words);
	return OK;
}

static enum err
person_read(struct run *x)
{
	struct export_request *r = &x->request;

	r->no_notes = x->c->given[WITHOUT_NOTES] != NULL;
	r->ids = &x->user;
	r->n_ids = 1;
	return cli_user(x->c, x->c->rest[1], &x->user);
}

static enum err
chats_read(struct run *x)
{
	struct cli *c = x->c;
	struct export_request *r = &x->request;

	r->ask = (struct archive_ask){
	    .words = str_of(c->given[QUERY]),
	    .f = r->filter,
	    .tags = str_of(c->given[TAGS]),
	    .match = str_of(c->given[TAGS_MATCH]),
	    .states = str_of(c->given[STATE]),
	    .assignees = str_of(c->given[ASSIGNEE]),
	    .sources = str_of(c->given[SOURCE]),
	    .from = str_of(c->given[FROM]),
	    .to = str_of(c->given[TO]),
	};
	if (!text_valid(r->ask.words))
		return fail(&c->fault, ERR_INPUT, "query",
			    "What is looked for is not UTF-8.");
	r->notes = c->given[NOTES] != NULL;
	r->sheets = EXPORT_SHEETS_ALL;
	if (c->given[SHEETS] != NULL)
		TRY(export_sheets_read(str_of(c->given[SHEETS]), &r->sheets,
				       &c->fault));
	if (c->given[WITHOUT_MESSAGES] != NULL)
		r->sheets &= ~(1u << SHEET_MESSAGES);
	if (r->sheets == 0)
		return cli_usage(c, "No worksheet is left.");
	return OK;
}

static enum err
request_read(struct run *x)
{
	struct cli *c = x->c;
	struct export_request *r = &x->request;
	const char *why;

	TRY(what_read(x));
	if (!export_format_find(str_of(c->given[FORMAT]), &r->format) ||
	    (r->what == EXPORT_CHATS && r->format == EXPORT_NDJSON))
		return cli_usage(c, "--format takes csv, xlsx, json, and of "
				    "users ndjson.");
	if (c->given[PURPOSE] == NULL)
		return cli_usage(c, "--purpose is needed.");
	why = export_purpose_refusal(str_of(c->given[PURPOSE]));
	if (why != NULL)
		return fail(&c->fault, ERR_INVALID, "purpose", "%s", why);
	r->filter = str_of(c->given[FILTER]);
	r->columns = str_of(c->given[COLUMNS]);
	r->sort = str_of(c->given[SORT]);
	r->tz = str_of(c->given[TZ]);
	r->purpose = str_trim(str_of(c->given[PURPOSE]));
	r->bom = c->given[BOM] != NULL;
	r->raw = c->given[RAW] != NULL;
	r->at = clock_now();
	if (r->what == EXPORT_CHATS)
		TRY(chats_read(x));
	TRY(cli_open_staff(c, &x->by));
	if (r->what == EXPORT_PERSON)
		TRY(person_read(x));
	r->by = str_of(x->by.who->name);
	return kv_read(c->kv, policy_read, x, &c->fault);
}

static enum err
password_read(struct run *x)
{
	struct cli *c = x->c;
	const char *why;

	TRY(cli_secret(c, c->given[PASSWORD_FILE], c->given[PASSWORD_FD],
		       "Password for the file", true, &x->password));
	x->request.password = buf_str(&x->password);
	/* who presses Enter wants none; an empty file is a mistake */
	if (x->password.n == 0 && x->optional && !c->given[PASSWORD_FILE] &&
	    !c->given[PASSWORD_FD] && x->request.what == EXPORT_USERS)
		return OK;
	why = x->password.n == 0 ? "The password is empty."
				 : password_refusal(buf_str(&x->password),
						    EXPORT_PASSWORD_MIN);
	if (why != NULL)
		return fail(&c->fault, ERR_INVALID, "password", "%s", why);
	return OK;
}

static enum err
export_file(struct run *x)
{
	struct cli *c = x->c;
	enum err e, ended;

	export_record(&x->arena, &x->request, &x->record);
	TRY(out_open(x));
	e = export_run(c->people, c->kv, &x->request, sink, tell, x, &c->fault);
	bar_end(&x->bar);
	e = out_settle(x, e);
	if (x->id == 0)
		return e;
	x->by.at = clock_now();
	ended = record_finish(c->staff, &x->by, x->id,
			      e == OK              ? RECORD_DONE
			      : e == ERR_CANCELLED ? RECORD_CANCELLED
						   : RECORD_FAILED,
			      x->rows, x->bytes, e == OK ? &c->fault : NULL);
	return e == OK ? ended : e;
}

static enum err
export_say(struct run *x)
{
	bool chats = x->request.what == EXPORT_CHATS;
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (x->c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_ki(&j, "id", (int64_t)x->id);
		json_kt(&j, "file", str_of(x->path));
		if (chats)
			json_ki(&j, "chats", (int64_t)x->chats);
		json_ki(&j, "rows", (int64_t)x->rows);
		json_ki(&j, "bytes", (int64_t)x->bytes);
		json_kb(&j, "locked", x->record.locked);
		json_object_end(&j);
	} else {
		buf_printf(&b, "%s: %llu %s, ", x->path,
			   (unsigned long long)(chats ? x->chats : x->rows),
			   chats ? "chats" : "people");
		if (chats)
			buf_printf(&b, "%llu rows, ",
				   (unsigned long long)x->rows);
		buf_printf(&b, "%llu bytes", (unsigned long long)x->bytes);
	}
	return cli_say(x->c, &b);
}

static enum err
export_command(struct cli *c)
{
	struct run x = {.c = c, .fd = -1};
	enum err e;

	arena_init(&x.arena);
	buf_init(&x.password);
	e = request_read(&x);
	if (e == OK)
		e = password_read(&x);
	if (e == OK)
		e = export_file(&x);
	if (e == OK)
		e = export_say(&x);
	buf_wipe(&x.password);
	buf_fini(&x.password);
	arena_fini(&x.arena);
	return e;
}

const struct command command_export = {
    .name = "export",
    .rest = "users|chats|person [USERID]",
    .least = 1,
    .most = 2,
    .options = options,
    .run = export_command,
    .about = "take people, or chats, out as a locked file",
    .more = "A person, by the userId, is everything that is held on them: a "
	    "ZIP of\nperson.json and person.html, to be given to them.\n"
	    "The password is asked for on the terminal, or read from a file "
	    "or a descriptor.\nNobody can recover it. A record of who took "
	    "what out, and why, is kept.",
};
